-- Adds to a random line of a random cart, with an item that was not added before: its note is another each time.
\set n random(1, :carts)
\set line random(1, 8)
\set quantity random(1, 3)
\set note random(1, 1000000000)
SELECT cart_add(@item@ || jsonb_build_object('note', :note::bigint), :quantity, user_id => 'u' || :n);
