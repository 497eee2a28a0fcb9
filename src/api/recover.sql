-- Bringing carts back (src/api/recover.cpp)

CREATE FUNCTION cart_restore(
    cart_id uuid, user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_restore';
REVOKE ALL ON FUNCTION cart_restore(uuid, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_restore(uuid, text, text, text, text, text) IS
    'makes an abandoned cart its owner''s active one again; what was begun meanwhile is merged into it';
