-- The counters (src/watch/stat.cpp)

CREATE FUNCTION cart_stat_rows(
    OUT operation text, OUT calls bigint, OUT errors bigint, OUT conflicts bigint,
    OUT total_ms float8, OUT mean_ms float8, OUT p50_ms float8, OUT p95_ms float8, OUT p99_ms float8,
    OUT max_ms float8) RETURNS SETOF record
    LANGUAGE C VOLATILE PARALLEL RESTRICTED ROWS 30 AS 'MODULE_PATHNAME', 'cart_stat_rows';
REVOKE ALL ON FUNCTION cart_stat_rows() FROM PUBLIC;
COMMENT ON FUNCTION cart_stat_rows() IS
    'what the view cart_stat shows; who may execute it can read the view';

-- Whether somebody may read it is decided by EXECUTE on the function.
CREATE VIEW cart_stat AS
    SELECT operation, calls, errors, conflicts, total_ms, mean_ms, p50_ms, p95_ms, p99_ms, max_ms
    FROM cart_stat_rows() ORDER BY operation;
GRANT SELECT ON cart_stat TO PUBLIC;
COMMENT ON VIEW cart_stat IS
    'calls of the functions of cart_ext, their errors, conflicts and durations: of the whole server where cart_ext is preloaded, else of the session, which a notice then says';

CREATE FUNCTION cart_stat_reset() RETURNS void
    LANGUAGE C VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'cart_stat_reset';
REVOKE ALL ON FUNCTION cart_stat_reset() FROM PUBLIC;
COMMENT ON FUNCTION cart_stat_reset() IS
    'lets all that cart_stat and cart_metrics() count begin at 0 again';

CREATE FUNCTION cart_metrics() RETURNS text
    LANGUAGE C VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'cart_metrics';
REVOKE ALL ON FUNCTION cart_metrics() FROM PUBLIC;
COMMENT ON FUNCTION cart_metrics() IS
    'what is counted, in the text format of OpenMetrics';
