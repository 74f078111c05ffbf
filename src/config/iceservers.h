// iceservers.h - reads lists of STUN and TURN servers, as people write them in environments and
// files. RFC 7064, RFC 7065.
#pragma once

#include <jansson.h>

// A turn: server may lack both user name and credential: whoever uses the list has to make them.
//
// Reads a list from text: a JSON array or one object, YAML, or plain URLs with blanks between them.
// `urls` may be a string or a list. Returns a new array of {urls: [..], username?, credential?}.
// NULL: *error (free it with g_free()) is one line that says where the mistake is and what was
// expected, without any credential. Any thread.
json_t *hp_iceservers_parse(const char *text, char **error);

// Does the same with a value that is JSON already; the value is borrowed.
json_t *hp_iceservers_check(const json_t *value, char **error);
