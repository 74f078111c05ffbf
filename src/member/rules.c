// rules.c - the settings of a room that an admin may change while the room runs.
// Owner: hp_room.  Thread: main.
#include "member/rules.h"

#include <glib.h>

#include "member/plugin_settings.h"

void
hp_rules_init(struct hp_rules *rules)
{
    *rules = (struct hp_rules){ .merciful_reconnect = true, .heartbeat_interval = 10 };
}

void
hp_rules_finish(struct hp_rules *rules)
{
    g_clear_pointer(&rules->plugins, g_hash_table_unref);
}

void
hp_rules_copy(struct hp_rules *to, const struct hp_rules *from)
{
    *to = *from;
    to->plugins = hp_plugin_settings_copy(from->plugins);
}
