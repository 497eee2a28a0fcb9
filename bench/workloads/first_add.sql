-- The first line of a user who has no cart.
\set n :first + 1 + :i * :clients + :client_id
\set i :i + 1
\set line random(1, 8)
\set quantity random(1, 3)
SELECT cart_add(@item@, :quantity, user_id => 'f' || :n);
