#!/usr/bin/env bash
# Puts the page's build tools where the Makefile looks for them, unless the right version is on PATH.
#
#   scripts/tools.sh page     what building the page needs: the wasm target, trunk, wasm-bindgen, wasm-split-cli, wasm-opt,
#                             esbuild
#   scripts/tools.sh test     what the tests need besides: chromium and its driver, nginx, haproxy and caddy, Postgres,
#                             nats-server, iproute2, axe-core, moto (a server that speaks S3)
#   scripts/tools.sh conformance  what `make conformance` needs besides: kosoku, the WebSocket suite, and a Python for it
#   scripts/tools.sh bin      prints the folder with the tools
#
# trunk and wasm-bindgen are fetched prebuilt where cargo-binstall is on PATH, and are built where it is not or fails.
# Tools are kept in a cache of this user's, one folder per tool and version, so that a second clone does not
# fetch or build them again: $XDG_CACHE_HOME/confab/tools, by default ~/.cache/confab/tools.
set -euo pipefail
cd "$(dirname "$0")/.."

TRUNK=0.21.14        # 0.22 needs a newer rustc than this workspace asks for
WASM_SPLIT=0.2.4     # goes with wasm_split_helpers in Cargo.lock
BINARYEN=132.0.0     # the npm package that carries wasm-opt
AXE=4.10.3           # npm's axe-core, which looks for what assistive technology stumbles over
KOSOKU=0.1.0         # PyPI's package with the cases of the Autobahn test-suite
MOTO=5.2.5           # PyPI's package with a server that speaks S3
ESBUILD=0.25.12      # makes the page's JavaScript small; optional
FETCH_SECONDS=${CONFAB_FETCH_SECONDS:-60}  # how long cargo-binstall may take for a tool
WASM_BINDGEN=$(sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)

cache=${XDG_CACHE_HOME:-$HOME/.cache}/confab/tools
bin=$cache/bin

say() { printf 'confab: %s\n' "$*" >&2; }

# link NAME TARGET: makes TARGET the NAME that the build uses.
link() { mkdir -p "$bin" && ln -sfn "$2" "$bin/$1"; }

# has_version PROGRAM VERSION: succeeds if PROGRAM runs and VERSION is a word of what it prints for --version.
has_version() {
    local printed
    printed=$("$1" --version 2>/dev/null) || return 1
    [[ " ${printed//[[:space:]]/ } " == *" $2 "* ]]
}

# on_path NAME VERSION: the program of that name outside our cache, if it says that it is that version.
on_path() {
    local found
    found=$(PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -vxF "$bin" | paste -sd:) command -v "$1") || return 1
    has_version "$found" "$2" && printf '%s' "$found"
}

# prebuilt NAME PACKAGE VERSION HOME: fetches PACKAGE into HOME with cargo-binstall; fails unless that very version came.
# Only the release of the tool's own authors is taken. The time is bounded since a blocked network may never answer.
prebuilt() {
    local name=$1 package=$2 version=$3 home=$4
    command -v cargo-binstall >/dev/null && command -v timeout >/dev/null || return 1
    say "fetching $package $version prebuilt (cargo-binstall)"
    rm -rf "$home.new"
    if ! timeout -k 5 "$FETCH_SECONDS" cargo-binstall --no-confirm --log-level warn \
        --disable-strategies quick-install,compile --root "$home.new" "$package@$version" </dev/null >&2; then
        say "cargo-binstall could not fetch $package $version"
    elif ! has_version "$home.new/bin/$name" "$version"; then
        say "cargo-binstall brought a $name that does not run here or is not $version: it is not used"
    else
        rm -rf "$home"
        mv "$home.new" "$home"
        return
    fi
    rm -rf "$home.new"
    return 1
}

# cargo_tool NAME PACKAGE VERSION MINUTES [cargo install options]: fetches or builds PACKAGE once per version.
cargo_tool() {
    local name=$1 package=$2 version=$3 minutes=$4 home found
    shift 4
    home=$cache/$package-$version
    if found=$(on_path "$name" "$version"); then link "$name" "$found"; return; fi
    if [ ! -x "$home/bin/$name" ] && ! prebuilt "$name" "$package" "$version" "$home"; then
        say "building $package $version, once for this user (about $minutes minutes on two cores)"
        # The tool's own lock file first; where the registry does not have all that it names, what there is.
        CARGO_TARGET_DIR=$cache/build cargo install --quiet "$package" --version "=$version" --root "$home" --locked "$@" 2>/dev/null ||
            CARGO_TARGET_DIR=$cache/build cargo install --quiet "$package" --version "=$version" --root "$home" "$@"
        rm -rf "$cache/build"
    fi
    link "$name" "$home/bin/$name"
}

page_tools() {
    if ! rustup target list --installed 2>/dev/null | grep -qx wasm32-unknown-unknown; then
        say "adding the wasm32-unknown-unknown target to the Rust toolchain"
        rustup target add wasm32-unknown-unknown
    fi
    # Both run for seconds per page build: minutes spent on optimising them would not come back.
    export CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 cargo_tool trunk trunk "$TRUNK" 4 --no-default-features --features rustls
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo_tool wasm-bindgen wasm-bindgen-cli "$WASM_BINDGEN" 2
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo_tool wasm-split-cli wasm_split_cli_support "$WASM_SPLIT" 1 --features build-binary
    wasm_opt
    js_minifier
}

# wasm-opt makes the page a sixth smaller. It comes from npm; without npm a stand-in that changes nothing
# takes its place, since trunk would otherwise try to download one.
wasm_opt() {
    local home=$cache/binaryen-$BINARYEN found
    if found=$(on_path wasm-opt "${BINARYEN%%.*}"); then link wasm-opt "$found"; return; fi
    if [ ! -x "$home/node_modules/.bin/wasm-opt" ] && command -v npm >/dev/null; then
        say "fetching wasm-opt (npm's binaryen $BINARYEN)"
        npm install --silent --no-fund --no-audit --prefix "$home" "binaryen@$BINARYEN" ||
            say "npm could not fetch binaryen"
    fi
    if [ -x "$home/node_modules/.bin/wasm-opt" ]; then
        link wasm-opt "$home/node_modules/.bin/wasm-opt"
    else
        say "no wasm-opt (npm is missing): the page will be about a sixth larger"
        link wasm-opt "$PWD/scripts/wasm-opt-none.sh"
    fi
}

# esbuild makes the page a kilobyte and a half smaller. Without npm the page is built without it.
js_minifier() {
    local home=$cache/esbuild-$ESBUILD found
    if found=$(on_path esbuild "$ESBUILD"); then link esbuild "$found"; return; fi
    if [ ! -x "$home/node_modules/.bin/esbuild" ] && command -v npm >/dev/null; then
        say "fetching esbuild (npm's esbuild $ESBUILD)"
        npm install --silent --no-fund --no-audit --prefix "$home" "esbuild@$ESBUILD" ||
            say "npm could not fetch esbuild"
    fi
    if [ -x "$home/node_modules/.bin/esbuild" ]; then link esbuild "$home/node_modules/.bin/esbuild"; fi
}

test_tools() {
    browser_tools
    proxy_tools
    postgres
    nats
    network
    axe
    s3
}

browser_tools() {
    if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then return; fi
    if ! command -v apt-get >/dev/null; then
        say "the browser tests need chromium and chromedriver on PATH: please install them"
        exit 1
    fi
    say "installing chromium, its driver and a Chinese font through apt-get (about a minute)"
    apt_install chromium chromium-driver fonts-noto-cjk fonts-noto-color-emoji fonts-inter
}

# The proxies that deploy/ has examples for. Their services are not started. Without them, their tests are skipped.
proxy_tools() {
    local PATH=$PATH:/usr/sbin:/usr/local/sbin policy=/usr/sbin/policy-rc.d made=""
    if command -v nginx >/dev/null && command -v haproxy >/dev/null && command -v caddy >/dev/null; then return; fi
    if ! command -v apt-get >/dev/null; then
        say "the tests of the reverse proxies are skipped without nginx, haproxy and caddy on PATH"
        return
    fi
    say "installing nginx, haproxy and caddy through apt-get, without starting them"
    if [ ! -e "$policy" ]; then
        made=1
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod +x "$policy"
    fi
    apt_install nginx-light haproxy caddy || say "apt-get could not install them: their tests are skipped"
    if [ -n "$made" ]; then as_root rm -f "$policy"; fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_install() {
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# The tests start servers of their own, so Debian's is not to run. They say so and skip where there is no Postgres.
postgres() {
    if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; then return; fi
    if ! command -v apt-get >/dev/null; then
        say "the tests of the Postgres backend are skipped: initdb and postgres are not on PATH"
        return
    fi
    say "installing Postgres through apt-get"
    as_root mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.d/confab.conf >/dev/null
    apt_install postgresql
}

# The tests of the bus start servers of their own, so Debian's is not to run. They say so and skip where there is none.
nats() {
    if command -v nats-server >/dev/null || [ -x /usr/sbin/nats-server ]; then return; fi
    if ! command -v apt-get >/dev/null; then
        say "the tests of the bus are skipped: nats-server is not on PATH"
        return
    fi
    say "installing nats-server through apt-get"
    # A link to /dev/null is a unit that systemd does not start.
    as_root ln -sfn /dev/null /etc/systemd/system/nats-server.service
    apt_install nats-server
}

# The tests of partitions make network namespaces, which takes root, too. They say so and skip where they cannot.
network() {
    if command -v ip >/dev/null || [ -x /usr/sbin/ip ]; then return; fi
    if ! command -v apt-get >/dev/null; then
        say "the tests of partitions are skipped: ip (iproute2) is not on PATH"
        return
    fi
    say "installing iproute2 through apt-get"
    apt_install iproute2
}

# axe.min.js: without it, the tests of accessibility are skipped.
axe() {
    local home=$cache/axe-core-$AXE
    if [ ! -e "$home/node_modules/axe-core/axe.min.js" ] && command -v npm >/dev/null; then
        say "fetching axe-core $AXE (npm)"
        npm install --silent --no-fund --no-audit --prefix "$home" "axe-core@$AXE" || say "npm could not fetch axe-core"
    fi
    if [ -e "$home/node_modules/axe-core/axe.min.js" ]; then
        link axe.min.js "$home/node_modules/axe-core/axe.min.js"
    else
        say "the tests of accessibility are skipped: there is no axe-core (npm is missing)"
    fi
}

# moto-server: a server that speaks S3, in memory. Without it, the tests of buckets are skipped.
s3() {
    local home=$cache/moto-$MOTO
    if [ ! -x "$home/moto-server" ] && command -v python3 >/dev/null; then
        say "fetching a server that speaks S3 (PyPI's moto $MOTO)"
        rm -rf "$home"
        mkdir -p "$home"
        if python3 -m venv "$home/venv" >/dev/null 2>&1 &&
            "$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check "moto[server,s3]==$MOTO"; then
            printf '#!/bin/sh\nexec "%s" -m moto.server "$@"\n' "$home/venv/bin/python" >"$home/moto-server.new"
            chmod +x "$home/moto-server.new"
            mv "$home/moto-server.new" "$home/moto-server"
        else
            say "pip could not fetch moto"
        fi
    fi
    if [ -x "$home/moto-server" ]; then
        link moto-server "$home/moto-server"
    else
        say "the tests of buckets are skipped: there is no moto (python3 is missing, or pip)"
    fi
}

# python-kosoku: a python3 that can import kosoku.
conformance_tools() {
    local home=$cache/kosoku-$KOSOKU
    if ! command -v python3 >/dev/null; then
        say "the WebSocket suite needs python3 (3.10 or newer): please install it"
        exit 1
    fi
    if [ ! -x "$home/python" ]; then
        say "fetching the WebSocket suite (PyPI's kosoku $KOSOKU)"
        rm -rf "$home"
        mkdir -p "$home"
        if python3 -m venv "$home/venv" >/dev/null 2>&1; then
            "$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check "kosoku==$KOSOKU"
            printf '#!/bin/sh\nexec "%s" "$@"\n' "$home/venv/bin/python" >"$home/python.new"
        else
            python3 -m pip install --quiet --disable-pip-version-check --target "$home/site" "kosoku==$KOSOKU"
            printf '#!/bin/sh\nPYTHONPATH="%s" exec python3 "$@"\n' "$home/site" >"$home/python.new"
        fi
        chmod +x "$home/python.new"
        mv "$home/python.new" "$home/python"
    fi
    link python-kosoku "$home/python"
}

case "${1:-}" in
    page) page_tools ;;
    test) test_tools ;;
    conformance) conformance_tools ;;
    bin) printf '%s\n' "$bin" ;;
    *) sed -n '2,11p' "$0"; exit 2 ;;
esac
