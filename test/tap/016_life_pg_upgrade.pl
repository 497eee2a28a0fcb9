# pg_upgrade carries the carts to a newer server.
#
# CART_OLD_POSTGRES is the older installation, the directory above its bin/, with cart_ext; and
# CART_OLD_LIBRARIES where it finds libraries that this system has no more. dev/check --pg sets them.
# Without, and where that version cannot be upgraded to this one, the server is upgraded to its own
# version: the same way, as far as the carts can tell.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node checksum fill_shop psql_error works_as_before);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $bin = `pg_config --bindir`);

# Both without checksums: since 18 they are the default, and both sides must agree.
sub make_server
{
	my ($name, $bindir, @options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name, @options);
	$node->init(extra => [ '--encoding=UTF8', '--locale=C', `'$bindir/initdb' --help` =~ /(--no-data-checksums)/ ]);
	# The sweeper idles during pg_upgrade: it must not touch the old or the new one in the middle of it.
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'cart_ext'\ncart_ext.sweep_interval = 1s\n");
	return $node;
}

# Some minor versions write what older minor versions of a newer PostgreSQL do not know yet.
sub is_too_new
{
	my ($old) = @_;
	return $old->safe_psql('postgres', q{SELECT count(*) FROM pg_attribute WHERE array_to_string(attoptions, ' ') LIKE '%pg_attver=%'}) > 0
		&& system("grep -q pg_attver '$bin/postgres'") != 0;
}

sub pg_upgrade
{
	my ($old, $old_bin, $new) = @_;
	chdir(PostgreSQL::Test::Utils::tempdir());
	my @command = ('pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $old_bin, '-B', $bin,
		'-s', $new->host, '-p', $old->port, '-P', $new->port);
	command_ok([ @command, '--check' ], 'pg_upgrade --check has no objection');
	command_ok(\@command, 'pg_upgrade does it')
		or diag(join "\n", map { "$_:\n" . slurp_file($_) } glob($new->data_dir . '/pg_upgrade_output.d/*/*.txt ' . $new->data_dir . '/pg_upgrade_output.d/*/log/*.log'));
	return;
}

# From the server that stands in $home ('': this one). False: it cannot be.
sub upgrade_from
{
	my ($home) = @_;
	my $old_bin = $home ne '' ? "$home/bin" : $bin;
	my $old = make_server($home ne '' ? 'old' : 'same', $old_bin, $home ne '' ? (install_path => $home) : ());
	$old->start;
	my ($from) = $old->safe_psql('postgres', 'SHOW server_version_num') =~ /^(\d\d)/;
	$old->safe_psql('postgres', q{CREATE EXTENSION cart_ext; SELECT cart_setup(); CREATE ROLE app LOGIN; SELECT cart_grant('app', 'application')});
	# Duplicates: no unique index holds the rule for this table, but the trigger.
	$old->safe_psql('postgres', q{
		CREATE TABLE own_carts (user_id text, session_id text, status text DEFAULT 'active');
		INSERT INTO own_carts VALUES ('1'), ('1');
		SELECT cart_attach('own_carts')});
	my $before = fill_shop($old, 'postgres');
	is($old->safe_psql('postgres', q{SELECT probin FROM pg_proc WHERE proname = 'cart_get'}), '$libdir/cart_ext',
		'the functions name no directory of the old server');
	my $is_too_new = is_too_new($old);
	$old->stop;
	if ($is_too_new)
	{
		chomp(my $newer = `'$bin/postgres' --version`);
		SKIP: { skip("$newer does not know what this minor version of PostgreSQL $from writes (pg_attver): it takes a newer minor version", 1); }
		return 0;
	}

	my $new = make_server("new$from", $bin);
	pg_upgrade($old, $old_bin, $new);
	$new->start;
	my ($to) = $new->safe_psql('postgres', 'SHOW server_version_num') =~ /^(\d\d)/;
	note("PostgreSQL $from to $to");
	ok($home eq '' || $from < $to, "from $from to $to");
	works_as_before($new, 'postgres', $before, "upgraded from $from to $to");
	is($new->safe_psql('postgres', q{SELECT cart_add('{"product_id": "app"}', user_id => 'app') ->> 'version'}, extra_params => [ '-U', 'app' ]),
		'1', 'the roles kept their level');
	like(psql_error($new, 'postgres', q{INSERT INTO own_carts VALUES ('1')}), qr/ERROR:  23505: .* trigger "cart_ext_one_active"/,
		"the application's table is still attached");
	$new->stop;
	return 1;
}

sub upgrade_from_older
{
	my ($home) = @_;
	local $ENV{LD_LIBRARY_PATH} = $ENV{CART_OLD_LIBRARIES} // '';
	return upgrade_from($home);
}

my $old_home = $ENV{CART_OLD_POSTGRES} // '';
($old_home ne '' && upgrade_from_older($old_home)) or upgrade_from('');
done_testing();
