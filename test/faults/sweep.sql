-- A pass in which the n-th guarded call or allocation fails: either the call fails and nothing has
-- changed, or what failed was passed over or tried again. Then another pass does what is left, and
-- all is as after a pass without a fault.
--
-- Needs a library built with FAULTS=1: dev/check --only asan-backend
\set ON_ERROR_STOP on
SET client_min_messages = error;
CREATE EXTENSION cart_ext;
SELECT cart_setup() IS NOT NULL AS set_up;
SELECT plan(3);

SET cart_ext.clock = '2030-01-01';
SELECT cart_add('{"product_id": "mug"}', session_token => 'old ' || i, tenant_id => 't' || i % 2) IS NOT NULL AS old FROM generate_series(1, 5) i;
SELECT cart_add('{"product_id": "mug"}', user_id => 'user') IS NOT NULL AS user,
       cart_add('{"product_id": "mug"}', session_token => 'merged', idempotency_key => 'k') IS NOT NULL AS merged_guest,
       cart_add('{"product_id": "mug"}', user_id => 'draft') IS NOT NULL AS draft,
       cart_add('{"product_id": "mug"}', user_id => 'hold') IS NOT NULL AS hold;
SELECT cart_merge('user', 'merged') -> 'merge' -> 'merged' AS merged, cart_hold(user_id => 'hold') IS NOT NULL AS held;
UPDATE cart.carts SET status = 'checkout', expires_at = '2030-01-02' WHERE user_id = 'draft';
INSERT INTO cart.links (link_hash, cart_id, expires_at) VALUES ('x', gen_random_uuid(), '2030-01-01');
SET cart_ext.clock = '2030-03-20';
SELECT cart_add('{"product_id": "tea"}', session_token => 'old 5', tenant_id => 't1') IS NOT NULL AS used;
SET cart_ext.clock = '2030-04-15';

CREATE FUNCTION pg_temp.state() RETURNS text LANGUAGE sql AS $$
    SELECT md5(concat(
        (SELECT string_agg(c::text, '' ORDER BY cart_id) FROM cart.carts c),
        (SELECT string_agg(i::text, '' ORDER BY cart_id, item_key) FROM cart.items i),
        (SELECT string_agg(r::text, '' ORDER BY owner_hash, key_hash) FROM cart.requests r),
        (SELECT string_agg(l::text, '' ORDER BY link_hash) FROM cart.links l),
        (SELECT string_agg(m::text, '' ORDER BY merge_id) FROM cart.merges m)))
$$;

-- The state after a pass with that fault, if it comes through, and one without. All is undone.
CREATE FUNCTION pg_temp.state_after(fault text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    BEGIN
        BEGIN
            EXECUTE format('SET LOCAL cart_ext.fault = %L', fault);
            PERFORM cart_sweep();
        EXCEPTION WHEN SQLSTATE '38000' OR SQLSTATE 'KC004' OR SQLSTATE '53200' THEN
            NULL;
        END;
        SET LOCAL cart_ext.fault = '';
        PERFORM cart_sweep();
        result := pg_temp.state();
        RAISE EXCEPTION USING ERRCODE = 'P0099';
    EXCEPTION WHEN SQLSTATE 'P0099' THEN
        RETURN result;
    END;
END
$$;

SELECT pg_temp.state_after('') AS expected \gset
-- Each of the first calls, and every seventh of the others.
SELECT is((SELECT string_agg(n::text, ' ') FROM (SELECT generate_series(1, 300) UNION ALL SELECT generate_series(307, 2500, 7)) x (n)
           WHERE pg_temp.state_after(kind || ':' || n) IS DISTINCT FROM :'expected'), NULL, 'a second pass makes good what ' || kind || ' errors have stopped')
FROM (VALUES ('server'), ('core'), ('memory')) k (kind);

SELECT * FROM finish();
