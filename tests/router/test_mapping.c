// Tests of router/mapping.c, with a router of the test's own.
#include "router/mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/job.h"
#include "base/worker.h"
#include "fixture/fake_time.h"
#include "fixture/pass_jobs.h"
#include "router/mapper.h"

// What the router grants; written before it is asked, read in the job.
static struct hp_mapper_result grant;
static struct hp_mapper_request last;
static unsigned asked, taken_back, given_up;
static bool is_deaf; // it answers nothing
static atomic_bool is_stuck; // it answers nothing, and the one who asks cannot be hurried

static void
run_router(const struct hp_mapper_request *request, struct hp_mapper_result *result)
{
    last = *request;
    asked += request->lifetime_s != 0;
    taken_back += request->lifetime_s == 0;
    int64_t limit_us = g_get_monotonic_time() + 10 * 1000 * 1000;
    while (is_deaf && !atomic_load(request->is_over) && g_get_monotonic_time() < limit_us) {
        g_thread_yield();
    }
    while (atomic_load(&is_stuck) && g_get_monotonic_time() < limit_us) {
        g_thread_yield();
    }
    given_up += atomic_load(request->is_over);
    *result = is_deaf ? (struct hp_mapper_result){ .protocol = HP_MAPPER_NONE } : grant;
}

struct scene {
    struct hp_worker *home;
    struct hp_jobs *jobs;
    struct hp_mapping *mapping;
    unsigned changes;
    bool is_closed;
};

static void
note_change(void *arg)
{
    struct scene *scene = arg;
    scene->changes++;
}

static void
note_closed(void *arg)
{
    struct scene *scene = arg;
    scene->is_closed = true;
}

// Waits for what the router is asked: the pool has one thread.
static void
settle(struct scene *scene)
{
    for (unsigned i = 0; i < 2; i++) { // one answer may lead to one question more
        pass_jobs(scene->jobs, scene->home);
    }
}

static void
begin(struct scene *scene)
{
    *scene = (struct scene){ .home = hp_worker_create_main(), .jobs = hp_jobs_create(1, 8) };
    fake_time_begin(scene->home);
    grant = (struct hp_mapper_result){
        .protocol = HP_MAPPER_PCP,
        .external_address = "198.51.100.9",
        .external_port = 40001,
        .lifetime_s = 3600,
    };
    asked = taken_back = given_up = 0;
    scene->mapping = hp_mapping_create(&(struct hp_mapping_params){
            .home = scene->home,
            .jobs = scene->jobs,
            .run = run_router,
            .on_change = note_change,
            .arg = scene,
    });
}

static void
end(struct scene *scene)
{
    hp_mapping_close(scene->mapping, note_closed, scene);
    settle(scene);
    assert_true(scene->is_closed);
    hp_mapping_destroy(scene->mapping);
    hp_jobs_destroy(scene->jobs);
    fake_time_end();
    hp_worker_destroy(scene->home);
}

static void
assert_mapped(struct scene *scene, const char *expected, uint16_t expected_port)
{
    char address[HP_ADDRESS_TEXT_SIZE];
    uint16_t port;
    hp_mapping_get(scene->mapping, address, &port);
    assert_string_equal(address, expected);
    assert_int_equal(port, expected_port);
}

static void
a_router_in_a_private_network_is_asked_and_the_mapping_told(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "192.168.1.7", 2, 8080);
    settle(&scene);
    assert_int_equal(asked, 1);
    assert_string_equal(last.gateway, "192.168.1.1");
    assert_string_equal(last.own, "192.168.1.7");
    assert_int_equal(last.port, 8080);
    assert_mapped(&scene, "198.51.100.9", 40001);
    assert_int_equal(scene.changes, 1);
    end(&scene);
}

static void
for_ipv6_a_hole_for_our_public_address_is_asked_for_and_taken_back(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    g_strlcpy(grant.external_address, "2001:db8::7", sizeof(grant.external_address));
    grant.external_port = 8080;
    hp_mapping_set_network(scene.mapping, "fe80::1", "2001:db8::7", 3, 8080);
    settle(&scene);
    assert_int_equal(asked, 1);
    assert_string_equal(last.gateway, "fe80::1");
    assert_string_equal(last.own, "2001:db8::7");
    assert_int_equal(last.interface, 3);
    assert_mapped(&scene, "2001:db8::7", 8080);
    end(&scene);
    assert_int_equal(taken_back, 1);
    assert_string_equal(last.own, "2001:db8::7");
}

static void
for_ipv6_no_hole_is_asked_for_an_address_that_is_not_public(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    hp_mapping_set_network(scene.mapping, "fe80::1", "fd00::7", 3, 8080);
    hp_mapping_set_network(scene.mapping, "fe80::1", "fe80::7", 3, 8080);
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "2001:db8::7", 3, 8080);
    hp_mapping_set_network(scene.mapping, "", "2001:db8::7", 3, 8080);
    settle(&scene);
    assert_int_equal(asked, 0);
    end(&scene);
}

static void
no_router_is_asked_that_is_not_ours(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    hp_mapping_set_network(scene.mapping, "", "192.168.1.7", 2, 8080);
    hp_mapping_set_network(scene.mapping, "198.51.100.1", "198.51.100.7", 2, 8080);
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "198.51.100.7", 2, 8080);
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "192.168.1.7", 2, 0);
    settle(&scene);
    assert_int_equal(asked, 0);
    end(&scene);
}

static void
the_mapping_is_renewed_within_ten_minutes_by_the_same_protocol(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "192.168.1.7", 2, 8080);
    settle(&scene);
    uint8_t nonce[HP_PCP_NONCE_SIZE];
    memcpy(nonce, last.nonce, sizeof(nonce));
    fake_time_pass_ms(539 * 1000);
    settle(&scene);
    assert_int_equal(asked, 1);
    fake_time_pass_ms(62 * 1000);
    settle(&scene);
    assert_int_equal(asked, 2);
    assert_int_equal(last.protocol, HP_MAPPER_PCP);
    assert_int_equal(last.external_port, 40001);
    assert_memory_equal(last.nonce, nonce, sizeof(nonce));
    assert_int_equal(scene.changes, 1);
    end(&scene);
}

static void
a_mapping_that_is_granted_shortly_is_renewed_at_half_its_life(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    grant.lifetime_s = 120;
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "192.168.1.7", 2, 8080);
    settle(&scene);
    fake_time_pass_ms(61 * 1000);
    settle(&scene);
    assert_int_equal(asked, 2);
    end(&scene);
}

static void
a_router_that_refuses_is_asked_less_and_less(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    grant = (struct hp_mapper_result){ .protocol = HP_MAPPER_NONE };
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "192.168.1.7", 2, 8080);
    settle(&scene);
    for (unsigned seconds = 0; seconds < 600; seconds += 10) {
        fake_time_pass_ms(10 * 1000);
        settle(&scene);
    }
    assert_int_equal(asked, 4); // after about 60, 180 and 420 s
    assert_int_equal(scene.changes, 0);
    end(&scene);
}

static void
an_address_that_is_not_outside_is_of_no_use(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    g_strlcpy(grant.external_address, "100.64.0.9", HP_ADDRESS_TEXT_SIZE);
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "192.168.1.7", 2, 8080);
    settle(&scene);
    assert_mapped(&scene, "", 0);
    end(&scene);
    assert_int_equal(taken_back, 1);
}

static void
in_another_network_the_old_mapping_is_given_back_and_a_new_one_asked_for(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "192.168.1.7", 2, 8080);
    settle(&scene);
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "192.168.1.7", 2, 8080); // no change
    settle(&scene);
    assert_int_equal(asked, 1);
    hp_mapping_set_network(scene.mapping, "10.0.0.1", "10.0.0.7", 2, 8080);
    settle(&scene);
    assert_int_equal(taken_back, 1);
    assert_int_equal(asked, 2);
    assert_string_equal(last.gateway, "10.0.0.1");
    end(&scene);
}

static void
a_mapping_that_is_gone_is_told(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "192.168.1.7", 2, 8080);
    settle(&scene);
    grant = (struct hp_mapper_result){ .protocol = HP_MAPPER_NONE };
    hp_mapping_renew(scene.mapping);
    settle(&scene);
    assert_mapped(&scene, "", 0);
    assert_int_equal(scene.changes, 2);
    end(&scene);
    assert_int_equal(taken_back, 0);
}

static void
at_the_end_the_mapping_is_taken_back(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "192.168.1.7", 2, 8080);
    settle(&scene);
    end(&scene);
    assert_int_equal(taken_back, 1);
    assert_int_equal(last.external_port, 40001);
    assert_int_equal(last.protocol, HP_MAPPER_PCP);
}

static void
an_end_waits_for_no_router_that_is_deaf(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    is_deaf = true;
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "192.168.1.7", 2, 8080);
    end(&scene);
    is_deaf = false;
    assert_int_equal(given_up, 1);
    assert_int_equal(taken_back, 0);
}

static void
an_end_waits_a_second_for_a_search_that_cannot_be_hurried(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    atomic_store(&is_stuck, true);
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "192.168.1.7", 2, 8080);
    hp_mapping_close(scene.mapping, note_closed, &scene);
    fake_time_pass_ms(999);
    assert_false(scene.is_closed);
    fake_time_pass_ms(2);
    assert_true(scene.is_closed);
    hp_mapping_destroy(scene.mapping);
    atomic_store(&is_stuck, false);
    settle(&scene);
    hp_jobs_destroy(scene.jobs);
    fake_time_end();
    hp_worker_destroy(scene.home);
}

static void
an_end_while_the_router_is_asked_takes_back_what_it_grants(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    hp_mapping_set_network(scene.mapping, "192.168.1.1", "192.168.1.7", 2, 8080);
    end(&scene);
    assert_int_equal(asked, 1);
    assert_int_equal(taken_back, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_router_in_a_private_network_is_asked_and_the_mapping_told),
        cmocka_unit_test(for_ipv6_a_hole_for_our_public_address_is_asked_for_and_taken_back),
        cmocka_unit_test(for_ipv6_no_hole_is_asked_for_an_address_that_is_not_public),
        cmocka_unit_test(no_router_is_asked_that_is_not_ours),
        cmocka_unit_test(the_mapping_is_renewed_within_ten_minutes_by_the_same_protocol),
        cmocka_unit_test(a_mapping_that_is_granted_shortly_is_renewed_at_half_its_life),
        cmocka_unit_test(a_router_that_refuses_is_asked_less_and_less),
        cmocka_unit_test(an_address_that_is_not_outside_is_of_no_use),
        cmocka_unit_test(in_another_network_the_old_mapping_is_given_back_and_a_new_one_asked_for),
        cmocka_unit_test(a_mapping_that_is_gone_is_told),
        cmocka_unit_test(at_the_end_the_mapping_is_taken_back),
        cmocka_unit_test(an_end_waits_for_no_router_that_is_deaf),
        cmocka_unit_test(an_end_waits_a_second_for_a_search_that_cannot_be_hurried),
        cmocka_unit_test(an_end_while_the_router_is_asked_takes_back_what_it_grants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
