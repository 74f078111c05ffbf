// app.js - the page: logs in, enters the room, and leads back to the login when a stay ends.
//
// For tests and scripts: body[data-state] is "starting", "login", or what lifeOf() says ("live" when
// the picture runs); body[data-control] is "mine", "other" or "free"; the picture is the only
// <video>; .link[data-path] and [data-round-trip] tell the path; buttons carry data-action.

import { on } from "./lib/emitter.js";
import { dropToken, loadPreference, loadToken, savePreference, saveToken } from "./lib/store.js";
import { duration, languageTag, text } from "./lib/texts.js";
import { Connection } from "./net/connection.js";
import { Ladder } from "./net/ladder.js";
import { Rest, RestError } from "./net/rest.js";
import { Tunnel } from "./net/tunnel.js";
import { Login } from "./ui/login.js";
import { RoomPage } from "./ui/room-page.js";

/** How often a full room is asked again. */
const FULL_RETRY_MS = 10000;
/** How often a server that does not answer, or not yet. */
const GONE_RETRY_MS = 3000;

/** system/disconnect: reasons after which the login says something special. */
/** @type {Record<string, string>} */
const END_TEXTS = {
    "session disconnected": "login.kicked",
    "session deleted": "login.kicked",
    "session login disabled": "login.locked",
    "connection disabled": "login.locked",
};

class App {
    #base = new URL(".", location.href);
    #rest = new Rest(this.#base);
    #login = new Login();
    /** @type {RoomPage | null} */
    #page = null;
    #token = "";
    /** Kept for as long as the page lives, so that it comes back after a server's restart. */
    /** @type {{ username: string, password: string } | null} */
    #credentials = null;
    /** The server was started again, and the next stay tells it. */
    #isAnew = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #retryTimer;

    async start() {
        document.documentElement.lang = languageTag;
        document.body.append(this.#login.root);
        this.#login.setName(loadPreference("name") ?? "");
        on(this.#login, "join", (/** @type {{ username: string, password: string }} */ typed) =>
            this.#join(typed));
        const given = takeCredentials(this.#base);
        if (given) {
            this.#login.setName(given.username);
            await this.#join(given);
            return;
        }
        await this.#resume();
    }

    /** Goes on with the token of the last visit, or with the server's cookie. */
    async #resume() {
        this.#login.root.hidden = true;
        const token = loadToken();
        this.#rest.setToken(token);
        try {
            await this.#rest.whoami();
            this.#enter(token);
        } catch (error) {
            const status = error instanceof RestError ? error.status : 0;
            if (token && (status === 0 || status >= 500)) {
                this.#enter(token); // the connection keeps trying
                return;
            }
            dropToken(token);
            this.#showLogin(token ? text("login.forgotten") : "");
        }
    }

    /** @param {{ username: string, password: string }} credentials */
    async #join(credentials) {
        clearTimeout(this.#retryTimer);
        this.#login.setBusy(true);
        this.#rest.setToken(this.#token || loadToken()); // of the place that is left behind
        try {
            const token = await this.#rest.login(credentials.username, credentials.password);
            this.#credentials = credentials;
            savePreference("name", credentials.username);
            saveToken(token);
            this.#rest.setToken(token);
            this.#enter(token);
        } catch (error) {
            this.#onRefused(error, credentials);
        } finally {
            this.#login.setBusy(false);
        }
    }

    /**
     * @param {unknown} error
     * @param {{ username: string, password: string }} credentials
     */
    #onRefused(error, credentials) {
        const { status, message, retryMs } = error instanceof RestError
            ? error : new RestError(0, String(error));
        if (/\bfull\b/.test(message)) {
            this.#showLogin(text("login.full"));
            this.#retryTimer = setTimeout(() => this.#join(credentials), FULL_RETRY_MS);
        } else if (status === 401) {
            // What was tried again by itself may have been replaced by now.
            this.#showLogin(text("login.wrong"),
                this.#login.shows(credentials) ? "password" : undefined);
        } else if (status === 403 && /\borigin\b/.test(message)) {
            this.#showLogin(text("login.origin", { a: location.origin }));
        } else if (status === 403) {
            this.#showLogin(text(/locked/.test(message) ? "login.locked" : "login.refused"));
        } else if (status === 400 && /\busername\b/.test(message)) {
            this.#showLogin(text("login.badName"), "name");
        } else if (status === 422) {
            this.#showLogin(text("login.connected", { n: credentials.username }), "name");
        } else if (status === 429 && /\bfrom this address\b/.test(message)) {
            this.#showLogin(text("login.crowded"));
            this.#retryTimer = setTimeout(() => this.#join(credentials), retryMs || 1000);
        } else if (status === 429) {
            this.#showLogin(text("login.tooMany", { t: duration(retryMs || 60000) }));
            this.#login.retype(); // what was refused may be wrong, and is no start of the next
        } else if (status === 501) {
            this.#showLogin(text("login.nobody"));
        } else if (status === 0 || status >= 500) {
            this.#showLogin(text("dead.gone"));
            this.#retryTimer = setTimeout(() => this.#join(credentials), GONE_RETRY_MS);
        } else {
            this.#showLogin(text("login.refused"));
        }
    }

    /** @param {string} path below the page's directory */
    #socketUrl(path) {
        const url = new URL(path, this.#base);
        url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
        return url;
    }

    /** @param {string} token "" where the server keeps it in a cookie */
    #enter(token) {
        this.#closePage();
        this.#token = token;
        this.#login.root.hidden = true;
        this.#login.setError("");
        this.#login.clearPassword();
        const url = this.#socketUrl("api/ws");
        if (token) {
            url.searchParams.set("token", token);
        }
        const { href } = this.#socketUrl("api/tunnel");
        const ladder = new Ladder(takenWay(),
            Tunnel.isPossible() ? () => new Tunnel(href, token) : null);
        const connection = new Connection(url.href, () => this.#rest.isServed(), ladder);
        const page = new RoomPage(connection, (text) => this.#rest.copy(text), this.#isAnew);
        this.#isAnew = false;
        this.#page = page;
        on(page, "ended", (/** @type {{ reason: string }} */ { reason }) => this.#onEnded(reason));
        on(page, "leave", () => this.#leave());
        on(page, "here", () => this.#enter(token));
        document.body.append(page.root);
        page.focus(); // the field that had it is hidden
        connection.start();
    }

    /** @param {string} reason of system/disconnect */
    #onEnded(reason) {
        const page = this.#page;
        if (!page) {
            return;
        }
        if (reason === "connection replaced" || reason === "already connected") {
            page.setElsewhere();
            return;
        }
        dropToken(this.#token);
        const credentials = this.#credentials;
        this.#isAnew = reason === "session not found" && page.wasLost;
        if (reason === "session not found" && credentials) {
            this.#credentials = null; // once: a server that was started anew has no sessions
            this.#join(credentials);
            return;
        }
        this.#credentials = null;
        const over = this.#isAnew ? "login.restarted" : "login.over";
        this.#isAnew = false; // it is told now
        this.#showLogin(text(END_TEXTS[reason] ?? over));
    }

    async #leave() {
        this.#credentials = null;
        dropToken(this.#token);
        this.#showLogin("");
        await this.#rest.logout().catch(() => undefined);
    }

    /**
     * @param {string} message "" for none
     * @param {import("./ui/login.js").Place} [place]
     */
    #showLogin(message, place) {
        this.#closePage();
        document.body.dataset.state = "login";
        this.#login.root.hidden = false;
        this.#login.setError(message, place);
        if (place || !this.#login.root.contains(document.activeElement)) {
            this.#login.focus(place); // else who types while it is tried again is left alone
        }
    }

    #closePage() {
        this.#page?.close();
        this.#page = null;
    }
}

/**
 * By what picture and sound come: ?path=websocket or webrtc of the address allows but one of them.
 * @returns {import("./net/ladder.js").Way}
 */
function takenWay() {
    const path = new URL(location.href).searchParams.get("path");
    if (path === "websocket" || typeof RTCPeerConnection === "undefined") {
        return "websocket";
    }
    return path === "webrtc" ? "webrtc" : "auto";
}

/**
 * Name and password of the address (?usr=&pwd=), which are removed from it at once.
 * @param {URL} base
 */
function takeCredentials(base) {
    const url = new URL(location.href);
    const username = url.searchParams.get("usr") ?? "";
    const password = url.searchParams.get("pwd");
    if (!url.searchParams.has("usr") && password === null) {
        return null;
    }
    url.searchParams.delete("usr");
    url.searchParams.delete("pwd");
    history.replaceState(null, "", url.href.startsWith(base.href) ? url.href : base.href);
    const name = username || loadPreference("name") || "Guest";
    return password === null ? null : { username: name, password };
}

new App().start();
