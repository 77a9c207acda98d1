#!/usr/bin/env bash
# The server on :8088 and `trunk serve` on :8080 in front of it, which rebuilds and reloads the page as it changes.
# Arguments go to the server. Ends both.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "confab: building the server and the page for development (the first time some minutes)" >&2
cargo build -p confab
target/debug/confab "$@" &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
# Into a folder of its own: dist/ is what the server embeds.
mkdir -p target/dev-page
trunk serve --dist target/dev-page &
page=$!
trap 'kill $server $page 2>/dev/null || true' EXIT
trap 'exit 0' INT TERM
# The first of the two to end takes the other with it.
wait -n
