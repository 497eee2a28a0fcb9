-- The rivals' tables, in schema "rival": the columns of cart_ext's, its fillfactor, and of its indexes those that
-- their calls need. No foreign key, no trigger, no CHECK, no row security: each would make them slower.
CREATE SCHEMA rival;
CREATE TABLE rival.carts (LIKE cart.carts INCLUDING DEFAULTS, PRIMARY KEY (tenant_id, cart_id)) WITH (fillfactor = 90);
CREATE UNIQUE INDEX carts_active_user ON rival.carts (tenant_id, user_id, till_id) WHERE status = 'active' AND user_id IS NOT NULL;
CREATE UNIQUE INDEX carts_active_session ON rival.carts (tenant_id, session_hash) WHERE status = 'active' AND session_hash IS NOT NULL;
CREATE UNIQUE INDEX carts_order_ref ON rival.carts (tenant_id, order_ref) WHERE order_ref IS NOT NULL AND status IN ('checkout', 'ordered');
CREATE INDEX carts_held ON rival.carts (tenant_id, location_id) WHERE status = 'held';
CREATE TABLE rival.items (LIKE cart.items INCLUDING DEFAULTS, PRIMARY KEY (tenant_id, cart_id, item_key)) WITH (fillfactor = 90);
CREATE TABLE rival.drafts (LIKE cart.drafts INCLUDING DEFAULTS, PRIMARY KEY (tenant_id, cart_id));
CREATE TABLE rival.requests (user_id text, key text, cart_id uuid, version bigint, created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (user_id, key)) WITH (fillfactor = 90);
-- Lines stand in the order of added_at, so that an upsert need not look for the last position.
ALTER TABLE rival.items ALTER position SET DEFAULT 0;
GRANT USAGE ON SCHEMA rival TO bench_shop;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rival TO bench_shop;
