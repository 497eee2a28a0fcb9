-- Makes a cart of five lines a draft order, then an order: two calls.
\set n :first + 1 + :i * :clients + :client_id
\set i :i + 1
SELECT cart_checkout('order ' || :n, user_id => 'm' || :n);
SELECT cart_checkout_complete(@pool@);
