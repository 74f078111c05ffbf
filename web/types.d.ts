// types.d.ts - newer parts of the DOM that TypeScript 4.8 does not know yet. Not served.

interface RTCRtpReceiver {
    jitterBufferTarget?: number | null;
    playoutDelayHint?: number;
}

interface Navigator {
    readonly userActivation?: { readonly hasBeenActive: boolean; readonly isActive: boolean };
}

interface WheelEvent {
    readonly wheelDeltaX?: number;
    readonly wheelDeltaY?: number;
}
