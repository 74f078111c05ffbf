// rest.c - the JSON requests of Neko's v3 protocol: login, logout, whoami, control.
// Owner: app.  Thread: main.
#include "dialect/rest.h"

#include <string.h>

#include <glib.h>

#include "base/bucket.h"
#include "dialect/entrance.h"
#include "dialect/envelope.h"
#include "dialect/facts.h"
#include "edge/http.h"
#include "room/control.h"
#include "room/lobby.h"
#include "room/room.h"
#include "member/rules.h"
#include "room/session.h"
#include "room/sessions.h"

enum {
    MAX_LOGIN_BODY = 4096,
    MAX_PASSWORD = 1024
};

#define GIVE_PATH "/api/room/control/give/"

struct hp_rest {
    struct hp_room *room; // NULL: the room has ended
    struct hp_entrance *entrance;
};

struct hp_session *
hp_rest_authenticate(struct hp_room *room, struct hp_request *request)
{
    if (room == NULL) {
        hp_request_reply_error(request, 503, "the server ends");
        return NULL;
    }
    const char *token = hp_request_token(request);
    struct hp_session *session =
            token == NULL ? NULL : hp_sessions_find_token(hp_room_sessions(room), token);
    if (session == NULL) {
        hp_request_reply_error(request, 401, "Unauthorized");
        return NULL;
    }
    if (!session->profile.can_login) {
        hp_request_reply_error(request, 403, "login is disabled for this session");
        return NULL;
    }
    if (!hp_bucket_take(&session->requests, 1)) {
        hp_request_reply_wait(request, hp_bucket_wait_s(&session->requests, 1),
                "too many requests of this session: wait as long as Retry-After says");
        return NULL;
    }
    return session;
}

static struct hp_session *
authenticate(const struct hp_rest *rest, struct hp_request *request)
{
    return hp_rest_authenticate(rest->room, request);
}

static void
reply_done(struct hp_request *request)
{
    hp_request_reply(request, 204, NULL, NULL, 0);
}

static json_t *
parse_body(struct hp_request *request)
{
    size_t size;
    json_error_t error;
    const char *body = hp_request_body(request, &size);
    if (body == NULL || size == 0) {
        hp_request_reply_error(request, 400, "no data provided");
        return NULL;
    }
    json_t *root = hp_envelope_is_shallow(body, size) ? json_loadb(body, size, 0, &error) : NULL;
    if (!json_is_object(root)) {
        json_decref(root);
        hp_request_reply_error(request, 400, "unable to parse provided data");
        return NULL;
    }
    return root;
}

static void
handle_login(void *arg, struct hp_request *request)
{
    struct hp_rest *rest = arg;
    if (rest->room == NULL) {
        hp_request_reply_error(request, 503, "the server ends");
        return;
    }
    if (!hp_request_is_origin_allowed(request)) {
        hp_request_reply_error(request, 403, "this origin is not allowed");
        return;
    }
    json_t *body = parse_body(request);
    if (body == NULL) {
        return;
    }
    const json_t *username = json_object_get(body, "username");
    const json_t *password = json_object_get(body, "password");
    if (!json_is_string(username) || !json_is_string(password)
            || json_string_length(password) > MAX_PASSWORD) {
        hp_request_reply_error(request, 400, "unable to parse provided data");
    } else {
        hp_entrance_try(rest->entrance, request, json_string_value(username),
                json_string_value(password));
    }
    json_decref(body);
}

static void
handle_logout(void *arg, struct hp_request *request)
{
    struct hp_session *session = authenticate(arg, request);
    if (session != NULL) {
        hp_lobby_end(session);
        hp_request_reply_json(request, 200, json_true());
    }
}

static void
handle_whoami(void *arg, struct hp_request *request)
{
    const struct hp_session *session = authenticate(arg, request);
    if (session != NULL) {
        hp_request_reply_json(request, 200, hp_facts_session(session));
    }
}

// Like it, for the routes of control: needs can_host, and not private mode.
static struct hp_session *
authenticate_host(const struct hp_rest *rest, struct hp_request *request)
{
    struct hp_session *session = authenticate(rest, request);
    if (session == NULL) {
        return NULL;
    }
    if (!session->profile.can_host) {
        hp_request_reply_error(request, 403, "session cannot host");
        return NULL;
    }
    if (hp_room_rules(rest->room)->private_mode && !session->profile.is_admin) {
        hp_request_reply_error(request, 422, "private mode is enabled");
        return NULL;
    }
    return session;
}

static struct hp_session *
authenticate_admin(const struct hp_rest *rest, struct hp_request *request)
{
    struct hp_session *session = authenticate_host(rest, request);
    if (session != NULL && !session->profile.is_admin) {
        hp_request_reply_error(request, 403, "session is not admin");
        return NULL;
    }
    return session;
}

static void
handle_control(void *arg, struct hp_request *request)
{
    const struct hp_rest *rest = arg;
    if (authenticate_host(rest, request) != NULL) {
        json_t *body = hp_facts_host(NULL, hp_control_host(hp_room_control(rest->room)));
        json_object_del(body, "id");
        hp_request_reply_json(request, 200, body);
    }
}

static void
handle_control_request(void *arg, struct hp_request *request)
{
    const struct hp_rest *rest = arg;
    struct hp_session *session = authenticate_host(rest, request);
    if (session == NULL) {
        return;
    }
    struct hp_control *control = hp_room_control(rest->room);
    bool was_host = hp_control_host(control) == session;
    switch (hp_control_request(control, session)) {
    case HP_CONTROL_TAKEN:
        if (!was_host) {
            reply_done(request);
            break;
        }
        // as Neko answers whoever asks while there is a host
        // fallthrough
    case HP_CONTROL_ASKED:
        hp_request_reply_json(request, 202,
                json_pack("{s:i, s:s}", "code", 202, "message", "control request sent"));
        break;
    case HP_CONTROL_REFUSED:
        hp_request_reply_error(request, 403,
                session->is_connected ? "controls are locked" : "session is not connected");
        break;
    }
}

static void
handle_control_release(void *arg, struct hp_request *request)
{
    const struct hp_rest *rest = arg;
    struct hp_session *session = authenticate_host(rest, request);
    if (session == NULL) {
        return;
    }
    if (hp_control_release(hp_room_control(rest->room), session)) {
        reply_done(request);
    } else {
        hp_request_reply_error(request, 422, "session is not the host");
    }
}

static void
handle_control_take(void *arg, struct hp_request *request)
{
    const struct hp_rest *rest = arg;
    struct hp_session *session = authenticate_admin(rest, request);
    if (session == NULL) {
        return;
    }
    if (hp_control_take(hp_room_control(rest->room), session)) {
        reply_done(request);
    } else {
        hp_request_reply_error(request, 422, "session is not connected");
    }
}

// The path ends in the id of the session that gets control.
static void
handle_control_give(void *arg, struct hp_request *request)
{
    const struct hp_rest *rest = arg;
    struct hp_session *session = authenticate(rest, request);
    if (session == NULL) {
        return;
    }
    struct hp_control *control = hp_room_control(rest->room);
    const char *id = hp_request_path(request) + strlen(GIVE_PATH);
    struct hp_session *to = hp_sessions_find(hp_room_sessions(rest->room), id);
    if (!session->profile.is_admin && hp_control_host(control) != session) {
        hp_request_reply_error(request, 403, "session is not host or admin");
    } else if (to == NULL) {
        hp_request_reply_error(request, 404, "target session was not found");
    } else if (!hp_control_give(control, session, to)) {
        hp_request_reply_error(request, 400, "target session is not allowed to host");
    } else {
        reply_done(request);
    }
}

static void
handle_control_reset(void *arg, struct hp_request *request)
{
    const struct hp_rest *rest = arg;
    struct hp_session *session = authenticate_admin(rest, request);
    if (session != NULL) {
        hp_control_reset(hp_room_control(rest->room), session);
        reply_done(request);
    }
}

struct hp_rest *
hp_rest_create(struct hp_http *http, struct hp_worker *home, struct hp_room *room)
{
    static const struct {
        const char *method, *path;
        size_t max_body;
        hp_route_fn fn;
    } routes[] = {
        { "POST", "/api/login", MAX_LOGIN_BODY, handle_login },
        { "POST", "/api/logout", MAX_LOGIN_BODY, handle_logout },
        { "GET", "/api/whoami", 0, handle_whoami },
        { "GET", "/api/room/control", 0, handle_control },
        { "POST", "/api/room/control/request", MAX_LOGIN_BODY, handle_control_request },
        { "POST", "/api/room/control/release", MAX_LOGIN_BODY, handle_control_release },
        { "POST", GIVE_PATH "*", MAX_LOGIN_BODY, handle_control_give },
        { "POST", "/api/room/control/take", MAX_LOGIN_BODY, handle_control_take },
        { "POST", "/api/room/control/reset", MAX_LOGIN_BODY, handle_control_reset },
    };
    struct hp_rest *rest = g_new0(struct hp_rest, 1);
    rest->room = room;
    rest->entrance = hp_entrance_create(home, room);
    for (size_t i = 0; i < G_N_ELEMENTS(routes); i++) {
        hp_http_add_route(
                http, routes[i].method, routes[i].path, routes[i].max_body, routes[i].fn, rest);
    }
    return rest;
}

void
hp_rest_destroy(struct hp_rest *rest)
{
    if (rest != NULL) {
        hp_entrance_destroy(rest->entrance);
        g_free(rest);
    }
}

void
hp_rest_close(struct hp_rest *rest)
{
    if (rest != NULL) {
        rest->room = NULL;
        hp_entrance_close(rest->entrance);
    }
}
