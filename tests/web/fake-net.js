// fake-net.js - a WebSocket, a peer connection and a clock that only the test moves.

export class FakeSocket extends EventTarget {
    static OPEN = 1;
    /** @type {FakeSocket[]} */
    static all = [];
    readyState = 0;
    /** @type {string[]} */
    sent = [];
    /** @type {number | null} */
    closedWith = null;

    constructor() {
        super();
        FakeSocket.all.push(this);
    }

    accept() {
        this.readyState = 1;
        this.dispatchEvent(new Event("open"));
    }

    /** @param {object} message */
    say(message) {
        this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
    }

    /** @param {string} data */
    send(data) {
        this.sent.push(data);
    }

    /** @param {number} code */
    close(code) {
        this.readyState = 3;
        this.closedWith ??= code;
    }
}

/** A clock that only the test moves; restore() ends it. */
export function fakeTime() {
    let nowMs = 0;
    let nextId = 1;
    /** @type {Map<number, { at: number, every: number, act: () => void }>} */
    const timers = new Map();
    const add = (/** @type {() => void} */ act, ms = 0, isRepeated = false) => {
        timers.set(nextId, { at: nowMs + ms, every: isRepeated ? ms : 0, act });
        return nextId++;
    };
    const saved = { setTimeout, clearTimeout, setInterval, clearInterval, performance,
        WebSocket: globalThis.WebSocket };
    Object.assign(globalThis, {
        setTimeout: (/** @type {() => void} */ act, /** @type {number} */ ms) => add(act, ms),
        setInterval: (/** @type {() => void} */ act, /** @type {number} */ ms) => add(act, ms, true),
        clearTimeout: (/** @type {number} */ id) => timers.delete(id),
        clearInterval: (/** @type {number} */ id) => timers.delete(id),
        WebSocket: FakeSocket,
    });
    Object.defineProperty(globalThis, "performance",
        { value: { now: () => nowMs }, configurable: true, writable: true });
    FakeSocket.all = [];
    return {
        /** @param {number} ms */
        pass(ms) {
            const end = nowMs + ms;
            for (;;) {
                const due = [...timers].filter(([, { at }]) => at <= end)
                    .sort(([, a], [, b]) => a.at - b.at)[0];
                if (!due) {
                    break;
                }
                const [id, timer] = due;
                nowMs = timer.at;
                if (timer.every) {
                    timer.at += timer.every;
                } else {
                    timers.delete(id);
                }
                timer.act();
            }
            nowMs = end;
        },
        count: () => timers.size,
        restore() {
            const { performance: clock, ...rest } = saved;
            Object.assign(globalThis, rest);
            Object.defineProperty(globalThis, "performance",
                { value: clock, configurable: true, writable: true });
        },
    };
}

/** A peer connection that answers every offer; the test sets its state. */
export class FakePeerConnection extends EventTarget {
    /** @type {FakePeerConnection[]} */
    static all = [];
    connectionState = "new";
    iceConnectionState = "new";
    dtlsState = "connected";
    /** @type {object | null} */
    remoteDescription = null;
    /** @type {object | null} */
    localDescription = null;
    isClosed = false;
    /** @type {object[]} */
    candidates = [];

    /** @param {RTCConfiguration} [options] */
    constructor(options) {
        super();
        const urls = (options?.iceServers ?? []).flatMap((server) => server.urls);
        if (urls.some((url) => /^stun:.*\?/.test(url))) {
            throw new SyntaxError("as browsers do");
        }
        this.urls = urls;
        FakePeerConnection.all.push(this);
    }

    /** @param {object} description */
    async setRemoteDescription(description) {
        this.remoteDescription = description;
    }

    /** @param {object} description */
    async setLocalDescription(description) {
        this.localDescription = description;
    }

    async createAnswer() {
        return { type: "answer", sdp: "v=0 answer" };
    }

    /** @param {object} candidate */
    async addIceCandidate(candidate) {
        this.candidates.push(candidate);
    }

    /** Pictures that came, as getStats() tells them. */
    frames = 0;

    async getStats() {
        return new Map([["video", { type: "inbound-rtp", kind: "video",
            framesDecoded: this.frames, bytesReceived: this.frames * 1000 }]]);
    }

    getReceivers() {
        return [{ transport: null }, { transport: { state: this.dtlsState } }];
    }

    openChannel() {
        const channel = Object.assign(new EventTarget(), {
            label: "data", readyState: "open", bufferedAmount: 0, send() {}, close() {},
        });
        this.dispatchEvent(Object.assign(new Event("datachannel"), { channel }));
        return channel;
    }

    /** As Firefox does when the system refuses to send. */
    breakDtls() {
        this.dtlsState = "failed";
        this.become("failed");
    }

    /** @param {string} state */
    become(state) {
        this.connectionState = state;
        this.iceConnectionState = state;
        this.dispatchEvent(new Event("connectionstatechange"));
    }

    close() {
        this.isClosed = true;
    }
}
