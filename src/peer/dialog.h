// dialog.h - the exchange of descriptions with one browser: whose turn it is, what was agreed, ICE
// restarts, glare. RFC 8829, RFC 8839. On the peer's worker.
//
//   stable --make_offer--> offer open --answer--> stable
//     |                        `--their offer--> ours is rolled back, theirs is answered
//     `--their offer--> answered --> stable
#pragma once

#include <stdbool.h>

#include "base/status.h"
#include "peer/negotiate.h"

struct hp_dialog;
struct hp_ice;

struct hp_dialog_params {
    const enum hp_codec *codecs; // best first; copied
    unsigned codec_count;
    const char *fingerprint; // "AB:CD:..."; copied
    struct hp_ice *ice; // outlives the dialog
};

struct hp_dialog_result {
    enum hp_status status; // BAD_MESSAGE: it does not parse or does not fit; no state has changed
    bool is_stale;         // an answer to an earlier offer, ignored: no state has changed
    char *answer;          // to be sent; NULL: none is due. Free it with g_free()
    bool wants_restart;    // an ICE restart was put off until now
};

// Owner: the endpoint. Never NULL.
struct hp_dialog *hp_dialog_create(const struct hp_dialog_params *params);
void hp_dialog_destroy(struct hp_dialog *dialog);

// Notes a candidate of ours for later descriptions; copied.
void hp_dialog_add_candidate(struct hp_dialog *dialog, const char *candidate);

// Forgets the candidate with that transport, address and port, if it was noted.
void hp_dialog_remove_candidate(struct hp_dialog *dialog, const char *candidate);

// Returns the offer to be sent; free it with g_free(). While an offer is open, the same offer is
// written again. NULL: a restart is asked for while an offer without one is open; the restart comes
// after the answer.
char *hp_dialog_make_offer(struct hp_dialog *dialog, bool restart_ice);

// Takes a description of the browser; `type` is "offer" or "answer".
struct hp_dialog_result hp_dialog_set_remote(
        struct hp_dialog *dialog, const char *type, const char *sdp);

// Our side, the same for all offers and answers of this dialog.
const struct hp_negotiate_local *hp_dialog_local(const struct hp_dialog *dialog);

// The agreed m-lines and the browser's end of the transport; NULL before the first agreement.
const struct hp_plan *hp_dialog_plan(const struct hp_dialog *dialog);
const struct hp_negotiate_remote *hp_dialog_remote(const struct hp_dialog *dialog);

// The mid of the m-line that carries the transport, for candidates that we trickle.
const char *hp_dialog_transport_mid(const struct hp_dialog *dialog);
