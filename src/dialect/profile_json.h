// profile_json.h - profiles and rules as Neko's JSON. Main thread.
#pragma once

#include <stdbool.h>

#include <jansson.h>

struct hp_profile;
struct hp_rules;

// Sets the keys of the profile that the JSON text has (empty: none). Unknown keys are ignored;
// `plugins` is merged by key. False: the text is no JSON object, names a key twice, or has a value
// of the wrong type; the profile has not changed.
bool hp_profile_json_merge_text(struct hp_profile *profile, const char *text);

// Sets the keys of the profile in `object`. (In v3 session/profile has them at its top level.)
void hp_profile_json_write(const struct hp_profile *profile, json_t *object);

// Sets the keys of the rules in `object`.
void hp_profile_json_write_rules(const struct hp_rules *rules, json_t *object);
