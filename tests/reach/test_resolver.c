// Tests of reach/resolver.c. getaddrinfo() is the test's: what a name means is said here.
#include "reach/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/job.h"
#include "base/worker.h"
#include "fixture/fake_time.h"
#include "fixture/pass_jobs.h"

#include <glib.h>

static const char *meaning; // of each name; NULL: unknown
static unsigned lookups;

int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
        struct addrinfo **list)
{
    (void) name;
    (void) service;
    (void) hints;
    lookups++;
    if (meaning == NULL) {
        return EAI_AGAIN;
    }
    struct sockaddr_in *address = g_new0(struct sockaddr_in, 1);
    address->sin_family = AF_INET;
    assert_int_equal(inet_pton(AF_INET, meaning, &address->sin_addr), 1);
    *list = g_new0(struct addrinfo, 1);
    (*list)->ai_family = AF_INET;
    (*list)->ai_addr = (struct sockaddr *) (void *) address;
    (*list)->ai_addrlen = sizeof(*address);
    return 0;
}

void
freeaddrinfo(struct addrinfo *list)
{
    g_free(list->ai_addr);
    g_free(list);
}

static void
addresses_are_known_at_once(void **state)
{
    (void) state;
    struct hp_worker *home = hp_worker_create_main();
    struct hp_resolver *resolver = hp_resolver_create(home, NULL);
    struct hp_resolved resolved;
    hp_resolver_add(resolver, "192.0.2.1");
    hp_resolver_add(resolver, "2001:db8::1");
    assert_true(hp_resolver_find(resolver, "192.0.2.1", &resolved));
    assert_string_equal(resolved.addresses[0], "192.0.2.1");
    assert_true(hp_resolver_find(resolver, "2001:db8::1", &resolved));
    assert_false(hp_resolver_find(resolver, "192.0.2.2", &resolved));
    hp_resolver_destroy(resolver);
    hp_worker_destroy(home);
}

struct scene {
    struct hp_worker *home;
    struct hp_jobs *jobs;
    struct hp_resolver *resolver;
};

static void
begin(struct scene *scene, const char *first_meaning)
{
    *scene = (struct scene){ .home = hp_worker_create_main(), .jobs = hp_jobs_create(1, 8) };
    fake_time_begin(scene->home);
    scene->resolver = hp_resolver_create(scene->home, scene->jobs);
    meaning = first_meaning;
    lookups = 0;
    hp_resolver_add(scene->resolver, "a.example");
}

static void
end(struct scene *scene)
{
    hp_resolver_destroy(scene->resolver);
    hp_jobs_destroy(scene->jobs);
    fake_time_end();
    hp_worker_destroy(scene->home);
}

// Waits for the look-ups that are under way: the pool has one thread.
static void
settle(struct scene *scene)
{
    pass_jobs(scene->jobs, scene->home);
}

static void
assert_means(const struct scene *scene, const char *expected)
{
    struct hp_resolved resolved;
    assert_int_equal(
            hp_resolver_find(scene->resolver, "a.example", &resolved), expected != NULL);
    if (expected != NULL) {
        assert_int_equal(resolved.count, 1);
        assert_string_equal(resolved.addresses[0], expected);
    }
}

static void
names_are_looked_up_in_a_job(void **state)
{
    struct scene scene;
    (void) state;
    begin(&scene, "192.0.2.1");
    assert_means(&scene, NULL);
    hp_resolver_add(scene.resolver, "a.example"); // is known already
    settle(&scene);
    assert_means(&scene, "192.0.2.1");
    assert_int_equal(lookups, 1);
    end(&scene);
}

static void
a_name_that_is_unknown_is_asked_for_again_after_ten_seconds(void **state)
{
    struct scene scene;
    (void) state;
    begin(&scene, NULL);
    settle(&scene);
    assert_means(&scene, NULL);
    meaning = "192.0.2.1";
    fake_time_pass_ms(9990);
    settle(&scene);
    assert_int_equal(lookups, 1);
    fake_time_pass_ms(10);
    settle(&scene);
    assert_int_equal(lookups, 2);
    assert_means(&scene, "192.0.2.1");
    end(&scene);
}

static void
a_name_is_asked_for_again_every_five_minutes_and_keeps_what_was_known(void **state)
{
    struct scene scene;
    (void) state;
    begin(&scene, "192.0.2.1");
    settle(&scene);
    meaning = "192.0.2.2";
    fake_time_pass_ms(5 * 60 * 1000 - 10);
    settle(&scene);
    assert_means(&scene, "192.0.2.1");
    fake_time_pass_ms(10);
    settle(&scene);
    assert_means(&scene, "192.0.2.2");
    meaning = NULL;
    fake_time_pass_ms(5 * 60 * 1000);
    settle(&scene);
    assert_int_equal(lookups, 3);
    assert_means(&scene, "192.0.2.2");
    end(&scene);
}

static void
a_resolver_may_end_before_its_look_ups(void **state)
{
    (void) state;
    struct hp_worker *home = hp_worker_create_main();
    struct hp_jobs *jobs = hp_jobs_create(1, 8);
    struct hp_resolver *resolver = hp_resolver_create(home, jobs);
    hp_resolver_add(resolver, "localhost");
    hp_resolver_destroy(resolver);
    hp_jobs_destroy(jobs);
    hp_worker_destroy(home); // runs what is left
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_known_at_once),
        cmocka_unit_test(names_are_looked_up_in_a_job),
        cmocka_unit_test(a_name_that_is_unknown_is_asked_for_again_after_ten_seconds),
        cmocka_unit_test(a_name_is_asked_for_again_every_five_minutes_and_keeps_what_was_known),
        cmocka_unit_test(a_resolver_may_end_before_its_look_ups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
