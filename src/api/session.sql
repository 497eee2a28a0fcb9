-- Guest sessions (src/api/session.cpp)

CREATE FUNCTION cart_session_create() RETURNS text
    LANGUAGE C VOLATILE PARALLEL SAFE AS 'MODULE_PATHNAME', 'cart_session_create';
REVOKE ALL ON FUNCTION cart_session_create() FROM PUBLIC;
COMMENT ON FUNCTION cart_session_create() IS
    'a new token for a guest session: 256 random bits, 43 characters of base64url; writes nothing';
