// room-page.js - one stay in the room, from a login to its end: stage, dock and panel, wired to
// the connection.
// Events:
//   ended { reason }   the server ended the stay
//   leave              the person logs out
//   here               the person wants the room back from another window

import { element, setText } from "../lib/element.js";
import { emit, on } from "../lib/emitter.js";
import { loadPreference, savePreference } from "../lib/store.js";
import { text } from "../lib/texts.js";
import { Tunnel } from "../net/tunnel.js";
import { parseChannel, writePing } from "../wire/channel.js";
import { readString } from "../wire/read.js";
import { Room } from "../wire/room.js";
import { isMacPlatform } from "../input/keyboard.js";
import { Capsule } from "./capsule.js";
import { ClipBox } from "./clip-box.js";
import { Clipboard, writeToDevice } from "./clipboard.js";
import { Control } from "./control.js";
import { Cursor } from "./cursor.js";
import { Dead } from "./dead.js";
import { Dock } from "./dock.js";
import { Inputs } from "./inputs.js";
import { Joins } from "./joins.js";
import { Layout } from "./layout.js";
import { lifeOf } from "./life.js";
import { Link } from "./link.js";
import { People } from "./people.js";
import { personColour } from "./person.js";
import { Sound } from "./sound.js";
import { Stage } from "./stage.js";
import { Typing } from "./typing.js";

/** @typedef {import("../wire/message.js").Message} Message */

const STATS_MS = 1000;
const PING_MS = 2000;
/** A screen reader has seen by then that the words before are gone. */
const SAY_MS = 100;
/** A screen reader has taken the words up by then, and reads them to their end; words that stay tell
 *  who comes upon them what is settled. */
const SAID_MS = 3000;

export class RoomPage extends EventTarget {
    #connection;
    #abort = new AbortController();
    #room = new Room();
    #stage = new Stage();
    #sound = new Sound(this.#stage.video, this.#abort.signal);
    #cursor = new Cursor(this.#stage);
    #capsule = new Capsule(this.#room);
    #link = new Link(this.#abort.signal);
    #people = new People(this.#room);
    #dead = new Dead();
    #clipboard;
    #clipBox = new ClipBox(() => this.#inputs.focus());
    #dock = new Dock(this.#room, this.#sound, this.#link.root, this.#capsule.root);
    #polite = element("p", { class: "unseen", "aria-live": "polite" });
    #urgent = element("p", { class: "unseen", "aria-live": "assertive" });
    /** Its own, so that neither who comes nor who has control silences the other. */
    #comings = element("p", { class: "unseen", "aria-live": "polite" });
    #joins = new Joins(this.#room, this.#abort.signal);
    root = element("div", { class: "room" }, this.#stage.root, this.#dock.root,
        this.#people.root, this.#dead.root, this.#clipBox.root, this.#polite, this.#urgent,
        this.#comings);
    #layout = new Layout(this.root, this.#stage, this.#abort.signal);
    #inputs;
    #typing;
    #control;
    #refusal = "";
    #isElsewhere = false;
    /** Else what is waited for is the first one. */
    #hadPicture = false;
    /** The picture runs, and the server does not hear us. */
    #isAway = false;
    /** The words that are about to be said. */
    /** @type {Map<HTMLElement, ReturnType<typeof setTimeout>>} */
    #saying = new Map();
    /** What is wrong, as it was told last. */
    #trouble = "";
    /** Codecs of whose capture the server says that it failed. */
    /** @type {Set<string>} */
    #failures = new Set();
    /** The server has no picture yet. */
    #isStarting = false;
    #codec = "";
    #wasUp = false;
    #isAnew;
    #diedAt = performance.now();
    /** When the server began to answer: the picture cannot come before that. */
    #answeredAt = performance.now();
    /** @type {number | null} */
    #pingMs = null;

    /**
     * @param {import("../net/connection.js").Connection} connection
     * @param {(text: string) => Promise<void>} copy to the desktop's clipboard
     * @param {boolean} isAnew the stay before ended because the server was started again
     */
    constructor(connection, copy, isAnew) {
        super();
        this.#isAnew = isAnew;
        this.#connection = connection;
        this.#clipboard = new Clipboard(this.#room, { send: copy, write: writeToDevice });
        this.#inputs = new Inputs(this.#stage,
            (bytes, canDrop) => connection.sendBytes(bytes, canDrop), this.#clipboard,
            this.#abort.signal);
        this.#typing = new Typing(this.#inputs.remote.typist);
        this.#control = this.#makeControl();
        this.root.append(this.#layout.grip);
        this.root.addEventListener("mousedown", keepFocus);
        this.#wireConnection();
        this.#wireRoom();
        this.#wireViews();
        this.#wireClipboard();
        this.#startTimers();
        this.#layout.update();
        this.#show();
    }

    /** Who is in the room with this session's id; for app.js. */
    get room() {
        return this.#room;
    }

    /** Did the connection break off, and is it not back? */
    get wasLost() {
        return this.#connection.wasLost;
    }

    /** The card was seen for a moment only, and who had control has it no more. */
    #tellRestart() {
        if (this.#isAnew && !this.#hadPicture) {
            this.#control.tellRestart();
        }
    }

    /** Gives the keyboard to the desktop: the page is new, or a log-in is over. */
    focus() {
        this.#inputs.focus();
    }

    /** Another window took over: this one waits. */
    setElsewhere() {
        this.#isElsewhere = true;
        this.#link.root.hidden = true; // it has none, and lost none
        this.#show();
    }

    close() {
        this.#abort.abort();
        this.#inputs.setControl(false, false);
        this.#connection.close();
        this.root.remove();
        delete document.body.dataset.control;
        delete document.body.dataset.link;
    }

    #makeControl() {
        // Where there are but fingers, there are no such keys.
        const isTouch = matchMedia("(any-pointer: coarse) and (any-hover: none)").matches;
        const isWanted = !isTouch && !loadPreference("hinted");
        const hint = isMacPlatform(navigator.platform) ? "control.firstMac" : "control.first";
        return new Control(this.#room, {
            request: () => this.#connection.send("control/request"),
            release: () => this.#connection.send("control/release"),
            take: () => this.#connection.send("control/take"),
            give: (id) => this.#connection.send("control/give", { id }),
            withdraw: () => this.#connection.send("hairpin/withdraw"),
            decline: (id) => this.#connection.send("hairpin/decline", { id }),
            isReachable: () => this.#connection.isAnswered,
            isHeard: () => this.#isHeard || this.#room.selfId === "",
            isPaused: () => this.#isElsewhere,
        }, isWanted ? hint : "");
    }

    #wireConnection() {
        const connection = this.#connection;
        on(connection, "message", (/** @type {Message} */ message) => this.#onMessage(message));
        on(connection, "state", () => {
            this.#show();
            this.#readFirst();
        });
        on(connection, "stream", (/** @type {MediaStream} */ stream) => this.#onStream(stream));
        on(connection, "channel", (/** @type {ArrayBuffer} */ bytes) => this.#onChannel(bytes));
        on(connection, "ended", (detail) => emit(this, "ended", detail));
        on(connection, "refused", (/** @type {{ status: string }} */ { status }) => {
            this.#refusal = status;
            this.#show();
        });
        on(this.#stage, "picture", () => {
            this.#tellRestart();
            this.#hadPicture = true;
            this.#show();
        });
        on(this.#stage, "frame", () => connection.hear());
    }

    #wireRoom() {
        on(this.#room, "screen", () => {
            this.#stage.setDesktop(this.#room.screen);
            this.#layout.update();
        });
        on(this.#room, "control", () => this.#showControl());
        on(this.#room, "settings", () => this.#show());
        on(this.#room, "people", () => {
            this.#dock.showPeople();
            this.#people.show(this.#connection.isAnswered);
            this.#show();
        });
        on(this.#control, "change", () => this.#showCapsule());
        on(this.#control, "say", (/** @type {{ message: string, isUrgent: boolean }} */ detail) =>
            this.#say(detail.message, detail.isUrgent));
        on(this.#joins, "say", (/** @type {{ message: string }} */ { message }) =>
            this.#sayIn(this.#comings, message));
    }

    #wireViews() {
        on(this.#capsule, "act", (/** @type {{ action: import("./control.js").Action }} */ detail) =>
            this.#control.act(detail.action));
        on(this.#capsule, "sound", () => this.#sound.allow());
        on(this.#sound, "change", () => this.#showCapsule());
        on(this.#people, "give", (/** @type {{ id: string }} */ { id }) =>
            this.#connection.send("control/give", { id }));
        on(this.#people, "close", () => this.#togglePanel());
        on(this.#dock, "people", () => this.#togglePanel());
        on(this.#dock, "full", () => this.#layout.toggleFull());
        on(this.#dock, "keys", () => this.#inputs.toggleKeys());
        on(this.#dock, "leave", () => emit(this, "leave"));
        on(this.#dead, "act", (/** @type {{ action: string }} */ { action }) => this.#onDead(action));
        on(this.#inputs, "claim", () => this.#onClaim());
        on(this.#inputs, "command", (/** @type {{ code: string }} */ { code }) =>
            this.#onCommand(code));
        on(this.#inputs.remote, "moved", () => this.#showTouched());
        on(this.#typing, "change", () => this.#showCapsule());
        on(this.#capsule, "cancel", () => this.#typing.cancel());
        const { signal } = this.#abort;
        const wake = () => {
            if (!document.hidden) {
                this.#connection.wake();
            }
        };
        window.addEventListener("pagehide", () => this.#connection.pause(), { signal });
        window.addEventListener("pageshow", wake, { signal }); // it was kept, and is back
        window.addEventListener("online", wake, { signal });
        window.addEventListener("offline", () => this.#show(), { signal });
        document.addEventListener("visibilitychange", wake, { signal });
    }

    #wireClipboard() {
        const clipboard = this.#clipboard;
        on(clipboard, "change", () => this.#showCapsule());
        on(this.#capsule, "clip", () => this.#onClip());
        on(this.#clipBox, "copy", () => clipboard.copy());
        on(this.#clipBox, "paste", (/** @type {{ text: string }} */ detail) =>
            this.#inputs.paste(detail.text));
        const { signal } = this.#abort;
        window.addEventListener("focus", () => clipboard.onFocus(), { signal });
        window.addEventListener("blur", () => clipboard.onBlur(), { signal });
        for (const event of ["copy", "cut"]) {
            document.addEventListener(event, () => clipboard.onDeviceCopies(), { signal });
        }
    }

    /** The button beside what there is to say about the clipboard. */
    async #onClip() {
        const { note } = this.#clipboard;
        if (note !== "copied" || !await this.#clipboard.copy()) {
            this.#openClipBox(note === "copied" || note === "shut");
        }
    }

    #openClipBox(isShut = false) {
        if (this.#clipboard.isOpen) {
            this.#clipBox.open(this.#clipboard.copied, isShut);
        }
    }

    #startTimers() {
        const timers = [
            setInterval(() => this.#readStats(), STATS_MS),
            setInterval(() => this.#show(), STATS_MS),
            setInterval(() => {
                this.#connection.sendBytes(writePing(Math.round(performance.now())), true);
            }, PING_MS),
        ];
        this.#abort.signal.addEventListener("abort", () => timers.forEach(clearInterval));
    }

    /** @param {Message} message */
    #onMessage({ event, payload }) {
        if (event === "system/init") { // what still fails is told behind it
            this.#failures.clear();
            this.#isStarting = false;
            this.#sound.setFailed(false);
        }
        if (this.#room.apply(event, payload)) {
            return;
        }
        if (event === "hairpin/media") {
            this.#onMedia(payload);
        } else if (event === "clipboard/updated") {
            this.#clipboard.onCopied(readString(payload, "text"));
        } else if (event === "hairpin/error") {
            if (readString(payload, "event") === "clipboard/updated") {
                this.#clipboard.onSkipped(readString(payload, "code") === "too-large");
            }
            console.info("refused:", readString(payload, "event"), readString(payload, "code"),
                readString(payload, "message"));
        }
    }

    /** @param {import("../wire/read.js").Fields} payload of hairpin/media */
    #onMedia(payload) {
        const state = readString(payload, "state");
        const hasFailed = state === "failed";
        if (readString(payload, "kind", "video") === "audio") {
            this.#sound.setFailed(hasFailed);
            this.#say(hasFailed ? text("dock.soundFailed") : "", false);
            return;
        }
        const codec = readString(payload, "codec").toLowerCase();
        this.#isStarting = state === "starting";
        if (hasFailed) {
            this.#failures.add(codec);
        } else {
            this.#failures.delete(codec);
        }
        this.#show();
    }

    /** Did fail what the server sends to us? The codec of others may. */
    get #hasFailed() {
        return this.#failures.has(this.#codec)
            || (this.#codec === "" && this.#failures.size > 0);
    }

    /** @param {MediaStream} stream */
    #onStream(stream) {
        this.#stage.setStream(stream);
        this.#sound.setTrack(stream.getAudioTracks().length > 0);
        this.#dock.showPeople();
    }

    /** @param {ArrayBuffer} bytes */
    #onChannel(bytes) {
        const message = parseChannel(bytes);
        if (message?.kind === "position") {
            this.#cursor.setPosition(message);
        } else if (message?.kind === "image") {
            this.#cursor.setImage(message);
        } else if (message?.kind === "pong") {
            this.#pingMs = Math.max(0, Math.round(performance.now() - message.pingMs));
            this.#inputs.remote.typist.onPong(message.pingMs);
        }
    }

    /** A press on the picture without control. */
    #onClaim() {
        const room = this.#room;
        const isFree = !room.hostId || room.isHostAway || room.settings.implicitHosting;
        if (room.mayControl && isFree && !room.hasControl) {
            this.#control.act("take");
        } else if (!room.hasControl) {
            this.#capsule.pulse();
        }
    }

    /** @param {string} code */
    #onCommand(code) {
        /** @type {Record<string, () => void>} */
        const commands = {
            "": () => {
                this.#layout.showDock();
                this.#dock.focus();
            },
            KeyC: () => this.#control.actDefault(),
            KeyH: () => this.#control.handOver(),
            KeyF: () => this.#layout.toggleFull(),
            KeyP: () => this.#togglePanel(true),
            KeyK: () => this.#inputs.toggleKeys(),
            KeyS: () => this.#sound.toggle(),
            KeyV: () => this.#openClipBox(),
            KeyI: () => this.#link.toggle(),
        };
        commands[code]?.();
    }

    /** @param {boolean} [isByKey] then the keyboard goes into it, and comes back */
    #togglePanel(isByKey = false) {
        this.#people.leave();
        this.#layout.togglePanel();
        if (isByKey && this.#layout.isPanelOpen) {
            this.#people.enter();
        }
    }

    /** @param {string} action */
    #onDead(action) {
        if (action === "here") {
            emit(this, "here");
            return;
        }
        this.#refusal = "";
        this.#connection.tryNow();
        this.#show();
    }

    /** The chip is not behind the picture: what it says is read as soon as there is a path. */
    #readFirst() {
        const isUp = this.#connection.phase === "up";
        if (isUp && !this.#wasUp) {
            this.#readStats();
        }
        this.#wasUp = isUp;
    }

    async #readStats() {
        const stats = await this.#connection.readStats().catch(() => null);
        if (!stats || this.#connection.phase !== "up" || this.#connection.isSilent) {
            this.#link.showNone(this.#hadPicture);
            return;
        }
        this.#codec = stats.codec.toLowerCase();
        const roundTripMs = stats.roundTripMs ?? this.#pingMs;
        this.#link.show(stats, roundTripMs, this.#connection.isAnswered);
    }

    /** By one way or the other. */
    get #isHeard() {
        const { isAnswered, phase, isSilent } = this.#connection;
        return isAnswered || (phase === "up" && !isSilent);
    }

    /** All that depends on the connection. */
    #show() {
        const connection = this.#connection;
        const now = performance.now();
        const room = this.#room;
        const isLive = connection.phase === "up" && this.#stage.hasPicture && this.#isHeard
            && !(connection.hasServerEnded && connection.isSilent);
        if (isLive) {
            this.#diedAt = now;
        }
        if (!connection.isAnswered) {
            this.#answeredAt = now;
        }
        const { state, view } = lifeOf({
            hasWebRtc: typeof RTCPeerConnection !== "undefined" || Tunnel.isPossible(),
            isOnline: navigator.onLine,
            isElsewhere: this.#isElsewhere,
            refusal: connection.phase === "up" ? "" : this.#refusal,
            trouble: connection.trouble,
            isRelayRefused: connection.isRelayRefused,
            mayWatch: room.self?.canWatch ?? true,
            isHidden: room.settings.privateMode && !room.isAdmin,
            hasFailed: this.#hasFailed,
            isStarting: this.#isStarting && !this.#stage.hasPicture,
            phase: connection.phase,
            hadPicture: this.#hadPicture,
            isAnew: this.#isAnew,
            hasPicture: this.#stage.hasPicture,
            isAnswered: connection.isAnswered,
            isBlocked: connection.isBlocked,
            isSilent: connection.isSilent,
            hasServerEnded: connection.hasServerEnded,
            graceMs: room.graceMs,
            signalTries: connection.signalTries,
            retryInMs: connection.retryAt - now,
            waitedMs: now - this.#diedAt,
            soughtMs: now - Math.max(this.#diedAt, this.#answeredAt),
        });
        document.body.dataset.state = state;
        this.#stage.setLive(view === null);
        this.#dead.show(view);
        this.#isAway = state === "live" && (!connection.isAnswered || connection.isSilent);
        document.body.dataset.link = state === "live" && !connection.isSilent ? "up" : "lost";
        if (connection.isSilent) {
            this.#link.showNone(this.#hadPicture);
        }
        this.#sayTrouble(view ? view.title : this.#isAway ? text("control.away") : "");
        this.#showControl();
        if (room.selfId) {
            this.#showCapsule();
        }
    }

    /**
     * Once for each: what the card says else may count down.
     * @param {string} trouble "" for none
     */
    #sayTrouble(trouble) {
        if (trouble !== this.#trouble) {
            this.#trouble = trouble;
            this.#say(trouble, true);
        }
    }

    /**
     * Tells a screen reader, which is silent about words that stay the same: they go, and come.
     * @param {string} message "": nothing more
     * @param {boolean} isUrgent
     */
    #say(message, isUrgent) {
        this.#sayIn(isUrgent ? this.#urgent : this.#polite, message);
    }

    /**
     * @param {HTMLElement} region
     * @param {string} message
     */
    #sayIn(region, message) {
        clearTimeout(this.#saying.get(region));
        setText(region, "");
        this.#saying.set(region, setTimeout(() => {
            setText(region, message);
            this.#saying.set(region, setTimeout(() => setText(region, ""), SAID_MS));
        }, SAY_MS));
    }

    #showControl() {
        const room = this.#room;
        const isUsable = this.#connection.phase === "up" && this.#connection.isChannelOpen;
        const isAlone = room.present.length <= 1;
        this.#inputs.setControl(room.hasControl && isUsable,
            isAlone || room.settings.implicitHosting);
        this.#layout.setControl(room.hasControl);
        if (room.hasControl) {
            savePreference("hinted", "1");
        }
        document.body.dataset.control = room.hasControl ? "mine" : room.hostId ? "other" : "free";
        const { name, values } = this.#control.view()[0];
        this.#stage.setName(text(name, values));
        this.#showCursor();
        this.#dock.showPeople();
        this.#people.show(this.#connection.isAnswered);
    }

    #showCapsule() {
        const offer = this.#clipboard.note || (this.#sound.isHeld ? "sound" : "");
        const note = this.#isAway ? "away" : this.#typing.note || (this.#isHeard ? offer : "");
        this.#capsule.show(this.#control.view(), note, this.#typing.percent,
            this.#connection.isAnswered);
        this.#layout.fit();
    }

    #showCursor() {
        const room = this.#room;
        const isOther = room.hostId !== "" && !room.hasControl;
        this.#cursor.setOwner(room.hasControl && !this.#inputs.isTouching,
            isOther ? room.nameOf(room.hostId) : "", personColour(room.hostId, room.selfId));
    }

    /** Under a finger there is no pointer: ours is drawn where the finger put it. */
    #showTouched() {
        this.#showCursor();
        if (this.#inputs.isTouching) {
            this.#cursor.setPosition(this.#inputs.remote.position);
        }
    }
}

/**
 * A button that is clicked leaves the keyboard with the desktop.
 * @param {Event} event
 */
function keepFocus(event) {
    if (event.target instanceof Element && event.target.closest("button")) {
        event.preventDefault();
    }
}
