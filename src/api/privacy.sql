-- What is stored of a person (src/api/privacy.cpp)

CREATE FUNCTION cart_export(
    user_id text DEFAULT NULL, session_token text DEFAULT NULL, tenant_id text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'cart_export';
REVOKE ALL ON FUNCTION cart_export(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_export(text, text, text) IS
    'all that is stored of a user or of a guest session';

CREATE FUNCTION cart_forget(
    user_id text DEFAULT NULL, session_token text DEFAULT NULL, tenant_id text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_forget';
REVOKE ALL ON FUNCTION cart_forget(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_forget(text, text, text) IS
    'erases all that is stored of a user or of a guest session; orders stay, belonging to nobody';
