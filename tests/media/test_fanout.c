// Tests of media/fanout.c and media/fanout_end.c: frames are pushed on a thread of their own while
// sinks come and go on several workers. Worth running under TSan.
#include "media/fanout.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/feed.h"
#include "base/frame.h"
#include "base/sink.h"
#include "base/timer.h"
#include "base/worker.h"

enum {
    WORKERS = 3,
    KEY_INTERVAL = 10
};

static const struct hp_stream_id ID = { .stream = 3, .level = 1 };

struct room {
    struct hp_worker *main;
    struct hp_worker *workers[WORKERS];
    struct hp_fanout *fanout;
    int keyframes_wanted; // atomic
    uint64_t next_packet;
};

// On its worker.
struct fake_sink {
    struct hp_sink sink;
    struct room *room;
    struct hp_worker *worker;
    struct hp_feed *feed;
    unsigned frames, keyframes, gaps;
    bool began_with_keyframe;
    uint64_t next_packet;
    unsigned detach_after; // frames; 0: never
    bool was_pushed_to_by_attach;
};

static void
on_push(struct hp_sink *sink, const struct hp_frame *frame)
{
    struct fake_sink *fake = (struct fake_sink *) (void *) sink;
    assert_true(hp_worker_is_current(fake->worker));
    assert_true(hp_stream_id_equal(frame->id, fake->feed->id));
    if (fake->frames == 0) {
        fake->began_with_keyframe = frame->is_keyframe;
    } else if (frame->first_packet != fake->next_packet) {
        assert_true(frame->is_keyframe); // after a gap nothing else is of use
        fake->gaps++;
    }
    assert_ptr_equal(fake->feed->ops->find_packet(fake->feed, frame->first_packet), frame);
    fake->next_packet = frame->first_packet + frame->packet_count;
    fake->keyframes += frame->is_keyframe ? 1 : 0;
    if (++fake->frames == fake->detach_after) {
        assert_true(hp_fanout_detach(fake->room->fanout, fake->worker, sink));
    }
}

static const struct hp_sink_ops sink_ops = { .push = on_push };

static void
on_keyframe_wanted(void *arg)
{
    struct room *room = arg;
    __atomic_add_fetch(&room->keyframes_wanted, 1, __ATOMIC_RELAXED);
}

static void
on_closed(void *arg)
{
    struct room *room = arg;
    room->fanout = NULL;
    hp_worker_quit(room->main);
}

static const struct hp_fanout_cbs cbs = {
    .on_keyframe_wanted = on_keyframe_wanted,
    .on_closed = on_closed,
};

// Runs fn on the worker and waits for it.
struct call {
    void (*fn)(struct fake_sink *fake);
    struct fake_sink *fake;
    struct hp_timer timer;
    int turns;
    sem_t done;
};

static void
run_call(void *arg)
{
    struct call *call = arg;
    call->fn(call->fake);
    sem_post(&call->done);
}

static void
call_and_wait(struct call *call, hp_task_fn task)
{
    sem_init(&call->done, 0, 0);
    hp_worker_post(call->fake->worker, task, call);
    sem_wait(&call->done);
    sem_destroy(&call->done);
}

static void
on_worker(struct fake_sink *fake, void (*fn)(struct fake_sink *fake))
{
    struct call call = { .fn = fn, .fake = fake };
    call_and_wait(&call, run_call);
}

static void
count_turn(void *arg)
{
    struct call *call = arg;
    if (++call->turns == 3) {
        sem_post(&call->done);
    } else {
        hp_timer_start(&call->timer, 1000);
    }
}

static void
begin_turns(void *arg)
{
    struct call *call = arg;
    hp_timer_init(&call->timer, call->fake->worker, count_turn, call);
    count_turn(call);
}

// What was pushed before has arrived when this returns: the loop comes round twice, a turn takes up
// to 64 items and the queue of frames holds 60.
static void
settle(struct fake_sink *fake)
{
    struct call call = { .fake = fake };
    call_and_wait(&call, begin_turns);
}

static void
attach(struct fake_sink *fake)
{
    fake->feed = hp_fanout_attach(fake->room->fanout, fake->worker, &fake->sink);
    fake->was_pushed_to_by_attach = fake->frames > 0;
}

static void
detach(struct fake_sink *fake)
{
    hp_fanout_detach(fake->room->fanout, fake->worker, &fake->sink);
}

static void
init_sink(struct fake_sink *fake, struct room *room, unsigned worker)
{
    *fake = (struct fake_sink){ .sink.ops = &sink_ops };
    fake->room = room;
    fake->worker = room->workers[worker];
}

static unsigned
push(struct room *room, bool is_keyframe)
{
    struct hp_frame *frame = hp_frame_create(HP_CODEC_VP8, 2, 20);
    hp_frame_add_packet(frame, 10);
    hp_frame_add_packet(frame, 10);
    frame->id = ID;
    frame->is_keyframe = is_keyframe;
    frame->first_packet = room->next_packet;
    frame->capture_us = (int64_t) room->next_packet * 10000;
    room->next_packet += 2;
    unsigned dropped = hp_fanout_push(room->fanout, frame);
    hp_frame_unref(frame);
    return dropped;
}

static void
set_up(struct room *room)
{
    *room = (struct room){ .main = hp_worker_create_main() };
    for (int i = 0; i < WORKERS; i++) {
        room->workers[i] = hp_worker_create("test");
    }
    struct hp_fanout_params params = {
        .home = room->main,
        .workers = room->workers,
        .worker_count = WORKERS,
        .id = ID,
    };
    room->fanout = hp_fanout_create(&params, &cbs, room);
    assert_non_null(room->fanout);
}

static void
tear_down(struct room *room)
{
    hp_fanout_close(room->fanout);
    hp_worker_run(room->main);
    assert_null(room->fanout);
    for (int i = 0; i < WORKERS; i++) {
        hp_worker_destroy(room->workers[i]);
    }
    hp_worker_destroy(room->main);
}

static void
nothing_comes_before_a_keyframe_which_is_asked_for(void **state)
{
    struct room room;
    struct fake_sink fake;
    (void) state;
    set_up(&room);
    init_sink(&fake, &room, 1);
    push(&room, false);
    on_worker(&fake, attach);
    assert_int_equal(room.keyframes_wanted, 1);
    push(&room, false);
    settle(&fake);
    assert_int_equal(fake.frames, 0);
    assert_int_equal(__atomic_load_n(&room.keyframes_wanted, __ATOMIC_RELAXED), 2);
    push(&room, true);
    push(&room, false);
    settle(&fake);
    assert_int_equal(fake.frames, 2);
    assert_true(fake.began_with_keyframe);
    on_worker(&fake, detach);
    tear_down(&room);
}

static void
a_feed_names_the_level_that_its_frames_are_of(void **state)
{
    struct room room;
    struct fake_sink fakes[2];
    (void) state;
    set_up(&room);
    for (unsigned i = 0; i < 2; i++) {
        init_sink(&fakes[i], &room, i);
        on_worker(&fakes[i], attach);
        assert_int_equal(fakes[i].feed->id.stream, ID.stream);
        assert_int_equal(fakes[i].feed->id.level, ID.level);
        assert_false(fakes[i].was_pushed_to_by_attach);
    }
    push(&room, true); // on_push compares the frame's id with the feed's
    for (unsigned i = 0; i < 2; i++) {
        settle(&fakes[i]);
        assert_int_equal(fakes[i].frames, 1);
        on_worker(&fakes[i], detach);
    }
    tear_down(&room);
}

static void
a_sink_may_leave_while_it_is_pushed_to(void **state)
{
    struct room room;
    struct fake_sink stays, leaves;
    (void) state;
    set_up(&room);
    init_sink(&leaves, &room, 0);
    init_sink(&stays, &room, 0);
    leaves.detach_after = 2;
    on_worker(&leaves, attach);
    on_worker(&stays, attach);
    for (int i = 0; i < 5; i++) {
        push(&room, i == 0);
    }
    settle(&stays);
    assert_int_equal(leaves.frames, 2);
    assert_int_equal(stays.frames, 5);
    on_worker(&stays, detach);
    tear_down(&room);
}

struct gate {
    sem_t entered, open;
};

static void
hang(void *arg)
{
    struct gate *gate = arg;
    sem_post(&gate->entered);
    sem_wait(&gate->open);
}

static void
a_slow_worker_drops_up_to_the_next_keyframe_and_asks_for_one(void **state)
{
    struct room room;
    struct fake_sink slow, fast;
    struct gate gate;
    unsigned dropped = 0;
    (void) state;
    set_up(&room);
    init_sink(&slow, &room, 0);
    init_sink(&fast, &room, 1);
    on_worker(&slow, attach);
    on_worker(&fast, attach);
    sem_init(&gate.entered, 0, 0);
    sem_init(&gate.open, 0, 0);
    hp_worker_post(slow.worker, hang, &gate);
    sem_wait(&gate.entered);
    for (int i = 0; i < 100; i++) { // far more than the queue holds
        dropped += push(&room, i == 0);
        settle(&fast);
    }
    assert_int_equal(dropped, 40);
    int wanted = __atomic_load_n(&room.keyframes_wanted, __ATOMIC_RELAXED);
    sem_post(&gate.open);
    settle(&slow);
    assert_int_equal(slow.frames, 60);
    // It has caught up, and what it lacks may have been the last picture of a still desktop.
    assert_int_equal(__atomic_load_n(&room.keyframes_wanted, __ATOMIC_RELAXED), wanted + 1);
    assert_int_equal(push(&room, false), 1); // there is room, but the picture before it is lost
    assert_int_equal(__atomic_load_n(&room.keyframes_wanted, __ATOMIC_RELAXED), wanted + 2);
    assert_int_equal(push(&room, true), 0);
    assert_int_equal(push(&room, false), 0);
    settle(&slow);
    settle(&fast);
    assert_int_equal(slow.frames, 62);
    assert_int_equal(slow.gaps, 1);
    assert_int_equal(fast.frames, 103);
    assert_int_equal(fast.gaps, 0);
    on_worker(&slow, detach);
    on_worker(&fast, detach);
    sem_destroy(&gate.entered);
    sem_destroy(&gate.open);
    tear_down(&room);
}

struct pusher {
    struct room *room;
    int is_ending; // atomic
};

static void *
push_many(void *arg)
{
    struct pusher *pusher = arg;
    for (unsigned i = 0; !__atomic_load_n(&pusher->is_ending, __ATOMIC_RELAXED); i++) {
        push(pusher->room, i % KEY_INTERVAL == 0);
    }
    return NULL;
}

static void
sinks_come_and_go_while_frames_flow(void **state)
{
    enum {
        SINKS = 12,
        ROUNDS = 60
    };
    struct room room;
    struct fake_sink fakes[SINKS];
    struct pusher pusher = { .room = &room };
    pthread_t thread;
    (void) state;
    set_up(&room);
    assert_int_equal(pthread_create(&thread, NULL, push_many, &pusher), 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < SINKS; i++) {
            init_sink(&fakes[i], &room, i % WORKERS);
            on_worker(&fakes[i], attach);
        }
        settle(&fakes[0]);
        for (unsigned i = 0; i < SINKS; i++) {
            on_worker(&fakes[i], detach);
            assert_true(fakes[i].frames == 0 || fakes[i].began_with_keyframe);
        }
    }
    __atomic_store_n(&pusher.is_ending, 1, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    tear_down(&room);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_comes_before_a_keyframe_which_is_asked_for),
        cmocka_unit_test(a_feed_names_the_level_that_its_frames_are_of),
        cmocka_unit_test(a_sink_may_leave_while_it_is_pushed_to),
        cmocka_unit_test(a_slow_worker_drops_up_to_the_next_keyframe_and_asks_for_one),
        cmocka_unit_test(sinks_come_and_go_while_frames_flow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
