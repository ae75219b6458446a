-- The tables of COMPANY.PUBLIC, in Snowflake's own words: the stand-in reads its catalog from here.

CREATE TABLE customer_orders (
  order_id       VARCHAR NOT NULL,
  customer_id    VARCHAR,
  customer_name  VARCHAR,
  email          VARCHAR,
  order_date     DATE,
  total_amount   NUMBER(18, 2),
  status         VARCHAR,
  payment_method VARCHAR,
  currency       VARCHAR,
  updated_at     TIMESTAMP_LTZ(6) NOT NULL
) CHANGE_TRACKING = TRUE;

CREATE TABLE product_catalog (
  product_id VARCHAR NOT NULL,
  sku        VARCHAR,
  name       VARCHAR,
  category   VARCHAR,
  brand      VARCHAR,
  unit_cost  NUMBER(18, 4),
  list_price NUMBER(18, 2),
  currency   VARCHAR,
  is_active  BOOLEAN,
  attributes VARIANT,
  updated_at TIMESTAMP_NTZ(9)
);

CREATE TABLE financial_transactions (
  transaction_id NUMBER(38, 0) NOT NULL,
  order_id       VARCHAR,
  account        VARCHAR,
  type           VARCHAR,
  amount         NUMBER(18, 2),
  currency       VARCHAR,
  occurred_at    TIMESTAMP_TZ(6),
  posted_date    DATE,
  created_at     TIMESTAMP_LTZ(6) NOT NULL
);
