-- Checking out (section 5): cart_checkout, cart_checkout_complete, cart_checkout_cancel; what a draft
-- freezes; payments that come late.
\ir helpers.psql
SELECT plan(206);

-- 2 mugs and half a pound of tea: 25.81 with their taxes, 21.90 where prices include them.
CREATE FUNCTION pg_temp.fill(name text, tenant text = '') RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    RETURN cart_apply('[{"op": "set", "changes": {"currency": "EUR"}}, {"op": "add", "item": {"product_id": "mug", "unit_price": 9.90, "quantity": 2, "tax_rate": 0.19}},
                        {"op": "add", "item": {"product_id": "tea", "unit_price": 4.20, "quantity": 0.5, "tax_rate": 0.07}}]', user_id => name, tenant_id => tenant) ->> 'cart_id';
END $$;
CREATE FUNCTION pg_temp.draft(name text, order_ref text = NULL, tenant text = '') RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.fill(name, tenant);
    RETURN cart_checkout(order_ref, user_id => name, tenant_id => tenant) ->> 'cart_id';
END $$;
-- "checkout v2 A-1: 2 mug, 0.5 tea = 25.81"
CREATE FUNCTION pg_temp.said(document jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT concat(document ->> 'status', ' v' || (document ->> 'version'), ' ' || (document ->> 'order_ref'), ': ', lines(document), ' = ', document #>> '{totals,total}') $$;
-- The error of a call: its detail, and its code; and what the call has changed all the same.
CREATE FUNCTION pg_temp.refusal(call text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    before text := state();
    code text := 'no error';
    detail text;
BEGIN
    BEGIN
        EXECUTE call;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
    END;
    RETURN coalesce(nullif(detail, ''), '{}')::jsonb || jsonb_build_object('code', code, 'changed', state() <> before);
END $$;

SET cart_ext.clock = '2030-01-01 12:00';

-- ---- cart_checkout: the answer

SELECT pg_temp.fill('a') AS a \gset
CREATE TEMPORARY TABLE before AS SELECT cart_get('a') AS cart;
CREATE TEMPORARY TABLE draft AS SELECT cart_checkout(order_ref => 'A-1', expected_total => 25.81, ttl => NULL, user_id => 'a', session_token => NULL, tenant_id => NULL, idempotency_key => NULL,
                                                     if_match => (SELECT cart ->> 'etag' FROM before)) AS answer;
SELECT is(members(answer), 'cart_id changes created_at currency discount etag expires_at items label last_accessed_at location_id metadata order_ref status tenant_id till_id totals updated_at user_id version',
          'cart_checkout by name answers with the cart') FROM draft;
SELECT is(jsonb_build_array(answer -> 'cart_id', answer -> 'status', answer -> 'version', answer -> 'etag', answer -> 'order_ref', answer -> 'changes'),
          jsonb_build_array(:'a', 'checkout', 2, :'a' || ':2', 'A-1', '[]'::jsonb), 'in checkout, one version further, with its order_ref and no changes') FROM draft;
SELECT is((answer ->> 'expires_at')::timestamptz, '2030-01-01 12:30', 'for half an hour') FROM draft;
SELECT is(answer - '{status,version,etag,order_ref,expires_at,changes,updated_at,last_accessed_at}'::text[], cart - '{status,version,etag,order_ref,expires_at,updated_at,last_accessed_at}'::text[],
          'all else is what it was: the lines, their totals, the sum') FROM draft, before;
SELECT ok(is_current(answer), 'the answer is the cart as it stands') FROM draft;
SELECT is(cart_get('a'), NULL, 'it is no more the active one');
SELECT is(c, cart_get(cart_id => :'a'), 'it is listed as it is read') FROM cart_list('{checkout}', 'a') c;
SELECT unchanged(format('SELECT cart_get(cart_id => %L)', :'a'), 'reading it changes nothing');
SELECT results_eq(format($$ SELECT status COLLATE "default", order_ref COLLATE "default", expires_at, stored(cart_id) FROM cart.carts WHERE cart_id = %L $$, :'a'),
                  $$ VALUES ('checkout', 'A-1', '2030-01-01 12:30'::timestamptz, '2 mug, 0.5 tea') $$, 'so it stands in the tables');
SELECT pg_temp.fill('b'), pg_temp.fill('p') \g /dev/null
SELECT is(pg_temp.said(c), 'checkout v2: 2 mug, 0.5 tea = 25.81', 'nothing but the owner need be given') FROM cart_checkout(user_id => 'b') c;
SELECT is(pg_temp.said(c) || ' ' || (c ->> 'expires_at')::timestamptz, 'checkout v2 P-1: 2 mug, 0.5 tea = 25.81 2030-01-01 13:00:00+00', 'by position') FROM cart_checkout('P-1', 25.81, '1 hour', 'p', NULL, '') c;
SELECT pg_temp.fill('settings') \g /dev/null
SET cart_ext.user_id = 'settings';
SELECT is(cart_checkout() ->> 'user_id', 'settings', 'the owner may come from the settings');
RESET cart_ext.user_id;
SELECT cart_add('{"product_id": "x"}', session_token => 'guest') ->> 'cart_id' AS guest \gset
SELECT is(pg_temp.said(c) || (c ->> 'user_id' IS NULL), 'checkout v2: 1 x = 0.00true', 'a guest may check out, also what costs nothing') FROM cart_checkout(session_token => 'guest') c;
SET cart_ext.return_cart = off;
SELECT pg_temp.fill('brief') AS brief \gset
SELECT is(cart_checkout(user_id => 'brief'), jsonb_build_object('cart_id', :'brief', 'etag', :'brief' || ':2', 'version', 2), 'brief');
SELECT is(members(cart_checkout_complete(:'brief')), 'cart_id etag version', 'brief, when it is ordered');
SELECT is(members(cart_checkout_cancel(:'guest')), 'cart_id etag version', 'brief, when it is cancelled');
RESET cart_ext.return_cart;

-- For how long.
SELECT pg_temp.fill('ttl ' || t) FROM unnest('{1 second,90 seconds,2 days,10 years}'::text[]) t \g /dev/null
SELECT is((cart_checkout(ttl => t::interval, user_id => 'ttl ' || t) ->> 'expires_at')::timestamptz, until::timestamptz, 'for ' || t)
FROM (VALUES ('1 second', '2030-01-01 12:00:01'), ('90 seconds', '2030-01-01 12:01:30'), ('2 days', '2030-01-03 12:00')) x (t, until);
SELECT is(cart_checkout(ttl => '10 years', user_id => 'ttl 10 years') ->> 'status', 'checkout', 'for ten years');
SELECT pg_temp.fill('ttl') \g /dev/null
SELECT refused(format('SELECT cart_checkout(ttl => %L, user_id => ''ttl'')', t), '22023', '{"parameter": "ttl"}', 'not for ' || t) FROM unnest('{0,999 milliseconds,-1 second,-1 day,11 years}'::text[]) t;
SET cart_ext.checkout_ttl = '1h';
SELECT is((cart_checkout(user_id => 'ttl') ->> 'expires_at')::timestamptz, '2030-01-01 13:00', 'as long as cart_ext.checkout_ttl says');
SELECT cart_configure('{"checkout_ttl": "2 hours"}', 'hours'), cart_configure('{"checkout_ttl": 90}', 'seconds') \g /dev/null
SELECT pg_temp.fill('ttl', 'hours'), pg_temp.fill('ttl', 'seconds'), pg_temp.fill('ttl 2', 'seconds') \g /dev/null
SELECT is((cart_checkout(user_id => 'ttl', tenant_id => t) ->> 'expires_at')::timestamptz, until::timestamptz, 'or the tenant: ' || t) FROM (VALUES ('hours', '2030-01-01 14:00'), ('seconds', '2030-01-01 12:01:30')) x (t, until);
SELECT is((cart_checkout(ttl => '5 minutes', user_id => 'ttl 2', tenant_id => 'seconds') ->> 'expires_at')::timestamptz, '2030-01-01 12:05', 'the parameter goes before both');
RESET cart_ext.checkout_ttl;
SELECT refused(format('SELECT cart_configure(jsonb_build_object(''checkout_ttl'', %L::jsonb))', v), '22023', 'no checkout_ttl: ' || v) FROM unnest(ARRAY['0', '-1', '"soon"', 'true', '"-1 hour"']) v;

-- What cannot be checked out.
SELECT cart_add('{"product_id": "x"}', user_id => 'emptied'), cart_clear('emptied') \g /dev/null
SELECT refused(call, 'KC001', '{}', what) FROM (VALUES
    ('SELECT cart_checkout(user_id => ''nobody'')', 'there is no cart'), ('SELECT cart_checkout(session_token => ''nobody'')', 'nor of a guest'),
    ('SELECT cart_checkout(user_id => ''emptied'')', 'the cart is empty'), ('SELECT cart_checkout(user_id => ''a'')', 'it is in checkout already'),
    ('SELECT cart_checkout(user_id => ''ttl 2'')', 'it is another tenant''s')) x (call, what);
SELECT refused('SELECT cart_checkout()', 'KC011', '{}', '{missing}', 'no owner');
SELECT pg_temp.fill('long') \g /dev/null
SELECT refused('SELECT cart_checkout(repeat(''x'', 513), user_id => ''long'')', '22023', 'an order_ref that is too long');

-- ---- expected_total

SELECT pg_temp.fill('total ' || n) FROM generate_series(1, 3) n \g /dev/null
SELECT is(cart_checkout(expected_total => 25.8100, user_id => 'total 1') ->> 'status', 'checkout', 'the expected total is compared by value');
SELECT refused(format('SELECT cart_checkout(expected_total => %s, user_id => ''total 2'')', t), 'KC013', format('{"expected": %s, "found": 25.81, "changes": []}', t)::jsonb, 'another total than expected: ' || t)
FROM unnest('{25.80,0,-25.81,25.811}'::numeric[]) t;
SELECT is(pg_temp.said(cart_get('total 2')), 'active v1: 2 mug, 0.5 tea = 25.81', 'and nothing else has happened');
SELECT cart_set_discount('{"type": "percent", "value": 10}', 'total 2') \g /dev/null
SELECT refused('SELECT cart_checkout(expected_total => 25.81, user_id => ''total 2'')', 'KC013', '{"expected": 25.81, "found": 23.23}', 'the total is that with discounts and taxes');
SELECT is(cart_checkout(expected_total => 23.23, user_id => 'total 2') #>> '{totals,total}', '23.23', 'just that');
SELECT cart_add('{"product_id": "mug"}', user_id => 'total 3') \g /dev/null
SELECT refused('SELECT cart_checkout(expected_total => 25.81, user_id => ''total 3'')', 'KC013', '{"changes": []}', 'what another browser added shows in the total');

-- ---- frozen

SELECT pg_temp.draft('f', 'F-1', 'frozen') AS f \gset
SELECT pg_temp.fill('control', 'frozen') \g /dev/null
CREATE TABLE public.prices (product_id text PRIMARY KEY, price numeric, tax_rate numeric, available boolean, most numeric);
CREATE TABLE public.worth (code text PRIMARY KEY, discount jsonb);
CREATE FUNCTION public.catalog(tenant_id text, items jsonb, context jsonb)
    RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM pg_catalog.set_config('test.asked', pg_catalog.current_setting('test.asked', true) || '|' || jsonb_array_length(items) || ' ' || (context ->> 'user_id'), false);
    RETURN QUERY SELECT (i ->> 'item_key')::uuid, p.price, p.tax_rate, p.available, p.most FROM jsonb_array_elements(items) i JOIN public.prices p ON p.product_id = i ->> 'product_id';
END $$;
CREATE FUNCTION public.codes(tenant_id text, code text, cart jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT discount FROM public.worth w WHERE w.code = codes.code $$;
INSERT INTO public.prices VALUES ('mug', 8, 0, true, NULL), ('tea', 4, 0, true, 10);
INSERT INTO public.worth VALUES ('TEN', '{"type": "percent", "value": 10}');
SET test.asked = '';
CREATE TEMPORARY TABLE frozen AS SELECT cart_get(cart_id => :'f', tenant_id => 'frozen') AS cart;
SELECT cart_configure('{"price_includes_tax": true, "tax_rounding": "total", "rounding_mode": "half_even"}', 'frozen') \g /dev/null
SELECT is(cart_get(cart_id => :'f', tenant_id => 'frozen'), cart, 'the tenant''s rules of money change, the draft does not') FROM frozen;
SELECT is(cart_get('control', tenant_id => 'frozen') #>> '{totals,total}', '21.90', 'but carts that are active do');
SELECT cart_configure('{"catalog": "public.catalog", "discount_resolver": "public.codes", "currency": "JPY", "match_on": ["sku"], "max_lines": 1, "max_quantity": 1, "max_item_bytes": 10, "checkout_ttl": 1}', 'frozen') \g /dev/null
SELECT cart_reprice('f', tenant_id => 'frozen'), cart_reconcile('f', tenant_id => 'frozen'), cart_touch('f', tenant_id => 'frozen'), cart_clear('f', tenant_id => 'frozen'), cart_reconcile_all(tenant_id => 'frozen') \g /dev/null
SELECT is(cart_get(cart_id => :'f', tenant_id => 'frozen'), cart, 'nor do the catalogue, other limits, another identity, or calls of its owner') FROM frozen;
SELECT is(cart_get(cart_id => :'f', tenant_id => 'frozen')::text, cart::text, 'digit by digit') FROM frozen;
SELECT refused(format(call, :'f'), 'KC006', '{}', 'its lines do not change: ' || call) FROM unnest(ARRAY['UPDATE cart.items SET unit_price = 1 WHERE cart_id = %L', 'DELETE FROM cart.items WHERE cart_id = %L',
    'INSERT INTO cart.items (tenant_id, cart_id, item) VALUES (''frozen'', %L, ''{"product_id": "x"}'')']) call;
SELECT is(pg_temp.said(c), 'ordered v3 F-1: 2 mug, 0.5 tea = 25.81', 'and so it is ordered') FROM cart_checkout_complete(:'f', tenant_id => 'frozen') c;
SELECT is(c -> 'items', cart -> 'items', 'with the lines, prices, taxes and totals of the draft') FROM cart_get(cart_id => :'f', tenant_id => 'frozen') c, frozen;
SELECT is(c -> 'totals', cart -> 'totals', 'and its sums') FROM cart_get(cart_id => :'f', tenant_id => 'frozen') c, frozen;

-- ---- the catalogue is asked

SELECT cart_configure('{"catalog": "public.catalog"}', 'shop') \g /dev/null
SELECT cart_add_items('[{"product_id": "mug", "quantity": 2}, {"product_id": "tea", "quantity": 3}]', 's', tenant_id => 'shop') ->> 'cart_id' AS s \gset
\set checkout 'SELECT cart_checkout(user_id => ''s'', tenant_id => ''shop'')'
BEGIN;
UPDATE public.prices SET price = 9 WHERE product_id = 'mug';
SELECT refused(:'checkout', 'KC013', '{"expected": null, "found": 30, "changes": [{"product_id": "mug", "action": "repriced", "quantity_before": 2, "quantity_after": 2, "price_before": 8, "price_after": 9}]}', 'another price');
SELECT is(told_set(pg_temp.refusal(:'checkout') -> 'changes'), 'repriced mug 2=2', 'told of that line alone');
SELECT is(members(pg_temp.refusal(:'checkout') #> '{changes,0}'), 'action item_key price_after price_before product_id quantity_after quantity_before quantity_incoming reason', 'in the shape of changes');
SELECT is(pg_temp.said(cart_get('s', tenant_id => 'shop')), 'active v1: 2 mug, 3 tea = 28.00', 'the cart has its old price and etag');
SELECT refused(format('SELECT cart_checkout(expected_total => %s, user_id => ''s'', tenant_id => ''shop'')', t), 'KC013', jsonb_build_object('expected', t, 'found', 30), 'whether ' || t || ' was expected') FROM unnest('{28,30}'::numeric[]) t;
SELECT cart_reprice('s', tenant_id => 'shop') \g /dev/null
SELECT is(pg_temp.said(c), 'checkout v3: 2 mug, 3 tea = 30.00', 'repriced, it can be checked out') FROM cart_checkout(expected_total => 30, user_id => 's', tenant_id => 'shop') c;
ROLLBACK;
BEGIN;
UPDATE public.prices SET tax_rate = 0.1 WHERE product_id = 'tea';
SELECT is((r ->> 'code') || ' ' || (r ->> 'found') || ' ' || (r #>> '{changes,0,product_id}') || ' ' || jsonb_array_length(r -> 'changes') || ' ' || (r ->> 'changed'), 'KC013 29.20 tea 1 false', 'another tax rate') FROM pg_temp.refusal(:'checkout') r;
UPDATE public.prices SET available = false, tax_rate = 0 WHERE product_id = 'tea';
SELECT is(concat_ws(' ', r ->> 'code', r ->> 'found', told_set(r -> 'changes'), r ->> 'changed'), 'KC013 16.00 dropped tea 3=0 false', 'a line that cannot be had any more') FROM pg_temp.refusal(:'checkout') r;
UPDATE public.prices SET available = false;
SELECT is(concat_ws(' ', r ->> 'code', r ->> 'found', told_set(r -> 'changes'), r ->> 'changed'), 'KC013 0.00 dropped mug 2=0, dropped tea 3=0 false', 'none of them') FROM pg_temp.refusal(:'checkout') r;
ROLLBACK;
BEGIN;
DELETE FROM public.prices WHERE product_id = 'mug';
SELECT is(concat_ws(' ', r ->> 'code', r ->> 'found', told_set(r -> 'changes')), 'KC013 12.00 dropped mug 2=0', 'a line that the catalogue does not know any more') FROM pg_temp.refusal(:'checkout') r;
ROLLBACK;
BEGIN;
UPDATE public.prices SET most = 2 WHERE product_id = 'tea';
SELECT is(concat_ws(' ', r ->> 'code', r ->> 'found', told_set(r -> 'changes'), r #>> '{changes,0,reason}' IS NOT NULL), 'KC013 24.00 clamped tea 3=2 t', 'not so many') FROM pg_temp.refusal(:'checkout') r;
ROLLBACK;
BEGIN;
CREATE OR REPLACE FUNCTION public.catalog(tenant_id text, items jsonb, context jsonb)
    RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE 'the shop is closed' USING ERRCODE = 'SH001'; END $$;
SELECT refused(:'checkout', 'SH001', 'what the catalogue raises goes on');
ROLLBACK;
SET test.asked = '';
SELECT is(pg_temp.said(c) || (c ->> 'changes'), 'checkout v2: 2 mug, 3 tea = 28.00[]', 'nothing has changed: it is checked out') FROM cart_checkout(user_id => 's', tenant_id => 'shop') c;
SELECT is(current_setting('test.asked'), '|2 s', 'the catalogue is asked once, for all lines');
SET test.asked = '';
UPDATE public.prices SET price = 100, available = false;
SELECT is(pg_temp.said(cart_checkout_complete(:'s', tenant_id => 'shop')), 'ordered v3: 2 mug, 3 tea = 28.00', 'then it may say what it will');
SELECT is(current_setting('test.asked'), '', 'nobody asks it');
UPDATE public.prices SET price = 8, available = true;

-- So is the resolver of codes.
SELECT cart_configure('{"discount_resolver": "public.codes"}', 'codes') \g /dev/null
SELECT cart_add('{"product_id": "x", "unit_price": 100}', user_id => n, tenant_id => 'codes') FROM unnest('{code,plain}'::text[]) n \g /dev/null
SELECT cart_apply_code('TEN', 'code', tenant_id => 'codes'), cart_set_discount('{"type": "percent", "value": 5}', 'plain', tenant_id => 'codes') \g /dev/null
\set checkout 'SELECT cart_checkout(user_id => ''code'', tenant_id => ''codes'')'
BEGIN;
UPDATE public.worth SET discount = '{"type": "percent", "value": 5}';
SELECT refused(:'checkout', 'KC013', '{"expected": null, "found": 95, "changes": []}', 'the code is worth less now');
DELETE FROM public.worth;
SELECT refused(:'checkout', 'KC015', '{"code": "TEN"}', 'the code is refused now');
SELECT is(cart_checkout(user_id => 'plain', tenant_id => 'codes') #>> '{totals,total}', '95.00', 'a discount without a code is nobody''s to refuse');
ROLLBACK;
SELECT is((c #>> '{totals,total}') || (c ->> 'discount'), '90.00{"code": "TEN", "type": "percent", "value": 10}', 'the code is worth the same') FROM cart_checkout(expected_total => 90, user_id => 'code', tenant_id => 'codes') c;
UPDATE public.worth SET discount = '{"type": "percent", "value": 50}';
SELECT is(c #>> '{totals,total}', '90.00', 'and is asked about no more') FROM cart_list('{checkout}', 'code', tenant_id => 'codes') c;

-- ---- order_ref is unique among drafts and orders of a tenant

SELECT pg_temp.fill('r') AS r, pg_temp.fill('r', 'other') AS other \gset
SELECT refused($$ SELECT cart_checkout('A-1', user_id => 'r') $$, '23505', jsonb_build_object('order_ref', 'A-1', 'cart_id', :'a'), 'the order_ref of another draft');
SELECT is(cart_checkout('A-1', user_id => 'r', tenant_id => 'other') ->> 'order_ref', 'A-1', 'in another tenant it is another');
SELECT cart_checkout_complete(:'a') \g /dev/null
SELECT refused($$ SELECT cart_checkout('A-1', user_id => 'r') $$, '23505', jsonb_build_object('order_ref', 'A-1', 'cart_id', :'a'), 'that of an order');
SELECT cart_checkout(user_id => 'r') \g /dev/null
SELECT refused(format('SELECT cart_checkout_complete(%L, ''A-1'')', :'r'), '23505', jsonb_build_object('order_ref', 'A-1', 'cart_id', :'a'), 'nor can a draft be ordered under it');
SELECT is(pg_temp.said(cart_checkout_complete(:'r', 'R-1')), 'ordered v3 R-1: 2 mug, 0.5 tea = 25.81', 'but under its own');
SELECT is(count(d)::int, 3, 'any number of drafts has none') FROM (VALUES (pg_temp.draft('none 1')), (pg_temp.draft('none 2')), (pg_temp.draft('none 3'))) x (d);
SELECT pg_temp.draft('x', 'X-1') AS x, pg_temp.fill('y') AS y \gset
SELECT refused($$ SELECT cart_checkout('X-1', user_id => 'y') $$, '23505', '{}', 'taken');
SELECT is(pg_temp.said(cart_checkout_cancel(:'x')), 'active v3 X-1: 2 mug, 0.5 tea = 25.81', 'a cancelled draft still shows it');
SELECT is(cart_checkout('X-1', user_id => 'y') ->> 'order_ref', 'X-1', 'but it is free for another');
SELECT is(cart_get('x') ->> 'order_ref', 'X-1', 'and shown by the first all the same');
SELECT refused($$ SELECT cart_checkout(user_id => 'x') $$, '23505', jsonb_build_object('order_ref', 'X-1', 'cart_id', :'y'), 'which cannot have it back');
SELECT is(cart_checkout('X-2', user_id => 'x') ->> 'order_ref', 'X-2', 'and takes another');
SELECT pg_temp.draft('again', 'G-1') AS again \gset
SELECT cart_checkout_cancel(:'again') \g /dev/null
SELECT is(cart_checkout(user_id => 'again') ->> 'order_ref', 'G-1', 'checked out again without one, it keeps its own');
SELECT pg_temp.draft('z', 'Z-1') AS z \gset
SELECT cart_checkout_cancel(:'z'), pg_temp.draft('w', 'Z-1') AS w \gset
SELECT refused(format('SELECT cart_checkout_complete(%L)', :'z'), '23505', jsonb_build_object('order_ref', 'Z-1', 'cart_id', :'w'), 'paid late, when another has it');
SELECT is(cart_checkout_complete(:'z', 'Z-2') ->> 'order_ref', 'Z-2', 'paid late under another');
SELECT throws_ok(call, '23505', NULL, 'nor by direct writes: ' || call) FROM unnest(ARRAY[$$INSERT INTO cart.carts (user_id, status, order_ref) VALUES ('d', 'ordered', 'A-1')$$,
    $$INSERT INTO cart.carts (user_id, status, order_ref) VALUES ('d', 'checkout', 'X-1')$$, $$INSERT INTO cart.carts (user_id, status, order_ref) SELECT 'd', 'ordered', 'D-1' FROM generate_series(1, 2)$$]) call;
SELECT lives_ok($$ INSERT INTO cart.carts (user_id, status, order_ref) SELECT 'd', s, 'A-1' FROM unnest('{active,held,abandoned}'::text[]) s $$, 'which hold for no other statuses');

-- ---- lines added meanwhile

SELECT pg_temp.draft('m') AS m \gset
SELECT cart_add('{"product_id": "later"}', user_id => 'm') ->> 'cart_id' AS newer \gset
SELECT isnt(:'newer'::text, :'m', 'lines added meanwhile go to a new cart');
SELECT is(of_user('m') || '/' || stored(:'m'), '1 later/2 mug, 0.5 tea', 'the draft has its own');
SELECT is(cart_checkout(user_id => 'm') ->> 'cart_id', :'newer', 'which can be checked out as well');
SELECT is(string_agg(c ->> 'cart_id', ' ' ORDER BY c ->> 'cart_id'), (SELECT string_agg(c, ' ' ORDER BY c) FROM unnest(ARRAY[:'m', :'newer']) c), 'then there are two drafts') FROM cart_list('{checkout}', 'm') c;
SELECT is(cart_checkout_complete(:'newer') ->> 'status', 'ordered', 'each is ordered');
SELECT is(cart_get(cart_id => :'m') ->> 'status', 'checkout', 'on its own');

-- ---- once

SELECT pg_temp.fill('k') AS k \gset
SELECT is(pg_temp.said(c) || (c ? 'replayed'), 'checkout v2 K-1: 2 mug, 0.5 tea = 25.81false', 'cart_checkout with a key and an etag') FROM cart_checkout('K-1', user_id => 'k', idempotency_key => 'k', if_match => :'k' || ':1') c;
SELECT cart_add('{"product_id": "later"}', user_id => 'k') \g /dev/null
SELECT unchanged(format($$ SELECT cart_checkout('K-1', user_id => 'k', idempotency_key => 'k', if_match => %L) $$, :'k' || ':1'), 'again: nothing happens, though there is another cart by now');
SELECT is(c, cart_get(cart_id => :'k') || '{"changes": [], "replayed": true, "made_version": 2}', 'it tells of its own draft') FROM cart_checkout('K-1', user_id => 'k', idempotency_key => 'k') c;
SELECT refused(call, 'KC003', '{"idempotency_key": "k"}', 'the key for another call: ' || call) FROM unnest(ARRAY[$$SELECT cart_checkout('K-2', user_id => 'k', idempotency_key => 'k')$$, $$SELECT cart_checkout(user_id => 'k', idempotency_key => 'k')$$,
    $$SELECT cart_checkout('K-1', 1, user_id => 'k', idempotency_key => 'k')$$, $$SELECT cart_checkout('K-1', ttl => '1 hour', user_id => 'k', idempotency_key => 'k')$$, $$SELECT cart_clear('k', idempotency_key => 'k')$$]) call;
SELECT refused(format('SELECT cart_checkout_complete(%L, if_match => %L)', :'k', e), 'KC002', jsonb_build_object('expected', e, 'found', :'k' || ':2'), 'cart_checkout_complete with etag ' || e) FROM unnest(ARRAY['0', 'x', :'k' || ':1']) e;
SELECT is(pg_temp.said(c) || (c ? 'replayed'), 'ordered v3 K-1: 2 mug, 0.5 tea = 25.81false', 'cart_checkout_complete with a key and an etag') FROM cart_checkout_complete(:'k', 'K-1', idempotency_key => 'pay', if_match => :'k' || ':2') c;
SELECT unchanged(format($$ SELECT cart_checkout_complete(%L, 'K-1', idempotency_key => 'pay', if_match => %L) $$, :'k', :'k' || ':2'), 'again: nothing happens');
SELECT is(c, cart_get(cart_id => :'k') || '{"changes": [], "replayed": true, "made_version": 3}', 'it says so') FROM cart_checkout_complete(:'k', 'K-1', idempotency_key => 'pay') c;
SELECT refused(format($$ SELECT cart_checkout_complete(%L, 'K-2', idempotency_key => 'pay') $$, :'k'), 'KC003', '{"idempotency_key": "pay"}', 'the key with another order_ref');
SELECT is((c -> 'status') || (c -> 'version') || (c -> 'replayed') || (c -> 'made_version'), '["ordered", 3, true, 2]', 'the checkout, retried, shows the cart as it stands now') FROM cart_checkout('K-1', user_id => 'k', idempotency_key => 'k') c;
SELECT pg_temp.draft('c') AS c \gset
SELECT refused(format('SELECT cart_checkout_cancel(%L, if_match => %L)', :'c', :'c' || ':1'), 'KC002', jsonb_build_object('expected', :'c' || ':1', 'found', :'c' || ':2'), 'cart_checkout_cancel with an old etag');
SELECT is(pg_temp.said(c) || (c ? 'replayed'), 'active v3: 2 mug, 0.5 tea = 25.81false', 'cart_checkout_cancel with a key and an etag') FROM cart_checkout_cancel(:'c', 'c', idempotency_key => 'back', if_match => :'c' || ':2') c;
SELECT cart_add('{"product_id": "later"}', user_id => 'c') \g /dev/null
SELECT unchanged(format($$ SELECT cart_checkout_cancel(%L, 'c', idempotency_key => 'back', if_match => %L) $$, :'c', :'c' || ':2'), 'again: nothing happens');
SELECT is((c -> 'version') || (c -> 'replayed') || (c -> 'made_version'), '[4, true, 3]', 'it says so') FROM cart_checkout_cancel(:'c', 'c', idempotency_key => 'back') c;
SELECT refused($$ SELECT cart_checkout(user_id => 'c', idempotency_key => 'back') $$, 'KC003', '{"idempotency_key": "back"}', 'the key for another call');
SELECT pg_temp.fill('failed') \g /dev/null
SELECT refused($$ SELECT cart_checkout(expected_total => 1, user_id => 'failed', idempotency_key => 'k') $$, 'KC013', '{}', 'a checkout that fails');
SELECT is(cart_checkout(user_id => 'failed', idempotency_key => 'k') -> 'replayed', NULL, 'has not used its key');
SELECT pg_temp.fill('etag') AS etag \gset
SELECT refused(format('SELECT cart_checkout(user_id => ''etag'', if_match => %L)', e), 'KC002', jsonb_build_object('expected', e, 'found', :'etag' || ':1'), 'cart_checkout with etag ' || e) FROM unnest(ARRAY['0', 'x', :'etag' || ':2']) e;

-- ---- cart_checkout_complete

SELECT pg_temp.draft('o') AS o \gset
CREATE TEMPORARY TABLE o_draft AS SELECT cart_get(cart_id => :'o') AS cart;
CREATE TEMPORARY TABLE o_order AS SELECT cart_checkout_complete(cart_id => :'o', order_ref => 'O-1', user_id => NULL, session_token => NULL, tenant_id => NULL, idempotency_key => NULL, if_match => NULL) AS answer;
SELECT is(jsonb_build_array(answer -> 'cart_id', answer -> 'status', answer -> 'version', answer -> 'etag', answer -> 'order_ref', answer -> 'changes', answer -> 'expires_at', answer -> 'user_id'),
          jsonb_build_array(:'o', 'ordered', 3, :'o' || ':3', 'O-1', '[]'::jsonb, NULL, 'o'), 'cart_checkout_complete by name: ordered, one version further, expiring no more') FROM o_order;
SELECT ok(is_current(answer), 'the answer is the cart as it stands') FROM o_order;
SELECT is(answer - '{status,version,etag,order_ref,expires_at,changes,updated_at,last_accessed_at}'::text[], cart - '{status,version,etag,order_ref,expires_at,updated_at,last_accessed_at}'::text[], 'all else is the draft''s') FROM o_order, o_draft;
SELECT is(cart_checkout_complete(:'o'), answer, 'again: the same') FROM o_order;
SELECT is(cart_checkout_complete(:'o', 'O-2'), answer, 'also with another order_ref') FROM o_order;
SELECT unchanged(format('SELECT cart_checkout_complete(%L, ''O-2''), cart_checkout_complete(%1$L, idempotency_key => NULL)', :'o'), 'and nothing changes');
SELECT is(cart_checkout_complete(:'o', 'A-1'), answer, 'not even with that of another order') FROM o_order;
SELECT refused('SELECT cart_checkout_complete(NULL)', '22023', '{"parameter": "cart_id"}', 'no cart named');
SELECT refused(format('SELECT cart_checkout_complete(%L)', gen_random_uuid()), 'KC001', '{}', 'no such cart');
SELECT refused(format('SELECT cart_checkout_complete(%L, tenant_id => ''other'')', :'o'), 'KC001', '{}', 'nor in another tenant');
SELECT pg_temp.draft('whose') AS whose, pg_temp.draft('whose 2') AS whose2 \gset
SELECT refused(format('SELECT %s(%L, %s)', f, :'whose', w), 'KC001', '{}', f || ' of a cart that is not theirs: ' || w)
FROM unnest('{cart_checkout_complete,cart_checkout_cancel}'::text[]) f, unnest('{user_id => ''other'',session_token => ''whose'',"user_id => ''other'', session_token => ''whose''"}'::text[]) w;
SELECT is(cart_checkout_complete(:'whose', user_id => 'whose') ->> 'status', 'ordered', 'of one that is');
SELECT refused(format('SELECT cart_checkout_complete(%L, user_id => ''other'')', :'whose'), 'KC001', '{}', 'also when it is ordered');
SET cart_ext.user_id = 'somebody';
SELECT is(cart_checkout_complete(:'whose2') ->> 'user_id', 'whose 2', 'the settings do not say whose it has to be');
RESET cart_ext.user_id;
SELECT cart_add('{"product_id": "x", "unit_price": 3}', session_token => 'buyer') ->> 'cart_id' AS buyer \gset
SELECT cart_checkout(session_token => 'buyer') \g /dev/null
SELECT is(pg_temp.said(cart_checkout_complete(:'buyer', session_token => 'buyer')), 'ordered v3: 1 x = 3.00', 'a guest''s');
SELECT pg_temp.fill('never') AS never \gset
SELECT refused(format('SELECT cart_checkout_complete(%L)', :'never'), 'KC006', jsonb_build_object('cart_id', :'never', 'status', 'active'), 'a cart that never was a draft');
SELECT pg_temp.draft('slow', 'S-1') AS slow \gset
SET cart_ext.clock = '2030-01-09';
SELECT is(pg_temp.said(cart_checkout_complete(:'slow')), 'ordered v3 S-1: 2 mug, 0.5 tea = 25.81', 'a draft that has expired, and that nobody has returned yet');
SET cart_ext.clock = '2030-01-01 12:00';

-- ---- paid late: the draft has gone back to active

SELECT pg_temp.draft('l', 'L-1') AS l \gset
SELECT is(pg_temp.said(cart_checkout_cancel(:'l')), 'active v3 L-1: 2 mug, 0.5 tea = 25.81', 'a draft that was given up');
SELECT is(pg_temp.said(c) || (c ->> 'changes') || (c ->> 'expires_at' IS NULL), 'ordered v4 L-1: 2 mug, 0.5 tea = 25.81[]true', 'and is paid then: ordered') FROM cart_checkout_complete(:'l') c;
SELECT is(cart_get('l'), NULL, 'and active no more');
SELECT unchanged(format('SELECT cart_checkout_complete(%L)', :'l'), 'once');
SELECT pg_temp.draft('l', 'L-2', 'late') AS l \gset
CREATE TEMPORARY TABLE late AS SELECT cart_get(cart_id => :'l', tenant_id => 'late') AS cart;
SELECT cart_checkout_cancel(:'l', tenant_id => 'late'), cart_configure('{"price_includes_tax": true}', 'late') \g /dev/null
SELECT is(pg_temp.said(cart_get('l', tenant_id => 'late')), 'active v3 L-2: 2 mug, 0.5 tea = 21.90', 'active again, it costs what it costs today');
SELECT is(pg_temp.said(c), 'ordered v4 L-2: 2 mug, 0.5 tea = 25.81', 'but was paid for as drafted') FROM cart_checkout_complete(:'l', tenant_id => 'late') c;
SELECT is((c -> 'items') || (c -> 'totals'), (cart -> 'items') || (cart -> 'totals'), 'line by line') FROM cart_get(cart_id => :'l', tenant_id => 'late') c, late;
SELECT cart_add_items('[{"product_id": "mug", "quantity": 2}]', n, tenant_id => 'shop') FROM unnest('{l,l2}'::text[]) n \g /dev/null
SELECT cart_checkout(user_id => 'l', tenant_id => 'shop') ->> 'cart_id' AS l, cart_checkout(user_id => 'l2', tenant_id => 'shop') ->> 'cart_id' AS l2 \gset
SELECT cart_checkout_cancel(:'l', tenant_id => 'shop'), cart_checkout_cancel(:'l2', tenant_id => 'shop') \g /dev/null
UPDATE public.prices SET price = 100;
SELECT is(pg_temp.said(cart_checkout_complete(:'l', tenant_id => 'shop')), 'ordered v4: 2 mug = 16.00', 'also where the catalogue has changed');
SELECT cart_reprice('l2', tenant_id => 'shop') \g /dev/null
SELECT refused(format('SELECT cart_checkout_complete(%L, tenant_id => ''shop'')', :'l2'), 'KC006', '{"status": "active"}', 'but not once the cart has its new prices');
UPDATE public.prices SET price = 8;
-- What becomes of it when the owner did this meanwhile, call by call.
CREATE FUNCTION pg_temp.paid_late(name text, operations jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    id uuid := pg_temp.draft(name);
    operation jsonb;
    before text;
BEGIN
    PERFORM cart_checkout_cancel(id);
    FOR operation IN SELECT jsonb_array_elements(operations) LOOP
        PERFORM cart_apply(jsonb_build_array(operation), user_id => name);
    END LOOP;
    before := state();
    BEGIN
        RETURN (SELECT concat_ws(' ', c ->> 'status', c #>> '{totals,total}') FROM cart_checkout_complete(id) c);
    EXCEPTION WHEN SQLSTATE 'KC006' THEN
        RETURN 'KC006' || CASE WHEN state() <> before THEN ' and something has changed' ELSE '' END;
    END;
END $$;
SELECT is(pg_temp.paid_late('late ' || n, replace(replace(operations, '$mug', key_of('mug')::text), '$new', key_of('new')::text)::jsonb), wanted, 'paid late: ' || what) FROM (VALUES
    (1, 'nothing was done', '[]', 'ordered 25.81'),
    (2, 'another quantity', '[{"op": "update", "item_key": "$mug", "quantity": 3}]', 'KC006'),
    (3, 'and back', '[{"op": "update", "item_key": "$mug", "quantity": 3}, {"op": "update", "item_key": "$mug", "quantity": 2}]', 'ordered 25.81'),
    (4, 'another price', '[{"op": "update", "item_key": "$mug", "changes": {"unit_price": 1}}]', 'KC006'),
    (5, 'and back', '[{"op": "update", "item_key": "$mug", "changes": {"unit_price": 1}}, {"op": "update", "item_key": "$mug", "changes": {"unit_price": 9.9}}]', 'ordered 25.81'),
    (6, 'another title', '[{"op": "update", "item_key": "$mug", "changes": {"title": "Mug"}}]', 'KC006'),
    (7, 'and back', '[{"op": "update", "item_key": "$mug", "changes": {"title": "Mug"}}, {"op": "update", "item_key": "$mug", "changes": {"title": null}}]', 'ordered 25.81'),
    (8, 'another line', '[{"op": "add", "item": {"product_id": "new"}}]', 'KC006'),
    (9, 'and gone again', '[{"op": "add", "item": {"product_id": "new"}}, {"op": "remove", "item_key": "$new"}]', 'ordered 25.81'),
    (10, 'a line removed', '[{"op": "remove", "item_key": "$mug"}]', 'KC006'),
    (11, 'and added again', '[{"op": "remove", "item_key": "$mug"}, {"op": "add", "item": {"product_id": "mug", "unit_price": 9.90, "quantity": 2, "tax_rate": 0.19}}]', 'ordered 25.81'),
    (12, 'and added again with less', '[{"op": "remove", "item_key": "$mug"}, {"op": "add", "item": {"product_id": "mug", "quantity": 2}}]', 'KC006'),
    (13, 'all removed', '[{"op": "clear"}]', 'KC006'),
    (14, 'a label, which is no line', '[{"op": "set", "changes": {"label": "mine", "metadata": {"a": 1}}}]', 'ordered 25.81'),
    (15, 'a discount, which is no line', '[{"op": "discount", "discount": {"type": "percent", "value": 50}}]', 'ordered 25.81')) x (n, what, operations, wanted);
-- What the owner had added meanwhile came into it.
SELECT pg_temp.draft('mixed') AS mixed \gset
SELECT cart_add('{"product_id": "later"}', user_id => 'mixed') \g /dev/null
SELECT cart_checkout_cancel(:'mixed') \g /dev/null
SELECT refused(format('SELECT cart_checkout_complete(%L)', :'mixed'), 'KC006', jsonb_build_object('cart_id', :'mixed', 'status', 'active'), 'paid late: what was added meanwhile is in it');
SELECT cart_remove(key_of('later'), 'mixed') \g /dev/null
SELECT is(cart_checkout_complete(:'mixed') ->> 'status', 'ordered', 'paid late: or is removed');
-- Checked out again, the newer draft counts.
SELECT pg_temp.draft('twice') AS twice \gset
SELECT cart_checkout_cancel(:'twice'), cart_update(key_of('mug'), 1, user_id => 'twice'), cart_checkout(user_id => 'twice') \g /dev/null
SELECT is(pg_temp.said(cart_checkout_complete(:'twice')), 'ordered v6: 1 mug, 0.5 tea = 14.03', 'of two drafts the later is ordered');
SELECT pg_temp.draft('twice 2') AS twice \gset
SELECT cart_checkout_cancel(:'twice'), cart_update(key_of('mug'), 1, user_id => 'twice 2'), cart_checkout(user_id => 'twice 2'), cart_checkout_cancel(:'twice'), cart_update(key_of('mug'), 2, user_id => 'twice 2') \g /dev/null
SELECT refused(format('SELECT cart_checkout_complete(%L)', :'twice'), 'KC006', '{}', 'paid late: the lines have to be those of the later, too');

-- ---- cart_checkout_cancel

SELECT pg_temp.draft('q', 'Q-1') AS q \gset
CREATE TEMPORARY TABLE cancelled AS SELECT cart_checkout_cancel(cart_id => :'q', user_id => NULL, session_token => NULL, tenant_id => NULL, idempotency_key => NULL, if_match => NULL) AS answer;
SELECT is(jsonb_build_array(answer -> 'cart_id', answer -> 'status', answer -> 'version', answer -> 'order_ref', answer -> 'changes', answer -> 'expires_at'), jsonb_build_array(:'q', 'active', 3, 'Q-1', '[]'::jsonb, NULL),
          'cart_checkout_cancel by name: active again, under its id, with its order_ref') FROM cancelled;
SELECT ok(is_current(answer), 'the answer is the cart as it stands') FROM cancelled;
SELECT is(cart_get('q') ->> 'cart_id', :'q', 'it is the owner''s active cart');
SELECT is(told(cart_add('{"product_id": "mug"}', user_id => 'q') -> 'changes'), 'summed mug 2+1=3', 'and takes lines again');
SELECT refused(format('SELECT cart_checkout_cancel(%L)', :'q'), 'KC006', jsonb_build_object('cart_id', :'q', 'status', 'active'), 'it is cancelled once');
SELECT refused(format('SELECT cart_checkout_cancel(%L)', :'o'), 'KC006', jsonb_build_object('cart_id', :'o', 'status', 'ordered'), 'an order is not');
SELECT refused('SELECT cart_checkout_cancel(NULL)', '22023', '{"parameter": "cart_id"}', 'no cart named');
SELECT refused(format('SELECT cart_checkout_cancel(%L)', gen_random_uuid()), 'KC001', '{}', 'no such cart');
SELECT is(pg_temp.said(cart_get(session_token => 'guest')), 'active v3: 1 x = 0.00', 'a guest''s');
-- What was added meanwhile is merged into it.
SELECT pg_temp.draft('n') AS n \gset
SELECT cart_add_items('[{"product_id": "mug", "quantity": 3, "title": "newer"}, {"product_id": "cup"}]', 'n') ->> 'cart_id' AS newer \gset
CREATE TEMPORARY TABLE brought AS SELECT cart_checkout_cancel(:'n', 'n') AS answer;
SELECT is(told(answer -> 'changes'), 'summed mug 2+3=5, added cup -+1=1', 'what was added meanwhile comes into it, line by line') FROM brought;
SELECT is(pg_temp.said(answer) || (answer ->> 'cart_id'), 'active v3: 5 mug, 0.5 tea, 1 cup = ' || (cart_get('n') #>> '{totals,total}') || :'n', 'one version further') FROM brought;
SELECT is(answer #>> '{items,0,title}', 'newer', 'the newer members win') FROM brought;
SELECT ok(is_current(answer), 'the answer is the cart as it stands') FROM brought;
SELECT results_eq(format('SELECT status COLLATE "default", merged_into, version, stored(cart_id) FROM cart.carts WHERE cart_id = %L', :'newer'), format($$ VALUES ('merged', %L::uuid, 2::bigint, '3 mug, 1 cup') $$, :'n'), 'the newer cart is merged, and keeps its lines');
SELECT pg_temp.draft('clamp') AS n \gset
SELECT cart_add_items('[{"product_id": "mug", "quantity": 3}, {"product_id": "cup"}]', 'clamp') \g /dev/null
SET cart_ext.max_quantity = 4;
SET cart_ext.max_lines = 2;
SELECT is(told(cart_checkout_cancel(:'n') -> 'changes'), 'clamped mug 2+3=4 (max_quantity), dropped cup -+1=0 (max_lines)', 'as much as may be');
RESET cart_ext.max_quantity;
RESET cart_ext.max_lines;
SELECT pg_temp.draft('empty') AS n \gset
SELECT cart_add('{"product_id": "x"}', user_id => 'empty'), cart_clear('empty') \g /dev/null
SELECT is(pg_temp.said(c) || (c ->> 'changes'), 'active v3: 2 mug, 0.5 tea = 25.81[]', 'an emptied cart is in nobody''s way') FROM cart_checkout_cancel(:'n') c;
SELECT pg_temp.draft('usd') AS n \gset
SELECT cart_apply('[{"op": "set", "changes": {"currency": "USD"}}, {"op": "add", "item": {"product_id": "x", "quantity": 3}}, {"op": "add", "item": {"product_id": "mug"}}]', user_id => 'usd') ->> 'cart_id' AS newer \gset
CREATE TEMPORARY TABLE other_currency AS SELECT cart_checkout_cancel(:'n') AS answer;
SELECT is(pg_temp.said(answer), 'active v3: 2 mug, 0.5 tea = 25.81', 'a cart in another currency does not come into it') FROM other_currency;
SELECT is(string_agg(concat_ws(' ', c ->> 'action', c ->> 'product_id', c ->> 'quantity_after', c ->> 'reason'), ', ' ORDER BY c ->> 'product_id'), 'dropped mug 0 currency_mismatch, dropped x 0 currency_mismatch', 'its lines are told as dropped')
FROM other_currency, jsonb_array_elements(answer -> 'changes') c;
SELECT results_eq(format('SELECT status COLLATE "default", merged_into, version, stored(cart_id) FROM cart.carts WHERE cart_id = %L', :'newer'), $$ VALUES ('abandoned', NULL::uuid, 2::bigint, '3 x, 1 mug') $$, 'it is set aside, with all of them');
SELECT is(cart_get('usd') ->> 'cart_id', :'n', 'and the draft is the active one');
-- At the till: the sale goes back to its own till, whoever cancels it.
SET cart_ext.till_id = 'till 1';
SELECT pg_temp.draft('cashier') AS n \gset
RESET cart_ext.till_id;
SELECT cart_add('{"product_id": "elsewhere"}', user_id => 'cashier') \g /dev/null
SELECT is(pg_temp.said(c) || (c ->> 'till_id'), 'active v3: 2 mug, 0.5 tea = 25.81till 1', 'a sale goes back to its till') FROM cart_checkout_cancel(:'n') c;
SELECT is(lines(cart_get('cashier')), '1 elsewhere', 'and the cart elsewhere is another''s');

RESET cart_ext.clock;
SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT * FROM finish();
