SELECT
  _row_hash,
  product_id, warehouse_id,
  CAST(quantity_on_hand AS INTEGER) AS quantity_on_hand,
  CAST(quantity_reserved AS INTEGER) AS quantity_reserved,
  CAST(reorder_point AS INTEGER) AS reorder_point,
  CAST(updated_at AS TIMESTAMPTZ) AS updated_at,
  CASE
    WHEN starts_with(quantity_on_hand, '-') THEN 'product_inventory.quantity_on_hand.range'
    WHEN starts_with(quantity_reserved, '-') THEN 'product_inventory.quantity_reserved.range'
    WHEN starts_with(reorder_point, '-') THEN 'product_inventory.reorder_point.range'
  END AS rule
FROM source.product_inventory
