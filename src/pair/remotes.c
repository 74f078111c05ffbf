// remotes.c - candidates of a browser that wait for its credentials.
// Owner: hp_shared_ice.  Thread: the peer's worker.
#include "pair/remotes.h"

#include <string.h>

#include <glib.h>

#include "pair/locals.h"

// The type preference (RFC 8445 section 5.1.2.1) of a guess: below what a STUN server has seen.
enum { GUESS_PREFERENCE = 90 };

static void
remove_at(struct hp_remotes *remotes, unsigned i)
{
    g_free(remotes->waiting[i].ufrag);
    remotes->count--;
    memmove(&remotes->waiting[i], &remotes->waiting[i + 1],
            (remotes->count - i) * sizeof(remotes->waiting[0]));
}

void
hp_remotes_clear(struct hp_remotes *remotes)
{
    while (remotes->count > 0) {
        remove_at(remotes, remotes->count - 1);
    }
    g_clear_pointer(&remotes->given_ufrag, g_free);
}

// What a line says that names no address we could reach may still tell a port.
static bool
read_line(const struct hp_locals *locals, struct hp_candidate *candidate, const char *line,
        struct hp_remote *remote)
{
    if (hp_candidate_parse(line, strlen(line), candidate) < 0) {
        return false;
    }
    remote->type = candidate->type;
    remote->priority = candidate->priority;
    if (hp_locals_accept(locals, candidate, &remote->addr)) {
        return true;
    }
    remote->type = HP_CANDIDATE_SRFLX;
    remote->priority = (candidate->priority & 0xffffff) | (uint32_t) GUESS_PREFERENCE << 24;
    return hp_locals_guess(locals, candidate, &remote->addr);
}

void
hp_remotes_add(struct hp_remotes *remotes, const struct hp_locals *locals, const char *line)
{
    struct hp_candidate candidate;
    struct hp_remote remote = { 0 };
    if (remotes->count == HP_ICE_REMOTE_MAX || !read_line(locals, &candidate, line, &remote)) {
        remotes->dropped++;
        return;
    }
    remote.ufrag = candidate.ufrag[0] == '\0' ? NULL : g_strdup(candidate.ufrag);
    remotes->waiting[remotes->count++] = remote;
}

static void
begin_session(struct hp_remotes *remotes, const char *ufrag)
{
    if (g_strcmp0(remotes->given_ufrag, ufrag) != 0) {
        g_free(remotes->given_ufrag);
        remotes->given_ufrag = g_strdup(ufrag);
        remotes->given = 0;
    }
}

void
hp_remotes_drain(struct hp_remotes *remotes, const char *ufrag,
        void (*take)(void *arg, const struct hp_remote *remote), void *arg)
{
    begin_session(remotes, ufrag);
    unsigned i = 0;
    while (i < remotes->count) {
        const struct hp_remote *remote = &remotes->waiting[i];
        if (remote->ufrag != NULL && strcmp(remote->ufrag, ufrag) != 0) {
            i++;
            continue;
        }
        if (remotes->given < HP_ICE_REMOTE_MAX) {
            remotes->given++;
            take(arg, remote);
        } else {
            remotes->dropped++;
        }
        remove_at(remotes, i);
    }
}
