// generated-track.js - decoded pictures on a track, without a copy: Chromium's own way.

export class GeneratedTrack {
    track = new MediaStreamTrackGenerator({ kind: "video" });
    #writer = this.track.writable.getWriter();
    /** @type {VideoFrame | null} */
    #last = null;

    /** @param {VideoFrame} frame */
    show(frame) {
        this.#last?.close();
        this.#last = frame.clone();
        this.#write(frame);
    }

    showAgain() {
        if (this.#last) {
            const timestamp = this.#last.timestamp + 1000;
            this.#write(new VideoFrame(this.#last, { timestamp }));
        }
    }

    close() {
        this.#last?.close();
        this.#last = null;
        this.#writer.close().catch(() => undefined);
        this.track.stop();
    }

    /** @param {VideoFrame} frame */
    #write(frame) {
        if ((this.#writer.desiredSize ?? 0) <= 0) {
            frame.close(); // the newest ones count, and none is to wait
            return;
        }
        this.#writer.write(frame).catch(() => frame.close());
    }
}
