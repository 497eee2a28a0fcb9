-- Sweeping by hand (src/worker/by_hand.cpp)

CREATE FUNCTION cart_sweep(
    max_carts int DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_sweep';
REVOKE ALL ON FUNCTION cart_sweep(int) FROM PUBLIC;
COMMENT ON FUNCTION cart_sweep(int) IS
    'does what the background worker does in one pass, to at most max_carts carts; gives how many';
