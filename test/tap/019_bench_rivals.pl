# The rivals of bench/run do the same as cart_ext: what they are measured at is the same work.
#
# bench/check runs the scripts that are measured, with the same random numbers for all, and compares what stands in the
# tables then, and what the reading ones answer. CART_SEED (a number) repeats a run.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('rivals');
local $ENV{PGHOST} = $node->host;
local $ENV{PGPORT} = $node->port;
local $ENV{PGDATABASE} = 'postgres';

my $check = "$FindBin::Bin/../../bench/check";
my @seed = defined $ENV{CART_SEED} ? ('--seed', $ENV{CART_SEED}) : ();

# Its verdicts become ours.
sub verdicts
{
	my ($said) = @_;
	return map { /^(ok|not ok) \d+ - (.*)/ ? [ $1 eq 'ok', $2 ] : () } split /\n/, $said;
}

open my $run, '-|', $check, @seed or die "cannot run $check: $!";
my $said = do { local $/; <$run> };
my $passed = close $run;
for (verdicts($said)) { ok($_->[0], $_->[1]) }
like($said, qr/^1\.\.\d+$/m, 'it came to its end');
ok($passed, 'and says that all is well');
note($said) if !$passed;

# It sees when one does something else: here, one that adds a piece too many.
my $copy = PostgreSQL::Test::Utils::tempdir();
system('cp', '-r', "$FindBin::Bin/../../bench", "$copy/bench") == 0 or die 'cannot copy bench';
my $script = "$copy/bench/rivals/bare/add.sql";
my $text = slurp_file($script);
$text =~ s/i\.quantity \+ excluded\.quantity/$& + 1/ or die "$script is not what it was";
open my $changed, '>', $script or die "cannot write $script: $!";
print $changed $text;
close $changed;
my %found = map { $_->[1] => $_->[0] } verdicts(scalar qx($copy/bench/check --only add));
is($found{'add: the lines of bare are those of cart_ext'}, '', 'it sees a rival that does something else');
is($found{'add: carts and lines of cte are those of cart_ext'}, 1, '… and that another does the same');

$node->stop;
done_testing();
