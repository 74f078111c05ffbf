// joins.test.js - who comes is told, together with those who come at the same time.

import assert from "node:assert/strict";
import test from "node:test";

import { on } from "../../web/js/lib/emitter.js";
import { Joins } from "../../web/js/ui/joins.js";
import { Room } from "../../web/js/wire/room.js";
import { init, person } from "./fixtures.js";

/** The room of "me" and Ann, with a clock that only the test moves. */
function started() {
    /** @type {(() => void)[]} */
    const timers = [];
    const [set, clear] = [globalThis.setTimeout, globalThis.clearTimeout];
    Object.assign(globalThis, {
        setTimeout: (/** @type {() => void} */ call) => timers.push(call),
        clearTimeout: () => timers.splice(0),
    });
    const room = new Room();
    const abort = new AbortController();
    const joins = new Joins(room, abort.signal);
    /** @type {string[]} */
    const said = [];
    on(joins, "say", (/** @type {{ message: string }} */ { message }) => said.push(message));
    room.apply("system/init", init());
    const pass = () => timers.splice(0).forEach((call) => call());
    const end = () => {
        abort.abort();
        Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
    };
    return { room, said, timers, pass, end };
}

test("those who are here already are not told", (t) => {
    const { room, said, timers, pass, end } = started();
    t.after(end);
    room.apply("system/init", init()); // the connection came back
    assert.equal(timers.length, 0);
    pass();
    assert.deepEqual(said, []);
});

test("who comes is told once, after a moment", (t) => {
    const { room, said, timers, pass, end } = started();
    t.after(end);
    room.apply("session/created", person("ben", "Ben"));
    room.apply("session/state", { id: "ben", is_connected: true, is_watching: true });
    assert.deepEqual(said, []);
    assert.equal(timers.length, 1);
    pass();
    assert.deepEqual(said, ["Ben joined"]);
});

test("a session that is not connected has not come", (t) => {
    const { room, said, pass, end } = started();
    t.after(end);
    room.apply("session/created", person("ben", "Ben", { isConnected: false }));
    pass();
    assert.deepEqual(said, []);
    room.apply("session/state", { id: "ben", is_connected: true, is_watching: false });
    pass();
    assert.deepEqual(said, ["Ben joined"]);
});

test("several are one sentence, and the next one is told again", (t) => {
    const { room, said, timers, pass, end } = started();
    t.after(end);
    for (const name of ["Ben", "Cem", "Dea"]) {
        room.apply("session/created", person(name, name));
    }
    assert.equal(timers.length, 1);
    pass();
    room.apply("session/created", person("eve", "Eve"));
    pass();
    assert.deepEqual(said, ["Ben and 2 more joined", "Eve joined"]);
});

test("nothing is told of a room that was left", () => {
    const { room, said, pass, end } = started();
    room.apply("session/created", person("ben", "Ben"));
    end();
    pass();
    assert.deepEqual(said, []);
});
