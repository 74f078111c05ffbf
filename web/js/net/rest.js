// rest.js - the few HTTP calls: log in, who am I, log out, and texts for the clipboard.

import { fields, readString } from "../wire/read.js";

/** An answer that is not a success; status 0: there was no answer. */
export class RestError extends Error {
    /**
     * @param {number} status
     * @param {string} message
     * @param {number} retryMs what the server asks to wait, 0: nothing said
     */
    constructor(status, message, retryMs = 0) {
        super(message);
        this.status = status;
        this.retryMs = retryMs;
    }
}

/** A server that takes longer does not answer. */
const TIMEOUT_MS = 10000;

export class Rest {
    #base;
    #token = "";

    /** @param {URL} base the page's directory */
    constructor(base) {
        this.#base = base;
    }

    /** @param {string} token */
    setToken(token) {
        this.#token = token;
    }

    /**
     * The token that was set shows whose place the log-in takes: a session of that name without a
     * connection ends at once.
     * Returns the new token; empty where the server keeps it in a cookie.
     * @param {string} username
     * @param {string} password
     */
    async login(username, password) {
        const body = await this.#call("POST", "api/login", { username, password });
        return readString(body, "token");
    }

    async whoami() {
        return this.#call("GET", "api/whoami");
    }

    /** Does a request reach the server, and its answer us? */
    async isServed() {
        return this.whoami().then(() => true, () => false);
    }

    async logout() {
        await this.#call("POST", "api/logout");
    }

    /**
     * Puts a text into the desktop's clipboard: a key that is sent after this pastes it.
     * @param {string} text
     */
    async copy(text) {
        await this.#call("POST", "api/room/clipboard", { text });
    }

    /**
     * @param {string} method
     * @param {string} path below the page's directory, so that a path prefix works
     * @param {object} [body]
     */
    async #call(method, path, body) {
        /** @type {Record<string, string>} */
        const headers = {};
        if (this.#token) {
            headers.Authorization = `Bearer ${this.#token}`;
        }
        if (body) {
            headers["Content-Type"] = "application/json";
        }
        const abort = new AbortController();
        const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
        try {
            const response = await fetch(new URL(path, this.#base), {
                method,
                headers,
                body: body ? JSON.stringify(body) : undefined,
                credentials: "same-origin",
                cache: "no-store",
                signal: abort.signal,
            });
            return await readResponse(response);
        } catch (error) {
            throw error instanceof RestError ? error : new RestError(0, String(error));
        } finally {
            clearTimeout(timer);
        }
    }
}

/** @param {Response} response */
async function readResponse(response) {
    const text = await response.text();
    let body = fields(null);
    try {
        body = fields(JSON.parse(text));
    } catch {
        // No body, or a proxy's page of HTML: the status says enough.
    }
    if (!response.ok) {
        const retryS = Number(response.headers.get("Retry-After")) || 0;
        throw new RestError(response.status, readString(body, "message"), retryS * 1000);
    }
    return body;
}
