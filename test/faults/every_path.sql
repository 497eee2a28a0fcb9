-- Every guarded call into the server, and every allocation of core, is made to fail once, by a
-- server error, a core error and a failed allocation. Each time the error arrives whole, nothing
-- has changed, and the session goes on.
--
-- Needs a library built with FAULTS=1: dev/check --only asan-backend
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION cart_ext;
SELECT cart_setup() IS NOT NULL AS set_up;
SELECT no_plan();

-- All that the calls could change, as one value.
SET check_function_bodies = off; -- public.attached comes below
CREATE FUNCTION pg_temp.state() RETURNS text LANGUAGE sql AS $$
    SELECT md5(concat(
        (SELECT string_agg(c::text, '' ORDER BY cart_id) FROM cart.carts c),
        (SELECT string_agg(i::text, '' ORDER BY cart_id, item_key) FROM cart.items i),
        (SELECT string_agg(r::text, '' ORDER BY owner_hash, key_hash) FROM cart.requests r),
        (SELECT string_agg(m::text, '' ORDER BY merge_id) FROM cart.merges m),
        (SELECT string_agg(d::text, '' ORDER BY cart_id) FROM cart.drafts d),
        (SELECT string_agg(l::text, '' ORDER BY link_hash) FROM cart.links l),
        (SELECT string_agg(s::text, '' ORDER BY tenant_id) FROM cart.settings s),
        (SELECT string_agg(g::text, '' ORDER BY role_name) FROM cart.grants g),
        (SELECT string_agg(a::text, '' ORDER BY table_name) FROM cart.attachments a),
        (SELECT string_agg(i::text, '' ORDER BY group_hash, row_number) FROM cart.imports i),
        (SELECT string_agg(a::text, '' ORDER BY user_id) FROM public.attached a),
        (SELECT string_agg(concat(tgrelid, tgname), '' ORDER BY tgrelid, tgname) FROM pg_trigger),
        (SELECT string_agg(concat(c.oid, c.relacl, n.nspacl), '' ORDER BY c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'cart'),
        (SELECT string_agg(concat(p.oid, p.proacl), '' ORDER BY p.oid) FROM pg_proc p WHERE proname LIKE 'cart\_%')))
$$;

-- Runs the call with the first, the second, … point of failure of that kind, until it comes
-- through. Each run is undone. Gives how many failed.
CREATE FUNCTION pg_temp.fail_everywhere(call text, kind text, expected text, OUT failures int,
                                        OUT wrong text)
LANGUAGE plpgsql AS $$
DECLARE
    before text := pg_temp.state();
    detail text;
    hint text;
    code text;
BEGIN
    failures := 0;
    FOR n IN 1 .. 100000 LOOP
        BEGIN
            EXECUTE format('SET LOCAL cart_ext.fault = %L', kind || ':' || n);
            EXECUTE call;
            SET LOCAL cart_ext.fault = '';
            RAISE EXCEPTION USING ERRCODE = 'P0099';
        EXCEPTION
            WHEN SQLSTATE 'P0099' THEN
                EXIT;
            WHEN OTHERS THEN
                GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
                    code = RETURNED_SQLSTATE;
        END;
        failures := n;
        IF code <> expected OR (kind = 'server' AND (detail, hint) IS DISTINCT FROM
                                ('detail of the fault', 'hint of the fault')) THEN
            wrong := format('%s:%s gave %s, detail %s, hint %s', kind, n, code, detail, hint);
            RETURN;
        END IF;
        IF pg_temp.state() <> before THEN
            wrong := format('%s:%s changed something', kind, n);
            RETURN;
        END IF;
        PERFORM cart_get('bystander');
    END LOOP;
    IF failures = 0 THEN
        wrong := 'nothing failed';
    END IF;
END
$$;

SELECT cart_add('{"product_id": "by"}', user_id => 'bystander') IS NOT NULL AS bystander,
       cart_add_items('[{"product_id": "mug", "options": {"color": "red"}, "unit_price": 9.9},
                        {"product_id": "tea", "quantity": 0.5}]', user_id => 'user') IS NOT NULL AS user,
       cart_add_items('[{"product_id": "mug", "options": [{"name": "color", "value": "red"}]},
                        {"product_id": "Cafe\u0301", "dimensions": {"w": "10 cm"}}]',
                      session_token => 'guest') IS NOT NULL AS guest,
       cart_add('{"product_id": "x"}', session_token => 'other guest') IS NOT NULL AS other_guest,
       cart_add_items('[{"product_id": "a"}, {"product_id": "b"}]', user_id => 'stale') IS NOT NULL AS stale,
       cart_add('{"product_id": "a"}', user_id => 'merged') IS NOT NULL AS merged,
       cart_add('{"product_id": "a"}', session_token => 'merged') IS NOT NULL AS merged_guest;
SELECT cart_merge('merged', 'merged') -> 'merge' -> 'merged' AS merged;
-- A sale that is set aside.
SELECT cart_add('{"product_id": "mug"}', user_id => 'till') IS NOT NULL AS sale, cart_hold('aside', user_id => 'till') IS NOT NULL AS held;
-- A shop with a catalogue and a resolver, and a cart from before.
SELECT cart_add_items('[{"product_id": "mug", "unit_price": 1}, {"product_id": "tea"}]', user_id => 'u', tenant_id => 'shop') IS NOT NULL AS shop;
CREATE FUNCTION public.catalog(tenant_id text, items jsonb, context jsonb)
    RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric) LANGUAGE sql STABLE AS $$
    SELECT (i ->> 'item_key')::uuid, 2, 0.1, i ->> 'product_id' <> 'tea', 10 FROM jsonb_array_elements(items) i $$;
CREATE FUNCTION public.resolver(tenant_id text, code text, cart jsonb) RETURNS jsonb LANGUAGE sql STABLE AS
    $$ SELECT '[{"type": "percent", "value": 5}]'::jsonb $$;
SELECT cart_configure('{"catalog": "public.catalog", "discount_resolver": "public.resolver"}', 'shop') IS NOT NULL AS configured;
SELECT cart_add('{"product_id": "mug"}', user_id => 'coded', tenant_id => 'shop') IS NOT NULL AS coded,
       cart_apply_code('x', user_id => 'coded', tenant_id => 'shop') IS NOT NULL AS code;
-- A draft whose owner has begun another cart, one that is back, an abandoned cart, and a link to it.
SELECT cart_add('{"product_id": "mug"}', user_id => 'drafted') IS NOT NULL AS drafted, cart_checkout('d1', user_id => 'drafted') ->> 'cart_id' AS draft \gset
SELECT cart_add('{"product_id": "mug"}', user_id => 'drafted') IS NOT NULL AS meanwhile;
SELECT cart_add('{"product_id": "mug"}', user_id => 'back') IS NOT NULL AS back, cart_checkout(user_id => 'back') ->> 'cart_id' AS returned \gset
SELECT cart_checkout_cancel(:'returned') IS NOT NULL AS cancelled;
SELECT cart_add('{"product_id": "mug"}', session_token => 'lost') ->> 'cart_id' AS lost \gset
SELECT cart_link_create(:'lost') ->> 'link' AS link \gset
UPDATE cart.carts SET status = 'abandoned' WHERE cart_id = :'lost';
-- A shopper, who calls by functions that run as it, since cart_ext.fault is a superuser's. Claims are
-- read anew when they differ.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'regress_shopper') THEN
        DROP OWNED BY regress_shopper;
        DROP ROLE regress_shopper;
    END IF;
END $$;
CREATE ROLE regress_shopper;
SELECT cart_grant('regress_shopper', 'shopper') IS NOT NULL AS granted;
SELECT cart_add('{"product_id": "mug", "unit_price": 2}', user_id => 'shopper', tenant_id => 'shop') IS NOT NULL AS shopper;
CREATE FUNCTION public.as_shopper(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM set_config('request.jwt.claims', format('{"sub": "shopper", "tenant_id": "shop", "n": %s}', random()), true);
    EXECUTE call INTO answer;
    RETURN answer;
END $$;
ALTER FUNCTION public.as_shopper(text) OWNER TO regress_shopper;
ALTER FUNCTION public.as_shopper(text) SECURITY DEFINER;
-- What a sweep finds: a cart of each kind that is older than all others.
SET cart_ext.clock = '2020-01-01';
SELECT cart_add('{"product_id": "mug"}', session_token => 'old guest') IS NOT NULL AS old_guest, cart_add('{"product_id": "mug"}', user_id => 'old') IS NOT NULL AS old,
       cart_add('{"product_id": "mug"}', session_token => 'older') IS NOT NULL AS older, cart_merge('old', 'older') IS NOT NULL AS merged,
       cart_add('{"product_id": "mug"}', user_id => 'old hold') IS NOT NULL AS old_hold, cart_hold(user_id => 'old hold') IS NOT NULL AS held,
       cart_add('{"product_id": "mug"}', user_id => 'old draft') IS NOT NULL AS old_draft, cart_checkout(user_id => 'old draft') IS NOT NULL AS draft,
       cart_add('{"product_id": "mug"}', user_id => 'old draft', idempotency_key => 'old') IS NOT NULL AS meanwhile;
RESET cart_ext.clock;
-- A table that keeps carts itself, with a duplicate, and owners who have a cart here; another that is attached.
CREATE TABLE public.legacy (user_id text, session_id text, items json, status text DEFAULT 'active');
INSERT INTO public.legacy VALUES ('user', NULL, '[{"sku": "tea"}]'), ('legacy', NULL, '[{"sku": "tea"}, {"sku": "mug"}]'), ('legacy', NULL, '[{"sku": "tea"}]'), (NULL, 'legacy', '[7]');
CREATE TABLE public.attached AS SELECT user_id, session_id, status FROM public.legacy;
SELECT cart_attach('public.attached') IS NOT NULL AS attached;
-- A line whose key is not that of its item.
SET cart_ext.loading = on;
UPDATE cart.items SET item_key = cart_item_key('{"product_id": "old"}') FROM cart.carts
    WHERE carts.cart_id = items.cart_id AND user_id = 'stale' AND product_id = 'b';
RESET cart_ext.loading;

CREATE TEMPORARY TABLE calls (name text, call text);
INSERT INTO calls VALUES
    ('cart_item_key', $$SELECT cart_item_key(format('{"product_id": %s, "options": {"a": [2, 1]}, "dimensions": {"w": "1cm"}}', random())::jsonb)$$),
    ('cart_items_match', $$SELECT cart_items_match(format('{"product_id": "%s\u00e9"}', random())::jsonb, '{"product_id": "e\u0301"}')$$),
    ('cart_items_merge', $$SELECT cart_items_merge(format('[{"product_id": %s}]', random())::jsonb, '[{"product_id": 1}, {"product_id": 2}]')$$),
    ('cart_session_create', $$SELECT cart_session_create()$$),
    ('cart_get', $$SELECT cart_get('user')$$),
    ('cart_add, a line that is there', $$SELECT cart_add('{"product_id": "mug", "options": {"color": "red"}}', user_id => 'user')$$),
    ('cart_add, the first', $$SELECT cart_add('{"product_id": "mug"}', user_id => 'new', idempotency_key => 'k', if_match => '0')$$),
    ('cart_add_items', $$SELECT cart_add_items('[{"product_id": "a"}, {"product_id": "tea"}]', user_id => 'user')$$),
    ('cart_update, joining a line', $$SELECT cart_update(cart_item_key('{"product_id": "tea"}'), changes => '{"product_id": "mug", "options": {"color": "red"}}', user_id => 'user', idempotency_key => 'u')$$),
    ('cart_update, in its place', $$SELECT cart_update(cart_item_key('{"product_id": "tea"}'), 3, '{"product_id": "coffee"}', user_id => 'user')$$),
    ('cart_remove', $$SELECT cart_remove(cart_item_key('{"product_id": "tea"}'), user_id => 'user')$$),
    ('cart_clear', $$SELECT cart_clear(user_id => 'user')$$),
    ('cart_set', $$SELECT cart_set('{"label": "x", "currency": "EUR", "metadata": {"a": null, "b": 1}}', user_id => 'fresh')$$),
    ('cart_apply', $$SELECT cart_apply('[{"op": "add", "item": {"product_id": "a"}}, {"op": "clear"}, {"op": "add", "item": {"product_id": "b"}}]', user_id => 'user')$$),
    ('cart_totals', $$SELECT cart_totals('[{"product_id": 1, "unit_price": 1.5, "tax_rate": 0.2, "discount": [{"type": "percent", "value": 5}]}]', '{"type": "amount", "value": 1}', '{"tax_rounding": "total"}')$$),
    ('cart_set_discount', $$SELECT cart_set_discount('{"type": "percent", "value": 5}', user_id => 'user')$$),
    ('cart_apply_code', $$SELECT cart_apply_code('x', user_id => 'u', tenant_id => 'shop')$$),
    ('cart_reprice', $$SELECT cart_reprice(user_id => 'u', tenant_id => 'shop')$$),
    ('cart_add, with a catalogue', $$SELECT cart_add('{"product_id": "mug"}', user_id => 'u', tenant_id => 'shop')$$),
    ('cart_list', $$SELECT cart_list('{active}', user_id => 'user')$$),
    ('cart_touch', $$SELECT cart_touch(user_id => 'user')$$),
    ('cart_unmerge', $$SELECT cart_unmerge(source_cart_id) FROM cart.merges$$),
    ('cart_hold', $$SELECT cart_hold('x', user_id => 'user', idempotency_key => 'h')$$),
    ('cart_held', $$SELECT cart_held()$$),
    ('cart_resume, holding', $$SELECT cart_resume(cart_id, user_id => 'user') FROM cart.carts WHERE label = 'aside'$$),
    ('cart_resume, merging', $$SELECT cart_resume(cart_id, 'merge', user_id => 'user') FROM cart.carts WHERE label = 'aside'$$),
    ('cart_resume, the first', $$SELECT cart_resume(cart_id, user_id => 'nobody yet') FROM cart.carts WHERE label = 'aside'$$),
    ('cart_checkout', $$SELECT cart_checkout('o1', user_id => 'user', idempotency_key => 'c')$$),
    ('cart_checkout, with a catalogue and a code', $$SELECT cart_checkout(expected_total => 2.09, user_id => 'coded', tenant_id => 'shop')$$),
    ('cart_checkout_complete', $$SELECT cart_checkout_complete(cart_id, 'o2') FROM cart.carts WHERE order_ref = 'd1'$$),
    ('cart_checkout_complete, late', $$SELECT cart_checkout_complete(cart_id) FROM cart.carts WHERE user_id = 'back'$$),
    ('cart_checkout_cancel', $$SELECT cart_checkout_cancel(cart_id) FROM cart.carts WHERE order_ref = 'd1'$$),
    ('cart_restore', $$SELECT cart_restore(cart_id) FROM cart.carts WHERE status = 'abandoned'$$),
    ('cart_link_create', $$SELECT cart_link_create(cart_id) FROM cart.carts WHERE status = 'abandoned'$$),
    ('cart_export', $$SELECT cart_export(user_id => 'merged')$$),
    ('cart_forget', $$SELECT cart_forget(user_id => 'merged')$$),
    ('cart_reconcile', $$SELECT cart_reconcile(user_id => 'stale')$$),
    ('cart_reconcile_all', $$SELECT cart_reconcile_all()$$),
    ('cart_configure', $$SELECT cart_configure('{"match_on": ["product_id"], "idempotency_ttl": "1 h"}')$$),
    ('cart_attach', $$SELECT cart_attach('public.legacy')$$),
    ('cart_detach', $$SELECT cart_detach('public.attached')$$),
    ('a write to an attached table', $$INSERT INTO public.attached VALUES ('other', NULL, 'active')$$),
    ('cart_import', $$SELECT cart_import('public.legacy', mapping => '{"product_id": "sku"}')$$),
    ('cart_import, dry', $$SELECT cart_import('public.legacy', dry_run => true)$$),
    ('cart_merge, both have carts', $$SELECT cart_merge('user', 'guest', idempotency_key => 'm')$$),
    ('cart_merge, the user has none', $$SELECT cart_merge('newcomer', 'other guest')$$),
    ('cart_setup', $$SELECT cart_setup()$$),
    ('cart_grant', $$SELECT cart_grant('regress_shopper', 'admin')$$),
    ('cart_revoke', $$SELECT cart_revoke('regress_shopper')$$),
    ('cart_add, by a shopper', $$SELECT as_shopper('SELECT cart_add(''{"product_id": "mug", "unit_price": 1, "note": "x"}'')')$$),
    ('cart_checkout, by a shopper', $$SELECT as_shopper('SELECT cart_checkout()')$$),
    ('a direct read by a shopper', $$SELECT as_shopper('SELECT count(*) FROM cart.carts JOIN cart.items USING (tenant_id, cart_id)')$$),
    ('a direct write', $$WITH c AS (SELECT cart_id FROM cart.carts WHERE user_id = 'user')
        INSERT INTO cart.items (cart_id, item) SELECT cart_id, '{"product_id": "direct"}' FROM c$$);
INSERT INTO calls VALUES
    ('cart_link_open, into a cart', format('SELECT cart_link_open(%L, user_id => %L)', :'link', 'user')),
    ('cart_link_open, the first', format('SELECT cart_link_open(%L, user_id => %L)', :'link', 'nobody yet'));

SELECT is(f.wrong, NULL, format('%s survives %s %s errors', c.name, f.failures, k.kind))
FROM calls c,
     (VALUES ('server', '38000'), ('core', 'KC004'), ('memory', '53200')) k (kind, code),
     pg_temp.fail_everywhere(c.call, k.kind, k.code) f
-- These allocate nothing of core's, or go on after an error of it (below).
WHERE NOT (k.kind = 'core' AND c.name LIKE 'cart_import%') AND NOT (k.kind = 'memory' AND c.name IN ('cart_session_create', 'cart_setup', 'cart_held', 'cart_link_create', 'cart_forget', 'cart_grant', 'cart_revoke', 'cart_attach', 'cart_detach', 'a write to an attached table', 'cart_import, dry', 'a direct read by a shopper'));

-- A sweep, as an import, passes over what fails and goes on, so it does not tell when all points of failure have been
-- tried: there are some 700. Whether it comes through or not, undone all is as it was.
CREATE FUNCTION pg_temp.try_everywhere(call text, kind text, expected text, points int, OUT failures int, OUT wrong text)
LANGUAGE plpgsql AS $$
DECLARE
    before text := pg_temp.state();
    code text;
BEGIN
    failures := 0;
    FOR n IN 1 .. points LOOP
        BEGIN
            EXECUTE format('SET LOCAL cart_ext.fault = %L', kind || ':' || n);
            EXECUTE call;
            SET LOCAL cart_ext.fault = '';
            RAISE EXCEPTION USING ERRCODE = 'P0099';
        EXCEPTION
            WHEN SQLSTATE 'P0099' THEN
                code := expected;
            WHEN OTHERS THEN
                failures := failures + 1;
                code := SQLSTATE;
        END;
        IF code <> expected OR pg_temp.state() <> before THEN
            wrong := format('%s:%s gave %s', kind, n, code);
            RETURN;
        END IF;
        PERFORM cart_get('bystander');
    END LOOP;
END
$$;
SET client_min_messages = error;
SELECT is(f.wrong, NULL, format('cart_sweep survives %s errors, %s of which end it', k.kind, f.failures))
FROM (VALUES ('server', '38000', 1000), ('core', 'KC004', 1000), ('memory', '53200', 50)) k (kind, code, points),
     pg_temp.try_everywhere('SELECT cart_sweep()', k.kind, k.code, k.points) f;
-- An import refuses a row for an error of core's, and goes on.
SELECT is(f.wrong, NULL, format('cart_import survives core errors, %s of which end it', f.failures))
FROM pg_temp.try_everywhere($$SELECT cart_import('public.legacy', mapping => '{"product_id": "sku"}')$$, 'core', 'KC004', 500) f;

DROP OWNED BY regress_shopper;
DROP ROLE regress_shopper;
SELECT * FROM finish();
