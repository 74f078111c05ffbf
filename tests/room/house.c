// house.c - a whole room with a fake clock, fake peers and encoders, a plugin and a listener that
// take notes.
#include "house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/plugin.h"
#include "notes.h"
#include "room/notices.h"

enum {
    PUMP_TURNS = 64,
    MAX_OPEN = 1024, // sessions that the plugin knows at once
};

struct house *the_house;
static int64_t fake_now_us;
static const struct hp_host_table *table;
static struct hp_host *plugin_host;

// The sessions between session_open and session_close. Relaxed atomics: the check must not order
// what TSan looks at.
static _Atomic(struct hp_session *) open_sessions[MAX_OPEN];

static int
find_open(const struct hp_session *session) // -1: it is none of them
{
    for (int i = 0; i < MAX_OPEN; i++) {
        if (atomic_load_explicit(&open_sessions[i], memory_order_relaxed) == session) {
            return i;
        }
    }
    return -1;
}

static void
swap_open(const struct hp_session *from, struct hp_session *to)
{
    int index = find_open(from);
    assert_true(index >= 0);
    atomic_store_explicit(&open_sessions[index], to, memory_order_relaxed);
}

// What the plugin is told of a session comes after its session_open and before its session_close.
static void
check_is_open(const struct hp_session *session)
{
    if (find_open(session) < 0) {
        atomic_fetch_add_explicit(&the_house->late_calls, 1, memory_order_relaxed);
    }
}

static int64_t
now_us(void)
{
    return fake_now_us;
}

static void *
plugin_start(struct hp_host *host, const struct hp_host_table *given, const void *options)
{
    static int self;
    (void) options;
    table = given;
    plugin_host = host;
    table->channel_bind(host, "chat");
    if (the_house->has_source) {
        struct hp_plugin_source source = { .size = sizeof(source),
            .is_damage_driven = true,
            .kind = HP_SOURCE_VIDEO,
            .name = "screen",
            .head = "videotestsrc" };
        assert_true(table->source_add(host, &source));
        assert_false(table->source_add(host, &source));
    }
    return &self;
}

static void
plugin_stop(void *self)
{
    (void) self;
    g_string_append(the_house->plugin, "stop\n");
}

static void
plugin_open(void *self, struct hp_session *session)
{
    (void) self;
    swap_open(NULL, session);
    g_string_append_printf(the_house->plugin, "open %s\n", table->session_name(session));
}

static void
plugin_close(void *self, struct hp_session *session)
{
    (void) self;
    swap_open(session, NULL);
    g_string_append_printf(the_house->plugin, "close %s\n", table->session_name(session));
}

static bool
plugin_message(void *self, struct hp_session *session, const char *event, const char *payload)
{
    (void) self;
    check_is_open(session);
    g_string_append_printf(the_house->plugin, "message %s %s\n", event, payload);
    table->send(plugin_host, session, "test/echo", payload);
    return true;
}

static void
plugin_control(void *self, struct hp_session *session)
{
    (void) self;
    if (session != NULL) {
        check_is_open(session);
    }
    g_string_append_printf(the_house->plugin, "control %s\n",
            session == NULL ? "nobody" : table->session_name(session));
}

static void
plugin_input(void *self, struct hp_session *session, const struct hp_input *input)
{
    (void) self;
    check_is_open(session);
    if (the_house->worker_count == 0 && the_house->input_count < HOUSE_INPUTS_MAX) {
        the_house->inputs[the_house->input_count] = *input;
        the_house->input_from[the_house->input_count++] = session;
    }
}

static void
plugin_data(
        void *self, struct hp_session *session, const char *label, const void *data, size_t size)
{
    (void) self;
    check_is_open(session);
    if (the_house->worker_count == 0) {
        g_string_append_printf(the_house->plugin, "data %s\n", label);
        table->channel_send(plugin_host, session, label, data, size);
    }
}

static void
plugin_set_screen(void *self, const struct hp_plugin_screen *screen)
{
    (void) self;
    table->set_screen(plugin_host, screen);
}

static void
plugin_set_clipboard(void *self, const char *text)
{
    (void) self;
    g_string_append_printf(the_house->plugin, "clipboard %s\n", text);
}

static const struct hp_plugin test_plugin = {
    .abi = HP_PLUGIN_ABI,
    .size = sizeof(struct hp_plugin),
    .name = "test",
    .start = plugin_start,
    .stop = plugin_stop,
    .session_open = plugin_open,
    .session_close = plugin_close,
    .on_message = plugin_message,
    .on_control = plugin_control,
    .on_input = plugin_input,
    .on_data = plugin_data,
    .set_screen = plugin_set_screen,
    .set_clipboard = plugin_set_clipboard,
};

static void
on_notice(void *arg, const struct hp_notice *notice)
{
    struct house *house = arg;
    notes_write(house->events, house->room, notice);
}

static char *
make_pipeline(void *arg, enum hp_codec codec, const char *head, unsigned threads,
        bool *is_damage_driven)
{
    (void) arg;
    (void) threads;
    (void) is_damage_driven;
    return codec == HP_CODEC_H264 ? NULL : g_strdup(head);
}

void
house_move_display(struct house *house, const char *display)
{
    struct hp_plugin_desktop desktop = { .size = sizeof(desktop), .display = display };
    assert_true(house->has_source);
    table->set_desktop(plugin_host, &desktop);
    table->source_restart(plugin_host, "screen");
}

void
house_set_cursor(struct house *house, const uint8_t *png, size_t size)
{
    const struct hp_plugin_cursor cursor = {
        .size = sizeof(cursor), .width = 1, .height = 1, .png = png, .png_size = size
    };
    (void) house;
    table->set_cursor(plugin_host, &cursor);
}

void
house_move_cursor(struct house *house, int x, int y)
{
    (void) house;
    table->move_cursor(plugin_host, x, y);
}

void
house_copy(struct house *house, const char *text)
{
    (void) house;
    table->set_clipboard(plugin_host, text);
}

void
house_skip_copy(struct house *house, bool is_too_large)
{
    (void) house;
    table->skip_clipboard(plugin_host, is_too_large);
}

void
house_resize(struct house *house, int width, int height)
{
    (void) house;
    struct hp_plugin_screen screen = {
        .size = sizeof(screen), .width = width, .height = height, .rate = 30
    };
    table->set_screen(plugin_host, &screen);
}

struct house *
house_create(unsigned worker_count, void (*adjust)(struct hp_room_params *params))
{
    static const enum hp_codec codecs[] = { HP_CODEC_VP8, HP_CODEC_OPUS };
    struct house *house = g_new0(struct house, 1);
    struct hp_room_params params = {
        .codecs = codecs,
        .codec_count = 2,
        .make_pipeline = make_pipeline,
        .members = { .user_password = "neko", .admin_password = "boss" },
    };
    memset(&fake_counts, 0, sizeof(fake_counts));
    hp_log_set_level(HP_LOG_ERROR);
    memset(open_sessions, 0, sizeof(open_sessions));
    the_house = house;
    house->worker_count = worker_count;
    house->has_source = true;
    house->events = g_string_new(NULL);
    house->plugin = g_string_new(NULL);
    house->main = hp_worker_create_main();
    if (worker_count == 0) {
        fake_now_us = 1000000; // far in the past: every timer's descriptor is always due
        hp_clock_fake(now_us);
    }
    for (unsigned i = 0; i < worker_count; i++) {
        house->workers[i] = hp_worker_create("test");
    }
    params.home = house->main;
    params.workers = worker_count > 0 ? house->workers : &house->main;
    params.worker_count = worker_count > 0 ? worker_count : 1;
    if (adjust != NULL) {
        adjust(&params);
    }
    house->room = hp_room_create(&params);
    assert_non_null(house->room);
    hp_notices_add(hp_room_notices(house->room), on_notice, house);
    assert_true(hp_room_start_plugin(house->room, &test_plugin, NULL));
    return house;
}

static void
on_done(void *arg)
{
    struct house *house = arg;
    house->is_done = true;
    if (house->worker_count > 0) {
        hp_worker_quit(house->main);
    }
}

void
house_close(struct house *house)
{
    hp_room_shutdown(house->room, on_done, house);
    if (house->worker_count > 0) {
        hp_worker_run(house->main);
    } else {
        house_pump(house);
    }
    assert_true(house->is_done);
    assert_int_equal(fake_counts.peers_alive, 0);
    assert_int_equal(fake_counts.sinks_alive, 0);
    assert_int_equal(house->late_calls, 0);
    for (unsigned i = 0; i < MAX_OPEN; i++) {
        assert_null(open_sessions[i]);
    }
}

void
house_destroy(struct house *house)
{
    if (!house->is_done) {
        house_close(house);
    }
    for (unsigned i = 0; i < house->worker_count; i++) {
        hp_worker_destroy(house->workers[i]);
    }
    hp_worker_destroy(house->main);
    hp_clock_fake(NULL);
    g_string_free(house->events, TRUE);
    g_string_free(house->plugin, TRUE);
    g_free(house);
    the_house = NULL;
}

void
house_pump(struct house *house)
{
    (void) house;
    for (int i = 0; i < PUMP_TURNS; i++) {
        g_main_context_iteration(NULL, FALSE);
    }
}

void
house_pass(struct house *house, int64_t milliseconds)
{
    for (int64_t i = 0; i < milliseconds; i += 10) {
        fake_now_us += 10000;
        g_main_context_iteration(NULL, FALSE);
        g_main_context_iteration(NULL, FALSE);
    }
    house_pump(house);
}

void
house_jump(int64_t milliseconds)
{
    fake_now_us += milliseconds * 1000;
}

void
house_forget(struct house *house)
{
    house_pump(house);
    g_string_truncate(house->events, 0);
    g_string_truncate(house->plugin, 0);
    house->input_count = 0;
}

unsigned
house_count(const struct house *house, uint64_t link, const char *event)
{
    char *wanted = g_strdup_printf("%u %s", (unsigned) link, event);
    size_t length = strlen(wanted);
    unsigned count = 0;
    for (const char *line = house->events->str; *line != '\0';) {
        count += strncmp(line, wanted, length) == 0;
        const char *end = strchr(line, '\n');
        line = end + 1;
    }
    g_free(wanted);
    return count;
}

bool
house_heard(const struct house *house, uint64_t link, const char *event)
{
    return house_count(house, link, event) > 0;
}

struct hp_session *
house_login(struct house *house, const char *name)
{
    struct hp_session *session = NULL;
    const char *password =
            strcmp(name, "admin") == 0 || strcmp(name, "boss") == 0 ? "boss" : "neko";
    const struct hp_lobby_login login = { .username = name, .password = password };
    assert_int_equal(hp_lobby_login(hp_room_lobby(house->room), &login, &session), HP_LOGIN_OK);
    return session;
}

enum hp_connect_answer
house_connect(
        struct house *house, const char *token, uint64_t link, struct hp_session **session)
{
    struct hp_lobby_connection connection = { link, HP_DIALECT_V3, "192.168.1.7" };
    return hp_lobby_connect(hp_room_lobby(house->room), token, &connection, session);
}

void
house_set_rules(
        struct house *house, struct hp_session *by, void (*change)(struct hp_rules *rules))
{
    struct hp_rules rules;
    hp_rules_copy(&rules, hp_room_rules(house->room));
    change(&rules);
    hp_room_set_rules(house->room, by, &rules);
    hp_rules_finish(&rules);
}

struct hp_session *
house_enter(struct house *house, const char *name)
{
    struct hp_session *connected = NULL;
    struct hp_session *session = house_login(house, name);
    uint64_t link = hp_notices_take_link(hp_room_notices(house->room));
    assert_int_equal(house_connect(house, session->token, link, &connected), HP_CONNECT_OK);
    assert_ptr_equal(connected, session);
    return session;
}

struct hp_peer *
house_watch(struct house *house, struct hp_session *session)
{
    static const struct hp_selection all = { .video_disabled = -1, .audio_disabled = -1 };
    assert_true(hp_stage_request(session->stage, &all));
    house_pump(house);
    struct hp_peer *peer = fake_peer_last();
    assert_non_null(peer);
    hp_stage_set_remote(session->stage, "answer", "v=0");
    fake_peer_set_state(peer, HP_PEER_CONNECTED, HP_STATUS_OK);
    fake_peer_channel(peer, "data", true);
    house_pump(house);
    return peer;
}

int
duo_set_up(void **state)
{
    struct duo *duo = g_new0(struct duo, 1);
    duo->house = house_create(0, NULL);
    duo->ann = house_enter(duo->house, "ann");
    duo->bob = house_enter(duo->house, "bob");
    duo->control = hp_room_control(duo->house->room);
    *state = duo;
    return 0;
}

int
duo_tear_down(void **state)
{
    struct duo *duo = *state;
    house_destroy(duo->house);
    g_free(duo);
    return 0;
}
