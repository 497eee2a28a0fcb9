-- The limit: the version, which the client compares.
\set n random(1, 100)
SELECT cart_id, version FROM rival.carts WHERE tenant_id = '' AND user_id = 'r' || :n AND till_id = '' AND status = 'active';
