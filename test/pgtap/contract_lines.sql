-- Changing lines (section 5): cart_update, cart_remove, cart_clear, cart_apply, cart_set.
\ir helpers.psql
SELECT plan(186);

CREATE FUNCTION pg_temp.fill(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM cart_add_items('[{"product_id": "mug", "options": {"color": "red"}, "quantity": 2, "unit_price": 9.90, "title": "Mug", "note": "n"}, {"product_id": "tea"}, {"product_id": "pot", "quantity": 3}]', user_id => name);
END $$;
CREATE FUNCTION pg_temp.mug(color text = 'red') RETURNS uuid LANGUAGE sql AS $$ SELECT cart_item_key(jsonb_build_object('product_id', 'mug', 'options', jsonb_build_object('color', color))) $$;
CREATE FUNCTION pg_temp.line(name text, key uuid) RETURNS jsonb LANGUAGE sql AS $$
    SELECT i - '{item_key,added_at,updated_at,totals}'::text[] FROM jsonb_array_elements(cart_get(user_id => name) -> 'items') i WHERE i ->> 'item_key' = key::text $$;
CREATE FUNCTION pg_temp.empty() RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"cart_id": null, "etag": "0", "version": 0, "changes": []}'::jsonb $$;

-- ---- cart_update

SELECT pg_temp.fill('u') \g /dev/null
SELECT is(answer -> 'changes', format('[{"item_key": "%s", "product_id": "mug", "action": "replaced", "quantity_before": 2, "quantity_incoming": 5, "quantity_after": 5, "price_before": 9.90, "price_after": 9.90, "reason": null}]', pg_temp.mug())::jsonb,
          'a quantity') FROM cart_update(pg_temp.mug(), 5, user_id => 'u') answer;
SELECT is(lines(cart_get('u')), '5 mug, 1 tea, 3 pot', 'it is set');
SELECT is(cart_get('u') -> 'version', '2', 'the version rose by 1');
SELECT is(told(answer -> 'changes') || ' v' || (answer ->> 'version'), 'kept mug 5+5=5 v2', 'the same again: kept, and no version') FROM cart_update(pg_temp.mug(), 5, user_id => 'u') answer;
SELECT unchanged($$ SELECT cart_update(pg_temp.mug(), 5.0, user_id => 'u') $$, 'by value');
SELECT unchanged($$ SELECT cart_update(pg_temp.mug(), user_id => 'u') $$, 'nothing to change');
SELECT unchanged($$ SELECT cart_update(pg_temp.mug(), changes => '{}', user_id => 'u') $$, 'nothing in changes');
SELECT unchanged($$ SELECT cart_update(pg_temp.mug(), changes => '{"title": "Mug", "absent": null, "quantity": null}', user_id => 'u') $$, 'nothing really different');
SELECT is(told(cart_update(item_key => pg_temp.mug(), quantity => NULL, changes => '{"title": "Red mug", "note": null, "new": {"a": 1}}', user_id => 'u', session_token => NULL, tenant_id => NULL, idempotency_key => NULL, if_match => NULL) -> 'changes'),
          'replaced mug 5+5=5', 'cart_update by name');
SELECT is(pg_temp.line('u', pg_temp.mug()), '{"product_id": "mug", "options": {"color": "red"}, "quantity": 5, "unit_price": 9.90, "title": "Red mug", "new": {"a": 1}}', 'changes are merged into the item, a null member removes it');
SELECT is(lines(cart_update(pg_temp.mug(), changes => '{"quantity": 7}', user_id => 'u')), '7 mug, 1 tea, 3 pot', 'a quantity among the changes');
SELECT is(lines(cart_update(pg_temp.mug(), 4, '{"quantity": 9}', user_id => 'u')), '4 mug, 1 tea, 3 pot', 'the parameter goes before it');
SELECT is(lines(cart_update(pg_temp.mug(), changes => '{"quantity": null, "title": "T"}', user_id => 'u')), '4 mug, 1 tea, 3 pot', 'null leaves it');
SELECT is((answer #> '{changes,0}') - '{item_key,product_id,reason}'::text[], '{"action": "replaced", "quantity_before": 4, "quantity_incoming": 4, "quantity_after": 4, "price_before": 9.90, "price_after": 12}', 'a price')
FROM cart_update(pg_temp.mug(), changes => '{"unit_price": 12}', user_id => 'u') answer;
SELECT is(answer #> '{changes,0,price_after}', 'null', 'and no price') FROM cart_update(pg_temp.mug(), changes => '{"unit_price": null}', user_id => 'u') answer;
SELECT ok(NOT pg_temp.line('u', pg_temp.mug()) ? 'unit_price', 'it is gone');
SELECT is(unit_price, NULL, 'from its column, too') FROM cart.items WHERE product_id = 'mug';
SELECT unchanged($$ SELECT cart_update(pg_temp.mug(), changes => '{"item_key": "x", "added_at": "x", "updated_at": "x", "totals": 1}', user_id => 'u') $$, 'what is given out is ignored');
SELECT ok(added_at < updated_at, 'added_at stays, updated_at moves') FROM cart.items WHERE product_id = 'mug';
SELECT ok(is_current(cart_update(pg_temp.mug(), 6, user_id => 'u')), 'the answer is the cart as it stands');
SELECT ok(is_current(cart_update(pg_temp.mug(), 6, user_id => 'u')), 'also where nothing changes');
SELECT is(told_set(cart_update(key_of('tea'), 0, user_id => 'u') -> 'changes'), 'removed tea 1=0', '0 removes');
SELECT is(lines(cart_get('u')), '6 mug, 3 pot', 'the line is gone');

-- A changed identity moves the line.
SELECT pg_temp.fill('i') \g /dev/null
SELECT position AS place, added_at AS since FROM cart.items JOIN cart.carts USING (tenant_id, cart_id) WHERE user_id = 'i' AND product_id = 'mug' \gset
CREATE TEMPORARY TABLE moved AS SELECT cart_update(pg_temp.mug(), changes => '{"options": {"color": "blue"}, "title": "Blue mug"}', user_id => 'i') AS answer;
SELECT is(told_set(answer -> 'changes'), 'added mug -=2, removed mug 2=0', 'the old key goes, the new one comes') FROM moved;
SELECT bag_eq($$ SELECT c ->> 'action', (c ->> 'item_key')::uuid FROM moved, jsonb_array_elements(answer -> 'changes') c $$, $$ VALUES ('removed', pg_temp.mug()), ('added', pg_temp.mug('blue')) $$, 'each under its key');
SELECT is(lines(answer) || ' v' || (answer ->> 'version'), '2 mug, 1 tea, 3 pot v2', 'its place stays, the version rises by 1') FROM moved;
SELECT is(position, :place::bigint, 'position stays') FROM cart.items WHERE item_key = pg_temp.mug('blue');
SELECT is(added_at, :'since', 'so does added_at') FROM cart.items WHERE item_key = pg_temp.mug('blue');
SELECT is(pg_temp.line('i', pg_temp.mug('blue')), '{"product_id": "mug", "options": {"color": "blue"}, "quantity": 2, "unit_price": 9.90, "title": "Blue mug", "note": "n"}', 'and the other members');
SELECT refused($$ SELECT cart_update(pg_temp.mug(), 1, user_id => 'i') $$, 'KC014', jsonb_build_object('item_key', pg_temp.mug()), 'the old key is gone');
-- … onto a matching line.
SELECT cart_add('{"product_id": "mug", "options": {"color": "red"}, "title": "Red", "unit_price": 8, "only": "red"}', 10, user_id => 'i') \g /dev/null
TRUNCATE moved;
INSERT INTO moved SELECT cart_update(pg_temp.mug(), changes => '{"options": {"color": "blue"}}', user_id => 'i');
SELECT is(told_set(answer -> 'changes'), 'removed mug 10=0, summed mug 2=12', 'joins it') FROM moved;
SELECT is(pg_temp.line('i', pg_temp.mug('blue')), '{"product_id": "mug", "options": {"color": "blue"}, "quantity": 12, "unit_price": 8, "title": "Red", "note": "n", "only": "red"}', 'the moved line''s members win');
SELECT is(answer #> '{totals,lines}', '3', 'the old line is gone') FROM moved;
SELECT cart_add('{"product_id": "mug", "options": {"color": "red"}}', user_id => 'i') \g /dev/null
SELECT is(told_set(cart_update(pg_temp.mug(), 5, '{"options": {"color": "blue"}}', user_id => 'i') -> 'changes'), 'removed mug 1=0, summed mug 12=17', 'with a quantity, which counts first');
SELECT ok(is_current(cart_update(pg_temp.mug('blue'), changes => '{"options": [{"name": "color", "value": "blue"}]}', user_id => 'i')), 'the same identity in another spelling');
SELECT is(cart_get('i') #> '{items,0,options}', '[{"name": "color", "value": "blue"}]', 'is no other line');

-- Without the document.
SET cart_ext.return_cart = off;
SELECT is(cart_update(pg_temp.mug('blue'), 2, user_id => 'i') - '{cart_id,etag,version}'::text[], jsonb_build_object('item_key', pg_temp.mug('blue'), 'quantity', 2), 'brief: the line');
SELECT is(members(cart_update(pg_temp.mug('blue'), 2, user_id => 'i')), 'cart_id etag item_key quantity version', 'and the cart');
SELECT is(cart_update(pg_temp.mug('blue'), changes => '{"options": {"color": "red"}}', user_id => 'i') - '{cart_id,etag,version}'::text[], jsonb_build_object('item_key', pg_temp.mug(), 'quantity', 2), 'under the key it has now');
SELECT is(cart_update(pg_temp.mug(), 0, user_id => 'i') -> 'quantity', '0', 'removed: 0');
RESET cart_ext.return_cart;

-- Refused.
SELECT refused(format('SELECT cart_update(%L, 1, user_id => %L)', gen_random_uuid(), o), 'KC014', '{}', '{item_key}', 'no such line, ' || o) FROM unnest('{u,nobody}'::text[]) o;
SELECT refused(format('SELECT cart_update(%L, 0, user_id => ''u'')', gen_random_uuid()), 'KC014', '{}', '{item_key}', 'nor to remove');
SELECT refused($$ SELECT cart_update(NULL, 1, user_id => 'u') $$, '22023', 'no key');
SELECT refused(format('SELECT cart_update(pg_temp.mug(), %L, user_id => ''u'')', q), 'KC005', '{}', 'quantity ' || q) FROM unnest('{-1,-0.001,NaN,Infinity,-Infinity}'::numeric[]) q;
SELECT refused(format('SELECT cart_update(pg_temp.mug(), changes => %L, user_id => ''u'')', jsonb_build_object('quantity', q)), 'KC005', '{}', 'quantity among the changes ' || q::text) FROM unnest('{0,-1,"\"2\"","[]","{}",true}'::jsonb[]) q;
SELECT refused(format('SELECT cart_update(pg_temp.mug(), changes => %L, user_id => ''u'')', c), 'KC004', '{}', 'changes ' || c::text)
FROM unnest('{"[]","null","1","\"x\"","{\"product_id\": null}","{\"product_id\": \"\"}","{\"product_id\": []}","{\"unit_price\": -1}","{\"unit_price\": \"1\"}"}'::jsonb[]) c;
SELECT refused($$ SELECT cart_update(pg_temp.mug(), 1000001, user_id => 'u') $$, 'KC007', '{}', '{limit}', 'too many');
SELECT refused($$ SELECT cart_update(pg_temp.mug(), changes => jsonb_build_object('x', repeat('x', 17000)), user_id => 'u') $$, 'KC007', '{}', '{limit}', 'too large');
SELECT cart_add_items('[{"product_id": "a", "quantity": 600000}, {"product_id": "b", "quantity": 600000}]', user_id => 'full') \g /dev/null
SELECT refused($$ SELECT cart_update(key_of('a'), changes => '{"product_id": "b"}', user_id => 'full') $$, 'KC007', '{}', '{limit}', 'too many together');
SELECT refused($$ SELECT cart_update(pg_temp.mug(), 1) $$, 'KC011', '{}', 'no owner');

-- ---- cart_remove, cart_clear

SELECT pg_temp.fill('r') \g /dev/null
CREATE TEMPORARY TABLE removed AS SELECT cart_remove(item_key => pg_temp.mug(), user_id => 'r', session_token => NULL, tenant_id => NULL, idempotency_key => NULL, if_match => NULL) AS answer;
SELECT is(told_set(answer -> 'changes'), 'removed mug 2=0', 'cart_remove by name') FROM removed;
SELECT is(members(answer #> '{changes,0}'), 'action item_key price_after price_before product_id quantity_after quantity_before quantity_incoming reason', 'the entry has its members') FROM removed;
SELECT is(answer #>> '{changes,0,item_key}', pg_temp.mug()::text, 'and the line''s key') FROM removed;
SELECT is(lines(answer) || ' v' || (answer ->> 'version'), '1 tea, 3 pot v2', 'the line is gone, the version rose by 1') FROM removed;
SELECT ok(is_current(answer), 'the answer is the cart as it stands') FROM removed;
SELECT is(told(answer -> 'changes') || 'v' || (answer ->> 'version'), 'v2', 'again: succeeds, nothing changed') FROM cart_remove(pg_temp.mug(), user_id => 'r') answer;
SELECT unchanged($$ SELECT cart_remove(pg_temp.mug(), user_id => 'r') $$, 'nothing at all');
SELECT is(cart_remove(pg_temp.mug(), user_id => 'nobody'), pg_temp.empty(), 'no cart: succeeds, likewise');
SELECT is(cart_get('nobody'), NULL, 'and makes none');
SET cart_ext.return_cart = off;
SELECT is(cart_remove(key_of('tea'), user_id => 'r') - '{cart_id,etag,version}'::text[], jsonb_build_object('item_key', key_of('tea'), 'quantity', 0), 'brief');
RESET cart_ext.return_cart;
SELECT is(lines(cart_add('{"product_id": "tea"}', user_id => 'r')), '3 pot, 1 tea', 'added again it comes last, and anew');
SELECT is(lines(cart_remove(key_of('tea'), user_id => 'r')), '3 pot', 'and goes again');
SELECT is(cart_remove(key_of('pot'), user_id => 'r') -> 'items', '[]', 'the last line leaves an empty cart');
SELECT refused($$ SELECT cart_remove(pg_temp.mug()) $$, 'KC011', '{}', 'no owner to remove from');

SELECT pg_temp.fill('c') \g /dev/null
UPDATE cart.carts SET discount = '{"type": "percent", "value": 10}', label = 'stays', currency = 'EUR' WHERE user_id = 'c';
SELECT version AS version FROM cart.carts WHERE user_id = 'c' \gset
CREATE TEMPORARY TABLE cleared AS SELECT cart_clear(user_id => 'c', session_token => NULL, tenant_id => NULL, idempotency_key => NULL, if_match => NULL) AS answer;
SELECT is(told_set(answer -> 'changes'), 'removed mug 2=0, removed pot 3=0, removed tea 1=0', 'cart_clear by name: an entry for each line') FROM cleared;
SELECT is(answer - '{cart_id,etag,changes,totals,created_at,updated_at,last_accessed_at}'::text[],
    jsonb_build_object('tenant_id', '', 'user_id', 'c', 'status', 'active', 'version', :version + 1, 'currency', 'EUR', 'location_id', null, 'till_id', null, 'label', 'stays', 'order_ref', null, 'metadata', '{}'::jsonb, 'items', '[]'::jsonb, 'discount', null, 'expires_at', null),
    'no lines, no discount; all else stays') FROM cleared;
SELECT is(answer -> 'totals', '{"lines": 0, "quantity": 0, "subtotal": 0.00, "promo_discount": 0.00, "discount": 0.00, "tax": 0.00, "total": 0.00}', 'totals of nothing') FROM cleared;
SELECT unchanged($$ SELECT cart_clear(user_id => 'c') $$, 'again: succeeds, nothing changed');
SELECT is(cart_clear(user_id => 'c') -> 'changes', '[]', 'no changes');
SELECT is(cart_clear(user_id => 'nobody'), pg_temp.empty(), 'no cart: likewise');
SELECT is(cart_get('nobody'), NULL, 'and makes none');
UPDATE cart.carts SET discount = '{"type": "percent", "value": 10}' WHERE user_id = 'c';
SELECT is(answer -> 'discount', 'null', 'a discount alone is lifted') FROM cart_clear('c') answer;
SELECT is(version, :version::bigint + 3, 'with a version') FROM cart.carts WHERE user_id = 'c';
SET cart_ext.return_cart = off;
SELECT is(members(cart_clear('c')), 'cart_id etag version', 'brief');
RESET cart_ext.return_cart;
SELECT refused('SELECT cart_clear()', 'KC011', '{}', 'no owner to clear');

-- ---- cart_apply

SELECT pg_temp.fill('a') \g /dev/null
CREATE TEMPORARY TABLE applied AS SELECT cart_apply(operations => format('[
    {"op": "add", "item": {"product_id": "cup"}, "quantity": 2},
    {"op": "add", "item": {"product_id": "cup", "quantity": 3}},
    {"op": "update", "item_key": "%s", "quantity": 5},
    {"op": "update", "item_key": "%1$s", "changes": {"title": "T"}},
    {"op": "remove", "item_key": "%s"},
    {"op": "remove", "item_key": "%2$s"},
    {"op": "set", "changes": {"label": "L", "metadata": {"m": 1}}}]', pg_temp.mug(), key_of('tea'))::jsonb,
    user_id => 'a', session_token => NULL, tenant_id => NULL, idempotency_key => NULL, if_match => NULL) AS answer;
SELECT is(lines(answer), '5 mug, 3 pot, 5 cup', 'cart_apply by name: all of it') FROM applied;
SELECT is(answer -> 'version', '2', 'one version') FROM applied;
SELECT is(told_set(answer -> 'changes'), 'added cup -=5, removed tea 1=0, replaced mug 2=5', 'one entry for each line') FROM applied;
SELECT is(answer ->> 'label', 'L', 'set, too') FROM applied;
SELECT is(answer #>> '{items,0,title}', 'T', 'two changes of one line') FROM applied;
SELECT ok(is_current(answer), 'the answer is the cart as it stands') FROM applied;
SELECT is(lines(cart_apply('[{"op": "clear"}, {"op": "add", "item": {"product_id": "last"}}]', 'a')), '1 last', 'cleared, then added');
SELECT is(told_set(cart_apply(format('[{"op": "add", "item": {"product_id": "x"}}, {"op": "remove", "item_key": "%s"}, {"op": "add", "item": {"product_id": "y"}}]', key_of('x'))::jsonb, 'a') -> 'changes') LIKE '%added y -=1%', true, 'a line that came and went');
SELECT is(lines(cart_get('a')), '1 last, 1 y', 'is not there');
SELECT unchanged($$ SELECT cart_apply('[]', 'a') $$, 'no operation changes nothing');
SELECT unchanged(format($$ SELECT cart_apply('[{"op": "remove", "item_key": "%s"}, {"op": "update", "item_key": "%s", "quantity": 1}, {"op": "set", "changes": {"label": "L"}}]', 'a') $$, gen_random_uuid(), key_of('last')), 'nor do operations that do nothing');
SELECT is(cart_apply('[]', 'nobody'), pg_temp.empty(), 'no cart, no operation');
SELECT is(cart_apply(format('[{"op": "clear"}, {"op": "remove", "item_key": "%s"}]', key_of('x'))::jsonb, 'nobody'), pg_temp.empty(), 'no cart, none needed');
SELECT is(cart_get('nobody'), NULL, 'none is made');
SELECT is(answer #>> '{version}' || lines(answer), '11 n', 'an add makes it') FROM cart_apply('[{"op": "clear"}, {"op": "add", "item": {"product_id": "n"}}]', 'new') answer;
SELECT is(answer #>> '{version}' || (answer ->> 'label'), '1x', 'a set makes it') FROM cart_apply('[{"op": "set", "changes": {"label": "x"}}]', 'newer') answer;
SET cart_ext.return_cart = off;
SELECT is(members(cart_apply('[{"op": "clear"}, {"op": "add", "item": {"product_id": "n"}}]', 'a')), 'cart_id etag version', 'brief');
RESET cart_ext.return_cart;

-- Refused, naming the operation; nothing of the others is done.
SELECT pg_temp.fill('bad') \g /dev/null
SELECT refused(format('SELECT cart_apply(%L, ''bad'')', format('[{"op": "add", "item": {"product_id": "x"}}, %s]', op)), code, '{"index": 1}', op)
FROM (VALUES ('{"op": "add", "item": {"product_id": ""}}', 'KC004'), ('{"op": "add", "item": 1}', 'KC004'), ('{"op": "add", "item": {"product_id": 1}, "quantity": 0}', 'KC005'),
             ('{"op": "add", "item": {"product_id": 1, "quantity": -1}}', 'KC005'), ('{"op": "add", "item": {"product_id": "x"}, "quantity": 1000000}', 'KC007'),
             (format('{"op": "update", "item_key": "%s", "quantity": 1}', gen_random_uuid()), 'KC014'), (format('{"op": "update", "item_key": "%s", "quantity": -1}', pg_temp.mug()), 'KC005'),
             (format('{"op": "update", "item_key": "%s", "changes": []}', pg_temp.mug()), 'KC004'), ('{"op": "update", "quantity": 1}', '22023'), ('{"op": "remove"}', '22023'),
             ('{"op": "remove", "item_key": null}', '22023'), ('{"op": "remove", "item_key": "x"}', '22023'), ('{"op": "fly"}', '22023'), ('{"op": 1}', '22023'), ('{}', '22023'), ('{"item": {"product_id": 1}}', '22023'),
             ('{"op": "clear", "all": true}', '22023'), ('{"op": "add", "item": {"product_id": 1}, "user_id": "u"}', '22023'), ('1', '22023'), ('null', '22023'), ('[]', '22023'),
             ('{"op": "set", "changes": {"currency": "euro"}}', '22023'), ('{"op": "set", "changes": {"other": 1}}', '22023')) x (op, code);
SELECT refused(format('SELECT cart_apply(%L, ''bad'')', o), '22023', 'operations must not be ' || o::text) FROM unnest('{"{}","1","null","\"x\"",true}'::jsonb[]) o;
SELECT refused($$ SELECT cart_apply('[]') $$, 'KC011', '{}', 'no owner to apply to');
SELECT refused($$ SELECT cart_apply((SELECT jsonb_agg(jsonb_build_object('op', 'add', 'item', jsonb_build_object('product_id', n))) FROM generate_series(1, 1000) n), 'bad') $$, 'KC007', '{"index": 997}', '{limit}', 'too many lines');
SELECT refused($$ SELECT cart_apply((SELECT jsonb_agg('{"op": "clear"}'::jsonb) FROM generate_series(1, 1001)), 'bad') $$, 'KC007', '{}', '{limit}', 'too many operations');

-- It does what its operations do one after the other, over generated ones.
SELECT setseed(0.3);
CREATE FUNCTION pg_temp.operation() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    p text := chr(97 + floor(random() * 4)::int);
    q int := 1 + floor(random() * 9);
BEGIN
    RETURN CASE floor(random() * 12)::int
        WHEN 0 THEN jsonb_build_object('op', 'clear')
        WHEN 1 THEN jsonb_build_object('op', 'set', 'changes', jsonb_build_object('label', p, 'metadata', jsonb_build_object(p, q)))
        WHEN 2 THEN jsonb_build_object('op', 'remove', 'item_key', key_of(p))
        WHEN 3 THEN jsonb_build_object('op', 'update', 'item_key', key_of(p), 'quantity', q)
        WHEN 4 THEN jsonb_build_object('op', 'update', 'item_key', key_of(p), 'changes', jsonb_build_object('product_id', chr(97 + floor(random() * 4)::int), 't', q))
        WHEN 5 THEN jsonb_build_object('op', 'update', 'item_key', key_of(p), 'quantity', 0)
        WHEN 6 THEN jsonb_build_object('op', 'update', 'item_key', key_of(p), 'changes', jsonb_build_object('t', null, 'unit_price', q))
        ELSE jsonb_build_object('op', 'add', 'item', jsonb_build_object('product_id', p, 't', q), 'quantity', q)
    END;
END $$;
CREATE TEMPORARY TABLE queues AS SELECT n, (SELECT jsonb_agg(pg_temp.operation()) FROM generate_series(1, 2 + n % 9)) AS operations FROM generate_series(1, 400) n;
-- What the two say; a failure is its code. Half of the queues find lines already there.
CREATE TEMPORARY TABLE said (name text, before jsonb, answer jsonb, after jsonb);
CREATE FUNCTION pg_temp.at_once(name text, operations jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := cart_get(name);
    answer jsonb;
BEGIN
    answer := cart_apply(operations, user_id => name);
    INSERT INTO said VALUES (name, before, answer, cart_get(name));
    RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
CREATE FUNCTION pg_temp.one_by_one(name text, operations jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE o jsonb;
BEGIN
    FOR o IN SELECT jsonb_array_elements(operations) LOOP
        CASE o ->> 'op'
            WHEN 'add' THEN PERFORM cart_add(o -> 'item', (o ->> 'quantity')::numeric, user_id => name);
            WHEN 'update' THEN PERFORM cart_update((o ->> 'item_key')::uuid, (o ->> 'quantity')::numeric, o -> 'changes', user_id => name);
            WHEN 'remove' THEN PERFORM cart_remove((o ->> 'item_key')::uuid, user_id => name);
            WHEN 'clear' THEN PERFORM cart_clear(user_id => name);
            WHEN 'set' THEN PERFORM cart_set(o -> 'changes', user_id => name);
        END CASE;
    END LOOP;
    RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
DO $$ BEGIN PERFORM cart_add_items('[{"product_id": "a", "t": 0}, {"product_id": "b", "quantity": 2}]', user_id => w || n) FROM queues, unnest('{x,y}'::text[]) w WHERE n % 2 = 0; END $$;
CREATE TEMPORARY TABLE outcome AS SELECT n, operations, pg_temp.at_once('x' || n, operations) AS x, pg_temp.one_by_one('y' || n, operations) AS y FROM queues;
CREATE FUNCTION pg_temp.plain(cart jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('label', cart -> 'label', 'metadata', cart -> 'metadata', 'totals', cart -> 'totals',
        'items', (SELECT jsonb_agg(i - '{added_at,updated_at}'::text[] ORDER BY n) FROM jsonb_array_elements(cart -> 'items') WITH ORDINALITY e (i, n))) WHERE cart IS NOT NULL $$;
SELECT is_empty($$ SELECT n, operations, x, y FROM outcome WHERE x <> y $$, 'cart_apply fails as its operations do');
SELECT is_empty($$ SELECT n, operations, pg_temp.plain(cart_get('x' || n)), pg_temp.plain(cart_get('y' || n)) FROM outcome WHERE pg_temp.plain(cart_get('x' || n)) IS DISTINCT FROM pg_temp.plain(cart_get('y' || n)) $$,
                'and comes to the same cart');
SELECT cmp_ok((SELECT count(*) FROM outcome WHERE x = 'ok')::int, '>', 100, 'many succeed');
SELECT cmp_ok((SELECT count(*) FROM outcome WHERE x = 'KC014')::int, '>', 50, 'and many do not');

SELECT is_empty($$ SELECT name, operations, w.* FROM said JOIN outcome ON name = 'x' || n, wrongly_told(before, answer, after) w $$, 'changes tell the difference');
-- A line that came and went within one queue was a change, too (doc/architecture.md).
SELECT is_empty($$ SELECT name, operations FROM said JOIN outcome ON name = 'x' || n WHERE coalesce((answer ->> 'version')::int, 0) - coalesce((before ->> 'version')::int, 0)
                   <> (before - '{version,etag,updated_at,last_accessed_at}'::text[] IS DISTINCT FROM after - '{version,etag,updated_at,last_accessed_at}'::text[]
                       OR jsonb_path_exists(answer, '$.changes[*] ? (@.action == "removed")'))::int $$, 'the version rises by 1, and only where something differs');

-- ---- cart_set

SELECT is(answer - '{cart_id,etag,created_at,updated_at,last_accessed_at,items,totals}'::text[],
          '{"tenant_id": "", "user_id": "s", "status": "active", "version": 1, "currency": "EUR", "location_id": null, "till_id": null, "label": "Party", "order_ref": null, "metadata": {"a": 1, "b": {"c": 2}}, "discount": null, "expires_at": null, "changes": []}',
          'cart_set by name: makes the cart') FROM cart_set(changes => '{"currency": "EUR", "label": "Party", "metadata": {"a": 1, "b": {"c": 2}}}', user_id => 's', session_token => NULL, tenant_id => NULL, idempotency_key => NULL, if_match => NULL) answer;
SELECT ok(is_current(cart_set('{"label": "x"}', 's')), 'the answer is the cart as it stands');
SELECT is(cart_get('s') -> 'version', '2', 'one version');
SELECT unchanged(format('SELECT cart_set(%L, ''s'')', c), 'nothing different: ' || c::text) FROM unnest('{"{}","{\"label\": \"x\"}","{\"currency\": \"EUR\"}","{\"metadata\": {}}","{\"metadata\": {\"a\": 1.0}}","{\"metadata\": {\"z\": null}}"}'::jsonb[]) c
WHERE c::text !~ '1\.0';
SELECT is(cart_set('{"metadata": {"a": null, "d": [1]}}', 's') -> 'metadata', '{"b": {"c": 2}, "d": [1]}', 'metadata is merged, a null member removed');
SELECT is(cart_set('{"metadata": null}', 's') -> 'metadata', '{}', 'null empties it');
SELECT is(cart_set('{"label": null}', 's') -> 'label', 'null', 'null removes the label');
SELECT is(cart_set('{"currency": "JPY"}', 's') ->> 'currency', 'JPY', 'another currency while the cart is empty');
SELECT is(cart_set('{"currency": null}', 's') -> 'currency', 'null', 'or none');
SELECT cart_set('{"currency": "USD"}', 's'), cart_add('{"product_id": "x"}', user_id => 's') \g /dev/null
SELECT unchanged($$ SELECT cart_set('{"currency": "USD"}', 's') $$, 'the equal currency, with lines');
SELECT refused($$ SELECT cart_set('{"currency": "EUR", "label": "y"}', 's') $$, 'KC009', '{}', 'another currency, with lines');
SELECT refused($$ SELECT cart_set('{"currency": null}', 's') $$, 'KC009', '{}', 'no currency, with lines');
-- The contract says "only while empty or equal"; doc/architecture.md takes "no currency yet" as equal to any.
SELECT cart_add('{"product_id": "x"}', user_id => 'none yet') \g /dev/null
SELECT is(cart_set('{"currency": "EUR"}', 'none yet') ->> 'currency', 'EUR', 'a currency for lines that have none yet');
SELECT refused($$ SELECT cart_set('{"currency": "USD"}', 'none yet') $$, 'KC009', '{}', 'which is then the cart''s');
SELECT cart_clear('s') \g /dev/null
SELECT is(cart_set('{"currency": "EUR"}', 's') ->> 'currency', 'EUR', 'after clearing it may change');
SELECT refused(format('SELECT cart_set(%L, ''s'')', c), '22023', 'cart_set ' || c::text) FROM unnest('{"{\"currency\": \"eur\"}","{\"currency\": \"EURO\"}","{\"currency\": \"\"}","{\"currency\": 978}","{\"currency\": \"E1R\"}","{\"label\": 1}","{\"label\": {}}",
    "{\"metadata\": []}","{\"metadata\": \"x\"}","{\"order_ref\": \"1\"}","{\"status\": \"ordered\"}","{\"user_id\": \"x\"}","{\"version\": 1}","{\"label\": \"ok\", \"x\": 1}","[]","null","1"}'::jsonb[]) c;
SELECT refused($$ SELECT cart_set('{"label": "x"}') $$, 'KC011', '{}', 'no owner to set');
SET cart_ext.return_cart = off;
SELECT is(members(cart_set('{"label": "brief"}', 's')), 'cart_id etag version', 'brief');
RESET cart_ext.return_cart;

SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT * FROM finish();
