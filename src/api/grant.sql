-- Which roles may do what (src/api/grant.cpp)

CREATE FUNCTION cart_grant(role regrole, level text) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'cart_grant';
REVOKE ALL ON FUNCTION cart_grant(regrole, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_grant(regrole, text) IS
    'lets a role call the functions of a level (shopper, application, admin), and records that';

CREATE FUNCTION cart_revoke(role regrole) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'cart_revoke';
REVOKE ALL ON FUNCTION cart_revoke(regrole) FROM PUBLIC;
COMMENT ON FUNCTION cart_revoke(regrole) IS
    'takes back what cart_grant() gave a role';

CREATE FUNCTION cart_application() RETURNS boolean
    LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'cart_application';
REVOKE ALL ON FUNCTION cart_application() FROM PUBLIC;
COMMENT ON FUNCTION cart_application() IS
    'true; who may execute it is an application, and acts for any user, session and tenant';
