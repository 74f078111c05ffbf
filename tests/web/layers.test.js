// layers.test.js - the house rules that a machine can see: imports go down, no markup from data,
// nothing inline, and the page stays light.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import test from "node:test";
import { gzipSync } from "node:zlib";

import { root, sources } from "./sources.js";

/** A module imports from its own layer and from lower ones; net and input are siblings. */
/** @type {Record<string, string[]>} */
const MAY_IMPORT = {
    lib: ["lib"],
    wire: ["lib", "wire"],
    net: ["lib", "wire", "net"],
    input: ["lib", "wire", "input"],
    ui: ["lib", "wire", "net", "input", "ui"],
    "app.js": ["lib", "wire", "net", "input", "ui"],
};

/** What a visit transfers. */
const MAX_BYTES = 150 * 1024;

/** @param {string} path */
const layerOf = (path) => relative(join(root, "js"), path).split("/")[0];

test("imports follow the layers", () => {
    const paths = sources();
    assert.ok(paths.length > 30);
    for (const path of paths) {
        const allowed = MAY_IMPORT[layerOf(path)];
        assert.ok(allowed, `${path} is in no layer`);
        for (const [, target] of readFileSync(path, "utf8").matchAll(/from "([^"]+)"/g)) {
            assert.match(target, /^\.\.?\/.*\.js$/, `${path} imports ${target}`);
            const layer = layerOf(join(dirname(path), target));
            assert.ok(allowed.includes(layer), `${relative(root, path)} imports ${target}`);
        }
    }
});

test("exports have names, classes have a file each, and data never becomes markup", () => {
    for (const path of sources()) {
        const code = readFileSync(path, "utf8");
        assert.doesNotMatch(code, /export default|innerHTML|outerHTML|insertAdjacentHTML|\beval\(/,
            path);
        assert.ok([...code.matchAll(/^(export )?class /gm)].length <= 1
            || /RestError/.test(code), `${path} has several classes`);
    }
});

test("modules use only what the server can put into one script", () => {
    const comments = /^[ \t]*(?:\/\*(?:[^*]|\*(?!\/))*\*\/[ \t]*|\/\/[^\n]*)\n/gm;
    const imports = /^import\s*(?:\{[^}]*\}|\*\s*as\s+\w+)\s*from\s*"\.[^"]*";$/gm;
    const exports = /^export (?=(?:async )?(?:class|const|function\*?) \w)/gm;
    for (const path of sources()) {
        const code = readFileSync(path, "utf8").replace(comments, "");
        const rest = code.replace(imports, "").replace(exports, "");
        assert.doesNotMatch(rest, /^(import|export|await)\b|\bimport\.meta\b|\bhpModules\b/m, path);
        const calls = rest.replace(/\/\*\*.*?\*\//g, "").replace(/\/\/.*/g, "");
        assert.doesNotMatch(calls, /\bimport\s*\(/, path);
        for (const [template] of code.matchAll(/`[^`]*`/g)) { // would lose what looks like comments
            assert.doesNotMatch(template, /\n/, path);
        }
    }
});

test("wire is pure: no DOM, no clock, no network", () => {
    for (const path of sources(join(root, "js/wire"))) {
        assert.doesNotMatch(readFileSync(path, "utf8"),
            /\b(document|window|navigator|localStorage|fetch|setTimeout|WebSocket)[.(]/, path);
    }
});

test("the page has nothing inline and nothing from elsewhere", () => {
    const html = readFileSync(join(root, "index.html"), "utf8");
    assert.doesNotMatch(html, /\sstyle=|\son\w+=|<style|<script>|https?:/);
    for (const path of sources(join(root, "css"), ".css")) {
        assert.doesNotMatch(readFileSync(path, "utf8"), /url\(|@import/, path);
    }
});

test("a visit transfers less than 150 KB", () => {
    const paths = [join(root, "index.html"), join(root, "icon.svg"), ...sources(),
        ...sources(join(root, "css"), ".css")];
    const size = paths.reduce((sum, path) => sum + gzipSync(readFileSync(path)).length, 0);
    assert.ok(size < MAX_BYTES, `${size} bytes`);
});
