-- One statement: raises the cart's version, and upserts the line.
\set n random(1, :carts)
\set line random(1, 8)
\set quantity random(1, 3)
WITH cart AS (
    UPDATE rival.carts SET version = version + 1, updated_at = now(), last_accessed_at = now()
    WHERE tenant_id = '' AND user_id = 'u' || :n AND till_id = '' AND status = 'active' RETURNING cart_id, version
), line AS (
    INSERT INTO rival.items AS i (cart_id, item_key, product_id, quantity, unit_price, item)
    SELECT cart_id, @key@, 'p' || :line, :quantity::numeric, 9.90, @stored@ FROM cart
    ON CONFLICT (tenant_id, cart_id, item_key) DO UPDATE SET quantity = i.quantity + excluded.quantity, unit_price = excluded.unit_price,
        item = excluded.item, updated_at = excluded.updated_at
    RETURNING quantity
)
SELECT cart_id, version, quantity FROM cart, line;
