// dialog.c - the exchange of descriptions with one browser.
// Owner: hp_endpoint.  Thread: the peer's worker.
// RFC 8829 (JSEP), RFC 8839 section 4.4.1 (ICE restart).
#include "peer/dialog.h"

#include <string.h>

#include <glib.h>

#define LOG_TAG "dialog"
#include "base/ice.h"
#include "base/ident.h"
#include "base/log.h"
#include "wire/candidate.h"

enum { CNAME_LENGTH = 16 };

struct hp_dialog {
    struct hp_ice *ice;
    struct hp_negotiate_local local;
    enum hp_codec codecs[HP_CODECS];
    char cname[CNAME_LENGTH + 1];
    char *fingerprint;
    GPtrArray *candidates;
    bool has_plan;
    struct hp_plan agreed;
    bool is_restart_open; // the open offer has new ICE credentials
    bool wants_restart;   // a restart is due after the answer to the open offer
    struct hp_plan *offered; // NULL: no offer is open
    bool has_remote;
    struct hp_negotiate_remote remote;
};

static void
draw_numbers(struct hp_negotiate_local *local)
{
    hp_ident_random(local->ssrcs, sizeof(local->ssrcs));
    hp_ident_random(local->rtx_ssrcs, sizeof(local->rtx_ssrcs));
    hp_ident_random(&local->session_id, sizeof(local->session_id));
    local->session_id >>= 2; // RFC 8829 section 5.2.1: 62 bits
    for (unsigned i = 0; i < HP_TRACK_KINDS; i++) {
        // Four different SSRCs, none of them 0.
        local->ssrcs[i] = (local->ssrcs[i] & ~3u) | (i == HP_TRACK_AUDIO ? 0 : 1) | 4;
        local->rtx_ssrcs[i] = (local->rtx_ssrcs[i] & ~3u) | (i == HP_TRACK_AUDIO ? 2 : 3) | 4;
    }
}

struct hp_dialog *
hp_dialog_create(const struct hp_dialog_params *params)
{
    struct hp_dialog *dialog = g_new0(struct hp_dialog, 1);
    dialog->ice = params->ice;
    dialog->fingerprint = g_strdup(params->fingerprint);
    dialog->candidates = g_ptr_array_new_with_free_func(g_free);
    unsigned codec_count = MIN(params->codec_count, HP_CODECS);
    memcpy(dialog->codecs, params->codecs, codec_count * sizeof(*dialog->codecs));
    hp_ident_token(dialog->cname, CNAME_LENGTH);
    dialog->local.codecs = dialog->codecs;
    dialog->local.codec_count = codec_count;
    dialog->local.cname = dialog->cname;
    dialog->local.fingerprint = dialog->fingerprint;
    draw_numbers(&dialog->local);
    return dialog;
}

void
hp_dialog_destroy(struct hp_dialog *dialog)
{
    if (dialog == NULL) {
        return;
    }
    g_free(dialog->offered);
    g_ptr_array_unref(dialog->candidates);
    g_free(dialog->fingerprint);
    g_free(dialog);
}

void
hp_dialog_add_candidate(struct hp_dialog *dialog, const char *candidate)
{
    if (dialog->candidates->len < HP_ICE_LOCAL_MAX) {
        g_ptr_array_add(dialog->candidates, g_strdup(candidate));
    }
}

static bool
is_same_candidate(const char *line, const struct hp_candidate *other)
{
    struct hp_candidate candidate;
    return hp_candidate_parse(line, strlen(line), &candidate) >= 0
            && candidate.transport == other->transport && candidate.port == other->port
            && strcmp(candidate.address, other->address) == 0;
}

void
hp_dialog_remove_candidate(struct hp_dialog *dialog, const char *candidate)
{
    struct hp_candidate gone;
    if (hp_candidate_parse(candidate, strlen(candidate), &gone) < 0) {
        return;
    }
    for (unsigned i = dialog->candidates->len; i > 0; i--) {
        if (is_same_candidate(g_ptr_array_index(dialog->candidates, i - 1), &gone)) {
            g_ptr_array_remove_index(dialog->candidates, i - 1);
        }
    }
}

// Updates our side of the descriptions: credentials and candidates change.
static const struct hp_negotiate_local *
refresh_local(struct hp_dialog *dialog)
{
    dialog->local.ice_ufrag = dialog->ice->ops->ufrag(dialog->ice);
    dialog->local.ice_pwd = dialog->ice->ops->password(dialog->ice);
    dialog->local.candidates = (const char *const *) dialog->candidates->pdata;
    dialog->local.candidate_count = dialog->candidates->len;
    return &dialog->local;
}

static char *
// Takes the sdp.
write_and_destroy(struct hp_sdp *sdp) // taken
{
    char *text = hp_sdp_write(sdp);
    hp_sdp_destroy(sdp);
    return text;
}

char *
hp_dialog_make_offer(struct hp_dialog *dialog, bool restart_ice)
{
    if (dialog->offered != NULL && restart_ice && !dialog->is_restart_open && dialog->has_remote) {
        dialog->wants_restart = true;
        return NULL;
    }
    if (dialog->offered == NULL) {
        dialog->local.version++;
        dialog->offered = g_new0(struct hp_plan, 1);
        dialog->is_restart_open = restart_ice && dialog->has_remote;
        if (dialog->is_restart_open) {
            dialog->ice->ops->restart(dialog->ice);
        }
        if (!dialog->has_remote) {
            dialog->ice->ops->set_controlling(dialog->ice, true);
        }
    }
    struct hp_sdp *sdp =
            hp_negotiate_offer(refresh_local(dialog), &dialog->agreed, dialog->offered);
    return write_and_destroy(sdp);
}

static void
give_candidates(struct hp_dialog *dialog, const struct hp_sdp *sdp)
{
    bool has_ended = false;
    for (unsigned i = 0; i < sdp->media_count; i++) {
        const struct hp_sdp_media *media = &sdp->media[i];
        for (unsigned j = 0; j < media->candidate_count; j++) {
            dialog->ice->ops->add_candidate(dialog->ice, media->candidates[j]);
        }
        has_ended = has_ended || media->has_end_of_candidates;
    }
    if (has_ended) {
        dialog->ice->ops->add_candidate(dialog->ice, "");
    }
}

static void
take_remote(struct hp_dialog *dialog, const struct hp_negotiate_remote *remote,
        const struct hp_sdp *sdp, const struct hp_plan *agreed)
{
    dialog->agreed = *agreed;
    dialog->has_plan = true;
    dialog->remote = *remote;
    dialog->has_remote = true;
    dialog->ice->ops->set_remote(dialog->ice, remote->ice_ufrag, remote->ice_pwd);
    give_candidates(dialog, sdp);
}

// DTLS lives as long as the dialog: a description with another certificate is from another peer.
static bool
is_same_peer(const struct hp_dialog *dialog, const struct hp_negotiate_remote *remote)
{
    return !dialog->has_remote
            || (g_ascii_strcasecmp(dialog->remote.fingerprint, remote->fingerprint) == 0
                    && g_ascii_strcasecmp(
                               dialog->remote.fingerprint_hash, remote->fingerprint_hash)
                            == 0);
}

static enum hp_status
take_answer(struct hp_dialog *dialog, const struct hp_sdp *sdp, struct hp_dialog_result *result)
{
    struct hp_negotiate_remote remote;
    struct hp_plan agreed;
    if (!hp_negotiate_find_remote(sdp, &remote) || !is_same_peer(dialog, &remote)) {
        return HP_STATUS_BAD_MESSAGE;
    }
    bool is_restarted = dialog->has_remote
            && strcmp(dialog->remote.ice_ufrag, remote.ice_ufrag) != 0;
    if (dialog->has_remote && is_restarted != dialog->is_restart_open) {
        result->is_stale = true; // the answer is to an earlier offer
        return HP_STATUS_OK;
    }
    enum hp_status status =
            hp_negotiate_accept(&dialog->local, dialog->offered, sdp, &agreed);
    if (status != HP_STATUS_OK) {
        return status;
    }
    g_clear_pointer(&dialog->offered, g_free);
    dialog->is_restart_open = false;
    result->wants_restart = dialog->wants_restart;
    dialog->wants_restart = false;
    take_remote(dialog, &remote, sdp, &agreed);
    return HP_STATUS_OK;
}

static void
roll_back(struct hp_dialog *dialog)
{
    if (dialog->offered == NULL) {
        return;
    }
    log_debug("glare: our offer is rolled back");
    g_clear_pointer(&dialog->offered, g_free);
    if (dialog->is_restart_open) {
        dialog->is_restart_open = false;
        dialog->wants_restart = true; // the restart comes after our answer
        dialog->ice->ops->undo_restart(dialog->ice);
    }
}

static enum hp_status
take_offer(struct hp_dialog *dialog, const struct hp_sdp *sdp, struct hp_dialog_result *result)
{
    struct hp_negotiate_remote remote;
    struct hp_plan agreed;
    if (!hp_negotiate_find_remote(sdp, &remote) || !is_same_peer(dialog, &remote)) {
        return HP_STATUS_BAD_MESSAGE;
    }
    enum hp_status status = hp_negotiate_take(&dialog->local, &dialog->agreed, sdp, &agreed);
    if (status != HP_STATUS_OK) {
        return status;
    }
    roll_back(dialog);
    if (!dialog->has_remote) {
        dialog->ice->ops->set_controlling(dialog->ice, remote.is_ice_lite);
    } else if (strcmp(dialog->remote.ice_ufrag, remote.ice_ufrag) != 0) {
        dialog->ice->ops->restart(dialog->ice);
        dialog->wants_restart = false; // the browser's restart serves as ours
    }
    take_remote(dialog, &remote, sdp, &agreed);
    dialog->local.version++;
    result->answer = write_and_destroy(
            hp_negotiate_answer(refresh_local(dialog), sdp, &dialog->agreed));
    result->wants_restart = dialog->wants_restart;
    dialog->wants_restart = false;
    return HP_STATUS_OK;
}

struct hp_dialog_result
hp_dialog_set_remote(struct hp_dialog *dialog, const char *type, const char *text)
{
    struct hp_dialog_result result = { .status = HP_STATUS_BAD_MESSAGE };
    bool is_answer = strcmp(type, "answer") == 0;
    if (is_answer && dialog->offered == NULL) {
        result.status = HP_STATUS_OK;
        result.is_stale = true;
        return result;
    }
    struct hp_sdp *sdp = hp_sdp_create();
    if (hp_sdp_parse(sdp, text, strlen(text)) < 0) {
        log_debug("a browser's description is refused: %s", sdp->error);
    } else if (is_answer) {
        result.status = take_answer(dialog, sdp, &result);
    } else if (strcmp(type, "offer") == 0) {
        result.status = take_offer(dialog, sdp, &result);
    }
    hp_sdp_destroy(sdp);
    return result;
}

const struct hp_negotiate_local *
hp_dialog_local(const struct hp_dialog *dialog)
{
    return &dialog->local;
}

const struct hp_plan *
hp_dialog_plan(const struct hp_dialog *dialog)
{
    return dialog->has_plan ? &dialog->agreed : NULL;
}

const struct hp_negotiate_remote *
hp_dialog_remote(const struct hp_dialog *dialog)
{
    return &dialog->remote;
}

const char *
hp_dialog_transport_mid(const struct hp_dialog *dialog)
{
    const struct hp_plan *plan = dialog->offered != NULL ? dialog->offered : &dialog->agreed;
    for (unsigned i = 0; i < plan->section_count; i++) {
        if (!plan->sections[i].is_rejected) {
            return plan->sections[i].mid;
        }
    }
    return "";
}
