-- Moving in (src/api/import.cpp)

CREATE FUNCTION cart_import(relation regclass, user_column name DEFAULT 'user_id',
                            session_column name DEFAULT 'session_id',
                            items_column name DEFAULT 'items', status_column name DEFAULT 'status',
                            accessed_column name DEFAULT 'last_accessed_at',
                            tenant_id text DEFAULT NULL, currency text DEFAULT NULL,
                            mapping jsonb DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'cart_import';
REVOKE ALL ON FUNCTION
    cart_import(regclass, name, name, name, name, name, text, text, jsonb, boolean) FROM PUBLIC;
COMMENT ON FUNCTION
    cart_import(regclass, name, name, name, name, name, text, text, jsonb, boolean) IS
    'copies the active carts of a table that keeps them as JSON into the store; repeated, nothing twice';
