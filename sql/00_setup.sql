-- The extension and its tables, for the scripts that follow.
CREATE EXTENSION cart_ext;

-- Before cart_setup() a call says so.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT cart_get(user_id => '1');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default

SELECT jsonb_pretty(cart_setup() - 'owner');
-- Again: nothing to do.
SELECT cart_setup() - 'owner';

-- What it made.
SELECT c.relname, c.relkind, c.relowner = current_user::regrole::oid AS mine, c.relacl IS NULL AS no_grants
FROM pg_class c WHERE c.relnamespace = 'cart'::regnamespace ORDER BY 1;

-- Every primary key begins with tenant_id.
SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'cart'::regnamespace AND contype IN ('p', 'f', 'c') ORDER BY 1, 2;

-- The tables depend on the extension by their triggers alone.
SELECT DISTINCT d.classid::regclass, d.deptype
FROM pg_depend e JOIN pg_depend d ON d.refclassid = e.classid AND d.refobjid = e.objid
WHERE e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e' AND d.deptype <> 'e' AND d.objid >= 16384
    AND NOT EXISTS (SELECT FROM pg_depend m WHERE m.classid = d.classid AND m.objid = d.objid AND m.deptype = 'e')
    AND d.classid NOT IN ('pg_rewrite'::regclass, 'pg_type'::regclass); -- of the extension's own view

-- Every function has a comment, and nobody but its owner may execute it.
SELECT p.oid::regprocedure AS without FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
WHERE d.refclassid = 'pg_extension'::regclass AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
    AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'cart_ext')
    AND (obj_description(p.oid, 'pg_proc') IS NULL OR has_function_privilege('pg_monitor', p.oid, 'EXECUTE'));

-- It mends what was taken away, and takes back what was given.
DROP INDEX cart.carts_active_user;
DROP TRIGGER zz_cart_ext_rules ON cart.items;
ALTER TABLE cart.carts DISABLE TRIGGER zz_cart_ext_rules;
ALTER TABLE cart.carts DROP COLUMN label;
GRANT SELECT ON cart.carts TO PUBLIC;
GRANT USAGE ON SCHEMA cart TO pg_monitor WITH GRANT OPTION;
GRANT SELECT (session_hash), UPDATE (status) ON cart.carts TO pg_read_all_stats;
SELECT jsonb_pretty(cart_setup() -> 'changes');
SELECT cart_setup() -> 'changes';

-- It takes over nothing that is another role's.
BEGIN;
CREATE ROLE regress_cart_other;
CREATE ROLE regress_cart_owner;
ALTER TABLE cart.items OWNER TO regress_cart_other;
SAVEPOINT s;
SELECT cart_setup();
ROLLBACK TO s;
SELECT cart_setup(owner => 'regress_cart_owner');
ROLLBACK;
BEGIN;
CREATE ROLE regress_cart_other;
DROP SCHEMA cart CASCADE;
CREATE SCHEMA cart AUTHORIZATION regress_cart_other;
SELECT cart_setup();
ROLLBACK;
BEGIN;
DROP TABLE cart.items;
CREATE VIEW cart.items AS SELECT 1;
SELECT cart_setup();
ROLLBACK;

-- Another owner, who is no superuser, gets the functions, and can run it again.
BEGIN;
CREATE ROLE regress_cart_owner;
DROP SCHEMA cart CASCADE;
SELECT cart_setup(owner => 'regress_cart_owner') -> 'owner';
SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'cart'::regnamespace;
SET LOCAL ROLE regress_cart_owner;
SELECT cart_add('{"product_id": "mug"}', user_id => 'u') -> 'version';
SELECT cart_setup() -> 'changes';
SELECT count(*) FROM cart.items;
ROLLBACK;
-- The extension's schema may be private.
BEGIN;
CREATE ROLE regress_cart_owner;
DROP SCHEMA cart CASCADE;
CREATE SCHEMA regress_cart_private;
ALTER EXTENSION cart_ext SET SCHEMA regress_cart_private;
SELECT regress_cart_private.cart_setup(owner => 'regress_cart_owner') -> 'owner';
SET LOCAL ROLE regress_cart_owner;
SELECT regress_cart_private.cart_add('{"product_id": "mug"}', user_id => 'u') -> 'version';
ROLLBACK;
-- Settings of the caller do not confuse it.
BEGIN;
SET LOCAL quote_all_identifiers = on;
SET LOCAL search_path = cart, pg_temp;
SELECT public.cart_setup() -> 'changes';
SHOW quote_all_identifiers;
SHOW search_path;
ROLLBACK;
-- Tables of a newer library are left alone.
BEGIN;
COMMENT ON SCHEMA cart IS 'cart_ext: shopping carts (layout 2)';
ALTER TABLE cart.carts SET (fillfactor = 90);
SAVEPOINT s;
SELECT cart_setup();
ROLLBACK TO s;
SELECT cart_get(user_id => 'u');
ROLLBACK;
-- Not for a role that the caller may not act as.
BEGIN;
CREATE ROLE regress_cart_owner;
CREATE ROLE regress_cart_other;
GRANT EXECUTE ON FUNCTION cart_setup(regrole) TO regress_cart_other;
SET LOCAL ROLE regress_cart_other;
SELECT cart_setup(owner => 'regress_cart_owner');
ROLLBACK;

-- It sees what is there under our names, but is not ours.
BEGIN;
DROP INDEX cart.carts_active_user;
CREATE INDEX carts_active_user ON cart.carts (user_id);
DROP INDEX cart.carts_active_session;
CREATE UNIQUE INDEX carts_active_session ON cart.carts (tenant_id, session_hash) WITH (fillfactor = 80)
    WHERE status = 'active' AND session_hash IS NOT NULL;
ALTER TABLE cart.items DROP CONSTRAINT items_tenant_id_cart_id_fkey, DROP CONSTRAINT items_pkey;
ALTER TABLE cart.carts ALTER COLUMN version DROP NOT NULL, ALTER COLUMN metadata DROP DEFAULT;
DROP TRIGGER zz_cart_ext_rules ON cart.carts;
CREATE TRIGGER zz_cart_ext_rules BEFORE INSERT ON cart.carts FOR EACH ROW EXECUTE FUNCTION cart_carts_rules();
SELECT jsonb_pretty(cart_setup() -> 'changes');
SELECT cart_setup() -> 'changes';
SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'cart'::regnamespace AND contype IN ('p', 'f', 'c') ORDER BY 1, 2;
ALTER TABLE cart.carts ALTER COLUMN label TYPE varchar(20);
SELECT cart_setup() -> 'changes';
ROLLBACK;

-- Owners in the way of a unique index are named.
BEGIN;
DROP INDEX cart.carts_active_user;
INSERT INTO cart.carts (user_id) SELECT 'twice' FROM generate_series(1, 2);
INSERT INTO cart.carts (user_id, till_id) SELECT 'cashier', 'till 1' FROM generate_series(1, 3);
INSERT INTO cart.carts (user_id, till_id) SELECT 'cashier', 'till 2';
SELECT cart_setup();
ROLLBACK;
