# Section 1 of the contract: the carts are ordinary tables. They survive dump and restore, and
# DROP EXTENSION; the extension's functions do not depend on where it is installed.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node checksum fill_shop psql_error works_as_before);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('main');
my $dump = PostgreSQL::Test::Utils::tempdir();

sub database
{
	my ($name) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	return $name;
}

# The server of a restore has roles, or pg_restore would complain of the grants.
$node->safe_psql('postgres', q{CREATE ROLE web LOGIN; CREATE ROLE app LOGIN});
database('shop');
$node->safe_psql('shop', q{
	CREATE EXTENSION cart_ext;
	SELECT cart_setup();
	SELECT cart_grant('web', 'shopper'), cart_grant('app', 'application');
	CREATE TABLE own_carts (user_id text, session_id text, status text, items jsonb DEFAULT '[]');
	INSERT INTO own_carts VALUES ('1', NULL, 'active'), ('1', NULL, 'active');
	SELECT cart_attach('own_carts');
	SELECT cart_import('own_carts', tenant_id => 'imported');
});
my $before = fill_shop($node, 'shop');
my $rights = rights('shop');

# Who may do what with functions and tables.
sub rights
{
	my ($database) = @_;
	return $node->safe_psql($database, q{
		SELECT p.oid::regprocedure::text, array_to_string(ARRAY(SELECT a::text FROM unnest(p.proacl) a ORDER BY 1), ' ')
		FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
		WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'cart_ext') ORDER BY 1;
		SELECT oid::regclass::text, array_to_string(ARRAY(SELECT a::text FROM unnest(relacl) a ORDER BY 1), ' ')
		FROM pg_class WHERE relnamespace = 'cart'::regnamespace AND relkind = 'r' ORDER BY 1;});
}

sub works
{
	my ($database, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	works_as_before($node, $database, $before, $what);
	is(rights($database), $rights, "$what: the same roles may do the same");
	return if $what =~ /^data only/;    # of schema cart alone
	like(psql_error($node, $database, q{INSERT INTO own_carts VALUES ('1', NULL, 'active')}), qr/ERROR:  23505/,
		"$what: the application's table is still attached");
	is($node->safe_psql($database, q{SELECT cart_import('own_carts', tenant_id => 'imported') - 'refused'}),
		'{"rows": 0, "carts": 0, "lines": 0, "merged": 0, "repeated": 2, "refused_rows": 0}',
		"$what: what was imported is not imported again");
	return;
}

# A whole command, with the output of where it failed.
sub psql_takes
{
	my ($database, $file, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database), '-f', $file ], $what);
	return;
}

works('shop', 'as made');

# ---- pg_dump | psql, and the archive formats
$node->command_ok([ 'pg_dump', '-d', $node->connstr('shop'), '-f', "$dump/plain.sql" ], 'pg_dump, plain');
database('plain');
psql_takes('plain', "$dump/plain.sql", 'psql takes it');
works('plain', 'plain dump');

$node->command_ok([ 'pg_dump', '-Fd', '-j2', '-d', $node->connstr('shop'), '-f', "$dump/directory" ],
	'pg_dump, directory format, in parallel');
database('parallel');
$node->command_ok([ 'pg_restore', '-j2', '-d', $node->connstr('parallel'), "$dump/directory" ],
	'pg_restore in parallel');
works('parallel', 'parallel restore');

$node->command_ok([ 'pg_dump', '-Fc', '-d', $node->connstr('shop'), '-f', "$dump/custom" ],
	'pg_dump, custom format');
database('custom');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--single-transaction', '-d', $node->connstr('custom'), "$dump/custom" ],
	'pg_restore in one transaction');
works('custom', 'custom format');

# ---- the schema first, and then the data, with the triggers already there
database('schema_first');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--schema-only', '-d', $node->connstr('schema_first'), "$dump/custom" ],
	'pg_restore --schema-only');
is($node->safe_psql('schema_first', 'SELECT count(*) FROM cart.carts'), '0', 'the tables are empty');
$node->command_fails([ 'pg_restore', '--exit-on-error', '--data-only', '--single-transaction', '-d', $node->connstr('schema_first'), "$dump/custom" ],
	'the triggers refuse data on its own, as any application');
{
	local $ENV{PGOPTIONS} = '-c cart_ext.loading=on';
	$node->command_ok([ 'pg_restore', '--exit-on-error', '--data-only', '--single-transaction',
		'-d', $node->connstr('schema_first'), "$dump/custom" ], 'pg_restore --data-only under cart_ext.loading');
}
works('schema_first', 'schema first, cart_ext.loading');

database('schema_first2');
$node->command_ok([ 'pg_dump', '--schema-only', '-d', $node->connstr('shop'), '-f', "$dump/schema.sql" ],
	'pg_dump --schema-only');
psql_takes('schema_first2', "$dump/schema.sql", 'psql takes it');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--data-only', '--disable-triggers', '-j2',
	'-d', $node->connstr('schema_first2'), "$dump/directory" ], 'pg_restore --data-only --disable-triggers -j2');
# Afterwards all triggers are enabled alike.
is($node->safe_psql('schema_first2', q{SELECT cart_setup() -> 'changes'}), '["enabled the trigger on cart.settings"]',
	'cart_setup() lets the trigger that tells of settings fire always again');
works('schema_first2', 'schema first, --disable-triggers, parallel');

# ---- data only, into tables that cart_setup() has made
$node->command_ok([ 'pg_dump', '--data-only', '-n', 'cart', '-d', $node->connstr('shop'),
	'-f', "$dump/data.sql" ], 'pg_dump --data-only');
database('data_only');
$node->safe_psql('data_only', 'CREATE EXTENSION cart_ext; SELECT cart_setup()');
{
	local $ENV{PGOPTIONS} = '-c cart_ext.loading=on';
	psql_takes('data_only', "$dump/data.sql", 'psql takes it under cart_ext.loading');
}
$node->safe_psql('data_only', 'SELECT cart_setup()'); # gives the roles of the restored cart.grants their rights
works('data_only', 'data only, cart_ext.loading');

$node->command_ok([ 'pg_dump', '--data-only', '--disable-triggers', '-n', 'cart',
	'-d', $node->connstr('shop'), '-f', "$dump/data2.sql" ], 'pg_dump --disable-triggers');
database('data_only2');
$node->safe_psql('data_only2', 'CREATE EXTENSION cart_ext; SELECT cart_setup()');
psql_takes('data_only2', "$dump/data2.sql", 'psql takes it with triggers disabled');
$node->safe_psql('data_only2', 'SELECT cart_setup()');
works('data_only2', 'data only, --disable-triggers');

# ---- DROP EXTENSION
my $error = psql_error($node, 'shop', 'DROP EXTENSION cart_ext');
like($error, qr/ERROR:  2BP01: cannot drop extension cart_ext because other objects depend on it/,
	'DROP EXTENSION is refused while the tables use it');
like($error, qr/trigger .* on table cart\.carts depends on function/, 'and says who uses it');

$node->safe_psql('shop', 'DROP EXTENSION cart_ext CASCADE');
is(checksum($node, 'shop'), $before, 'after CASCADE the carts stay');
is($node->safe_psql('shop', q{SELECT count(*) FROM pg_trigger
	WHERE tgrelid IN ('cart.carts'::regclass, 'cart.items'::regclass) AND NOT tgisinternal}), '0',
	'CASCADE took the triggers');
$node->safe_psql('shop', q{
	CREATE SCHEMA ext;
	CREATE EXTENSION cart_ext SCHEMA ext;
	SELECT ext.cart_setup();});
$node->safe_psql('shop', 'ALTER EXTENSION cart_ext SET SCHEMA public');
works('shop', 'CREATE EXTENSION and cart_setup() bring everything back');

# ---- in one session, where plans and names have been cached
is($node->safe_psql('shop', q{
	SELECT cart_get('42') IS NOT NULL;
	DROP EXTENSION cart_ext CASCADE;
	CREATE EXTENSION cart_ext;
	SELECT cart_setup() IS NOT NULL;
	SELECT cart_get('42') ->> 'version';
	BEGIN;
	DROP SCHEMA cart CASCADE;
	SELECT cart_setup() IS NOT NULL;
	SELECT cart_get('42') IS NULL;
	ROLLBACK;
	SELECT cart_get('42') ->> 'version';
	BEGIN;
	DROP EXTENSION cart_ext CASCADE;
	ROLLBACK;
	SELECT cart_get('42') ->> 'version';}),
	"t\nt\n2\nt\nt\n2\n2", 'DROP and CREATE in one session, also rolled back');

# CREATE EXTENSION is undone as well, whole or to a savepoint, and the carts never notice.
$node->safe_psql('shop', 'DROP EXTENSION cart_ext CASCADE');
is($node->safe_psql('shop', q{
	BEGIN;
	CREATE EXTENSION cart_ext;
	SELECT cart_setup() IS NOT NULL;
	SELECT cart_get('42') ->> 'version';
	ROLLBACK;
	SELECT to_regproc('cart_get') IS NULL;
	BEGIN;
	SAVEPOINT s;
	CREATE EXTENSION cart_ext;
	SELECT cart_setup() IS NOT NULL;
	ROLLBACK TO s;
	CREATE EXTENSION cart_ext;
	SELECT cart_setup() IS NOT NULL;
	SELECT cart_get('42') ->> 'version';
	COMMIT;
	SELECT cart_get('42') ->> 'version';}),
	"t\n2\nt\nt\nt\n2\n2", 'CREATE EXTENSION, rolled back, and again');
works('shop', 'after all that');

# A session that was there before learns of it.
my $session = $node->background_psql('shop', on_error_stop => 0);
is($session->query(q{SELECT cart_get('42') ->> 'version'}), '2', 'a session at work');
$node->safe_psql('shop', 'DROP EXTENSION cart_ext CASCADE');
$session->query(q{SELECT cart_get('42') ->> 'version'});
like($session->{stderr}, qr/function cart_get\(unknown\) does not exist/, 'sees that another has dropped the extension');
$session->{stderr} = '';
$node->safe_psql('shop', 'CREATE EXTENSION cart_ext; SELECT cart_setup()');
is($session->query(q{SELECT cart_get('42') ->> 'version'}), '2', '… and that it is back');
$session->quit;
works('shop', 'after that, too');

like(psql_error($node, 'postgres', 'CREATE EXTENSION cart_ext; SELECT cart_get(user_id => \'1\')'),
	qr/ERROR:  KC012: .*\n.*DETAIL:  \{.*"expected": 1.*\}\n.*HINT:  .*cart_setup\(\)/s,
	'before cart_setup() a call says so');

$node->safe_psql('plain', q{COMMENT ON SCHEMA cart IS 'cart_ext: shopping carts (layout 0)'});
like(psql_error($node, 'plain', 'SELECT cart_get(user_id => \'42\')'),
	qr/ERROR:  KC012: .*older layout.*HINT:  .*cart_setup\(\)/s, 'older tables are told apart');
is($node->safe_psql('plain', q{SELECT cart_setup() -> 'changes' ->> 0;
	SELECT cart_get('42') ->> 'version'}), "wrote layout 1\n2", 'and cart_setup() upgrades them');

$node->safe_psql('postgres', q{CREATE DATABASE latin1 TEMPLATE template0 ENCODING 'LATIN1'
	LC_COLLATE 'C' LC_CTYPE 'C'});
like(psql_error($node, 'latin1', 'CREATE EXTENSION cart_ext'), qr/ERROR:  0A000: .*UTF8/,
	'a database in another encoding is refused');

$node->stop;
done_testing();
