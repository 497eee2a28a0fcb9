-- The limit: one update for each call.
\set n :client_id * (:carts / :clients) + random(1, :carts / :clients)
UPDATE rival.carts SET status = 'held', expires_at = now() + interval '24 hours', version = version + 1, updated_at = now(), last_accessed_at = now()
WHERE tenant_id = '' AND user_id = 'u' || :n AND till_id = '' AND status = 'active' RETURNING cart_id, version;
UPDATE rival.carts SET status = 'active', expires_at = NULL, version = version + 1, updated_at = now(), last_accessed_at = now()
WHERE tenant_id = '' AND cart_id = @cart@ AND status = 'held' RETURNING version;
