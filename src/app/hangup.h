// hangup.h - what SIGHUP means. Main thread.
#pragma once

#include <stdbool.h>

struct hp_hangup {
    bool has_terminal; // the server belongs to a terminal, and ends with it
};

// To be called first of all: by then nothing but a terminal that goes may end the server by SIGHUP.
// nohup, setsid and a service manager start it without a terminal in this sense.
void hp_hangup_init(struct hp_hangup *hangup);

// SIGHUP has come: true if the terminal has gone since the start, so that the server is to end;
// otherwise somebody asks it to read its files again.
bool hp_hangup_is_end(const struct hp_hangup *hangup);
