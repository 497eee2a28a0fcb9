-- Carts: reading and filling them (src/api/carts.cpp)

CREATE FUNCTION cart_get(user_id text DEFAULT NULL, session_token text DEFAULT NULL,
                         tenant_id text DEFAULT NULL, cart_id uuid DEFAULT NULL,
                         if_none_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'cart_get';
REVOKE ALL ON FUNCTION cart_get(text, text, text, uuid, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_get(text, text, text, uuid, text) IS
    'the active cart of an owner, or the cart named, with its lines and totals';

CREATE FUNCTION cart_add(item jsonb, quantity numeric DEFAULT NULL, user_id text DEFAULT NULL,
                         session_token text DEFAULT NULL, tenant_id text DEFAULT NULL,
                         idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_add';
REVOKE ALL ON FUNCTION cart_add(jsonb, numeric, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_add(jsonb, numeric, text, text, text, text, text) IS
    'adds an item to the matching line of the active cart, or as a new line; the first add makes the cart';

CREATE FUNCTION cart_add_items(items jsonb, user_id text DEFAULT NULL,
                               session_token text DEFAULT NULL, tenant_id text DEFAULT NULL,
                               idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_add_items';
REVOKE ALL ON FUNCTION cart_add_items(jsonb, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_add_items(jsonb, text, text, text, text, text) IS
    'adds an array of items like cart_add, all of them or none';
