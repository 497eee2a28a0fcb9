-- What holds for whoever writes to the tables (src/trigger/)

CREATE FUNCTION cart_carts_rules() RETURNS trigger
    LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'cart_carts_rules';
REVOKE ALL ON FUNCTION cart_carts_rules() FROM PUBLIC;
COMMENT ON FUNCTION cart_carts_rules() IS
    'the rules of cart.carts for direct writes';

CREATE FUNCTION cart_items_rules() RETURNS trigger
    LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'cart_items_rules';
REVOKE ALL ON FUNCTION cart_items_rules() FROM PUBLIC;
COMMENT ON FUNCTION cart_items_rules() IS
    'the rules of cart.items for direct writes';

CREATE FUNCTION cart_settings_changed() RETURNS trigger
    LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'cart_settings_changed';
REVOKE ALL ON FUNCTION cart_settings_changed() FROM PUBLIC;
COMMENT ON FUNCTION cart_settings_changed() IS
    'tells all server processes that cart.settings has changed';

CREATE FUNCTION cart_one_active() RETURNS trigger
    LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'cart_one_active';
REVOKE ALL ON FUNCTION cart_one_active() FROM PUBLIC;
COMMENT ON FUNCTION cart_one_active() IS
    'one active cart for each owner, in tables of cart_attach() and in the store';
