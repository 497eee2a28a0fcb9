\set n random(1, :carts)
\set line random(1, 8)
\set quantity random(1, 3)
\set note random(1, 1000000000)
SELECT rival.cart_add('u' || :n, @key@, 'p' || :line, :quantity, 9.90, @stored@ || jsonb_build_object('note', :note::bigint));
