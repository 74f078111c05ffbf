// rules.c - what an admin may change about a room while it runs.
// Owner: hp_room.  Thread: main.
#include "room/rules.h"

#include <glib.h>

void
hp_rules_init(struct hp_rules *rules)
{
    *rules = (struct hp_rules){ .merciful_reconnect = true, .heartbeat_interval = 10 };
}

void
hp_rules_finish(struct hp_rules *rules)
{
    g_free(rules->plugins);
    rules->plugins = NULL;
}

void
hp_rules_copy(struct hp_rules *to, const struct hp_rules *from)
{
    *to = *from;
    to->plugins = g_strdup(from->plugins);
}
