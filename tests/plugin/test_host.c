// Tests of plugin/host.c, plugin/tasks.c and plugin/taps.c: the promises of plugin.h.
#include "plugin/host.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/job.h"
#include "base/worker.h"
#include "stage.h"

static void
a_level_that_is_none_is_logged_all_the_same(void **state)
{
    int level = 1 << 20; // far behind the levels
    (void) state;
    assert_true(stage_start());
    stage.table->log(stage.host, (enum hp_plugin_log_level) level, "of no level");
}

static void
a_screen_that_is_asked_for_says_its_size(void **state)
{
    struct hp_plugin_screen screen = { .width = 7, .height = 8 };
    char expected[64];
    (void) state;
    assert_true(stage_start());
    assert_true(hp_plugins_set_screen(stage.plugins, &screen));
    g_snprintf(expected, sizeof(expected), "screen of %zu bytes, 7x8\n", sizeof(screen));
    stage_expect(expected);
}

static void
bind_chat(void)
{
    assert_true(stage.table->channel_bind(stage.host, "chat"));
    assert_false(stage.table->channel_bind(stage.host, "data"));
}

static void
bind_as_many_as_allowed(void)
{
    char label[66];
    memset(label, 'x', sizeof(label));
    label[65] = '\0';
    assert_false(stage.table->channel_bind(stage.host, label)); // 65 bytes
    label[64] = '\0';
    assert_true(stage.table->channel_bind(stage.host, label));
    assert_true(stage.table->channel_bind(stage.host, "b"));
    assert_true(stage.table->channel_bind(stage.host, "c"));
    assert_true(stage.table->channel_bind(stage.host, "d"));
    assert_false(stage.table->channel_bind(stage.host, "e"));
}

static void
four_channels_with_labels_of_64_bytes_are_bound_in_start(void **state)
{
    (void) state;
    stage.in_start = bind_as_many_as_allowed;
    assert_true(stage_start());
    assert_int_equal(hp_plugins_find_channel(stage.plugins, "d"), 3);
    assert_int_equal(hp_plugins_find_channel(stage.plugins, "e"), -1);
}

static void
channels_are_bound_in_start_only(void **state)
{
    (void) state;
    assert_true(stage_start());
    assert_false(stage.table->channel_bind(stage.host, "late"));
    assert_int_equal(hp_plugins_find_channel(stage.plugins, "late"), -1);
}

static void
eight_plugins_with_names_of_their_own_start(void **state)
{
    static const char names[] = "abcdefghi";
    struct hp_plugin plugins[HP_PLUGINS_MAX + 1];
    char texts[HP_PLUGINS_MAX + 1][2] = { { 0 } };
    (void) state;
    for (unsigned i = 0; i <= HP_PLUGINS_MAX; i++) {
        texts[i][0] = names[i];
        plugins[i] = stage_plugin;
        plugins[i].name = texts[i];
    }
    plugins[8].abi++;
    assert_false(hp_plugins_start(stage.plugins, &plugins[8], NULL)); // another interface
    plugins[8].abi--;
    for (unsigned i = 0; i < HP_PLUGINS_MAX; i++) {
        assert_true(hp_plugins_start(stage.plugins, &plugins[i], NULL));
        if (i == 0) {
            assert_false(hp_plugins_start(stage.plugins, &plugins[i], NULL)); // is there
        }
    }
    assert_false(hp_plugins_start(stage.plugins, &plugins[8], NULL));
    stage_close(); // before the tables end
}

static void
only_bound_channels_are_sent_to(void **state)
{
    (void) state;
    stage.in_start = bind_chat;
    assert_true(stage_start());
    assert_true(stage.table->channel_send(stage.host, NULL, "chat", "x", 1));
    assert_false(stage.table->channel_send(stage.host, NULL, "other", "x", 1));
    stage_expect("channel chat\n");
}

static void
settings_stay_until_the_plugin_returns_to_the_loop(void **state)
{
    (void) state;
    assert_true(stage_start());
    struct hp_session *session = (struct hp_session *) (void *) &stage;
    const char *first = stage.table->session_settings(stage.host, session);
    const char *second = stage.table->room_settings(stage.host);
    assert_string_equal(second, "{\"room of\":\"p\"}");
    assert_string_equal(first, "{\"session of\":\"p\"}");
    assert_null(stage.table->session_settings(stage.host, NULL));
    stage_pump();
    assert_true(stage.table->session_is_connected(session));
}

static void
note_post(void *arg)
{
    stage_note("post %s", (const char *) arg);
}

static void
post(const char *name)
{
    stage.table->post(stage.host, note_post, (void *) (uintptr_t) name);
}

static void
post_late(void)
{
    post("late");
    assert_int_not_equal(stage.table->timer_start(stage.host, 0, note_post, NULL), 0);
}

static void
posts_keep_their_order_and_end_with_stop(void **state)
{
    (void) state;
    stage.in_stop = post_late;
    assert_true(stage_start());
    post("a");
    post("b");
    stage_pump();
    post("c"); // does not get its turn
    stage_close();
    stage_expect("post a\npost b\nstop\n");
}

static void
nothing_arrives_after_a_start_that_failed(void **state)
{
    (void) state;
    stage.will_start = false;
    stage.in_start = post_late;
    assert_false(stage_start());
    stage_pump();
    stage_close();
    stage_expect("");
}

// ---- threads

static void
set_a_screen(void)
{
    struct hp_plugin_screen screen = { .size = sizeof(screen) };
    stage.table->set_screen(stage.host, &screen);
}

static void
set_a_cursor(void)
{
    struct hp_plugin_cursor cursor = { .size = sizeof(cursor) };
    stage.table->set_cursor(stage.host, &cursor);
}

static void
set_a_desktop(void)
{
    struct hp_plugin_desktop desktop = { .size = sizeof(desktop) };
    stage.table->set_desktop(stage.host, &desktop);
}

static void
add_a_source(void)
{
    struct hp_plugin_source source = { .size = sizeof(source), .name = "s", .head = "h" };
    stage.table->source_add(stage.host, &source);
}

static void
add_a_route(void)
{
    struct hp_plugin_route route = { .size = sizeof(route) };
    stage.table->route_add(stage.host, &route);
}

static void
bind_a_channel(void)
{
    stage.table->channel_bind(stage.host, "c");
}

static void
broadcast(void)
{
    stage.table->broadcast(stage.host, "p/x", NULL);
}

static void
ask_for_settings(void)
{
    stage.table->room_settings(stage.host);
}

static void *
call(void *arg)
{
    void (*const *fn)(void) = arg;
    (*fn)();
    return NULL;
}

// In a child, since the assertion ends it.
static int
call_on_another_thread(void (*fn)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        signal(SIGABRT, SIG_DFL);
        fclose(stderr);
        if (pthread_create(&thread, NULL, call, &fn) == 0) {
            pthread_join(thread, NULL);
        }
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
calls_of_the_main_thread_are_refused_on_others(void **state)
{
    static void (*const calls[])(void) = { set_a_screen, set_a_cursor, set_a_desktop, add_a_source,
        add_a_route, bind_a_channel, broadcast, ask_for_settings };
    (void) state;
    assert_true(stage_start());
    for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
        assert_int_equal(call_on_another_thread(calls[i]), SIGABRT);
    }
}

// ---- jobs

struct job {
    pthread_mutex_t *gate; // NULL: none
    const char *name;
    bool is_on_main; // when it worked
};

static void
work(void *arg)
{
    struct job *job = arg;
    job->is_on_main = hp_worker_is_current(stage.main);
    if (job->gate != NULL) {
        pthread_mutex_lock(job->gate);
        pthread_mutex_unlock(job->gate);
    }
}

static void
done(void *arg, bool was_run)
{
    const struct job *job = arg;
    assert_true(hp_worker_is_current(stage.main));
    stage_note("done %s %d", job->name, was_run);
    assert_false(job->is_on_main);
}

static void
done_elsewhere(void *arg)
{
    (void) arg;
    stage_note("another's is done");
}

static bool
run(struct job *job)
{
    return stage.table->job_run(stage.host, work, done, job);
}

static void
wait_for_notes(const char *notes)
{
    while (strlen(stage.notes->str) < strlen(notes)) {
        g_main_context_iteration(NULL, TRUE);
    }
    stage_expect(notes);
}

static void
a_job_works_elsewhere_and_is_done_on_main(void **state)
{
    struct hp_jobs *jobs = hp_jobs_create(1, 64);
    struct job job = { .name = "a" };
    (void) state;
    stage_use_jobs(jobs);
    assert_true(stage_start());
    assert_true(run(&job));
    wait_for_notes("done a 1\n");
    stage_quiesce();
    stage_close();
    hp_jobs_destroy(jobs);
}

static void
jobs_are_bounded_and_all_are_done_before_stop(void **state)
{
    static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    struct hp_jobs *jobs = hp_jobs_create(1, 64);
    struct job job = { .name = "a", .gate = &gate };
    (void) state;
    stage_use_jobs(jobs);
    assert_true(stage_start());
    pthread_mutex_lock(&gate);
    for (int i = 0; i < 16; i++) {
        assert_true(run(&job));
    }
    assert_false(run(&job));
    pthread_mutex_unlock(&gate);
    stage_quiesce();
    assert_false(run(&job));
    stage_close();
    unsigned count = 0;
    for (const char *at = stage.notes->str; (at = strstr(at, "done a")) != NULL; at++) {
        count++;
    }
    assert_int_equal(count, 16);
    assert_true(g_str_has_suffix(stage.notes->str, "quiet\nstop\n"));
    hp_jobs_destroy(jobs);
}

static void
what_has_not_begun_when_the_server_ends_is_left_out(void **state)
{
    static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    struct hp_jobs *jobs = hp_jobs_create(1, 64);
    struct job blocker = { .name = "blocker", .gate = &gate };
    struct job job = { .name = "a" };
    (void) state;
    stage_use_jobs(jobs);
    assert_true(stage_start());
    // The pool's only thread is taken by somebody else's job.
    pthread_mutex_lock(&gate);
    assert_true(hp_jobs_run(jobs, work, done_elsewhere, &blocker, stage.main));
    assert_true(run(&job));
    hp_plugins_quiesce(stage.plugins, NULL, NULL);
    pthread_mutex_unlock(&gate);
    stage_quiesce();
    stage_close();
    assert_non_null(strstr(stage.notes->str, "another's is done\ndone a 0\nquiet\nstop\n"));
    hp_jobs_destroy(jobs);
}

static struct job start_job = { .name = "early" };

static void
run_in_start(void)
{
    assert_true(run(&start_job));
}

static void
a_job_of_a_start_that_failed_is_done_too(void **state)
{
    struct hp_jobs *jobs = hp_jobs_create(1, 64);
    (void) state;
    stage_use_jobs(jobs);
    stage.will_start = false;
    stage.in_start = run_in_start;
    assert_false(stage_start());
    stage_quiesce();
    stage_close();
    assert_non_null(strstr(stage.notes->str, "done early"));
    hp_jobs_destroy(jobs);
}

static void
without_a_pool_no_job_is_run(void **state)
{
    struct job job = { .name = "a" };
    (void) state;
    assert_true(stage_start());
    assert_false(run(&job));
}

// ---- frames

static void
on_frame(void *arg, const struct hp_plugin_frame *frame)
{
    stage_note("%s frame %s %d", (const char *) arg, frame->codec, frame->is_keyframe);
}

static void
on_frames_closed(void *arg)
{
    stage_note("%s closed", (const char *) arg);
}

static uint32_t
open_frames(const char *name, const char *codec)
{
    struct hp_plugin_frames frames = { .size = sizeof(frames),
        .codec = codec,
        .on_frame = on_frame,
        .on_closed = on_frames_closed };
    return stage.table->frames_open(
            stage.host, HP_SOURCE_VIDEO, &frames, (void *) (uintptr_t) name);
}

static void
frames_come_until_they_are_closed(void **state)
{
    (void) state;
    assert_true(stage_start());
    uint32_t a = open_frames("a", "H264");
    uint32_t b = open_frames("b", NULL);
    assert_int_not_equal(a, 0);
    assert_int_not_equal(b, a);
    stage_send_frame("VP8", true);
    stage.table->frames_close(stage.host, a);
    stage.table->frames_close(stage.host, a); // once is enough
    stage.table->frames_close(stage.host, 0);
    stage_pump();
    stage_send_frame("VP8", false);
    stage_expect("tap H264\ntap -\na frame VP8 1\nb frame VP8 1\na closed\nb frame VP8 0\n");
    stage.table->frames_close(stage.host, a);
    stage_quiesce();
    stage_close();
    stage_expect("b closed\nquiet\nstop\n");
}

static void
frames_are_bounded_and_need_a_stream(void **state)
{
    struct hp_plugin_frames frames = { .size = sizeof(frames), .on_frame = on_frame };
    (void) state;
    assert_true(stage_start());
    assert_int_equal(stage.table->frames_open(stage.host, HP_SOURCE_AUDIO, &frames, NULL), 0);
    frames.on_frame = NULL;
    assert_int_equal(stage.table->frames_open(stage.host, HP_SOURCE_VIDEO, &frames, NULL), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_not_equal(open_frames("a", NULL), 0);
    }
    assert_int_equal(open_frames("a", NULL), 0);
    stage_quiesce();
    assert_int_equal(open_frames("a", NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_screen_that_is_asked_for_says_its_size),
        TEST(four_channels_with_labels_of_64_bytes_are_bound_in_start),
        TEST(channels_are_bound_in_start_only),
        TEST(eight_plugins_with_names_of_their_own_start),
        TEST(only_bound_channels_are_sent_to),
        TEST(settings_stay_until_the_plugin_returns_to_the_loop),
        TEST(a_level_that_is_none_is_logged_all_the_same),
        TEST(posts_keep_their_order_and_end_with_stop),
        TEST(nothing_arrives_after_a_start_that_failed),
        TEST(calls_of_the_main_thread_are_refused_on_others),
        TEST(a_job_works_elsewhere_and_is_done_on_main),
        TEST(jobs_are_bounded_and_all_are_done_before_stop),
        TEST(what_has_not_begun_when_the_server_ends_is_left_out),
        TEST(a_job_of_a_start_that_failed_is_done_too),
        TEST(without_a_pool_no_job_is_run),
        TEST(frames_come_until_they_are_closed),
        TEST(frames_are_bounded_and_need_a_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
