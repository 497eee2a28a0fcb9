-- Ten statements: two carts locked, the lines of both read, those that match updated in one statement, the others
-- inserted in one. Which match, and their quantities, are what the pool holds: a client has read it just before.
\set n :first + 1 + :i * :clients + :client_id
\set i :i + 1
BEGIN;
SELECT cart_id, version FROM rival.carts WHERE tenant_id = '' AND user_id = 'm' || :n AND till_id = '' AND status = 'active' FOR NO KEY UPDATE \gset target_
SELECT cart_id, version FROM rival.carts WHERE tenant_id = '' AND session_hash = @token@ AND status = 'active' FOR NO KEY UPDATE \gset source_
SELECT item_key, product_id, quantity, unit_price, item FROM rival.items WHERE tenant_id = '' AND cart_id = :target_cart_id;
SELECT item_key, product_id, quantity, unit_price, item FROM rival.items WHERE tenant_id = '' AND cart_id = :source_cart_id;
\set line 4
\set quantity 2 + 2
\set line2 5
\set quantity2 3 + 3
UPDATE rival.items i SET quantity = v.quantity, updated_at = now()
FROM (VALUES (@key@, :quantity::numeric), (@key2@, :quantity2::numeric)) v(item_key, quantity)
WHERE i.tenant_id = '' AND i.cart_id = :target_cart_id AND i.item_key = v.item_key;
\set line 6
\set quantity 1
\set line2 7
\set quantity2 2
\set line3 8
\set quantity3 3
INSERT INTO rival.items (cart_id, item_key, product_id, quantity, unit_price, item)
VALUES (:target_cart_id, @key@, 'p' || :line, :quantity, 9.90, @stored@), (:target_cart_id, @key2@, 'p' || :line2, :quantity2, 9.90, @stored2@),
    (:target_cart_id, @key3@, 'p' || :line3, :quantity3, 9.90, @stored3@);
UPDATE rival.carts SET status = 'merged', merged_into = :target_cart_id, version = version + 1, updated_at = now(), last_accessed_at = now()
WHERE tenant_id = '' AND cart_id = :source_cart_id;
UPDATE rival.carts SET version = version + 1, updated_at = now(), last_accessed_at = now() WHERE tenant_id = '' AND cart_id = :target_cart_id;
COMMIT;
