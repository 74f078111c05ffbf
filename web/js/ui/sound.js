// sound.js - volume and mute of the picture's sound, and the browser's rule that sound needs a
// gesture first.
// Events:
//   change

import { emit } from "../lib/emitter.js";
import { loadPreference, savePreference } from "../lib/store.js";

export class Sound extends EventTarget {
    #video;
    #volume = Math.min(1, Math.max(0, Number(loadPreference("volume") ?? "1") || 0));
    #isWanted = loadPreference("muted") !== "1";
    #hasTrack = false;
    #isFailed = false;
    /** The click on "Join" was one. */
    #hasGesture = navigator.userActivation?.hasBeenActive ?? false;

    /**
     * @param {HTMLVideoElement} video
     * @param {AbortSignal} signal
     */
    constructor(video, signal) {
        super();
        this.#video = video;
        const gesture = () => this.allow();
        // Not "pointerup": what changes on it may move a button away from under its click.
        for (const type of ["click", "keydown"]) {
            document.addEventListener(type, gesture, { signal });
        }
        this.#apply();
    }

    get hasTrack() {
        return this.#hasTrack;
    }

    get volume() {
        return this.#volume;
    }

    /** Is it heard? */
    get isOn() {
        return this.#hasTrack && !this.#video.muted;
    }

    /** The server has none to send just now. */
    get isFailed() {
        return this.#hasTrack && this.#isFailed;
    }

    /** The person wants it, the browser does not let it through yet. */
    get isHeld() {
        return this.#hasTrack && this.#isWanted && this.#video.muted;
    }

    /** @param {boolean} hasTrack */
    setTrack(hasTrack) {
        this.#hasTrack = hasTrack;
        this.#apply();
    }

    /** @param {boolean} isFailed */
    setFailed(isFailed) {
        this.#isFailed = isFailed;
        emit(this, "change");
    }

    /**
     * There is a gesture: from now on the browser allows sound. A strict one allows it within the
     * gesture only, and may have refused before.
     */
    allow() {
        if (!this.#hasGesture || this.isHeld) {
            this.#hasGesture = true;
            this.#apply();
        }
    }

    toggle() {
        if (!this.isOn && this.#volume === 0) {
            this.setVolume(1); // else it would be on, and silent
            return;
        }
        this.#isWanted = !this.isOn;
        savePreference("muted", this.#isWanted ? "0" : "1");
        this.#apply();
    }

    /** @param {number} volume 0..1 */
    setVolume(volume) {
        this.#volume = Math.min(1, Math.max(0, Math.round(volume * 100) / 100));
        this.#isWanted = this.#volume > 0;
        savePreference("volume", String(this.#volume));
        savePreference("muted", this.#isWanted ? "0" : "1");
        this.#apply();
    }

    #apply() {
        const mayPlay = this.#hasGesture && (navigator.userActivation?.hasBeenActive ?? true);
        this.#video.volume = this.#volume;
        this.#video.muted = !(this.#isWanted && mayPlay);
        if (this.#video.paused && this.#video.srcObject) {
            this.#video.play().catch((error) => {
                if (error.name === "NotAllowedError") {
                    // Refused with sound: without it the picture goes on.
                    this.#video.muted = true;
                    this.#video.play().catch(() => undefined);
                    emit(this, "change");
                }
            });
        }
        emit(this, "change");
    }
}
