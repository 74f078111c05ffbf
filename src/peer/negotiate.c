// negotiate.c - offers and answers as a pure function of our tracks, what was agreed before and the
// remote description.
// Owner: nobody.  Thread: any.
// RFC 8829 (JSEP), RFC 3264 (offer and answer), RFC 8842 (DTLS roles), RFC 9143 (BUNDLE).
#include "peer/negotiate.h"

#include <string.h>

#include <glib.h>

#include "peer/negotiate_codec.h"

enum {
    SCTP_PORT = 5000,
    MAX_MESSAGE_SIZE = 256 * 1024, // bytes of the largest message on a data channel that we take
    DISCARD_PORT = 9,
};

#define PROTO_MEDIA "UDP/TLS/RTP/SAVPF"
#define PROTO_DATA "UDP/DTLS/SCTP"
#define FORMAT_DATA "webrtc-datachannel"
#define STREAM_ID "stream" // both tracks in one stream: browsers keep them in step

static const char *const track_ids[HP_TRACK_KINDS] = {
    [HP_TRACK_AUDIO] = "audio",
    [HP_TRACK_VIDEO] = "video",
};

static bool
is_media(enum hp_sdp_kind kind)
{
    return kind == HP_SDP_AUDIO || kind == HP_SDP_VIDEO;
}

static bool
does_receive(enum hp_sdp_direction direction)
{
    return direction == HP_SDP_SENDRECV || direction == HP_SDP_RECVONLY;
}

static void
write_track(const struct hp_negotiate_local *local, const struct hp_section *section,
        struct hp_sdp *sdp, struct hp_sdp_media *media)
{
    enum hp_track_kind kind = hp_section_track_kind(section);
    media->msid = hp_sdp_keep(sdp, STREAM_ID " %s", track_ids[kind]);
    media->ssrcs[media->ssrc_count++] = (struct hp_sdp_ssrc) {
        .ssrc = local->ssrcs[kind], .cname = local->cname, .msid = media->msid,
    };
    bool has_rtx = kind == HP_TRACK_VIDEO && (section->is_ours || section->rtx_payload_type >= 0);
    if (has_rtx) {
        media->ssrcs[media->ssrc_count++] = (struct hp_sdp_ssrc) {
            .ssrc = local->rtx_ssrcs[kind], .repairs = local->ssrcs[kind],
            .cname = local->cname, .msid = media->msid,
        };
    }
}

static void
write_transport(const struct hp_negotiate_local *local, enum hp_sdp_setup setup, bool is_first,
        struct hp_sdp *sdp, struct hp_sdp_media *media)
{
    media->ice_ufrag = local->ice_ufrag;
    media->ice_pwd = local->ice_pwd;
    media->ice_options = "trickle";
    media->fingerprint_hash = "sha-256";
    media->fingerprint = local->fingerprint;
    media->setup = setup;
    for (unsigned i = 0; is_first && i < local->candidate_count; i++) {
        if (media->candidate_count < HP_SDP_CANDIDATES_MAX) {
            media->candidates[media->candidate_count++] =
                    hp_sdp_keep(sdp, "%s", local->candidates[i]);
        }
    }
}

static void
write_rejected(const struct hp_section *section, struct hp_sdp *sdp, struct hp_sdp_media *media)
{
    media->port = 0;
    media->kind_name = hp_sdp_keep(sdp, "%s", section->kind_name);
    media->proto = hp_sdp_keep(sdp, "%s", section->proto);
    media->formats = hp_sdp_keep(sdp, "%s", section->formats);
    media->direction = HP_SDP_INACTIVE;
}

static void
write_section(const struct hp_negotiate_local *local, const struct hp_section *section,
        enum hp_sdp_setup setup, struct hp_sdp *sdp)
{
    const char *mid = section->mid[0] == '\0' ? NULL : section->mid;
    struct hp_sdp_media *media = hp_sdp_add_media(sdp, section->kind, mid);
    if (section->is_rejected) {
        write_rejected(section, sdp, media);
        return;
    }
    media->port = DISCARD_PORT;
    write_transport(local, setup, sdp->bundle_count == 0, sdp, media);
    if (media->mid != NULL) {
        sdp->bundle[sdp->bundle_count++] = media->mid;
    }
    if (section->kind == HP_SDP_APPLICATION) {
        media->proto = PROTO_DATA;
        media->formats = FORMAT_DATA;
        media->sctp_port = SCTP_PORT;
        media->max_message_size = MAX_MESSAGE_SIZE;
        return;
    }
    media->proto = PROTO_MEDIA;
    media->direction = section->direction;
    media->has_rtcp_mux = true;
    media->has_rtcp_rsize = true;
    hp_negotiate_write_codecs(local->codecs, local->codec_count, section, sdp, media);
    if (section->is_track) {
        write_track(local, section, sdp, media);
    }
}

static struct hp_sdp *
write_plan(const struct hp_negotiate_local *local, const struct hp_plan *plan,
        enum hp_sdp_setup setup)
{
    struct hp_sdp *sdp = hp_sdp_create();
    sdp->origin = hp_sdp_keep(sdp, "- %" G_GUINT64_FORMAT " %u IN IP4 127.0.0.1",
            local->session_id, local->version);
    sdp->attributes[sdp->attribute_count++] = "msid-semantic: WMS " STREAM_ID;
    for (unsigned i = 0; i < plan->section_count; i++) {
        write_section(local, &plan->sections[i], setup, sdp);
    }
    return sdp;
}

static bool
has_codec_of(const struct hp_negotiate_local *local, enum hp_track_kind kind)
{
    for (unsigned i = 0; i < local->codec_count; i++) {
        if (hp_codec_kind(local->codecs[i]) == kind) {
            return true;
        }
    }
    return false;
}

static void
add_section(struct hp_plan *plan, enum hp_sdp_kind kind)
{
    struct hp_section *section = &plan->sections[plan->section_count];
    section->kind = kind;
    section->is_ours = true;
    section->is_track = is_media(kind);
    section->direction = HP_SDP_SENDONLY;
    section->rtx_payload_type = -1;
    g_snprintf(section->mid, sizeof(section->mid), "%u", plan->section_count);
    plan->section_count++;
}

struct hp_sdp *
hp_negotiate_offer(const struct hp_negotiate_local *local, const struct hp_plan *agreed,
        struct hp_plan *offered)
{
    *offered = *agreed;
    if (offered->section_count == 0) {
        if (has_codec_of(local, HP_TRACK_AUDIO)) {
            add_section(offered, HP_SDP_AUDIO);
        }
        if (has_codec_of(local, HP_TRACK_VIDEO)) {
            add_section(offered, HP_SDP_VIDEO);
        }
        add_section(offered, HP_SDP_APPLICATION);
    }
    // Later offers contain actpass too; the answer keeps the role (RFC 8842 section 5.2).
    return write_plan(local, offered, HP_SDP_SETUP_ACTPASS);
}

// The first accepted m-line carries the transport; all other m-lines have to be bundled with it.
static const struct hp_sdp_media *
find_transport(const struct hp_sdp *sdp)
{
    for (unsigned i = 0; i < sdp->media_count; i++) {
        const struct hp_sdp_media *media = &sdp->media[i];
        if (!hp_sdp_media_is_rejected(media) && media->ice_ufrag != NULL) {
            return media;
        }
    }
    return NULL;
}

static bool
shares_transport(const struct hp_sdp *sdp, const struct hp_sdp_media *media)
{
    if (media == find_transport(sdp)) {
        return true;
    }
    return media->mid != NULL && hp_sdp_is_bundled(sdp, media->mid);
}

static bool
speaks_proto(const struct hp_sdp_media *media)
{
    if (media->proto == NULL) {
        return false;
    }
    if (media->kind == HP_SDP_APPLICATION) {
        return strstr(media->proto, "DTLS/SCTP") != NULL && media->sctp_port != 0;
    }
    return is_media(media->kind) && g_str_has_suffix(media->proto, "RTP/SAVPF")
            && media->has_rtcp_mux;
}

static void
reject(struct hp_section *section)
{
    section->is_rejected = true;
    section->is_track = false;
    section->has_codec = false;
    section->direction = HP_SDP_INACTIVE;
}

static void
note_form(const struct hp_sdp_media *media, struct hp_section *section)
{
    static const char *const names[] = {
        [HP_SDP_AUDIO] = "audio", [HP_SDP_VIDEO] = "video", [HP_SDP_APPLICATION] = "application",
        [HP_SDP_OTHER] = "text",
    };
    const char *name = media->kind_name != NULL ? media->kind_name : names[media->kind];
    g_strlcpy(section->kind_name, name, sizeof(section->kind_name));
    g_strlcpy(section->proto, media->proto != NULL ? media->proto : PROTO_MEDIA,
            sizeof(section->proto));
    g_strlcpy(section->formats, media->formats != NULL ? media->formats : "0",
            sizeof(section->formats));
    char *cut = section->formats;
    if (strlen(media->formats != NULL ? media->formats : "") >= sizeof(section->formats)) {
        cut = strrchr(section->formats, ' '); // never cut a format in two
        if (cut != NULL) {
            *cut = '\0';
        }
    }
}

static bool
choose_codec(const struct hp_negotiate_local *local, const struct hp_sdp_media *media,
        bool is_answer, struct hp_section *section)
{
    return hp_negotiate_choose_codec(
            local->codecs, local->codec_count, media, is_answer, section);
}

static enum hp_status
accept_section(const struct hp_negotiate_local *local, const struct hp_sdp *answer,
        const struct hp_sdp_media *media, struct hp_plan *agreed, struct hp_section *section)
{
    if (media->kind != section->kind
            || (media->mid != NULL && strcmp(media->mid, section->mid) != 0)) {
        return HP_STATUS_BAD_MESSAGE;
    }
    note_form(media, section);
    bool is_refused = section->is_rejected || hp_sdp_media_is_rejected(media)
            || !shares_transport(answer, media) || !speaks_proto(media);
    if (section->kind == HP_SDP_APPLICATION || !is_media(section->kind)) {
        if (is_refused) {
            reject(section);
        }
        return HP_STATUS_OK;
    }
    if (is_refused || !choose_codec(local, media, true, section)) {
        agreed->lacks_video_codec |= section->kind == HP_SDP_VIDEO && section->is_track;
        reject(section);
        return HP_STATUS_OK;
    }
    section->direction = does_receive(media->direction) && section->is_track ? HP_SDP_SENDONLY
                                                                              : HP_SDP_INACTIVE;
    return HP_STATUS_OK;
}

// Sets our role from the role of the other side; a role that is in force stays.
static bool
settle_setup(struct hp_plan *plan, enum hp_sdp_setup remote, bool is_answer)
{
    switch (remote) {
    case HP_SDP_SETUP_ACTIVE:
        plan->setup = plan->setup != HP_SDP_SETUP_NONE ? plan->setup : HP_SDP_SETUP_PASSIVE;
        return true;
    case HP_SDP_SETUP_PASSIVE:
        plan->setup = plan->setup != HP_SDP_SETUP_NONE ? plan->setup : HP_SDP_SETUP_ACTIVE;
        return true;
    case HP_SDP_SETUP_ACTPASS:
    case HP_SDP_SETUP_NONE:
        // The DTLS server chooses the SRTP profile, so we prefer to be the server.
        plan->setup = plan->setup != HP_SDP_SETUP_NONE ? plan->setup : HP_SDP_SETUP_PASSIVE;
        return !is_answer;
    case HP_SDP_SETUP_HOLDCONN: return false;
    }
    return false;
}

enum hp_status
hp_negotiate_accept(const struct hp_negotiate_local *local, const struct hp_plan *offered,
        const struct hp_sdp *answer, struct hp_plan *agreed)
{
    *agreed = *offered;
    agreed->lacks_video_codec = false;
    const struct hp_sdp_media *transport = find_transport(answer);
    if (answer->media_count != offered->section_count || transport == NULL
            || !settle_setup(agreed, transport->setup, true)) {
        return HP_STATUS_BAD_MESSAGE;
    }
    for (unsigned i = 0; i < answer->media_count; i++) {
        enum hp_status status = accept_section(
                local, answer, &answer->media[i], agreed, &agreed->sections[i]);
        if (status != HP_STATUS_OK) {
            return status;
        }
    }
    return HP_STATUS_OK;
}

static void
take_media(const struct hp_negotiate_local *local, const struct hp_sdp_media *media,
        struct hp_plan *agreed, struct hp_section *section)
{
    if (!choose_codec(local, media, false, section)) {
        agreed->lacks_video_codec |= section->kind == HP_SDP_VIDEO && does_receive(media->direction)
                && has_codec_of(local, HP_TRACK_VIDEO);
        reject(section);
        return;
    }
    const struct hp_section *holder = hp_plan_find_track(agreed, hp_section_track_kind(section));
    section->is_track = holder == section || (holder == NULL && does_receive(media->direction));
    section->direction = section->is_track && does_receive(media->direction) ? HP_SDP_SENDONLY
                                                                             : HP_SDP_INACTIVE;
}

static void
take_section(const struct hp_negotiate_local *local, const struct hp_sdp *offer,
        const struct hp_sdp_media *media, struct hp_plan *agreed, struct hp_section *section)
{
    section->kind = media->kind;
    section->is_ours = false; // from now on the payload types of the offer are in force
    section->is_rejected = false;
    section->rtx_payload_type = -1;
    note_form(media, section);
    const struct hp_section *data = hp_plan_find_data(agreed);
    bool is_second_data = media->kind == HP_SDP_APPLICATION && data != NULL && data != section;
    if (hp_sdp_media_is_rejected(media) || !shares_transport(offer, media) || !speaks_proto(media)
            || is_second_data) {
        reject(section);
        return;
    }
    if (is_media(media->kind)) {
        take_media(local, media, agreed, section);
    }
}

// An agreed section keeps its mid and kind; a rejected section may be used for another m-line.
static bool
fits(const struct hp_section *section, const struct hp_sdp_media *media)
{
    return section->is_rejected
            || (section->kind == media->kind
                    && strcmp(section->mid, media->mid != NULL ? media->mid : "") == 0);
}

enum hp_status
hp_negotiate_take(const struct hp_negotiate_local *local, const struct hp_plan *before,
        const struct hp_sdp *offer, struct hp_plan *agreed)
{
    *agreed = *before;
    agreed->lacks_video_codec = false;
    const struct hp_sdp_media *transport = find_transport(offer);
    if (transport == NULL || offer->media_count < before->section_count
            || !settle_setup(agreed, transport->setup, false)) {
        return HP_STATUS_BAD_MESSAGE;
    }
    for (unsigned i = 0; i < offer->media_count; i++) {
        const struct hp_sdp_media *media = &offer->media[i];
        struct hp_section *section = &agreed->sections[i];
        const char *mid = media->mid != NULL ? media->mid : "";
        if (strlen(mid) > HP_MID_MAX
                || (i < before->section_count && !fits(section, media))) {
            return HP_STATUS_BAD_MESSAGE;
        }
        if (i >= before->section_count || section->is_rejected) {
            *section = (struct hp_section) { .is_rejected = true };
            g_strlcpy(section->mid, mid, sizeof(section->mid));
        }
        agreed->section_count = MAX(agreed->section_count, i + 1);
        take_section(local, offer, media, agreed, section);
    }
    return HP_STATUS_OK;
}

struct hp_sdp *
hp_negotiate_answer(const struct hp_negotiate_local *local, const struct hp_sdp *offer,
        const struct hp_plan *agreed)
{
    struct hp_sdp *answer = write_plan(local, agreed, agreed->setup);
    if (offer->bundle_count == 0) {
        answer->bundle_count = 0; // a group in the answer must be a subset of the offered one
    }
    return answer;
}

static void
note_data(const struct hp_sdp *sdp, struct hp_negotiate_remote *remote)
{
    for (unsigned i = 0; i < sdp->media_count; i++) {
        const struct hp_sdp_media *media = &sdp->media[i];
        if (media->kind == HP_SDP_APPLICATION && !hp_sdp_media_is_rejected(media)) {
            remote->sctp_port = media->sctp_port;
            remote->max_message_size = media->max_message_size;
            return;
        }
    }
}

bool
hp_negotiate_find_remote(const struct hp_sdp *sdp, struct hp_negotiate_remote *remote)
{
    const struct hp_sdp_media *media = find_transport(sdp);
    if (media == NULL || media->ice_pwd == NULL || media->fingerprint == NULL
            || media->fingerprint_hash == NULL) {
        return false;
    }
    *remote = (struct hp_negotiate_remote) { .is_ice_lite = sdp->is_ice_lite };
    note_data(sdp, remote);
    // RFC 8839 section 5.4: a ufrag has at least 4 characters, a password 22.
    return strlen(media->ice_ufrag) >= 4 && strlen(media->ice_pwd) >= 22
            && g_strlcpy(remote->ice_ufrag, media->ice_ufrag, sizeof(remote->ice_ufrag))
                    < sizeof(remote->ice_ufrag)
            && g_strlcpy(remote->ice_pwd, media->ice_pwd, sizeof(remote->ice_pwd))
                    < sizeof(remote->ice_pwd)
            && g_strlcpy(remote->fingerprint_hash, media->fingerprint_hash,
                       sizeof(remote->fingerprint_hash))
                    < sizeof(remote->fingerprint_hash)
            && g_strlcpy(remote->fingerprint, media->fingerprint, sizeof(remote->fingerprint))
                    < sizeof(remote->fingerprint);
}
