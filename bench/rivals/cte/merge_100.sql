-- One statement. Without a guest's cart nothing is written.
\set n :first + 1 + :i * :clients + :client_id
\set i :i + 1
WITH target AS (
    UPDATE rival.carts SET version = version + 1, updated_at = now(), last_accessed_at = now()
    WHERE tenant_id = '' AND user_id = 'm' || :n AND till_id = '' AND status = 'active'
        AND EXISTS (SELECT FROM rival.carts WHERE tenant_id = '' AND session_hash = @token@ AND status = 'active')
    RETURNING cart_id, version
), source AS (
    UPDATE rival.carts c SET status = 'merged', merged_into = target.cart_id, version = c.version + 1, updated_at = now(), last_accessed_at = now()
    FROM target WHERE c.tenant_id = '' AND c.session_hash = @token@ AND c.status = 'active' RETURNING c.cart_id
), lines AS (
    INSERT INTO rival.items AS i (cart_id, item_key, product_id, quantity, unit_price, item)
    SELECT target.cart_id, g.item_key, g.product_id, g.quantity, g.unit_price, g.item
    FROM target, source JOIN rival.items g ON g.tenant_id = '' AND g.cart_id = source.cart_id
    ON CONFLICT (tenant_id, cart_id, item_key) DO UPDATE SET quantity = i.quantity + excluded.quantity, unit_price = excluded.unit_price,
        item = i.item || excluded.item, updated_at = excluded.updated_at
    RETURNING item_key, quantity
)
SELECT target.cart_id, target.version, source.cart_id, (SELECT jsonb_object_agg(item_key, quantity) FROM lines) FROM target, source;
