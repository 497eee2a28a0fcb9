-- Makes :carts carts of guests with two lines each, every tenth of them not used for a year.
CREATE EXTENSION cart_ext;
SELECT cart_setup() IS NOT NULL AS set_up;
SET cart_ext.loading = on;
INSERT INTO cart.carts (cart_id, session_hash, created_at, updated_at, last_accessed_at, sweep_from)
    SELECT lpad(to_hex(i), 32, '0')::uuid, sha256(convert_to('guest ' || i, 'UTF8')), used, used, used, used
    FROM generate_series(1, :carts) i, LATERAL (SELECT now() - interval '1 hour' - interval '1 year' * (i % 10 = 0)::int AS used) u;
INSERT INTO cart.items (cart_id, item_key, position, product_id, quantity, unit_price, item)
    SELECT lpad(to_hex(i), 32, '0')::uuid, cart_item_key(item), line, item ->> 'product_id', 1, 9.90, item
    FROM generate_series(1, :carts) i,
        (SELECT line, jsonb_build_object('product_id', 'product ' || line) AS item FROM generate_series(1, 2) line) l;
VACUUM (FREEZE, ANALYZE) cart.carts, cart.items;
CHECKPOINT;
