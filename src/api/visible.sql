-- What row security asks (src/api/visible.cpp)

CREATE FUNCTION cart_is_application() RETURNS boolean
    LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'cart_is_application';
REVOKE ALL ON FUNCTION cart_is_application() FROM PUBLIC;
COMMENT ON FUNCTION cart_is_application() IS
    'whether the caller is an application: what row security asks of the tables';

CREATE FUNCTION cart_is_visible(
    tenant_id text, user_id text, session_hash bytea, location_id text, status text) RETURNS boolean
    LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'cart_is_visible';
REVOKE ALL ON FUNCTION cart_is_visible(text, text, bytea, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_is_visible(text, text, bytea, text, text) IS
    'whether the caller may see a cart so described: what row security asks of a row';
