// Tests of port/places.c, in a fake time.
#include "port/places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/worker.h"
#include "fixture/fake_time.h"
#include "port/limits.h"

enum { ROOM = 100 };

static struct alone {
    struct hp_worker *main;
    struct hp_limits *limits;
    struct hp_places places;
    unsigned evicted;
    uint64_t last_evicted;
    bool is_evicted[11 * HP_PLACES_RUSH_MAX];
} alone;

static void
note_evicted(void *arg, uint64_t guest)
{
    (void) arg;
    alone.evicted++;
    alone.last_evicted = guest;
    assert_true(guest < G_N_ELEMENTS(alone.is_evicted));
    alone.is_evicted[guest] = true;
}

// Their connections end.
static void
end_evicted(void)
{
    for (uint64_t guest = 1; guest <= alone.places.last_number; guest++) {
        if (alone.is_evicted[guest]) {
            hp_places_remove(&alone.places, guest);
        }
    }
}

static int
begin(void **state)
{
    (void) state;
    alone = (struct alone){ .main = hp_worker_create_main(), .limits = hp_limits_create(0, 0) };
    fake_time_begin(alone.main);
    alone.places = (struct hp_places){ .connections = alone.limits, .on_evict = note_evicted };
    hp_places_init(&alone.places);
    return 0;
}

static int
end(void **state)
{
    (void) state;
    hp_places_finish(&alone.places);
    hp_limits_destroy(alone.limits);
    fake_time_end();
    hp_worker_destroy(alone.main);
    return 0;
}

static uint64_t
come(const char *address)
{
    assert_int_equal(hp_limits_add(alone.limits, address), HP_LIMITS_OK);
    uint64_t guest = hp_places_add(&alone.places, address);
    if (guest == 0) {
        hp_limits_remove(alone.limits, address);
    }
    return guest;
}

static void
come_many(const char *address, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        assert_int_not_equal(come(address), 0);
    }
}

static void
a_room_behind_one_address_joins_at_once(void **state)
{
    (void) state;
    come_many("192.0.2.1", ROOM);
    fake_time_pass_ms(2900);
    come_many("192.0.2.1", ROOM);
    assert_int_equal(alone.evicted, 0);
}

static void
beyond_thirty_two_those_of_three_seconds_ago_give_way(void **state)
{
    (void) state;
    come_many("192.0.2.1", HP_PLACES_UNPROVEN_MAX + 2);
    fake_time_pass_ms(3000);
    hp_places_prove(&alone.places, 1);
    come_many("192.0.2.1", 1);
    assert_int_equal(alone.evicted, 2);
    assert_int_equal(alone.last_evicted, 3); // the proven one stays
    come_many("192.0.2.2", 1); // another address
    assert_int_equal(alone.evicted, 2);
}

static void
who_has_shown_something_gives_way_after_those_who_have_not(void **state)
{
    (void) state;
    come_many("192.0.2.1", HP_PLACES_UNPROVEN_MAX);
    hp_places_prefer(&alone.places, 1);
    hp_places_prefer(&alone.places, 1);
    fake_time_pass_ms(3000);
    come_many("192.0.2.1", 1);
    assert_int_equal(alone.last_evicted, 2);
    assert_int_equal(alone.evicted, 1);
}

static void
in_a_flood_of_those_who_show_nothing_who_shows_something_stays(void **state)
{
    (void) state;
    come_many("192.0.2.1", 1);
    hp_places_prefer(&alone.places, 1);
    for (unsigned i = 0; i < 10 * HP_PLACES_RUSH_MAX; i++) {
        come_many("192.0.2.1", 1);
        end_evicted();
    }
    assert_int_equal(alone.evicted, 9 * HP_PLACES_RUSH_MAX + 1);
    assert_int_equal(alone.places.unproven, HP_PLACES_RUSH_MAX);
    hp_places_prove(&alone.places, 1);
    assert_int_equal(alone.places.unproven, HP_PLACES_RUSH_MAX - 1);
}

static void
who_has_just_come_stays_where_others_have_had_their_time(void **state)
{
    (void) state;
    for (uint64_t i = 1; i < HP_PLACES_RUSH_MAX; i++) {
        hp_places_prefer(&alone.places, come("192.0.2.1"));
    }
    fake_time_pass_ms(300);
    come_many("192.0.2.1", 2); // what these show is not known yet
    assert_int_equal(alone.evicted, 1);
    assert_int_equal(alone.last_evicted, 1);
    fake_time_pass_ms(100);
    come_many("192.0.2.1", 1);
    assert_int_equal(alone.last_evicted, HP_PLACES_RUSH_MAX);
}

static void
a_newcomer_is_refused_where_all_have_just_shown_something(void **state)
{
    (void) state;
    for (uint64_t i = 1; i <= HP_PLACES_RUSH_MAX; i++) {
        assert_int_equal(come("2001:db8::1"), i);
        hp_places_prefer(&alone.places, i);
    }
    assert_int_equal(come("2001:db8::2"), 0); // the same network
    assert_int_not_equal(come("2001:db8:0:1::1"), 0);
    assert_int_equal(alone.evicted, 0);
    fake_time_pass_ms(300);
    assert_int_not_equal(come("2001:db8::2"), 0);
    assert_int_equal(alone.last_evicted, 1);
}

static void
those_who_gave_way_are_told_once_a_minute(void **state)
{
    (void) state;
    fake_time_pass_ms(1);
    come_many("192.0.2.1", HP_PLACES_RUSH_MAX + 1);
    int64_t told_us = alone.places.told_us;
    assert_true(told_us > 0);
    fake_time_jump_ms(59999);
    come_many("192.0.2.1", 1);
    assert_true(alone.places.evicted > 1);
    assert_true(alone.places.told_us == told_us);
    fake_time_jump_ms(1);
    while (alone.places.refused == 0) {
        (void) come("192.0.2.1");
    }
    assert_true(alone.places.told_us == told_us + 60000000);
}

static void
where_all_are_many_the_network_that_has_most_gives_way(void **state)
{
    (void) state;
    char address[32];
    come_many("192.0.2.9", 1);
    for (unsigned i = 0; alone.places.unproven < HP_PLACES_TOTAL_MAX; i++) {
        (void) snprintf(address, sizeof(address), "198.51.100.%u", i / ROOM);
        come_many(address, 1);
    }
    come_many("192.0.2.9", 1);
    assert_int_equal(alone.evicted, 1);
    assert_int_equal(alone.last_evicted, 2); // the oldest of the first of the large ones
    assert_int_equal(alone.places.unproven, HP_PLACES_TOTAL_MAX);
}

static void
while_evicted_connections_do_not_end_few_more_are_let_in(void **state)
{
    (void) state;
    come_many("192.0.2.1", HP_PLACES_RUSH_MAX + HP_PLACES_LEAVING_MAX);
    assert_int_equal(alone.evicted, HP_PLACES_LEAVING_MAX);
    assert_int_equal(come("192.0.2.1"), 0);
    assert_false(hp_places_evict(&alone.places, NULL));
    assert_int_equal(alone.places.evicted, HP_PLACES_LEAVING_MAX);
    assert_int_equal(alone.places.refused, 1);
    hp_places_prove(&alone.places, 1); // too late
    hp_places_remove(&alone.places, 1);
    come_many("192.0.2.1", 1);
    assert_int_equal(alone.evicted, HP_PLACES_LEAVING_MAX + 1);
    end_evicted();
    assert_int_equal(alone.places.leaving, 0);
    assert_int_equal(alone.places.unproven, HP_PLACES_RUSH_MAX);
    come_many("192.0.2.1", HP_PLACES_LEAVING_MAX);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_room_behind_one_address_joins_at_once),
        TEST(beyond_thirty_two_those_of_three_seconds_ago_give_way),
        TEST(who_has_shown_something_gives_way_after_those_who_have_not),
        TEST(in_a_flood_of_those_who_show_nothing_who_shows_something_stays),
        TEST(who_has_just_come_stays_where_others_have_had_their_time),
        TEST(a_newcomer_is_refused_where_all_have_just_shown_something),
        TEST(while_evicted_connections_do_not_end_few_more_are_let_in),
        TEST(those_who_gave_way_are_told_once_a_minute),
        TEST(where_all_are_many_the_network_that_has_most_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
