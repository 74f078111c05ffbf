// Tests of gate/poller.c: two pipes, of which each end that is read is watched.
#include "gate/poller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <unistd.h>

#include "base/worker.h"

struct end {
    struct hp_poller_watch watch;
    int writer;
    unsigned calls;
    uint32_t events; // of the last call
    struct end *victim; // is finished by the next call; NULL: none
};

struct scene {
    struct hp_worker *main;
    struct hp_poller *poller;
    struct end ends[2];
};

static void
on_event(void *arg, uint32_t events)
{
    struct end *end = arg;
    end->calls++;
    end->events = events;
    if (end->victim != NULL) {
        hp_poller_finish_watch(&end->victim->watch);
    }
}

static int
setup(void **state)
{
    struct scene *scene = g_new0(struct scene, 1);
    scene->main = hp_worker_create_main();
    scene->poller = hp_poller_create(scene->main);
    for (int i = 0; i < 2; i++) {
        int fds[2];
        assert_int_equal(pipe(fds), 0);
        scene->ends[i].writer = fds[1];
        hp_poller_init_watch(
                &scene->ends[i].watch, scene->poller, fds[0], on_event, &scene->ends[i]);
    }
    *state = scene;
    return 0;
}

static int
teardown(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < 2; i++) {
        hp_poller_finish_watch(&scene->ends[i].watch);
        close(scene->ends[i].watch.fd);
        if (scene->ends[i].writer >= 0) {
            close(scene->ends[i].writer);
        }
    }
    hp_poller_destroy(scene->poller);
    hp_worker_destroy(scene->main);
    g_free(scene);
    return 0;
}

static void
put(struct end *end)
{
    assert_int_equal(write(end->writer, "x", 1), 1);
}

// One turn of the loop. False: it had nothing to do.
static bool
turn(void)
{
    return g_main_context_iteration(NULL, FALSE);
}

static void
ready_descriptor_is_told_as_long_as_it_is_ready(void **state)
{
    struct scene *scene = *state;
    hp_poller_set(&scene->ends[0].watch, EPOLLIN);
    hp_poller_set(&scene->ends[1].watch, EPOLLIN);
    assert_false(turn());
    put(&scene->ends[0]);
    assert_true(turn());
    assert_true(turn());
    assert_int_equal(scene->ends[0].calls, 2);
    assert_int_equal(scene->ends[0].events, EPOLLIN);
    assert_int_equal(scene->ends[1].calls, 0);
}

static void
nothing_is_told_that_was_not_asked_for(void **state)
{
    struct scene *scene = *state;
    struct end *end = &scene->ends[0];
    put(end);
    assert_false(turn());
    hp_poller_set(&end->watch, EPOLLIN);
    hp_poller_set(&end->watch, EPOLLPRI);
    assert_false(turn());
    hp_poller_set(&end->watch, EPOLLIN);
    assert_true(turn());
    hp_poller_set(&end->watch, 0);
    assert_false(turn());
    assert_int_equal(end->calls, 1);
}

static void
other_side_that_goes_is_told_unless_nothing_is_asked_for(void **state)
{
    struct scene *scene = *state;
    struct end *end = &scene->ends[0];
    close(end->writer);
    end->writer = -1;
    assert_false(turn());
    hp_poller_set(&end->watch, EPOLLPRI);
    assert_true(turn());
    assert_int_equal(end->events, EPOLLHUP);
    hp_poller_set(&end->watch, 0);
    assert_false(turn());
}

// Both are ready in one turn: the one that runs first ends the other, whose object may be gone.
static void
watch_that_ended_in_this_turn_is_not_called(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < 2; i++) {
        scene->ends[i].victim = &scene->ends[1 - i];
        hp_poller_set(&scene->ends[i].watch, EPOLLIN);
        put(&scene->ends[i]);
    }
    assert_true(turn());
    assert_int_equal(scene->ends[0].calls + scene->ends[1].calls, 1);
}

static void
watch_may_end_itself(void **state)
{
    struct scene *scene = *state;
    struct end *end = &scene->ends[0];
    end->victim = end;
    hp_poller_set(&end->watch, EPOLLIN);
    put(end);
    assert_true(turn());
    assert_false(turn());
    assert_int_equal(end->calls, 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(ready_descriptor_is_told_as_long_as_it_is_ready),
        TEST(nothing_is_told_that_was_not_asked_for),
        TEST(other_side_that_goes_is_told_unless_nothing_is_asked_for),
        TEST(watch_that_ended_in_this_turn_is_not_called),
        TEST(watch_may_end_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
