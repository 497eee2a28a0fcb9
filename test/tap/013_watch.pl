# Seeing and following (section 10): metrics that a parser takes also while clients write, log lines
# without an identity, and the feed by LISTEN and by logical decoding.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node);
use Digest::SHA qw(hmac_sha256_hex);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $key_file = PostgreSQL::Test::Utils::tempdir() . '/key';
append_to_file($key_file, 'a key for the test');
my $node = start_node('main', allows_streaming => 1, conf => qq{
	shared_preload_libraries = 'cart_ext'
	wal_level = logical
	max_worker_processes = 16
	max_prepared_transactions = 2
	log_statement = none
	cart_ext.key_file = '$key_file'
});
$node->safe_psql('postgres', q{CREATE EXTENSION cart_ext; SELECT cart_setup()});

sub set
{
	my ($server, $assignment) = @_;
	my ($name, $value) = split / = /, $assignment;
	$server->safe_psql('postgres', "ALTER DATABASE postgres SET $name = '" . ($value =~ s/'//gr) . "'");
	return;
}

# What a session has been notified of so far, as objects.
sub heard
{
	my ($session) = @_;
	my ($out) = $session->query('SELECT 1');
	return map { decode_json($_) } $out =~ /with payload "(\{.*?\})" received/g;
}
sub told { return join(', ', map { "$_->{event} $_->{version}" } @_); }

# ---- metrics
my $promtool = `sh -c 'command -v promtool'`;
sub is_taken
{
	my ($what) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/metrics';
	append_to_file($file, $node->safe_psql('postgres', 'SELECT cart_metrics()') . "\n");
	SKIP:
	{
		skip('promtool is not installed', 1) if $promtool eq '';
		is(system("promtool check metrics <'$file' >'$file.out' 2>&1"), 0, $what) or diag(slurp_file("$file.out"));
	}
	return;
}
is_taken('the metrics of a server that has done nothing');
$node->safe_psql('postgres', q{SELECT cart_add('{"product_id": "mug"}', user_id => 'u' || n) FROM generate_series(1, 20) n});
is_taken('of one that has done something');

my $script = PostgreSQL::Test::Utils::tempdir() . '/add.sql';
append_to_file($script, q{
\set n random(1, 50)
SELECT cart_add('{"product_id": "mug"}', user_id => 'w' || :n);
});
my $writers = IPC::Run::start([ 'pgbench', '-n', '-c', '8', '-T', '4', '-f', $script, $node->connstr('postgres') ], '>', \my $bench_out, '2>', \my $bench_err);
is_taken("while 8 clients write ($_)") for 1 .. 5;
$writers->finish;
my ($transactions) = $bench_out =~ /number of transactions actually processed: (\d+)/;
is($node->safe_psql('postgres', q{SELECT calls FROM cart_stat WHERE operation = 'cart_add'}), $transactions + 20, 'and each of their calls is counted');

# ---- what is in contrib/ names only metrics that are there
my $metrics = $node->safe_psql('postgres', 'SELECT cart_metrics()');
my %there = map { $_ => 1 } $metrics =~ /^(cart_\w+)/mg;
my $contrib = "$FindBin::Bin/../../contrib";
for my $file (qw(alerts.yml grafana.json))
{
	my $text = slurp_file("$contrib/$file");
	decode_json($text) if $file =~ /json$/;
	my @named = $text =~ /\b(cart_\w+)(?=[\[{)])/g;
	ok(@named > 0, "$file names metrics");
	is_deeply([ grep { !$there{$_} } @named ], [], 'and no others than there are');
}
SKIP:
{
	skip('promtool is not installed', 1) if $promtool eq '';
	is(system("promtool check rules '$contrib/alerts.yml' >/dev/null 2>&1"), 0, 'promtool takes the alert rules');
}
# The exporter's queries run, and give the names that cart_metrics() gives.
my %exported;
my ($namespace, $query);
for (split /\n/, slurp_file("$contrib/postgres_exporter.yml"))
{
	if (/^(cart\w*):/) { $namespace = $1; $query = ''; }
	elsif (/^  metrics:/) { like($node->safe_psql('postgres', $query), qr/\S/, "the exporter's query for $namespace answers"); }
	elsif (/^    - (\w+): \{usage: "(?:COUNTER|GAUGE)"/) { $exported{"${namespace}_$1"} = 1; }
	elsif (/^    - (\w+): \{usage: "HISTOGRAM"/) { $exported{"${namespace}_$1_$_"} = 1 for qw(bucket count sum); }
	elsif (/^    (.*)/) { $query .= "$1\n"; }
}
is_deeply([ sort keys %exported ], [ sort keys %there ], 'and all of them give just the names that are there');

# ---- log lines
my $secret = 'S' x 43;
sub run_secretly
{
	$node->psql('postgres', qq{
		SET cart_ext.request_id = 'request 7';
		SELECT cart_add('{"product_id": "secret item"}', user_id => 'secret user');
		SELECT cart_add('{"product_id": "secret item", "size": "secret size"}', session_token => '$secret');
		SELECT cart_get(user_id => 'secret user');
		SELECT cart_merge('secret user', '$secret');
		SELECT cart_add('{"product_id": "secret item", "quantity": -4}', user_id => 'secret user');
		SELECT cart_add('{"secret item": 7}', user_id => 'secret user');
		SELECT cart_add('["secret item"]', session_token => '$secret');
		SELECT cart_add('{"product_id": "secret item"}', user_id => 'secret user', if_match => 'secret etag');
		SELECT cart_add('{"product_id": "secret item"}', user_id => 'secret user', idempotency_key => 'secret key');
		SELECT cart_add('{"product_id": "other"}', user_id => 'secret user', idempotency_key => 'secret key');
		SELECT cart_update(cart_item_key('{"product_id": "secret item 2"}'), 3, user_id => 'secret user');
		SELECT cart_set('{"currency": "secret currency"}', user_id => 'secret user');
		SELECT cart_set_discount('{"type": "secret type"}', user_id => 'secret user');
		SELECT cart_merge('secret user', '$secret', 'secret strategy');
		SELECT cart_add('{"product_id": "secret item"}', user_id => repeat('secret user', 100));
		SELECT cart_forget('secret user');
	}, on_error_stop => 0);
	return;
}
my %lines;
for my $logged (qw(off errors all))
{
	set($node, "cart_ext.log_events = $logged");
	my $from = -s $node->logfile;
	run_secretly();
	my $log = substr(slurp_file($node->logfile), $from);
	unlike($log, qr/secret|S{10}/, "log_events = $logged: no identity, token or item in the log");
	like($log, qr/ERROR/, 'though there were errors');
	$lines{$logged} = [ map { decode_json($_) } $log =~ /LOG:  (\{"timestamp".*\})$/mg ];
}
is(scalar @{ $lines{off} }, 0, 'off: no line');
is(scalar(grep { $_->{success} } @{ $lines{errors} }), 0, 'errors: errors alone');
is(scalar @{ $lines{errors} }, 10, 'each of them');
is(scalar @{ $lines{all} }, 17, 'all: each call, also within another');
my ($add) = @{ $lines{all} };
is_deeply([ sort keys %$add ], [qw(duration_ms event request_id sqlstate success timestamp user)], 'the members of a line');
is("$add->{event} $add->{request_id} $add->{success} $add->{sqlstate}", 'cart_add request 7 1 00000', 'and what they say');
is($add->{user}, hmac_sha256_hex('secret user', 'a key for the test'), 'a user is its HMAC');
is($lines{all}[1]{session}, hmac_sha256_hex($secret, 'a key for the test'), 'and so is a session');
is($lines{all}[4]{sqlstate}, 'KC005', 'an error has its SQLSTATE');
set($node, "cart_ext.key_file = ''");
my $from = -s $node->logfile;
run_secretly();
my $keyless = substr(slurp_file($node->logfile), $from);
unlike($keyless, qr/secret|"user"|"session"/, 'without a key no identity at all');
like($keyless, qr/"event": "cart_add"/, 'but the lines');
set($node, 'cart_ext.log_events = off');

# ---- the feed
# Recent servers want to be told which plugins they may trust.
my $trusted = $node->safe_psql('postgres', q{SELECT setting || ', wal2json' FROM pg_settings WHERE name = 'output_plugin_libraries'});
if ($trusted ne '')
{
	$node->append_conf('postgresql.conf', "output_plugin_libraries = '$trusted'");
	$node->reload;
	$node->poll_query_until('postgres', q{SELECT current_setting('output_plugin_libraries') ~ 'wal2json'});
}
for my $plugin (qw(test_decoding wal2json))
{
	my ($status) = $node->psql('postgres', "SELECT pg_create_logical_replication_slot('$plugin', '$plugin')");
	ok($status == 0, "a slot of $plugin");
}
sub decoded
{
	my ($plugin) = @_;
	my $options = $plugin eq 'wal2json' ? ", 'format-version', '2', 'include-transaction', 'false'" : '';
	my @rows = split /\n/, $node->safe_psql('postgres', "SELECT data FROM pg_logical_slot_get_changes('$plugin', NULL, NULL$options)");
	return map { decode_json($_) } $plugin eq 'wal2json'
	  ? map { my $row = decode_json($_); $row->{action} eq 'M' && $row->{prefix} eq 'cart_ext' ? $row->{content} : () } @rows
	  : map { /^message: transactional: 1 prefix: cart_ext, sz: \d+ content:(.*)$/ ? $1 : () } @rows;
}

# Changes of all kinds, and none of those that were rolled back; what is to be heard of them.
my $story = q{
	SELECT cart_add('{"product_id": "a"}', user_id => 'f');
	SELECT cart_get('f');
	SELECT cart_remove(cart_item_key('{"product_id": "none"}'), 'f');
	BEGIN; SELECT cart_add('{"product_id": "b"}', user_id => 'f'); ROLLBACK;
	BEGIN; SELECT cart_add('{"product_id": "b"}', user_id => 'f'), cart_add('{"product_id": "c"}', user_id => 'f');
	SAVEPOINT s; SELECT cart_add('{"product_id": "d"}', user_id => 'f'), cart_add('{"product_id": "d"}', user_id => 'nobody'); ROLLBACK TO s; COMMIT;
	SELECT cart_add('{"product_id": "b"}', -1, user_id => 'f');
	UPDATE cart.items SET quantity = 9 WHERE product_id = 'b' AND cart_id = (SELECT cart_id FROM cart.carts WHERE user_id = 'f');
	SELECT cart_hold(user_id => 'f') ->> 'cart_id' AS id \gset
	SELECT cart_resume(:'id', user_id => 'f');
	BEGIN; SELECT cart_hold(cart_id => :'id'); SELECT cart_resume(:'id', user_id => 'f'); COMMIT;
	SELECT cart_checkout(user_id => 'f');
	SELECT cart_checkout_complete(:'id', 'order 1');
	SELECT cart_checkout_complete(:'id', 'order 1');
	SELECT cart_forget('f');
};
my $wanted = 'changed 1, changed 3, changed 4, held 5, changed 6, changed 8, changed 9, ordered 10';

set($node, 'cart_ext.notify = commit');
set($node, 'cart_ext.wal_messages = on');
my $listener = $node->background_psql('postgres', on_error_stop => 0);
$listener->query_safe('LISTEN cart_changed');
$node->psql('postgres', $story, on_error_stop => 0);
is(told(heard($listener)), $wanted, 'LISTEN hears each committed change once, and nothing else');
is(told(decoded($_)), $wanted, "so does $_") for qw(test_decoding wal2json);

# A merge: the guest's cart has gone into the user's.
$node->safe_psql('postgres', q{SELECT cart_add('{"product_id": "a"}', user_id => 'g')});
$node->safe_psql('postgres', q{SELECT cart_add('{"product_id": "a"}', session_token => 'g')});
heard($listener);
$node->safe_psql('postgres', q{SELECT cart_merge('g', 'g')});
is(join(', ', sort map { "$_->{event} $_->{version}" } heard($listener)), 'changed 2, merged 2', 'a merge tells of both carts');
$node->safe_psql('postgres', q{SELECT cart_merge('g', 'g')});
is(told(heard($listener)), '', 'its repeat of none');
$node->safe_psql('postgres', q{SELECT cart_add('{"product_id": "a"}', session_token => 'h')});
heard($listener);
$node->safe_psql('postgres', q{SELECT cart_merge('h', 'h')});
is(told(heard($listener)), 'changed 2', 'a user without a cart gets the guest\'s, and no other is told of');
$node->safe_psql('postgres', q{SET cart_ext.clock = '2050-01-01'; SELECT cart_add('{"product_id": "a"}', session_token => 'old')});
heard($listener);
$node->safe_psql('postgres', q{SET cart_ext.clock = '2051-01-01'; SELECT cart_sweep()});
like(told(heard($listener)), qr/^(abandoned \d+(, )?)+$/, 'the sweep tells of what it abandons');

# ---- two devices
sub seconds_until(&)
{
	my ($is_seen) = @_;
	my $begin = time();
	while (!$is_seen->()) { return 99 if time() - $begin > 10; sleep(0.01); }
	return time() - $begin;
}
my $device = $node->background_psql('postgres', on_error_stop => 0);
for my $notify (qw(commit deferred))
{
	set($node, "cart_ext.notify = $notify");
	$node->safe_psql('postgres', q{SELECT cart_add('{"product_id": "tv"}', user_id => 'two')});
	sleep(0.3);
	heard($listener);
	my $etag = $node->safe_psql('postgres', q{SELECT cart_get('two') ->> 'etag'});
	$device->query_safe("SET cart_ext.notify = $notify");
	$device->query_safe(q{SELECT cart_add('{"product_id": "phone"}', user_id => 'two')});
	my $by_polling = seconds_until { $node->safe_psql('postgres', qq{SELECT cart_get('two', if_none_match => '$etag') ->> 'unchanged'}) eq '' };
	cmp_ok($by_polling, '<', 1, sprintf('polling sees the other device\'s change after %.3f s', $by_polling));
	my $version = $device->query_safe(q{SELECT cart_add('{"product_id": "phone"}', user_id => 'two') ->> 'version'});
	my $by_listening = seconds_until { grep { $_->{version} == $version } heard($listener) };
	cmp_ok($by_listening, '<', 1, sprintf('%s: listening after %.3f s', $notify, $by_listening));
}

# ---- deferred
sub deferred { my ($outcome) = @_; return $node->safe_psql('postgres', qq{SELECT (regexp_match(cart_metrics(), 'deferred_events_count\\{outcome="$outcome"\\} ([0-9]+)'))[1]}); }
my $told = deferred('told');
$node->psql('postgres', $story =~ s/order 1/order 2/gr, on_error_stop => 0);
sleep(0.5);
my @late = heard($listener);
is($late[-1]{event} . ' ' . $late[-1]{version}, 'ordered 10', 'deferred: the last of a cart is told');
is(scalar(grep { $_->{version} == 2 } @late), 0, 'nothing of what was rolled back');
my $notifiers = q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'cart_ext notifier'};
is($node->safe_psql('postgres', $notifiers), '1', 'by one process');
ok($node->poll_query_until('postgres', "$notifiers", '0'), 'which ends where there is nothing more to tell');
$node->safe_psql('postgres', q{SELECT cart_add('{"product_id": "tv"}', user_id => 'two')});
cmp_ok(seconds_until { heard($listener) > 0 }, '<', 1, 'and begins again');
$node->safe_psql('postgres', q{SELECT count(cart_add('{"product_id": "x"}', user_id => 'many ' || n)) FROM generate_series(1, 5000) n});
ok($node->poll_query_until('postgres', q{SELECT (regexp_match(cart_metrics(), 'deferred_events_count\{outcome="lost"\} ([0-9]+)'))[1]::int > 3000}), 'what finds no room is lost, and counted');
$node->safe_psql('postgres', "CREATE DATABASE other");
$node->safe_psql('other', q{CREATE EXTENSION cart_ext; SELECT cart_setup(); SET cart_ext.notify = 'deferred'; SELECT cart_add('{"product_id": "tv"}', user_id => 'two')});
my ($status) = $node->psql('postgres', 'DROP DATABASE other');
is($status, 0, 'a database can be dropped, though it has had a notifier');
my ($prepared, undef, $message) = $node->psql('postgres', q{BEGIN; SELECT cart_add('{"product_id": "tv"}', user_id => 'two'); PREPARE TRANSACTION 'p'});
like($message, qr/cannot PREPARE a transaction that has changed carts/, 'a prepared transaction cannot be told of later');
$_->quit for $listener, $device;
$node->stop;

# ---- without preloading
my $plain = start_node('plain');
$plain->safe_psql('postgres', q{CREATE EXTENSION cart_ext; SELECT cart_setup()});
my (undef, $rows, $notice) = $plain->psql('postgres', q{SELECT cart_add('{"product_id": "a"}', user_id => 'u') IS NULL; SELECT operation, calls FROM cart_stat;});
is($rows, "f\ncart_add|1", 'the counts are the session\'s own');
like($notice, qr/NOTICE:  the counts are those of this session alone/, 'and the view says so');
is($plain->safe_psql('postgres', q{SET client_min_messages = warning; SELECT count(*) FROM cart_stat}), '0', 'another session has others');
like($plain->safe_psql('postgres', 'SELECT cart_metrics()'), qr/^cart_shared 0$/m, 'the metrics say so, too');
(undef, undef, $notice) = $plain->psql('postgres', q{SET cart_ext.notify = 'deferred'; SELECT cart_add('{"product_id": "a"}', user_id => 'u')});
like($notice, qr/WARNING:  changes of carts cannot be notified later/, 'deferred needs preloading, and says so');
$plain->stop;
done_testing();
