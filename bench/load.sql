-- Makes :carts carts of users u1, u2, … with eight lines each, and copies them for the rivals. Also r1 to r100, whose
-- carts no workload changes. cart_id is made of a kind (0: these, 1: those of r) and a number, so that a
-- client knows it.
CREATE EXTENSION cart_ext;
SELECT cart_setup() IS NOT NULL AS set_up;
SELECT cart_grant('bench_shop', 'application');
\ir rivals/tables.sql
\ir measure.sql

CREATE TABLE bench.products AS
    SELECT line, item ->> 'product_id' AS product_id, cart_item_key(item) AS item_key, 9.90 AS unit_price, item
    FROM generate_series(1, 200) line, jsonb_build_object('product_id', 'p' || line, 'title', 'A product of some kind',
        'options', '{"color": "red", "size": "M"}'::jsonb) item;
GRANT SELECT ON bench.products TO bench_shop;

-- Rows as cart_ext writes them, without its triggers and the foreign key's.
SET session_replication_role = replica;
INSERT INTO cart.carts (cart_id, user_id, created_at, updated_at, last_accessed_at, sweep_from)
    SELECT (lpad(to_hex(kind), 8, '0') || lpad(to_hex(n), 24, '0'))::uuid, prefix || n, moment, moment, moment, moment
    FROM (VALUES (0, 'u', :carts), (1, 'r', 100)) k(kind, prefix, carts), generate_series(1, carts) n, (SELECT now() - interval '1 hour' AS moment) m;
-- In the order of the key, without a sort of them all.
CREATE TEMPORARY TABLE eight AS SELECT * FROM bench.products WHERE line <= 8 ORDER BY item_key;
INSERT INTO cart.items (cart_id, item_key, position, product_id, quantity, unit_price, item, added_at, updated_at)
    SELECT cart_id, item_key, line, product_id, 1 + line % 3, unit_price, item, added_at, created_at
    FROM cart.carts c, LATERAL (SELECT *, c.created_at + line * interval '1 microsecond' AS added_at FROM eight OFFSET 0) line;
\ir rivals/copy.sql
RESET session_replication_role;
VACUUM (FREEZE, ANALYZE) cart.carts, cart.items, rival.carts, rival.items;

-- Pairs of items for cart_items_match(): half of them equal, the others but for one option.
CREATE TABLE bench.pairs AS
    SELECT item AS a, CASE WHEN n % 2 = 0 THEN item ELSE jsonb_set(item, '{options,color}', '"blue"') END AS b
    FROM generate_series(1, 20000) n, jsonb_build_object('product_id', 'p' || n % 100, 'title', 'A product of some kind', 'unit_price', 9.90,
        'options', jsonb_build_object('color', 'red', 'size', 'M', 'engraving', 'number ' || n)) item;
VACUUM (FREEZE, ANALYZE) bench.pairs;
GRANT SELECT ON bench.pairs TO bench_shop;
