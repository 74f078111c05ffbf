// Tests of base/heap.c.
#include "base/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/job.h"
#include "base/worker.h"
#include "fixture/fake_time.h"
#include "fixture/pass_jobs.h"
#include "fixture/resident.h"

enum {
    CLIENTS = 500,
    CLIENT_SIZE = 32 * 1024, // what OpenSSL and the heads of a connection take
    KEPT_SIZE = 200, // lies behind it and stays: the allocator cannot shrink its heap
    ALL_KIB = CLIENTS * CLIENT_SIZE / 1024,
    LOOK_MS = 10000,
};

struct house {
    struct hp_worker *main;
    struct hp_jobs *jobs;
    struct hp_heap *heap;
    void *clients[CLIENTS];
    void *kept[CLIENTS];
};

static int
setup(void **state)
{
    struct house *house = g_new0(struct house, 1);
    house->main = hp_worker_create_main();
    house->jobs = hp_jobs_create(1, 4);
    fake_time_begin(house->main);
    house->heap = hp_heap_create(house->main, house->jobs);
    *state = house;
    return 0;
}

static int
teardown(void **state)
{
    struct house *house = *state;
    hp_heap_destroy(house->heap);
    hp_jobs_destroy(house->jobs);
    fake_time_end();
    hp_worker_destroy(house->main);
    for (unsigned i = 0; i < CLIENTS; i++) {
        free(house->kept[i]);
    }
    g_free(house);
    return 0;
}

static void
skip_with_sanitizer(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); // it keeps what is freed
#endif
}

static void
come_and_go(struct house *house)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        house->clients[i] = malloc(CLIENT_SIZE);
        memset(house->clients[i], 1, CLIENT_SIZE);
        if (house->kept[i] == NULL) {
            house->kept[i] = malloc(KEPT_SIZE);
        }
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        free(house->clients[i]);
    }
}

static void
memory_goes_back_after_clients_came_and_went(void **state)
{
    skip_with_sanitizer();
    struct house *house = *state;
    long before_kib = resident_kib();
    for (unsigned i = 0; i < 3; i++) {
        come_and_go(house);
        assert_true(resident_kib() - before_kib > ALL_KIB * 3 / 4); // else the test shows nothing
        fake_time_pass_ms(LOOK_MS);
        pass_jobs(house->jobs, house->main);
        assert_true(resident_kib() - before_kib < ALL_KIB / 8);
    }
}

static void
memory_is_looked_at_every_ten_seconds(void **state)
{
    skip_with_sanitizer();
    struct house *house = *state;
    long before_kib = resident_kib();
    come_and_go(house);
    fake_time_pass_ms(LOOK_MS - 1);
    pass_jobs(house->jobs, house->main);
    assert_true(resident_kib() - before_kib > ALL_KIB * 3 / 4);
}

static void
destroy_waits_for_no_job(void **state)
{
    struct house *house = *state;
    fake_time_pass_ms(LOOK_MS);
    hp_heap_destroy(house->heap); // its job is under way; a sanitizer sees what leaks or is lost
    house->heap = NULL;
    pass_jobs(house->jobs, house->main);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(destroy_waits_for_no_job, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_is_looked_at_every_ten_seconds, setup, teardown),
        cmocka_unit_test_setup_teardown(
                memory_goes_back_after_clients_came_and_went, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
