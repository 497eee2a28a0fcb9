-- The same, answered with the whole cart (cart_ext.return_cart = on).
\set n random(1, :carts)
\set line random(1, 8)
\set quantity random(1, 3)
SELECT cart_add(@item@, :quantity, user_id => 'u' || :n);
