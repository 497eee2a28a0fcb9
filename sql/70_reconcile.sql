-- Undoing merges, mending carts, settings of tenants.
\set VERBOSITY default
\set SHOW_CONTEXT never
CREATE VIEW all_carts AS
    SELECT coalesce(c.user_id, 'session') AS owner, c.status, c.version, string_agg(concat_ws(' ', i.quantity, i.product_id, i.unit_price, i.item ->> 'title'), ', ' ORDER BY i.position, i.item_key) AS lines,
        c.currency, c.metadata
    FROM cart.carts c LEFT JOIN cart.items i USING (tenant_id, cart_id)
    GROUP BY c.tenant_id, c.cart_id ORDER BY c.created_at, c.cart_id;

DELETE FROM cart.carts;
DELETE FROM cart.merges;
-- A merge undone: both carts as before, but for their versions; and merged again.
SELECT cart_add_items('[{"product_id": "a", "title": "old", "unit_price": 1}, {"product_id": "b"}]', user_id => 'm') -> 'version';
SELECT cart_add_items('[{"product_id": "a", "title": "new", "unit_price": 2}, {"product_id": "c"}]', session_token => 'g') -> 'version';
SELECT cart_set('{"currency": "EUR", "metadata": {"from": "guest"}}', session_token => 'g') -> 'version';
SELECT cart_merge('m', 'g') -> 'merge' ->> 'source_cart_id' AS source, cart_get(user_id => 'm') ->> 'cart_id' AS target \gset
SELECT * FROM all_carts;
SELECT u -> 'version' AS version, c ->> 'product_id' AS product, c ->> 'action' AS action, c -> 'quantity_before' AS before, c -> 'quantity_after' AS after, c -> 'price_after' AS price
FROM cart_unmerge(:'source') u, jsonb_array_elements(u -> 'changes') c;
SELECT * FROM all_carts;
SELECT count(*) FROM cart.merges;
\set VERBOSITY sqlstate
SELECT cart_unmerge(:'source');
\set VERBOSITY default
SELECT cart_merge('m', 'g') -> 'merge' -> 'repeated';
-- Not after the cart has changed; nor for another owner, nor where the session has another cart.
\set VERBOSITY sqlstate
BEGIN;
SELECT cart_add('{"product_id": "x"}', user_id => 'm') -> 'version';
SELECT cart_unmerge(:'source');
ROLLBACK;
SELECT cart_unmerge(:'source', user_id => 'n');
SELECT cart_unmerge(:'source', session_token => 'h');
SELECT cart_unmerge(:'source', tenant_id => 't');
SELECT cart_unmerge(NULL);
BEGIN;
SELECT cart_add('{"product_id": "x"}', session_token => 'g') -> 'version';
SELECT cart_unmerge(:'source');
ROLLBACK;
\set VERBOSITY default
SELECT cart_unmerge(:'source', user_id => 'm', session_token => 'g') -> 'user_id';
-- A cart that the user got whole goes back whole.
SELECT cart_merge('first', 'g') -> 'merge' ->> 'source_cart_id' = :'source' AS whole;
SELECT u -> 'user_id' AS "user", u -> 'status' AS status FROM cart_unmerge(:'source') u;
SELECT cart_get(user_id => 'first') IS NULL AS none, cart_get(session_token => 'g') ->> 'cart_id' = :'source' AS back;
DELETE FROM cart.carts;

-- Nothing amiss: nothing changes.
SELECT cart_reconcile(user_id => 'nobody');
SELECT cart_add('{"product_id": "a"}', user_id => 'r') -> 'version';
SELECT r -> 'reconcile' AS reconcile, r -> 'cart' -> 'version' AS version, r -> 'cart' -> 'changes' AS changes FROM cart_reconcile(user_id => 'r') r;
SELECT cart_reconcile_all();

-- Several active carts, lines that match, keys that are out of date.
BEGIN;
DROP INDEX cart.carts_active_user, cart.carts_active_session;
SET LOCAL cart_ext.loading = on;
INSERT INTO cart.carts (cart_id, user_id, created_at, currency, metadata) VALUES
    ('00000000-0000-0000-0000-000000000003', 'd', '2026-01-01', NULL, '{"a": 1}'), ('00000000-0000-0000-0000-000000000002', 'd', '2026-01-02', 'EUR', '{"a": 2, "b": 2}'),
    ('00000000-0000-0000-0000-000000000001', 'd', '2026-01-03', 'USD', '{}'), ('00000000-0000-0000-0000-000000000004', 'd', '2026-01-04', 'EUR', '{}');
INSERT INTO cart.items (cart_id, item_key, position, product_id, quantity, unit_price, item) VALUES
    ('00000000-0000-0000-0000-000000000003', cart_item_key('{"product_id": "a"}'), 1, 'a', 1, 5, '{"product_id": "a", "title": "first"}'),
    ('00000000-0000-0000-0000-000000000003', cart_item_key('{"product_id": "b"}'), 2, 'a', 0.5, NULL, '{"product_id": "a", "title": "double"}'),
    ('00000000-0000-0000-0000-000000000003', cart_item_key('{"product_id": "c"}'), 3, 'b', 7, 1, '{"product_id": "b"}'),
    ('00000000-0000-0000-0000-000000000003', cart_item_key('{"product_id": "x"}'), 4, '?', 9, 1, '{"sku": "no item"}'),
    ('00000000-0000-0000-0000-000000000002', cart_item_key('{"product_id": "a"}'), 1, 'a', 2, 6, '{"product_id": "a", "title": "second"}'),
    ('00000000-0000-0000-0000-000000000002', cart_item_key('{"product_id": "c"}'), 2, 'c', 3, 1, '{"product_id": "c"}'),
    ('00000000-0000-0000-0000-000000000001', cart_item_key('{"product_id": "a"}'), 1, 'a', 100, 6, '{"product_id": "a"}'),
    ('00000000-0000-0000-0000-000000000004', cart_item_key('{"product_id": "a"}'), 1, 'a', 1000000, 7, '{"product_id": "a", "title": "last"}');
RESET cart_ext.loading;
SELECT sum(quantity) FROM cart.items;
SAVEPOINT loaded;
SELECT r -> 'reconcile' AS reconcile, r -> 'cart' -> 'version' AS version, jsonb_array_length(r -> 'cart' -> 'changes') AS changes FROM cart_reconcile(user_id => 'd') r;
SELECT * FROM all_carts WHERE owner = 'd';
SELECT sum(quantity) FROM cart.items JOIN cart.carts USING (tenant_id, cart_id) WHERE status IN ('active', 'abandoned') AND user_id = 'd';
SELECT cart_reconcile(user_id => 'd') -> 'reconcile' -> 'changed';
SELECT bool_and(item_key = cart_item_key(item)) FROM cart.items WHERE cart_id = '00000000-0000-0000-0000-000000000003' AND item ? 'product_id';
-- The same for all owners at once.
ROLLBACK TO loaded;
SELECT cart_reconcile_all(max_owners => 1, tenant_id => 'elsewhere'), cart_reconcile_all(1);
SELECT * FROM all_carts WHERE owner = 'd';
SELECT cart_reconcile_all(), cart_setup() -> 'changes';
ROLLBACK;
SELECT cart_reconcile_all(0);

-- Settings of a tenant.
SELECT cart_configure('{"max_lines": 2, "max_quantity": 5.5, "merge_strategy": "max", "idempotency_ttl": "1 day 1 s"}', 't');
SELECT cart_configure('{"max_lines": null, "match_on": ["product_id", "size"], "idempotency_ttl": 60}', 't');
SELECT cart_configure('{}');
SELECT cart_add('{"product_id": "a", "size": "L", "options": {"x": 1}}', 5.5, user_id => 'u', tenant_id => 't') -> 'totals' -> 'quantity';
SELECT cart_add('{"product_id": "a", "size": "L"}', user_id => 'u', tenant_id => 't');
SELECT cart_add('{"product_id": "a", "size": "L"}', 2, session_token => 's', tenant_id => 't') -> 'version';
SELECT m -> 'merge' -> 'strategy' AS strategy, m -> 'cart' -> 'totals' -> 'quantity' AS quantity FROM cart_merge('u', 's', tenant_id => 't') m;
-- Keys follow match_on with the next reconciliation.
SELECT cart_add('{"product_id": "a", "size": "M"}', user_id => 'u', tenant_id => 't') -> 'totals' -> 'lines';
SELECT cart_configure('{"match_on": ["product_id"]}', 't') -> 'match_on';
SELECT r -> 'reconcile' AS reconcile, r -> 'cart' -> 'items' -> 0 -> 'quantity' AS quantity, r -> 'cart' -> 'totals' -> 'lines' AS lines FROM cart_reconcile(user_id => 'u', tenant_id => 't') r;
UPDATE cart.settings SET settings = '{}' WHERE tenant_id = 't';
SELECT cart_reconcile_all(tenant_id => 't');
SELECT cart_configure('{"max_lines": 0}');
SELECT cart_configure('{"max_lines": 1.5}');
SELECT cart_configure('{"max_lines": "5"}');
SELECT cart_configure('{"max_quantity": 0}');
SELECT cart_configure('{"max_item_bytes": 1e12}');
SELECT cart_configure('{"merge_strategy": "min"}');
SELECT cart_configure('{"match_on": []}');
SELECT cart_configure('{"match_on": ["product_id", 7]}');
SELECT cart_configure('{"match_on": ["unit_price"]}');
SELECT cart_configure('{"match_on": "sku"}');
SELECT cart_configure('{"idempotency_ttl": "soon"}');
SELECT cart_configure('{"idempotency_ttl": "-1 day"}');
SELECT cart_configure('{"colour": "red"}');
SELECT cart_configure('[]');
SELECT cart_configure(NULL);
DROP VIEW all_carts;
DELETE FROM cart.carts;
DELETE FROM cart.merges;
DELETE FROM cart.settings;
