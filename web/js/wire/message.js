// message.js - the envelope of the signaling: {"event": name, "payload": anything}.

import { fields, readList, readNumber, readString } from "./read.js";

/** @typedef {{ event: string, payload: import("./read.js").Fields }} Message */

/**
 * Reads one text frame; null: not a message.
 * @param {unknown} data
 * @returns {Message | null}
 */
export function parseMessage(data) {
    if (typeof data !== "string") {
        return null;
    }
    try {
        const envelope = fields(JSON.parse(data));
        const event = readString(envelope, "event");
        return event ? { event, payload: fields(envelope.payload) } : null;
    } catch {
        return null;
    }
}

/**
 * @param {string} event
 * @param {object} [payload]
 */
export function writeMessage(event, payload) {
    return JSON.stringify(payload === undefined ? { event } : { event, payload });
}

/**
 * A remote candidate. An empty sdpMid (Pion's way) is none: then the index counts.
 * @param {import("./read.js").Fields} payload
 * @returns {RTCIceCandidateInit}
 */
export function parseCandidate(payload) {
    return {
        candidate: readString(payload, "candidate"),
        sdpMid: readString(payload, "sdpMid") || null,
        sdpMLineIndex: readNumber(payload, "sdpMLineIndex"),
        usernameFragment: readString(payload, "usernameFragment") || undefined,
    };
}

/**
 * The ICE servers of signal/provide; entries that a browser would throw at are left out.
 * @param {import("./read.js").Fields} payload
 * @returns {RTCIceServer[]}
 */
export function parseIceServers(payload) {
    /** @type {RTCIceServer[]} */
    const servers = [];
    for (const item of readList(payload, "iceservers")) {
        const entry = fields(item);
        const single = readString(entry, "urls");
        const urls = (single ? [single] : readList(entry, "urls")).filter(
            (url) => typeof url === "string" && /^(stun|turn)s?:./.test(url),
        );
        if (urls.length > 0) {
            servers.push({
                urls: /** @type {string[]} */ (urls),
                username: readString(entry, "username"),
                credential: readString(entry, "credential"),
            });
        }
    }
    return servers;
}
