// stats.js - what getStats() says, in the few numbers that a person can read.

/**
 * @typedef {object} LinkStats
 * @property {"direct" | "tcp" | "relay" | "websocket" | ""} path
 * @property {number | null} roundTripMs
 * @property {number} bytes received
 * @property {number} frames decoded
 * @property {number} packets received
 * @property {number} lost
 * @property {number} width
 * @property {number} height
 * @property {string} codec
 * @property {number} timeMs
 */

/** @typedef {Map<string, Record<string, unknown>>} Report */

/**
 * @param {Record<string, unknown> | undefined} entry
 * @param {string} name
 */
function number(entry, name) {
    const value = entry?.[name];
    return typeof value === "number" ? value : 0;
}

/**
 * The pair that carries everything. Firefox has no transport entry and marks it `selected`.
 * @param {Report} report
 */
function selectedPair(report) {
    let chosen;
    for (const entry of report.values()) {
        if (entry.type === "transport" && typeof entry.selectedCandidatePairId === "string") {
            return report.get(entry.selectedCandidatePairId);
        }
        if (entry.type === "candidate-pair" && entry.state === "succeeded"
            && (entry.selected === true || (entry.nominated === true && !chosen))) {
            chosen = entry;
        }
    }
    return chosen;
}

/**
 * @param {Report} report
 * @param {Record<string, unknown> | undefined} pair
 * @returns {LinkStats["path"]}
 */
function pathOf(report, pair) {
    if (!pair) {
        return "";
    }
    const local = report.get(String(pair.localCandidateId));
    const remote = report.get(String(pair.remoteCandidateId));
    if (local?.candidateType === "relay" || remote?.candidateType === "relay") {
        return "relay";
    }
    return local?.protocol === "tcp" || remote?.protocol === "tcp" ? "tcp" : "direct";
}

/**
 * @param {Report} report
 * @param {number} timeMs
 * @returns {LinkStats}
 */
export function readStats(report, timeMs) {
    const pair = selectedPair(report);
    const inbound = [...report.values()].filter((entry) => entry.type === "inbound-rtp");
    const video = inbound.find((entry) => entry.kind === "video");
    const codec = report.get(String(video?.codecId))?.mimeType;
    const roundTrip = pair?.currentRoundTripTime;
    return {
        path: pathOf(report, pair),
        roundTripMs: typeof roundTrip === "number" ? Math.round(roundTrip * 1000) : null,
        bytes: inbound.reduce((sum, entry) => sum + number(entry, "bytesReceived"), 0),
        frames: number(video, "framesDecoded"),
        packets: number(video, "packetsReceived"),
        lost: Math.max(0, number(video, "packetsLost")),
        width: number(video, "frameWidth"),
        height: number(video, "frameHeight"),
        codec: typeof codec === "string" ? codec.replace(/^video\//, "") : "",
        timeMs,
    };
}

/**
 * @typedef {object} LinkRates
 * @property {number} bitrateBps
 * @property {number} framesPerSecond
 * @property {number} loss 0..1
 */

/**
 * What happened between two readings.
 * @param {LinkStats | null} before
 * @param {LinkStats} now
 * @returns {LinkRates}
 */
export function rates(before, now) {
    const seconds = before ? (now.timeMs - before.timeMs) / 1000 : 0;
    if (!before || seconds <= 0 || now.bytes < before.bytes) {
        return { bitrateBps: 0, framesPerSecond: 0, loss: 0 };
    }
    const lost = Math.max(0, now.lost - before.lost);
    const packets = Math.max(0, now.packets - before.packets);
    return {
        bitrateBps: ((now.bytes - before.bytes) * 8) / seconds,
        framesPerSecond: Math.max(0, now.frames - before.frames) / seconds,
        loss: packets + lost > 0 ? lost / (packets + lost) : 0,
    };
}

/**
 * 0..100 from what a person feels: delay and loss.
 * @param {number | null} roundTripMs
 * @param {number} loss
 */
export function score(roundTripMs, loss) {
    const delay = roundTripMs === null ? 0 : Math.max(0, roundTripMs - 20) / 5;
    return Math.round(Math.max(0, 100 - delay - loss * 600));
}

/**
 * Bars of the chip: 4, 3 good; 2 weak; 1 bad.
 * @param {number} value score
 */
export function barCount(value) {
    if (value >= 85) {
        return 4;
    }
    if (value >= 65) {
        return 3;
    }
    return value >= 40 ? 2 : 1;
}
