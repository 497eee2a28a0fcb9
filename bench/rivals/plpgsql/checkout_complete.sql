\set n :first + 1 + :i * :clients + :client_id
\set i :i + 1
SELECT rival.cart_checkout('order ' || :n, 'm' || :n);
SELECT rival.cart_checkout_complete(@pool@);
