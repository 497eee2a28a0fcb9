# The examples in README.md and doc/ do what they say.
#
# Each ```sql block of a file is run, all in one session in a database of its own. A comment that
# follows a statement is what it must answer; "…" stands for anything. An error that no comment
# tells of fails.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node);
use PostgreSQL::Test::Utils;
use Test::More;

my $top = "$FindBin::Bin/../..";
my @files = ("$top/README.md", sort glob("$top/doc/*.md"));
my $node = start_node('docs');

# The statements of a file: [ text, expected answer or undef, line ].
sub statements
{
	my ($file) = @_;
	my (@found, $in_sql, $text, $number);
	for (split /\n/, slurp_file($file))
	{
		$number++;
		if (/^```(\w*)/) { $in_sql = !$in_sql && $1 eq 'sql'; $text = undef; next; }
		next unless $in_sql;
		if (!defined $text && /^-- ?(.*)/ && @found)
		{
			my $expected = $found[-1][1];
			$found[-1][1] = defined $expected ? "$expected\n$1" : $1;
			next;
		}
		$text = defined $text ? "$text\n$_" : $_ if defined $text || /\S/;
		if (defined $text && ($text =~ /;\s*(--.*)?$/ || $text =~ /\\gset\b.*$/))
		{
			push @found, [ $text, undef, $number ];
			$text = undef;
		}
	}
	return @found;
}

sub pattern
{
	my ($expected) = @_;
	my $pattern = join '.*', map { quotemeta } split /…/, $expected, -1;
	return qr/^$pattern$/s;
}

# What stands between the marks of a stream.
sub parts
{
	my ($stream) = @_;
	my @parts = split /^MARK \d+(?:\n|\z)/m, $stream;
	s/\n\z// for @parts;
	return @parts;
}

my $count = 0;
for my $file (@files)
{
	my $name = $file =~ s/^\Q$top\E\///r;
	my @statements = statements($file) or next;
	my $database = 'doc' . ++$count;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION cart_ext; SELECT cart_setup()')
		unless grep { $_->[0] =~ /CREATE EXTENSION cart_ext/ } @statements;
	my $script = "\\set VERBOSITY verbose\nSET client_min_messages = warning;\n";
	for my $i (0 .. $#statements)
	{
		$script .= "\\echo MARK $i\n\\warn MARK $i\n$statements[$i][0]\n";
	}
	my ($out, $err) = ('', '');
	$node->psql($database, $script, stdout => \$out, stderr => \$err, on_error_stop => 0,
		extra_params => ['-q']);
	my @out = parts($out);
	my @err = parts($err);
	for my $i (0 .. $#statements)
	{
		my ($text, $expected, $line) = @{ $statements[$i] };
		my ($error) = ($err[ $i + 1 ] // '') =~ /(ERROR:  .*?)$/m;
		my $answer = $error // $out[ $i + 1 ] // '';
		if (defined $expected) { like($answer, pattern($expected), "$name:$line"); }
		else { is($error, undef, "$name:$line runs"); }
	}
}

$node->stop;
done_testing();
