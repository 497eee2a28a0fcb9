-- Reading carts (src/api/carts.cpp)

CREATE FUNCTION cart_get(user_id text DEFAULT NULL, session_token text DEFAULT NULL,
                         tenant_id text DEFAULT NULL, cart_id uuid DEFAULT NULL,
                         if_none_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'cart_get';
REVOKE ALL ON FUNCTION cart_get(text, text, text, uuid, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_get(text, text, text, uuid, text) IS
    'the active cart of an owner, or the cart named, with its lines and totals';

CREATE FUNCTION cart_list(
    statuses text[] DEFAULT NULL, user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL) RETURNS SETOF jsonb
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 10 AS 'MODULE_PATHNAME', 'cart_list';
REVOKE ALL ON FUNCTION cart_list(text[], text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_list(text[], text, text, text) IS
    'the carts of an owner, of these statuses or of all, the newest first';

CREATE FUNCTION cart_touch(
    user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_touch';
REVOKE ALL ON FUNCTION cart_touch(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_touch(text, text, text) IS
    'marks the active cart as used, at most once a cart_ext.touch_interval; raises no version';
