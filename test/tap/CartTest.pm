# What the TAP tests share.
package CartTest;

use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Cluster;

our @EXPORT_OK = qw(start_node checksum);

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

# All carts and all that belongs to them, as one value.
sub checksum
{
	my ($node, $database) = @_;
	return $node->safe_psql($database, q{
		SELECT md5(concat(
		  (SELECT string_agg(c::text, ',' ORDER BY tenant_id, cart_id) FROM cart.carts c),
		  (SELECT string_agg(i::text, ',' ORDER BY tenant_id, cart_id, item_key) FROM cart.items i),
		  (SELECT string_agg(r::text, ',' ORDER BY r::text) FROM cart.requests r),
		  (SELECT string_agg(m::text, ',' ORDER BY tenant_id, merge_id) FROM cart.merges m),
		  (SELECT string_agg(l::text, ',' ORDER BY l::text) FROM cart.links l),
		  (SELECT string_agg(s::text, ',' ORDER BY tenant_id) FROM cart.settings s)))});
}

1;
