// signal.test.js - the WebSocket that comes back by itself, against a fake one and a fake clock.

import assert from "node:assert/strict";
import test from "node:test";

import { Backoff } from "../../web/js/lib/backoff.js";
import { on } from "../../web/js/lib/emitter.js";
import { Signal } from "../../web/js/net/signal.js";
import { FakeSocket, fakeTime } from "./fake-net.js";

/** @param {(time: ReturnType<typeof fakeTime>, signal: Signal, seen: string[]) => void} act */
function withSignal(act) {
    const time = fakeTime();
    try {
        const signal = new Signal("ws://room.example/api/ws?token=t");
        /** @type {string[]} */
        const seen = [];
        on(signal, "open", () => seen.push("open"));
        on(signal, "lost", () => seen.push("lost"));
        on(signal, "ended", (/** @type {{ reason: string }} */ d) => seen.push(`ended ${d.reason}`));
        signal.start();
        act(time, signal, seen);
    } finally {
        time.restore();
    }
}

const newest = () => FakeSocket.all[FakeSocket.all.length - 1];

test("silence of 12.5 s closes with a code that keeps the place, and opens anew", () => {
    withSignal((time, signal, seen) => {
        newest().accept();
        newest().say({ event: "system/init", payload: {} });
        time.pass(10000);
        newest().say({ event: "system/heartbeat" });
        time.pass(12000);
        assert.deepEqual(seen, ["open"]);
        const first = newest();
        time.pass(2000);
        assert.deepEqual(seen, ["open", "lost"]);
        assert.equal(first.closedWith, 4001);
        time.pass(400);
        assert.notEqual(newest(), first);
    });
});

test("a closed socket is tried again, later each time", () => {
    withSignal((time, signal, seen) => {
        for (let tries = 0; tries < 3; tries += 1) {
            newest().dispatchEvent(new Event("close"));
            time.pass(8000);
        }
        assert.equal(seen.filter((event) => event === "lost").length >= 3, true);
        assert.equal(signal.tries >= 3, true);
        newest().accept();
        newest().say({ event: "system/init", payload: {} });
        assert.equal(signal.tries, 0);
    });
});

test("a refusal that only the close tells ends it", () => {
    withSignal((time, signal, seen) => {
        const close = Object.assign(new Event("close"), { code: 1008, reason: "session not found" });
        newest().dispatchEvent(close);
        assert.deepEqual(seen, ["ended session not found"]);
        time.pass(60000);
        assert.equal(signal.isOpen, false);
        assert.deepEqual(seen, ["ended session not found"]);
    });
});

test("who is asked and does not answer is doubted until something comes", () => {
    withSignal((time, signal) => {
        let doubts = 0;
        on(signal, "doubt", () => doubts++);
        newest().accept();
        signal.ask();
        signal.ask(); // the answer is under way
        assert.deepEqual(newest().sent, ['{"event":"hairpin/stats"}']);
        time.pass(300);
        newest().say({ event: "hairpin/stats", payload: {} });
        time.pass(1000);
        assert.deepEqual([signal.isDoubted, doubts], [false, 0]);
        signal.ask();
        time.pass(350);
        assert.deepEqual([signal.isDoubted, doubts, signal.isOpen], [true, 1, true]);
        newest().say({ event: "system/heartbeat" });
        assert.deepEqual([signal.isDoubted, doubts], [false, 2]);
    });
});

test("a try now does not wait for a server that does not answer", () => {
    withSignal((time, signal) => {
        newest().accept();
        signal.tryNow();
        assert.equal(FakeSocket.all.length, 1);
        signal.ask();
        time.pass(400);
        signal.tryNow();
        assert.equal(FakeSocket.all.length, 2);
        assert.equal(signal.isDoubted, false);
    });
});

test("an opening that hangs is given up", () => {
    withSignal((time, signal, seen) => {
        time.pass(8000);
        assert.deepEqual(seen, ["lost"]);
    });
});

test("ended on purpose is not tried again, and leaves no timer", () => {
    withSignal((time, signal, seen) => {
        newest().accept();
        newest().say({ event: "system/disconnect", payload: { message: "connection replaced" } });
        assert.deepEqual(seen, ["open", "ended connection replaced"]);
        const count = FakeSocket.all.length;
        time.pass(60000);
        signal.tryNow();
        assert.equal(FakeSocket.all.length, count);
        assert.equal(time.count(), 0);
    });
});

test("a page that is left says that its picture ends, and opens anew when it is shown again", () => {
    withSignal((time, signal, seen) => {
        newest().accept();
        signal.pause();
        assert.equal(newest().closedWith, 4002);
        time.pass(60000);
        assert.deepEqual([FakeSocket.all.length, time.count()], [1, 0]);
        signal.tryNow();
        newest().accept();
        assert.deepEqual([FakeSocket.all.length, seen], [2, ["open", "open"]]);
    });
});

test("a server that shuts down is waited for", () => {
    withSignal((time, signal, seen) => {
        newest().accept();
        newest().say({ event: "system/disconnect", payload: { message: "connection shutdown" } });
        assert.deepEqual(seen, ["open", "lost"]);
        time.pass(400);
        assert.equal(FakeSocket.all.length, 2);
    });
});

test("a server that takes no more connections for now is waited for, longer each time", () => {
    withSignal((time, signal, seen) => {
        for (const waitMs of [400, 800]) {
            newest().accept();
            newest().say({ event: "system/disconnect", payload: { message: "too many connections" } });
            time.pass(waitMs);
        }
        assert.deepEqual([FakeSocket.all.length, seen], [3, ["open", "lost", "open", "lost"]]);
    });
});

test("without a connection nothing is sent", () => {
    withSignal((time, signal) => {
        assert.equal(signal.send("a"), false);
        newest().accept();
        assert.equal(signal.send("a", { b: 1 }), true);
        assert.deepEqual(newest().sent, ['{"event":"a","payload":{"b":1}}']);
    });
});

test("waits double up to their limit and are jittered by half", () => {
    const low = new Backoff(400, 8000, () => 0);
    const high = new Backoff(400, 8000, () => 1);
    assert.deepEqual([1, 2, 3, 4, 5, 6, 7].map(() => low.next()),
        [200, 400, 800, 1600, 3200, 4000, 4000]);
    assert.deepEqual([1, 2, 3].map(() => high.next()), [400, 800, 1600]);
    low.reset();
    assert.equal(low.next(), 200);
});

test("WebSockets that never open while requests are answered are blocked", async () => {
    const time = fakeTime();
    try {
        let isServed = true;
        const signal = new Signal("ws://room.example/api/ws", async () => isServed);
        const fail = async () => {
            newest().dispatchEvent(new Event("close"));
            await Promise.resolve();
            await Promise.resolve();
            time.pass(8000);
        };
        signal.start();
        await fail();
        assert.equal(signal.isBlocked, false); // it may have started just then
        await fail();
        assert.equal(signal.isBlocked, true);
        isServed = false;
        await fail();
        assert.equal(signal.isBlocked, false);
        isServed = true;
        newest().accept();
        await fail();
        await fail();
        assert.equal(signal.isBlocked, false); // the first of them had opened
        await fail();
        assert.equal(signal.isBlocked, true);
        newest().accept();
        assert.equal(signal.isBlocked, false);
        signal.close();
    } finally {
        time.restore();
    }
});
