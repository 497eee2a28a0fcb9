-- Sets a cart aside and takes it up again: two calls. Each client has carts of its own, or it would find one held.
\set n :client_id * (:carts / :clients) + random(1, :carts / :clients)
SELECT cart_hold(user_id => 'u' || :n);
SELECT cart_resume(@cart@, user_id => 'u' || :n);
