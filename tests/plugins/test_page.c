// Tests of the plugins that docs/plugins.md builds: they are loaded as the server loads them, and do
// what the page says.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/job.h"
#include "plugin/module.h"
#include "plugin/request.h"
#include "stage.h"

enum {
    STEPS = 3 // of snow
};

static char *dir; // of what the page builds
static int a_session; // never looked into

static struct hp_session *
session(void)
{
    return (struct hp_session *) (void *) &a_session;
}

static int
build_the_page(void **state)
{
    const char *source_dir = g_getenv("srcdir");
    (void) state;
    dir = g_dir_make_tmp("hairpin-page-XXXXXX", NULL);
    char *command = g_strdup_printf("%s/tests/plugins/check-document %s >&2",
            source_dir == NULL ? "." : source_dir, dir);
    int status = system(command);
    g_free(command);
    return status;
}

static int
remove_the_page(void **state)
{
    (void) state;
    char *command = g_strdup_printf("rm -rf %s", dir);
    int status = system(command);
    g_free(command);
    g_free(dir);
    return status;
}

struct loaded {
    struct hp_module *module;
    char *options;
};

static struct loaded
load(const char *folder, const char *name)
{
    char *place = g_build_filename(dir, folder, NULL);
    char *reason;
    struct loaded loaded = { .module = hp_module_load(place, name, &reason) };
    assert_non_null(loaded.module);
    loaded.options = stage_make_options(loaded.module);
    g_free(place);
    return loaded;
}

static void
start(const struct loaded *loaded)
{
    assert_true(
            hp_plugins_start(stage.plugins, hp_module_plugin(loaded->module), loaded->options));
}

static void
unload(struct loaded *loaded)
{
    stage_quiesce();
    stage_close();
    stage_free_options(loaded->module, loaded->options);
    hp_module_unload(loaded->module);
}

static void
each_step_of_snow_shows_noise(void **state)
{
    (void) state;
    for (int step = 1; step <= STEPS; step++) {
        char *folder = g_strdup_printf("step%d", step);
        struct loaded snow = load(folder, "snow");
        start(&snow);
        stage_expect("screen 640x480\nsource snow\n");
        assert_int_equal(stage.screen.rate, 25);
        unload(&snow);
        stage_teardown(NULL);
        stage_setup(NULL);
        g_free(folder);
    }
}

static void
snow_takes_the_rate_from_its_options(void **state)
{
    (void) state;
    struct loaded snow = load("step2", "snow");
    int64_t rate = 50;
    memcpy(snow.options + hp_module_options(snow.module)[0].offset, &rate, sizeof(rate));
    start(&snow);
    assert_int_equal(stage.screen.rate, 50);
    unload(&snow);
}

static void
snow_answers_a_greeting(void **state)
{
    (void) state;
    struct loaded snow = load("step3", "snow");
    start(&snow);
    g_string_truncate(stage.notes, 0);
    assert_true(hp_plugins_handle_message(stage.plugins, session(), "snow/hello", NULL));
    stage_expect("send snow/hello {\"answer\":\"brrr\"}\n");
    assert_false(hp_plugins_handle_message(stage.plugins, session(), "snow/what", NULL));
    unload(&snow);
}

static void
snow_counts_frames_between_two_messages(void **state)
{
    (void) state;
    struct loaded snow = load("step3", "snow");
    start(&snow);
    g_string_truncate(stage.notes, 0);
    assert_true(hp_plugins_handle_message(stage.plugins, session(), "snow/count", NULL));
    stage_expect("tap -\n");
    for (int i = 0; i < 3; i++) {
        stage_send_frame("VP8", i == 0);
    }
    assert_true(hp_plugins_handle_message(stage.plugins, session(), "snow/count", NULL));
    stage_pump();
    stage_expect("broadcast snow/count {\"frames\":3}\n");
    stage_send_frame("VP8", true);
    assert_true(hp_plugins_handle_message(stage.plugins, session(), "snow/count", NULL));
    stage_send_frame("VP8", true);
    unload(&snow); // closes it as well
    assert_non_null(strstr(stage.notes->str, "broadcast snow/count {\"frames\":1}\n"));
}

// ---- shelf ----

struct client {
    const char *method;
    bool is_paused, is_finished, is_cut;
    int status;
    int64_t length;
    GString *body; // of the answer
};

static const char *
client_method(void *carrier)
{
    const struct client *client = carrier;
    return client->method;
}

static void
client_pause(void *carrier, bool is_paused)
{
    struct client *client = carrier;
    client->is_paused = is_paused;
}

static void
client_respond(void *carrier, int status, const char *content_type, int64_t length)
{
    struct client *client = carrier;
    (void) content_type;
    client->status = status;
    client->length = length;
}

static bool
client_write(void *carrier, const void *data, size_t size)
{
    struct client *client = carrier;
    g_string_append_len(client->body, data, (gssize) size);
    return true;
}

static void
client_finish(void *carrier)
{
    struct client *client = carrier;
    client->is_finished = true;
}

static void
client_abort(void *carrier)
{
    struct client *client = carrier;
    client->is_cut = true;
}

static const struct hp_carrier_ops client_ops = {
    .method = client_method,
    .pause = client_pause,
    .respond = client_respond,
    .write = client_write,
    .finish = client_finish,
    .abort = client_abort,
};

// One request from its head to its end. body: in one piece, NULL: none. Returns the answer's.
static GString *
ask(const char *method, const char *path, const char *body, int expected_status)
{
    struct client client = { .method = method, .body = g_string_new(NULL) };
    struct hp_plugins_match match;
    struct hp_plugin_request *request = NULL;
    assert_int_equal(
            hp_plugins_find_route(stage.plugins, method, path, &match), HP_PLUGINS_FOUND);
    hp_plugins_open_request(&match, session(), &client_ops, &client, &request);
    if (body != NULL) {
        hp_plugin_request_handle_body(request, body, strlen(body));
    }
    while (client.is_paused) {
        g_main_context_iteration(NULL, TRUE);
    }
    hp_plugin_request_handle_body_end(request);
    while (!client.is_finished && !client.is_cut) {
        g_main_context_iteration(NULL, TRUE);
    }
    assert_false(client.is_cut);
    hp_plugin_request_handle_closed(request, true);
    assert_int_equal(client.status, expected_status);
    assert_int_equal(client.length, client.body->len);
    return client.body;
}

static void
shelf_gives_back_what_was_put_there(void **state)
{
    struct hp_jobs *jobs = hp_jobs_create(1, 16);
    (void) state;
    stage_use_jobs(jobs);
    struct loaded shelf = load(".", "shelf");
    char *folder = g_strdup(dir);
    char **value = (char **) (void *) (shelf.options + hp_module_options(shelf.module)[0].offset);
    g_free(*value);
    *value = folder;
    start(&shelf);
    GString *missing = ask("GET", "shelf/files/a.txt", NULL, 404);
    GString *put = ask("PUT", "shelf/files/a.txt", "on the shelf", 201);
    GString *got = ask("GET", "shelf/files/a.txt", NULL, 200);
    GString *refused = ask("GET", "shelf/files/.hidden", NULL, 400);
    assert_string_equal(got->str, "on the shelf");
    g_string_free(missing, TRUE);
    g_string_free(put, TRUE);
    g_string_free(got, TRUE);
    g_string_free(refused, TRUE);
    unload(&shelf);
    hp_jobs_destroy(jobs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_step_of_snow_shows_noise),
        TEST(snow_takes_the_rate_from_its_options),
        TEST(snow_answers_a_greeting),
        TEST(snow_counts_frames_between_two_messages),
        TEST(shelf_gives_back_what_was_put_there),
    };
    return cmocka_run_group_tests(tests, build_the_page, remove_the_page);
}
