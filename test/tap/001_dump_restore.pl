# Section 1 of the contract: the carts are ordinary tables. They survive dump and restore, and
# DROP EXTENSION; the extension's functions do not depend on where it is installed.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node checksum);
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

sub psql_error
{
	my ($database, $sql) = @_;
	my ($status, $out, $err) = $node->psql($database, "\\set VERBOSITY verbose\n$sql");
	return $err;
}

# Carts of all kinds that there are: a user's, a guest's, a merged one, keys, an odd tenant.
database('shop');
$node->safe_psql('shop', q{
	CREATE EXTENSION cart_ext;
	SELECT cart_setup();
	SELECT cart_add_items('[{"product_id": "mug", "unit_price": 9.90, "options": {"color": "red"}},
	                        {"product_id": 7, "quantity": 0.5, "note": "Größe: ½ \u2603"}]',
	                      user_id => '42', idempotency_key => 'k');
	SELECT cart_add('{"product_id": "mug", "options": [{"name": "color", "value": "red"}]}', 3,
	                session_token => 'guest');
	SELECT cart_merge('42', 'guest');
	SELECT cart_add('{"product_id": "tea"}', session_token => 'another');
	SELECT cart_add('{"product_id": "tea"}', user_id => 'O''Neill', tenant_id => 'täs''ti');
	INSERT INTO cart.settings (tenant_id) VALUES ('x');
	CREATE TABLE own_carts (user_id text, session_id text, status text, items jsonb DEFAULT '[]');
	INSERT INTO own_carts VALUES ('1', NULL, 'active'), ('1', NULL, 'active');
	SELECT cart_attach('own_carts');
	SELECT cart_import('own_carts', tenant_id => 'imported');
});
my $before = checksum($node, 'shop');

sub works_as_before
{
	my ($database, $what) = @_;
	is(checksum($node, $database), $before, "$what: the carts are the same");
	my $sql = q{BEGIN;
		SELECT (cart_add('{"product_id": "mug", "options": {"color": "red"}}', user_id => '42')
		        -> 'changes' -> 0 ->> 'quantity_after');
		SELECT cart_add('{"product_id": 1}', user_id => '42', idempotency_key => 'k2') ? 'replayed';
		ROLLBACK;};
	is($node->safe_psql($database, $sql), "5\nf", "$what: the calls go on with them");
	like(psql_error($database, q{INSERT INTO cart.carts (user_id) VALUES ('42')}),
		qr/ERROR:  23505/, "$what: the unique index holds");
	like(psql_error($database, q{UPDATE cart.items SET quantity = -1}),
		qr/ERROR:  23514/, "$what: the triggers hold");
	like(psql_error($database, q{INSERT INTO own_carts VALUES ('1', NULL, 'active')}), qr/ERROR:  23505/,
		"$what: the application's table is still attached") unless $what =~ /^data only/;
	is($node->safe_psql($database, q{SELECT cart_import('own_carts', tenant_id => 'imported') - 'refused'}),
		'{"rows": 0, "carts": 0, "lines": 0, "merged": 0, "repeated": 2, "refused_rows": 0}',
		"$what: what was imported is not imported again") unless $what =~ /^data only/;
	is($node->safe_psql($database, q{SELECT cart_setup() -> 'changes'}), '[]',
		"$what: cart_setup() finds nothing to mend");
	is(checksum($node, $database), $before, "$what: nothing has changed by that");
}

works_as_before('shop', 'as made');

# ---- pg_dump | psql, and the archive formats
$node->command_ok([ 'pg_dump', '-d', $node->connstr('shop'), '-f', "$dump/plain.sql" ], 'pg_dump, plain');
database('plain');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('plain'),
	'-f', "$dump/plain.sql" ], 'psql takes it');
works_as_before('plain', 'plain dump');

$node->command_ok([ 'pg_dump', '-Fd', '-j2', '-d', $node->connstr('shop'), '-f', "$dump/directory" ],
	'pg_dump, directory format, in parallel');
database('parallel');
$node->command_ok([ 'pg_restore', '-j2', '-d', $node->connstr('parallel'), "$dump/directory" ],
	'pg_restore in parallel');
works_as_before('parallel', 'parallel restore');

# ---- data only, into tables that cart_setup() has made
$node->command_ok([ 'pg_dump', '--data-only', '-n', 'cart', '-d', $node->connstr('shop'),
	'-f', "$dump/data.sql" ], 'pg_dump --data-only');
database('data_only');
$node->safe_psql('data_only', 'CREATE EXTENSION cart_ext; SELECT cart_setup()');
{
	local $ENV{PGOPTIONS} = '-c cart_ext.loading=on';
	$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('data_only'),
		'-f', "$dump/data.sql" ], 'psql takes it under cart_ext.loading');
}
works_as_before('data_only', 'data only, cart_ext.loading');

$node->command_ok([ 'pg_dump', '--data-only', '--disable-triggers', '-n', 'cart',
	'-d', $node->connstr('shop'), '-f', "$dump/data2.sql" ], 'pg_dump --disable-triggers');
database('data_only2');
$node->safe_psql('data_only2', 'CREATE EXTENSION cart_ext; SELECT cart_setup()');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('data_only2'),
	'-f', "$dump/data2.sql" ], 'psql takes it with triggers disabled');
works_as_before('data_only2', 'data only, --disable-triggers');

# ---- DROP EXTENSION
my $error = psql_error('shop', 'DROP EXTENSION cart_ext');
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
works_as_before('shop', 'CREATE EXTENSION and cart_setup() bring everything back');

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

like(psql_error('postgres', 'CREATE EXTENSION cart_ext; SELECT cart_get(user_id => \'1\')'),
	qr/ERROR:  KC012: .*\n.*DETAIL:  \{.*"expected": 1.*\}\n.*HINT:  .*cart_setup\(\)/s,
	'before cart_setup() a call says so');

$node->safe_psql('plain', q{COMMENT ON SCHEMA cart IS 'cart_ext: shopping carts (layout 0)'});
like(psql_error('plain', 'SELECT cart_get(user_id => \'42\')'),
	qr/ERROR:  KC012: .*older layout.*HINT:  .*cart_setup\(\)/s, 'older tables are told apart');
is($node->safe_psql('plain', q{SELECT cart_setup() -> 'changes' ->> 0;
	SELECT cart_get('42') ->> 'version'}), "wrote layout 1\n2", 'and cart_setup() upgrades them');

$node->safe_psql('postgres', q{CREATE DATABASE latin1 TEMPLATE template0 ENCODING 'LATIN1'
	LC_COLLATE 'C' LC_CTYPE 'C'});
like(psql_error('latin1', 'CREATE EXTENSION cart_ext'), qr/ERROR:  0A000: .*UTF8/,
	'a database in another encoding is refused');

$node->stop;
done_testing();
