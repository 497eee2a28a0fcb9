-- Four statements.
\set n random(1, :carts)
\set line random(1, 8)
\set quantity random(1, 1000)
BEGIN;
UPDATE rival.carts SET version = version + 1, updated_at = now(), last_accessed_at = now()
WHERE tenant_id = '' AND user_id = 'u' || :n AND till_id = '' AND status = 'active' RETURNING cart_id, version \gset
UPDATE rival.items SET quantity = :quantity, updated_at = now() WHERE tenant_id = '' AND cart_id = :cart_id AND item_key = @key@;
COMMIT;
