// profile_json.h - profiles and rules as Neko's JSON. Main thread.
#pragma once

#include <stdbool.h>

#include <jansson.h>

struct hp_profile;
struct hp_rules;

// Takes the keys that the JSON text has (empty: none); unknown ones are ignored, plugins merge by
// key. False when the text is no JSON object, names a key twice, or a value has the wrong type:
// nothing was changed.
bool hp_profile_json_merge_text(struct hp_profile *profile, const char *text);

// Sets the keys of the profile in `object`. (v3 has them flattened in session/profile.)
void hp_profile_json_write(const struct hp_profile *profile, json_t *object);

// Sets the keys of the rules in `object`.
void hp_profile_json_write_rules(const struct hp_rules *rules, json_t *object);
