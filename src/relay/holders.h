// holders.h - the sessions that are there, to which credentials may belong. A password is good
// until it expires, but not beyond its session; so those that are there are kept, who are few,
// rather than those that have ended. Part of another object, on its owner's thread.
#pragma once

#include <stdbool.h>

#include <glib.h>

// How the id of a session begins. Others name no session: whoever knows the secret may make
// credentials.
#define HP_HOLDERS_MARK "s-"

struct hp_holders {
    GHashTable *ids;
};

void hp_holders_init(struct hp_holders *holders);
void hp_holders_finish(struct hp_holders *holders);

void hp_holders_add(struct hp_holders *holders, const char *id); // copied; may be there already
void hp_holders_remove(struct hp_holders *holders, const char *id);

// Are credentials with that id good as far as sessions go?
bool hp_holders_have(const struct hp_holders *holders, const char *id);
