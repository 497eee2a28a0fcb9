-- One statement: makes the cart, or raises the version of one that somebody else has made meanwhile, and upserts the line.
\set n :first + 1 + :i * :clients + :client_id
\set i :i + 1
\set line random(1, 8)
\set quantity random(1, 3)
WITH cart AS (
    INSERT INTO rival.carts AS c (cart_id, user_id) VALUES (@pool@, 'f' || :n)
    ON CONFLICT (tenant_id, user_id, till_id) WHERE status = 'active' AND user_id IS NOT NULL
        DO UPDATE SET version = c.version + 1, updated_at = now(), last_accessed_at = now()
    RETURNING cart_id, version
), line AS (
    INSERT INTO rival.items AS i (cart_id, item_key, product_id, quantity, unit_price, item)
    SELECT cart_id, @key@, 'p' || :line, :quantity::numeric, 9.90, @stored@ FROM cart
    ON CONFLICT (tenant_id, cart_id, item_key) DO UPDATE SET quantity = i.quantity + excluded.quantity, unit_price = excluded.unit_price,
        item = excluded.item, updated_at = excluded.updated_at
    RETURNING quantity
)
SELECT cart_id, version, quantity FROM cart, line;
