// ended.c - the ids of sessions that have ended.
// Owner: hp_auth.  Thread: its owner's.
#include "relay/ended.h"

void
hp_ended_init(struct hp_ended *ended)
{
    *ended = (struct hp_ended){ .ids = g_hash_table_new(g_str_hash, g_str_equal) };
}

void
hp_ended_finish(struct hp_ended *ended)
{
    g_hash_table_destroy(ended->ids);
    for (unsigned i = 0; i < HP_ENDED_MAX; i++) {
        g_free(ended->ring[i]);
    }
}

void
hp_ended_add(struct hp_ended *ended, const char *id)
{
    char **place = &ended->ring[ended->next];
    if (hp_ended_has(ended, id)) {
        return;
    }
    if (*place != NULL) {
        g_hash_table_remove(ended->ids, *place);
        g_free(*place);
    }
    *place = g_strdup(id);
    g_hash_table_add(ended->ids, *place);
    ended->next = (ended->next + 1) % HP_ENDED_MAX;
}

bool
hp_ended_has(const struct hp_ended *ended, const char *id)
{
    return g_hash_table_contains(ended->ids, id);
}
