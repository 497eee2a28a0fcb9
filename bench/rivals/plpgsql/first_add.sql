\set n :first + 1 + :i * :clients + :client_id
\set i :i + 1
\set line random(1, 8)
\set quantity random(1, 3)
SELECT rival.cart_add('f' || :n, @key@, 'p' || :line, :quantity, 9.90, @stored@, @pool@);
