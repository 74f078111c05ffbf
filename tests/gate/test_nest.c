// Tests of gate/nest.c: sources of pipes as a library makes them, in a nest of the main loop.
#include "gate/nest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib-unix.h>
#include <glib.h>
#include <unistd.h>

#include "base/worker.h"

enum {
    PIPES = 100, // more than are found ready in a turn
    TURNS = 100, // of the loop, at most
};

struct end {
    GSource *source; // NULL: none
    gpointer tag; // of the writer's wish, which one test changes
    int reader, writer;
    unsigned calls;
    struct end *victim; // whose source is destroyed by the next call; NULL: none
};

struct scene {
    struct hp_worker *main;
    struct hp_nest *nest;
    struct end ends[PIPES];
};

static void
drop(struct end *end)
{
    if (end->source != NULL) {
        g_source_destroy(end->source);
        g_source_unref(end->source);
        end->source = NULL;
    }
}

static gboolean
on_readable(gint fd, GIOCondition condition, gpointer arg)
{
    struct end *end = arg;
    char byte;
    end->calls++;
    assert_int_equal(condition, G_IO_IN);
    assert_int_equal(read(fd, &byte, 1), 1);
    if (end->victim != NULL) {
        drop(end->victim);
    }
    return G_SOURCE_CONTINUE;
}

static void
open_end(struct scene *scene, struct end *end, GIOCondition condition)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    end->reader = fds[0];
    end->writer = fds[1];
    hp_nest_expect(scene->nest, end->reader);
    end->source = g_unix_fd_source_new(end->reader, condition);
    g_source_set_callback(end->source, G_SOURCE_FUNC(on_readable), end, NULL);
    g_source_attach(end->source, hp_nest_context(scene->nest));
}

static void
close_end(struct end *end)
{
    drop(end);
    if (end->reader > 0) {
        close(end->reader);
        close(end->writer);
    }
    *end = (struct end){ .source = NULL };
}

static int
setup(void **state)
{
    struct scene *scene = g_new0(struct scene, 1);
    scene->main = hp_worker_create_main();
    scene->nest = hp_nest_create(scene->main);
    *state = scene;
    return 0;
}

static int
teardown(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < PIPES; i++) {
        close_end(&scene->ends[i]);
    }
    hp_nest_destroy(scene->nest);
    hp_worker_destroy(scene->main);
    g_free(scene);
    return 0;
}

static void
put(const struct end *end)
{
    assert_int_equal(write(end->writer, "x", 1), 1);
}

// Until the loop has nothing to do.
static void
turn(void)
{
    for (int i = 0; i < TURNS && g_main_context_iteration(NULL, FALSE); i++) {
    }
    assert_false(g_main_context_iteration(NULL, FALSE));
}

static void
each_ready_descriptor_is_told_once(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < PIPES; i++) {
        open_end(scene, &scene->ends[i], G_IO_IN);
    }
    turn();
    for (int i = 0; i < PIPES; i++) {
        assert_int_equal(scene->ends[i].calls, 0);
        put(&scene->ends[i]);
    }
    turn();
    put(&scene->ends[0]);
    turn();
    assert_int_equal(scene->ends[0].calls, 2);
    for (int i = 1; i < PIPES; i++) {
        assert_int_equal(scene->ends[i].calls, 1);
    }
}

static gboolean
on_writable(gint fd, GIOCondition condition, gpointer arg)
{
    struct end *end = arg;
    (void) fd;
    (void) condition;
    end->calls++;
    g_source_modify_unix_fd(end->source, end->tag, 0);
    return G_SOURCE_CONTINUE;
}

static void
wish_that_changes_is_noticed(void **state)
{
    struct scene *scene = *state;
    struct end *end = &scene->ends[0];
    open_end(scene, end, G_IO_IN);
    end->tag = g_source_add_unix_fd(end->source, end->writer, 0);
    g_source_set_callback(end->source, G_SOURCE_FUNC(on_writable), end, NULL);
    turn();
    assert_int_equal(end->calls, 0);
    g_source_modify_unix_fd(end->source, end->tag, G_IO_OUT);
    turn();
    assert_int_equal(end->calls, 1);
}

// The kernel gives the smallest number that is free: the next pipe's is that of the one before.
static void
number_that_is_used_again_is_watched(void **state)
{
    struct scene *scene = *state;
    struct end *end = &scene->ends[0];
    open_end(scene, end, G_IO_IN);
    turn();
    int number = end->reader;
    close_end(end);
    open_end(scene, end, G_IO_IN);
    assert_int_equal(end->reader, number);
    turn();
    put(end);
    turn();
    assert_int_equal(end->calls, 1);
}

static void
source_that_ended_in_this_turn_is_not_called(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < 2; i++) {
        open_end(scene, &scene->ends[i], G_IO_IN);
        scene->ends[i].victim = &scene->ends[1 - i];
    }
    turn();
    put(&scene->ends[0]);
    put(&scene->ends[1]);
    turn();
    assert_int_equal(scene->ends[0].calls + scene->ends[1].calls, 1);
}

static gboolean
on_timeout(gpointer arg)
{
    unsigned *calls = arg;
    (*calls)++;
    return *calls < 3 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
time_of_a_source_wakes_the_loop(void **state)
{
    struct scene *scene = *state;
    unsigned calls = 0;
    GSource *source = g_timeout_source_new(5);
    turn();
    g_source_set_callback(source, on_timeout, &calls, NULL);
    g_source_attach(source, hp_nest_context(scene->nest));
    while (calls < 3) {
        g_main_context_iteration(NULL, TRUE);
    }
    g_source_unref(source);
}

static void
worker_sees_one_descriptor_in_place_of_many(void **state)
{
    struct scene *scene = *state;
    GPollFD fds[PIPES];
    int timeout_ms, priority;
    GMainContext *context = hp_worker_context(scene->main);
    turn();
    g_main_context_prepare(context, &priority);
    int before = g_main_context_query(context, G_MAXINT, &timeout_ms, fds, PIPES);
    for (int i = 0; i < PIPES; i++) {
        open_end(scene, &scene->ends[i], G_IO_IN);
    }
    turn();
    g_main_context_prepare(context, &priority);
    assert_int_equal(g_main_context_query(context, G_MAXINT, &timeout_ms, fds, PIPES), before);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_ready_descriptor_is_told_once),
        TEST(wish_that_changes_is_noticed),
        TEST(number_that_is_used_again_is_watched),
        TEST(source_that_ended_in_this_turn_is_not_called),
        TEST(time_of_a_source_wakes_the_loop),
        TEST(worker_sees_one_descriptor_in_place_of_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
