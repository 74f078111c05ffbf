// holders.c - the sessions that are there, to which credentials may belong.
// Owner: hp_auth.  Thread: its owner's.
#include "relay/holders.h"

void
hp_holders_init(struct hp_holders *holders)
{
    holders->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void
hp_holders_finish(struct hp_holders *holders)
{
    g_hash_table_destroy(holders->ids);
}

void
hp_holders_add(struct hp_holders *holders, const char *id)
{
    g_hash_table_add(holders->ids, g_strdup(id));
}

void
hp_holders_remove(struct hp_holders *holders, const char *id)
{
    g_hash_table_remove(holders->ids, id);
}

bool
hp_holders_have(const struct hp_holders *holders, const char *id)
{
    return !g_str_has_prefix(id, HP_HOLDERS_MARK) || g_hash_table_contains(holders->ids, id);
}
