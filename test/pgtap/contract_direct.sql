-- What holds whoever writes (section 7): direct INSERT, UPDATE and DELETE on cart.carts and cart.items.
\ir helpers.psql
SELECT plan(51);

-- One active cart an owner.
INSERT INTO cart.carts (user_id) VALUES ('u') RETURNING cart_id \gset
SELECT results_eq($$ SELECT tenant_id COLLATE "default", status COLLATE "default", version::int, till_id COLLATE "default", metadata, session_hash, merged_into, currency COLLATE "default", created_at <= now() FROM cart.carts WHERE user_id = 'u' $$,
                  $$ VALUES ('', 'active', 1, '', '{}'::jsonb, NULL::bytea, NULL::uuid, NULL, true) $$, 'an INSERT may leave out all that follows');
SELECT matches(:'cart_id'::text, '^.{14}7', 'the id is a UUID of version 7');
SELECT throws_ok(call, '23505', NULL, 'no second active cart: ' || what) FROM (VALUES
    ('of a user', $$ INSERT INTO cart.carts (user_id) VALUES ('u') $$),
    ('by COPY or many rows', $$ INSERT INTO cart.carts (user_id) SELECT 'two' FROM generate_series(1, 2) $$),
    ('of a guest', $$ INSERT INTO cart.carts (session_hash) SELECT sha256('g') FROM generate_series(1, 2) $$),
    ('by a status', $$ WITH h AS (INSERT INTO cart.carts (user_id, status) VALUES ('h', 'held'), ('h', 'active')) SELECT; UPDATE cart.carts SET status = 'active' WHERE user_id = 'h' $$),
    ('by another name', $$ INSERT INTO cart.carts (user_id) VALUES ('v'); UPDATE cart.carts SET user_id = 'u' WHERE user_id = 'v' $$)) x (what, call);
SELECT lives_ok(call, 'but ' || what) FROM (VALUES
    ('in another tenant', $$ INSERT INTO cart.carts (tenant_id, user_id) VALUES ('t', 'u') $$),
    ('at a till', $$ INSERT INTO cart.carts (user_id, till_id) VALUES ('u', 'till') $$),
    ('of another status', $$ INSERT INTO cart.carts (user_id, status) SELECT 'u', s FROM unnest('{held,checkout,ordered,abandoned}'::text[]) s $$),
    ('ON CONFLICT', $$ INSERT INTO cart.carts (user_id) VALUES ('u') ON CONFLICT DO NOTHING $$)) x (what, call);
SELECT is(cart_get('u') ->> 'cart_id', :'cart_id', 'calls find it');
-- Refused by the tables' rules, with a check's SQLSTATE.
SELECT refused(format('INSERT INTO cart.carts %s', what), '23514', '{}', 'refused: ' || what) FROM unnest(ARRAY['(user_id, status) VALUES (''x'', ''open'')', 'DEFAULT VALUES',
    '(user_id, session_hash) VALUES (''x'', sha256(''x''))', '(session_hash) VALUES (''short'')']) what;

-- Lines: key, product and position follow the item.
INSERT INTO cart.items (cart_id, item) VALUES (:'cart_id', '{"product_id": "a", "quantity": 2, "unit_price": 5, "options": ["x", "y"], "title": "A", "totals": 1, "item_key": 1}'), (:'cart_id', '{"product_id": 7}');
INSERT INTO cart.items (cart_id, product_id, quantity) VALUES (:'cart_id', 'b', 3);
SELECT results_eq($$ SELECT product_id, quantity, unit_price, item, item_key = cart_item_key(item) FROM cart.items ORDER BY position $$,
    $$ VALUES ('a', 2::numeric, 5::numeric, '{"product_id": "a", "options": ["x", "y"], "title": "A"}'::jsonb, true), ('7', 1, NULL, '{"product_id": 7}', true), ('b', 3, NULL, '{"product_id": "b"}', true) $$, 'what an INSERT leaves out follows');
SELECT is(lines(cart_get('u')), '2 a, 1 7, 3 b', 'calls read them in their order');
SELECT is(told(cart_add('{"product_id": "a", "options": ["y", "x"]}', user_id => 'u') -> 'changes'), 'summed a 2+1=3', 'calls find the line that a direct write made');
INSERT INTO cart.items (cart_id, item) VALUES (:'cart_id', '{"product_id": "a", "options": ["y", "x"]}') ON CONFLICT (tenant_id, cart_id, item_key) DO UPDATE SET quantity = items.quantity + excluded.quantity;
SELECT is(quantity, 4.0, 'INSERT ... ON CONFLICT finds the line of a call') FROM cart.items WHERE product_id = 'a';
SELECT throws_ok(format($$ INSERT INTO cart.items (cart_id, item) VALUES (%L, '{"product_id": "b"}') $$, :'cart_id'), '23505', NULL, 'no second line of one identity');
UPDATE cart.items SET item = item || '{"options": ["z"]}' WHERE product_id = 'a';
SELECT results_eq($$ SELECT item_key, quantity FROM cart.items WHERE product_id = 'a' $$, $$ VALUES (cart_item_key('{"product_id": "a", "options": ["z"]}'), 4::numeric) $$, 'a changed identity moves the key');
UPDATE cart.items SET item_key = gen_random_uuid(), position = 1 WHERE product_id = 'a';
SELECT is(item_key, cart_item_key(item), 'a key cannot be set') FROM cart.items WHERE product_id = 'a';
SELECT throws_ok($$ UPDATE cart.items SET item = '{"product_id": "b"}' WHERE product_id = 'a' $$, '23505', NULL, 'no line takes the identity of another');
SELECT refused(format('INSERT INTO cart.items (cart_id, item, quantity) VALUES (%L, ''{"product_id": "q"}'', %s)', :'cart_id', q), '23514', '{}', 'quantity ' || q) FROM unnest('{0,-1}'::text[]) q;
SELECT refused('UPDATE cart.items SET quantity = 0', '23514', '{}', 'a quantity is above 0');
SELECT refused('UPDATE cart.items SET unit_price = -1', '23514', '{}', 'a price is not below 0');
SELECT refused(format('INSERT INTO cart.items (cart_id, item) VALUES (%L, %L)', :'cart_id', i), 'KC004', '{}', 'no item: ' || i::text) FROM unnest('{"[]","{}","{\"product_id\": \"\"}"}'::jsonb[]) i;

-- The version rises.
CREATE FUNCTION pg_temp.rises(call text, description text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before bigint := (SELECT version FROM cart.carts WHERE user_id = 'u' AND status = 'active' AND tenant_id = '' AND till_id = '');
BEGIN
    EXECUTE call;
    RETURN cmp_ok((SELECT version FROM cart.carts WHERE user_id = 'u' AND status = 'active' AND tenant_id = '' AND till_id = ''), '>', before, description);
END $$;
SELECT pg_temp.rises(format($$ INSERT INTO cart.items (cart_id, item) VALUES (%L, '{"product_id": "v"}') $$, :'cart_id'), 'the version rises by an INSERT of a line');
SELECT pg_temp.rises($$ UPDATE cart.items SET quantity = 9 WHERE product_id = 'v' $$, 'by an UPDATE');
SELECT pg_temp.rises($$ DELETE FROM cart.items WHERE product_id = 'v' $$, 'by a DELETE');
SELECT pg_temp.rises(format($$ UPDATE cart.carts SET label = 'x' WHERE cart_id = %L $$, :'cart_id'), 'by an UPDATE of the cart');
SELECT pg_temp.rises(format($$ UPDATE cart.carts SET version = 1 WHERE cart_id = %L $$, :'cart_id'), 'also where it is written itself');
SELECT cart_get('u') ->> 'etag' AS etag \gset
DELETE FROM cart.items WHERE product_id = 'b';
SELECT refused(format($$ SELECT cart_clear('u', if_match => %L) $$, :'etag'), 'KC002', '{}', 'so that if_match sees direct writes');

-- Lines change only while the cart is active.
UPDATE cart.carts SET status = 'checkout' WHERE cart_id = :'cart_id';
SELECT refused(format(call, :'cart_id'), 'KC006', '{}', 'not while it is not active: ' || call) FROM unnest(ARRAY[
    $$INSERT INTO cart.items (cart_id, item) VALUES (%L, '{"product_id": "late"}')$$, 'UPDATE cart.items SET quantity = 1 WHERE cart_id = %L', 'DELETE FROM cart.items WHERE cart_id = %L']) call;
SELECT is(cart_get('u'), NULL, 'nor is it the active cart');
SELECT isnt(cart_add('{"product_id": "new"}', user_id => 'u') ->> 'cart_id', :'cart_id', 'a call makes another');
SELECT throws_ok(format($$ UPDATE cart.carts SET status = 'active' WHERE cart_id = %L $$, :'cart_id'), '23505', NULL, 'which is then the active one');
SELECT lives_ok(format('DELETE FROM cart.carts WHERE cart_id = %L', :'cart_id'), 'a cart can be deleted, as long as it is not ordered');
SELECT is_empty(format('SELECT FROM cart.items WHERE cart_id = %L', :'cart_id'), 'with its lines');
SELECT throws_ok($$ INSERT INTO cart.items (cart_id, item) VALUES (gen_random_uuid(), '{"product_id": "x"}') $$, '23503', NULL, 'no line without a cart');

-- Replication and loading.
SET session_replication_role = replica;
INSERT INTO cart.carts (cart_id, user_id, version, status) VALUES (gen_random_uuid(), 'replica', 5, 'active');
INSERT INTO cart.items (cart_id, item_key, position, product_id, quantity, item) SELECT cart_id, '00000000-0000-0000-0000-000000000001', 3, 'r', 2, '{"product_id": "r"}' FROM cart.carts WHERE user_id = 'replica';
UPDATE cart.items SET quantity = 3 WHERE product_id = 'r';
RESET session_replication_role;
SELECT results_eq($$ SELECT version::int, item_key, position::int, quantity FROM cart.carts JOIN cart.items USING (tenant_id, cart_id) WHERE user_id = 'replica' $$,
                  $$ VALUES (5, '00000000-0000-0000-0000-000000000001'::uuid, 3, 3::numeric) $$, 'the triggers do not fire when replication applies changes');
SET cart_ext.loading = on;
UPDATE cart.carts SET version = 2 WHERE user_id = 'replica';
RESET cart_ext.loading;
SELECT is(version::int, 2, 'nor under cart_ext.loading') FROM cart.carts WHERE user_id = 'replica';
-- … which counts for who may act as the tables' owner.
CREATE ROLE regress_cart_writer;
SELECT cart_grant('regress_cart_writer', 'application') \g /dev/null
SET ROLE regress_cart_writer;
SET cart_ext.loading = on;
SELECT throws_ok($$ INSERT INTO cart.carts (user_id, status) VALUES ('w', 'odd') $$, '23514', NULL, 'for nobody else');
RESET cart_ext.loading;
INSERT INTO cart.carts (user_id) VALUES ('w') RETURNING cart_id \gset
INSERT INTO cart.items (cart_id, item) VALUES (:'cart_id', '{"product_id": "w"}');
UPDATE cart.items SET quantity = 2 WHERE product_id = 'w';
RESET ROLE;
SELECT is(lines(cart_get('w')), '2 w', 'an application may write the tables');
DROP OWNED BY regress_cart_writer;
DROP ROLE regress_cart_writer;
DELETE FROM cart.carts WHERE user_id = 'replica';

SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT * FROM finish();
