-- A cart that the client has already.
\set n random(1, 100)
SELECT cart_get(user_id => 'r' || :n, if_none_match => '00000001' || '-0000-0000-0000-' || lpad(to_hex(:n::bigint), 12, '0') || ':1');
