// Makes minified and obfuscated forms of clients: variants.mjs TOOLS FROM OUT FORM…
// TOOLS has node_modules with esbuild, terser and javascript-obfuscator. FROM has covert/ and twin/; OUT gets both with NAME.FORM.js in them.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const [tools, from, out, ...forms] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(tools), "x.js"));
const esbuild = require("esbuild");
const terser = require("terser");
const obfuscator = require("javascript-obfuscator");

const array = { seed: 5, compact: true, stringArray: true, stringArrayThreshold: 1, stringArrayRotate: true, stringArrayShuffle: true };
const obfuscated = (options) => (code) => obfuscator.obfuscate(code, options).getObfuscatedCode();
const make = {
  esbuild: async (code) => (await esbuild.transform(code, { minify: true, format: "cjs" })).code,
  terser: async (code) => (await terser.minify(code, { compress: { passes: 2, unsafe: true }, mangle: { toplevel: true } })).code,
  default: obfuscated({ seed: 7 }),
  base64: obfuscated({ ...array, stringArrayEncoding: ["base64"] }),
  rc4: obfuscated({ ...array, stringArrayEncoding: ["rc4"] }),
  flattened: obfuscated({ ...array, controlFlowFlattening: true, controlFlowFlatteningThreshold: 1 }),
  low: obfuscated({ seed: 7, optionsPreset: "low-obfuscation" }),
  medium: obfuscated({ seed: 7, optionsPreset: "medium-obfuscation" }),
  high: obfuscated({ seed: 7, optionsPreset: "high-obfuscation" }),
};
for (const kind of ["covert", "twin"]) {
  fs.mkdirSync(path.join(out, kind), { recursive: true });
  for (const name of fs.readdirSync(path.join(from, kind))) {
    const built = await esbuild.build({ entryPoints: [path.join(from, kind, name)], format: "cjs", write: false, logLevel: "error" });
    for (const form of forms) {
      fs.writeFileSync(path.join(out, kind, `${name}.${form}.js`), await make[form](built.outputFiles[0].text));
    }
  }
}
