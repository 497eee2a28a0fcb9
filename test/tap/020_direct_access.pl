# Calls go to the heap themselves where a table is plain, and through the executor where it is not.
#
# Which way a call went is seen by pg_stat_statements, which the executor alone tells. That both do
# the same is tried with random calls made both ways, in two databases whose tables must be equal in
# the end. CART_RANDOM_CALLS (2500) is the number of calls, CART_SEED (a number) repeats a run.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node);
use Test::More;

my $calls = $ENV{CART_RANDOM_CALLS} // 2500;
my $seed = $ENV{CART_SEED} // int(rand(1_000_000));
note "CART_SEED=$seed repeats this run";
my $node = start_node('direct', conf => "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track = 'all'\n");

sub sql
{
	my ($database, $text) = @_;
	return $node->safe_psql($database, $text);
}

sub make_shop
{
	my ($database) = @_;
	sql('postgres', "CREATE DATABASE $database");
	sql($database, 'CREATE EXTENSION cart_ext; SELECT cart_setup(); CREATE EXTENSION pg_stat_statements');
}

# ---- which way

make_shop('ways');
sql('ways', q{
	CREATE TABLE products (product_id text PRIMARY KEY);
	INSERT INTO products VALUES ('mug'), ('tea');

	-- The statements on our tables that the executor has run for the call.
	CREATE FUNCTION seen(call text) RETURNS bigint LANGUAGE plpgsql AS $$
	BEGIN
	    PERFORM pg_stat_statements_reset();
	    EXECUTE call;
	    RETURN (SELECT count(*) FROM pg_stat_statements WHERE query ~ '(FROM|UPDATE|INTO) (ONLY )?cart\.(carts|items|requests|drafts|merges)');
	END $$;

	-- What a call does: a line that is there, a new one, one that goes.
	CREATE FUNCTION all_seen() RETURNS text LANGUAGE sql AS $$
	    SELECT concat_ws(' ', 'get', seen('SELECT cart_get(user_id => ''u'')'),
	        'add', seen('SELECT cart_add(''{"product_id": "mug"}'', user_id => ''u'')'),
	        'new', seen('SELECT cart_add(''{"product_id": "tea"}'', user_id => ''u'')'),
	        'remove', seen('SELECT cart_remove(cart_item_key(''{"product_id": "tea"}''), user_id => ''u'')'))
	$$;
	SELECT cart_add('{"product_id": "mug"}', user_id => 'u');

	-- A cart's life: the first add, with a key; a guest's cart that becomes a user's; set aside and taken up again; ordered.
	CREATE FUNCTION life_seen() RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
	    person text := gen_random_uuid();
	BEGIN
	    PERFORM cart_add('{"product_id": "mug", "unit_price": 1}', session_token => person);
	    RETURN concat_ws(' ', 'merge', seen(format('SELECT cart_merge(%1$L, %1$L)', person)),
	        'first', seen(format('SELECT cart_add(''{"product_id": "mug", "unit_price": 1}'', user_id => ''f'' || %1$L, idempotency_key => %1$L)', person)),
	        'held', seen(format('SELECT cart_resume((cart_hold(user_id => %1$L) ->> ''cart_id'')::uuid, user_id => %1$L)', person)),
	        'ordered', seen(format('SELECT cart_checkout_complete((cart_checkout(%1$L, user_id => %1$L) ->> ''cart_id'')::uuid)', person)));
	END $$;
});

# One session for it all: what changes is to be noticed at once.
sub seen_is
{
	my ($calls, $directly, $change, $expected, $back, $what) = @_;
	my $seen = sql('ways', "SELECT $calls LIMIT 0; BEGIN; $change; COMMIT; SELECT 'with ' || $calls; $back; SELECT 'then ' || $calls;");
	my ($with) = $seen =~ /^with (.*)$/m;
	my ($then) = $seen =~ /^then (.*)$/m;
	like($with, $expected, "$what: " . ($with // ''));
	is($then, $directly, "$what no more: directly");
}

sub way_is
{
	return seen_is('all_seen()', 'get 0 add 0 new 0 remove 0', @_);
}

sub life_is
{
	my ($change, $expected, $back, $what) = @_;
	return seen_is('life_seen()', 'merge 0 first 0 held 0 ordered 0', $change, $expected, $back, "a cart's life, $what");
}

my $all = qr/^get [1-9] add [1-9] new [1-9] remove [1-9]$/;
my $adds = qr/^get 0 add [1-9] new [1-9] remove [1-9]$/;
is(sql('ways', 'SELECT all_seen()'), 'get 0 add 0 new 0 remove 0', 'plain tables: directly');
way_is('SET cart_ext.direct_access = off', $all, 'RESET cart_ext.direct_access', 'the setting');
way_is(q{CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN coalesce(new, old); END $$;
	CREATE TRIGGER noted BEFORE INSERT OR UPDATE OR DELETE ON cart.items FOR EACH ROW EXECUTE FUNCTION noted()},
	$adds, 'DROP TRIGGER noted ON cart.items', 'an own trigger');
way_is('CREATE TRIGGER noted AFTER UPDATE ON cart.carts FOR EACH STATEMENT EXECUTE FUNCTION noted()',
	$adds, 'DROP TRIGGER noted ON cart.carts', 'an own trigger for statements');
way_is('ALTER TABLE cart.items ADD CONSTRAINT few CHECK (quantity < 100000)', $all, 'ALTER TABLE cart.items DROP CONSTRAINT few', 'a CHECK');
way_is('ALTER TABLE cart.items ADD COLUMN half numeric GENERATED ALWAYS AS (quantity / 2) STORED', $all,
	'ALTER TABLE cart.items DROP COLUMN half', 'a generated column');
way_is(q{ALTER TABLE cart.items ADD COLUMN shelf text DEFAULT 'A'}, qr/^get 0 add 0 new 1 remove 0$/,
	'ALTER TABLE cart.items DROP COLUMN shelf', 'a column with a default');
way_is('ALTER TABLE cart.items ADD COLUMN shelf text', qr/^get 0 add 0 new 0 remove 0$/,
	'ALTER TABLE cart.items DROP COLUMN shelf', 'a column without one');
way_is('ALTER TABLE cart.items ADD CONSTRAINT known FOREIGN KEY (product_id) REFERENCES products', qr/^get 0 add [1-9] new [1-9] remove 0$/,
	'ALTER TABLE cart.items DROP CONSTRAINT known', 'an own foreign key');
way_is('ALTER TABLE cart.items ADD CONSTRAINT once UNIQUE (tenant_id, cart_id, position) DEFERRABLE', $adds,
	'ALTER TABLE cart.items DROP CONSTRAINT once', 'a deferred constraint');
way_is('CREATE TABLE notes (tenant_id text, cart_id uuid, item_key uuid, FOREIGN KEY (tenant_id, cart_id, item_key) REFERENCES cart.items ON DELETE CASCADE)',
	qr/^get 0 add 0 new 0 remove [1-9]$/, 'DROP TABLE notes', 'a table that refers to lines');
way_is('DROP INDEX cart.carts_active_user', qr/^get [1-9] add [1-9] new [1-9] remove [1-9]$/,
	'SELECT cart_setup()', 'an index that is missing');
way_is(q{CREATE OPERATOR CLASS own FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 bttextcmp(text, text);
	DROP INDEX cart.carts_active_user;
	CREATE UNIQUE INDEX carts_active_user ON cart.carts (tenant_id, user_id public.own, till_id) WHERE status = 'active' AND user_id IS NOT NULL},
	qr/^get [1-9] add [1-9] new [1-9] remove [1-9]$/, 'DROP INDEX cart.carts_active_user; SELECT cart_setup()', 'an index of an order of its own');
way_is('CREATE TABLE cart.more () INHERITS (cart.items)', $all, 'DROP TABLE cart.more; ANALYZE cart.items', 'a table that inherits');
way_is('CREATE RULE quiet AS ON UPDATE TO cart.items WHERE false DO INSTEAD NOTHING', $all, 'DROP RULE quiet ON cart.items', 'a rule');
way_is('ALTER TABLE cart.items ALTER quantity TYPE numeric(20, 3)', qr/^get 0 add [1-9] new [1-9] remove 0$/,
	'ALTER TABLE cart.items ALTER quantity TYPE numeric', 'a column of less precision');
way_is(q{ALTER TABLE cart.items RENAME TO elsewhere; CREATE TABLE cart.items (LIKE cart.elsewhere INCLUDING ALL)}, qr/^get [1-9] add [1-9]/,
	'DROP TABLE cart.items; ALTER TABLE cart.elsewhere RENAME TO items', 'another table of that name');

is(sql('ways', 'SELECT life_seen()'), 'merge 0 first 0 held 0 ordered 0', "a cart's life: directly");
life_is('SET cart_ext.direct_access = off', qr/^merge [1-9]\d* first [1-9] held [1-9] ordered [1-9]\d*$/, 'RESET cart_ext.direct_access', 'the setting');
life_is('CREATE INDEX lower ON cart.carts (lower(user_id))', qr/^merge 1 first 1 held 1 ordered 0$/, 'DROP INDEX cart.lower', 'an index of an expression: new carts by SQL');
life_is(q{ALTER TABLE cart.carts ADD COLUMN shop text DEFAULT 'A'}, qr/^merge 1 first 1 held 1 ordered 0$/, 'ALTER TABLE cart.carts DROP COLUMN shop', 'a column with a default');
life_is('CREATE TABLE notes (tenant_id text, cart_id uuid, FOREIGN KEY (tenant_id, cart_id) REFERENCES cart.carts ON DELETE CASCADE)',
	qr/^merge 0 first 0 held 0 ordered 0$/, 'DROP TABLE notes', 'a table that refers to carts, and can have nothing of a new one');
life_is('ALTER TABLE cart.requests ADD CONSTRAINT early CHECK (created_at IS NOT NULL)', qr/^merge 0 first [1-9] held 0 ordered 0$/,
	'ALTER TABLE cart.requests DROP CONSTRAINT early', 'a CHECK on the keys');
life_is('ALTER TABLE cart.drafts ADD CONSTRAINT early CHECK (frozen_at IS NOT NULL)', qr/^merge 0 first 0 held 0 ordered [1-9]$/,
	'ALTER TABLE cart.drafts DROP CONSTRAINT early', 'a CHECK on the drafts');

# What a call has written it finds again without the index.
my $scans = q{SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'requests_pkey'};
my $before = sql('ways', $scans);
sql('ways', q{SELECT cart_add('{"product_id": "mug"}', user_id => 'u', idempotency_key => 'found again'); SELECT pg_stat_force_next_flush()});
is(sql('ways', $scans), $before, 'a key that is claimed and completed is not looked for');

is($node->psql('ways', q{SET default_transaction_read_only = on; SELECT cart_add('{"product_id": "mug"}', user_id => 'u')}, stderr => \my $refused),
	3, 'a transaction that only reads: refused');
like($refused, qr/cannot execute UPDATE in a read-only transaction/, 'as the executor does');
like(sql('ways', q{SET default_transaction_read_only = on; SELECT cart_get(user_id => 'u') ->> 'status'}), qr/active/, 'reading goes on');

# ---- the indexes

# Which there are is remembered by the backend. One session for each kind: before and after there is one.
make_shop('indexes');
sql('indexes', q{
	CREATE EXTENSION amcheck;
	CREATE FUNCTION is_odd(place bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT place % 2 = 1';

	-- New lines, and carts whose status changes.
	CREATE FUNCTION work() RETURNS bigint LANGUAGE sql VOLATILE AS $$
	    SELECT count(cart_add(jsonb_build_object('product_id', md5(random()::text)), user_id => 'u' || n)) FROM generate_series(1, 20) n;
	    SELECT count(cart_add('{"product_id": "mug"}', session_token => 's' || n)) FROM generate_series(1, 20) n;
	    SELECT count(cart_merge('u' || n, 's' || n)) FROM generate_series(1, 20) n;
	    SELECT count(cart_hold(user_id => 'u' || n)) FROM generate_series(1, 5) n;
	$$;

	-- The rows of the table that the index has none of, or too many; by amcheck where it is a B-tree.
	CREATE FUNCTION unsound() RETURNS text LANGUAGE plpgsql AS $$
	BEGIN
	    PERFORM bt_index_check(c.oid, true) FROM pg_index i JOIN pg_class c ON c.oid = indexrelid JOIN pg_am a ON a.oid = relam
	        WHERE indrelid IN ('cart.carts'::regclass, 'cart.items'::regclass, 'cart.merges'::regclass) AND amname = 'btree';
	    RETURN (SELECT count(*) FROM cart.items);
	EXCEPTION WHEN index_corrupted THEN
	    RETURN SQLERRM;
	END $$;
});

sub index_is_kept
{
	my ($create, $drop, $what) = @_;
	my $found = sql('indexes', "SELECT work() LIMIT 0; SELECT work(); $create; SELECT work(); SELECT 'with ' || unsound(); $drop; SELECT work(); SELECT 'then ' || unsound()");
	like($found, qr/^with \d+$/m, "$what: has every row");
	like($found, qr/^then \d+$/m, 'and when it is gone, so have the others');
}

index_is_kept('CREATE INDEX extra ON cart.items (product_id)', 'DROP INDEX cart.extra', 'an own index');
index_is_kept('CREATE INDEX CONCURRENTLY extra ON cart.items (product_id)', 'DROP INDEX CONCURRENTLY cart.extra', 'one made concurrently');
index_is_kept('CREATE INDEX extra ON cart.items (lower(product_id))', 'DROP INDEX cart.extra', 'one of an expression');
index_is_kept('CREATE INDEX extra ON cart.items (product_id) WHERE position % 2 = 1', 'DROP INDEX cart.extra', 'one with a condition');
index_is_kept('CREATE INDEX extra ON cart.items (product_id) WHERE public.is_odd(position)', 'DROP INDEX cart.extra', 'one whose condition is a function of the application');
index_is_kept(q{CREATE INDEX extra ON cart.carts (user_id) INCLUDE (label) WHERE status IN ('held', 'merged')}, 'DROP INDEX cart.extra', 'one of the carts by their status');
index_is_kept('ALTER TABLE cart.items ADD CONSTRAINT extra UNIQUE (tenant_id, cart_id, position) DEFERRABLE INITIALLY DEFERRED',
	'ALTER TABLE cart.items DROP CONSTRAINT extra', 'a deferred constraint');
index_is_kept('ALTER TABLE cart.items ADD CONSTRAINT extra EXCLUDE USING btree (tenant_id WITH =, cart_id WITH =, position WITH =)',
	'ALTER TABLE cart.items DROP CONSTRAINT extra', 'an exclusion constraint');
index_is_kept('REINDEX TABLE CONCURRENTLY cart.items', 'REINDEX TABLE cart.carts', 'indexes that are made anew');

# Of another kind.
is(sql('indexes', q{
	SELECT work() LIMIT 0;
	CREATE INDEX extra ON cart.items USING hash (product_id);
	SELECT work() LIMIT 0;
	CREATE TEMPORARY TABLE found AS SELECT count(*) FROM cart.items WHERE product_id || '' = 'mug';
	SET enable_seqscan = off;
	SELECT (SELECT count(*) FROM cart.items WHERE product_id = 'mug') - (SELECT count FROM found)}), 0, 'a hash index: has every row');
# What an index calls runs with the rights of the tables' owner: it must not find what the caller's search_path has.
sql('indexes', q{
	DROP INDEX cart.extra;
	CREATE SCHEMA evil;
	CREATE FUNCTION looked(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
	BEGIN
	    IF current_setting('search_path') LIKE '%evil%' THEN RAISE 'the index sees %', current_setting('search_path'); END IF;
	    RETURN $1;
	END $$;
	CREATE FUNCTION compared(text, text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT bttextcmp(public.looked($1), public.looked($2))';
	CREATE OPERATOR CLASS watched FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 compared(text, text);
	SELECT cart_add(jsonb_build_object('product_id', 'early ' || n), user_id => 'early') FROM generate_series(1, 5) n;
});
for my $index ('(public.looked(product_id))', "(product_id) WHERE public.looked(product_id) > ''", '(product_id public.watched)')
{
	my ($found, $error) = ('', '');
	$node->psql('indexes', qq{
		SELECT cart_add('{"product_id": "before"}', user_id => 'path');
		CREATE INDEX watching ON cart.items $index;
		SET search_path = evil, public;
		SELECT cart_add(jsonb_build_object('product_id', md5(random()::text)), user_id => 'path') ->> 'status';
		RESET search_path;
		DROP INDEX cart.watching}, stdout => \$found, stderr => \$error);
	is($error, '', "an index on $index sees none of the caller's search_path");
}

sql('indexes', 'TRUNCATE cart.items; ALTER TABLE cart.items ADD CONSTRAINT once UNIQUE (product_id, position) DEFERRABLE INITIALLY DEFERRED');
$node->psql('indexes', q{SELECT cart_add('{"product_id": "a"}', user_id => 'a'); SELECT cart_add('{"product_id": "a"}', user_id => 'b')}, stderr => \my $why);
like($why, qr/duplicate key value violates unique constraint "once"/, 'a deferred constraint is checked');

# ---- the same either way

# Calls drawn by a seed, the clock going on with each. What differs by nature, the ids of carts, is
# left out of answers.
my @columns = qw(tenant_id user_id session_hash till_id status version currency location_id label order_ref discount metadata
	created_by updated_by created_at updated_at last_accessed_at sweep_from expires_at);
for my $database ('directly', 'by_sql')
{
	make_shop($database);
	sql($database, q{
		CREATE TABLE outcome (number int, call text, code text, answer text);
		CREATE FUNCTION pick(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
		    SELECT choices[1 + floor(random() * cardinality(choices))] $$;
		CREATE FUNCTION item() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
		    SELECT jsonb_strip_nulls(jsonb_build_object('product_id', pick('mug', 'tea', 'cup', 'pot', 'jug'),
		        'options', pick('red', 'blue', NULL), 'unit_price', pick('1.5', '2', NULL)::numeric,
		        'note', CASE WHEN random() < 0.05 THEN repeat(md5(random()::text), 200) END)) $$;
		CREATE FUNCTION call() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
		DECLARE
		    who text := pick('user_id => ''a''', 'user_id => ''b''', 'user_id => ''c''', 'session_token => ''s''', 'session_token => ''t''')
		        || pick('', '', ', tenant_id => ''x''');
		    once text := pick('', '', format(', idempotency_key => %L', pick('1', '2', '3', '4', '5', '6')));
		    number text := pick('1', '2', '0.5', '3', '0');
		    cart text := format('(cart_get(%s) ->> ''cart_id'')::uuid', who);
		BEGIN
		    RETURN CASE pick('add', 'add', 'add', 'add', 'items', 'update', 'update', 'change', 'remove', 'clear', 'set', 'merge', 'merge', 'hold',
		        'resume', 'checkout', 'complete', 'cancel', 'get', 'touch', 'discount', 'reconcile', 'direct', 'many', 'two')
		        WHEN 'add' THEN format('SELECT cart_add(%L, %s, %s%s)', item(), pick('NULL', '2', '0.25'), who, once)
		        WHEN 'items' THEN format('SELECT cart_add_items(%L, %s%s)', jsonb_build_array(item(), item(), item()), who, once)
		        WHEN 'many' THEN format('SELECT cart_add_items((SELECT jsonb_agg(jsonb_build_object(''product_id'', n)) FROM generate_series(1, %s) n), %s)',
		            pick('3', '40'), who)
		        WHEN 'update' THEN format('SELECT cart_update(cart_item_key(%L), %s, %s%s)', item(), number, who, once)
		        WHEN 'change' THEN format('SELECT cart_update(cart_item_key(%L), changes => %L, %s%s)', item(), item(), who, once)
		        WHEN 'remove' THEN format('SELECT cart_remove(cart_item_key(%L), %s%s)', item(), who, once)
		        WHEN 'clear' THEN format('SELECT cart_clear(%s%s)', who, once)
		        WHEN 'set' THEN format('SELECT cart_set(%L, %s%s)', pick('{"label": "l"}', '{"currency": "EUR"}', '{"metadata": {"a": 1}}'), who, once)
		        WHEN 'merge' THEN format('SELECT cart_merge(%L, %L, %L)', pick('a', 'b', 'c'), pick('s', 't'), pick('sum', 'max', 'incoming', 'existing'))
		        WHEN 'hold' THEN format('SELECT cart_hold(%L, %s%s)', pick('h1', 'h2', NULL), who, once)
		        WHEN 'resume' THEN format('SELECT cart_resume((SELECT cart_id FROM cart.carts WHERE status = ''held'' ORDER BY created_at LIMIT 1 OFFSET %s), %s)',
		            pick('0', '1', '2'), who)
		        WHEN 'checkout' THEN format('SELECT cart_checkout(%L, %s%s)', 'o' || pick('1', '2', '3', '4', '5', '6', '7', '8', '9'), who, once)
		        WHEN 'complete' THEN format('SELECT cart_checkout_complete((SELECT cart_id FROM cart.carts WHERE status = ''checkout'' ORDER BY created_at LIMIT 1 OFFSET %s))',
		            pick('0', '1', '2'))
		        WHEN 'cancel' THEN 'SELECT cart_checkout_cancel((SELECT cart_id FROM cart.carts WHERE status = ''checkout'' ORDER BY created_at LIMIT 1))'
		        WHEN 'get' THEN format('SELECT cart_get(%s)', who)
		        WHEN 'touch' THEN format('SELECT cart_touch(%s)', who)
		        WHEN 'discount' THEN format('SELECT cart_set_discount(%L, %s)', '{"type": "percent", "value": 10}', who)
		        WHEN 'reconcile' THEN format('SELECT cart_reconcile(%s)', who)
		        WHEN 'direct' THEN format('UPDATE cart.items SET quantity = quantity + 1 WHERE cart_id = %s RETURNING item_key', cart)
		        WHEN 'two' THEN format('SELECT cart_add(%L, %s), cart_add(%L, %s), cart_get(%s)', item(), who, item(), who, who)
		    END;
		END $$;
		CREATE PROCEDURE make_calls(calls int, seed float8) LANGUAGE plpgsql AS $$
		DECLARE
		    done text;
		    answer text;
		BEGIN
		    PERFORM setseed(seed);
		    FOR i IN 1 .. calls LOOP
		        done := call();
		        PERFORM set_config('cart_ext.clock', ('2030-01-01'::timestamptz + i * interval '1 second')::text, false),
		            set_config('cart_ext.return_cart', pick('on', 'off'), false);
		        BEGIN
		            EXECUTE format('SELECT string_agg(x::text, '' '' ORDER BY x::text) FROM (%s) x', done) INTO answer;
		            INSERT INTO outcome VALUES (i, done, '00000', answer);
		        EXCEPTION
		            WHEN syntax_error OR feature_not_supported THEN
		                EXECUTE done;
		                INSERT INTO outcome VALUES (i, done, 'direct', NULL);
		            WHEN OTHERS THEN
		                INSERT INTO outcome VALUES (i, done, SQLSTATE, SQLERRM);
		        END;
		        IF random() < 0.3 THEN COMMIT; END IF;
		    END LOOP;
		END $$;
	});
	my $direct = $database eq 'directly' ? 'on' : 'off';
	sql($database, "SET cart_ext.direct_access = $direct; SET TIME ZONE 'UTC'; CALL make_calls($calls, ($seed % 1000) / 1000.0)");
}

sub both_give
{
	my ($query, $what) = @_;
	my @found = map { sql($_, $query) } ('directly', 'by_sql');
	return ok(1, $what) if $found[0] eq $found[1];
	my @rows = map { [ split /\n/ ] } @found;
	my ($first) = grep { ($rows[0][$_] // '') ne ($rows[1][$_] // '') } 0 .. $#{ $rows[0] };
	ok(0, $what);
	diag(substr("directly: $rows[0][$first]\nby SQL:   $rows[1][$first]", 0, 2000));
	return 0;
}

my $listed = join ', ', map { "c.$_" } @columns;
both_give(q{SELECT number, code, call, regexp_replace(answer, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '*', 'g') FROM outcome ORDER BY number},
	"$calls calls are answered the same");
both_give("SELECT $listed, m.created_at FROM cart.carts c LEFT JOIN cart.carts m ON m.cart_id = c.merged_into ORDER BY c.created_at, c.version, c.tenant_id, c.user_id, c.session_hash",
	'the carts are the same');
both_give(q{SELECT c.created_at, c.tenant_id, i.item_key, i.position, i.product_id, i.quantity, i.unit_price, i.item, i.added_at, i.updated_at
	FROM cart.items i JOIN cart.carts c USING (tenant_id, cart_id) ORDER BY 1, 2, i.position, i.item_key}, 'and so are their lines');
both_give('SELECT tenant_id, owner_hash, key_hash, version, created_at FROM cart.requests ORDER BY 1, 2, 3', 'the keys that were used');
both_give('SELECT user_id, till_id, session_hash, target_version, strategy, lines, merged_at FROM cart.merges ORDER BY merged_at, target_version, user_id', 'the receipts of merges');
both_give('SELECT c.created_at, c.version, d.frozen, d.frozen_at FROM cart.drafts d JOIN cart.carts c USING (tenant_id, cart_id) ORDER BY 1, 2', 'and the drafts');
for my $table (qw(requests merges drafts))
{
	isnt(sql('directly', "SELECT count(*) FROM cart.$table"), 0, "there are $table");
}
cmp_ok(sql('directly', q{SELECT count(*) FROM outcome WHERE code = '00000'}), '>', $calls / 2, 'most of the calls came through');
note sql('directly', q{SELECT string_agg(code || ': ' || n, ', ' ORDER BY n DESC) FROM (SELECT code, count(*) n FROM outcome GROUP BY code) x});
is(sql('directly', q{SELECT count(*) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE datname = current_database()
	AND query ~ 'UPDATE cart.carts SET version'}), '0', 'the one database has changed its carts without the executor');
isnt(sql('by_sql', q{SELECT count(*) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE datname = current_database()
	AND query ~ 'UPDATE cart.carts SET version'}), '0', 'the other with it');

# A draft that is stored out of line, and written a second time.
sql('directly', q{
	SELECT cart_add_items((SELECT jsonb_agg(jsonb_build_object('product_id', md5(n::text), 'unit_price', n, 'title', repeat(md5(n::text), 3))) FROM generate_series(1, 90) n), user_id => 'large');
	SELECT cart_checkout('large', user_id => 'large');
	SELECT cart_checkout_cancel(cart_id) FROM cart.carts WHERE user_id = 'large';
	SELECT cart_add('{"product_id": "one more", "unit_price": 1}', user_id => 'large');
	SELECT cart_checkout('large', user_id => 'large')});
is(sql('directly', q{SELECT count(*), max((SELECT count(*) FROM jsonb_object_keys(frozen -> 'line_totals'))) FROM cart.drafts JOIN cart.carts USING (tenant_id, cart_id) WHERE user_id = 'large'}),
	'1|91', 'a large draft is written again');

# The heap and its indexes agree, whichever way wrote them.
sql('directly', 'CREATE EXTENSION amcheck');
is(sql('directly', q{SELECT count(bt_index_check(indexrelid, true)) > 0 FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE relnamespace = 'cart'::regnamespace}),
	't', 'every row stands in every index');
is(sql('directly', q{SELECT count(*) FROM pg_class c, verify_heapam(c.oid) WHERE relnamespace = 'cart'::regnamespace AND relkind = 'r'}),
	0, 'and the heap is sound');

done_testing();
