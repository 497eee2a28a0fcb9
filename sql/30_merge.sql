-- Logging in.
CREATE FUNCTION pg_temp.lines(cart jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(i ->> 'quantity' || ' ' || (i ->> 'product_id'), ', ' ORDER BY n) FROM jsonb_array_elements(cart -> 'items') WITH ORDINALITY AS x (i, n)
$$;
CREATE FUNCTION pg_temp.report(merge jsonb) RETURNS TABLE (product text, action text, before numeric, incoming numeric, after numeric, reason text) LANGUAGE sql AS $$
    SELECT l ->> 'product_id', l ->> 'action', (l ->> 'quantity_before')::numeric, (l ->> 'quantity_incoming')::numeric, (l ->> 'quantity_after')::numeric, l ->> 'reason'
    FROM jsonb_array_elements(merge -> 'lines') l
$$;
CREATE FUNCTION pg_temp.fill(name text) RETURNS void LANGUAGE sql AS $$
    SELECT cart_add_items('[{"product_id": "both", "quantity": 2, "unit_price": 1, "t": "user"}, {"product_id": "user"}]', user_id => name),
           cart_add_items('[{"product_id": "both", "quantity": 5, "unit_price": 2, "t": "guest"}, {"product_id": "guest", "quantity": 0.5}]', session_token => name)
$$;

SELECT pg_temp.fill(s) FROM unnest(ARRAY['sum', 'max', 'incoming', 'existing']) s;
CREATE TEMPORARY TABLE login AS SELECT s, cart_merge(s, s, strategy => s) AS answer FROM unnest(ARRAY['sum', 'max', 'incoming', 'existing']) s;
SELECT s, pg_temp.lines(answer -> 'cart') AS cart, answer #> '{cart,items,0}' -> 't' AS t, answer #> '{cart,items,0}' -> 'unit_price' AS price, answer #> '{cart,version}' AS version,
       answer -> 'merge' -> 'merged' AS merged, answer -> 'merge' -> 'repeated' AS repeated, answer #>> '{merge,strategy}' AS strategy FROM login;
SELECT s, r.* FROM login, pg_temp.report(answer -> 'merge') r;

-- The source keeps its lines.
SELECT c.status, c.merged_into = (answer #>> '{merge,target_cart_id}')::uuid AS into_target, c.cart_id = (answer #>> '{merge,source_cart_id}')::uuid AS is_source, c.version,
       (SELECT sum(quantity) FROM cart.items i WHERE i.cart_id = c.cart_id) AS quantity
FROM login JOIN cart.carts c ON c.session_hash = sha256(s::bytea) WHERE s = 'sum';

-- Again: the receipt.
SELECT answer -> 'merge' -> 'repeated' AS repeated, pg_temp.lines(answer -> 'cart') AS cart, answer #> '{merge,lines}' = (SELECT answer #> '{merge,lines}' FROM login WHERE s = 'sum') AS same_report
FROM cart_merge('sum', 'sum') answer;
-- A newer guest cart of the session merges.
SELECT cart_add('{"product_id": "guest"}', session_token => 'sum') -> 'version';
SELECT answer -> 'merge' -> 'repeated' AS repeated, pg_temp.lines(answer -> 'cart') AS cart FROM cart_merge('sum', 'sum') answer;
-- The next user on the device gets nothing of it.
SELECT cart_merge('next', 'sum');

-- A user without a cart gets the guest's.
SELECT cart_add('{"product_id": "x"}', session_token => 'adopt') ->> 'cart_id' AS cart_id \gset
SELECT answer #>> '{cart,cart_id}' = :'cart_id' AS same_cart, answer #>> '{cart,user_id}' AS "user", answer #> '{cart,version}' AS version, answer -> 'merge' -> 'merged' AS merged
FROM cart_merge('adopter', 'adopt') answer;
SELECT cart_get(session_token => 'adopt') IS NULL AS gone_from_the_session;
SELECT cart_merge('adopter', 'adopt') #> '{merge,repeated}' AS repeated;
SELECT count(*) FROM cart.carts WHERE user_id = 'adopter';

-- Nothing to merge.
SELECT cart_merge('sum', 'none') -> 'merge', cart_merge('nobody', 'none');
INSERT INTO cart.carts (session_hash) VALUES (sha256('empty'));
SELECT cart_merge('sum', 'empty') -> 'merge', cart_merge('nobody', 'empty');
SELECT status FROM cart.carts WHERE session_hash = sha256('empty');
SELECT cart_add('{"product_id": "x"}', session_token => 'usd') -> 'version', cart_add('{"product_id": "x"}', user_id => 'eur') -> 'version';
UPDATE cart.carts SET currency = 'USD' WHERE session_hash = sha256('usd');
UPDATE cart.carts SET currency = 'EUR' WHERE user_id = 'eur';
SELECT cart_merge('eur', 'usd') -> 'merge';
SELECT status, version FROM cart.carts WHERE session_hash = sha256('usd') OR user_id = 'eur';

-- The target takes what it lacks: discount, currency, metadata.
SELECT cart_add('{"product_id": "x"}', session_token => 'd') -> 'version', cart_add('{"product_id": "x"}', user_id => 'd') -> 'version';
UPDATE cart.carts SET discount = '{"type": "percent", "value": 10}', currency = 'EUR', metadata = '{"a": "guest", "b": "guest"}' WHERE session_hash = sha256('d');
UPDATE cart.carts SET metadata = '{"a": "user"}' WHERE user_id = 'd';
SELECT answer -> 'discount' AS discount, answer -> 'currency' AS currency, answer -> 'metadata' AS metadata, answer -> 'version' AS version FROM (SELECT cart_merge('d', 'd') -> 'cart') x (answer);

-- Limits never make a login fail.
SELECT pg_temp.fill('limits');
SET cart_ext.max_lines = 2;
SET cart_ext.max_quantity = 4;
SELECT r.* FROM cart_merge('limits', 'limits') answer, pg_temp.report(answer -> 'merge') r;
RESET cart_ext.max_lines;
RESET cart_ext.max_quantity;
SELECT pg_temp.lines(cart_get('limits'));
SELECT cart_add(jsonb_build_object('product_id', 1, 'x', repeat('x', 9000)), user_id => 'big') -> 'version', cart_add(jsonb_build_object('product_id', 1, 'y', repeat('x', 9000)), session_token => 'big') -> 'version';
SELECT r.* FROM cart_merge('big', 'big') answer, pg_temp.report(answer -> 'merge') r;
SELECT cart_add(jsonb_build_object('product_id', 1, 'x', repeat('x', 9000)), user_id => 'big2') -> 'version', cart_add(jsonb_build_object('product_id', 1, 'y', repeat('x', 9000)), session_token => 'big2') -> 'version';
SELECT answer -> 'cart' -> 'items' -> 0 ? 'x' AS keeps_its_own, answer -> 'cart' -> 'items' -> 0 ? 'y' AS takes_the_guests FROM cart_merge('big2', 'big2', strategy => 'existing') answer;

-- Once.
SELECT pg_temp.fill('once');
SELECT cart_merge('once', 'once', idempotency_key => 'login') - 'cart' #- '{merge,lines}' #- '{merge,source_cart_id}' #- '{merge,target_cart_id}';
SELECT cart_merge('once', 'once', idempotency_key => 'login') - 'cart' #- '{merge,lines}' #- '{merge,source_cart_id}' #- '{merge,target_cart_id}';
\set VERBOSITY sqlstate
SELECT cart_merge('once', 'once', strategy => 'max', idempotency_key => 'login');
\set VERBOSITY default

-- A repeat tells of its own merge, not of another.
SELECT cart_add('{"product_id": "x"}', session_token => 'once') -> 'version';
UPDATE cart.carts SET currency = 'USD' WHERE session_hash = sha256('once') AND status = 'active';
UPDATE cart.carts SET currency = 'EUR' WHERE user_id = 'once';
SELECT cart_merge('once', 'once', idempotency_key => 'login 2') -> 'merge';
SELECT cart_merge('once', 'once', idempotency_key => 'login 2') -> 'merge';

-- Keys follow a merge: a guest's call retried after login runs no second time, by either name.
SELECT cart_add('{"product_id": "k"}', session_token => 'keys', idempotency_key => 'click') -> 'version', cart_add('{"product_id": "u"}', user_id => 'keys') -> 'version';
SELECT pg_temp.lines(cart_merge('keys', 'keys') -> 'cart');
SELECT doc -> 'replayed' AS replayed, pg_temp.lines(doc) FROM cart_add('{"product_id": "k"}', user_id => 'keys', idempotency_key => 'click') doc;
SELECT doc -> 'replayed' AS replayed, doc ->> 'status' AS status FROM cart_add('{"product_id": "k"}', session_token => 'keys', idempotency_key => 'click') doc;
SELECT pg_temp.lines(cart_get('keys')), cart_get(session_token => 'keys') IS NULL AS no_new_guest_cart;

-- Both names of a login are needed; each may come from the settings.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT cart_merge('u');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_merge(session_token => 's');
\echo :LAST_ERROR_SQLSTATE
SELECT cart_merge('u', 's', strategy => 'most');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
SET cart_ext.session_token = 'none';
SELECT cart_merge('u') -> 'merge';
SET cart_ext.user_id = 'u';
SELECT cart_merge() -> 'merge';
