-- Logging in, and taking it back (section 5): cart_merge, cart_unmerge.
\ir helpers.psql
SELECT plan(78);

CREATE FUNCTION pg_temp.fill(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM cart_add_items('[{"product_id": "both", "quantity": 2, "unit_price": 1, "t": "user", "old": 1}, {"product_id": "user"}]', user_id => name);
    PERFORM cart_add_items('[{"product_id": "guest", "quantity": 0.5}, {"product_id": "both", "quantity": 5, "unit_price": 2, "t": "guest", "new": 1}]', session_token => name);
END $$;
CREATE FUNCTION pg_temp.id_of_user(name text) RETURNS uuid LANGUAGE sql AS $$ SELECT cart_id FROM cart.carts WHERE user_id = name AND status = 'active' $$;
CREATE FUNCTION pg_temp.id_of_guest(token text) RETURNS uuid LANGUAGE sql AS $$ SELECT cart_id FROM cart.carts WHERE session_hash = sha256(token::bytea) AND status = 'active' $$;

-- ---- the answer

SELECT pg_temp.fill('m') \g /dev/null
SELECT pg_temp.id_of_user('m') AS target, pg_temp.id_of_guest('m') AS source \gset
CREATE TEMPORARY TABLE login AS SELECT cart_merge(user_id => 'm', session_token => 'm', strategy => NULL, tenant_id => NULL, idempotency_key => NULL) AS answer;
SELECT is(members(answer), 'cart merge', 'cart_merge by name answers with the cart and the receipt') FROM login;
SELECT is(members(answer -> 'merge'), 'lines merged repeated source_cart_id strategy target_cart_id', 'the receipt') FROM login;
SELECT is((answer -> 'merge') - 'lines', jsonb_build_object('merged', true, 'repeated', false, 'strategy', 'sum', 'source_cart_id', :'source', 'target_cart_id', :'target'), 'says what was merged into what') FROM login;
SELECT is(told(answer #> '{merge,lines}'), 'summed both 2+5=7, added guest -+0.5=0.5', 'one entry for each line of the source') FROM login;
SELECT is(answer #> '{merge,lines,0}', format('{"item_key": "%s", "product_id": "both", "action": "summed", "quantity_before": 2, "quantity_incoming": 5, "quantity_after": 7, "price_before": 1, "price_after": 2, "reason": null}', key_of('both'))::jsonb,
          'in the shape of changes') FROM login;
SELECT ok((answer -> 'cart') - 'changes' = cart_get('m'), 'the cart is the cart as it stands') FROM login;
SELECT is(lines(answer -> 'cart') || ' v' || (answer #>> '{cart,version}'), '7 both, 1 user, 0.5 guest v2', 'quantities add up; one version') FROM login;
SELECT is((answer #> '{cart,items,0}') - '{added_at,updated_at,totals,item_key}'::text[], '{"product_id": "both", "quantity": 7, "unit_price": 2, "t": "guest", "old": 1, "new": 1}', 'the newer members win, one by one') FROM login;
SELECT results_eq(format($$ SELECT status COLLATE "default", merged_into, stored(cart_id) FROM cart.carts WHERE cart_id = %L $$, :'source'), format($$ VALUES ('merged', %L::uuid, '0.5 guest, 5 both') $$, :'target'), 'the source keeps its lines');
SELECT is(cart_get(session_token => 'm'), NULL, 'the session has no cart any more');

-- Again, in every way: never a line twice.
SELECT is((answer -> 'merge') - 'repeated', ((SELECT l.answer FROM login l) -> 'merge') - 'repeated', 'a repeat returns the receipt') FROM cart_merge('m', 'm') answer;
SELECT is(cart_merge('m', 'm') #> '{merge,repeated}', 'true', 'as repeated');
SELECT unchanged($$ SELECT cart_merge('m', 'm') $$, 'and changes nothing');
SELECT is(cart_merge('m', 'm', 'max') #>> '{merge,strategy}', 'sum', 'another strategy does not count it again');
SELECT is(of_user('m'), '7 both, 1 user, 0.5 guest', 'the lines are the same');
SELECT cart_add('{"product_id": "both"}', session_token => 'm') \g /dev/null
SELECT is(told(cart_merge('m', 'm') #> '{merge,lines}'), 'summed both 7+1=8', 'a newer cart of the session is merged');
SELECT is(cart_merge('other', 'm'), '{"cart": null, "merge": {"merged": false, "reason": "no_guest_cart"}}', 'another user gets nothing of it');

-- ---- strategies: what cart_items_merge says, over generated carts

SELECT setseed(0.5);
CREATE FUNCTION pg_temp.some() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT jsonb_agg(jsonb_build_object('product_id', chr(97 + floor(random() * 6)::int), 'quantity', floor(random() * 9) + 1, 'unit_price', floor(random() * 9), chr(110 + floor(random() * 3)::int), floor(random() * 3))) FROM generate_series(1, 4) $$;
CREATE TEMPORARY TABLE pairs AS SELECT n, s, s || n AS name, pg_temp.some() AS a, pg_temp.some() AS b FROM generate_series(1, 50) n, unnest('{sum,max,incoming,existing}'::text[]) s;
DO $$ BEGIN
    PERFORM cart_add_items(a, user_id => name), cart_add_items(b, session_token => name) FROM pairs;
    PERFORM cart_merge(name, name, strategy => s) FROM pairs;
END $$;
CREATE FUNCTION pg_temp.plain(items jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg(i - '{item_key,added_at,updated_at,totals}'::text[] ORDER BY n) FROM jsonb_array_elements(items) WITH ORDINALITY x (i, n) $$;
SELECT is_empty(format($$ SELECT name, a, b, pg_temp.plain(cart_get(name) -> 'items') FROM pairs WHERE s = %L AND pg_temp.plain(cart_get(name) -> 'items')
                          IS DISTINCT FROM cart_items_merge(cart_items_merge(a, '[]'), cart_items_merge(b, '[]'), s) $$, s), s || ' is what cart_items_merge says')
FROM unnest('{sum,max,incoming,existing}'::text[]) s;
SELECT pg_temp.fill(s) FROM unnest('{max,incoming,existing}'::text[]) s \g /dev/null
SELECT is(told(cart_merge(s, s, s) #> '{merge,lines}'), t || ', added guest -+0.5=0.5', s || ' says what it did')
FROM (VALUES ('max', 'replaced both 2+5=5'), ('incoming', 'replaced both 2+5=5'), ('existing', 'kept both 2+5=2')) x (s, t);
SELECT pg_temp.fill('tenants') \g /dev/null
SELECT cart_configure('{"merge_strategy": "max"}', 'max') \g /dev/null
DO $$ BEGIN PERFORM cart_add('{"product_id": "x"}', 3, user_id => 'x', tenant_id => 'max'), cart_add('{"product_id": "x"}', 2, session_token => 'x', tenant_id => 'max'); END $$;
SELECT is(lines(answer -> 'cart') || (answer #>> '{merge,strategy}'), '3 xmax', 'no strategy is the tenant''s') FROM cart_merge('x', 'x', tenant_id => 'max') answer;

-- ---- nothing to merge

SELECT is(cart_merge('m', 'unknown') -> 'merge', '{"merged": false, "reason": "no_guest_cart"}', 'no guest cart');
SELECT is(cart_merge('m', 'unknown') #>> '{cart,user_id}', 'm', 'the user''s cart comes all the same');
SELECT unchanged($$ SELECT cart_merge('m', 'unknown') $$, 'and stands untouched');
SELECT is(cart_merge('unknown', 'unknown') -> 'cart', 'null', 'neither has one');
SELECT cart_add('{"product_id": "x"}', session_token => 'empty'), cart_clear(session_token => 'empty') \g /dev/null
SELECT is(cart_merge('m', 'empty') #> '{merge,merged}', 'false', 'an empty guest cart is no merge');
SELECT cart_set('{"currency": "EUR"}', 'c'), cart_add('{"product_id": "x"}', user_id => 'c'), cart_set('{"currency": "USD"}', session_token => 'c'), cart_add('{"product_id": "y"}', session_token => 'c') \g /dev/null
SELECT is(cart_merge('c', 'c') -> 'merge', '{"merged": false, "reason": "currency_mismatch"}', 'another currency');
SELECT unchanged($$ SELECT cart_merge('c', 'c') $$, 'both carts stand untouched');
SELECT is(lines(cart_get('c')) || lines(cart_get(session_token => 'c')), '1 x1 y', 'and keep their lines');

-- ---- a user without a cart gets the guest's

SELECT cart_add('{"product_id": "x"}', session_token => 'adopt') ->> 'cart_id' AS cart_id \gset
CREATE TEMPORARY TABLE adopted AS SELECT cart_merge('adopter', 'adopt') AS answer;
SELECT is(answer -> 'merge' -> 'merged', 'true', 'it is a merge') FROM adopted;
SELECT is(answer #>> '{cart,cart_id}' || (answer #>> '{cart,user_id}'), :'cart_id' || 'adopter', 'the cart is the user''s, under its id') FROM adopted;
SELECT is(told(answer #> '{merge,lines}'), 'added x -+1=1', 'with its lines') FROM adopted;
SELECT is(cart_get(session_token => 'adopt'), NULL, 'and no more the session''s');
SELECT is(cart_merge('adopter', 'adopt') #> '{merge,repeated}', 'true', 'a repeat is one');

-- ---- what the target takes

SELECT cart_add('{"product_id": "x"}', session_token => n), cart_add('{"product_id": "x"}', user_id => n) FROM unnest('{d,e}'::text[]) n \g /dev/null
UPDATE cart.carts SET discount = '{"type": "percent", "value": 10}', currency = 'EUR', metadata = '{"a": "guest", "b": "guest"}' WHERE session_hash IN (sha256('d'), sha256('e'));
UPDATE cart.carts SET metadata = '{"a": "user"}' WHERE user_id = 'd';
UPDATE cart.carts SET discount = '{"type": "amount", "value": 1}', currency = 'EUR' WHERE user_id = 'e';
SELECT is(jsonb_build_array(c -> 'discount', c -> 'currency', c -> 'metadata'), '[{"type": "percent", "value": 10}, "EUR", {"a": "user", "b": "guest"}]', 'the discount and currency that it lacks; its metadata wins') FROM (SELECT cart_merge('d', 'd') -> 'cart') x (c);
SELECT is(cart_merge('e', 'e') #> '{cart,discount}', '{"type": "amount", "value": 1}', 'its own discount stays');

-- ---- limits clamp, and are reported

SELECT pg_temp.fill('limits') \g /dev/null
SET cart_ext.max_lines = 2;
SET cart_ext.max_quantity = 4;
CREATE TEMPORARY TABLE limited AS SELECT cart_merge('limits', 'limits') AS answer;
RESET cart_ext.max_lines;
RESET cart_ext.max_quantity;
SELECT is(lines(answer -> 'cart'), '4 both, 1 user', 'a login does not fail over a limit') FROM limited;
SELECT is((SELECT string_agg(concat_ws(' ', l ->> 'action', l ->> 'product_id', l ->> 'quantity_incoming', l ->> 'quantity_after', (l ->> 'reason') IS NOT NULL), ', ') FROM jsonb_array_elements(answer #> '{merge,lines}') l),
          'clamped both 5 4 t, dropped guest 0.5 0 t', 'clamped and dropped, with a reason') FROM limited;

-- ---- whose

SELECT refused($$ SELECT cart_merge('m') $$, 'KC011', '{}', 'no session');
SELECT refused($$ SELECT cart_merge(session_token => 'm') $$, 'KC011', '{}', 'no user');
SELECT refused($$ SELECT cart_merge('m', 'm', strategy => 'most') $$, '22023', 'an unknown strategy');
SELECT pg_temp.fill('set') \g /dev/null
SET cart_ext.user_id = 'set';
SELECT is(cart_merge(session_token => 'unknown') #>> '{cart,user_id}', 'set', 'the user from the setting, the session from the parameter');
SET cart_ext.session_token = 'set';
SELECT is(cart_merge() #> '{merge,merged}', 'true', 'both from the settings');
RESET cart_ext.user_id;
SELECT is(cart_merge('set') #> '{merge,repeated}', 'true', 'the session from the setting, the user from the parameter');
RESET cart_ext.session_token;
SET cart_ext.return_cart = off;
SELECT cart_add('{"product_id": "x"}', session_token => 'set') \g /dev/null
SELECT is(members(answer -> 'cart') || ' ' || members(answer -> 'merge'), 'cart_id etag version lines merged repeated source_cart_id strategy target_cart_id', 'brief: the cart''s document is left out') FROM cart_merge('set', 'set') answer;
RESET cart_ext.return_cart;

-- ---- cart_unmerge

SELECT pg_temp.fill('back') \g /dev/null
UPDATE cart.carts SET discount = '{"type": "percent", "value": 10}', currency = 'EUR', metadata = '{"m": 1}' WHERE session_hash = sha256('back');
SELECT pg_temp.id_of_user('back') AS target, pg_temp.id_of_guest('back') AS source \gset
CREATE FUNCTION pg_temp.kept(cart uuid) RETURNS TABLE (line text) LANGUAGE sql AS $$
    SELECT concat_ws(' ', item_key, row_number() OVER (ORDER BY position), product_id, quantity, unit_price, item, added_at) FROM cart.items WHERE cart_id = cart $$;
CREATE TEMPORARY TABLE before AS SELECT cart, kept.* FROM unnest(ARRAY[:'target', :'source']::uuid[]) cart, pg_temp.kept(cart);
CREATE TEMPORARY TABLE carts_before AS SELECT * FROM cart.carts WHERE cart_id IN (:'target', :'source');
SELECT cart_merge('back', 'back') \g /dev/null
CREATE TEMPORARY TABLE undone AS SELECT cart_unmerge(source_cart_id => :'source', user_id => NULL, session_token => NULL, tenant_id => NULL) AS answer;
SELECT is(answer ->> 'cart_id', :'target', 'cart_unmerge by name, which needs no owner: the target') FROM undone;
SELECT ok(is_current(answer), 'as it stands') FROM undone;
SELECT is(told_set(answer -> 'changes') ~ '(^|, )removed guest 0.5=0(,|$)', true, 'changes tell what went') FROM undone;
SELECT is((SELECT c -> 'quantity_after' FROM jsonb_array_elements(answer -> 'changes') c WHERE c ->> 'product_id' = 'both'), '2', 'and what shrank') FROM undone;
SELECT bag_eq($$ SELECT cart, kept.* FROM (SELECT DISTINCT cart FROM before) x, pg_temp.kept(cart) $$, $$ SELECT * FROM before $$, 'both carts'' lines are as before the merge');
SELECT bag_eq($$ SELECT cart_id, user_id COLLATE "default", session_hash, status COLLATE "default", currency COLLATE "default", discount, metadata, merged_into FROM cart.carts WHERE cart_id IN (SELECT cart_id FROM carts_before) $$,
              $$ SELECT cart_id, user_id COLLATE "default", session_hash, status COLLATE "default", currency COLLATE "default", discount, metadata, merged_into FROM carts_before $$, 'so are the carts');
SELECT bag_eq($$ SELECT cart_id, version FROM cart.carts WHERE cart_id IN (SELECT cart_id FROM carts_before) $$, $$ SELECT cart_id, version + 2 FROM carts_before $$, 'whose versions rise by 1 each time');
SELECT refused(format('SELECT cart_unmerge(%L)', :'source'), 'KC001', '{}', 'it is undone once');
SELECT is(answer #> '{merge,repeated}' || (answer -> 'merge' -> 'merged'), '[false, true]', 'after it, the merge can be made again') FROM cart_merge('back', 'back') answer;
SELECT is(of_user('back'), '7 both, 1 user, 0.5 guest', 'with the same result');
SELECT is(cart_unmerge(:'source', 'back') ->> 'user_id', 'back', 'and undone again, by position');
-- Over generated carts, whatever the strategy and the limits: all is as before, and the merge comes out the same again.
DO $$ BEGIN
    PERFORM cart_add_items(a, user_id => 'un' || name), cart_add_items(b, session_token => 'un' || name) FROM pairs;
    UPDATE cart.carts SET discount = jsonb_build_object('type', 'amount', 'value', version), metadata = jsonb_build_object(left(cart_id::text, 1), 1), currency = 'EUR' WHERE random() < 0.5 AND (user_id LIKE 'un%' OR session_hash IN (SELECT sha256(convert_to('un' || name, 'UTF8')) FROM pairs));
END $$;
CREATE TEMPORARY VIEW now_there AS SELECT p.name, p.s, c.cart_id, c.user_id, c.status, c.currency, c.discount, c.metadata, c.merged_into, (SELECT jsonb_agg(jsonb_build_array(i.item_key, i.quantity, i.unit_price, i.item) ORDER BY position) FROM cart.items i WHERE i.cart_id = c.cart_id) AS lines, (SELECT array_agg(i.added_at ORDER BY position) FROM cart.items i WHERE i.cart_id = c.cart_id) AS since
    FROM pairs p JOIN cart.carts c ON c.user_id = 'un' || p.name OR c.session_hash = sha256(convert_to('un' || p.name, 'UTF8'));
CREATE TEMPORARY TABLE was_there AS SELECT * FROM now_there;
SET cart_ext.max_lines = 6;
SET cart_ext.max_quantity = 15;
CREATE TEMPORARY TABLE merged AS SELECT name, cart_merge('un' || name, 'un' || name, s) AS answer FROM pairs;
CREATE TEMPORARY TABLE after_merge AS SELECT * FROM now_there;
CREATE TEMPORARY TABLE unmerged AS SELECT name, cart_unmerge((answer #>> '{merge,source_cart_id}')::uuid) AS answer FROM merged WHERE answer #> '{merge,merged}' = 'true';
SELECT cmp_ok((SELECT count(*) FROM unmerged)::int, '>', 100, 'many are merged and taken back');
SELECT is_empty($$ SELECT w.name, w.lines, n.lines, w.discount, n.discount, w.metadata, n.metadata FROM was_there w JOIN now_there n USING (cart_id) WHERE (w) IS DISTINCT FROM (n) $$, 'all is as before');
SELECT is_empty($$ SELECT name FROM unmerged WHERE NOT is_current(answer) $$, 'as the answers say');
SELECT is_empty($$ SELECT name, w.* FROM unmerged u JOIN merged m USING (name), wrongly_told(m.answer -> 'cart', u.answer, u.answer) w $$, 'the changes tell the way back');
SELECT is_empty($$ SELECT name FROM unmerged JOIN pairs USING (name), cart_merge('un' || name, 'un' || name, s) again WHERE again #> '{merge,repeated}' = 'true' $$, 'merged again');
SELECT is_empty($$ SELECT a.name, a.lines, n.lines FROM after_merge a JOIN now_there n USING (cart_id) WHERE to_jsonb(a) - 'since' <> to_jsonb(n) - 'since' $$, 'all is as after the merge');
RESET cart_ext.max_lines;
RESET cart_ext.max_quantity;
-- A cart that the user got whole.
SELECT is(answer ->> 'cart_id', :'cart_id', 'a cart that the user got whole') FROM cart_unmerge(:'cart_id') answer;
SELECT is(lines(cart_get(session_token => 'adopt')), '1 x', 'goes back to the session');
SELECT is(cart_get('adopter'), NULL, 'and the user has none');
SELECT is(cart_merge('adopter', 'adopt') #> '{merge,repeated}', 'false', 'it can be merged again');
-- Refused.
SELECT pg_temp.fill('late') \g /dev/null
SELECT pg_temp.id_of_guest('late') AS source \gset
SELECT cart_merge('late', 'late') \g /dev/null
SELECT refused(format('SELECT cart_unmerge(%L, tenant_id => ''other'')', :'source'), 'KC001', '{}', 'another tenant knows nothing of it');
SELECT cart_add('{"product_id": "newer"}', session_token => 'late') \g /dev/null
SELECT refused(format('SELECT cart_unmerge(%L)', :'source'), '23505', 'the session has a newer cart');
DELETE FROM cart.carts WHERE session_hash = sha256('late') AND status = 'active';
SELECT cart_add('{"product_id": "newer"}', user_id => 'late') \g /dev/null
SELECT refused(format('SELECT cart_unmerge(%L)', :'source'), 'KC002', '{}', '{expected,found}', 'the target has changed since');
SELECT refused(format('SELECT cart_unmerge(%L)', gen_random_uuid()), 'KC001', '{}', 'no such cart');
SELECT refused(format('SELECT cart_unmerge(%L)', pg_temp.id_of_user('late')), 'KC001', '{}', 'a cart that was not merged');
-- Where a key was changed under the library since (by loading), it must not double what it cannot find.
SELECT cart_add('{"product_id": "a"}', user_id => 'keys') ->> 'cart_id' AS target, cart_add('{"product_id": "a"}', 50, session_token => 'keys') ->> 'cart_id' AS source \gset
SELECT cart_merge('keys', 'keys') \g /dev/null
SET cart_ext.loading = on;
UPDATE cart.items SET item_key = gen_random_uuid() WHERE cart_id = :'target';
RESET cart_ext.loading;
CREATE FUNCTION pg_temp.taken_back(source uuid) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN cart_unmerge(source) #>> '{totals,quantity}';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SELECT ok(q IN ('1', 'KC002'), 'lines under other keys are found, or it is refused: ' || q) FROM pg_temp.taken_back(:'source') q;
DELETE FROM cart.carts WHERE user_id = 'keys';
SET cart_ext.return_cart = off;
SELECT pg_temp.fill('brief') \g /dev/null
SELECT pg_temp.id_of_guest('brief') AS source \gset
SELECT cart_merge('brief', 'brief') \g /dev/null
SELECT is(members(cart_unmerge(:'source')), 'cart_id etag version', 'brief');
RESET cart_ext.return_cart;

SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT * FROM finish();
