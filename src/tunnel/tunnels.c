// tunnels.c - media by WebSockets of the page's own origin.
// Owner: app.  Thread: main.
//
//   open --hello--> tunnel of the session's stage --> closed by either side
//        \-> refused, with the reason; silent for HELLO_US: closed
#include "tunnel/tunnels.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <jansson.h>

#define LOG_TAG "tunnel"
#include "base/bucket.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "edge/http.h"
#include "edge/ws.h"
#include "plugin/seat.h"
#include "room/lobby.h"
#include "room/room.h"
#include "room/session.h"
#include "room/sessions.h"
#include "room/stage.h"
#include "viewer/tunnel.h"
#include "wire/input.h"
#include "wire/tunnel.h"

enum {
    PROTOCOL = 1,
    HELLO_US = 3000000,
    MESSAGES_PER_S = 2000, // a mouse tells a thousand places a second
    MESSAGE_BURST = 4000,
    LINES_PER_S = 1,
    LINE_BURST = 10,
    CLOSE_POLICY = 1008, // RFC 6455 section 7.4.1
    CLOSE_REPLACED = 4001,
};

struct hp_tunnels {
    struct hp_room *room; // NULL: the room has ended
    struct hp_worker *home;
    struct hp_bucket lines; // refusals that are logged
    struct hp_tunnels_stats stats;
};

struct socket {
    struct hp_tunnels *tunnels;
    struct hp_ws *ws;
    struct hp_tunnel *tunnel; // NULL: none yet, or no longer
    struct hp_session *session; // whose tunnel it is; valid as long as that is there
    bool is_over; // what comes is not read any more
    struct hp_timer hello;
    struct hp_bucket messages;
};

// ---- what goes out ----

static void
send_json(const struct socket *socket, enum hp_tunnel_type type, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    char *message = g_strdup_printf("%c%s", type, text);
    hp_ws_send(socket->ws, message, strlen(message));
    g_free(message);
    free(text);
    json_decref(json);
}

static void
on_frame(void *arg, GBytes *message)
{
    const struct socket *socket = arg;
    hp_ws_send_bytes(socket->ws, message);
}

static void
on_end(void *arg, bool is_replaced)
{
    struct socket *socket = arg;
    socket->tunnel = NULL;
    socket->session = NULL;
    socket->tunnels->stats.open--;
    socket->is_over = true;
    hp_ws_close(socket->ws, is_replaced ? CLOSE_REPLACED : HP_WS_GOODBYE,
            is_replaced ? "another tunnel of this session" : "the media of this session end");
}

// Closes the socket for what its client has sent.
static void
fail(struct socket *socket, const char *reason)
{
    struct hp_tunnels *tunnels = socket->tunnels;
    tunnels->stats.bad_messages++;
    if (hp_bucket_take(&tunnels->lines, 1)) {
        log_info("a tunnel from %s is closed: %s", hp_ws_address(socket->ws), reason);
    }
    hp_timer_stop(&socket->hello);
    socket->is_over = true;
    hp_ws_close(socket->ws, CLOSE_POLICY, reason);
}

static void
refuse(struct socket *socket, const char *status, const char *text)
{
    struct hp_tunnels *tunnels = socket->tunnels;
    tunnels->stats.refused++;
    if (hp_bucket_take(&tunnels->lines, 1)) {
        log_info("a tunnel from %s is refused: %s (%" G_GUINT64_FORMAT " so far)",
                hp_ws_address(socket->ws), text, tunnels->stats.refused);
    }
    send_json(socket, HP_TUNNEL_REFUSED, json_pack("{s:s, s:s}", "status", status, "text", text));
    socket->is_over = true;
    hp_ws_close(socket->ws, CLOSE_POLICY, status);
}

// ---- hello ----

struct hello {
    json_t *root;
    const char *token; // NULL: the one of the request counts
    enum hp_codec codecs[HP_CODECS];
    unsigned codec_count;
};

static bool
read_codecs(struct hello *hello, const char *key)
{
    const json_t *names = json_object_get(hello->root, key), *name;
    size_t i;
    if (names != NULL && !json_is_array(names)) {
        return false;
    }
    json_array_foreach(names, i, name) {
        enum hp_codec codec;
        if (!json_is_string(name)) {
            return false;
        }
        if (hello->codec_count < HP_CODECS && hp_codec_find(json_string_value(name), &codec)) {
            hello->codecs[hello->codec_count++] = codec;
        }
    }
    return true;
}

// False: it is none; root may be set all the same.
static bool
read_hello(const struct hp_tunnel_message *message, struct hello *hello)
{
    const char *text = (const char *) message->body;
    *hello = (struct hello){ 0 };
    hello->root = json_loadb(text, message->size, 0, NULL); // jansson bounds its depth
    const json_t *version = json_object_get(hello->root, "version");
    hello->token = json_string_value(json_object_get(hello->root, "token"));
    return json_is_integer(version) && json_integer_value(version) == PROTOCOL
            && read_codecs(hello, "video") && read_codecs(hello, "audio");
}

static struct hp_session *
find_session(const struct socket *socket, const struct hello *hello)
{
    bool is_told = hello->token != NULL && hello->token[0] != '\0';
    const char *token = is_told ? hello->token : hp_ws_token(socket->ws);
    return token == NULL
            ? NULL
            : hp_sessions_find_token(hp_room_sessions(socket->tunnels->room), token);
}

static void
open_tunnel(struct socket *socket, struct hp_session *session, const struct hello *hello)
{
    const struct hp_tunnel_outlet outlet = { on_frame, on_end, socket };
    const char *names[HP_TRACK_KINDS];
    socket->tunnel = hp_stage_open_tunnel(
            session->stage, &outlet, hello->codecs, hello->codec_count, names);
    if (socket->tunnel == NULL) {
        refuse(socket, "no-codec", "None of these codecs is one of the server's.");
        return;
    }
    socket->session = session;
    socket->tunnels->stats.opened++;
    socket->tunnels->stats.open++;
    hp_ws_know(socket->ws);
    send_json(socket, HP_TUNNEL_WELCOME,
            json_pack("{s:i, s:s?, s:s?}", "version", PROTOCOL, "video", names[HP_TRACK_VIDEO],
                    "audio", names[HP_TRACK_AUDIO]));
}

static void
handle_hello(struct socket *socket, const struct hp_tunnel_message *message)
{
    struct hello hello;
    hp_timer_stop(&socket->hello);
    if (socket->tunnels->room == NULL) {
        refuse(socket, "closed", "The server ends.");
    } else if (!read_hello(message, &hello)) {
        fail(socket, "a hello of version 1 was expected");
        json_decref(hello.root);
    } else {
        struct hp_session *session = find_session(socket, &hello);
        if (session == NULL || !session->is_connected) {
            refuse(socket, "not-connected", "There is no session with this token at /api/ws.");
        } else if (!hp_bucket_take(&session->connects, 1)) {
            refuse(socket, "too-often", "This session connects too often.");
        } else if (!session->profile.can_watch) {
            refuse(socket, "not-allowed", "This person may not watch.");
        } else {
            open_tunnel(socket, session, &hello);
        }
        json_decref(hello.root);
    }
}

// ---- what comes in ----

static void
answer_ping(const struct socket *socket, const uint8_t *ping)
{
    uint8_t pong[HP_INPUT_PONG_SIZE];
    uint64_t now_ms = (uint64_t) hp_clock_wall_us(hp_clock_now_us()) / 1000;
    hp_tunnel_send(socket->tunnel, pong, hp_input_write_pong(pong, ping, now_ms));
}

static void
handle_data(struct socket *socket, const struct hp_tunnel_message *message)
{
    struct hp_input input;
    if (hp_input_parse(HP_DIALECT_V3, message->body, message->size, &input) < 0) {
        socket->tunnels->stats.bad_messages++; // dropped, as on the data channel
        return;
    }
    if (input.kind == HP_INPUT_PING) {
        answer_ping(socket, message->body);
    }
    hp_seat_post_input(socket->session->seat, &input);
}

static void
handle(struct socket *socket, const struct hp_tunnel_message *message)
{
    hp_lobby_hear(socket->session);
    switch (message->type) {
    case HP_TUNNEL_RECEIVED:
        if (!hp_tunnel_acknowledge(socket->tunnel, message->received)) {
            fail(socket, "more was received than was sent");
        }
        break;
    case HP_TUNNEL_KEYFRAME: hp_tunnel_request_keyframe(socket->tunnel); break;
    case HP_TUNNEL_DATA: handle_data(socket, message); break;
    default: fail(socket, "a second hello"); break;
    }
}

static void
on_binary(void *data, const uint8_t *bytes, size_t size)
{
    struct socket *socket = data;
    struct hp_tunnel_message message;
    if (socket->is_over) {
        return;
    }
    if (!hp_bucket_take(&socket->messages, 1)) {
        socket->tunnels->stats.limited++;
        fail(socket, "too many messages");
    } else if (!hp_tunnel_read(bytes, size, &message)) {
        fail(socket, "not a message of a tunnel");
    } else if (socket->tunnel != NULL) {
        handle(socket, &message);
    } else if (message.type == HP_TUNNEL_HELLO) {
        handle_hello(socket, &message);
    } else {
        fail(socket, "a hello was expected first");
    }
}

static void
on_no_hello(void *arg)
{
    fail(arg, "no hello has come");
}

static void *
on_open(void *arg, struct hp_ws *ws)
{
    struct hp_tunnels *tunnels = arg;
    struct socket *socket = g_new0(struct socket, 1);
    socket->tunnels = tunnels;
    socket->ws = ws;
    hp_bucket_init(&socket->messages, MESSAGES_PER_S, MESSAGE_BURST);
    hp_timer_init(&socket->hello, tunnels->home, on_no_hello, socket);
    hp_timer_start(&socket->hello, HELLO_US);
    return socket;
}

static void
on_close(void *data, int code)
{
    struct socket *socket = data;
    (void) code;
    hp_timer_stop(&socket->hello);
    if (socket->tunnel != NULL) {
        socket->tunnels->stats.open--;
        hp_stage_close_tunnel(socket->session->stage);
    }
    g_free(socket);
}

static const struct hp_ws_cbs ws_cbs = {
    .on_open = on_open,
    .on_binary = on_binary,
    .max_message = HP_TUNNEL_HELLO_MAX,
    .on_close = on_close,
};

struct hp_tunnels *
hp_tunnels_create(struct hp_http *http, struct hp_worker *home, struct hp_room *room)
{
    struct hp_tunnels *tunnels = g_new0(struct hp_tunnels, 1);
    tunnels->room = room;
    tunnels->home = home;
    hp_bucket_init(&tunnels->lines, LINES_PER_S, LINE_BURST);
    hp_http_add_ws(http, "/api/tunnel", &ws_cbs, tunnels);
    return tunnels;
}

void
hp_tunnels_destroy(struct hp_tunnels *tunnels)
{
    g_free(tunnels);
}

void
hp_tunnels_close(struct hp_tunnels *tunnels)
{
    if (tunnels != NULL) {
        tunnels->room = NULL;
    }
}

void
hp_tunnels_get_stats(const struct hp_tunnels *tunnels, struct hp_tunnels_stats *stats)
{
    *stats = tunnels->stats;
}
