-- Who may (sections 3, 5 and 6): levels and their grants, the marker, claims, and what a shopper, its
-- staff and an application may reach and say. Every call by every level: contract_matrix.sql.
\ir helpers.psql
\ir roles.psql
SELECT plan(483);

-- ---- levels

CREATE TABLE granted (role name, level text);
INSERT INTO granted VALUES ('regress_nobody', 'nobody'), ('regress_shopper', 'nobody'), ('regress_application', 'nobody'), ('regress_admin', 'nobody'), ('public', 'nobody');
-- What differs from that: rights on functions, on tables, on the schema, and what cart.grants says.
CREATE FUNCTION misgranted() RETURNS SETOF text LANGUAGE sql AS $$
    WITH roles AS (SELECT g.role, r.rank, g.level FROM granted g JOIN ranks r USING (level)),
         tables AS (SELECT c.oid, c.relname FROM pg_class c WHERE relnamespace = 'cart'::regnamespace AND relkind = 'r')
    SELECT format('%s: EXECUTE on %s', role, name) FROM functions JOIN levels USING (name) JOIN ranks f USING (level), roles r
        WHERE has_function_privilege(role, oid, 'EXECUTE') <> (f.rank <= r.rank)
    UNION ALL SELECT format('%s: EXECUTE on %s, which policies call', role, name) FROM functions f, roles r WHERE in_policy AND name NOT IN (SELECT name FROM levels) AND has_function_privilege(role, oid, 'EXECUTE') <> (rank >= 1)
    UNION ALL SELECT format('%s: %s on %s', role, p, relname) FROM tables, roles, unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,TRIGGER}'::text[]) p
        WHERE has_table_privilege(role, oid, p) <> (relname IN ('carts', 'items') AND (p = 'SELECT' AND rank >= 1 OR p IN ('INSERT', 'UPDATE', 'DELETE') AND rank >= 2))
    UNION ALL SELECT format('%s: %s on the schema', role, p) FROM roles, unnest('{USAGE,CREATE}'::text[]) p WHERE has_schema_privilege(role, 'cart', p) <> (p = 'USAGE' AND rank >= 1)
    UNION ALL SELECT format('%s is recorded as %s', role, g.level) FROM roles r LEFT JOIN cart.grants g ON g.role_name = role WHERE coalesce(g.level::text, 'nobody') <> r.level $$;

SELECT is_empty($$ SELECT oid::regprocedure FROM functions WHERE name NOT IN (SELECT name FROM levels) AND result NOT IN ('trigger', 'event_trigger') AND NOT in_policy $$, 'each function has a level');
SELECT is_empty($$ SELECT name FROM levels WHERE name NOT IN (SELECT name FROM functions) $$, 'each function of the table is there');
SELECT is_empty($$ SELECT oid::regprocedure FROM functions WHERE in_policy AND name NOT LIKE 'cart\_%' $$, 'what policies call begins with cart_');
SELECT is(parameters, wanted, name || ' has the parameters of the contract') FROM (VALUES ('cart_grant'::name, 'role regrole, level text'), ('cart_revoke', 'role regrole'), ('cart_application', '')) x (name, wanted) LEFT JOIN functions USING (name);
SELECT is_empty('SELECT misgranted()', 'before a grant nobody may do anything');

SELECT is(cart_grant(('regress_' || level)::regrole, level), jsonb_build_object('role', 'regress_' || level, 'level', level), 'cart_grant tells what it granted: ' || level) FROM unnest('{shopper,application,admin}'::text[]) level;
UPDATE granted SET level = substr(role, 9) WHERE role ~ '(shopper|application|admin)';
SELECT is_empty('SELECT misgranted()', 'each level may what section 5 says, and has the rights on tables that section 6 says');
SELECT results_eq($$ SELECT tenant_id COLLATE "default", role_name::text COLLATE "default", level::text COLLATE "default", granted_by::text COLLATE "default", granted_at BETWEEN now() - interval '1 minute' AND now() FROM cart.grants WHERE role_name::text LIKE 'regress%' ORDER BY 2 $$,
                  $$ SELECT '', 'regress_' || l, l, current_user::text COLLATE "default", true FROM unnest('{admin,application,shopper}'::text[]) l $$, 'it is recorded, with who granted it');
SELECT is_empty($$ SELECT oid::regprocedure FROM functions JOIN pg_proc p USING (oid), aclexplode(p.proacl) a WHERE a.grantee = 0 OR a.is_grantable AND a.grantee <> proowner $$, 'PUBLIC may nothing, and nobody may pass it on');
SELECT is_empty($$ SELECT c.oid::regclass FROM pg_class c, aclexplode(c.relacl) a WHERE relnamespace = 'cart'::regnamespace AND (a.grantee = 0 OR a.is_grantable AND a.grantee <> relowner) $$, 'nor with the tables');
SELECT is(cart_grant('regress_shopper', 'shopper'), '{"role": "regress_shopper", "level": "shopper"}', 'granting again');
SELECT is_empty('SELECT misgranted()', 'changes nothing');
SELECT cart_grant('regress_shopper', 'admin') \g /dev/null
UPDATE granted SET level = 'admin' WHERE role = 'regress_shopper';
SELECT is_empty('SELECT misgranted()', 'another level takes the place of the first');
SELECT cart_grant('regress_shopper', 'shopper') \g /dev/null
UPDATE granted SET level = 'shopper' WHERE role = 'regress_shopper';
SELECT is_empty('SELECT misgranted()', 'a lower one, too');
SELECT is(cart_setup() -> 'changes', '[]', 'cart_setup() finds nothing to mend');

-- What was taken away comes back; what nobody recorded goes.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM regress_shopper, regress_application, regress_admin;
REVOKE ALL ON SCHEMA cart FROM regress_shopper;
REVOKE ALL ON ALL TABLES IN SCHEMA cart FROM regress_application;
SELECT isnt(cart_setup() -> 'changes', '[]', 'cart_setup() says that it mends grants');
SELECT is_empty('SELECT misgranted()', 'what was revoked by hand comes back');
GRANT ALL ON ALL TABLES IN SCHEMA cart TO regress_nobody, regress_shopper, PUBLIC;
GRANT ALL ON cart.carts, cart.items, cart.grants TO regress_application WITH GRANT OPTION;
GRANT SELECT (session_hash), UPDATE (status) ON cart.carts TO regress_nobody;
GRANT ALL ON SCHEMA cart TO regress_shopper, PUBLIC;
SELECT isnt(cart_setup() -> 'changes', '[]', 'cart_setup() says what it takes back');
SELECT is_empty('SELECT misgranted()', 'rights on tables that nobody recorded are taken back');
SELECT is_empty($$ SELECT attname FROM pg_attribute WHERE attrelid = 'cart.carts'::regclass AND attacl IS NOT NULL AND EXISTS (SELECT FROM aclexplode(attacl)) $$, 'those on columns, too');
SELECT is_empty($$ SELECT c.oid::regclass FROM pg_class c, aclexplode(c.relacl) a WHERE relnamespace = 'cart'::regnamespace AND (a.grantee = 0 OR a.is_grantable AND a.grantee <> relowner) $$, 'and the right to pass them on');
SELECT is(cart_setup() -> 'changes', '[]', 'and then it is well');
DROP EXTENSION cart_ext CASCADE;
CREATE EXTENSION cart_ext;
SELECT isnt(cart_setup() -> 'changes', '[]', 'after DROP EXTENSION CASCADE and CREATE EXTENSION');
SELECT is_empty('SELECT misgranted()', 'cart_setup() brings the grants back');
-- The extension's schema may be private.
BEGIN;
CREATE SCHEMA regress_private;
ALTER EXTENSION cart_ext SET SCHEMA regress_private;
SELECT regress_private.cart_grant('regress_nobody', 'shopper') \g /dev/null
SELECT is(would('nobody', $$ SELECT regress_private.cart_get(session_token => token('x')) IS NULL $$), 'true', 'a grant opens the extension''s schema as far as it must');
SELECT ok(NOT has_schema_privilege('regress_nobody', 'regress_private', 'CREATE'), 'and no further');
ROLLBACK;
-- A role may go.
CREATE ROLE regress_member;
SELECT cart_grant('regress_member', 'application') \g /dev/null
DROP OWNED BY regress_member;
DROP ROLE regress_member;
SELECT lives_ok('SELECT cart_setup()', 'a role that is gone does not keep cart_setup() from its work');
SELECT is_empty('SELECT misgranted()', 'and nobody else gets its rights');

SELECT refused(call, '22023', 'no level: ' || call) FROM unnest(ARRAY['SELECT cart_grant(''regress_nobody'', ''staff'')', 'SELECT cart_grant(''regress_nobody'', ''Shopper'')', 'SELECT cart_grant(''regress_nobody'', '''')',
    'SELECT cart_grant(''regress_nobody'', ''superuser'')', 'SELECT cart_grant(''regress_nobody'', NULL)', 'SELECT cart_grant(NULL, ''shopper'')', 'SELECT cart_revoke(NULL)']) call;
SELECT throws_ok($$ SELECT cart_grant('regress_no_such', 'shopper') $$, '42704', NULL, 'no such role');
SELECT isnt(would('owner', call), NULL, '"-" is no role: ' || call) FROM unnest(ARRAY['SELECT cart_grant(''-'', ''shopper'') ->> ''none''', 'SELECT cart_revoke(''-'') ->> ''none''']) call; -- NULL: it succeeded
SELECT is_empty('SELECT misgranted()', 'nothing came of that');
SELECT denied(who, call, who || ' may not: ' || call) FROM unnest('{nobody,anna,application,admin}'::text[]) who, unnest(ARRAY['SELECT cart_grant(''regress_nobody'', ''shopper'')', 'SELECT cart_revoke(''regress_shopper'')', 'SELECT cart_setup()']) call;
SELECT is(cart_revoke('regress_admin'), '{"role": "regress_admin", "level": null}', 'cart_revoke takes it back');
UPDATE granted SET level = 'nobody' WHERE role = 'regress_admin';
SELECT is_empty('SELECT misgranted()', 'all of it');
SELECT cart_setup() \g /dev/null
SELECT is_empty('SELECT misgranted()', 'and it does not come back');
SELECT is(cart_revoke('regress_admin'), '{"role": "regress_admin", "level": null}', 'who has nothing is left nothing');
SELECT cart_grant('regress_admin', 'admin') \g /dev/null

-- ---- the marker

SELECT make('active', 'anna', product => 'anna''s') AS anna, make('active', 'ben', product => 'ben''s') AS ben, make('active', token('guest'), product => 'the guest''s') AS guest,
       make('active', 'anna', 'elsewhere', product => 'elsewhere''s') AS elsewhere, make('active', token('guest'), 'elsewhere', product => 'the guest''s elsewhere') AS guest_elsewhere \gset
GRANT ALL ON cart.carts, cart.items TO regress_shopper;
SELECT denied('anna', $$ SELECT cart_get('ben') $$, 'rights on tables make nobody an application');
SELECT cart_setup() \g /dev/null
GRANT EXECUTE ON FUNCTION cart_application() TO regress_shopper;
SELECT is(would('anna', $$ SELECT lines(cart_get('ben')) $$), '1 ben''s', 'who may execute cart_application() is one');
REVOKE EXECUTE ON FUNCTION cart_application() FROM regress_shopper;
SELECT denied('anna', $$ SELECT cart_get('ben') $$, 'who may not is none any more');
REVOKE EXECUTE ON FUNCTION cart_application() FROM regress_application;
SELECT denied('application', $$ SELECT cart_get('ben') $$, 'whatever else it may');
SELECT cart_setup() \g /dev/null
SELECT is(would('application', $$ SELECT lines(cart_get('ben')) $$), '1 ben''s', 'until cart_setup() mends it');
CREATE ROLE regress_member IN ROLE regress_application;
SELECT is(would('regress_member', '{}', $$ SELECT lines(cart_get('ben')) $$), '1 ben''s', 'a member of an application is one');
-- From PostgreSQL 16 on the membership says so, and takes it from the role when it is made.
ALTER ROLE regress_member NOINHERIT;
REVOKE regress_application FROM regress_member;
GRANT regress_application TO regress_member;
SELECT denied('regress_member', '{}', $$ SELECT cart_get('ben') $$, 'unless it does not inherit');
DROP ROLE regress_member;

-- ---- claims

CREATE FUNCTION acts_as(document text) RETURNS text LANGUAGE sql AS $$
    SELECT would('regress_shopper', claims(document), $call$ SELECT a ->> 'user_id' FROM cart_add('{"product_id": "x"}') a $call$) $$;
SELECT is(acts_as(document), who, 'claims: ' || left(document, 80)) FROM (VALUES
    ('{"sub": "anna"}', 'anna'), ('{"sub": 42}', '42'), ('{"sub": "42"}', '42'), ('{"sub": 4.20}', '4.20'), ('{"sub": 123456789012345678901234567890}', '123456789012345678901234567890'),
    ('{"sub": "Ännä 日本 \u00e9"}', 'Ännä 日本 é'), (E' {\t"sub" :\t"anna"  } ', 'anna'), ('{"sub": "anna", "exp": 1, "role": "web"}', 'anna'), ('{"sub": "anna", "aud": ["x"], "app": {"sub": "ben", "a": [1, {"b": null}]}}', 'anna'),
    ('{"sub": "anna", "tenant_id": null, "location_id": null, "till_id": "", "cart_role": null}', 'anna'), (format('{"sub": "anna", "x": "%s"}', repeat('x', 2000)), 'anna'),
    ('', 'KC011'), ('{}', 'KC011'), ('{"sub": null}', 'KC011'), ('{"sub": ""}', 'KC011'), ('{"SUB": "anna", "user": "anna", "user_id": "anna"}', 'KC011')) x (document, who);
-- Whatever is no such object is refused, to a shopper and to an application alike.
CREATE TABLE bad_claims (document text, what text);
INSERT INTO bad_claims VALUES ('[]', 'an array'), ('[{"sub": "anna"}]', 'an object in an array'), ('7', 'a number'), ('"anna"', 'a string'), ('true', 'a boolean'), ('null', 'null'),
    ('anna', 'a word'), ('{', 'a brace'), ('{"sub": "anna"', 'an open object'), ('{"sub": "anna"}{}', 'two objects'), ('{"sub": "anna",}', 'a comma too many'), ('{sub: "anna"}', 'no JSON'), ('{''sub'': ''anna''}', 'other quotes'),
    ('{"sub": "anna", "sub": "ben"}', 'a member twice'), ('{"sub": "anna", "sub": "anna"}', 'the same twice'), ('{"sub": "anna", "s\u0075b": "ben"}', 'a member twice, once escaped'), ('{"sub": "anna", "cart_role": null, "cart_role": "brand"}', 'another member twice'),
    ('{"sub": ["anna"]}', 'a user that is an array'), ('{"sub": {"id": "anna"}}', 'a user that is an object'), ('{"sub": true}', 'a user that is a boolean'), ('{"sub": "anna", "tenant_id": ["x"]}', 'a tenant that is an array'), ('{"sub": "an\u0000na"}', 'a zero character'),
    ('{"sub": "anna", "x": "' || repeat('x', 1 << 20) || '"}', '1 MB'), ('{"sub": "anna", "x": ' || repeat('[', 10000) || repeat(']', 10000) || '}', '10,000 deep'), ('{"sub": "anna", "x": ' || repeat('{"a":', 10000), '10,000 deep and open');
SELECT denied(role, claims(document), call, what || ', as ' || role || ':' || call) FROM bad_claims, unnest('{regress_shopper,regress_application}'::name[]) role, unnest(ARRAY[' SELECT cart_get()', ' SELECT cart_add(''{"product_id": "x"}'')']) call;
-- Where they are, and by which names.
SET cart_ext.claims_setting = 'shop.claims';
SELECT is(acts_as('{"sub": "anna"}'), 'KC011', 'cart_ext.claims_setting: the usual one is not looked at');
SELECT is(would('regress_shopper', '{"shop.claims": "{\"sub\": \"anna\"}"}', $$ SELECT lines(cart_get()) $$), '1 anna''s', 'but that one');
SELECT is(would('regress_shopper', '{"shop.claims": ""}', $$ SELECT lines(cart_get()) $$), 'KC011', 'which may be empty');
SET cart_ext.claims_setting = 'shop.never_set';
SELECT is(would('regress_shopper', '{}', $$ SELECT lines(cart_get()) $$), 'KC011', 'or not be there');
RESET cart_ext.claims_setting;
SET cart_ext.claim_paths = 'user=app.user.id, tenant=app.shop, location=app.at.location, till=app.at.till, role=app.role';
SELECT is(acts_as(document), who, 'cart_ext.claim_paths: ' || document) FROM (VALUES ('{"app": {"user": {"id": 7}, "shop": "s"}}', '7'), ('{"sub": "anna"}', 'KC011'), ('{"app.user.id": "anna"}', 'KC011'),
    ('{"app": {"user": {"id": "anna"}, "user": {"id": "ben"}}}', '42501'), ('{"app": {"user": {"id": "anna", "id": "ben"}}}', '42501'), ('{"app": {"user": {"id": ["anna"]}}}', '42501')) x (document, who);
SELECT ok(acts_as(document) IN ('KC011', '42501'), 'a path that leads nowhere names nobody: ' || document) FROM unnest(ARRAY['{"app": "anna"}', '{"app": ["anna"]}', '{"app": {"user": "anna"}}', '{"app": [{"user": {"id": "anna"}}]}']) document;
SELECT is(would('regress_shopper', claims('{"app": {"user": {"id": "c"}, "shop": "s", "at": {"location": "shop 1", "till": 3}, "role": "cashier"}}'),
    $$ SELECT concat_ws('/', h ->> 'user_id', h ->> 'tenant_id', h ->> 'location_id', h ->> 'till_id', h ->> 'status') FROM cart_add('{"product_id": "x"}') a, cart_hold(a ->> 'none') h $$), 'c/s/shop 1/3/held', 'all of them');
RESET cart_ext.claim_paths;
SELECT throws_ok(format('SET cart_ext.%s', s), '22023', NULL, 'refused: ' || s) FROM unnest(ARRAY['claim_paths = ''user''', 'claim_paths = ''colour=x''', 'claim_paths = ''user=''', 'claims_trust = ''anybody''']) s;
-- gateway: the setting is believed, so it holds only where a gateway alone writes the SQL.
SELECT is(would('anna', $$ SELECT lines(cart_get()) FROM set_config('request.jwt.claims', '{"sub": "ben"}', true) $$), '1 ben''s', 'gateway: whoever wrote the setting is believed');
SELECT is(current_setting('cart_ext.claims_trust'), 'gateway', 'which is how it is, unless it is set otherwise');
SELECT denied('anna', format('SELECT set_config(%L, %L, true)', name, value), 'a superuser''s setting: ' || name) FROM (VALUES ('cart_ext.claims_setting', 'x.y'), ('cart_ext.claim_paths', 'user=x'), ('cart_ext.claims_trust', 'gateway'), ('cart_ext.key_file', '/x'),
    ('cart_ext.rate_limit', '0'), ('cart_ext.max_lines', '5'), ('cart_ext.clock', '2020-01-01')) x (name, value);
SELECT denied('anna', $$ SELECT current_setting('cart_ext.key_file') $$, 'not even seen by others: cart_ext.key_file');

-- ---- a shopper is who its claims say

SELECT is(would('anna', format('SELECT lines(cart_get(%s))', who)), lines, 'anna names ' || who) FROM (VALUES ('', '1 anna''s'), ('''anna''', '1 anna''s'), ('tenant_id => ''''', '1 anna''s'), ('''anna'', tenant_id => ''''', '1 anna''s')) x (who, lines);
SELECT denied('anna', format('SELECT cart_get(%s)', who), 'anna names ' || who) FROM unnest(ARRAY['''ben''', '''no such''', '''Anna''', '''anna ''', 'tenant_id => ''elsewhere''', 'tenant_id => ''no such''', '''anna'', tenant_id => ''elsewhere''', '''anna'', token(''guest''), ''elsewhere''', '''ben'', token(''guest'')']) who;
SELECT is(count(DISTINCT (a.message, a.detail, a.hint))::int, 1, 'the words do not tell who exists: ' || string_agg(who, ', ')) FROM (VALUES ('user', '''ben'''), ('user', '''no such'''), ('tenant', 'tenant_id => ''elsewhere'''), ('tenant', 'tenant_id => ''no such''')) x (what, who),
    LATERAL attempt('anna', format('SELECT cart_get(%s)', who)) a GROUP BY what;
SELECT is(would('regress_shopper', claims('{"sub": "anna"}') || setting, $$ SELECT concat_ws('/', lines(a), a ->> 'user_id', a ->> 'tenant_id', coalesce(a ->> 'location_id', ''), coalesce(a ->> 'till_id', '')) FROM cart_add('{"product_id": "more"}') a $$), '1 anna''s, 1 more/anna///', 'a shopper''s setting does not count: ' || setting::text)
    FROM unnest(ARRAY['{"cart_ext.user_id": "ben"}', '{"cart_ext.tenant_id": "elsewhere"}', '{"cart_ext.location_id": "shop 1"}', '{"cart_ext.till_id": "till 1"}', '{"cart_ext.actor_id": "boss"}']::jsonb[]) setting;
SELECT is(would('regress_shopper', '{"cart_ext.user_id": "ben"}', 'SELECT cart_get()'), 'KC011', 'nor where it has no claims');
SELECT is((attempt('regress_shopper', claims('{"sub": "new"}') || '{"cart_ext.actor_id": "boss", "cart_ext.location_id": "shop 1", "cart_ext.till_id": "till 1"}', $$ SELECT cart_add('{"product_id": "x"}') $$, true)).code, '00000', 'nor on what it writes');
SELECT is_empty($$ SELECT FROM cart.carts WHERE user_id = 'new' AND (created_by = 'boss' OR updated_by = 'boss' OR location_id IS NOT NULL OR till_id <> '') $$, 'a new cart says nothing of them');
SELECT is(would('regress_shopper', claims('{"sub": "anna"}') || '{"cart_ext.return_cart": "off"}', $$ SELECT members(cart_add('{"product_id": "x"}')) $$), 'cart_id etag item_key quantity version', 'cart_ext.return_cart does');

-- Tokens are proof.
SELECT is(would('guest', 'SELECT lines(cart_get())'), '1 the guest''s', 'a token in the setting');
SELECT is(would('stranger', $$ SELECT lines(cart_get(session_token => token('guest'))) $$), '1 the guest''s', 'as parameter');
SELECT is(would('anna', $$ SELECT lines(cart_get(session_token => token('guest'))) $$), '1 the guest''s', 'also of somebody who has claims');
SELECT is(would('regress_shopper', claims('{"sub": "anna"}') || holds(token('guest')), 'SELECT lines(cart_get())'), '1 anna''s', 'with both, the user''s cart is meant');
SELECT is(would('guest', $$ SELECT lines(cart_get(session_token => token('unused'))) $$), '', 'a token that nobody has used is nobody''s');
SELECT is(would('stranger', $$ SELECT lines(cart_add('{"product_id": "x"}', session_token => cart_session_create())) $$), '1 x', 'a new one makes a cart');
SELECT denied('stranger', format('SELECT cart_get(session_token => %L)', t), 'a token has 43 characters, not ' || length(t)) FROM unnest(ARRAY['x', 'anna', left(token('guest'), 42), token('guest') || '-', encode(sha256(convert_to(token('guest'), 'UTF8')), 'hex'), repeat('x', 4000)]) t;
SELECT denied('regress_shopper', holds(t), 'SELECT cart_get()', 'in the setting, too, not ' || length(t)) FROM unnest(ARRAY['x', left(token('guest'), 42), token('guest') || '-']) t;
SELECT denied('stranger', format($$ SELECT cart_add('{"product_id": "x"}', session_token => %L) $$, 'short'), 'nor is a cart made for another one');
SELECT denied('anna', $$ SELECT cart_merge(session_token => 'short') $$, 'nor merged');
SELECT is(would('application', $$ SELECT lines(cart_add('{"product_id": "x"}', session_token => 'short')) $$), '1 x', 'an application''s may be what it likes');
SELECT is(would('stranger', call), 'KC011', 'neither claims nor a token:' || call) FROM unnest(ARRAY[' SELECT cart_get()', ' SELECT cart_add(''{"product_id": "x"}'')', ' SELECT cart_list()', ' SELECT cart_clear()', ' SELECT cart_merge()']) call;
SELECT is(would('anna', 'SELECT cart_merge()'), 'KC011', 'a merge needs a token, too');
SELECT is(would('guest', 'SELECT cart_merge()'), 'KC011', 'and a user');
SELECT denied('guest', call, 'a guest is no user:' || call) FROM unnest(ARRAY[' SELECT cart_get(''anna'')', ' SELECT cart_get(''anna'', token(''guest''))', ' SELECT cart_merge(''anna'')', ' SELECT cart_merge(''no such'', token(''guest''))', ' SELECT cart_list(NULL, ''anna'')']) call;
SELECT denied('anna', $$ SELECT cart_merge('ben', token('guest')) $$, 'nobody merges into another''s cart');
SELECT is(would('anna', $$ SELECT lines(cart_merge(session_token => token('guest')) -> 'cart') $$), '1 anna''s, 1 the guest''s', 'but with its own token into its own');
SELECT is(would('regress_shopper', claims('{"sub": "anna"}') || holds(token('guest')), $$ SELECT lines(cart_merge() -> 'cart') $$), '1 anna''s, 1 the guest''s', 'and the setting will do');

-- Tenants.
SELECT is(would(role, settings, format('SELECT lines(cart_get(%s))', who)), told, what) FROM (VALUES
    ('regress_shopper'::name, claims('{"sub": "anna", "tenant_id": "elsewhere"}'), '', '1 elsewhere''s', 'the tenant of the claims'),
    ('regress_shopper', claims('{"sub": "anna", "tenant_id": "elsewhere"}'), 'tenant_id => ''elsewhere''', '1 elsewhere''s', 'which may be named'),
    ('regress_shopper', claims('{"sub": "anna", "tenant_id": "elsewhere"}'), 'tenant_id => ''''', '42501', 'but no other, not even the usual one'),
    ('regress_shopper', claims('{"sub": "anna", "tenant_id": "elsewhere"}') || '{"cart_ext.tenant_id": "third"}', '', '1 elsewhere''s', 'whatever the setting says'),
    ('regress_shopper', claims('{"sub": "anna", "tenant_id": ""}'), '', '1 anna''s', 'an empty one is the usual one'),
    ('regress_shopper', claims('{"sub": "anna", "tenant_id": 7}'), 'tenant_id => ''7''', '', 'a number is its text'),
    ('regress_shopper', claims('{"tenant_id": "elsewhere"}'), 'session_token => token(''guest'')', '1 the guest''s elsewhere', 'also for a guest'),
    ('regress_shopper', claims('{"tenant_id": "elsewhere"}'), 'session_token => token(''guest''), tenant_id => ''''', '42501', 'who then may name no other'),
    ('regress_shopper', claims('{"role": "web"}'), 'session_token => token(''guest''), tenant_id => ''elsewhere''', '42501', 'nor one where the claims have none'),
    ('regress_shopper', claims('{"role": "web"}'), 'session_token => token(''guest'')', '1 the guest''s', 'then it is the usual one'),
    ('regress_shopper', '{}', 'session_token => token(''guest''), tenant_id => ''elsewhere''', '1 the guest''s elsewhere', 'a guest without claims may name one'),
    ('regress_shopper', holds(token('guest')), 'tenant_id => ''elsewhere''', '1 the guest''s elsewhere', 'also with the token in the setting'),
    ('regress_shopper', holds(token('guest')) || '{"cart_ext.tenant_id": "elsewhere"}', '', '1 the guest''s', 'but not by the setting')) x (role, settings, who, told, what);

-- ---- named carts

SELECT make('checkout', 'dora', product => 'dora''s draft') AS draft, make('abandoned', 'dora', product => 'dora''s old') AS old, make('active', 'dora', product => 'dora''s') AS dora \gset
INSERT INTO callers VALUES ('dora', 'regress_shopper', claims('{"sub": "dora"}'));
SELECT is(would('anna', format('SELECT lines(cart_get(cart_id => %L))', :'anna')), '1 anna''s', 'a shopper names its own cart');
SELECT is(would('guest', format('SELECT lines(cart_get(cart_id => %L))', :'guest')), '1 the guest''s', 'a guest its');
SELECT is(would('regress_shopper', claims('{"sub": "anna"}') || holds(token('guest')), format('SELECT lines(cart_get(cart_id => %L))', :'guest')), '1 the guest''s', 'a user also that of the token it holds');
SELECT is(would('anna', format('SELECT lines(cart_get(session_token => token(''guest''), cart_id => %L))', :'guest')), '1 the guest''s', 'or passes');
SELECT is(would('dora', format('SELECT lines(cart_get(cart_id => %L))', id)), told, 'whatever its status: ' || told) FROM (VALUES (:'draft', '1 dora''s draft'), (:'old', '1 dora''s old')) x (id, told);
SELECT is(would('dora', format('SELECT lines(cart_checkout_cancel(%L))', :'draft')), '1 dora''s draft, 1 dora''s', 'it cancels its own checkout');
SELECT is(would('dora', format('SELECT lines(cart_restore(%L))', :'old')), '1 dora''s old, 1 dora''s', 'and brings its own cart back');
SELECT is(would('dora', format('SELECT cart_checkout_cancel(%L)', :'dora')), 'KC006', 'and learns why not');
CREATE TABLE named AS SELECT * FROM (VALUES ('another''s', :'ben'::uuid), ('another''s draft', :'draft'), ('another''s old', :'old'), ('another tenant''s', :'elsewhere'), ('a guest''s', :'guest'), ('no such', gen_random_uuid())) x (what, id);
-- Without the id itself, all of them are refused in the very same words.
SELECT is(string_agg(DISTINCT a.code, ','), '42501', 'refused to ' || who || ': ' || call) FROM (VALUES ('anna', 'cart_get(cart_id => %L)'), ('anna', 'cart_get(''anna'', cart_id => %L)'), ('anna', 'cart_checkout_cancel(%L)'), ('anna', 'cart_restore(%L)'), ('anna', 'cart_get(cart_id => %L, if_none_match => %1$L || '':1'')'),
    ('anna', 'cart_checkout_cancel(%L, if_match => ''x'')'), ('anna', 'cart_hold(cart_id => %L)'), ('anna', 'cart_resume(%L)'), ('stranger', 'cart_get(session_token => token(''another''), cart_id => %L)'), ('stranger', 'cart_restore(%L, session_token => token(''another''))')) x (who, call), named n, LATERAL attempt(who, format('SELECT ' || call, id)) a GROUP BY who, call;
SELECT is(count(DISTINCT (a.message, replace(a.detail, id::text, 'the id'), a.hint))::int, 1, 'in the same words to ' || who || ': ' || call) FROM (VALUES ('anna', 'cart_get(cart_id => %L)'), ('anna', 'cart_checkout_cancel(%L)'), ('anna', 'cart_restore(%L)'), ('anna', 'cart_hold(cart_id => %L)'), ('anna', 'cart_resume(%L)'),
    ('manager', 'cart_get(cart_id => %L)'), ('manager', 'cart_hold(cart_id => %L)'), ('manager', 'cart_resume(%L)'), ('manager', 'cart_checkout_cancel(%L)'), ('manager', 'cart_restore(%L)'), ('cashier', 'cart_resume(%L)')) x (who, call), named n, LATERAL attempt(who, format('SELECT ' || call, id)) a GROUP BY who, call;
SELECT is(would('application', format('SELECT lines(cart_get(cart_id => %L))', :'ben')), '1 ben''s', 'an application names any cart, and needs no owner');
SELECT is(would('application', format('SELECT lines(cart_get(cart_id => %L))', gen_random_uuid())), '', 'and learns that there is none');
SELECT is(would('application', format('SELECT cart_restore(%L)', gen_random_uuid())), 'KC001', 'so here');
SELECT is(would('application', format('SELECT octet_length(cart_link_create(%L) ->> ''link'') > 20', :'ben')), 'true', 'a link, too, needs no owner');

-- ---- staff

-- A statement has one time, and which of two holds is older counts.
SELECT make('held', 'cora', location => 'shop 1', product => 'cora held') AS held, make('checkout', 'cora', location => 'shop 1', product => 'cora draft') AS cora_draft, make('abandoned', 'cora', location => 'shop 1', product => 'cora old') AS cora_old,
       make('active', 'cora', location => 'shop 1', product => 'cora') AS cora, make('held', 'cora', 'elsewhere', 'shop 1', 'cora held elsewhere') AS held_elsewhere \gset
SELECT make('held', 'dan', location => 'shop 2', product => 'dan held') AS dan_held, make('active', 'dan', location => 'shop 2', product => 'dan') AS dan \gset
SELECT make('held', 'web', product => 'web held') AS web_held \gset
SELECT denied('anna', call, 'no staff:' || call) FROM unnest(ARRAY[' SELECT cart_hold()', ' SELECT cart_held()', format(' SELECT cart_resume(%L)', :'held'), format(' SELECT cart_hold(cart_id => %L)', :'anna')]) call;
SELECT denied('guest', call, 'nor is a guest:' || call) FROM unnest(ARRAY[' SELECT cart_hold()', ' SELECT cart_held()', format(' SELECT cart_resume(%L)', :'held')]) call;
SELECT denied('regress_shopper', claims(format('{"sub": "anna", "location_id": "shop 1", "cart_role": %s}', r)), call, 'nor by a role ' || r || ':' || call) FROM unnest(ARRAY['"king"', '"Manager"', '"manager "', '""', 'null', '["manager"]', '{"manager": 1}', 'true', '1']) r, unnest(ARRAY[' SELECT cart_hold()', ' SELECT cart_held()']) call;
SELECT is(would('regress_shopper', claims('{"sub": "anna", "location_id": "shop 1", "cart_role": "king"}'), 'SELECT lines(cart_get())'), '1 anna''s', 'who is a shopper all the same');
-- What they write.
SELECT is(did('cashier', $$ SELECT concat_ws('/', lines(a), a ->> 'user_id', a ->> 'location_id', a ->> 'till_id') FROM cart_add('{"product_id": "cash"}') a $$), '1 cash/cash/shop 1/till 1', 'a cashier''s cart stands at its till');
SELECT results_eq($$ SELECT created_by COLLATE "default", updated_by COLLATE "default", location_id COLLATE "default" FROM cart.carts WHERE user_id = 'cash' $$, $$ VALUES ('cash', 'cash', 'shop 1') $$, 'and says who made it, and where');
SELECT is(did('cashier', $$ SELECT concat_ws('/', lines(h), h ->> 'status', h ->> 'label') FROM cart_hold('Mrs Miller') h $$), '1 cash/held/Mrs Miller', 'a cashier holds its sale');
SELECT is(would('regress_shopper', claims('{"sub": "cash", "location_id": "shop 1", "till_id": "till 2", "cart_role": "cashier"}'), 'SELECT lines(cart_get())'), '', 'at another till it has another');
-- What they see of the holds.
SELECT is(would(who, 'SELECT coalesce(string_agg(lines(h), '', ''), ''none'') FROM cart_held(' || what || ') h'), told, who || ': cart_held(' || what || ')') FROM (VALUES
    ('cashier', '', '1 cora held, 1 cash'), ('cashier', 'location_id => ''shop 1''', '1 cora held, 1 cash'), ('cashier', 'tenant_id => ''''', '1 cora held, 1 cash'), ('cashier', 'location_id => ''shop 2''', '42501'), ('cashier', 'location_id => ''no such''', '42501'),
    ('cashier', '''elsewhere''', '42501'), ('cashier', '''elsewhere'', ''shop 1''', '42501'), ('manager', '', '1 cora held, 1 cash'), ('manager', 'location_id => ''shop 2''', '42501'), ('manager', '''elsewhere''', '42501'),
    ('brand', '', '1 cora held, 1 dan held, 1 web held, 1 cash'), ('brand', 'location_id => ''shop 2''', '1 dan held'), ('brand', 'location_id => ''no such''', 'none'), ('brand', '''elsewhere''', '42501'),
    ('application', '', '1 cora held, 1 dan held, 1 web held, 1 cash'), ('application', '''elsewhere''', '1 cora held elsewhere')) x (who, what, told);
SELECT ok(would('regress_shopper', claims('{"sub": "x", "cart_role": "cashier"}') || setting, 'SELECT count(*) FROM cart_held()') IN ('0', '42501'), 'who has no location sees none, not even those that have none: ' || setting::text) FROM unnest(ARRAY['{}', '{"cart_ext.location_id": "shop 1"}']::jsonb[]) setting;
SELECT ok(would('regress_shopper', claims('{"sub": "x", "location_id": "", "cart_role": "manager"}'), 'SELECT count(*) FROM cart_held()') IN ('0', '42501'), 'nor with an empty one');
-- Which carts they may name.
SELECT is(would(who, format('SELECT ' || call, id)), told, format('%s: %s of %s', who, call, what)) FROM (VALUES
    ('cashier', 'lines(cart_get(cart_id => %L))', :'held', 'a hold of its location', '1 cora held'), ('cashier', 'lines(cart_get(cart_id => %L))', :'cora', 'another sale there', '42501'), ('cashier', 'cart_hold(cart_id => %L)', :'cora', 'another sale there', '42501'),
    ('cashier', 'cart_checkout_cancel(%L)', :'cora_draft', 'another draft there', '42501'), ('cashier', 'cart_restore(%L)', :'cora_old', 'another old cart there', '42501'), ('cashier', 'cart_get(cart_id => %L)', :'dan_held', 'a hold elsewhere', '42501'),
    ('cashier', 'cart_resume(%L)', :'dan_held', 'a hold elsewhere', '42501'), ('cashier', 'cart_resume(%L)', :'web_held', 'a hold without a location', '42501'), ('cashier', 'cart_resume(%L)', :'held_elsewhere', 'a hold of another tenant', '42501'),
    ('cashier', 'lines(cart_resume(%L))', :'held', 'a hold of its location', '1 cora held'), ('cashier', 'cart_resume(%L) ->> ''user_id''', :'held', 'a hold of its location', 'cash'), ('cashier', 'cart_resume(%L) ->> ''till_id''', :'held', 'a hold of its location', 'till 1'),
    ('manager', 'lines(cart_get(cart_id => %L))', :'held', 'a hold of its location', '1 cora held'), ('manager', 'lines(cart_get(cart_id => %L))', :'cora', 'a sale there', '1 cora'), ('manager', 'lines(cart_get(cart_id => %L))', :'cora_draft', 'a draft there', '1 cora draft'),
    ('manager', 'cart_hold(cart_id => %L) ->> ''status''', :'cora', 'a sale there', 'held'), ('manager', 'cart_hold(cart_id => %L) ->> ''user_id''', :'cora', 'a sale there', 'cora'), ('manager', 'cart_checkout_cancel(%L) ->> ''status''', :'cora_draft', 'a draft there', 'active'),
    ('manager', 'cart_checkout_cancel(%L) ->> ''user_id''', :'cora_draft', 'a draft there', 'cora'), ('manager', 'cart_restore(%L) ->> ''status''', :'cora_old', 'an old cart there', 'active'), ('manager', 'cart_resume(%L) ->> ''user_id''', :'held', 'a hold there', 'mary'),
    ('manager', 'cart_get(cart_id => %L)', :'dan', 'a sale elsewhere', '42501'), ('manager', 'cart_hold(cart_id => %L)', :'dan', 'a sale elsewhere', '42501'), ('manager', 'cart_resume(%L)', :'dan_held', 'a hold elsewhere', '42501'), ('manager', 'cart_get(cart_id => %L)', :'anna', 'a cart without a location', '42501'),
    ('manager', 'cart_resume(%L)', :'web_held', 'a hold without a location', '42501'), ('manager', 'cart_get(cart_id => %L)', :'held_elsewhere', 'a hold of another tenant', '42501'), ('manager', 'cart_get(cart_id => %L, tenant_id => ''elsewhere'')', :'held_elsewhere', 'a hold of another tenant', '42501'),
    ('brand', 'lines(cart_get(cart_id => %L))', :'dan', 'a sale anywhere', '1 dan'), ('brand', 'lines(cart_get(cart_id => %L))', :'anna', 'a cart without a location', '1 anna''s'), ('brand', 'cart_hold(cart_id => %L) ->> ''user_id''', :'dan', 'a sale anywhere', 'dan'),
    ('brand', 'cart_resume(%L) ->> ''user_id''', :'dan_held', 'a hold anywhere', 'bob'), ('brand', 'cart_restore(%L) ->> ''status''', :'cora_old', 'an old cart anywhere', 'active'), ('brand', 'cart_get(cart_id => %L)', :'elsewhere', 'a cart of another tenant', '42501'),
    ('brand', 'cart_resume(%L)', :'held_elsewhere', 'a hold of another tenant', '42501'), ('brand', 'cart_get(cart_id => %L)', gen_random_uuid()::text, 'no such cart', '42501')) x (who, call, id, what, told);
SELECT denied(who, call, who || ' is nobody else:' || call) FROM unnest('{cashier,manager,brand}'::text[]) who, unnest(ARRAY[' SELECT cart_get(''cora'')', ' SELECT cart_add(''{"product_id": "x"}'', user_id => ''cora'')', ' SELECT cart_list(NULL, ''cora'')', ' SELECT cart_clear(''cora'')', ' SELECT cart_hold(user_id => ''cora'')']) call;
SELECT is(did('manager', format('SELECT cart_hold(cart_id => %L) ->> ''status''', :'cora')), 'held', 'a manager holds another''s sale');
SELECT results_eq(format($$ SELECT created_by IS DISTINCT FROM 'mary', updated_by COLLATE "default", location_id COLLATE "default", user_id COLLATE "default" FROM cart.carts WHERE cart_id = %L $$, :'cora'), $$ VALUES (true, 'mary', 'shop 1', 'cora') $$, 'which says who did it');
SELECT denied('regress_shopper', claims('{"sub": "mary", "cart_role": "manager"}') || '{"cart_ext.location_id": "shop 1"}', format('SELECT cart_get(cart_id => %L)', :'cora'), 'the location comes from the claims, not from the setting');
SELECT is(would('regress_shopper', claims('{"sub": "mary", "tenant_id": "elsewhere", "location_id": "shop 1", "cart_role": "manager"}'), format('SELECT lines(cart_get(cart_id => %L))', :'held_elsewhere')), '1 cora held elsewhere', 'within the tenant of the claims');

-- ---- what a shopper may not say

\set said '{"product_id": "cup", "unit_price": 0.01, "tax_rate": 0, "discount": {"type": "percent", "value": 99}, "title": "Cup"}'
CREATE FUNCTION priced(document jsonb) RETURNS text LANGUAGE sql AS $$ -- what each line says of money
    SELECT coalesce(string_agg(concat_ws(' ', i ->> 'product_id', i ->> 'unit_price', i ->> 'tax_rate', i #>> '{discount,value}'), ', ' ORDER BY n), '') FROM jsonb_array_elements(document -> 'items') WITH ORDINALITY x (i, n) $$;
INSERT INTO callers VALUES ('eve', 'regress_shopper', claims('{"sub": "eve"}'));
SELECT is(would(who, format('SELECT priced(%s)', format(call, :'said'))), 'cup', who || ' says no price: ' || call) FROM unnest('{eve,cashier,manager,brand}'::text[]) who, unnest(ARRAY['cart_add(%L)', 'cart_add_items(jsonb_build_array(%L::jsonb))', 'cart_apply(jsonb_build_array(jsonb_build_object(''op'', ''add'', ''item'', %L::jsonb)))']) call;
SELECT is(would('eve', format('SELECT i ->> ''title'' FROM cart_add(%L) a, jsonb_array_elements(a -> ''items'') i', :'said')), 'Cup', 'but all else');
SELECT is(would('guest', format('SELECT a #>> ''{totals,total}'' FROM cart_add(%L, session_token => token(''new'')) a', :'said')), '0.00', 'nor a guest');
SELECT is(cart_add('{"product_id": "cup", "unit_price": 10, "tax_rate": 0.2, "discount": {"type": "amount", "value": 1}}', user_id => 'eve') #>> '{items,0,unit_price}', '10.00', 'an application does');
SELECT is(would('eve', call), 'cup 10.00 0.2 1', 'and what it said stays: ' || call) FROM unnest(ARRAY[format('SELECT priced(cart_add(%L))', :'said'), format('SELECT priced(cart_update(cart_item_key(%L), 3, ''{"unit_price": 0.01, "tax_rate": 0, "discount": {"type": "percent", "value": 99}}''))', :'said'),
    format('SELECT priced(cart_update(cart_item_key(%L), changes => ''{"unit_price": null, "tax_rate": null, "discount": null}''))', :'said'),
    format('SELECT priced(cart_apply(jsonb_build_array(jsonb_build_object(''op'', ''update'', ''item_key'', cart_item_key(%L), ''changes'', ''{"unit_price": 0.01, "tax_rate": null, "discount": []}''::jsonb))))', :'said')]) call;
SELECT denied('eve', $$ SELECT cart_apply('[{"op": "add", "item": {"product_id": "x"}}, {"op": "discount", "discount": {"type": "percent", "value": 99}}]') $$, 'a discount is not a shopper''s to set');
SELECT denied('brand', $$ SELECT cart_apply('[{"op": "discount", "discount": {"type": "percent", "value": 99}}]') $$, 'nor staff''s');
SELECT denied('eve', $$ SELECT cart_set_discount('{"type": "percent", "value": 99}') $$, 'by no call');
SELECT is(would('application', $$ SELECT a #>> '{discount,value}' FROM cart_apply('[{"op": "discount", "discount": {"type": "percent", "value": 99}}]', 'eve') a $$), '99', 'but an application''s');
-- What comes into its cart from another.
SELECT cart_add(:'said', session_token => token('said')) ->> 'cart_id' AS said_cart, cart_add('{"product_id": "lid", "unit_price": 3, "tax_rate": 0.1}', session_token => token('said')) \gset
SELECT is(would('eve', $$ SELECT priced(cart_merge(session_token => token('said')) -> 'cart') $$), 'cup 10.00 0.2 1, lid', 'nor does it bring a price by a merge');
SELECT is(would('regress_shopper', claims('{"sub": "fay"}'), $$ SELECT priced(cart_merge(session_token => token('said')) -> 'cart') $$), 'cup, lid', 'nor with a cart that it gets whole');
SELECT is(would('application', $$ SELECT priced(cart_merge('eve', token('said')) -> 'cart') $$), 'cup 0.01 0 99, lid 3.00 0.1', 'an application does');
SELECT cart_link_create(:'said_cart') ->> 'link' AS link \gset
SELECT is(would('eve', format($$ SELECT priced(cart_link_open(%L) -> 'cart') $$, :'link')), 'cup 10.00 0.2 1, lid', 'nor by a link');
SELECT is(would('application', format($$ SELECT priced(cart_link_open(%L, 'eve') -> 'cart') $$, :'link')), 'cup 0.01 0 99, lid 3.00 0.1', 'an application does');
-- Prices are the catalogue's.
SELECT is(would('eve', 'SELECT cart_checkout()'), 'KC010', 'without a catalogue a shopper cannot check out');
SELECT is(would('brand', 'SELECT cart_checkout() FROM cart_add(''{"product_id": "x"}'')'), 'KC010', 'nor staff');
SELECT is(would('application', $$ SELECT cart_checkout(user_id => 'eve') ->> 'status' $$), 'checkout', 'an application can');
CREATE FUNCTION public.catalog(tenant_id text, items jsonb, context jsonb) RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE sql STABLE AS $$
    SELECT (i ->> 'item_key')::uuid, 7, 0.19, true, NULL::numeric FROM jsonb_array_elements(items) i $$;
SELECT cart_configure('{"catalog": "public.catalog"}') \g /dev/null
SELECT is(would('eve', format('SELECT priced(%s)', format(call, :'said'))), 'cup 7.00 0.19 1', 'the catalogue sets it: ' || call) FROM unnest(ARRAY['cart_add(%L)', 'cart_add_items(jsonb_build_array(%L::jsonb))', 'cart_update(cart_item_key(%L), 2, ''{"unit_price": 0.01}'')', 'cart_reprice()']) call;
SELECT is(would('stranger', format('SELECT priced(cart_add(%L, session_token => token(''new'')))', :'said')), 'cup 7.00 0.19', 'also for a new cart');
SELECT is(would('stranger', format('SELECT c ->> ''status'' FROM cart_add(%L, session_token => token(''new'')) a, cart_checkout(a ->> ''none'', session_token => token(''new'')) c', :'said')), 'checkout', 'which then can be checked out');
SELECT cart_configure('{"catalog": null}') \g /dev/null

-- ---- an application acts for anybody

SELECT is(would('application', format('SELECT lines(cart_get(%s))', who)), told, 'an application names ' || who) FROM (VALUES ('''ben''', '1 ben''s'), ('session_token => token(''guest'')', '1 the guest''s'), ('''anna'', tenant_id => ''elsewhere''', '1 elsewhere''s'), ('''no such''', '')) x (who, told);
SELECT is(would('regress_application', settings, 'SELECT ' || call), told, 'an application with ' || settings::text || ': ' || call) FROM (VALUES
    ('{"cart_ext.user_id": "ben"}'::jsonb, 'lines(cart_get())', '1 ben''s'), ('{"cart_ext.user_id": "anna", "cart_ext.tenant_id": "elsewhere"}', 'lines(cart_get())', '1 elsewhere''s'), (claims('{"sub": "anna"}'), 'lines(cart_get())', '1 anna''s'),
    (claims('{"sub": "anna"}'), 'lines(cart_get(''ben''))', '1 ben''s'), (claims('{"sub": "anna"}') || '{"cart_ext.user_id": "ben"}', 'lines(cart_get())', '1 anna''s'), (claims('{"sub": "anna", "tenant_id": "elsewhere"}'), 'lines(cart_get())', '1 elsewhere''s'),
    (claims('{"sub": "anna", "tenant_id": "elsewhere"}'), 'lines(cart_get(tenant_id => ''''))', '1 anna''s'), ('{}', 'cart_get()', 'KC011')) x (settings, call, told);
SELECT is(outcome(attempt('regress_application', '{"cart_ext.actor_id": "agent 7", "cart_ext.location_id": "shop 9"}', $$ SELECT cart_add('{"product_id": "x"}', user_id => 'gus') ->> 'location_id' $$, true)), 'shop 9', 'an application''s actor and location are those of the settings');
SELECT results_eq($$ SELECT created_by COLLATE "default", updated_by COLLATE "default", location_id COLLATE "default" FROM cart.carts WHERE user_id = 'gus' $$, $$ VALUES ('agent 7', 'agent 7', 'shop 9') $$, 'and recorded');

-- ---- tables whose owner is no superuser

SELECT cart_revoke('regress_shopper'), cart_revoke('regress_application'), cart_revoke('regress_admin') \g /dev/null
DROP SCHEMA cart CASCADE;
CREATE ROLE regress_owner;
SELECT is(cart_setup('regress_owner') ->> 'owner', 'regress_owner', 'tables of another owner');
INSERT INTO callers VALUES ('regress_owner', 'regress_owner', '{}');
UPDATE granted SET level = 'nobody';
SELECT is_empty($$ SELECT name FROM functions WHERE NOT has_function_privilege('regress_owner', oid, 'EXECUTE') $$, 'who has level admin');
SELECT is(did('regress_owner', $$ SELECT cart_grant('regress_application', 'application') || cart_grant('regress_shopper', 'shopper') $$), '{"role": "regress_shopper", "level": "shopper"}', 'and grants, though the functions are a superuser''s');
UPDATE granted SET level = substr(role, 9) WHERE role ~ '(shopper|application)';
SELECT is_empty('SELECT misgranted()', 'with the same result');
SELECT is(granted_by::text, 'regress_owner', 'who granted it') FROM cart.grants WHERE role_name::text = 'regress_shopper';
SELECT is(did('owner', $$ SELECT cart_grant('regress_admin', 'admin') ->> 'level' $$), 'admin', 'a superuser may, too');
SELECT denied('admin', $$ SELECT cart_grant('regress_nobody', 'shopper') $$, 'but level admin alone does not do');
GRANT regress_owner TO regress_other;
INSERT INTO callers VALUES ('member', 'regress_other', '{}');
SELECT is(would('member', $$ SELECT cart_grant('regress_nobody', 'shopper') ->> 'level' $$), 'shopper', 'who can act as the owner may');
REVOKE regress_owner FROM regress_other;
SELECT denied('member', $$ SELECT cart_grant('regress_nobody', 'shopper') $$, 'and who cannot any more, may not');
SELECT is(did('regress_owner', $$ SELECT cart_revoke('regress_shopper') $$), '{"role": "regress_shopper", "level": null}', 'the owner takes it back');
UPDATE granted SET level = 'nobody' WHERE role = 'regress_shopper';
UPDATE granted SET level = 'admin' WHERE role = 'regress_admin';
SELECT is_empty('SELECT misgranted()', 'all of it, whoever the functions'' owner is');
SELECT is(did('regress_owner', $$ SELECT cart_setup() -> 'changes' $$), '[]', 'the owner runs cart_setup() again');

SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT drop_roles() \g /dev/null
SELECT * FROM finish();
