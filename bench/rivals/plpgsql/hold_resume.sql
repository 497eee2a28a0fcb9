\set n :client_id * (:carts / :clients) + random(1, :carts / :clients)
SELECT rival.cart_hold('u' || :n);
SELECT rival.cart_resume(@cart@, 'u' || :n);
