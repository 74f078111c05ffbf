// room.test.js - what the page knows of the room after the server's messages.

import assert from "node:assert/strict";
import test from "node:test";

import { on } from "../../web/js/lib/emitter.js";
import { Room } from "../../web/js/wire/room.js";
import { init, person } from "./fixtures.js";

test("the first facts make the room", () => {
    const room = new Room();
    room.apply("system/init", init({ host: "ann" }));
    assert.equal(room.selfId, "me");
    assert.equal(room.hostId, "ann");
    assert.equal(room.hasControl, false);
    assert.deepEqual(room.screen, { width: 1920, height: 1080 });
    assert.deepEqual(room.present.map(({ id }) => id), ["me", "ann"]);
    assert.equal(room.nameOf("ann"), "Ann");
});

test("people come, change and go", () => {
    const room = new Room();
    room.apply("system/init", init());
    room.apply("session/created", person("ben", "Ben", { isConnected: false }));
    assert.equal(room.present.length, 2);
    room.apply("session/state", { id: "ben", is_connected: true, is_watching: true });
    assert.equal(room.present.length, 3);
    room.apply("session/profile", { id: "ben", name: "Benjamin", can_host: false });
    assert.equal(room.nameOf("ben"), "Benjamin");
    assert.equal(room.find("ben")?.canHost, false);
    room.apply("session/deleted", { id: "ben" });
    assert.equal(room.find("ben"), null);
});

test("a change of control says who had it and who caused it", () => {
    const room = new Room();
    room.apply("system/init", init({ host: "ann" }));
    /** @type {unknown[]} */
    const changes = [];
    on(room, "control", (change) => changes.push(change));
    room.apply("control/host", { id: "ann", has_host: true, host_id: "me" });
    room.apply("control/host", { id: "me", has_host: false });
    assert.deepEqual(changes, [
        { causeId: "ann", hostId: "me", previousId: "ann" },
        { causeId: "me", hostId: "", previousId: "me" },
    ]);
});

test("locks bind those who are no admins", () => {
    const room = new Room();
    room.apply("system/init", init());
    assert.equal(room.mayControl, true);
    room.apply("system/settings", { id: "x", locked_controls: true });
    assert.equal(room.mayControl, false);
    room.apply("session/profile", { id: "me", name: "Me", can_host: true, is_admin: true });
    assert.equal(room.mayControl, true);
});

test("nonsense changes nothing and throws nothing", () => {
    const room = new Room();
    room.apply("system/init", init());
    for (const payload of [{}, { id: 7 }, { id: "nobody" }, { width: -1, height: "x" }]) {
        for (const event of ["session/state", "session/profile", "session/created",
            "session/deleted", "screen/updated"]) {
            room.apply(event, payload);
        }
    }
    assert.equal(room.present.length, 2);
    assert.deepEqual(room.screen, { width: 1920, height: 1080 });
    assert.equal(room.apply("chat/message", {}), false);
});
