#!/usr/bin/env bash
# After a release build of the page: splits its WASM into what the first load needs and the modules that views fetch on
# demand (frontend/src/ui/on_demand.rs). trunk has bound the whole to its JavaScript by then, without the relocations that
# tell the parts from one another. So this does again, for the parts, what trunk does with the compiler's result:
# wasm-bindgen, wasm-opt, names that change with the content.
set -euo pipefail
[ "${TRUNK_PROFILE:-}" = release ] || exit 0

page=confab-frontend
target=${CARGO_TARGET_DIR:-$TRUNK_SOURCE_DIR/target}
compiled=$target/wasm32-unknown-unknown/page/$page.wasm
work=$target/split-page

# The features that Rust's WASM has. wasm-opt cannot read them from a module that is only a part.
features=(bulk-memory bulk-memory-opt call-indirect-overlong multivalue mutable-globals nontrapping-float-to-int
    reference-types sign-ext)

# optimize FROM TO: for the size after compression, which other passes shrink than those for the plain size.
optimize() {
    wasm-opt "$1" --output="$2" "${features[@]/#/--enable-}" --flatten --rereloop -O1 --reorder-functions-by-name \
        --strip-debug --strip-producers --strip-target-features
}

# split: from the compiler's result to $work/*.wasm, the first load's module and the parts, and $work/*.js.
split() {
    local part
    rm -rf "$work"
    mkdir -p "$work"
    wasm-split-cli "$compiled" "$work/parts"
    # The parts import the function table, which is one of the linker's own exports.
    wasm-bindgen --target web --no-typescript --keep-lld-exports --out-dir "$work/bound" --out-name "$page" "$work/parts/main.wasm"
    optimize "$work/bound/${page}_bg.wasm" "$work/main.wasm"
    for part in "$work"/parts/{split,chunk}_*.wasm; do
        if [ -e "$part" ]; then optimize "$part" "$work/$(basename "$part")"; fi
    done
    cp "$work/bound/$page.js" "$work/main.js"
    # A network may never answer.
    sed -E 's/fetch\((new URL\([^)]*\))\)/fetch(\1, { signal: AbortSignal.timeout(20000) })/' "$work/parts/__wasm_split.js" >"$work/parts.js"
    grep -q 'AbortSignal.timeout' "$work/parts.js"
}

# A build in which only styles changed has its modules already.
stamp=$(cat "$compiled" "$0" | sha256sum)
if [ "$stamp" != "$(cat "$work/stamp" 2>/dev/null)" ]; then
    split
    echo "$stamp" >"$work/stamp"
fi

# The two scripts name each other, so the names of all files have the digest of all, and of what is done with them below.
name=$page-$(cat "$work"/*.wasm "$work"/*.js "$0" | sha256sum | cut -c1-16)
# The import of the first module keeps the name that it has in the WASM.
named() {
    sed -E "s#(from .)\./__wasm_split\.js#\1./$name-parts.js#; s#\./main\.js#./$name.js#g; s#${page}_bg\.wasm#${name}_bg.wasm#g;
        s#\./((split|chunk)_[a-z0-9_]+)\.wasm#./$name-\1.wasm#g" "$1"
}
rm "$TRUNK_STAGING_DIR/$page"-*.js "$TRUNK_STAGING_DIR/$page"-*_bg.wasm
named "$work/main.js" >"$TRUNK_STAGING_DIR/$name.js"
named "$work/parts.js" >"$TRUNK_STAGING_DIR/$name-parts.js"
cp "$work/main.wasm" "$TRUNK_STAGING_DIR/${name}_bg.wasm"
for part in "$work"/{split,chunk}_*.wasm; do
    if [ -e "$part" ]; then cp "$part" "$TRUNK_STAGING_DIR/$name-$(basename "$part")"; fi
done

# The files of the chat: its part and those that it shares, by the scripts' names for them.
chat=/$name-split_chat.wasm
for number in $(awk '/__wasm_split_load_chat/ { found = 1 } found { print } found && /\]\)\)/ { exit }' "$work/parts.js" |
    { grep -o '__chunk_[0-9]*' || true; }); do
    chat+=" /$name-chunk_${number#__chunk_}.wasm"
done

# The document's names. The second script is preloaded like the first; frontend/loader.js preloads the chat.
sed -i -E "s#<meta data-js=#<meta data-chat=\"$chat\" data-js=#; s#$page-[0-9a-f]+#$name#g; s#<link [^>]*modulepreload[^>]*>#&&#; s#$name\.js([^>]*modulepreload[^>]*><link [^>]*modulepreload)#$name-parts.js\1#" \
    "$TRUNK_STAGING_DIR/index.html"
grep -q "$name-parts.js" "$TRUNK_STAGING_DIR/index.html"

"$TRUNK_SOURCE_DIR/scripts/minify-js.sh"
