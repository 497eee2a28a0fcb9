\set n random(1, :carts)
\set line random(1, 8)
\set quantity random(1, 3)
\set call random(1, 1000000000000)
SELECT rival.cart_add_once('call ' || :call, 'u' || :n, @key@, 'p' || :line, :quantity, 9.90, @stored@);
