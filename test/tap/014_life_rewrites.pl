# The tables written anew, while calls go on: VACUUM FULL, CLUSTER, REINDEX CONCURRENTLY, pg_repack, and
# a table that was swapped for a copy of itself.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node checksum fill_shop psql_error works_as_before);
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('main');
$node->safe_psql('postgres', 'CREATE EXTENSION cart_ext; SELECT cart_setup()');
my $before = fill_shop($node, 'postgres');
my $database = $node->connstr('postgres');

sub sql { return $node->safe_psql('postgres', $_[0]); }

# The oids of the files in which a table and its indexes stand.
sub files
{
	return sql(q{SELECT string_agg(pg_relation_filenode(oid)::text, ' ' ORDER BY oid) FROM pg_class
		WHERE oid IN ('cart.carts'::regclass, 'cart.items'::regclass)
		   OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN ('cart.carts'::regclass, 'cart.items'::regclass))});
}

# ---- nobody at work
for my $command (
	'VACUUM FULL cart.carts', 'VACUUM FULL cart.items', 'CLUSTER cart.carts USING carts_pkey',
	'CLUSTER cart.items USING items_pkey', 'REINDEX SCHEMA CONCURRENTLY cart', 'REINDEX TABLE cart.carts',
	'ALTER TABLE cart.carts SET UNLOGGED', 'ALTER TABLE cart.carts SET LOGGED',
	'ANALYZE cart.carts; VACUUM (FREEZE) cart.items')
{
	# A foreign key keeps carts from being less durable than their lines.
	if ($command =~ /UNLOGGED/)
	{
		like(psql_error($node, 'postgres', $command), qr/could not change table "carts" to unlogged/, "$command is refused");
		next;
	}
	my $files = files();
	sql($command);
	isnt(files(), $files, "$command writes anew") unless $command =~ /VACUUM \(FREEZE|SET LOGGED/;
}
works_as_before($node, 'postgres', $before, 'rewritten');

# ---- with clients at work: every add counts, and no call fails
sql(q{SELECT cart_add('{"product_id": "mug"}', user_id => 'busy ' || n) FROM generate_series(1, 20) n});
my $script = PostgreSQL::Test::Utils::tempdir() . '/add.sql';
append_to_file($script, q{\set n random(1, 20)
SELECT cart_add(jsonb_build_object('product_id', CASE WHEN random() < 0.5 THEN 'mug' ELSE 'tea' END), user_id => 'busy ' || :n);
});

# Runs $code over and over again while pgbench's clients add; what they have added must be there.
sub while_adding
{
	my ($what, $seconds, $code) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $quantity = q{SELECT sum(quantity)::bigint FROM cart.items JOIN cart.carts USING (tenant_id, cart_id) WHERE user_id LIKE 'busy %'};
	my $there = sql($quantity);
	my ($out, $err) = ('', '');
	my $clients = IPC::Run::start([ 'pgbench', '-n', '-c', '4', '-T', $seconds, '-M', 'prepared', '-f', $script, $database ],
		'<', \undef, '>', \$out, '2>', \$err);
	my ($rounds, $failed) = (0, '');
	while ($clients->pump_nb, $clients->pumpable)
	{
		my $error = $code->();
		$rounds++ if $error eq '';
		$failed = $error if $error ne '';
	}
	$clients->finish;
	my ($done) = $out =~ /number of transactions actually processed: (\d+)/;
	note("$what: $rounds times, during " . ($done // 'no') . ' calls');
	is($failed, '', "$what: runs beside the calls");
	cmp_ok($rounds, '>', 0, "$what: at least once");
	is($err =~ s/^pgbench.*\n//rm =~ /error|aborted/ ? $err : '', '', "$what: no call fails");
	is(sql($quantity), $there + ($done // 0), "$what: each add counts");
	is(sql(q{SELECT cart_setup() -> 'changes'}), '[]', "$what: cart_setup() finds nothing to mend");
	is(sql(q{SELECT count(*) FROM cart.carts c WHERE status = 'active' AND user_id LIKE 'busy %'}), '20', "$what: one cart each");
	return;
}
sub by_psql
{
	my ($command) = @_;
	return sub { my ($status, $out, $err) = $node->psql('postgres', $command); return $status ? $err : ''; };
}
while_adding('VACUUM FULL', 4, by_psql('VACUUM FULL cart.carts, cart.items'));
while_adding('REINDEX CONCURRENTLY', 4, by_psql('REINDEX SCHEMA CONCURRENTLY cart'));
while_adding('CLUSTER', 4, by_psql("CLUSTER cart.items USING items_pkey;\nCLUSTER cart.carts USING carts_pkey"));

# ---- pg_repack: a trigger notes what is changed while it copies, and then it swaps the files
SKIP:
{
	my $repack = `sh -c 'command -v pg_repack'`;
	chomp($repack);
	skip('pg_repack is not installed (postgresql-NN-repack)', 6)
		if $repack eq '' || sql(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_repack'}) eq '0';
	sql('CREATE EXTENSION pg_repack');
	while_adding('pg_repack', 6, sub {
		my $output = '';
		IPC::Run::run([ $repack, '--no-kill-backend', '--wait-timeout=30', '--table=cart.carts', '--table=cart.items',
			'-h', $node->host, '-p', $node->port, '-d', 'postgres' ], '<', \undef, '>&', \$output);
		return $output =~ /ERROR|timed out/ || $? ? "$output ($?)" : '';
	});
	sql('DROP EXTENSION pg_repack');
}

# ---- a copy in the table's place, as online migrations make it: triggers and policies stay with the
# old one, and cart_setup() puts them back
sql(q{
	BEGIN;
	ALTER TABLE cart.items RENAME TO items_old;
	CREATE TABLE cart.items (LIKE cart.items_old INCLUDING DEFAULTS INCLUDING STORAGE);
	INSERT INTO cart.items SELECT * FROM cart.items_old;
	DROP TABLE cart.items_old;
	COMMIT;});
like(sql(q{SELECT cart_setup() -> 'changes'}), qr/created .*trigger.*items/, 'cart_setup() makes a swapped table whole');
sql(q{DELETE FROM cart.carts WHERE user_id LIKE 'busy %'});
works_as_before($node, 'postgres', $before, 'swapped');

$node->stop;
done_testing();
