#!/usr/bin/env bash
# At the end of scripts/split-page.sh, in a release build of the page: makes the JavaScript of wasm-bindgen small. trunk's own
# minifier cannot read it (`export { x as default }`). Where there is no esbuild it stays as it is, a kilobyte and a half
# larger over the wire.
set -euo pipefail
esbuild=$(command -v esbuild) || exit 0
# Only these files: index.html has no digest of them.
for file in "$TRUNK_STAGING_DIR"/confab-frontend-*.js; do
    # What fails leaves the file alone: `--outfile` is another one.
    if "$esbuild" --minify --format=esm --log-level=error "$file" --outfile="$file.min" </dev/null; then
        mv "$file.min" "$file"
    fi
done
