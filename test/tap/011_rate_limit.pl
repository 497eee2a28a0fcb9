# rate_limit (section 6): so many changes a minute and owner, so many new guest carts a minute and role,
# counted over all backends. The time is that of cart_ext.clock.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node);
use JSON::PP;
use Test::More;

my $node = start_node('main',
	conf => "shared_preload_libraries = 'cart_ext'\ncart_ext.rate_limit = 3\n");

sub prepare
{
	my ($server) = @_;
	$server->safe_psql('postgres', q{
		CREATE EXTENSION cart_ext;
		SELECT cart_setup();
		CREATE ROLE web LOGIN;
		CREATE ROLE web2 LOGIN;
		CREATE ROLE app LOGIN;
		SELECT cart_grant('web', 'shopper'), cart_grant('web2', 'shopper'), cart_grant('app', 'application');});
	return;
}
prepare($node);

# The time that all sessions from now on see: seconds after an hour that was.
sub at
{
	my ($seconds) = @_;
	$node->safe_psql('postgres', "ALTER DATABASE postgres SET cart_ext.clock = '" .
		$node->safe_psql('postgres', "SELECT timestamptz '2030-01-01 00:00:00+00' + interval '1 second' * $seconds") . "'");
	return;
}
# The answer, or the SQLSTATE; each call is a session of its own.
my ($last_error, $retry_after);
sub as
{
	my ($role, $sql, $settings) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n" . ($settings // '') . "\n$sql", extra_params => [ '-U', $role ]);
	$last_error = $err;
	$retry_after = $err =~ /DETAIL:  (\{.*\})/ ? decode_json($1)->{retry_after_ms} : undef;
	return $1 if $err =~ /ERROR:  ([0-9A-Z]{5}): /;
	return "psql: $err" if $status;
	return $out;
}
sub add { my ($user, $more) = @_; return as('app', "SELECT cart_add('{\"product_id\": \"x\"}', user_id => '$user'" . ($more // '') . ") ->> 'version';"); }
sub token { my ($name) = @_; return $name . '-' x (43 - length $name); }
sub guest_add { my ($role, $name) = @_; return as($role, "SELECT cart_add('{\"product_id\": \"x\"}', session_token => '" . token($name) . "') ->> 'version';"); }

# ---- changes of an owner
at(0);
is(join(',', map { add('u') } 1 .. 5), '1,2,3,KC008,KC008', 'so many changes, each in a backend of its own');
ok(defined $retry_after && $retry_after =~ /^[0-9]+$/ && $retry_after > 0 && $retry_after <= 60_000, 'the detail says when to try again: ' . ($retry_after // 'not'));
like($last_error, qr/ERROR:  KC008: [a-z].*[^.]\n/, 'the message is in the server\'s style');
my $wait = $retry_after;
is(as('app', q{SELECT cart_get('u') ->> 'version';}), '3', 'what was refused has changed nothing');
is(as('app', q{SELECT count(cart_get('u')) FROM generate_series(1, 100);}), '100', 'reading is not limited');
is(as('app', q{SELECT count(*) FROM generate_series(1, 50), LATERAL cart_list(NULL, 'u');}), '50', 'nor is a list');
is(as('app', "SELECT $_;"), 'KC008', "limited, too: $_")
  for (q{cart_update(cart_item_key('{"product_id": "x"}'), 9, user_id => 'u')}, q{cart_clear('u')}, q{cart_remove(cart_item_key('{"product_id": "x"}'), 'u')},
	q{cart_add_items('[{"product_id": "y"}]', 'u')}, q{cart_apply('[{"op": "clear"}]', 'u')}, q{cart_set('{"label": "l"}', 'u')});
is(add('v'), '1', 'another owner is not');
is(add('u', q{, tenant_id => 'other'}), '1', 'nor is one of that name in another tenant');
is(as('web', q{SELECT cart_add('{"product_id": "x"}') ->> 'version';}, q{SET request.jwt.claims = '{"sub": "u"}';}), 'KC008', 'an owner is one, whoever calls for it');
is(join(',', map { as('web', q{SELECT cart_add('{"product_id": "x"}') ->> 'version';}, q{SET request.jwt.claims = '{"sub": "w"}';}) } 1 .. 4), '1,2,3,KC008', 'a shopper');
is(as('web', q{SET cart_ext.rate_limit = 0;}), '42501', 'which cannot lift it');
is(as('web', q{SET cart_ext.clock = '2031-01-01';}), '42501', 'nor set the clock');

at(1);
is(add('u'), 'KC008', 'a second later it is no better') if $wait > 1000;
at($wait / 1000 + 0.001);
is(add('u'), '4', 'after the time that was said it is');
at(1000);
is(join(',', map { add('u') } 1 .. 4), '5,6,7,KC008', 'and after a while all of it');

# One call for many lines is one change.
at(2000);
is(as('app', q{SELECT cart_add_items((SELECT jsonb_agg(jsonb_build_object('product_id', n)) FROM generate_series(1, 50) n), 'bulk') #>> '{totals,lines}';}), '50', 'many lines at once are one change');
is(as('app', q{SELECT cart_apply((SELECT jsonb_agg(jsonb_build_object('op', 'add', 'item', jsonb_build_object('product_id', n))) FROM generate_series(1, 50) n), 'bulk') ->> 'version';}), '2', 'as are many operations');
is(as('app', q{SELECT count(cart_add('{"product_id": "x"}', user_id => 'one statement')) FROM generate_series(1, 4);}), 'KC008', 'many calls in one statement are many');

# ---- two sessions that stay
at(3000);
my @sessions = map { $node->background_psql('postgres', on_error_stop => 0, extra_params => [ '-U', 'app' ]) } 1 .. 2;
my @answers;
for my $turn (1 .. 3)
{
	for my $session (@sessions)
	{
		my ($out) = $session->query(q{SELECT cart_add('{"product_id": "x"}', user_id => 'two') ->> 'version'});
		push @answers, $out eq '' ? '-' : $out;
		$session->{stderr} = '';
	}
}
is(join(',', @answers), '1,2,3,-,-,-', 'two sessions share what they may');
$_->quit for @sessions;

# ---- new guest carts of a role
at(4000);
is(join(',', map { guest_add('web', "guest $_") } 1 .. 5), '1,1,1,KC008,KC008', 'so many new guest carts of a role');
ok(defined $retry_after && $retry_after > 0 && $retry_after <= 60_000, 'the detail says when to try again');
is($node->safe_psql('postgres', q{SELECT count(*) FROM cart.carts WHERE user_id IS NULL}), '3', 'no more were made');
is(guest_add('web', 'guest 1'), '2', 'those that are there go on');
is(as('web', q{SELECT cart_add('{"product_id": "x"}') ->> 'version';}, q{SET request.jwt.claims = '{"sub": "new"}';}), '1', 'so do users');
is(guest_add('web2', 'guest 6'), '1', 'and another role');
is(as('web', q{SELECT cart_get(session_token => repeat('n', 43)) IS NULL;}), 't', 'looking for a cart is not limited');
at(4061);
is(guest_add('web', 'guest 4'), '1', 'a minute later there is room');

# ---- a tenant's own
at(5000);
$node->safe_psql('postgres', q{SELECT cart_configure('{"rate_limit": 5}', 'five'), cart_configure('{"rate_limit": 1}', 'one'), cart_configure('{"rate_limit": 0}', 'off')});
is(join(',', map { add('u', q{, tenant_id => 'five'}) } 1 .. 6), '1,2,3,4,5,KC008', 'a tenant may have more');
is(join(',', map { add('u', q{, tenant_id => 'one'}) } 1 .. 2), '1,KC008', 'or less');
is(join(',', map { add('u', q{, tenant_id => 'off'}) } 1 .. 8), '1,2,3,4,5,6,7,8', 'or none');
is(scalar($node->psql('postgres', q{SELECT cart_configure('{"rate_limit": -1}', 'five')})), '3', 'but not less than none');
$node->safe_psql('postgres', 'ALTER SYSTEM SET cart_ext.rate_limit = 0');
$node->reload;
$node->poll_query_until('postgres', q{SELECT current_setting('cart_ext.rate_limit') = '0'});
is(join(',', map { add('free') } 1 .. 6), '1,2,3,4,5,6', '0 is no limit, after a reload');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET cart_ext.rate_limit');
$node->reload;
$node->poll_query_until('postgres', q{SELECT current_setting('cart_ext.rate_limit') = '3'});

# ---- the memory for it has a fixed size
at(6000);
is(as('app', q{SELECT count(cart_add('{"product_id": "x"}', user_id => 'many ' || n)) FROM generate_series(1, 20000) n;}), '20000', 'very many owners');
is(join(',', map { add('after') } 1 .. 4), '1,2,3,KC008', 'and yet who comes next is counted');
$node->restart;
is(add('restarted'), '1', 'and it works after a restart');
$node->stop;

# ---- it needs preloading, and says so
my $plain = start_node('plain', conf => "cart_ext.rate_limit = 1\n");
prepare($plain);
my ($status, $out, $err) = $plain->psql('postgres', q{SELECT cart_add('{"product_id": "x"}', user_id => 'u') ->> 'version' FROM generate_series(1, 3);});
is($out, "1\n2\n3", 'without preloading the calls go on');
like($err, qr/WARNING:.*(rate_limit|shared_preload_libraries)/, 'with a warning that it cannot be used');
unlike($err, qr/ERROR/, 'and no error');
($status, $out, $err) = $plain->psql('postgres', q{SET cart_ext.rate_limit = 0; SELECT cart_add('{"product_id": "x"}', user_id => 'u') ->> 'version';});
is("$out/$err", '4/', 'and none where there is no limit');
$plain->stop;
done_testing();
