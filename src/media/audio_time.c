// audio_time.c - RTP times of Opus packets without seams.
// Owner: hp_encoder.  Thread: GStreamer's.
// RFC 6716 section 3.1. Encoder and device stamp a packet a few samples early or late (the first
// packet of opusenc is 312 samples short), and a browser's jitter buffer would make each such seam
// audible.
#include "media/audio_time.h"

// 40 ms: GStreamer's own limit before it treats a jump of the clock as a gap.
enum {
    SEAM_SAMPLES = 1920
};

// The number of samples that an Opus packet decodes to; 0: the data is no Opus packet.
static uint32_t
samples_of(const uint8_t *packet, size_t size)
{
    static const uint16_t silk[] = { 480, 960, 1920, 2880 }, hybrid[] = { 480, 960 };
    static const uint16_t celt[] = { 120, 240, 480, 960 };
    if (size == 0) {
        return 0;
    }
    unsigned config = packet[0] >> 3, code = packet[0] & 3;
    uint32_t samples = celt[config & 3];
    if (config < 16) {
        samples = config < 12 ? silk[config & 3] : hybrid[config & 1];
    }
    if (code < 3) {
        return samples * (code == 0 ? 1 : 2);
    }
    return size < 2 ? 0 : samples * (packet[1] & 0x3f);
}

uint32_t
hp_audio_time_next(
        struct hp_audio_time *time, uint32_t captured, const uint8_t *packet, size_t size)
{
    int32_t seam = (int32_t) (captured - time->next);
    bool is_seamless = time->has_next && seam > -SEAM_SAMPLES && seam < SEAM_SAMPLES;
    uint32_t begin = is_seamless ? time->next : captured;
    time->has_next = true;
    time->next = begin + samples_of(packet, size);
    return begin;
}
