// app.h - the server as a whole: makes every part, runs, ends them in reverse. Main thread.
#pragma once

struct hp_app;
struct hp_setup;

// Makes everything and begins to serve. NULL after the reason was logged. Owner: main.
struct hp_app *hp_app_create(const struct hp_setup *setup); // kept

// Serves until SIGTERM or SIGINT, tells everyone and ends within 2 seconds. A second signal ends at
// once.
void hp_app_run(struct hp_app *app);
void hp_app_destroy(struct hp_app *app);
