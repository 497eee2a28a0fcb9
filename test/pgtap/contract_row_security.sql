-- Row security (section 6): what a direct SELECT on cart.carts and cart.items shows whom, and who may write.
\ir helpers.psql
\ir roles.psql
SELECT plan(133);
SELECT cart_grant(('regress_' || level)::regrole, level) FROM unnest('{shopper,application,admin}'::text[]) level \g /dev/null

-- Each cart is named by its one line's product.
SELECT make('active', 'anna', product => 'anna'), make('held', 'ben', location => 'shop 2', product => 'ben held'), make('active', 'ben', location => 'shop 2', product => 'ben'), make('held', 'cora', location => 'shop 1', product => 'cora held'),
       make('checkout', 'cora', location => 'shop 1', product => 'cora draft'), make('active', 'cora', location => 'shop 1', product => 'cora'), make('active', token('guest'), product => 'guest'), make('active', token('guest'), 'elsewhere', product => 'guest elsewhere'),
       make('held', 'anna', 'elsewhere', 'shop 1', 'anna elsewhere held'), make('active', 'anna', 'elsewhere', 'shop 1', 'anna elsewhere'), make('held', 'web', product => 'web held'),
       make('held', 'cash', location => 'shop 2', product => 'cash held'), make('active', 'cash', location => 'shop 1', product => 'cash', till => 'till 1'), make('active', 'cash', location => 'shop 1', product => 'cash at till 2', till => 'till 2'),
       make('active', 'mary', product => 'mary'), make('active', 'bob', product => 'bob') \g /dev/null
CREATE TABLE names AS SELECT cart_id, product_id AS name FROM cart.items;
GRANT SELECT ON names TO PUBLIC;
CREATE TABLE views (who text, role name, settings jsonb, sees text);
INSERT INTO views SELECT name, role, settings, sees FROM callers JOIN (VALUES
    ('stranger', ''), ('anna', 'anna'), ('ben', 'ben, ben held'), ('guest', 'guest'), ('cashier', 'cash, cash at till 2, cash held, cora held'), ('manager', 'cash, cash at till 2, cora, cora draft, cora held, mary'),
    ('brand', 'anna, ben, ben held, bob, cash, cash at till 2, cash held, cora, cora draft, cora held, guest, mary, web held'), ('application', (SELECT string_agg(name, ', ' ORDER BY name COLLATE "C") FROM names)),
    ('admin', (SELECT string_agg(name, ', ' ORDER BY name COLLATE "C") FROM names)), ('owner', (SELECT string_agg(name, ', ' ORDER BY name COLLATE "C") FROM names))) x (name, sees) USING (name);
INSERT INTO views SELECT who, 'regress_shopper', settings, sees FROM (VALUES
    ('anna, with a guest''s token', claims('{"sub": "anna"}') || holds(token('guest')), 'anna, guest'),
    ('anna, in another tenant', claims('{"sub": "anna", "tenant_id": "elsewhere"}'), 'anna elsewhere, anna elsewhere held'),
    ('a guest, in another tenant', claims('{"tenant_id": "elsewhere"}') || holds(token('guest')), 'guest elsewhere'),
    ('a guest that sets the tenant', holds(token('guest')) || '{"cart_ext.tenant_id": "elsewhere"}', 'guest'),
    ('anna, as ben by the setting', claims('{"sub": "anna"}') || '{"cart_ext.user_id": "ben"}', 'anna'),
    ('ben by the setting', '{"cart_ext.user_id": "ben"}', ''),
    ('anna, in another tenant by the setting', claims('{"sub": "anna"}') || '{"cart_ext.tenant_id": "elsewhere"}', 'anna'),
    ('a manager by the setting', claims('{"sub": "anna", "cart_role": "manager"}') || '{"cart_ext.location_id": "shop 1"}', 'anna'),
    ('another token', holds(token('other')), ''),
    ('a token''s hash', holds(left(encode(sha256(convert_to(token('guest'), 'UTF8')), 'hex'), 43)), ''),
    ('a role that is none', claims('{"sub": "anna", "location_id": "shop 1", "cart_role": "king"}'), 'anna'),
    ('a role without a location', claims('{"sub": "anna", "cart_role": "manager"}'), 'anna'),
    ('a cashier with an empty one', claims('{"sub": "anna", "location_id": "", "cart_role": "cashier"}'), 'anna'),
    ('a location without a role', claims('{"sub": "anna", "location_id": "shop 1"}'), 'anna'),
    ('a manager of shop 2', claims('{"sub": "mia", "location_id": "shop 2", "cart_role": "manager"}'), 'ben, ben held, cash held'),
    ('a manager of another tenant', claims('{"sub": "mia", "tenant_id": "elsewhere", "location_id": "shop 1", "cart_role": "manager"}'), 'anna elsewhere, anna elsewhere held'),
    ('a brand of another tenant', claims('{"sub": "mia", "tenant_id": "elsewhere", "cart_role": "brand"}'), 'anna elsewhere, anna elsewhere held, guest elsewhere'),
    ('a cashier of shop 2', claims('{"sub": "mia", "location_id": "shop 2", "cart_role": "cashier"}'), 'ben held, cash held')) x (who, settings, sees);

\set carts 'SELECT coalesce(string_agg(n.name, \', \' ORDER BY n.name COLLATE "C"), \'\') FROM cart.carts JOIN names n USING (cart_id)'
\set items 'SELECT coalesce(string_agg(product_id, \', \' ORDER BY product_id COLLATE "C"), \'\') FROM cart.items'
SELECT is(would(role, settings, :'carts'), sees, 'carts: ' || who) FROM views;
SELECT is(would(role, settings, :'items'), sees, 'lines: ' || who) FROM views;
SELECT is(would('nobody', q), '42501', 'who was granted nothing reads nothing') FROM (VALUES (:'carts'), (:'items')) x (q);
-- What is no claim, and no token, shows nothing.
SELECT ok(would('regress_shopper', settings, q) IN ('', '42501'), 'nothing is shown: ' || settings::text) FROM unnest(ARRAY[claims('[]'), claims('{"sub": "anna", "sub": "anna"}'), claims('{"sub": ["anna"]}'), claims('anna'), holds('guest'), holds(token('guest') || '-'), claims('[]') || holds(token('guest'))]) settings, (VALUES (:'carts'), (:'items')) x (q);
-- The calls and the tables show the same.
SELECT is((SELECT string_agg(n.name, ', ' ORDER BY n.name COLLATE "C") COLLATE "default" FROM names n WHERE would(who, format('SELECT cart_get(cart_id => %L) ->> ''cart_id''', n.cart_id)) = n.cart_id::text), sees, 'the carts that it sees it can also get: ' || who)
    FROM views WHERE who IN ('anna', 'guest', 'cashier', 'manager', 'brand');

-- One session, one plan, several callers.
CREATE FUNCTION mine() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM cart.carts); END $$;
SELECT is(string_agg(would(who, 'SELECT mine()'), ',' ORDER BY n), '1,2,4,16,1,0,16,1', 'a plan that is kept does not keep the caller') FROM unnest('{anna,ben,cashier,application,guest,stranger,owner,anna}'::text[]) WITH ORDINALITY x (who, n);
-- A function in WHERE is asked about no row that is not the caller's.
CREATE TABLE peeked (user_id text);
GRANT SELECT, INSERT ON peeked TO PUBLIC;
CREATE FUNCTION peek(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN INSERT INTO peeked VALUES ($1); RETURN true; END $$;
SELECT is(did('anna', 'SELECT count(*) FROM cart.carts WHERE peek(user_id)'), '1', 'a cheap function in WHERE');
SELECT is(did('anna', 'SELECT count(*) FROM cart.items WHERE peek(product_id)'), '1', 'also on lines');
SELECT results_eq('SELECT user_id FROM peeked', $$ VALUES ('anna'), ('anna') $$, 'sees the own rows alone');
SELECT is(would('anna', 'SELECT count(*) FROM cart.carts c FULL JOIN cart.items i USING (tenant_id, cart_id) WHERE i.cart_id IS NULL OR c.cart_id IS NULL'), '0', 'a join shows no more');
SELECT is(would('anna', 'SELECT count(*) FROM cart.carts'), '1', 'nor does a count');
SELECT refused_as('regress_shopper', claims('{"sub": "anna"}') || '{"row_security": "off"}', 'SELECT count(*) FROM ' || t, '42501', 'nor row_security = off: ' || t) FROM unnest('{cart.carts,cart.items}'::text[]) t;

-- Nobody but applications writes.
SELECT denied(who, call, who || ' may not: ' || call) FROM unnest('{anna,brand}'::text[]) who, unnest(ARRAY['INSERT INTO cart.carts (user_id) VALUES (''anna'')', 'UPDATE cart.carts SET label = ''x''', 'DELETE FROM cart.carts', 'SELECT count(*) FROM (SELECT FROM cart.carts FOR UPDATE) x', 'UPDATE cart.items SET quantity = 9', 'DELETE FROM cart.items',
    'INSERT INTO cart.items (cart_id, item) SELECT cart_id, ''{"product_id": "x"}'' FROM cart.carts', 'TRUNCATE cart.items', 'CREATE TRIGGER t AFTER INSERT ON cart.items EXECUTE FUNCTION suppress_redundant_updates_trigger()']) call;
SELECT denied('application', call, 'nor an application: ' || call) FROM unnest(ARRAY['TRUNCATE cart.carts CASCADE', 'CREATE TRIGGER t BEFORE INSERT ON cart.carts FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()', 'ALTER TABLE cart.carts DISABLE ROW LEVEL SECURITY', 'CREATE POLICY p ON cart.carts USING (true)', 'CREATE TABLE cart.mine ()']) call;
-- Not even where somebody granted it by mistake.
GRANT ALL ON cart.carts, cart.items TO regress_shopper;
SELECT is(would('anna', 'WITH w AS (' || call || ' RETURNING 1) SELECT count(*) FROM w'), '0', 'by mistake granted, and yet no row is reached: ' || call) FROM unnest(ARRAY['UPDATE cart.carts SET label = ''x''', 'DELETE FROM cart.carts', 'UPDATE cart.items SET quantity = 9', 'DELETE FROM cart.items']) call;
SELECT denied('anna', call, 'nor made: ' || call) FROM unnest(ARRAY['INSERT INTO cart.carts (user_id) VALUES (''new'')', 'INSERT INTO cart.carts (user_id, status) VALUES (''anna'', ''held'')']) call;
SELECT cart_setup() \g /dev/null

-- An application does.
SELECT is(did('application', $$ WITH c AS (INSERT INTO cart.carts (user_id) VALUES ('direct') RETURNING cart_id) SELECT count(*) FROM c $$), '1', 'an application makes a cart');
SELECT is(did('application', $$ WITH i AS (INSERT INTO cart.items (cart_id, item) SELECT cart_id, '{"product_id": "x", "quantity": 2}' FROM cart.carts WHERE user_id = 'direct' RETURNING 1) SELECT count(*) FROM i $$), '1', 'and a line');
SELECT is(did('application', $$ WITH i AS (INSERT INTO cart.items (cart_id, item) SELECT cart_id, '{"product_id": "x", "quantity": 3}' FROM cart.carts WHERE user_id = 'direct'
    ON CONFLICT (tenant_id, cart_id, item_key) DO UPDATE SET quantity = items.quantity + excluded.quantity RETURNING quantity) SELECT sum(quantity) FROM i $$), '5', 'also ON CONFLICT');
SELECT is(did('application', $$ WITH i AS (UPDATE cart.items SET quantity = 7 WHERE product_id = 'x' RETURNING quantity) SELECT sum(quantity) FROM i $$), '7', 'changes it');
SELECT is(would('application', $$ SELECT lines(cart_get('direct')) $$), '7 x', 'and gets what it wrote');
SELECT is(did('application', $$ WITH i AS (DELETE FROM cart.items WHERE product_id = 'x' RETURNING 1) SELECT count(*) FROM i $$), '1', 'and deletes it');
SELECT is(did('application', $$ WITH c AS (DELETE FROM cart.carts WHERE user_id = 'direct' RETURNING 1) SELECT count(*) FROM c $$), '1', 'with the cart');
SELECT is(would('regress_application', claims('{"sub": "anna"}'), 'SELECT count(*) FROM cart.carts'), '16', 'an application sees all, whatever the claims');
SELECT is(would('application', $$ WITH c AS (INSERT INTO cart.carts (tenant_id, user_id) VALUES ('elsewhere', 'new') RETURNING 1) SELECT count(*) FROM c $$), '1', 'in every tenant');

-- All other tables are the owner's alone.
SELECT is_empty(format($$ SELECT relname FROM pg_class c WHERE relnamespace = 'cart'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S') AND relname NOT IN ('carts', 'items')
                          AND would(%L, format('SELECT count(*) FROM cart.%%I', relname)) <> '42501' $$, who), who || ' reads no other table') FROM unnest('{nobody,anna,guest,manager,brand,application,admin}'::text[]) who;
SELECT ok(relrowsecurity, relname || ' has row security') FROM pg_class WHERE relnamespace = 'cart'::regnamespace AND relname IN ('carts', 'items');

SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT drop_roles() \g /dev/null
SELECT * FROM finish();
