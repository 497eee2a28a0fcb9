# What the background worker does to carts, beside clients that use them: failures 30 to 35, by their
# numbers, and on a standby that is promoted.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('main', allows_streaming => 1, conf => q{
	shared_preload_libraries = 'cart_ext'
	cart_ext.sweep_interval = 0
	cart_ext.sweep_batch = 100
	cart_ext.sweep_pause = 0
});
$node->safe_psql('postgres', q{
	CREATE ROLE shop_owner;
	CREATE EXTENSION cart_ext;
	SELECT cart_setup('shop_owner');
	CREATE FUNCTION make(what text, carts int, used interval, is_user boolean = false) RETURNS void LANGUAGE sql AS $$
		INSERT INTO cart.carts (label, session_hash, user_id, last_accessed_at)
		SELECT what, CASE WHEN NOT is_user THEN sha256((what || i)::bytea) END, CASE WHEN is_user THEN what || i END, now() - used
		FROM generate_series(1, carts) i $$;
});

sub sql { return $node->safe_psql('postgres', $_[0]); }

sub setting
{
	my ($assignment) = @_;
	sql("ALTER SYSTEM SET $assignment");
	$node->reload;
	return;
}

# Lets the worker make passes until the query holds.
sub sweep_until
{
	my ($query, $what) = @_;
	setting('cart_ext.sweep_interval = 1');
	ok($node->poll_query_until('postgres', "SELECT $query"), $what);
	setting('cart_ext.sweep_interval = 0');
	$node->poll_query_until('postgres', q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'cart_ext sweeper')});
	return;
}

# The statuses of the carts of that label: "3 active, 5 abandoned".
sub statuses
{
	my ($label) = @_;
	return sql(qq{SELECT string_agg(n || ' ' || status, ', ' ORDER BY status) FROM
		(SELECT status, count(*) AS n FROM cart.carts WHERE label = '$label' GROUP BY 1) q});
}

# ---- failures 30 and 31
sql(q{SELECT make('fresh', 50, '1 day'), make('old', 50, '91 days'), make('user', 50, '10 years', true)});
sql(q{SET cart_ext.loading = on; UPDATE cart.carts SET created_at = now() - interval '5 years' WHERE label = 'fresh'});
sweep_until(q{count(*) = 50 FROM cart.carts WHERE status = 'abandoned'}, 'failure 30: old carts of guests are abandoned');
is(statuses('fresh'), '50 active', 'failure 31: what was made long ago but used lately lives');
is(statuses('user'), '50 active', 'users\' carts live');
sql(q{ALTER DATABASE postgres SET cart_ext.purge_after = 1});
sweep_until(q{count(*) = 100 FROM cart.carts}, 'failure 30: abandoned carts are deleted');
is(statuses('fresh') . statuses('user'), '50 active50 active', '… and no others');
sql(q{ALTER DATABASE postgres RESET cart_ext.purge_after});

# ---- failure 32: rows that cannot be written, a thousand batches
sql(q{
	TRUNCATE cart.carts CASCADE;
	SELECT make('good', 20000, '1 year'), make('bad', 3, '2 years'), make('late bad', 2, '1 year');
	CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'kept by the shop'; END $$;
	CREATE TRIGGER refuse BEFORE UPDATE ON cart.carts FOR EACH ROW WHEN (NEW.label ~ 'bad') EXECUTE FUNCTION refuse();
});
my $offset = -s $node->logfile;
sweep_until(q{count(*) = 5 FROM cart.carts WHERE status = 'active'}, 'failure 32: rows that fail do not keep the others');
sql(q{SELECT make('more', 10, '1 year')});
sweep_until(q{count(*) = 5 FROM cart.carts WHERE status = 'active'}, '… in later passes neither');
my $log = slurp_file($node->logfile, $offset);
my @reports = $log =~ /WARNING:  the sweep passes over what fails: kept by the shop\n.*?DETAIL:  (.*)/g;
is(scalar(@reports), 5, '… and are reported once each');
is(scalar(grep { /^\{"tenant_id": "", "cart_id": "[0-9a-f-]{36}"\}$/ } @reports), 5, '… by tenant and cart, without their users');
sql('DROP TRIGGER refuse ON cart.carts');
sweep_until(q{count(*) = 0 FROM cart.carts WHERE status = 'active'}, '… and are swept when they can be');

# ---- failure 33: no batch is large, and clients go on meanwhile
is(sql(q{SELECT max(n) <= 100 FROM (SELECT count(*) AS n FROM cart.carts GROUP BY xmin::text) q}), 't', 'failure 33: no transaction has written more than a batch');
is(sql(q{
	SET enable_seqscan = off;
	CREATE FUNCTION uses_sort_or_seqscan(query text) RETURNS boolean LANGUAGE plpgsql AS $$
	DECLARE line text; BEGIN
		FOR line IN EXECUTE 'EXPLAIN ' || query LOOP IF line ~ 'Sort|Seq Scan' THEN RETURN true; END IF; END LOOP;
		RETURN false; END $$;
	SELECT uses_sort_or_seqscan($$ SELECT cart_id FROM cart.carts WHERE tenant_id = '' AND status = 'active' AND user_id IS NULL AND sweep_from <= now()
		AND (sweep_from, cart_id) > (now(), gen_random_uuid()) ORDER BY sweep_from, cart_id LIMIT 100 FOR NO KEY UPDATE SKIP LOCKED $$)}),
	'f', 'failure 33: there is an index for what a pass looks for');
sql(q{TRUNCATE cart.carts CASCADE; SELECT make('guest ', 20000, '1 year')});
my $script = $node->basedir . '/touch.sql';
PostgreSQL::Test::Utils::append_to_file($script, q{
	\set n random(1, 20000)
	SET statement_timeout = '1s';
	UPDATE cart.carts SET metadata = '{"touched": true}', last_accessed_at = now() WHERE session_hash = sha256(('guest ' || :n)::bytea) AND status = 'active';
});
my $clients = IPC::Run::start([ 'pgbench', '-n', '-c', '4', '-T', '5', '-f', $script, $node->connstr('postgres') ], '>', \my $out, '2>', \my $err);
sweep_until(q{count(*) = 0 FROM cart.carts WHERE status = 'active' AND last_accessed_at < now() - interval '90 days'}, 'a pass beside four clients');
$clients->finish;
like($out, qr/number of failed transactions: 0 /, 'failure 33: no client waited for a second') or diag($out, $err);

# ---- failure 34
my $touched = sql(q{SELECT count(*) FROM cart.carts WHERE metadata ? 'touched'});
cmp_ok($touched, '>', 100, "$touched carts were touched during the pass");
is(sql(q{SELECT count(*) FROM cart.carts WHERE metadata ? 'touched' AND status <> 'active'}), '0', 'failure 34: each of them lives');
is(sql(q{SELECT count(*) FROM cart.carts WHERE metadata = '{}' AND (status <> 'abandoned' OR version <> 2)}), '0', '… and each other one was abandoned, once');
sql(q{TRUNCATE cart.carts CASCADE; SELECT make('waiting', 1, '1 year')});
my $holder = $node->background_psql('postgres');
$holder->query_safe(q{BEGIN; UPDATE cart.carts SET last_accessed_at = now()});
is(sql('SELECT cart_sweep() ->> \'abandoned\''), '0', 'failure 34: a cart that is being touched is passed over');
$holder->query_safe('COMMIT');
$holder->quit;
is(sql('SELECT cart_sweep() ->> \'abandoned\'; SELECT status FROM cart.carts'), "0\nactive", '… and lives');

# ---- failure 35
sql(q{TRUNCATE cart.carts CASCADE; SELECT make('bot', 50000, '1 year')});
setting('cart_ext.sweep_batch = 1000');
sweep_until(q{count(*) = 50000 FROM cart.carts WHERE status = 'abandoned'}, 'failure 35: empty carts of bots are abandoned');
sql(q{ALTER DATABASE postgres SET cart_ext.purge_after = 1});
sweep_until(q{count(*) = 0 FROM cart.carts}, '… and deleted');
sql(q{ALTER DATABASE postgres RESET cart_ext.purge_after});

# ---- several at once
sql(q{SELECT make('shared', 20000, '1 year')});
$offset = -s $node->logfile;
my $hand = $node->basedir . '/hand.sql';
PostgreSQL::Test::Utils::append_to_file($hand, q{INSERT INTO swept SELECT (cart_sweep(37) ->> 'abandoned')::int;});
sql('CREATE TABLE swept (carts int)');
$clients = IPC::Run::start([ 'pgbench', '-n', '-c', '3', '-t', '60', '-f', $hand, $node->connstr('postgres') ], '>', \$out, '2>', \$err);
sweep_until(q{count(*) = 0 FROM cart.carts WHERE status = 'active'}, 'a worker and three callers of cart_sweep() at once');
$clients->finish;
is(sql('SELECT count(*) FROM cart.carts WHERE version <> 2'), '0', 'no cart was swept twice');
my $by_worker = 0;
$by_worker += $_ for slurp_file($node->logfile, $offset) =~ /swept database "postgres": (\d+) carts abandoned/g;
my $by_hand = sql('SELECT sum(carts) FROM swept');
is($by_worker + $by_hand, 20000, "$by_worker carts by the worker and $by_hand by hand are all there were");
cmp_ok($by_hand, '>', 0, 'both had their share');

# ---- whose rights
$node->safe_psql('postgres', q{
	TRUNCATE cart.carts CASCADE;
	GRANT CREATE, USAGE ON SCHEMA public TO shop_owner;
	SET ROLE shop_owner;
	CREATE TABLE seen (who name, path text, refused text);
	CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
	DECLARE code text;
	BEGIN
		BEGIN SET ROLE postgres; EXCEPTION WHEN OTHERS THEN code := SQLSTATE; END;
		INSERT INTO public.seen VALUES (current_user, current_setting('search_path'), code);
		RETURN NULL;
	END $$;
	CREATE CONSTRAINT TRIGGER look AFTER UPDATE ON cart.carts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION look();
	RESET ROLE;
	SELECT make('deferred', 1, '1 year');
	ALTER DATABASE postgres SET search_path = public;
	ALTER DATABASE postgres SET default_transaction_isolation = 'serializable';
	ALTER DATABASE postgres SET default_transaction_read_only = on;
});
sweep_until(q{count(*) = 1 FROM cart.carts WHERE status = 'abandoned'}, 'a pass where sessions are read only and serializable by default');
is(sql('SELECT * FROM seen'), 'shop_owner|pg_catalog, pg_temp|42501', 'a trigger deferred to the commit runs as the owner of the tables, and cannot become another');
$node->safe_psql('postgres', 'SET default_transaction_read_only = off; ALTER DATABASE postgres RESET ALL');
sql('DROP TRIGGER look ON cart.carts');

# ---- a standby
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
sql(q{SELECT make('replicated', 10, '1 year')});
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($standby->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ '^cart_ext'}), '0', 'on a standby there is no worker');
my ($status, $stdout, $stderr) = $standby->psql('postgres', "\\set VERBOSITY verbose\nSELECT cart_sweep()");
like($stderr, qr/ERROR:  25006/, 'and cart_sweep() is refused there');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM cart.carts WHERE status = 'active'}), '10', 'nothing is swept there');
$node->stop;
$standby->promote;
$standby->safe_psql('postgres', 'ALTER SYSTEM SET cart_ext.sweep_interval = 1');
$standby->reload;
ok($standby->poll_query_until('postgres', q{SELECT count(*) = 0 FROM cart.carts WHERE status = 'active'}), 'promoted, it sweeps');
$standby->stop;
done_testing();
