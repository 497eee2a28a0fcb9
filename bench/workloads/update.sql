-- Sets the quantity of a random line of a random cart, nearly always to another one: cart_ext would not write the same.
\set n random(1, :carts)
\set line random(1, 8)
\set quantity random(1, 1000)
SELECT cart_update(@key@, :quantity, user_id => 'u' || :n);
