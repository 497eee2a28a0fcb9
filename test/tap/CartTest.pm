# What the TAP tests share.
package CartTest;

use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use Test::More;

our @EXPORT_OK = qw(start_node checksum fill_shop psql_error works_as_before);

# A running server with a UTF8 database "postgres".
sub start_node
{
	my ($name, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(
		extra => [ '--encoding=UTF8', '--locale=C' ],
		allows_streaming => $options{allows_streaming} // 0);
	$node->append_conf('postgresql.conf', $options{conf} // '');
	$node->start;
	return $node;
}

# All that stands in the tables of schema cart, whichever there are, as one value.
sub checksum
{
	my ($node, $database) = @_;
	my @tables = split /\n/, $node->safe_psql($database, q{
		SELECT quote_ident(relname) FROM pg_class
		WHERE relnamespace = 'cart'::regnamespace AND relkind = 'r' ORDER BY relname COLLATE "C"});
	my $rows = join ', ', map {
		qq{'$_', (SELECT string_agg(md5(t::text), ',' ORDER BY t::text COLLATE "C") FROM cart.$_ t)} } @tables;
	return $node->safe_psql($database, "SELECT md5(concat_ws(';', $rows))");
}

sub psql_error
{
	my ($node, $database, $sql, %options) = @_;
	my ($status, $out, $err) = $node->psql($database, "\\set VERBOSITY verbose\n$sql", %options);
	return $err;
}

# Carts of all kinds that there are, in a database that has the extension and its tables: a user's, a
# guest's, merged, held, in checkout, ordered, given up ones; keys, a link, settings, an odd tenant.
# The functions must be on the search_path.
sub fill_shop
{
	my ($node, $database, %options) = @_;
	$node->safe_psql($database, q{
		SET cart_ext.location_id = 'Köln';
		SELECT cart_configure('{"match_on": ["product_id", "options"], "currency": "EUR"}', 'x');
		SELECT cart_add_items('[{"product_id": "mug", "unit_price": 9.90, "options": {"color": "red"}},
		                        {"product_id": 7, "quantity": 0.5, "note": "Größe: ½ \u2603"}]',
		                      user_id => '42', idempotency_key => 'k');
		SELECT cart_add('{"product_id": "mug", "options": [{"name": "color", "value": "red"}]}', 3,
		                session_token => 'guest');
		SELECT cart_merge('42', 'guest');
		SELECT cart_add('{"product_id": "tea"}', session_token => 'another');
		SELECT cart_add('{"product_id": "tea"}', user_id => 'O''Neill', tenant_id => 'täs''ti');
		SELECT cart_add('{"product_id": "tea", "unit_price": 4.2}', user_id => 'till');
		SELECT cart_hold('the one with the hat', user_id => 'till');
		SELECT cart_add('{"product_id": "tea", "unit_price": 4.2}', 2, user_id => 'pays');
		SELECT cart_set_discount('{"type": "percent", "value": 10}', user_id => 'pays');
		SELECT cart_checkout('A-1', user_id => 'pays');
		SELECT cart_add('{"product_id": "cup", "unit_price": 5}', user_id => 'paid');
		SELECT cart_checkout_complete((cart_checkout('A-2', user_id => 'paid') ->> 'cart_id')::uuid);
		SELECT cart_add('{"product_id": "tea"}', session_token => 'left');
		SELECT cart_link_create((cart_get(session_token => 'left') ->> 'cart_id')::uuid);
		UPDATE cart.carts SET status = 'abandoned' WHERE cart_id = (cart_get(session_token => 'left') ->> 'cart_id')::uuid;
	}, %options);
	is($node->safe_psql($database, q{SELECT string_agg(DISTINCT status, ' ' ORDER BY status) FROM cart.carts}),
		'abandoned active checkout held merged ordered', 'carts of all kinds');
	return checksum($node, $database);
}

# The carts of fill_shop() are as they were, the calls go on with them, and the guarantees hold.
sub works_as_before
{
	my ($node, $database, $before, $what, %options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(checksum($node, $database), $before, "$what: the carts are the same");
	is($node->safe_psql($database, q{BEGIN;
		SELECT (cart_add('{"product_id": "mug", "options": {"color": "red"}}', user_id => '42')
		        -> 'changes' -> 0 ->> 'quantity_after');
		SELECT cart_add('{"product_id": 1}', user_id => '42', idempotency_key => 'k2') ? 'replayed';
		SELECT cart_merge('42', 'guest') -> 'merge' -> 'repeated';
		SELECT cart_checkout_complete(cart_id) -> 'totals' ->> 'total' FROM cart.carts WHERE order_ref = 'A-1';
		ROLLBACK;}, %options), "5\nf\ntrue\n7.56", "$what: the calls go on with them");
	like(psql_error($node, $database, q{INSERT INTO cart.carts (user_id) VALUES ('42')}),
		qr/ERROR:  23505/, "$what: the unique index holds");
	like(psql_error($node, $database, q{UPDATE cart.items SET quantity = -1}),
		qr/ERROR:  23514/, "$what: the triggers hold");
	is($node->safe_psql($database, q{SELECT cart_setup() -> 'changes'}, %options), '[]',
		"$what: cart_setup() finds nothing to mend");
	is(checksum($node, $database), $before, "$what: nothing has changed by that");
	return;
}

1;
