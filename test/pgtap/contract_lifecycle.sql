-- The statuses of section 4: every way from one to another, by direct writes and by every call, is one of
-- the table's or refused. What is ordered never changes. Whose cart may be named.
\ir helpers.psql
SELECT plan(195);

-- The table of src/core/lifecycle.cpp; `via`: the calls that do.
CREATE TEMPORARY TABLE statuses AS SELECT status FROM unnest('{active,held,checkout,ordered,merged,abandoned}'::text[]) status;
CREATE TEMPORARY TABLE ways ("from" text, "to" text, via text);
INSERT INTO ways VALUES
    ('active', 'held', 'hold, resume'), ('active', 'checkout', 'checkout'), ('active', 'ordered', 'complete, paid late'), ('active', 'merged', 'merge, resume, reconcile, cancel, restore, link_open'),
    ('active', 'abandoned', 'sweep, reconcile, cancel, restore'), ('held', 'active', 'resume'), ('held', 'abandoned', NULL), ('checkout', 'active', 'cancel, sweep'), ('checkout', 'ordered', 'complete'),
    ('merged', 'active', 'unmerge'), ('abandoned', 'active', 'restore, link_open'), ('abandoned', 'merged', 'link_open');

-- ---- direct writes

-- What becomes of an UPDATE that gives a cart of the one status the other; it is taken back.
CREATE FUNCTION pg_temp.written(was text, becomes text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    id uuid;
    target uuid;
    found text;
BEGIN
    INSERT INTO cart.carts (user_id) VALUES ('target') RETURNING cart_id INTO target;
    INSERT INTO cart.carts (user_id, status, merged_into) VALUES ('way', was, CASE was WHEN 'merged' THEN target END) RETURNING cart_id INTO id;
    UPDATE cart.carts SET status = becomes, merged_into = CASE becomes WHEN 'merged' THEN target END WHERE cart_id = id;
    RAISE EXCEPTION USING ERRCODE = 'P0099', MESSAGE = (SELECT status || ' v' || version FROM cart.carts WHERE cart_id = id);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS found = PG_EXCEPTION_DETAIL;
    RETURN CASE SQLSTATE WHEN 'P0099' THEN SQLERRM WHEN 'KC006' THEN 'KC006 ' || (found::jsonb ->> 'status') ELSE SQLSTATE || ' ' || SQLERRM END;
END $$;
SELECT is(pg_temp.written(f.status, t.status), CASE WHEN w."to" IS NULL THEN 'KC006 ' || f.status ELSE t.status || ' v2' END, concat('written: ', f.status, ' to ', t.status, CASE WHEN w."to" IS NULL THEN ' is refused' END))
FROM statuses f CROSS JOIN statuses t LEFT JOIN ways w ON w."from" = f.status AND w."to" = t.status WHERE f.status <> t.status ORDER BY f.status, t.status;
-- However it is written.
INSERT INTO cart.carts (user_id, status, label) VALUES ('held', 'held', 'many'), ('checkout', 'checkout', 'many');
SELECT refused(call, 'KC006', detail::jsonb, call) FROM (VALUES
    ($$UPDATE cart.carts SET status = 'ordered' WHERE label = 'many'$$, '{"status": "held", "found": "ordered"}'),
    ($$INSERT INTO cart.carts (tenant_id, cart_id, user_id) SELECT tenant_id, cart_id, user_id FROM cart.carts WHERE user_id = 'held' ON CONFLICT (tenant_id, cart_id) DO UPDATE SET status = 'checkout'$$, '{"status": "held", "found": "checkout"}')) x (call, detail);
SELECT refused($$ UPDATE cart.carts SET status = 'open' WHERE user_id = 'held' $$, '23514', '{"member": "status"}', 'nor is there any other status');

-- ---- what is ordered never changes

SELECT cart_add('{"product_id": "x", "unit_price": 5}', user_id => 'order') ->> 'cart_id' AS id \gset
SELECT cart_checkout('O-1', user_id => 'order'), cart_checkout_complete(:'id'), cart_add('{"product_id": "y"}', user_id => 'order') \g /dev/null
CREATE TEMPORARY TABLE changes (attribute name, becomes text);
INSERT INTO changes VALUES ('tenant_id', $$'other'$$), ('cart_id', 'gen_random_uuid()'), ('user_id', $$'x'$$), ('session_hash', $$sha256('x'), user_id = NULL$$), ('till_id', $$'x'$$), ('status', $$'active'$$), ('version', 'version + 1'),
    ('currency', $$'EUR'$$), ('location_id', $$'x'$$), ('label', $$'x'$$), ('order_ref', $$'x'$$), ('discount', $$'{"type": "percent", "value": 1}'$$), ('metadata', $$'{"a": 1}'$$), ('merged_into', 'gen_random_uuid()'),
    ('created_by', $$'x'$$), ('updated_by', $$'x'$$), ('created_at', $$'2020-01-01'$$), ('updated_at', $$'2020-01-01'$$), ('last_accessed_at', $$'2020-01-01'$$), ('sweep_from', $$'2020-01-01'$$), ('expires_at', $$'2020-01-01'$$);
SELECT refused(format('UPDATE cart.carts SET %I = %s WHERE cart_id = %L', attribute, becomes, :'id'), 'KC006', '{"status": "ordered"}', 'nobody writes an order''s ' || attribute) FROM changes;
SELECT is_empty($$ SELECT attname FROM pg_attribute WHERE attrelid = 'cart.carts'::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN (SELECT attribute FROM changes) $$, 'these are all its columns');
SELECT refused(format(call, :'id'), 'KC006', '{"status": "ordered"}', call) FROM unnest(ARRAY['DELETE FROM cart.carts WHERE cart_id = %L', 'DELETE FROM cart.items WHERE cart_id = %L', 'UPDATE cart.items SET quantity = 2 WHERE cart_id = %L',
    'UPDATE cart.items SET updated_at = now() WHERE cart_id = %L', $$INSERT INTO cart.items (cart_id, item) VALUES (%L, '{"product_id": "late"}')$$, $$UPDATE cart.items SET cart_id = %L WHERE product_id = 'y'$$,
    $$UPDATE cart.items SET cart_id = (SELECT cart_id FROM cart.carts WHERE user_id = 'order' AND status = 'active') WHERE cart_id = %L$$, $$DELETE FROM cart.carts WHERE label = 'many' OR cart_id = %L$$,
    $$INSERT INTO cart.carts (tenant_id, cart_id, user_id) VALUES ('', %L, 'x') ON CONFLICT (tenant_id, cart_id) DO UPDATE SET label = 'x'$$]) call;
SELECT lives_ok(format($$ INSERT INTO cart.carts (user_id, status, merged_into) VALUES ('deleted', %L, CASE %1$L WHEN 'merged' THEN gen_random_uuid() END); DELETE FROM cart.carts WHERE user_id = 'deleted' $$, status), 'but can delete what is ' || status)
FROM statuses WHERE status <> 'ordered';
BEGIN;
SET LOCAL cart_ext.loading = on;
SELECT lives_ok(format('DELETE FROM cart.carts WHERE cart_id = %L', :'id'), 'and what is to be loaded anew');
ROLLBACK;

-- ---- calls

-- Each way that a call goes is noted.
CREATE TABLE public.seen (via text, "from" text, "to" text);
CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.seen VALUES (pg_catalog.current_setting('test.via', true), OLD.status, NEW.status);
    RETURN NULL;
END $$;
CREATE TRIGGER see AFTER UPDATE ON cart.carts FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION public.see();
-- A guest's cart of that status, and a link to it.
CREATE TEMPORARY TABLE links (name text, link text);
CREATE FUNCTION pg_temp.make(wanted text, name text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid := cart_add('{"product_id": "x"}', session_token => name) ->> 'cart_id';
BEGIN
    INSERT INTO links VALUES (name, cart_link_create(id) ->> 'link');
    CASE wanted
        WHEN 'active' THEN NULL;
        WHEN 'held' THEN PERFORM cart_hold(session_token => name);
        WHEN 'checkout' THEN PERFORM cart_checkout(session_token => name);
        WHEN 'ordered' THEN PERFORM cart_checkout(session_token => name), cart_checkout_complete(id);
        WHEN 'merged' THEN PERFORM cart_add('{"product_id": "y"}', user_id => 'into ' || name), cart_merge('into ' || name, name);
        WHEN 'abandoned' THEN UPDATE cart.carts SET status = 'abandoned' WHERE cart_id = id;
    END CASE;
    RETURN id;
END $$;
-- The status that a cart has after a call, or the code of its error. KC006 tells of the cart; and after an
-- error nothing has changed.
CREATE FUNCTION pg_temp.outcome(via text, call text, wanted text, name text, caller_has_one boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    id uuid := pg_temp.make(wanted, name);
    before text;
    code text;
    detail text;
BEGIN
    IF caller_has_one THEN
        PERFORM cart_add('{"product_id": "own"}', user_id => 'caller of ' || name);
    END IF;
    call := replace(call, '$id', quote_literal(id));
    call := replace(call, '$name', quote_literal(name));
    call := replace(call, '$caller', quote_literal('caller of ' || name));
    call := replace(call, '$link', quote_literal((SELECT l.link FROM links l WHERE l.name = outcome.name)));
    before := state();
    BEGIN
        PERFORM set_config('test.via', via, true);
        EXECUTE 'SELECT ' || call;
        PERFORM set_config('test.via', '', true);
        RETURN (SELECT status FROM cart.carts WHERE cart_id = id);
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
    END;
    IF code = 'KC006' AND NOT detail::jsonb @> jsonb_build_object('cart_id', id, 'status', wanted) THEN
        code := code || ' ' || detail;
    END IF;
    RETURN code || CASE WHEN state() <> before THEN ' and something has changed' ELSE '' END;
END $$;
CREATE TEMPORARY TABLE calls (n int GENERATED ALWAYS AS IDENTITY, via text, call text, caller_has_one boolean, active text, held text, checkout text, ordered text, merged text, abandoned text);
INSERT INTO calls (via, call, caller_has_one, active, held, checkout, ordered, merged, abandoned) VALUES
    ('hold', 'cart_hold(cart_id => $id)', false, 'held', 'KC006', 'KC006', 'KC006', 'KC006', 'KC006'),
    ('resume', 'cart_resume($id, user_id => $caller)', false, 'KC001', 'active', 'KC001', 'KC001', 'KC001', 'KC001'),
    ('resume', 'cart_resume($id, ''hold'', user_id => $caller)', true, 'KC001', 'active', 'KC001', 'KC001', 'KC001', 'KC001'),
    ('resume', 'cart_resume($id, ''merge'', user_id => $caller)', true, 'KC001', 'active', 'KC001', 'KC001', 'KC001', 'KC001'),
    ('resume', 'cart_resume($id, ''error'', user_id => $caller)', true, 'KC001', '23505', 'KC001', 'KC001', 'KC001', 'KC001'),
    ('checkout', 'cart_checkout(session_token => $name)', false, 'checkout', 'KC001', 'KC001', 'KC001', 'KC001', 'KC001'),
    ('complete', 'cart_checkout_complete($id)', false, 'KC006', 'KC006', 'ordered', 'ordered', 'KC006', 'KC006'),
    ('cancel', 'cart_checkout_cancel($id)', false, 'KC006', 'KC006', 'active', 'KC006', 'KC006', 'KC006'),
    ('restore', 'cart_restore($id)', false, 'KC006', 'KC006', 'KC006', 'KC006', 'KC006', 'active'),
    ('merge', 'cart_merge($caller, $name)', false, 'active', 'held', 'checkout', 'ordered', 'merged', 'abandoned'),
    ('merge', 'cart_merge($caller, $name)', true, 'merged', 'held', 'checkout', 'ordered', 'merged', 'abandoned'),
    ('unmerge', 'cart_unmerge($id)', false, 'KC001', 'KC001', 'KC001', 'KC001', 'active', 'KC001'),
    ('link_create', 'cart_link_create($id)', false, 'active', 'KC006', 'KC006', 'KC006', 'KC006', 'abandoned'),
    ('link_open', 'cart_link_open($link, $caller)', false, 'active', 'KC001', 'KC001', 'KC001', 'KC001', 'active'),
    ('link_open', 'cart_link_open($link, $caller)', true, 'merged', 'KC001', 'KC001', 'KC001', 'KC001', 'merged');
SELECT is(pg_temp.outcome(via, call, status, concat(n, ' ', status), caller_has_one), to_jsonb(c) ->> status, concat(call, CASE WHEN caller_has_one THEN ' by who has a cart' END, ', on a cart that is ', status)) FROM calls c, statuses ORDER BY n, status;
-- A draft that is active again goes the ways of an active cart; and only while it is active can it be paid.
CREATE FUNCTION pg_temp.returned(name text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid := pg_temp.make('checkout', name);
BEGIN
    PERFORM cart_checkout_cancel(id);
    RETURN id;
END $$;
SELECT pg_temp.returned('back paid') AS paid, pg_temp.returned('back held') AS held, pg_temp.returned('back merged') AS merged, pg_temp.returned('back gone') AS gone, cart_add('{"product_id": "own"}', user_id => 'back merged') \gset
SET test.via = 'complete';
SELECT is(cart_checkout_complete(:'paid') ->> 'status', 'ordered', 'a draft that is active again, paid late');
RESET test.via;
SELECT cart_hold(session_token => 'back held'), cart_merge('back merged', 'back merged') \g /dev/null
UPDATE cart.carts SET status = 'abandoned' WHERE cart_id = :'gone';
SELECT refused(format('SELECT cart_checkout_complete(%L)', id), 'KC006', jsonb_build_object('cart_id', id, 'status', status), 'a draft that is ' || status || ' since is not paid') FROM (VALUES (:'held', 'held'), (:'merged', 'merged'), (:'gone', 'abandoned')) x (id, status);
-- What becomes of the owner's newer cart, which is in the way: in the same currency, in another.
CREATE FUNCTION pg_temp.in_the_way(call text, was text, currency text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    name text := concat(call, ' in the way ', currency);
    id uuid := pg_temp.make('active', name);
    newer uuid;
BEGIN
    PERFORM cart_set('{"currency": "EUR"}', session_token => name);
    IF was = 'checkout' THEN
        PERFORM cart_checkout(session_token => name);
    ELSE
        UPDATE cart.carts SET status = was WHERE cart_id = id;
    END IF;
    newer := cart_set(jsonb_build_object('currency', currency), session_token => name) ->> 'cart_id';
    PERFORM cart_add('{"product_id": "newer"}', session_token => name);
    PERFORM set_config('test.via', regexp_replace(call, '.*_', ''), true);
    EXECUTE format('SELECT %I(%L)', call, id);
    PERFORM set_config('test.via', '', true);
    RETURN (SELECT string_agg(concat(status, CASE WHEN merged_into = id THEN ' into it' END, ': ', stored(cart_id)), ', ' ORDER BY cart_id = newer) FROM cart.carts WHERE cart_id IN (id, newer));
END $$;
SELECT is(pg_temp.in_the_way(call, was, currency), wanted, concat(call, ', with a newer cart in ', currency)) FROM (VALUES ('cart_checkout_cancel', 'checkout'), ('cart_restore', 'abandoned')) c (call, was),
    (VALUES ('EUR', 'active: 1 x, 1 newer, merged into it: 1 newer'), ('USD', 'active: 1 x, abandoned: 1 newer')) x (currency, wanted);
-- All ways of the table that calls go have been gone, and no others.
SELECT is_empty($$ SELECT DISTINCT s.* FROM public.seen s WHERE s.via <> '' AND NOT EXISTS (SELECT FROM ways w WHERE w."from" = s."from" AND w."to" = s."to" AND s.via = ANY (string_to_array(w.via, ', '))) $$, 'no call goes a way that is not the table''s');
SELECT is_empty($$ SELECT "from", "to" FROM ways WHERE via IS NOT NULL EXCEPT SELECT "from", "to" FROM public.seen WHERE via <> '' $$, 'each way is some call''s');
DROP TRIGGER see ON cart.carts;

-- ---- lines change only while the cart is active

CREATE TEMPORARY TABLE closed AS SELECT status, pg_temp.make(status, 'closed ' || status) AS cart_id FROM statuses WHERE status <> 'active';
CREATE TEMPORARY TABLE closed_before AS SELECT c AS was FROM cart.carts c WHERE cart_id IN (SELECT cart_id FROM closed);
DO $$
DECLARE
    token text;
BEGIN
    FOR token IN SELECT 'closed ' || status FROM closed LOOP
        PERFORM cart_clear(session_token => token), cart_remove(key_of('x'), session_token => token), cart_add('{"product_id": "x"}', session_token => token), cart_update(key_of('x'), 7, session_token => token),
                cart_set('{"label": "l"}', session_token => token), cart_set_discount('{"type": "percent", "value": 5}', session_token => token), cart_reprice(session_token => token), cart_reconcile(session_token => token),
                cart_touch(session_token => token), cart_apply('[{"op": "clear"}, {"op": "add", "item": {"product_id": "z"}}]', session_token => token);
    END LOOP;
END $$;
SELECT is(stored(cart_id), '1 x', 'the owner''s calls leave alone what is ' || status) FROM closed;
SELECT is_empty($$ SELECT c FROM closed_before b JOIN cart.carts c ON c.cart_id = (b.was).cart_id WHERE to_jsonb(c) <> to_jsonb(b.was) $$, 'in all its parts');
SELECT is(lines(cart_get(session_token => 'closed ' || status)), '1 z', 'they have made another, beside what is ' || status) FROM closed;

-- ---- whose cart may be named

SELECT cart_add('{"product_id": "x"}', user_id => 'mine') ->> 'cart_id' AS mine, cart_add('{"product_id": "x"}', session_token => 'my token') ->> 'cart_id' AS token \gset
SELECT is(cart_get(user_id => u, session_token => s, cart_id => id::uuid) ->> 'cart_id', found, 'cart_get of ' || what) FROM (VALUES
    ('mine', NULL, :'mine', :'mine', 'a cart of that user'), (NULL, 'my token', :'token', :'token', 'a cart of that session'), (NULL, NULL, :'mine', :'mine', 'a cart, whoever''s it is'),
    ('other', NULL, :'mine', :'mine', 'a cart that is not that user''s'), (NULL, 'my token', :'mine', :'mine', 'a cart that is not that session''s'), ('mine', NULL, :'token', :'token', 'a guest''s cart, by a user'),
    (NULL, 'mine', :'mine', :'mine', 'a user''s cart, by a token like the name')) x (u, s, id, found, what);
SELECT refused(format('SELECT cart_hold(cart_id => %L, user_id => %L, session_token => %L)', id, u, s), 'KC001', '{}', 'cart_hold of ' || what) FROM (VALUES
    ('other', NULL, :'mine', 'a cart that is not that user''s'), (NULL, 'my token', :'mine', 'a cart that is not that session''s'), ('mine', NULL, :'token', 'a guest''s cart, by a user')) x (u, s, id, what);
SET cart_ext.user_id = 'other';
SELECT is(cart_get(cart_id => :'mine') ->> 'cart_id', :'mine', 'the settings do not say whose a named cart has to be');
SELECT is(cart_hold(cart_id => :'mine') ->> 'status', 'held', 'nor for cart_hold');
RESET cart_ext.user_id;
SELECT is(cart_hold(cart_id => :'token', session_token => 'my token') ->> 'status', 'held', 'the owner''s own');

SELECT is_empty('SELECT unsound()', 'all is sound');
SELECT * FROM finish();
