-- Items without tables (section 2): identity, matching, merging.
\ir helpers.psql
SELECT plan(92);

-- The contract's table, row by row.
CREATE TEMPORARY TABLE examples (rule text, a jsonb, b jsonb, equal boolean);
INSERT INTO examples
SELECT rule, ('{"product_id": 1, ' || a || '}')::jsonb, ('{"product_id": 1, ' || b || '}')::jsonb, equal FROM (VALUES
    ('member order', '"options": {"a":1,"b":2}', '"options": {"b":2,"a":1}', true),
    ('10 and 10.0', '"options": {"n": 10}', '"options": {"n": 10.0}', true),
    ('10 and 1e1', '"options": {"n": 10}', '"options": {"n": 1e1}', true),
    ('10 and 10.5', '"options": {"n": 10}', '"options": {"n": 10.5}', false),
    ('no options and {}', '"x": 1', '"options": {}', true),
    ('no options and null', '"x": 1', '"options": null', true),
    ('no options and ""', '"x": 1', '"options": ""', true),
    ('no options and []', '"x": 1', '"options": []', true),
    ('nothing inside', '"options": {"a": null, "b": {"c": []}}', '"x": 1', true),
    ('0 is something', '"material": 0', '"x": 1', false),
    ('false is something', '"material": false', '"x": 1', false),
    ('0 and false', '"material": 0', '"material": false', false),
    ('composed and decomposed', '"material": "Caf\u00e9"', '"material": "Cafe\u0301"', true),
    ('outer white space', '"material": "  red\t"', '"material": "red"', true),
    ('case', '"material": "red"', '"material": "Red"', false),
    ('inner white space', '"material": "a b"', '"material": "a  b"', false),
    ('variant 7 and "7"', '"variant_id": 7', '"variant_id": "7"', true),
    ('option "10" and 10', '"options": {"n": "10"}', '"options": {"n": 10}', false),
    ('10cm and 100 mm', '"dimensions": {"w": "10cm"}', '"dimensions": {"w": "100 mm"}', true),
    ('10cm and an object', '"dimensions": {"w": "10cm"}', '"dimensions": {"w": {"value":10,"unit":"cm"}}', true),
    ('dimension 10 and "10"', '"dimensions": {"w": 10}', '"dimensions": {"w": "10"}', true),
    ('dimension 10 and 10cm', '"dimensions": {"w": 10}', '"dimensions": {"w": "10cm"}', false),
    ('1kg and 1m', '"dimensions": "1kg"', '"dimensions": "1m"', false),
    ('m', '"dimensions": "1m"', '"dimensions": "1000mm"', true),
    ('in', '"dimensions": "1in"', '"dimensions": "25.4mm"', true),
    ('ft', '"dimensions": "1ft"', '"dimensions": "304.8mm"', true),
    ('yd', '"dimensions": "1yd"', '"dimensions": "36 in"', true),
    ('kg', '"dimensions": "1kg"', '"dimensions": "1000g"', true),
    ('lb', '"dimensions": "1lb"', '"dimensions": "453.59237g"', true),
    ('oz', '"dimensions": "16oz"', '"dimensions": "1lb"', true),
    ('l', '"dimensions": "1l"', '"dimensions": "1000 ml"', true),
    ('choices are a set', '"options": ["gift","engrave"]', '"options": ["engrave","gift"]', true),
    ('choices inside', '"options": {"x": {"y": ["gift","engrave"]}}', '"options": {"x": {"y": ["engrave","gift"]}}', true),
    ('repeats count', '"options": ["a","a"]', '"options": ["a"]', false),
    ('a list', '"material": [1,2]', '"material": [2,1]', false),
    ('a list of dimensions', '"dimensions": [1,2]', '"dimensions": [2,1]', false),
    ('name and value', '"options": [{"name":"color","value":"red"},{"name":"n","value":1}]', '"options": {"n":1.0,"color":"red"}', true),
    ('other members', '"title": "a", "quantity": 3, "unit_price": 1, "item_key": 1, "added_at": 1, "updated_at": 1, "totals": 1, "tax_rate": 0.1, "discount": {"type": "percent", "value": 5}, "discountable": false', '"x": 2', true),
    ('another variant', '"variant_id": 1', '"variant_id": 2', false),
    ('another material', '"material": "oak"', '"material": "ash"', false)
) x (rule, a, b, equal)
UNION ALL VALUES
    ('product 7 and "7"', '{"product_id": 7}'::jsonb, '{"product_id": "7"}'::jsonb, true),
    ('product 7 and 7.0', '{"product_id": 7}', '{"product_id": 7.0}', true),
    ('another product', '{"product_id": "a"}', '{"product_id": "b"}', false),
    ('nothing lends its value to another member', '{"product_id": 1, "variant_id": 2}', '{"product_id": 1, "material": 2}', false);
SELECT is(cart_items_match(a, b), equal, rule || CASE WHEN equal THEN ': the same' ELSE ': another' END) FROM examples;
SELECT is_empty($$ SELECT rule FROM examples WHERE cart_items_match(b, a) <> equal OR (cart_item_key(a) = cart_item_key(b)) <> equal
                   OR NOT cart_items_match(a, a) OR NOT cart_items_match(b, b) $$, 'symmetric, reflexive, and as the keys say');
SELECT is_empty($$ SELECT x.a, y.a, z.a FROM examples x, examples y, examples z WHERE cart_items_match(x.a, y.b) AND cart_items_match(y.b, z.a) AND NOT cart_items_match(x.a, z.a) $$,
                'transitive');
-- 128 bits of SHA-256; tables hold them, so no release may change them.
SELECT is(cart_item_key('{"product_id": "mug", "options": {"color": "red"}}'), '1e234036-0a19-585d-8fb0-8fa359610700', 'the key is what it was');

-- Parameters: by position, by name, defaults, NULL.
SELECT is(cart_item_key(item => '{"product_id": 1, "sku": 2}', match_on => '{sku}'), cart_item_key('{"product_id": 9, "sku": 2}', '{sku}'), 'cart_item_key by name');
SELECT is(cart_item_key('{"product_id": 1}'), cart_item_key('{"product_id": 1}', NULL), 'match_on NULL is the default');
SELECT is(cart_item_key('{"product_id": 1, "variant_id": 2}'), cart_item_key('{"product_id": 1, "variant_id": 2}', '{product_id,variant_id,dimensions,material,options}'), 'which is the contract''s list');
SELECT ok(cart_items_match(a => '{"product_id": 1, "sku": 2}', b => '{"product_id": 3, "sku": 2}', match_on => '{sku}'), 'cart_items_match by name');
SELECT is(cart_item_key('{"product_id": 1}', '{product_id,variant_id}'), cart_item_key('{"product_id": 1}', '{variant_id,product_id}'), 'the order of match_on does not matter');
SELECT is(cart_item_key(NULL), NULL, 'no item, no key');
SELECT is(cart_items_match(NULL, '{"product_id": 1}'), NULL, 'no item, no match');
SELECT is(cart_items_match('{"product_id": 1}', NULL), NULL, 'nor the other way');
SELECT is(cart_items_merge(NULL, '[]'), NULL, 'nothing to merge');
SELECT is(cart_items_merge('[]', NULL), NULL, 'nor the other way');

-- Merging.
CREATE FUNCTION pg_temp.merged(strategy text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', i ->> 'quantity', i ->> 'product_id', i ->> 't', i ->> 'unit_price', i ->> 'old', i ->> 'new'), ', ' ORDER BY n)
    FROM jsonb_array_elements(cart_items_merge(
        existing => '[{"product_id": "a", "quantity": 2, "t": "old", "unit_price": 1, "old": "o"}, {"product_id": "b", "quantity": 3}]',
        incoming => '[{"product_id": "c", "quantity": 4}, {"product_id": "a", "quantity": 5, "t": "new", "unit_price": 7, "new": "n"}]',
        strategy => strategy, match_on => NULL)) WITH ORDINALITY x (i, n) $$;
SELECT is(pg_temp.merged(NULL), '7 a new 7 o n, 3 b, 4 c', 'no strategy is sum');
SELECT is(pg_temp.merged('sum'), '7 a new 7 o n, 3 b, 4 c', 'sum: quantities add up, the newer members win, existing first');
SELECT is(pg_temp.merged('max'), '5 a new 7 o n, 3 b, 4 c', 'max: the larger quantity');
SELECT is(pg_temp.merged('incoming'), '5 a new 7 o n, 3 b, 4 c', 'incoming: its quantity replaces');
SELECT is(pg_temp.merged('existing'), '2 a old 1 o n, 3 b, 4 c', 'existing: quantity and members stay');
SELECT is(cart_items_merge('[{"product_id": 1, "quantity": 9}]', '[{"product_id": 1, "quantity": 2}]', 'max') -> 0 ->> 'quantity', '9', 'max keeps a larger existing one');
SELECT is(jsonb_array_length(cart_items_merge('[{"product_id": 1}, {"product_id": "1"}]', '[{"product_id": 2}, {"product_id": 2.0}]')), 2, 'within a side, too');
SELECT is(cart_items_merge('[{"product_id": 1, "quantity": 0.1}]', '[{"product_id": 1, "quantity": 0.2}]') -> 0 ->> 'quantity', '0.3', 'exactly');
SELECT is((cart_items_merge('[{"product_id": 1}]', '[{"product_id": "1"}]') -> 0 ->> 'quantity'), '2', 'a missing quantity is 1');
SELECT is(jsonb_array_length(cart_items_merge('[{"product_id": 1, "sku": 1}]', '[{"product_id": 2, "sku": 1}]', match_on => '{sku}')), 1, 'match_on decides');
SELECT is(cart_items_merge('[]', '[]'), '[]', 'nothing and nothing');
SELECT is(cart_items_merge('[{"product_id": 1, "note": {"b": [1, null], "a": 1.50}}]', '[]') #>> '{0,note}', '{"a": 1.50, "b": [1, null]}', 'other members stay as they came');

-- Conserved under sum, over generated carts: per identity, after = existing + incoming.
SELECT setseed(0.7);
CREATE FUNCTION pg_temp.some() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT jsonb_agg(jsonb_build_object('product_id', floor(random() * 4), 'quantity', floor(random() * 9) + 1, 'options', jsonb_build_object('o', floor(random() * 2)))) FROM generate_series(1, 6) $$;
CREATE TEMPORARY TABLE generated AS SELECT n, pg_temp.some() AS a, pg_temp.some() AS b FROM generate_series(1, 300) n;
SELECT is_empty($$ SELECT n, key, sum(quantity) FROM (
        SELECT n, cart_item_key(i) AS key, (i ->> 'quantity')::numeric AS quantity FROM generated, jsonb_array_elements(a || b) i
        UNION ALL SELECT n, cart_item_key(i), -(i ->> 'quantity')::numeric FROM generated, jsonb_array_elements(cart_items_merge(a, b)) i) x
    GROUP BY n, key HAVING sum(quantity) <> 0 $$, 'sum conserves quantities');
SELECT is_empty($$ SELECT n FROM generated, unnest('{max,incoming,existing}'::text[]) s WHERE cart_items_merge(cart_items_merge(a, b, s), b, s) <> cart_items_merge(a, b, s)
                   AND NOT EXISTS (SELECT FROM jsonb_array_elements(b) i GROUP BY cart_item_key(i) HAVING count(*) > 1) $$, 'the others repeat without effect');

-- Refused.
SELECT refused(format('SELECT cart_item_key(%L)', i), 'KC004', 'an item must not be ' || i)
FROM (VALUES ('[]'), ('null'), ('true'), ('1'), ('"x"'), ('{}'), ('{"product_id": null}'), ('{"product_id": ""}'), ('{"product_id": " "}'), ('{"product_id": true}'),
             ('{"product_id": []}'), ('{"product_id": {}}')) x (i);
SELECT refused($$ SELECT cart_items_match('{"product_id": 1}', '{"product_id": {}}') $$, 'KC004', 'nor the second to match');
SELECT refused($$ SELECT cart_items_merge('[]', '[{"product_id": 1}, 7]') $$, 'KC004', '{"index": 1}', 'nor one to merge: it is named by its index');
SELECT refused($$ SELECT cart_items_merge('[{"product_id": 1}, {"product_id": 1, "quantity": -2}]', '[]') $$, 'KC005', '{"index": 1}', 'nor its quantity');
SELECT refused($$ SELECT cart_items_merge('[]', '[]', 'both') $$, '22023', 'an unknown strategy');
SELECT refused($$ SELECT cart_item_key('{"product_id": 1}', '{}') $$, '22023', 'no member to match on');
SELECT refused($$ SELECT cart_item_key('{"product_id": 1}', '{a,NULL}') $$, '22023', 'NULL to match on');

-- Tokens.
SELECT matches(cart_session_create(), '^[A-Za-z0-9_-]{43}$', 'a token has 43 characters of base64url');
SELECT is(count(DISTINCT token)::int, 10000, 'no two are the same') FROM (SELECT cart_session_create() AS token FROM generate_series(1, 10000)) x;
SELECT unchanged('SELECT cart_session_create()', 'and nothing is written');

SELECT * FROM finish();
