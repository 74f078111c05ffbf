// frame.c - one picture or sound frame as it crosses threads.
// Owner: counted.  Thread: any; written only before it is pushed.
#include "base/frame.h"

#include <assert.h>

#include <glib.h>

static const struct {
    const char *name;
    uint32_t clock_rate;
    enum hp_track_kind kind;
} codecs[HP_CODECS] = {
    [HP_CODEC_VP8] = { "VP8", 90000, HP_TRACK_VIDEO },
    [HP_CODEC_H264] = { "H264", 90000, HP_TRACK_VIDEO },
    [HP_CODEC_OPUS] = { "opus", 48000, HP_TRACK_AUDIO },
};

struct hp_frame *
hp_frame_create(enum hp_codec codec, unsigned max_packets, size_t max_size)
{
    assert(max_packets <= HP_FRAME_PACKETS_MAX && max_size <= HP_FRAME_SIZE_MAX);
    size_t table_size = max_packets * sizeof(struct hp_packet);
    struct hp_frame *frame = g_malloc(sizeof(struct hp_frame) + table_size + max_size);
    *frame = (struct hp_frame){ .refs = 1, .codec = codec };
    frame->max_packets = max_packets;
    frame->max_size = max_size;
    frame->packets = (struct hp_packet *) (void *) (frame + 1);
    frame->payload = (uint8_t *) (frame->packets + max_packets);
    return frame;
}

uint8_t *
hp_frame_add_packet(struct hp_frame *frame, size_t size)
{
    bool has_room = frame->packet_count < frame->max_packets
            && size <= frame->max_size - frame->size && size <= HP_PAYLOAD_MAX;
    if (!has_room) {
        return NULL;
    }
    struct hp_packet *packet = &frame->packets[frame->packet_count++];
    *packet = (struct hp_packet){ .offset = (uint32_t) frame->size, .size = (uint16_t) size };
    frame->size += size;
    return frame->payload + packet->offset;
}

struct hp_frame *
hp_frame_ref(const struct hp_frame *frame)
{
    struct hp_frame *counted = (struct hp_frame *) frame;
    __atomic_add_fetch(&counted->refs, 1, __ATOMIC_RELAXED);
    return counted;
}

void
hp_frame_unref(struct hp_frame *frame)
{
    if (frame != NULL && __atomic_sub_fetch(&frame->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        g_free(frame);
    }
}

const char *
hp_codec_name(enum hp_codec codec)
{
    return codecs[codec].name;
}

uint32_t
hp_codec_clock_rate(enum hp_codec codec)
{
    return codecs[codec].clock_rate;
}

enum hp_track_kind
hp_codec_kind(enum hp_codec codec)
{
    return codecs[codec].kind;
}

bool
hp_codec_find(const char *name, enum hp_codec *codec)
{
    for (int i = 0; i < HP_CODECS; i++) {
        if (g_ascii_strcasecmp(name, codecs[i].name) == 0) {
            *codec = (enum hp_codec) i;
            return true;
        }
    }
    return false;
}
