// entrance.c - log-ins: their limits, and the wait of those that come from an address where many
// have failed.
// Owner: hp_rest.  Thread: main.
//
//   try -> turned away (429): the name has failed too often from this address
//       -> looked at: right, or wrong (counts)
//       -> waits WAIT_US, then looked at: the address has failed too often under other names
//       -> turned away (429): too many of the address wait
//       -> looked at, although: it was turned away, and comes back with the same name and password
//
// A wait leaves the right password a way and bounds the guesses: 32 of an address are under way,
// and 20 a second come back.
#include "dialect/entrance.h"

#include <string.h>

#include <glib.h>

#define LOG_TAG "rest"
#include "base/bucket.h"
#include "base/log.h"
#include "base/timer.h"
#include "dialect/facts.h"
#include "edge/http.h"
#include "member/tries.h"
#include "room/lobby.h"
#include "room/room.h"
#include "room/session.h"

enum {
    WAIT_US = 700000,
    // Slow tries of all addresses; one address has 32 at most (tries.c), so it never fills them.
    MAX_WAITING = 1024,
    LINES_PER_S = 5, // failures that are logged
    LINE_BURST = 100,
};

struct hp_entrance {
    struct hp_worker *home;
    struct hp_room *room; // NULL: the room has ended
    struct hp_tries *tries;
    GQueue waiting; // of struct slow_try
    struct hp_bucket lines;
    unsigned unwritten; // failures since the last line
};

struct slow_try {
    struct hp_entrance *entrance;
    struct hp_request *request;
    char *username, *password;
    struct hp_timer timer;
};

static void
note_failure(struct hp_entrance *entrance, const char *address, const char *username)
{
    hp_tries_add_failure(entrance->tries, address, username);
    if (!hp_bucket_take(&entrance->lines, 1)) {
        entrance->unwritten++;
        return;
    }
    if (entrance->unwritten > 0) {
        log_warn("log-in failed from %s (and %u times more, perhaps from others, since the last "
                 "line)",
                address, entrance->unwritten);
    } else {
        log_warn("log-in failed from %s", address);
    }
    entrance->unwritten = 0;
}

static void
reply_session(struct hp_request *request, const struct hp_session *session)
{
    json_t *body = hp_facts_session(session);
    json_object_set_new(body, "token", json_string(session->token));
    hp_request_reply_json(request, 200, body);
}

static void
look(struct hp_entrance *entrance, struct hp_request *request, const char *username,
        const char *password)
{
    struct hp_session *session;
    const char *address = hp_request_address(request);
    const struct hp_lobby_login login = { .username = username,
        .password = password,
        .address = address,
        .token = hp_request_token(request),
        .admins_only = !hp_tries_may_enter(entrance->tries, address) };
    switch (hp_lobby_login(hp_room_lobby(entrance->room), &login, &session)) {
    case HP_LOGIN_OK:
        hp_tries_add_entry(entrance->tries, address);
        reply_session(request, session);
        break;
    case HP_LOGIN_WRONG:
        note_failure(entrance, address, username);
        hp_request_reply_error(request, 401, "Unauthorized");
        break;
    case HP_LOGIN_BAD_NAME:
        hp_request_reply_error(request, 400,
                "the username has to be 1 to 64 characters of text that can be seen");
        break;
    case HP_LOGIN_CROWDED:
        hp_request_reply_wait(request, 1, "too many logins from this address");
        break;
    case HP_LOGIN_LOCKED: hp_request_reply_error(request, 403, "logins are locked"); break;
    case HP_LOGIN_CLOSING: hp_request_reply_error(request, 503, "shutting down"); break;
    case HP_LOGIN_NOBODY:
        hp_request_reply_error(
                request, 501, "nobody can log in: this member.provider is not there yet");
        break;
    case HP_LOGIN_FULL: hp_request_reply_error(request, 503, "room-full"); break;
    }
}

static void
free_try(struct slow_try *try)
{
    g_queue_remove(&try->entrance->waiting, try);
    hp_timer_stop(&try->timer);
    g_free(try->username);
    g_free(try->password);
    g_free(try);
}

static void
on_waited(void *arg)
{
    struct slow_try *try = arg;
    hp_tries_end_wait(try->entrance->tries, hp_request_address(try->request));
    look(try->entrance, try->request, try->username, try->password);
    free_try(try);
}

static void
try_slowly(struct hp_entrance *entrance, struct hp_request *request,
        const struct hp_tries_login *login)
{
    if (entrance->waiting.length >= MAX_WAITING
            || !hp_tries_begin_wait(entrance->tries, login->address)) {
        hp_tries_turn_away(entrance->tries, login);
        // the page comes back after that second by itself
        hp_request_reply_wait(request, 1, "too many failed logins from this address");
        return;
    }
    struct slow_try *try = g_new0(struct slow_try, 1);
    try->entrance = entrance;
    try->request = request;
    try->username = g_strdup(login->name);
    try->password = g_strdup(login->password);
    hp_timer_init(&try->timer, entrance->home, on_waited, try);
    hp_timer_start(&try->timer, WAIT_US);
    g_queue_push_tail(&entrance->waiting, try);
}

void
hp_entrance_try(struct hp_entrance *entrance, struct hp_request *request, const char *username,
        const char *password)
{
    const struct hp_tries_login login = { hp_request_address(request), username, password };
    unsigned wait_s = 0;
    switch (hp_tries_judge(entrance->tries, &login, &wait_s)) {
    case HP_TRIES_NOW: look(entrance, request, username, password); break;
    case HP_TRIES_SLOWLY: try_slowly(entrance, request, &login); break;
    case HP_TRIES_REFUSED:
        log_debug("a log-in from %s has to wait", login.address);
        hp_tries_turn_away(entrance->tries, &login);
        hp_request_reply_wait(request, wait_s, "too many failed logins under this name");
        break;
    }
}

struct hp_entrance *
hp_entrance_create(struct hp_worker *home, struct hp_room *room)
{
    struct hp_entrance *entrance = g_new0(struct hp_entrance, 1);
    entrance->home = home;
    entrance->room = room;
    entrance->tries = hp_tries_create();
    g_queue_init(&entrance->waiting);
    hp_bucket_init(&entrance->lines, LINES_PER_S, LINE_BURST);
    return entrance;
}

void
hp_entrance_close(struct hp_entrance *entrance)
{
    struct slow_try *try;
    entrance->room = NULL;
    while ((try = g_queue_peek_head(&entrance->waiting)) != NULL) {
        hp_request_reply_error(try->request, 503, "the server ends");
        free_try(try);
    }
}

void
hp_entrance_destroy(struct hp_entrance *entrance)
{
    if (entrance == NULL) {
        return;
    }
    struct slow_try *try;
    while ((try = g_queue_peek_head(&entrance->waiting)) != NULL) {
        free_try(try); // its request has ended with the connections
    }
    hp_tries_destroy(entrance->tries);
    g_free(entrance);
}
