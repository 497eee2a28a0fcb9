-- Every function by every caller on {its own, another's, another tenant's, no such}: exactly the allowed
-- answer, and the same words for what exists and what does not. All of it is generated from four tables:
-- which level may execute what (roles.psql), how a function is called, and which objects whom are open.
\ir helpers.psql
\ir roles.psql
SELECT cart_grant(('regress_' || level)::regrole, level) FROM unnest('{shopper,application,admin}'::text[]) level \g /dev/null

-- ---- who, and what is theirs

-- Callers whose claims make them more come later: "near" is a colleague's at the location of cashier and
-- manager, "other" somebody's at another location.
ALTER TABLE callers ADD owner text, ADD place int, ADD rank int;
UPDATE callers c SET owner = x.owner, place = x.place, rank = x.rank FROM (VALUES ('nobody', 'nobody', 1, 0), ('guest', token('guest'), 2, 1), ('anna', 'anna', 3, 1), ('cashier', 'cash', 4, 1), ('manager', 'mary', 5, 1), ('brand', 'bob', 6, 1),
    ('application', 'shop', 7, 2), ('admin', 'shop', 8, 3), ('owner', 'shop', 9, 4)) x (name, owner, place, rank) WHERE c.name = x.name;
DELETE FROM callers WHERE place IS NULL;
UPDATE callers SET settings = '{"cart_ext.user_id": "shop"}' WHERE rank >= 2;

CREATE FUNCTION public.catalog(tenant_id text, items jsonb, context jsonb) RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE sql STABLE AS $$
    SELECT (i ->> 'item_key')::uuid, 7, 0.19, true, NULL::numeric FROM jsonb_array_elements(items) i $$;
CREATE FUNCTION public.codes(tenant_id text, code text, cart jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT '{"type": "percent", "value": 10}'::jsonb $$;
SELECT cart_configure('{"catalog": "public.catalog", "discount_resolver": "public.codes"}', t) FROM unnest('{"",elsewhere}'::text[]) t \g /dev/null

-- Tables of the admin's, one of them attached.
CREATE TABLE public.legacy (user_id text, session_id text, items jsonb, status text);
CREATE TABLE public.attached (LIKE public.legacy);
ALTER TABLE public.legacy OWNER TO regress_admin;
ALTER TABLE public.attached OWNER TO regress_admin;
SELECT cart_attach('public.attached') \g /dev/null

-- Each owner has a cart of each status, and the active one has taken a guest's.
CREATE TABLE carts (owner text, tenant text, status text, id uuid, PRIMARY KEY (owner, tenant, status));
DO $$
DECLARE
    o record;
    s text;
BEGIN
    FOR o IN VALUES ('anna', '', '', ''), (token('guest'), '', '', ''), ('cash', '', 'shop 1', 'till 1'), ('mary', '', 'shop 1', ''), ('bob', '', '', ''), ('shop', '', '', ''), ('cora', '', 'shop 1', ''), ('ben', '', 'shop 2', ''), ('anna', 'elsewhere', 'shop 1', '') LOOP
        FOREACH s IN ARRAY '{held,checkout,abandoned,active}'::text[] LOOP
            INSERT INTO carts VALUES (o.column1, o.column2, s, make(s, o.column1, o.column2, o.column3, 'mug', o.column4));
        END LOOP;
        IF length(o.column1) = 43 THEN
            INSERT INTO carts VALUES (o.column1, o.column2, 'merged', gen_random_uuid());
        ELSE
            PERFORM set_config('cart_ext.till_id', o.column4, true);
            INSERT INTO carts VALUES (o.column1, o.column2, 'merged', make('active', token('before ' || o.column1), o.column2));
            PERFORM set_config('cart_ext.till_id', o.column4, true);
            PERFORM cart_merge(o.column1, token('before ' || o.column1), tenant_id => o.column2);
            PERFORM set_config('cart_ext.till_id', '', true);
        END IF;
    END LOOP;
END $$;
SELECT cart_link_create(make('active', 'lou')) ->> 'link' AS link \gset

-- ---- how each is called, and what an application is told where there is nothing

CREATE TABLE templates (call text PRIMARY KEY, kind text, status text, missing text);
INSERT INTO templates VALUES
    ('cart_item_key(''{"product_id": 1}'')', 'plain'), ('cart_items_match(''{"product_id": 1}'', ''{"product_id": 1}'')', 'plain'), ('cart_items_merge(''[]'', ''[]'')', 'plain'), ('cart_totals(''[]'')', 'plain'), ('cart_session_create()', 'plain'),
    ('cart_application()', 'plain'), ('cart_configure(''{}'')', 'plain'), ('cart_reconcile_all()', 'plain'), ('cart_sweep()', 'plain'), ('cart_stat_rows()', 'plain'), ('cart_stat_reset()', 'plain'), ('cart_metrics()', 'plain'), ('cart_setup()', 'plain'), ('cart_grant(''regress_other'', ''shopper'')', 'plain'), ('cart_revoke(''regress_other'')', 'plain'),
    ('cart_attach(''public.legacy'')', 'plain'), ('cart_detach(''public.attached'')', 'plain'), ('cart_import(''public.legacy'')', 'plain');
INSERT INTO templates (call, kind, missing) VALUES
    ('cart_get({who})', 'owner', '00000'), ('cart_list(NULL, {who})', 'owner', '00000'), ('cart_touch({who})', 'owner', '00000'), ('cart_add(''{"product_id": "x"}'', 2, {who})', 'owner', '00000'), ('cart_add_items(''[{"product_id": "x"}]'', {who})', 'owner', '00000'),
    ('cart_update(key_of(''mug''), 5, NULL, {who})', 'owner', 'KC014'), ('cart_remove(key_of(''mug''), {who})', 'owner', '00000'), ('cart_clear({who})', 'owner', '00000'), ('cart_apply(''[{"op": "add", "item": {"product_id": "x"}}]'', {who})', 'owner', '00000'),
    ('cart_set(''{"label": "l"}'', {who})', 'owner', '00000'), ('cart_apply_code(''TEN'', {who})', 'owner', '00000'), ('cart_reconcile({who})', 'owner', '00000'), ('cart_reprice({who})', 'owner', '00000'), ('cart_hold({who})', 'owner', 'KC001'), ('cart_checkout({who})', 'owner', 'KC001'),
    ('cart_link_open(' || quote_literal(:'link') || ', {who})', 'owner', '00000'), ('cart_set_discount(NULL, {who})', 'owner', '00000'), ('cart_export({who})', 'owner', '00000'), ('cart_forget({who})', 'owner', '00000'),
    ('cart_merge({who}, session_token => token(''before''))', 'login', '00000'),
    ('cart_held({held})', 'held', '00000');
INSERT INTO templates VALUES
    ('cart_get({tenant}, cart_id => {cart}) -> ''items''', 'cart', 'active', '00000'), ('cart_get({tenant}, cart_id => {cart})', 'cart', 'held', '00000'), ('cart_hold(cart_id => {cart}, {tenant})', 'cart', 'active', 'KC001'), ('cart_resume({cart}, {tenant})', 'cart', 'held', 'KC001'),
    ('cart_checkout_cancel({cart}, {tenant})', 'cart', 'checkout', 'KC001'), ('cart_restore({cart}, {tenant})', 'cart', 'abandoned', 'KC001'), ('cart_checkout_complete({cart}, {tenant})', 'cart', 'checkout', 'KC001'), ('cart_unmerge({cart}, {tenant})', 'cart', 'merged', 'KC001'),
    ('cart_link_create({cart})', 'cart', 'active', 'KC001');
ALTER TABLE templates ADD name name, ADD rank int, ADD is_staff boolean;
UPDATE templates SET name = split_part(call, '(', 1);
UPDATE templates t SET rank = r.rank, is_staff = l.level = 'staff' FROM levels l JOIN ranks r USING (level) WHERE l.name = t.name;
-- These are for who can act as the tables' owner.
UPDATE templates SET rank = 4 WHERE name IN ('cart_setup', 'cart_grant', 'cart_revoke');

-- ---- what there is to name

CREATE TABLE targets (kind text, target text, place int, who text, tenant text, held text);
INSERT INTO targets VALUES
    ('owner', 'own', 1, 'user_id => NULL'), ('owner', 'self', 2, NULL), ('owner', 'other', 3, 'user_id => ''ben'''), ('owner', 'none', 4, 'user_id => ''no such'''),
    ('owner', 'foreign', 5, 'user_id => ''anna'', tenant_id => ''elsewhere'''), ('owner', 'void', 6, 'user_id => ''no such'', tenant_id => ''elsewhere''');
INSERT INTO targets SELECT 'login', target, place, who FROM targets;
INSERT INTO targets VALUES -- stray: another tenant's, without its name; void: no such, with it
    ('cart', 'own', 1, NULL, 'NULL', NULL), ('cart', 'near', 2, NULL, 'NULL', NULL), ('cart', 'other', 3, NULL, 'NULL', NULL), ('cart', 'stray', 4, NULL, 'NULL', NULL), ('cart', 'none', 5, NULL, 'NULL', NULL), ('cart', 'foreign', 6, NULL, '''elsewhere''', NULL), ('cart', 'void', 7, NULL, '''elsewhere''', NULL),
    ('held', 'own', 1, NULL, NULL, ''), ('held', 'near', 2, NULL, NULL, 'location_id => ''shop 1'''), ('held', 'other', 3, NULL, NULL, 'location_id => ''shop 2'''), ('held', 'none', 4, NULL, NULL, 'location_id => ''no such'''),
    ('held', 'foreign', 5, NULL, NULL, '''elsewhere'''), ('held', 'void', 6, NULL, NULL, '''no such'''),
    ('plain', '-', 1, NULL, NULL, NULL);

-- What is open to whom, beside applications, to whom all is.
CREATE TABLE open_to (kind text, who text, targets text[]);
INSERT INTO open_to VALUES
    ('owner', 'guest', '{own,self}'), ('owner', 'anna', '{own,self}'), ('owner', 'cashier', '{own,self}'), ('owner', 'manager', '{own,self}'), ('owner', 'brand', '{own,self}'),
    ('login', 'guest', '{}'), ('login', 'anna', '{own,self}'), ('login', 'cashier', '{own,self}'), ('login', 'manager', '{own,self}'), ('login', 'brand', '{own,self}'),
    ('cart', 'guest', '{own}'), ('cart', 'anna', '{own}'), ('cart', 'cashier', '{own}'), ('cart', 'manager', '{own,near}'), ('cart', 'brand', '{own,near,other}'),
    ('hold', 'guest', '{own}'), ('hold', 'anna', '{own}'), ('hold', 'cashier', '{own,near}'), ('hold', 'manager', '{own,near}'), ('hold', 'brand', '{own,near,other}'), -- a cart that is held
    ('held', 'guest', '{}'), ('held', 'anna', '{}'), ('held', 'cashier', '{own,near}'), ('held', 'manager', '{own,near}'), ('held', 'brand', '{own,near,other,none}');

CREATE VIEW cells AS
    SELECT t.call AS template, t.name, t.rank AS needs, c.name AS caller, c.place AS caller_place, c.rank, g.target, g.place, named.id,
           'SELECT ' || replace(replace(replace(replace(t.call, '{who}', coalesce(g.who, CASE length(c.owner) WHEN 43 THEN 'session_token' ELSE 'user_id' END || ' => ' || quote_literal(c.owner))),
                                                '{cart}', coalesce(quote_literal(named.id), '')), '{tenant}', 'tenant_id => ' || coalesce(g.tenant, '')), '{held}', coalesce(g.held, '')) AS call,
           CASE WHEN c.rank < t.rank OR t.is_staff AND c.name IN ('anna', 'guest') THEN '42501'
                WHEN t.kind = 'plain' THEN '00000'
                WHEN c.rank = 1 THEN CASE WHEN g.target = ANY (o.targets) THEN '00000' WHEN t.kind = 'login' AND c.name = 'guest' AND g.target = 'own' THEN 'KC011' ELSE '42501' END
                WHEN t.name = 'cart_link_open' AND g.target IN ('foreign', 'void') THEN 'KC001' -- the link is of the usual tenant
                WHEN g.target IN ('stray', 'none', 'void') OR g.target = 'foreign' AND t.kind = 'cart' AND t.call NOT LIKE '%{tenant}%' THEN t.missing
                ELSE '00000' END AS wanted
    FROM templates t JOIN targets g USING (kind) CROSS JOIN callers c
    LEFT JOIN open_to o ON o.kind = CASE WHEN t.kind = 'cart' AND t.status = 'held' THEN 'hold' ELSE t.kind END AND o.who = c.name
    LEFT JOIN LATERAL (SELECT coalesce((SELECT n.id FROM carts n WHERE n.status = t.status
        AND (n.owner, n.tenant) = (CASE g.target WHEN 'own' THEN c.owner WHEN 'near' THEN 'cora' WHEN 'other' THEN 'ben' WHEN 'stray' THEN 'anna' WHEN 'foreign' THEN 'anna' END, CASE WHEN g.target IN ('stray', 'foreign') THEN 'elsewhere' ELSE '' END)),
        'ffffffff-ffff-7fff-bfff-ffffffffffff') AS id) named ON t.kind = 'cart'
    WHERE NOT (t.kind = 'login' AND c.name = 'guest' AND g.target = 'self'); -- it would pass its token twice

SELECT plan((SELECT count(*)::int FROM templates, callers) + 8 + (SELECT count(*)::int FROM callers WHERE rank = 1));
SELECT is_empty($$ SELECT name FROM levels EXCEPT SELECT name FROM templates $$, 'each function is called');
SELECT is_empty($$ SELECT name FROM functions WHERE result NOT IN ('trigger', 'event_trigger') AND NOT in_policy EXCEPT SELECT name FROM templates $$, 'none was forgotten');
SELECT is_empty($$ SELECT call FROM templates WHERE rank IS NULL $$, 'each has a level');
SELECT is_empty($$ SELECT * FROM cells WHERE call IS NULL OR wanted IS NULL OR call ~ '\{(who|cart|tenant|held)\}' $$, 'each cell is a call');

SELECT state() AS before \gset
CREATE TABLE answers AS SELECT c.*, (a).code, (a).message, replace((a).detail, id::text, 'the id') AS detail, (a).hint FROM (SELECT c.*, attempt(c.caller, c.call) AS a FROM cells c OFFSET 0) c;
SELECT is(string_agg(target || ' ' || code || CASE WHEN code <> wanted THEN ' (' || coalesce(message, 'it succeeded') || ')' ELSE '' END, ', ' ORDER BY place), string_agg(target || ' ' || wanted, ', ' ORDER BY place), caller || ': ' || template)
FROM answers GROUP BY template, needs, caller, caller_place ORDER BY needs, template, caller_place;

-- Refused in the same words, whether it is there or not.
SELECT is_empty(format($$ SELECT template, string_agg(concat_ws(': ', target, message, detail, hint), E'\n') FROM answers WHERE caller = %L AND code = '42501' AND target NOT IN ('foreign', 'void', 'own', 'self') GROUP BY template HAVING count(DISTINCT (message, detail, hint)) > 1
    UNION ALL SELECT template, string_agg(concat_ws(': ', target, message, detail, hint), E'\n') FROM answers WHERE caller = %1$L AND code = '42501' AND target IN ('foreign', 'void') GROUP BY template HAVING count(DISTINCT (message, detail, hint)) > 1 $$, name),
    name || ' is refused in the same words what exists and what does not') FROM callers WHERE rank = 1 ORDER BY place;
SELECT is_empty($$ SELECT caller, call, code, message FROM answers WHERE code LIKE 'XX%' $$, 'no internal error');
SELECT is_empty($$ SELECT caller, call, message FROM answers WHERE code = '42501' AND (message ~ '[.\n]$' OR message ~ '^[A-Z][a-z]') $$, 'the messages are in the server''s style');
SELECT is(state(), :'before', 'nothing has changed by all that');
SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT drop_roles() \g /dev/null
SELECT * FROM finish();
