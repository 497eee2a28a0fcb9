-- Setting up the tables (src/api/setup.cpp)

-- The tables and this code are UTF-8 only.
DO $$
BEGIN
    IF pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.<>) 'UTF8' THEN
        RAISE EXCEPTION 'cart_ext needs a database in the encoding UTF8'
            USING ERRCODE = '0A000',
                  DETAIL = pg_catalog.format('This one is in %s.',
                                             pg_catalog.current_setting('server_encoding')),
                  HINT = 'CREATE DATABASE name ENCODING ''UTF8'' TEMPLATE template0';
    END IF;
END
$$;

CREATE FUNCTION cart_setup(owner regrole DEFAULT NULL) RETURNS jsonb
    LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'cart_setup';
REVOKE ALL ON FUNCTION cart_setup(regrole) FROM PUBLIC;
COMMENT ON FUNCTION cart_setup(regrole) IS
    'makes the tables in schema cart, or checks, repairs and upgrades them; owned by owner, or the caller';
