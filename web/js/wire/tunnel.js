// tunnel.js - the messages of the tunnel: picture, sound and input over a WebSocket of the page's own
// origin. All are binary and big-endian; the first byte is the type.
//
//     picture, sound:
//     0        1        2                 6                 14       16
//     +--------+--------+-----------------+-----------------+--------+-----------
//     | type   | flags  | number          | capture time/us | 0      | frame ...
//     +--------+--------+-----------------+-----------------+--------+-----------

import { fields, readNumber, readString } from "./read.js";

/** The version that is spoken; a server that says another one is not understood. */
export const TUNNEL_VERSION = 1;

const HELLO = 0x01;
const RECEIVED = 0x02;
const KEYFRAME = 0x03;
const DATA = 0x04;

const WELCOME = 0x10;
const PICTURE = 0x11;
const SOUND = 0x12;
const SERVER_DATA = 0x13;
const REFUSED = 0x14;

const FRAME_HEADER_SIZE = 16;
const FLAG_KEYFRAME = 1;
/** What the server takes. */
const HELLO_MAX = 4096;
const DATA_MAX = 64;

/**
 * @param {number} type
 * @param {number} size of all of it
 */
function message(type, size) {
    const bytes = new Uint8Array(size);
    bytes[0] = type;
    return bytes;
}

/**
 * Null: it is larger than the server takes.
 * @param {number} type
 * @param {Uint8Array} content
 * @param {number} max of the whole message
 */
function wrap(type, content, max) {
    if (1 + content.length > max) {
        return null;
    }
    const bytes = message(type, 1 + content.length);
    bytes.set(content, 1);
    return bytes.buffer;
}

/**
 * @param {string} token "" where the cookie of the login counts
 * @param {string[]} video codecs that are decoded, best first
 * @param {string[]} audio
 */
export function writeHello(token, video, audio) {
    const text = JSON.stringify({ version: TUNNEL_VERSION, token, video, audio });
    return wrap(HELLO, new TextEncoder().encode(text), HELLO_MAX);
}

/** @param {number} count bytes of pictures and sound since the begin */
export function writeReceived(count) {
    const bytes = message(RECEIVED, 5);
    new DataView(bytes.buffer).setUint32(1, count % 2 ** 32);
    return bytes.buffer;
}

export const writeKeyframe = () => message(KEYFRAME, 1).buffer;

/** @param {ArrayBuffer} bytes as on the data channel */
export const writeData = (bytes) => wrap(DATA, new Uint8Array(bytes), DATA_MAX);

/**
 * @typedef {{ kind: "welcome", version: number, video: string, audio: string }} Welcome
 *     a codec is "" where there is none
 * @typedef {{ kind: "picture" | "sound", isKey: boolean, number: number, timeUs: number,
 *             bytes: Uint8Array, size: number }} Frame size: of the whole message
 * @typedef {{ kind: "data", bytes: ArrayBuffer }} Data
 * @typedef {{ kind: "refused", status: string, text: string }} Refused
 */

/**
 * @param {"picture" | "sound"} kind
 * @param {ArrayBuffer} buffer
 * @returns {Frame | null}
 */
function parseFrame(kind, buffer) {
    if (buffer.byteLength <= FRAME_HEADER_SIZE) {
        return null;
    }
    const view = new DataView(buffer);
    return {
        kind,
        isKey: (view.getUint8(1) & FLAG_KEYFRAME) !== 0,
        number: view.getUint32(2),
        timeUs: Number(view.getBigUint64(6)),
        bytes: new Uint8Array(buffer, FRAME_HEADER_SIZE),
        size: buffer.byteLength,
    };
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {import("./read.js").Fields | null}
 */
function parseJson(buffer) {
    try {
        return fields(JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 1))));
    } catch {
        return null;
    }
}

/**
 * Reads what the server says; null: unknown, or of a size that it cannot have.
 * @param {unknown} buffer
 * @returns {Welcome | Frame | Data | Refused | null}
 */
export function parseTunnel(buffer) {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength === 0) {
        return null;
    }
    const type = new Uint8Array(buffer)[0];
    if (type === PICTURE || type === SOUND) {
        return parseFrame(type === PICTURE ? "picture" : "sound", buffer);
    }
    if (type === SERVER_DATA) {
        return { kind: "data", bytes: buffer.slice(1) };
    }
    const json = type === WELCOME || type === REFUSED ? parseJson(buffer) : null;
    if (!json) {
        return null;
    }
    return type === REFUSED
        ? { kind: "refused", status: readString(json, "status"), text: readString(json, "text") }
        : {
            kind: "welcome",
            version: readNumber(json, "version"),
            video: readString(json, "video"),
            audio: readString(json, "audio"),
        };
}

const NAL_SPS = 7;

/**
 * The name by which a decoder knows the H.264 of an Annex B stream, from its sequence parameter set;
 * "": it has none.
 * @param {Uint8Array} bytes
 */
export function avcName(bytes) {
    for (let at = 0; at + 6 < bytes.length; at += 1) {
        const isStart = bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1;
        if (isStart && (bytes[at + 3] & 31) === NAL_SPS) {
            return "avc1." + [...bytes.subarray(at + 4, at + 7)]
                .map((byte) => byte.toString(16).padStart(2, "0")).join("");
        }
    }
    return "";
}
