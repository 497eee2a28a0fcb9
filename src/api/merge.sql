-- Merging a guest's cart into a user's, on login (src/api/merge.cpp)

CREATE FUNCTION cart_merge(user_id text DEFAULT NULL, session_token text DEFAULT NULL,
                           strategy text DEFAULT NULL, tenant_id text DEFAULT NULL,
                           idempotency_key text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 2000 AS 'MODULE_PATHNAME', 'cart_merge';
REVOKE ALL ON FUNCTION cart_merge(text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_merge(text, text, text, text, text) IS
    'on login: brings the active cart of a guest session into the user''s, once, and reports each line';
