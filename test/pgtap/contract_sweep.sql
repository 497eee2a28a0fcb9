-- Section 9: what a pass does, by cart_sweep().
\ir helpers.psql
SELECT plan(62);

-- Runs the rest as of that day of the year 2030. Day 0 is 2030-01-01.
CREATE FUNCTION on_day(day numeric) RETURNS text LANGUAGE sql AS $$
    SELECT set_config('cart_ext.clock', (timestamptz '2030-01-01 UTC' + day * interval '1 day')::text, false) $$;
-- What a pass did, without the zeros: "2 abandoned, 1 purged".
CREATE FUNCTION swept(most int = NULL) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(value || ' ' || key, ', ' ORDER BY key COLLATE "C"), 'nothing') FROM jsonb_each_text(cart_sweep(most)) WHERE value <> '0' $$;
CREATE FUNCTION statuses(tenant text = '') RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(coalesce(label, '-') || ' ' || status, ', ' ORDER BY label COLLATE "C") FROM cart.carts WHERE tenant_id = tenant $$;
-- A cart of that label, with one line: a guest's, or a user's.
CREATE FUNCTION make(label text, is_user boolean = false, tenant text = '') RETURNS uuid LANGUAGE sql AS $$
    SELECT (cart_apply(jsonb_build_array('{"op": "add", "item": {"product_id": "mug"}}'::jsonb, jsonb_build_object('op', 'set', 'changes', jsonb_build_object('label', label))),
                       CASE WHEN is_user THEN label END, CASE WHEN NOT is_user THEN label END, tenant) ->> 'cart_id')::uuid $$;
CREATE FUNCTION wipe() RETURNS void LANGUAGE sql AS $$ TRUNCATE cart.carts, cart.items, cart.drafts, cart.requests, cart.merges, cart.links, cart.settings $$;

-- ---- abandoning
SELECT on_day(0), make('guest'), make('user', true) \g /dev/null
SELECT on_day(50), make('later guest') \g /dev/null
SELECT on_day(89.9) \g /dev/null
SELECT is(swept(), 'nothing', 'before 90 days nobody is touched');
SELECT on_day(90) \g /dev/null
SELECT is(swept(), '1 abandoned', 'after 90 days without use a guest''s cart is abandoned, a user''s is not');
SELECT is(statuses(), 'guest abandoned, later guest active, user active', 'each cart by its own time');
SELECT results_eq($$ SELECT version, updated_at, last_accessed_at FROM cart.carts WHERE label = 'guest' $$,
                  $$ VALUES (2::bigint, timestamptz '2030-04-01', timestamptz '2030-01-01') $$, 'the version rises by 1, and the last use stays known');
SELECT is((SELECT stored(cart_id) FROM cart.carts WHERE label = 'guest'), '1 mug', 'its lines stay');
SELECT is(cart_get(session_token => 'guest'), NULL, 'the guest has no active cart');
SELECT is(swept(), 'nothing', 'a second pass finds nothing');
SELECT is(cart_add('{"product_id": "tea"}', session_token => 'guest') -> 'totals' ->> 'lines', '1', 'and may begin a new one');

-- What counts is the last use.
SELECT wipe(), on_day(0), make('added to'), make('touched'), make('forgotten') \g /dev/null
SELECT on_day(60) \g /dev/null
SELECT cart_add('{"product_id": "tea"}', session_token => 'added to') IS NOT NULL, cart_touch(session_token => 'touched') IS NOT NULL \g /dev/null
SELECT on_day(91) \g /dev/null
SELECT is(swept(), '1 abandoned', 'failure 31: the last use counts, not the making');
SELECT is(statuses(), 'added to active, forgotten abandoned, touched active', 'used carts live');
SELECT is((SELECT count(*)::int FROM cart.carts WHERE status = 'active' AND sweep_from = last_accessed_at), 2, 'sweep_from has moved up to the last use');
SELECT is((SELECT string_agg(version::text, ' ' ORDER BY label) FROM cart.carts WHERE status = 'active'), '2 1', 'moving it raises no version');
SELECT state() AS before \gset
SELECT is(swept(), 'nothing', 'the next pass');
SELECT is(state(), :'before', '… writes nothing at all');
SELECT on_day(150) \g /dev/null
SELECT is(swept(), '2 abandoned, 1 purged', '90 days after the last use they are abandoned, too');

-- ---- settings
SELECT wipe(), on_day(0), make('a', true), make('b', true, 'shop'), make('c', false, 'shop'), make('d', false, 'never') \g /dev/null
SELECT is(cart_configure('{"abandon_user_after": "10 days", "abandon_guest_after": 864000}', 'shop') -> 'abandon_guest_after', '864000', 'a tenant sets its own times');
SELECT is(cart_configure('{"abandon_guest_after": 0, "purge_after": 0}', 'never') -> 'purge_after', '0', '0 means never');
SELECT on_day(10) \g /dev/null
SELECT is(swept(), '2 abandoned', 'a tenant''s settings go before the server''s');
SELECT is(concat_ws('; ', statuses(), statuses('shop'), statuses('never')), 'a active; b abandoned, c abandoned; d active', 'for its own carts alone');
SET cart_ext.abandon_user_after = '5d';
SELECT is(swept(), '1 abandoned', 'a changed setting counts from the next pass on');
RESET cart_ext.abandon_user_after;
SELECT on_day(10000) \g /dev/null
SELECT is(swept(), '3 purged', 'what was abandoned is deleted');
SELECT is(statuses('never'), 'd active', 'what is never abandoned is never deleted');
SELECT cart_configure('{"abandon_guest_after": null}', 'never') IS NOT NULL \g /dev/null
SELECT is(swept(), '1 abandoned', 'until the setting is lifted');
SELECT on_day(20000) \g /dev/null
SELECT is(swept(), 'nothing', 'an abandoned cart of a tenant that never purges stays');
SELECT refused($$ SELECT cart_configure('{"purge_after": -1}') $$, '22023', '{"setting": "purge_after", "found": "-1"}', NULL, 'a negative time is refused');
SELECT refused($$ SELECT cart_configure('{"abandon_user_after": "soon"}') $$, '22023', '{"setting": "abandon_user_after", "found": "soon"}', NULL, 'and what is no time');
SELECT throws_ok($$ SET cart_ext.sweep_batch = 0 $$, '22023', NULL, 'settings have ranges');
SELECT throws_ok($$ SET cart_ext.sweep_pause = '2s' $$, '22023', NULL, '… and units');
SELECT is((SELECT string_agg(name || '=' || current_setting(name), ' ' ORDER BY name) FROM pg_settings WHERE name ~ '^cart_ext\.(sweep|abandon|purge)'),
          'cart_ext.abandon_guest_after=90d cart_ext.abandon_user_after=0 cart_ext.purge_after=30d cart_ext.sweep_batch=50 cart_ext.sweep_interval=1min cart_ext.sweep_pause=1ms', 'the defaults are the contract''s');
SELECT is_empty($$ SELECT name, context FROM pg_settings WHERE name ~ '^cart_ext\.(sweep|abandon|purge)' AND context <> 'superuser' $$, 'all are superuser''s');

-- ---- holds and checkouts
SELECT wipe(), on_day(0) \g /dev/null
SELECT make('hold', true), make('draft', true), make('ordered', true), make('long hold', true) \g /dev/null
SELECT cart_hold(ttl => '2 days', user_id => 'hold'), cart_hold(ttl => '20 days', user_id => 'long hold') \g /dev/null
UPDATE cart.carts SET status = 'checkout', expires_at = timestamptz '2030-01-03 UTC' WHERE label IN ('draft', 'ordered');
UPDATE cart.carts SET status = 'ordered' WHERE label = 'ordered';
SELECT on_day(1) \g /dev/null
SELECT is(swept(), 'nothing', 'before its time neither hold nor checkout ends');
SELECT on_day(3) \g /dev/null
SELECT is(swept(), '1 checkouts_returned, 1 holds_expired', 'expired holds and checkouts end');
SELECT is(statuses(), 'draft active, hold abandoned, long hold held, ordered ordered', '… as active and abandoned');
SELECT is(cart_get(user_id => 'draft') -> 'expires_at', 'null', 'what was returned expires no more');
SELECT is((SELECT version::int FROM cart.carts WHERE label = 'hold'), 3, 'an expired hold''s version rises by 1');

-- ---- purging
SELECT wipe(), on_day(0) \g /dev/null
SELECT make('ordered', true), make('into', true), make('guest'), make('alone') \g /dev/null
SELECT cart_merge('into', 'guest') IS NOT NULL \g /dev/null
UPDATE cart.carts SET status = 'checkout' WHERE label = 'ordered';
UPDATE cart.carts SET status = 'ordered' WHERE label = 'ordered';
INSERT INTO cart.links (link_hash, cart_id, expires_at) SELECT sha256('of a cart'), cart_id, '2040-01-01' FROM cart.carts WHERE label = 'guest';
INSERT INTO cart.links (link_hash, cart_id, expires_at, opened_at) VALUES (sha256('opened'), gen_random_uuid(), '2040-01-01', '2030-01-01 UTC'),
    (sha256('expired'), gen_random_uuid(), '2030-01-01 UTC', NULL), (sha256('open'), gen_random_uuid(), '2040-01-01', NULL);
SELECT cart_add('{"product_id": "tea"}', user_id => 'into', idempotency_key => 'k') IS NOT NULL \g /dev/null
SELECT on_day(1.5) \g /dev/null
SELECT is(swept(), '1 requests_purged', 'an idempotency key goes after its time');
SELECT on_day(29.9) \g /dev/null
SELECT is(swept(), 'nothing', 'before 30 days nothing else goes');
SELECT on_day(30.1) \g /dev/null
SELECT is(swept(), '1 purged', 'then the merged cart goes');
SELECT is(statuses(), 'alone active, into active, ordered ordered', 'failure 30: it alone');
SELECT is_empty('SELECT * FROM cart.merges', 'with its receipt');
SELECT is((SELECT count(*)::int FROM cart.items), 4, '… and its lines');
SELECT is((SELECT string_agg(link_hash::text, ' ') FROM cart.links), sha256('open')::text, 'its link, and those that are done with');
SELECT on_day(90) \g /dev/null
SELECT is(swept(), '1 abandoned', 'failure 30: an active cart is abandoned first');
SELECT is(statuses(), 'alone abandoned, into active, ordered ordered', '… and there');
SELECT on_day(121) \g /dev/null
SELECT is(swept(), '1 purged', '… and deleted a purge_after later');
SELECT on_day(100000) \g /dev/null
SELECT is(swept(), 'nothing', 'failure 30: ordered carts are never deleted');
SELECT is(cart_configure('{"idempotency_ttl": "1 day", "purge_after": "1 day"}') IS NOT NULL, true, 'times are the tenant''s');

-- What a checkout froze stays with its cart, and goes with it.
SELECT wipe(), on_day(0), make('guest'), make('sold', true) \g /dev/null
SELECT cart_checkout(session_token => 'guest') ->> 'cart_id' AS draft, cart_checkout_complete((cart_checkout(user_id => 'sold') ->> 'cart_id')::uuid) \gset
SELECT on_day(1) \g /dev/null
SELECT is(swept(), '1 checkouts_returned', 'an expired checkout ends');
SELECT is((SELECT count(*)::int FROM cart.drafts), 2, '… and what it froze stays, for an order that comes late');
SELECT on_day(91) \g /dev/null
SELECT is(swept(), '1 abandoned', 'its cart is abandoned like any');
SELECT on_day(122) \g /dev/null
SELECT is(swept(), '1 purged', '… and deleted');
SELECT is((SELECT string_agg(label, ' ') FROM cart.drafts JOIN cart.carts USING (tenant_id, cart_id)), 'sold', '… with what the checkout froze; an order keeps it');

-- ---- how much
SELECT wipe(), on_day(0) \g /dev/null
SELECT make('g' || i, false, 't' || i % 3) FROM generate_series(1, 9) i \g /dev/null
SELECT on_day(91) \g /dev/null
SELECT is(swept(4), '4 abandoned', 'max_carts bounds a pass, over all tenants');
SELECT is(swept(4), '4 abandoned', 'the next one goes on');
SELECT is(swept(NULL), '1 abandoned', 'NULL bounds nothing');
SELECT refused(format('SELECT cart_sweep(%s)', n), '22023', jsonb_build_object('parameter', 'max_carts', 'found', n), NULL, n || ' is refused') FROM unnest('{0,-1}'::int[]) n;

-- Bots leave empty carts. They go like others, in batches that are smaller than their number.
SELECT wipe(), on_day(0) \g /dev/null
INSERT INTO cart.carts (session_hash, last_accessed_at) SELECT sha256(i::text::bytea), '2030-01-01' FROM generate_series(1, 5000) i;
SELECT on_day(91) \g /dev/null
SET cart_ext.sweep_batch = 300;
SELECT is(swept(), '5000 abandoned', 'failure 35: carts of bots go, also when written past the calls');
SELECT on_day(122) \g /dev/null
SELECT is(swept(), '5000 purged', 'failure 35: for good');

-- ---- rows that cannot be written
SELECT wipe(), on_day(0) \g /dev/null
SELECT make('c' || i) FROM generate_series(100, 350) i \g /dev/null
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'kept by the shop'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON cart.carts FOR EACH ROW WHEN (NEW.label IN ('c120', 'c333') AND NEW.status = 'abandoned') EXECUTE FUNCTION refuse();
SELECT on_day(91) \g /dev/null
SET client_min_messages = error;
SELECT is(swept(), '249 abandoned', 'failure 32: what fails is passed over, the rest is swept');
SELECT is((SELECT string_agg(label, ' ' ORDER BY label) FROM cart.carts WHERE status = 'active'), 'c120 c333', '… and the pass ends');
CREATE TABLE orders (tenant_id text COLLATE "C", cart_id uuid, FOREIGN KEY (tenant_id, cart_id) REFERENCES cart.carts);
INSERT INTO orders SELECT tenant_id, cart_id FROM cart.carts WHERE label = 'c200';
SELECT on_day(122) \g /dev/null
SELECT is(swept(), '248 purged', 'failure 32: a cart that the application refers to stays, the others go');
SELECT * FROM finish();
