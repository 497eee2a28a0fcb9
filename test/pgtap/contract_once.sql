-- idempotency_key and if_match, by every call that takes them (section 5, Once).
\ir helpers.psql
SELECT plan(212);

-- Each call: with %s for further parameters, and once more with other arguments. Each changes a cart of
-- two lines "2 a, 3 b", whose b stands under a wrong key, so that there is something to reconcile.
CREATE TEMPORARY TABLE calls (name text, call text, other text);
INSERT INTO calls VALUES
    ('cart_add', $$ cart_add('{"product_id": "a"}', 2 %s) $$, $$ cart_add('{"product_id": "a"}', 3 %s) $$),
    ('cart_add_items', $$ cart_add_items('[{"product_id": "a"}, {"product_id": "c"}]' %s) $$, $$ cart_add_items('[{"product_id": "a"}]' %s) $$),
    ('cart_update', $$ cart_update(key_of('a'), 7 %s) $$, $$ cart_update(key_of('a'), 7, '{"t": 1}' %s) $$),
    ('cart_remove', $$ cart_remove(key_of('a') %s) $$, $$ cart_remove(key_of('c') %s) $$),
    ('cart_clear', $$ cart_clear(tenant_id => '' %s) $$, $$ cart_set('{}' %s) $$),
    ('cart_apply', $$ cart_apply('[{"op": "add", "item": {"product_id": "a"}}, {"op": "set", "changes": {"label": "l"}}]' %s) $$, $$ cart_apply('[{"op": "add", "item": {"product_id": "a"}}]' %s) $$),
    ('cart_set', $$ cart_set('{"label": "l"}' %s) $$, $$ cart_set('{"label": "m"}' %s) $$),
    ('cart_set_discount', $$ cart_set_discount('{"type": "percent", "value": 5}' %s) $$, $$ cart_set_discount(NULL %s) $$),
    ('cart_apply_code', $$ cart_apply_code('five' %s) $$, $$ cart_apply_code('six' %s) $$),
    ('cart_reconcile', $$ cart_reconcile(tenant_id => '' %s) $$, $$ cart_clear(tenant_id => '' %s) $$);
CREATE FUNCTION public.codes(tenant_id text, code text, cart jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT '{"type": "percent", "value": 5}'::jsonb $$;
SELECT cart_configure('{"discount_resolver": "codes"}') \g /dev/null
CREATE FUNCTION pg_temp.fill(owner text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM cart_add_items('[{"product_id": "a", "quantity": 2}, {"product_id": "b", "quantity": 3}]', user_id => owner);
    SET LOCAL cart_ext.loading = on;
    UPDATE cart.items SET item_key = md5(owner)::uuid WHERE product_id = 'b' AND cart_id = (SELECT cart_id FROM cart.carts WHERE user_id = owner);
    SET LOCAL cart_ext.loading = off;
END $$;
CREATE FUNCTION pg_temp.run(call text, owner text, more text = '') RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    answer jsonb;
BEGIN
    EXECUTE 'SELECT ' || format(call, format(', user_id => %L', owner) || more) INTO answer;
    RETURN answer;
END $$;
-- cart_reconcile answers with the cart inside.
CREATE FUNCTION pg_temp.said(answer jsonb, member text) RETURNS jsonb LANGUAGE sql AS $$ SELECT coalesce(answer -> member, answer -> 'cart' -> member) $$;
SELECT pg_temp.fill(name || o) FROM calls, unnest('{_key,_match,_both}'::text[]) o \g /dev/null

-- ---- idempotency_key

CREATE TEMPORARY TABLE first AS SELECT name, pg_temp.run(call, name || '_key', ', idempotency_key => ''k''') AS answer FROM calls;
SELECT is(pg_temp.said(answer, 'version'), '2', name || ' with a key runs') FROM first;
SELECT is(pg_temp.said(answer, 'replayed'), NULL, name || ': not as a repeat') FROM first;
-- Something else happens meanwhile.
DO $$ BEGIN PERFORM cart_add('{"product_id": "meanwhile"}', user_id => name || '_key') FROM calls; END $$;
CREATE TEMPORARY TABLE before AS SELECT state();
CREATE TEMPORARY TABLE again AS SELECT name, pg_temp.run(call, name || '_key', ', idempotency_key => ''k''') AS answer FROM calls;
SELECT is(state(), (SELECT state FROM before), 'no repeat changes anything');
SELECT is(pg_temp.said(answer, 'replayed'), 'true', name || ' again: replayed') FROM again;
SELECT is(pg_temp.said(answer, 'made_version'), '2', name || ' says which version it made') FROM again;
SELECT is(pg_temp.said(answer, 'version'), '3', name || ' returns the cart as it stands now') FROM again;
SELECT matches(lines(CASE WHEN answer ? 'cart' THEN answer -> 'cart' ELSE answer END), '1 meanwhile$', name || ': with all its lines') FROM again;
SELECT refused('SELECT ' || format(other, format(', user_id => %L, idempotency_key => ''k''', name || '_key')), 'KC003', '{}', name || ': the key with other arguments') FROM calls;
-- Another owner, another tenant, another key.
SELECT is(pg_temp.said(pg_temp.run(call, name || '_both', ', idempotency_key => ''k'''), 'replayed'), NULL, name || ': another owner''s key is another') FROM calls;
SELECT is(pg_temp.said(pg_temp.run(call, name || '_key', ', idempotency_key => ''k2'''), 'replayed'), NULL, name || ': another key is another call') FROM calls;
-- The key of a call that failed has not been used.
SELECT refused($$ SELECT cart_add('{"product_id": "a", "quantity": -1}', user_id => 'f', idempotency_key => 'f') $$, 'KC005', '{}', 'a call that fails');
SELECT is(cart_add('{"product_id": "a"}', user_id => 'f', idempotency_key => 'f') -> 'replayed', NULL, 'has not used its key');
-- What changes nothing is remembered, too.
SELECT is(pg_temp.said(pg_temp.run(call, 'nobody', format(', idempotency_key => %L', name)), 'version'), '0', name || ' without a cart') FROM calls WHERE name IN ('cart_remove', 'cart_clear');
SELECT is(pg_temp.said(pg_temp.run(call, 'nobody', format(', idempotency_key => %L', name)), 'replayed'), 'true', name || ' again') FROM calls WHERE name IN ('cart_remove', 'cart_clear');
-- Brief.
SET cart_ext.return_cart = off;
SELECT is(members(a - '{item_key,quantity}'::text[]), 'cart_id etag made_version replayed version', 'brief: a repeat, too') FROM cart_add('{"product_id": "a"}', 2, user_id => 'cart_add_key', idempotency_key => 'k') a;
SELECT ok(a ?& '{item_key,quantity}', 'brief: a repeat of a call on one line names it') FROM cart_add('{"product_id": "a"}', 2, user_id => 'cart_add_key', idempotency_key => 'k') a;
RESET cart_ext.return_cart;
-- After its time a key is forgotten.
SET cart_ext.clock = '2099-01-01';
SELECT is(pg_temp.said(pg_temp.run(call, name || '_key', ', idempotency_key => ''k'''), 'replayed'), NULL, name || ': the key is forgotten after a day') FROM calls;
RESET cart_ext.clock;
-- An empty key is none.
SELECT is(cart_add('{"product_id": "a"}', user_id => 'e', idempotency_key => NULL) -> 'version', '1', 'NULL is no key');
SELECT is(cart_add('{"product_id": "a"}', user_id => 'e', idempotency_key => NULL) -> 'version', '2', 'and runs each time');
-- No key is stored in clear.
SELECT cart_add('{"product_id": "a"}', user_id => 'clear-owner', idempotency_key => 'clear-key') \g /dev/null
SELECT is_empty($$ SELECT r FROM cart.requests r WHERE r::text ~ 'clear-key' OR r::text ~ encode('clear-key', 'hex') $$, 'a key is stored as its hash');

-- Keys follow a merge: a guest's call retried after login runs no second time, under either name.
DO $$ BEGIN PERFORM cart_add_items('[{"product_id": "a", "quantity": 2}, {"product_id": "b", "quantity": 3}]', session_token => name) FROM calls WHERE name <> 'cart_reconcile'; END $$;
CREATE FUNCTION pg_temp.as_guest(call text, token text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    answer jsonb;
BEGIN
    EXECUTE 'SELECT ' || format(call, format(', session_token => %L, idempotency_key => ''click''', token)) INTO answer;
    RETURN answer;
END $$;
SELECT is(pg_temp.said(pg_temp.as_guest(call, name), 'version'), '2', name || ' by a guest') FROM calls WHERE name <> 'cart_reconcile';
DO $$ BEGIN PERFORM cart_add('{"product_id": "own"}', user_id => 'login ' || name) FROM calls; PERFORM cart_add('{"product_id": "to clear"}', session_token => 'cart_clear');
            PERFORM cart_merge('login ' || name, name) FROM calls; END $$;
TRUNCATE before;
INSERT INTO before SELECT state('requests');
SELECT is(pg_temp.said(pg_temp.run(call, 'login ' || name, ', idempotency_key => ''click'''), 'replayed'), 'true', name || ' retried by the user') FROM calls WHERE name <> 'cart_reconcile';
SELECT is(pg_temp.said(pg_temp.as_guest(call, name), 'replayed'), 'true', name || ' retried by the guest') FROM calls WHERE name <> 'cart_reconcile';
SELECT is(state('requests'), (SELECT state FROM before), 'neither runs again');

-- Calls that move carts, too.
SELECT cart_add('{"product_id": "a"}', session_token => 'mover'), cart_add('{"product_id": "own"}', user_id => 'moved') \g /dev/null
SELECT cart_hold(session_token => 'mover', idempotency_key => 'hold') ->> 'cart_id' AS held, cart_add('{"product_id": "b"}', user_id => 'sender') ->> 'cart_id' AS sent \gset
SELECT cart_resume(:'held', session_token => 'mover', idempotency_key => 'resume'), cart_link_create(:'sent') ->> 'link' AS link \gset
SELECT cart_link_open(:'link', session_token => 'mover', idempotency_key => 'open'), cart_merge('moved', 'mover') \g /dev/null
TRUNCATE before;
INSERT INTO before SELECT state('requests');
SELECT is(cart_hold(user_id => 'moved', idempotency_key => 'hold') -> 'replayed', 'true', 'cart_hold retried by the user');
SELECT is(cart_resume(:'held', user_id => 'moved', idempotency_key => 'resume') -> 'replayed', 'true', 'cart_resume retried by the user');
SELECT is(cart_link_open(:'link', user_id => 'moved', idempotency_key => 'open') -> 'replayed', 'true', 'cart_link_open retried by the user');
SELECT is(state('requests'), (SELECT state FROM before), 'neither runs again');

-- cart_merge.
SELECT cart_add('{"product_id": "x"}', user_id => 'm'), cart_add('{"product_id": "x"}', session_token => 'm') \g /dev/null
SELECT is(cart_merge('m', 'm', idempotency_key => 'login') #> '{merge,merged}', 'true', 'cart_merge with a key runs');
SELECT cart_add('{"product_id": "x"}', session_token => 'm') \g /dev/null
SELECT unchanged($$ SELECT cart_merge('m', 'm', idempotency_key => 'login') $$, 'again: it does not');
SELECT is((a #> '{merge,merged}') || (a #> '{merge,repeated}'), '[true, true]', 'and tells of its own merge') FROM cart_merge('m', 'm', idempotency_key => 'login') a;
SELECT cart_add('{"product_id": "x"}', user_id => 'm2'), cart_add('{"product_id": "x"}', session_token => 'm2') ->> 'cart_id' AS source \gset
SELECT cart_merge('m2', 'm2', idempotency_key => 'one') \g /dev/null
SELECT cart_add('{"product_id": "x"}', session_token => 'm2') \g /dev/null
SELECT cart_merge('m2', 'm2', idempotency_key => 'two') \g /dev/null
SELECT is(cart_merge('m2', 'm2', idempotency_key => 'one') #>> '{merge,source_cart_id}', :'source', 'also after a later one');
SELECT cart_add('{"product_id": "x"}', user_id => 'm3'), cart_add('{"product_id": "x"}', session_token => 'm3') ->> 'cart_id' AS source \gset
SELECT cart_merge('m3', 'm3', idempotency_key => 'back'), cart_unmerge(:'source') \g /dev/null
SELECT isnt(cart_merge('m3', 'm3', idempotency_key => 'back') #>> '{merge,reason}', 'currency_mismatch', 'one that was taken back has failed over no currency');
SELECT refused($$ SELECT cart_merge('m', 'm', strategy => 'max', idempotency_key => 'login') $$, 'KC003', '{}', 'the key with other arguments');
SELECT refused($$ SELECT cart_add('{"product_id": "x"}', user_id => 'm', idempotency_key => 'login') $$, 'KC003', '{}', 'or for another call');
SELECT is(cart_merge('m', 'm') #> '{merge,repeated}', 'false', 'without the key, the newer cart is merged');

-- ---- if_match

SELECT is(pg_temp.said(pg_temp.run(call, name || '_match', format(', if_match => %L', cart_get(name || '_match') ->> 'etag')), 'version'), '2', name || ' with the current etag') FROM calls;
SELECT refused(format('SELECT ' || other, format(', user_id => %L, if_match => %L', name || '_match', (cart_get(name || '_match') ->> 'cart_id') || ':1')), 'KC002',
               jsonb_build_object('expected', (cart_get(name || '_match') ->> 'cart_id') || ':1', 'found', cart_get(name || '_match') ->> 'etag'), name || ' with an old etag') FROM calls;
SELECT refused(format('SELECT ' || call, format(', user_id => %L, if_match => %L', name || '_match', e)), 'KC002', '{}', '{expected,found}', format('%s with etag "%s"', name, e)) FROM calls, unnest('{0,x}'::text[]) e;
SELECT refused(format('SELECT ' || call, format(', user_id => %L, if_match => %L', 'nobody', 'x')), 'KC002', '{"expected": "x", "found": "0"}', name || ' without a cart') FROM calls WHERE name <> 'cart_update';
SELECT is(cart_get('nobody'), NULL, 'none was made');
SELECT is(pg_temp.said(pg_temp.run(call, 'new ' || name, ', if_match => ''0'''), 'version'), '1', name || ' with the etag of no cart makes one') FROM calls WHERE name IN ('cart_add', 'cart_add_items', 'cart_apply', 'cart_set');
SELECT is(pg_temp.said(pg_temp.run(call, 'new ' || name, ', if_match => ''0'''), 'version'), '0', name || ' with the etag of no cart') FROM calls WHERE name IN ('cart_remove', 'cart_clear');
-- Both: a retry carries the etag that its first try has made old.
SELECT cart_add('{"product_id": "a"}', user_id => 'retry') ->> 'etag' AS etag \gset
SELECT is(cart_add('{"product_id": "a"}', user_id => 'retry', idempotency_key => 'k', if_match => :'etag') -> 'version', '2', 'a call with both');
SELECT is(cart_add('{"product_id": "a"}', user_id => 'retry', idempotency_key => 'k', if_match => :'etag') -> 'replayed', 'true', 'its retry is replayed');
SELECT refused(format($$ SELECT cart_add('{"product_id": "a"}', user_id => 'retry', idempotency_key => 'k3', if_match => %L) $$, :'etag'), 'KC002', '{}', 'a call that is refused');
SELECT is(cart_add('{"product_id": "a"}', user_id => 'retry', idempotency_key => 'k3') -> 'version', '3', 'has not used its key');

SELECT * FROM finish();
