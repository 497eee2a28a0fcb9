-- Matching: every example of the contract's table, in SQL.
CREATE TEMPORARY VIEW examples (rule, a, b) AS VALUES
    ('member order', '{"product_id": 1, "options": {"a": 1, "b": 2}}'::jsonb, '{"options": {"b": 2, "a": 1}, "product_id": 1}'::jsonb),
    ('10 = 10.0', '{"product_id": 1, "options": 10}', '{"product_id": 1, "options": 10.0}'),
    ('10 = 1e1', '{"product_id": 1, "options": 10}', '{"product_id": 1, "options": 1e1}'),
    ('10 / 10.5', '{"product_id": 1, "options": 10}', '{"product_id": 1, "options": 10.5}'),
    ('absent = null', '{"product_id": 1}', '{"product_id": 1, "options": null}'),
    ('absent = ""', '{"product_id": 1}', '{"product_id": 1, "material": ""}'),
    ('absent = {}', '{"product_id": 1}', '{"product_id": 1, "options": {}}'),
    ('absent = []', '{"product_id": 1}', '{"product_id": 1, "options": []}'),
    ('absent / 0', '{"product_id": 1}', '{"product_id": 1, "options": 0}'),
    ('absent / false', '{"product_id": 1}', '{"product_id": 1, "options": false}'),
    ('NFC', '{"product_id": "Caf\u00e9"}', '{"product_id": "Cafe\u0301"}'),
    ('white space', '{"product_id": "\u00a0mug\t"}', '{"product_id": "mug"}'),
    ('case', '{"product_id": 1, "options": "red"}', '{"product_id": 1, "options": "Red"}'),
    ('product_id 7 = "7"', '{"product_id": 7}', '{"product_id": "7"}'),
    ('variant_id 7 = "7"', '{"product_id": 1, "variant_id": 7}', '{"product_id": 1, "variant_id": "7"}'),
    ('option "10" / 10', '{"product_id": 1, "options": "10"}', '{"product_id": 1, "options": 10}'),
    ('10cm = 100 mm', '{"product_id": 1, "dimensions": "10cm"}', '{"product_id": 1, "dimensions": "100 mm"}'),
    ('10cm = {value, unit}', '{"product_id": 1, "dimensions": {"w": "10cm"}}', '{"product_id": 1, "dimensions": {"w": {"value": 10, "unit": "cm"}}}'),
    ('dimension 10 = "10"', '{"product_id": 1, "dimensions": [10]}', '{"product_id": 1, "dimensions": ["10"]}'),
    ('10 / 10cm', '{"product_id": 1, "dimensions": 10}', '{"product_id": 1, "dimensions": "10cm"}'),
    ('1kg / 1m', '{"product_id": 1, "dimensions": "1kg"}', '{"product_id": 1, "dimensions": "1m"}'),
    ('1lb = 16oz', '{"product_id": 1, "dimensions": "1lb"}', '{"product_id": 1, "dimensions": "16 oz"}'),
    ('1yd = 3ft', '{"product_id": 1, "dimensions": "1yd"}', '{"product_id": 1, "dimensions": "3ft"}'),
    ('1ft = 12in', '{"product_id": 1, "dimensions": "1ft"}', '{"product_id": 1, "dimensions": "12in"}'),
    ('1l = 1000ml', '{"product_id": 1, "dimensions": "1l"}', '{"product_id": 1, "dimensions": "1000ml"}'),
    ('set of choices', '{"product_id": 1, "options": ["gift", "engrave"]}', '{"product_id": 1, "options": ["engrave", "gift"]}'),
    ('repeats count', '{"product_id": 1, "options": ["a", "a"]}', '{"product_id": 1, "options": ["a"]}'),
    ('lists', '{"product_id": 1, "material": [1, 2]}', '{"product_id": 1, "material": [2, 1]}'),
    ('name/value', '{"product_id": 1, "options": [{"name": "c", "value": "r"}, {"value": 2, "name": "s"}]}', '{"product_id": 1, "options": {"s": 2, "c": "r"}}'),
    ('stray members', '{"product_id": 1, "added_at": "x", "totals": {}, "note": 1}', '{"product_id": 1, "quantity": 5, "unit_price": 3}');

SELECT rule, cart_items_match(a, b) AS match, cart_items_match(b, a) = cart_items_match(a, b) AS symmetric,
       (cart_item_key(a) = cart_item_key(b)) = cart_items_match(a, b) AS as_the_key
FROM examples;

-- The key is stable: it stands in tables.
SELECT cart_item_key('{"product_id": "mug", "options": {"color": "red"}}');
SELECT cart_item_key('{"product_id": 1, "dimensions": {"w": "1.5 in", "h": 3}, "material": ["oak", null], "options": ["b", "a"]}');

-- Other identity members.
SELECT cart_items_match('{"product_id": 1, "sku": "A"}', '{"product_id": 2, "sku": "A"}', '{sku}'),
       cart_items_match('{"product_id": 1, "sku": "A"}', '{"product_id": 1, "sku": "B"}', '{product_id,sku}');

-- NULLs.
SELECT cart_item_key(NULL) IS NULL, cart_items_match(NULL, '{}') IS NULL, cart_items_match('{}', NULL) IS NULL,
       cart_items_merge(NULL, '[]') IS NULL, cart_items_merge('[]', NULL) IS NULL;

-- Merging.
SELECT cart_items_merge('[{"product_id": 1, "quantity": 2, "t": "old", "only": 1}, {"product_id": 2}]',
                        '[{"product_id": "3"}, {"product_id": "1", "quantity": 5, "t": "new"}]', s) AS merged, s
FROM unnest(ARRAY[NULL, 'sum', 'max', 'incoming', 'existing']) s;
SELECT cart_items_merge('[]', '[]'), cart_items_merge('[{"product_id": 1}, {"product_id": 1, "quantity": 0.5}]', '[]');
SELECT cart_items_merge('[{"product_id": 1, "quantity": 0.1}]', '[{"product_id": 1, "quantity": 0.2}]');

-- Errors.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT cart_item_key('[]');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_item_key('null');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_item_key('{"product_id": ""}');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_items_match('{"product_id": 1}', '{"product_id": {}}');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_item_key('{}', '{}');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_item_key('{}', '{a,NULL}');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_item_key('{}', ARRAY['a', '']);
\echo :LAST_ERROR_SQLSTATE
SELECT cart_items_merge('[]', '[]', 'both');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_items_merge('{}', '[]');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_items_merge('[]', '[{"product_id": 1}, 7]');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_items_merge('[]', '[{"product_id": 1}, {"product_id": 2, "quantity": "2"}]');
\echo :LAST_ERROR_SQLSTATE
