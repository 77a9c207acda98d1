#!/usr/bin/env bash
# Builds what `make bench` measures Confab against, into a cache of this user's: a Go relay on gorilla/websocket, and a
# Socket.IO server. Both store nothing.
#
#   scripts/peers.sh         installs and builds what is missing; one that cannot be had is reported and left out
#   scripts/peers.sh where   prints the folder: `relay` is an executable, `rooms/rooms.js` is run by node
set -uo pipefail
cd "$(dirname "$0")/.."

sources=server/benches/peers
cache=${XDG_CACHE_HOME:-$HOME/.cache}/confab/peers/$(cat $sources/* | sha256sum | cut -c1-12)

say() { printf 'confab: %s\n' "$*" >&2; }

# install PACKAGE...: through apt-get, where there is one and we may.
install() {
    command -v apt-get >/dev/null || return 1
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    say "installing $* through apt-get"
    $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@"
} >&2

# Debian's package of gorilla/websocket is a source tree under a GOPATH: no module has to be downloaded.
gorilla() { [ -d /usr/share/gocode/src/github.com/gorilla/websocket ]; }

relay() {
    [ -x "$cache/relay" ] && return
    command -v go >/dev/null && gorilla || install golang-go golang-github-gorilla-websocket-dev || return 1
    say "building the Go relay"
    GO111MODULE=off GOPATH=/usr/share/gocode go build -o "$cache/relay" $sources/relay.go
}

rooms() {
    [ -d "$cache/rooms/node_modules/socket.io" ] && return
    command -v npm >/dev/null || install nodejs npm || return 1
    say "fetching socket.io"
    mkdir -p "$cache/rooms" && cp $sources/rooms.js $sources/package.json "$cache/rooms/" &&
        npm install --silent --no-fund --no-audit --prefix "$cache/rooms" >&2
}

case "${1:-}" in
    "")
        mkdir -p "$cache"
        relay || say "no Go relay: what is compared with it is not measured"
        rooms || say "no Socket.IO: what is compared with it is not measured"
        ;;
    where) printf '%s\n' "$cache" ;;
    *) sed -n '2,6p' "$0"; exit 2 ;;
esac
