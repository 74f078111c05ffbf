// house.h - a whole room with a fake clock, fake peers and encoders, a plugin and a listener that
// take notes. Single-threaded unless workers are asked for.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "base/input.h"
#include "base/worker.h"
#include "fakes.h"
#include "room/control.h"
#include "room/lobby.h"
#include "room/room.h"
#include "member/rules.h"
#include "room/session.h"
#include "room/sessions.h"
#include "room/stage.h"

enum {
    HOUSE_WORKERS_MAX = 2,
    HOUSE_INPUTS_MAX = 4096
};

struct house {
    struct hp_worker *main;
    struct hp_worker *workers[HOUSE_WORKERS_MAX];
    unsigned worker_count; // threads of their own; 0: all on main
    struct hp_room *room;
    GString *events; // the notices, as notes.h writes them
    GString *plugin; // what the plugin was told on main: "open", "close", "control <name>", ...
    struct hp_input inputs[HOUSE_INPUTS_MAX]; // what came to the plugin (single-threaded houses)
    struct hp_session *input_from[HOUSE_INPUTS_MAX];
    unsigned input_count;
    atomic_uint late_calls; // of the plugin, about a session that is not open; any thread
    bool is_done;
    bool has_source;
};

struct house *house_create(unsigned worker_count, void (*adjust)(struct hp_room_params *params));
void house_close(struct house *house); // shuts the room down and looks that nothing is left
void house_destroy(struct house *house); // after that, or with it

void house_pump(struct house *house); // lets all that is posted happen
void house_pass(struct house *house, int64_t milliseconds); // in steps of 10 ms
void house_jump(int64_t milliseconds); // the loop stands still meanwhile
void house_forget(struct house *house); // clears the notes
bool house_heard(const struct house *house, uint64_t link, const char *event);
unsigned house_count(const struct house *house, uint64_t link, const char *event);

// The plugin tells another display and has its source opened anew.
void house_move_display(struct house *house, const char *display);

// The plugin tells the pointer's picture and place.
void house_set_cursor(struct house *house, const uint8_t *png, size_t size);
void house_move_cursor(struct house *house, int x, int y);

// A program of the desktop copies a text.
void house_copy(struct house *house, const char *text);
void house_skip_copy(struct house *house, bool is_too_large);

// The plugin says that its screen has another size now.
void house_resize(struct house *house, int width, int height);

// Logs in ("admin" is an admin) and connects; the link of a session is session->link.
struct hp_session *house_login(struct house *house, const char *name);
struct hp_session *house_enter(struct house *house, const char *name);
enum hp_connect_answer house_connect(
        struct house *house, const char *token, uint64_t link, struct hp_session **session);

// Changes the rules as an admin (or, NULL, the room itself) would.
void house_set_rules(
        struct house *house, struct hp_session *by, void (*change)(struct hp_rules *rules));

// Requests a peer and brings it to CONNECTED with an open channel.
struct hp_peer *house_watch(struct house *house, struct hp_session *session);

extern struct house *the_house; // what the plugin writes to

// Two users in a house, ann first: the state of a test that is listed as a DUO_TEST.
struct duo {
    struct house *house;
    struct hp_control *control;
    struct hp_session *ann, *bob;
};

int duo_set_up(void **state);
int duo_tear_down(void **state);

#define DUO_TEST(test) cmocka_unit_test_setup_teardown(test, duo_set_up, duo_tear_down)
