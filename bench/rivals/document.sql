SELECT jsonb_build_object('cart_id', c.cart_id, 'etag', c.cart_id || ':' || c.version, 'tenant_id', c.tenant_id, 'user_id', c.user_id, 'status', c.status,
    'version', c.version, 'currency', c.currency, 'location_id', c.location_id, 'till_id', nullif(c.till_id, ''), 'label', c.label, 'order_ref', c.order_ref,
    'metadata', c.metadata, 'discount', c.discount, 'created_at', c.created_at, 'updated_at', c.updated_at, 'last_accessed_at', c.last_accessed_at,
    'expires_at', c.expires_at, 'items', coalesce(l.items, '[]'),
    'totals', jsonb_build_object('lines', l.lines, 'quantity', coalesce(l.quantity, 0), 'subtotal', l.subtotal, 'promo_discount', 0.00,
        'discount', 0.00, 'tax', 0.00, 'total', l.subtotal))
FROM rival.carts c, LATERAL (
    SELECT count(*) AS lines, sum(i.quantity) AS quantity, coalesce(sum(i.subtotal), 0.00) AS subtotal,
        jsonb_agg(i.item || jsonb_build_object('item_key', i.item_key, 'quantity', i.quantity, 'unit_price', round(i.unit_price, 2), 'added_at', i.added_at,
            'updated_at', i.updated_at, 'totals', jsonb_build_object('subtotal', i.subtotal, 'promo_discount', 0.00, 'discount', 0.00, 'tax', 0.00,
                'total', i.subtotal))) AS items
    FROM (SELECT *, round(unit_price * quantity, 2) AS subtotal FROM rival.items
        WHERE tenant_id = c.tenant_id AND cart_id = c.cart_id ORDER BY added_at, item_key) i) l
WHERE c.tenant_id = ''
