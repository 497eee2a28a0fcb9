# A database whose owner is no superuser, and the extension in another schema than public.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node checksum fill_shop psql_error works_as_before);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('main');
my $dump = PostgreSQL::Test::Utils::tempdir();
$node->safe_psql('postgres', q{
	CREATE ROLE shopkeeper LOGIN;
	CREATE ROLE app LOGIN;
	CREATE DATABASE shop OWNER shopkeeper;});
my @as_owner = (extra_params => [ '-U', 'shopkeeper' ]);
my @as_app = (extra_params => [ '-U', 'app' ]);

# ---- what the superuser has to do, and what is left for the owner
like(psql_error($node, 'shop', 'CREATE EXTENSION cart_ext', @as_owner), qr/ERROR:  42501: permission denied to create extension/,
	'the extension takes a superuser');
$node->safe_psql('shop', q{CREATE SCHEMA "Shop's ext"; CREATE EXTENSION cart_ext SCHEMA "Shop's ext";});
$node->safe_psql('shop', q{ALTER DATABASE shop SET search_path = public, "Shop's ext"});
like(psql_error($node, 'shop', q{SELECT "Shop's ext".cart_setup()}, @as_owner), qr/ERROR:  42501/, 'which gives nothing to the owner yet');
$node->safe_psql('shop', q{SELECT cart_setup(owner => 'shopkeeper')});
is($node->safe_psql('shop', q{SELECT string_agg(DISTINCT pg_get_userbyid(relowner)::text, ',') FROM pg_class
	WHERE relnamespace = 'cart'::regnamespace}), 'shopkeeper', 'the tables are the owner\'s');
is($node->safe_psql('shop', q{SELECT cart_setup() -> 'changes'}, @as_owner), '[]', 'who may look after them');
$node->safe_psql('shop', q{SELECT cart_grant('app', 'application')}, @as_owner);
my $before = fill_shop($node, 'shop', @as_owner);
works_as_before($node, 'shop', $before, 'another schema and owner', @as_owner);
is($node->safe_psql('shop', q{BEGIN; SELECT cart_add('{"product_id": "mug"}', user_id => 'a') ->> 'version'; ROLLBACK}, @as_app), '1',
	'an application role calls');

# Nothing depends on whose search_path it is, or what stands in it.
is($node->safe_psql('shop', q{
	BEGIN;
	SET search_path = '';
	SELECT "Shop's ext".cart_add('{"product_id": "mug"}', user_id => 'b') ->> 'version';
	INSERT INTO cart.carts (user_id) VALUES ('c') RETURNING version;
	ROLLBACK;}, @as_app), "1\n1", 'with an empty search_path, by calls and by triggers');

# ---- rewriting and moving, as the owner
$node->safe_psql('shop', "VACUUM FULL cart.carts;\nREINDEX TABLE CONCURRENTLY cart.items", @as_owner);
works_as_before($node, 'shop', $before, 'rewritten by the owner', @as_owner);
$node->safe_psql('shop', q{ALTER EXTENSION cart_ext SET SCHEMA public});
works_as_before($node, 'shop', $before, 'moved into public', @as_owner);
is($node->safe_psql('shop', q{BEGIN; SELECT cart_add('{"product_id": "mug"}', user_id => 'a') ->> 'version'; ROLLBACK}, @as_app), '1',
	'the application role calls it there');
$node->safe_psql('shop', q{ALTER EXTENSION cart_ext SET SCHEMA "Shop's ext"});

# ---- dumped by the owner, restored by the owner into a database that a superuser has prepared
$node->command_ok([ 'pg_dump', '-U', 'shopkeeper', '-Fc', '-d', $node->connstr('shop'), '-f', "$dump/owner" ], 'the owner dumps');
$node->safe_psql('postgres', q{CREATE DATABASE copy OWNER shopkeeper});
$node->safe_psql('copy', q{CREATE SCHEMA "Shop's ext"; CREATE EXTENSION cart_ext SCHEMA "Shop's ext";
	ALTER DATABASE copy SET search_path = public, "Shop's ext"});
$node->safe_psql('copy', q{SELECT cart_setup(owner => 'shopkeeper')});
{
	local $ENV{PGOPTIONS} = '-c cart_ext.loading=on';
	$node->command_ok([ 'pg_restore', '-U', 'shopkeeper', '--exit-on-error', '--data-only', '--schema=cart',
		'--single-transaction', '-d', $node->connstr('copy'), "$dump/owner" ], 'and restores the data under cart_ext.loading');
}
$node->safe_psql('copy', 'SELECT cart_setup()', @as_owner);
works_as_before($node, 'copy', $before, 'restored by the owner', @as_owner);
is($node->safe_psql('copy', q{BEGIN; SELECT cart_add('{"product_id": "mug"}', user_id => 'a') ->> 'version'; ROLLBACK}, @as_app), '1',
	'the application role has its level there');

# ---- a whole dump, restored by a superuser
$node->safe_psql('postgres', q{CREATE DATABASE whole OWNER shopkeeper});
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('whole'), "$dump/owner" ], 'a superuser restores all of it');
$node->safe_psql('postgres', q{ALTER DATABASE whole SET search_path = public, "Shop's ext"});
works_as_before($node, 'whole', $before, 'restored whole', @as_owner);

# ---- dropped by the superuser; the owner keeps the carts, and goes on when it is back
$node->safe_psql('shop', 'DROP EXTENSION cart_ext CASCADE');
is(checksum($node, 'shop'), $before, 'without the extension the owner has its carts');
is($node->safe_psql('shop', q{SELECT count(*) > 0 FROM cart.carts}, @as_owner), 't', '… and reads them');
is($node->safe_psql('shop', q{SELECT count(*) FROM cart.carts}, @as_app), '0', '… which row security shows to nobody else');
$node->safe_psql('shop', q{CREATE EXTENSION cart_ext; SELECT cart_setup(owner => 'shopkeeper')});
works_as_before($node, 'shop', $before, 'back, in another schema', @as_owner);
is($node->safe_psql('shop', q{BEGIN; SELECT cart_add('{"product_id": "mug"}', user_id => 'a') ->> 'version'; ROLLBACK}, @as_app), '1',
	'with the level of the application role');
like(psql_error($node, 'shop', q{SELECT cart_setup(owner => 'app')}), qr/ERROR:  42501: schema "cart" belongs to role "shopkeeper"/,
	'nobody else takes the carts over');

$node->stop;
done_testing();
