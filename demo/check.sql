-- Every basket must have come out exactly: the file's own sums against the carts.

-- From the file alone. Of a product's several prices the newest counts; in the merge the guest's cart
-- is the newer side.
CREATE TABLE demo.expected AS
    SELECT invoice_no, stock_code, sum(quantity) AS quantity,
           coalesce((array_agg(unit_price ORDER BY by_guest DESC, n DESC))[1], 0) AS unit_price
    FROM demo.lines WHERE quantity > 0 GROUP BY invoice_no, stock_code;

-- From the tables, as any application may read them.
CREATE TABLE demo.found AS
    SELECT user_id AS invoice_no, product_id AS stock_code, quantity, coalesce(unit_price, 0) AS unit_price
    FROM cart.carts JOIN cart.items USING (tenant_id, cart_id)
    WHERE user_id IS NOT NULL AND status = 'active';

-- And the sums that cart_get() gives.
CREATE TABLE demo.found_totals AS
    SELECT invoice_no, (cart->'totals'->>'total')::numeric AS total, (cart->'totals'->>'lines')::int AS lines,
           (cart->'totals'->>'quantity')::numeric AS quantity
    FROM demo.baskets, LATERAL (SELECT cart_get(user_id => user_id) AS cart) AS answer
    WHERE cart IS NOT NULL;

CREATE TABLE demo.mismatches AS
    SELECT invoice_no, stock_code, 'line differs' AS what,
           format('%s × %s', e.quantity, e.unit_price) AS expected, format('%s × %s', f.quantity, f.unit_price) AS found
    FROM demo.expected AS e FULL JOIN demo.found AS f USING (invoice_no, stock_code)
    WHERE e.quantity IS DISTINCT FROM f.quantity OR e.unit_price IS DISTINCT FROM f.unit_price
    UNION ALL
    SELECT invoice_no, NULL, 'total differs', e.total::text, f.total::text
    FROM (SELECT invoice_no, sum(round(quantity * unit_price, 2)) AS total, count(*) AS lines
          FROM demo.expected GROUP BY invoice_no) AS e
         FULL JOIN demo.found_totals AS f USING (invoice_no)
    WHERE e.total IS DISTINCT FROM f.total OR e.lines IS DISTINCT FROM f.lines
    UNION ALL
    SELECT invoice_no, stock_code, 'must be refused with KC005', 'KC005', coalesce(sqlstate, 'accepted')
    FROM demo.lines LEFT JOIN demo.refusals USING (line_no)
    WHERE quantity <= 0 AND sqlstate IS DISTINCT FROM 'KC005'
    UNION ALL
    SELECT invoice_no, NULL, 'must be merged exactly when the guest had a cart', had::text, merge->>'merged'
    FROM demo.baskets JOIN (
        SELECT invoice_no, bool_or(by_guest AND quantity > 0) AS had FROM demo.lines GROUP BY invoice_no) AS guest
        USING (invoice_no)
    WHERE had IS DISTINCT FROM (merge->>'merged')::boolean
    UNION ALL
    SELECT NULL, NULL, 'guest carts left over', '0', count(*)::text
    FROM cart.carts WHERE user_id IS NULL AND status = 'active' HAVING count(*) > 0;

\pset title 'The replay'
SELECT (SELECT count(*) FROM demo.baskets) AS baskets,
       (SELECT count(*) FROM demo.lines) AS lines,
       (SELECT count(*) FROM demo.refusals) AS "refused, KC005",
       count(*) FILTER (WHERE merge->>'merged' = 'true') AS "merged",
       count(*) FILTER (WHERE merge->>'merged' = 'false') AS "no guest cart"
FROM demo.baskets;

\pset title 'The rate, one session on its own'
SELECT round(lines / nullif(extract(epoch FROM adding), 0)) AS "lines a second",
       round(merges / nullif(extract(epoch FROM merging), 0)) AS "merges a second",
       round(extract(epoch FROM overall), 1) AS "seconds in all"
FROM demo.timing;

\pset title 'The check: an independent GROUP BY over the file against the carts'
SELECT 'the file' AS "says", count(*) AS lines, sum(quantity) AS quantity,
       sum(round(quantity * unit_price, 2)) AS money FROM demo.expected
UNION ALL
SELECT 'the tables', count(*), sum(quantity), sum(round(quantity * unit_price, 2)) FROM demo.found
UNION ALL
SELECT 'cart_get()', sum(lines), sum(quantity), sum(total) FROM demo.found_totals
ORDER BY "says" DESC;

SELECT count(*) = 0 AS exact, count(*) AS wrong FROM demo.mismatches \gset
\if :exact
    \echo :good'Every basket came out exactly.':plain
\else
    \pset title 'What differs (the first 20)'
    SELECT * FROM demo.mismatches ORDER BY invoice_no, stock_code LIMIT 20;
    \echo :bad'Baskets that did not come out exactly:' :wrong 'differences.':plain
    \set SHOW_CONTEXT never
    DO $$ BEGIN RAISE EXCEPTION 'the demo''s baskets did not come out exactly'; END $$;
\endif
