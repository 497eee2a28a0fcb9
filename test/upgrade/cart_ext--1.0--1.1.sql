\echo Use "ALTER EXTENSION cart_ext UPDATE TO '1.1'" to load this file. \quit

-- A rehearsal of the way from 1.0 to the next version, with a change of each kind that there is. It
-- is never installed: test/tap/018_life_update.pl puts it into a copy of the server, and holds what
-- comes of updating against what comes of installing 1.1 afresh.

-- 1. A function that is new.
CREATE FUNCTION cart_rehearsal(what text DEFAULT NULL) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT pg_catalog.concat('rehearsed ', what) $$;
REVOKE ALL ON FUNCTION cart_rehearsal(text) FROM PUBLIC;
COMMENT ON FUNCTION cart_rehearsal(text) IS
    'a function that is in the rehearsal only';

-- 2. One that policies use: it cannot be dropped, and replacing it keeps who may execute it.
CREATE OR REPLACE FUNCTION cart_is_application() RETURNS boolean
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 2 AS 'MODULE_PATHNAME', 'cart_is_application';

-- 3. One with another parameter: it is dropped and made anew. cart_setup() gives it to the roles again.
DROP FUNCTION cart_session_create();
CREATE FUNCTION cart_session_create(unused text DEFAULT NULL) RETURNS text
    LANGUAGE C VOLATILE PARALLEL SAFE AS 'MODULE_PATHNAME', 'cart_session_create';
REVOKE ALL ON FUNCTION cart_session_create(text) FROM PUBLIC;
COMMENT ON FUNCTION cart_session_create(text) IS
    'a new token for a guest session: 256 random bits, 43 characters of base64url; writes nothing';

-- 4. A view with a column more, and another comment.
CREATE OR REPLACE VIEW cart_stat AS
    SELECT operation, calls, errors, conflicts, total_ms, mean_ms, p50_ms, p95_ms, p99_ms, max_ms,
           calls - errors AS successes
    FROM cart_stat_rows() ORDER BY operation;
COMMENT ON VIEW cart_stat IS
    'rehearsed';

-- 5. At the end of each update: what default privileges have given away of its new functions is taken
-- back, as src/api/closed.sql does when the extension is made. What cart_grant() gave stays.
DO $$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT p.oid::pg_catalog.regprocedure AS function,
               CASE a.grantee WHEN 0 THEN 'PUBLIC'
                    ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS grantee
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) d.objid
        CROSS JOIN pg_catalog.aclexplode(p.proacl) a
        WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
          AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
          AND d.refobjid OPERATOR(pg_catalog.=)
              (SELECT oid FROM pg_catalog.pg_extension WHERE extname OPERATOR(pg_catalog.=) 'cart_ext')
          AND d.deptype OPERATOR(pg_catalog.=) 'e'
          AND a.grantee OPERATOR(pg_catalog.<>) p.proowner
          AND p.proname OPERATOR(pg_catalog.=) ANY ('{cart_rehearsal,cart_session_create}')
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM %s', given.function, given.grantee);
    END LOOP;
END
$$;
