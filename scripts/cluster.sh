#!/usr/bin/env bash
# Two nodes that share a Postgres database and a NATS server, behind HAProxy on http://localhost:8088: a cluster to try, with
# everything in a temporary folder that is removed at the end. Arguments go to both nodes. Needs what `scripts/tools.sh test`
# installs.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PATH:/usr/sbin:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
for program in initdb nats-server haproxy; do
    command -v "$program" >/dev/null || { echo "confab: $program is missing: run scripts/tools.sh test" >&2; exit 1; }
done

confab=${CONFAB_CLUSTER_SERVER:-target/release/confab}
page=${CONFAB_CLUSTER_PORT:-8088}
one=$((page + 1)) two=$((page + 2)) bus=$((page + 3))
folder=$(mktemp -d /tmp/confab-cluster.XXXXXX)
pids=()
finish() {
    trap - EXIT INT TERM
    # The proxy first, then the nodes, then what they need; Postgres, the first, without waiting for its clients.
    for ((n = ${#pids[@]} - 1; n >= 0; n--)); do
        kill "-$([ "$n" = 0 ] && echo INT || echo TERM)" "${pids[n]}" 2>/dev/null || true
        wait "${pids[n]}" 2>/dev/null || true
    done
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 0' INT TERM

# Each is in a session of its own: Ctrl-C ends this script alone, which then ends them in order.
# Postgres refuses to run as root.
as_database=()
mkdir "$folder/postgres"
if [ "$(id -u)" = 0 ]; then
    chmod 755 "$folder"
    chown postgres "$folder/postgres"
    as_database=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
"${as_database[@]}" initdb -D "$folder/postgres/data" -U confab -A trust -E UTF8 --locale=C >/dev/null
setsid "${as_database[@]}" postgres -D "$folder/postgres/data" -c listen_addresses= -c "unix_socket_directories=$folder/postgres" \
    -c max_connections=60 >"$folder/postgres.log" 2>&1 &
pids+=($!)
until psql -qh "$folder/postgres" -U confab -d postgres -c 'CREATE DATABASE confab' 2>/dev/null; do
    kill -0 "${pids[0]}" 2>/dev/null || { cat "$folder/postgres.log" >&2; exit 1; }
    sleep 0.1
done
setsid nats-server -a 127.0.0.1 -p "$bus" >"$folder/nats.log" 2>&1 &
pids+=($!)

for port in "$one" "$two"; do
    setsid "$confab" --listen "127.0.0.1:$port" --data "$folder/node-$port" --public-url "http://localhost:$page" \
        --trusted-proxy 127.0.0.1 --database "postgres://confab@/confab?host=$folder/postgres" \
        --bus "nats://127.0.0.1:$bus" --blobs "$folder/files" "$@" >"$folder/node-$port.log" &
    pids+=($!)
    until grep -q 'Confab is ready' "$folder/node-$port.log"; do
        kill -0 "${pids[-1]}" 2>/dev/null || exit 1
        sleep 0.1
    done
done
sed -e "s/bind :8088/bind 127.0.0.1:$page/" -e "s/ one:8088/ 127.0.0.1:$one/" -e "s/ two:8088/ 127.0.0.1:$two/" \
    -e '/^resolvers/,/^$/d' -e 's/ resolvers docker init-addr last,libc,none//' deploy/haproxy-plain.cfg >"$folder/haproxy.cfg"
setsid haproxy -f "$folder/haproxy.cfg" >"$folder/haproxy.log" 2>&1 &
pids+=($!)
echo "Confab is ready: open http://localhost:$page (nodes: process ${pids[2]} on port $one, ${pids[3]} on port $two)"
echo "Kill one to see the other go on. Logs are in $folder until Ctrl-C ends all."
wait "${pids[-1]}"
