// ladder.js - when picture, sound and input go by the tunnel: where no WebRTC path has come about, or
// the one that stood is lost; and back to WebRTC as soon as its pictures flow.
// Events:
//   change           read `isCarrying`, `isSilent`
//   stream MediaStream of the tunnel, which carries from now on
//   channel ArrayBuffer
//   left             the peer carries from now on

import { Backoff } from "../lib/backoff.js";
import { emit, on } from "../lib/emitter.js";
import { writePing } from "../wire/channel.js";
import { Pulse } from "./pulse.js";

/** @typedef {import("./peer.js").Peer} Peer */
/** @typedef {import("./tunnel.js").Tunnel} Tunnel */
/** @typedef {"auto" | "websocket" | "webrtc"} Way websocket: by nothing else; webrtc: never by the tunnel */
/**
 * @typedef {object} Facts
 * @property {boolean} isReached the session is connected by signaling, and the server answers
 * @property {boolean} isUp WebRTC has a path
 * @property {boolean} isSilent nothing comes on it
 * @property {boolean} hasStood there has been one
 * @property {string} refusal why the server has no WebRTC for us, as in hairpin/status, or ""
 * @property {Peer | null} peer
 */

/** Who is not to see the picture does not see it by the tunnel, either. */
const BARRED = new Set(["not-allowed", "room-full"]);
/** The first path by WebRTC gets so long. */
const FIRST_MS = 2500;
/** One that stood, and is lost. */
const LOST_MS = 1500;
/** One that is silent has been so for most of that time. */
const SILENT_MS = 750;
/** Where there is no tunnel. */
const NONE_MS = 60000;
const FIRST_RETRY_MS = 400;
const MAX_RETRY_MS = 8000;
/** From opening to the first picture; one that shows none gives way to a new one, which gets twice as long: the line may
 *  be slow, and in private mode nothing comes. */
const SHOW_MS = 6000;
const MAX_SHOW_MS = 24000;
/** A tunnel that has carried for so long was worth its opening. */
const STEADY_MS = 10000;
/** A tunnel that is silent for so much longer gives way to a new one. */
const STUCK_MS = 3000;
/** How often it is looked whether the peer's pictures flow. */
const LOOK_MS = 100;
/** A peer that is lost within so long of its return had only a burst: the next time it has to flow for longer. */
const STOOD_MS = 30000;
const FIRST_FLOW_MS = 1000;
const MAX_FLOW_MS = 30000;
/** The picture's last change is on the old track until the new one is shown. */
const LEAVE_MS = 1000;

export class Ladder extends EventTarget {
    #way;
    #open;
    /** @type {Tunnel | null} */
    #tunnel = null;
    /** @type {MediaStream | null} */
    #stream = null;
    #isCarrying = false;
    /** Is the tunnel what carried last? Then nothing is waited for. */
    #hasCarried = false;
    /** @type {Facts} */
    #facts = { isReached: false, isUp: false, isSilent: false, hasStood: false, refusal: "",
        peer: null };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #openTimer;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #leaveTimer;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #stuckTimer;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #showTimer;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    #lookTimer;
    #showMs = SHOW_MS;
    #carryAt = 0;
    /** The peer's return, until the tunnel takes over again. */
    #leftAt = -Infinity;
    /** So long the peer's pictures have to flow until it has the picture back. */
    #flowMs = 0;
    #flowsSince = Infinity;
    #notBefore = 0;
    #isReplaced = false;
    #backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
    #pulse = new Pulse(
        () => this.send(writePing(Math.round(performance.now())), true),
        async () => (await this.readStats())?.bytes ?? 0,
    );
    /** The peer when the tunnel took over, and its pictures until then. */
    /** @type {{ peer: Peer | null, frames: number }} */
    #before = { peer: null, frames: 0 };

    /**
     * @param {Way} way
     * @param {(() => Tunnel) | null} open null: not in this browser, or not on this page
     */
    constructor(way, open) {
        super();
        this.#way = open || way === "webrtc" ? way : "webrtc";
        this.#open = open;
        on(this.#pulse, "change", () => this.#onPulse());
    }

    /** Is WebRTC not to be asked for? */
    get isOnly() {
        return this.#way === "websocket";
    }

    get isCarrying() {
        return this.#isCarrying;
    }

    get isSilent() {
        return this.#pulse.isSilent;
    }

    get isChannelOpen() {
        return this.#tunnel?.isChannelOpen ?? false;
    }

    /** A picture came. */
    hear() {
        this.#pulse.hear();
    }

    /**
     * @param {ArrayBuffer} bytes
     * @param {boolean} [canDrop]
     */
    send(bytes, canDrop) {
        return this.#tunnel?.send(bytes, canDrop) ?? false;
    }

    async readStats() {
        return this.#tunnel ? this.#tunnel.readStats() : null;
    }

    /** It is worth a try again, now: somebody wants it, or the server is another one. */
    retry() {
        this.#notBefore = 0;
        clearTimeout(this.#openTimer);
        this.#openTimer = undefined;
        if (!this.#isCarrying && this.#leaveTimer === undefined) {
            this.#drop(); // it may be one that never shows anything
        }
        this.update(this.#facts);
    }

    /** The page is left, or the stay is over. */
    close() {
        this.#facts = { ...this.#facts, isReached: false };
        this.#stopOpening();
        this.#drop();
    }

    /** @param {Facts} facts how things are with WebRTC */
    update(facts) {
        if (facts.refusal !== this.#facts.refusal) {
            this.#stopOpening(); // what was waited for does not come
        }
        this.#facts = facts;
        const isGood = facts.isUp && !facts.isSilent;
        if (this.#way === "webrtc" || this.#isReplaced || isGood || !facts.isReached
            || BARRED.has(facts.refusal)) {
            this.#stopOpening();
        } else if (!this.#tunnel) {
            this.#openTimer ??= setTimeout(() => this.#openTunnel(), this.#waitMs());
        } else if (this.#leaveTimer !== undefined) {
            this.#carry(); // the peer is lost as soon as it is there
        }
        if (isGood && this.#tunnel && !this.#isCarrying && this.#leaveTimer === undefined) {
            this.#drop(); // it is not needed any more
        }
        this.#setLooking(isGood && this.#isCarrying);
    }

    #waitMs() {
        const { hasStood, isSilent, refusal } = this.#facts;
        const firstMs = this.isOnly || this.#hasCarried || refusal ? 0
            : !hasStood ? FIRST_MS : isSilent ? SILENT_MS : LOST_MS;
        return Math.max(firstMs, this.#notBefore - performance.now());
    }

    #stopOpening() {
        clearTimeout(this.#openTimer);
        this.#openTimer = undefined;
    }

    #openTunnel() {
        this.#openTimer = undefined;
        const tunnel = this.#open?.();
        if (!tunnel) {
            return;
        }
        this.#tunnel = tunnel;
        this.#awaitPicture();
        on(tunnel, "stream", (/** @type {MediaStream} */ stream) => {
            this.#stream = stream;
        });
        on(tunnel, "channel", (bytes) => this.#tunnel === tunnel && this.#onChannel(bytes));
        on(tunnel, "state", () => {
            if (this.#tunnel !== tunnel) {
                return;
            }
            if (tunnel.state === "connected") {
                clearTimeout(this.#showTimer);
                this.#carry();
            } else if (tunnel.state === "closed") {
                this.#onClosed(tunnel.end);
            }
        });
    }

    #awaitPicture() {
        this.#showTimer = setTimeout(() => {
            if (globalThis.document?.hidden) {
                this.#awaitPicture(); // nobody looks
                return;
            }
            this.#showMs = Math.min(2 * this.#showMs, MAX_SHOW_MS);
            this.#dropFor(this.#backoff.next());
        }, this.#showMs);
    }

    /** The tunnel takes over: has the peer stood meanwhile? */
    #countRelapse() {
        const stoodMs = performance.now() - this.#leftAt;
        this.#leftAt = -Infinity;
        if (stoodMs < STOOD_MS) {
            this.#flowMs = Math.min(Math.max(2 * this.#flowMs, FIRST_FLOW_MS), MAX_FLOW_MS);
        } else if (stoodMs < Infinity) {
            this.#flowMs = 0;
        }
    }

    async #carry() {
        clearTimeout(this.#leaveTimer);
        this.#leaveTimer = undefined;
        this.#isCarrying = this.#hasCarried = true;
        this.#carryAt = performance.now();
        this.#countRelapse();
        const { peer } = this.#facts;
        this.#before = { peer, frames: Infinity };
        this.#pulse.start();
        emit(this, "change");
        emit(this, "stream", this.#stream);
        const stats = await peer?.readStats().catch(() => null);
        if (this.#before.peer === peer) {
            this.#before.frames = stats?.frames ?? 0;
        }
    }

    /** @param {unknown} bytes */
    #onChannel(bytes) {
        this.#pulse.hear();
        emit(this, "channel", bytes);
    }

    /** @param {import("./tunnel.js").TunnelEnd} end */
    #onClosed(end) {
        const { isReached } = this.#facts;
        this.#isReplaced = end === "replaced";
        this.#countCarrying();
        this.#dropFor(end === "none" && isReached ? NONE_MS : this.#backoff.next());
    }

    /** @param {number} waitMs until there may be another one */
    #dropFor(waitMs) {
        this.#notBefore = performance.now() + waitMs; // who hears of the end asks for the next one
        this.#drop();
        this.update(this.#facts);
    }

    /** At the end of it: one that fell soon is no reason to open the next one at once. */
    #countCarrying() {
        if (this.#isCarrying && performance.now() - this.#carryAt >= STEADY_MS) {
            this.#backoff.reset();
            this.#showMs = SHOW_MS;
        }
    }

    #onPulse() {
        clearTimeout(this.#stuckTimer);
        if (this.#pulse.isSilent) {
            this.#stuckTimer = setTimeout(() => {
                this.#drop();
                this.update(this.#facts);
            }, STUCK_MS);
        }
        emit(this, "change");
    }

    /** @param {boolean} isLooking do the peer's pictures flow? */
    #setLooking(isLooking) {
        if (!isLooking) {
            clearInterval(this.#lookTimer);
            this.#lookTimer = undefined;
            this.#flowsSince = Infinity;
        } else {
            this.#lookTimer ??= setInterval(() => this.#look(), LOOK_MS);
        }
    }

    async #look() {
        const { peer } = this.#facts;
        const frames = (await peer?.readStats().catch(() => null))?.frames ?? 0;
        const before = peer === this.#before.peer ? this.#before.frames : 0;
        if (this.#lookTimer === undefined || this.#facts.peer !== peer || !peer?.isChannelOpen
            || frames <= before) {
            return;
        }
        // A still desktop sends no more of them: then that the path is not silent has to do.
        const now = performance.now();
        this.#flowsSince = Math.min(this.#flowsSince, now);
        if (now - this.#flowsSince >= this.#flowMs) {
            this.#leave();
        }
    }

    #leave() {
        this.#countCarrying();
        this.#leftAt = performance.now();
        this.#isCarrying = this.#hasCarried = false;
        this.#setLooking(false);
        this.#pulse.stop();
        clearTimeout(this.#stuckTimer);
        this.#leaveTimer = setTimeout(() => this.#drop(), LEAVE_MS);
        emit(this, "left");
        emit(this, "change");
    }

    #drop() {
        const tunnel = this.#tunnel;
        this.#tunnel = null;
        this.#stream = null;
        clearTimeout(this.#showTimer);
        clearTimeout(this.#leaveTimer);
        clearTimeout(this.#stuckTimer);
        this.#leaveTimer = undefined;
        this.#setLooking(false);
        this.#pulse.stop();
        tunnel?.close();
        if (this.#isCarrying) {
            this.#isCarrying = false;
            emit(this, "change");
        }
    }
}
