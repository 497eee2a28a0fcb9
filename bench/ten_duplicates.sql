-- Makes owners that a workload mends: users m<n>, n from :first + 1 to :first + :calls, in schema :schema, each with ten
-- active carts of five lines each, of eight products in all.
SET session_replication_role = replica;
INSERT INTO :schema.carts (cart_id, user_id, created_at)
    SELECT ('0000000' || 2 || lpad(to_hex(n * 16 + duplicate), 24, '0'))::uuid, 'm' || n, now() + duplicate * interval '1 second'
    FROM generate_series(:first::bigint + 1, :first::bigint + :calls) n, generate_series(1, 10) duplicate;
INSERT INTO :schema.items (cart_id, item_key, position, product_id, quantity, unit_price, item, added_at)
    SELECT ('0000000' || 2 || lpad(to_hex(n * 16 + duplicate), 24, '0'))::uuid, item_key, line, product_id, 1 + line % 3, unit_price, item, now() + line * interval '1 microsecond'
    FROM generate_series(:first::bigint + 1, :first::bigint + :calls) n, generate_series(1, 10) duplicate, generate_series(1, 5) place,
        bench.products p WHERE line = 1 + (duplicate + place) % 8
    ORDER BY 1, 2;
