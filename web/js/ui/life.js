// life.js - is the picture alive, and if not: what the card says. Pure, so that every state can be
// tested without a browser.

import { duration, text } from "../lib/texts.js";

/** Long enough to say that it does not simply take a moment. */
const OTHER_WAY_MS = 3000;
const STILL_MS = 15000;

/**
 * @typedef {object} Facts
 * @property {boolean} hasWebRtc
 * @property {boolean} isOnline
 * @property {boolean} isElsewhere another window of this session took over
 * @property {string} refusal status of hairpin/status after which nothing is tried, or ""
 * @property {string} trouble status of hairpin/status of the try that failed last, or ""
 * @property {boolean} isRelayRefused a relay does not take the password that the server has for it
 * @property {boolean} mayWatch
 * @property {boolean} isHidden private mode, and not for me
 * @property {boolean} hasFailed the server's capture
 * @property {boolean} isStarting there is no picture to send yet
 * @property {import("../net/connection.js").Phase} phase
 * @property {boolean} hadPicture in this stay
 * @property {boolean} hasPicture
 * @property {boolean} isAnswered the server is reached by the WebSocket
 * @property {boolean} isBlocked requests reach it, and no WebSocket does
 * @property {boolean} isSilent nothing comes on the path of the picture
 * @property {boolean} hasServerEnded it said so, and has sent nothing to us since then
 * @property {boolean} isAnew the stay before ended because the server was started again
 * @property {number} graceMs how long the server keeps the place
 * @property {number} signalTries
 * @property {number} retryInMs
 * @property {number} waitedMs since the picture died
 * @property {number} soughtMs of these the server answers
 *
 * @typedef {import("./dead.js").DeadView} DeadView
 * @typedef {{ state: string, view: DeadView | null }} Life
 */

/**
 * @param {string} state for body[data-state]
 * @param {string} title
 * @param {string} why
 * @param {DeadView["buttons"]} [buttons]
 * @param {number} [step]
 * @returns {Life}
 */
function card(state, title, why, buttons = [], step = -1) {
    return { state, view: { title, why, buttons, step } };
}

const TRY_NOW = [{ action: "retry", label: "dead.tryNow" }];

/**
 * What no waiting for the network changes; null: none of that.
 * @param {Facts} facts
 * @returns {Life | null}
 */
function standing(facts) {
    if (!facts.hasWebRtc) {
        return card("no-webrtc", text("dead.noWebRtc"), text("dead.noWebRtcWhy"));
    }
    if (facts.isElsewhere) {
        return card("elsewhere", text("dead.elsewhere"), text("dead.elsewhereWhy"),
            [{ action: "here", label: "dead.useHere" }]);
    }
    if (facts.refusal === "no-codec") {
        return card("no-codec", text("dead.noCodec"), text("dead.noCodecWhy"),
            [{ action: "retry", label: "dead.tryAgain" }]);
    }
    if (facts.refusal === "no-port") {
        return card("no-port", text("dead.noPort"), text("dead.noPortWhy"),
            [{ action: "retry", label: "dead.tryAgain" }]);
    }
    if (facts.refusal === "room-full") {
        return card("full", text("login.full"), "", [{ action: "retry", label: "dead.tryAgain" }]);
    }
    if (!facts.mayWatch || facts.refusal) {
        return card("no-watch", text("dead.noWatch"), text("dead.noWatchWhy"));
    }
    if (facts.isHidden) {
        return card("private", text("dead.private"), text("dead.privateWhy"));
    }
    return null;
}

/**
 * The server keeps the place of one whom it hears; the time counts while it does not. A server that
 * answers and has no path for us any more says nothing of the network.
 * @param {Facts} facts
 */
function lostWhy({ isAnswered, phase, graceMs, waitedMs }) {
    if (isAnswered) {
        return text(phase === "lost" ? "dead.reconnectingWhy" : "dead.brokenWhy",
            { t: duration(graceMs) });
    }
    const keptMs = graceMs - waitedMs;
    return keptMs > 0 ? text("dead.brokenWhy", { t: duration(keptMs) }) : text("dead.lateWhy");
}

/**
 * As much as the server knows.
 * @param {Facts} facts
 */
function stillWhy({ trouble, isRelayRefused }) {
    return text(trouble === "dtls-failed" ? "dead.noDtlsWhy"
        : isRelayRefused ? "dead.noRelayWhy"
            : trouble === "ice-timeout" ? "dead.noPathWhy" : "dead.stillWhy");
}

/**
 * @param {Facts} facts
 * @returns {Life}
 */
function waiting(facts) {
    if (!facts.isAnswered && !facts.isOnline) {
        return card("offline", text("dead.offline"), text("dead.offlineWhy"), TRY_NOW);
    }
    const t = duration(facts.retryInMs);
    const isNow = facts.retryInMs <= 0;
    if (!facts.isAnswered && facts.hasServerEnded) {
        return card("ended", text("dead.ended"),
            isNow ? text("dead.endedNow") : text("dead.endedWhy", { t }), TRY_NOW);
    }
    if (!facts.isAnswered && facts.signalTries >= 2 && facts.isBlocked) {
        return card("blocked", text("dead.blocked"),
            isNow ? text("dead.blockedNow") : text("dead.blockedWhy", { t }), TRY_NOW);
    }
    if (!facts.isAnswered && facts.signalTries >= 2) {
        return card("gone", text("dead.gone"),
            isNow ? text("dead.goneNow") : text("dead.goneWhy", { t }), TRY_NOW);
    }
    const step = !facts.isAnswered ? 0 : facts.phase === "up" ? 2 : 1;
    const isBack = facts.hasServerEnded || (facts.isAnew && !facts.hadPicture);
    if (isBack && facts.soughtMs < STILL_MS) {
        return card("restarted", text("dead.restarted"), text("dead.restartedWhy"), TRY_NOW, step);
    }
    if (facts.isAnswered && facts.soughtMs >= STILL_MS) {
        return card("still", text("dead.still"), stillWhy(facts), TRY_NOW, step);
    }
    if (facts.hadPicture) {
        return card("reconnecting", text("dead.reconnecting"), lostWhy(facts), TRY_NOW, step);
    }
    const why = facts.soughtMs >= OTHER_WAY_MS && step === 1 ? text("dead.other") : "";
    return card("connecting", text("dead.connecting"), why, [], step);
}

/**
 * @param {Facts} facts
 * @returns {Life}
 */
export function lifeOf(facts) {
    const fixed = standing(facts);
    if (fixed) {
        return fixed;
    }
    if (facts.hasFailed) {
        return card("capture-failed", text("dead.capture"), text("dead.captureWhy"));
    }
    if (facts.isStarting && facts.isAnswered) {
        return card("starting", text("dead.starting"),
            text(facts.soughtMs < STILL_MS ? "dead.startingWhy" : "dead.startingLong"));
    }
    const isReached = !facts.isSilent || (facts.isAnswered && !facts.hasServerEnded);
    if (facts.phase === "up" && facts.hasPicture && isReached) {
        return { state: "live", view: null };
    }
    return waiting(facts);
}
