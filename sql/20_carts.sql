-- Reading and filling carts. What differs from run to run is left out of the documents.
CREATE FUNCTION pg_temp.plain(document jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_path_query_first(regexp_replace(
        regexp_replace(document::text, '"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}(:\d+)?"', '"uuid\1"', 'g'),
        '"\d{4}-\d\d-\d\dT[0-9:.]+\+00:00"', '"time"', 'g')::jsonb, '$')
$$;
SET timezone = 'UTC';

SELECT cart_get(user_id => 'a') IS NULL AS no_cart;
SELECT jsonb_pretty(pg_temp.plain(cart_add(
    '{"product_id": "mug", "options": {"color": "red"}, "title": "Mug", "unit_price": 9.90, "item_key": "ignored", "totals": 1}',
    2, user_id => 'a')));

-- A matching line takes it; what the newer item says counts.
SELECT pg_temp.plain(cart_add('{"product_id": "mug", "options": [{"name": "color", "value": "red"}], "title": "Red mug"}',
                              user_id => 'a') - '{items,totals}'::text[] - 'changes');
SELECT pg_temp.plain(cart_get(user_id => 'a') -> 'items');

-- The quantity as a parameter goes before the item's own.
SELECT cart_add('{"product_id": "tea", "quantity": 5, "unit_price": 0.335}', 0.5, user_id => 'a') -> 'changes';
SELECT cart_get(user_id => 'a') -> 'totals';

-- All or nothing; the same item twice is one line.
SELECT cart_add_items('[{"product_id": 1}, {"product_id": "1", "quantity": 2}, {"product_id": "tea"}]', user_id => 'a') -> 'changes';
SELECT cart_add_items('[]', user_id => 'a') - 'items' -> 'version' AS not_raised;
SELECT cart_add_items('[]', user_id => 'nobody'), cart_get(user_id => 'nobody') IS NULL AS not_made;

\set VERBOSITY sqlstate
SELECT cart_add_items('[]', user_id => 'a', if_match => 'stale');
SELECT cart_add_items('[]', user_id => 'a', idempotency_key => 'empty') -> 'version';
SELECT cart_add_items('[{"product_id": 1}]', user_id => 'a', idempotency_key => 'empty');
SELECT cart_add_items('[]', user_id => 'a', idempotency_key => 'empty') -> 'replayed';
\set VERBOSITY default

-- Items stand in the order in which they were added.
SELECT jsonb_path_query_array(cart_get(user_id => 'a'), '$.items[*].product_id');

-- Etags.
SELECT cart_get(user_id => 'a') ->> 'etag' AS etag \gset
SELECT cart_get(user_id => 'a', if_none_match => :'etag') - 'etag';
SELECT cart_get(user_id => 'a', if_none_match => 'other') -> 'version';
SELECT cart_add('{"product_id": "etag"}', user_id => 'a', if_match => :'etag') -> 'version';
\set VERBOSITY sqlstate
SELECT cart_add('{"product_id": "etag"}', user_id => 'a', if_match => :'etag');
SELECT cart_add('{"product_id": "etag"}', user_id => 'nobody', if_match => :'etag');
\set VERBOSITY default
SELECT cart_get(user_id => 'nobody') IS NULL AS still_no_cart;
SELECT cart_add('{"product_id": "etag"}', user_id => 'first', if_match => '0') -> 'version';

-- Owners: parameters, settings, tenants, tills.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT cart_get();
\echo :LAST_ERROR_SQLSTATE
SELECT cart_get(user_id => '');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_add('{"product_id": 1}', user_id => repeat('x', 513));
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
SET cart_ext.user_id = 'a';
SELECT cart_get() ->> 'user_id';
SET cart_ext.tenant_id = 'other';
SELECT cart_get() IS NULL;
SELECT cart_get(tenant_id => '') ->> 'user_id';
SELECT cart_get(session_token => 'nobody', tenant_id => '') IS NULL AS parameters_alone;
SELECT cart_add('{"product_id": "x"}') ->> 'tenant_id';
RESET cart_ext.tenant_id;
SET cart_ext.till_id = 'till 1';
SET cart_ext.location_id = 'shop 1';
SET cart_ext.actor_id = 'cashier';
SELECT cart_get() IS NULL;
SELECT pg_temp.plain(cart_add('{"product_id": "x"}') - 'items' - 'changes' - 'totals');
SELECT created_by, updated_by, location_id, till_id FROM cart.carts WHERE till_id <> '';
RESET cart_ext.till_id;
RESET cart_ext.location_id;
RESET cart_ext.actor_id;
SELECT cart_id FROM cart.carts WHERE user_id = 'a' AND till_id = 'till 1' \gset
SELECT cart_get(cart_id => :'cart_id') ->> 'till_id';
SELECT cart_get(cart_id => gen_random_uuid()) IS NULL;
RESET cart_ext.user_id;
SELECT cart_get(cart_id => :'cart_id') ->> 'till_id' AS by_id_without_owner;

-- A session's token is stored as its hash, and never given back.
SELECT cart_add('{"product_id": "x"}', session_token => 'secret')::text LIKE '%secret%' AS given_back;
SELECT count(*) FROM cart.carts WHERE session_hash = sha256('secret') AND user_id IS NULL;
SELECT length(cart_session_create()), cart_session_create() ~ '^[A-Za-z0-9_-]{43}$', cart_session_create() <> cart_session_create();

-- Without the document.
SET cart_ext.return_cart = off;
SELECT pg_temp.plain(cart_add('{"product_id": "x"}', user_id => 'brief'));
SELECT pg_temp.plain(cart_add_items('[{"product_id": "x"}, {"product_id": "y"}]', user_id => 'brief'));
SELECT pg_temp.plain(cart_merge('brief', 'secret') #- '{merge,lines}');
RESET cart_ext.return_cart;

-- Once.
SELECT cart_add('{"product_id": "once"}', user_id => 'o', idempotency_key => 'k') -> 'version';
SELECT cart_add('{"product_id": "later"}', user_id => 'o') -> 'version';
SELECT doc -> 'version' AS version, doc -> 'replayed' AS replayed, doc -> 'made_version' AS made, doc -> 'totals' -> 'quantity' AS quantity
FROM cart_add('{"product_id": "once"}', user_id => 'o', idempotency_key => 'k') doc;
SELECT cart_add('{"product_id": "once"}', user_id => 'p', idempotency_key => 'k') -> 'replayed' AS another_owner;
\set VERBOSITY sqlstate
SELECT cart_add('{"product_id": "once"}', 2, user_id => 'o', idempotency_key => 'k');
SELECT cart_add_items('[{"product_id": "once"}]', user_id => 'o', idempotency_key => 'k');
\set VERBOSITY default
-- A call that failed has not used its key.
SELECT cart_add('{"product_id": "once", "quantity": -1}', user_id => 'o', idempotency_key => 'k3');
SELECT cart_add('{"product_id": "once"}', user_id => 'o', idempotency_key => 'k3') -> 'replayed' AS replayed;
-- A key is forgotten after its time.
SET cart_ext.clock = '2099-01-01';
SELECT cart_add('{"product_id": "once"}', user_id => 'o', idempotency_key => 'k') -> 'replayed' AS replayed;
RESET cart_ext.clock;

-- Limits.
\set VERBOSITY default
SET cart_ext.max_lines = 2;
SELECT cart_add_items('[{"product_id": 1}, {"product_id": 2}, {"product_id": 1}]', user_id => 'l') -> 'version';
SELECT cart_add('{"product_id": 3}', user_id => 'l');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_add('{"product_id": 2}', user_id => 'l') -> 'version';
SET cart_ext.max_quantity = 3;
SELECT cart_add('{"product_id": 2}', user_id => 'l') -> 'version';
SELECT cart_add('{"product_id": 2}', user_id => 'l') -> 'version';
\echo :LAST_ERROR_SQLSTATE
RESET cart_ext.max_lines;
RESET cart_ext.max_quantity;
SELECT cart_add_items(jsonb_build_array('{"product_id": 1}'::jsonb, jsonb_build_object('product_id', 2, 'x', repeat('x', 17000))), user_id => 'l');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_add(jsonb_build_object('product_id', 2, 'x', repeat('x', 9000)), user_id => 'l') -> 'version';
SELECT cart_add(jsonb_build_object('product_id', 2, 'y', repeat('x', 9000)), user_id => 'l');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_get(user_id => 'l') -> 'version';
