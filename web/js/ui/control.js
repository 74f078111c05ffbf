// control.js - what the page says and offers about control: a state machine without DOM.
// Events:
//   change   view() differs
//   say { message, isUrgent }   for screen readers

import { emit, on } from "../lib/emitter.js";
import { clock, text } from "../lib/texts.js";

const ASK_MS = 30000;
const NOTE_MS = 6000;
const GIVEN_MS = 3000;
const TICK_MS = 500;

/**
 * @typedef {"take" | "ask" | "cancel" | "release" | "handOver" | "notNow"} Action
 * @typedef {object} Strip one capsule
 * @property {string} kind "mine", "other", "away", "free", "asked", "locked", "watching",
 * "asks", "lost", "paused"
 * @property {string} name of the text
 * @property {Record<string, string | number>} values of the text
 * @property {string} personId whose avatar stands there, "" for none
 * @property {{ action: Action, label: string, isPrimary: boolean }[]} buttons
 */

/**
 * @typedef {object} Acts how it is done
 * @property {() => void} request
 * @property {() => void} release
 * @property {() => void} take
 * @property {(id: string) => void} give
 * @property {() => void} withdraw
 * @property {(id: string) => void} decline
 * @property {() => boolean} isReachable else nothing is done
 * @property {() => boolean} isHeard else nobody knows who has control by now
 * @property {() => boolean} isPaused another window goes on in place of this one
 */

export class Control extends EventTarget {
    #room;
    #acts;
    #firstHint;
    #now;
    /** Who asks me, first come first. */
    /** @type {string[]} */
    #asking = [];
    #askedAt = -1;
    /** A sentence that stays for a while. */
    /** @type {{ name: string, values: Record<string, string>, until: number } | null} */
    #note = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    /**
     * @param {import("../wire/room.js").Room} room
     * @param {Acts} acts
     * @param {string} firstHint text that is shown once, "" when it has been
     * @param {() => number} [now] ms
     */
    constructor(room, acts, firstHint, now = () => performance.now()) {
        super();
        this.#room = room;
        this.#acts = acts;
        this.#firstHint = firstHint;
        this.#now = now;
        on(room, "control", (/** @type {Change} */ change) => this.#onControl(change));
        on(room, "asking", (/** @type {{ ids: string[] }} */ { ids }) => this.#onAsking(ids));
        on(room, "wish", (/** @type {{ state: string }} */ { state }) => this.#onWish(state));
        on(room, "people", () => this.#onPeople());
        on(room, "settings", () => this.#changed());
    }

    /** @param {Action} action */
    act(action) {
        if (!this.#acts.isReachable()) {
            return;
        }
        const acts = {
            take: () => this.#take(),
            ask: () => this.#ask(),
            cancel: () => this.#cancel(),
            release: () => this.#acts.release(),
            handOver: () => this.#asking[0] && this.#acts.give(this.#asking[0]),
            notNow: () => this.#decline(),
        };
        acts[action]();
        this.#changed();
    }

    /** The one thing that the capsule offers first: what the key and a click on the picture do. */
    actDefault() {
        const first = this.view()[0].buttons[0];
        if (first) {
            this.act(first.action);
        } else if (this.#room.hasControl) {
            this.act("release");
        }
    }

    handOver() {
        if (this.#room.hasControl && this.#asking.length > 0) {
            this.act("handOver");
        }
    }

    /** For a while: the server was started again. */
    tellRestart() {
        this.#setNote("control.restarted", "", NOTE_MS);
        this.#changed();
    }

    /** The capsules to show, left to right. */
    view() {
        if (this.#acts.isPaused()) {
            return [strip("paused", "control.paused", {}, "", [])];
        }
        if (!this.#acts.isHeard()) {
            return [strip("lost", "link.lost", {}, "", [])];
        }
        return this.#room.hasControl ? this.#viewMine() : [this.#viewOther()];
    }

    /** @returns {Strip[]} */
    #viewMine() {
        const release = button("release", false);
        const [first] = this.#asking;
        if (first) {
            const count = this.#asking.length - 1;
            return [
                strip("mine", "control.mine", {}, "", []),
                strip("asks", count ? "control.asksMore" : "control.asks",
                    { n: this.#room.nameOf(first), c: count }, first,
                    [button("handOver", true), button("notNow", false)]),
            ];
        }
        const note = this.#liveNote();
        return [
            note ? strip("mine", note.name, note.values, "", [release])
                : strip("mine", "control.mine", {}, "", [release]),
        ];
    }

    /** @returns {Strip} */
    #viewOther() {
        const room = this.#room;
        const { hostId } = room;
        const host = { n: room.nameOf(hostId) };
        if (!room.self?.canHost) {
            return strip("watching", "control.watching", {}, "", []);
        }
        if (!room.mayControl) {
            return strip("locked", "control.locked", {}, "", []);
        }
        if (hostId && room.isHostAway) {
            return strip("away", "control.hostAway", host, hostId,
                [button("take", true, "takeFree")]);
        }
        if (this.#askedAt >= 0 && hostId) {
            const t = clock(this.#now() - this.#askedAt);
            return strip("asked", "control.asked", { ...host, t }, hostId,
                [button("cancel", false)]);
        }
        const note = this.#liveNote();
        if (note && hostId) {
            const isFirst = ["control.taken", "control.restarted"].includes(note.name);
            const again = isFirst ? "ask" : "askAgain";
            return strip("other", note.name, note.values, hostId,
                room.isAdmin ? [button("take", false)] : [button("ask", false, again)]);
        }
        if (!hostId) {
            return strip("free", note?.name ?? "control.free", {}, "", [button("take", true, "takeFree")]);
        }
        return strip("other", "control.other", host, hostId,
            [button(room.isAdmin || room.settings.implicitHosting ? "take" : "ask", false)]);
    }

    #liveNote() {
        return this.#note && this.#note.until > this.#now() ? this.#note : null;
    }

    #take() {
        const room = this.#room;
        if (room.hostId && !room.settings.implicitHosting && !room.isHostAway) {
            this.#acts.take();
        } else {
            this.#acts.request();
        }
    }

    #ask() {
        this.#note = null;
        this.#askedAt = this.#now();
        this.#acts.request();
    }

    /**
     * Who asked wants control when it is let go of; of the next one it is asked anew.
     * @param {string} hostId "": nobody has it
     */
    #askAgain(hostId) {
        if (hostId) {
            this.#askedAt = this.#now();
        }
        this.#acts.request();
    }

    #cancel() {
        this.#askedAt = -1;
        this.#acts.withdraw();
    }

    #decline() {
        const id = this.#asking.shift();
        if (id) {
            this.#acts.decline(id);
        }
    }

    /** @param {string} state */
    #onWish(state) {
        const isWaiting = this.#askedAt >= 0;
        if (state === "asked" && !isWaiting) {
            this.#askedAt = this.#now(); // before this page was loaded
        } else if (state !== "asked") {
            this.#askedAt = -1;
        }
        if (isWaiting && (state === "declined" || state === "expired")) {
            this.#setNote(state === "declined" ? "control.declined" : "control.noAnswer",
                this.#room.hostId, NOTE_MS);
            this.#sayView();
        }
        this.#changed();
    }

    /**
     * @typedef {{ causeId: string, hostId: string, previousId: string }} Change
     * @param {Change} change
     */
    #onControl({ causeId, hostId, previousId }) {
        const { selfId } = this.#room;
        if (hostId !== previousId) {
            this.#note = null;
            this.#asking = [];
        }
        if (hostId === selfId && previousId !== selfId && selfId) {
            this.#onMine(causeId);
        } else if (previousId === selfId && hostId && hostId !== selfId && causeId !== selfId) {
            this.#setNote("control.taken", hostId, NOTE_MS);
        } else if (hostId !== previousId && previousId && this.#askedAt >= 0) {
            this.#askAgain(hostId);
        }
        if (hostId !== previousId) {
            this.#sayState(hostId, previousId);
        } else if (this.#room.isHostAway && !this.#room.hasControl) {
            this.#sayView();
        }
        this.#changed();
    }

    /** @param {string} causeId */
    #onMine(causeId) {
        this.#askedAt = -1;
        if (causeId && causeId !== this.#room.selfId) {
            this.#setNote("control.given", causeId, GIVEN_MS);
        } else if (this.#firstHint) {
            this.#setNote(this.#firstHint, "", NOTE_MS);
            this.#firstHint = "";
        }
    }

    /**
     * @param {string} hostId
     * @param {string} previousId
     */
    #sayState(hostId, previousId) {
        this.#sayView(previousId === this.#room.selfId && hostId !== "");
    }

    #sayView(isUrgent = false) {
        const { name, values } = this.view()[0];
        emit(this, "say", { message: text(name, values), isUrgent });
    }

    /** @param {string[]} ids */
    #onAsking(ids) {
        const news = ids.filter((id) => !this.#asking.includes(id));
        this.#asking = this.#room.hasControl ? [...ids] : [];
        if (this.#asking.length > 0 && news.length > 0) {
            const message = text("control.asks", { n: this.#room.nameOf(news[0]) });
            emit(this, "say", { message, isUrgent: false });
        }
        this.#changed();
    }

    #onPeople() {
        this.#asking = this.#asking.filter((id) => this.#room.find(id)?.isConnected);
        this.#changed();
    }

    /**
     * @param {string} name
     * @param {string} personId
     * @param {number} ms
     */
    #setNote(name, personId, ms) {
        const n = personId ? this.#room.nameOf(personId) : "";
        this.#note = { name, values: { n }, until: this.#now() + ms };
    }

    #changed() {
        clearTimeout(this.#timer);
        if (this.#askedAt >= 0 && this.#now() - this.#askedAt >= ASK_MS) {
            this.#askedAt = -1;
            this.#setNote("control.noAnswer", this.#room.hostId, NOTE_MS);
        }
        if (this.#askedAt >= 0 || this.#liveNote()) {
            this.#timer = setTimeout(() => this.#changed(), TICK_MS);
        }
        emit(this, "change");
    }
}

/**
 * @param {Action} action
 * @param {boolean} isPrimary
 * @param {string} [label]
 */
function button(action, isPrimary, label = action) {
    return { action, isPrimary, label };
}

/**
 * @param {string} kind
 * @param {string} name
 * @param {Record<string, string | number>} values
 * @param {string} personId
 * @param {Strip["buttons"]} buttons
 * @returns {Strip}
 */
function strip(kind, name, values, personId, buttons) {
    return { kind, name, values, personId, buttons };
}
