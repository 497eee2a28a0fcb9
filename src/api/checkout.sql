-- From a cart to an order (src/api/checkout.cpp)

CREATE FUNCTION cart_checkout(
    order_ref text DEFAULT NULL, expected_total numeric DEFAULT NULL, ttl interval DEFAULT NULL,
    user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_checkout';
REVOKE ALL ON FUNCTION cart_checkout(text, numeric, interval, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_checkout(text, numeric, interval, text, text, text, text, text) IS
    'freezes the active cart as a draft order, if its prices and its total are those that are expected';

CREATE FUNCTION cart_checkout_complete(
    cart_id uuid, order_ref text DEFAULT NULL, user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_checkout_complete';
REVOKE ALL ON FUNCTION cart_checkout_complete(uuid, text, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_checkout_complete(uuid, text, text, text, text, text, text) IS
    'makes a draft order an order, once; also one that has gone back to active with the same lines';

CREATE FUNCTION cart_checkout_cancel(
    cart_id uuid, user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_checkout_cancel';
REVOKE ALL ON FUNCTION cart_checkout_cancel(uuid, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_checkout_cancel(uuid, text, text, text, text, text) IS
    'makes a draft order its owner''s active cart again; what was begun meanwhile is merged into it';
