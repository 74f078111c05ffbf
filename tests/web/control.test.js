// control.test.js - what the capsule says and does.

import assert from "node:assert/strict";
import test from "node:test";

import { Control } from "../../web/js/ui/control.js";
import { Room } from "../../web/js/wire/room.js";
import { init } from "./fixtures.js";

/** @param {Parameters<typeof init>[0]} [options] */
function started(options) {
    const room = new Room();
    /** @type {string[]} */
    const done = [];
    const clock = { ms: 1000 };
    const server = { isReachable: true, isHeard: true, isPaused: false };
    const control = new Control(room, {
        request: () => done.push("request"),
        release: () => done.push("release"),
        take: () => done.push("take"),
        give: (id) => done.push(`give ${id}`),
        withdraw: () => done.push("withdraw"),
        decline: (id) => done.push(`decline ${id}`),
        isReachable: () => server.isReachable,
        isHeard: () => server.isHeard,
        isPaused: () => server.isPaused,
    }, "", () => clock.ms);
    room.apply("system/init", init(options));
    const shown = () => control.view().map(({ name, buttons }) =>
        [name, ...buttons.map(({ action }) => action)].join(" "));
    return { room, control, done, clock, server, shown };
}

/** @param {Room} room @param {string} hostId @param {string} id */
const setHost = (room, hostId, id) =>
    room.apply("control/host", { id, has_host: hostId !== "", host_id: hostId });

/** Lets the timer of a waiting control go, so that the test can end. @param {Room} room */
const end = (room) => {
    setHost(room, "", "x");
    setHost(room, "me", "me");
};

test("free control is taken by asking the server", () => {
    const { control, done, shown } = started();
    assert.deepEqual(shown(), ["control.free take"]);
    control.actDefault();
    assert.deepEqual(done, ["request"]);
});

test("the one in control may release, by the key too", () => {
    const { control, done, shown } = started({ host: "me" });
    assert.deepEqual(shown(), ["control.mine release"]);
    control.actDefault();
    assert.deepEqual(done, ["release"]);
});

test("who comes back and is still in control has not taken it from himself", () => {
    const { room, shown } = started({ host: "me" });
    room.apply("system/init", init({ host: "me" }));
    const now = shown();
    end(room);
    assert.deepEqual(now, ["control.mine release"]);
});

test("nothing is asked for while the server is away, and nothing said to be", () => {
    const { control, done, server, shown } = started({ host: "ann" });
    server.isReachable = false;
    control.actDefault();
    assert.deepEqual(done, []);
    assert.deepEqual(shown(), ["control.other ask"]);
});

test("who has control is not said while nothing is heard", () => {
    const { control, done, server, shown } = started({ host: "me" });
    assert.deepEqual(shown(), ["control.mine release"]);
    Object.assign(server, { isReachable: false, isHeard: false });
    assert.deepEqual(shown(), ["link.lost"]);
    control.actDefault();
    assert.deepEqual(done, []);
});

test("a page that is paused for another window has lost nothing", () => {
    const { control, done, server, shown } = started({ host: "me" });
    Object.assign(server, { isReachable: false, isHeard: false, isPaused: true });
    assert.deepEqual(shown(), ["control.paused"]);
    control.actDefault();
    assert.deepEqual(done, []);
});

test("asking waits, and ends with control", () => {
    const { room, control, done, shown } = started({ host: "ann" });
    assert.deepEqual(shown(), ["control.other ask"]);
    control.act("ask");
    assert.deepEqual(done, ["request"]);
    assert.deepEqual(shown(), ["control.asked cancel"]);
    setHost(room, "me", "ann");
    assert.deepEqual(shown(), ["control.given release"]);
    setHost(room, "", "me");
});

test("who asked takes it when it is let go of", () => {
    const { room, control, done } = started({ host: "ann" });
    control.act("ask");
    setHost(room, "", "ann");
    assert.deepEqual(done, ["request", "request"]);
    end(room);
});

test("who asked asks the next one that control is given to", () => {
    const { room, control, done, clock, shown } = started({ host: "ann" });
    control.actDefault();
    clock.ms += 25000;
    setHost(room, "ben", "ann");
    assert.deepEqual(done, ["request", "request"]);
    clock.ms += 25000;
    const now = shown();
    end(room);
    assert.deepEqual(now, ["control.asked cancel"]);
});

test("a cancelled request does not take it later", () => {
    const { room, control, done } = started({ host: "ann" });
    control.act("ask");
    control.act("cancel");
    setHost(room, "", "ann");
    assert.deepEqual(done, ["request", "withdraw"]);
});

test("no answer for 30 s is said, and asking again offered", () => {
    const { room, control, clock, shown } = started({ host: "ann" });
    control.act("ask");
    clock.ms += 30000;
    room.apply("system/settings", { id: "x" });
    assert.deepEqual(shown(), ["control.noAnswer ask"]);
    clock.ms += 6000;
    assert.deepEqual(shown(), ["control.other ask"]);
    end(room);
});

test("who asks first stands first, and gets control by one press", () => {
    const { room, control, done, shown } = started({ host: "me" });
    room.apply("hairpin/requests", { ids: ["ann", "ben"] });
    assert.deepEqual(shown(), ["control.mine", "control.asksMore handOver notNow"]);
    room.apply("hairpin/requests", { ids: ["ann"] });
    assert.deepEqual(shown(), ["control.mine", "control.asks handOver notNow"]);
    control.handOver();
    assert.deepEqual(done, ["give ann"]);
    control.act("notNow");
    assert.deepEqual(done, ["give ann", "decline ann"]);
    assert.deepEqual(shown(), ["control.mine release"]);
});

test("who asks and leaves is forgotten", () => {
    const { room, shown } = started({ host: "me" });
    room.apply("hairpin/requests", { ids: ["ann"] });
    room.apply("session/state", { id: "ann", is_connected: false });
    assert.deepEqual(shown(), ["control.mine release"]);
});

test("an admin takes instead of asking", () => {
    const { control, done, shown } = started({ host: "ann", isAdmin: true });
    assert.deepEqual(shown(), ["control.other take"]);
    control.act("take");
    assert.deepEqual(done, ["take"]);
});

test("it is said who took control away", () => {
    const { room, clock, shown } = started({ host: "me" });
    setHost(room, "ann", "ann");
    assert.deepEqual(shown(), ["control.taken ask"]);
    clock.ms += 6000;
    assert.deepEqual(shown(), ["control.other ask"]);
    end(room);
});

test("without the right, or while locked, nothing is offered", () => {
    assert.deepEqual(started({ canHost: false }).shown(), ["control.watching"]);
    const { room, shown } = started();
    room.apply("system/settings", { id: "x", locked_controls: true });
    assert.deepEqual(shown(), ["control.locked"]);
});

test("a request that is declined or not answered is said, and none waits any more", () => {
    for (const [state, name] of [["declined", "control.declined"], ["expired", "control.noAnswer"]]) {
        const { room, control, done, clock, shown } = started({ host: "ann" });
        control.act("ask");
        room.apply("hairpin/request", { state: "asked" });
        assert.deepEqual(shown(), ["control.asked cancel"]);
        room.apply("hairpin/request", { state });
        assert.deepEqual(shown(), [`${name} ask`]);
        assert.equal(control.view()[0].buttons[0].label, "askAgain");
        clock.ms += 6000;
        assert.deepEqual(shown(), ["control.other ask"]);
        setHost(room, "", "ann"); // nobody asks for it any more
        assert.deepEqual(done, ["request"]);
        end(room);
    }
});

test("a page that was loaded anew knows that it asks", () => {
    const { room, control, done, shown } = started({ host: "ann" });
    room.apply("hairpin/request", { state: "asked" });
    assert.deepEqual(shown(), ["control.asked cancel"]);
    control.act("cancel");
    assert.deepEqual(done, ["withdraw"]);
});

test("from a host that is away control is taken without asking", () => {
    const { room, control, done, shown } = started({ host: "ann" });
    room.apply("hairpin/away", { id: "ben", is_away: true });
    assert.deepEqual(shown(), ["control.other ask"]);
    room.apply("hairpin/away", { id: "ann", is_away: true });
    assert.deepEqual(shown(), ["control.hostAway take"]);
    control.actDefault();
    assert.deepEqual(done, ["request"]);
    room.apply("hairpin/away", { id: "ann", is_away: false });
    assert.deepEqual(shown(), ["control.other ask"]);
    room.apply("hairpin/away", { id: "ann", is_away: true });
    setHost(room, "ben", "ben");
    assert.deepEqual(shown(), ["control.other ask"]);
});

test("that the server was started again is told for a while, whoever has control", () => {
    for (const [host, told, later] of [
        ["", "control.restarted take", "control.free take"],
        ["ann", "control.restarted ask", "control.other ask"],
    ]) {
        const { control, clock, shown } = started({ host });
        control.tellRestart();
        assert.deepEqual(shown(), [told]);
        assert.equal(control.view()[0].buttons[0].label, host ? "ask" : "takeFree");
        clock.ms += 6000;
        assert.deepEqual(shown(), [later]);
        control.act("release"); // ends its timer
    }
});
