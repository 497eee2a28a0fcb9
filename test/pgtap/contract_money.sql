-- Section 8: totals, discounts, codes and the catalogue, by every parameter, and what they refuse.
\ir helpers.psql
SELECT plan(47);

CREATE FUNCTION public.catalog(tenant_id text, items jsonb, context jsonb)
    RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM pg_catalog.set_config('test.asked', pg_catalog.current_setting('test.asked') || '|' || jsonb_array_length(items) || ' ' || (context ->> 'user_id') || ' ' || (context ? 'items'), false);
    RETURN QUERY SELECT (i ->> 'item_key')::uuid, 7::numeric, 0.1, i ->> 'product_id' <> 'gone', 5::numeric FROM jsonb_array_elements(items) i;
END $$;
CREATE FUNCTION public.codes(tenant_id text, code text, cart jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('type', 'percent', 'value', jsonb_array_length(cart -> 'items'), 'for', tenant_id) WHERE code = 'ok' $$;
CREATE FUNCTION pg_temp.amounts(totals jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', totals -> 'subtotal', totals -> 'promo_discount', totals -> 'discount', totals -> 'tax', totals -> 'total') $$;
SET test.asked = '';

-- cart_totals
SELECT is(members(cart_totals(items => '[{"product_id": 1}]', discount => NULL, settings => NULL)), 'discount line_totals lines promo_discount quantity subtotal tax total', 'cart_totals by name: its members');
SELECT is(members(cart_totals('[{"product_id": 1}]') #> '{line_totals,0}'), 'discount item_key promo_discount subtotal tax total', 'and those of a line');
SELECT is(cart_totals('[{"product_id": "a"}]') #>> '{line_totals,0,item_key}', key_of('a')::text, 'which is named by its key');
SELECT is(pg_temp.amounts(cart_totals('[{"product_id": 1, "unit_price": 10, "tax_rate": 0.2, "discount": {"type": "amount", "value": 1}}]', '{"type": "percent", "value": 50}')), '10.00 1.00 4.50 0.90 5.40', 'each part');
SELECT is(pg_temp.amounts(cart_totals('[{"product_id": 1, "unit_price": 12, "tax_rate": 0.2}]', settings => '{"price_includes_tax": true}')), '12.00 0.00 0.00 2.00 12.00', 'price_includes_tax');
SELECT is(cart_totals('[]'), cart_totals('[]', '[]', '{}'), 'nothing comes to nothing');
SELECT refused(format('SELECT cart_totals(''[{"product_id": 1}]'', %L)', d), '22023', '{}', 'no discount: ' || d)
FROM unnest(ARRAY['7', '"x"', '{"type": "percent", "value": 101}', '{"type": "amount", "value": -1}', '{"type": "half", "value": 1}', '{"value": 1}']) d;
SELECT refused(format('SELECT cart_totals(''[{"product_id": 1}]'', NULL, %L)', s), '22023', '{}', 'no settings: ' || s)
FROM unnest(ARRAY['[]', '{"a": 1}', '{"rounding_mode": "up"}', '{"tax_rounding": "unit"}', '{"price_includes_tax": "yes"}', '{"currency": "euro"}']) s;
SELECT refused($$ SELECT cart_totals('[{"product_id": 1, "tax_rate": -1}]') $$, 'KC004', '{"member": "tax_rate", "index": 0}', 'no tax rate');
SELECT refused($$ SELECT cart_totals('[{"product_id": 1, "quantity": 0}]') $$, 'KC005', '{"index": 0}', 'no quantity');

-- cart_set_discount
SELECT cart_add('{"product_id": "a", "unit_price": 10}', user_id => 'u') \g /dev/null
SELECT is(cart_set_discount(discount => '{"type": "percent", "value": 10}', user_id => 'u', session_token => NULL, tenant_id => NULL, idempotency_key => 'k', if_match => cart_get('u') ->> 'etag') #>> '{totals,total}', '9.00', 'cart_set_discount by name');
SELECT is(cart_set_discount('{"type": "percent", "value": 10}', 'u', idempotency_key => 'k2', if_match => cart_get('u') ->> 'etag') -> 'version', '2', 'the same again changes nothing');
SELECT is(cart_set_discount(NULL, 'u') -> 'discount', 'null', 'NULL lifts it');
SELECT refused($$ SELECT cart_set_discount('{"type": "percent", "value": 20}', 'u', idempotency_key => 'k') $$, 'KC003', '{}', 'a key with other arguments');
SELECT refused($$ SELECT cart_set_discount('{"type": "percent", "value": 20}', 'u', if_match => '0') $$, 'KC002', '{"expected": "0"}', 'another etag');
SELECT refused($$ SELECT cart_set_discount('{"type": "percent", "value": 200}', 'u') $$, '22023', '{"member": "value"}', 'no discount');
SELECT refused($$ SELECT cart_set_discount('{"type": "percent", "value": 20}') $$, 'KC011', '{}', 'no owner');
SELECT refused($$ UPDATE cart.carts SET discount = '7' WHERE user_id = 'u' $$, '23514', '{"member": "discount"}', 'nor by a direct write');

-- cart_apply_code
SELECT refused($$ SELECT cart_apply_code('ok', 'u') $$, 'KC015', '{"code": "ok"}', 'no resolver');
SELECT cart_configure('{"discount_resolver": "codes"}') \g /dev/null
SELECT is(cart_apply_code(code => 'ok', user_id => 'u', session_token => NULL, tenant_id => NULL, idempotency_key => 'c', if_match => cart_get('u') ->> 'etag') -> 'discount', '{"code": "ok", "type": "percent", "value": 1, "for": ""}', 'cart_apply_code by name: the resolver sees tenant and cart');
SELECT refused($$ SELECT cart_apply_code('no', 'u') $$, 'KC015', '{"code": "no"}', 'a code that is refused');
SELECT refused($$ SELECT cart_apply_code(NULL, 'u') $$, '22023', '{"parameter": "code"}', 'no code');
SELECT is(cart_apply('[{"op": "discount", "discount": null}, {"op": "code", "code": "ok"}]', 'u') -> 'version', '5', 'both within cart_apply');

-- The catalogue
SELECT is(cart_configure('{"catalog": "catalog"}') ->> 'catalog', 'public.catalog', 'a catalogue is kept with its schema');
SELECT is(cart_add_items('[{"product_id": "a"}, {"product_id": "b", "unit_price": 1, "quantity": 9}]', 'u') -> 'changes' -> 0 -> 'price_after', '7', 'its price counts');
SELECT is(current_setting('test.asked'), '|2 u false', 'it is asked once, for both lines, with the cart but without its lines');
SELECT is(told(cart_get('u') -> 'changes'), '', 'reading asks nobody');
SELECT is(stored((cart_get('u') ->> 'cart_id')::uuid), '2 a, 5 b', 'and what can be had of it');
SELECT refused($$ SELECT cart_add('{"product_id": "gone"}', user_id => 'u') $$, 'KC010', '{"product_id": "gone"}', 'what cannot be had');
SELECT refused($$ SELECT cart_apply('[{"op": "clear"}, {"op": "add", "item": {"product_id": "a"}}, {"op": "add", "item": {"product_id": "gone"}}]', 'u') $$, 'KC010', '{"index": 2}', 'also within cart_apply');
SELECT unchanged($$ SELECT cart_reprice('u') $$, 'repriced, nothing differs');
SET test.asked = '';
UPDATE cart.items SET unit_price = 1 WHERE product_id IN ('a', 'b');
SELECT is(told_set(cart_reprice(user_id => 'u', session_token => NULL, tenant_id => NULL, idempotency_key => 'r', if_match => cart_get('u') ->> 'etag') -> 'changes'), 'repriced a 2=2, repriced b 5=5', 'cart_reprice by name');
SELECT is(current_setting('test.asked'), '|2 u false', 'asks once for the cart');
SELECT is(cart_reprice('u', idempotency_key => 'r', if_match => NULL) -> 'replayed', 'true', 'a repeat is one');
UPDATE cart.items SET unit_price = 2 WHERE product_id = 'a';
SELECT is(cart_reconcile('u') #> '{reconcile,lines_repriced}', '1', 'cart_reconcile reprices, too');
SELECT refused($$ SELECT cart_configure('{"catalog": "none"}') $$, '42883', 'no such function');

SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT * FROM finish();
