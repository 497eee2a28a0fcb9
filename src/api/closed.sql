-- Nobody was granted anything yet: what default privileges have given away is taken back, lest a
-- web role be an application because it may execute every new function.
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
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM %s', given.function, given.grantee);
    END LOOP;
END
$$;
