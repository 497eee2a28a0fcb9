-- Undoing a merge (src/api/unmerge.cpp)

CREATE FUNCTION cart_unmerge(
    source_cart_id uuid, user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_unmerge';
REVOKE ALL ON FUNCTION cart_unmerge(uuid, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_unmerge(uuid, text, text, text) IS
    'undoes a merge, while the target still has the version that the merge gave it';
