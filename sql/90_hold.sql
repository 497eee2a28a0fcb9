-- Sales that are set aside at the till, and the ways that a status may go.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET cart_ext.loading = on;
DELETE FROM cart.carts;
RESET cart_ext.loading;
DELETE FROM cart.requests;
CREATE VIEW sales AS SELECT user_id, till_id, location_id, status, label, version, expires_at - updated_at AS held_for,
    (SELECT string_agg(quantity || ' ' || product_id, ', ' ORDER BY position) FROM cart.items i WHERE i.cart_id = c.cart_id) AS lines
    FROM cart.carts c ORDER BY created_at, cart_id;
SET cart_ext.location_id = 'shop 1';
SET cart_ext.till_id = 'till 1';
SET cart_ext.user_id = 'anna';
SELECT cart_hold();
SELECT cart_add('{"product_id": "apples", "unit_price": 2.99}', 1.235) -> 'version';
SELECT h -> 'status' AS status, h -> 'label' AS label, h -> 'version' AS version, h -> 'changes' AS changes, h ->> 'cart_id' AS held FROM cart_hold('Mrs Miller', if_match => cart_get() ->> 'etag', idempotency_key => 'h') h \gset
\echo :status :label :version :changes
SELECT cart_hold('Mrs Miller', idempotency_key => 'h', if_match => 'x') ->> 'replayed' AS replayed;
SELECT cart_hold('somebody else', idempotency_key => 'h');
-- The next customer; and another cashier on the same till.
SELECT cart_add('{"product_id": "bread"}') -> 'version';
SET cart_ext.user_id = 'ben';
SELECT cart_add('{"product_id": "cheese"}', 0.25) -> 'version';
SELECT * FROM sales;
SELECT h -> 'label' AS label, h -> 'totals' -> 'total' AS total FROM cart_held(location_id => 'shop 1') h;
SELECT count(*) FROM cart_held(location_id => 'shop 2');
SELECT count(*) FROM cart_held();
SELECT count(*) FROM cart_held('other tenant');
-- Ben resumes what Anna held. His own sale is held instead, merged, or in the way.
\set VERBOSITY sqlstate
SELECT cart_resume(:'held', 'error');
SELECT cart_resume(:'held', if_match => 'x');
SELECT cart_resume(:'held', 'leave');
SELECT cart_resume(NULL);
SELECT cart_resume('00000000-0000-0000-0000-000000000000');
SELECT cart_resume(:'held', tenant_id => 'other');
\set VERBOSITY default
BEGIN;
SELECT r -> 'user_id' AS "user", r -> 'till_id' AS till, r -> 'status' AS status, r -> 'expires_at' AS expires FROM cart_resume(:'held') r;
SELECT * FROM sales;
ROLLBACK;
SELECT r -> 'version' AS version, c ->> 'product_id' AS product, c ->> 'action' AS action FROM cart_resume(:'held', 'merge', idempotency_key => 'r') r, jsonb_array_elements(r -> 'changes') c;
SELECT cart_resume(:'held', 'merge', idempotency_key => 'r') -> 'replayed';
SELECT * FROM sales;
-- Held no more.
\set VERBOSITY sqlstate
SELECT cart_resume(:'held');
SELECT cart_resume(:'held', user_id => 'anna');
-- By name, for a time; not twice.
SELECT cart_hold(cart_id => :'held', ttl => '1 hour 30 minutes', label => NULL, user_id => NULL) ->> 'label' AS label;
SELECT cart_hold(cart_id => :'held');
SELECT cart_hold(cart_id => '00000000-0000-0000-0000-000000000000');
SELECT cart_hold(cart_id => :'held', ttl => '-1 second');
SELECT cart_hold(repeat('x', 600));
\set VERBOSITY default
SELECT held_for FROM sales WHERE label = 'Mrs Miller';
SELECT cart_configure('{"hold_ttl": "2 days"}') -> 'hold_ttl';
SELECT cart_hold(user_id => 'anna') -> 'status';
SELECT held_for FROM sales WHERE user_id = 'anna';
-- Who has no active cart gets the held one; a guest may be who holds.
RESET cart_ext.till_id;
RESET cart_ext.location_id;
SELECT cart_resume(:'held', user_id => 'carl') -> 'user_id';
SELECT cart_add('{"product_id": "x"}', session_token => 'g') ->> 'cart_id' AS cart_id \gset
SELECT cart_hold(session_token => 'g') -> 'status', cart_get(session_token => 'g') IS NULL AS free;
SELECT cart_resume(:'cart_id', session_token => 'g') -> 'status';
-- Currencies cannot be merged.
SELECT cart_set('{"currency": "EUR"}', session_token => 'g') -> 'currency', cart_hold(session_token => 'g') -> 'status';
SELECT cart_add('{"product_id": "y"}', session_token => 'g') -> 'version', cart_set('{"currency": "USD"}', session_token => 'g') -> 'currency';
SELECT cart_resume(:'cart_id', 'merge', session_token => 'g');
RESET cart_ext.user_id;

-- The ways that a status may go, for whoever writes.
\set VERBOSITY sqlstate
CREATE FUNCTION may(from_status text, to_status text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    id uuid;
BEGIN
    INSERT INTO cart.carts (user_id, status) VALUES ('way', from_status) RETURNING cart_id INTO id;
    UPDATE cart.carts SET status = to_status WHERE cart_id = id;
    RAISE EXCEPTION USING ERRCODE = 'P0099';
EXCEPTION
    WHEN SQLSTATE 'P0099' THEN RETURN true;
    WHEN SQLSTATE 'KC006' THEN RETURN false;
END $$;
SELECT f AS from, string_agg(t, ', ' ORDER BY n) AS may_become
FROM unnest('{active,held,checkout,ordered,merged,abandoned}'::text[]) f, unnest('{active,held,checkout,ordered,merged,abandoned}'::text[]) WITH ORDINALITY x (t, n)
WHERE f <> t AND may(f, t) GROUP BY f ORDER BY f;
DROP FUNCTION may;
DROP VIEW sales;
SET cart_ext.loading = on;
DELETE FROM cart.carts;
RESET cart_ext.loading;
DELETE FROM cart.requests;
DELETE FROM cart.settings;
