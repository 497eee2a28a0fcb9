# A statement that fails, then one that works, in one session, 10,000 times: by an error of core,
# of the server inside a guarded call, and of the boundary's own arguments. The memory of the
# backend does not grow.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node);
use Test::More;

my $node = start_node('main');
$node->safe_psql('postgres', q{
	CREATE EXTENSION cart_ext;
	SELECT cart_setup();
	CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		IF NEW.product_id = 'refused' THEN
			RAISE EXCEPTION 'refused by the shop' USING ERRCODE = 'P1234', DETAIL = 'a detail',
				HINT = 'a hint', CONSTRAINT = 'a_constraint', TABLE = 'a_table';
		END IF;
		RETURN NEW;
	END $$;
	CREATE TRIGGER refuse BEFORE INSERT ON cart.items FOR EACH ROW EXECUTE FUNCTION refuse();
	CREATE VIEW memory AS
		SELECT (sum(used_bytes) / 1024)::int AS used FROM pg_backend_memory_contexts;
	-- Without the shared buffers, which a backend touches one after the other.
	CREATE FUNCTION resident() RETURNS int LANGUAGE sql AS $$
		SELECT substring(pg_read_file('/proc/' || pg_backend_pid() || '/status')
		                 FROM 'RssAnon:\s+(\d+) kB')::int $$;
	SELECT cart_add('{"product_id": "mug"}', user_id => 'u');
});

my @failing = (
	[ 'core',   q{SELECT cart_add('{"product_id": "mug", "quantity": -1}', user_id => 'u');}, 'KC005' ],
	[ 'server', q{SELECT cart_add('{"product_id": "refused"}', user_id => 'u');},             'P1234' ],
	[ 'plain',  q{SELECT cart_items_match('[]', '{"product_id": 1}');},                       'KC004' ],
	[ 'merge',  q{SELECT cart_merge('u', 's', strategy => 'both');},                          '22023' ]);
my $working = q{SELECT cart_add('{"product_id": "mug"}', user_id => 'u') ->> 'x';};
my $rounds = 10_000;

my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$failing[1][1]");
like($err,
	qr/ERROR:  P1234: refused by the shop\n.*DETAIL:  a detail\n.*HINT:  a hint\n.*TABLE NAME:  a_table\n.*CONSTRAINT NAME:  a_constraint/s,
	'an error of the server passes whole: SQLSTATE, detail, hint, names');

for my $case (@failing)
{
	my ($name, $fails, $code) = @$case;
	my $before = $node->safe_psql('postgres', q{SELECT cart_get('u') ->> 'version'});
	# The first thousand may still fill caches.
	my $pair = "$fails\n$working\n";
	my $measure = "SELECT used, resident() FROM memory;\n";
	my $sql = "\\set VERBOSITY sqlstate\n\\set ON_ERROR_STOP 0\n\\set QUIET 1\n\\pset tuples_only on\n"
		. ($pair x 1000) . $measure . ($pair x ($rounds - 1000)) . $measure;
	my ($status, $out, $err);
	$node->psql('postgres', $sql, stdout => \$out, stderr => \$err, on_error_stop => 0);
	my $errors = () = $err =~ /ERROR:  $code/g;
	is($errors, $rounds, "$name: $rounds statements failed with $code");
	is(join("\n", grep { !/ERROR:  $code$/ } split(/\n/, $err)), '', "$name: and with nothing else");
	my ($first, $last) = grep { /\d+\|\d+/ } split /\n/, $out;
	my ($used1, $resident1) = split /\|/, $first;
	my ($used2, $resident2) = split /\|/, $last;
	cmp_ok($used2 - $used1, '<', 64, "$name: contexts of the server: $used1 kB, then $used2 kB");
	cmp_ok($resident2 - $resident1, '<', 1024, "$name: resident: $resident1 kB, then $resident2 kB");
	is($node->safe_psql('postgres', q{SELECT cart_get('u') ->> 'version'}) - $before, $rounds,
		"$name: what works has worked each time");
}

# The same inside one transaction, each failure in a subtransaction.
my $subtransactions = $node->safe_psql('postgres', q{
	CREATE FUNCTION fail(n int) RETURNS void LANGUAGE plpgsql AS $$
	BEGIN
		FOR i IN 1 .. n LOOP
			BEGIN
				PERFORM cart_add_items('[{"product_id": "mug"}, {"product_id": "refused"}]', user_id => 'v');
			EXCEPTION WHEN SQLSTATE 'P1234' THEN NULL;
			END;
			BEGIN
				PERFORM cart_items_match('[]', '{"product_id": 1}');
			EXCEPTION WHEN SQLSTATE 'KC004' THEN NULL;
			END;
		END LOOP;
	END $$;
	BEGIN;
	SELECT fail(1000);
	SELECT used FROM memory;
	SELECT fail(9000);
	SELECT used FROM memory;
	SELECT cart_get('v') IS NULL;
	COMMIT;});
my ($first, $last, $none) = grep { /./ } split /\n/, $subtransactions;
cmp_ok($last - $first, '<', 64, "in subtransactions: $first kB, then $last kB");
is($none, 't', 'in subtransactions: nothing was written');

$node->stop;
done_testing();
