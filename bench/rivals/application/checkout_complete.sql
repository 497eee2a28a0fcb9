-- Six statements for the checkout, four for completing it. The client adds up the totals.
\set n :first + 1 + :i * :clients + :client_id
\set i :i + 1
BEGIN;
SELECT cart_id, version FROM rival.carts WHERE tenant_id = '' AND user_id = 'm' || :n AND till_id = '' AND status = 'active' FOR NO KEY UPDATE \gset
SELECT item_key, quantity, unit_price, item FROM rival.items WHERE tenant_id = '' AND cart_id = :cart_id;
\set quantity 2 + 3 + 1 + 2 + 3
\set total :quantity * 9.90
INSERT INTO rival.drafts (cart_id, frozen)
VALUES (:cart_id, ('{"totals": {"lines": 5, "quantity": ' || :quantity || ', "total": ' || :total || '}}')::jsonb);
UPDATE rival.carts SET status = 'checkout', order_ref = 'order ' || :n, expires_at = now() + interval '30 minutes', version = version + 1, updated_at = now(), last_accessed_at = now()
WHERE tenant_id = '' AND cart_id = :cart_id;
COMMIT;
BEGIN;
SELECT status, version FROM rival.carts WHERE tenant_id = '' AND cart_id = :cart_id FOR NO KEY UPDATE \gset
UPDATE rival.carts SET status = 'ordered', expires_at = NULL, version = version + 1, updated_at = now(), last_accessed_at = now()
WHERE tenant_id = '' AND cart_id = :cart_id;
COMMIT;
