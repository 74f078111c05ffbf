// texts.test.js - every sentence in both languages, and every one that is asked for exists.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { chooseLanguage, clock, text, textNames, textPieces } from "../../web/js/lib/texts.js";
import { initial } from "../../web/js/ui/person.js";
import { sources } from "./sources.js";

test("both languages fill in the same values", () => {
    for (const name of textNames) {
        /** @param {number} which */
        const values = (which) => textPieces(name, {}, which).map(({ value }) => value)
            .filter(Boolean).sort().join();
        assert.equal(values(1), values(0), name);
        assert.ok(text(name, {}, 1) !== "" && text(name, {}, 0) !== "", name);
    }
});

test("each text that a module names is there", () => {
    for (const path of sources()) {
        const code = readFileSync(path, "utf8");
        for (const [, name] of code.matchAll(/"((?:login|control|dead|link|dock|people|stage|sound)\.[a-zA-Z]+)"/g)) {
            assert.ok(textNames.includes(name), `${name} in ${path}`);
        }
    }
});

test("each text is asked for by a module, by its name or by a part of it", () => {
    const code = sources().map((path) => readFileSync(path, "utf8")).join("\n")
        .replaceAll(/"[\w.]+": \[/g, ""); // the table of texts itself
    const templates = [...code.matchAll(/`(\w+\.)\$\{[^}]+\}(\w*)`/g)];
    for (const name of textNames) {
        const middles = templates.filter(([, start, end]) =>
            name.startsWith(start) && name.endsWith(end))
            .map(([, start, end]) => name.slice(start.length, name.length - end.length));
        const isAsked = [name, ...middles].some((word) => code.includes(`"${word}"`));
        assert.ok(isAsked, name);
    }
});

test("values are filled in and marked", () => {
    assert.equal(text("control.other", { n: "Ann" }, 0), "Ann has control");
    assert.equal(text("control.other", { n: "Ann" }, 1), "Ann 正在控制");
    assert.deepEqual(textPieces("control.asks", { n: "<b>" }, 0),
        [{ text: "<b>", value: "n" }, { text: " asks for control", value: null }]);
});

test("the capsule's texts are short", () => {
    for (const name of textNames.filter((each) => each.startsWith("control."))) {
        assert.ok(text(name, {}, 0).replaceAll("\u200b", "").length <= 36, name); // a place to break
    }
});

test("the browser's first language that we speak is chosen", () => {
    assert.equal(chooseLanguage(["de-DE", "zh-CN", "en"]), 1);
    assert.equal(chooseLanguage(["en-GB", "zh"]), 0);
    assert.equal(chooseLanguage(["fr"]), 0);
});

test("a wait is told in minutes and seconds", () => {
    assert.equal(clock(11500), "0:12");
    assert.equal(clock(65000), "1:05");
});

test("the initial of a name is one letter", () => {
    assert.equal(initial(" ann"), "A");
    assert.equal(initial("王小明"), "明");
    assert.equal(initial("ßigi"), "ß"); // its capital would be two letters
    assert.equal(initial("ﬁnn"), "ﬁ");
    assert.equal(initial(""), "?");
});
