-- The functions as the contract prints them: parameters, defaults, results, volatility, rights, comments.
\ir helpers.psql
SELECT plan(165);

CREATE TEMPORARY TABLE contract (name name, parameters text, result text, volatility "char");
INSERT INTO contract SELECT name, replace(replace(parameters, '…who', 'user_id text = NULL, session_token text = NULL, tenant_id text = NULL'),
                                          '…once', 'idempotency_key text = NULL, if_match text = NULL'), result, volatility
FROM (VALUES
    ('cart_setup', 'owner regrole = NULL', 'jsonb', 'v'),
    ('cart_grant', 'role regrole, level text', 'jsonb', 'v'),
    ('cart_revoke', 'role regrole', 'jsonb', 'v'),
    ('cart_application', '', 'boolean', 's'),
    ('cart_is_application', '', 'boolean', 's'),
    ('cart_is_visible', 'tenant_id text, user_id text, session_hash bytea, location_id text, status text', 'boolean', 's'),
    ('cart_item_key', 'item jsonb, match_on text[] = NULL', 'uuid', 'i'),
    ('cart_items_match', 'a jsonb, b jsonb, match_on text[] = NULL', 'boolean', 'i'),
    ('cart_items_merge', 'existing jsonb, incoming jsonb, strategy text = NULL, match_on text[] = NULL', 'jsonb', 'i'),
    ('cart_session_create', '', 'text', 'v'),
    ('cart_get', '…who, cart_id uuid = NULL, if_none_match text = NULL', 'jsonb', 's'),
    ('cart_list', 'statuses text[] = NULL, …who', 'SETOF jsonb', 's'),
    ('cart_touch', '…who', 'jsonb', 'v'),
    ('cart_add', 'item jsonb, quantity numeric = NULL, …who, …once', 'jsonb', 'v'),
    ('cart_add_items', 'items jsonb, …who, …once', 'jsonb', 'v'),
    ('cart_update', 'item_key uuid, quantity numeric = NULL, changes jsonb = NULL, …who, …once', 'jsonb', 'v'),
    ('cart_remove', 'item_key uuid, …who, …once', 'jsonb', 'v'),
    ('cart_clear', '…who, …once', 'jsonb', 'v'),
    ('cart_apply', 'operations jsonb, …who, …once', 'jsonb', 'v'),
    ('cart_set', 'changes jsonb, …who, …once', 'jsonb', 'v'),
    ('cart_totals', 'items jsonb, discount jsonb = NULL, settings jsonb = NULL', 'jsonb', 'i'),
    ('cart_set_discount', 'discount jsonb, …who, …once', 'jsonb', 'v'),
    ('cart_apply_code', 'code text, …who, …once', 'jsonb', 'v'),
    ('cart_reprice', '…who, …once', 'jsonb', 'v'),
    ('cart_hold', 'label text = NULL, ttl interval = NULL, cart_id uuid = NULL, …who, …once', 'jsonb', 'v'),
    ('cart_held', 'tenant_id text = NULL, location_id text = NULL', 'SETOF jsonb', 's'),
    ('cart_resume', 'cart_id uuid, if_active text = ''hold'', …who, …once', 'jsonb', 'v'),
    ('cart_checkout', 'order_ref text = NULL, expected_total numeric = NULL, ttl interval = NULL, …who, …once', 'jsonb', 'v'),
    ('cart_checkout_complete', 'cart_id uuid, order_ref text = NULL, …who, …once', 'jsonb', 'v'),
    ('cart_checkout_cancel', 'cart_id uuid, …who, …once', 'jsonb', 'v'),
    ('cart_restore', 'cart_id uuid, …who, …once', 'jsonb', 'v'),
    ('cart_link_create', 'cart_id uuid, ttl interval = NULL', 'jsonb', 'v'),
    ('cart_link_open', 'link text, …who, …once', 'jsonb', 'v'),
    ('cart_export', '…who', 'jsonb', 's'),
    ('cart_forget', '…who', 'jsonb', 'v'),
    ('cart_merge', 'user_id text = NULL, session_token text = NULL, strategy text = NULL, tenant_id text = NULL, idempotency_key text = NULL', 'jsonb', 'v'),
    ('cart_unmerge', 'source_cart_id uuid, …who', 'jsonb', 'v'),
    ('cart_reconcile', '…who, …once', 'jsonb', 'v'),
    ('cart_reconcile_all', 'max_owners int = NULL, tenant_id text = NULL', 'jsonb', 'v'),
    ('cart_configure', 'settings jsonb, tenant_id text = NULL', 'jsonb', 'v'),
    ('cart_sweep', 'max_carts int = NULL', 'jsonb', 'v'),
    ('cart_attach', 'relation regclass, user_column name = ''user_id'', session_column name = ''session_id'', status_column name = ''status'', active_value text = ''active''', 'jsonb', 'v'),
    ('cart_detach', 'relation regclass', 'jsonb', 'v'),
    ('cart_import', 'relation regclass, user_column name = ''user_id'', session_column name = ''session_id'', items_column name = ''items'', status_column name = ''status'', accessed_column name = ''last_accessed_at'', '
                    'tenant_id text = NULL, currency text = NULL, mapping jsonb = NULL, dry_run boolean = false', 'jsonb', 'v'),
    ('cart_stat_reset', '', 'void', 'v'),
    ('cart_metrics', '', 'text', 'v')
) x (name, parameters, result, volatility);

CREATE TEMPORARY VIEW functions AS
    SELECT p.oid, p.proname AS name, p.provolatile AS volatility, p.proparallel AS parallel, p.prosecdef, pg_get_function_result(p.oid) AS result,
           replace(regexp_replace(pg_get_function_arguments(p.oid), ' DEFAULT (NULL|false|''[a-z_]+'')(::[a-z]+(\[\])?)?', ' = \1', 'g'), ' integer', ' int') AS parameters
    FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
    WHERE d.refclassid = 'pg_extension'::regclass AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
        AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'cart_ext');

SELECT unnest(ARRAY[is(f.parameters, c.parameters, c.name || ' has the parameters and defaults of the contract'),
                    is(f.result, c.result, c.name || ' returns ' || c.result),
                    is(f.volatility, c.volatility, c.name || ' has the right volatility')])
FROM contract c LEFT JOIN functions f USING (name);

SELECT is_empty($$ SELECT name FROM functions GROUP BY name HAVING count(*) > 1 $$, 'no name is overloaded');
SELECT is_empty($$ SELECT name FROM functions WHERE name NOT IN (SELECT name FROM contract) AND result NOT IN ('trigger', 'event_trigger') AND name NOT LIKE 'cart\_%' $$,
                'all names begin with cart_');
SELECT is_empty($$ SELECT oid::regprocedure FROM functions WHERE coalesce(obj_description(oid, 'pg_proc'), '') = '' $$, 'each has a comment');
SELECT is_empty($$ SELECT oid::regprocedure FROM functions WHERE has_function_privilege('public', oid, 'EXECUTE') $$, 'PUBLIC may execute none');
SELECT is_empty($$ SELECT p.oid::regprocedure, a.grantee::regrole FROM functions JOIN pg_proc p USING (oid), aclexplode(p.proacl) a WHERE a.grantee <> p.proowner $$,
                'nor anybody but the owner');
SELECT is_empty($$ SELECT oid::regprocedure FROM functions WHERE volatility = 'i' AND parallel <> 's' $$, 'what is IMMUTABLE is PARALLEL SAFE');
SELECT is_empty($$ SELECT name FROM functions JOIN contract USING (name) WHERE contract.volatility = 'v' AND parallel = 's' AND name <> 'cart_session_create' $$,
                'what writes is not PARALLEL SAFE');
SELECT is_empty($$ SELECT oid::regprocedure FROM functions WHERE prosecdef $$, 'none is SECURITY DEFINER: it is decided inside whose rights count');

-- A role that was given nothing can call nothing.
CREATE ROLE regress_cart_nobody;
SELECT is_empty($$ SELECT oid::regprocedure FROM functions WHERE has_function_privilege('regress_cart_nobody', oid, 'EXECUTE') $$, 'a new role may execute none');
SET ROLE regress_cart_nobody;
SELECT throws_ok($$ SELECT cart_get(user_id => 'u') $$, '42501', NULL, 'nor read a cart');
SELECT throws_ok($$ SELECT * FROM cart.carts $$, '42501', NULL, 'nor the tables');
RESET ROLE;
DROP ROLE regress_cart_nobody;

-- The tables' columns.
SELECT columns_are('cart', 'carts', '{tenant_id,cart_id,user_id,session_hash,till_id,status,version,currency,location_id,label,order_ref,discount,metadata,merged_into,created_by,updated_by,created_at,updated_at,last_accessed_at,sweep_from,expires_at}'::name[]);
SELECT columns_are('cart', 'items', '{tenant_id,cart_id,item_key,position,product_id,quantity,unit_price,item,added_at,updated_at}'::name[]);
SELECT col_type_is('cart', 'items', c, t, c || ' is ' || t) FROM (VALUES ('quantity'::name, 'numeric'), ('unit_price', 'numeric'), ('item', 'jsonb')) x (c, t);
SELECT has_table('cart'::name, t, 'there is cart.' || t) FROM unnest('{requests,merges,settings,drafts,links,grants,attachments,imports}'::name[]) t;
SELECT is_empty($$ SELECT c.oid::regclass FROM pg_class c WHERE relnamespace = 'cart'::regnamespace AND relkind = 'r' AND NOT EXISTS (
    SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] WHERE i.indrelid = c.oid AND i.indisprimary AND attname = 'tenant_id') $$,
    'every primary key begins with tenant_id');
SELECT is_empty($$ SELECT oid::regclass, relacl FROM pg_class WHERE relnamespace = 'cart'::regnamespace AND relacl IS NOT NULL
                   AND EXISTS (SELECT FROM aclexplode(relacl) a WHERE a.grantee <> relowner) $$, 'nobody but the owner has a right on them');
SELECT is_empty($$ SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'cart.carts'::regclass
                   AND pg_get_indexdef(indexrelid) ~ '(version|last_accessed_at|updated_at)' $$, 'using a cart touches no index');

SELECT * FROM finish();
