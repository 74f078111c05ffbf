// signal.js - the WebSocket: opens, watches the heartbeat, comes back by itself.
// Events:
//   open
//   doubt   read `isDoubted`
//   message { event, payload }
//   lost    { retryAt, isEnd }  it is gone; the next try is at that time (performance.now);
//           isEnd: the server said that it ends
//   ended   { reason }   the server ended it on purpose; nothing is tried any more

import { Backoff } from "../lib/backoff.js";
import { emit } from "../lib/emitter.js";
import { parseMessage, writeMessage } from "../wire/message.js";
import { readString } from "../wire/read.js";

/** The server says something every 10 s at least; silence means a dead path. */
const SILENCE_MS = 12500;
const CHECK_MS = 1000;
/** Who is asked answers sooner, or is doubted. */
const ANSWER_MS = 350;
const OPEN_TIMEOUT_MS = 8000;
const FIRST_RETRY_MS = 400;
const MAX_RETRY_MS = 8000;

/** Not 1000: the server then keeps the session's place for a while. */
const CLOSE_STALE = 4001;
const CLOSE_DONE = 1000;
/** What 1001 says, which no script may send: the place is kept, the picture ends at once. */
const CLOSE_LEFT = 4002;
/** The server's, with the reason of its system/disconnect. */
const CLOSE_REFUSED = 1008;

/** Reasons of system/disconnect after which coming back is right. */
const SHUTDOWN = "connection shutdown";
const TOO_OFTEN = "too many connections";

export class Signal extends EventTarget {
    #url;
    /** @type {WebSocket | null} */
    #socket = null;
    /** Ends the listeners of the current socket. */
    #listening = new AbortController();
    #backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #retryTimer;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    #watchTimer;
    #lastHeardMs = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #askTimer;
    #isDoubted = false;
    #isEnded = false;
    #isServed;
    /** Sockets in a row that did not open, while a request after each had its answer. */
    #blockCount = 0;
    #hasOpened = false;

    /**
     * @param {string} url with the token
     * @param {() => Promise<boolean>} [isServed] does a request reach the server?
     */
    constructor(url, isServed = async () => false) {
        super();
        this.#url = url;
        this.#isServed = isServed;
    }

    get isOpen() {
        return this.#socket?.readyState === WebSocket.OPEN;
    }

    /** It looks open, and who was asked has not answered yet. */
    get isDoubted() {
        return this.#isDoubted;
    }

    get tries() {
        return this.#backoff.tries;
    }

    /** Do requests reach the server, and no WebSocket does? One alone may fall into its start. */
    get isBlocked() {
        return this.#blockCount >= 2;
    }

    start() {
        this.#open();
    }

    /** Does not wait any longer for the next try, nor for an answer. */
    tryNow() {
        if (!this.#isEnded && (!this.#socket || this.#isDoubted)) {
            this.#open();
        }
    }

    /** Asks for a sign of life, unless one is waited for. */
    ask() {
        if (this.isOpen && this.#askTimer === undefined) {
            this.send("hairpin/stats"); // is answered always
            this.#askTimer = setTimeout(() => this.#setDoubted(true), ANSWER_MS);
        }
    }

    /** Asks whether a path that looks open still is, now. */
    check() {
        if (this.isOpen && performance.now() - this.#lastHeardMs > SILENCE_MS) {
            this.#lose();
        }
    }

    /**
     * False: not sent, there is no connection.
     * @param {string} event
     * @param {object} [payload]
     */
    send(event, payload) {
        if (!this.isOpen) {
            return false;
        }
        this.#socket?.send(writeMessage(event, payload));
        return true;
    }

    /** The page is left, perhaps for itself: the server hears it before the next page speaks. */
    pause() {
        this.#drop(CLOSE_LEFT);
    }

    close() {
        this.#isEnded = true;
        this.#drop(CLOSE_DONE);
    }

    #open() {
        this.#drop(CLOSE_STALE);
        const socket = new WebSocket(this.#url);
        const { signal } = this.#listening;
        this.#socket = socket;
        this.#hasOpened = false;
        this.#retryTimer = setTimeout(() => this.#lose(), OPEN_TIMEOUT_MS);
        socket.addEventListener("open", () => this.#onOpen(), { signal });
        socket.addEventListener("message", (event) => this.#onMessage(event.data), { signal });
        socket.addEventListener("close", (event) => this.#onClose(event), { signal });
    }

    /**
     * Firefox tells nothing but the close where a refusal follows at once on the opening.
     * @param {CloseEvent} event
     */
    #onClose({ code, reason }) {
        if (code === CLOSE_REFUSED && reason) {
            this.#onDisconnect(reason);
        } else {
            this.#lose();
        }
    }

    #onOpen() {
        clearTimeout(this.#retryTimer);
        this.#hasOpened = true;
        this.#blockCount = 0;
        this.#lastHeardMs = performance.now();
        this.#watchTimer = setInterval(() => this.check(), CHECK_MS);
        emit(this, "open");
    }

    /** @param {unknown} data */
    #onMessage(data) {
        this.#lastHeardMs = performance.now();
        const message = parseMessage(data);
        if (message?.event === "system/disconnect") {
            this.#onDisconnect(readString(message.payload, "message"));
            return; // before the doubt ends: this is no answer
        }
        this.#endAsking();
        if (!message) {
            return;
        }
        if (message.event === "system/init") {
            this.#backoff.reset(); // not at open: a server may refuse after it
        }
        emit(this, "message", message);
    }

    #endAsking() {
        clearTimeout(this.#askTimer);
        this.#askTimer = undefined;
        this.#setDoubted(false);
    }

    /** @param {boolean} isDoubted */
    #setDoubted(isDoubted) {
        if (isDoubted !== this.#isDoubted) {
            this.#isDoubted = isDoubted;
            emit(this, "doubt");
        }
    }

    /** @param {string} reason */
    #onDisconnect(reason) {
        if (reason === SHUTDOWN || reason === TOO_OFTEN) {
            this.#lose(reason === SHUTDOWN);
            return;
        }
        this.close();
        emit(this, "ended", { reason });
    }

    #lose(isEnd = false) {
        if (this.#isEnded) {
            return;
        }
        this.#drop(CLOSE_STALE);
        if (!this.#hasOpened) {
            this.#seek();
        }
        const waitMs = this.#backoff.next();
        this.#retryTimer = setTimeout(() => this.#open(), waitMs);
        emit(this, "lost", { retryAt: performance.now() + waitMs, isEnd });
    }

    /** No WebSocket has come about: is it the server that does not answer? */
    async #seek() {
        const isServed = await this.#isServed();
        this.#blockCount = isServed && !this.isOpen ? this.#blockCount + 1 : 0;
    }

    /**
     * Lets go of the socket without waiting for the other side, which may be gone.
     * @param {number} code
     */
    #drop(code) {
        clearTimeout(this.#retryTimer);
        clearInterval(this.#watchTimer);
        this.#listening.abort();
        this.#listening = new AbortController();
        this.#socket?.close(code);
        this.#socket = null;
        this.#endAsking();
    }
}
