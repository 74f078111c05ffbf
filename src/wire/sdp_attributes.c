// sdp_attributes.c - the a= lines of a session description.
// Owner: none, pure.  Thread: any.
// RFC 8866 section 6, RFC 8839 section 5, RFC 8842, RFC 8841, RFC 4585, RFC 8285, RFC 5576. The
// table below finds the parser of a line; a line without one is kept whole.
#include "wire/sdp_scan.h"

#include <string.h>

#include <glib.h>

#include "base/ice.h"
#include "wire/sdp.h"

enum {
    ICE_UFRAG_MIN = 4,
    ICE_PWD_MIN = 22,
    EXTMAP_MAX = 4095, // RFC 8285 section 5 reserves 4096 and up for offers of alternatives
};

// ---- attributes of the transport: session or media ----

static bool
parse_ice_ufrag(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    size_t length = strlen(value);
    if (length < ICE_UFRAG_MIN || length > HP_ICE_TEXT_MAX || strchr(value, ' ') != NULL) {
        return hp_sdp_fail(
                parser, "ice-ufrag: expected %d to %d characters", ICE_UFRAG_MIN, HP_ICE_TEXT_MAX);
    }
    media->ice_ufrag = value;
    return true;
}

static bool
parse_ice_pwd(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    size_t length = strlen(value);
    if (length < ICE_PWD_MIN || length > HP_ICE_TEXT_MAX || strchr(value, ' ') != NULL) {
        return hp_sdp_fail(
                parser, "ice-pwd: expected %d to %d characters", ICE_PWD_MIN, HP_ICE_TEXT_MAX);
    }
    media->ice_pwd = value;
    return true;
}

static bool
parse_ice_options(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    media->ice_options = value;
    return true;
}

static bool
is_fingerprint(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        bool is_fine = i % 3 == 2 ? text[i] == ':' : g_ascii_isxdigit(text[i]) != 0;
        if (!is_fine) {
            return false;
        }
    }
    return length % 3 == 2;
}

static bool
parse_fingerprint(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    const char *hash = hp_sdp_take_word(&value);
    const char *fingerprint = hp_sdp_take_word(&value);
    if (hash == NULL || fingerprint == NULL || !is_fingerprint(fingerprint)) {
        return hp_sdp_fail(parser, "fingerprint: expected a hash and hex pairs");
    }
    // The first fingerprint of this level counts, unless SHA-256 follows; it replaces the session's
    // one.
    bool is_own = media->fingerprint != NULL
            && (media == parser->session || media->fingerprint != parser->session->fingerprint);
    if (!is_own || g_ascii_strcasecmp(hash, "sha-256") == 0) {
        media->fingerprint_hash = hash;
        media->fingerprint = fingerprint;
    }
    return true;
}

static bool
parse_setup(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    static const char *const names[] = { "", "actpass", "active", "passive", "holdconn" };
    int setup = hp_sdp_find_name(names, G_N_ELEMENTS(names), value);
    if (setup <= 0) {
        return hp_sdp_fail(parser, "setup: expected actpass, active, passive or holdconn");
    }
    media->setup = (enum hp_sdp_setup) setup;
    return true;
}

static bool
parse_sendrecv(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    media->direction = HP_SDP_SENDRECV;
    return true;
}

static bool
parse_sendonly(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    media->direction = HP_SDP_SENDONLY;
    return true;
}

static bool
parse_recvonly(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    media->direction = HP_SDP_RECVONLY;
    return true;
}

static bool
parse_inactive(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    media->direction = HP_SDP_INACTIVE;
    return true;
}

// ---- attributes of a media section ----

static bool
parse_mid(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    if (*value == '\0' || strchr(value, ' ') != NULL) {
        return hp_sdp_fail(parser, "mid: expected one word");
    }
    if (hp_sdp_find_media(parser->sdp, value) != NULL) {
        return hp_sdp_fail(parser, "mid: expected each name once");
    }
    media->mid = value;
    return true;
}

static bool
parse_bundle_only(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    media->is_bundle_only = true;
    return true;
}

static bool
parse_rtcp_mux(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    media->has_rtcp_mux = true;
    return true;
}

static bool
parse_rtcp_rsize(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    media->has_rtcp_rsize = true;
    return true;
}

static bool
parse_end_of_candidates(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    media->has_end_of_candidates = true;
    return true;
}

static bool
parse_candidate(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    if (value[-1] != ':') {
        return hp_sdp_fail(parser, "candidate: expected a value");
    }
    if (media->candidate_count < HP_SDP_CANDIDATES_MAX) {
        media->candidates[media->candidate_count++] = value - strlen("candidate:");
    }
    return true;
}

static bool
parse_msid(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    if (media->msid == NULL) {
        media->msid = value;
    }
    return true;
}

// Reads "PT " at *value. *codec is NULL for a payload type that the m-line does not name.
static bool
take_codec(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char **value,
        struct hp_sdp_codec **codec)
{
    uint64_t number;
    if (!hp_sdp_take_number(value, HP_SDP_PAYLOAD_TYPE_MAX, &number)
            || (**value != ' ' && **value != '\t')) {
        return hp_sdp_fail(
                parser, "expected a payload type of at most %d", HP_SDP_PAYLOAD_TYPE_MAX);
    }
    *value = hp_sdp_skip_spaces(*value);
    *codec = (struct hp_sdp_codec *) hp_sdp_find_codec(media, (int) number);
    return true;
}

static bool
parse_rtpmap(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    struct hp_sdp_codec *codec;
    if (!take_codec(parser, media, &value, &codec)) {
        return false;
    }
    char *slash = strchr(value, '/');
    if (slash == NULL || slash == value) {
        return hp_sdp_fail(parser, "rtpmap: expected NAME/CLOCK");
    }
    char *rest = slash + 1;
    uint64_t clock_rate;
    uint64_t channels = 0;
    bool is_fine = hp_sdp_take_number(&rest, UINT32_MAX, &clock_rate) && clock_rate > 0;
    if (is_fine && *rest == '/') {
        rest++;
        is_fine = hp_sdp_take_number(&rest, UINT8_MAX, &channels);
    }
    if (!is_fine || *hp_sdp_skip_spaces(rest) != '\0') {
        return hp_sdp_fail(parser, "rtpmap: expected NAME/CLOCK or NAME/CLOCK/CHANNELS");
    }
    if (codec != NULL) {
        *slash = '\0';
        codec->name = value;
        codec->clock_rate = (uint32_t) clock_rate;
        codec->channels = (unsigned) channels;
    }
    return true;
}

static bool
parse_fmtp(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    struct hp_sdp_codec *codec;
    if (!take_codec(parser, media, &value, &codec)) {
        return false;
    }
    if (codec != NULL && codec->fmtp == NULL && *value != '\0') {
        codec->fmtp = value;
    }
    return true;
}

static unsigned
find_feedback(const char *value)
{
    static const struct {
        const char *text;
        unsigned bit;
    } names[] = {
        { "nack", HP_SDP_FB_NACK },
        { "nack pli", HP_SDP_FB_NACK_PLI },
        { "ccm fir", HP_SDP_FB_CCM_FIR },
        { "goog-remb", HP_SDP_FB_GOOG_REMB },
        { "transport-cc", HP_SDP_FB_TRANSPORT_CC },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(value, names[i].text) == 0) {
            return names[i].bit;
        }
    }
    return 0;
}

static bool
parse_rtcp_fb(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    if (value[0] == '*' && (value[1] == ' ' || value[1] == '\t')) {
        unsigned bit = find_feedback(hp_sdp_skip_spaces(value + 1));
        for (unsigned i = 0; i < media->codec_count; i++) {
            media->codecs[i].feedback |= bit;
        }
        return true;
    }
    struct hp_sdp_codec *codec;
    if (!take_codec(parser, media, &value, &codec)) {
        return false;
    }
    if (codec != NULL) {
        codec->feedback |= find_feedback(value);
    }
    return true;
}

static bool
parse_extmap(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    static const char *const directions[] = { "sendonly", "recvonly", "sendrecv", "inactive" };
    uint64_t id;
    const char *direction = NULL;
    if (!hp_sdp_take_number(&value, EXTMAP_MAX, &id) || id == 0) {
        return hp_sdp_fail(parser, "extmap: expected a number of 1 to %d", EXTMAP_MAX);
    }
    if (*value == '/') {
        value++;
        direction = hp_sdp_take_word(&value);
        if (direction == NULL
                || hp_sdp_find_name(directions, G_N_ELEMENTS(directions), direction) < 0) {
            return hp_sdp_fail(parser, "extmap: expected a direction");
        }
    } else if (*value != ' ') {
        return hp_sdp_fail(parser, "extmap: expected a space behind the number");
    }
    const char *uri = hp_sdp_take_word(&value);
    if (uri == NULL) {
        return hp_sdp_fail(parser, "extmap: expected a URI");
    }
    if (media->extmap_count < HP_SDP_EXTMAPS_MAX) {
        media->extmaps[media->extmap_count++] = (struct hp_sdp_extmap){
            .id = (uint16_t) id,
            .direction = direction,
            .uri = uri,
        };
    }
    return true;
}

// The entry of an SSRC, which is made if it does not exist. NULL: there is no room.
static struct hp_sdp_ssrc *
get_ssrc(struct hp_sdp_media *media, uint32_t number)
{
    for (unsigned i = 0; i < media->ssrc_count; i++) {
        if (media->ssrcs[i].ssrc == number) {
            return &media->ssrcs[i];
        }
    }
    if (media->ssrc_count == HP_SDP_SSRCS_MAX) {
        return NULL;
    }
    struct hp_sdp_ssrc *ssrc = &media->ssrcs[media->ssrc_count++];
    ssrc->ssrc = number;
    return ssrc;
}

static bool
parse_ssrc(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    uint64_t number;
    if (!hp_sdp_take_number(&value, UINT32_MAX, &number) || (*value != ' ' && *value != '\0')) {
        return hp_sdp_fail(parser, "ssrc: expected a number of 32 bits");
    }
    struct hp_sdp_ssrc *ssrc = get_ssrc(media, (uint32_t) number);
    value = hp_sdp_skip_spaces(value);
    if (ssrc == NULL) {
        return true;
    }
    if (strncmp(value, "cname:", strlen("cname:")) == 0) {
        ssrc->cname = value + strlen("cname:");
    } else if (strncmp(value, "msid:", strlen("msid:")) == 0) {
        ssrc->msid = value + strlen("msid:");
    }
    return true;
}

// Only FID is known: the second stream repairs the first.
static bool
parse_ssrc_group(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    uint64_t repaired;
    uint64_t number;
    if (strncmp(value, "FID ", 4) != 0) {
        return true;
    }
    value = hp_sdp_skip_spaces(value + 4);
    bool is_fine = hp_sdp_take_number(&value, UINT32_MAX, &repaired) && *value == ' ';
    value = hp_sdp_skip_spaces(value);
    if (!is_fine || !hp_sdp_take_number(&value, UINT32_MAX, &number)) {
        return hp_sdp_fail(parser, "ssrc-group: expected two numbers of 32 bits");
    }
    struct hp_sdp_ssrc *ssrc = get_ssrc(media, (uint32_t) repaired);
    ssrc = ssrc != NULL ? get_ssrc(media, (uint32_t) number) : NULL;
    if (ssrc != NULL) {
        ssrc->repairs = (uint32_t) repaired;
    }
    return true;
}

static bool
parse_sctp_port(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    uint64_t port;
    if (!hp_sdp_take_number(&value, UINT16_MAX, &port) || *value != '\0' || port == 0) {
        return hp_sdp_fail(parser, "sctp-port: expected a port");
    }
    media->sctp_port = (uint16_t) port;
    return true;
}

// The older form: "a=sctpmap:5000 webrtc-datachannel 1024".
static bool
parse_sctpmap(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    uint64_t port;
    if (!hp_sdp_take_number(&value, UINT16_MAX, &port) || *value != ' ' || port == 0) {
        return hp_sdp_fail(parser, "sctpmap: expected a port");
    }
    media->sctp_port = (uint16_t) port;
    return true;
}

static bool
parse_max_message_size(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    uint64_t size;
    if (!hp_sdp_take_number(&value, UINT64_MAX, &size) || *value != '\0') {
        return hp_sdp_fail(parser, "max-message-size: expected a number");
    }
    media->max_message_size = size;
    return true;
}

// ---- attributes of the session ----

static bool
parse_ice_lite(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    parser->sdp->is_ice_lite = true;
    return true;
}

static bool
parse_group(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value)
{
    struct hp_sdp *sdp = parser->sdp;
    const char *semantics = hp_sdp_take_word(&value);
    if (semantics == NULL) {
        return hp_sdp_fail(parser, "group: expected its semantics");
    }
    if (strcmp(semantics, "BUNDLE") != 0 || sdp->bundle_count > 0) {
        return true;
    }
    const char *mid = hp_sdp_take_word(&value);
    while (mid != NULL && sdp->bundle_count < HP_SDP_MEDIA_MAX) {
        sdp->bundle[sdp->bundle_count++] = mid;
        mid = hp_sdp_take_word(&value);
    }
    return true;
}

enum level {
    SESSION = 1,
    MEDIA = 2,
    BOTH = 3
};

static const struct {
    const char *name;
    enum level level;
    bool (*parse)(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *value);
} attributes[] = {
    { "bundle-only", MEDIA, parse_bundle_only },
    { "candidate", MEDIA, parse_candidate },
    { "end-of-candidates", MEDIA, parse_end_of_candidates },
    { "extmap", MEDIA, parse_extmap },
    { "fingerprint", BOTH, parse_fingerprint },
    { "fmtp", MEDIA, parse_fmtp },
    { "group", SESSION, parse_group },
    { "ice-lite", SESSION, parse_ice_lite },
    { "ice-options", BOTH, parse_ice_options },
    { "ice-pwd", BOTH, parse_ice_pwd },
    { "ice-ufrag", BOTH, parse_ice_ufrag },
    { "inactive", BOTH, parse_inactive },
    { "max-message-size", MEDIA, parse_max_message_size },
    { "mid", MEDIA, parse_mid },
    { "msid", MEDIA, parse_msid },
    { "recvonly", BOTH, parse_recvonly },
    { "rtcp-fb", MEDIA, parse_rtcp_fb },
    { "rtcp-mux", MEDIA, parse_rtcp_mux },
    { "rtcp-rsize", MEDIA, parse_rtcp_rsize },
    { "rtpmap", MEDIA, parse_rtpmap },
    { "sctp-port", MEDIA, parse_sctp_port },
    { "sctpmap", MEDIA, parse_sctpmap },
    { "sendonly", BOTH, parse_sendonly },
    { "sendrecv", BOTH, parse_sendrecv },
    { "setup", BOTH, parse_setup },
    { "ssrc", MEDIA, parse_ssrc },
    { "ssrc-group", MEDIA, parse_ssrc_group },
};

static void
keep_attribute(struct hp_sdp_parser *parser, const char *text)
{
    struct hp_sdp *sdp = parser->sdp;
    struct hp_sdp_media *media = parser->media;
    const char **kept = media != NULL ? media->attributes : sdp->attributes;
    unsigned *count = media != NULL ? &media->attribute_count : &sdp->attribute_count;
    if (*count < HP_SDP_ATTRIBUTES_MAX) {
        kept[(*count)++] = text;
    }
}

bool
hp_sdp_parse_attribute(struct hp_sdp_parser *parser, char *text)
{
    size_t name_size = strcspn(text, ":");
    char *value = text[name_size] == ':' ? text + name_size + 1 : text + name_size;
    enum level level = parser->media != NULL ? MEDIA : SESSION;
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
        const char *name = attributes[i].name;
        bool is_it = strlen(name) == name_size && memcmp(name, text, name_size) == 0
                && (attributes[i].level & level) != 0;
        if (is_it) {
            struct hp_sdp_media *media = parser->media != NULL ? parser->media : parser->session;
            return attributes[i].parse(parser, media, value);
        }
    }
    keep_attribute(parser, text);
    return true;
}
