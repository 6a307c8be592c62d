#!/usr/bin/env bash
# pgbouncer.sh start DIR SERVER [OWNER]   a pooler in transaction mode before the server that
#                                         postgres.sh made in SERVER; its socket is in DIR (port
#                                         6432, user aiditor, every database)
# pgbouncer.sh stop DIR                   ends it and removes DIR
#
# As postgres.sh in all else.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
command=$1 folder=$2 server=${3:-} owner=${4:-}

pgbouncer=$(PATH=$PATH:/usr/sbin command -v pgbouncer) ||
    { echo "pgbouncer is not installed; tools/setup test does it." >&2; exit 1; }
as=()
[ "$(id -u)" != 0 ] || as=(setpriv --reuid postgres --regid postgres --init-groups)

start() {
    mkdir -p "$folder"
    printf '"aiditor" ""\n' >"$folder/users"
    cat >"$folder/ini" <<INI
[databases]
* = host=$server port=5432
[pgbouncer]
listen_addr=
listen_port=6432
unix_socket_dir=$folder
pool_mode=transaction
default_pool_size=5
max_client_conn=200
auth_type=trust
auth_file=$folder/users
logfile=$folder/log
pidfile=$folder/pid
INI
    [ ${#as[@]} = 0 ] || chown -R postgres:postgres "$folder"
    "${as[@]}" "$pgbouncer" -q -d "$folder/ini" </dev/null >/dev/null 2>"$folder/start" ||
        { cat "$folder/start" >&2; exit 1; }
    for _ in $(seq 100); do
        if [ -S "$folder/.s.PGSQL.6432" ] && [ -s "$folder/pid" ]; then
            if [ -n "$owner" ]; then
                setsid "$0" watch "$folder" "$server" "$owner" >/dev/null 2>&1 </dev/null &
            fi
            return 0
        fi
        sleep 0.05
    done
    cat "$folder/log" >&2
    exit 1
}

stop() {
    [ -d "$folder" ] || return 0
    [ ! -s "$folder/pid" ] || kill "$(cat "$folder/pid")" || true
    rm -rf "$folder"
}

case $command in
start) start ;;
stop) stop ;;
watch)
    while kill -0 "$owner" && [ -d "$folder" ]; do sleep 1; done
    stop
    ;;
*) exec "$0" ;;
esac
