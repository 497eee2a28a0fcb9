-- Adds to a random line of a random cart, once for a key: each call has one of its own.
\set n random(1, :carts)
\set line random(1, 8)
\set quantity random(1, 3)
\set call random(1, 1000000000000)
SELECT cart_add(@item@, :quantity, user_id => 'u' || :n, idempotency_key => 'call ' || :call);
