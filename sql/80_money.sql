-- Totals, discounts, taxes, the catalogue.
\set VERBOSITY default
\set SHOW_CONTEXT never
DELETE FROM cart.carts;
CREATE FUNCTION amounts(totals jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', totals -> 'subtotal', totals -> 'promo_discount', totals -> 'discount', totals -> 'tax', totals -> 'total') $$;
CREATE FUNCTION changed(answer jsonb) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', e ->> 'product_id', e ->> 'action', coalesce(e ->> 'quantity_before', '-'), e ->> 'quantity_after',
        coalesce(e ->> 'price_before', '-'), coalesce(e ->> 'price_after', '-'), e ->> 'reason')
    FROM jsonb_array_elements(coalesce(answer -> 'changes', answer -> 'merge' -> 'lines')) e $$;

-- A cart kept as JSON.
SELECT jsonb_pretty(cart_totals('[{"product_id": "mug", "unit_price": 9.90, "quantity": 2, "tax_rate": 0.19, "discount": {"type": "percent", "value": 10}},
    {"product_id": "voucher", "unit_price": 50, "discountable": false}]', '{"type": "amount", "value": 5}', '{"currency": "EUR", "price_includes_tax": true}'));
SELECT amounts(cart_totals('[{"product_id": 1, "unit_price": 1.005, "quantity": 3}]', settings => s::jsonb))
FROM (VALUES (NULL), ('{"currency": "JPY"}'), ('{"currency": "BHD"}'), ('{"currency": "CLF"}'), ('{"rounding_mode": "half_even"}')) v (s);
SELECT amounts(cart_totals('[]')), cart_totals(NULL) IS NULL AS nothing, amounts(cart_totals('[{"product_id": 1}]', '[]', '{}'));
SELECT cart_totals('[{"product_id": 1}]', '{"type": "percent", "value": 101}');
SELECT cart_totals('[{"product_id": 1}]', '{"type": "free", "value": 1}');
SELECT cart_totals('[{"product_id": 1, "discount": {"type": "amount", "value": -1}}]');
SELECT cart_totals('[{"product_id": 1, "tax_rate": "19%"}]');
SELECT cart_totals('[{"product_id": 1, "discountable": "yes"}]');
SELECT cart_totals('[{"product_id": 1}]', settings => '{"rounding_mode": "up"}');
SELECT cart_totals('[{"product_id": 1}]', settings => '{"colour": "red"}');
SELECT cart_totals('[{"product_id": 1}]', settings => '[]');
SELECT cart_totals('{}');

-- In every document; and the cart's discount.
SELECT cart_configure('{"currency": "EUR", "price_includes_tax": true, "tax_rounding": "total"}') -> 'currency';
SELECT c -> 'currency' AS currency, amounts(c -> 'totals') AS totals, amounts(c -> 'items' -> 0 -> 'totals') AS line
FROM cart_add('{"product_id": "mug", "unit_price": 11.90, "tax_rate": 0.19}', 2, user_id => 'u') c;
SELECT c -> 'version' AS version, c -> 'discount' AS discount, amounts(c -> 'totals') AS totals FROM cart_set_discount('{"type": "percent", "value": 10, "reason": "friend"}', user_id => 'u') c;
SELECT c -> 'version' AS version, amounts(c -> 'totals') AS totals FROM cart_set_discount('{"type": "percent", "value": 10.0, "reason": "friend"}', user_id => 'u') c;
SELECT c -> 'version' AS version, c -> 'discount' AS discount FROM cart_set_discount(NULL, user_id => 'u') c;
SELECT cart_set_discount(NULL, user_id => 'nobody') -> 'version', cart_set_discount('{"type": "amount", "value": 1}', user_id => 'early') -> 'totals' -> 'total';
SELECT cart_set_discount('{"type": "percent"}', user_id => 'u');
SELECT cart_set_discount('10', user_id => 'u');
SELECT cart_add('{"product_id": "x", "discount": {"type": "percent", "value": 200}}', user_id => 'u');
SELECT amounts(cart_apply('[{"op": "discount", "discount": {"type": "amount", "value": 3.80}}, {"op": "add", "item": {"product_id": "tea", "unit_price": 2}}]', user_id => 'u') -> 'totals');
SELECT cart_clear(user_id => 'u') -> 'discount';
-- [] and {} are no discount; nor may one be of any size.
SELECT cart_set_discount('[]', user_id => 'u') -> 'discount', cart_set_discount('{}', user_id => 'u') -> 'discount';
SELECT cart_set_discount(jsonb_build_object('type', 'amount', 'value', 1, 'reason', repeat('x', 17000)), user_id => 'u');
-- What was loaded past the rules takes nothing off, and can be read.
SET cart_ext.loading = on;
UPDATE cart.carts SET discount = '"half"' WHERE user_id = 'u';
INSERT INTO cart.items (cart_id, item_key, position, product_id, quantity, unit_price, item)
    SELECT cart_id, cart_id, 1, 'odd', 1, 1, '{"product_id": "odd", "tax_rate": "x", "discount": [1], "discountable": 0}' FROM cart.carts WHERE user_id = 'u';
RESET cart_ext.loading;
SELECT amounts(cart_get(user_id => 'u') -> 'totals');
DELETE FROM cart.carts;

-- Codes.
SELECT cart_apply_code('SPRING', user_id => 'u');
CREATE FUNCTION resolver(tenant_id text, code text, cart jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE code WHEN 'SPRING' THEN '{"type": "percent", "value": 20}'::jsonb WHEN 'TWO' THEN '[{"type": "amount", "value": 1}, {"type": "percent", "value": 1}]'
        WHEN 'ODD' THEN '7' WHEN 'LARGE' THEN (SELECT '{"type": "amount", "value": 5}'::jsonb WHERE (cart -> 'totals' -> 'subtotal')::numeric >= 100) END $$;
SELECT cart_configure('{"discount_resolver": "resolver"}') -> 'discount_resolver';
SELECT c -> 'discount' AS discount, c -> 'version' AS version FROM cart_apply_code('SPRING', user_id => 'u') c;
-- Applied twice, it counts once.
SELECT c -> 'discount' AS discount, c -> 'version' AS version FROM cart_apply_code('SPRING', user_id => 'u') c;
SELECT cart_apply('[{"op": "code", "code": "TWO"}]', user_id => 'u') -> 'discount';
SELECT cart_apply_code('LARGE', user_id => 'u');
SELECT cart_apply_code('none', user_id => 'u');
SELECT cart_apply_code('ODD', user_id => 'u');
SELECT cart_apply_code('', user_id => 'u');
SELECT cart_apply_code(NULL, user_id => 'u');
SELECT cart_get(user_id => 'u') -> 'version';
DELETE FROM cart.carts;

-- The catalogue.
CREATE TABLE prices (product_id text PRIMARY KEY, price numeric, tax_rate numeric, available boolean, most numeric);
INSERT INTO prices VALUES ('mug', 8, 0.19, true, NULL), ('tea', 4.20, 0.07, NULL, 5), ('gone', 1, NULL, false, NULL), ('none', 1, NULL, true, 0);
CREATE FUNCTION catalog(tenant_id text, items jsonb, context jsonb)
    RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE sql STABLE AS $$
    SELECT (i ->> 'item_key')::uuid, p.price, p.tax_rate, p.available, p.most FROM jsonb_array_elements(items) i JOIN prices p ON p.product_id = i ->> 'product_id' $$;
SELECT cart_configure('{"catalog": "catalog", "price_includes_tax": null, "tax_rounding": null}') ->> 'catalog';
SELECT changed(cart_add('{"product_id": "mug", "unit_price": 0.01, "tax_rate": 0}', 2, user_id => 'u'));
SELECT changed(cart_add_items('[{"product_id": "tea", "quantity": 9}, {"product_id": "mug"}]', user_id => 'u'));
SELECT i ->> 'product_id' AS product, i -> 'quantity' AS quantity, i -> 'unit_price' AS price, i -> 'tax_rate' AS rate FROM jsonb_array_elements(cart_get(user_id => 'u') -> 'items') i;
SELECT cart_add('{"product_id": "gone"}', user_id => 'u');
SELECT cart_add_items('[{"product_id": "mug"}, {"product_id": "unknown"}]', user_id => 'u');
SELECT cart_add('{"product_id": "none"}', user_id => 'u');
SELECT changed(cart_update(cart_item_key('{"product_id": "tea"}'), 7, user_id => 'u'));
SELECT changed(cart_update(cart_item_key('{"product_id": "tea"}'), 3, '{"unit_price": 1}', user_id => 'u'));
UPDATE prices SET price = 9, available = true WHERE product_id = 'mug';
UPDATE prices SET available = false WHERE product_id = 'tea';
SELECT cart_update(cart_item_key('{"product_id": "tea"}'), 2, user_id => 'u');
-- A price that moved is shown, and what cannot be had is dropped; then nothing changes any more.
BEGIN;
SELECT changed(cart_reprice(user_id => 'u'));
SELECT cart_reprice(user_id => 'u') -> 'changes', cart_reprice(user_id => 'nobody') -> 'cart_id';
ROLLBACK;
SELECT r -> 'reconcile' AS reconcile, c FROM cart_reconcile(user_id => 'u') r, changed(r -> 'cart') c;
SELECT cart_reconcile(user_id => 'u') -> 'reconcile' -> 'changed';
-- A merge reprices what it brings, and drops what cannot be had.
SELECT cart_configure('{"catalog": null}') ? 'catalog';
SELECT cart_add_items('[{"product_id": "mug", "unit_price": 1}, {"product_id": "gone", "unit_price": 1}, {"product_id": "gone", "variant_id": 2}]', session_token => 'g') -> 'version';
SELECT cart_add('{"product_id": "gone", "variant_id": 2}', user_id => 'u') -> 'version';
SELECT cart_configure('{"catalog": "public.catalog"}') ? 'catalog';
SELECT changed(cart_merge('u', 'g'));
SELECT string_agg(i ->> 'product_id', ' ') FROM jsonb_array_elements(cart_get(user_id => 'u') -> 'items') i;
-- So does a login whose user gets the guest's cart; undone, it is as it was.
SELECT cart_configure('{"catalog": null}') ? 'catalog';
SELECT cart_add_items('[{"product_id": "mug", "unit_price": 1}, {"product_id": "gone", "unit_price": 1}]', session_token => 'h') -> 'version';
SELECT cart_configure('{"catalog": "public.catalog"}') ? 'catalog';
SELECT cart_merge('fresh', 'h') AS merged \gset
SELECT changed(:'merged'), :'merged'::jsonb -> 'cart' -> 'totals' -> 'lines' AS lines;
SELECT changed(cart_unmerge((:'merged'::jsonb -> 'merge' ->> 'source_cart_id')::uuid));
SELECT i ->> 'product_id' AS product, i -> 'unit_price' AS price FROM jsonb_array_elements(cart_get(session_token => 'h') -> 'items') i;
-- What is no answer is refused, and what the catalogue raises goes on as it is.
\set VERBOSITY default
CREATE OR REPLACE FUNCTION catalog(tenant_id text, items jsonb, context jsonb)
    RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE sql STABLE AS $$
    SELECT (i ->> 'item_key')::uuid, 1, 0, true, 5 FROM jsonb_array_elements(items) i, generate_series(1, 2) $$;
SELECT cart_add('{"product_id": "mug"}', user_id => 'u');
CREATE OR REPLACE FUNCTION catalog(tenant_id text, items jsonb, context jsonb)
    RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE sql STABLE AS $$
    SELECT (i ->> 'item_key')::uuid, (i ->> 'price')::numeric, 0, true, 5 FROM jsonb_array_elements(items) i $$;
SELECT cart_add('{"product_id": "mug"}', user_id => 'u');
SELECT cart_add('{"product_id": "mug", "price": -1}', user_id => 'u');
CREATE OR REPLACE FUNCTION catalog(tenant_id text, items jsonb, context jsonb)
    RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE plpgsql STABLE AS $$
    BEGIN RAISE EXCEPTION 'the shop is closed, %', context ->> 'user_id' USING ERRCODE = 'SH001', HINT = 'Come back.'; END $$;
SELECT cart_add('{"product_id": "mug"}', user_id => 'u');
\echo :LAST_ERROR_SQLSTATE
DROP FUNCTION catalog;
SELECT cart_add('{"product_id": "mug"}', user_id => 'u');
SELECT cart_configure('{"catalog": "nowhere"}');
SELECT cart_configure('{"catalog": 7}');
CREATE FUNCTION catalog(tenant_id text, items jsonb, context jsonb) RETURNS TABLE (item_key uuid) LANGUAGE sql AS 'SELECT NULL::uuid';
SELECT cart_configure('{"catalog": "catalog"}');
DROP FUNCTION catalog;
-- A superuser's function is no tool of a tables' owner who is none.
BEGIN;
CREATE ROLE regress_cart_owner;
DROP SCHEMA cart CASCADE;
SELECT cart_setup(owner => 'regress_cart_owner') -> 'owner';
CREATE FUNCTION catalog(tenant_id text, items jsonb, context jsonb)
    RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE sql AS 'SELECT NULL::uuid, 1, 1, true, 1';
INSERT INTO cart.settings (tenant_id, settings) VALUES ('', '{"catalog": "public.catalog"}');
SELECT cart_add('{"product_id": "mug"}', user_id => 'u');
ROLLBACK;
-- It runs with its owner's rights, and is configured by somebody who has them.
BEGIN;
CREATE ROLE regress_cart_shop;
CREATE SCHEMA regress_shop AUTHORIZATION regress_cart_shop;
SET LOCAL ROLE regress_cart_shop;
CREATE FUNCTION regress_shop.catalog(tenant_id text, items jsonb, context jsonb)
    RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE plpgsql AS $$
    BEGIN
        RAISE NOTICE 'as %, path %', current_user, current_setting('search_path');
        PERFORM count(*) FROM cart.carts;
    END $$;
RESET ROLE;
SELECT cart_configure('{"catalog": "regress_shop.catalog"}') ->> 'catalog';
SELECT cart_add('{"product_id": "mug"}', user_id => 'u');
ROLLBACK;
BEGIN;
CREATE ROLE regress_cart_admin;
GRANT EXECUTE ON FUNCTION cart_configure TO regress_cart_admin;
CREATE FUNCTION catalog(tenant_id text, items jsonb, context jsonb)
    RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE sql AS 'SELECT NULL::uuid, 1, 1, true, 1';
SET LOCAL ROLE regress_cart_admin;
SELECT cart_configure('{"catalog": "catalog"}');
ROLLBACK;
DROP TABLE prices;
DROP FUNCTION resolver, amounts, changed;
DELETE FROM cart.carts;
DELETE FROM cart.merges;
DELETE FROM cart.settings;
