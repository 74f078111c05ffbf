// Tests of reach/reach.c: real interfaces of whatever machine this is; getaddrinfo() is the test's.
#include "reach/reach.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/job.h"
#include "base/worker.h"
#include "fixture/pass_jobs.h"
#include "reach/offer.h"
#include "reach/reflexive.h"

static unsigned lookups;

// Every name means one IPv4 and one IPv6 address.
int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
        struct addrinfo **list)
{
    (void) name;
    (void) service;
    (void) hints;
    lookups++;
    struct sockaddr_in *v4 = g_new0(struct sockaddr_in, 1);
    struct sockaddr_in6 *v6 = g_new0(struct sockaddr_in6, 1);
    v4->sin_family = AF_INET;
    v6->sin6_family = AF_INET6;
    assert_int_equal(inet_pton(AF_INET, "198.51.100.9", &v4->sin_addr), 1);
    assert_int_equal(inet_pton(AF_INET6, "2001:db8:9::9", &v6->sin6_addr), 1);
    struct addrinfo *second = g_new0(struct addrinfo, 1);
    *second = (struct addrinfo){ .ai_family = AF_INET6,
        .ai_addr = (struct sockaddr *) (void *) v6, .ai_addrlen = sizeof(*v6) };
    *list = g_new0(struct addrinfo, 1);
    **list = (struct addrinfo){ .ai_family = AF_INET, .ai_next = second,
        .ai_addr = (struct sockaddr *) (void *) v4, .ai_addrlen = sizeof(*v4) };
    return 0;
}

void
freeaddrinfo(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;
        g_free(list->ai_addr);
        g_free(list);
        list = next;
    }
}

struct scene {
    struct hp_worker *home;
    struct hp_jobs *jobs;
    struct hp_reach *reach;
};

static void
begin(struct scene *scene, const char *const *nat1to1)
{
    *scene = (struct scene){ .home = hp_worker_create_main(), .jobs = hp_jobs_create(1, 64) };
    struct hp_reach_params params = {
        .home = scene->home,
        .jobs = scene->jobs,
        .host_jobs = scene->jobs,
        .nat1to1 = (char *const *) (uintptr_t) nat1to1,
    };
    lookups = 0;
    scene->reach = hp_reach_create(&params);
}

static void
end(struct scene *scene)
{
    hp_reach_destroy(scene->reach);
    hp_jobs_destroy(scene->jobs);
    hp_worker_destroy(scene->home);
}

// Waits for the look-ups that are under way: the pool has one thread.
static void
settle(struct scene *scene)
{
    pass_jobs(scene->jobs, scene->home);
}

static const struct hp_offer_address *
find(const struct hp_offer *offer, const char *text)
{
    for (unsigned i = 0; i < offer->count; i++) {
        if (strcmp(offer->addresses[i].text, text) == 0) {
            return &offer->addresses[i];
        }
    }
    return NULL;
}

static void
all_addresses_of_all_names_are_offered(void **state)
{
    (void) state;
    static const char *const names[] = { "desk.example", "192.0.2.7/10.0.0.7", NULL };
    struct scene scene;
    struct hp_offer offer;
    begin(&scene, names);
    settle(&scene);
    hp_reach_offer(scene.reach, "203.0.113.5", NULL, &offer);
    assert_int_equal(find(&offer, "198.51.100.9")->origin, HP_OFFER_NAMED);
    assert_int_equal(find(&offer, "2001:db8:9::9")->origin, HP_OFFER_NAMED);
    assert_int_equal(find(&offer, "192.0.2.7")->origin, HP_OFFER_NAMED);
    assert_null(find(&offer, "10.0.0.7"));
    end(&scene);
}

static void
send_nothing(void *arg, const struct sockaddr_storage *to, const uint8_t *data, size_t size)
{
    (void) arg;
    (void) to;
    (void) data;
    (void) size;
}

static void
a_port_that_is_named_is_that_of_the_shared_port_outside(void **state)
{
    (void) state;
    static const char *const names[] = { "192.0.2.7:9000/10.0.0.7", "[2001:db8:7::7]:9001",
        "desk.example:9002", "192.0.2.8", NULL };
    static const struct hp_reflexive_link link = { .send = send_nothing };
    struct scene scene;
    struct hp_offer offer;
    begin(&scene, names);
    settle(&scene);
    hp_reach_offer(scene.reach, "203.0.113.5", NULL, &offer);
    assert_int_equal(find(&offer, "192.0.2.7")->port, 0); // each browser has a port of its own
    hp_reach_share(scene.reach, 8080, &link);
    hp_reach_offer(scene.reach, "203.0.113.5", NULL, &offer);
    assert_int_equal(find(&offer, "192.0.2.7")->port, 9000);
    assert_int_equal(find(&offer, "2001:db8:7::7")->port, 9001);
    assert_int_equal(find(&offer, "198.51.100.9")->port, 9002);
    assert_int_equal(find(&offer, "192.0.2.8")->port, 0);
    end(&scene);
}

static void
count_change(void *arg)
{
    unsigned *changes = arg;
    (*changes)++;
}

static void
who_watches_is_told_when_an_offer_has_changed(void **state)
{
    (void) state;
    static const char *const names[] = { "desk.example", NULL };
    struct scene scene;
    unsigned changes = 0, others = 0;
    struct hp_reach_watcher watcher = { count_change, &changes };
    struct hp_reach_watcher other = { count_change, &others };
    begin(&scene, names);
    hp_reach_watch(scene.reach, &watcher);
    hp_reach_watch(scene.reach, &other);
    hp_reach_unwatch(scene.reach, &other);
    settle(&scene); // the name has become an address
    assert_int_equal(changes, 1);
    assert_int_equal(others, 0);
    hp_reach_unwatch(scene.reach, &watcher);
    end(&scene);
}

static void
the_host_of_a_page_is_offered_to_who_opened_it_by_that_name(void **state)
{
    (void) state;
    struct scene scene;
    struct hp_offer offer;
    begin(&scene, NULL);
    hp_reach_offer(scene.reach, "203.0.113.5", "desk.example:8443", &offer);
    assert_null(find(&offer, "198.51.100.9"));
    hp_reach_note_host(scene.reach, 1, "203.0.113.5", "desk.example:8443");
    settle(&scene);
    hp_reach_offer(scene.reach, "203.0.113.5", "desk.example:8443", &offer);
    assert_int_equal(find(&offer, "198.51.100.9")->port, 8443);
    assert_int_equal(find(&offer, "198.51.100.9")->origin, HP_OFFER_PAGE);
    assert_int_equal(find(&offer, "2001:db8:9::9")->port, 8443);
    hp_reach_offer(scene.reach, "203.0.113.6", "other.example", &offer);
    assert_null(find(&offer, "198.51.100.9"));
    hp_reach_offer(scene.reach, "203.0.113.6", NULL, &offer);
    assert_null(find(&offer, "198.51.100.9"));
    end(&scene);
}

static void
a_host_that_is_said_again_is_looked_up_once(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, NULL);
    for (unsigned i = 0; i < 50; i++) {
        hp_reach_note_host(scene.reach, 1, "203.0.113.5", "desk.example:8443");
        hp_reach_note_host(scene.reach, 1, "203.0.113.5", "desk.example");
        hp_reach_note_host(scene.reach, 1, "203.0.113.5", "192.0.2.1:8080");
        hp_reach_note_host(scene.reach, 1, "203.0.113.5", "no host");
    }
    settle(&scene);
    assert_int_equal(lookups, 1);
    end(&scene);
}

static void
a_host_that_is_an_address_is_offered_at_once(void **state)
{
    (void) state;
    struct scene scene;
    struct hp_offer offer;
    begin(&scene, NULL);
    hp_reach_offer(scene.reach, "203.0.113.5", "192.0.2.1:81", &offer);
    assert_int_equal(find(&offer, "192.0.2.1")->port, 81);
    end(&scene);
}

static void
a_host_is_forgotten_when_its_socket_ends_before_the_look_up(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, NULL);
    hp_reach_note_host(scene.reach, 1, "203.0.113.5", "a.example");
    hp_reach_note_host(scene.reach, 2, "203.0.113.5", "b.example");
    hp_reach_forget_host(scene.reach, 2);
    settle(&scene);
    settle(&scene);
    assert_int_equal(lookups, 1);
    end(&scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_that_is_named_is_that_of_the_shared_port_outside),
        cmocka_unit_test(who_watches_is_told_when_an_offer_has_changed),
        cmocka_unit_test(all_addresses_of_all_names_are_offered),
        cmocka_unit_test(the_host_of_a_page_is_offered_to_who_opened_it_by_that_name),
        cmocka_unit_test(a_host_that_is_said_again_is_looked_up_once),
        cmocka_unit_test(a_host_that_is_an_address_is_offered_at_once),
        cmocka_unit_test(a_host_is_forgotten_when_its_socket_ends_before_the_look_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
