-- One statement: sets the quantity, and raises the cart's version.
\set n random(1, :carts)
\set line random(1, 8)
\set quantity random(1, 1000)
WITH cart AS (
    UPDATE rival.carts SET version = version + 1, updated_at = now(), last_accessed_at = now()
    WHERE tenant_id = '' AND user_id = 'u' || :n AND till_id = '' AND status = 'active' RETURNING cart_id, version
), line AS (
    UPDATE rival.items i SET quantity = :quantity, updated_at = now()
    FROM cart WHERE i.tenant_id = '' AND i.cart_id = cart.cart_id AND i.item_key = @key@ RETURNING i.quantity
)
SELECT cart_id, version, quantity FROM cart, line;
