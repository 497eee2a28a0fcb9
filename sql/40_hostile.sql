-- Input that nobody means well with: a clear error or the right answer, nothing half written, and never a crash.
\set VERBOSITY sqlstate
\set SHOW_CONTEXT never

-- Each wrong JSON type for an item and for its members, by every call that takes one.
CREATE TEMPORARY TABLE wrong (item jsonb);
INSERT INTO wrong SELECT v FROM (VALUES ('null'::jsonb), ('true'), ('1'), ('"x"'), ('[]'), ('[{"product_id": 1}]'), ('{}')) x (v)
    UNION ALL SELECT jsonb_build_object('product_id', v) FROM (VALUES ('null'::jsonb), ('true'), ('""'), ('" "'), ('"\u3000"'), ('[]'), ('{}'), ('[1]'), ('{"a": 1}')) x (v)
    UNION ALL SELECT jsonb_build_object('product_id', 1, 'quantity', v) FROM (VALUES ('true'::jsonb), ('"1"'), ('[]'), ('{}'), ('0'), ('-1'), ('0.0'), ('1e-40'), ('1e40')) x (v)
    UNION ALL SELECT jsonb_build_object('product_id', 1, 'unit_price', v) FROM (VALUES ('true'::jsonb), ('"1"'), ('[]'), ('{}'), ('-0.01'), ('1e-40'), ('1e40')) x (v);
CREATE FUNCTION pg_temp.try(call text, item jsonb, OUT code text, OUT detail text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE call USING item;
    code := 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
    detail := detail::jsonb::text;
END $$;
SELECT item, t.code, t.detail, b.code = t.code AS same_in_array, m.code = t.code AS same_in_merge, k.code = t.code AS same_in_match, d.code = t.code AS same_directly
FROM wrong, pg_temp.try('SELECT cart_add($1, user_id => ''hostile'')', item) t,
     pg_temp.try('SELECT cart_add_items(jsonb_build_array($1), user_id => ''hostile'')', item) b,
     pg_temp.try('SELECT cart_items_merge(jsonb_build_array($1), ''[]'')', item) m,
     pg_temp.try('SELECT cart_items_match($1, ''{"product_id": 1}'')', item) k,
     pg_temp.try('INSERT INTO cart.items (cart_id, item) VALUES (gen_random_uuid(), $1)', item) d;
SELECT count(*) AS written FROM cart.carts WHERE user_id = 'hostile';

-- NaN and infinity as the quantity; NULL as the item.
SELECT q, t.code, t.detail FROM unnest('{NaN,Infinity,-Infinity,0,-1,1e40,1e-40}'::numeric[]) q,
    pg_temp.try(format('SELECT cart_add(''{"product_id": 1}'', %L, user_id => ''hostile'')', q), NULL) t;
SELECT cart_add(NULL, user_id => 'hostile');
SELECT cart_add_items(NULL, user_id => 'hostile');
SELECT cart_add_items('{"product_id": 1}', user_id => 'hostile');

-- The offending value is cut to a sane length, between characters.
SELECT length(t.detail), right(t.detail::jsonb ->> 'found', 1) FROM pg_temp.try('SELECT cart_add($1, user_id => ''hostile'')', jsonb_build_object('product_id', 1, 'quantity', repeat('é', 1000000))) t;

-- Escapes of lone surrogates and of zero are refused by jsonb itself.
SELECT cart_item_key('{"product_id": "\ud800"}');
SELECT cart_item_key('{"product_id": "\udc00\ud800"}');
SELECT cart_item_key('{"product_id": "\u0000"}');
-- A pair of them is a character.
SELECT cart_items_match('{"product_id": "\ud83d\ude00"}', '{"product_id": "😀"}');

-- 3,000 deep.
CREATE FUNCTION pg_temp.nested(depth int, core text) RETURNS jsonb LANGUAGE sql AS $$ SELECT (repeat('[', depth) || core || repeat(']', depth))::jsonb $$;
SELECT cart_items_match(jsonb_build_object('product_id', 1, m, pg_temp.nested(3000, '1')), jsonb_build_object('product_id', 1, m, pg_temp.nested(3000, '1.0'))) AS same,
       cart_items_match(jsonb_build_object('product_id', 1, m, pg_temp.nested(3000, '1')), jsonb_build_object('product_id', 1, m, pg_temp.nested(3000, '2'))) AS other,
       cart_items_match(jsonb_build_object('product_id', 1, m, pg_temp.nested(3000, '1')), jsonb_build_object('product_id', 1, m, pg_temp.nested(2999, '1'))) AS shallower
FROM unnest('{options,dimensions,material}'::text[]) m;
SELECT cart_add(jsonb_build_object('product_id', 1, 'options', pg_temp.nested(3000, '1'), 'note', pg_temp.nested(3000, '{"a": 1}')), user_id => 'deep') -> 'totals' -> 'quantity';
SELECT cart_add(jsonb_build_object('product_id', 1, 'options', pg_temp.nested(3000, '1')), user_id => 'deep') -> 'totals' -> 'quantity';
SELECT cart_item_key((repeat('{"a":', 3000) || '1' || repeat('}', 3000))::jsonb || '{"product_id": 1}') IS NOT NULL;

-- Strings of 2 MB.
SELECT cart_items_match(jsonb_build_object('product_id', repeat('x', 2000000)), jsonb_build_object('product_id', ' ' || repeat('x', 2000000))) AS same,
       cart_items_match(jsonb_build_object('product_id', repeat('x', 2000000)), jsonb_build_object('product_id', repeat('x', 1999999) || 'y')) AS other,
       cart_items_match(jsonb_build_object('product_id', repeat(U&'e\0301', 500000)), jsonb_build_object('product_id', repeat('é', 500000))) AS composed;
SELECT cart_add(jsonb_build_object('product_id', repeat('x', 2000000)), user_id => 'hostile');
SELECT cart_add(jsonb_build_object('product_id', 1, 'note', repeat('x', 2000000)), user_id => 'hostile');
SELECT cart_item_key(jsonb_build_object('product_id', 'a' || repeat(U&'\0301\0323', 500000)));

-- Numbers of 1,000 digits and more.
SELECT cart_items_match(format('{"product_id": %s}', repeat('9', 1000))::jsonb, format('{"product_id": "%s"}', repeat('9', 1000))::jsonb) AS same,
       cart_items_match(format('{"product_id": 1, "dimensions": "%sm"}', repeat('9', 1000))::jsonb, format('{"product_id": 1, "dimensions": "%s000 mm"}', repeat('9', 1000))::jsonb) AS same_measure,
       cart_items_match(format('{"product_id": 1, "dimensions": 0.%s}', repeat('9', 1000))::jsonb, format('{"product_id": 1, "dimensions": 0.%s8}', repeat('9', 999))::jsonb) AS other,
       cart_items_match('{"product_id": 1, "options": 1e131071}', '{"product_id": 1, "options": 10e131070}') AS huge;
SELECT cart_add(format('{"product_id": 1, "quantity": %s}', repeat('9', 1000))::jsonb, user_id => 'hostile');
SELECT cart_add(format('{"product_id": 1, "quantity": 0.%s}', repeat('9', 1000))::jsonb, user_id => 'hostile');
SELECT cart_add(format('{"product_id": 1, "unit_price": %s}', repeat('9', 1000))::jsonb, user_id => 'hostile');
SELECT cart_add('{"product_id": 1e131071}', user_id => 'hostile');

-- Empty and huge arrays.
SELECT cart_items_match('{"product_id": 1, "options": [[], {}, [[]], ""]}', '{"product_id": 1}') AS nothing_at_all;
SELECT cart_items_match(jsonb_build_object('product_id', 1, 'options', (SELECT jsonb_agg(n) FROM generate_series(1, 100000) n)),
                        jsonb_build_object('product_id', 1, 'options', (SELECT jsonb_agg(n ORDER BY n DESC) FROM generate_series(1, 100000) n))) AS same_set;
SELECT jsonb_array_length(cart_items_merge((SELECT jsonb_agg(jsonb_build_object('product_id', n)) FROM generate_series(1, 20000) n),
                                           (SELECT jsonb_agg(jsonb_build_object('product_id', n)) FROM generate_series(10001, 30000) n)));
SELECT cart_add_items((SELECT jsonb_agg(jsonb_build_object('product_id', n)) FROM generate_series(1, 1001) n), user_id => 'hostile');
SELECT cart_add_items((SELECT jsonb_agg(jsonb_build_object('product_id', n)) FROM generate_series(1, 1000) n), user_id => 'many') #> '{totals,lines}';

-- Nothing of all this was written.
SELECT count(*) AS written FROM cart.carts WHERE user_id = 'hostile';

-- A name that is SQL.
SELECT cart_add('{"product_id": "''; DROP TABLE cart.items; --"}', user_id => '''; DROP TABLE cart.carts; --') ->> 'user_id';
