# shellcheck shell=bash
# What bench/run and bench/check share. Both speak to the server that PGHOST and its like name.
#
# The scripts in workloads/ and rivals/ are pgbench's. In them stand, where a client would have a value at hand,
#   @key@      the key of the line :line             @item@    what a client adds to the line :line, as jsonb
#   @stored@   the same without the price            @cart@    the id of the cart of user u:n
#   @pool@     the id of the cart of user m:n        @token@   the hash of the token "guest :n"
#   @document@ rivals/document.sql, a select that goes on with AND
# @key2@ and @stored2@ are those of :line2.

bench_home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
shop_role=bench_shop

one() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }

# contestants WORKLOAD: cart_ext, and the rivals that have a script for it
contestants() {
    local rival
    printf 'cart_ext\n'
    for rival in bare cte sql plpgsql application application-reads; do
        if [[ -f $bench_home/rivals/$rival/$1.sql ]]; then printf '%s\n' "$rival"; fi
    done
}

script_of() { # script_of WORKLOAD CONTESTANT: the file
    if [[ $2 == cart_ext ]]; then
        printf '%s' "$bench_home/workloads/$1.sql"
    else
        printf '%s' "$bench_home/rivals/$2/$1.sql"
    fi
}

# expand DATABASE FILE: the file with all of that filled in. Keys come from the data that was loaded.
expand() {
    local keys document item
    keys=$(one -d "$1" -c "SELECT array_agg(item_key ORDER BY line) FROM bench.products WHERE line <= 8")
    document=$(tr '\n' ' ' <"$bench_home/rivals/document.sql")
    item="{\"product_id\": \"p' || :line\\1 || '\", \"title\": \"A product of some kind\", \"options\": {\"color\": \"red\", \"size\": \"M\"}"
    sed -E -e "s/@key([0-9]*)@/('$keys'::uuid[])[:line\1]/g" \
        -e "s/@item([0-9]*)@/('$item, \"unit_price\": 9.90}')::jsonb/g" \
        -e "s/@stored([0-9]*)@/('$item}')::jsonb/g" \
        -e "s/@cart@/lpad(to_hex(:n::bigint), 32, '0')::uuid/g" \
        -e "s/@pool@/('00000002' || lpad(to_hex(:n::bigint), 24, '0'))::uuid/g" \
        -e "s/@token@/sha256(convert_to('guest ' || :n, 'UTF8'))/g" \
        -e "s#@document@#${document//&/\\&}#g" "$2"
}

# load DATABASE CARTS: makes the database, with the carts of bench/load.sql
load() {
    one -c "CREATE DATABASE $1" -c "DO 'BEGIN IF to_regrole(''$shop_role'') IS NULL THEN CREATE ROLE $shop_role LOGIN; END IF; END'"
    one -d "$1" -v carts="$2" -f "$bench_home/load.sql" >/dev/null
    expand "$1" "$bench_home/rivals/plpgsql/functions.sql" | one -d "$1"
}

# What a workload's calls use up, made before: fill_pool DATABASE WORKLOAD CONTESTANT FIRST CALLS. The first is 0 at least.
fill_pool() {
    local schema=rival lines=5 matching=2 file=pool.sql
    if [[ $3 == cart_ext ]]; then schema=cart; fi
    case $2 in
    merge) ;;
    merge_100) lines=100 matching=40 ;;
    checkout_complete) matching=-1 ;;
    reconcile) file=ten_duplicates.sql ;;
    *) return 0 ;;
    esac
    one -d "$1" -v schema=$schema -v first="$4" -v calls="$5" -v lines=$lines -v matching=$matching -f "$bench_home/$file"
}
uses_up() { [[ $1 =~ ^(merge|merge_100|checkout_complete|reconcile)$ ]]; }

# allow_duplicates DATABASE: for reconcile; a shop without the unique indexes
allow_duplicates() {
    one -d "$1" -c 'DROP INDEX cart.carts_active_user, cart.carts_active_session, rival.carts_active_user, rival.carts_active_session' \
        -c "CREATE INDEX carts_active_user ON rival.carts (tenant_id, user_id, till_id) WHERE status = 'active' AND user_id IS NOT NULL"
}

# The settings of a client's session: settings WORKLOAD COMMIT
session_settings() {
    local answer=off
    if [[ $1 == add_answer ]]; then answer=on; fi
    printf -- '-c synchronous_commit=%s -c cart_ext.return_cart=%s' "$2" "$answer"
}

# prepared_calls SCRIPT N [FIRST]: a PREPARE for each statement, in which each variable is a parameter wherever it stands,
# and N times an EXECUTE of each: for the carts from FIRST + 1 on, or in turn for the first hundred
prepared_calls() {
    grep -v -e '^\\set' -e '^--' "$1" | tr '\n' ' ' | awk -v calls="$2" -v first="${3:-}" '
    function prepare(number, rest,    text, start) {
        while (match(rest, /(^|[^:]):(n|line|quantity|call)/)) {
            start = substr(rest, RSTART, 1) == ":" ? RSTART : RSTART + 1
            name[number, ++parameters[number]] = substr(rest, start + 1, RLENGTH - (start - RSTART) - 1)
            text = text substr(rest, 1, start - 1) "$" parameters[number]
            rest = substr(rest, RSTART + RLENGTH)
        }
        print "PREPARE call" number " AS " text rest ";"
    }
    function value(variable, i) {
        if (variable == "n") return first == "" ? 1 + i % 100 : first + i
        return variable == "line" ? 1 + i % 8 : variable == "call" ? first "-" i : 1000 + i
    }
    function execute(number, i,    k, arguments) {
        for (k = 1; k <= parameters[number]; k++)
            arguments = arguments (k > 1 ? ", " : "") "\047" value(name[number, k], i) "\047"
        print "EXECUTE call" number "(" arguments ");"
    }
    {
        count = split($0, statements, /; */) - 1
        for (s = 1; s <= count; s++) prepare(s, statements[s])
        for (i = 1; i <= calls; i++)
            for (s = 1; s <= count; s++) execute(s, i)
    }'
}
