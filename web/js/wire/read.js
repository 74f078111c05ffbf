// read.js - looks into JSON that came from the network without trusting it.

/** @typedef {Record<string, unknown>} Fields */

/**
 * The object itself, or an empty one.
 * @param {unknown} value
 * @returns {Fields}
 */
export function fields(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value)
        ? /** @type {Fields} */ (value)
        : {};
}

/**
 * @param {Fields} object
 * @param {string} name
 * @param {string} [fallback]
 */
export function readString(object, name, fallback = "") {
    const value = object[name];
    return typeof value === "string" ? value : fallback;
}

/**
 * @param {Fields} object
 * @param {string} name
 * @param {number} [fallback]
 */
export function readNumber(object, name, fallback = 0) {
    const value = object[name];
    return typeof value === "number" && Number.isFinite(value) ? value : fallback;
}

/**
 * @param {Fields} object
 * @param {string} name
 */
export function readFlag(object, name) {
    return object[name] === true;
}

/**
 * @param {Fields} object
 * @param {string} name
 * @returns {unknown[]}
 */
export function readList(object, name) {
    const value = object[name];
    return Array.isArray(value) ? value : [];
}
