// Tests of reach/hosts.c. getaddrinfo() is the test's: names that begin with "slow" wait.
#include "reach/hosts.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <glib.h>

#include "base/job.h"
#include "base/worker.h"
#include "fixture/pass_jobs.h"
#include "reach/lookup.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static bool is_dns_slow; // with the lock

int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
        struct addrinfo **list)
{
    (void) service;
    (void) hints;
    pthread_mutex_lock(&lock);
    while (is_dns_slow && g_str_has_prefix(name, "slow")) {
        pthread_cond_wait(&wake, &lock);
    }
    pthread_mutex_unlock(&lock);
    struct sockaddr_in *address = g_new0(struct sockaddr_in, 1);
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(0xc0000201); // 192.0.2.1
    *list = g_new0(struct addrinfo, 1);
    **list = (struct addrinfo){ .ai_family = AF_INET,
        .ai_addr = (struct sockaddr *) (void *) address, .ai_addrlen = sizeof(*address) };
    return 0;
}

void
freeaddrinfo(struct addrinfo *list)
{
    g_free(list->ai_addr);
    g_free(list);
}

static void
set_slow(bool is_slow)
{
    pthread_mutex_lock(&lock);
    is_dns_slow = is_slow;
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&lock);
}

struct scene {
    struct hp_worker *home;
    struct hp_jobs *jobs;
    struct hp_hosts *hosts;
};

static void
begin(struct scene *scene, unsigned threads)
{
    scene->home = hp_worker_create_main();
    scene->jobs = hp_jobs_create(threads, 64);
    scene->hosts = hp_hosts_create(scene->home, scene->jobs);
    set_slow(false);
}

static void
end(struct scene *scene)
{
    set_slow(false);
    hp_hosts_destroy(scene->hosts);
    hp_jobs_destroy(scene->jobs);
    hp_worker_destroy(scene->home);
}

// Waits for what is under way on the one thread that is free.
static void
settle(struct scene *scene)
{
    pass_jobs(scene->jobs, scene->home);
}

static bool
is_known(const struct scene *scene, const char *name)
{
    struct hp_resolved resolved;
    return hp_hosts_find(scene->hosts, name, &resolved);
}

static void
a_name_in_use_outlives_what_others_say(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, 1);
    hp_hosts_add(scene.hosts, 1, "203.0.113.5", "desk.example");
    settle(&scene);
    for (unsigned i = 0; i < 100; i++) {
        char name[32];
        g_snprintf(name, sizeof(name), "h%u.example", i);
        hp_hosts_add(scene.hosts, 2, "203.0.113.6", name);
        settle(&scene);
    }
    assert_true(is_known(&scene, "desk.example"));
    end(&scene);
}

static void
of_names_that_nobody_uses_the_last_32_stay(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, 1);
    for (unsigned i = 0; i < 33; i++) {
        char name[32];
        g_snprintf(name, sizeof(name), "h%u.example", i);
        hp_hosts_add(scene.hosts, 2, "203.0.113.6", name);
        settle(&scene);
    }
    assert_true(is_known(&scene, "h0.example")); // h32 is still in use
    hp_hosts_remove(scene.hosts, 2);
    assert_false(is_known(&scene, "h0.example"));
    assert_true(is_known(&scene, "h1.example"));
    assert_true(is_known(&scene, "h32.example"));
    end(&scene);
}

static void
an_address_takes_no_room(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, 1);
    hp_hosts_add(scene.hosts, 1, NULL, "desk.example");
    settle(&scene);
    hp_hosts_remove(scene.hosts, 1);
    for (unsigned i = 0; i < 40; i++) {
        char text[32];
        g_snprintf(text, sizeof(text), "10.1.2.%u", i);
        hp_hosts_add(scene.hosts, 2, NULL, text);
        assert_true(is_known(&scene, text));
    }
    assert_true(is_known(&scene, "desk.example"));
    end(&scene);
}

static void
slow_names_of_one_client_hold_up_nobody_else(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, 2);
    set_slow(true);
    for (unsigned i = 0; i < 20; i++) { // from one network of IPv6
        char client[32], name[32];
        g_snprintf(client, sizeof(client), "2001:db8::%x", i + 1);
        g_snprintf(name, sizeof(name), "slow%u.example", i);
        hp_hosts_add(scene.hosts, i, client, name);
    }
    hp_hosts_add(scene.hosts, 99, "203.0.113.5", "desk.example");
    settle(&scene);
    assert_true(is_known(&scene, "desk.example"));
    assert_false(is_known(&scene, "slow0.example"));
    end(&scene);
}

static void
a_socket_that_ends_does_not_free_the_thread_of_its_client(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, 2);
    set_slow(true);
    for (unsigned i = 0; i < 20; i++) {
        char name[32];
        g_snprintf(name, sizeof(name), "slow%u.example", i);
        hp_hosts_add(scene.hosts, 1, "203.0.113.6", name);
    }
    hp_hosts_remove(scene.hosts, 1);
    hp_hosts_add(scene.hosts, 2, "203.0.113.5", "desk.example");
    settle(&scene);
    assert_true(is_known(&scene, "desk.example"));
    end(&scene);
}

static void
names_that_wait_are_looked_up_one_after_the_other(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, 1);
    hp_hosts_add(scene.hosts, 1, "203.0.113.5", "a.example");
    hp_hosts_add(scene.hosts, 2, "203.0.113.5", "b.example");
    settle(&scene);
    assert_true(is_known(&scene, "a.example"));
    settle(&scene);
    assert_true(is_known(&scene, "b.example"));
    end(&scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_in_use_outlives_what_others_say),
        cmocka_unit_test(of_names_that_nobody_uses_the_last_32_stay),
        cmocka_unit_test(an_address_takes_no_room),
        cmocka_unit_test(slow_names_of_one_client_hold_up_nobody_else),
        cmocka_unit_test(a_socket_that_ends_does_not_free_the_thread_of_its_client),
        cmocka_unit_test(names_that_wait_are_looked_up_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
