-- Makes :owners owners, half of them users and half guests, with 1 to 20 active carts each, of 1 to 4
-- lines each: what a shop without the unique indexes and the triggers ends up with. Takes the
-- indexes away; cart_setup() brings them back.
CREATE EXTENSION IF NOT EXISTS cart_ext;
SELECT cart_setup() IS NOT NULL AS set_up;
DROP INDEX cart.carts_active_user, cart.carts_active_session;
SET cart_ext.loading = on;
CREATE TEMPORARY TABLE duplicates AS
    SELECT owner, owner % 2 = 0 AS is_guest, gen_random_uuid() AS cart_id
    FROM generate_series(1, :owners) owner, generate_series(1, 1 + (owner * 7) % 20);
INSERT INTO cart.carts (cart_id, user_id, session_hash)
    SELECT cart_id, CASE WHEN NOT is_guest THEN 'user ' || owner END,
        CASE WHEN is_guest THEN sha256(convert_to('session ' || owner, 'UTF8')) END
    FROM duplicates;
INSERT INTO cart.items (cart_id, item_key, position, product_id, quantity, item)
    SELECT cart_id, cart_item_key(item), line, item ->> 'product_id', 1 + (owner + line) % 5, item
    FROM duplicates, generate_series(1, 1 + owner % 4) line,
        jsonb_build_object('product_id', 'product ' || (owner + line * 3) % 7) item;
RESET cart_ext.loading;
ANALYZE cart.carts, cart.items;
