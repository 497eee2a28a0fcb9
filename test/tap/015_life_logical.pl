# Logical replication of the tables to another server that has the extension: the triggers do not fire
# on what is applied, and the guarantees hold for what is written there.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node checksum fill_shop psql_error works_as_before);
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = start_node('publisher', allows_streaming => 'logical');
my $subscriber = start_node('subscriber', allows_streaming => 'logical');
for my $node ($publisher, $subscriber)
{
	$node->safe_psql('postgres', 'CREATE EXTENSION cart_ext; SELECT cart_setup()');
}
my $first = fill_shop($publisher, 'postgres');

$publisher->safe_psql('postgres', 'CREATE PUBLICATION carts FOR TABLES IN SCHEMA cart');
my $connection = $publisher->connstr . ' dbname=postgres';
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION carts CONNECTION '$connection' PUBLICATION carts");
$subscriber->wait_for_subscription_sync($publisher, 'carts');
is(checksum($subscriber, 'postgres'), $first, 'the first copy is the same');

# A session on the subscriber that was there before, with its plans and what it knows of the tables.
my $session = $subscriber->background_psql('postgres');
is($session->query(q{SELECT cart_get('42') ->> 'version'}), '2', 'a session on the subscriber reads it');

# All that calls write: inserts, updates, deletes, changed keys, cascades.
$publisher->safe_psql('postgres', q{
	SELECT cart_add('{"product_id": "mug", "options": {"color": "red"}}', n, user_id => '42') FROM generate_series(1, 5) n;
	SELECT cart_update((cart_get('42') -> 'items' -> 0 ->> 'item_key')::uuid, 3, '{"options": {"color": "blue"}}', user_id => '42');
	SELECT cart_remove((cart_get('42') -> 'items' -> 0 ->> 'item_key')::uuid, user_id => '42');
	SELECT cart_add('{"product_id": "mug"}', session_token => 'later', idempotency_key => 'l');
	SELECT cart_merge('42', 'later', idempotency_key => 'login');
	SELECT cart_unmerge(source_cart_id) FROM cart.merges ORDER BY merged_at DESC LIMIT 1;
	SELECT cart_resume(cart_id, user_id => 'till') FROM cart.carts WHERE status = 'held';
	SELECT cart_checkout('A-3', user_id => '42');
	SELECT cart_forget(session_token => 'another');
	UPDATE cart.items i SET quantity = 11 FROM cart.carts c WHERE c.cart_id = i.cart_id AND c.status = 'active' AND product_id = 'tea';
	DELETE FROM cart.carts WHERE user_id = 'O''Neill';});
$publisher->wait_for_catchup('carts');
my $published = checksum($publisher, 'postgres');
isnt($published, $first, 'the publisher goes on');
is(checksum($subscriber, 'postgres'), $published, 'what is applied is what was written: no trigger has raised a version or made a key');
is($session->query(q{SELECT cart_get('till') ->> 'etag'}), $publisher->safe_psql('postgres', q{SELECT cart_get('till') ->> 'etag'}),
	'the session there has the new etag');
is($session->query(q{SELECT cart_setup() -> 'changes'}), '[]', 'cart_setup() finds nothing to mend there');

# So it is the triggers that keep still: made to fire always, they would.
$subscriber->safe_psql('postgres', 'ALTER TABLE cart.items ENABLE ALWAYS TRIGGER zz_cart_ext_rules;
	ALTER TABLE cart.carts ENABLE ALWAYS TRIGGER zz_cart_ext_rules');
$publisher->safe_psql('postgres', q{UPDATE cart.items i SET quantity = 12 FROM cart.carts c WHERE c.cart_id = i.cart_id AND c.user_id = 'till'});
$publisher->wait_for_catchup('carts');
isnt(checksum($subscriber, 'postgres'), checksum($publisher, 'postgres'), 'a trigger that fires always makes another version');
like($subscriber->safe_psql('postgres', q{SELECT cart_setup() -> 'changes'}), qr/trigger on cart\.carts/, 'cart_setup() sees such triggers, and mends them');
$publisher->safe_psql('postgres', q{UPDATE cart.items i SET quantity = 13 FROM cart.carts c WHERE c.cart_id = i.cart_id AND c.user_id = 'till'});
$publisher->wait_for_catchup('carts');
is(checksum($subscriber, 'postgres'), checksum($publisher, 'postgres'), '… after which rows are applied as they come');

# ---- the subscriber takes over
$_->safe_psql('postgres', 'CREATE ROLE app LOGIN') for $publisher, $subscriber;
$publisher->safe_psql('postgres', q{SELECT cart_grant('app', 'application'); SELECT cart_add('{"product_id": "cup"}', user_id => 'last')});
$publisher->wait_for_catchup('carts');
my $last = checksum($publisher, 'postgres');
$publisher->stop;
$subscriber->safe_psql('postgres', q{ALTER SUBSCRIPTION carts DISABLE; ALTER SUBSCRIPTION carts SET (slot_name = NONE); DROP SUBSCRIPTION carts});
is(checksum($subscriber, 'postgres'), $last, 'it has everything');
like(psql_error($subscriber, 'postgres', q{SELECT cart_get('last')}, extra_params => [ '-U', 'app' ]), qr/ERROR:  42501/,
	'but rights are not replicated');
like($session->query(q{SELECT cart_setup() -> 'changes'}), qr/granted the functions to app/, '… which cart_setup() gives by what was');
is($subscriber->safe_psql('postgres', q{SELECT cart_get('last') ->> 'version'}, extra_params => [ '-U', 'app' ]), '1',
	'the application role calls there');
is($session->query(q{SELECT cart_add('{"product_id": "cup"}', user_id => 'last') -> 'changes' -> 0 ->> 'quantity_after'}), '2',
	'its calls write');
is($session->query(q{SELECT cart_add('{"product_id": "mug"}', session_token => 'later', idempotency_key => 'l') ->> 'replayed'}), 'true',
	'it knows the idempotency keys of the other');
like(psql_error($subscriber, 'postgres', q{INSERT INTO cart.carts (user_id) VALUES ('last')}), qr/ERROR:  23505/, 'one active cart there, too');
like(psql_error($subscriber, 'postgres', q{UPDATE cart.items SET quantity = -1}), qr/ERROR:  23514/, 'the triggers hold');
like(psql_error($subscriber, 'postgres', q{UPDATE cart.items i SET quantity = 5 FROM cart.carts c WHERE c.cart_id = i.cart_id AND c.status = 'ordered'}),
	qr/ERROR:  KC006/, 'orders stay as they are');
$session->quit;
$subscriber->stop;

# ---- a guarantee that a subscriber would break stops the subscription, and never the guarantee
$publisher->start;
my $other = start_node('other', allows_streaming => 'logical');
$other->safe_psql('postgres', q{CREATE EXTENSION cart_ext; SELECT cart_setup(); SELECT cart_add('{"product_id": "own"}', user_id => 'new')});
$connection = $publisher->connstr . ' dbname=postgres';
$other->safe_psql('postgres', "CREATE SUBSCRIPTION others CONNECTION '$connection' PUBLICATION carts WITH (copy_data = false)");
$publisher->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_replication WHERE application_name = 'others'});
$publisher->safe_psql('postgres', q{SELECT cart_add('{"product_id": "theirs"}', user_id => 'new')});
# PostgreSQL 18 says it as a conflict, older ones as the error of the index.
$other->wait_for_log(qr/unique (constraint|index) "carts_active_user"/);
is($other->safe_psql('postgres', q{SELECT count(*) FROM cart.carts WHERE user_id = 'new'}), '1',
	'two servers that both write: the second active cart is not applied');
$other->stop('immediate');
$publisher->stop('immediate');
done_testing();
