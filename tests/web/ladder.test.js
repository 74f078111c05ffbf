// ladder.test.js - when the tunnel carries picture and input, and when WebRTC has them back.

import assert from "node:assert/strict";
import test from "node:test";

import { emit, on } from "../../web/js/lib/emitter.js";
import { Connection } from "../../web/js/net/connection.js";
import { Ladder } from "../../web/js/net/ladder.js";
import { writeKeyDown } from "../../web/js/wire/channel.js";
import { FakePeerConnection, FakeSocket, fakeTime } from "./fake-net.js";

/** Lets promises go on; setImmediate is not one of the faked timers. */
const settle = () => new Promise((done) => setImmediate(done));

class FakeTunnel extends EventTarget {
    /** @type {FakeTunnel[]} */
    static all = [];
    state = "connecting";
    end = "lost";
    isChannelOpen = false;
    /** @type {ArrayBuffer[]} */
    sent = [];
    bytes = 0;
    stream = { name: "tunnel" };

    constructor() {
        super();
        FakeTunnel.all.push(this);
    }

    show() {
        this.state = "connected";
        this.isChannelOpen = true;
        emit(this, "stream", this.stream);
        emit(this, "state", this.state);
    }

    /** @param {string} end */
    finish(end) {
        this.state = "closed";
        this.end = end;
        emit(this, "state", this.state);
    }

    /** @param {ArrayBuffer} bytes */
    send(bytes) {
        this.sent.push(bytes);
        return true;
    }

    async readStats() {
        return { path: "websocket", bytes: this.bytes, frames: 1 };
    }

    close() {
        this.state = "closed";
    }
}

const socket = () => FakeSocket.all[FakeSocket.all.length - 1];
const peer = () => FakePeerConnection.all[FakePeerConnection.all.length - 1];
const tunnel = () => FakeTunnel.all[FakeTunnel.all.length - 1];
const requests = () => FakeSocket.all.flatMap((each) => each.sent)
    .filter((data) => JSON.parse(data).event === "signal/request").length;

const INIT = { event: "system/init", payload: { session_id: "me", sessions: {} } };
const PROVIDE = { event: "signal/provide", payload: { sdp: "v=0", iceservers: [] } };

/**
 * @typedef {{ time: ReturnType<typeof fakeTime>, connection: Connection,
 *     pass: (ms: number) => Promise<void>, shown: unknown[] }} Scene
 *
 * @param {import("../../web/js/net/ladder.js").Way} way
 * @param {(scene: Scene) => Promise<void>} act
 */
async function withConnection(way, act) {
    const time = fakeTime();
    const saved = globalThis.RTCPeerConnection;
    Object.assign(globalThis, { RTCPeerConnection: FakePeerConnection });
    FakePeerConnection.all = [];
    FakeTunnel.all = [];
    try {
        const make = /** @type {() => import("../../web/js/net/tunnel.js").Tunnel} */ (
            /** @type {unknown} */ (() => new FakeTunnel()));
        const connection = new Connection("ws://room.example/api/ws", async () => true,
            new Ladder(way, make));
        /** @type {unknown[]} */
        const shown = [];
        on(connection, "stream", (stream) => shown.push(stream));
        // The server answers all the time, and the tunnel's desktop moves.
        const pass = async (/** @type {number} */ ms) => {
            for (let i = 0; i < ms; i += 50) {
                time.pass(50);
                await settle();
                socket().say({ event: "hairpin/stats", payload: {} });
                if (tunnel()?.state === "connected") {
                    emit(tunnel(), "channel", new ArrayBuffer(3));
                }
            }
        };
        connection.start();
        await act({ time, connection, pass, shown });
        connection.close();
        assert.equal(time.count(), 0, "timers that are left");
    } finally {
        Object.assign(globalThis, { RTCPeerConnection: saved });
        time.restore();
    }
}

async function greet() {
    socket().accept();
    socket().say(INIT);
    await settle();
}

const PEER_STREAM = { name: "peer" };

/** A path by WebRTC, its stream, and its data channel. */
async function connectPeer() {
    socket().say(PROVIDE);
    await settle();
    peer().become("connected");
    peer().dispatchEvent(Object.assign(new Event("track"), {
        receiver: {}, track: {}, streams: [PEER_STREAM],
    }));
    return peer().openChannel();
}

test("a path by WebRTC within 2.5 s needs no tunnel", () =>
    withConnection("auto", async ({ pass, connection, shown }) => {
        await greet();
        await pass(2300);
        await connectPeer();
        peer().frames = 1;
        connection.hear();
        await pass(500);
        assert.equal(FakeTunnel.all.length, 0);
        assert.deepEqual(shown, [PEER_STREAM]);
    }));

test("without one the tunnel carries after 2.5 s, as soon as it has a picture", () =>
    withConnection("auto", async ({ pass, connection, shown }) => {
        await greet();
        await pass(2450);
        assert.equal(FakeTunnel.all.length, 0);
        await pass(100);
        assert.equal(FakeTunnel.all.length, 1);
        assert.equal(connection.phase, "path");
        tunnel().show();
        assert.equal(connection.phase, "up");
        assert.deepEqual(shown, [tunnel().stream]);
        assert.equal(connection.isChannelOpen, true);
        const key = writeKeyDown(97);
        assert.equal(connection.sendBytes(key), true);
        assert.deepEqual(tunnel().sent.at(-1), key);
        assert.equal((await connection.readStats())?.path, "websocket");
        await pass(100000);
        assert.equal(connection.phase, "up");
        assert.equal(connection.isSilent, false);
        const count = requests();
        assert.ok(count >= 3 && count <= 8, `${count} requests in the background`);
    }));

test("a peer whose pictures flow has it back, and the tunnel ends a second later", () =>
    withConnection("auto", async ({ pass, connection, shown }) => {
        await greet();
        await pass(2600);
        tunnel().show();
        const old = tunnel();
        await connectPeer();
        await pass(500);
        assert.deepEqual(shown, [old.stream]); // no picture yet
        assert.equal(connection.phase, "up");
        peer().frames = 1;
        await pass(150);
        assert.deepEqual(shown, [old.stream, PEER_STREAM]);
        const count = old.sent.length;
        connection.sendBytes(writeKeyDown(97));
        assert.equal(old.sent.length, count);
        assert.equal(old.state, "connected");
        connection.hear();
        await pass(600);
        connection.hear();
        await pass(500);
        assert.equal(old.state, "closed");
        assert.equal(connection.phase, "up");
    }));

test("a path that stood and is silent is taken over from within 1.6 s, and has it back", () =>
    withConnection("auto", async ({ pass, connection, shown }) => {
        await greet();
        await connectPeer();
        peer().frames = 7;
        connection.hear();
        await pass(1450);
        assert.equal(FakeTunnel.all.length, 0);
        await pass(250);
        assert.equal(FakeTunnel.all.length, 1);
        tunnel().show();
        assert.equal(connection.phase, "up");
        assert.equal(connection.isSilent, false);
        await pass(1000);
        // The path speaks again, by the same peer: what it had shown before counts for nothing.
        peer().dispatchEvent(new Event("connectionstatechange"));
        peer().frames = 8;
        await pass(300);
        assert.deepEqual(shown.slice(1), [tunnel().stream, PEER_STREAM]);
        assert.equal(connection.phase, "up");
    }));

test("answers of a path that does not carry are not those of the one that does", () =>
    withConnection("auto", async ({ pass, connection }) => {
        /** @type {unknown[]} */
        const heard = [];
        await greet();
        const channel = await connectPeer();
        await pass(1700);
        tunnel().show();
        on(connection, "channel", (bytes) => heard.push(bytes));
        const pong = new Uint8Array(19);
        pong[0] = 3;
        const position = new Uint8Array([1, 0, 7, 0, 1, 0, 1]);
        for (const { buffer } of [pong, position]) {
            channel.dispatchEvent(Object.assign(new Event("message"), { data: buffer }));
        }
        assert.deepEqual(heard, [position.buffer]);
    }));

test("?path=websocket asks for no WebRTC, and waits for nothing", () =>
    withConnection("websocket", async ({ pass, connection }) => {
        await greet();
        await pass(50);
        tunnel().show();
        assert.equal(connection.phase, "up");
        await pass(60000);
        assert.equal(requests(), 0);
        assert.equal(FakeTunnel.all.length, 1);
    }));

test("a browser that shares no codec by WebRTC gets the tunnel at once, who may not watch none", () =>
    withConnection("auto", async ({ pass, connection }) => {
        const refuse = (/** @type {string} */ status) =>
            socket().say({ event: "hairpin/status", payload: { state: "failed", status, text: "x" } });
        await greet();
        refuse("not-allowed");
        await pass(10000);
        assert.equal(FakeTunnel.all.length, 0);
        connection.tryNow();
        refuse("no-codec");
        await pass(50);
        tunnel().show();
        assert.equal(connection.phase, "up");
        await pass(60000);
        assert.equal(requests(), 2);
    }));

test("?path=webrtc opens no tunnel", () =>
    withConnection("webrtc", async ({ pass }) => {
        await greet();
        await pass(30000);
        assert.equal(FakeTunnel.all.length, 0);
    }));

test("where there is no tunnel it is tried again after a minute", () =>
    withConnection("auto", async ({ pass }) => {
        await greet();
        await pass(2600);
        tunnel().finish("none");
        await pass(59000);
        assert.equal(FakeTunnel.all.length, 1);
        await pass(2000);
        assert.equal(FakeTunnel.all.length, 2);
    }));

test("one that is lost is opened again soon; one that was replaced is not", () =>
    withConnection("auto", async ({ pass, connection }) => {
        await greet();
        await pass(2600);
        tunnel().show();
        tunnel().finish("lost");
        assert.equal(connection.phase, "path");
        await pass(450);
        assert.equal(FakeTunnel.all.length, 2);
        tunnel().show();
        assert.equal(connection.phase, "up");
        tunnel().finish("replaced");
        await pass(100000);
        assert.equal(FakeTunnel.all.length, 2);
    }));

test("a tunnel that is silent gives way to a new one", () =>
    withConnection("websocket", async ({ pass, time, connection }) => {
        await greet();
        await pass(50);
        tunnel().show();
        for (let i = 0; i < 80; i += 1) {
            time.pass(50);
            await settle();
            socket().say({ event: "hairpin/stats", payload: {} });
            if (i === 20) {
                assert.equal(connection.isSilent, true);
            }
        }
        assert.equal(FakeTunnel.all[0].state, "closed");
        assert.equal(FakeTunnel.all.length, 2);
    }));

test("while signaling is away no tunnel is opened; at its return at once", () =>
    withConnection("auto", async ({ pass, time }) => {
        await greet();
        await pass(2600);
        tunnel().show();
        tunnel().finish("lost");
        socket().dispatchEvent(new Event("close"));
        time.pass(100);
        assert.equal(FakeTunnel.all.length, 1);
        time.pass(400);
        await greet();
        time.pass(10);
        assert.equal(FakeTunnel.all.length, 2);
    }));

test("a page that is left ends its tunnel", () =>
    withConnection("websocket", async ({ pass, connection }) => {
        await greet();
        await pass(50);
        tunnel().show();
        connection.pause();
        assert.equal(tunnel().state, "closed");
        connection.wake();
        await greet();
        await pass(50);
        assert.equal(FakeTunnel.all.length, 2);
    }));

test("a tunnel that shows no picture gives way to a new one, later and later", () =>
    withConnection("websocket", async ({ pass }) => {
        await greet();
        await pass(5900);
        assert.equal(FakeTunnel.all.length, 1);
        await pass(700);
        assert.equal(FakeTunnel.all[0].state, "closed");
        assert.equal(FakeTunnel.all.length, 2);
        await pass(11000); // it gets twice as long: the line may be slow
        assert.equal(FakeTunnel.all.length, 2);
        await pass(2000);
        assert.equal(FakeTunnel.all.length, 3);
        tunnel().show();
        await pass(60000);
        assert.equal(FakeTunnel.all.length, 3);
        assert.equal(tunnel().state, "connected");
    }));

test("a page that nobody looks at waits for its tunnel's picture", () =>
    withConnection("websocket", async ({ pass }) => {
        const saved = globalThis.document;
        const page = { hidden: true };
        Object.assign(globalThis, { document: page });
        try {
            await greet();
            await pass(60000);
            assert.equal(FakeTunnel.all.length, 1);
            page.hidden = false;
            await pass(7000);
            assert.equal(FakeTunnel.all.length, 2);
        } finally {
            Object.assign(globalThis, { document: saved });
        }
    }));

test("who wants a try now gets a new tunnel, if there is none that carries", () =>
    withConnection("websocket", async ({ pass, connection }) => {
        await greet();
        await pass(1000);
        connection.tryNow();
        assert.equal(FakeTunnel.all[0].state, "closed");
        await pass(50);
        assert.equal(FakeTunnel.all.length, 2);
        tunnel().show();
        connection.tryNow();
        await pass(1000);
        assert.equal(FakeTunnel.all.length, 2);
        assert.equal(connection.phase, "up");
    }));

/**
 * How long it took until it was seen.
 * @param {(ms: number) => Promise<void>} pass
 * @param {() => boolean} isSeen
 * @param {number} mostMs
 * @param {() => void} [act] at every step
 */
async function waitFor(pass, isSeen, mostMs, act = () => undefined) {
    let ms = 0;
    for (; !isSeen() && ms < mostMs; ms += 50) {
        act();
        await pass(50);
    }
    return ms;
}

test("one that dies behind its first picture is opened less and less often, until one stands", () =>
    withConnection("websocket", async ({ pass }) => {
        await greet();
        for (let ms = 0; ms < 60000; ms += 50) {
            await pass(50);
            if (tunnel()?.state === "connecting") {
                tunnel().show();
                tunnel().finish("lost");
            }
        }
        const count = FakeTunnel.all.length;
        assert.ok(count >= 8 && count <= 20, `${count} tunnels in a minute`);
        await waitFor(pass, () => tunnel().state === "connecting", 8500);
        tunnel().show();
        await pass(11000);
        tunnel().finish("lost");
        await pass(500);
        assert.equal(FakeTunnel.all.length, count + 2);
    }));

test("a path that works in bursts has to stand longer each time, until it has stood", () =>
    withConnection("auto", async ({ pass, shown }) => {
        const isByTunnel = () => shown.at(-1) !== PEER_STREAM;
        await greet();
        const channel = await connectPeer();
        const speak = () => {
            peer().frames += 1;
            channel.dispatchEvent(Object.assign(new Event("message"), { data: new ArrayBuffer(3) }));
        };
        const relapse = () => waitFor(pass, isByTunnel, 10000, () => {
            if (tunnel()?.state === "connecting") {
                tunnel().show();
            }
        });
        const flow = () => waitFor(pass, () => !isByTunnel(), 90000, speak);
        /** @type {number[]} */
        const waits = [];
        for (let i = 0; i < 8; i += 1) {
            await relapse();
            await pass(1000);
            waits.push(await flow());
        }
        assert.ok(waits[0] <= 300, `${waits}`); // it has stood, or is new: nothing is held against it
        for (let i = 2; i < waits.length; i += 1) {
            assert.ok(waits[i] > 1.5 * waits[i - 1] || waits[i] >= 30000, `${waits}`);
        }
        assert.ok(waits[7] >= 30000 && waits[7] <= 31000, `${waits}`);
        // A burst that is shorter than that changes nothing.
        await relapse();
        const { length } = shown;
        for (let i = 0; i < 5; i += 1) {
            await pass(1500);
            await waitFor(pass, () => false, 5000, speak);
        }
        assert.equal(shown.length, length);
        await flow();
        await waitFor(pass, () => false, 31000, speak);
        await relapse();
        await pass(1000);
        assert.ok(await flow() <= 300);
    }));
