// Tests of reach/retrieval.c, with a server of the test's own.
#include "reach/retrieval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/job.h"
#include "base/worker.h"
#include "fetch/fetch.h"
#include "fixture/fake_time.h"
#include "fixture/pass_jobs.h"

// What the server answers; written before it is asked, read in the job.
static struct hp_fetch_result answer;
static unsigned asked;
static atomic_bool is_held; // it has not answered yet

static void
run_server(const char *url, int64_t timeout_us, struct hp_fetch_result *result)
{
    assert_string_equal(url, "https://ip.example/secret");
    assert_true(timeout_us > 0);
    asked++;
    int64_t limit_us = g_get_monotonic_time() + 10 * 1000 * 1000;
    while (atomic_load(&is_held) && g_get_monotonic_time() < limit_us) {
        g_thread_yield();
    }
    *result = answer;
}

struct scene {
    struct hp_worker *home;
    struct hp_jobs *jobs;
    struct hp_retrieval *retrieval;
    unsigned changes;
};

static void
note_change(void *arg)
{
    struct scene *scene = arg;
    scene->changes++;
}

static int
begin(void **state)
{
    static struct scene scene;
    scene = (struct scene){ .home = hp_worker_create_main(), .jobs = hp_jobs_create(1, 8) };
    fake_time_begin(scene.home);
    answer = (struct hp_fetch_result){ .address = "198.51.100.9" };
    asked = 0;
    scene.retrieval = hp_retrieval_create(&(struct hp_retrieval_params){
            .home = scene.home,
            .jobs = scene.jobs,
            .url = "https://ip.example/secret",
            .run = run_server,
            .on_change = note_change,
            .arg = &scene,
    });
    *state = &scene;
    return 0;
}

static int
end(void **state)
{
    struct scene *scene = *state;
    hp_retrieval_destroy(scene->retrieval);
    pass_jobs(scene->jobs, scene->home);
    hp_jobs_destroy(scene->jobs);
    fake_time_end();
    hp_worker_destroy(scene->home);
    return 0;
}

static void
pass_s(struct scene *scene, unsigned seconds)
{
    fake_time_pass_ms(seconds * 1000);
    pass_jobs(scene->jobs, scene->home);
}

static void
assert_known(const struct scene *scene, const char *expected)
{
    char address[HP_ADDRESS_TEXT_SIZE];
    assert_int_equal(hp_retrieval_get(scene->retrieval, address), expected[0] != '\0');
    assert_string_equal(address, expected);
}

static void
the_server_is_asked_when_others_had_their_chance(void **state)
{
    struct scene *scene = *state;
    pass_s(scene, 100);
    assert_int_equal(asked, 0); // nobody has said that it is wanted
    hp_retrieval_want(scene->retrieval, true);
    pass_s(scene, 4);
    assert_int_equal(asked, 0);
    pass_s(scene, 2);
    assert_int_equal(asked, 1);
    assert_known(scene, "198.51.100.9");
    assert_int_equal(scene->changes, 1);
}

static void
nobody_is_asked_once_others_know(void **state)
{
    struct scene *scene = *state;
    hp_retrieval_want(scene->retrieval, true);
    pass_s(scene, 4);
    hp_retrieval_want(scene->retrieval, false);
    pass_s(scene, 7200);
    assert_int_equal(asked, 0);
    hp_retrieval_want(scene->retrieval, true);
    pass_s(scene, 6);
    assert_known(scene, "198.51.100.9");
    hp_retrieval_want(scene->retrieval, false);
    assert_known(scene, "");
    pass_s(scene, 7200);
    assert_int_equal(asked, 1);
}

static void
an_answer_that_nobody_wants_any_more_is_dropped(void **state)
{
    struct scene *scene = *state;
    hp_retrieval_want(scene->retrieval, true);
    atomic_store(&is_held, true);
    fake_time_pass_ms(6000);
    hp_retrieval_want(scene->retrieval, false);
    atomic_store(&is_held, false);
    pass_jobs(scene->jobs, scene->home);
    assert_int_equal(asked, 1);
    assert_known(scene, "");
    assert_int_equal(scene->changes, 0);
}

static void
a_failure_is_tried_again_less_and_less_often(void **state)
{
    struct scene *scene = *state;
    answer = (struct hp_fetch_result){ .error = "it has not answered in time" };
    hp_retrieval_want(scene->retrieval, true);
    pass_s(scene, 6);
    assert_int_equal(asked, 1);
    pass_s(scene, 61);
    assert_int_equal(asked, 2);
    pass_s(scene, 61);
    assert_int_equal(asked, 2);
    pass_s(scene, 60);
    assert_int_equal(asked, 3);
    assert_known(scene, "");
    hp_retrieval_renew(scene->retrieval); // another network, another chance
    pass_s(scene, 6);
    assert_int_equal(asked, 4);
}

static void
an_address_is_asked_for_again_every_hour_and_told_when_it_has_changed(void **state)
{
    struct scene *scene = *state;
    hp_retrieval_want(scene->retrieval, true);
    pass_s(scene, 6);
    pass_s(scene, 3601);
    assert_int_equal(asked, 2);
    assert_int_equal(scene->changes, 1);
    g_strlcpy(answer.address, "198.51.100.10", sizeof(answer.address));
    pass_s(scene, 3601);
    assert_int_equal(scene->changes, 2);
    assert_known(scene, "198.51.100.10");
    answer = (struct hp_fetch_result){ .error = "it cannot be reached" };
    pass_s(scene, 3601);
    assert_known(scene, "198.51.100.10"); // still the best that is known
}

static void
the_address_of_another_network_is_forgotten_even_if_nobody_tells_a_new_one(void **state)
{
    struct scene *scene = *state;
    hp_retrieval_want(scene->retrieval, true);
    pass_s(scene, 6);
    assert_known(scene, "198.51.100.9");
    answer = (struct hp_fetch_result){ .error = "it cannot be reached" };
    hp_retrieval_renew(scene->retrieval);
    assert_known(scene, "");
    pass_s(scene, 6);
    assert_int_equal(asked, 2);
    assert_known(scene, "");
    answer = (struct hp_fetch_result){ .address = "198.51.100.9" };
    pass_s(scene, 61);
    assert_known(scene, "198.51.100.9");
    assert_int_equal(scene->changes, 2); // also when it is the same as before
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_server_is_asked_when_others_had_their_chance),
        TEST(nobody_is_asked_once_others_know),
        TEST(an_answer_that_nobody_wants_any_more_is_dropped),
        TEST(a_failure_is_tried_again_less_and_less_often),
        TEST(an_address_is_asked_for_again_every_hour_and_told_when_it_has_changed),
        TEST(the_address_of_another_network_is_forgotten_even_if_nobody_tells_a_new_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
