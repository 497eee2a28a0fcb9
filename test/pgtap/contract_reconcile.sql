-- Mending, and tenants' settings: cart_reconcile, cart_reconcile_all, cart_configure.
\ir helpers.psql
SELECT plan(95);

CREATE FUNCTION pg_temp.nothing() RETURNS jsonb LANGUAGE sql AS $$
    SELECT '{"changed": false, "carts_merged": 0, "lines_merged": 0, "lines_rekeyed": 0, "lines_repriced": 0, "lines_dropped": 0}'::jsonb $$;

-- ---- cart_configure

SELECT is(cart_configure('{}'), '{}', 'nothing is set');
SELECT is(cart_configure(settings => '{"max_lines": 2, "match_on": ["sku"]}', tenant_id => 'a'), '{"max_lines": 2, "match_on": ["sku"]}', 'cart_configure by name: what is set');
SELECT is(cart_configure('{"max_quantity": 5, "match_on": null}', 'a'), '{"max_lines": 2, "max_quantity": 5}', 'merged; null removes');
SELECT is(cart_configure('{}'), '{}', 'another tenant has its own');
SELECT is(cart_configure('{}', 'a'), '{"max_lines": 2, "max_quantity": 5}', 'which stay');
SET cart_ext.tenant_id = 'a';
SELECT is(cart_configure('{"max_lines": null}'), '{"max_quantity": 5}', 'the tenant from the setting');
RESET cart_ext.tenant_id;
SELECT refused(format('SELECT cart_configure(%L, ''a'')', s), '22023', 'cart_configure ' || s)
FROM (VALUES ('[]'), ('null'), ('1'), ('"x"'), ('{"unknown": 1}'), ('{"max_lines": 3, "unknown": 1}'), ('{"max_lines": 0}'), ('{"max_lines": -1}'), ('{"max_lines": "many"}'), ('{"max_lines": 1.5}'), ('{"max_lines": [1]}'), ('{"max_lines": 1e30}'),
             ('{"max_quantity": 0}'), ('{"max_quantity": "x"}'), ('{"max_item_bytes": 0}'), ('{"max_item_bytes": {}}'), ('{"merge_strategy": "most"}'), ('{"merge_strategy": 1}'), ('{"match_on": []}'), ('{"match_on": "sku"}'),
             ('{"match_on": [1]}'), ('{"match_on": [null]}'), ('{"match_on": [""]}'), ('{"match_on": ["quantity"]}'), ('{"match_on": ["sku", "unit_price"]}'), ('{"match_on": ["item_key"]}'), ('{"match_on": ["added_at"]}'), ('{"match_on": ["updated_at"]}'),
             ('{"match_on": ["totals"]}'), ('{"idempotency_ttl": 0}'), ('{"idempotency_ttl": -5}'), ('{"idempotency_ttl": "soon"}'), ('{"idempotency_ttl": []}')) x (s);
SELECT is(cart_configure('{}', 'a'), '{"max_quantity": 5}', 'a refused one stores nothing of it');

-- They count, for their tenant, over the settings of the server.
SELECT cart_configure('{"max_lines": 2, "max_quantity": 5, "max_item_bytes": 100, "merge_strategy": "max", "match_on": ["sku"], "idempotency_ttl": 60}', 'b') \g /dev/null
SELECT cart_add_items('[{"product_id": 1, "sku": "A"}, {"product_id": 2, "sku": "A"}, {"product_id": 2, "sku": "B"}]', 'u', tenant_id => 'b') \g /dev/null
SELECT is(string_agg(quantity || ' ' || (item ->> 'sku'), ', ' ORDER BY position), '2 A, 1 B', 'match_on decides what is one line') FROM cart.items WHERE tenant_id = 'b';
SELECT is_empty($$ SELECT item FROM cart.items WHERE tenant_id = 'b' AND item_key <> cart_item_key(item, '{sku}') $$, 'and gives the key');
SELECT refused($$ SELECT cart_add('{"product_id": 1, "sku": "C"}', user_id => 'u', tenant_id => 'b') $$, 'KC007', '{}', '{limit}', 'max_lines');
SELECT refused($$ SELECT cart_add('{"product_id": 1, "sku": "A"}', 4, user_id => 'u', tenant_id => 'b') $$, 'KC007', '{}', '{limit}', 'max_quantity');
SELECT refused($$ SELECT cart_add('{"product_id": 1, "sku": "A", "x": "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"}', user_id => 'u', tenant_id => 'b') $$, 'KC007', '{}', '{limit}', 'max_item_bytes');
SELECT is(cart_add('{"product_id": 1, "sku": "A"}', 4, user_id => 'u', tenant_id => 'c') -> 'version', '1', 'not in another tenant');
SELECT cart_add('{"product_id": 3, "sku": "A"}', session_token => 'g', tenant_id => 'b') \g /dev/null
SELECT is(told(cart_merge('u', 'g', tenant_id => 'b') #> '{merge,lines}'), 'kept 3 2+1=2', 'merge_strategy, and the same matching');
SELECT cart_add('{"product_id": 1, "sku": "A"}', user_id => 'u', tenant_id => t, idempotency_key => 'k') FROM unnest('{b,c}'::text[]) t \g /dev/null
SELECT set_config('cart_ext.clock', (now() + interval '2 minutes')::text, false) \g /dev/null
SELECT is(cart_add('{"product_id": 1, "sku": "A"}', user_id => 'u', tenant_id => 'b', idempotency_key => 'k') -> 'replayed', NULL, 'idempotency_ttl: forgotten after its time');
SELECT is(cart_add('{"product_id": 1, "sku": "A"}', user_id => 'u', tenant_id => 'c', idempotency_key => 'k') -> 'replayed', 'true', 'not in another tenant');
RESET cart_ext.clock;
SELECT is(cart_configure('{"idempotency_ttl": "24 hours"}', 'b') ? 'idempotency_ttl', true, 'it may be an interval');
INSERT INTO cart.carts (tenant_id, user_id) VALUES ('b', 'direct') RETURNING cart_id \gset
INSERT INTO cart.items (tenant_id, cart_id, item) VALUES ('b', :'cart_id', '{"product_id": 1, "sku": "D"}');
SELECT is(item_key, cart_item_key(item, '{sku}'), 'direct writes get the same keys') FROM cart.items WHERE item ->> 'sku' = 'D';
SELECT is(told(cart_add('{"product_id": 9, "sku": "D"}', user_id => 'direct', tenant_id => 'b') -> 'changes'), 'summed 9 1+1=2', 'which calls find');

-- ---- cart_reconcile

SELECT cart_add_items('[{"product_id": "a"}, {"product_id": "b"}]', 'well') \g /dev/null
SELECT is(answer -> 'reconcile', pg_temp.nothing(), 'nothing to mend') FROM cart_reconcile(user_id => 'well', session_token => NULL, tenant_id => NULL, idempotency_key => NULL, if_match => NULL) answer;
SELECT is(members(cart_reconcile('well')), 'cart reconcile', 'the answer');
SELECT is((cart_reconcile('well') -> 'cart') - 'changes', cart_get('well'), 'the cart as it stands');
SELECT is(cart_reconcile('well') #> '{cart,changes}', '[]', 'no changes');
SELECT unchanged($$ SELECT cart_reconcile('well') $$, 'nothing changes');
SELECT is(cart_reconcile('nobody'), jsonb_build_object('cart', NULL, 'reconcile', pg_temp.nothing()), 'no cart');
SELECT is(cart_get('nobody'), NULL, 'and none is made');
SELECT refused('SELECT cart_reconcile()', 'KC011', '{}', 'no owner');

-- Keys follow match_on; lines that match by it become one.
SELECT cart_add_items('[{"product_id": 1, "sku": "A", "t": "first"}, {"product_id": 2, "sku": "B"}, {"product_id": 3, "sku": "A", "quantity": 4, "t": "last"}]', 'u', tenant_id => 'r') \g /dev/null
SELECT cart_configure('{"match_on": ["sku"]}', 'r') \g /dev/null
CREATE TEMPORARY TABLE mended AS SELECT cart_reconcile('u', tenant_id => 'r') AS answer;
SELECT is((answer -> 'reconcile') - 'lines_rekeyed', pg_temp.nothing() - 'lines_rekeyed' || '{"changed": true, "lines_merged": 1}', 'lines that match become one') FROM mended;
SELECT cmp_ok((answer #>> '{reconcile,lines_rekeyed}')::int, '>=', 1, 'keys follow match_on') FROM mended;
SELECT results_eq($$ SELECT quantity, item ->> 'sku', item ->> 't' FROM cart.items WHERE tenant_id = 'r' ORDER BY position $$, $$ VALUES (5::numeric, 'A', 'last'), (1, 'B', NULL) $$, 'nothing is lost');
SELECT is_empty($$ SELECT item FROM cart.items WHERE tenant_id = 'r' AND item_key <> cart_item_key(item, '{sku}') $$, 'all keys are right');
SELECT is(answer #> '{cart,version}', '2', 'one version') FROM mended;
SELECT is((answer -> 'cart') - 'changes', cart_get('u', tenant_id => 'r'), 'the cart as it stands') FROM mended;
SELECT isnt(answer #> '{cart,changes}', '[]', 'and what changed') FROM mended;
SELECT is(cart_reconcile('u', tenant_id => 'r') -> 'reconcile', pg_temp.nothing(), 'a second call changes nothing');
SELECT unchanged($$ SELECT cart_reconcile('u', tenant_id => 'r') $$, 'nothing at all');

-- Duplicate carts become one: the oldest. Only without the index can there be any.
CREATE FUNCTION pg_temp.duplicates(owner text, tenant text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    id uuid;
BEGIN
    FOR n IN 1..3 LOOP
        INSERT INTO cart.carts (tenant_id, user_id, created_at) VALUES (tenant, owner, '2020-01-01'::timestamptz + n * interval '1 day') RETURNING cart_id INTO id;
        INSERT INTO cart.items (tenant_id, cart_id, item) VALUES (tenant, id, jsonb_build_object('product_id', 'all', 'quantity', n, 't', n)), (tenant, id, jsonb_build_object('product_id', 'of ' || n));
    END LOOP;
END $$;
DROP INDEX cart.carts_active_user, cart.carts_active_session;
ALTER TABLE cart.carts DISABLE TRIGGER cart_ext_one_active;
SELECT pg_temp.duplicates('twice', ''), pg_temp.duplicates('held back', '') \g /dev/null
TRUNCATE mended;
INSERT INTO mended SELECT cart_reconcile('twice');
SELECT is(answer -> 'reconcile', pg_temp.nothing() || '{"changed": true, "carts_merged": 2, "lines_merged": 2}', 'duplicate carts become one') FROM mended;
SELECT results_eq($$ SELECT status COLLATE "default", created_at::date, stored(cart_id) FROM cart.carts WHERE user_id = 'twice' ORDER BY created_at $$,
                  $$ VALUES ('active', '2020-01-02'::date, '6 all, 1 of 1, 1 of 2, 1 of 3'), ('merged', '2020-01-03', '2 all, 1 of 2'), ('merged', '2020-01-04', '3 all, 1 of 3') $$, 'the oldest, with all their lines');
SELECT is(item ->> 't', '3', 'the later carts'' members win') FROM cart.items JOIN cart.carts USING (tenant_id, cart_id) WHERE user_id = 'twice' AND status = 'active' AND product_id = 'all';
SELECT is_empty($$ SELECT cart_id FROM cart.carts WHERE user_id = 'twice' AND status = 'merged' AND merged_into IS DISTINCT FROM (SELECT cart_id FROM cart.carts WHERE user_id = 'twice' AND status = 'active') $$, 'the others say where they went');
SELECT is(cart_reconcile('twice') -> 'reconcile', pg_temp.nothing(), 'a second call changes nothing');
SELECT is(count(*)::int, 3, 'of nobody else') FROM cart.carts WHERE user_id = 'held back' AND status = 'active';
-- Without limits: nothing may be lost.
SELECT cart_configure('{"max_lines": 2, "max_quantity": 3}', 'small') \g /dev/null
SELECT pg_temp.duplicates('u', 'small') \g /dev/null
SELECT is(lines(cart_reconcile('u', tenant_id => 'small') -> 'cart'), '6 all, 1 of 1, 1 of 2, 1 of 3', 'limits do not count here');
-- A guest's, too.
INSERT INTO cart.carts (session_hash, created_at) SELECT sha256('g2'), d::timestamptz FROM unnest('{2020-01-01,2020-01-02}'::text[]) d;
INSERT INTO cart.items (cart_id, item) SELECT cart_id, '{"product_id": "x"}' FROM cart.carts WHERE session_hash = sha256('g2');
SELECT is(lines(cart_reconcile(session_token => 'g2') -> 'cart'), '2 x', 'a guest''s');

-- ---- cart_reconcile_all

SELECT pg_temp.duplicates(o, t) FROM unnest('{one,two,three}'::text[]) o, unnest('{"",s}'::text[]) t \g /dev/null
SELECT is(answer - '{owners,carts_merged,lines_merged}'::text[], '{"changed": true, "lines_rekeyed": 0, "lines_repriced": 0, "lines_dropped": 0}', 'cart_reconcile_all by name') FROM cart_reconcile_all(max_owners => 1, tenant_id => 's') answer;
SELECT is(count(*)::int, 7, 'one owner of that tenant') FROM cart.carts WHERE tenant_id = 's' AND status = 'active';
SELECT is(cart_reconcile_all(tenant_id => 's'), '{"owners": 2, "changed": true, "carts_merged": 4, "lines_merged": 4, "lines_rekeyed": 0, "lines_repriced": 0, "lines_dropped": 0}', 'the others of that tenant');
SELECT is(cart_reconcile_all(), '{"owners": 4, "changed": true, "carts_merged": 8, "lines_merged": 8, "lines_rekeyed": 0, "lines_repriced": 0, "lines_dropped": 0}', 'all of all tenants');
SELECT is(cart_reconcile_all(NULL, NULL), '{"owners": 0, "changed": false, "carts_merged": 0, "lines_merged": 0, "lines_rekeyed": 0, "lines_repriced": 0, "lines_dropped": 0}', 'a second call changes nothing');
SELECT unchanged('SELECT cart_reconcile_all()', 'nothing at all');
SELECT is_empty($$ SELECT user_id FROM cart.carts WHERE status = 'active' AND user_id IN ('one', 'two', 'three', 'held back') AND stored(cart_id) <> '6 all, 1 of 1, 1 of 2, 1 of 3' $$, 'each has all its lines');
SELECT is(cart_setup() -> 'changes', '["created index cart.carts_active_user", "created index cart.carts_active_session", "enabled the trigger on cart.carts"]', 'and the indexes can be built');
-- It says of every owner what cart_reconcile says.
DROP INDEX cart.carts_active_user, cart.carts_active_session;
ALTER TABLE cart.carts DISABLE TRIGGER cart_ext_one_active;
SELECT pg_temp.duplicates('same', t) FROM unnest('{a1,a2}'::text[]) t \g /dev/null
SELECT cart_configure('{"match_on": ["sku"]}', t) FROM unnest('{a1,a2}'::text[]) t \g /dev/null
SELECT cart_reconcile('same', tenant_id => 'a1'), cart_reconcile_all(tenant_id => 'a2') \g /dev/null
SELECT bag_eq($$ SELECT status COLLATE "default", version, quantity, item, position, created_at FROM cart.carts JOIN cart.items USING (tenant_id, cart_id) WHERE tenant_id = 'a1' $$,
              $$ SELECT status COLLATE "default", version, quantity, item, position, created_at FROM cart.carts JOIN cart.items USING (tenant_id, cart_id) WHERE tenant_id = 'a2' $$, 'it does what cart_reconcile does');
-- Over generated carts: nothing is lost, whatever stood where and under which key.
CREATE FUNCTION pg_temp.some() RETURNS jsonb LANGUAGE sql VOLATILE AS $$ SELECT jsonb_build_object('product_id', floor(random() * 4), 'sku', floor(random() * 3), 'quantity', floor(random() * 9) + 1) $$;
SELECT setseed(0.9);
DO $$
DECLARE
    id uuid;
BEGIN
    SET LOCAL cart_ext.loading = on;
    FOR n IN 1..200 LOOP
        INSERT INTO cart.carts (tenant_id, user_id, cart_id) VALUES ('random', 'u' || n % 60, gen_random_uuid()) RETURNING cart_id INTO id;
        INSERT INTO cart.items (tenant_id, cart_id, item_key, position, product_id, quantity, item)
            SELECT 'random', id, CASE WHEN random() < 0.3 THEN gen_random_uuid() ELSE cart_item_key(i) END, p, i ->> 'product_id', (i ->> 'quantity')::numeric, i - 'quantity'
            FROM (SELECT p, pg_temp.some() AS i FROM generate_series(1, 5) p) x ON CONFLICT DO NOTHING;
    END LOOP;
END $$;
SELECT cart_configure('{"match_on": ["sku"]}', 'random') \g /dev/null
CREATE TEMPORARY VIEW wanted AS SELECT user_id, item ->> 'sku' AS sku, sum(quantity) AS quantity FROM cart.carts JOIN cart.items USING (tenant_id, cart_id) WHERE tenant_id = 'random' AND status = 'active' GROUP BY 1, 2;
CREATE TEMPORARY TABLE had AS SELECT * FROM wanted;
SELECT is((SELECT count(*) FROM cart_reconcile('u' || n, tenant_id => 'random') a WHERE a #> '{reconcile,changed}' = 'true')::int, 1, 'mended: u' || n) FROM generate_series(0, 2) n;
SELECT cart_reconcile_all(tenant_id => 'random') \g /dev/null
SELECT set_eq('SELECT * FROM wanted', 'SELECT * FROM had', 'per owner and identity, quantities are what they were');
SELECT is_empty($$ SELECT user_id, sku FROM cart.carts JOIN cart.items USING (tenant_id, cart_id), jsonb_to_record(item) AS i (sku text) WHERE tenant_id = 'random' AND status = 'active' GROUP BY 1, 2 HAVING count(*) > 1 OR bool_or(item_key <> cart_item_key(item, '{sku}')) $$,
                'each on one line, under its key');
SELECT is(cart_reconcile_all(tenant_id => 'random') -> 'changed', 'false', 'a second call changes nothing');
SELECT is(count(*)::int, 60, 'one cart an owner') FROM cart.carts WHERE tenant_id = 'random' AND status = 'active';
SELECT cart_setup() \g /dev/null
SELECT refused('SELECT cart_reconcile_all(-1)', '22023', 'fewer than none');

SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT * FROM finish();
