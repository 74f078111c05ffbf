// app.h - the server as a whole: creates all parts, runs, ends them in reverse order. Main thread.
#pragma once

struct hp_app;
struct hp_hangup;
struct hp_setup;

// Creates all parts and begins to serve. NULL: the reason has been logged. Owner: main.
struct hp_app *hp_app_create(const struct hp_setup *setup); // kept

// Serves until SIGTERM, SIGINT or the end of the terminal, then tells everyone and ends within 2
// seconds. A second signal ends the process at once.
void hp_app_run(struct hp_app *app, const struct hp_hangup *hangup); // kept
void hp_app_destroy(struct hp_app *app);
