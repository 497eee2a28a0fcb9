-- Attacks on the carts, each a test by name. Those that need a connection, a file or a restart of their
-- own: test/tap/010_signed_claims.pl.
\ir helpers.psql
\ir roles.psql
\set ON_ERROR_ROLLBACK off
SELECT plan(218);
SELECT cart_grant(('regress_' || level)::regrole, level) FROM unnest('{shopper,application,admin}'::text[]) level \g /dev/null

-- What ran where it should not, and as whom.
CREATE TABLE caught (what text, ran_as name);
GRANT SELECT, INSERT, DELETE ON caught TO PUBLIC;
CREATE FUNCTION spy(what text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.caught VALUES (what, current_user); END $$;

SELECT make('active', 'anna', product => 'anna'), make('active', 'ben', product => 'ben') AS ben, make('active', token('guest'), product => 'guest') AS guest, make('active', token('guest'), 'elsewhere', product => 'guest elsewhere') AS guest_elsewhere,
       make('active', 'anna', 'elsewhere', product => 'anna elsewhere') AS elsewhere \gset

-- ---- trojan functions and operators

-- Everything that a statement of ours could use, under the same name and with the same parameters.
CREATE SCHEMA trojan;
GRANT USAGE ON SCHEMA trojan TO PUBLIC;
DO $$
DECLARE
    p record;
BEGIN
    FOR p IN SELECT oid, proname, proretset, pg_get_function_identity_arguments(oid) AS arguments, pg_get_function_result(oid) AS result FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND proargmodes IS NULL AND prorettype::regtype::text <> ALL ('{void,cstring,internal,trigger}'::text[])
            AND proname = ANY ('{lower,upper,sha256,md5,encode,decode,convert_to,now,clock_timestamp,transaction_timestamp,gen_random_uuid,jsonb_array_elements,jsonb_object_keys,to_jsonb,jsonb_strip_nulls,jsonb_set,btrim,length,substr,
                                strpos,format,quote_ident,quote_literal,current_setting,set_config,has_function_privilege,pg_has_role,hashtext,abs,round,array_length,unnest,generate_series,text,numeric,int8,timestamptz,uuid_eq,texteq}'::name[]) LOOP
        BEGIN
            EXECUTE format('CREATE FUNCTION trojan.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', p.proname, p.arguments, p.result, format('BEGIN PERFORM public.spy(%L); RETURN%s; END', p.proname || '()', CASE WHEN p.proretset THEN '' ELSE ' NULL' END));
        EXCEPTION WHEN OTHERS THEN NULL; -- some types cannot be said in PL/pgSQL
        END;
    END LOOP;
    FOR p IN SELECT oid, oprname, oprleft::regtype AS l, oprright::regtype AS r, oprresult::regtype AS result FROM pg_operator
        WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprname = ANY ('{=,<>,<,>,<=,>=,||,->,->>,#>,#>>,@>,?,+,-,*,&&}'::name[])
            AND ARRAY[oprleft::regtype::text, oprright::regtype::text] <@ '{text,name,uuid,bytea,smallint,integer,bigint,oid,jsonb,numeric,timestamp with time zone,interval,boolean,text[]}'::text[] LOOP
        EXECUTE format('CREATE FUNCTION trojan.operator_%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L', p.oid, p.l, p.r, p.result, format('BEGIN PERFORM public.spy(%L); RETURN NULL; END', format('%s %s %s', p.l, p.oprname, p.r)));
        EXECUTE format('CREATE OPERATOR trojan.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = trojan.operator_%s)', p.oprname, p.l, p.r, p.oid);
    END LOOP;
END $$;
CREATE TABLE trojan.carts (cart_id uuid);
CREATE TABLE trojan.items (cart_id uuid);
GRANT ALL ON trojan.carts, trojan.items TO PUBLIC;
SELECT cmp_ok((SELECT count(*)::int FROM pg_operator WHERE oprnamespace = 'trojan'::regnamespace), '>', 40, 'attack: trojan operators, many of them');
-- They do spring in the caller's own statements.
SELECT is(would('regress_shopper', '{"search_path": "trojan, cart, pg_catalog, public"}', $$ SELECT 'a'::text = 'a'::text $$), NULL, 'attack: they are found where the caller''s path counts');
SELECT key_of('x') AS key, key_of('anna') AS anna_key, token('trojan') AS token \gset
CREATE TABLE story (n int GENERATED ALWAYS AS IDENTITY, role name, call text);
INSERT INTO story (role, call) SELECT 'regress_shopper', 'SELECT public.' || call FROM unnest(ARRAY['cart_add(''{"product_id": "x"}'')', 'cart_add_items(''[{"product_id": "y", "options": {"a": [1]}}]'')', format('cart_update(%L, 3, ''{"note": "n"}'')', :'key'), format('cart_remove(%L)', :'key'),
    'cart_apply(''[{"op": "add", "item": {"product_id": "z"}}, {"op": "set", "changes": {"label": "l"}}]'', idempotency_key => ''k'')', 'cart_set(''{"metadata": {"a": 1}}'')', 'cart_get()', 'cart_list()', 'cart_touch()', format('cart_add(''{"product_id": "g"}'', session_token => %L)', :'token'),
    format('cart_merge(session_token => %L)', :'token'), 'cart_reconcile()', 'cart_reprice()', 'cart_clear()', 'cart_session_create()', 'cart_item_key(''{"product_id": 1}'')', 'cart_items_merge(''[{"product_id": 1}]'', ''[{"product_id": 1}]'')', 'cart_totals(''[{"product_id": 1, "unit_price": 2}]'')']) call
UNION ALL VALUES ('regress_shopper', 'TABLE cart.carts'), ('regress_shopper', 'TABLE cart.items');
INSERT INTO story (role, call) SELECT role, 'SELECT public.' || call FROM unnest('{regress_application,none}'::name[]) role, unnest(ARRAY['cart_add(''{"product_id": "x"}'', user_id => ''trojan'')', 'cart_set_discount(''{"type": "percent", "value": 10}'', ''trojan'')', 'cart_hold(user_id => ''trojan'')', 'cart_held()',
    'cart_add(''{"product_id": "x"}'', user_id => ''trojan'')', 'cart_checkout(user_id => ''trojan'')', 'cart_export(''trojan'')', 'cart_forget(''trojan'')']) call;
INSERT INTO story (role, call) VALUES ('regress_application', 'INSERT INTO cart.carts (user_id) VALUES (''trojan'')'), ('regress_application', 'INSERT INTO cart.items (cart_id, item) VALUES (''' || :'guest' || ''', ''{"product_id": "direct"}'')'), ('regress_application', 'UPDATE cart.items SET quantity = 4 WHERE cart_id OPERATOR(pg_catalog.=) ''' || :'guest' || ''''), ('regress_application', 'DELETE FROM cart.items WHERE product_id OPERATOR(pg_catalog.=) ''guest'' AND cart_id OPERATOR(pg_catalog.=) ''' || :'guest' || ''''),
    ('regress_admin', 'SELECT public.cart_reconcile_all()'), ('regress_admin', 'SELECT public.cart_configure(''{"max_lines": 10}'', ''trojan'')'), ('none', 'SELECT public.cart_setup()'), ('none', 'SELECT public.cart_grant(''regress_other'', ''shopper'')'), ('none', 'SELECT public.cart_revoke(''regress_other'')');
CREATE FUNCTION in_trojan(role name, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    a answer := attempt(role, '{"request.jwt.claims": "{\"sub\": \"anna\"}", "search_path": "trojan, cart, pg_catalog, public, pg_temp"}', call, true);
BEGIN
    RETURN is(a.code || coalesce(a.message, ''), '00000', 'attack: trojans in the search_path of ' || role || ': ' || call);
END $$;
DELETE FROM caught;
SELECT in_trojan(role, call) FROM story ORDER BY n;
SELECT is_empty('SELECT * FROM caught', 'attack: no trojan has run, as nobody');
SELECT is_empty('SELECT 1 FROM trojan.carts UNION ALL SELECT 1 FROM trojan.items', 'attack: no table of that name was taken for ours');
SELECT is(stored(:'guest'), '4 direct', 'attack: what should have been done has been done');
DELETE FROM cart.carts WHERE user_id = 'trojan';
BEGIN;
SELECT is(outcome(attempt('none', '{"cart_ext.clock": "2100-01-01", "search_path": "trojan, cart, pg_catalog, public, pg_temp"}', $$ SELECT public.cart_sweep() OPERATOR(pg_catalog.->>) 'abandoned'::pg_catalog.text $$, true)), '2', 'attack: trojans in the search_path of a sweep');
SELECT is_empty('SELECT * FROM caught', 'attack: have not run, either');
ROLLBACK;

-- A marker of the caller's own.
CREATE FUNCTION trojan.cart_application() RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION public.cart_application(x int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
SELECT denied('regress_shopper', claims('{"sub": "anna"}') || '{"search_path": "trojan, public, pg_catalog"}', $$ SELECT public.cart_get('ben') $$, 'attack: a cart_application() of the caller''s own');
DROP FUNCTION public.cart_application(int);
DROP SCHEMA trojan CASCADE;

-- ---- shadows

SELECT cart_add('{"product_id": "anna"}', user_id => 'anna') \g /dev/null
SELECT did('anna', format('CREATE TEMPORARY TABLE %I (tenant_id text, cart_id uuid, user_id text, item jsonb, level text, role_name text)', t)) FROM unnest('{carts,items,grants,settings,requests,merges}'::name[]) t \g /dev/null
SELECT did('anna', format('CREATE TRIGGER t BEFORE INSERT OR UPDATE OR DELETE ON pg_temp.%I FOR EACH STATEMENT EXECUTE FUNCTION suppress_redundant_updates_trigger()', t)) FROM unnest('{carts,items}'::name[]) t \g /dev/null
CREATE SCHEMA "Cart" AUTHORIZATION regress_shopper;
CREATE SCHEMA "cart " AUTHORIZATION regress_shopper;
CREATE TABLE "Cart".carts (x int);
CREATE TABLE "cart ".carts (x int);
SELECT is(would('regress_shopper', claims('{"sub": "anna"}') || jsonb_build_object('search_path', path), $$ SELECT public.cart_add('{"product_id": "anna"}', 4) #>> '{items,0,quantity}' $$), '5', 'attack: temporary tables carts and items, with the path ' || path) FROM unnest(ARRAY['"$user", public', 'pg_temp, public', 'pg_temp, pg_catalog, cart, public', '"Cart", "cart ", public', '']) path;
SELECT is(would('anna', 'SELECT lines(cart_get())'), '1 anna', 'attack: they are not read, either');
SELECT is(did('application', $$ SELECT lines(cart_add('{"product_id": "ben"}', user_id => 'ben')) $$), '2 ben', 'attack: nor by others in the session');
SELECT is_empty('SELECT 1 FROM pg_temp.carts UNION ALL SELECT 1 FROM pg_temp.items UNION ALL SELECT 1 FROM pg_temp.grants UNION ALL SELECT 1 FROM pg_temp.requests', 'attack: nor written');
SELECT lives_ok('SELECT cart_setup()', 'attack: nor does cart_setup() mind them');
DROP TABLE pg_temp.carts, pg_temp.items, pg_temp.grants, pg_temp.settings, pg_temp.requests, pg_temp.merges;

-- ---- settings, roles, wrappers

SELECT is(would('anna', $$ SELECT lines(cart_get()) FROM set_config('cart_ext.user_id', 'ben', true) a, set_config('cart_ext.tenant_id', 'elsewhere', true) b $$), '1 anna', 'attack: SET cart_ext.user_id');
SELECT is(would('stranger', $$ SELECT lines(cart_get()) FROM set_config('cart_ext.user_id', 'ben', true) $$), 'KC011', 'attack: SET cart_ext.user_id without claims');
SELECT denied('anna', $$ SELECT cart_get('ben') FROM set_config('cart_ext.user_id', 'ben', true) $$, 'attack: SET cart_ext.user_id, and named');
SET SESSION AUTHORIZATION regress_shopper;
SELECT throws_ok('SET ROLE ' || r, '42501', NULL, 'attack: SET ROLE ' || r) FROM unnest('{regress_application,regress_admin,postgres}'::text[]) r;
SELECT throws_ok($$ SELECT cart_get('ben') $$, '42501', NULL, 'attack: after it nothing is open');
RESET SESSION AUTHORIZATION;
-- A SECURITY DEFINER function acts as its owner: an application's may serve a shopper, which is the way to
-- delegate; a shopper's own gains nothing.
CREATE FUNCTION for_ben() RETURNS jsonb LANGUAGE sql SECURITY DEFINER AS $$ SELECT public.cart_get('ben') $$;
ALTER FUNCTION for_ben() OWNER TO regress_application;
SELECT is(would('anna', 'SELECT lines(for_ben())'), '2 ben', 'attack: SECURITY DEFINER of an application acts as that, as it was meant');
ALTER FUNCTION for_ben() OWNER TO regress_shopper;
SELECT denied(who, 'SELECT for_ben()', 'attack: SECURITY DEFINER of a shopper, called by ' || who) FROM unnest('{anna,application,admin,owner}'::text[]) who;
ALTER FUNCTION for_ben() OWNER TO regress_nobody;
SELECT denied(who, 'SELECT for_ben()', 'attack: SECURITY DEFINER of nobody, called by ' || who) FROM unnest('{anna,application,owner}'::text[]) who;
CREATE FUNCTION claims_within() RETURNS text LANGUAGE sql SECURITY DEFINER SET request.jwt.claims = '{"sub": "ben"}' AS $$ SELECT public.cart_get() ->> 'user_id' $$;
ALTER FUNCTION claims_within() OWNER TO regress_application;
SELECT is(would('anna', 'SELECT claims_within()'), 'ben', 'attack: what claims such a function sets, it alone is responsible for');
SELECT is(would('anna', 'SELECT cart_get() ->> ''user_id'' FROM claims_within()'), 'anna', 'attack: and they end with it');

-- ---- claims, as the list has them; all of them: contract_authorization.sql

SELECT denied('regress_shopper', claims(document), 'SELECT cart_get()', 'attack: claims that are ' || what) FROM (VALUES ('an array', '[{"sub": "ben"}]'), ('a number', '7'), ('1 MB', '{"sub": "ben", "x": "' || repeat('x', 1 << 20) || '"}'), ('twice the same member', '{"sub": "anna", "sub": "ben"}'),
    ('deep', '{"sub": ' || repeat('[', 10000) || repeat(']', 10000) || '}')) x (what, document);

-- ---- tokens, ids, keys and links of others

SELECT is(would('regress_shopper', claims('{"sub": "anna", "tenant_id": "third"}'), 'SELECT lines(cart_get(session_token => token(''guest'')))'), '', 'attack: a token of another tenant finds nothing');
SELECT is(would('regress_shopper', claims('{"sub": "anna", "tenant_id": "third"}'), 'SELECT cart_merge(session_token => token(''guest'')) #>> ''{merge,reason}'''), 'no_guest_cart', 'attack: nor merges anything');
SELECT denied('regress_shopper', claims('{"sub": "anna", "tenant_id": "third"}'), format('SELECT cart_get(session_token => token(''guest''), cart_id => %L)', :'guest'), 'attack: nor does it reach the cart by its id');
SELECT denied('guest', format('SELECT cart_get(cart_id => %L)', :'guest_elsewhere'), 'attack: nor is the cart of the same token in another tenant reached by its id');
SELECT denied('guest', format('SELECT cart_restore(%L)', :'guest_elsewhere'), 'attack: nor brought back');
SELECT denied('anna', format('SELECT cart_get(cart_id => %L)', :'elsewhere'), 'attack: nor the cart of the same user id');
SELECT cart_get('ben') ->> 'etag' AS etag \gset
SELECT denied('anna', format('SELECT cart_get(cart_id => %L, if_none_match => %L)', :'ben', :'etag'), 'attack: a guessed etag does not tell that the cart is there');
SELECT denied('anna', format('SELECT cart_checkout_cancel(%L, if_match => %L)', :'ben', :'etag'), 'attack: nor does if_match');
SELECT did('anna', $$ SELECT cart_add('{"product_id": "k"}', idempotency_key => 'key') $$) \g /dev/null
SELECT is(would('ben', $$ SELECT a -> 'replayed' FROM cart_add('{"product_id": "k"}', idempotency_key => 'key') a $$), NULL, 'attack: another''s idempotency key is an own one');
SELECT denied('ben', $$ SELECT cart_add('{"product_id": "k"}', user_id => 'anna', idempotency_key => 'key') $$, 'attack: nor is an answer replayed to somebody else');
SET cart_ext.tenant_id = 'elsewhere';
SELECT cart_link_create(:'elsewhere') ->> 'link' AS link \gset
RESET cart_ext.tenant_id;
SELECT is(would('anna', format('SELECT cart_link_open(%L)', l)), 'KC001', 'attack: a link of another tenant leads nowhere: ' || what) FROM (VALUES (:'link', 'there'), ('no such link', 'no such')) x (l, what);
SELECT is(count(DISTINCT (a.message, a.detail, a.hint))::int, 1, 'attack: and its words do not tell') FROM (VALUES (:'link'), ('no such link')) x (l), LATERAL attempt('anna', format('SELECT cart_link_open(%L)', l)) a;

-- ---- SQL in names

CREATE TABLE evil (name text);
INSERT INTO evil VALUES ('x''; DROP TABLE cart.items; --'), ('x"; DROP TABLE cart.items; --'), ('"'), (''''), ('\'), ('$$'), ('$1'), ('%s%I%L%'), ('x'') OR true --'), ('-- '), ('/*'), (E'a\nb'), ('{}'), ('NULL');
SELECT is(would('owner', format('SELECT lines(cart_add(jsonb_build_object(''product_id'', ''p'', %L, 1), user_id => ''m'')) FROM cart_configure(jsonb_build_object(''match_on'', jsonb_build_array(''product_id'', %1$L)))', name)), '1 p', 'attack: match_on ' || quote_ident(translate(name, E'\n', ' '))) FROM evil;
SELECT is(did('application', format('SELECT cart_add(jsonb_build_object(''product_id'', %L, ''options'', jsonb_build_object(%1$L, %1$L)), user_id => %1$L, tenant_id => %1$L, idempotency_key => %1$L) #>> ''{items,0,product_id}''', name)), name, 'attack: a product, user and tenant ' || quote_ident(translate(name, E'\n', ' '))) FROM evil;
SELECT is(count(*)::int, (SELECT count(*)::int FROM evil), 'attack: they are kept as they came') FROM cart.carts JOIN cart.items USING (tenant_id, cart_id) JOIN evil ON (user_id, tenant_id, item ->> 'product_id') = (name, name, name);
SELECT is(would('owner', format('SELECT cart_configure(jsonb_build_object(%L, %L)) ->> ''none''', setting, name)) IS NULL, false, 'attack: ' || setting || ' ' || quote_ident(translate(name, E'\n', ' '))) FROM unnest('{catalog,discount_resolver}'::text[]) setting, (SELECT name FROM evil
    UNION ALL VALUES ('public.spy; DROP TABLE cart.items'), ('public.spy(text)'), ('(SELECT 1)'), ('pg_catalog.pg_read_file'), ('pg_sleep'), ('public.no_such'), ('no_such.f'), ('a.b.c.d'), ('cart_forget'), ('public.cart_setup')) x;
SELECT has_table('cart'::name, t::name, 'attack: cart.' || t || ' is still there') FROM unnest('{carts,items}'::text[]) t;
SELECT is_empty($$ SELECT * FROM cart.settings WHERE settings ?| '{catalog,discount_resolver}' $$, 'attack: nothing of it was stored');

-- ---- planted beforehand

SELECT cart_setup() \g /dev/null
ALTER TABLE cart.carts DISABLE ROW LEVEL SECURITY;
ALTER TABLE cart.items DISABLE ROW LEVEL SECURITY;
SELECT isnt(cart_setup() -> 'changes', '[]', 'attack: row security that was switched off');
SELECT is(would('anna', 'SELECT count(*) FROM cart.carts'), '1', 'attack: is on again after cart_setup()');
DO $$
DECLARE
    p record;
BEGIN
    FOR p IN SELECT polname, polrelid::regclass AS relation FROM pg_policy WHERE polrelid IN ('cart.carts'::regclass, 'cart.items'::regclass) LOOP
        EXECUTE format('DROP POLICY %I ON %s', p.polname, p.relation);
    END LOOP;
END $$;
CREATE POLICY planted ON cart.carts FOR SELECT USING (true);
CREATE POLICY planted ON cart.items FOR SELECT USING (true);
SELECT isnt(cart_setup() -> 'changes', '[]', 'attack: policies that were exchanged');
SELECT is(would('anna', 'SELECT count(*) FROM cart.carts'), '1', 'attack: are ours again after cart_setup()');
SELECT is_empty($$ SELECT FROM pg_policy WHERE polname = 'planted' $$, 'attack: and nobody else''s');

DROP SCHEMA cart CASCADE;
CREATE SCHEMA cart AUTHORIZATION regress_other;
SELECT refused('SELECT cart_setup()', '42501', 'attack: a schema planted before cart_setup()');
DROP SCHEMA cart;
CREATE SCHEMA cart;
CREATE FUNCTION planted(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE cart.%I (tenant_id text, cart_id uuid, role_name text, level text)', name);
    EXECUTE format('ALTER TABLE cart.%I OWNER TO regress_other', name);
    RETURN refused('SELECT cart_setup()', '42501', 'attack: a table planted before cart_setup(): ' || name);
END $$;
SELECT planted('carts');
DROP TABLE cart.carts;
SELECT planted('items');
DROP TABLE cart.items;
SELECT planted('grants');
DROP TABLE cart.grants;
SELECT planted('settings');
DROP TABLE cart.settings;
CREATE VIEW cart.carts AS SELECT ''::text AS tenant_id;
ALTER VIEW cart.carts OWNER TO regress_other;
SELECT isnt(would('owner', $$ SELECT cart_setup() ->> 'none' $$), NULL, 'attack: a view planted before cart_setup()');
DROP SCHEMA cart CASCADE;
DROP EXTENSION cart_ext CASCADE;
CREATE FUNCTION public.cart_get(user_id text DEFAULT NULL, session_token text DEFAULT NULL, tenant_id text DEFAULT NULL, cart_id uuid DEFAULT NULL, if_none_match text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$ SELECT NULL::jsonb $$;
SELECT throws_ok('CREATE EXTENSION cart_ext', '42723', NULL, 'attack: a function planted before CREATE EXTENSION is not taken over');
DROP FUNCTION public.cart_get;

-- ---- default privileges

ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC, regress_nobody, regress_shopper;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO PUBLIC, regress_nobody;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC, regress_nobody, regress_shopper;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC, regress_nobody, regress_shopper;
CREATE EXTENSION cart_ext;
SELECT cart_setup(), cart_grant('regress_shopper', 'shopper') \g /dev/null
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM PUBLIC, regress_nobody, regress_shopper;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM PUBLIC, regress_nobody;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM regress_nobody, regress_shopper;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM PUBLIC, regress_nobody, regress_shopper;
SELECT is_empty($$ SELECT oid::regprocedure FROM functions WHERE has_function_privilege('regress_nobody', oid, 'EXECUTE') $$, 'attack: default privileges give nobody a function');
SELECT is_empty($$ SELECT oid::regprocedure FROM functions JOIN levels USING (name) JOIN ranks USING (level) WHERE rank > 1 AND has_function_privilege('regress_shopper', oid, 'EXECUTE') $$, 'attack: nor a shopper one of a higher level');
SELECT is_empty($$ SELECT c.oid::regclass, r, p FROM pg_class c, unnest('{public,regress_nobody,regress_shopper}'::name[]) r, unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) p
                   WHERE relnamespace = 'cart'::regnamespace AND relkind = 'r' AND has_table_privilege(r, c.oid, p) AND NOT (r = 'regress_shopper' AND relname IN ('carts', 'items') AND p = 'SELECT') $$, 'attack: nor a table');
SELECT is_empty($$ SELECT r, p FROM unnest('{public,regress_nobody,regress_shopper}'::name[]) r, unnest('{USAGE,CREATE}'::text[]) p WHERE has_schema_privilege(r, 'cart', p) AND NOT (r = 'regress_shopper' AND p = 'USAGE') $$, 'attack: nor the schema');
SELECT denied('nobody', 'SELECT cart_get()', 'attack: and nothing is open to nobody');
SELECT denied('anna', 'SELECT cart_get(''ben'')', 'attack: nor is a shopper an application by them');

-- ---- planted on the tables by their owner

-- The owner of the tables is no superuser, and would like to be: whatever it hangs on them must not run as
-- the superuser who calls.
SELECT cart_revoke('regress_shopper') \g /dev/null
DROP SCHEMA cart CASCADE;
CREATE ROLE regress_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_owner GRANT ALL ON TABLES TO regress_nobody, PUBLIC;
SELECT cart_setup('regress_owner'), cart_grant('regress_shopper', 'shopper'), cart_grant('regress_application', 'application'), cart_grant('regress_admin', 'admin') \g /dev/null
SELECT is_empty($$ SELECT c.oid::regclass FROM pg_class c WHERE relnamespace = 'cart'::regnamespace AND relkind = 'r' AND has_table_privilege('regress_nobody', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE') $$, 'attack: default privileges of the tables'' owner');
ALTER DEFAULT PRIVILEGES FOR ROLE regress_owner REVOKE ALL ON TABLES FROM regress_nobody, PUBLIC;
INSERT INTO callers VALUES ('tables'' owner', 'regress_owner', '{}'), ('eve', 'regress_shopper', claims('{"sub": "eve"}'));
CREATE FUNCTION spy_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.spy(TG_NAME); RETURN coalesce(NEW, OLD); END $$;
CREATE FUNCTION spy_index(uuid) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.spy('index'); RETURN $1::text; END $$;
CREATE FUNCTION spy_check(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.spy('check'); RETURN true; END $$;
CREATE FUNCTION spy_default() RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM public.spy('default'); RETURN NULL; END $$;
CREATE FUNCTION spy_policy() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM public.spy('policy'); RETURN true; END $$;
ALTER FUNCTION spy_trigger() OWNER TO regress_owner;
ALTER FUNCTION spy_index(uuid) OWNER TO regress_owner;
SET ROLE regress_owner;
CREATE TRIGGER trigger_of_carts BEFORE INSERT OR UPDATE ON cart.carts FOR EACH ROW EXECUTE FUNCTION spy_trigger();
CREATE TRIGGER trigger_of_items AFTER INSERT OR UPDATE OR DELETE ON cart.items FOR EACH ROW EXECUTE FUNCTION spy_trigger();
CREATE CONSTRAINT TRIGGER deferred_of_carts AFTER INSERT OR UPDATE ON cart.carts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION spy_trigger();
CREATE CONSTRAINT TRIGGER deferred_of_items AFTER INSERT OR UPDATE OR DELETE ON cart.items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION spy_trigger();
CREATE CONSTRAINT TRIGGER deferred_of_requests AFTER INSERT OR UPDATE OR DELETE ON cart.requests DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION spy_trigger();
CREATE CONSTRAINT TRIGGER deferred_of_merges AFTER INSERT OR UPDATE OR DELETE ON cart.merges DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION spy_trigger();
CREATE CONSTRAINT TRIGGER deferred_of_settings AFTER INSERT OR UPDATE OR DELETE ON cart.settings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION spy_trigger();
CREATE CONSTRAINT TRIGGER deferred_of_grants AFTER INSERT OR UPDATE OR DELETE ON cart.grants DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION spy_trigger();
CREATE INDEX planted ON cart.carts (spy_index(cart_id));
ALTER TABLE cart.carts ADD CONSTRAINT planted CHECK (spy_check(label));
ALTER TABLE cart.carts ALTER label SET DEFAULT spy_default();
CREATE POLICY planted ON cart.carts FOR SELECT USING (spy_policy());
RESET ROLE;
DELETE FROM caught;
-- By a superuser, each its own transaction, so that what is deferred runs.
SELECT cart_add('{"product_id": "a"}', user_id => 's', idempotency_key => 'k') \g /dev/null
SELECT cart_add('{"product_id": "a"}', user_id => 's', idempotency_key => 'k') \g /dev/null
SELECT cart_add_items('[{"product_id": "b"}, {"product_id": "c"}]', 's') \g /dev/null
SELECT cart_update(key_of('a'), 3, user_id => 's') \g /dev/null
SELECT cart_remove(key_of('b'), 's') \g /dev/null
SELECT cart_apply('[{"op": "set", "changes": {"label": "l"}}, {"op": "add", "item": {"product_id": "d"}}]', 's') \g /dev/null
SELECT cart_touch('s') \g /dev/null
SELECT cart_add('{"product_id": "g"}', session_token => 's') \g /dev/null
SELECT cart_merge('s', 's') \g /dev/null
SELECT cart_reconcile('s') \g /dev/null
SELECT cart_set_discount('{"type": "percent", "value": 10}', 's') \g /dev/null
SELECT cart_hold(user_id => 's') ->> 'cart_id' AS held \gset
SELECT cart_resume(:'held', user_id => 's') \g /dev/null
SELECT cart_checkout(user_id => 's') ->> 'cart_id' AS draft \gset
SELECT cart_checkout_cancel(:'draft') \g /dev/null
SELECT cart_link_create(:'draft') ->> 'link' AS link \gset
SELECT cart_link_open(:'link', 't') \g /dev/null
SELECT cart_configure('{"max_lines": 10}') \g /dev/null
SELECT cart_grant('regress_other', 'shopper') \g /dev/null
SELECT cart_revoke('regress_other') \g /dev/null
SELECT cart_reconcile_all() \g /dev/null
SELECT cart_add('{"product_id": "a"}', session_token => 'swept') \g /dev/null
SET cart_ext.clock = '2100-01-01';
SELECT cart_sweep() \g /dev/null
SET cart_ext.clock = '2101-01-01';
SELECT cart_sweep() ->> 'purged' AS purged \gset
RESET cart_ext.clock;
SELECT cart_get('t'), cart_export('t') \g /dev/null
SELECT cart_forget('t') \g /dev/null
SELECT is_empty($$ SELECT DISTINCT what, ran_as FROM caught WHERE ran_as <> 'regress_owner' $$, 'attack: a trigger, a deferred trigger, an index expression, a constraint, a default and a policy planted by the owner do not run as the superuser who calls');
SELECT is_empty($$ SELECT unnest('{trigger_of_carts,trigger_of_items,deferred_of_carts,deferred_of_items,deferred_of_requests,deferred_of_merges,deferred_of_settings,deferred_of_grants,index,check}'::text[]) EXCEPT SELECT what FROM caught $$, 'attack: though they ran');
SELECT cmp_ok(:purged, '>', 0, 'attack: nor when the superuser sweeps');
-- Nor can they take the role back.
CREATE FUNCTION escalate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('role', 'none', true); PERFORM public.spy('escalated'); RETURN NEW; END $$;
CREATE FUNCTION escalate_session() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('session_authorization', session_user, true); PERFORM public.spy('escalated'); RETURN NEW; END $$;
SET ROLE regress_owner;
CREATE TRIGGER escalate BEFORE INSERT ON cart.items FOR EACH ROW WHEN (NEW.product_id = 'role') EXECUTE FUNCTION escalate();
CREATE TRIGGER escalate_session BEFORE INSERT ON cart.items FOR EACH ROW WHEN (NEW.product_id = 'session') EXECUTE FUNCTION escalate_session();
RESET ROLE;
SELECT refused($$ SELECT cart_add('{"product_id": "role"}', user_id => 'r') $$, '42501', 'attack: a trigger that takes the superuser''s role back');
SELECT refused($$ SELECT cart_add('{"product_id": "session"}', user_id => 'r') $$, '42501', 'attack: or its session');
SET ROLE regress_owner;
DROP TRIGGER escalate ON cart.items;
DROP TRIGGER escalate_session ON cart.items;
DROP POLICY planted ON cart.carts;
RESET ROLE;

-- ---- catalogues and resolvers

-- Whoever configures one must be able to act as its owner; it runs with that owner's rights, and its own path.
CREATE TABLE prices (product_id text, price numeric);
INSERT INTO prices VALUES ('mug', 7);
CREATE FUNCTION shop_catalog(tenant_id text, items jsonb, context jsonb) RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.spy('catalogue');
    RETURN QUERY SELECT (i ->> 'item_key')::uuid, (SELECT price FROM prices p WHERE p.product_id = 'mug'), 0.19, true, NULL::numeric FROM jsonb_array_elements(items) i;
END $$;
CREATE FUNCTION shop_codes(tenant_id text, code text, cart jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN PERFORM public.spy('resolver'); RETURN '{"type": "percent", "value": 10}'; END $$;
CREATE FUNCTION evil_catalog(tenant_id text, items jsonb, context jsonb) RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('role', 'none', true);
    PERFORM public.spy('escalated');
END $$;
SELECT denied(who, 'SELECT cart_configure(''{"catalog": "public.shop_catalog"}'')', 'attack: a superuser''s function as catalogue, by ' || who) FROM unnest('{admin,tables'' owner}'::text[]) who;
SELECT denied(who, 'SELECT cart_configure(''{"discount_resolver": "public.shop_codes"}'')', 'attack: and as resolver, by ' || who) FROM unnest('{admin,tables'' owner}'::text[]) who;
ALTER FUNCTION shop_catalog(text, jsonb, jsonb) OWNER TO regress_other;
ALTER FUNCTION shop_codes(text, text, jsonb) OWNER TO regress_other;
ALTER FUNCTION evil_catalog(text, jsonb, jsonb) OWNER TO regress_other;
GRANT SELECT ON prices TO regress_other;
SELECT denied(who, 'SELECT cart_configure(''{"catalog": "public.shop_catalog"}'')', 'attack: a catalogue of another owner, by ' || who) FROM unnest('{anna,application,admin,tables'' owner}'::text[]) who;
DELETE FROM caught;
SELECT cart_configure('{"catalog": "public.shop_catalog", "discount_resolver": "public.shop_codes"}') \g /dev/null
SELECT did('eve', 'CREATE TEMPORARY TABLE prices AS SELECT ''mug'' AS product_id, 0.01 AS price') \g /dev/null
SELECT did('eve', 'GRANT SELECT ON pg_temp.prices TO PUBLIC') \g /dev/null
SELECT is(did('eve', $$ SELECT cart_add('{"product_id": "mug", "unit_price": 0.01}') #>> '{items,0,unit_price}' $$), '7.00', 'attack: a temporary table for the catalogue to stumble over');
SELECT is(did('eve', $$ SELECT cart_apply_code('TEN') #>> '{discount,value}' $$), '10', 'the resolver is asked');
SELECT is(cart_add('{"product_id": "mug"}', user_id => 'super') #>> '{items,0,unit_price}', '7.00', 'a superuser calls');
SELECT cart_apply_code('TEN', 'super') \g /dev/null
SELECT results_eq($$ SELECT DISTINCT what COLLATE "default", ran_as::text COLLATE "default" FROM caught WHERE what IN ('catalogue', 'resolver', 'escalated') ORDER BY 1 $$, $$ VALUES ('catalogue', 'regress_other'), ('resolver', 'regress_other') $$, 'attack: catalogue and resolver run as their owner, whoever calls');
SELECT cart_configure('{"catalog": "public.evil_catalog"}') \g /dev/null
SELECT refused_as(who, format($$ SELECT cart_add('{"product_id": "mug"}'%s) $$, CASE who WHEN 'eve' THEN '' ELSE ', user_id => ''r''' END), '42501', 'attack: a catalogue that takes the role back from ' || who) FROM unnest('{eve,application,owner}'::text[]) who;
SELECT is_empty($$ SELECT FROM caught WHERE what = 'escalated' $$, 'attack: nobody has escalated');

SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT drop_roles() \g /dev/null
SELECT * FROM finish();
