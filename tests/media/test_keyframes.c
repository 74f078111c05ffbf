// Tests of media/keyframes.c.
#include "media/keyframes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fixture/fake_time.h"

struct record {
    struct hp_worker *main;
    struct hp_keyframes keyframes;
    int64_t sent_us[64];
    int sent;
    int quit_at;
    struct hp_timer end;
};

static void
on_send(void *arg)
{
    struct record *record = arg;
    record->sent_us[record->sent++] = hp_clock_now_us();
    if (record->sent == record->quit_at) {
        hp_worker_quit(record->main);
    }
}

static void
on_end(void *arg)
{
    struct record *record = arg;
    hp_worker_quit(record->main);
}

static void
set_up(struct record *record, int quit_at)
{
    *record = (struct record){ .main = hp_worker_create_main(), .quit_at = quit_at };
    hp_keyframes_init(&record->keyframes, record->main, on_send, record);
    hp_timer_init(&record->end, record->main, on_end, record);
}

static void
tear_down(struct record *record)
{
    hp_keyframes_finish(&record->keyframes);
    hp_timer_stop(&record->end);
    hp_worker_destroy(record->main);
}

static void
many_requests_become_one(void **state)
{
    struct record record;
    (void) state;
    set_up(&record, 0);
    for (int i = 0; i < 1000; i++) {
        hp_keyframes_want(&record.keyframes);
    }
    hp_timer_start(&record.end, 50 * 1000);
    hp_worker_run(record.main);
    assert_int_equal(record.sent, 1);
    tear_down(&record);
}

static void
a_request_right_after_a_keyframe_is_delayed_not_lost(void **state)
{
    struct record record;
    (void) state;
    set_up(&record, 1);
    hp_keyframes_want(&record.keyframes);
    hp_worker_run(record.main);
    hp_keyframes_note(&record.keyframes);
    record.quit_at = 2;
    hp_keyframes_want(&record.keyframes); // a newcomer
    hp_worker_run(record.main);
    assert_int_equal(record.sent, 2);
    assert_true(record.sent_us[1] - record.sent_us[0] >= 200 * 1000);
    tear_down(&record);
}

static void
a_keyframe_serves_all_earlier_requests(void **state)
{
    struct record record;
    (void) state;
    set_up(&record, 1);
    hp_keyframes_want(&record.keyframes);
    hp_worker_run(record.main);
    hp_keyframes_note(&record.keyframes);
    hp_timer_start(&record.end, 300 * 1000);
    hp_worker_run(record.main);
    assert_int_equal(record.sent, 1);
    tear_down(&record);
}

static void
a_request_without_an_answer_is_repeated(void **state)
{
    struct record record;
    (void) state;
    set_up(&record, 3);
    hp_keyframes_want(&record.keyframes);
    hp_worker_run(record.main);
    assert_int_equal(record.sent, 3);
    assert_true(record.sent_us[2] - record.sent_us[0] >= 400 * 1000);
    tear_down(&record);
}

// Fifty people join within ten seconds: requests, and keyframes that answer at once.
static void
a_crowd_gets_few_keyframes_and_each_one_within_a_second(void **state)
{
    struct record record;
    (void) state;
    set_up(&record, 0);
    fake_time_begin(record.main);
    for (int i = 0; i < 50; i++) {
        int before = record.sent;
        hp_keyframes_want(&record.keyframes);
        fake_time_pass_ms(1); // the request travels to the home thread
        for (int ms = 0; record.sent == before; ms++) {
            assert_true(ms < 1000);
            fake_time_pass_ms(1);
        }
        hp_keyframes_note(&record.keyframes);
        fake_time_pass_ms(200);
    }
    assert_int_equal(record.sent, 50); // each one waited for its own
    int64_t took_us = record.sent_us[49] - record.sent_us[0];
    assert_true(took_us >= (50 - 3) * 750 * 1000);
    fake_time_end();
    tear_down(&record);
}

static void
fifty_requests_in_ten_seconds_make_sixteen_keyframes_at_most(void **state)
{
    struct record record;
    (void) state;
    set_up(&record, 0);
    fake_time_begin(record.main);
    for (int i = 0; i < 50; i++) {
        int before = record.sent;
        hp_keyframes_want(&record.keyframes);
        for (int ms = 0; ms < 200; ms++) {
            fake_time_pass_ms(1);
            if (record.sent > before) {
                before = record.sent;
                hp_keyframes_note(&record.keyframes);
            }
        }
    }
    assert_in_range(record.sent, 10, 16);
    fake_time_end();
    tear_down(&record);
}

// The pipeline is slow, and no keyframe comes: that is not the viewers' fault.
static void
repeats_are_not_charged(void **state)
{
    struct record record;
    (void) state;
    set_up(&record, 0);
    fake_time_begin(record.main);
    hp_keyframes_want(&record.keyframes);
    fake_time_pass_ms(2000);
    assert_int_equal(record.sent, 10); // one every 200 ms
    hp_keyframes_note(&record.keyframes);
    hp_keyframes_want(&record.keyframes); // a newcomer
    fake_time_pass_ms(190);
    assert_int_equal(record.sent, 11);
    fake_time_end();
    tear_down(&record);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_requests_become_one),
        cmocka_unit_test(a_request_right_after_a_keyframe_is_delayed_not_lost),
        cmocka_unit_test(a_keyframe_serves_all_earlier_requests),
        cmocka_unit_test(a_request_without_an_answer_is_repeated),
        cmocka_unit_test(a_crowd_gets_few_keyframes_and_each_one_within_a_second),
        cmocka_unit_test(fifty_requests_in_ten_seconds_make_sixteen_keyframes_at_most),
        cmocka_unit_test(repeats_are_not_charged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
