// canvas-track.js - decoded pictures on the track of a canvas that nobody sees, for browsers that let no
// page make tracks of pictures.

export class CanvasTrack {
    #canvas = document.createElement("canvas");
    #context = this.#canvas.getContext("2d", { alpha: false, desynchronized: true });
    #stream = this.#canvas.captureStream(0);
    track = this.#stream.getVideoTracks()[0];

    /** @param {VideoFrame} frame */
    show(frame) {
        const { displayWidth: width, displayHeight: height } = frame;
        if (this.#canvas.width !== width || this.#canvas.height !== height) {
            this.#canvas.width = width;
            this.#canvas.height = height;
        }
        this.#context?.drawImage(frame, 0, 0, width, height);
        frame.close();
        this.showAgain();
    }

    showAgain() {
        // Firefox has it at the stream.
        for (const each of [this.track, this.#stream]) {
            /** @type {{ requestFrame?: () => void }} */ (each).requestFrame?.();
        }
    }

    close() {
        this.track.stop();
    }
}
