-- All other baskets: each line added, each login merged. Commits now and then.

CREATE PROCEDURE demo.replay() LANGUAGE plpgsql AS $$
DECLARE
    basket demo.baskets;
    line demo.lines;
    report jsonb;
    lines_done bigint := 0;
    merges bigint := 0;
    lines_in_all bigint := (SELECT sum(lines) FROM demo.baskets WHERE NOT replayed);
    adding interval := '0';
    merging interval := '0';
    began timestamptz := clock_timestamp();
    told timestamptz := clock_timestamp();
    t0 timestamptz;
    t1 timestamptz;
BEGIN
    FOR basket IN SELECT * FROM demo.baskets WHERE NOT replayed ORDER BY basket_no LOOP
        t0 := clock_timestamp();
        FOR line IN SELECT * FROM demo.lines AS l WHERE l.invoice_no = basket.invoice_no ORDER BY n LOOP
            PERFORM demo.add(line, basket);
            lines_done := lines_done + 1;
        END LOOP;
        t1 := clock_timestamp();
        report := cart_merge(user_id => basket.user_id, session_token => basket.session_token)->'merge';
        adding := adding + (t1 - t0);
        merging := merging + (clock_timestamp() - t1);
        merges := merges + 1;
        UPDATE demo.baskets SET replayed = true, merge = report WHERE basket_no = basket.basket_no;
        IF basket.basket_no % 50 = 0 THEN
            COMMIT;
        END IF;
        IF clock_timestamp() > told + interval '5 seconds' THEN
            told := clock_timestamp();
            RAISE NOTICE '% of % lines', lines_done, lines_in_all;
        END IF;
    END LOOP;
    INSERT INTO demo.timing VALUES (lines_done, merges, adding, merging, clock_timestamp() - began);
END $$;

-- The answers are not looked at here, so let them be short.
SET cart_ext.return_cart = off;
CALL demo.replay();
RESET cart_ext.return_cart;
