// refusal.h - the answers of the gate itself, which end the connection. Pure. Any thread.
#pragma once

#include <glib.h>

// Appends a whole answer: the status, and the message as JSON like that of the other errors.
void hp_refusal_write(GByteArray *out, int status, const char *message);
