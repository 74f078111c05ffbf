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

interface VideoFrame {
    readonly displayWidth: number;
    readonly displayHeight: number;
    readonly timestamp: number;
    clone(): VideoFrame;
    close(): void;
}

declare const VideoFrame: { new (source: VideoFrame, init: { timestamp: number }): VideoFrame };

interface CanvasDrawImage {
    drawImage(image: VideoFrame, x: number, y: number, width: number, height: number): void;
}

interface EncodedVideoChunk {
    readonly type: "key" | "delta";
}

interface EncodedChunkInit {
    type: "key" | "delta";
    timestamp: number;
    data: Uint8Array;
}

declare const EncodedVideoChunk: { new (init: EncodedChunkInit): EncodedVideoChunk };

interface DecoderInit<T> {
    output: (data: T) => void;
    error: (error: Error) => void;
}

interface VideoDecoderConfig {
    codec: string;
    colorSpace?: { primaries: "bt709"; transfer: "bt709"; matrix: "smpte170m"; fullRange: boolean };
    optimizeForLatency?: boolean;
}

interface VideoDecoder {
    readonly state: "unconfigured" | "configured" | "closed";
    readonly decodeQueueSize: number;
    configure(config: VideoDecoderConfig): void;
    decode(chunk: EncodedVideoChunk): void;
    close(): void;
}

declare const VideoDecoder: {
    new (init: DecoderInit<VideoFrame>): VideoDecoder;
    isConfigSupported(config: VideoDecoderConfig): Promise<{ supported: boolean }>;
};

interface AudioData {
    readonly numberOfChannels: number;
    readonly numberOfFrames: number;
    readonly sampleRate: number;
    copyTo(plane: Float32Array, options: { planeIndex: number; format: "f32-planar" }): void;
    close(): void;
}

interface EncodedAudioChunk {
    readonly type: "key" | "delta";
}

declare const EncodedAudioChunk: { new (init: EncodedChunkInit): EncodedAudioChunk };

interface AudioDecoderConfig {
    codec: string;
    sampleRate: number;
    numberOfChannels: number;
}

interface AudioDecoder {
    readonly state: "unconfigured" | "configured" | "closed";
    configure(config: AudioDecoderConfig): void;
    decode(chunk: EncodedAudioChunk): void;
    close(): void;
}

declare const AudioDecoder: {
    new (init: DecoderInit<AudioData>): AudioDecoder;
    isConfigSupported(config: AudioDecoderConfig): Promise<{ supported: boolean }>;
};

/** Chromium's. */
interface MediaStreamTrackGenerator extends MediaStreamTrack {
    readonly writable: WritableStream<VideoFrame>;
}

declare const MediaStreamTrackGenerator: {
    new (init: { kind: "video" | "audio" }): MediaStreamTrackGenerator;
};
