#!/bin/sh
# Makes minified and obfuscated forms of the fixtures: variants.sh TOOLS OUT
# TOOLS is a folder for npm (esbuild, terser, javascript-obfuscator), OUT gets covert/ and twin/ with NAME.FORM.js in each.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools=$1
out=$2
command -v npm >/dev/null || { echo "npm is missing: no variants were made" >&2; exit 2; }
mkdir -p "$tools" "$out/covert" "$out/twin"
[ -x "$tools/node_modules/.bin/javascript-obfuscator" ] || (cd "$tools" && npm init -y >/dev/null && npm install --silent esbuild@0.25 terser@5 javascript-obfuscator@4)
bin=$tools/node_modules/.bin
for kind in covert twin; do
  for f in "$here/fixtures/$kind"/*; do
    n=$(basename "$f")
    "$bin/esbuild" "$f" --format=cjs --outfile="$out/plain.js" --log-level=error
    "$bin/esbuild" "$f" --minify --format=cjs --outfile="$out/$kind/$n.esbuild.js" --log-level=error
    "$bin/terser" "$out/plain.js" -c passes=2 -m --toplevel -o "$out/$kind/$n.terser.js"
    "$bin/javascript-obfuscator" "$out/plain.js" --output "$out/$kind/$n.default.js" --seed 7 >/dev/null
    for preset in low medium high; do
      "$bin/javascript-obfuscator" "$out/plain.js" --output "$out/$kind/$n.$preset.js" --options-preset $preset-obfuscation --seed 7 >/dev/null
    done
  done
done
rm -f "$out/plain.js"
