# pg_upgrade carries the carts to a newer server.
#
# CART_OLD_POSTGRES is the older installation, the directory above its bin/, with cart_ext; and
# CART_OLD_LIBRARIES where it finds libraries that this system has no more. dev/check --pg sets them.
# Without, the server is upgraded to its own version: the same way, as far as the carts can tell.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node checksum fill_shop psql_error works_as_before);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $old_home = $ENV{CART_OLD_POSTGRES} // '';
$ENV{LD_LIBRARY_PATH} = $ENV{CART_OLD_LIBRARIES} if $old_home ne '' && ($ENV{CART_OLD_LIBRARIES} // '') ne '';
my $old = PostgreSQL::Test::Cluster->new('old', $old_home ne '' ? (install_path => $old_home) : ());
my $new = PostgreSQL::Test::Cluster->new('new');
my $bin = `pg_config --bindir`;
chomp($bin);
my $old_bin = $old_home ne '' ? "$old_home/bin" : $bin;

# Both without checksums: since 18 they are the default, and both sides must agree.
sub options
{
	my ($initdb) = @_;
	return [ '--encoding=UTF8', '--locale=C', `'$initdb' --help` =~ /(--no-data-checksums)/ ];
}
$old->init(extra => options("$old_bin/initdb"));
$new->init(extra => options("$bin/initdb"));
my $preload = "shared_preload_libraries = 'cart_ext'\ncart_ext.sweep_interval = 1s\n";
$old->append_conf('postgresql.conf', $preload);
$new->append_conf('postgresql.conf', $preload);
$old->start;
my ($from) = $old->safe_psql('postgres', 'SHOW server_version_num') =~ /^(\d\d)/;
$old->safe_psql('postgres', 'CREATE EXTENSION cart_ext; SELECT cart_setup(); CREATE ROLE app LOGIN; SELECT cart_grant(\'app\', \'application\')');
# Duplicates: no unique index holds the rule for this table, but the trigger.
$old->safe_psql('postgres', q{
	CREATE TABLE own_carts (user_id text, session_id text, status text DEFAULT 'active');
	INSERT INTO own_carts VALUES ('1'), ('1');
	SELECT cart_attach('own_carts')});
my $before = fill_shop($old, 'postgres');
my $library = $old->safe_psql('postgres', q{SELECT probin FROM pg_proc WHERE proname = 'cart_get'});
# Some minor versions write what older minor versions of a newer PostgreSQL do not know yet.
my $versioned = $old->safe_psql('postgres', q{SELECT count(*) FROM pg_attribute WHERE array_to_string(attoptions, ' ') LIKE '%pg_attver=%'});
$old->stop;
if ($versioned > 0 && system("grep -q pg_attver '$bin/postgres'") != 0)
{
	my $newer = `'$bin/postgres' --version`;
	chomp($newer);
	SKIP: { skip("$newer does not know what this minor version of PostgreSQL $from writes (pg_attver): it takes a newer minor version", 1); }
	done_testing();
	exit;
}

# The sweeper idles meanwhile: it must not touch the old or the new one in the middle of it.
chdir(PostgreSQL::Test::Utils::tempdir());
my @command = ('pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $old_bin, '-B', $bin,
	'-s', $new->host, '-p', $old->port, '-P', $new->port);
command_ok([ @command, '--check' ], 'pg_upgrade --check has no objection');
command_ok(\@command, 'pg_upgrade does it')
	or diag(join "\n", map { "$_:\n" . slurp_file($_) } glob($new->data_dir . '/pg_upgrade_output.d/*/*.txt ' . $new->data_dir . '/pg_upgrade_output.d/*/log/*.log'));
$new->start;
my ($to) = $new->safe_psql('postgres', 'SHOW server_version_num') =~ /^(\d\d)/;
note("PostgreSQL $from to $to");
ok($old_home eq '' || $from < $to, "from $from to $to");
is($library, '$libdir/cart_ext', 'the functions name no directory of the old server');
works_as_before($new, 'postgres', $before, "upgraded from $from to $to");
is($new->safe_psql('postgres', q{SELECT cart_add('{"product_id": "app"}', user_id => 'app') ->> 'version'}, extra_params => [ '-U', 'app' ]),
	'1', 'the roles kept their level');
like(psql_error($new, 'postgres', q{INSERT INTO own_carts VALUES ('1')}), qr/ERROR:  23505: .* trigger "cart_ext_one_active"/,
	"the application's table is still attached");
$new->stop;
done_testing();
