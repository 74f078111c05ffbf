// fake-dom.js - the little of a browser that the input modules need.

/** An element that only hears events. */
export class FakeElement extends EventTarget {
    value = "";

    setPointerCapture() {}

    /**
     * Dispatches an event with these fields; true: its default was prevented.
     * @param {string} type
     * @param {object} fields
     */
    fire(type, fields) {
        const event = new Event(type, { cancelable: true });
        for (const [name, value] of Object.entries(fields)) {
            Object.defineProperty(event, name, { value });
        }
        return !this.dispatchEvent(event);
    }
}

/** A Remote that tells what was sent as short words. */
export function wordsOf(/** @type {ArrayBuffer} */ bytes) {
    const view = new DataView(bytes);
    const value = () => view.getUint32(3).toString(16);
    switch (view.getUint8(0)) {
    case 1: return `move ${view.getUint16(3)} ${view.getUint16(5)}`;
    case 2: return `scroll ${view.getInt16(3)} ${view.getInt16(5)} ${view.getUint8(7)}`;
    case 3: return `+${value()}`;
    case 4: return `-${value()}`;
    case 5: return `press ${value()}`;
    case 6: return `let go ${value()}`;
    default: return "?";
    }
}
