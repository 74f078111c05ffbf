// tunnel-end.test.js - the page's end of the tunnel: what it asks for, and what it shows, with decoders that the
// test plays.

import assert from "node:assert/strict";
import test from "node:test";

import { on } from "../../web/js/lib/emitter.js";
import { Tunnel } from "../../web/js/net/tunnel.js";
import { FakeSocket, fakeTime } from "./fake-net.js";

const FakeDecoder = class {
    static isConfigSupported = async () => ({ supported: true });
    state = "unconfigured";
    decodeQueueSize = 0;

    /** @param {{ output: (picture: object) => void }} options */
    constructor({ output }) {
        this.output = output;
    }

    configure() {
        this.state = "configured";
    }

    decode() {
        const picture = { displayWidth: 64, displayHeight: 48, close() {}, clone: () => picture };
        this.output(picture);
    }

    close() {
        this.state = "closed";
    }
};

/** As a browser that has no sound device, or too many pages that want one. */
const NoAudio = class {
    constructor() {
        throw new Error("no audio");
    }
};

const NoWriter = { desiredSize: 0, write: async () => undefined, close: async () => undefined };

const FAKES = {
    VideoDecoder: FakeDecoder,
    AudioDecoder: FakeDecoder,
    AudioContext: NoAudio,
    EncodedVideoChunk: class {},
    VideoFrame: class {
        close() {}
    },
    MediaStream: class {
        /** @param {object[]} tracks */
        constructor(tracks) {
            this.tracks = tracks;
        }
    },
    MediaStreamTrackGenerator: class {
        kind = "video";
        writable = { getWriter: () => NoWriter };
        stop() {}
    },
};

/**
 * @param {(scene: { time: ReturnType<typeof fakeTime>, tunnel: Tunnel,
 *     say: (...bytes: number[]) => void, asked: () => number }) => void} act
 */
function withTunnel(act) {
    const time = fakeTime();
    const saved = Object.fromEntries(Object.keys(FAKES).map((name) =>
        [name, /** @type {Record<string, unknown>} */ (globalThis)[name]]));
    Object.assign(globalThis, FAKES);
    try {
        const tunnel = new Tunnel("ws://room.example/api/tunnel", "");
        const [socket] = FakeSocket.all;
        socket.accept();
        const say = (/** @type {number[]} */ ...bytes) => {
            socket.dispatchEvent(Object.assign(new Event("message"),
                { data: new Uint8Array(bytes).buffer }));
        };
        const asked = () => socket.sent.filter((data) =>
            new Uint8Array(/** @type {any} */ (data))[0] === 3).length;
        act({ time, tunnel, say, asked });
        tunnel.close();
    } finally {
        Object.assign(globalThis, saved);
        time.restore();
    }
}

const WELCOME = [0x10, ...new TextEncoder().encode('{"version":1,"video":"VP8","audio":"opus"}')];

/**
 * @param {boolean} isKey
 * @param {number} number
 */
const picture = (isKey, number) =>
    [0x11, isKey ? 1 : 0, 0, 0, 0, number, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 7];

test("a browser that plays no sound shows the picture", () =>
    withTunnel(({ tunnel, say }) => {
        /** @type {any[]} */
        const streams = [];
        on(tunnel, "stream", (stream) => streams.push(stream));
        say(...WELCOME);
        say(...picture(true, 0));
        assert.equal(tunnel.state, "connected");
        assert.deepEqual(streams.map(({ tracks }) => tracks.length), [1]);
    }));

test("a keyframe that has come is not asked for", () =>
    withTunnel(({ time, say, asked }) => {
        say(...WELCOME);
        say(...picture(true, 0));
        say(...picture(false, 2)); // one is missing
        assert.equal(asked(), 1);
        time.pass(100);
        say(...picture(false, 3)); // the next wish waits its turn
        assert.equal(asked(), 1);
        say(...picture(true, 4));
        time.pass(2000);
        assert.equal(asked(), 1);
        say(...picture(false, 6));
        assert.equal(asked(), 2);
    }));
