# shellcheck shell=bash disable=SC2034
# What the scripts in dev/ share. Source it first:  . "$(dirname "$0")/lib.sh"
#
# It moves to the top of the tree and sets
#   top           the top of the tree
#   build         where everything that is produced goes: build/
#   pg_major      the PostgreSQL to work with (PG_MAJOR in the environment; 15)
#   jobs          how many compilers at once

set -euo pipefail
umask 022

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$top"
build=$top/build
pg_major=${PG_MAJOR:-15}
jobs=${JOBS:-$(nproc)}

# Messages, sorting and the encoding of what we send must not depend on whoever calls.
export LC_ALL=C.UTF-8 PGCLIENTENCODING=UTF8
# Nor may the person's own server settings reach our throwaway servers.
unset PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGPASSWORD PGSERVICE PGOPTIONS PGAPPNAME PGDATA

# ---- talking

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[0m'
else
    bold='' dim='' red='' green='' yellow='' plain=''
fi

say() { printf '%s\n' "$*"; }
heading() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf '%s%s%s\n' "$dim" "$*" "$plain"; }
warn() { printf '%s%s: %s%s\n' "$yellow" "${0##*/}" "$*" "$plain" >&2; }
# die MESSAGE [WHAT TO DO]
die() {
    printf '%s%s: %s%s\n' "$red" "${0##*/}" "$1" "$plain" >&2
    if [[ -n ${2:-} ]]; then printf '%s\n' "$2" >&2; fi
    exit 1
}

# The comment at the top of the calling script is its help.
show_help() {
    awk 'NR == 1 { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' "${BASH_SOURCE[1]}"
}
bad_usage() { die "$1" "Try 'dev/${0##*/} --help'."; }

# 75 -> 1m15s
duration() {
    if (($1 < 60)); then printf '%ds' "$1"; else printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); fi
}

# Says that a long run is alive: each second on a terminal, else once a minute.
ticker_pid=''
ticker_start() {
    local what=$1 begin=$SECONDS
    (
        # Nobody shall wait for our sleeps.
        exec </dev/null 9>&-
        while sleep 1 >/dev/null 2>&1; do
            passed=$((SECONDS - begin))
            if [[ -t 1 ]]; then
                printf '\r%s: %s … ' "$what" "$(duration "$passed")"
            elif ((passed > 0 && passed % 60 == 0)); then
                say "$what: $(duration "$passed") …"
            fi
        done
    ) &
    ticker_pid=$!
    disown "$ticker_pid" # so that bash does not report its end
}
ticker_stop() {
    [[ -n $ticker_pid ]] || return 0
    kill "$ticker_pid" 2>/dev/null || true
    ticker_pid=''
    if [[ -t 1 ]]; then printf '\r\e[K'; fi
}

# What a person wants to see of a log that ends badly: the errors, else the end; no command lines.
excerpt() {
    local found
    found=$(grep -avE '^(/usr/bin/)?(g\+\+|gcc|clang|make\[)' "$1" | cut -c1-200 || true)
    if grep -qE '(error:|ERROR|FATAL|undefined reference|\*\*\*)' <<<"$found"; then
        found=$(grep -aE -A 4 '(error:|ERROR|FATAL|undefined reference|\*\*\*)' <<<"$found" | head -n 40)
    fi
    tail -n 40 <<<"$found"
}

# run_logged TITLE LOG COMMAND...: one line while all is well, the errors from the log where it is not.
run_logged() {
    local title=$1 log=$2 begin=$SECONDS status=0
    shift 2
    ticker_start "$title"
    "$@" >"$log" 2>&1 || status=$?
    ticker_stop
    if ((status != 0)); then
        excerpt "$log" >&2
        die "$title failed (exit status $status)." "The whole log: ${log#"$top"/}"
    fi
    note "$title: $(duration $((SECONDS - begin)))"
}

# ---- the sources

cpp_files() { find src test bench -name '*.[ch]pp' 2>/dev/null | sort; }

# ---- whose server

# A server refuses to run as root; then it runs as the user that the package made.
if ((EUID == 0)); then server_user=postgres; else server_user=$(id -un); fi

as_server() {
    # From / on, since that user may not be allowed where we are.
    if ((EUID == 0)); then runuser -u "$server_user" -- env -C / "$@"; else "$@"; fi
}

# run_as_root COMMAND...: by sudo where need be.
run_as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        return 127
    fi
}

make_build_dir() {
    if ! mkdir -p "$build" 2>/dev/null || [[ ! -w $build ]]; then
        die "cannot write to build/." \
            "It may belong to another user: remove it, or go on as that user."
    fi
}

# Where servers and their data stand: build/, unless the server's user cannot get there (a clone
# under /root, say). Sets `base`.
find_base() {
    make_build_dir
    base=$build
    as_server test -x "$build" 2>/dev/null && return 0
    if [[ -f $build/elsewhere ]]; then base=$(<"$build/elsewhere"); fi
    if [[ $base == "$build" || ! -O $base ]]; then
        base=$(mktemp -d /var/tmp/cart_ext.XXXXXX)
        chmod 755 "$base"
        printf '%s\n' "$base" >"$build/elsewhere"
        note "User $server_user cannot reach build/, so the servers go to $base."
    fi
}

# ---- a PostgreSQL of our own
#
# The server finds its files relative to its own program. So a copy of the installation is an
# installation, too: we install the extension into the copy, and never touch the system's.

pg_home=/usr/lib/postgresql/$pg_major
pg_share=/usr/share/postgresql/$pg_major
pg_config=${PG_CONFIG:-$pg_home/bin/pg_config}

need_postgres() {
    [[ -x $pg_home/bin/postgres && -f $pg_home/lib/pgxs/src/makefiles/pgxs.mk ]] ||
        die "PostgreSQL $pg_major with its development files is not installed." "Run dev/deps first."
}

# own_postgres NAME: makes $base/NAME, a copy of the installation. Sets `prefix` (also DESTDIR for
# make install) and `bin`.
own_postgres() {
    need_postgres
    find_base
    prefix=$base/$1
    bin=$prefix$pg_home/bin
    local stamp
    stamp=$(stat -c '%Y %s' "$pg_home/bin/postgres" "$pg_home/lib" "$pg_share/extension")
    if [[ $(cat "$prefix/.copied" 2>/dev/null) != "$stamp" ]]; then
        mkdir -p "$prefix$pg_home" "$prefix$pg_share"
        # Servers may be running from an older copy: replace files, do not write into them.
        cp -a --remove-destination "$pg_home/bin" "$pg_home/lib" "$prefix$pg_home/"
        cp -a --remove-destination "$pg_share/." "$prefix$pg_share/"
        # The copy holds our cart_ext and no other.
        rm -rf "$prefix$pg_home"/lib/cart_ext.so "$prefix$pg_home"/lib/bitcode/cart_ext* \
            "$prefix$pg_share"/extension/cart_ext*
        printf '%s\n' "$stamp" >"$prefix/.copied"
    fi
}
