-- Makes an owner's ten active carts of five lines one.
\set n :first + 1 + :i * :clients + :client_id
\set i :i + 1
SELECT cart_reconcile(user_id => 'm' || :n);
