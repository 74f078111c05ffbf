// sdp_write.c - writes a session description as text.
// Owner: none, pure.  Thread: any.
// The order of lines follows RFC 8829 section 5.2.1.
#include "wire/sdp.h"

#include <inttypes.h>

#include <glib.h>

static const char *const kind_names[] = {
    [HP_SDP_AUDIO] = "audio",
    [HP_SDP_VIDEO] = "video",
    [HP_SDP_APPLICATION] = "application",
    [HP_SDP_OTHER] = "text",
};

static const char *const direction_names[] = {
    [HP_SDP_SENDRECV] = "sendrecv",
    [HP_SDP_SENDONLY] = "sendonly",
    [HP_SDP_RECVONLY] = "recvonly",
    [HP_SDP_INACTIVE] = "inactive",
};

static const char *const setup_names[] = {
    [HP_SDP_SETUP_NONE] = NULL,
    [HP_SDP_SETUP_ACTPASS] = "actpass",
    [HP_SDP_SETUP_ACTIVE] = "active",
    [HP_SDP_SETUP_PASSIVE] = "passive",
    [HP_SDP_SETUP_HOLDCONN] = "holdconn",
};

static const struct {
    unsigned bit;
    const char *text;
} feedback_names[] = {
    { HP_SDP_FB_GOOG_REMB, "goog-remb" },
    { HP_SDP_FB_TRANSPORT_CC, "transport-cc" },
    { HP_SDP_FB_CCM_FIR, "ccm fir" },
    { HP_SDP_FB_NACK, "nack" },
    { HP_SDP_FB_NACK_PLI, "nack pli" },
};

// Writes "a=NAME:VALUE"; does nothing if there is no value.
static void
write_value(GString *text, const char *name, const char *value)
{
    if (value != NULL) {
        g_string_append_printf(text, "a=%s:%s\r\n", name, value);
    }
}

static void
write_flag(GString *text, const char *name, bool is_set)
{
    if (is_set) {
        g_string_append_printf(text, "a=%s\r\n", name);
    }
}

static void
write_attributes(GString *text, const char *const *attributes, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        write_flag(text, attributes[i], true);
    }
}

static void
write_media_line(GString *text, const struct hp_sdp_media *media)
{
    const char *kind = media->kind_name != NULL ? media->kind_name : kind_names[media->kind];
    g_string_append_printf(text, "m=%s %u %s", kind, media->port, media->proto);
    for (unsigned i = 0; i < media->codec_count; i++) {
        g_string_append_printf(text, " %u", media->codecs[i].payload_type);
    }
    if (media->codec_count == 0) {
        const char *fallback = media->kind == HP_SDP_APPLICATION ? "webrtc-datachannel" : "0";
        g_string_append_printf(text, " %s", media->formats != NULL ? media->formats : fallback);
    }
    g_string_append_printf(
            text, "\r\nc=%s\r\n", media->connection != NULL ? media->connection : "IN IP4 0.0.0.0");
}

static void
write_transport(GString *text, const struct hp_sdp_media *media)
{
    for (unsigned i = 0; i < media->candidate_count; i++) {
        write_flag(text, media->candidates[i], true);
    }
    write_flag(text, "end-of-candidates", media->has_end_of_candidates);
    write_value(text, "ice-ufrag", media->ice_ufrag);
    write_value(text, "ice-pwd", media->ice_pwd);
    write_value(text, "ice-options", media->ice_options);
    if (media->fingerprint != NULL) {
        g_string_append_printf(
                text, "a=fingerprint:%s %s\r\n", media->fingerprint_hash, media->fingerprint);
    }
    write_value(text, "setup", setup_names[media->setup]);
    write_flag(text, "bundle-only", media->is_bundle_only);
}

static void
write_codec(GString *text, const struct hp_sdp_codec *codec)
{
    unsigned payload_type = codec->payload_type;
    if (codec->name != NULL) {
        g_string_append_printf(
                text, "a=rtpmap:%u %s/%u", payload_type, codec->name, codec->clock_rate);
        if (codec->channels > 0) {
            g_string_append_printf(text, "/%u", codec->channels);
        }
        g_string_append(text, "\r\n");
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(feedback_names); i++) {
        if ((codec->feedback & feedback_names[i].bit) != 0) {
            g_string_append_printf(
                    text, "a=rtcp-fb:%u %s\r\n", payload_type, feedback_names[i].text);
        }
    }
    if (codec->fmtp != NULL) {
        g_string_append_printf(text, "a=fmtp:%u %s\r\n", payload_type, codec->fmtp);
    } else if (codec->apt >= 0 && codec->name != NULL
            && g_ascii_strcasecmp(codec->name, "rtx") == 0) {
        g_string_append_printf(text, "a=fmtp:%u apt=%d\r\n", payload_type, codec->apt);
    }
}

static void
write_ssrcs(GString *text, const struct hp_sdp_media *media)
{
    for (unsigned i = 0; i < media->ssrc_count; i++) {
        const struct hp_sdp_ssrc *ssrc = &media->ssrcs[i];
        if (ssrc->cname != NULL) {
            g_string_append_printf(text, "a=ssrc:%u cname:%s\r\n", ssrc->ssrc, ssrc->cname);
        }
        if (ssrc->msid != NULL) {
            g_string_append_printf(text, "a=ssrc:%u msid:%s\r\n", ssrc->ssrc, ssrc->msid);
        }
        if (ssrc->cname == NULL && ssrc->msid == NULL) {
            g_string_append_printf(text, "a=ssrc:%u\r\n", ssrc->ssrc);
        }
    }
    for (unsigned i = 0; i < media->ssrc_count; i++) {
        const struct hp_sdp_ssrc *ssrc = &media->ssrcs[i];
        if (ssrc->repairs != 0) {
            g_string_append_printf(text, "a=ssrc-group:FID %u %u\r\n", ssrc->repairs, ssrc->ssrc);
        }
    }
}

static void
write_media(GString *text, const struct hp_sdp_media *media)
{
    write_media_line(text, media);
    write_value(text, "mid", media->mid);
    write_transport(text, media);
    for (unsigned i = 0; i < media->extmap_count; i++) {
        const struct hp_sdp_extmap *extmap = &media->extmaps[i];
        bool has_direction = extmap->direction != NULL;
        g_string_append_printf(text, "a=extmap:%u%s%s %s\r\n", extmap->id, has_direction ? "/" : "",
                has_direction ? extmap->direction : "", extmap->uri);
    }
    write_value(text, "msid", media->msid);
    write_flag(text, direction_names[media->direction], media->kind != HP_SDP_APPLICATION);
    write_flag(text, "rtcp-mux", media->has_rtcp_mux);
    write_flag(text, "rtcp-rsize", media->has_rtcp_rsize);
    for (unsigned i = 0; i < media->codec_count; i++) {
        write_codec(text, &media->codecs[i]);
    }
    write_ssrcs(text, media);
    if (media->sctp_port != 0) {
        g_string_append_printf(text, "a=sctp-port:%u\r\n", media->sctp_port);
    }
    if (media->max_message_size != 0) {
        g_string_append_printf(text, "a=max-message-size:%" PRIu64 "\r\n", media->max_message_size);
    }
    write_attributes(text, media->attributes, media->attribute_count);
}

char *
hp_sdp_write(const struct hp_sdp *sdp)
{
    GString *text = g_string_sized_new(4096);
    g_string_append_printf(text, "v=0\r\no=%s\r\ns=%s\r\nt=0 0\r\n",
            sdp->origin != NULL ? sdp->origin : "- 0 0 IN IP4 127.0.0.1",
            sdp->name != NULL ? sdp->name : "-");
    if (sdp->bundle_count > 0) {
        g_string_append(text, "a=group:BUNDLE");
        for (unsigned i = 0; i < sdp->bundle_count; i++) {
            g_string_append_printf(text, " %s", sdp->bundle[i]);
        }
        g_string_append(text, "\r\n");
    }
    write_flag(text, "ice-lite", sdp->is_ice_lite);
    write_attributes(text, sdp->attributes, sdp->attribute_count);
    for (unsigned i = 0; i < sdp->media_count; i++) {
        write_media(text, &sdp->media[i]);
    }
    return g_string_free(text, FALSE);
}
