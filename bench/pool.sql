-- Makes carts that a workload uses up: those numbered from :first + 1 to :first + :calls, in schema :schema. Of a user
-- m<n> (kind 2) with products 1 to :lines; and, where :matching is not negative, of a guest with the token
-- "guest <n>" (kind 3) with as many lines, of which the first :matching match the user's last.
SET session_replication_role = replica;
INSERT INTO :schema.carts (cart_id, user_id, session_hash)
    SELECT ('0000000' || kind || lpad(to_hex(n), 24, '0'))::uuid, CASE WHEN kind = 2 THEN 'm' || n END,
        CASE WHEN kind = 3 THEN sha256(convert_to('guest ' || n, 'UTF8')) END
    FROM generate_series(2, CASE WHEN :matching < 0 THEN 2 ELSE 3 END) kind, generate_series(:first::bigint + 1, :first::bigint + :calls) n;
INSERT INTO :schema.items (cart_id, item_key, position, product_id, quantity, unit_price, item, added_at)
    SELECT ('0000000' || kind || lpad(to_hex(n), 24, '0'))::uuid, item_key, line, product_id, 1 + line % 3, unit_price, item, now() + line * interval '1 microsecond'
    FROM generate_series(2, CASE WHEN :matching < 0 THEN 2 ELSE 3 END) kind,
        generate_series(:first::bigint + 1, :first::bigint + :calls) n,
        bench.products p
    WHERE line BETWEEN CASE WHEN kind = 3 THEN :lines - :matching + 1 ELSE 1 END AND CASE WHEN kind = 3 THEN 2 * :lines - :matching ELSE :lines END
    ORDER BY 1, 2;
