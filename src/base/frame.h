// frame.h - one picture or sound frame as it crosses threads: all its RTP payloads, with stream,
// codec, times and keyframe mark. Immutable once pushed. Counted: frames are the only objects with
// a reference count, except for what a library counts.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/stream.h"

enum hp_track_kind {
    HP_TRACK_AUDIO,
    HP_TRACK_VIDEO
};
enum {
    HP_TRACK_KINDS = 2
};

enum hp_codec {
    HP_CODEC_VP8,
    HP_CODEC_H264,
    HP_CODEC_OPUS
};
enum {
    HP_CODECS = 3
};

// Largest RTP payload of a packet, in bytes: the packet with header extensions, RTX and SRTP's tag
// stays below 1200 bytes, which every path of the Internet carries.
enum {
    HP_PAYLOAD_MAX = 1120
};

enum {
    HP_FRAME_SIZE_MAX = 8 * 1024 * 1024,
    HP_FRAME_PACKETS_MAX = 8192
};

struct hp_packet {
    uint32_t offset; // in frame->payload
    uint16_t size; // bytes, at most HP_PAYLOAD_MAX
    bool is_last; // of the picture: RTP's marker bit
};

struct hp_frame {
    int refs; // atomic
    struct hp_stream_id id; // stream and level of the frame
    enum hp_codec codec;
    bool is_keyframe;
    uint64_t first_packet; // number of the first packet; packets of a level are numbered on
    uint32_t rtp_time; // in the codec's clock; all levels of a stream have one time base
    int64_t capture_us; // hp_clock, when the source made it
    unsigned packet_count;
    unsigned max_packets;
    size_t size; // bytes of payload so far
    size_t max_size;
    struct hp_packet *packets;
    uint8_t *payload;
};

// Makes an empty frame with one reference and room for `max_packets` payloads of together
// `max_size` bytes. Both are at most the limits above. The caller fills in id, keyframe mark,
// number and times before the push. Never NULL.
struct hp_frame *hp_frame_create(enum hp_codec codec, unsigned max_packets, size_t max_size);

// Adds a payload of `size` bytes and returns the place to which the caller writes the payload,
// before the frame is pushed. NULL: the frame has no room, or size > HP_PAYLOAD_MAX.
uint8_t *hp_frame_add_packet(struct hp_frame *frame, size_t size);

// Counts references. hp_frame_unref(NULL) is fine. Any thread.
struct hp_frame *hp_frame_ref(const struct hp_frame *frame);
void hp_frame_unref(struct hp_frame *frame);

// Name as in SDP ("VP8", "H264", "opus"), RTP clock rate in Hz, kind. Any thread.
const char *hp_codec_name(enum hp_codec codec);
uint32_t hp_codec_clock_rate(enum hp_codec codec);
enum hp_track_kind hp_codec_kind(enum hp_codec codec);

// Finds a codec by name, case-insensitively. False: no codec has that name.
bool hp_codec_find(const char *name, enum hp_codec *codec);
