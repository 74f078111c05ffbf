// rules.c - what an admin may change about a room while it runs.
// Owner: hp_room.  Thread: main.
#include "room/rules.h"

#include <stddef.h>

#include "room/fields.h"

enum {
    MAX_HEARTBEAT_S = 3600
};

static const struct hp_field flags[] = {
    { "private_mode", offsetof(struct hp_rules, private_mode) },
    { "locked_logins", offsetof(struct hp_rules, locked_logins) },
    { "locked_controls", offsetof(struct hp_rules, locked_controls) },
    { "control_protection", offsetof(struct hp_rules, control_protection) },
    { "implicit_hosting", offsetof(struct hp_rules, implicit_hosting) },
    { "inactive_cursors", offsetof(struct hp_rules, inactive_cursors) },
    { "merciful_reconnect", offsetof(struct hp_rules, merciful_reconnect) },
    { NULL, 0 },
};

void
hp_rules_init(struct hp_rules *rules)
{
    *rules = (struct hp_rules){ .merciful_reconnect = true, .heartbeat_interval = 10 };
}

void
hp_rules_finish(struct hp_rules *rules)
{
    json_decref(rules->plugins);
    rules->plugins = NULL;
}

void
hp_rules_copy(struct hp_rules *to, const struct hp_rules *from)
{
    *to = *from;
    to->plugins = json_deep_copy(from->plugins);
}

static bool
is_interval_right(const json_t *interval)
{
    return interval == NULL
            || (json_is_integer(interval) && json_integer_value(interval) >= 0
                    && json_integer_value(interval) <= MAX_HEARTBEAT_S);
}

bool
hp_rules_merge(struct hp_rules *rules, const json_t *partial)
{
    const json_t *interval = json_object_get(partial, "heartbeat_interval");
    if (!hp_fields_are_right(flags, partial) || !is_interval_right(interval)) {
        return false;
    }
    hp_fields_merge(flags, rules, &rules->plugins, partial);
    if (interval != NULL) {
        rules->heartbeat_interval = (int) json_integer_value(interval);
    }
    return true;
}

void
hp_rules_write(const struct hp_rules *rules, json_t *object)
{
    json_object_set_new(object, "heartbeat_interval", json_integer(rules->heartbeat_interval));
    hp_fields_write(flags, rules, rules->plugins, object);
}
