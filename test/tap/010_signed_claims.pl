# cart_ext.claims_trust = 'signed' (section 6): a role that sends its own SQL cannot be anybody but whom
# the JWT names that it was given. Tokens that are forged, expired or odd; settings that it tries to
# change, also before the library is loaded; and key files that are missing or empty.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CartTest qw(start_node);
use Digest::SHA qw(hmac_sha256 hmac_sha512);
use MIME::Base64 qw(encode_base64url encode_base64);
use PostgreSQL::Test::Utils;
use Test::More;

my $key  = 'the key of the shop, 32 bytes or more: 0123456789';
my $other_key = 'the key of somebody else, 32 bytes or more: 0123';
my $dir  = PostgreSQL::Test::Utils::tempdir();

sub write_file
{
	my ($name, $text) = @_;
	open(my $file, '>', "$dir/$name") or die "$dir/$name: $!";
	print $file $text;
	close($file);
	chmod(0600, "$dir/$name");
	return "$dir/$name";
}
my $key_file = write_file('key', "$key\n\n");
my $other_file = write_file('other', "$other_key\n");

my $node = start_node('main',
	conf => "cart_ext.claims_trust = 'signed'\ncart_ext.key_file = '$key_file'\n");
$node->safe_psql('postgres', q{
	CREATE EXTENSION cart_ext;
	SELECT cart_setup();
	CREATE ROLE web LOGIN;
	CREATE ROLE app LOGIN;
	SELECT cart_grant('web', 'shopper'), cart_grant('app', 'application');
	SELECT cart_add('{"product_id": "x"}', user_id => u) FROM unnest('{anna,ben,7}'::text[]) u;
	SELECT cart_add('{"product_id": "x"}', session_token => repeat('g', 43));
	SELECT cart_add('{"product_id": "x"}', user_id => 'anna', tenant_id => 'shop');});

sub quoted { my ($text) = @_; $text =~ s/'/''/g; return "'$text'"; }

# What a role reads under these claims: the answer, or the SQLSTATE of its first error.
my $last_error = '';
sub as
{
	my ($role, $claims, $sql, %options) = @_;
	my $set = defined $claims ? 'SET request.jwt.claims = ' . quoted($claims) . ";\n" : '';
	local $ENV{PGOPTIONS} = $options{options} // '';
	my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$set$sql",
		extra_params => [ '-U', $role ]);
	$last_error = $err;
	return $1 if $err =~ /(?:ERROR|FATAL):  ([0-9A-Z]{5}): /;
	return "psql: $err" if $status;
	return $out;
}
my $me = q{SELECT cart_get() ->> 'user_id';};

# A JWT of these two JSON texts.
sub jwt
{
	my ($payload, %options) = @_;
	my $header = $options{header} // '{"alg":"HS256","typ":"JWT"}';
	my $text = encode_base64url($header) . '.' . encode_base64url($payload);
	my $sign = $options{sign} // \&hmac_sha256;
	return $text . '.' . encode_base64url($sign->($text, $options{key} // $key));
}
my $now = time();
my $later = $now + 3600;
my $good = qq({"sub":"anna","exp":$later});

# ---- accepted
is(as('web', jwt($good), $me), 'anna', 'a signed token');
is(as('web', jwt(qq({"sub":"anna","exp":$later,"nbf":@{[ $now - 60 ]},"iat":$now,"iss":"x","aud":["y"]})), $me), 'anna',
	'with all that a server writes');
is(as('web', jwt(qq({"sub":7,"exp":$later})), $me), '7', 'a user that is a number');
is(as('web', jwt($good, header => '{"alg":"HS256"}'), $me), 'anna', 'without a typ');
is(as('web', jwt($good, header => '{"typ":"JWT","kid":"1","alg":"HS256"}'), $me), 'anna', 'with a kid');
is(as('web', jwt(qq({"sub":"anna","tenant_id":"shop","exp":$later})), q{SELECT cart_get() ->> 'tenant_id';}), 'shop',
	'its other claims count');
is(as('web', jwt($good), q{SELECT cart_get('ben');}), '42501', 'who has one is nobody else');
is(as('web', jwt($good), q{SELECT count(*) FROM cart.carts;}), '1', 'row security goes by it');
is(as('web', undef, $me), 'KC011', 'without any the caller is nobody');
is(as('web', '', $me), 'KC011', 'or with an empty one');
is(as('web', undef, q{SELECT cart_get(session_token => repeat('g', 43)) IS NOT NULL;}), 't', 'guests have their tokens');

# ---- refused
my ($h, $p, $s) = split /\./, jwt($good);
my ($oh, $op, $os) = split /\./, jwt(qq({"sub":"ben","exp":$later}), key => $other_key);
my $ben = encode_base64url(qq({"sub":"ben","exp":$later}));
my $none = encode_base64url('{"alg":"none","typ":"JWT"}');
my $flipped = $s;
substr($flipped, 5, 1) = substr($s, 5, 1) eq 'A' ? 'B' : 'A';
my $time_less = jwt('{"sub":"anna"}');
my %refused = (
	'forged: another payload under the signature' => "$h.$ben.$s",
	'forged: one character of the signature' => "$h.$p.$flipped",
	'forged: the signature cut short' => "$h.$p." . substr($s, 0, 20),
	'forged: a character more' => "$h.$p.${s}A",
	'forged: no signature' => "$h.$p.",
	'forged: no third part' => "$h.$p",
	'forged: a fourth part' => "$h.$p.$s.$s",
	'forged: the signature of another' => "$h.$p.$os",
	'other key' => jwt(qq({"sub":"ben","exp":$later}), key => $other_key),
	'other key: empty' => jwt($good, key => ''),
	'other key: with its newline' => jwt($good, key => "$key\n"),
	'other key: the name of the file' => jwt($good, key => $key_file),
	'expired' => jwt(qq({"sub":"anna","exp":@{[ $now - 1 ]}})),
	'expired: long ago' => jwt('{"sub":"anna","exp":1}'),
	'expired: at 0' => jwt('{"sub":"anna","exp":0}'),
	'expired: before time began' => jwt('{"sub":"anna","exp":-1}'),
	'no exp' => $time_less,
	'an exp that is a string' => jwt(qq({"sub":"anna","exp":"$later"})),
	'an exp that is null' => jwt('{"sub":"anna","exp":null}'),
	'an exp that is true' => jwt('{"sub":"anna","exp":true}'),
	'an exp that is an array' => jwt(qq({"sub":"anna","exp":[$later]})),
	'an exp that is twice there' => jwt(qq({"sub":"anna","exp":1,"exp":$later})),
	'an exp somewhere else' => jwt(qq({"sub":"anna","app":{"exp":$later}})),
	'nbf in the future' => jwt(qq({"sub":"anna","exp":$later,"nbf":@{[ $now + 1800 ]}})),
	'an nbf that is a string' => jwt(qq({"sub":"anna","exp":$later,"nbf":"soon"})),
	'alg none' => "$none.$p.",
	'alg none: with a signature' => "$none.$p.$s",
	'alg none: signed as if it were none' => jwt($good, header => '{"alg":"none"}'),
	'alg None' => jwt($good, header => '{"alg":"None"}'),
	'alg empty' => jwt($good, header => '{"alg":""}'),
	'alg null' => jwt($good, header => '{"alg":null}'),
	'alg an array' => jwt($good, header => '{"alg":["HS256"]}'),
	'alg missing' => jwt($good, header => '{"typ":"JWT"}'),
	'alg in other letters' => jwt($good, header => '{"alg":"hs256"}'),
	'alg twice' => jwt($good, header => '{"alg":"none","alg":"HS256"}'),
	'alg HS512, as it says' => jwt($good, header => '{"alg":"HS512"}', sign => \&hmac_sha512),
	'alg HS512, signed by HS256' => jwt($good, header => '{"alg":"HS512"}'),
	'alg HS256, signed by HS512' => jwt($good, sign => \&hmac_sha512),
	'alg RS256' => jwt($good, header => '{"alg":"RS256"}'),
	'crit' => jwt($good, header => '{"alg":"HS256","crit":["exp"],"exp":1}'),
	'crit: empty' => jwt($good, header => '{"alg":"HS256","crit":[]}'),
	'the header is no object' => jwt($good, header => '["HS256"]'),
	'the header is no JSON' => jwt($good, header => 'HS256'),
	'claims that are an array' => jwt(qq([{"sub":"anna","exp":$later}])),
	'claims that are a number' => jwt('7'),
	'claims that are null' => jwt('null'),
	'claims that are no JSON' => jwt('anna'),
	'claims that have a member twice' => jwt(qq({"sub":"anna","exp":$later,"sub":"ben"})),
	'claims with a user that is an array' => jwt(qq({"sub":["anna"],"exp":$later})),
	'claims of 1 MB' => jwt(qq({"sub":"anna","exp":$later,"x":") . ('x' x (1 << 20)) . '"}'),
	'claims 10,000 deep' => jwt(qq({"sub":"anna","exp":$later,"x":) . ('[' x 10000) . (']' x 10000) . '}'),
	'claims that are not signed at all' => $good,
	'garbage: a word' => 'anna',
	'garbage: dots' => '..',
	'garbage: letters' => 'a.b.c',
	'garbage: spaces' => ' ',
	'garbage: a space before' => ' ' . jwt($good),
	'garbage: a newline after' => jwt($good) . "\n",
	'garbage: Bearer' => 'Bearer ' . jwt($good),
	'garbage: not base64' => "$h.$p.?" . substr($s, 1),
	'garbage: padded' => "$h.$p.$s=",
	'garbage: the other base64' => encode_base64('{"alg":"HS256","x":"???>>>"}', '') . ".$p.$s",
);
for my $name (sort keys %refused)
{
	is(as('web', $refused{$name}, $me), '42501', "attack: $name");
	unlike($last_error, qr/\Q$key\E|\Q$s\E/, "attack: $name: the words tell no secret")
	  if $name =~ /^(forged|other key)/;
}
for my $name ('forged: another payload under the signature', 'alg none', 'expired', 'claims that are not signed at all')
{
	like(as('web', $refused{$name}, q{SELECT count(*) FROM cart.carts;}), qr/^(0|42501)$/, "attack: row security: $name");
	is(as('app', $refused{$name}, $me), '42501', "attack: an application is as little believed: $name");
	is(as('web', $refused{$name}, q{SELECT cart_add('{"product_id": "y"}');}), '42501', "attack: nor does it write: $name");
}
is(as('app', undef, q{SELECT cart_get('ben') ->> 'user_id';}), 'ben', 'an application needs none');

# ---- it expires while the session and the transaction go on
my $short = jwt(qq({"sub":"anna","exp":@{[ time() + 3 ]}}));
is(as('web', $short, "$me\nSELECT pg_sleep(4);\n"), "anna\n", 'a token that is about to expire');
$short = jwt(qq({"sub":"anna","exp":@{[ time() + 3 ]}}));
is(as('web', $short, "$me\nSELECT pg_sleep(4);\n$me"), '42501', 'is looked at by every call');
$short = jwt(qq({"sub":"anna","exp":@{[ time() + 3 ]}}));
is(as('web', $short, "BEGIN;\n$me\nSELECT pg_sleep(4);\n$me"), '42501', 'also in one transaction');
is(as('web', jwt($good), "$me\nSET request.jwt.claims = " . quoted($refused{'other key'}) . ";\n$me"), '42501',
	'a good token before it does not help a bad one');

# ---- what the role may not change
my $load = 'SELECT cart_session_create() IS NOT NULL;';
for my $setting ("cart_ext.claims_trust = 'gateway'", "cart_ext.key_file = '$other_file'", "cart_ext.claims_setting = 'my.claims'",
	"cart_ext.claim_paths = 'user=iss'")
{
	is(as('web', undef, "$load\nSET $setting;"), '42501', "attack: SET $setting");
}
# Before the library is loaded the server does not know whose settings these are.
my $plain = '{"sub":"ben"}';
is(as('web', $plain, "SET cart_ext.claims_trust = 'gateway';\n$me"), '42501', 'attack: SET before the library is loaded');
is(as('web', $refused{'other key'}, "SET cart_ext.key_file = '$other_file';\n$me"), '42501', 'attack: another key file before the library is loaded');
is(as('web', $plain, $me, options => '-c cart_ext.claims_trust=gateway'), '42501', 'attack: as option of the connection');
is(as('web', $refused{'other key'}, $me, options => "-c cart_ext.key_file=$other_file"), '42501', 'attack: another key file as option');
as('web', undef, q{ALTER ROLE web SET cart_ext.claims_trust = 'gateway';});
is(as('web', $plain, $me), '42501', 'attack: as setting of the role');
is(as('web', jwt($good), $me), 'anna', 'and the good token is good all the while');
is(as('web', undef, 'SET ROLE app;'), '42501', 'attack: SET ROLE');
is(as('web', undef, 'SET SESSION AUTHORIZATION app;'), '42501', 'attack: SET SESSION AUTHORIZATION');
is(as('web', undef, q{SELECT cart_application();}), '42501', 'attack: the marker');

# ---- the key is shown nowhere
is($node->safe_psql('postgres', "$load SHOW cart_ext.key_file;"), "t\n$key_file", 'a superuser sees the path');
is(as('web', undef, "$load\nSHOW cart_ext.key_file;"), '42501', 'nobody else does');
is(as('web', undef, "$load\nSELECT count(*) FROM pg_settings WHERE name = 'cart_ext.key_file';"), "t\n0", 'nor in pg_settings');
is($node->safe_psql('postgres', "$load SELECT count(*) FROM pg_settings WHERE strpos(concat(setting, reset_val, boot_val), 'the key of the shop') > 0;"), "t\n0",
	'the key itself is in no setting');
unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/\Q$key\E/, 'nor in the log');

# ---- without a key nobody is believed
my $error = qr/^[0-9A-Z]{5}$/;
for my $case (
	[ 'no such file', "$dir/none" ], [ 'an empty file', write_file('empty', '') ], [ 'a file of newlines', write_file('newlines', "\n\n") ],
	[ 'no file', '' ], [ 'a directory', $dir ])
{
	my ($name, $path) = @$case;
	$node->adjust_conf('postgresql.conf', 'cart_ext.key_file', "'$path'");
	$node->restart;
	is($node->safe_psql('postgres', 'SELECT 1'), '1', "key file: $name: the server starts");
	like(as('web', jwt($good), $me), $error, "key file: $name: a token is refused");
	like(as('web', jwt($good, key => $_->[1]), $me), $error, "key file: $name: also one under $_->[0]")
	  for ([ 'an empty key', '' ], [ 'a newline', "\n" ], [ 'zeros', "\0" x 64 ], [ 'the path', $path ]);
	like(as('web', $good, $me), $error, "key file: $name: nor are claims that nobody signed");
	is(as('app', undef, q{SELECT cart_get('ben') ->> 'user_id';}), 'ben', "key file: $name: applications work");
}
$node->adjust_conf('postgresql.conf', 'cart_ext.key_file', "'" . write_file('bare', $key) . "'");
$node->restart;
is(as('web', jwt($good), $me), 'anna', 'a key file without a newline');
$node->adjust_conf('postgresql.conf', 'cart_ext.key_file', "'$other_file'");
$node->restart;
is(as('web', $refused{'other key'}, $me), 'ben', 'another key, after a restart');
is(as('web', jwt($good), $me), '42501', 'ends the tokens of the first');

# ---- preloaded, the server reads the key when it starts
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'cart_ext'");
$node->adjust_conf('postgresql.conf', 'cart_ext.key_file', "'$dir/bare'");
$node->restart;
write_file('bare', $other_key);
is(as('web', jwt($good), $me), 'anna', 'preloaded: new contents of the file do not count');
$node->restart;
is(as('web', jwt($good), $me), '42501', 'until the next start');
$node->adjust_conf('postgresql.conf', 'cart_ext.key_file', "'$key_file'");
$node->reload;
$node->poll_query_until('postgres', "SELECT current_setting('cart_ext.key_file') = '$key_file'") or die 'not reloaded';
is(as('web', jwt($good), $me), 'anna', 'another file counts at once');
my $logged = -s $node->logfile;
$node->adjust_conf('postgresql.conf', 'cart_ext.key_file', "'$dir/none'");
$node->restart;
like(PostgreSQL::Test::Utils::slurp_file($node->logfile, $logged), qr/WARNING:  no key could be read from the file of cart_ext\.key_file/,
	'where there is no key, the log says so');
like(as('web', jwt($good), $me), $error, 'and nobody is believed');

$node->stop;
done_testing();
