-- Carts (sections 3 to 5): the document, reading, listing, touching, adding; whose cart is meant.
\ir helpers.psql
SELECT plan(91);

-- The document, member by member.
CREATE TEMPORARY TABLE mug AS SELECT cart_add('{"product_id": "mug", "options": {"color": "red"}, "title": "Mug", "unit_price": 9.90,
    "note": {"b": [1, null, ""], "a": 1.50}, "item_key": "x", "added_at": "x", "updated_at": "x", "totals": 7}', 2, user_id => '42') AS answer;
SELECT is(members(answer), 'cart_id changes created_at currency discount etag expires_at items label last_accessed_at location_id metadata order_ref status tenant_id till_id totals updated_at user_id version',
          'the members of an answer') FROM mug;
SELECT is(members(cart_get(user_id => '42')), 'cart_id created_at currency discount etag expires_at items label last_accessed_at location_id metadata order_ref status tenant_id till_id totals updated_at user_id version',
          'the members of a cart: those without changes');
SELECT ok(is_current(answer), 'the answer is the cart as it stands') FROM mug;
SELECT matches(answer ->> 'cart_id', '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$', 'cart_id is a UUID of version 7') FROM mug;
SELECT is(answer ->> 'etag', (answer ->> 'cart_id') || ':1', 'etag is the cart and its version') FROM mug;
SELECT is(answer - '{cart_id,etag,items,totals,changes,created_at,updated_at,last_accessed_at}'::text[],
          '{"tenant_id": "", "user_id": "42", "status": "active", "version": 1, "currency": null, "location_id": null, "till_id": null, "label": null, "order_ref": null, "metadata": {}, "discount": null, "expires_at": null}',
          'what the cart says of itself') FROM mug;
SELECT is(answer -> 'totals', '{"lines": 1, "quantity": 2, "subtotal": 19.80, "promo_discount": 0.00, "discount": 0.00, "tax": 0.00, "total": 19.80}', 'totals') FROM mug;
SELECT is((answer -> 'totals')::text ~ '"subtotal": 19\.80[,}].*"promo_discount": 0\.00', true, 'amounts have the digits of the minor unit') FROM mug;
SELECT is((answer #> '{items,0}') - '{item_key,added_at,updated_at}'::text[],
          '{"product_id": "mug", "options": {"color": "red"}, "title": "Mug", "quantity": 2, "unit_price": 9.90, "note": {"b": [1, null, ""], "a": 1.50},
            "totals": {"subtotal": 19.80, "promo_discount": 0.00, "discount": 0.00, "tax": 0.00, "total": 19.80}}', 'a line: the item as it came, and totals') FROM mug;
SELECT is(members(answer #> '{items,0}'), 'added_at item_key note options product_id quantity title totals unit_price updated_at', 'and no more') FROM mug;
SELECT is(answer #>> '{items,0,item_key}', cart_item_key('{"product_id": "mug", "options": {"color": "red"}}')::text, 'item_key is the item''s key') FROM mug;
SELECT is_empty($$ SELECT m FROM mug, unnest('{created_at,updated_at,last_accessed_at}'::text[]) m WHERE (answer ->> m)::timestamptz NOT BETWEEN now() - interval '1 minute' AND clock_timestamp() $$,
                'times are times');
SELECT is(answer -> 'changes', format('[{"item_key": "%s", "product_id": "mug", "action": "added", "quantity_before": null, "quantity_incoming": 2, "quantity_after": 2, "price_before": null, "price_after": 9.90, "reason": null}]',
          answer #>> '{items,0,item_key}')::jsonb, 'changes') FROM mug;
-- Times are ISO 8601 whatever the caller's settings are.
SET DateStyle = 'German, DMY';
SET bytea_output = escape;
SELECT ok(is_current(answer), 'and the caller''s DateStyle does not matter') FROM mug;
RESET DateStyle;
RESET bytea_output;

-- The minor unit follows the currency.
UPDATE cart.carts SET currency = 'JPY' WHERE user_id = '42';
SELECT is(cart_get(user_id => '42') #>> '{totals,total}', '20', 'yen have none');
UPDATE cart.carts SET currency = 'BHD' WHERE user_id = '42';
SELECT is(cart_get(user_id => '42') #>> '{totals,total}', '19.800', 'dinars have three digits');
UPDATE cart.carts SET currency = 'EUR' WHERE user_id = '42';
SELECT is(cart_get(user_id => '42') #>> '{totals,total}', '19.80', 'euros two');

-- Reading.
SELECT is(cart_get(user_id => 'nobody'), NULL, 'no cart is NULL');
SELECT is(cart_get('42', NULL, '', NULL, NULL), cart_get(user_id => '42'), 'cart_get by position');
SELECT is(cart_get(cart_id => (cart_get(user_id => '42') ->> 'cart_id')::uuid), cart_get(user_id => '42'), 'by the cart''s id, without an owner');
SELECT is(cart_get(user_id => 'nobody', cart_id => (cart_get(user_id => '42') ->> 'cart_id')::uuid), cart_get(user_id => '42'), 'the cart named is meant, whoever the owner');
SELECT is(cart_get(cart_id => gen_random_uuid()), NULL, 'no such cart is NULL');
SELECT is(cart_get(user_id => '42', tenant_id => 'other'), NULL, 'another tenant''s is another');
SELECT is(cart_get(cart_id => (cart_get(user_id => '42') ->> 'cart_id')::uuid, tenant_id => 'other'), NULL, 'by its id, too');
SELECT is(cart_get(user_id => '42', if_none_match => cart_get(user_id => '42') ->> 'etag'), jsonb_build_object('unchanged', true, 'etag', cart_get(user_id => '42') ->> 'etag'), 'the same etag: unchanged');
SELECT is(cart_get(user_id => '42', if_none_match => 'another'), cart_get(user_id => '42'), 'another etag: the cart');
SELECT is(cart_get(user_id => 'nobody', if_none_match => 'another'), NULL, 'and no cart is NULL all the same');
SELECT unchanged($$ SELECT cart_get(user_id => '42') $$, 'reading changes nothing');
BEGIN READ ONLY;
SELECT is(lines(cart_get(user_id => '42')), '2 mug', 'cart_get works in a read-only transaction');
SELECT is(count(*)::int, 1, 'so does cart_list') FROM cart_list(user_id => '42');
COMMIT;

-- Adding: to a matching line, or as a new one.
SELECT version FROM cart.carts WHERE user_id = '42' \gset
SELECT is(told(cart_add('{"product_id": "mug", "options": {"color": "red"}, "title": "Red mug", "new": 1}', user_id => '42') -> 'changes'), 'summed mug 2+1=3', 'a matching line takes it');
SELECT is((cart_get(user_id => '42') #> '{items,0}') - '{item_key,added_at,updated_at,totals}'::text[],
          '{"product_id": "mug", "options": {"color": "red"}, "title": "Red mug", "quantity": 3, "unit_price": 9.90, "note": {"b": [1, null, ""], "a": 1.50}, "new": 1}', 'with the newer members');
SELECT is(told(cart_add('{"product_id": "tea", "quantity": 5}', user_id => '42') -> 'changes'), 'added tea -+5=5', 'the item''s own quantity');
SELECT is(told(cart_add('{"product_id": "tea", "quantity": 5}', 0.5, user_id => '42') -> 'changes'), 'summed tea 5+0.5=5.5', 'the parameter goes before it');
SELECT is(told(cart_add(item => '{"product_id": "tea"}', quantity => 1.5, user_id => '42', session_token => NULL, tenant_id => '', idempotency_key => NULL, if_match => NULL) -> 'changes'), 'summed tea 5.5+1.5=7', 'cart_add by name');
SELECT is(told(cart_add_items(items => '[{"product_id": 1}, {"product_id": "1", "quantity": 2}, {"product_id": "mug", "options": [{"name": "color", "value": "red"}]}]',
                              user_id => '42', session_token => NULL, tenant_id => '', idempotency_key => NULL, if_match => NULL) -> 'changes'), 'summed mug 3+1=4, added 1 -+3=3', 'cart_add_items by name: one entry a line');
SELECT is(lines(cart_get(user_id => '42')), '4 mug, 7 tea, 3 1', 'items stand in the order in which they were added');
SELECT is((cart_get(user_id => '42') -> 'version')::int, :version + 5, 'each call raised the version by 1');
SELECT unchanged($$ SELECT cart_add_items('[]', user_id => '42') $$, 'adding nothing does not');
SELECT is(cart_add_items('[]', user_id => 'nobody'), '{"cart_id": null, "etag": "0", "version": 0, "changes": []}', 'nor makes it a cart');
SELECT is(cart_get(user_id => 'nobody'), NULL, 'indeed');
SELECT is((answer #> '{changes,0}') - 'item_key', '{"product_id": "tea", "action": "summed", "quantity_before": 7, "quantity_incoming": 1, "quantity_after": 8, "price_before": null, "price_after": 2.5, "reason": null}', 'a price that comes later counts')
FROM cart_add('{"product_id": "tea", "unit_price": 2.5}', user_id => '42') answer;
SELECT ok(bool_and(added_at < updated_at), 'added_at stays, updated_at moves') FROM cart.items WHERE product_id = 'tea';

-- Without the document.
SET cart_ext.return_cart = off;
CREATE TEMPORARY TABLE brief AS SELECT cart_add('{"product_id": "tea"}', user_id => '42') AS answer;
SELECT is(answer, jsonb_build_object('cart_id', c -> 'cart_id', 'etag', c -> 'etag', 'version', c -> 'version', 'item_key', key_of('tea'), 'quantity', 9), 'brief: the cart, its version, and the line') FROM brief, cart_get(user_id => '42') c;
SELECT is(members(cart_add_items('[{"product_id": "tea"}, {"product_id": "mug"}]', user_id => '42')), 'cart_id etag version', 'several lines: the cart and its version');
RESET cart_ext.return_cart;

-- Whose cart.
SELECT refused('SELECT cart_get()', 'KC011', '{}', 'no owner');
SELECT is(cart_add('{"product_id": "u"}', user_id => 'both', session_token => 'both') ->> 'user_id', 'both', 'user and session: the user''s cart is meant');
SELECT is(cart_get(session_token => 'both'), NULL, 'the session has none');
SELECT is(cart_add('{"product_id": "g"}', session_token => 'a secret token') -> 'user_id', 'null', 'a guest''s cart has no user');
SELECT is(cart_get(session_token => 'a secret token')::text ~ 'secret', false, 'and never gives back its token');
SELECT is(lines(cart_get(NULL, 'a secret token')), '1 g', 'who has the token has the cart');
SET cart_ext.user_id = '42';
SET cart_ext.session_token = 'a secret token';
SELECT is(cart_get() ->> 'user_id', '42', 'the settings name the owner; the user goes first');
SELECT is(cart_get(user_id => 'both') ->> 'user_id', 'both', 'a parameter goes before them');
SELECT is(lines(cart_get(session_token => 'a secret token')), '1 g', 'and if either is passed, neither comes from them');
SET cart_ext.user_id = '';
SELECT is(lines(cart_get()), '1 g', 'an empty setting is not set');
SET cart_ext.session_token = '';
SELECT refused('SELECT cart_get()', 'KC011', '{}', 'neither set, no owner');
RESET cart_ext.session_token;
SET cart_ext.user_id = 'm';
RESET cart_ext.user_id;
-- Tenants.
SELECT is(cart_add('{"product_id": "t"}', user_id => '42', tenant_id => 't') ->> 'tenant_id', 't', 'a tenant by parameter');
SET cart_ext.tenant_id = 't';
SELECT is(lines(cart_get(user_id => '42')), '1 t', 'by the setting');
SELECT is(cart_get(user_id => '42', tenant_id => '') ->> 'tenant_id', '', 'the parameter goes first, also for the default tenant');
SET cart_ext.tenant_id = '';
SELECT is(cart_get(user_id => '42') ->> 'tenant_id', '', 'an empty setting: the default tenant');
RESET cart_ext.tenant_id;
-- Tills: the owner is the user and the till. Where and by whom is recorded.
SET cart_ext.till_id = 'till 1';
SET cart_ext.location_id = 'shop 1';
SET cart_ext.actor_id = 'cashier 1';
SELECT is(cart_get(user_id => '42'), NULL, 'another till is another owner');
SELECT is(cart_add('{"product_id": "sale"}', user_id => '42') - '{cart_id,etag,items,totals,changes,created_at,updated_at,last_accessed_at,currency,label,order_ref,metadata,discount,expires_at}'::text[],
          '{"tenant_id": "", "user_id": "42", "status": "active", "version": 1, "location_id": "shop 1", "till_id": "till 1"}', 'a sale at a till');
SELECT results_eq($$ SELECT created_by COLLATE "default", updated_by COLLATE "default" FROM cart.carts WHERE till_id = 'till 1' $$, $$ VALUES ('cashier 1', 'cashier 1') $$, 'who made it');
SET cart_ext.actor_id = 'cashier 2';
DO $$ BEGIN PERFORM cart_add('{"product_id": "sale"}', user_id => '42'); END $$;
SELECT results_eq($$ SELECT created_by COLLATE "default", updated_by COLLATE "default" FROM cart.carts WHERE till_id = 'till 1' $$, $$ VALUES ('cashier 1', 'cashier 2') $$, 'who changed it');
SET cart_ext.till_id = 'till 2';
SELECT is(cart_add('{"product_id": "sale"}', user_id => '42') -> 'version', '1', 'a cashier on two tills has two sales');
RESET cart_ext.till_id;
RESET cart_ext.location_id;
RESET cart_ext.actor_id;
SELECT is(cart_get(user_id => '42') ->> 'till_id', NULL, 'and without a till none of them');

-- Listing: the owner's carts, newest first.
SET cart_ext.clock = '2030-01-01';
DO $$ BEGIN PERFORM cart_add('{"product_id": "l"}', user_id => 'l'); END $$;
RESET cart_ext.clock;
INSERT INTO cart.carts (user_id, status, created_at) SELECT 'l', s, '2031-01-01'::timestamptz + n * interval '1 day'
FROM unnest('{held,checkout,ordered,abandoned}'::text[]) WITH ORDINALITY x (s, n);
INSERT INTO cart.carts (user_id, status, created_at, merged_into) SELECT 'l', 'merged', '2029-01-01', cart_id FROM cart.carts WHERE user_id = 'l' AND status = 'active';
INSERT INTO cart.carts (user_id, status, till_id) VALUES ('l', 'held', 'till 9');
SELECT is(string_agg(c ->> 'status', ', '), 'abandoned, ordered, checkout, held, active, merged', 'the owner''s carts, newest first') FROM cart_list(user_id => 'l') c;
SELECT is(string_agg(c ->> 'status', ', '), 'ordered, held', 'some statuses') FROM cart_list('{held,ordered}', user_id => 'l') c;
SELECT is(string_agg(c ->> 'status', ', '), 'active', 'cart_list by name') FROM cart_list(statuses => '{active}', user_id => 'l', session_token => NULL, tenant_id => '') c;
SELECT is(c, cart_get(user_id => 'l'), 'whole documents') FROM cart_list('{active}', user_id => 'l') c;
SELECT is_empty($$ SELECT cart_list(user_id => 'nobody') $$, 'none of nobody');
SELECT is_empty($$ SELECT cart_list(user_id => 'l', tenant_id => 't') $$, 'nor in another tenant');
SELECT is(count(*)::int, 1, 'a guest has carts, too') FROM cart_list(session_token => 'a secret token');
SELECT unchanged($$ SELECT cart_list(user_id => 'l') $$, 'listing changes nothing');
SELECT refused($$ SELECT cart_list('{active,open}', user_id => 'l') $$, '22023', 'an unknown status');
SELECT refused($$ SELECT cart_list() $$, 'KC011', '{}', 'no owner to list');
SELECT is((cart_list('{active}', 'l')) ->> 'status', 'active', 'in a select list');
BEGIN;
DECLARE carts CURSOR FOR SELECT cart_list(user_id => 'l');
FETCH 2 FROM carts \g /dev/null
CLOSE carts;
COMMIT;
SELECT is(count(*)::int, 2, 'not read to its end') FROM (SELECT FROM cart_list(user_id => 'l') LIMIT 2) x;

-- Touching, once a cart_ext.touch_interval.
SET cart_ext.clock = '2030-01-01 12:00';
SELECT is(answer - 'changes', cart_get(user_id => 'l'), 'touching answers with the cart') FROM cart_touch(user_id => 'l', session_token => NULL, tenant_id => NULL) answer;
SELECT is(cart_touch('l') -> 'changes', '[]', 'and no changes');
SELECT is((cart_get('l') ->> 'last_accessed_at')::timestamptz, '2030-01-01', 'within a day it is not marked again');
SET cart_ext.clock = '2030-01-03';
SELECT is((cart_touch('l') ->> 'last_accessed_at')::timestamptz, '2030-01-03', 'after a day it is');
SELECT is(cart_get('l') -> 'version', '1', 'which raises no version');
SELECT is((cart_get('l') ->> 'updated_at')::timestamptz, '2030-01-01', 'and changes nothing else');
SET cart_ext.touch_interval = '1h';
SET cart_ext.clock = '2030-01-03 00:59';
SELECT unchanged($$ SELECT cart_touch('l') $$, 'the interval is a setting: within it');
SET cart_ext.clock = '2030-01-03 01:01';
SELECT is((cart_touch('l') ->> 'last_accessed_at')::timestamptz, '2030-01-03 01:01', 'after it');
RESET cart_ext.touch_interval;
RESET cart_ext.clock;
SELECT is(cart_touch(user_id => 'nobody'), '{"cart_id": null, "etag": "0", "version": 0, "changes": []}', 'no cart: the empty answer');
SELECT is(cart_get(user_id => 'nobody'), NULL, 'and none is made');
SELECT refused('SELECT cart_touch()', 'KC011', '{}', 'no owner to touch');
SET cart_ext.return_cart = off;
SELECT is(members(cart_touch('l')), 'cart_id etag version', 'brief');
RESET cart_ext.return_cart;

SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT * FROM finish();
