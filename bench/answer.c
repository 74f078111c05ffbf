// answer.c - the answer to an offer of either server: accepts the first VP8 m-line only, or all.
// Owner: bench_viewer.  Thread: main.
//
// Beside another server sound and data channel are refused, so that both carry the same: one stream
// of pictures.
#include "answer.h"

#include <netinet/in.h>
#include <string.h>

#include <arpa/inet.h>

#define LOG_TAG "answer"
#include "base/log.h"
#include "wire/candidate.h"
#include "wire/sdp.h"

enum {
    HOST_PRIORITY = 2130706431
}; // RFC 8445 section 5.1.2.1

static const struct hp_sdp_codec *
find_vp8(const struct hp_sdp_media *media)
{
    for (unsigned i = 0; i < media->codec_count; i++) {
        const struct hp_sdp_codec *codec = &media->codecs[i];
        if (codec->name != NULL && g_ascii_strcasecmp(codec->name, "VP8") == 0) {
            return codec;
        }
    }
    return NULL;
}

static void
add_candidate(struct hp_sdp *sdp, struct hp_sdp_media *media, const struct sockaddr_in *address)
{
    char text[HP_CANDIDATE_TEXT_MAX];
    struct hp_candidate candidate = {
        .foundation = "1",
        .component = 1,
        .transport = HP_CANDIDATE_UDP,
        .priority = HOST_PRIORITY,
        .port = ntohs(address->sin_port),
        .type = HP_CANDIDATE_HOST,
    };
    inet_ntop(AF_INET, &address->sin_addr, candidate.address, sizeof(candidate.address));
    if (hp_candidate_write(&candidate, text, sizeof(text)) > 0) {
        media->candidates[media->candidate_count++] = hp_sdp_keep(sdp, "%s", text);
        media->has_end_of_candidates = true;
    }
}

static void
add_codec(struct hp_sdp_media *out, const struct hp_sdp_codec *codec, bool has_feedback)
{
    out->codecs[out->codec_count] = *codec;
    if (!has_feedback) {
        out->codecs[out->codec_count].feedback &= ~(unsigned) HP_SDP_FB_TRANSPORT_CC;
    }
    out->codec_count++;
}

static void
take_transport(struct hp_sdp *sdp, struct hp_sdp_media *out,
        const struct bench_answer_params *params)
{
    const char *hash_end = strchr(params->fingerprint, ' ');
    out->ice_ufrag = params->ufrag;
    out->ice_pwd = params->password;
    out->fingerprint_hash = "sha-256";
    out->fingerprint = hash_end == NULL ? "" : hash_end + 1;
    out->setup = HP_SDP_SETUP_ACTIVE;
    if (sdp->bundle_count == 0) {
        add_candidate(sdp, out, params->address);
    }
    sdp->bundle[sdp->bundle_count++] = out->mid;
}

// The other extensions are left out: Hairpin's would make its packets larger than Janus'.
static void
take_transport_ext(struct hp_sdp_media *out, const struct hp_sdp_media *in)
{
    for (unsigned i = 0; i < in->extmap_count; i++) {
        if (strcmp(in->extmaps[i].uri, HP_SDP_EXT_TRANSPORT_CC) == 0) {
            out->extmaps[out->extmap_count++] = in->extmaps[i];
        }
    }
}

static void
take_media(struct hp_sdp *sdp, struct hp_sdp_media *out, const struct hp_sdp_media *in,
        const struct bench_answer_params *params)
{
    const struct hp_sdp_codec *codec = find_vp8(in);
    codec = codec != NULL ? codec : &in->codecs[0];
    const struct hp_sdp_codec *rtx = hp_sdp_find_rtx(in, codec->payload_type);
    out->direction = HP_SDP_RECVONLY;
    out->has_rtcp_mux = true;
    out->has_rtcp_rsize = in->has_rtcp_rsize;
    take_transport(sdp, out, params);
    add_codec(out, codec, params->takes_all);
    if (rtx != NULL) {
        add_codec(out, rtx, params->takes_all);
    }
    if (params->takes_all) {
        take_transport_ext(out, in);
    }
}

static void
take_data(struct hp_sdp *sdp, struct hp_sdp_media *out, const struct hp_sdp_media *in,
        const struct bench_answer_params *params)
{
    take_transport(sdp, out, params);
    out->formats = in->formats;
    out->sctp_port = in->sctp_port;
    out->max_message_size = in->max_message_size;
}

static void
refuse_media(struct hp_sdp_media *out, const struct hp_sdp_media *in)
{
    out->port = 0;
    out->direction = HP_SDP_INACTIVE;
    out->kind_name = in->kind_name;
    out->formats = in->formats;
    for (unsigned i = 0; i < in->codec_count && i < 1; i++) {
        add_codec(out, &in->codecs[i], false);
    }
}

static char *
write_answer(const struct hp_sdp *offer, const struct hp_sdp_media *taken,
        const struct bench_answer_params *params)
{
    struct hp_sdp *sdp = hp_sdp_create();
    for (unsigned i = 0; i < offer->media_count; i++) {
        const struct hp_sdp_media *in = &offer->media[i];
        struct hp_sdp_media *out = hp_sdp_add_media(sdp, in->kind, in->mid);
        out->proto = in->proto;
        if (params->takes_all && in->kind == HP_SDP_APPLICATION) {
            take_data(sdp, out, in, params);
        } else if (in == taken || (params->takes_all && in->kind == HP_SDP_AUDIO)) {
            take_media(sdp, out, in, params);
        } else {
            refuse_media(out, in);
        }
    }
    char *text = hp_sdp_write(sdp);
    hp_sdp_destroy(sdp);
    return text;
}

static void
keep_remote(struct bench_answer *answer, const struct hp_sdp *offer, const struct hp_sdp_media *in)
{
    answer->is_lite = offer->is_ice_lite;
    answer->payload_type = find_vp8(in)->payload_type;
    answer->remote_ufrag = g_strdup(in->ice_ufrag);
    answer->remote_password = g_strdup(in->ice_pwd);
    answer->remote_fingerprint = g_strdup_printf("%s %s", in->fingerprint_hash, in->fingerprint);
    answer->candidates = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < in->candidate_count; i++) {
        g_ptr_array_add(answer->candidates, g_strdup(in->candidates[i]));
    }
}

char *
bench_answer_make(
        struct bench_answer *answer, const char *text, const struct bench_answer_params *params)
{
    struct hp_sdp *offer = hp_sdp_create();
    const struct hp_sdp_media *taken = NULL;
    char *out = NULL;
    if (hp_sdp_parse(offer, text, strlen(text)) < 0) {
        log_error("the offer cannot be read: %s", offer->error);
        goto done;
    }
    for (unsigned i = 0; i < offer->media_count && taken == NULL; i++) {
        const struct hp_sdp_media *media = &offer->media[i];
        bool is_usable = find_vp8(media) != NULL && media->ice_ufrag != NULL
                && media->ice_pwd != NULL && media->fingerprint != NULL;
        taken = is_usable ? media : NULL;
    }
    if (taken == NULL) {
        log_error("the offer has no VP8 with ICE and DTLS");
        goto done;
    }
    keep_remote(answer, offer, taken);
    for (unsigned i = 0; params->takes_all && i < offer->media_count; i++) {
        answer->has_data = answer->has_data || offer->media[i].kind == HP_SDP_APPLICATION;
        answer->transport_ext = hp_sdp_find_extmap(taken, HP_SDP_EXT_TRANSPORT_CC);
    }
    out = write_answer(offer, taken, params);
done:
    hp_sdp_destroy(offer);
    return out;
}

void
bench_answer_finish(struct bench_answer *answer)
{
    g_free(answer->remote_ufrag);
    g_free(answer->remote_password);
    g_free(answer->remote_fingerprint);
    g_clear_pointer(&answer->candidates, g_ptr_array_unref);
}
