-- Settings of tenants (src/api/configure.cpp)

CREATE FUNCTION cart_configure(
    settings jsonb, tenant_id text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_configure';
REVOKE ALL ON FUNCTION cart_configure(jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_configure(jsonb, text) IS
    'lays settings over those of the tenant (null lifts one), and gives them as they then stand';
