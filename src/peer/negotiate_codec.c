// negotiate_codec.c - writes our codecs into a description, and finds them in the browser's.
// Owner: nobody.  Thread: any.
// RFC 7587 (Opus), RFC 7741 (VP8), RFC 6184 section 8.2.2 (H.264), RFC 4588 (RTX).
#include "peer/negotiate_codec.h"

#include <string.h>

#include <glib.h>

#include "peer/plan.h"
#include "wire/sdp.h"

enum {
    VIDEO_FEEDBACK = HP_SDP_FB_NACK | HP_SDP_FB_NACK_PLI | HP_SDP_FB_CCM_FIR | HP_SDP_FB_GOOG_REMB
            | HP_SDP_FB_TRANSPORT_CC,
    AUDIO_FEEDBACK = HP_SDP_FB_TRANSPORT_CC,
    // Numbers of the extensions in our offers, within 1..14.
    EXT_MID = 1,
    EXT_TRANSPORT_CC = 2,
    EXT_PLAYOUT_DELAY = 3,
    EXT_ABS_SEND_TIME = 4,
};

static const struct {
    uint8_t payload_type;
    int rtx_payload_type; // -1: none
    unsigned channels;
    unsigned feedback;
} ours[HP_CODECS] = {
    [HP_CODEC_VP8] = { 96, 97, 0, VIDEO_FEEDBACK },
    [HP_CODEC_H264] = { 102, 103, 0, VIDEO_FEEDBACK },
    [HP_CODEC_OPUS] = { 111, -1, 2, AUDIO_FEEDBACK },
};

static const uint8_t constrained_baseline[2] = { 0x42, 0xe0 };

static bool
is_of_kind(enum hp_codec codec, enum hp_sdp_kind kind)
{
    return kind == (hp_codec_kind(codec) == HP_TRACK_AUDIO ? HP_SDP_AUDIO : HP_SDP_VIDEO);
}

static const char *
write_fmtp(struct hp_sdp *sdp, enum hp_codec codec, const uint8_t h264_profile[2])
{
    switch (codec) {
    case HP_CODEC_VP8: return NULL;
    case HP_CODEC_H264:
        return hp_sdp_keep(sdp,
                "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=%02x%02x1f",
                h264_profile[0], h264_profile[1]);
    case HP_CODEC_OPUS: return "minptime=10;useinbandfec=1;stereo=1";
    }
    return NULL;
}

static void
add_codec(struct hp_sdp *sdp, struct hp_sdp_media *media, const struct hp_section *section)
{
    media->codecs[media->codec_count++] = (struct hp_sdp_codec) {
        .payload_type = section->payload_type,
        .name = hp_codec_name(section->codec),
        .clock_rate = hp_codec_clock_rate(section->codec),
        .channels = ours[section->codec].channels,
        .fmtp = write_fmtp(sdp, section->codec, section->h264_profile),
        .feedback = section->feedback,
        .apt = -1,
    };
    if (section->rtx_payload_type < 0) {
        return;
    }
    media->codecs[media->codec_count++] = (struct hp_sdp_codec) {
        .payload_type = (uint8_t) section->rtx_payload_type,
        .name = "rtx",
        .clock_rate = hp_codec_clock_rate(section->codec),
        .apt = section->payload_type,
    };
}

static void
add_extmap(struct hp_sdp_media *media, uint8_t id, const char *uri)
{
    if (id != 0) {
        media->extmaps[media->extmap_count++] = (struct hp_sdp_extmap) { .id = id, .uri = uri };
    }
}

static struct hp_rtp_ext_ids
our_ext_ids(enum hp_sdp_kind kind)
{
    return (struct hp_rtp_ext_ids) {
        .mid = EXT_MID,
        .transport_seq = EXT_TRANSPORT_CC,
        .playout_delay = kind == HP_SDP_VIDEO ? EXT_PLAYOUT_DELAY : 0,
        .abs_send_time = EXT_ABS_SEND_TIME,
    };
}

static void
add_extmaps(struct hp_sdp_media *media, const struct hp_rtp_ext_ids *ids)
{
    add_extmap(media, ids->mid, HP_SDP_EXT_MID);
    add_extmap(media, ids->transport_seq, HP_SDP_EXT_TRANSPORT_CC);
    add_extmap(media, ids->playout_delay, HP_SDP_EXT_PLAYOUT_DELAY);
    add_extmap(media, ids->abs_send_time, HP_SDP_EXT_ABS_SEND_TIME);
}

void
hp_negotiate_write_codecs(const enum hp_codec *codecs, unsigned count,
        const struct hp_section *section, struct hp_sdp *sdp, struct hp_sdp_media *media)
{
    if (!section->is_ours) {
        add_codec(sdp, media, section);
        add_extmaps(media, &section->ext_ids);
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        enum hp_codec codec = codecs[i];
        if (!is_of_kind(codec, section->kind)) {
            continue;
        }
        struct hp_section whole = {
            .codec = codec,
            .payload_type = ours[codec].payload_type,
            .rtx_payload_type = ours[codec].rtx_payload_type,
            .feedback = ours[codec].feedback,
            .h264_profile = { constrained_baseline[0], constrained_baseline[1] },
        };
        add_codec(sdp, media, &whole);
    }
    struct hp_rtp_ext_ids ids = our_ext_ids(section->kind);
    add_extmaps(media, &ids);
}

// How well a remote H.264 fits what our encoders make, which is constrained baseline in
// packetization mode 1; 0: not at all. Baseline with constraint_set1 is constrained baseline too.
static int
rate_h264(const struct hp_sdp_codec *codec, uint8_t profile[2])
{
    struct hp_sdp_h264 h264;
    if (!hp_sdp_codec_h264(codec, &h264) || h264.packetization_mode != 1
            || h264.profile_idc != constrained_baseline[0]) {
        return 0;
    }
    profile[0] = h264.profile_idc;
    profile[1] = h264.profile_iop;
    return (h264.profile_iop & 0x40) != 0 ? 2 : 1;
}

static int
rate_codec(enum hp_codec codec, const struct hp_sdp_codec *remote, uint8_t profile[2])
{
    if (remote->name == NULL || g_ascii_strcasecmp(remote->name, hp_codec_name(codec)) != 0
            || remote->clock_rate != hp_codec_clock_rate(codec)) {
        return 0;
    }
    return codec == HP_CODEC_H264 ? rate_h264(remote, profile) : 1;
}

static uint8_t
find_ext(const struct hp_sdp_media *media, const char *uri)
{
    uint16_t id = hp_sdp_find_extmap(media, uri);
    return id >= 1 && id <= 14 ? (uint8_t) id : 0; // the one-byte form has no other numbers
}

static void
note_codec(const struct hp_sdp_media *media, const struct hp_sdp_codec *remote, enum hp_codec codec,
        struct hp_section *section)
{
    const struct hp_sdp_codec *rtx = hp_sdp_find_rtx(media, remote->payload_type);
    section->has_codec = true;
    section->codec = codec;
    section->payload_type = remote->payload_type;
    section->rtx_payload_type = -1;
    if (rtx != NULL && ours[codec].rtx_payload_type >= 0) {
        section->rtx_payload_type = rtx->payload_type;
    }
    section->feedback = remote->feedback & ours[codec].feedback;
    section->ext_ids = (struct hp_rtp_ext_ids) {
        .mid = find_ext(media, HP_SDP_EXT_MID),
        .transport_seq = find_ext(media, HP_SDP_EXT_TRANSPORT_CC),
        .abs_send_time = find_ext(media, HP_SDP_EXT_ABS_SEND_TIME),
    };
    if (hp_codec_kind(codec) == HP_TRACK_VIDEO) {
        section->ext_ids.playout_delay = find_ext(media, HP_SDP_EXT_PLAYOUT_DELAY);
    }
}

bool
hp_negotiate_choose_codec(const enum hp_codec *codecs, unsigned count,
        const struct hp_sdp_media *media, bool is_answer, struct hp_section *section)
{
    const struct hp_sdp_codec *best = NULL;
    enum hp_codec best_codec = HP_CODEC_VP8;
    long best_score = 0;
    for (unsigned i = 0; i < count; i++) {
        enum hp_codec codec = codecs[i];
        for (unsigned j = 0; is_of_kind(codec, section->kind) && j < media->codec_count; j++) {
            uint8_t profile[2] = { 0, 0 };
            int rating = rate_codec(codec, &media->codecs[j], profile);
            // The order counts first, then how well the codec fits.
            unsigned place = is_answer ? j : i;
            long score = rating == 0 ? 0 : (HP_SDP_CODECS_MAX - (long) place) * 4 + rating;
            if (score > best_score) {
                best_score = score;
                best = &media->codecs[j];
                best_codec = codec;
                memcpy(section->h264_profile, profile, sizeof(profile));
            }
        }
    }
    if (best == NULL) {
        return false;
    }
    note_codec(media, best, best_codec, section);
    return true;
}
