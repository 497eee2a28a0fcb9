-- Carts by mail (src/api/link.cpp)

CREATE FUNCTION cart_link_create(cart_id uuid, ttl interval DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_link_create';
REVOKE ALL ON FUNCTION cart_link_create(uuid, interval) FROM PUBLIC;
COMMENT ON FUNCTION cart_link_create(uuid, interval) IS
    'a secret for a recovery mail, which brings the cart to whoever opens it; only its hash is stored';

CREATE FUNCTION cart_link_open(
    link text, user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_link_open';
REVOKE ALL ON FUNCTION cart_link_open(text, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_link_open(text, text, text, text, text, text) IS
    'brings the cart of a recovery link to the caller as a merge, once';
