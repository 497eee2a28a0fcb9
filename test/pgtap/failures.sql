-- What went wrong with carts elsewhere, as far as one session can see it: each test is named after its
-- row of the list of failures. Two sessions at once: test/isolation/specs/failure_*.spec.
\ir helpers.psql
\set ON_ERROR_ROLLBACK off
SELECT plan(178);

CREATE FUNCTION pg_temp.many(token text, n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM cart_add_items((SELECT jsonb_agg(jsonb_build_object('product_id', 'p' || i, 'quantity', i)) FROM generate_series(1, n) i), session_token => token);
END $$;
CREATE FUNCTION pg_temp.add(product text, quantity numeric = 1, user_id text = NULL, session_token text = NULL) RETURNS uuid LANGUAGE sql AS $$
    SELECT (cart_add(jsonb_build_object('product_id', product), quantity, user_id => user_id, session_token => session_token) ->> 'cart_id')::uuid $$;

-- ---- merge

-- 01: two logins at once emptied a cart of 65 lines.
SELECT pg_temp.many('01', 65) \g /dev/null
SELECT is(cart_merge('01', '01') #> '{cart,totals,lines}', '65', 'failure_01: a login brings all 65 lines');
SELECT is(cart_merge('01', '01') #> '{cart,totals,quantity}', '2145', 'failure_01: a second login empties nothing and adds nothing');
SELECT pg_temp.many('01b', 65), pg_temp.add('own', 1, '01b') \g /dev/null
SELECT is((SELECT cart_merge('01b', '01b') #> '{cart,totals,lines}') || (cart_merge('01b', '01b') #> '{cart,totals,lines}'), '[66, 66]', 'failure_01: nor with a cart of the user''s own');

-- 02: removing the source failed after the merge, so every later request merged again and quantities grew.
SELECT pg_temp.add('a', 2, '02'), pg_temp.add('a', 3, NULL, '02') \g /dev/null
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
CREATE TRIGGER refuse AFTER UPDATE ON cart.carts FOR EACH ROW WHEN (NEW.status = 'merged') EXECUTE FUNCTION refuse();
SELECT refused($$ SELECT cart_merge('02', '02') $$, 'P0001', 'failure_02: where the source cannot be taken, nothing is merged') FROM generate_series(1, 3);
DROP TRIGGER refuse ON cart.carts;
CREATE TRIGGER refuse BEFORE INSERT ON cart.merges FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT refused($$ SELECT cart_merge('02', '02') $$, 'P0001', 'failure_02: nor where the receipt cannot be written');
DROP TRIGGER refuse ON cart.merges;
SELECT is(of_user('02') || '/' || of_guest('02'), '2 a/3 a', 'failure_02: both carts are as they were');
DO $$ BEGIN FOR n IN 1..5 LOOP PERFORM cart_merge('02', '02'); END LOOP; END $$;
SELECT is(of_user('02'), '5 a', 'failure_02: later requests merge once');

-- 03: a retried request merged twice; customers bought double.
SELECT pg_temp.add('a', 2, '03'), pg_temp.add('a', 3, NULL, '03') \g /dev/null
DO $$ BEGIN FOR n IN 1..5 LOOP PERFORM cart_merge('03', '03', idempotency_key => 'login'), cart_merge('03', '03'), cart_merge('03', '03', idempotency_key => 'other'); END LOOP; END $$;
SELECT is(of_user('03'), '5 a', 'failure_03: retries of a merge, with a key and without, count once');
DO $$ BEGIN FOR n IN 1..5 LOOP PERFORM cart_add('{"product_id": "b"}', user_id => '03', idempotency_key => 'click'); END LOOP; END $$;
SELECT is(of_user('03'), '5 a, 1 b', 'failure_03: retries of an add with a key count once');
SELECT pg_temp.add('c', 1, NULL, '03b'), cart_merge('03b', '03b'), cart_merge('03b', '03b') \g /dev/null
SELECT is(of_user('03b'), '1 c', 'failure_03: nor where the user got the whole cart');

-- 04: the merge threw, and so the login failed.
CREATE FUNCTION pg_temp.login(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN cart_merge(name, name) #>> '{merge,merged}';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT cart_add_items((SELECT jsonb_agg(jsonb_build_object('product_id', 'u' || i)) FROM generate_series(1, 1000) i), user_id => '04 lines'), pg_temp.many('04 lines', 1000),
       pg_temp.add('a', 1000000, '04 quantity'), pg_temp.add('a', 1000000, NULL, '04 quantity'),
       cart_add(jsonb_build_object('product_id', 'a', 'x', repeat('x', 10000)), user_id => '04 size'), cart_add(jsonb_build_object('product_id', 'a', 'y', repeat('x', 10000)), session_token => '04 size'),
       pg_temp.add('a', 1, '04 currency'), pg_temp.add('a', 1, NULL, '04 currency'), pg_temp.add('a', 1, '04 empty'), pg_temp.add('a', 1, '04 key'), pg_temp.add('a', 1, NULL, '04 key'), pg_temp.add('b', 1, NULL, '04 key'),
       pg_temp.add('a', 1, '04 metadata'), pg_temp.add('a', 1, NULL, '04 metadata') \g /dev/null
UPDATE cart.carts SET currency = CASE WHEN user_id IS NULL THEN 'USD' ELSE 'EUR' END WHERE user_id = '04 currency' OR session_hash = sha256('04 currency');
SET cart_ext.loading = on;
UPDATE cart.carts SET metadata = '[1]' WHERE session_hash = sha256('04 metadata');
RESET cart_ext.loading;
INSERT INTO cart.carts (session_hash) VALUES (sha256('04 empty'));
SELECT is(pg_temp.login('04 ' || name), merged, 'failure_04: a login does not fail over ' || name) FROM (VALUES ('lines', 'true'), ('quantity', 'true'), ('size', 'true'), ('currency', 'false'), ('empty', 'false'), ('nobody', 'false'), ('metadata', 'true')) x (name, merged);
-- Lines whose keys are old (loaded, or match_on has changed since) are no reason, either.
SET cart_ext.loading = on;
UPDATE cart.items SET item_key = gen_random_uuid() FROM cart.carts c WHERE c.cart_id = items.cart_id AND (user_id = '04 key' OR session_hash = sha256('04 key'));
RESET cart_ext.loading;
SELECT is(pg_temp.login('04 key'), 'true', 'failure_04: nor over keys that are old');
SELECT is(sum(quantity), 3::numeric, 'failure_04: and nothing is lost by that') FROM cart.carts JOIN cart.items USING (tenant_id, cart_id) WHERE user_id = '04 key' AND status = 'active';
SELECT cart_reconcile('04 key') \g /dev/null
SELECT is(of_user('04 key'), '2 a, 1 b', 'failure_04: reconcile then joins the lines');
-- A line that cannot be read, as only loading or replication can leave it.
SELECT pg_temp.add('a', 1, '04 odd'), pg_temp.add('b', 1, NULL, '04 odd') AS odd \gset
SET cart_ext.loading = on;
INSERT INTO cart.items (cart_id, item_key, position, product_id, quantity, item) VALUES (:'odd', gen_random_uuid(), 9, 'odd', 1, '[1]');
RESET cart_ext.loading;
SELECT matches(pg_temp.login('04 odd'), 'true|false', 'failure_04: nor over a line that cannot be read');
DELETE FROM cart.carts WHERE cart_id = :'odd' OR user_id = '04 odd';
-- Nor over what the catalogue says.
CREATE FUNCTION public.catalog(tenant_id text, items jsonb, context jsonb)
    RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE sql STABLE AS $$
    SELECT (i ->> 'item_key')::uuid, 7, 0.19, i ->> 'product_id' <> 'gone', 3 FROM jsonb_array_elements(items) i $$;
SELECT pg_temp.add('mug', 1, '04 stock'), pg_temp.add('gone', 1, NULL, '04 stock'), pg_temp.add('mug', 9, NULL, '04 stock') \g /dev/null
SELECT cart_configure('{"catalog": "public.catalog"}') \g /dev/null
SELECT is(pg_temp.login('04 stock'), 'true', 'failure_04: nor over what the catalogue says is gone');
SELECT is(lines(cart_get('04 stock')), '3 mug', 'failure_04: that line stays behind, and the quantity is what can be had');
SELECT cart_configure('{"catalog": null}') \g /dev/null

-- 05: a merge went over the maximum quantity.
SELECT is((cart_get('04 quantity') #>> '{items,0,quantity}')::numeric, 1000000::numeric, 'failure_05: a merge clamps at the maximum');
SELECT is(l ->> 'action', 'clamped', 'failure_05: and says so') FROM cart.merges m JOIN cart.carts c ON c.cart_id = m.target_cart_id, jsonb_array_elements(cart_merge('04 quantity', '04 quantity') #> '{merge,lines}') l WHERE c.user_id = '04 quantity';

-- 06: a line standing in both carts was deleted from both.
SELECT pg_temp.add('both', 2, '06'), pg_temp.add('both', 3, NULL, '06') AS source \gset
SELECT cart_merge('06', '06') \g /dev/null
SELECT is(of_user('06') || '/' || stored(:'source'), '5 both/3 both', 'failure_06: a line in both carts stays, in both');

-- 07: options that pointed at other rows, and discounts on lines, were lost in the merge.
SELECT cart_add('{"product_id": "shirt", "options": {"print_id": 77}, "discount": {"type": "percent", "value": 10}, "gift_to": {"id": 5}}', session_token => '07'),
       cart_add('{"product_id": "shirt", "options": {"print_id": 77}, "engraving_id": 9}', user_id => '07'), cart_add('{"product_id": "cap", "discount": {"type": "amount", "value": 1}}', session_token => '07') \g /dev/null
SELECT is((SELECT jsonb_agg(i - '{item_key,added_at,updated_at,totals}'::text[]) FROM jsonb_array_elements(cart_merge('07', '07') #> '{cart,items}') i),
          '[{"product_id": "shirt", "quantity": 2, "options": {"print_id": 77}, "discount": {"type": "percent", "value": 10}, "gift_to": {"id": 5}, "engraving_id": 9}, {"product_id": "cap", "quantity": 1, "discount": {"type": "amount", "value": 1}}]',
          'failure_07: options, discounts and all other members come along');

-- 08: the same item did not match, because of stray members or member order.
SELECT cart_add('{"product_id": 1, "options": {"b": 1, "a": 2}, "stray": "x"}', user_id => '08'), cart_add('{"added_at": "y", "options": {"a": 2.0, "b": 1}, "product_id": "1", "variant_id": null, "title": "t"}', session_token => '08') \g /dev/null
SELECT is(cart_merge('08', '08') #> '{cart,totals,lines}', '1', 'failure_08: stray members and member order do not matter');

-- 09: the next user on the device inherited the cart of the last.
SELECT pg_temp.add('mine', 1, NULL, 'device'), cart_merge('09 first', 'device') \g /dev/null
SELECT is(cart_get(session_token => 'device'), NULL, 'failure_09: after a login the device has no cart');
SELECT is(cart_merge('09 second', 'device'), '{"cart": null, "merge": {"merged": false, "reason": "no_guest_cart"}}', 'failure_09: the next user gets nothing');
SELECT pg_temp.add('his', 1, NULL, 'device') \g /dev/null
SELECT is(lines(cart_merge('09 second', 'device') -> 'cart'), '1 his', 'failure_09: but what is put there since');
SELECT is(of_user('09 first'), '1 mine', 'failure_09: and the first keeps the own');

-- 10: an empty saved cart hid the guest's full one.
SELECT pg_temp.add('x', 1, '10'), pg_temp.add('full', 2, NULL, '10') \g /dev/null
SELECT cart_clear('10') \g /dev/null
SELECT is(lines(cart_merge('10', '10') -> 'cart'), '2 full', 'failure_10: an empty saved cart takes the guest''s lines');
INSERT INTO cart.carts (session_hash) VALUES (sha256('10 empty'));
SELECT pg_temp.add('full', 2, '10b') \g /dev/null
SELECT is(lines(cart_merge('10b', '10 empty') -> 'cart'), '2 full', 'failure_10: nor does an empty guest cart hide the saved one');

-- 11: logging in during checkout brought surprise lines into the order.
SELECT pg_temp.add('ordering', 1, '11') AS cart_id \gset
SELECT cart_checkout('11', user_id => '11'), pg_temp.add('surprise', 1, NULL, '11'), cart_merge('11', '11'), cart_merge('11', '11') \g /dev/null
SELECT is(stored(:'cart_id') || '/' || of_user('11'), '1 ordering/1 surprise', 'failure_11: a login during checkout leaves the order alone');
SELECT is(lines(cart_checkout_complete(:'cart_id')) || '/' || of_user('11'), '1 ordering/1 surprise', 'failure_11: ordered is what was checked out, and the surprise waits in the cart');
SELECT pg_temp.add('guest order', 1, NULL, '11b') AS cart_id \gset
SELECT cart_checkout(session_token => '11b') \g /dev/null
SELECT is(cart_merge('11', '11b') #>> '{merge,reason}', 'no_guest_cart', 'failure_11: a guest''s order in checkout is not merged');
SELECT results_eq(format('SELECT status COLLATE "default", stored(cart_id) FROM cart.carts WHERE cart_id = %L', :'cart_id'), $$ VALUES ('checkout', '1 guest order') $$, 'failure_11: it stays what it is');
SELECT is(lines(cart_checkout_complete(:'cart_id')) || '/' || of_user('11'), '1 guest order/1 surprise', 'failure_11: and can be paid after the login');
SELECT pg_temp.add('given up', 1, '11c') AS cart_id \gset
SELECT cart_checkout(user_id => '11c'), pg_temp.add('surprise', 1, NULL, '11c'), cart_merge('11c', '11c'), cart_checkout_cancel(:'cart_id') \g /dev/null
SELECT refused(format('SELECT cart_checkout_complete(%L)', :'cart_id'), 'KC006', '{}', 'failure_11: a draft that was given up, and has the surprise in it now, is not what was paid for');

-- 12: an order that had payments was merged away.
SELECT pg_temp.add('paid', 1, '12') AS u, pg_temp.add('paid too', 1, NULL, '12') AS g \gset
SELECT cart_checkout('12 u', user_id => '12'), cart_checkout('12 g', session_token => '12'), cart_checkout_complete(:'u'), cart_checkout_complete(:'g') \g /dev/null
SELECT unchanged($$ SELECT cart_merge('12', '12') $$, 'failure_12: there is nothing to merge');
SELECT pg_temp.add('next', 1, NULL, '12'), cart_merge('12', '12'), cart_reconcile('12') \g /dev/null
SELECT is(stored(:'u') || '/' || stored(:'g') || '/' || of_user('12'), '1 paid/1 paid too/1 next', 'failure_12: orders are not merged, on either side');
SELECT is(string_agg(status || ' ' || order_ref || ' v' || version, ', ' ORDER BY order_ref), 'ordered 12 g v3, ordered 12 u v3', 'failure_12: they stay ordered') FROM cart.carts WHERE cart_id IN (:'u', :'g');
SELECT refused(format('UPDATE cart.carts SET status = ''merged'', merged_into = %L WHERE cart_id = %L', :'u', :'g'), 'KC006', '{}', 'failure_12: by no path');
-- Being paid: the payment comes after the login.
SELECT pg_temp.add('being paid', 1, NULL, '12b') AS g, pg_temp.add('own', 1, '12b') \gset
SELECT cart_checkout('12 b', session_token => '12b'), cart_merge('12b', '12b') \g /dev/null
SELECT is(cart_checkout_complete(:'g') ->> 'status', 'ordered', 'failure_12: what is being paid is not merged, either');

-- 13: carts of different shops were merged.
DO $$ BEGIN PERFORM cart_add(jsonb_build_object('product_id', 'of ' || t), user_id => '13', tenant_id => t), cart_add(jsonb_build_object('product_id', 'guest of ' || t), session_token => '13', tenant_id => t) FROM unnest('{shop a,shop b}'::text[]) t; END $$;
SELECT is(lines(cart_merge('13', '13', tenant_id => 'shop a') -> 'cart'), '1 of shop a, 1 guest of shop a', 'failure_13: a merge stays within its tenant');
SELECT is(lines(cart_get('13', tenant_id => 'shop b')) || '/' || lines(cart_get(session_token => '13', tenant_id => 'shop b')), '1 of shop b/1 guest of shop b', 'failure_13: the other shop''s carts stand untouched');
SELECT is(cart_merge('13', '13', tenant_id => 'shop c') #>> '{merge,reason}', 'no_guest_cart', 'failure_13: a third knows nothing of them');

-- 14: the newer guest cart threw the saved one away.
SET cart_ext.clock = '2020-01-01';
SELECT pg_temp.add('saved', 3, '14') \g /dev/null
RESET cart_ext.clock;
SELECT pg_temp.add('newer', 1, NULL, '14'), cart_merge('14', '14') \g /dev/null
SELECT is(of_user('14'), '3 saved, 1 newer', 'failure_14: a newer guest cart does not throw the saved one away');

-- 15: the guest cart was lost on registering.
SELECT pg_temp.add('before', 2, NULL, '15') AS cart_id \gset
SELECT is(cart_merge('15 registered', '15') #>> '{cart,cart_id}', :'cart_id', 'failure_15: a new user gets the guest''s cart');
SELECT is(of_user('15 registered'), '2 before', 'failure_15: with its lines');

-- 16: the "merged" event fired though nothing was merged. Issue 9 extends this to NOTIFY.
SELECT pg_temp.add('a', 1, '16') \g /dev/null
INSERT INTO cart.carts (session_hash) VALUES (sha256('16 empty'));
SELECT unchanged(format('SELECT cart_merge(''16'', %L)', t), 'failure_16: nothing merged, nothing written: ' || t) FROM unnest('{16 empty,16 none}'::text[]) t;
SELECT is(cart_merge('16', t) #> '{merge,merged}', 'false', 'failure_16: nor said: ' || t) FROM unnest('{16 empty,16 none}'::text[]) t;
SELECT is_empty($$ SELECT FROM cart.merges WHERE user_id = '16' $$, 'failure_16: no receipt');

-- ---- races: here what holds without a race; the races are isolation specs

-- 17: two first adds at once made two active carts.
SELECT is(count(DISTINCT pg_temp.add('x', 1, '17'))::int, 1, 'failure_17: first adds make one cart') FROM generate_series(1, 3);
SELECT throws_ok($$ INSERT INTO cart.carts (user_id) VALUES ('17') $$, '23505', NULL, 'failure_17: no path makes a second active one');
-- In a table of the application's own, and out of one that has two already.
CREATE TABLE public.own_carts (user_id text, session_id text, items jsonb, status text);
INSERT INTO own_carts VALUES ('17 own', NULL, '[{"product_id": "a"}]', 'active'), ('17 own', NULL, '[{"product_id": "b"}]', 'active');
SELECT cart_attach('own_carts') \g /dev/null
SELECT throws_ok($$ INSERT INTO own_carts VALUES ('17 own', NULL, '[]', 'active') $$, '23505', NULL, 'failure_17: no third cart where there are two');
SELECT throws_ok($$ INSERT INTO own_carts VALUES (NULL, '17', '[]', 'active'), (NULL, '17', '[]', 'active') $$, '23505', NULL, 'failure_17: nor two at once of a guest');
SELECT cart_import('own_carts') \g /dev/null
SELECT is(of_user('17 own'), '1 a, 1 b', 'failure_17: an import makes one of two');
-- 18: two adds at once, one lost.
SELECT is(of_user('17'), '3 x', 'failure_18: no add is lost');

-- 19: a line added during checkout was wiped when the order completed.
SELECT pg_temp.add('ordered', 1, '19') AS cart_id \gset
SELECT cart_checkout('19', user_id => '19'), pg_temp.add('meanwhile', 1, '19'), pg_temp.add('ordered', 5, '19'), cart_checkout_complete(:'cart_id') \g /dev/null
SELECT is(of_user('19') || '/' || stored(:'cart_id'), '1 meanwhile, 5 ordered/1 ordered', 'failure_19: what is added during checkout goes into a new cart, and stays');
SELECT cart_checkout_complete(:'cart_id'), pg_temp.add('after', 1, '19') \g /dev/null
SELECT is(of_user('19'), '1 meanwhile, 5 ordered, 1 after', 'failure_19: also where the order is completed again');
SELECT pg_temp.add('draft', 1, '19b') AS cart_id \gset
SELECT cart_checkout(user_id => '19b'), pg_temp.add('meanwhile', 1, '19b'), cart_checkout_cancel(:'cart_id') \g /dev/null
SELECT is(of_user('19b'), '1 draft, 1 meanwhile', 'failure_19: nor is it lost when the order is given up');

-- 20: two orders from one cart.
SELECT pg_temp.add('once', 1, '20') AS cart_id \gset
SELECT cart_checkout('20', user_id => '20') \g /dev/null
SELECT refused($$ SELECT cart_checkout('20', user_id => '20') $$, 'KC001', '{}', 'failure_20: the button pressed again finds nothing to order');
SELECT cart_checkout_complete(:'cart_id', '20') \g /dev/null
SELECT unchanged(format('SELECT cart_checkout_complete(%L, ''20''), cart_checkout_complete(%1$L, ''20 again''), cart_checkout_complete(%1$L, idempotency_key => NULL)', :'cart_id'), 'failure_20: nor does a payment that is told twice');
SELECT refused(format('SELECT cart_checkout_cancel(%L)', :'cart_id'), 'KC006', '{}', 'failure_20: it does not come back as a cart');
SELECT refused($$ SELECT cart_checkout(user_id => '20') $$, 'KC001', '{}', 'failure_20: there is nothing left to order');
SELECT pg_temp.add('once', 1, '20') \g /dev/null
SELECT refused($$ SELECT cart_checkout('20', user_id => '20') $$, '23505', jsonb_build_object('cart_id', :'cart_id', 'order_ref', '20'), 'failure_20: nor are there two orders of one number');
SELECT is(count(*)::int, 1, 'failure_20: one order') FROM cart.carts WHERE user_id = '20' AND status IN ('checkout', 'ordered');
SELECT refused(format(call, :'cart_id'), 'KC006', '{}', 'failure_20: an ordered cart does not change: ' || call) FROM unnest(ARRAY['UPDATE cart.items SET quantity = 2 WHERE cart_id = %L', 'DELETE FROM cart.items WHERE cart_id = %L',
    'INSERT INTO cart.items (cart_id, item) VALUES (%L, ''{"product_id": "x"}'')', 'UPDATE cart.carts SET status = ''active'' WHERE cart_id = %L']) call;
-- Paid late, when the draft has gone back: that counts once, too.
SELECT pg_temp.add('late', 1, '20b') AS cart_id \gset
SELECT cart_checkout(user_id => '20b'), cart_checkout_cancel(:'cart_id'), cart_checkout_complete(:'cart_id'), cart_checkout_complete(:'cart_id') \g /dev/null
SELECT is((SELECT string_agg(c ->> 'status', ' ') FROM cart_list(user_id => '20b') c), 'ordered', 'failure_20: paid late, it is one order, and no cart');

-- 21: the discount was applied twice.
SELECT pg_temp.add('a', 1, '21'), pg_temp.add('a', 1, NULL, '21') \g /dev/null
UPDATE cart.carts SET discount = '{"type": "percent", "value": 10}' WHERE user_id = '21' OR session_hash = sha256('21');
SELECT is(cart_merge('21', '21') #> '{cart,discount}', '{"type": "percent", "value": 10}', 'failure_21: two carts'' discounts do not add up');
SELECT is(cart_merge('21', '21') #> '{cart,discount}', '{"type": "percent", "value": 10}', 'failure_21: nor does a repeat add one');
SELECT is(cart_get('21') -> 'totals', cart_get('21') -> 'totals', 'failure_21: totals are computed, not summed up');
SELECT cart_add('{"product_id": "z", "unit_price": 100}', user_id => '21 code') \g /dev/null
CREATE FUNCTION public.codes(tenant_id text, code text, cart jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT '{"type": "percent", "value": 10}'::jsonb $$;
SELECT cart_configure('{"discount_resolver": "public.codes"}') \g /dev/null
SELECT is(cart_apply_code('TEN', '21 code') #> '{totals,total}', '90.00', 'failure_21: a code counts once');
SELECT is(cart_apply_code('TEN', '21 code') #> '{totals,total}', '90.00', 'failure_21: also when it is applied again');
SELECT is(cart_set_discount('{"type": "percent", "value": 10}', '21 code') #> '{totals,total}', '90.00', 'failure_21: and when the discount is set beside it');
SELECT cart_configure('{"discount_resolver": null}') \g /dev/null

-- 23: an error was returned, but the change had been made.
SELECT cart_add_items('[{"product_id": "a", "quantity": 2}, {"product_id": "b"}]', '23') \g /dev/null
CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.product_id = 'poison' OR NEW.quantity = 66 THEN RAISE 'late'; END IF; RETURN NEW; END $$;
CREATE TRIGGER late AFTER INSERT OR UPDATE ON cart.items FOR EACH ROW EXECUTE FUNCTION late();
SELECT refused(call, code, 'failure_23: an error, and nothing has changed: ' || call) FROM (VALUES
    ($$SELECT cart_add_items('[{"product_id": "c"}, {"product_id": "a"}, {"product_id": "poison"}]', '23')$$, 'P0001'),
    ($$SELECT cart_add_items('[{"product_id": "c"}, {"product_id": ""}]', '23')$$, 'KC004'),
    ($$SELECT cart_apply('[{"op": "clear"}, {"op": "add", "item": {"product_id": "poison"}}]', '23')$$, 'P0001'),
    ($$SELECT cart_apply('[{"op": "set", "changes": {"label": "l"}}, {"op": "clear"}, {"op": "fly"}]', '23')$$, '22023'),
    ($$SELECT cart_update(key_of('a'), 66, user_id => '23', idempotency_key => 'k')$$, 'P0001'),
    ($$SELECT cart_update(key_of('a'), changes => '{"product_id": "poison"}', user_id => '23')$$, 'P0001'),
    ($$SELECT cart_add('{"product_id": "poison"}', user_id => '23 first', idempotency_key => 'k')$$, 'P0001'),
    ($$SELECT cart_remove(key_of('a'), '23'), 1 / 0$$, '22012'),
    ($$SELECT cart_clear('23', if_match => '0')$$, 'KC002')) x (call, code);
DROP TRIGGER late ON cart.items;
SELECT is(cart_get('23 first'), NULL, 'failure_23: nor was a cart made');
SELECT is(cart_update(key_of('a'), 66, user_id => '23', idempotency_key => 'k') -> 'replayed', NULL, 'failure_23: and the key is unused');
-- The error of a deferred trigger comes with COMMIT.
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON cart.items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT refused($$ SELECT cart_add('{"product_id": "c"}', user_id => '23'); SET CONSTRAINTS ALL IMMEDIATE $$, 'P0001', 'failure_23: also where the error comes with COMMIT');
DROP TRIGGER refuse ON cart.items;

-- 24: idempotency by check-then-act. A crash between is a rollback: then the call runs again.
BEGIN;
SELECT cart_add('{"product_id": "k"}', user_id => '24', idempotency_key => 'k') \g /dev/null
ROLLBACK;
SELECT is(cart_add('{"product_id": "k"}', user_id => '24', idempotency_key => 'k') -> 'replayed', NULL, 'failure_24: a call that was rolled back runs again');
SELECT is(cart_add('{"product_id": "k"}', user_id => '24', idempotency_key => 'k') -> 'replayed', 'true', 'failure_24: one that was not, does not');
SELECT is(of_user('24'), '1 k', 'failure_24: it counts once');

-- ---- staleness

-- 26: a removed line came back.
SELECT pg_temp.add('gone', 2, NULL, '26'), pg_temp.add('stays', 1, NULL, '26') \g /dev/null
SELECT cart_add('{"product_id": "gone"}', session_token => '26', idempotency_key => 'click'), cart_merge('26', '26') \g /dev/null
SELECT cart_remove(key_of('gone'), '26') \g /dev/null
SELECT is(of_user('26'), '1 stays', 'failure_26: a line is removed');
DO $$ BEGIN PERFORM cart_merge('26', '26'); PERFORM cart_add('{"product_id": "gone"}', session_token => '26', idempotency_key => 'click'); PERFORM cart_add('{"product_id": "gone"}', user_id => '26', idempotency_key => 'click');
            PERFORM cart_reconcile('26'); PERFORM cart_touch('26'); PERFORM cart_remove(key_of('gone'), '26'); END $$;
SELECT is(of_user('26'), '1 stays', 'failure_26: and no repeated merge, replayed click or reconcile brings it back');
SELECT refused($$ SELECT cart_update(key_of('gone'), 3, user_id => '26') $$, 'KC014', '{}', 'failure_26: nor an update from a page that is old');
SELECT refused(format($$ SELECT cart_apply('[{"op": "update", "item_key": "%s", "quantity": 1}]', '26') $$, key_of('gone')), 'KC014', '{}', 'failure_26: nor the queue of an offline device');
SELECT is(told(cart_add('{"product_id": "gone"}', user_id => '26') -> 'changes'), 'added gone -+1=1', 'failure_26: added again it begins anew');

-- 27: an old price was honoured.
SELECT cart_add('{"product_id": "a", "unit_price": 5}', user_id => '27'), cart_add('{"product_id": "a", "unit_price": 7}', session_token => '27') \g /dev/null
SELECT is(cart_merge('27', '27') #> '{cart,items,0,unit_price}', '7', 'failure_27: the incoming price, being newer, counts');
SELECT is(cart_add('{"product_id": "a", "unit_price": 6}', user_id => '27') #> '{totals,total}', '18.00', 'failure_27: for the whole line');
SELECT is(cart_add('{"product_id": "a"}', user_id => '27') #> '{changes,0,price_after}', '6', 'failure_27: an item without a price keeps it');
SELECT cart_configure('{"catalog": "public.catalog"}') \g /dev/null
SELECT is(cart_reprice('27') #> '{items,0,unit_price}', '7', 'failure_27: where there is a catalogue, its price counts');
SELECT is(cart_update(cart_item_key('{"product_id": "a"}'), 2, '{"unit_price": 1}', '27') #> '{items,0,unit_price}', '7', 'failure_27: whatever the client says');
SELECT cart_configure('{"catalog": null}') \g /dev/null

-- 28: two browsers of one user never agreed again.
SELECT pg_temp.add('one', 1, NULL, '28 one'), pg_temp.add('two', 1, NULL, '28 two') \g /dev/null
SELECT cart_merge('28', '28 one') #>> '{cart,etag}' AS one, cart_merge('28', '28 two') #>> '{cart,etag}' AS two \gset
SELECT refused(format($$ SELECT cart_add('{"product_id": "x"}', user_id => '28', if_match => %L) $$, :'one'), 'KC002', format('{"found": "%s"}', :'two')::jsonb, 'failure_28: the browser that is behind is told');
SELECT is(lines(cart_get('28', if_none_match => :'one')), '1 one, 1 two', 'failure_28: and reads what the other has done');
SELECT is(cart_get('28', if_none_match => :'two') -> 'unchanged', 'true', 'failure_28: then both have the same');

-- 29: clearing the cart deleted a paid order.
SELECT pg_temp.add('paid', 1, '29') AS paid \gset
SELECT cart_checkout('29', user_id => '29'), cart_checkout_complete(:'paid') \g /dev/null
SELECT unchanged($$ SELECT cart_clear('29') $$, 'failure_29: without an active cart there is nothing to clear');
SELECT pg_temp.add('draft', 1, '29') AS draft, cart_checkout(user_id => '29'), pg_temp.add('set aside', 1, '29') AS held, cart_hold(user_id => '29'), pg_temp.add('active', 1, '29') AS active \gset
SELECT cart_clear('29') \g /dev/null
SELECT is(concat_ws('/', stored(:'paid'), stored(:'draft'), stored(:'held'), stored(:'active')), '1 paid/1 draft/1 set aside/', 'failure_29: cart_clear takes the active cart''s lines, and no others');
SELECT cart_apply('[{"op": "add", "item": {"product_id": "x"}}, {"op": "clear"}]', '29'), cart_remove(key_of('paid'), '29') \g /dev/null
SELECT is(stored(:'paid'), '1 paid', 'failure_29: nor do cart_apply and cart_remove');
SELECT is(cart_checkout_complete(:'draft') ->> 'status', 'ordered', 'failure_29: the draft can be paid all the same');
SELECT cart_clear('29'), cart_clear('29') \g /dev/null
SELECT is(stored(:'paid') || '/' || stored(:'draft'), '1 paid/1 draft', 'failure_29: as is usual once an order is paid, the cart is cleared, and the order stays');
SELECT refused(format('DELETE FROM cart.carts WHERE cart_id = %L', :'paid'), 'KC006', '{}', 'failure_29: no path deletes it');
SELECT cart_forget('29') \g /dev/null
SELECT is(string_agg(status || ' ' || stored(cart_id), ', ' ORDER BY cart_id), 'ordered 1 paid, ordered 1 draft', 'failure_29: nor does forgetting their owner') FROM cart.carts WHERE cart_id IN (:'paid', :'draft', :'held', :'active');

-- ---- point of sale

-- 37: a retry after a time-out made a second order. The till sends all of its sale again, with its keys.
SET cart_ext.till_id = 'till 37';
CREATE FUNCTION pg_temp.sale(number text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    sale jsonb := cart_apply('[{"op": "add", "item": {"product_id": "coffee", "unit_price": 2.50, "quantity": 2}}, {"op": "add", "item": {"product_id": "cake"}}]', user_id => '37', idempotency_key => number || ' lines');
BEGIN
    sale := cart_checkout(number, user_id => '37', idempotency_key => number || ' checkout');
    RETURN cart_checkout_complete((sale ->> 'cart_id')::uuid, number, user_id => '37', idempotency_key => number || ' pay') ->> 'cart_id';
END $$;
SELECT pg_temp.sale('37-1') AS sale \gset
SELECT is(pg_temp.sale('37-1'), :'sale'::uuid, 'failure_37: a sale that is sent again is the same sale') FROM generate_series(1, 3);
SELECT is(string_agg(concat_ws(' ', c ->> 'status', 'v' || (c ->> 'version'), c ->> 'order_ref', lines(c)), ', '), 'ordered v3 37-1 2 coffee, 1 cake', 'failure_37: one order, each line once, and no cart left over') FROM cart_list(user_id => '37') c;
SELECT is((c -> 'replayed') || (c -> 'status'), '[true, "ordered"]', 'failure_37: the till learns that it is paid') FROM cart_checkout('37-1', user_id => '37', idempotency_key => '37-1 checkout') c;
-- Another till, or the same without its keys, has the receipt's number.
SELECT pg_temp.add('coffee', 2, '37') \g /dev/null
SELECT refused($$ SELECT cart_checkout('37-1', user_id => '37') $$, '23505', jsonb_build_object('order_ref', '37-1', 'cart_id', :'sale'), 'failure_37: without its keys the receipt''s number tells that there is such an order');
SELECT cart_checkout(user_id => '37') ->> 'cart_id' AS other \gset
SELECT refused(format('SELECT cart_checkout_complete(%L, ''37-1'', user_id => ''37'')', :'other'), '23505', jsonb_build_object('order_ref', '37-1', 'cart_id', :'sale'), 'failure_37: also when it is given with the payment');
-- Cut off between: what was done is done, the rest is done by the retry.
BEGIN;
SELECT cart_checkout_complete(:'other', '37-2', user_id => '37', idempotency_key => 'cut off') \g /dev/null
ROLLBACK;
SELECT is((c ? 'replayed') || ' ' || (c ->> 'status'), 'false ordered', 'failure_37: a payment whose transaction was lost runs again') FROM cart_checkout_complete(:'other', '37-2', user_id => '37', idempotency_key => 'cut off') c;
SELECT is(count(*)::int, 2, 'failure_37: two sales, two orders') FROM cart.carts WHERE user_id = '37';

-- 38: another device's sync wiped local lines. A device sends what it did, not what it believes there is.
SET cart_ext.till_id = 'till 38';
SELECT cart_add_items('[{"product_id": "a", "quantity": 2}, {"product_id": "b"}]', '38') ->> 'etag' AS known \gset
SELECT cart_add('{"product_id": "local"}', user_id => '38'), cart_update(key_of('a'), 5, user_id => '38') \g /dev/null
SELECT cart_apply('[{"op": "add", "item": {"product_id": "offline"}}, {"op": "add", "item": {"product_id": "b"}}]', '38', idempotency_key => 'sync') \g /dev/null
SELECT is(of_user('38'), '5 a, 2 b, 1 local, 1 offline', 'failure_38: the queue of another device adds to what is there');
SELECT cart_apply('[{"op": "add", "item": {"product_id": "offline"}}, {"op": "add", "item": {"product_id": "b"}}]', '38', idempotency_key => 'sync') \g /dev/null
SELECT is(of_user('38'), '5 a, 2 b, 1 local, 1 offline', 'failure_38: sent again, nothing more');
SELECT refused(format(call, :'known'), 'KC002', '{}', '{expected,found}', 'failure_38: what would replace the cart is told that it is behind: ' || call) FROM unnest(ARRAY[
    $$SELECT cart_apply('[{"op": "clear"}, {"op": "add", "item": {"product_id": "a"}}]', '38', if_match => %L)$$, $$SELECT cart_clear('38', if_match => %L)$$, $$SELECT cart_update(key_of('a'), 2, user_id => '38', if_match => %L)$$, $$SELECT cart_checkout(user_id => '38', if_match => %L)$$]) call;
-- Another till of the cashier has another sale; a sale that comes over from there brings its lines, and takes none.
SET cart_ext.till_id = 'till 38 b';
SELECT pg_temp.add('elsewhere', 1, '38'), cart_hold(user_id => '38') ->> 'cart_id' AS held \gset
SELECT cart_clear('38') \g /dev/null
SET cart_ext.till_id = 'till 38';
SELECT is(lines(cart_get('38')), '5 a, 2 b, 1 local, 1 offline', 'failure_38: nor does clearing another till''s sale');
SELECT is(lines(cart_resume(:'held', 'merge', user_id => '38')), '1 elsewhere, 5 a, 2 b, 1 local, 1 offline', 'failure_38: a sale that is resumed here brings its lines beside those that are here');
RESET cart_ext.till_id;

-- ---- security

-- 39: guessable cart tokens; a user id accepted in place of a token.
CREATE TEMPORARY TABLE tokens AS SELECT cart_session_create() AS token FROM generate_series(1, 5000);
SELECT is_empty($$ SELECT token FROM tokens WHERE token !~ '^[A-Za-z0-9_-]{43}$' $$, 'failure_39: tokens have 43 characters');
SELECT is(count(DISTINCT token)::int, 5000, 'failure_39: all different') FROM tokens;
-- 256 bits: at each of the first 42 places each of 64 characters comes 78 times on average; the last has 4 bits.
SELECT is_empty($$ SELECT place, letter, count(*) FROM tokens, generate_series(1, 42) place, substr(token, place, 1) letter GROUP BY 1, 2 HAVING count(*) NOT BETWEEN 25 AND 150 $$, 'failure_39: each place takes every character as often');
SELECT is(count(DISTINCT (place, letter))::int, 42 * 64 + 16, 'failure_39: and all of them') FROM tokens, generate_series(1, 43) place, substr(token, place, 1) letter;
SELECT token FROM tokens LIMIT 1 \gset
SELECT pg_temp.add('secret', 1, NULL, :'token') AS cart_id \gset
SELECT cart_add('{"product_id": "more"}', session_token => :'token', idempotency_key => 'k'), cart_merge('39 other', :'token') \g /dev/null
SELECT pg_temp.add('secret', 1, NULL, :'token') \g /dev/null
SELECT is_empty(format($$ SELECT t FROM (SELECT c::text FROM cart.carts c UNION ALL SELECT i::text FROM cart.items i UNION ALL SELECT r::text FROM cart.requests r UNION ALL SELECT m::text FROM cart.merges m) x (t)
                          WHERE strpos(t, %L) > 0 OR strpos(t, encode(%1$L, 'hex')) > 0 $$, :'token'), 'failure_39: a token is stored nowhere in clear');
SELECT is(lines(cart_get(session_token => :'token')), '1 secret', 'failure_39: who has it has the cart');
SELECT is(cart_get(session_token => t), NULL, 'failure_39: who has something else has not: ' || what) FROM (VALUES ('its hash', encode(sha256(:'token'), 'hex')), ('its hash as bytes', sha256(:'token')::text), ('in capitals', upper(:'token')),
    ('with a space', :'token' || ' '), ('a part of it', left(:'token', 42)), ('the cart''s id', :'cart_id')) x (what, t);
SELECT pg_temp.add('of the user', 1, '39') \g /dev/null
SELECT is(cart_get(session_token => '39'), NULL, 'failure_39: a user''s id is no token');
SELECT is(cart_get(user_id => :'token'), NULL, 'failure_39: nor is a token a user''s id');
SELECT is(cart_merge('39 thief', '39') #>> '{merge,reason}', 'no_guest_cart', 'failure_39: and no user''s cart can be merged away by it');
SELECT is(of_user('39'), '1 of the user', 'failure_39: the user keeps it');
-- The same by shoppers, whom nobody has to trust.
\ir roles.psql
SELECT cart_grant('regress_shopper', 'shopper') \g /dev/null
SELECT is(would('stranger', format('SELECT lines(cart_get(session_token => %L))', :'token')), '1 secret', 'failure_39: a shopper that has the token has the cart');
SELECT denied('stranger', format('SELECT cart_get(session_token => %L)', t), 'failure_39: a shopper''s token cannot be ' || what) FROM (VALUES ('a user''s id', '39'), ('the cart''s id', :'cart_id'), ('its hash', encode(sha256(:'token'), 'hex')), ('a part of it', left(:'token', 42)), ('a number', '1')) x (what, t);
SELECT is(would('stranger', format('SELECT lines(cart_get(session_token => %L))', t)), '', 'failure_39: nor is a guess of one: ' || what) FROM (VALUES ('in capitals', upper(:'token')), ('the first', repeat('A', 43)), ('its neighbour', left(:'token', 42) || CASE right(:'token', 1) WHEN 'A' THEN 'E' ELSE 'A' END), ('its hash', left(encode(sha256(:'token'), 'hex'), 43))) x (what, t);
SELECT denied('stranger', call, 'failure_39: a user''s id opens nothing: ' || call) FROM unnest(ARRAY['SELECT cart_get(''39'')', 'SELECT cart_list(user_id => ''39'')', 'SELECT cart_add(''{"product_id": "x"}'', user_id => ''39'')', 'SELECT cart_clear(''39'')', format('SELECT cart_get(''39'', %L)', :'token'), format('SELECT cart_merge(''39'', %L)', :'token'), 'SELECT cart_merge(''39 thief'', ''39'')']) call;
SELECT denied('anna', call, 'failure_39: not even to another user: ' || call) FROM unnest(ARRAY['SELECT cart_get(''39'')', 'SELECT cart_get(session_token => ''39'')', 'SELECT cart_merge(session_token => ''39'')', format('SELECT cart_merge(''39'', %L)', :'token')]) call;
SELECT is(would('regress_shopper', '{"cart_ext.user_id": "39"}', 'SELECT cart_get()'), 'KC011', 'failure_39: nor does the setting');
SELECT denied('regress_shopper', holds('39'), 'SELECT cart_get()', 'failure_39: nor in the setting of the token');
SELECT denied('stranger', format('SELECT cart_get(session_token => %L, cart_id => %L)', cart_session_create(), cart_id), 'failure_39: nor does a cart''s id: ' || coalesce(user_id, 'a guest')) FROM cart.carts WHERE user_id = '39' OR session_hash = sha256(:'token') AND status = 'active';
SELECT drop_roles() \g /dev/null

SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT * FROM finish();
