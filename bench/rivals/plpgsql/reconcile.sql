\set n :first + 1 + :i * :clients + :client_id
\set i :i + 1
SELECT rival.cart_reconcile('m' || :n);
