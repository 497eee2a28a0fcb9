# Ten thousand owners with up to twenty active carts each end with one cart each, and nothing is
# lost; cart_setup() names them before, and puts indexes and triggers back after.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node checksum);
use Test::More;

my $node = start_node('main');
my $script = "$FindBin::Bin/../../bench/duplicates.sql";
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-v', 'owners=10000', '-d', $node->connstr('postgres'), '-f', $script ],
	'duplicates are loaded');
$node->safe_psql('postgres', 'ALTER TABLE cart.items DISABLE TRIGGER USER; ALTER TABLE cart.carts DISABLE TRIGGER USER');

my $per_owner = q{
	SELECT md5(string_agg(concat_ws(',', user_id, session_hash, item_key, quantity), ';' ORDER BY user_id, session_hash, item_key))
	FROM (SELECT user_id, session_hash, item_key, sum(quantity) AS quantity
		FROM cart.carts JOIN cart.items USING (tenant_id, cart_id) WHERE status = 'active' GROUP BY 1, 2, 3) q};
my $before = $node->safe_psql('postgres', $per_owner);
my $carts = $node->safe_psql('postgres', 'SELECT count(*) FROM cart.carts');
note("$carts carts");

my ($status, $out, $err) = $node->psql('postgres', q{
\set VERBOSITY verbose
SELECT cart_setup()});
like($err, qr/ERROR:  23505: 5000 owners have several active carts/, 'cart_setup() refuses, and counts the owners in the way');
like($err, qr/"user_id": "user 1"/, '… and names them');

my $first = $node->safe_psql('postgres', 'SELECT cart_reconcile_all()');
like($first, qr/"changed": true/, "mended: $first");
is($node->safe_psql('postgres', q{SELECT count(*), count(DISTINCT (user_id, session_hash)) FROM cart.carts WHERE status = 'active'}),
	'10000|10000', 'each owner has one active cart');
is($node->safe_psql('postgres', $per_owner), $before, 'every owner has every quantity');
is($node->safe_psql('postgres', q{SELECT count(*) FROM cart.carts s LEFT JOIN cart.carts t ON t.cart_id = s.merged_into AND t.status = 'active'
	AND t.user_id IS NOT DISTINCT FROM s.user_id AND t.session_hash IS NOT DISTINCT FROM s.session_hash
	WHERE s.status = 'merged' AND t.cart_id IS NULL}), '0', 'the others say into which cart they went');

my $mended = checksum($node, 'postgres');
like($node->safe_psql('postgres', 'SELECT cart_reconcile_all()'), qr/"owners": 0, "changed": false/, 'a second run finds nothing');
is(checksum($node, 'postgres'), $mended, '… and changes nothing');

my $changes = $node->safe_psql('postgres', q{SELECT cart_setup() -> 'changes'});
like($changes, qr/created index cart.carts_active_user.*created index cart.carts_active_session.*enabled the trigger on cart.carts.*enabled the trigger on cart.items/,
	'cart_setup() puts the indexes and triggers back');
is($node->safe_psql('postgres', q{SELECT cart_setup() -> 'changes'}), '[]', '… once');
$node->stop;
done_testing();
