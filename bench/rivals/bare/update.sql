-- The limit: one update of the line.
\set n random(1, :carts)
\set line random(1, 8)
\set quantity random(1, 1000)
UPDATE rival.items SET quantity = :quantity, updated_at = now() WHERE tenant_id = '' AND cart_id = @cart@ AND item_key = @key@;
