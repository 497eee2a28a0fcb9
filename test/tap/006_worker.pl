# The background worker: whom it serves, when, and how it gives way. Carts are made a year ago by
# the settable clock, so nothing here waits for a cart to grow old.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $conf = q{
	shared_preload_libraries = 'cart_ext'
	cart_ext.sweep_interval = 1s
	restart_after_crash = on
};
my $node = start_node('main', conf => $conf);

sub setting
{
	my ($assignment) = @_;
	$node->safe_psql('postgres', "ALTER SYSTEM SET $assignment");
	$node->reload;
}

# A database with carts that were used last a year ago.
sub make_shop
{
	my ($name, $carts) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name") unless $name eq 'postgres';
	$node->safe_psql($name, 'CREATE EXTENSION cart_ext; SELECT cart_setup()');
	make_old($name, $carts) if $carts;
	return;
}

sub make_old
{
	my ($database, $carts) = @_;
	$node->safe_psql($database, qq{
		INSERT INTO cart.carts (session_hash, label, last_accessed_at)
		SELECT sha256(random()::text::bytea), 'old ' || i, now() - interval '1 year' FROM generate_series(1, $carts) i});
	return;
}

my $is_swept = q{SELECT count(*) = 0 FROM cart.carts WHERE status = 'active'};
my $launcher = q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'cart_ext launcher'};
my $sweepers = q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'cart_ext sweeper'};

sub is_swept_soon
{
	my ($database, $what) = @_;
	return ok($node->poll_query_until($database, $is_swept), $what);
}

# Makes each cart take its time, so that a pass lasts until the trigger goes.
sub slow_down
{
	my ($database) = @_;
	$node->safe_psql($database, q{
		CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END $$;
		CREATE TRIGGER take_time BEFORE UPDATE ON cart.carts FOR EACH ROW EXECUTE FUNCTION take_time()});
	return;
}

# There is something to do, and the pass is at it.
sub wait_for_pass
{
	my ($database) = @_;
	make_old($database, 200);
	return $node->poll_query_until('postgres', qq{SELECT EXISTS (SELECT FROM pg_stat_activity
		WHERE backend_type = 'cart_ext sweeper' AND datname = '$database' AND query ~ 'abandoning carts, [1-9][0-9]* done')});
}

# ---- whom it serves
ok($node->poll_query_until('postgres', "SELECT EXISTS ($launcher)"), 'the launcher is seen in pg_stat_activity');
for my $i (1 .. 20)
{
	if ($i % 3 == 0 || $i == 20) { make_shop("d$i", 5); }
	else { $node->safe_psql('postgres', "CREATE DATABASE d$i"); }
}
my @shops = map { "d$_" } (3, 6, 9, 12, 15, 18, 20);
is_swept_soon($_, "of 20 databases, $_ has carts, which are swept") for @shops;
ok($node->poll_query_until('postgres', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname ~ '^d[0-9]')"),
	'no connection is held to a database');
my $log = slurp_file($node->logfile);
for my $shop (@shops)
{
	my @lines = $log =~ /cart_ext swept database "$shop": (.*)/g;
	is(scalar(grep { !/^5 carts abandoned, 0 holds expired, 0 checkouts returned, 0 carts purged, 0 requests purged, 0 passed over; CPU: user: \S+ s, system: \S+ s, elapsed: \S+ s$/ } @lines), 0,
		"$shop: a line of the log says what was done");
	is(scalar(@lines), 1, "$shop: one line");
}
unlike($log, qr/(?:WARNING|ERROR|FATAL):/, 'nothing went wrong, also in the databases without carts');
$node->safe_psql('postgres', "DROP DATABASE d$_") for 1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19;

# ---- when: intervals, also a database's own
$node->safe_psql('postgres', 'ALTER DATABASE d3 SET cart_ext.sweep_interval = 0');
$node->safe_psql('postgres', q{ALTER DATABASE d6 SET cart_ext.sweep_interval = '1h'});
make_old('d6', 1);
make_old('d3', 1);
make_old('d9', 1) and is_swept_soon('d9', 'a database of the server\'s interval') for 1 .. 3;
is($node->safe_psql('d3', $is_swept), 'f', 'where its own interval is 0, nothing is swept');
is($node->safe_psql('d6', $is_swept), 'f', 'where its own is longer, not before it has passed');
setting('cart_ext.sweep_interval = 0');
$node->safe_psql('postgres', 'ALTER DATABASE d3 RESET cart_ext.sweep_interval');
ok($node->poll_query_until('postgres', "SELECT ($sweepers) = 0"), 'after a reload with interval 0 …');
make_old('d9', 1);
sleep 2;
is($node->safe_psql('d9', $is_swept), 'f', '… nothing is swept');
setting(q{cart_ext.sweep_interval = '1h'});
sleep 2;
is($node->safe_psql('d9', $is_swept), 'f', '… nor with an hour, before it has passed');
setting('cart_ext.sweep_interval = 1');
is_swept_soon('d9', '… and with a second again');
is_swept_soon('d3', 'a database that was off is on again');

# ---- SIGTERM
my $pid = $node->safe_psql('postgres', $launcher);
is($node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)"), 't', 'SIGTERM to the launcher');
ok($node->poll_query_until('postgres', "SELECT EXISTS ($launcher AND pid <> $pid)"), '… which comes back');
make_old('d9', 1);
is_swept_soon('d9', '… and goes on');

setting('cart_ext.sweep_batch = 10');
make_shop('slow');
slow_down('slow');
ok(wait_for_pass('slow'), 'pg_stat_activity shows how far a pass is');
is($node->safe_psql('postgres', q{SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type = 'cart_ext sweeper' AND datname = 'slow'}),
	'1', 'SIGTERM to the sweeper');
make_old('d9', 1);
is_swept_soon('d9', '… and the next database is served');

# ---- what is nobody's cart fails: the transaction is over when it is reported
make_shop('odd');
$node->safe_psql('odd', 'ALTER TABLE cart.carts RENAME COLUMN sweep_from TO elsewhere');
$node->wait_for_log(qr/WARNING:  the sweep passes over what fails: column "?[a-z.]*sweep_from"? does not exist/);
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'cart_ext launcher'}), '1',
	'a table without a column is reported');
make_old('d9', 1);
is_swept_soon('d9', '… and others are served');
$node->safe_psql('odd', 'ALTER TABLE cart.carts RENAME COLUMN elsewhere TO sweep_from');
make_old('odd', 1);
is_swept_soon('odd', '… and it, when it is mended');
unlike(slurp_file($node->logfile), qr/was terminated by signal/, '… and no process has crashed');
$node->safe_psql('postgres', 'DROP DATABASE odd');

# ---- a crash of another backend
ok(wait_for_pass('slow'), 'a pass is under way');
my $victim = $node->background_psql('postgres');
kill 'KILL', $victim->query_safe('SELECT pg_backend_pid()');
ok($node->poll_query_until('postgres', "SELECT EXISTS ($launcher)"), 'after a crash of another backend the launcher is there again');
ok(wait_for_pass('slow'), '… and sweeps');
eval { $victim->quit };    # its server is gone

# ---- giving way
is($node->psql('postgres', 'CREATE DATABASE copy TEMPLATE slow'), 0, 'CREATE DATABASE … TEMPLATE during a pass');
ok(wait_for_pass('slow'), '… which then goes on');
is($node->psql('slow', 'DROP EXTENSION cart_ext CASCADE'), 0, 'DROP EXTENSION during a pass');
ok($node->poll_query_until('postgres', q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'cart_ext sweeper' AND datname = 'slow')}), '… ends it');
my $left = $node->safe_psql('slow', q{SELECT count(*) FROM cart.carts WHERE status = 'active'});
cmp_ok($left, '>', 0, "… with $left carts left");
sleep 2;
is($node->safe_psql('slow', q{SELECT count(*) FROM cart.carts WHERE status = 'active'}), $left, 'without the extension nothing is swept');
is($node->psql('slow', 'CREATE EXTENSION cart_ext; SELECT cart_setup()'), 0, 'CREATE EXTENSION');
ok(wait_for_pass('slow'), '… goes on');
is($node->psql('slow', 'DROP SCHEMA cart CASCADE'), 0, 'DROP SCHEMA during a pass');
is($node->psql('copy', 'DROP EXTENSION cart_ext CASCADE; CREATE EXTENSION cart_ext; SELECT cart_setup()'), 0, 'DROP and CREATE EXTENSION during a pass');
ok(wait_for_pass('copy'), '… goes on');
is($node->psql('postgres', 'DROP DATABASE copy'), 0, 'DROP DATABASE during a pass');
is($node->psql('postgres', 'DROP DATABASE slow'), 0, 'DROP DATABASE after a pass has ended by itself');

# ---- no process to be had
$node->append_conf('postgresql.conf', 'max_worker_processes = 2');
$node->stop;
my $offset = -s $node->logfile;
$node->start;
ok($node->poll_query_until('postgres', "SELECT EXISTS ($launcher)"), 'with two processes for workers, one of which is the server\'s own');
sleep 2;
my @warnings = slurp_file($node->logfile, $offset) =~ /WARNING:  cart_ext finds no background worker/g;
is(scalar(@warnings), 1, '… the launcher says once that there is none for it');

# ---- pg_upgrade starts the server so
$node->stop;
$node->adjust_conf('postgresql.conf', 'max_worker_processes', '8');
system_or_bail('pg_ctl', '-w', '-s', '-D', $node->data_dir, '-l', $node->logfile, '-o', '-b', 'start');
is($node->safe_psql('postgres', "SELECT count(*) FROM ($launcher) l"), '0', 'in pg_upgrade there is no launcher');
system_or_bail('pg_ctl', '-w', '-s', '-D', $node->data_dir, 'stop');
done_testing();
