-- Tables of applications that keep carts themselves (src/api/attach.cpp)

CREATE FUNCTION cart_attach(relation regclass, user_column name DEFAULT 'user_id',
                            session_column name DEFAULT 'session_id',
                            status_column name DEFAULT 'status', active_value text DEFAULT 'active')
    RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'cart_attach';
REVOKE ALL ON FUNCTION cart_attach(regclass, name, name, name, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_attach(regclass, name, name, name, text) IS
    'keeps one active cart for each user and session in a table of the application''s';

CREATE FUNCTION cart_detach(relation regclass) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'cart_detach';
REVOKE ALL ON FUNCTION cart_detach(regclass) FROM PUBLIC;
COMMENT ON FUNCTION cart_detach(regclass) IS
    'undoes cart_attach()';
