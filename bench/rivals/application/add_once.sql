-- Six statements: as an add, and the key before and after.
\set n random(1, :carts)
\set line random(1, 8)
\set quantity random(1, 3)
\set call random(1, 1000000000000)
BEGIN;
INSERT INTO rival.requests (user_id, key) VALUES ('u' || :n, 'call ' || :call) ON CONFLICT DO NOTHING RETURNING key;
UPDATE rival.carts SET version = version + 1, updated_at = now(), last_accessed_at = now()
WHERE tenant_id = '' AND user_id = 'u' || :n AND till_id = '' AND status = 'active' RETURNING cart_id, version \gset
INSERT INTO rival.items AS i (cart_id, item_key, product_id, quantity, unit_price, item)
VALUES (:cart_id, @key@, 'p' || :line, :quantity, 9.90, @stored@)
ON CONFLICT (tenant_id, cart_id, item_key) DO UPDATE SET quantity = i.quantity + excluded.quantity, unit_price = excluded.unit_price,
    item = excluded.item, updated_at = excluded.updated_at RETURNING quantity;
UPDATE rival.requests SET cart_id = :cart_id, version = :version WHERE user_id = 'u' || :n AND key = 'call ' || :call;
COMMIT;
