-- From the file's lines to baskets: one invoice, one basket, one user who was a guest before.

-- An invoice's odd lines are put into the basket by a guest, its even lines by the user.
CREATE TABLE demo.lines AS
    SELECT line_no, invoice_no, quantity, stock_code, description, unit_price, n, n % 2 = 1 AS by_guest,
           jsonb_strip_nulls(jsonb_build_object(
               'product_id', stock_code, 'title', description, 'unit_price', unit_price)) AS item
    FROM (SELECT *, row_number() OVER (PARTITION BY invoice_no ORDER BY line_no) AS n
          FROM demo.csv) AS numbered;
CREATE UNIQUE INDEX ON demo.lines (invoice_no, n);

CREATE TABLE demo.baskets AS
    SELECT row_number() OVER (ORDER BY min(line_no)) AS basket_no, invoice_no,
           invoice_no AS user_id, cart_session_create() AS session_token,
           count(*) AS lines, false AS replayed, NULL::jsonb AS merge
    FROM demo.lines GROUP BY invoice_no;
CREATE UNIQUE INDEX ON demo.baskets (basket_no);
CREATE UNIQUE INDEX ON demo.baskets (invoice_no);
ANALYZE demo.lines, demo.baskets;

-- What cart_ext refused to add.
CREATE TABLE demo.refusals (line_no bigint, sqlstate text, message text, detail text);

CREATE TABLE demo.timing (lines bigint, merges bigint, adding interval, merging interval, overall interval);

-- Adds one line for whoever adds it, or notes why that was refused. Returns the call's answer.
CREATE FUNCTION demo.add(line demo.lines, basket demo.baskets) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    refusal demo.refusals;
BEGIN
    -- Only where a refusal is due is it caught: any other error ends the demo.
    IF line.quantity > 0 THEN
        RETURN cart_add(line.item, line.quantity,
                        user_id => CASE WHEN NOT line.by_guest THEN basket.user_id END,
                        session_token => CASE WHEN line.by_guest THEN basket.session_token END);
    END IF;
    BEGIN
        RETURN cart_add(line.item, line.quantity,
                        user_id => CASE WHEN NOT line.by_guest THEN basket.user_id END,
                        session_token => CASE WHEN line.by_guest THEN basket.session_token END);
    EXCEPTION WHEN SQLSTATE 'KC005' THEN
        GET STACKED DIAGNOSTICS refusal.sqlstate = RETURNED_SQLSTATE,
                                refusal.message = MESSAGE_TEXT, refusal.detail = PG_EXCEPTION_DETAIL;
        refusal.line_no := line.line_no;
        INSERT INTO demo.refusals VALUES (refusal.*);
        RETURN NULL;
    END;
END $$;

-- Adds a side's first good line, or all others. Returns the answer to the last call.
CREATE FUNCTION demo.fill(invoice text, by_guest boolean, only_first boolean) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    basket demo.baskets;
    line demo.lines;
    first_n bigint;
    answer jsonb;
BEGIN
    SELECT * INTO basket FROM demo.baskets AS b WHERE b.invoice_no = invoice;
    SELECT min(n) INTO first_n FROM demo.lines AS l
        WHERE l.invoice_no = invoice AND l.by_guest = fill.by_guest AND l.quantity > 0;
    FOR line IN SELECT * FROM demo.lines AS l
                WHERE l.invoice_no = invoice AND l.by_guest = fill.by_guest AND (n = first_n) = only_first
                ORDER BY n LOOP
        answer := demo.add(line, basket);
    END LOOP;
    RETURN answer;
END $$;

-- A JSON answer as a table that fits a page: long values cut, of an array its first element, without
-- the members that are null or empty.
CREATE FUNCTION demo.cut(value jsonb, width int) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN length(value::text) <= width THEN value::text
                ELSE left(value::text, width - 2) || ' …' END
$$;

CREATE FUNCTION demo.shape(answer jsonb, width int DEFAULT 90)
    RETURNS TABLE (member text, value text) LANGUAGE sql AS $$
    SELECT key,
           CASE WHEN jsonb_typeof(value) <> 'array' OR value = '[]' THEN demo.cut(value, width)
                WHEN jsonb_array_length(value) = 1 THEN '[' || demo.cut(value->0, width - 2) || ']'
                ELSE '[' || demo.cut(value->0, width - 14) || ', and '
                         || jsonb_array_length(value) - 1 || ' more]' END
    FROM jsonb_each(answer)
    WHERE value NOT IN ('null', '{}', '""')
    ORDER BY array_position(ARRAY['cart', 'merge', 'merged', 'repeated', 'strategy', 'source_cart_id',
                                  'target_cart_id', 'cart_id', 'etag', 'tenant_id', 'user_id', 'status',
                                  'version', 'currency', 'items', 'totals', 'changes'], key), key
$$;

-- A cart as a receipt: its lines, then the sum.
CREATE FUNCTION demo.receipt(cart jsonb)
    RETURNS TABLE (product text, title text, quantity numeric, "unit price" numeric, subtotal numeric)
    LANGUAGE sql AS $$
    SELECT item->>'product_id', item->>'title', (item->>'quantity')::numeric, (item->>'unit_price')::numeric,
           (item->'totals'->>'subtotal')::numeric
    FROM jsonb_array_elements(cart->'items') AS item
    UNION ALL
    SELECT 'total', cart->'totals'->>'lines' || ' lines, version ' || (cart->>'version'),
           (cart->'totals'->>'quantity')::numeric, NULL, (cart->'totals'->>'total')::numeric
    WHERE cart IS NOT NULL
$$;

-- What a call did to the lines.
CREATE FUNCTION demo.report(changes jsonb)
    RETURNS TABLE (product text, action text, "in the user's cart" numeric, "in the guest's" numeric,
                   "merged" numeric, "price before" numeric, "price after" numeric, reason text)
    LANGUAGE sql AS $$
    SELECT change->>'product_id', change->>'action', (change->>'quantity_before')::numeric,
           (change->>'quantity_incoming')::numeric, (change->>'quantity_after')::numeric,
           (change->>'price_before')::numeric, (change->>'price_after')::numeric, change->>'reason'
    FROM jsonb_array_elements(changes) AS change
$$;
