// emitter.js - events that carry a detail. (Node 18 has no CustomEvent yet, and tests run there.)

/** @template T */
export class DetailEvent extends Event {
    /**
     * @param {string} type
     * @param {T} detail
     */
    constructor(type, detail) {
        super(type);
        this.detail = detail;
    }
}

/**
 * Dispatches `type` with `detail` on `target`.
 * @param {EventTarget} target
 * @param {string} type
 * @param {unknown} [detail]
 */
export function emit(target, type, detail) {
    target.dispatchEvent(new DetailEvent(type, detail));
}

/**
 * Listens for `type`; the listener gets the detail. `signal` ends it.
 * @template T
 * @param {EventTarget} target
 * @param {string} type
 * @param {(detail: T) => void} listener
 * @param {AbortSignal} [signal]
 */
export function on(target, type, listener, signal) {
    target.addEventListener(
        type,
        (event) => listener(/** @type {DetailEvent<T>} */ (event).detail),
        signal ? { signal } : undefined,
    );
}
