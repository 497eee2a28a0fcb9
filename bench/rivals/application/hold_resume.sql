-- Four statements for each call.
\set n :client_id * (:carts / :clients) + random(1, :carts / :clients)
BEGIN;
SELECT cart_id, version FROM rival.carts WHERE tenant_id = '' AND user_id = 'u' || :n AND till_id = '' AND status = 'active' FOR NO KEY UPDATE \gset
UPDATE rival.carts SET status = 'held', expires_at = now() + interval '24 hours', version = version + 1, updated_at = now(), last_accessed_at = now()
WHERE tenant_id = '' AND cart_id = :cart_id;
COMMIT;
BEGIN;
SELECT status, version FROM rival.carts WHERE tenant_id = '' AND cart_id = :cart_id FOR NO KEY UPDATE \gset
UPDATE rival.carts SET status = 'active', user_id = 'u' || :n, expires_at = NULL, version = version + 1, updated_at = now(), last_accessed_at = now()
WHERE tenant_id = '' AND cart_id = :cart_id;
COMMIT;
