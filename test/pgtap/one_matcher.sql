-- cart_items_match, the key, the index, add and merge never disagree, over generated pairs of items.
SET client_min_messages = warning;
CREATE EXTENSION cart_ext;
SELECT cart_setup();
SELECT plan(7);
SELECT setseed(0.42);

-- Items from few values, so that many pairs match, in many spellings.
CREATE FUNCTION pg_temp.one_of(VARIADIC text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT $1[1 + floor(random() * cardinality($1))::int] $$;
CREATE FUNCTION pg_temp.item() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT format('{"product_id": %s, "variant_id": %s, "dimensions": %s, "options": %s, "title": "%s"}',
        pg_temp.one_of('1', '"1"', '1.0', '"caf\u00e9"', '"cafe\u0301 "'),
        pg_temp.one_of('null', '""', '2', '"2"'),
        pg_temp.one_of('{"w": "10cm"}', '{"w": "100 mm"}', '{"w": {"value": 1e1, "unit": "cm"}}', '{"w": 10}', '{"w": "10.0"}', '[]'),
        pg_temp.one_of('{"c": "r", "s": ["a", "b"]}', '{"s": ["b", "a"], "c": " r"}', '[{"name": "c", "value": "r"}, {"name": "s", "value": ["a", "b"]}]',
                       '["x", "y"]', '["y", "x"]', '{}', '{"s": {}}', 'null'),
        random())::jsonb $$;
CREATE TEMPORARY TABLE pairs AS
    SELECT n, 'p' || n AS owner, pg_temp.item() AS a, pg_temp.item() AS b FROM generate_series(1, 1000) n;

SET cart_ext.return_cart = off;
DO $$ BEGIN
    PERFORM cart_add(a, user_id => owner), cart_add(b, user_id => owner) FROM pairs;
    PERFORM cart_add(a, user_id => 'm' || n), cart_add(b, session_token => owner) FROM pairs;
    PERFORM cart_merge('m' || n, owner) FROM pairs;
    INSERT INTO cart.carts (user_id) SELECT 'd' || n FROM pairs;
    INSERT INTO cart.items (cart_id, item) SELECT cart_id, a FROM pairs JOIN cart.carts ON user_id = 'd' || n;
    INSERT INTO cart.items (cart_id, item) SELECT cart_id, b FROM pairs JOIN cart.carts ON user_id = 'd' || n
        ON CONFLICT (tenant_id, cart_id, item_key) DO UPDATE SET quantity = items.quantity + excluded.quantity;
END $$;
CREATE TEMPORARY TABLE lines AS
    SELECT user_id, count(*) AS lines, sum(quantity) AS quantity, array_agg(item_key) AS keys
    FROM cart.carts JOIN cart.items USING (tenant_id, cart_id) WHERE user_id IS NOT NULL GROUP BY user_id;

SELECT cmp_ok((SELECT count(*) FROM pairs WHERE cart_items_match(a, b))::int, '>', 20, 'many pairs match');
SELECT cmp_ok((SELECT count(*) FROM pairs WHERE NOT cart_items_match(a, b))::int, '>', 100, 'and many do not');
SELECT is_empty($$ SELECT a, b FROM pairs WHERE cart_items_match(a, b) <> (cart_item_key(a) = cart_item_key(b)) $$, 'match is equality of keys');
SELECT is_empty($$ SELECT a, b FROM pairs WHERE (jsonb_array_length(cart_items_merge(jsonb_build_array(a), jsonb_build_array(b))) = 1) <> cart_items_match(a, b) $$,
                'cart_items_merge joins what matches');
SELECT is_empty($$ SELECT a, b, user_id FROM pairs JOIN lines ON user_id IN ('p' || n, 'm' || n, 'd' || n) WHERE (lines = 1) <> cart_items_match(a, b) $$,
                'add, merge and direct writes join what matches');
SELECT is_empty($$ SELECT a, b, user_id FROM pairs JOIN lines ON user_id IN ('p' || n, 'm' || n, 'd' || n) WHERE NOT keys @> ARRAY[cart_item_key(a), cart_item_key(b)] $$,
                'under the key that cart_item_key gives');
SELECT is((SELECT count(*) FROM lines WHERE quantity = 2)::int, 3000, 'nothing is lost');
SELECT * FROM finish();
