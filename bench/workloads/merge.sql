-- A guest's cart of five lines into the user's of five, two of which match.
\set n :first + 1 + :i * :clients + :client_id
\set i :i + 1
SELECT cart_merge('m' || :n, 'guest ' || :n);
