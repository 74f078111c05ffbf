// room.js - what the page knows of the room: who is there, who has control, what is allowed. Fed
// with the server's messages; tells what changed by events:
//   init     the first facts of a connection are there
//   people   the list or somebody's rights or presence changed
//   control  { causeId, hostId, previousId }
//   asking   { ids } all those who ask me for control now, first come first
//   wish     { state } what became of my own: "asked", "withdrawn", "declined", "expired"
//   settings
//   screen   the desktop's size

import { emit } from "../lib/emitter.js";
import { fields, readFlag, readList, readNumber, readString } from "./read.js";

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {boolean} isAdmin
 * @property {boolean} canHost
 * @property {boolean} canWatch
 * @property {boolean} canCopy to the desktop and from it
 * @property {boolean} isConnected
 * @property {boolean} isWatching
 */

/**
 * @typedef {object} Settings
 * @property {boolean} privateMode
 * @property {boolean} lockedControls
 * @property {boolean} implicitHosting
 * @property {number} heartbeatS
 */

/** @typedef {import("./read.js").Fields} Fields */

export class Room extends EventTarget {
    /** @type {Map<string, Person>} */
    #people = new Map();
    #selfId = "";
    #hostId = "";
    #isHostAway = false;
    #graceMs = 30000;
    #screen = { width: 1280, height: 720 };
    /** @type {Settings} */
    #settings = {
        privateMode: false, lockedControls: false, implicitHosting: false, heartbeatS: 10,
    };

    get selfId() {
        return this.#selfId;
    }

    get hostId() {
        return this.#hostId;
    }

    /** Is the host silent? Then nobody has to ask. */
    get isHostAway() {
        return this.#isHostAway;
    }

    /** How long the server keeps the place of one who is silent. */
    get graceMs() {
        return this.#graceMs;
    }

    get hasControl() {
        return this.#hostId !== "" && this.#hostId === this.#selfId;
    }

    get screen() {
        return this.#screen;
    }

    get settings() {
        return this.#settings;
    }

    /** Myself; null before the first facts. */
    get self() {
        return this.#people.get(this.#selfId) ?? null;
    }

    get isAdmin() {
        return this.self?.isAdmin ?? false;
    }

    /** May I have control at all, as things stand? */
    get mayControl() {
        const self = this.self;
        if (!self?.canHost) {
            return false;
        }
        return self.isAdmin || !(this.#settings.lockedControls || this.#settings.privateMode);
    }

    /** Those who are here, myself first. */
    get present() {
        const others = [...this.#people.values()].filter(
            (person) => person.isConnected && person.id !== this.#selfId,
        );
        const self = this.self;
        return self ? [self, ...others] : others;
    }

    /** @param {string} id */
    find(id) {
        return this.#people.get(id) ?? null;
    }

    /** @param {string} id */
    nameOf(id) {
        return this.#people.get(id)?.name || id;
    }

    /**
     * Takes a message; true if it was one about the room.
     * @param {string} event
     * @param {Fields} payload
     */
    apply(event, payload) {
        const handler = this.#handlers[event];
        handler?.(payload);
        return handler !== undefined;
    }

    /** The connection is gone: nobody has control until the server says so again. */
    leave() {
        this.#setHost("", "");
    }

    /** @type {Record<string, (payload: Fields) => void>} */
    #handlers = {
        "system/init": (payload) => this.#onInit(payload),
        "system/settings": (payload) => {
            this.#readSettings(payload);
            emit(this, "settings");
        },
        "session/created": (payload) => this.#onSession(payload),
        "session/deleted": (payload) => {
            this.#people.delete(readString(payload, "id"));
            emit(this, "people");
        },
        "session/profile": (payload) => this.#onProfile(payload),
        "session/state": (payload) => this.#onState(payload),
        "control/host": (payload) => this.#onHost(payload),
        "hairpin/away": (payload) => this.#onAway(payload),
        "hairpin/requests": (payload) => {
            const ids = readList(payload, "ids").filter((id) => typeof id === "string");
            emit(this, "asking", { ids });
        },
        "hairpin/request": (payload) => emit(this, "wish", { state: readString(payload, "state") }),
        "screen/updated": (payload) => this.#onScreen(payload),
    };

    /** @param {Fields} payload */
    #onInit(payload) {
        this.#selfId = readString(payload, "session_id");
        this.#people.clear();
        for (const session of Object.values(fields(payload.sessions))) {
            this.#addSession(fields(session));
        }
        this.#readSettings(fields(payload.settings));
        this.#onScreen(fields(payload.screen_size));
        this.#graceMs = readNumber(fields(payload.hairpin), "grace", 30) * 1000;
        const host = fields(payload.control_host);
        this.#setHost(readFlag(host, "has_host") ? readString(host, "host_id") : "", "");
        emit(this, "init");
        emit(this, "people");
    }

    /** @param {Fields} session */
    #addSession(session) {
        const id = readString(session, "id");
        if (!id) {
            return;
        }
        /** @type {Person} */
        const person = {
            id, name: "", isAdmin: false, canHost: false, canWatch: false, canCopy: false,
            isConnected: false, isWatching: false,
        };
        this.#people.set(id, person);
        readProfile(person, fields(session.profile));
        readState(person, fields(session.state));
    }

    /** @param {Fields} payload */
    #onSession(payload) {
        this.#addSession(payload);
        emit(this, "people");
    }

    /** @param {Fields} payload */
    #onProfile(payload) {
        const person = this.find(readString(payload, "id"));
        if (person) {
            readProfile(person, payload);
            emit(this, "people");
        }
    }

    /** @param {Fields} payload */
    #onState(payload) {
        const person = this.find(readString(payload, "id"));
        if (person) {
            readState(person, payload);
            emit(this, "people");
        }
    }

    /** @param {Fields} payload */
    #onHost(payload) {
        const hostId = readFlag(payload, "has_host") ? readString(payload, "host_id") : "";
        this.#setHost(hostId, readString(payload, "id"));
    }

    /**
     * @param {string} hostId
     * @param {string} causeId
     */
    #setHost(hostId, causeId) {
        const previousId = this.#hostId;
        this.#hostId = hostId;
        this.#isHostAway = false;
        emit(this, "control", { causeId, hostId, previousId });
    }

    /** @param {Fields} payload */
    #onAway(payload) {
        if (readString(payload, "id") === this.#hostId) {
            this.#isHostAway = readFlag(payload, "is_away");
            emit(this, "control",
                { causeId: "", hostId: this.#hostId, previousId: this.#hostId });
        }
    }

    /** @param {Fields} payload */
    #onScreen(payload) {
        const width = readNumber(payload, "width");
        const height = readNumber(payload, "height");
        if (width > 0 && height > 0) {
            this.#screen = { width, height };
            emit(this, "screen");
        }
    }

    /** @param {Fields} payload */
    #readSettings(payload) {
        this.#settings = {
            privateMode: readFlag(payload, "private_mode"),
            lockedControls: readFlag(payload, "locked_controls"),
            implicitHosting: readFlag(payload, "implicit_hosting"),
            heartbeatS: readNumber(payload, "heartbeat_interval", 10),
        };
    }
}

/**
 * @param {Person} person
 * @param {Fields} profile
 */
function readProfile(person, profile) {
    person.name = readString(profile, "name", person.name);
    person.isAdmin = readFlag(profile, "is_admin");
    person.canHost = readFlag(profile, "can_host");
    person.canWatch = readFlag(profile, "can_watch");
    person.canCopy = readFlag(profile, "can_access_clipboard");
}

/**
 * @param {Person} person
 * @param {Fields} state
 */
function readState(person, state) {
    person.isConnected = readFlag(state, "is_connected");
    person.isWatching = readFlag(state, "is_watching");
}
