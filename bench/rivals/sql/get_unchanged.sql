-- One statement that makes the document unless the client has it.
\set n random(1, 100)
SELECT CASE WHEN known.version = 1 THEN jsonb_build_object('unchanged', true, 'etag', known.cart_id || ':' || known.version)
    ELSE (@document@ AND c.cart_id = known.cart_id) END
FROM rival.carts known WHERE known.tenant_id = '' AND known.user_id = 'r' || :n AND known.till_id = '' AND known.status = 'active';
