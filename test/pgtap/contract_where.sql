-- Wherever a call may stand: every isolation level, transactions, savepoints, exception blocks, triggers,
-- procedures, prepared statements, queries over many rows; and whatever the caller's settings are.
\ir helpers.psql
\set ON_ERROR_ROLLBACK off
SELECT plan(46);

-- All writing calls, one after the other, on an owner of its own; the lines that they come to.
CREATE FUNCTION pg_temp.story(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    source uuid;
BEGIN
    PERFORM cart_add('{"product_id": "a"}', user_id => name);
    PERFORM cart_add_items('[{"product_id": "b", "quantity": 2}, {"product_id": "c"}]', user_id => name);
    PERFORM cart_update(key_of('b'), 5, user_id => name);
    PERFORM cart_remove(key_of('c'), user_id => name);
    PERFORM cart_apply('[{"op": "add", "item": {"product_id": "d"}}]', user_id => name);
    PERFORM cart_set('{"label": "l"}', user_id => name);
    PERFORM cart_touch(user_id => name);
    PERFORM cart_add('{"product_id": "b"}', 10, session_token => name);
    source := (SELECT cart_id FROM cart.carts WHERE session_hash = pg_catalog.sha256(convert_to(name, 'UTF8')));
    PERFORM cart_merge(name, name);
    PERFORM cart_unmerge(source);
    PERFORM cart_merge(name, name);
    PERFORM cart_reconcile(user_id => name);
    PERFORM cart_clear(session_token => name);
    RETURN lines(cart_get(user_id => name)) || ' v' || (cart_get(user_id => name) ->> 'version') || ' ' || (SELECT count(*) FROM cart_list(user_id => name));
END $$;
\set told '1 a, 15 b, 1 d v9 1'

SELECT is(pg_temp.story('plain'), :'told', 'all calls, each its own statement');
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT is(pg_temp.story('rc'), :'told', 'READ COMMITTED');
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT is(pg_temp.story('rr'), :'told', 'REPEATABLE READ');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT is(pg_temp.story('ser'), :'told', 'SERIALIZABLE');
COMMIT;
SELECT is(of_user(n), '1 a, 15 b, 1 d', 'it is there after COMMIT: ' || n) FROM unnest('{rc,rr,ser}'::text[]) n;
BEGIN;
SELECT is(pg_temp.story('gone'), :'told', 'before ROLLBACK');
ROLLBACK;
SELECT is(cart_get('gone'), NULL, 'nothing is left after it');
SELECT is_empty($$ SELECT FROM cart.merges WHERE user_id = 'gone' $$, 'no receipt either');
BEGIN READ ONLY;
SELECT throws_ok($$ SELECT cart_add('{"product_id": "x"}', user_id => 'ro') $$, '25006', NULL, 'a read-only transaction refuses what writes');
COMMIT;

-- Savepoints.
SELECT cart_add('{"product_id": "a"}', user_id => 's') \g /dev/null
BEGIN;
SELECT cart_add('{"product_id": "a"}', user_id => 's') \g /dev/null
SAVEPOINT one;
SELECT cart_add('{"product_id": "b"}', user_id => 's', idempotency_key => 'k') \g /dev/null
SELECT cart_clear('s') \g /dev/null
SELECT is(lines(cart_get('s')) || ' v' || (cart_get('s') ->> 'version'), ' v4', 'in a savepoint');
ROLLBACK TO one;
SELECT is(lines(cart_get('s')) || ' v' || (cart_get('s') ->> 'version'), '2 a v2', 'ROLLBACK TO takes all of it back');
SELECT is(cart_add('{"product_id": "b"}', user_id => 's', idempotency_key => 'k') -> 'replayed', NULL, 'the key, too');
SAVEPOINT two;
SELECT cart_add('{"product_id": "g"}', session_token => 's') \g /dev/null
SELECT cart_merge('s', 's') \g /dev/null
ROLLBACK TO two;
SELECT cart_add('{"product_id": "h"}', session_token => 's') \g /dev/null
RELEASE two;
SELECT is(told(cart_merge('s', 's') #> '{merge,lines}'), 'added h -+1=1', 'and a merge');
COMMIT;
SELECT is(lines(cart_get('s')) || ' v' || (cart_get('s') ->> 'version'), '2 a, 1 b, 1 h v4', 'what was not rolled back stays');
-- The first cart of an owner, made in a savepoint that is rolled back.
BEGIN;
SAVEPOINT one;
SELECT cart_add('{"product_id": "a"}', user_id => 'f') \g /dev/null
ROLLBACK TO one;
SELECT is(cart_get('f'), NULL, 'a first cart that is rolled back is gone');
SELECT is(cart_add('{"product_id": "b"}', user_id => 'f') -> 'version', '1', 'and another is made');
COMMIT;
SELECT is(of_user('f'), '1 b', 'with its own line');

-- Exception blocks.
CREATE FUNCTION pg_temp.tries(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    codes text := '';
BEGIN
    PERFORM cart_add('{"product_id": "a"}', user_id => name);
    BEGIN
        PERFORM cart_add('{"product_id": "b"}', user_id => name);
        PERFORM cart_add('{"product_id": "b"}', -1, user_id => name);
    EXCEPTION WHEN SQLSTATE 'KC005' THEN codes := codes || 'KC005 ';
    END;
    BEGIN
        PERFORM cart_update(key_of('b'), 1, user_id => name);
    EXCEPTION WHEN SQLSTATE 'KC014' THEN codes := codes || 'KC014 ';
    END;
    BEGIN
        PERFORM cart_add('{"product_id": "c"}', user_id => name), 1 / 0;
    EXCEPTION WHEN division_by_zero THEN codes := codes || '22012 ';
    END;
    PERFORM cart_add('{"product_id": "d"}', user_id => name);
    RETURN codes || lines(cart_get(name)) || ' v' || (cart_get(name) ->> 'version');
END $$;
SELECT is(pg_temp.tries('e'), 'KC005 KC014 22012 1 a, 1 d v2', 'an exception block takes back what was done in it, and the next call works');
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT is(pg_temp.tries('e2'), 'KC005 KC014 22012 1 a, 1 d v2', 'SERIALIZABLE, too');
COMMIT;
-- A hundred errors in a row leave the session as it was.
DO $$ BEGIN
    FOR n IN 1..100 LOOP
        BEGIN
            PERFORM cart_add('{"product_id": "d"}', CASE n % 4 WHEN 0 THEN -1 WHEN 1 THEN 1e9 ELSE 1 END, user_id => CASE n % 4 WHEN 2 THEN '' ELSE 'e' END, if_match => CASE n % 4 WHEN 3 THEN 'x' END);
            RAISE 'no error';
        EXCEPTION WHEN SQLSTATE 'KC005' OR SQLSTATE 'KC007' OR SQLSTATE 'KC011' OR SQLSTATE 'KC002' THEN NULL;
        END;
    END LOOP;
END $$;
SELECT is(cart_add('{"product_id": "d"}', user_id => 'e') -> 'version', '3', 'after a hundred errors the next call works');
SELECT is(current_user || current_setting('search_path'), session_user || '"$user", public', 'and the session is as it was');

-- Procedures that commit.
CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..3 LOOP
        PERFORM cart_add('{"product_id": "p"}', user_id => 'p');
        COMMIT;
        PERFORM cart_add('{"product_id": "q"}', user_id => 'p');
        ROLLBACK;
    END LOOP;
END $$;
CALL commits();
SELECT is(of_user('p'), '3 p', 'a procedure that commits and rolls back');

-- Triggers of an application.
CREATE TABLE click (owner text, item jsonb);
CREATE FUNCTION clicked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM cart_add(NEW.item, user_id => NEW.owner);
    RETURN NEW;
END $$;
CREATE TRIGGER clicked AFTER INSERT ON click FOR EACH ROW EXECUTE FUNCTION clicked();
CREATE CONSTRAINT TRIGGER clicked_late AFTER INSERT ON click DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION clicked();
INSERT INTO click SELECT 't' || n % 3, '{"product_id": "t"}' FROM generate_series(1, 9) n;
SELECT is(of_user('t' || n), '6 t', 'from a trigger, and from a deferred one: t' || n) FROM generate_series(0, 2) n;
SELECT throws_ok($$ INSERT INTO click VALUES ('t0', '{"product_id": "t"}'), ('t0', '{}') $$, 'KC004', NULL, 'an error in a trigger fails the statement');
SELECT is(of_user('t0'), '6 t', 'as a whole');
-- A trigger on the carts that calls the library again. It runs under the library's search_path.
CREATE FUNCTION gift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.product_id = 'big' THEN
        PERFORM public.cart_add('{"product_id": "gift"}', user_id => (SELECT user_id FROM cart.carts WHERE cart_id = NEW.cart_id));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gift AFTER INSERT ON cart.items FOR EACH ROW EXECUTE FUNCTION gift();
SELECT cart_add('{"product_id": "big"}', user_id => 'g') \g /dev/null
SELECT is(of_user('g'), '1 big, 1 gift', 'from a trigger on the lines themselves');
SELECT ok(count(*) = 1 AND max(version) > 1, 'the version tells of both') FROM cart.carts WHERE user_id = 'g';
DROP TRIGGER gift ON cart.items;

-- Queries over many rows.
SELECT is(count(DISTINCT a -> 'version')::int, 500, 'each row is a call') FROM (SELECT cart_add('{"product_id": "n"}', user_id => 'n') FROM generate_series(1, 500)) x (a);
SELECT is(of_user('n'), '500 n', 'which sees those before');
SELECT is(count(*)::int, 300, 'many owners') FROM (SELECT cart_add('{"product_id": "n"}', user_id => 'n' || n) FROM generate_series(1, 300) n) x (a) WHERE a ->> 'version' = '1';
SELECT is(sum((cart_get('n' || n) #>> '{totals,quantity}')::int)::int, 300, 'reading them') FROM generate_series(1, 300) n;
SELECT is(string_agg(a ->> 'version', ','), '1,2,3,4', 'in VALUES, one after the other') FROM (VALUES (cart_add('{"product_id": "v"}', user_id => 'v')), (cart_add('{"product_id": "v"}', user_id => 'v')),
    (cart_clear('v')), (cart_add('{"product_id": "v"}', user_id => 'v'))) x (a);
WITH added AS (SELECT cart_add('{"product_id": "w"}', user_id => 'w') AS a) SELECT is(lines(a), '1 w', 'in a CTE') FROM added;
-- A STABLE function sees what was there when its query began, as any.
SELECT is(cart_get('w') #>> '{totals,quantity}', '1', 'cart_get sees the statement''s snapshot') FROM cart_add('{"product_id": "w"}', user_id => 'w');
CREATE TABLE answers AS SELECT cart_add('{"product_id": "z"}', user_id => 'z' || n) AS a FROM generate_series(1, 3) n;
SELECT is(count(*)::int, 3, 'CREATE TABLE AS') FROM answers WHERE lines(a) = '1 z';
UPDATE answers SET a = cart_clear(a ->> 'user_id');
SELECT is(count(*)::int, 3, 'UPDATE') FROM answers WHERE lines(a) = '' AND a ->> 'version' = '2';

-- Prepared, with the generic plan, too.
PREPARE added(jsonb, numeric, text) AS SELECT cart_add($1, $2, user_id => $3) -> 'version';
SET plan_cache_mode = force_generic_plan;
EXECUTE added('{"product_id": "x"}', 1, 'prep') \g /dev/null
EXECUTE added('{"product_id": "x"}', 2, 'prep') \g /dev/null
SET plan_cache_mode = force_custom_plan;
EXECUTE added('{"product_id": "x"}', 3, 'prep') \g /dev/null
RESET plan_cache_mode;
SELECT is(of_user('prep'), '6 x', 'prepared');

-- The caller's search_path and settings.
CREATE SCHEMA evil;
CREATE FUNCTION evil.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT 'x'::bytea $$;
CREATE FUNCTION evil.wrong(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.wrong);
CREATE TABLE evil.carts (x int);
CREATE TEMPORARY TABLE items (x int);
SET search_path = evil, cart, public, pg_catalog;
SELECT public.cart_add('{"product_id": "x"}', user_id => 'path') ->> 'version' AS one, pg_temp.story('path2') AS two \gset
SET search_path = '';
SELECT public.cart_add('{"product_id": "x"}', user_id => 'path') ->> 'version' AS three \gset
RESET search_path;
DROP TABLE items;
-- pgTAP itself would not work there.
SELECT is(:'one'::text || :'two', '1' || :'told', 'the caller''s search_path does not matter');
SELECT is(:'three'::text, '2', 'nor an empty one');
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = 'sql_standard';
SET timezone = 'Asia/Kolkata';
SET bytea_output = escape;
SET extra_float_digits = -15;
SET standard_conforming_strings = off;
SET transform_null_equals = on;
SET quote_all_identifiers = on;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SET enable_seqscan = off;
SET xmloption = document;
SET row_security = off;
SELECT is(pg_temp.story('settings'), :'told', 'nor other settings');
RESET ALL;
SET client_min_messages = warning;
SELECT is(of_user('settings'), '1 a, 15 b, 1 d', 'and the tables have what they should');

SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT * FROM finish();
