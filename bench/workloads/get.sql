-- A random cart.
\set n random(1, :carts)
SELECT cart_get(user_id => 'u' || :n);
