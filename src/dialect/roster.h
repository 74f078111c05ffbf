// roster.h - all people of a room as JSON text, for `system/init`: whoever comes gets the list, so
// the text of each one is kept until that session changes.
// Main thread.
#pragma once

#include <jansson.h>

struct hp_notices;
struct hp_roster;
struct hp_sessions;

// Both are borrowed, and have to outlive the roster: it learns of changes from the notices.
struct hp_roster *hp_roster_create(struct hp_notices *notices, struct hp_sessions *sessions);

// No notice may be told any more.
void hp_roster_destroy(struct hp_roster *roster);

// The envelope of an event whose payload, a JSON object with members, gets one more: `sessions`.
// The caller frees the result with g_free().
char *hp_roster_write(struct hp_roster *roster, const char *event, json_t *payload);
