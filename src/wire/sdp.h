// sdp.h - parses and writes session descriptions, as a plain struct. Pure. RFC 8866 (SDP), RFC 8829
// (JSEP), RFC 8839 (ICE), RFC 8841 (data channels), RFC 9143 (BUNDLE). Only the syntax is checked
// here; peer/negotiate decides what to accept and what to reject.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    HP_SDP_TEXT_MAX = 64 * 1024, // bytes; a longer description is refused
    HP_SDP_MEDIA_MAX = 16, // a description with more m-lines is refused
    // Entries beyond these numbers are skipped.
    HP_SDP_CODECS_MAX = 64,
    HP_SDP_CANDIDATES_MAX = 32,
    HP_SDP_EXTMAPS_MAX = 32,
    HP_SDP_SSRCS_MAX = 16,
    HP_SDP_ATTRIBUTES_MAX = 32,
    HP_SDP_ERROR_SIZE = 160,
};

enum hp_sdp_kind {
    HP_SDP_AUDIO,
    HP_SDP_VIDEO,
    HP_SDP_APPLICATION,
    HP_SDP_OTHER
};

enum hp_sdp_direction {
    HP_SDP_SENDRECV,
    HP_SDP_SENDONLY,
    HP_SDP_RECVONLY,
    HP_SDP_INACTIVE,
};

enum hp_sdp_setup {
    HP_SDP_SETUP_NONE,
    HP_SDP_SETUP_ACTPASS,
    HP_SDP_SETUP_ACTIVE,
    HP_SDP_SETUP_PASSIVE,
    HP_SDP_SETUP_HOLDCONN,
};

// Bits of hp_sdp_codec.feedback: the rtcp-fb lines that the parser knows.
enum {
    HP_SDP_FB_NACK = 1 << 0,
    HP_SDP_FB_NACK_PLI = 1 << 1,
    HP_SDP_FB_CCM_FIR = 1 << 2,
    HP_SDP_FB_GOOG_REMB = 1 << 3,
    HP_SDP_FB_TRANSPORT_CC = 1 << 4,
};

#define HP_SDP_EXT_MID "urn:ietf:params:rtp-hdrext:sdes:mid"
#define HP_SDP_EXT_TRANSPORT_CC \
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
#define HP_SDP_EXT_PLAYOUT_DELAY "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
#define HP_SDP_EXT_ABS_SEND_TIME "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

// Every text belongs to the hp_sdp (hp_sdp_keep() puts one there) or is a constant. NULL: absent.

struct hp_sdp_codec {
    uint8_t payload_type;
    const char *name; // as written: "VP8", "rtx", ...; NULL when only the m-line names it
    uint32_t clock_rate;
    unsigned channels; // 0: not given
    const char *fmtp; // "a=1;b=2"
    unsigned feedback; // HP_SDP_FB_*
    int apt; // for rtx: the payload type that it repairs; -1: none. Written when fmtp is NULL
};

struct hp_sdp_extmap {
    uint16_t id;
    const char *direction; // "sendonly" ...; mostly NULL
    const char *uri;
};

struct hp_sdp_ssrc {
    uint32_t ssrc;
    uint32_t repairs; // for RTX: the stream that it repairs (a=ssrc-group:FID); 0: none
    const char *cname;
    const char *msid; // "stream track"
};

struct hp_sdp_media {
    enum hp_sdp_kind kind;
    const char *kind_name; // as written, for HP_SDP_OTHER; otherwise may be NULL
    uint16_t port; // 0: rejected, unless is_bundle_only
    const char *proto; // "UDP/TLS/RTP/SAVPF", "UDP/DTLS/SCTP"
    const char *formats; // the rest of the m-line, as written; used if there are no codecs
    const char *connection; // of c=; NULL: "IN IP4 0.0.0.0"
    const char *mid;
    bool is_bundle_only;
    enum hp_sdp_direction direction;
    bool has_rtcp_mux;
    bool has_rtcp_rsize;
    // The transport. Attributes of the session level are copied to here too.
    const char *ice_ufrag;
    const char *ice_pwd;
    const char *ice_options; // "trickle"
    const char *fingerprint_hash; // "sha-256", which wins when there are several
    const char *fingerprint; // "AB:CD:..."
    enum hp_sdp_setup setup;
    unsigned candidate_count;
    const char *candidates[HP_SDP_CANDIDATES_MAX]; // "candidate:...", for hp_candidate_parse()
    bool has_end_of_candidates;
    // Media.
    unsigned codec_count;
    struct hp_sdp_codec codecs[HP_SDP_CODECS_MAX]; // in the order of the m-line
    unsigned extmap_count;
    struct hp_sdp_extmap extmaps[HP_SDP_EXTMAPS_MAX];
    const char *msid; // "stream track"
    unsigned ssrc_count;
    struct hp_sdp_ssrc ssrcs[HP_SDP_SSRCS_MAX];
    // Data channels.
    uint16_t sctp_port; // 0: not given
    uint64_t max_message_size; // 0: not given
    // All other a= lines, without "a=".
    unsigned attribute_count;
    const char *attributes[HP_SDP_ATTRIBUTES_MAX];
};

struct hp_sdp {
    const char *origin; // of o=, NULL: "- 0 0 IN IP4 127.0.0.1"
    const char *name; // of s=, NULL: "-"
    bool is_ice_lite;
    unsigned bundle_count;
    const char *bundle[HP_SDP_MEDIA_MAX]; // mids of the first BUNDLE group
    unsigned attribute_count;
    const char *attributes[HP_SDP_ATTRIBUTES_MAX]; // all other a= lines of the session
    unsigned media_count;
    struct hp_sdp_media *media; // pointers into it are valid until an m-line is added
    char error[HP_SDP_ERROR_SIZE]; // why parsing failed
    struct _GStringChunk *texts; // private
};

// An empty description. Owner: the caller. Each m-line takes about 5 KB.
struct hp_sdp *hp_sdp_create(void);
void hp_sdp_destroy(struct hp_sdp *sdp);

// Parses a whole description into an empty `sdp`. Returns the bytes consumed (all), or -1 with the
// reason in sdp->error. Unknown lines, m-lines and attributes are no error.
ssize_t hp_sdp_parse(struct hp_sdp *sdp, const char *text, size_t size);

// Writes the description as text, with CR LF. Free the text with g_free().
char *hp_sdp_write(const struct hp_sdp *sdp);

// Copies a text into the description, where it lives as long as `sdp`.
const char *hp_sdp_keep(struct hp_sdp *sdp, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

// Adds an m-line with kind, port 9, mid (copied, may be NULL) and direction sendrecv. NULL: no
// room.
struct hp_sdp_media *hp_sdp_add_media(struct hp_sdp *sdp, enum hp_sdp_kind kind, const char *mid);

// Appends a copy of an m-line; there are fewer than HP_SDP_MEDIA_MAX. For the parser.
struct hp_sdp_media *hp_sdp_append_media(struct hp_sdp *sdp, const struct hp_sdp_media *media);

// Finds the m-line of that mid; NULL: there is none.
const struct hp_sdp_media *hp_sdp_find_media(const struct hp_sdp *sdp, const char *mid);

// Has the author of the description rejected this m-line (port 0 and not bundle-only)?
bool hp_sdp_media_is_rejected(const struct hp_sdp_media *media);

// Is the transport of that mid the bundled one?
bool hp_sdp_is_bundled(const struct hp_sdp *sdp, const char *mid);

// Finds the codec of a payload type, the rtx that repairs it, the number of an extension (0: none).
const struct hp_sdp_codec *hp_sdp_find_codec(const struct hp_sdp_media *media, int payload_type);
const struct hp_sdp_codec *hp_sdp_find_rtx(const struct hp_sdp_media *media, int payload_type);
uint16_t hp_sdp_find_extmap(const struct hp_sdp_media *media, const char *uri);

// Copies the value of a parameter of an fmtp ("a=1;b=2"), with a NUL; the case of names does not
// matter. False: the parameter is missing, or its value too long for `value`.
bool hp_sdp_fmtp_get(const char *fmtp, const char *name, char *value, size_t value_size);

// The abilities of an H.264 decoder, with RFC 6184's defaults for values that the fmtp lacks.
struct hp_sdp_h264 {
    uint8_t profile_idc; // 66 baseline, 77 main, 100 high
    uint8_t profile_iop; // constraint flags
    uint8_t level_idc; // 31 is level 3.1
    unsigned packetization_mode;
    bool has_level_asymmetry;
};

// Reads the fmtp of an H.264 codec. False: malformed profile-level-id or packetization-mode.
bool hp_sdp_codec_h264(const struct hp_sdp_codec *codec, struct hp_sdp_h264 *h264);
