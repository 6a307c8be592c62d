#!/usr/bin/env bash
# postgres.sh start DIR [OWNER]   a new PostgreSQL server with its data in DIR, reached only through
#                                 the socket in DIR (port 5432, user aiditor, no password)
# postgres.sh stop DIR            ends it and removes DIR
# postgres.sh crash DIR           ends it at once, as a power cut would; the data stays
# postgres.sh resume DIR          starts it again on this data
#
# For tests: data is not synced unless SAFE=1. As root the server runs as the user postgres. When
# the process OWNER ends without a stop, the server is ended and DIR removed within a few seconds.
# What else is in DIR goes with it. DIR must be short (a socket's path has 107 characters), below
# folders that the user postgres may pass through.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
command=$1 folder=$2 owner=${3:-}

bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
[ -x "$bin/initdb" ] ||
    { echo "PostgreSQL is not installed; tools/setup test does it." >&2; exit 1; }
as=()
[ "$(id -u)" != 0 ] || as=(setpriv --reuid postgres --regid postgres --init-groups)

start() {
    mkdir -p "$folder"
    local sync=(--no-sync) settings=(fsync=off synchronous_commit=off full_page_writes=off)
    if [ "${SAFE:-0}" = 1 ]; then sync=() settings=(); fi
    [ ${#as[@]} = 0 ] || chown postgres:postgres "$folder"
    cd "$folder"
    "${as[@]}" "$bin/initdb" -D "$folder/data" -U aiditor --auth=trust -E UTF8 --locale=C.UTF-8 \
        "${sync[@]}" >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; exit 1; }
    {
        printf '%s\n' "listen_addresses=''" "unix_socket_directories='$folder'" port=5432 \
            max_connections=100 shared_buffers=32MB max_wal_size=256MB "${settings[@]}"
    } >>"$folder/data/postgresql.conf"
    resume
    if [ -n "$owner" ]; then
        setsid "$0" watch "$folder" "$owner" >/dev/null 2>&1 </dev/null &
    fi
}

resume() {
    cd "$folder"
    "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 start >/dev/null \
        </dev/null || { cat "$folder/log" >&2; exit 1; }
}

crash() {
    cd /
    "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1
}

stop() {
    [ -d "$folder" ] || return 0
    crash || true
    rm -rf "$folder"
}

case $command in
start) start ;;
stop) stop ;;
crash) crash ;;
resume) resume ;;
watch)
    while kill -0 "$owner" && [ -d "$folder" ]; do sleep 1; done
    stop
    ;;
*) exec "$0" ;;
esac
