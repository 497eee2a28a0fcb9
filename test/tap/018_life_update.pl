# ALTER EXTENSION UPDATE: what has been updated is what would have been installed afresh.
#
# The way from 1.0 to the next version is rehearsed (test/upgrade), in a copy of the server, where the
# copy's 1.1 is made of 1.0's script by the changes below. Ways that are installed for good, from one
# version to another, are compared alike.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(checksum fill_shop psql_error works_as_before);
use File::Basename;
use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# ---- a copy of the server, into which the rehearsal is put: programs are copied, since a server finds
# its files relative to its own; all others are links
my $copy = PostgreSQL::Test::Utils::tempdir_short();
my %directory;
for my $name (qw(bindir pkglibdir sharedir))
{
	chomp($directory{$name} = `pg_config --$name`);
	make_path(dirname("$copy$directory{$name}"));
	my $how = $name eq 'bindir' ? '-a' : '-rs';
	system('cp', $how, $directory{$name}, "$copy$directory{$name}") == 0 or die "cannot copy $directory{$name}";
}
my $scripts = "$copy$directory{sharedir}/extension";

# What would be changed in src/ for 1.1.
my @changes = (
	[ "-- Guest sessions", q{
CREATE FUNCTION cart_rehearsal(what text DEFAULT NULL) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT pg_catalog.concat('rehearsed ', what) $$;
REVOKE ALL ON FUNCTION cart_rehearsal(text) FROM PUBLIC;
COMMENT ON FUNCTION cart_rehearsal(text) IS 'a function that is in the rehearsal only';

-- Guest sessions} ],
	[ "STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'cart_is_application'",
		"STABLE PARALLEL RESTRICTED COST 2 AS 'MODULE_PATHNAME', 'cart_is_application'" ],
	[ 'CREATE FUNCTION cart_session_create()', 'CREATE FUNCTION cart_session_create(unused text DEFAULT NULL)' ],
	[ 'REVOKE ALL ON FUNCTION cart_session_create()', 'REVOKE ALL ON FUNCTION cart_session_create(text)' ],
	[ 'COMMENT ON FUNCTION cart_session_create()', 'COMMENT ON FUNCTION cart_session_create(text)' ],
	[ "p99_ms, max_ms\n    FROM cart_stat_rows()", "p99_ms, max_ms, calls - errors AS successes\n    FROM cart_stat_rows()" ],
	[ qr/(COMMENT ON VIEW cart_stat IS\n    )'[^']*'/, sub { "$1'rehearsed'" } ]);
my $fresh = slurp_file("$directory{sharedir}/extension/cart_ext--1.0.sql");
for my $change (@changes)
{
	my ($from, $to) = @$change;
	my $pattern = ref $from ? $from : qr/\Q$from\E/;
	my $done = $fresh =~ s/$pattern/ref $to ? $to->() : $to/e;
	ok($done, 'for 1.1 is changed: ' . (split /\n/, ref $from ? 'the comment of cart_stat' : $from)[0]);
}
append_to_file("$scripts/cart_ext--1.1.sql", $fresh);
my $update = slurp_file("$FindBin::Bin/../upgrade/cart_ext--1.0--1.1.sql");
append_to_file("$scripts/cart_ext--1.0--1.1.sql", $update);

my $node = PostgreSQL::Test::Cluster->new('update', install_path => $copy . dirname($directory{bindir}));
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql('postgres', q{
	CREATE ROLE app LOGIN;
	CREATE ROLE web LOGIN;
	-- A web role must not be let onto what is new, whatever else is granted by default.
	ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO web});

# ---- all that makes an installation, one line a fact
sub installation
{
	my ($database) = @_;
	my $acl = q{array_to_string(ARRAY(SELECT coalesce(NULLIF(a.grantee, 0)::regrole::text, 'public') || '=' || a.privilege_type
		|| CASE WHEN a.is_grantable THEN '*' ELSE '' END FROM aclexplode(%s) a ORDER BY 1), ' ')};
	my ($on_function, $on_class, $on_schema) = map { sprintf $acl, $_ } qw(p.proacl c.relacl n.nspacl);
	my @lines = split /^(?=\x{1})/m, $node->safe_psql($database, qq{
		\\pset null -
		-- what belongs to the extension
		SELECT E'\\x01', 'member', pg_describe_object(classid, objid, objsubid) FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
		  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'cart_ext') ORDER BY 3;
		SELECT E'\\x01', 'extension', extversion, extrelocatable, extconfig, extowner::regrole, extnamespace::regnamespace
		FROM pg_extension WHERE extname = 'cart_ext';
		-- functions: definition, volatility, cost, rights, comment
		SELECT E'\\x01', 'function', p.oid::regprocedure, pg_get_functiondef(p.oid), p.provolatile, p.proparallel, p.procost, p.prorows,
		       p.prosecdef, p.proisstrict, p.proleakproof, p.proowner::regrole, p.probin, p.prosrc, p.proconfig, $on_function,
		       obj_description(p.oid, 'pg_proc')
		FROM pg_proc p WHERE p.proname ~ '^cart_' ORDER BY p.oid::regprocedure::text;
		-- tables, views, indexes
		SELECT E'\\x01', 'relation', c.oid::regclass, c.relkind, c.relpersistence, c.reloptions, c.relowner::regrole, c.relrowsecurity,
		       c.relforcerowsecurity, c.relreplident, $on_class, obj_description(c.oid, 'pg_class'),
		       CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) WHEN c.relkind = 'i' THEN pg_get_indexdef(c.oid) END
		FROM pg_class c WHERE c.relnamespace = to_regnamespace('cart') OR c.relname = 'cart_stat' ORDER BY c.oid::regclass::text;
		SELECT E'\\x01', 'column', a.attrelid::regclass, row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum), a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attstorage,
		       a.attgenerated, a.attidentity, a.attcollation::regcollation, array_remove(a.attoptions, (SELECT o FROM unnest(a.attoptions) o WHERE o LIKE 'pg_attver=%')), a.attacl, pg_get_expr(d.adbin, d.adrelid),
		       col_description(a.attrelid, a.attnum)
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		WHERE (c.relnamespace = to_regnamespace('cart') AND c.relkind = 'r' OR c.relname = 'cart_stat') AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY a.attrelid::regclass::text, a.attnum;
		SELECT E'\\x01', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated
		FROM pg_constraint WHERE connamespace = to_regnamespace('cart') ORDER BY conrelid::regclass::text, conname;
		SELECT E'\\x01', 'trigger', tgrelid::regclass, tgname, pg_get_triggerdef(oid), tgenabled
		FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgrelid::regclass::text, tgname;
		SELECT E'\\x01', 'policy', polrelid::regclass, polname, polcmd, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid),
		       pg_get_expr(polwithcheck, polrelid) FROM pg_policy ORDER BY polrelid::regclass::text, polname;
		SELECT E'\\x01', 'schema', n.nspowner::regrole, $on_schema, obj_description(n.oid, 'pg_namespace')
		FROM pg_namespace n WHERE n.nspname = 'cart';});
	return @lines;
}

# What one has and the other has not.
sub differences
{
	my ($one, $other) = @_;
	my %count;
	$count{$_}++ for @$one;
	$count{$_}-- for @$other;
	return join "\n", map { ($count{$_} > 0 ? 'only fresh:   ' : 'only updated: ') . $_ } grep { $count{$_} } sort keys %count;
}

my $databases = 0;
sub database
{
	my ($version) = @_;
	my $name = 'd' . ++$databases;
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, "ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO web;
		CREATE EXTENSION cart_ext VERSION '$version'");
	return $name;
}
sub grant
{
	my ($name) = @_;
	$node->safe_psql($name, q{SELECT cart_setup(); SELECT cart_grant('app', 'application'), cart_grant('web', 'shopper')});
	return;
}

# ---- the rehearsal
is($node->safe_psql('postgres', q{SELECT default_version FROM pg_available_extensions WHERE name = 'cart_ext'}), '1.0',
	'the rehearsal is not the default');
my $new = database('1.1');
my @bare = installation($new);
cmp_ok(scalar(grep { /^\x{1}\|function/ } @bare), '>', 40, 'functions are looked at');
grant($new);
my @wanted = installation($new);
for my $kind (qw(member relation column constraint trigger policy schema))
{
	cmp_ok(scalar(grep { /^\x{1}\|$kind\|/ } @wanted), '>', 0, "… and each $kind");
}

my $bare = database('1.0');
$node->safe_psql($bare, "ALTER EXTENSION cart_ext UPDATE TO '1.1'");
is(differences(\@bare, [ installation($bare) ]), '', 'updated before cart_setup(): the same as fresh');

my $old = database('1.0');
grant($old);
isnt(differences(\@wanted, [ installation($old) ]), '', '1.0 is something else');
my $before = fill_shop($node, $old);
my $session = $node->background_psql($old);
is($session->query(q{SELECT cart_get('42') ->> 'version'}), '2', 'a session at work');
$node->safe_psql($old, "ALTER EXTENSION cart_ext UPDATE TO '1.1'");
is($session->query(q{SELECT cart_get('42') ->> 'version'}), '2', 'goes on while the extension is updated');
$session->quit;
is(checksum($node, $old), $before, 'updating leaves the carts alone');
like($node->safe_psql($old, q{SELECT cart_setup() -> 'changes'}), qr/granted the functions to (app|web)/,
	'cart_setup() gives the roles what is new');
is(differences(\@wanted, [ installation($old) ]), '', 'updated, with carts in it: the same as fresh');
works_as_before($node, $old, $before, 'updated');

# ---- undone
my $undone = database('1.0');
grant($undone);
my @as_it_was = installation($undone);
$node->safe_psql($undone, "BEGIN; ALTER EXTENSION cart_ext UPDATE TO '1.1'; SELECT cart_setup(); ROLLBACK");
is(differences(\@as_it_was, [ installation($undone) ]), '', 'an update that is rolled back leaves 1.0');

# ---- scripts that forget something are found out
my %forgotten = (
	'what default privileges give' => sub { $_[0] =~ s/DO \$\$.*//sr },
	'a comment' => sub { $_[0] =~ s/COMMENT ON FUNCTION cart_session_create.*?';\n//sr },
	'the cost' => sub { $_[0] =~ s/ COST 2//r },
	'a column' => sub { $_[0] =~ s/,\s+calls - errors AS successes//r },
	'a function' => sub { $_[0] =~ s/CREATE FUNCTION cart_rehearsal.*?(?=-- 2)//sr });
my $number = 0;
for my $what (sort keys %forgotten)
{
	my $version = '1.1bad' . ++$number;
	append_to_file("$scripts/cart_ext--1.0--$version.sql", $forgotten{$what}->($update));
	my $name = database('1.0');
	grant($name);
	$node->safe_psql($name, "ALTER EXTENSION cart_ext UPDATE TO '$version'");
	$node->safe_psql($name, 'SELECT cart_setup()');
	my @found = map { s/1\.1bad\d/1.1/r } installation($name);
	isnt(differences(\@wanted, \@found), '', "a script that forgets $what is found out");
}

# ---- tables of an older layout, as a library that is newer than they are finds them
my $layout = database('1.0');
grant($layout);
@wanted = installation($layout);
$before = fill_shop($node, $layout);
$node->safe_psql($layout, q{
	COMMENT ON SCHEMA cart IS 'cart_ext: shopping carts (layout 0)';
	DROP INDEX cart.carts_sweep_expiring;
	DROP POLICY cart_ext_write ON cart.items;
	DROP TRIGGER zz_cart_ext_rules ON cart.items;
	ALTER TABLE cart.links DROP COLUMN report;
	DROP TABLE cart.grants;});
like(psql_error($node, $layout, q{SELECT cart_get('42')}), qr/ERROR:  KC012: .*HINT:  .*cart_setup\(\)/s,
	'a call on older tables asks for cart_setup()');
grant($layout);
is(differences(\@wanted, [ installation($layout) ]), '', 'cart_setup() makes of them what it makes afresh');

# ---- ways that are there for good
for my $way (split /\n/, $node->safe_psql('postgres', q{SELECT source, target FROM pg_extension_update_paths('cart_ext')
	WHERE path IS NOT NULL AND source !~ '1\.1' AND target !~ '1\.1' ORDER BY 1, 2}))
{
	my ($from, $to) = split /\|/, $way;
	my ($fresh, $updated) = (database($to), database($from));
	grant($updated);
	$node->safe_psql($updated, "ALTER EXTENSION cart_ext UPDATE TO '$to'");
	grant($fresh);
	grant($updated);
	is(differences([ installation($fresh) ], [ installation($updated) ]), '', "from $from to $to: the same as fresh");
}

$node->stop;
done_testing();
