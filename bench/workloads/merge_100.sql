-- A guest's cart of 100 lines into the user's of 100, 40 of which match.
\set n :first + 1 + :i * :clients + :client_id
\set i :i + 1
SELECT cart_merge('m' || :n, 'guest ' || :n);
