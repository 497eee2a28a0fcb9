-- Errors (section 11): every code that can arise today, by every call that can raise it; what the detail
-- says; and that the caller goes on with everything as it was.
\ir helpers.psql
SELECT plan(139);

-- Each call on an owner that %s names.
CREATE TEMPORARY TABLE calls (name text, call text, once boolean);
INSERT INTO calls VALUES
    ('cart_get', 'cart_get(%s)', false), ('cart_list', 'cart_list(NULL, %s)', false), ('cart_touch', 'cart_touch(%s)', false),
    ('cart_add', 'cart_add(''{"product_id": 1}'', NULL, %s)', true), ('cart_add_items', 'cart_add_items(''[{"product_id": 1}]'', %s)', true),
    ('cart_update', 'cart_update(cart_item_key(''{"product_id": 1}''), 2, NULL, %s)', true), ('cart_remove', 'cart_remove(cart_item_key(''{"product_id": 1}''), %s)', true), ('cart_clear', 'cart_clear(%s)', true),
    ('cart_apply', 'cart_apply(''[{"op": "clear"}]'', %s)', true), ('cart_set', 'cart_set(''{"label": "l"}'', %s)', true), ('cart_reconcile', 'cart_reconcile(%s)', true);

SELECT refused('SELECT ' || format(call, 'user_id => NULL'), 'KC011', '{}', '{missing}', name || ' without an owner') FROM calls;
SELECT refused('SELECT ' || format(call, 'user_id => '''', session_token => '''''), 'KC011', '{}', '{missing}', name || ' with empty ones') FROM calls;
SELECT refused(format('SELECT cart_merge(%s)', a), 'KC011', '{}', '{missing}', 'cart_merge(' || a || ')') FROM unnest('{"","user_id => ''u''","session_token => ''s''"}'::text[]) a;
-- Identifiers have at most 512 bytes, tokens 4096, keys 1024.
SELECT refused('SELECT ' || format(call, 'user_id => repeat(''x'', 513)'), '22023', name || ' with a user too long') FROM calls;
SELECT refused('SELECT ' || format(call, 'session_token => repeat(''x'', 4097)'), '22023', name || ' with a token too long') FROM calls;
SELECT refused('SELECT ' || format(call, 'user_id => ''u'', tenant_id => repeat(''x'', 513)'), '22023', name || ' with a tenant too long') FROM calls;
SELECT refused('SELECT ' || format(call, 'user_id => ''u'', idempotency_key => repeat(''x'', 1025)'), '22023', name || ' with a key too long') FROM calls WHERE once;

-- KC001: unknown carts (only cart_unmerge asks for one by now).
SELECT refused(format('SELECT cart_unmerge(%L)', gen_random_uuid()), 'KC001', '{}', 'no such cart');
-- KC002: etags.
SELECT cart_add_items('[{"product_id": 1, "unit_price": 2}, {"product_id": 2}]', 'u') ->> 'etag' AS etag \gset
SELECT cart_add('{"product_id": 1}', user_id => 'u') ->> 'etag' AS newer \gset
SELECT refused('SELECT ' || format(call, format('user_id => ''u'', if_match => %L', :'etag')), 'KC002', jsonb_build_object('expected', :'etag', 'found', :'newer'), name || ': both etags') FROM calls WHERE once;
-- KC003: keys.
DO $$ BEGIN PERFORM cart_add('{"product_id": 1}', user_id => 'u', idempotency_key => 'used'); END $$;
SELECT refused('SELECT ' || format(call, 'user_id => ''u'', idempotency_key => ''used'''), 'KC003', '{"idempotency_key": "used"}', name || ': the key') FROM calls WHERE once AND name <> 'cart_add';
-- KC004, KC005: the index in an array, the member, and what was found.
SELECT refused(call, code, detail::jsonb, call) FROM (VALUES
    ($$SELECT cart_add('{"name": "x"}', user_id => 'u')$$, 'KC004', '{"member": "product_id"}'),
    ($$SELECT cart_add('{"product_id": []}', user_id => 'u')$$, 'KC004', '{"member": "product_id"}'),
    ($$SELECT cart_add('{"product_id": 1, "unit_price": -1}', user_id => 'u')$$, 'KC004', '{"member": "unit_price", "found": -1}'),
    ($$SELECT cart_add('{"product_id": 1, "unit_price": "1"}', user_id => 'u')$$, 'KC004', '{"member": "unit_price", "found": "1"}'),
    ($$SELECT cart_add_items('[{"product_id": 1}, {"product_id": 2}, {"product_id": ""}]', 'u')$$, 'KC004', '{"index": 2, "member": "product_id", "found": ""}'),
    ($$SELECT cart_add_items('[{"product_id": 1}, 5]', 'u')$$, 'KC004', '{"index": 1}'),
    ($$SELECT cart_add('{"product_id": 1, "quantity": 0}', user_id => 'u')$$, 'KC005', '{"member": "quantity", "found": 0}'),
    ($$SELECT cart_add('{"product_id": 1, "quantity": "2"}', user_id => 'u')$$, 'KC005', '{"member": "quantity", "found": "2"}'),
    ($$SELECT cart_add('{"product_id": 1}', -2, user_id => 'u')$$, 'KC005', '{"found": -2}'),
    ($$SELECT cart_add('{"product_id": 1}', 'NaN', user_id => 'u')$$, 'KC005', '{}'),
    ($$SELECT cart_add_items('[{"product_id": 1}, {"product_id": 2, "quantity": -1}]', 'u')$$, 'KC005', '{"index": 1, "found": -1}'),
    ($$SELECT cart_update(cart_item_key('{"product_id": 1}'), -1, user_id => 'u')$$, 'KC005', '{"found": -1}'),
    ($$SELECT cart_apply('[{"op": "clear"}, {"op": "add", "item": {"product_id": 1, "quantity": -1}}]', 'u')$$, 'KC005', '{"index": 1, "member": "quantity", "found": -1}')) x (call, code, detail);
-- KC006: lines of a cart that is not active.
INSERT INTO cart.carts (user_id, status) VALUES ('closed', 'ordered') RETURNING cart_id \gset
SELECT refused(format($$INSERT INTO cart.items (cart_id, item) VALUES (%L, '{"product_id": 1}')$$, :'cart_id'), 'KC006', jsonb_build_object('cart_id', :'cart_id', 'status', 'ordered'), 'a line for an ordered cart');
-- KC007: limits.
SET cart_ext.max_lines = 3;
SET cart_ext.max_quantity = 10;
SET cart_ext.max_item_bytes = 100;
SELECT refused(call, 'KC007', detail::jsonb, call) FROM (VALUES
    ($$SELECT cart_add_items('[{"product_id": 1}, {"product_id": 3}, {"product_id": 4}]', 'u')$$, '{"index": 2, "limit": "max_lines", "expected": 3, "found": 4}'),
    ($$SELECT cart_add('{"product_id": 1}', 8, user_id => 'u')$$, '{"limit": "max_quantity", "expected": 10, "found": 11}'),
    ($$SELECT cart_update(cart_item_key('{"product_id": 1}'), 11, user_id => 'u')$$, '{"limit": "max_quantity", "expected": 10, "found": 11}'),
    ($$SELECT cart_add(jsonb_build_object('product_id', 3, 'x', repeat('x', 100)), user_id => 'u')$$, '{"limit": "max_item_bytes", "expected": 100}'),
    ($$SELECT cart_update(cart_item_key('{"product_id": 1}'), changes => jsonb_build_object('x', repeat('x', 100)), user_id => 'u')$$, '{"limit": "max_item_bytes", "expected": 100}')) x (call, detail);
RESET cart_ext.max_lines;
RESET cart_ext.max_quantity;
RESET cart_ext.max_item_bytes;
-- KC009: currencies.
SELECT cart_set('{"currency": "EUR"}', 'money'), cart_add('{"product_id": 1}', user_id => 'money') \g /dev/null
SELECT refused($$ SELECT cart_set('{"currency": "USD"}', 'money') $$, 'KC009', '{"expected": "EUR", "found": "USD"}', 'another currency');
SELECT refused($$ SELECT cart_apply('[{"op": "add", "item": {"product_id": 1}}, {"op": "set", "changes": {"currency": "USD"}}]', 'money') $$, 'KC009', '{"index": 1}', 'in a queue');
-- KC014: lines.
SELECT refused(format('SELECT cart_update(%L, 1, user_id => ''u'')', '0b0b0b0b-0b0b-4b0b-8b0b-0b0b0b0b0b0b'), 'KC014', '{"item_key": "0b0b0b0b-0b0b-4b0b-8b0b-0b0b0b0b0b0b"}', 'the line''s key');
-- 23505, 23514: direct writes. The former's detail is PostgreSQL's own.
SELECT throws_like($$ INSERT INTO cart.carts (user_id) VALUES ('u') $$, '%carts_active_user%', 'a second active cart');
SELECT refused($$ UPDATE cart.items SET quantity = -2 $$, '23514', '{"member": "quantity", "found": -2}', 'a quantity');
SELECT refused($$ INSERT INTO cart.carts (user_id, status) VALUES ('x', 'open') $$, '23514', '{"member": "status", "found": "open"}', 'a status');

-- After each of these errors the next call works, with no more and no less than before.
SELECT is(cart_add('{"product_id": 1}', user_id => 'u') -> 'version', '4', 'after all these errors the next call raises the version by 1');
SELECT is(of_user('u'), '4 1, 1 2', 'and finds the lines as they were');

-- KC012: without the tables, and with older ones.
COMMENT ON SCHEMA cart IS 'cart_ext: shopping carts (layout 0)';
ALTER TABLE cart.carts SET (fillfactor = 90); -- else this backend goes by what it has seen
SELECT refused('SELECT ' || format(call, 'user_id => ''u'''), 'KC012', '{"found": 0}', '{expected}', name || ' on older tables') FROM calls;
DROP SCHEMA cart CASCADE;
SELECT refused('SELECT ' || format(call, 'user_id => ''u'''), 'KC012', '{"found": null}', '{expected}', name || ' without tables') FROM calls
UNION ALL SELECT refused('SELECT ' || call, 'KC012', '{"found": null}', '{expected}', call || ' without tables')
    FROM unnest(ARRAY['cart_merge(''u'', ''g'')', 'cart_unmerge(gen_random_uuid())', 'cart_reconcile_all()', 'cart_configure(''{}'')']) call;
DO $$
DECLARE
    hint text;
BEGIN
    PERFORM cart_get('u');
EXCEPTION WHEN SQLSTATE 'KC012' THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    PERFORM set_config('test.hint', hint, false);
END $$;
SELECT matches(current_setting('test.hint'), 'cart_setup\(\)', 'the hint says what to do');
SELECT lives_ok($$ SELECT cart_item_key('{"product_id": 1}'), cart_items_match('{"product_id": 1}', '{"product_id": 1}'), cart_items_merge('[]', '[]'), cart_session_create() $$, 'what needs no tables works without');
SELECT lives_ok('SELECT cart_setup()', 'cart_setup() makes them again');
SELECT is(cart_add('{"product_id": 1}', user_id => 'u') -> 'version', '1', 'and the next call works');

SELECT * FROM finish();
