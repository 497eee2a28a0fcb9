-- Four statements.
\set n :first + 1 + :i * :clients + :client_id
\set i :i + 1
\set line random(1, 8)
\set quantity random(1, 3)
BEGIN;
INSERT INTO rival.carts AS c (cart_id, user_id) VALUES (@pool@, 'f' || :n)
ON CONFLICT (tenant_id, user_id, till_id) WHERE status = 'active' AND user_id IS NOT NULL
    DO UPDATE SET version = c.version + 1, updated_at = now(), last_accessed_at = now() RETURNING cart_id, version \gset
INSERT INTO rival.items AS i (cart_id, item_key, product_id, quantity, unit_price, item)
VALUES (:cart_id, @key@, 'p' || :line, :quantity, 9.90, @stored@)
ON CONFLICT (tenant_id, cart_id, item_key) DO UPDATE SET quantity = i.quantity + excluded.quantity, unit_price = excluded.unit_price,
    item = excluded.item, updated_at = excluded.updated_at RETURNING quantity;
COMMIT;
