-- Bringing carts back, and letting go of them (section 5): cart_restore, cart_link_create, cart_link_open,
-- cart_export, cart_forget.
\ir helpers.psql
SELECT plan(152);

CREATE FUNCTION pg_temp.add(product text, quantity numeric = 1, user_id text = NULL, session_token text = NULL, tenant_id text = NULL) RETURNS uuid LANGUAGE sql AS $$
    SELECT (cart_add(jsonb_build_object('product_id', product), quantity, user_id => user_id, session_token => session_token, tenant_id => tenant_id) ->> 'cart_id')::uuid $$;
-- A cart that nobody came back for: 2 mug, 1 tea.
CREATE FUNCTION pg_temp.left_behind(user_id text = NULL, session_token text = NULL, tenant_id text = NULL) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid := cart_add_items('[{"product_id": "mug", "quantity": 2, "unit_price": 5, "title": "Mug"}, {"product_id": "tea"}]', user_id, session_token, tenant_id) ->> 'cart_id';
BEGIN
    UPDATE cart.carts SET status = 'abandoned' WHERE cart_id = id;
    RETURN id;
END $$;
-- "active v2: 2 mug, 1 tea"
CREATE FUNCTION pg_temp.said(document jsonb) RETURNS text LANGUAGE sql AS $$ SELECT concat(document ->> 'status', ' v' || (document ->> 'version'), ': ', lines(document)) $$;
CREATE FUNCTION pg_temp.stands(cart uuid) RETURNS text LANGUAGE sql AS $$ SELECT concat(status, ' v' || version, ': ', stored(cart_id)) FROM cart.carts WHERE cart_id = cart $$;

SET cart_ext.clock = '2030-01-01 12:00';

-- ---- cart_restore

SELECT pg_temp.left_behind('r') AS r \gset
CREATE TEMPORARY TABLE restored AS SELECT cart_restore(cart_id => :'r', user_id => NULL, session_token => NULL, tenant_id => NULL, idempotency_key => NULL, if_match => NULL) AS answer;
SELECT is(members(answer), 'cart_id changes created_at currency discount etag expires_at items label last_accessed_at location_id metadata order_ref status tenant_id till_id totals updated_at user_id version',
          'cart_restore by name answers with the cart') FROM restored;
SELECT is(pg_temp.said(answer) || (answer ->> 'changes') || (answer ->> 'expires_at' IS NULL), 'active v3: 2 mug, 1 tea[]true', 'active again, one version further') FROM restored;
SELECT is(answer ->> 'cart_id', :'r', 'under its id') FROM restored;
SELECT ok(is_current(answer), 'the answer is the cart as it stands') FROM restored;
SELECT is(cart_get('r') ->> 'cart_id', :'r', 'it is the owner''s active cart');
SELECT is(told(cart_add('{"product_id": "mug"}', user_id => 'r') -> 'changes'), 'summed mug 2+1=3', 'and takes lines again');
SELECT refused(format('SELECT cart_restore(%L)', :'r'), 'KC006', jsonb_build_object('cart_id', :'r', 'status', 'active'), 'it is restored once');
SELECT refused('SELECT cart_restore(NULL)', '22023', '{"parameter": "cart_id"}', 'no cart named');
SELECT refused(format('SELECT cart_restore(%L)', gen_random_uuid()), 'KC001', '{}', 'no such cart');
SELECT pg_temp.left_behind('whose') AS whose \gset
SELECT refused(format('SELECT cart_restore(%L, %s)', :'whose', w), 'KC001', '{}', 'a cart that is not theirs: ' || w) FROM unnest('{user_id => ''other'',session_token => ''whose'',tenant_id => ''other''}'::text[]) w;
SELECT is(cart_restore(:'whose', 'whose') ->> 'status', 'active', 'of one that is, by position');
SELECT pg_temp.left_behind(NULL, 'guest') AS guest \gset
SELECT is(pg_temp.said(cart_restore(:'guest', session_token => 'guest')), 'active v3: 2 mug, 1 tea', 'a guest''s');
SELECT is(lines(cart_get(session_token => 'guest')), '2 mug, 1 tea', 'is the session''s');
SET cart_ext.return_cart = off;
SELECT pg_temp.left_behind('brief') AS brief \gset
SELECT is(cart_restore(:'brief'), jsonb_build_object('cart_id', :'brief', 'etag', :'brief' || ':3', 'version', 3), 'brief');
RESET cart_ext.return_cart;
-- The owner's newer cart is merged into it.
SELECT pg_temp.left_behind('n') AS n \gset
SELECT cart_add_items('[{"product_id": "mug", "quantity": 3, "title": "newer"}, {"product_id": "cup"}]', 'n') ->> 'cart_id' AS newer \gset
CREATE TEMPORARY TABLE brought AS SELECT cart_restore(:'n', 'n') AS answer;
SELECT is(told(answer -> 'changes'), 'summed mug 2+3=5, added cup -+1=1', 'the owner''s newer cart comes into it, line by line') FROM brought;
SELECT is(pg_temp.said(answer) || (answer ->> 'cart_id') || (answer #>> '{items,0,title}'), 'active v3: 5 mug, 1 tea, 1 cup' || :'n' || 'newer', 'one version further; the newer members win') FROM brought;
SELECT ok(is_current(answer), 'the answer is the cart as it stands') FROM brought;
SELECT results_eq(format('SELECT status COLLATE "default", merged_into, version, stored(cart_id) FROM cart.carts WHERE cart_id = %L', :'newer'), format($$ VALUES ('merged', %L::uuid, 2::bigint, '3 mug, 1 cup') $$, :'n'), 'the newer is merged, and keeps its lines');
SELECT pg_temp.left_behind('clamp') AS n \gset
SELECT cart_add_items('[{"product_id": "mug", "quantity": 3}, {"product_id": "cup"}]', 'clamp') \g /dev/null
SET cart_ext.max_quantity = 4;
SET cart_ext.max_lines = 2;
SELECT is(told(cart_restore(:'n') -> 'changes'), 'clamped mug 2+3=4 (max_quantity), dropped cup -+1=0 (max_lines)', 'as much as may be');
RESET cart_ext.max_quantity;
RESET cart_ext.max_lines;
SELECT cart_set('{"currency": "EUR"}', 'usd') ->> 'cart_id' AS n, pg_temp.left_behind('usd') \gset
SELECT cart_apply('[{"op": "set", "changes": {"currency": "USD"}}, {"op": "add", "item": {"product_id": "x", "quantity": 3}}]', user_id => 'usd') ->> 'cart_id' AS newer \gset
SELECT is(string_agg(concat_ws(' ', c ->> 'action', c ->> 'product_id', c ->> 'quantity_after', c ->> 'reason'), ', '), 'dropped x 0 currency_mismatch', 'a cart in another currency does not come into it, which is told') FROM jsonb_array_elements(cart_restore(:'n') -> 'changes') c;
SELECT is(pg_temp.stands(:'newer') || '/' || of_user('usd'), 'abandoned v2: 3 x/2 mug, 1 tea', 'it is set aside, with its lines');
-- Once.
SELECT pg_temp.left_behind('k') AS k \gset
SELECT refused(format('SELECT cart_restore(%L, if_match => %L)', :'k', e), 'KC002', jsonb_build_object('expected', e, 'found', :'k' || ':2'), 'with etag ' || e) FROM unnest(ARRAY['0', 'x', :'k' || ':1']) e;
SELECT is(pg_temp.said(c) || (c ? 'replayed'), 'active v3: 2 mug, 1 teafalse', 'with a key and an etag') FROM cart_restore(:'k', 'k', idempotency_key => 'k', if_match => :'k' || ':2') c;
SELECT pg_temp.add('later', 1, 'k') \g /dev/null
SELECT unchanged(format($$ SELECT cart_restore(%L, 'k', idempotency_key => 'k', if_match => %L) $$, :'k', :'k' || ':2'), 'again: nothing happens');
SELECT is(c, cart_get('k') || '{"changes": [], "replayed": true, "made_version": 3}', 'the cart as it stands now') FROM cart_restore(:'k', 'k', idempotency_key => 'k') c;
SELECT refused($$ SELECT cart_clear('k', idempotency_key => 'k') $$, 'KC003', '{"idempotency_key": "k"}', 'the key for another call');

-- ---- cart_link_create

SELECT columns_are('cart', 'links', '{tenant_id,link_hash,cart_id,created_by,created_at,expires_at,opened_at,report}'::name[]);
SELECT pg_temp.left_behind('l') AS l, pg_temp.add('x', 1, 'active') AS active \gset
CREATE TEMPORARY TABLE was AS SELECT cart_get(cart_id => :'l') AS cart;
SET cart_ext.actor_id = 'support';
CREATE TEMPORARY TABLE made AS SELECT cart_link_create(cart_id => :'l', ttl => NULL) AS answer;
RESET cart_ext.actor_id;
SELECT is(members(answer), 'cart_id expires_at link', 'cart_link_create by name: its members') FROM made;
SELECT matches(answer ->> 'link', '^[A-Za-z0-9_-]{43}$', 'the link is 256 bits, as base64url') FROM made;
SELECT is((answer ->> 'cart_id') || ' ' || (answer ->> 'expires_at')::timestamptz, :'l' || ' 2030-01-31 12:00:00+00', 'of that cart, for 30 days') FROM made;
SELECT results_eq($$ SELECT cart_id, created_by COLLATE "default", created_at, expires_at, opened_at, report IS NULL FROM cart.links $$,
                  format($$ VALUES (%L::uuid, 'support', '2030-01-01 12:00'::timestamptz, '2030-01-31 12:00'::timestamptz, NULL::timestamptz, true) $$, :'l'), 'so it is stored: by whom, when, until when');
SELECT is(link_hash, sha256(convert_to(answer ->> 'link', 'UTF8')), 'by its SHA-256') FROM made, cart.links;
SELECT is_empty($$ SELECT FROM made, cart.links l WHERE strpos(l::text, answer ->> 'link') > 0 OR strpos(l::text, encode(convert_to(answer ->> 'link', 'UTF8'), 'hex')) > 0 $$, 'and not in clear');
SELECT is(cart_get(cart_id => :'l'), cart, 'the cart is as it was') FROM was;
SELECT is((cart_link_create(:'active', t::interval) ->> 'expires_at')::timestamptz, until::timestamptz, 'for ' || t) FROM (VALUES ('1 second', '2030-01-01 12:00:01'), ('2 hours', '2030-01-01 14:00'), ('7 days', '2030-01-08 12:00')) x (t, until);
SELECT refused(format('SELECT cart_link_create(%L, %L)', :'active', t), '22023', '{"parameter": "ttl"}', 'not for ' || t) FROM unnest('{0,-1 day}'::text[]) t;
SELECT is(count(DISTINCT cart_link_create(:'active') ->> 'link')::int, 100, 'each is another') FROM generate_series(1, 100);
SELECT refused('SELECT cart_link_create(NULL)', '22023', '{"parameter": "cart_id"}', 'no cart named');
SELECT refused(format('SELECT cart_link_create(%L)', gen_random_uuid()), 'KC001', '{}', 'no such cart');
SELECT pg_temp.left_behind('t', NULL, 'shop') AS shop \gset
SELECT refused(format('SELECT cart_link_create(%L)', :'shop'), 'KC001', '{}', 'a cart of another tenant');
SET cart_ext.tenant_id = 'shop';
SELECT cart_link_create(:'shop') ->> 'link' AS shop_link \gset
RESET cart_ext.tenant_id;
SELECT is(tenant_id || (cart_id = :'shop'), 'shoptrue', 'the tenant comes from the setting') FROM cart.links WHERE link_hash = sha256(convert_to(:'shop_link', 'UTF8'));
SELECT pg_temp.left_behind(NULL, 'mail guest') AS mail_guest \gset
SET cart_ext.return_cart = off;
SELECT is(members(cart_link_create(:'mail_guest')), 'cart_id expires_at link', 'of a guest''s cart, too; there is nothing to leave out');
RESET cart_ext.return_cart;

-- ---- cart_link_open

-- Who has no cart gets that one.
SELECT answer ->> 'link' AS link FROM made \gset
CREATE TEMPORARY TABLE opened AS SELECT cart_link_open(link => :'link', user_id => 'l', session_token => NULL, tenant_id => NULL, idempotency_key => NULL, if_match => NULL) AS answer;
SELECT is(members(answer) || ': ' || members(answer -> 'merge'), 'cart merge: lines merged repeated source_cart_id strategy target_cart_id', 'cart_link_open by name answers as a merge') FROM opened;
SELECT is((answer -> 'merge') - 'lines', jsonb_build_object('merged', true, 'repeated', false, 'strategy', 'sum', 'source_cart_id', :'l', 'target_cart_id', :'l'), 'who has no cart gets that one') FROM opened;
SELECT is(told(answer #> '{merge,lines}'), 'added mug -+2=2, added tea -+1=1', 'with its lines') FROM opened;
SELECT is(pg_temp.said(answer -> 'cart') || (answer #>> '{cart,cart_id}') || (answer #>> '{cart,user_id}'), 'active v3: 2 mug, 1 tea' || :'l' || 'l', 'active again, one version further') FROM opened;
SELECT is((answer -> 'cart') - 'changes', cart_get('l'), 'it is the active cart') FROM opened;
SELECT results_eq(format('SELECT opened_at, report IS NOT NULL FROM cart.links WHERE cart_id = %L', :'l'), $$ VALUES ('2030-01-01 12:00'::timestamptz, true) $$, 'the link is used');
SELECT refused(format('SELECT cart_link_open(%L, %s)', :'link', w), 'KC001', '{}', 'a link is opened once: ' || w) FROM unnest('{user_id => ''l'',user_id => ''other'',session_token => ''l''}'::text[]) w;
SELECT pg_temp.left_behind('owner') AS id \gset
SELECT cart_link_create(:'id') ->> 'link' AS link \gset
SELECT is(pg_temp.said(a -> 'cart') || coalesce(a #>> '{cart,user_id}', ' nobody') || (a #>> '{cart,cart_id}'), 'active v3: 2 mug, 1 tea nobody' || :'id', 'also a guest: the device where the mail is read') FROM cart_link_open(:'link', session_token => 'phone') a;
SELECT is(lines(cart_get(session_token => 'phone')) || '/' || (cart_get('owner') IS NULL), '2 mug, 1 tea/true', 'whose it is then');
SELECT pg_temp.add('x', 1, 'shares') AS id \gset
SELECT cart_link_create(:'id') ->> 'link' AS link \gset
SELECT is(pg_temp.said(cart_link_open(:'link', 'takes') -> 'cart'), 'active v2: 1 x', 'an active cart can be brought, too');
SELECT is(cart_get('shares'), NULL, 'then it is the other''s');
-- Who has one gets the lines.
SELECT pg_temp.left_behind('m') AS source \gset
SELECT cart_link_create(:'source') ->> 'link' AS link, cart_add_items('[{"product_id": "mug", "title": "mine", "old": 1}, {"product_id": "own"}]', 'm') ->> 'cart_id' AS target \gset
UPDATE cart.carts SET discount = '{"type": "percent", "value": 10}', metadata = '{"a": "source", "b": 1}' WHERE cart_id = :'source';
UPDATE cart.carts SET metadata = '{"a": "target"}' WHERE cart_id = :'target';
CREATE TEMPORARY TABLE merged AS SELECT cart_link_open(:'link', 'm', NULL, NULL, 'mail', (SELECT cart_get('m') ->> 'etag')) AS answer;
SELECT is((answer -> 'merge') - 'lines', jsonb_build_object('merged', true, 'repeated', false, 'strategy', 'sum', 'source_cart_id', :'source', 'target_cart_id', :'target'), 'who has a cart keeps it; by position') FROM merged;
SELECT is(told(answer #> '{merge,lines}'), 'summed mug 1+2=3, added tea -+1=1', 'and gets the lines') FROM merged;
SELECT is(pg_temp.said(answer -> 'cart') || (answer #>> '{cart,items,0,title}') || (answer #>> '{cart,items,0,old}'), 'active v3: 3 mug, 1 own, 1 teaMug1', 'one version further; the incoming members win') FROM merged;
SELECT is((answer -> 'cart') - 'changes', cart_get('m'), 'the cart as it stands') FROM merged;
SELECT is(jsonb_build_array(answer #> '{cart,discount}', answer #> '{cart,metadata}'), '[{"type": "percent", "value": 10}, {"a": "target", "b": 1}]', 'the discount that it lacks; its own metadata wins') FROM merged;
SELECT results_eq(format('SELECT status COLLATE "default", merged_into, stored(cart_id) FROM cart.carts WHERE cart_id = %L', :'source'), format($$ VALUES ('merged', %L::uuid, '2 mug, 1 tea') $$, :'target'), 'the source is merged, and keeps its lines');
-- Again, under its key and without.
SELECT unchanged(format($$ SELECT cart_link_open(%L, 'm', idempotency_key => 'mail') $$, :'link'), 'retried, nothing happens');
SELECT is((a -> 'replayed') || (a -> 'made_version') || (a #> '{merge,merged}') || (a #> '{merge,repeated}'), '[true, 3, true, true]', 'it says so') FROM cart_link_open(:'link', 'm', idempotency_key => 'mail') a;
SELECT is((a -> 'merge') - 'repeated', (m.answer -> 'merge') - 'repeated', 'with the same receipt') FROM cart_link_open(:'link', 'm', idempotency_key => 'mail') a, merged m;
SELECT refused(format($$ SELECT cart_link_open(%L, 'm') $$, :'link'), 'KC001', '{}', 'without the key it is refused');
SELECT refused(format($$ SELECT cart_link_open(%L, 'other', idempotency_key => 'mail') $$, :'link'), 'KC001', '{}', 'another''s key is another');
SELECT refused($$ SELECT cart_link_open('another', 'm', idempotency_key => 'mail') $$, 'KC003', '{"idempotency_key": "mail"}', 'the key for another link');
SELECT refused($$ SELECT cart_clear('m', idempotency_key => 'mail') $$, 'KC003', '{"idempotency_key": "mail"}', 'or another call');
SELECT pg_temp.left_behind('e') AS e \gset
SELECT cart_link_create(:'e') ->> 'link' AS link, pg_temp.add('own', 1, 'e2') AS e2 \gset
SELECT refused(format('SELECT cart_link_open(%L, ''e2'', if_match => %L)', :'link', e), 'KC002', jsonb_build_object('expected', e, 'found', :'e2' || ':1'), 'if_match is the etag of the caller''s cart: ' || e) FROM unnest(ARRAY['0', :'e' || ':2']) e;
SELECT refused(format('SELECT cart_link_open(%L, ''e3'', if_match => %L)', :'link', :'e' || ':2'), 'KC002', '{"found": "0"}', 'or of none');
SELECT is(cart_link_open(:'link', 'e3', if_match => '0') #>> '{cart,cart_id}', :'e', 'which is 0');
-- As the tenant merges; as much as may be.
SELECT cart_configure('{"merge_strategy": "max"}', 'max') \g /dev/null
SELECT pg_temp.left_behind('m', NULL, 'max') AS id \gset
SET cart_ext.tenant_id = 'max';
SELECT cart_link_create(:'id') ->> 'link' AS link, pg_temp.add('mug', 5, 'm') \gset
SELECT is((a #>> '{merge,strategy}') || ' ' || lines(a -> 'cart'), 'max 5 mug, 1 tea', 'the tenant''s merge_strategy') FROM cart_link_open(:'link', 'm') a;
RESET cart_ext.tenant_id;
SELECT pg_temp.left_behind('limits') AS id \gset
SELECT cart_link_create(:'id') ->> 'link' AS link, pg_temp.add('mug', 3, 'limits') \gset
SET cart_ext.max_quantity = 4;
SET cart_ext.max_lines = 1;
SELECT is(told(cart_link_open(:'link', 'limits') #> '{merge,lines}'), 'clamped mug 3+2=4 (max_quantity), dropped tea -+1=0 (max_lines)', 'as much as may be');
RESET cart_ext.max_quantity;
RESET cart_ext.max_lines;
SELECT pg_temp.left_behind('brief link') AS id \gset
SELECT cart_link_create(:'id') ->> 'link' AS link \gset
SET cart_ext.return_cart = off;
SELECT is(members(a -> 'cart') || ' ' || members(a -> 'merge'), 'cart_id etag version lines merged repeated source_cart_id strategy target_cart_id', 'brief: the cart''s document is left out') FROM cart_link_open(:'link', 'brief link') a;
RESET cart_ext.return_cart;
-- Nothing to bring: the link stays as it is.
SELECT pg_temp.add('x', 1, 'own') AS own, pg_temp.add('x', 1, 'emptied') AS emptied, pg_temp.left_behind('dollars') AS dollars \gset
SELECT cart_clear('emptied'), cart_set('{"currency": "EUR"}', 'euros'), pg_temp.add('y', 1, 'euros') \g /dev/null
UPDATE cart.carts SET currency = 'USD' WHERE cart_id = :'dollars';
SELECT cart_link_create(:'own') ->> 'link' AS own, cart_link_create(:'emptied') ->> 'link' AS emptied, cart_link_create(:'dollars') ->> 'link' AS dollars \gset
CREATE TEMPORARY TABLE nothing (link text, caller text, reason text);
INSERT INTO nothing VALUES (:'own', 'own', 'own_cart'), (:'emptied', 'euros', 'empty_cart'), (:'emptied', 'nobody', 'empty_cart'), (:'dollars', 'euros', 'currency_mismatch');
SELECT is(cart_link_open(link, caller) -> 'merge', jsonb_build_object('merged', false, 'reason', reason), reason || ' for ' || caller) FROM nothing;
SELECT is(coalesce(nullif(cart_link_open(link, caller) -> 'cart', 'null') - 'changes', 'null'), coalesce(cart_get(caller), 'null'), reason || ' for ' || caller || ': with the caller''s cart') FROM nothing;
SELECT unchanged(format('SELECT cart_link_open(%L, %L)', link, caller), reason || ' for ' || caller || ': nothing changes') FROM nothing;
SELECT is_empty($$ SELECT n.reason FROM nothing n JOIN cart.links l ON l.link_hash = sha256(convert_to(n.link, 'UTF8')) WHERE l.opened_at IS NOT NULL OR l.report IS NOT NULL $$, 'these links are unused');
SELECT is(lines(cart_link_open(:'dollars', 'dollars') -> 'cart'), '2 mug, 1 tea', 'and can be opened by somebody else');
SELECT is(cart_link_open(:'own', 'friend') #>> '{cart,user_id}', 'friend', 'that of the own cart, too');
-- Refused.
SELECT pg_temp.left_behind('late') AS late, pg_temp.add('x', 1, 'sold') AS sold, pg_temp.left_behind('gone') AS gone, pg_temp.left_behind('again') AS again \gset
\set gone_cart :gone
SELECT cart_link_create(:'late', '1 hour') ->> 'link' AS late, cart_link_create(:'sold') ->> 'link' AS sold, cart_link_create(:'gone') ->> 'link' AS gone, cart_link_create(:'again') ->> 'link' AS again, cart_link_create(:'again') ->> 'link' AS again2 \gset
SELECT cart_checkout(user_id => 'sold'), pg_temp.add('own', 1, 'caller'), cart_link_open(:'again', 'caller') \g /dev/null
DELETE FROM cart.carts WHERE cart_id = :'gone_cart';
SELECT refused(format('SELECT cart_link_open(%L, ''caller'')', l), 'KC001', '{}', what) FROM (VALUES (:'sold', 'a cart that is being bought'), (:'gone', 'a cart that is gone'), (:'again2', 'a cart that another link has brought'), ('', 'no link'),
    (repeat('A', 43), 'a link that nobody made'), (:'again'::text || 'x', 'one that is too long'), (:'late'::text || ' ', 'one with a space'), (encode(sha256(:'late'), 'hex'), 'the hash of one'), (:'shop_link', 'one of another tenant')) x (l, what);
SELECT refused('SELECT cart_link_open(NULL, ''caller'')', '22023', '{"parameter": "link"}', 'NULL');
SELECT refused(format('SELECT cart_link_open(%L)', :'late'), 'KC011', '{}', '{missing}', 'no owner');
SET cart_ext.clock = '2030-01-01 13:00:01';
SELECT refused(format('SELECT cart_link_open(%L, ''caller'')', :'late'), 'KC001', '{}', 'a link that has expired');
SET cart_ext.clock = '2030-01-01 12:59:59';
SELECT is(cart_link_open(:'late', 'just') #> '{merge,merged}', 'true', 'one that has not, quite');
SET cart_ext.clock = '2030-01-01 12:00';
SELECT is(cart_link_open(:'shop_link', 't', tenant_id => 'shop') #>> '{cart,tenant_id}', 'shop', 'within its tenant');

-- ---- cart_export

SELECT is(cart_export('nobody'), '{"tenant_id": "", "user_id": "nobody", "exported_at": null, "carts": [], "requests": [], "merges": [], "links": []}'::jsonb || jsonb_build_object('exported_at', cart_export('nobody') -> 'exported_at'), 'nothing is stored of nobody');
SELECT is((cart_export(user_id => 'nobody', session_token => NULL, tenant_id => NULL) ->> 'exported_at')::timestamptz, '2030-01-01 12:00', 'at that time');
SELECT is(cart_export(session_token => 'nobody') - 'exported_at', '{"tenant_id": "", "user_id": null, "carts": [], "requests": [], "merges": [], "links": []}', 'nor of a guest');
SELECT refused('SELECT cart_export()', 'KC011', '{}', '{missing}', 'no owner');
-- Somebody with a cart of each status, at a till, too; a guest's cart that was merged; keys, and a link. Nobody else in the tenant but who must not come along.
CREATE FUNCTION pg_temp.life(name text, tenant text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('cart_ext.tenant_id', tenant, true);
    PERFORM pg_temp.add('abandoned', 1, name);
    UPDATE cart.carts SET status = 'abandoned' WHERE tenant_id = tenant AND user_id = name AND status = 'active';
    PERFORM pg_temp.add('held', 1, name), cart_hold('held', user_id => name);
    PERFORM set_config('cart_ext.actor_id', name, true);
    PERFORM pg_temp.add('ordered', 1, name), cart_checkout('order of ' || name, user_id => name);
    PERFORM set_config('cart_ext.actor_id', 'support', true);
    PERFORM cart_checkout_complete((c ->> 'cart_id')::uuid) FROM cart_list('{checkout}', name) c;
    PERFORM set_config('cart_ext.actor_id', '', true);
    PERFORM pg_temp.add('checkout', 1, name), cart_checkout(user_id => name);
    PERFORM cart_add('{"product_id": "active"}', user_id => name, idempotency_key => 'one'), cart_add('{"product_id": "active"}', user_id => name, idempotency_key => 'two');
    PERFORM pg_temp.add('guest', 1, NULL, name), cart_merge(name, name);
    PERFORM cart_link_create((cart_get(name) ->> 'cart_id')::uuid);
    PERFORM set_config('cart_ext.till_id', 'till', true);
    PERFORM cart_add('{"product_id": "till"}', user_id => name, idempotency_key => 'three');
    PERFORM set_config('cart_ext.till_id', 'till 2', true);
    PERFORM pg_temp.add('order at the till', 1, name), cart_checkout(user_id => name);
    PERFORM cart_checkout_complete((c ->> 'cart_id')::uuid) FROM cart_list('{checkout}', name) c;
    PERFORM set_config('cart_ext.till_id', '', true), set_config('cart_ext.tenant_id', '', true);
END $$;
SELECT pg_temp.life(n, 'gdpr') FROM unnest('{she,he}'::text[]) n \g /dev/null
SELECT pg_temp.life('she', 'elsewhere') \g /dev/null
CREATE TEMPORARY TABLE export AS SELECT cart_export('she', tenant_id => 'gdpr') AS answer;
SELECT is(members(answer), 'carts exported_at links merges requests tenant_id user_id', 'cart_export: its members') FROM export;
SELECT is((answer ->> 'tenant_id') || ' ' || (answer ->> 'user_id'), 'gdpr she', 'of whom') FROM export;
SELECT is((SELECT string_agg(concat_ws(' ', c ->> 'status', c ->> 'till_id', lines(c)), ', ' ORDER BY lines(c) COLLATE "C") FROM export, jsonb_array_elements(answer -> 'carts') c),
          'abandoned 1 abandoned, checkout 1 checkout, merged 1 guest, held 1 held, ordered till 2 1 order at the till, ordered 1 ordered, active till 1 till, active 2 active, 1 guest', 'the carts of all statuses and tills, and the guest''s that was merged');
SELECT is_empty($$ SELECT c FROM export, jsonb_array_elements(answer -> 'carts') c WHERE c IS DISTINCT FROM cart_get(cart_id => (c ->> 'cart_id')::uuid, tenant_id => 'gdpr') $$, 'each as it is read');
SELECT is(jsonb_array_length(answer -> 'requests') || ' ' || jsonb_array_length(answer -> 'merges') || ' ' || jsonb_array_length(answer -> 'links'), '3 1 1', 'the keys used, the merges, the links') FROM export;
SELECT is((a #>> '{links,0,cart_id}')::uuid, (cart_get('she', tenant_id => 'gdpr') ->> 'cart_id')::uuid, 'of that cart') FROM export x (a);
SELECT unchanged($$ SELECT cart_export('she', tenant_id => 'gdpr') $$, 'exporting changes nothing');
SELECT is_empty($$ SELECT FROM export WHERE jsonb_path_exists(answer, '$.carts[*] ? (@.user_id == "he" || @.tenant_id != "gdpr")') $$, 'nothing of anybody else, nor of another tenant');
SELECT pg_temp.add('of a guest', 2, NULL, 'export guest'), cart_hold(session_token => 'export guest'), pg_temp.add('also', 1, NULL, 'export guest') \g /dev/null
SELECT is((a ->> 'user_id' IS NULL) || ' ' || (SELECT string_agg(lines(c), ', ' ORDER BY lines(c)) FROM jsonb_array_elements(a -> 'carts') c), 'true 1 also, 2 of a guest', 'a guest''s') FROM cart_export(session_token => 'export guest') a;
SELECT is_empty($$ SELECT FROM cart_export(session_token => 'export guest') a WHERE strpos(a::text, 'export guest') > 0 $$, 'which never give back the token');
SET cart_ext.user_id = 'she';
SET cart_ext.tenant_id = 'gdpr';
SELECT is(cart_export() - 'exported_at', answer - 'exported_at', 'the owner may come from the settings') FROM export;
RESET cart_ext.user_id;
RESET cart_ext.tenant_id;

-- ---- cart_forget

CREATE TABLE orders (tenant_id text COLLATE "C", cart_id uuid, FOREIGN KEY (tenant_id, cart_id) REFERENCES cart.carts);
INSERT INTO orders SELECT tenant_id, cart_id FROM cart.carts WHERE status = 'ordered' AND user_id = 'she';
CREATE TEMPORARY TABLE orders_before AS SELECT c AS was, cart_get(cart_id => c.cart_id, tenant_id => c.tenant_id) AS document, (SELECT jsonb_agg(i ORDER BY position) FROM cart.items i WHERE i.cart_id = c.cart_id) AS items FROM cart.carts c JOIN orders USING (tenant_id, cart_id) WHERE tenant_id = 'gdpr';
CREATE TEMPORARY VIEW others AS SELECT to_jsonb(c)::text FROM cart.carts c WHERE tenant_id <> 'gdpr' OR user_id = 'he' OR session_hash = sha256('he') UNION ALL
    SELECT to_jsonb(i)::text FROM cart.items i JOIN cart.carts c USING (tenant_id, cart_id) WHERE c.tenant_id <> 'gdpr' OR user_id = 'he' OR session_hash = sha256('he') UNION ALL
    SELECT to_jsonb(r)::text FROM cart.requests r WHERE tenant_id <> 'gdpr' UNION ALL SELECT to_jsonb(m)::text FROM cart.merges m WHERE tenant_id <> 'gdpr' OR user_id = 'he' UNION ALL SELECT to_jsonb(l)::text FROM cart.links l WHERE tenant_id <> 'gdpr';
CREATE TEMPORARY TABLE others_before AS SELECT * FROM others;
SELECT is(cart_forget(user_id => 'nobody', session_token => NULL, tenant_id => NULL), '{"carts_deleted": 0, "orders_anonymized": 0, "requests_deleted": 0, "merges_deleted": 0, "links_deleted": 0}', 'there is nothing to forget of nobody');
SELECT unchanged($$ SELECT cart_forget('nobody'), cart_forget(session_token => 'nobody') $$, 'and nothing changes');
SELECT refused('SELECT cart_forget()', 'KC011', '{}', '{missing}', 'no owner');
CREATE TEMPORARY TABLE forgotten AS SELECT cart_forget('she', tenant_id => 'gdpr') AS answer;
SELECT is(answer, '{"carts_deleted": 6, "orders_anonymized": 2, "requests_deleted": 3, "merges_deleted": 1, "links_deleted": 1}', 'cart_forget tells what went') FROM forgotten;
SELECT is(cart_export('she', tenant_id => 'gdpr') - 'exported_at', '{"tenant_id": "gdpr", "user_id": "she", "carts": [], "requests": [], "merges": [], "links": []}', 'nothing is stored any more');
SELECT is_empty($$ SELECT FROM cart.carts c WHERE tenant_id = 'gdpr' AND (c::text ~ '\mshe\M' AND order_ref IS DISTINCT FROM 'order of she' OR session_hash = sha256('she')) $$, 'under neither name');
SELECT is_empty($$ SELECT FROM cart.merges m WHERE tenant_id = 'gdpr' AND (user_id = 'she' OR session_hash = sha256('she')) $$, 'nor in receipts');
SELECT is(count(*)::int, 3, 'of the keys, those of others are left') FROM cart.requests WHERE tenant_id = 'gdpr';
SELECT bag_eq('SELECT * FROM others', 'SELECT * FROM others_before', 'all that is others'', or in other tenants, is as it was');
SELECT is(count(*)::int, 2, 'the orders are there') FROM orders_before b JOIN cart.carts c ON c.cart_id = (b.was).cart_id AND status = 'ordered';
SELECT is_empty($$ SELECT c, b.was FROM orders_before b JOIN cart.carts c ON c.cart_id = (b.was).cart_id WHERE to_jsonb(c) IS DISTINCT FROM to_jsonb(b.was) || jsonb_build_object('user_id', NULL, 'session_hash', NULL, 'till_id', '', 'version', (b.was).version + 1,
                   'created_by', nullif((b.was).created_by, 'she'), 'updated_by', nullif((b.was).updated_by, 'she')) $$, 'without who it was, and one version further: nothing else of them has changed');
SELECT results_eq($$ SELECT created_by COLLATE "default", updated_by COLLATE "default" FROM cart.carts WHERE tenant_id = 'gdpr' AND order_ref = 'order of she' $$, $$ VALUES (NULL, 'support') $$, 'nor of who else had to do with them');
SELECT is_empty($$ SELECT FROM orders_before b JOIN cart.carts c ON c.cart_id = (b.was).cart_id, cart_get(cart_id => c.cart_id, tenant_id => 'gdpr') d WHERE d IS DISTINCT FROM
                   b.document || jsonb_build_object('user_id', NULL, 'till_id', NULL, 'version', d -> 'version', 'etag', d -> 'etag') $$, 'they read the same, totals and all');
SELECT is_empty($$ SELECT FROM orders_before b WHERE b.items IS DISTINCT FROM (SELECT jsonb_agg(i ORDER BY position) FROM cart.items i WHERE i.cart_id = (b.was).cart_id) $$, 'line by line');
SELECT refused(format('UPDATE cart.carts SET label = ''x'' WHERE cart_id = %L', (b.was).cart_id), 'KC006', '{}', 'and change no more than before') FROM orders_before b;
SELECT is(cart_forget('she', tenant_id => 'gdpr'), '{"carts_deleted": 0, "orders_anonymized": 0, "requests_deleted": 0, "merges_deleted": 0, "links_deleted": 0}', 'once');
SELECT unchanged($$ SELECT cart_forget('she', tenant_id => 'gdpr') $$, 'again, nothing changes');
SELECT is(c -> 'replayed', NULL, 'her keys are free') FROM cart_add('{"product_id": "anew"}', user_id => 'she', tenant_id => 'gdpr', idempotency_key => 'one') c;
SELECT is(pg_temp.said(cart_get('she', tenant_id => 'gdpr')), 'active v1: 1 anew', 'and she begins anew');
-- A guest.
SELECT cart_add('{"product_id": "a"}', session_token => 'forget guest', idempotency_key => 'k') ->> 'cart_id' AS ordered \gset
SELECT cart_checkout('G-1', session_token => 'forget guest'), cart_checkout_complete(:'ordered'), pg_temp.add('b', 1, NULL, 'forget guest') AS active \gset
SELECT cart_link_create(:'active') ->> 'link' AS link \gset
SELECT is(cart_forget(session_token => 'forget guest'), '{"carts_deleted": 1, "orders_anonymized": 1, "requests_deleted": 1, "merges_deleted": 0, "links_deleted": 1}', 'a guest is forgotten, too');
SELECT results_eq(format('SELECT status COLLATE "default", order_ref COLLATE "default", num_nonnulls(user_id, session_hash), stored(cart_id) FROM cart.carts WHERE cart_id = %L', :'ordered'), $$ VALUES ('ordered', 'G-1', 0, '1 a') $$, 'the order stays, of nobody');
SELECT is(cart_get(cart_id => :'active'), NULL, 'the cart does not');
SELECT refused(format('SELECT cart_link_open(%L, ''anybody'')', :'link'), 'KC001', '{}', 'nor do links open what is gone');
SELECT refused($$ SELECT cart_checkout('G-1', user_id => 'just') $$, '23505', jsonb_build_object('order_ref', 'G-1', 'cart_id', :'ordered'), 'its order_ref stays taken');

RESET cart_ext.clock;
SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT * FROM finish();
