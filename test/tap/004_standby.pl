# cart_get works on a hot standby, also on one that is promoted; writing there is refused.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node checksum fill_shop works_as_before);
use Test::More;

my $primary = start_node('primary', allows_streaming => 1);
$primary->safe_psql('postgres', q{
	CREATE EXTENSION cart_ext;
	SELECT cart_setup();
	SELECT cart_add('{"product_id": "mug", "unit_price": 9.90}', 2, user_id => 'u');});
fill_shop($primary, 'postgres');
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->safe_psql('postgres', q{SELECT cart_add('{"product_id": "tea"}', user_id => 'u');
	SELECT cart_add('{"product_id": "tea"}', session_token => 's')});
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

is($standby->safe_psql('postgres', q{SELECT cart_get('u')}), $primary->safe_psql('postgres', q{SELECT cart_get('u')}),
	'cart_get on a standby gives what it gives on the primary');
is($standby->safe_psql('postgres', q{SELECT cart_get('u', if_none_match => cart_get('u') ->> 'etag') -> 'unchanged'}),
	'true', 'etags are the same there');
is($standby->safe_psql('postgres', q{SELECT cart_list(user_id => 'u')}), $primary->safe_psql('postgres', q{SELECT cart_get('u')}),
	'cart_list works there, too');
my ($status, $out, $err) = $standby->psql('postgres', q{
\set VERBOSITY verbose
SELECT cart_add('{"product_id": "tea"}', user_id => 'u');});
like($err, qr/ERROR:  25006/, 'a writing call is refused there');
is(checksum($standby, 'postgres'), checksum($primary, 'postgres'), 'the carts are the same');

my $before = checksum($primary, 'postgres');
$primary->stop;
$standby->promote;
works_as_before($standby, 'postgres', $before, 'promoted');
is($standby->safe_psql('postgres', q{SELECT cart_merge('u', 's') -> 'cart' -> 'totals' -> 'quantity'}), '4',
	'after promotion the calls write');
$standby->stop;
done_testing();
