-- Section 10: what is counted, and who may see it.
\ir helpers.psql
\ir roles.psql
SELECT plan(46);
SET client_min_messages = warning; -- without preloading, the view says that it is this session's

SELECT columns_are('cart_stat', '{operation,calls,errors,conflicts,total_ms,mean_ms,p50_ms,p95_ms,p99_ms,max_ms}'::name[]);
SELECT isnt(obj_description('cart_stat'::regclass), NULL, 'the view has a comment');

-- A counter now. Nothing: it has not been called since the reset.
CREATE FUNCTION counted(operation text) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s calls, %s errors, %s conflicts', calls, errors, conflicts) FROM cart_stat s WHERE s.operation = counted.operation $$;
CREATE FUNCTION metric(sample text) RETURNS numeric LANGUAGE sql AS $$
    SELECT split_part(line, ' ', 2)::numeric FROM regexp_split_to_table(cart_metrics(), E'\n') line WHERE split_part(line, ' ', 1) = sample $$;

-- ---- calls
SELECT cart_stat_reset() \g /dev/null
SELECT is_empty('SELECT * FROM cart_stat', 'after a reset nothing has been called');
SELECT cart_add('{"product_id": "a"}', user_id => 'u') FROM generate_series(1, 5) \g /dev/null
SELECT cart_get('u') \g /dev/null
SELECT is(counted('cart_add'), '5 calls, 0 errors, 0 conflicts', 'each call counts');
SELECT is(counted('cart_get'), '1 calls, 0 errors, 0 conflicts', 'each function has a row');
SELECT is(counted('cart_clear'), NULL, 'but for those that were not called');
SELECT throws_ok($$ SELECT cart_add('{"product_id": "a"}', -1, user_id => 'u') $$, 'KC005');
SELECT is(counted('cart_add'), '6 calls, 1 errors, 0 conflicts', 'an error counts');
SELECT throws_ok($$ SELECT cart_add('{"product_id": "a"}', user_id => 'u', if_match => '0') $$, 'KC002');
SELECT is(counted('cart_add'), '7 calls, 2 errors, 1 conflicts', 'a version conflict is an error, and a conflict');
SELECT cart_add('{"product_id": "a"}', user_id => 'other') \g /dev/null
SELECT cart_hold(user_id => 'other') ->> 'cart_id' AS held \gset
SELECT cart_add('{"product_id": "a"}', user_id => 'other') \g /dev/null
SELECT throws_ok(format($$ SELECT cart_resume(%L, 'error', 'other') $$, :'held'), '23505');
SELECT is(counted('cart_resume'), '1 calls, 1 errors, 1 conflicts', 'so is a second active cart');
SELECT is_empty($$ SELECT * FROM cart_stat WHERE total_ms <= 0 OR mean_ms <= 0 OR p50_ms <= 0 OR abs(mean_ms - total_ms / calls) > 1e-9 $$, 'times are there, and the mean is that of all');
SELECT is_empty($$ SELECT * FROM cart_stat WHERE NOT (p50_ms <= p95_ms AND p95_ms <= p99_ms AND p99_ms <= max_ms AND max_ms <= total_ms) $$, 'percentiles rise up to the longest');
SELECT is_empty($$ SELECT * FROM cart_stat WHERE operation IN ('cart_carts_rules', 'cart_items_rules', 'cart_is_visible', 'cart_is_application') $$, 'what others call row by row is not counted');
BEGIN;
SELECT cart_get('u') \g /dev/null
ROLLBACK;
SELECT is(counted('cart_get'), '2 calls, 0 errors, 0 conflicts', 'what is rolled back stays counted');

-- ---- metrics
SELECT alike(cart_metrics(), E'%\n# EOF\n', 'the text ends as OpenMetrics does');
SELECT is(metric('cart_call_duration_seconds_count{operation="cart_add",outcome="ok"}'), 7::numeric, 'calls that succeeded');
SELECT is(metric('cart_call_duration_seconds_count{operation="cart_add",outcome="refused"}'), 1::numeric, 'that were refused');
SELECT is(metric('cart_call_duration_seconds_count{operation="cart_add",outcome="conflict"}'), 1::numeric, 'that came too late');
SELECT is(metric('cart_call_duration_seconds_count{operation="cart_add",outcome="failed"}'), 0::numeric, 'and none that failed');
SELECT is(metric('cart_call_duration_seconds_bucket{operation="cart_add",outcome="ok",le="+Inf"}'), 7::numeric, 'a histogram has all in its last bucket');
SELECT is_empty($$
    SELECT labels, le, n FROM (
        SELECT m[1] AS labels, m[2]::float8 AS le, m[3]::numeric AS n, lag(m[3]::numeric) OVER (PARTITION BY m[1] ORDER BY m[2]::float8) AS below
        FROM regexp_matches(cart_metrics(), 'duration_seconds_bucket\{(.*?),le="([^"+]+|\+Inf)"\} ([0-9]+)', 'g') m WHERE m[2] <> '+Inf') x
    WHERE n < below $$, 'its buckets add up');
SELECT is_empty($$ SELECT line FROM regexp_split_to_table(cart_metrics(), E'\n') line
                   WHERE line !~ '^(# (HELP|TYPE) cart_[a-z_]+ .+|# EOF|cart_[a-z_]+(\{[a-z]+="[^"]+"(,[a-z]+="[^"]+")*\})? [-+.0-9e]+)?$' $$, 'each line is one of the format');

-- Merges.
SELECT cart_stat_reset() \g /dev/null
SELECT cart_configure('{"max_quantity": 5, "max_lines": 3}') \g /dev/null
SELECT cart_add_items('[{"product_id": "a", "quantity": 4}, {"product_id": "b", "variant_id": 1}]', user_id => 'm') \g /dev/null
SELECT cart_add_items('[{"product_id": "a", "quantity": 4}, {"product_id": "c"}, {"product_id": "d"}]', session_token => 'guest') \g /dev/null
SELECT cart_merge('m', 'guest'), cart_merge('m', 'guest'), cart_merge('m', 'no such') \g /dev/null
SELECT is(metric('cart_merges_count{outcome="merged"}'), 1::numeric, 'a merge counts once');
SELECT is(metric('cart_merges_count{outcome="nothing"}'), 2::numeric, 'its repeats, and logins without a cart, count as such');
SELECT is(metric('cart_merged_lines_sum{action="merged"}'), 2::numeric, 'lines that were merged');
SELECT is(metric('cart_merged_lines_sum{action="clamped"}'), 1::numeric, 'clamped');
SELECT is(metric('cart_merged_lines_sum{action="dropped"}'), 1::numeric, 'dropped');
SELECT throws_ok($$ SELECT cart_merge('m', 'guest', 'wrong') $$, '22023');
SELECT is(metric('cart_merges_count{outcome="failed"}'), 1::numeric, 'a merge that fails');

-- Reconciling: the key of a line is wrong, once.
SELECT cart_configure('{"match_on": ["product_id"]}') \g /dev/null
SELECT cart_reconcile('m'), cart_reconcile('m') \g /dev/null
SELECT is(metric('cart_reconciled_count{kind="lines_rekeyed"}'), 2::numeric, 'owners that were looked at');
SELECT cmp_ok(metric('cart_reconciled_sum{kind="lines_rekeyed"}'), '>', 0::numeric, 'what was amiss');
SELECT is(metric('cart_reconciled_sum{kind="carts_merged"}'), 0::numeric, 'and what was not');

-- The sweep.
SELECT is(metric('cart_swept_count{kind="abandoned"}'), 0::numeric, 'no pass yet');
SET cart_ext.clock = '2040-01-01';
SELECT cart_sweep() \g /dev/null
RESET cart_ext.clock;
SELECT is(metric('cart_swept_count{kind="abandoned"}'), 1::numeric, 'a pass');
SELECT is(metric('cart_swept_sum{kind="holds_expired"}'), 1::numeric, 'and what it did');
SELECT cmp_ok(abs(metric('cart_sweep_last_timestamp_seconds') - extract(epoch FROM now())::numeric), '<', 600::numeric, 'and when it was');

-- ---- who may
SELECT cart_grant('regress_shopper', 'shopper'), cart_grant('regress_application', 'application'), cart_grant('regress_admin', 'admin') \g /dev/null
SELECT denied(who, call, who || ' may not: ' || call) FROM unnest('{nobody,application}'::text[]) who, unnest('{SELECT * FROM cart_stat,SELECT cart_metrics()}'::text[]) call;
SELECT is(would('admin', 'SELECT count(*) > 0 FROM cart_stat'), 'true', 'an admin may read it');
SELECT is(would('admin', 'SELECT cart_metrics() <> $$$$'), 'true', 'and the metrics');
SELECT is(would('application', 'SET LOCAL cart_ext.notify = off'), '42501', 'who follows is the superuser''s to say');
SELECT is(would('admin', 'SET LOCAL cart_ext.log_events = off'), '42501', 'and what is logged');

SELECT drop_roles() \g /dev/null
SELECT * FROM finish();
