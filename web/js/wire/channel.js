// channel.js - the bytes of the data channel "data", version 3: big-endian, a header of three.
//
//     0        1                 3
//     +--------+--------+--------+----------------
//     | opcode | length          | payload ...       to the server length counts the payload,
//     +--------+--------+--------+----------------   from the server the header too

const OP_MOVE = 0x01;
const OP_SCROLL = 0x02;
const OP_KEY_DOWN = 0x03;
const OP_KEY_UP = 0x04;
const OP_BUTTON_DOWN = 0x05;
const OP_BUTTON_UP = 0x06;
const OP_PING = 0x07;
const OP_ALIVE = 0x40;

const OP_CURSOR_POSITION = 0x01;
const OP_CURSOR_IMAGE = 0x02;
const OP_PONG = 0x03;

const HEADER_SIZE = 3;
const POSITION_SIZE = 7;
const IMAGE_HEADER_SIZE = 11;
const PONG_SIZE = 19;

/** Times travel as high * (2^32 - 1) + low: an old slip that is part of the protocol now. */
const TIME_UNIT = 2 ** 32 - 1;

/**
 * @param {number} opcode
 * @param {number} size of the payload
 */
function message(opcode, size) {
    const view = new DataView(new ArrayBuffer(HEADER_SIZE + size));
    view.setUint8(0, opcode);
    view.setUint16(1, size);
    return view;
}

/**
 * @param {number} opcode
 * @param {number} value
 */
function message32(opcode, value) {
    const view = message(opcode, 4);
    view.setUint32(HEADER_SIZE, value);
    return view.buffer;
}

/**
 * @param {number} value
 * @param {number} min
 * @param {number} max
 */
function clamp(value, min, max) {
    return Math.min(max, Math.max(min, Math.round(value)));
}

/**
 * @param {number} x pixels of the desktop
 * @param {number} y
 */
export function writeMove(x, y) {
    const view = message(OP_MOVE, 4);
    view.setUint16(HEADER_SIZE, clamp(x, 0, 65535));
    view.setUint16(HEADER_SIZE + 2, clamp(y, 0, 65535));
    return view.buffer;
}

/**
 * @param {number} deltaX clicks, positive: left
 * @param {number} deltaY clicks, positive: up
 * @param {boolean} withControl
 */
export function writeScroll(deltaX, deltaY, withControl) {
    const view = message(OP_SCROLL, 5);
    view.setInt16(HEADER_SIZE, clamp(deltaX, -32768, 32767));
    view.setInt16(HEADER_SIZE + 2, clamp(deltaY, -32768, 32767));
    view.setUint8(HEADER_SIZE + 4, withControl ? 1 : 0);
    return view.buffer;
}

/** @param {number} keysym */
export const writeKeyDown = (keysym) => message32(OP_KEY_DOWN, keysym);

/** @param {number} keysym */
export const writeKeyUp = (keysym) => message32(OP_KEY_UP, keysym);

/** @param {number} button of X: 1 left, 2 middle, 3 right */
export const writeButtonDown = (button) => message32(OP_BUTTON_DOWN, button);

/** @param {number} button of X */
export const writeButtonUp = (button) => message32(OP_BUTTON_UP, button);

/** While something is held: it would be let go of after a second of silence. */
export const writeAlive = () => message(OP_ALIVE, 0).buffer;

/** @param {number} timeMs */
export function writePing(timeMs) {
    const view = message(OP_PING, 8);
    view.setUint32(HEADER_SIZE, Math.floor(timeMs / TIME_UNIT));
    view.setUint32(HEADER_SIZE + 4, timeMs % TIME_UNIT);
    return view.buffer;
}

/**
 * @typedef {{ kind: "position", x: number, y: number }} CursorPosition
 * @typedef {{ kind: "image", width: number, height: number, hotX: number, hotY: number,
 *             png: Uint8Array }} CursorImage
 * @typedef {{ kind: "pong", pingMs: number, serverMs: number }} Pong
 */

/**
 * Reads what the server says; null: unknown or too short.
 * @param {ArrayBuffer} buffer
 * @returns {CursorPosition | CursorImage | Pong | null}
 */
export function parseChannel(buffer) {
    const view = new DataView(buffer);
    if (view.byteLength < HEADER_SIZE) {
        return null;
    }
    const opcode = view.getUint8(0);
    if (opcode === OP_CURSOR_POSITION && view.byteLength >= POSITION_SIZE) {
        return { kind: "position", x: view.getUint16(3), y: view.getUint16(5) };
    }
    if (opcode === OP_CURSOR_IMAGE && view.byteLength >= IMAGE_HEADER_SIZE) {
        return {
            kind: "image",
            width: view.getUint16(3),
            height: view.getUint16(5),
            hotX: view.getUint16(7),
            hotY: view.getUint16(9),
            // All that is left: the 16-bit length wraps for large pictures.
            png: new Uint8Array(buffer, IMAGE_HEADER_SIZE),
        };
    }
    if (opcode === OP_PONG && view.byteLength >= PONG_SIZE) {
        return {
            kind: "pong",
            pingMs: view.getUint32(3) * TIME_UNIT + view.getUint32(7),
            serverMs: view.getUint32(11) * TIME_UNIT + view.getUint32(15),
        };
    }
    return null;
}
