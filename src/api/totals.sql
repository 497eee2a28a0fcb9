-- Totals of a cart that is kept as JSON (src/api/totals.cpp)

CREATE FUNCTION cart_totals(items jsonb, discount jsonb DEFAULT NULL, settings jsonb DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'cart_totals';
REVOKE ALL ON FUNCTION cart_totals(jsonb, jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION cart_totals(jsonb, jsonb, jsonb) IS
    'the totals of an array of items, with a cart''s discount, under a tenant''s money settings';
