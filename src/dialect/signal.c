// signal.c - signaling in Neko's v3 protocol: the WebSockets of /api/ws and their limits.
// Owner: app.  Thread: main.
#include "dialect/signal.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "signal"
#include "base/bucket.h"
#include "base/log.h"
#include "base/plugin.h"
#include "base/timer.h"
#include "dialect/bulletin.h"
#include "dialect/envelope.h"
#include "dialect/events.h"
#include "dialect/facts.h"
#include "dialect/news.h"
#include "dialect/roster.h"
#include "edge/http.h"
#include "edge/ws.h"
#include "plugin/seat.h"
#include "room/lobby.h"
#include "room/notices.h"
#include "room/room.h"
#include "room/session.h"
#include "room/sessions.h"

enum {
    HEARTBEAT_US = 10 * 1000000, // v3 clients leave after 12.5 s of silence
    MESSAGES_PER_S = 200,
    MESSAGE_BURST = 400,
    BYTES_PER_S = 512 * 1024,
    BYTE_BURST = 1024 * 1024,
    PULSE_US = 250000, // between two pings to a client that holds a key
    STRIKES_PER_S = 100, // messages beyond the limits that are only dropped
    STRIKE_BYTES = 1024, // a large message counts once for each such piece
    STRIKE_BURST = 20000, // beyond this many the socket is cut
    ERRORS_PER_S = 5,
    ERROR_BURST = 10,
    REFUSALS_PER_S = 1, // refusals that are logged, since any stranger can cause them
    REFUSAL_BURST = 10,
    CLOSE_POLICY = 1008, // RFC 6455 section 7.4.1
    CROWD = 16, // with more sockets than this, news about people are told a little later
    // JSON writes a line's end as two bytes, but a control character as six: that would fill the
    // queue of a socket.
    MAX_COPIED = 2 * HP_CLIPBOARD_MAX + 4096,
};

struct hp_signal {
    struct hp_room *room; // NULL: the room has ended
    json_t *ice_servers; // an array
    hp_signal_servers_fn make_servers; // NULL: everybody gets that array
    void *servers_arg;
    GHashTable *sockets; // link -> struct socket
    struct hp_worker *home;
    struct hp_timer heartbeat;
    struct hp_news news;
    struct hp_roster *roster;
    struct hp_bucket refusals;
    hp_signal_host_fn on_host; // NULL: nobody asks
    void *host_arg;
    struct hp_signal_stats stats;
};

struct socket {
    struct hp_signal *signal;
    struct hp_ws *ws;
    uint64_t link; // 0: the room had ended before the socket came
    char *session_id; // NULL: not let in, or told to go
    uint64_t known_news; // the number of the last news that system/init contained
    struct hp_timer pulse; // runs while the session holds keys that went down over this socket
    struct hp_bucket messages, bytes, strikes, errors;
};

static void
send_event(struct socket *socket, const char *event, json_t *payload)
{
    char *text = hp_envelope_write(event, payload);
    hp_ws_send(socket->ws, text, strlen(text));
    free(text);
}

static void
tell_error(struct socket *socket, const char *code, const char *event, const char *message)
{
    log_debug("%s: %s: %s", socket->session_id, event != NULL ? event : "a message", message);
    if (!hp_bucket_take(&socket->errors, 1)) {
        return;
    }
    json_t *payload = json_pack("{s:s, s:s, s:s}", "code", code, "event",
            event != NULL ? event : "", "message", message);
    send_event(socket, "hairpin/error", payload);
    json_decref(payload);
}

static struct socket *
find_socket(const struct hp_signal *signal, uint64_t link)
{
    return g_hash_table_lookup(signal->sockets, &link);
}

static void
send_disconnect(struct socket *socket, const char *reason)
{
    json_t *payload = json_pack("{s:s}", "message", reason);
    send_event(socket, "system/disconnect", payload);
    json_decref(payload);
}

// From now on the client's messages are ignored.
static void
silence(struct socket *socket)
{
    g_free(socket->session_id);
    socket->session_id = NULL;
}

static void
end_socket(const struct hp_signal *signal, const struct hp_notice *notice)
{
    struct socket *socket = find_socket(signal, notice->farewell.link);
    if (socket != NULL) {
        const char *reason = hp_bulletin_farewell(notice->farewell.reason);
        bool is_end = notice->farewell.reason == HP_FAREWELL_CLOSING;
        send_disconnect(socket, reason);
        silence(socket);
        hp_ws_close(socket->ws, is_end ? HP_WS_PAGE_GONE : HP_WS_GOODBYE, reason);
    }
}

static void
welcome(const struct hp_signal *signal, const struct hp_session *session)
{
    struct socket *socket = find_socket(signal, session->link);
    if (socket == NULL) {
        return; // the session's connection speaks another dialect
    }
    socket->known_news = signal->news.last_number;
    json_t *init = hp_facts_init(signal->room, session);
    char *text = hp_roster_write(signal->roster, "system/init", init);
    hp_ws_send(socket->ws, text, strlen(text));
    g_free(text);
    json_decref(init);
    if (session->profile.is_admin) {
        json_t *admin = hp_facts_admin(signal->room);
        send_event(socket, "system/admin", admin);
        json_decref(admin);
    }
}

// news: the number of the news that the text tells; who knows them already does not get it.
static void
send_to_all(const struct hp_signal *signal, const struct hp_notice *notice, uint64_t news,
        const char *text)
{
    size_t size = strlen(text);
    const GPtrArray *all = hp_sessions_all(hp_room_sessions(signal->room));
    for (unsigned i = 0; i < all->len; i++) {
        const struct hp_session *session = g_ptr_array_index(all, i);
        struct socket *socket =
                hp_notice_is_for(notice, session) ? find_socket(signal, session->link) : NULL;
        if (socket != NULL && socket->known_news < news) {
            hp_ws_send(socket->ws, text, size);
        }
    }
}

// For the browser that the notice goes to. The caller owns the result.
static json_t *
make_servers(const struct hp_signal *signal, const struct hp_notice *notice)
{
    bool is_wanted = notice->kind == HP_NOTICE_DESCRIPTION
            && notice->description.role == HP_DESCRIPTION_FIRST && notice->to != NULL;
    return is_wanted && signal->make_servers != NULL
            ? signal->make_servers(signal->servers_arg, notice->to)
            : json_incref(signal->ice_servers);
}

static void
send_copied(struct socket *socket, const char *event, json_t *payload)
{
    char *text = hp_envelope_write(event, payload);
    if (strlen(text) <= MAX_COPIED) {
        hp_ws_send(socket->ws, text, strlen(text));
    } else {
        tell_error(socket, "too-large", event,
                "What the desktop copied has too many control characters to be sent here: GET "
                "/api/room/clipboard has it.");
    }
    free(text);
}

static void
tell_not_copied(struct socket *socket, bool is_too_large)
{
    if (is_too_large) {
        tell_error(socket, "too-large", "clipboard/updated",
                "A program of the desktop has copied a text of more than 1 MiB, which is not "
                "passed on.");
    } else {
        tell_error(socket, "no-text", "clipboard/updated",
                "A program of the desktop has copied something that is no text, which is not "
                "passed on.");
    }
}

static void
send_notice(const struct hp_signal *signal, const struct hp_notice *notice)
{
    json_t *payload;
    struct socket *socket = notice->to == NULL ? NULL : find_socket(signal, notice->to->link);
    if (notice->to != NULL && socket == NULL) {
        return; // not connected, or by another dialect
    }
    if (notice->kind == HP_NOTICE_CLIPBOARD && notice->clipboard.text == NULL) {
        tell_not_copied(socket, notice->clipboard.is_too_large);
        return;
    }
    json_t *servers = make_servers(signal, notice);
    const char *event = hp_bulletin_write(notice, servers, &payload);
    json_decref(servers);
    if (event == NULL) {
        return;
    }
    if (socket != NULL && notice->kind == HP_NOTICE_CLIPBOARD) {
        send_copied(socket, event, payload);
    } else if (socket != NULL) {
        send_event(socket, event, payload);
    } else {
        char *text = hp_envelope_write(event, payload);
        send_to_all(signal, notice, UINT64_MAX, text);
        free(text);
    }
    json_decref(payload);
}

static void
tell_news(void *arg)
{
    struct hp_signal *signal = arg;
    GArray *items = hp_news_take(&signal->news);
    for (unsigned i = 0; items != NULL && i < items->len; i++) {
        const struct hp_news_item *item = &g_array_index(items, struct hp_news_item, i);
        struct hp_notice notice = { .about = item->about,
            .kind = item->is_created ? HP_NOTICE_CREATED : HP_NOTICE_PRESENCE };
        json_t *payload;
        const char *event = hp_bulletin_write(&notice, NULL, &payload);
        char *text = hp_envelope_write(event, payload);
        // who the news are about has heard them at once
        notice.kind = HP_NOTICE_CREATED;
        send_to_all(signal, &notice, item->number, text);
        free(text);
        json_decref(payload);
    }
    if (items != NULL) {
        g_array_unref(items);
    }
}

// In a crowd only the session itself hears at once that it has come, watches or has gone.
static bool
keep_news(struct hp_signal *signal, const struct hp_notice *notice)
{
    bool is_created = notice->kind == HP_NOTICE_CREATED;
    if (notice->to != NULL || (!is_created && notice->kind != HP_NOTICE_PRESENCE)
            || g_hash_table_size(signal->sockets) <= CROWD) {
        return false;
    }
    if (!is_created) {
        struct hp_notice own = *notice;
        own.to = notice->about;
        send_notice(signal, &own);
    }
    hp_news_keep(&signal->news, notice->about, is_created);
    return true;
}

static void
on_notice(void *arg, const struct hp_notice *notice)
{
    struct hp_signal *signal = arg;
    if (keep_news(signal, notice)) {
        return;
    }
    if (hp_news_come_before(notice)) {
        tell_news(signal);
    }
    if (notice->kind == HP_NOTICE_WELCOME) {
        welcome(signal, notice->to);
    } else if (notice->kind == HP_NOTICE_FAREWELL) {
        end_socket(signal, notice);
    } else {
        send_notice(signal, notice);
    }
}

static void
refuse(struct socket *socket, const char *reason)
{
    socket->signal->stats.refused++;
    if (hp_bucket_take(&socket->signal->refusals, 1)) {
        log_info("a WebSocket from %s is refused: %s (%" G_GUINT64_FORMAT " so far)",
                hp_ws_address(socket->ws), reason, socket->signal->stats.refused);
    }
    send_disconnect(socket, reason);
    hp_ws_close(socket->ws, CLOSE_POLICY, reason);
}

static struct hp_session *
find_session(const struct socket *socket)
{
    if (socket->session_id == NULL || socket->signal->room == NULL) {
        return NULL;
    }
    return hp_sessions_find(hp_room_sessions(socket->signal->room), socket->session_id);
}

static void
on_pulse(void *arg)
{
    struct socket *socket = arg;
    const struct hp_session *session = find_session(socket);
    if (session != NULL && session->link == socket->link && hp_seat_is_holding(session->seat)) {
        hp_ws_ping(socket->ws);
        hp_timer_start(&socket->pulse, PULSE_US);
    }
}

static struct socket *
create_socket(struct hp_signal *signal, struct hp_ws *ws)
{
    struct socket *socket = g_new0(struct socket, 1);
    socket->signal = signal;
    socket->ws = ws;
    hp_timer_init(&socket->pulse, signal->home, on_pulse, socket);
    hp_bucket_init(&socket->messages, MESSAGES_PER_S, MESSAGE_BURST);
    hp_bucket_init(&socket->bytes, BYTES_PER_S, BYTE_BURST);
    hp_bucket_init(&socket->strikes, STRIKES_PER_S, STRIKE_BURST);
    hp_bucket_init(&socket->errors, ERRORS_PER_S, ERROR_BURST);
    if (signal->room != NULL) {
        socket->link = hp_notices_take_link(hp_room_notices(signal->room));
        g_hash_table_insert(signal->sockets, &socket->link, socket);
    }
    return socket;
}

static void
tell_host(const struct socket *socket, const char *host)
{
    const struct hp_signal *signal = socket->signal;
    if (signal->on_host != NULL && hp_ws_host(socket->ws) != NULL) {
        signal->on_host(signal->host_arg, socket->link, hp_ws_address(socket->ws), host);
    }
}

static void *
on_open(void *arg, struct hp_ws *ws)
{
    struct hp_signal *signal = arg;
    struct socket *socket = create_socket(signal, ws);
    struct hp_session *session = NULL;
    enum hp_connect_answer answer = HP_CONNECT_CLOSING;
    if (signal->room != NULL) {
        struct hp_lobby_connection connection = { socket->link, HP_DIALECT_V3,
            hp_ws_address(ws), hp_ws_host(ws) };
        answer = hp_lobby_connect(
                hp_room_lobby(signal->room), hp_ws_token(ws), &connection, &session);
    }
    if (answer != HP_CONNECT_OK) {
        refuse(socket, hp_bulletin_refusal(answer));
    } else {
        socket->session_id = g_strdup(session->id);
        hp_ws_know(ws);
        tell_host(socket, hp_ws_host(ws));
    }
    return socket;
}

static void
handle(struct socket *socket, struct hp_session *session, const struct hp_envelope *envelope)
{
    enum hp_event_result result = hp_events_handle(
            socket->signal->room, session, envelope->event, envelope->payload);
    const struct hp_event_refusal *refusal = hp_events_refusal(result);
    socket->signal->stats.bad_messages += result == HP_EVENT_BAD || result == HP_EVENT_NOBODY;
    if (refusal != NULL) {
        bool is_known = hp_events_find(envelope->event) != NULL;
        tell_error(socket, refusal->code, envelope->event,
                is_known ? refusal->message : "This event is not known.");
    } else if (result == HP_EVENT_DONE && hp_events_may_hold(envelope->event)
            && !hp_timer_is_running(&socket->pulse)) {
        hp_timer_start(&socket->pulse, PULSE_US);
    }
}

// Is the socket within its limits? Messages beyond them are dropped, and a client that goes on is
// cut.
static bool
is_within_limits(struct socket *socket, size_t size)
{
    if (hp_bucket_take(&socket->messages, 1) && hp_bucket_take(&socket->bytes, (double) size)) {
        return true;
    }
    socket->signal->stats.limited++;
    if (hp_bucket_take(&socket->strikes, 1 + (double) size / STRIKE_BYTES)) {
        tell_error(socket, "too-many-requests", NULL, "Too many messages: some were dropped.");
        return false;
    }
    struct hp_session *session = find_session(socket);
    if (session != NULL) {
        log_warn("%s sends too many messages and does not stop: its WebSocket is cut",
                socket->session_id);
        hp_lobby_cut_flood(session);
    }
    return false;
}

// A host that is silent is away, and its seat releases what is held when it hears nothing.
static void
note_life(struct socket *socket)
{
    static const struct hp_input alive = { .kind = HP_INPUT_ALIVE };
    struct hp_session *session = find_session(socket);
    if (session == NULL || session->link != socket->link) {
        return;
    }
    hp_lobby_hear(session);
    if (hp_timer_is_running(&socket->pulse) && hp_seat_is_holding(session->seat)) {
        hp_seat_post_input(session->seat, &alive);
    }
}

static void
on_pong(void *data)
{
    note_life(data);
}

static void
on_message(void *data, const char *text, size_t size)
{
    struct socket *socket = data;
    struct hp_envelope envelope;
    struct hp_session *session = find_session(socket);
    if (session == NULL || session->link != socket->link) {
        return;
    }
    socket->signal->stats.messages++;
    note_life(socket);
    if (!is_within_limits(socket, size)) {
        return;
    }
    if (!hp_envelope_parse(text, size, &envelope)) {
        socket->signal->stats.bad_messages++;
        tell_error(socket, "bad-message", NULL, "This is not an event.");
        return;
    }
    handle(socket, session, &envelope);
    hp_envelope_finish(&envelope);
}

static void
on_close(void *data, int code)
{
    struct socket *socket = data;
    struct hp_session *session = find_session(socket);
    uint64_t link = socket->link;
    hp_timer_stop(&socket->pulse);
    if (socket->session_id != NULL) {
        tell_host(socket, NULL);
    }
    g_hash_table_remove(socket->signal->sockets, &socket->link);
    if (session != NULL) {
        if (code == HP_WS_PAGE_GONE || code == HP_WS_PAGE_LEFT) {
            hp_lobby_lose_page(session, link);
        }
        hp_lobby_lose(session, link, code == HP_WS_GOODBYE);
    }
    silence(socket);
    g_free(socket);
}

static const struct hp_ws_cbs ws_cbs = {
    .on_open = on_open,
    .on_message = on_message,
    .on_pong = on_pong,
    .on_close = on_close,
};

static void
on_heartbeat(void *arg)
{
    struct hp_signal *signal = arg;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, signal->sockets);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct socket *socket = value;
        if (socket->session_id != NULL) {
            send_event(socket, "system/heartbeat", NULL);
        }
    }
    hp_timer_start(&signal->heartbeat, HEARTBEAT_US);
}

struct hp_signal *
hp_signal_create(struct hp_http *http, struct hp_worker *home, struct hp_room *room,
        const char *ice_servers)
{
    json_t *servers = ice_servers == NULL ? json_array() : json_loads(ice_servers, 0, NULL);
    if (!json_is_array(servers)) {
        // the text may contain secrets
        log_error("the ICE servers for browsers are no JSON array: correct "
                  "webrtc.iceservers.frontend");
        json_decref(servers);
        return NULL;
    }
    struct hp_signal *signal = g_new0(struct hp_signal, 1);
    signal->room = room;
    signal->home = home;
    signal->ice_servers = servers;
    signal->sockets = g_hash_table_new(g_int64_hash, g_int64_equal);
    hp_bucket_init(&signal->refusals, REFUSALS_PER_S, REFUSAL_BURST);
    hp_news_init(&signal->news, home, tell_news, signal);
    hp_timer_init(&signal->heartbeat, home, on_heartbeat, signal);
    hp_timer_start(&signal->heartbeat, HEARTBEAT_US);
    signal->roster = hp_roster_create(hp_room_notices(room), hp_room_sessions(room));
    hp_notices_add(hp_room_notices(room), on_notice, signal);
    hp_http_add_ws(http, "/api/ws", &ws_cbs, signal);
    // the rules for Apache that Neko's guide gives make this of it
    hp_http_add_ws(http, "/ws", &ws_cbs, signal);
    return signal;
}

void
hp_signal_destroy(struct hp_signal *signal)
{
    if (signal == NULL) {
        return;
    }
    hp_timer_stop(&signal->heartbeat);
    hp_news_finish(&signal->news);
    hp_roster_destroy(signal->roster);
    g_hash_table_destroy(signal->sockets);
    json_decref(signal->ice_servers);
    g_free(signal);
}

void
hp_signal_watch_hosts(struct hp_signal *signal, hp_signal_host_fn on_host, void *arg)
{
    signal->on_host = on_host;
    signal->host_arg = arg;
}

void
hp_signal_set_servers(struct hp_signal *signal, hp_signal_servers_fn make, void *arg)
{
    signal->make_servers = make;
    signal->servers_arg = arg;
}

void
hp_signal_close(struct hp_signal *signal)
{
    if (signal != NULL) {
        signal->room = NULL;
        hp_news_finish(&signal->news);
    }
}

void
hp_signal_get_stats(const struct hp_signal *signal, struct hp_signal_stats *stats)
{
    *stats = signal->stats;
    stats->sockets = g_hash_table_size(signal->sockets);
}
