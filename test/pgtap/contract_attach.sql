-- cart_attach, cart_detach: one active cart for each owner in a table of the application's. What two
-- sessions at once see is in test/isolation: attach_race.
\ir helpers.psql
SELECT plan(80);
SET search_path = public;

CREATE TABLE public.user_carts (user_id text, session_id uuid, items jsonb, status varchar(20) DEFAULT 'active', last_accessed_at timestamptz);
-- Whether an INSERT or UPDATE is refused as PostgreSQL's unique indexes refuse it.
CREATE FUNCTION pg_temp.taken(call text, key text, description text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    code text := 'no error';
    detail text;
    message text;
BEGIN
    EXECUTE call;
    RETURN ok(false, description || ': it was taken');
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL, message = MESSAGE_TEXT;
    RETURN is(format('%s %s', code, detail), format('23505 Key %s already exists.', key), description) || CASE WHEN message LIKE 'duplicate key value violates %' THEN '' ELSE diag(message) END;
END $$;

-- ---- a table without duplicates: unique indexes

SELECT is(cart_attach('user_carts'), '{"relation": "public.user_carts", "user": {"index": "user_carts_cart_ext_user", "unique": true, "built": true},
                                      "session": {"index": "user_carts_cart_ext_session", "unique": true, "built": true}}', 'unique indexes are built');
SELECT is(cart_attach('user_carts') #> '{user,built}', 'false', 'called again, nothing is built');
SELECT is(count(*)::int, 1, 'and there is one trigger') FROM pg_trigger WHERE tgrelid = 'user_carts'::regclass;
INSERT INTO user_carts (user_id) VALUES ('1'), ('2');
INSERT INTO user_carts (session_id) VALUES ('00000000-0000-0000-0000-000000000001');
SELECT pg_temp.taken($$ INSERT INTO user_carts (user_id) VALUES ('1') $$, '(user_id)=(1)', 'a second cart of a user');
SELECT pg_temp.taken($$ INSERT INTO user_carts (session_id) VALUES ('00000000-0000-0000-0000-000000000001') $$, '(session_id)=(00000000-0000-0000-0000-000000000001)', 'of a session');
SELECT is(cart_detach('user_carts'), '{"relation": "public.user_carts"}', 'cart_detach');
SELECT is_empty($$ SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'user_carts'::regclass UNION ALL SELECT tgname FROM pg_trigger WHERE tgrelid = 'user_carts'::regclass $$, 'takes indexes and trigger away');
SELECT is_empty('TABLE cart.attachments', 'and the record');
SELECT lives_ok($$ INSERT INTO user_carts (user_id) VALUES ('1') $$, 'then all is open again');

-- ---- with duplicates: the trigger alone

SELECT is(cart_attach('user_carts') -> 'user', '{"index": "user_carts_cart_ext_user", "unique": false, "built": true}', 'with duplicates, an index to look by is built');
SELECT pg_temp.taken($$ INSERT INTO user_carts (user_id) VALUES ('1') $$, '(user_id)=(1)', 'a third cart is refused');
SELECT pg_temp.taken($$ INSERT INTO user_carts (user_id) VALUES ('2') $$, '(user_id)=(2)', 'and a second one');
SELECT pg_temp.taken($$ INSERT INTO user_carts (user_id) VALUES ('3'), ('3') $$, '(user_id)=(3)', 'two by one statement');
SELECT pg_temp.taken($$ UPDATE user_carts SET user_id = '2' WHERE session_id IS NOT NULL $$, '(user_id)=(2)', 'a cart that gets an owner who has one');
INSERT INTO user_carts (user_id, status) VALUES ('2', 'done'), ('2', 'done'), ('2', NULL);
SELECT pg_temp.taken($$ UPDATE user_carts SET status = 'active' WHERE user_id = '2' AND status IS NULL $$, '(user_id)=(2)', 'a cart that becomes active');
SELECT lives_ok($$ UPDATE user_carts SET items = '[]', last_accessed_at = now() $$, 'duplicates that stand may be used');
SELECT lives_ok($$ UPDATE user_carts SET user_id = CASE user_id WHEN '2' THEN '4' ELSE '2' END WHERE user_id = '2' $$, 'an owner may change');
BEGIN;
UPDATE user_carts SET status = 'done' WHERE user_id = '4' AND status = 'active';
SELECT lives_ok($$ INSERT INTO user_carts (user_id) VALUES ('4') $$, 'who has ended a cart may begin another');
SELECT lives_ok($$ DELETE FROM user_carts WHERE user_id = '4' $$);
SELECT lives_ok($$ INSERT INTO user_carts (user_id) VALUES ('4') $$, 'or deleted it');
ROLLBACK;
SELECT lives_ok($$ INSERT INTO user_carts (user_id, session_id) VALUES ('5', '00000000-0000-0000-0000-000000000001') $$, 'a user''s cart does not stand in its session''s way');
SELECT pg_temp.taken($$ UPDATE user_carts SET user_id = NULL WHERE user_id = '5' $$, '(session_id)=(00000000-0000-0000-0000-000000000001)', 'until it is nobody''s but the session''s');
-- A row that is written twice before the triggers run.
SELECT lives_ok($$ WITH first AS (INSERT INTO user_carts (user_id) VALUES ('6') RETURNING user_id) SELECT * FROM first $$);
SELECT lives_ok($$ DO 'BEGIN UPDATE user_carts SET status = ''x'' WHERE user_id = ''6''; UPDATE user_carts SET status = ''active'' WHERE user_id = ''6''; END' $$, 'there and back');

-- Without any index it is as right.
DROP INDEX user_carts_cart_ext_user;
SELECT pg_temp.taken($$ INSERT INTO user_carts (user_id) VALUES ('2'), ('4') $$, '(user_id)=(4)', 'without an index it looks at the table');
SELECT lives_ok($$ INSERT INTO user_carts (user_id) VALUES ('7') $$, 'where nobody is in the way, it is taken');
-- An invalid or deferrable index guarantees nothing, one of the application's that fits is taken.
DELETE FROM user_carts WHERE user_id = '1';
CREATE UNIQUE INDEX mine ON user_carts (user_id) WHERE status = 'active';
SELECT is(cart_attach('user_carts') -> 'user', '{"index": "mine", "unique": true, "built": false}', 'a unique index that fits is taken');
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'mine'::regclass;
SELECT is(cart_attach('user_carts') -> 'user', '{"index": "user_carts_cart_ext_user", "unique": true, "built": true}', 'one that is invalid is not');
SELECT cart_detach('user_carts') \g /dev/null
SELECT has_index('public', 'user_carts', 'mine', 'cart_detach leaves the application''s indexes');
DROP INDEX mine;
CREATE UNIQUE INDEX narrower ON user_carts (user_id) WHERE status = 'active' AND items IS NOT NULL;
SELECT is(cart_attach('user_carts') #>> '{user,index}', 'user_carts_cart_ext_user', 'nor one that holds for fewer rows');
SELECT cart_detach('user_carts') \g /dev/null
DROP INDEX narrower;

-- ---- types and names of columns

CREATE TYPE public.state AS ENUM ('open', 'closed');
CREATE DOMAIN public.customer AS bigint CHECK (value > 0);
CREATE TABLE public."Odd Carts" ("Customer" customer, device varchar, state state);
SELECT cart_attach('"Odd Carts"', 'Customer', 'device', 'state', 'open') \g /dev/null
DROP INDEX "Odd Carts_cart_ext_user", "Odd Carts_cart_ext_session";
INSERT INTO "Odd Carts" VALUES (1, 'd', 'open'), (1, 'd', 'closed'), (NULL, 'd', 'open');
SELECT pg_temp.taken($$ INSERT INTO "Odd Carts" VALUES (1, 'd2', 'open') $$, '(Customer)=(1)', 'names that are quoted, a domain, an enum');
SELECT pg_temp.taken($$ INSERT INTO "Odd Carts" VALUES (NULL, 'd', 'open') $$, '(device)=(d)', 'a varchar');
CREATE TABLE public.numbers (user_id int, session_id bigint, status text);
SELECT cart_attach('numbers', status_column => NULL) \g /dev/null
DROP INDEX numbers_cart_ext_user, numbers_cart_ext_session;
INSERT INTO numbers VALUES (1), (2);
SELECT pg_temp.taken($$ INSERT INTO numbers VALUES (2, NULL, 'x') $$, '(user_id)=(2)', 'without a status every row counts');
CREATE TABLE public.users_only (user_id uuid, active boolean);
SELECT is(cart_attach('users_only', session_column => NULL, status_column => 'active', active_value => 'true') -> 'session', 'null', 'users only, and a boolean');
DROP INDEX users_only_cart_ext_user;
INSERT INTO users_only VALUES ('00000000-0000-0000-0000-000000000001', true), ('00000000-0000-0000-0000-000000000001', false);
SELECT pg_temp.taken($$ UPDATE users_only SET active = true $$, '(user_id)=(00000000-0000-0000-0000-000000000001)', 'a uuid');

-- ---- what is refused

SELECT refused($$ SELECT cart_attach(NULL) $$, '22023', 'no table');
SELECT refused($$ SELECT cart_attach('numbers', NULL, NULL) $$, '22023', 'no owner');
SELECT refused($$ SELECT cart_attach('numbers', 'no such') $$, '42703', 'no such column');
SELECT refused($$ SELECT cart_attach('users_only') $$, '42703', 'a table that lacks one');
SELECT refused($$ SELECT cart_attach('user_carts', 'items') $$, '42804', 'a column of another type');
SELECT refused($$ SELECT cart_attach('"Odd Carts"', 'Customer', 'device', 'state') $$, '22P02', 'no such value of the enum');
SELECT refused($$ SELECT cart_attach('cart.carts') $$, '42809', 'a table of ours');
SELECT refused($$ SELECT cart_attach('pg_class', 'relname') $$, '42809', 'one of the server''s');
CREATE VIEW public.seen AS SELECT * FROM numbers;
CREATE TABLE public.parts (user_id int, session_id int, status text) PARTITION BY LIST (user_id);
CREATE TABLE public.part PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE public.parent (user_id int, session_id int, status text);
CREATE TABLE public.child () INHERITS (parent);
SELECT refused(format('SELECT cart_attach(%L)', t), '42809', 'nor can be: ' || t) FROM unnest('{seen,parts,part,parent,child}'::text[]) t;
SELECT refused($$ SELECT cart_detach('parent') $$, '42704', 'one that is not attached');
SELECT throws_ok($$ CREATE TRIGGER wrong BEFORE INSERT ON numbers FOR EACH ROW EXECUTE FUNCTION cart_one_active('user_id'); INSERT INTO numbers VALUES (9) $$, '39P01', NULL, 'the trigger function is for AFTER ROW');
-- A column that has another name now is missed, and not passed over.
ALTER TABLE users_only RENAME user_id TO customer_id;
SELECT throws_ok($$ UPDATE users_only SET active = true $$, '42703', 'column "user_id" of relation "users_only" does not exist', 'a renamed column');
SELECT lives_ok($$ SELECT cart_attach('users_only', 'customer_id', NULL, 'active', 'true') $$, 'is attached again');

-- ---- who may, and with whose rights

CREATE ROLE regress_attach_app;
CREATE ROLE regress_attach_other;
SELECT cart_grant('regress_attach_app', 'admin'), cart_grant('regress_attach_other', 'admin') \g /dev/null
GRANT CREATE, USAGE ON SCHEMA public TO regress_attach_app;
SET ROLE regress_attach_app;
CREATE TABLE public.theirs (user_id text, session_id text, status text);
SELECT is(cart_attach('theirs') #> '{user,unique}', 'true', 'an admin attaches its own table');
RESET ROLE;
SET ROLE regress_attach_other;
SELECT throws_ok($$ SELECT cart_attach('theirs') $$, '42501', 'must be owner of table theirs', 'nobody else''s');
SELECT throws_ok($$ SELECT cart_detach('theirs') $$, '42501', 'must be owner of table theirs', 'nor detaches it');
RESET ROLE;
-- What the table's owner plants runs with nobody else's rights, when a superuser attaches.
CREATE TABLE public.ran (what text, who text);
GRANT ALL ON public.ran TO PUBLIC;
SET ROLE regress_attach_app;
CREATE FUNCTION public.plant(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN INSERT INTO public.ran VALUES (what, current_user); RETURN true; EXCEPTION WHEN OTHERS THEN RETURN true; END $$;
CREATE FUNCTION public.planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.plant(TG_ARGV[0]); RETURN NULL; END $$;
SELECT cart_detach('theirs') \g /dev/null
INSERT INTO theirs VALUES ('1', 's', 'active');
CREATE INDEX planted_index ON theirs ((public.plant('index'))) WHERE public.plant('predicate');
ALTER TABLE theirs ADD CHECK (public.plant('check'));
CREATE CONSTRAINT TRIGGER planted AFTER INSERT OR UPDATE ON theirs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.planted('deferred');
ALTER TABLE theirs ENABLE ROW LEVEL SECURITY;
ALTER TABLE theirs FORCE ROW LEVEL SECURITY;
CREATE POLICY planted ON theirs USING (public.plant('policy'));
RESET ROLE;
TRUNCATE ran;
SELECT lives_ok($$ SELECT cart_attach('public.theirs') $$, 'a superuser attaches a table of somebody else''s');
SELECT lives_ok($$ SELECT cart_detach('public.theirs'), cart_attach('public.theirs') $$);
SELECT is_empty($$ SELECT * FROM ran WHERE who <> 'regress_attach_app' $$, 'nothing planted has run with its rights');
-- The key is shown to those only who may read it.
DROP POLICY planted ON theirs;
ALTER TABLE theirs NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
DROP INDEX theirs_cart_ext_user;
GRANT INSERT ON theirs TO regress_attach_other;
GRANT USAGE ON SCHEMA public TO regress_attach_other;
SET ROLE regress_attach_other;
SELECT throws_ok($$ INSERT INTO public.theirs VALUES ('1', 'x', 'active') $$, '23505', 'duplicate key value violates trigger "cart_ext_one_active" on table "theirs"', 'who may not read the table is refused, too');
CREATE FUNCTION pg_temp.detail() RETURNS text LANGUAGE plpgsql AS $$ DECLARE d text; BEGIN INSERT INTO public.theirs VALUES ('1', 'x', 'active'); RETURN 'taken'; EXCEPTION WHEN unique_violation THEN GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL; RETURN d; END $$;
SELECT is(pg_temp.detail(), '', 'but is shown no key');
RESET ROLE;

-- ---- loading, replication, and what comes back

SET cart_ext.loading = on;
SELECT lives_ok($$ INSERT INTO "Odd Carts" VALUES (1, 'dup', 'open') $$, 'under cart_ext.loading it keeps still');
RESET cart_ext.loading;
DELETE FROM "Odd Carts";
SET session_replication_role = replica;
SELECT lives_ok($$ INSERT INTO "Odd Carts" VALUES (1, 'dup', 'open'), (1, 'dup', 'open') $$, 'and where replication applies changes');
RESET session_replication_role;
SELECT cart_attach('user_carts') \g /dev/null
SELECT bag_eq($$ SELECT schema_name COLLATE "default", table_name COLLATE "default" FROM cart.attachments $$,
              $$ SELECT 'public', unnest('{Odd Carts,numbers,users_only,theirs,user_carts}'::text[]) $$, 'attachments are recorded');
CREATE TEMPORARY TABLE fleeting (user_id text, session_id text, status text);
SELECT cart_attach('fleeting') \g /dev/null
SELECT is(count(*)::int, 0, 'but not of a temporary table') FROM cart.attachments WHERE table_name = 'fleeting';
DROP TABLE fleeting;
CREATE TEMPORARY TABLE before AS SELECT tgrelid, pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE tgname = 'cart_ext_one_active';
DROP EXTENSION cart_ext CASCADE;
SELECT is_empty($$ SELECT FROM pg_trigger WHERE tgname = 'cart_ext_one_active' $$, 'DROP EXTENSION CASCADE takes the triggers');
DROP TABLE numbers CASCADE;
CREATE EXTENSION cart_ext;
CREATE TEMPORARY TABLE changes AS SELECT cart_setup() -> 'changes' AS changes;
SELECT set_eq($$ SELECT tgrelid, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'cart_ext_one_active' $$, $$ SELECT * FROM before WHERE tgrelid IN (SELECT oid FROM pg_class) $$, 'cart_setup() brings them back');
SELECT ok(changes @> '["attached public.\"Odd Carts\"", "attached public.users_only"]', 'and says so') FROM changes;
SELECT is(cart_setup() -> 'changes', '[]', 'once');
SELECT pg_temp.taken($$ INSERT INTO "Odd Carts" VALUES (1, 'd3', 'open') $$, '(Customer)=(1)', 'they hold');
-- A record alone puts no trigger on a stranger's table: that of a role that the tables' owner cannot be.
CREATE ROLE regress_attach_owner;
CREATE TABLE public.strangers (user_id text, session_id text, status text);
ALTER TABLE strangers OWNER TO regress_attach_app;
DROP EXTENSION cart_ext CASCADE;
ALTER SCHEMA cart RENAME TO cart_old;
CREATE EXTENSION cart_ext;
SELECT cart_setup('regress_attach_owner') \g /dev/null
INSERT INTO cart.attachments (schema_name, table_name, user_column, active_value) VALUES ('public', 'strangers', 'user_id', 'active');
SET client_min_messages = error; -- it warns that it passes it over
SELECT is(cart_setup('regress_attach_owner') -> 'changes', '[]', 'a forged record does nothing');
SELECT hasnt_trigger('public', 'strangers', 'cart_ext_one_active', 'on the stranger''s table');

-- ---- the second line behind the unique indexes of cart.carts

SELECT is(tgtype::int & 1 + 2, 1, 'an AFTER ROW trigger') FROM pg_trigger WHERE tgrelid = 'cart.carts'::regclass AND tgname = 'cart_ext_one_active';
INSERT INTO cart.carts (user_id) VALUES ('u');
INSERT INTO cart.carts (session_hash) VALUES (sha256('g'));
INSERT INTO cart.carts (user_id, till_id, tenant_id) VALUES ('u', 'till', ''), ('u', '', 'elsewhere');
SELECT throws_ok($$ INSERT INTO cart.carts (user_id) VALUES ('u') $$, '23505', 'duplicate key value violates unique constraint "carts_active_user"', 'the index is the first');
DROP INDEX cart.carts_active_user, cart.carts_active_session;
SELECT pg_temp.taken($$ INSERT INTO cart.carts (user_id) VALUES ('u') $$, '(tenant_id, user_id, till_id)=(, u, )', 'without it the trigger sees to it');
SELECT pg_temp.taken($$ INSERT INTO cart.carts (session_hash) VALUES (sha256('g')) $$, format('(tenant_id, session_hash)=(, %s)', sha256('g')), 'for sessions, too');
INSERT INTO cart.carts (user_id, status) VALUES ('u', 'held');
SELECT pg_temp.taken($$ UPDATE cart.carts SET status = 'active' WHERE status = 'held' $$, '(tenant_id, user_id, till_id)=(, u, )', 'a cart that comes back');
SELECT lives_ok($$ SELECT cart_add('{"product_id": "mug"}', user_id => n) FROM unnest('{u,v}'::text[]) n $$, 'calls go on');
SELECT lives_ok($$ SELECT cart_add('{"product_id": "mug"}', session_token => 'h'), cart_merge('w', 'h') $$);
SELECT lives_ok($$ SELECT cart_resume(cart_id, user_id => 'u') FROM cart.carts WHERE status = 'held' $$);

SELECT is_empty('SELECT unsound()', 'all is sound');
DROP EXTENSION cart_ext CASCADE;
DROP SCHEMA cart CASCADE;
DROP OWNED BY regress_attach_app, regress_attach_other, regress_attach_owner CASCADE;
DROP ROLE regress_attach_app, regress_attach_other, regress_attach_owner;
SELECT * FROM finish();
