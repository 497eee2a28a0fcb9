\set n random(1, :carts)
\set line random(1, 8)
\set quantity random(1, 1000)
SELECT rival.cart_update('u' || :n, @key@, :quantity);
