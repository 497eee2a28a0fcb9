# Random calls, by shoppers and by applications: no crash, no internal error, nobody sees or changes
# what is another's.
#
# A generator calls each function with arguments from pools of likely, unlikely and impossible
# values; sqlsmith writes whole queries over functions and tables. CART_RANDOM_CALLS (6000) is the
# number of calls of each kind, CART_SEED (a number) repeats a run.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node checksum);
use PostgreSQL::Test::Utils;
use Test::More;

my $calls = $ENV{CART_RANDOM_CALLS} // 6000;
my $seed = $ENV{CART_SEED} // int(rand(1_000_000));
note "CART_SEED=$seed repeats this run";
my $node = start_node('random', conf => "log_error_verbosity = verbose\n");

sub sql
{
	my ($text) = @_;
	return $node->safe_psql('postgres', $text);
}

# The shop: anna's carts are what nobody else may see, eve is who tries.
sql(q{
	CREATE EXTENSION cart_ext;
	SELECT cart_setup();
	CREATE ROLE web LOGIN;
	CREATE ROLE app LOGIN;
	SELECT cart_grant('web', 'shopper'), cart_grant('app', 'application');
	CREATE FUNCTION catalog(tenant_id text, items jsonb, context jsonb)
	    RETURNS TABLE (item_key uuid, unit_price numeric, tax_rate numeric, available boolean, max_quantity numeric)
	    LANGUAGE sql STABLE AS $$
	    SELECT (i ->> 'item_key')::uuid, length(i ->> 'product_id'), 0.1, i ->> 'product_id' <> 'gone', 100
	    FROM jsonb_array_elements(items) i $$;
	SELECT cart_configure('{"catalog": "public.catalog"}', 'shop');

	SELECT cart_add('{"product_id": "annas-secret"}', user_id => 'anna', tenant_id => t),
	       cart_set('{"label": "annas-secret", "metadata": {"note": "annas-secret"}}', user_id => 'anna', tenant_id => t),
	       cart_hold('annas-secret', user_id => 'anna', tenant_id => t),
	       cart_add('{"product_id": "annas-secret"}', user_id => 'anna', tenant_id => t),
	       cart_checkout('annas-secret', user_id => 'anna', tenant_id => t),
	       cart_add('{"product_id": "annas-secret"}', user_id => 'anna', tenant_id => t),
	       cart_add('{"product_id": "annas-secret"}', session_token => 'annas-secret', tenant_id => t)
	FROM unnest('{"",shop}'::text[]) t;
	SELECT cart_add('{"product_id": "mug"}', user_id => 'eve', tenant_id => t) FROM unnest('{"",shop}'::text[]) t;
});

# Pools of arguments, each a literal of its type.
sql(q{
	CREATE TABLE pool (type regtype, value text);
	INSERT INTO pool SELECT 'text', v FROM unnest(ARRAY['', 'eve', 'anna', 'ben', 'shop', 'elsewhere', 'sum', 'max', 'existing',
	    'incoming', 'hold', 'merge', 'error', 'annas-secret', repeat('x', 43), repeat('é', 600), repeat('z', 5000), '0', 'NULL',
	    'k1', 'k2', 'k3', E'\x01', '😀', 'a''b"c\d', '%s%n', '../../etc/passwd', 'order 1', 'order 2']) v;
	INSERT INTO pool SELECT 'uuid', cart_id::text FROM cart.carts;
	INSERT INTO pool SELECT 'uuid', item_key::text FROM cart.items;
	INSERT INTO pool SELECT 'uuid', gen_random_uuid()::text FROM generate_series(1, 5);
	INSERT INTO pool SELECT 'numeric', v FROM unnest(ARRAY['0', '1', '2.5', '-1', 'NaN', 'Infinity', '-Infinity', '1e30', '1e-30',
	    '1e1000', '0.000001', '999999999999999999999999999999', '10', '3']) v;
	INSERT INTO pool SELECT 'integer', v FROM unnest(ARRAY['0', '1', '-1', '2147483647', '-2147483648', '10']) v;
	INSERT INTO pool SELECT 'interval', v FROM unnest(ARRAY['0', '1 second', '-1 day', '1000000 years', '1 month', '178000000 years']) v;
	INSERT INTO pool SELECT 'boolean', v FROM unnest(ARRAY['true', 'false']) v;
	INSERT INTO pool SELECT 'bytea', v FROM unnest(ARRAY['', '\x00', '\x' || repeat('ab', 32)]) v;
	INSERT INTO pool SELECT 'text[]', v FROM unnest(ARRAY['{}', '{NULL}', '{active}', '{active,held,ordered}', '{odd}', '{product_id}',
	    '{product_id,options}', '{{a,b},{c,d}}', '{""}', '{unit_price}']) v;
	INSERT INTO pool SELECT 'regrole', v FROM unnest(ARRAY['web', 'app', 'postgres', '-', '4294967295']) v;
	INSERT INTO pool SELECT 'regclass', v FROM unnest(ARRAY['cart.carts', 'pg_class', 'pool', '4294967295']) v;
	INSERT INTO pool SELECT 'name', v FROM unnest(ARRAY['user_id', '', 'x"y', 'status']) v;
	INSERT INTO pool SELECT 'jsonb', v FROM unnest(ARRAY['null', 'true', '1', '"x"', '[]', '{}', '[[]]', '[null]', '{"product_id": "mug"}',
	    '{"product_id": 7, "quantity": 2}', '{"product_id": "gone"}', '{"product_id": "mug", "unit_price": 9.9, "tax_rate": 0.19}',
	    '{"product_id": "mug", "discount": {"type": "percent", "value": 10}}', '{"product_id": "mug", "discount": {"type": "odd"}}',
	    '{"product_id": ""}', '{"product_id": null}', '{"product_id": [1]}', '{"product_id": "mug", "quantity": -1}',
	    '{"product_id": "mug", "quantity": "2"}', '{"product_id": "mug", "quantity": 1e40}', '{"product_id": "mug", "options": ["b", "a"]}',
	    '{"product_id": "mug", "dimensions": {"w": "10 cm", "h": {"value": 1e400, "unit": "m"}}}', '{"product_id": "mug", "": {"": [{}]}}',
	    '[{"product_id": "mug"}, {"product_id": "tea", "quantity": 0.5}]', '[{"product_id": "mug"}, 7]', '[{"product_id": "mug"}, {}]',
	    '[{"op": "add", "item": {"product_id": "tea"}}, {"op": "clear"}]', '[{"op": "discount", "discount": {"type": "amount", "value": 5}}]',
	    '[{"op": "code", "code": "x"}]', '[{"op": "update"}]', '[{"op": "odd"}]', '[{"op": "remove", "item_key": "x"}]',
	    '{"currency": "EUR"}', '{"currency": "XYZ9"}', '{"label": "l", "metadata": {"a": 1}}', '{"label": 7}', '{"metadata": null}',
	    '{"type": "percent", "value": 200}', '{"type": "amount", "value": 1e29}', '[{"type": "percent", "value": 5, "code": "c"}]',
	    '{"unit_price": null, "note": null}', '{"product_id": "other", "quantity": 0}', '{"tax_rounding": "total", "rounding_mode": "half_even"}',
	    '{"match_on": ["product_id"]}', '{"max_lines": 0}', '{"unknown": 1}']) v;
	INSERT INTO pool SELECT 'jsonb', format('{"product_id": "deep", "options": %s1%s}', repeat('[', 500), repeat(']', 500));
	INSERT INTO pool SELECT 'jsonb', jsonb_agg(jsonb_build_object('product_id', i)) FROM generate_series(1, 300) i;
	INSERT INTO pool SELECT 'jsonb', jsonb_build_object('product_id', 'big', 'note', repeat('n', 20000));

	CREATE TABLE outcome (role text, call text, code text, text text);

	-- A call of one of the functions that the role may execute, with arguments from the pools.
	CREATE FUNCTION random_call(role name) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
	    picked pg_proc;
	    place int;
	    literal text;
	    arguments text[] := '{}';
	BEGIN
	    SELECT p.* INTO picked FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
	    JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'cart_ext'
	    WHERE p.prorettype <> 'trigger'::regtype AND has_function_privilege(role, p.oid, 'EXECUTE') ORDER BY random() LIMIT 1;
	    FOR place IN 1 .. picked.pronargs LOOP
	        CONTINUE WHEN random() < 0.65 AND place > picked.pronargs - picked.pronargdefaults;
	        SELECT value INTO STRICT literal FROM pool WHERE type = picked.proargtypes[place - 1]::regtype ORDER BY random() LIMIT 1;
	        arguments := arguments || format('%I => %s::%s', picked.proargnames[place],
	            CASE WHEN random() < 0.05 THEN 'NULL' ELSE quote_literal(literal) END, picked.proargtypes[place - 1]::regtype);
	    END LOOP;
	    RETURN format('SELECT string_agg(x::text, %L) FROM %s(%s) x', ' ', picked.oid::regproc, array_to_string(arguments, ', '));
	END $$;

	CREATE PROCEDURE call_at_random(role name, claims text[], calls int) LANGUAGE plpgsql AS $$
	DECLARE
	    call text;
	    answer text;
	    more text;
	BEGIN
	    FOR i IN 1 .. calls LOOP
	        call := random_call(role);
	        BEGIN
	            PERFORM set_config('request.jwt.claims', claims[1 + floor(random() * cardinality(claims))], true),
	                    set_config('cart_ext.session_token', CASE WHEN random() < 0.3 THEN repeat('x', 43) ELSE '' END, true),
	                    set_config('cart_ext.return_cart', CASE WHEN random() < 0.2 THEN 'off' ELSE 'on' END, true),
	                    set_config('cart_ext.user_id', CASE WHEN random() < 0.2 THEN 'anna' ELSE '' END, true),
	                    set_config('role', role, true);
	            EXECUTE call INTO answer;
	            PERFORM set_config('role', 'none', true);
	            INSERT INTO outcome VALUES (role, call, '00000', answer);
	        EXCEPTION WHEN OTHERS THEN
	            GET STACKED DIAGNOSTICS answer = MESSAGE_TEXT, more = PG_EXCEPTION_DETAIL;
	            INSERT INTO outcome VALUES (role, call, SQLSTATE, concat(answer, ' ', more));
	        END;
	        IF i % 500 = 0 THEN COMMIT; END IF;
	    END LOOP;
	END $$;
});

my $annas = q{SELECT md5(concat((SELECT string_agg(c::text, ',' ORDER BY cart_id) FROM cart.carts c WHERE user_id = 'anna'
		OR session_hash = sha256('annas-secret')), (SELECT string_agg(i::text, ',' ORDER BY cart_id, item_key) FROM cart.items i
		WHERE product_id = 'annas-secret')))};
my $before = sql($annas);

# Shoppers: eve, a guest, a cashier and a manager of another shop.
sql(qq{SELECT setseed(($seed % 1000) / 1000.0);
	CALL call_at_random('web', ARRAY['', '{"sub": "eve"}', '{"sub": "eve", "tenant_id": "shop"}',
	    '{"sub": "eve", "cart_role": "cashier", "location_id": "elsewhere"}', '{"sub": "eve", "cart_role": "manager", "location_id": "elsewhere"}'], $calls);});
is(sql(q{SELECT string_agg(DISTINCT code || ' ' || call || ': ' || text, E'\n') FROM outcome WHERE code LIKE 'XX%' OR code LIKE '57%'}), '',
	"no internal error in $calls calls by shoppers");
is(sql(q{SELECT string_agg(call || ': ' || text, E'\n') FROM outcome WHERE text LIKE '%annas-secret%' AND call NOT LIKE '%annas-secret%'}), '',
	'no shopper was shown what is another\'s');
is(sql($annas), $before, 'nor has one changed it');
cmp_ok(sql(q{SELECT count(*) FROM outcome WHERE code = '00000'}), '>', $calls / 20, 'a good part of the calls came through');
note sql(q{SELECT string_agg(code || ': ' || n, ', ' ORDER BY n DESC) FROM (SELECT code, count(*) n FROM outcome GROUP BY code) x});
sql('TRUNCATE outcome');

# Applications may do all of it; they cannot break the rules.
sql(qq{SELECT setseed(($seed % 997) / 1000.0);
	CALL call_at_random('app', ARRAY['', '{"sub": "eve"}', '[1]', '{"sub": {}}', 'no json'], $calls);});
is(sql(q{SELECT string_agg(DISTINCT code || ' ' || call || ': ' || text, E'\n') FROM outcome WHERE code LIKE 'XX%' OR code LIKE '57%'}), '',
	"no internal error in $calls calls by applications");
note sql(q{SELECT string_agg(code || ': ' || n, ', ' ORDER BY n DESC) FROM (SELECT code, count(*) n FROM outcome GROUP BY code) x});
is(sql(q{SELECT count(*) FROM (SELECT FROM cart.carts WHERE status = 'active' GROUP BY tenant_id, user_id, till_id, session_hash HAVING count(*) > 1) x}),
	'0', 'each owner has one active cart');
is(sql(q{SELECT count(*) FROM cart.items WHERE quantity <= 0 OR item_key <> cart_item_key(item)}), '0', 'each line has its key, and a quantity');
is(sql(q{SELECT cart_setup() -> 'changes'}), '[]', 'the tables are as they were');
is(sql(q{SELECT cart_reconcile_all() -> 'carts_merged'}), '0', 'and there is nothing to mend');

# sqlsmith: queries that nobody would write. What it may read and write is as the role may.
# It makes PostgreSQL itself say XX000 now and then (of an interval's typmod, of unknown's
# conversions). So a query that ended in an internal error runs once more, with the call stack: what
# comes up without cart_ext on the stack is PostgreSQL's own.
sub log_since
{
	my ($position) = @_;
	return slurp_file($node->logfile, $position);
}

# The call stack of the error that the query ends in, raised in the C function named.
sub call_stack
{
	my ($role, $raised_in, $query) = @_;
	my $position = -s $node->logfile;
	$node->psql('postgres', "SET backtrace_functions = '$raised_in'; SET SESSION AUTHORIZATION $role;\n$query;", on_error_stop => 0);
	return log_since($position) =~ / BACKTRACE:  \n((?:\t.*\n)+)/ ? $1 : '';
}

# What the log tells of crashes, and of internal errors that cannot be put down to PostgreSQL.
sub findings
{
	my ($role, $said) = @_;
	my @found = grep { /\b(PANIC|TRAP|was terminated by signal)\b/ } split /\n/, $said;
	while ($said =~ / ERROR:  (XX\d\d\d: .*)\n(?:\t.*\n)*(?:[^\t].* (?!LOCATION)[A-Z]+:  .*\n(?:\t.*\n)*)*[^\t].* LOCATION:  ([^,]+), .*\n(?:[^\t].* STATEMENT:  (.*\n(?:\t.*\n)*))?/g)
	{
		my ($error, $raised_in, $query) = ($1, $2, $3);
		# cart_ext withholds the text of a call that failed.
		my $stack = defined $query ? call_stack($role, $raised_in, $query) : 'cart_ext';
		if ($stack ne '' && $stack !~ /cart_ext/) { note "PostgreSQL's own: $error ($raised_in)" }
		else { push @found, join("\n", grep { defined } $error, $query, $stack) }
	}
	return join "\n", @found;
}

like(call_stack('web', 'raise_discreetly', q{SELECT cart_add('{}')}), qr/cart_ext\.so/, 'a call stack shows cart_ext');
isnt(findings('web', "x ERROR:  XX000: odd\nx LOCATION:  raise, a.cpp:1\n"), '', 'an internal error without its query is a finding');
is(findings('web', "x ERROR:  22012: odd\nx LOCATION:  raise, a.cpp:1\n"), '', 'another error is none');

SKIP:
{
	my $sqlsmith = qx(sh -c 'command -v sqlsmith');
	skip 'sqlsmith is not installed', 2 if $sqlsmith eq '';
	for my $role ('web', 'app')
	{
		my $position = -s $node->logfile;
		$node->run_log([ 'sqlsmith', '--target=host=' . $node->host . ' port=' . $node->port . " user=$role dbname=postgres",
			'--exclude-catalog', "--seed=$seed", '--max-queries=1000' ]);
		is(findings($role, log_since($position)), '', "sqlsmith as $role finds nothing");
	}
}

done_testing();
