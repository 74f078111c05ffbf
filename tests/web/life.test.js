// life.test.js - every state of the picture has its card, and a live one has none.

import assert from "node:assert/strict";
import test from "node:test";

import { lifeOf } from "../../web/js/ui/life.js";

/** @param {Partial<import("../../web/js/ui/life.js").Facts>} changed */
const life = (changed) => lifeOf({
    hasWebRtc: true, isOnline: true, isElsewhere: false, refusal: "", trouble: "", isRelayRefused: false, mayWatch: true,
    isHidden: false, hasFailed: false, isStarting: false, phase: "up", hadPicture: true, hasPicture: true,
    isAnswered: true, isBlocked: false, isSilent: false, hasServerEnded: false, isAnew: false, graceMs: 30000, signalTries: 0, retryInMs: 0, waitedMs: 0, soughtMs: 0, ...changed,
});

test("a picture that runs has no card, even while the server is silent", () => {
    assert.deepEqual(life({}), { state: "live", view: null });
    assert.equal(life({ isAnswered: false, signalTries: 5 }).view, null);
});

test("what is waited for is the step that is marked", () => {
    const start = { hadPicture: false, hasPicture: false };
    assert.equal(life({ ...start, phase: "server", isAnswered: false }).view?.step, 0);
    assert.equal(life({ ...start, phase: "path" }).view?.step, 1);
    assert.equal(life({ ...start, phase: "up" }).view?.step, 2);
    assert.equal(life({ ...start, phase: "path" }).state, "connecting");
    assert.equal(life({ phase: "lost" }).state, "reconnecting");
});

test("a longer wait is explained", () => {
    const start = { hadPicture: false, hasPicture: false, phase: /** @type {const} */ ("path") };
    assert.equal(life(start).view?.why, "");
    assert.match(life({ ...start, soughtMs: 3000 }).view?.why ?? "", /another way/);
    assert.equal(life({ ...start, soughtMs: 15000 }).state, "still");
});

test("a server that is back has its time, however long it was away", () => {
    const back = { waitedMs: 60000, soughtMs: 400 };
    assert.equal(life({ ...back, phase: "path" }).state, "reconnecting");
    assert.equal(life({ ...back, phase: "lost", hasServerEnded: true }).state, "restarted");
    assert.equal(life({ ...back, phase: "path", soughtMs: 15000 }).state, "still");
});

test("a server that does not answer is told from a device without network", () => {
    const lost = { phase: /** @type {const} */ ("lost"), isAnswered: false, signalTries: 3 };
    const gone = life({ ...lost, retryInMs: 4200 });
    assert.equal(gone.state, "gone");
    assert.match(gone.view?.why ?? "", /5 s/);
    assert.equal(gone.view?.buttons[0].action, "retry");
    assert.equal(life({ ...lost, isOnline: false }).state, "offline");
});

test("a server that answers without WebSockets is told from one that does not answer", () => {
    const lost = { phase: /** @type {const} */ ("server"), isAnswered: false, signalTries: 2, isBlocked: true };
    const blocked = life({ ...lost, hasPicture: false, retryInMs: 4200 });
    assert.equal(blocked.state, "blocked");
    assert.match(blocked.view?.why ?? "", /reverse proxy .*5 s/);
    assert.match(life({ ...lost, hasPicture: false }).view?.why ?? "", /reverse proxy .*Trying now/);
    assert.equal(life({ ...lost, hasPicture: false, isOnline: false }).state, "offline");
});

test("a server that ends is told from a line that breaks", () => {
    const cut = { isAnswered: false, isSilent: true };
    assert.equal(life({ isSilent: true }).state, "live"); // the browser may find another way
    assert.equal(life({ ...cut, hasServerEnded: true }).state, "ended");
    assert.equal(life({ ...cut, hasServerEnded: true, signalTries: 2 }).state, "ended");
    const broken = life(cut);
    assert.equal(broken.state, "reconnecting");
    assert.doesNotMatch(broken.view?.why ?? "", /network changed/);
    assert.match(broken.view?.why ?? "", /30 s/);
    assert.match(life({ ...cut, waitedMs: 12000 }).view?.why ?? "", /18 s/);
    assert.doesNotMatch(life({ ...cut, waitedMs: 30000 }).view?.why ?? "", /kept/);
    assert.match(life({ phase: "lost" }).view?.why ?? "", /network changed.* 30 s/);
});

test("until there was a picture nothing is called a reconnection", () => {
    const start = { hadPicture: false, hasPicture: false };
    for (const phase of /** @type {const} */ (["server", "path", "up", "lost"])) {
        assert.equal(life({ ...start, phase }).state, "connecting");
    }
    assert.equal(life({ hasPicture: false }).state, "reconnecting");
});

test("a server that was started again is named, and never the network", () => {
    for (const phase of /** @type {const} */ (["up", "path", "lost"])) {
        const again = life({ phase, isSilent: true, hasServerEnded: true });
        assert.equal(again.state, "restarted");
        assert.match(again.view?.title ?? "", /started again/);
    }
    const anew = { isAnew: true, hadPicture: false, hasPicture: false };
    assert.equal(life({ ...anew, phase: "server", isAnswered: false }).state, "restarted");
    assert.equal(life({ ...anew, phase: "path" }).state, "restarted");
    assert.equal(life({ isAnew: true, phase: "path" }).state, "reconnecting"); // later in the stay
    assert.doesNotMatch(life({ phase: "path" }).view?.why ?? "", /network changed/);
});

test("a picture that finds no way has the reason that the server tells", () => {
    const still = { hadPicture: false, hasPicture: false, phase: /** @type {const} */ ("path"), soughtMs: 15000 };
    assert.match(life({ ...still, trouble: "ice-timeout" }).view?.why ?? "", /UDP nor TCP/);
    assert.match(life({ ...still, trouble: "dtls-failed" }).view?.why ?? "", /encrypted/);
    const refused = { ...still, isRelayRefused: true };
    assert.match(life({ ...refused, trouble: "ice-timeout" }).view?.why ?? "", /relay refuses/);
    assert.match(life(refused).view?.why ?? "", /relay refuses/);
    assert.match(life({ ...refused, trouble: "dtls-failed" }).view?.why ?? "", /encrypted/);
    assert.match(life({ ...still, trouble: "ice-failed" }).view?.why ?? "", /finds no way/);
});

test("a desktop that starts is no capture that failed", () => {
    const start = { hadPicture: false, hasPicture: false, isStarting: true };
    assert.equal(life(start).state, "starting");
    assert.doesNotMatch(life(start).view?.why ?? "", /tries again/);
    assert.match(life({ ...start, soughtMs: 15000 }).view?.why ?? "", /tries again/);
    assert.equal(life({ ...start, hasFailed: true }).state, "capture-failed");
    assert.equal(life({ ...start, isAnswered: false }).state, "connecting");
});

test("a try that runs is not announced", () => {
    const gone = { phase: /** @type {const} */ ("lost"), isAnswered: false };
    for (const facts of [{ ...gone, signalTries: 2 }, { ...gone, hasServerEnded: true }]) {
        assert.match(life({ ...facts, retryInMs: 1 }).view?.why ?? "", /Next try in 1 s/);
        assert.match(life({ ...facts, retryInMs: -5 }).view?.why ?? "", /Trying now/);
    }
});

test("each lasting reason has its own card", () => {
    assert.equal(life({ hasWebRtc: false }).state, "no-webrtc");
    assert.equal(life({ isElsewhere: true }).view?.buttons[0].action, "here");
    assert.equal(life({ refusal: "no-codec" }).state, "no-codec");
    assert.equal(life({ refusal: "room-full" }).state, "full");
    const crowded = life({ refusal: "no-port" });
    assert.equal(crowded.state, "no-port");
    assert.match(crowded.view?.why ?? "", /webrtc\.epr/);
    assert.equal(crowded.view?.buttons[0].action, "retry");
    assert.equal(life({ mayWatch: false }).state, "no-watch");
    assert.equal(life({ isHidden: true }).state, "private");
});

test("a failed capture is said, and that it comes back by itself", () => {
    const failed = life({ hasFailed: true });
    assert.equal(failed.state, "capture-failed");
    assert.match(failed.view?.why ?? "", /by itself/);
});
