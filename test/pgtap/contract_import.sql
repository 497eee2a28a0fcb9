-- cart_import: the carts of a table that keeps them as JSON come into the store, once.
\ir helpers.psql
SELECT plan(68);
SET search_path = public;

CREATE TABLE public.user_carts (user_id text, session_id text, items jsonb, status text DEFAULT 'active', last_accessed_at timestamptz);
-- The report but for the rows that it names; rows always add up.
CREATE FUNCTION pg_temp.sums(report jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s rows: %s carts, %s merged, %s refused; %s lines, %s repeated', report ->> 'rows', report ->> 'carts', report ->> 'merged', report ->> 'refused_rows', report ->> 'lines', report ->> 'repeated')
        || CASE WHEN (report ->> 'rows')::int = (report ->> 'carts')::int + (report ->> 'merged')::int + (report ->> 'refused_rows')::int AND jsonb_array_length(report -> 'refused') = least((report ->> 'refused_rows')::int, 100)
                THEN '' ELSE ' DO NOT ADD UP' END $$;
CREATE FUNCTION pg_temp.reasons(report jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s: %s', coalesce(r #>> '{row,n}', '-'), r ->> 'reason'), E'\n' ORDER BY (r #>> '{row,n}')::int) FROM jsonb_array_elements(report -> 'refused') r $$;

-- ---- a table without a key

INSERT INTO user_carts VALUES
    ('anna', NULL, '[{"product_id": "mug", "quantity": 2, "unit_price": 9.90, "gift": true}, {"product_id": "tea", "note": "old"}]', 'active', '2026-01-01 10:00+00'),
    ('anna', NULL, '[{"product_id": "tea", "quantity": 3, "note": "new"}, {"product_id": "mug", "options": {}}]', 'active', '2026-01-02 10:00+00'),
    ('anna', NULL, '[{"product_id": "gone"}]', 'ordered', '2026-01-03'),
    (NULL, 'guest', '[{"product_id": "mug"}]', 'active', NULL),
    ('ben', 'his device', '[]', 'active', '2099-01-01'),
    ('none', NULL, NULL, 'active', '2026-01-01'),
    ('', '', '[]', 'active', NULL),
    ('odd', NULL, '[{"product_id": "mug"}]', NULL, NULL);
SELECT is(pg_temp.sums(cart_import('user_carts', dry_run => true)), '6 rows: 4 carts, 1 merged, 1 refused; 3 lines, 0 repeated', 'a dry run');
SELECT unchanged($$ SELECT cart_import('user_carts', dry_run => true) $$, 'changes nothing');
SELECT is(cart_import('user_carts') - 'refused', '{"rows": 6, "carts": 4, "lines": 3, "merged": 1, "repeated": 0, "refused_rows": 1}', 'it says the same in earnest');
SELECT is(of_user('anna'), '3 mug, 4 tea', 'matching lines are one, quantities summed');
SELECT is(item, '{"note": "new", "product_id": "tea"}', 'the newer row''s members count') FROM cart.items JOIN cart.carts USING (tenant_id, cart_id) WHERE user_id = 'anna' AND product_id = 'tea';
SELECT is(item, '{"gift": true, "options": {}, "product_id": "mug"}', 'unknown members stay') FROM cart.items JOIN cart.carts USING (tenant_id, cart_id) WHERE user_id = 'anna' AND product_id = 'mug';
SELECT is(unit_price, 9.90, 'the price, too') FROM cart.items JOIN cart.carts USING (tenant_id, cart_id) WHERE user_id = 'anna' AND product_id = 'mug';
SELECT is(last_accessed_at, '2026-01-02 10:00+00'::timestamptz, 'it was used when the last of its rows was') FROM cart.carts WHERE user_id = 'anna';
SELECT is(count(*)::int, 4, 'nothing is in the future, and the sweep finds all') FROM cart.carts WHERE last_accessed_at <= now() AND sweep_from <= last_accessed_at AND version = 1;
SELECT is(lines(cart_get(session_token => 'guest')), '1 mug', 'a session''s id is its token');
SELECT is(cart_get('ben') -> 'items', '[]', 'a cart of a user and a session is the user''s; an empty one is empty');
SELECT is(cart_get(session_token => 'his device'), NULL, 'and not the session''s');
SELECT is(cart_get('odd'), NULL, 'a cart without a status is not active');
SELECT is(pg_temp.sums(cart_import('user_carts')), '1 rows: 0 carts, 0 merged, 1 refused; 0 lines, 5 repeated', 'repeated, it imports nothing twice');
SELECT unchanged($$ SELECT cart_import('user_carts') $$, 'and changes nothing');

-- What came since is imported; what was changed since is not; a row that stands twice counts twice.
INSERT INTO user_carts VALUES ('anna', NULL, '[{"product_id": "hat"}]', 'active', '2026-01-05'), ('cora', NULL, '[{"product_id": "hat"}]', 'active', NULL), ('cora', NULL, '[{"product_id": "hat"}]', 'active', NULL);
SELECT is(pg_temp.sums(cart_import('user_carts')), '4 rows: 1 carts, 2 merged, 1 refused; 2 lines, 5 repeated', 'new rows, one of an owner who has a cart');
SELECT is(of_user('anna') || '; ' || of_user('cora'), '3 mug, 4 tea, 1 hat; 2 hat', 'they are merged into it');
UPDATE user_carts SET items = '[{"product_id": "changed"}]', last_accessed_at = now() WHERE user_id = 'anna' AND items @> '[{"product_id": "hat"}]';
UPDATE user_carts SET items = '[{"product_id": "changed"}]' WHERE session_id = 'guest';
SELECT is(pg_temp.sums(cart_import('user_carts')), '1 rows: 0 carts, 0 merged, 1 refused; 0 lines, 8 repeated', 'a row that was changed since is repeated');
INSERT INTO user_carts VALUES ('cora', NULL, '[{"product_id": "hat"}]');
SELECT is(pg_temp.sums(cart_import('user_carts')), '2 rows: 0 carts, 1 merged, 1 refused; 1 lines, 8 repeated', 'a third one just like two is new');
SELECT is(of_user('cora'), '3 hat', 'and counts');
SELECT is(pg_temp.sums(cart_import('user_carts', tenant_id => 'other')), '10 rows: 5 carts, 4 merged, 1 refused; 5 lines, 0 repeated', 'into another tenant it is another import');

-- ---- broken rows: refused with a reason, and nothing else is

CREATE TABLE public.broken (n int PRIMARY KEY, user_id varchar(600), session_id text, items json);
INSERT INTO broken VALUES
    (1, 'a', NULL, '{"product_id": "mug"}'), (2, 'b', NULL, 'null'), (3, 'c', NULL, '"text"'), (4, 'd', NULL, '[{"product_id": "mug"}, 7]'), (5, 'e', NULL, '[{"product_id": "mug", "quantity": 0}]'),
    (6, 'f', NULL, '[{"product_id": "mug", "quantity": "2"}]'), (7, 'g', NULL, '[{"quantity": 2}]'), (8, 'h', NULL, '[{"product_id": "mug", "unit_price": -1}]'), (9, NULL, NULL, '[]'), (10, repeat('x', 513), NULL, '[]'),
    (11, NULL, repeat('x', 4097), '[]'), (12, 'i', NULL, '[{"product_id": "\u0000"}]'), (13, 'j', NULL, '[{"product_id": "mug", "quantity": 1e400000}]'), (14, 'k', NULL, '[[]]'), (15, 'l', NULL, '[{"product_id": ""}]'),
    (16, 'm', NULL, '[{"product_id": "mug", "quantity": 1e31}]'),
    (20, 'good', NULL, '[{"product_id": "mug"}]'), (21, 'good', NULL, '[{"product_id": "mug", "quantity": -3}]'), (22, NULL, 'good guest', '[{"product_id": "tea"}]'), (23, 'null', NULL, NULL);
SELECT cart_import('broken') AS report \gset
SELECT is(pg_temp.sums(:'report'), '20 rows: 3 carts, 0 merged, 17 refused; 2 lines, 0 repeated', 'broken rows');
SELECT is(pg_temp.reasons(:'report'), E'1: items must be a JSON array\n2: items must be a JSON array\n3: items must be a JSON array\n4: item 1: an item must be a JSON object\n5: item 0: quantity must be greater than zero\n'
    '6: item 0: quantity must be a number greater than zero\n7: item 0: an item must have a product_id\n8: item 0: unit_price must be a number, zero or more, of at most 30 digits before and after the point\n9: neither a user nor a session\n'
    '10: user_id is too long\n11: session_token is too long\n12: the items cannot be read as jsonb\n13: the items cannot be read as jsonb\n14: item 0: an item must be a JSON object\n15: item 0: product_id must be a non-empty string or a number\n'
    '16: item 0: quantity is too large\n21: item 0: quantity must be greater than zero', 'each with its reason, named by its key');
SELECT is(of_user('good') || ', ' || of_guest('good guest'), '1 mug, 1 tea', 'the others are imported');
UPDATE broken SET items = '[{"product_id": "mended"}]' WHERE n IN (1, 21);
UPDATE broken SET items = '[{"product_id": "changed"}]' WHERE n IN (20, 22);
SELECT is(pg_temp.sums(cart_import('broken')), '17 rows: 1 carts, 1 merged, 15 refused; 2 lines, 3 repeated', 'a row that was mended is imported, one that was changed is not');
SELECT is(of_user('a') || ', ' || of_user('good'), '1 mended, 1 mug, 1 mended', 'as what it is now');
DELETE FROM broken WHERE n NOT IN (20, 22);
UPDATE broken SET user_id = 'somebody else' WHERE n = 20;
SELECT is(pg_temp.sums(cart_import('broken')), '0 rows: 0 carts, 0 merged, 0 refused; 0 lines, 2 repeated', 'by its key a row is known under another owner');
-- The list of refused rows is bounded, the count is not.
CREATE TABLE public.hopeless AS SELECT n, 'u' || n AS user_id, '7'::jsonb AS items FROM generate_series(1, 2345) n;
SELECT is(pg_temp.sums(cart_import('hopeless')), '2345 rows: 0 carts, 0 merged, 2345 refused; 0 lines, 0 repeated', 'many broken rows');

-- ---- columns, types, mapping, currency

CREATE TYPE public.state AS ENUM ('active', 'closed');
CREATE TABLE public."Their Carts" (id bigint, "Part" int, customer bigint, device uuid, lines jsonb, state state, used timestamp, PRIMARY KEY (id, "Part"));
INSERT INTO "Their Carts" VALUES
    (1, 1, 42, NULL, '[{"sku": "mug", "count": 2, "amount": 5, "product_id": "theirs", "qty": 1}, {"product_id": "own"}]', 'active', '2026-02-01'), (1, 2, 42, NULL, '[{"sku": "hat"}]', 'closed', '2026-02-01'),
    (2, 1, NULL, '5B4C9D9E-8f0a-4f7e-9b56-1d0f3c2a7e10', '[{"sku": "tea", "count": 1, "amount": null}]', 'active', NULL), (3, 1, 43, NULL, '[3]', 'active', NULL);
SELECT cart_import('"Their Carts"', 'customer', 'device', 'lines', 'state', 'used', 'mapped', 'EUR', '{"product_id": "sku", "quantity": "count", "unit_price": "amount", "amount": "qty"}') AS report \gset
SELECT is(pg_temp.sums(:'report'), '3 rows: 2 carts, 0 merged, 1 refused; 3 lines, 0 repeated', 'columns by name, types of other kinds');
SELECT is(:'report'::jsonb -> 'refused', '[{"row": {"id": "3", "Part": "1"}, "reason": "item 0: an item must be a JSON object"}]', 'a key of two columns');
SELECT is(item || jsonb_build_object('q', quantity, 'p', unit_price), '{"amount": 1, "product_id": "mug", "q": 2, "p": 5}', 'members are renamed, all at once') FROM cart.items WHERE tenant_id = 'mapped' AND product_id = 'mug';
SELECT is(stored(cart_id), '2 mug, 1 own', 'what lacks a member keeps its own') FROM cart.carts WHERE tenant_id = 'mapped' AND user_id = '42' AND currency = 'EUR';
SELECT is(lines(cart_get(session_token => '5b4c9d9e-8f0a-4f7e-9b56-1d0f3c2a7e10', tenant_id => 'mapped')), '1 tea', 'a uuid as its text');
CREATE TABLE public.bare (user_id int, items jsonb);
INSERT INTO bare VALUES (42, '[{"product_id": "hat"}]'), (44, '[{"product_id": "hat"}]');
SELECT is(pg_temp.sums(cart_import('bare', tenant_id => 'mapped', currency => 'USD')), '2 rows: 1 carts, 0 merged, 1 refused; 1 lines, 0 repeated', 'columns that are lacking are absent; another currency cannot be merged');
SELECT is(stored(cart_id), '2 mug, 1 own', 'nothing of it came') FROM cart.carts WHERE tenant_id = 'mapped' AND user_id = '42';
SELECT is(pg_temp.sums(cart_import('bare', tenant_id => 'mapped', dry_run => true)), '1 rows: 0 carts, 1 merged, 0 refused; 1 lines, 1 repeated', 'without a currency it would be');
SELECT cart_configure('{"currency": "CHF", "match_on": ["sku"]}', 'set') \g /dev/null
SELECT cart_import('bare', tenant_id => 'set') \g /dev/null
SELECT is(string_agg(DISTINCT currency, ','), 'CHF', 'the tenant''s currency') FROM cart.carts WHERE tenant_id = 'set';
SELECT is_empty($$ SELECT FROM cart.items WHERE tenant_id = 'set' AND item_key <> cart_item_key(item, '{sku}') $$, 'and its match_on');
-- A cart that came into use meanwhile, and limits, which do not count.
SELECT cart_configure('{"max_lines": 1, "max_quantity": 2}', 'small') \g /dev/null
SELECT cart_add('{"product_id": "hat"}', user_id => '42', tenant_id => 'small') \g /dev/null
TRUNCATE bare;
INSERT INTO bare VALUES (42, '[{"product_id": "hat", "quantity": 5}, {"product_id": "cap"}]');
SELECT cart_import('bare', tenant_id => 'small', currency => 'EUR') \g /dev/null
SELECT is(format('%s, version %s, %s', stored(cart_id), version, currency), '6 hat, 1 cap, version 2, EUR', 'nothing is lost, whatever the limits') FROM cart.carts WHERE tenant_id = 'small';

-- ---- more rows than a batch, among them one owner with very many

CREATE TABLE public.many AS SELECT CASE WHEN n % 3 > 0 THEN 'u' || n % 1500 END AS user_id, CASE WHEN n % 3 = 0 THEN 's' || n % 1500 END AS session_id, jsonb_build_array(jsonb_build_object('product_id', n % 7, 'quantity', n % 5 + 1)) AS items
    FROM generate_series(1, 4500) n;
INSERT INTO many SELECT 'many', NULL, '[{"product_id": 1}]' FROM generate_series(1, 10001);
SELECT is(pg_temp.sums(cart_import('many', tenant_id => 'many')), '14501 rows: 1501 carts, 12999 merged, 1 refused; 4501 lines, 0 repeated', 'many rows');
SELECT is(pg_temp.sums(cart_import('many', tenant_id => 'many')), '1 rows: 0 carts, 0 merged, 1 refused; 0 lines, 14500 repeated', 'are imported once');
SELECT set_eq($$ SELECT coalesce(user_id, '') AS u, coalesce(session_hash, '') AS s, product_id, quantity FROM cart.carts JOIN cart.items USING (tenant_id, cart_id) WHERE tenant_id = 'many' AND user_id IS DISTINCT FROM 'many' $$,
              $$ SELECT coalesce(user_id, '') AS u, coalesce(sha256(convert_to(session_id, 'UTF8')), '') AS s, i ->> 'product_id' AS p, sum((i ->> 'quantity')::numeric) AS q FROM many, jsonb_array_elements(items) i WHERE user_id IS DISTINCT FROM 'many' GROUP BY 1, 2, 3 $$, 'every owner has every quantity');
-- Half of it, and then the rest.
CREATE TABLE public.half AS SELECT * FROM many WHERE user_id IS DISTINCT FROM 'many';
BEGIN;
DELETE FROM half WHERE ctid IN (SELECT ctid FROM half ORDER BY ctid LIMIT 2000);
SELECT cart_import('half', tenant_id => 'half') \g /dev/null
SAVEPOINT broke_off;
SELECT cart_import('many', tenant_id => 'half') \g /dev/null
ROLLBACK TO broke_off;
COMMIT;
INSERT INTO half SELECT * FROM (SELECT * FROM many WHERE user_id IS DISTINCT FROM 'many' EXCEPT ALL SELECT * FROM half) x;
SELECT cart_import('half', tenant_id => 'half') \g /dev/null
SELECT set_eq($$ SELECT user_id, session_hash, product_id, quantity FROM cart.carts JOIN cart.items USING (tenant_id, cart_id) WHERE tenant_id = 'half' $$,
              $$ SELECT user_id, session_hash, product_id, quantity FROM cart.carts JOIN cart.items USING (tenant_id, cart_id) WHERE tenant_id = 'many' AND user_id IS DISTINCT FROM 'many' $$, 'in two halves it comes to the same');

-- ---- parameters

SELECT refused($$ SELECT cart_import(NULL) $$, '22023', 'no table');
SELECT refused($$ SELECT cart_import('bare', items_column => 'no such') $$, '42703', 'no items');
SELECT refused($$ SELECT cart_import('bare', 'a', 'b') $$, '42703', 'no owners');
SELECT refused($$ SELECT cart_import('bare', items_column => 'user_id') $$, '42804', 'items of another type');
SELECT refused($$ SELECT cart_import('bare', 'items') $$, '42804', 'owners of another type');
SELECT refused($$ SELECT cart_import('bare', status_column => 'items') $$, '42804', 'a status of another type');
SELECT refused($$ SELECT cart_import('bare', accessed_column => 'items') $$, '42804', 'a time of another type');
SELECT refused(format('SELECT cart_import(%L, mapping => %L)', 'bare', m), '22023', 'mapping: ' || m) FROM unnest('{7,[],"{\"a\": 1}","{\"a\": \"\"}","{\"\": \"a\"}","{\"a\": \"x\", \"b\": \"x\"}"}'::text[]) m;
SELECT refused($$ SELECT cart_import('bare', currency => 'euro') $$, '22023', 'a currency that is none');
CREATE VIEW public.seen AS SELECT * FROM bare;
SELECT refused($$ SELECT cart_import('seen') $$, '42809', 'a view');

-- ---- who may, and with whose rights

CREATE ROLE regress_import_app;
CREATE ROLE regress_import_admin;
SELECT cart_grant('regress_import_admin', 'admin') \g /dev/null
GRANT CREATE, USAGE ON SCHEMA public TO regress_import_app, regress_import_admin;
CREATE TABLE public.ran (what text, who text);
GRANT ALL ON public.ran TO PUBLIC;
SET ROLE regress_import_app;
CREATE TABLE public.theirs (user_id text, items jsonb, status text);
INSERT INTO theirs VALUES ('theirs', '[{"product_id": "mug"}]', 'active');
CREATE FUNCTION public.plant(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN INSERT INTO public.ran VALUES (what, current_user); RETURN true; EXCEPTION WHEN OTHERS THEN RETURN true; END $$;
ALTER TABLE theirs ENABLE ROW LEVEL SECURITY;
ALTER TABLE theirs FORCE ROW LEVEL SECURITY;
CREATE POLICY planted ON theirs USING (public.plant('policy'));
RESET ROLE;
SET ROLE regress_import_admin;
SELECT throws_ok($$ SELECT cart_import('theirs', tenant_id => 'theirs') $$, '42501', NULL, 'who may not read the table imports nothing');
RESET ROLE;
GRANT SELECT ON theirs TO regress_import_admin;
SET ROLE regress_import_admin;
SELECT throws_ok($$ SELECT cart_import('theirs', tenant_id => 'theirs') $$, '42501', 'query would be affected by row-level security policy for table "theirs"', 'nor does row security hide rows');
RESET ROLE;
SELECT is_empty('TABLE ran', 'nothing of the owner''s has run');
SELECT lives_ok($$ SELECT cart_import('theirs', tenant_id => 'theirs') $$, 'a superuser imports');
SELECT is_empty($$ SELECT * FROM ran WHERE who <> 'regress_import_app' $$, 'without running it with its rights');
ALTER TABLE theirs NO FORCE ROW LEVEL SECURITY;
ALTER TABLE theirs DISABLE ROW LEVEL SECURITY;
SET ROLE regress_import_admin;
SELECT is(pg_temp.sums(cart_import('public.theirs', tenant_id => 'again')), '1 rows: 1 carts, 0 merged, 0 refused; 1 lines, 0 repeated', 'who may read the table does') FROM (SELECT 1) x;
RESET ROLE;

-- ---- what is stored of it

SELECT is(count(*)::int, 1, 'a record for each row') FROM cart.imports WHERE tenant_id = 'again';
SELECT is_empty($$ SELECT FROM cart.imports WHERE imports::text ~ '(anna|cora|guest)' $$, 'with no one''s name');
SELECT cart_forget('anna') \g /dev/null
SELECT is_empty($$ SELECT FROM cart.imports i WHERE NOT EXISTS (SELECT FROM cart.carts c WHERE c.tenant_id = i.tenant_id AND c.cart_id = i.cart_id) $$, 'cart_forget forgets that, too');

SELECT is_empty('SELECT unsound()', 'all is sound');
DROP OWNED BY regress_import_app, regress_import_admin CASCADE;
DROP ROLE regress_import_app, regress_import_admin;
SELECT * FROM finish();
