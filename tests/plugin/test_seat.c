// Tests of plugin/seat.c: caps, and the epoch between two workers.
#include "plugin/seat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <glib.h>

#include "base/clock.h"
#include "base/input.h"
#include "base/input_sink.h"
#include "base/timer.h"
#include "base/worker.h"
#include "plugin/plugins.h"

static int64_t fake_now_us;

struct hearer {
    void (*on_input)(void *arg, struct hp_session *session, const struct hp_input *input);
    void *arg;
    atomic_uint messages, closes, late; // late: calls after session_close
};

struct bench {
    struct hp_worker *main;
    struct hp_plugins *plugins; // one, which takes notes
    struct hp_seat *seat;
    atomic_uint epoch;
    unsigned counts[HP_INPUT_RELEASE_ALL + 1];
    struct hp_input last;
    bool is_closed;
    struct hearer hearer;
    atomic_int open_channels[HP_PLUGIN_CHANNELS_MAX];
};

static int64_t
now_us(void)
{
    return fake_now_us;
}

// ---- a plugin that hands what it hears to the test ----

static struct hearer *next_hearer;

static void *
start(struct hp_host *host, const struct hp_host_table *table, const void *options)
{
    (void) options;
    assert_true(table->channel_bind(host, "chat"));
    return next_hearer;
}

static void
stop(void *self)
{
    (void) self;
}

static void
hear(void *self, struct hp_session *session, const struct hp_input *input)
{
    struct hearer *hearer = self;
    hearer->late += hearer->closes;
    hearer->on_input(hearer->arg, session, input);
}

static void
hear_data(void *self, struct hp_session *session, const char *label, const void *data, size_t size)
{
    struct hearer *hearer = self;
    (void) session;
    (void) label;
    (void) data;
    (void) size;
    hearer->late += hearer->closes;
    hearer->messages++;
}

static void
hear_close(void *self, struct hp_session *session)
{
    struct hearer *hearer = self;
    (void) session;
    hearer->late += hearer->closes;
    hearer->closes++;
}

static const struct hp_plugin plugin = {
    .abi = HP_PLUGIN_ABI,
    .size = sizeof(plugin),
    .name = "hearer",
    .start = start,
    .stop = stop,
    .on_input = hear,
    .on_data = hear_data,
    .session_close = hear_close,
};
static const struct hp_host_cbs host_cbs;

static struct hp_plugins *
start_plugins(struct hp_worker *main_worker, struct hearer *hearer)
{
    struct hp_plugins *plugins = hp_plugins_create(main_worker, NULL, &host_cbs, NULL);
    next_hearer = hearer;
    assert_true(hp_plugins_start(plugins, &plugin, NULL));
    return plugins;
}

static void
on_plugins_closed(void *arg)
{
    bool *is_closed = arg;
    *is_closed = true;
}

static void
close_plugins(struct hp_plugins *plugins)
{
    bool is_closed = false;
    hp_plugins_close(plugins, on_plugins_closed, &is_closed);
    while (!is_closed) {
        g_main_context_iteration(NULL, TRUE);
    }
}

// ---- one seat on the test's own thread ----

static void
on_input(void *arg, struct hp_session *session, const struct hp_input *input)
{
    struct bench *bench = arg;
    (void) session;
    bench->counts[input->kind]++;
    bench->last = *input;
}

static void
on_closed(void *arg, struct hp_session *session)
{
    struct bench *bench = arg;
    hp_plugins_close_session(bench->plugins, session); // as the room does
    bench->is_closed = true;
}

static void
pump(void)
{
    for (int i = 0; i < 16; i++) {
        g_main_context_iteration(NULL, FALSE);
    }
}

static void
pass(int milliseconds)
{
    for (int i = 0; i < milliseconds; i++) {
        fake_now_us += 1000;
        g_main_context_iteration(NULL, FALSE);
    }
}

static void
push(struct hp_seat *seat, const struct hp_input *input)
{
    struct hp_input_sink *sink = hp_seat_input_sink(seat);
    sink->ops->push(sink, input);
}

static struct bench *
bench_create(void)
{
    struct bench *bench = g_new0(struct bench, 1);
    bench->main = hp_worker_create_main();
    atomic_init(&bench->epoch, 7);
    fake_now_us = 1000000;
    hp_clock_fake(now_us);
    bench->hearer.on_input = on_input;
    bench->hearer.arg = bench;
    bench->plugins = start_plugins(bench->main, &bench->hearer);
    bench->seat = hp_seat_create(&(struct hp_seat_params){
            .worker = bench->main,
            .home = bench->main,
            .plugins = bench->plugins,
            .epoch = &bench->epoch,
            .open_channels = bench->open_channels,
            .on_closed = on_closed,
            .arg = bench,
    });
    hp_seat_bind(bench->seat, 7);
    pump();
    return bench;
}

static void
bench_destroy(struct bench *bench)
{
    if (!bench->is_closed) {
        hp_seat_close(bench->seat);
    }
    for (int i = 0; i < 64 && !bench->is_closed; i++) {
        pump();
    }
    assert_true(bench->is_closed);
    close_plugins(bench->plugins);
    hp_worker_destroy(bench->main);
    hp_clock_fake(NULL);
    g_free(bench);
}

static void
press(struct bench *bench, enum hp_input_kind kind, uint32_t keysym)
{
    const struct hp_input input = { .kind = kind, .keysym = keysym, .button = keysym,
        .touch_id = keysym };
    push(bench->seat, &input);
}

static void
without_the_epoch_nothing_moves_but_the_cursor_is_noted(void **state)
{
    struct bench *bench = bench_create();
    const struct hp_input move = { .kind = HP_INPUT_MOVE, .x = 12, .y = 34 };
    int x, y;
    (void) state;
    atomic_store(&bench->epoch, 8);
    push(bench->seat, &move);
    press(bench, HP_INPUT_KEY_DOWN, 'a');
    assert_int_equal(bench->counts[HP_INPUT_MOVE] + bench->counts[HP_INPUT_KEY_DOWN], 0);
    assert_true(hp_seat_take_cursor(bench->seat, &x, &y));
    assert_int_equal(x, 12);
    assert_int_equal(y, 34);
    assert_false(hp_seat_take_cursor(bench->seat, &x, &y));
    bench_destroy(bench);
}

static void
ten_thousand_moves_are_joined_and_the_last_arrives(void **state)
{
    struct bench *bench = bench_create();
    (void) state;
    for (int i = 0; i < 10000; i++) {
        const struct hp_input move = { .kind = HP_INPUT_MOVE, .x = i, .y = 1 };
        push(bench->seat, &move);
        if (i % 10 == 9) {
            pass(1);
        }
    }
    pass(10);
    assert_in_range(bench->counts[HP_INPUT_MOVE], 300, 1100); // in one second
    assert_int_equal(bench->last.x, 9999);
    bench_destroy(bench);
}

static void
a_click_comes_after_the_move_that_waits(void **state)
{
    struct bench *bench = bench_create();
    (void) state;
    for (int i = 0; i < 200; i++) {
        const struct hp_input move = { .kind = HP_INPUT_MOVE, .x = i };
        push(bench->seat, &move);
    }
    assert_int_not_equal(bench->last.x, 199);
    unsigned moves = bench->counts[HP_INPUT_MOVE];
    press(bench, HP_INPUT_BUTTON_DOWN, 1);
    assert_int_equal(bench->counts[HP_INPUT_MOVE], moves + 1);
    assert_int_equal(bench->last.kind, HP_INPUT_BUTTON_DOWN);
    bench_destroy(bench);
}

static void
keys_are_capped_at_two_hundred_a_second(void **state)
{
    struct bench *bench = bench_create();
    (void) state;
    for (uint32_t i = 0; i < 10000; i++) {
        press(bench, HP_INPUT_KEY_DOWN, 1 + i % 16);
        press(bench, HP_INPUT_KEY_UP, 1 + i % 16);
        if (i % 10 == 9) {
            pass(1);
        }
    }
    assert_in_range(bench->counts[HP_INPUT_KEY_DOWN], 300, 410);
    assert_int_equal(bench->counts[HP_INPUT_KEY_UP], bench->counts[HP_INPUT_KEY_DOWN]);
    assert_true(hp_seat_drop_count(bench->seat) > 9000);
    bench_destroy(bench);
}

static void
repeated_downs_and_unknown_ups_are_ignored(void **state)
{
    struct bench *bench = bench_create();
    (void) state;
    press(bench, HP_INPUT_KEY_UP, 'a');
    press(bench, HP_INPUT_KEY_DOWN, 'a');
    press(bench, HP_INPUT_KEY_DOWN, 'a');
    press(bench, HP_INPUT_KEY_UP, 'a');
    press(bench, HP_INPUT_KEY_UP, 'a');
    press(bench, HP_INPUT_BUTTON_DOWN, 77);
    assert_int_equal(bench->counts[HP_INPUT_KEY_DOWN], 1);
    assert_int_equal(bench->counts[HP_INPUT_KEY_UP], 1);
    assert_int_equal(bench->counts[HP_INPUT_BUTTON_DOWN], 0);
    bench_destroy(bench);
}

// Whoever vanishes with a key down would type on for ever.
static void
held_keys_are_released_after_a_second_of_silence(void **state)
{
    static const enum hp_input_kind downs[] = { HP_INPUT_KEY_DOWN, HP_INPUT_BUTTON_DOWN,
        HP_INPUT_TOUCH_BEGIN };
    (void) state;
    for (unsigned i = 0; i < G_N_ELEMENTS(downs); i++) {
        struct bench *bench = bench_create();
        press(bench, downs[i], 1);
        assert_true(hp_seat_is_holding(bench->seat));
        pass(990);
        assert_int_equal(bench->counts[HP_INPUT_RELEASE_ALL], 0);
        pass(210);
        assert_int_equal(bench->counts[HP_INPUT_RELEASE_ALL], 1);
        assert_false(hp_seat_is_holding(bench->seat));
        pass(5000);
        assert_int_equal(bench->counts[HP_INPUT_RELEASE_ALL], 1);
        press(bench, HP_INPUT_KEY_DOWN, 'b'); // control is still there
        assert_int_equal(bench->counts[HP_INPUT_KEY_DOWN], i == 0 ? 2 : 1);
        bench_destroy(bench);
    }
}

static void
who_is_alive_may_hold_a_key_for_as_long_as_it_takes(void **state)
{
    struct bench *bench = bench_create();
    (void) state;
    press(bench, HP_INPUT_KEY_DOWN, 'w');
    for (int i = 0; i < 100; i++) {
        pass(900);
        press(bench, HP_INPUT_ALIVE, 0);
    }
    assert_int_equal(bench->counts[HP_INPUT_RELEASE_ALL], 0);
    assert_int_equal(bench->counts[HP_INPUT_KEY_DOWN], 1);
    press(bench, HP_INPUT_KEY_UP, 'w');
    pass(5000);
    assert_int_equal(bench->counts[HP_INPUT_RELEASE_ALL], 0); // nothing is held any more
    bench_destroy(bench);
}

static void
a_huge_scroll_is_clamped_and_many_are_dropped(void **state)
{
    struct bench *bench = bench_create();
    const struct hp_input scroll = { .kind = HP_INPUT_SCROLL, .delta_y = -1000000000 };
    (void) state;
    push(bench->seat, &scroll);
    assert_int_equal(bench->last.delta_y, -100);
    for (int i = 0; i < 1000; i++) {
        push(bench->seat, &scroll);
    }
    assert_int_equal(bench->counts[HP_INPUT_SCROLL], 10);
    bench_destroy(bench);
}

static void
closing_releases_and_nothing_follows(void **state)
{
    struct bench *bench = bench_create();
    (void) state;
    press(bench, HP_INPUT_KEY_DOWN, 'a');
    const struct hp_input late = { .kind = HP_INPUT_KEY_DOWN, .keysym = 'b' };
    hp_seat_close(bench->seat);
    hp_seat_post_input(bench->seat, &late);
    pump();
    assert_true(bench->is_closed);
    assert_int_equal(bench->counts[HP_INPUT_RELEASE_ALL], 1);
    assert_int_equal(bench->counts[HP_INPUT_KEY_DOWN], 1);
    bench_destroy(bench);
}

// What still arrives on the worker behind the seat's close, but before its echo.
static void
arrive_late(void *arg)
{
    struct bench *bench = arg;
    press(bench, HP_INPUT_KEY_DOWN, 'b');
    push(bench->seat, &(struct hp_input){ .kind = HP_INPUT_MOVE, .x = 1 });
    hp_seat_handle_data(bench->seat, "chat", "b", 1);
    hp_seat_release(bench->seat);
    assert_false(bench->is_closed);
}

static void
no_call_of_a_session_comes_after_its_close(void **state)
{
    struct bench *bench = bench_create();
    (void) state;
    press(bench, HP_INPUT_KEY_DOWN, 'a');
    hp_seat_handle_data(bench->seat, "chat", "a", 1);
    hp_seat_close(bench->seat);
    hp_worker_post(bench->main, arrive_late, bench);
    pump();
    assert_true(bench->is_closed);
    assert_int_equal(bench->hearer.closes, 1);
    assert_int_equal(bench->hearer.messages, 1);
    assert_int_equal(bench->counts[HP_INPUT_KEY_DOWN], 1);
    assert_int_equal(bench->counts[HP_INPUT_MOVE], 0);
    assert_int_equal(bench->counts[HP_INPUT_RELEASE_ALL], 1);
    pass(100); // no timer either
    assert_int_equal(bench->hearer.late, 0);
    bench_destroy(bench);
}

static void
channels_that_a_plugin_has_bound_are_counted_while_open(void **state)
{
    struct bench *bench = bench_create();
    (void) state;
    hp_seat_handle_channel(bench->seat, "chat", true);
    hp_seat_handle_channel(bench->seat, "other", true);
    assert_int_equal(bench->open_channels[0], 1);
    hp_seat_handle_channel(bench->seat, "chat", true); // of a second peer, while the first one ends
    hp_seat_handle_channel(bench->seat, "chat", false);
    assert_int_equal(bench->open_channels[0], 1);
    hp_seat_handle_channel(bench->seat, "chat", false);
    for (unsigned i = 0; i < HP_PLUGIN_CHANNELS_MAX; i++) {
        assert_int_equal(bench->open_channels[i], 0);
    }
    bench_destroy(bench);
}

// Two seats on two workers that both press keys as fast as they can, while control goes to and fro.
// The desktop's state is plain memory: TSan sees if two hosts ever act at once.
struct pusher {
    struct desk *desk;
    struct hp_timer timer;
    int index;
};

struct desk {
    struct hp_worker *main, *workers[2];
    struct pusher pushers[2];
    struct hp_seat *seats[2];
    atomic_uint epoch;
    int holder; // whose keys are down; -1: nobody's
    unsigned presses, handovers, closed;
    atomic_bool is_over;
    int host;
};

static void
on_desk_input(void *arg, struct hp_session *session, const struct hp_input *input)
{
    struct desk *desk = arg;
    int who = GPOINTER_TO_INT(session) - 1;
    if (input->kind == HP_INPUT_RELEASE_ALL) {
        assert_true(desk->holder == who || desk->holder == -1);
        desk->holder = -1;
    } else if (input->kind == HP_INPUT_KEY_DOWN) {
        assert_true(desk->holder == who || desk->holder == -1);
        desk->holder = who;
        desk->presses++;
    }
}

static void
on_desk_closed(void *arg, struct hp_session *session)
{
    struct desk *desk = arg;
    (void) session;
    if (++desk->closed == 2) {
        hp_worker_quit(desk->main);
    }
}

static void
push_keys(void *arg)
{
    struct pusher *pusher = arg;
    struct desk *desk = pusher->desk;
    const struct hp_input down = { .kind = HP_INPUT_KEY_DOWN, .keysym = 'a' };
    const struct hp_input up = { .kind = HP_INPUT_KEY_UP, .keysym = 'a' };
    if (atomic_load(&desk->is_over)) {
        return;
    }
    for (int i = 0; i < 10; i++) {
        push(desk->seats[pusher->index], &down);
        push(desk->seats[pusher->index], &up);
    }
    hp_timer_start(&pusher->timer, 50);
}

static void
begin_pushing(void *arg)
{
    struct pusher *pusher = arg;
    hp_timer_init(&pusher->timer, pusher->desk->workers[pusher->index], push_keys, pusher);
    push_keys(pusher);
}

static void hand_over(void *arg);

static void
take_away(void *arg)
{
    struct desk *desk = arg;
    atomic_fetch_add(&desk->epoch, 1);
    hp_seat_unbind(desk->seats[desk->host], hand_over, desk);
}

// On the new host's worker: its turn is not over before it has pressed something.
static void
act_as_host(void *arg)
{
    struct pusher *pusher = arg;
    const struct hp_input down = { .kind = HP_INPUT_KEY_DOWN, .keysym = 'h' };
    push(pusher->desk->seats[pusher->index], &down);
    hp_worker_post(pusher->desk->main, take_away, pusher->desk);
}

static void
hand_over(void *arg)
{
    struct desk *desk = arg;
    desk->host = !desk->host;
    hp_seat_bind(desk->seats[desk->host], atomic_load(&desk->epoch));
    if (++desk->handovers == 500) {
        atomic_store(&desk->is_over, true);
        hp_seat_close(desk->seats[0]);
        hp_seat_close(desk->seats[1]);
        return;
    }
    hp_worker_post(desk->workers[desk->host], act_as_host, &desk->pushers[desk->host]);
}

static void
two_hosts_never_act_at_once(void **state)
{
    struct desk desk = { .holder = -1 };
    struct hearer hearer = { on_desk_input, &desk };
    (void) state;
    desk.main = hp_worker_create_main();
    struct hp_plugins *plugins = start_plugins(desk.main, &hearer);
    atomic_init(&desk.epoch, 1);
    for (int i = 0; i < 2; i++) {
        desk.workers[i] = hp_worker_create("test");
        desk.seats[i] = hp_seat_create(&(struct hp_seat_params){
                .session = GINT_TO_POINTER(i + 1),
                .worker = desk.workers[i],
                .home = desk.main,
                .plugins = plugins,
                .epoch = &desk.epoch,
                .on_closed = on_desk_closed,
                .arg = &desk,
        });
        desk.pushers[i] = (struct pusher){ .desk = &desk, .index = i };
    }
    for (int i = 0; i < 2; i++) {
        hp_worker_post(desk.workers[i], begin_pushing, &desk.pushers[i]);
    }
    hand_over(&desk);
    hp_worker_run(desk.main);
    hp_worker_destroy(desk.workers[0]);
    hp_worker_destroy(desk.workers[1]);
    assert_true(desk.presses >= 400); // both bursts, whose caps hold here too
    close_plugins(plugins);
    hp_worker_destroy(desk.main);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_epoch_nothing_moves_but_the_cursor_is_noted),
        cmocka_unit_test(ten_thousand_moves_are_joined_and_the_last_arrives),
        cmocka_unit_test(a_click_comes_after_the_move_that_waits),
        cmocka_unit_test(keys_are_capped_at_two_hundred_a_second),
        cmocka_unit_test(repeated_downs_and_unknown_ups_are_ignored),
        cmocka_unit_test(held_keys_are_released_after_a_second_of_silence),
        cmocka_unit_test(who_is_alive_may_hold_a_key_for_as_long_as_it_takes),
        cmocka_unit_test(a_huge_scroll_is_clamped_and_many_are_dropped),
        cmocka_unit_test(closing_releases_and_nothing_follows),
        cmocka_unit_test(no_call_of_a_session_comes_after_its_close),
        cmocka_unit_test(channels_that_a_plugin_has_bound_are_counted_while_open),
        cmocka_unit_test(two_hosts_never_act_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
