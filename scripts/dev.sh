#!/usr/bin/env bash
# The server on :8088 and `trunk serve` on :8080 in front of it, which rebuilds and reloads the page as it changes.
# Arguments go to the server. Ends both.
#
# CONFAB_DEV_SERVER names an executable to use instead of building one, and CONFAB_DEV_TRUNK more flags for trunk: the
# tests use what `make test` has built before them.
set -euo pipefail
cd "$(dirname "$0")/.."

server_binary=${CONFAB_DEV_SERVER:-}
if [ -z "$server_binary" ]; then
    echo "confab: building the server and the page for development (the first time some minutes)" >&2
    cargo build -p confab
    server_binary=target/debug/confab
fi
"$server_binary" "$@" &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
# Into a folder of its own: dist/ is what the server embeds.
mkdir -p target/dev-page
# shellcheck disable=SC2086 # Flags are words.
trunk serve --dist target/dev-page ${CONFAB_DEV_TRUNK:-} &
page=$!
trap 'kill $server $page 2>/dev/null || true' EXIT
trap 'exit 0' INT TERM
# The first of the two to end takes the other with it.
wait -n
