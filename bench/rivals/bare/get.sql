-- The limit: one select of the cart and its lines as rows, of which the client makes what it likes.
\set n random(1, :carts)
SELECT c.cart_id, c.version, c.status, c.currency, c.label, c.order_ref, c.metadata, c.discount, c.created_at, c.updated_at, c.last_accessed_at,
    i.item_key, i.product_id, i.quantity, i.unit_price, i.item, i.added_at, i.updated_at
FROM rival.carts c LEFT JOIN rival.items i ON i.tenant_id = c.tenant_id AND i.cart_id = c.cart_id
WHERE c.tenant_id = '' AND c.user_id = 'u' || :n AND c.till_id = '' AND c.status = 'active' ORDER BY i.added_at, i.item_key;
