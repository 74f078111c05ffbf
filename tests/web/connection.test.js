// connection.test.js - when the picture is asked for, kept, restarted and asked for anew.

import assert from "node:assert/strict";
import test from "node:test";

import { on } from "../../web/js/lib/emitter.js";
import { Connection } from "../../web/js/net/connection.js";
import { FakePeerConnection, FakeSocket, fakeTime } from "./fake-net.js";

/** Lets promises go on; setImmediate is not one of the faked timers. */
const settle = () => new Promise((done) => setImmediate(done));

const socket = () => FakeSocket.all[FakeSocket.all.length - 1];
const peer = () => FakePeerConnection.all[FakePeerConnection.all.length - 1];
/** What the connection sends, but for its questions whether the server is there. */
const sent = () => socket().sent.map((data) => JSON.parse(data).event)
    .filter((event) => event !== "hairpin/stats");

/** @param {boolean} isWatching */
const init = (isWatching) => ({ event: "system/init", payload: {
    session_id: "me", sessions: { me: { id: "me", state: { is_watching: isWatching } } },
} });

const PROVIDE = { event: "signal/provide", payload: { sdp: "v=0", iceservers: [] } };

/** @param {(time: ReturnType<typeof fakeTime>, connection: Connection) => Promise<void>} act */
async function withConnection(act) {
    const time = fakeTime();
    const saved = globalThis.RTCPeerConnection;
    Object.assign(globalThis, { RTCPeerConnection: FakePeerConnection });
    FakePeerConnection.all = [];
    try {
        const connection = new Connection("ws://room.example/api/ws?token=t");
        connection.start();
        await act(time, connection);
    } finally {
        Object.assign(globalThis, { RTCPeerConnection: saved });
        time.restore();
    }
}

/** Up to a picture. */
async function goUp() {
    socket().accept();
    socket().say(init(false));
    socket().say({ event: "signal/candidate", payload: { candidate: "early", sdpMid: "0" } });
    socket().say(PROVIDE);
    await settle();
    peer().become("connected");
}

test("the picture is asked for at once, and an early candidate is not lost", () =>
    withConnection(async (time, connection) => {
        await goUp();
        assert.deepEqual(sent(), ["signal/request", "signal/answer"]);
        assert.equal(peer().candidates.length, 1);
        assert.equal(connection.phase, "up");
    }));

test("an ICE server that the browser does not take leaves the others in use", () =>
    withConnection(async (time, connection) => {
        socket().accept();
        socket().say(init(false));
        socket().say({ event: "signal/provide", payload: { sdp: "v=0", iceservers: [
            { urls: ["stun:a.example?transport=udp", "stun:b.example"] },
            { urls: "turn:c.example", username: "u", credential: "c" },
        ] } });
        await settle();
        assert.deepEqual(peer().urls, ["stun:b.example", "turn:c.example"]);
        assert.equal(FakePeerConnection.all.filter((each) => !each.isClosed).length, 1);
        peer().become("connected");
        assert.equal(connection.phase, "up");
    }));

test("a WebSocket that drops and returns keeps the peer that the server still has", () =>
    withConnection(async (time, connection) => {
        await goUp();
        socket().dispatchEvent(new Event("close"));
        assert.equal(connection.phase, "up");
        time.pass(400);
        socket().accept();
        socket().say(init(true));
        assert.deepEqual(sent(), []);
        assert.equal(peer().isClosed, false);
    }));

test("a server that forgot the peer is asked for a new one", () =>
    withConnection(async (time) => {
        await goUp();
        socket().dispatchEvent(new Event("close"));
        time.pass(400);
        socket().accept();
        socket().say(init(false));
        assert.deepEqual(sent(), ["signal/request"]);
    }));

test("a lost path is restarted after a return only where the server still has the peer", () =>
    withConnection(async (time, connection) => {
        await goUp();
        for (const [isWatching, event] of /** @type {const} */ ([
            [true, "signal/restart"], [false, "signal/request"],
        ])) {
            socket().dispatchEvent(new Event("close"));
            peer().become("disconnected");
            assert.equal(connection.phase, "lost");
            time.pass(2500);
            socket().accept();
            socket().say(init(isWatching));
            assert.deepEqual(sent(), [event]);
            peer().become("connected");
        }
    }));

test("a path that is silent for 2 s is restarted, and is up again", () =>
    withConnection(async (time, connection) => {
        await goUp();
        peer().become("disconnected");
        assert.equal(connection.phase, "lost");
        socket().say({ event: "hairpin/stats", payload: {} });
        time.pass(1900);
        assert.equal(sent().includes("signal/restart"), false);
        time.pass(200);
        assert.equal(sent().includes("signal/restart"), true);
        socket().say({ event: "signal/restart", payload: { sdp: "v=0 new" } });
        await settle();
        assert.equal(sent().filter((event) => event === "signal/answer").length, 2);
        peer().become("connected");
        assert.equal(connection.phase, "up");
        assert.equal(FakePeerConnection.all.length, 1);
    }));

test("a restart that does not help ends in a new peer", () =>
    withConnection(async (time) => {
        await goUp();
        peer().become("failed");
        assert.equal(sent().at(-1), "signal/restart");
        for (let i = 0; i < 7; i++) {
            socket().say({ event: "hairpin/stats", payload: {} });
            time.pass(1000);
        }
        assert.equal(sent().at(-1), "signal/request");
        assert.equal(peer().isClosed, true);
    }));

test("a peer whose encryption has failed is replaced without a restart", () =>
    withConnection(async (time, connection) => {
        await goUp();
        peer().breakDtls();
        assert.equal(connection.phase, "lost");
        time.pass(100);
        assert.deepEqual(sent().slice(2), ["signal/request"]);
    }));

test("a new peer that breaks, too, is not replaced at once", () =>
    withConnection(async (time) => {
        await goUp();
        peer().breakDtls();
        time.pass(100);
        socket().say({ event: "hairpin/stats", payload: {} });
        socket().say({ event: "signal/provide", payload: { sdp: "v=0", iceservers: [] } });
        await settle();
        const count = sent().length;
        peer().breakDtls();
        time.pass(700);
        assert.equal(sent().length, count);
        let hasAsked = false;
        for (let ms = 0; ms < 900; ms += 50) { // a new WebSocket comes 700 ms after a request in vain
            time.pass(50);
            hasAsked ||= sent().includes("signal/request", count);
        }
        assert.equal(hasAsked, true);
    }));

test("a path that is lost with its WebSocket gets a new one in less than a second", () =>
    withConnection(async (time) => {
        await goUp();
        const old = socket();
        peer().become("disconnected");
        time.pass(700);
        assert.equal(socket(), old);
        time.pass(100);
        assert.notEqual(socket(), old);
        socket().accept();
        socket().say(init(true));
        assert.deepEqual(sent(), ["signal/restart"]);
    }));

test("signal/close asks again after a while; one of an older peer does nothing", () =>
    withConnection(async (time) => {
        await goUp();
        socket().say({ event: "signal/close", payload: null });
        assert.equal(peer().isClosed, true);
        assert.equal(sent().at(-1), "signal/answer");
        time.pass(800);
        assert.equal(sent().at(-1), "signal/request");
        const count = sent().length;
        socket().say({ event: "signal/close", payload: null });
        time.pass(5000);
        assert.equal(sent().filter((event) => event === "signal/request").length, 2);
        assert.equal(count >= 3, true);
    }));

test("the server says why there was no path, until there is one", () =>
    withConnection(async (time, connection) => {
        await goUp();
        const say = (/** @type {string} */ state, /** @type {string} */ status) =>
            socket().say({ event: "hairpin/status", payload: { state, status, text: "x" } });
        say("failed", "ice-timeout");
        assert.equal(connection.trouble, "ice-timeout");
        say("connecting", "ok");
        assert.equal(connection.trouble, "ice-timeout");
        say("connected", "ok");
        assert.equal(connection.trouble, "");
    }));

test("no offer within 12 s is asked for again", () =>
    withConnection(async (time) => {
        socket().accept();
        socket().say(init(false));
        for (let second = 0; second < 13; second += 1) {
            time.pass(1000);
            socket().say({ event: "system/heartbeat" });
        }
        assert.equal(sent().filter((event) => event === "signal/request").length, 2);
    }));

test("a codec that nobody shares is not asked for again until the person wants it", () =>
    withConnection(async (time, connection) => {
        /** @type {unknown[]} */
        const refusals = [];
        on(connection, "refused", (detail) => refusals.push(detail));
        await goUp();
        socket().say({ event: "hairpin/status", payload: { status: "no-codec", text: "x" } });
        socket().say({ event: "signal/close", payload: null });
        for (let second = 0; second < 40; second += 1) {
            time.pass(1000);
            socket().say({ event: "system/heartbeat" });
        }
        assert.deepEqual(refusals, [{ status: "no-codec", text: "x" }]);
        const requests = () => sent().filter((event) => event === "signal/request").length;
        assert.equal(requests(), 1);
        connection.tryNow();
        assert.equal(requests(), 2);
    }));

test("a closed connection leaves neither peer nor timer", () =>
    withConnection(async (time, connection) => {
        await goUp();
        connection.close();
        assert.equal(peer().isClosed, true);
        assert.equal(time.count(), 0);
    }));

test("a stay that ends is never live meanwhile, however silent the path was", () =>
    withConnection(async (time, connection) => {
        await goUp();
        peer().openChannel();
        for (let i = 0; i < 10; i++) {
            time.pass(200);
            await settle();
        }
        assert.equal(connection.isSilent, true);
        let wasLive = false;
        on(connection, "state", () => {
            wasLive ||= connection.phase === "up" && (connection.isAnswered || !connection.isSilent);
        });
        assert.equal(connection.isAnswered, false); // who was asked is silent, too
        socket().dispatchEvent(new Event("close"));
        time.pass(400);
        socket().accept();
        socket().say({ event: "system/disconnect", payload: { message: "session not found" } });
        assert.equal(wasLive, false);
        assert.deepEqual([connection.phase, connection.isAnswered], ["lost", false]);
    }));

/**
 * @param {ReturnType<typeof fakeTime>} time
 * @param {number} ms
 * @param {boolean} isAnswering the server, by its WebSocket
 */
async function beSilent(time, ms, isAnswering) {
    for (let i = 0; i < ms; i += 50) {
        time.pass(50);
        await settle();
        if (isAnswering) {
            socket().say({ event: "hairpin/stats", payload: {} });
        }
    }
}

test("a path that falls silent is restarted where the server answers, and is up when it speaks again", () =>
    withConnection(async (time, connection) => {
        await goUp();
        peer().openChannel();
        await beSilent(time, 900, true);
        assert.equal(sent().includes("signal/restart"), false);
        await beSilent(time, 300, true);
        assert.equal(sent().filter((event) => event === "signal/restart").length, 1);
        assert.equal(connection.phase, "lost");
        connection.hear();
        assert.equal(connection.phase, "up");
        time.pass(9000);
        assert.equal(FakePeerConnection.all.length, 1);
    }));

test("a path that moves by itself is not restarted", () =>
    withConnection(async (time, connection) => {
        await goUp();
        peer().openChannel();
        await beSilent(time, 900, true);
        assert.equal(connection.isSilent, true);
        connection.hear();
        time.pass(700);
        assert.equal(sent().includes("signal/restart"), false);
    }));

test("a path that falls silent with its WebSocket gets a new one at once, and then a restart", () =>
    withConnection(async (time) => {
        await goUp();
        peer().openChannel();
        const old = socket();
        await beSilent(time, 1200, false);
        assert.notEqual(socket(), old);
        assert.equal(old.readyState, 3);
        socket().accept();
        socket().say(init(true));
        assert.deepEqual(sent(), ["signal/restart"]);
    }));

test("a request into a dead WebSocket is made again by a new one, with more patience each time", () =>
    withConnection(async (time) => {
        await goUp();
        peer().breakDtls();
        while (sent().at(-1) !== "signal/request") {
            time.pass(10);
        }
        for (const patienceMs of [750, 1150, 1950]) {
            const dead = socket();
            time.pass(patienceMs - 250);
            assert.equal(socket(), dead);
            time.pass(300);
            assert.notEqual(socket(), dead);
            socket().accept();
            assert.deepEqual(sent(), ["signal/request"]);
        }
        const alive = socket();
        socket().say(init(false));
        time.pass(9000);
        assert.equal(socket(), alive);
    }));

test("that the server has ended is known until there is a path again", () =>
    withConnection(async (time, connection) => {
        await goUp();
        socket().say({ event: "system/disconnect", payload: { message: "connection shutdown" } });
        assert.equal(connection.hasServerEnded, true);
        assert.equal(connection.retryAt > 0, true);
        connection.tryNow();
        assert.equal(connection.retryAt, 0); // it runs
        socket().accept();
        socket().say(init(false));
        assert.equal(connection.hasServerEnded, true);
        socket().say(PROVIDE);
        await settle();
        peer().become("connected");
        assert.equal(connection.hasServerEnded, false);
    }));

test("a connection that broke off is lost until the server takes us back", () =>
    withConnection(async (time, connection) => {
        await goUp();
        assert.equal(connection.wasLost, false);
        socket().dispatchEvent(new Event("close"));
        time.pass(400);
        socket().accept();
        assert.equal(connection.wasLost, true);
        socket().say(init(true));
        assert.equal(connection.wasLost, false);
        socket().dispatchEvent(new Event("close"));
        time.pass(400);
        socket().accept();
        socket().say({ event: "system/disconnect", payload: { message: "session not found" } });
        assert.equal(connection.wasLost, true);
    }));
