-- Sales that are set aside (src/api/hold.cpp)

CREATE FUNCTION cart_hold(
    label text DEFAULT NULL, ttl interval DEFAULT NULL, cart_id uuid DEFAULT NULL,
    user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_hold';
REVOKE ALL ON FUNCTION cart_hold(text, interval, uuid, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_hold(text, interval, uuid, text, text, text, text, text) IS
    'sets the active cart aside, or the one named; its owner may start another';

CREATE FUNCTION cart_held(
    tenant_id text DEFAULT NULL, location_id text DEFAULT NULL) RETURNS SETOF jsonb
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 10 AS 'MODULE_PATHNAME', 'cart_held';
REVOKE ALL ON FUNCTION cart_held(text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_held(text, text) IS
    'the held carts of a location, or of the tenant, the oldest first';

CREATE FUNCTION cart_resume(
    cart_id uuid, if_active text DEFAULT 'hold', user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_resume';
REVOKE ALL ON FUNCTION cart_resume(uuid, text, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_resume(uuid, text, text, text, text, text, text) IS
    'makes a held cart the caller''s active one; what is active is held, merged into it, or in the way';
