import { readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { defineConfig, type Plugin } from "vite";

const OUT = "../src/genrescope/web/assets";
/** Files above this go into the package as NAME.gz; `serve` and `site` know. */
const MAX_PLAIN_BYTES = 500_000;

/** wavesurfer.js writes a style element, which the page's policy forbids; left inert, the page adopts it instead. */
function inertStyle(): Plugin {
  return {
    name: "inert-style",
    enforce: "pre",
    transform(code, id) {
      if (!/wavesurfer\.esm\.js/.test(id)) return null;
      const changed = code.replace(/<style\$\{[^`]*?`[^`]*`:""\}>/, "<template>").replace("</style>", "</template>");
      if (!changed.includes("<template>") || changed.includes("<style")) {
        throw new Error("wavesurfer.js writes its style in another way than this build knows");
      }
      return { code: changed, map: null };
    },
  };
}

/** Compress what is large, so that the package stays small. */
function gzipLarge(): Plugin {
  return {
    name: "gzip-large",
    apply: "build", // and not when the tests run
    closeBundle() {
      for (const name of readdirSync(OUT, { recursive: true, encoding: "utf8" })) {
        const path = join(OUT, name);
        if (path.endsWith(".gz") || !statSync(path).isFile() || statSync(path).size <= MAX_PLAIN_BYTES) continue;
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
        unlinkSync(path);
      }
    },
  };
}

/** Not every server knows what .mjs is. */
function assetFileNames(asset: { names: string[] }): string {
  return asset.names[0]?.endsWith(".mjs") ? "code/[name]-[hash].js" : "code/[name]-[hash][extname]";
}

const version = /^version = "(.+)"$/m.exec(readFileSync("../pyproject.toml", "utf8"))![1];

export default defineConfig({
  base: "./", // the page works from any folder of a server
  define: { __VERSION__: JSON.stringify(version) },
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", "module", "browser", "production"] },
  plugins: [inertStyle(), gzipLarge()],
  worker: { format: "es", rolldownOptions: { output: { assetFileNames } } },
  build: {
    target: "es2022",
    outDir: OUT,
    emptyOutDir: true,
    assetsDir: "code",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: { assetFileNames },
    },
  },
});
