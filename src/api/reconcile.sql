-- Mending carts (src/api/reconcile.cpp)

CREATE FUNCTION cart_reconcile(
    user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_reconcile';
REVOKE ALL ON FUNCTION cart_reconcile(text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_reconcile(text, text, text, text, text) IS
    'mends an owner: one active cart, one line for each identity, keys by match_on';

CREATE FUNCTION cart_reconcile_all(
    max_owners int DEFAULT NULL, tenant_id text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_reconcile_all';
REVOKE ALL ON FUNCTION cart_reconcile_all(int, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_reconcile_all(int, text) IS
    'mends every owner that needs it, at most max_owners, of one tenant or of all; gives the sums';
