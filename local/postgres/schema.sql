-- The four tables of the production database, as applications have made them: a key and little else, so that dirt can get in as it does
-- in life. When a row was written is the database's to say: by default for a new one, by trigger for a changed one, and both take now(),
-- the start of the transaction, on which the pipeline's upper bound relies.

CREATE TABLE IF NOT EXISTS public.users (
  user_id text PRIMARY KEY,
  first_name text,
  last_name text,
  email text,
  phone text,
  address text,
  city text,
  state text,
  country text,
  registration_date date,
  updated_at timestamptz(6) NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS users_updated_at ON public.users (updated_at);

CREATE TABLE IF NOT EXISTS public.subscriptions (
  subscription_id text PRIMARY KEY,
  user_id text,
  plan text,
  status text,
  price numeric(12, 2),
  currency text,
  started_at timestamptz(6),
  ends_at timestamptz(6),
  cancelled_at timestamptz(6),
  updated_at timestamptz(6) NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS subscriptions_updated_at ON public.subscriptions (updated_at);

CREATE TABLE IF NOT EXISTS public.product_inventory (
  product_id text,
  warehouse_id text,
  quantity_on_hand integer,
  quantity_reserved integer,
  reorder_point integer,
  updated_at timestamptz(6) NOT NULL DEFAULT now(),
  PRIMARY KEY (product_id, warehouse_id)
);

CREATE TABLE IF NOT EXISTS public.user_sessions (
  session_id uuid PRIMARY KEY,
  user_id text,
  started_at timestamptz(6),
  ended_at timestamptz(6),
  device text,
  browser text,
  ip_address inet,
  country text,
  pages_viewed integer,
  properties jsonb,
  created_at timestamptz(6) NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS user_sessions_created_at ON public.user_sessions (created_at);

CREATE OR REPLACE FUNCTION public.set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER users_set_updated_at BEFORE UPDATE ON public.users
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE OR REPLACE TRIGGER subscriptions_set_updated_at BEFORE UPDATE ON public.subscriptions
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE OR REPLACE TRIGGER product_inventory_set_updated_at BEFORE UPDATE ON public.product_inventory
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
