-- One basket in full: the guest's cart, the user's cart, the login that merges them.

-- A basket that shows much: a product on both sides, a refused line, not too long.
SELECT invoice_no AS invoice, session_token AS token, user_id AS "user"
FROM demo.baskets JOIN (
    SELECT invoice_no, count(*) FILTER (WHERE quantity > 0) BETWEEN 4 AND 10 AS short,
           count(*) FILTER (WHERE quantity <= 0) > 0 AS refused,
           count(DISTINCT stock_code) FILTER (WHERE quantity > 0 AND by_guest)
               + count(DISTINCT stock_code) FILTER (WHERE quantity > 0 AND NOT by_guest)
               > count(DISTINCT stock_code) FILTER (WHERE quantity > 0) AS shared
    FROM demo.lines GROUP BY invoice_no) AS facts USING (invoice_no)
ORDER BY short AND shared AND refused DESC, short AND shared DESC, short DESC, basket_no
LIMIT 1 \gset

\echo
\echo :bold'1. A guest fills a cart':plain
\echo
SELECT format(E'    SELECT cart_add(%L,\n                    quantity => %s, session_token => %L);',
              item, quantity, :'token') AS statement
FROM demo.lines WHERE invoice_no = :'invoice' AND by_guest AND quantity > 0 ORDER BY n LIMIT 1 \gset
\qecho :statement
\echo
\pset title 'The answer is the cart, with what this call changed (long values cut, empty members left out):'
SELECT * FROM demo.shape(demo.fill(:'invoice', by_guest => true, only_first => true));
SELECT demo.fill(:'invoice', by_guest => true, only_first => false) \g /dev/null

\pset title 'The guest\'s cart, when all is in:'
SELECT * FROM demo.receipt(cart_get(session_token => :'token'));

\echo :bold'2. The same person has a cart already, from another device':plain
\echo
SELECT demo.fill(:'invoice', by_guest => false, only_first => true),
       demo.fill(:'invoice', by_guest => false, only_first => false) \g /dev/null
\pset title 'The user\'s cart:'
SELECT * FROM demo.receipt(cart_get(user_id => :'user'));

SELECT count(*) > 0 AS some_refused FROM demo.refusals \gset
\if :some_refused
    \pset title 'What the file holds and no cart takes:'
    SELECT stock_code AS product, quantity, sqlstate, message, detail
    FROM demo.refusals JOIN demo.lines USING (line_no) ORDER BY line_no;
\endif

\echo :bold'3. The login':plain
\echo
SELECT format('    SELECT cart_merge(user_id => %L, session_token => %L);', :'user', :'token') AS statement \gset
\qecho :statement
\echo
SELECT cart_merge(user_id => :'user', session_token => :'token') AS answer \gset
UPDATE demo.baskets SET replayed = true, merge = (:'answer')::jsonb->'merge' WHERE invoice_no = :'invoice';
\pset title 'Its answer has the cart, and a report of the merge:'
SELECT * FROM demo.shape((:'answer')::jsonb->'merge');
\pset title 'The report, line by line:'
SELECT * FROM demo.report((:'answer')::jsonb->'merge'->'lines');
\pset title 'The user\'s cart after the login:'
SELECT * FROM demo.receipt((:'answer')::jsonb->'cart');

\echo :bold'4. The browser repeats the login':plain
\echo
SELECT cart_merge(user_id => :'user', session_token => :'token') AS again \gset
\pset title 'Nothing is counted twice:'
SELECT CASE place WHEN 1 THEN 'the login' ELSE 'its repetition' END AS "call",
       answer->'merge'->>'repeated' AS repeated, answer->'cart'->>'version' AS version,
       (answer->'cart'->'totals'->>'quantity')::numeric AS quantity,
       (answer->'cart'->'totals'->>'total')::numeric AS total
FROM (VALUES (1, (:'answer')::jsonb), (2, (:'again')::jsonb)) AS answers (place, answer) ORDER BY place;
