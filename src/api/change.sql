-- Changing the active cart (src/api/change.cpp)

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

CREATE FUNCTION cart_update(
    item_key uuid, quantity numeric DEFAULT NULL, changes jsonb DEFAULT NULL,
    user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_update';
REVOKE ALL ON FUNCTION cart_update(uuid, numeric, jsonb, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_update(uuid, numeric, jsonb, text, text, text, text, text) IS
    'sets the quantity of a line (0 removes it) and lays changes over its item; a changed identity moves it';

CREATE FUNCTION cart_remove(
    item_key uuid, user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_remove';
REVOKE ALL ON FUNCTION cart_remove(uuid, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_remove(uuid, text, text, text, text, text) IS
    'removes a line of the active cart; succeeds also where there is none';

CREATE FUNCTION cart_clear(
    user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_clear';
REVOKE ALL ON FUNCTION cart_clear(text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_clear(text, text, text, text, text) IS
    'removes all lines of the active cart, and its discount';

CREATE FUNCTION cart_set(
    changes jsonb, user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_set';
REVOKE ALL ON FUNCTION cart_set(jsonb, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_set(jsonb, text, text, text, text, text) IS
    'sets currency, label and metadata of the active cart, made where there is none';

CREATE FUNCTION cart_set_discount(
    discount jsonb, user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_set_discount';
REVOKE ALL ON FUNCTION cart_set_discount(jsonb, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_set_discount(jsonb, text, text, text, text, text) IS
    'sets the discount of the active cart, made where there is none; NULL lifts it';

CREATE FUNCTION cart_apply_code(
    code text, user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_apply_code';
REVOKE ALL ON FUNCTION cart_apply_code(text, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_apply_code(text, text, text, text, text, text) IS
    'asks the tenant''s discount resolver what a code is worth, and sets that as the cart''s discount';

CREATE FUNCTION cart_reprice(
    user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_reprice';
REVOKE ALL ON FUNCTION cart_reprice(text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_reprice(text, text, text, text, text) IS
    'sets the prices of the active cart by the tenant''s catalogue; drops what is unavailable';

CREATE FUNCTION cart_apply(
    operations jsonb, user_id text DEFAULT NULL, session_token text DEFAULT NULL,
    tenant_id text DEFAULT NULL, idempotency_key text DEFAULT NULL, if_match text DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'cart_apply';
REVOKE ALL ON FUNCTION cart_apply(jsonb, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION cart_apply(jsonb, text, text, text, text, text) IS
    'runs an array of operations (add, update, remove, clear, set, discount, code) on the active cart: all or none, one version';
