-- What holds for direct writes.
\set VERBOSITY default
\set SHOW_CONTEXT never
INSERT INTO cart.carts (user_id) VALUES ('direct') RETURNING cart_id \gset
SELECT status, version, metadata, substring(cart_id::text, 15, 1) AS uuid_version FROM cart.carts WHERE cart_id = :'cart_id';

-- Key, product and position follow; quantity and price may stand in the item.
INSERT INTO cart.items (cart_id, item) VALUES (:'cart_id', '{"product_id": "a", "quantity": 2, "unit_price": 5, "totals": {}}'), (:'cart_id', '{"product_id": 7}')
    RETURNING item_key = cart_item_key(item) AS key_follows, position, product_id, quantity, unit_price, item;
INSERT INTO cart.items (cart_id, product_id, quantity) VALUES (:'cart_id', 'b', 3) RETURNING item_key = cart_item_key(item) AS key_follows, position, item;
SELECT version FROM cart.carts WHERE cart_id = :'cart_id';

-- INSERT … ON CONFLICT finds the line that a call made.
SELECT cart_add('{"product_id": "c", "options": ["x", "y"]}', user_id => 'direct') -> 'version';
INSERT INTO cart.items (cart_id, item) VALUES (:'cart_id', '{"product_id": "c", "options": ["y", "x"]}')
    ON CONFLICT (tenant_id, cart_id, item_key) DO UPDATE SET quantity = items.quantity + excluded.quantity RETURNING quantity;
INSERT INTO cart.items (cart_id, item) VALUES (:'cart_id', '{"product_id": "c", "options": ["y", "x"]}') ON CONFLICT DO NOTHING;

-- A changed identity moves the key.
UPDATE cart.items SET item = item || '{"options": ["z"]}' WHERE product_id = 'c' RETURNING item_key = cart_item_key(item) AS key_follows, quantity;
UPDATE cart.items SET item_key = gen_random_uuid() WHERE product_id = 'c' RETURNING item_key = cart_item_key(item) AS key_follows;
UPDATE cart.items SET item = item || '{"quantity": 9}' WHERE product_id = 'c' RETURNING quantity, item;
UPDATE cart.items SET quantity = 4 WHERE product_id = 'c' RETURNING quantity;

-- Refused.
UPDATE cart.items SET quantity = 0 WHERE product_id = 'c';
\echo :LAST_ERROR_SQLSTATE
INSERT INTO cart.items (cart_id, item, quantity) VALUES (:'cart_id', '{"product_id": "q"}', -1);
\echo :LAST_ERROR_SQLSTATE
INSERT INTO cart.items (cart_id, item, unit_price) VALUES (:'cart_id', '{"product_id": "q"}', -1);
\echo :LAST_ERROR_SQLSTATE
INSERT INTO cart.items (cart_id, item) VALUES (:'cart_id', '{"name": "q"}');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO cart.items (item) VALUES ('{"product_id": "q"}');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO cart.items (tenant_id, cart_id, item) VALUES (NULL, :'cart_id', '{"product_id": "q"}');
\echo :LAST_ERROR_SQLSTATE
UPDATE cart.items SET cart_id = NULL;
\echo :LAST_ERROR_SQLSTATE
INSERT INTO cart.items (cart_id, quantity) VALUES (:'cart_id', 1);
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY terse
INSERT INTO cart.items (cart_id, item) VALUES (gen_random_uuid(), '{"product_id": "q"}');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO cart.items (cart_id, item, quantity) VALUES (:'cart_id', '{"product_id": "q"}', 'NaN');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO cart.carts (tenant_id, user_id) VALUES (NULL, 'u');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO cart.carts (user_id, status) VALUES ('u', NULL);
\echo :LAST_ERROR_SQLSTATE
UPDATE cart.carts SET version = NULL, till_id = NULL WHERE user_id = 'direct';
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
INSERT INTO cart.carts (user_id) VALUES ('direct');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO cart.carts (user_id, status) VALUES ('direct', 'open');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO cart.carts (user_id, session_hash) VALUES ('direct2', sha256('x'));
\echo :LAST_ERROR_SQLSTATE
INSERT INTO cart.carts DEFAULT VALUES;
\echo :LAST_ERROR_SQLSTATE
INSERT INTO cart.carts (session_hash) VALUES ('short');
\echo :LAST_ERROR_SQLSTATE

-- The version rises with every direct write.
SELECT version FROM cart.carts WHERE cart_id = :'cart_id' \gset
DELETE FROM cart.items WHERE product_id = 'b';
UPDATE cart.carts SET label = 'x', version = 1 WHERE cart_id = :'cart_id';
SELECT version - :version AS risen FROM cart.carts WHERE cart_id = :'cart_id';

-- Lines change only while the cart is active.
UPDATE cart.carts SET status = 'held' WHERE cart_id = :'cart_id';
\set VERBOSITY sqlstate
INSERT INTO cart.items (cart_id, item) VALUES (:'cart_id', '{"product_id": "late"}');
UPDATE cart.items SET quantity = 1 WHERE cart_id = :'cart_id';
DELETE FROM cart.items WHERE cart_id = :'cart_id';
-- … but a cart can be deleted with its lines.
DELETE FROM cart.carts WHERE cart_id = :'cart_id';
SELECT count(*) FROM cart.items WHERE cart_id = :'cart_id';

-- Silent where a replica applies changes, and for the owner who loads.
SET session_replication_role = replica;
INSERT INTO cart.carts (cart_id, user_id, status) VALUES (gen_random_uuid(), 'replica', 'odd');
RESET session_replication_role;
SET cart_ext.loading = on;
UPDATE cart.carts SET version = 5 WHERE user_id = 'replica' RETURNING version, status;
RESET cart_ext.loading;
UPDATE cart.carts SET version = 5 WHERE user_id = 'replica';
DELETE FROM cart.carts WHERE user_id = 'replica';

-- An application's own trigger is no part of the library: the rules hold for what it writes, also
-- while a call writes, and also where it calls the library again.
INSERT INTO cart.carts (user_id) VALUES ('gifts') RETURNING cart_id \gset
CREATE FUNCTION gift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.product_id = 'a' THEN
        INSERT INTO cart.items (cart_id, item) VALUES (NEW.cart_id, '{"product_id": "gift"}');
    ELSIF NEW.product_id = 'b' THEN
        PERFORM public.cart_add('{"product_id": "c"}', user_id => 'gifts');
    ELSIF NEW.product_id = 'c' THEN
        EXECUTE 'ALTER TABLE cart.merges SET (fillfactor = 100)';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER gift AFTER INSERT ON cart.items FOR EACH ROW EXECUTE FUNCTION gift();
SELECT cart_add('{"product_id": "a"}', user_id => 'gifts') -> 'totals' -> 'lines' AS lines;
SELECT cart_add('{"product_id": "b"}', user_id => 'gifts') -> 'totals' -> 'lines' AS lines;
SELECT product_id, item_key = cart_item_key(item) AS key_follows FROM cart.items WHERE cart_id = :'cart_id' ORDER BY product_id;
SELECT version FROM cart.carts WHERE cart_id = :'cart_id';
DROP TRIGGER gift ON cart.items;

-- Tables that are not ours, or were altered, are read only as what they are.
CREATE TABLE cart.regress_other (status bigint, user_id bigint, session_hash bytea, version bigint, cart_id uuid, updated_at timestamptz);
CREATE TRIGGER x BEFORE INSERT ON cart.regress_other FOR EACH ROW EXECUTE FUNCTION cart_carts_rules();
INSERT INTO cart.regress_other VALUES (1, 1);
DROP TABLE cart.regress_other;
SET cart_ext.loading = on;
INSERT INTO cart.items (cart_id, item_key, position, product_id, quantity, item) VALUES (:'cart_id', gen_random_uuid(), 99, 'odd', 1, '[1, 2, 3]');
RESET cart_ext.loading;
SELECT i -> 'product_id' AS product FROM jsonb_array_elements(cart_get(user_id => 'gifts') -> 'items') i;
DELETE FROM cart.carts WHERE cart_id = :'cart_id';

-- Metadata is an object; what was loaded otherwise does no harm.
SELECT cart_add('{"product_id": "a"}', user_id => 'meta') ->> 'cart_id' AS cart_id \gset
UPDATE cart.carts SET metadata = '[1]' WHERE cart_id = :'cart_id';
SET cart_ext.loading = on;
UPDATE cart.carts SET metadata = '"🏀"' WHERE cart_id = :'cart_id';
RESET cart_ext.loading;
SELECT cart_set('{"metadata": {"a": 1}}', user_id => 'meta') -> 'metadata';

-- An application's trigger writes to the cart, too: the answer is of the cart as it then is.
CREATE FUNCTION late_gift() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN UPDATE cart.carts SET label = 'with a gift' WHERE cart_id = new.cart_id; RETURN NULL; END $$;
CREATE TRIGGER late_gift AFTER INSERT ON cart.items FOR EACH ROW EXECUTE FUNCTION late_gift();
SELECT cart_add('{"product_id": "b"}', user_id => 'meta') AS answer \gset
SELECT :'answer'::jsonb -> 'label' AS label, (:'answer'::jsonb ->> 'version')::int = version AS right_version FROM cart.carts WHERE cart_id = :'cart_id';
DROP FUNCTION late_gift CASCADE;
DELETE FROM cart.carts WHERE cart_id = :'cart_id';
