// store.js - the token and small preferences in the browser's storage. Storage that is forbidden
// (private windows, strict settings) is no error: then nothing is remembered.

/** One name space per room, since several may live below one origin. */
const PREFIX = `hairpin:${typeof location === "undefined" ? "/" : location.pathname}:`;

/**
 * @param {(storage: Storage) => string | null | void} act
 * @param {() => Storage} storage
 */
function attempt(storage, act) {
    try {
        return act(storage()) ?? null;
    } catch {
        return null;
    }
}

const perTab = () => sessionStorage;
const perBrowser = () => localStorage;

/**
 * A preference, or null.
 * @param {string} name
 */
export function loadPreference(name) {
    return attempt(perBrowser, (storage) => storage.getItem(PREFIX + name));
}

/**
 * @param {string} name
 * @param {string} value
 */
export function savePreference(name, value) {
    attempt(perBrowser, (storage) => storage.setItem(PREFIX + name, value));
}

/** The token of this tab, else the one that the browser used last. */
export function loadToken() {
    const name = `${PREFIX}token`;
    return attempt(perTab, (storage) => storage.getItem(name))
        ?? attempt(perBrowser, (storage) => storage.getItem(name))
        ?? "";
}

/** @param {string} token */
export function saveToken(token) {
    for (const storage of [perTab, perBrowser]) {
        attempt(storage, (kept) => kept.setItem(`${PREFIX}token`, token));
    }
}

/**
 * Forgets this token, and another tab's newer one is left alone.
 * @param {string} token
 */
export function dropToken(token) {
    for (const storage of [perTab, perBrowser]) {
        attempt(storage, (kept) => {
            if (kept.getItem(`${PREFIX}token`) === token) {
                kept.removeItem(`${PREFIX}token`);
            }
        });
    }
}
