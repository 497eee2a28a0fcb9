-- Two statements, whose rows the client puts together.
\set n random(1, :carts)
SELECT cart_id, version, status, currency, label, order_ref, metadata, discount, created_at, updated_at, last_accessed_at
FROM rival.carts WHERE tenant_id = '' AND user_id = 'u' || :n AND till_id = '' AND status = 'active' \gset
SELECT item_key, product_id, quantity, unit_price, item, added_at, updated_at FROM rival.items
WHERE tenant_id = '' AND cart_id = :cart_id ORDER BY added_at, item_key;
