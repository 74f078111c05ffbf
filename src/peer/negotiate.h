// negotiate.h - offers and answers as a pure function of our tracks, what was agreed before and the
// remote description. Pure. RFC 8829 (JSEP), RFC 3264, RFC 8842 (DTLS roles), RFC 9143 (BUNDLE).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "base/ice.h"
#include "base/status.h"
#include "peer/plan.h"

struct hp_sdp;

enum {
    HP_FINGERPRINT_MAX = 64 * 3, // a SHA-512 in hex with colons
};

// Our side: the same for all descriptions of a peer, except for ICE's credentials.
struct hp_negotiate_local {
    const enum hp_codec *codecs; // best first
    unsigned codec_count;
    uint32_t ssrcs[HP_TRACK_KINDS];
    uint32_t rtx_ssrcs[HP_TRACK_KINDS];
    const char *cname;
    const char *fingerprint; // SHA-256, "AB:CD:..."
    const char *ice_ufrag;
    const char *ice_pwd;
    const char *const *candidates; // the candidates known so far
    unsigned candidate_count;
    uint64_t session_id;
    unsigned version; // of the description; grows with each one
};

// The remote end of the transport.
struct hp_negotiate_remote {
    char ice_ufrag[HP_ICE_TEXT_MAX + 1];
    char ice_pwd[HP_ICE_TEXT_MAX + 1];
    char fingerprint_hash[16];
    char fingerprint[HP_FINGERPRINT_MAX + 1];
    bool is_ice_lite;
    uint16_t sctp_port;         // 0: no data channels
    uint64_t max_message_size; // 0: the description does not tell
};

// Makes our offer: the first one has audio, video and application, later ones repeat `agreed`.
// `offered` gets the m-lines of the offer. The caller owns the result.
struct hp_sdp *hp_negotiate_offer(const struct hp_negotiate_local *local,
        const struct hp_plan *agreed, struct hp_plan *offered);

// Works out what a remote answer agrees to. HP_STATUS_BAD_MESSAGE: the answer does not fit the
// offer.
enum hp_status hp_negotiate_accept(const struct hp_negotiate_local *local,
        const struct hp_plan *offered, const struct hp_sdp *answer, struct hp_plan *agreed);

// Works out what we agree to in a remote offer; hp_negotiate_answer() writes that down. `before` is
// what was agreed until now. The caller owns the answer.
enum hp_status hp_negotiate_take(const struct hp_negotiate_local *local,
        const struct hp_plan *before, const struct hp_sdp *offer, struct hp_plan *agreed);
struct hp_sdp *hp_negotiate_answer(const struct hp_negotiate_local *local,
        const struct hp_sdp *offer, const struct hp_plan *agreed);

// Finds the remote transport of a description, which is the one of its first accepted m-line.
// False: there is none, or it is not complete.
bool hp_negotiate_find_remote(const struct hp_sdp *sdp, struct hp_negotiate_remote *remote);
