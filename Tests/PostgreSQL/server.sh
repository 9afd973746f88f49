#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A PostgreSQL server for tests and measurements, of the distribution's own programs, in a folder that goes
# away with it; it is reached by a socket in that folder alone, and runs as an unprivileged user.
#
#   server.sh serve FOLDER       takes orders on standard input, and ends when that closes, however its
#                                caller ended: kill, stop, standby (at the next start), start
#   server.sh with COMMAND ...   runs a command with PGHOST set, and an empty database 'ledger' of the
#                                superuser 'owner'
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -x "$bin/initdb" ] || { echo "no PostgreSQL server under /usr/lib/postgresql" >&2; exit 69; }

prepare() {
    user=
    if [ "$(id -u)" = 0 ]; then
        user=postgres
        id "$user" >/dev/null 2>&1 || user=nobody
        chown "$user" "$dir"
    fi
    cd "$dir" || exit 73
    run "$bin/initdb" -D "$dir/data" -U owner -A trust -E UTF8 --no-locale --no-sync
}

run() {
    if [ -n "$user" ]; then
        setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@"
    else
        "$@"
    fi >>"$dir/log" 2>&1 </dev/null
}

start() {
    # What a killed server leaves in memory is in use for a moment longer.
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        run "$bin/pg_ctl" -D "$dir/data" -w \
            -o "-k $dir -c listen_addresses= -c shared_buffers=16MB -c max_connections=60" start &&
            return 0
        sleep 1
    done
    return 1
}

finish() {
    run "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop
    cd /
    rm -rf "$dir"
}

case $1 in
serve)
    dir=$2
    trap '' INT TERM HUP
    prepare
    start && echo ready
    while read -r order; do
        case $order in
        kill) kill -9 "$(head -n 1 "$dir/data/postmaster.pid")" && echo killed ;;
        stop) run "$bin/pg_ctl" -D "$dir/data" -m fast -w stop && echo stopped ;;
        standby) run touch "$dir/data/standby.signal" && echo set ;;
        start) start && echo ready ;;
        esac
    done
    finish
    ;;
with)
    shift
    # The path of a socket is at most 107 bytes.
    dir=$(mktemp -d /tmp/semblance-XXXXXXXX)
    here=$PWD
    trap finish EXIT
    trap 'exit 130' INT TERM HUP
    prepare
    start || exit 69
    export PGHOST="$dir" PATH="$bin:$PATH"
    "$bin/createdb" -U owner ledger || exit 69
    cd "$here" || exit 66
    "$@"
    ;;
*)
    sed -n '3,10p' "$0" >&2
    exit 64
    ;;
esac
