// Tests of pair/checklist.c and pair/allowance.c.
#include "pair/checklist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

#include "base/strangers.h"

enum { SECOND_US = 1000 * 1000, BEGIN_US = 5 * SECOND_US, SENT_MAX = 1000, STEP_US = 10 * 1000 };

static struct hp_carrier udp = { .kind = HP_PATH_UDP };

struct sent {
    int64_t time_us;
    struct hp_addr remote;
};

struct scene {
    struct hp_checklist list;
    int64_t now_us;
    struct sent sent[SENT_MAX];
    unsigned count;
};

static struct hp_pair
make_pair(const char *remote, uint16_t port, enum hp_candidate_type type)
{
    struct hp_pair pair = {
        .flow = { .carrier = &udp },
        .remote_type = type,
        .local_priority = 1000,
        .remote_priority = 1000,
    };
    hp_addr_parse(&pair.flow.local, "10.0.0.1", 8080);
    assert_true(hp_addr_parse(&pair.flow.remote, remote, port));
    return pair;
}

static struct hp_pair *
add(struct scene *scene, const char *remote, uint16_t port, enum hp_candidate_type type)
{
    struct hp_pair pair = make_pair(remote, port, type);
    return hp_checklist_add(&scene->list, &pair, NULL);
}

// Time passes, and every check goes out that may.
static void
run_with(struct scene *scene, int64_t span_us, const struct hp_pair *selected)
{
    int64_t end_us = scene->now_us + span_us;
    for (; scene->now_us < end_us; scene->now_us += STEP_US) {
        int64_t next_us;
        struct hp_pair *pair;
        while ((pair = hp_checklist_next(&scene->list, scene->now_us, selected, &next_us))
                != NULL) {
            assert_true(scene->count < SENT_MAX);
            scene->sent[scene->count++] = (struct sent){ scene->now_us, pair->flow.remote };
            hp_checklist_note_sent(&scene->list, pair, scene->now_us);
        }
        assert_true(next_us > scene->now_us);
    }
}

static void
run(struct scene *scene, int64_t span_us)
{
    run_with(scene, span_us, NULL);
}

static unsigned
fullest_second(const struct scene *scene)
{
    unsigned most = 0;
    for (unsigned i = 0; i < scene->count; i++) {
        unsigned count = 0;
        for (unsigned k = 0; k <= i; k++) {
            count += scene->sent[i].time_us - scene->sent[k].time_us < SECOND_US;
        }
        most = MAX(most, count);
    }
    return most;
}

static bool
was_sent_to(const struct scene *scene, unsigned i, const char *remote)
{
    char text[HP_ADDR_TEXT_SIZE];
    hp_addr_write(&scene->sent[i].remote, text, sizeof(text));
    return i < scene->count && strcmp(text, remote) == 0;
}

static void
a_silent_address_gets_four_checks_and_then_fails(void **state)
{
    (void) state;
    static const int64_t times_us[] = { 0, 500 * 1000, 1500 * 1000, 3500 * 1000 };
    struct scene scene = { .now_us = BEGIN_US };
    struct hp_pair *pair = add(&scene, "192.0.2.1", 1, HP_CANDIDATE_HOST);
    run(&scene, 30 * SECOND_US);
    assert_int_equal(scene.count, 4);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(scene.sent[i].time_us - BEGIN_US, times_us[i]);
    }
    assert_int_equal(pair->state, HP_PAIR_FAILED);
    hp_checklist_clear(&scene.list);
}

static void
many_candidates_of_a_stranger_get_few_checks_a_second(void **state)
{
    (void) state;
    struct scene scene = { .now_us = BEGIN_US };
    for (unsigned i = 0; i < HP_CHECKLIST_MAX; i++) {
        add(&scene, "192.0.2.1", (uint16_t) (1 + i), HP_CANDIDATE_HOST);
    }
    run(&scene, 30 * SECOND_US);
    assert_true(fullest_second(&scene) <= HP_ICE_CHECKS_PER_SECOND);
    assert_true(scene.count > 60); // and it does go on
    hp_checklist_clear(&scene.list);
}

static void
add_strangers(struct scene *scene)
{
    for (unsigned i = 0; i < HP_CHECKLIST_MAX; i++) {
        add(scene, "192.0.2.1", (uint16_t) (1 + i), HP_CANDIDATE_HOST);
    }
}

// Each quarter of a second the peer is a new one.
static void
a_session_that_asks_again_in_a_loop_gets_no_more_checks(void **state)
{
    (void) state;
    struct hp_allowance allowance = { .next = 0 };
    struct scene scene = { .now_us = BEGIN_US };
    for (unsigned i = 0; i < 40; i++) {
        scene.list = (struct hp_checklist){ .allowance = &allowance };
        add_strangers(&scene);
        run(&scene, SECOND_US / 4);
        hp_checklist_clear(&scene.list);
    }
    print_message("# FIGURE forty peers of one session in 10 s: %u checks in the fullest second\n",
            fullest_second(&scene));
    assert_in_range(fullest_second(&scene), 3, HP_ICE_CHECKS_PER_SECOND);
    assert_true(scene.count > 30); // and it does go on
}

static void
a_hundred_sessions_send_one_stranger_what_the_server_may(void **state)
{
    (void) state;
    struct hp_strangers *strangers = hp_strangers_create();
    struct scene *scenes = g_new0(struct scene, 100);
    unsigned first = 0, all = 0;
    for (unsigned i = 0; i < 100; i++) {
        scenes[i] = (struct scene){ .now_us = BEGIN_US, .list.strangers = strangers };
        add_strangers(&scenes[i]);
    }
    for (unsigned second = 0; second < 10; second++) {
        for (unsigned step = 0; step < SECOND_US / STEP_US; step++) {
            for (unsigned i = 0; i < 100; i++) {
                run(&scenes[i], STEP_US);
            }
        }
        for (unsigned i = 0; second == 0 && i < 100; i++) {
            first += scenes[i].count;
        }
    }
    for (unsigned i = 0; i < 100; i++) {
        all += scenes[i].count;
        hp_checklist_clear(&scenes[i].list);
    }
    print_message("# FIGURE a hundred sessions at one stranger: %u checks in the first second, %u in "
                  "10 s\n", first, all);
    assert_in_range(first, 40, HP_STRANGERS_BURST + HP_STRANGERS_RATE);
    assert_in_range(all, 200, HP_STRANGERS_BURST + 10 * HP_STRANGERS_RATE);
    g_free(scenes);
    hp_strangers_destroy(strangers);
}

static struct hp_strangers *
make_crowd(const char *remote)
{
    struct hp_strangers *strangers = hp_strangers_create();
    struct hp_addr addr;
    assert_true(hp_addr_parse(&addr, remote, 1));
    hp_strangers_note(strangers, addr.ip, 1000, BEGIN_US);
    return strangers;
}

static void
a_crowded_address_does_not_hold_up_another(void **state)
{
    (void) state;
    struct hp_strangers *strangers = make_crowd("192.0.2.1");
    struct scene scene = { .now_us = BEGIN_US, .list.strangers = strangers };
    add(&scene, "192.0.2.1", 1, HP_CANDIDATE_RELAY);
    add(&scene, "192.0.2.2", 1, HP_CANDIDATE_HOST);
    run(&scene, STEP_US);
    assert_int_equal(scene.count, 1);
    assert_true(was_sent_to(&scene, 0, "192.0.2.2"));
    hp_checklist_clear(&scene.list);
    hp_strangers_destroy(strangers);
}

static void
a_check_of_the_browser_is_answered_by_one_at_a_crowded_address(void **state)
{
    (void) state;
    struct hp_strangers *strangers = make_crowd("192.0.2.1");
    struct scene scene = { .now_us = BEGIN_US, .list.strangers = strangers };
    struct hp_pair *pair = add(&scene, "192.0.2.1", 1, HP_CANDIDATE_PRFLX);
    pair->is_authentic = true;
    hp_pair_trigger(pair);
    run(&scene, 5 * SECOND_US);
    assert_int_equal(scene.count, 1); // its repeats have to wait
    hp_checklist_clear(&scene.list);
    hp_strangers_destroy(strangers);
}

static void
a_check_of_the_browser_finds_room_among_many_candidates(void **state)
{
    (void) state;
    struct scene scene = { .now_us = BEGIN_US };
    for (unsigned i = 0; i < 20; i++) {
        add(&scene, "192.0.2.1", (uint16_t) (1 + i), HP_CANDIDATE_HOST);
    }
    run(&scene, STEP_US);
    struct hp_pair *pair = add(&scene, "198.51.100.1", 1, HP_CANDIDATE_PRFLX);
    hp_pair_trigger(pair);
    unsigned before = scene.count;
    run(&scene, STEP_US);
    assert_int_equal(scene.count, before + 1);
    assert_true(was_sent_to(&scene, before, "198.51.100.1"));
    assert_true(fullest_second(&scene) <= HP_ICE_CHECKS_PER_SECOND);
    hp_checklist_clear(&scene.list);
}

static void
triggers_are_bounded_as_well(void **state)
{
    (void) state;
    struct scene scene = { .now_us = BEGIN_US };
    struct hp_pair *pair = add(&scene, "192.0.2.1", 1, HP_CANDIDATE_PRFLX);
    for (unsigned i = 0; i < 300; i++) {
        hp_pair_trigger(pair);
        run(&scene, STEP_US);
    }
    assert_true(fullest_second(&scene) <= HP_ICE_CHECKS_PER_SECOND);
    hp_checklist_clear(&scene.list);
}

static void
each_address_has_its_turn_before_any_has_a_second_one(void **state)
{
    (void) state;
    struct scene scene = { .now_us = BEGIN_US };
    for (unsigned i = 0; i < 3; i++) {
        add(&scene, "192.0.2.1", (uint16_t) (1 + i), HP_CANDIDATE_HOST);
    }
    add(&scene, "192.0.2.2", 1, HP_CANDIDATE_HOST);
    add(&scene, "192.0.2.3", 1, HP_CANDIDATE_RELAY);
    run(&scene, STEP_US);
    assert_true(was_sent_to(&scene, 0, "192.0.2.3")); // leads to most browsers
    assert_true(was_sent_to(&scene, 1, "192.0.2.1"));
    assert_true(was_sent_to(&scene, 2, "192.0.2.2"));
    assert_true(was_sent_to(&scene, 3, "192.0.2.1"));
    hp_checklist_clear(&scene.list);
}

static void
with_a_selected_pair_only_better_ones_are_checked(void **state)
{
    (void) state;
    struct scene scene = { .now_us = BEGIN_US };
    struct hp_pair *selected = add(&scene, "192.0.2.1", 1, HP_CANDIDATE_HOST);
    selected->state = HP_PAIR_GOOD;
    add(&scene, "192.0.2.2", 1, HP_CANDIDATE_HOST);
    run_with(&scene, SECOND_US, selected);
    assert_int_equal(scene.count, 0);
    struct hp_pair better = make_pair("192.0.2.3", 1, HP_CANDIDATE_HOST);
    better.local_priority = better.remote_priority = 2000;
    hp_checklist_add(&scene.list, &better, NULL);
    run_with(&scene, STEP_US, selected);
    assert_int_equal(scene.count, 1);
    assert_true(was_sent_to(&scene, 0, "192.0.2.3"));
    hp_checklist_clear(&scene.list);
}

static void
a_check_under_way_keeps_its_id_when_the_browser_checks(void **state)
{
    (void) state;
    struct scene scene = { .now_us = BEGIN_US };
    struct hp_pair *pair = add(&scene, "192.0.2.1", 1, HP_CANDIDATE_HOST);
    memset(pair->id, 7, sizeof(pair->id));
    run(&scene, STEP_US);
    hp_pair_trigger(pair);
    assert_ptr_equal(hp_checklist_find_id(&scene.list, pair->id), pair);
    assert_true(pair->sends > 0);
    hp_checklist_clear(&scene.list);
}

static void
a_failed_pair_is_checked_again_when_the_browser_checks(void **state)
{
    (void) state;
    struct scene scene = { .now_us = BEGIN_US };
    struct hp_pair *pair = add(&scene, "192.0.2.1", 1, HP_CANDIDATE_HOST);
    run(&scene, 30 * SECOND_US);
    hp_pair_trigger(pair);
    run(&scene, STEP_US);
    assert_int_equal(scene.count, 5);
    assert_int_equal(pair->state, HP_PAIR_CHECKING);
    hp_checklist_clear(&scene.list);
}

static void
a_full_list_gives_a_place_to_the_browsers_own_check(void **state)
{
    (void) state;
    struct scene scene = { .now_us = BEGIN_US };
    struct hp_pair *selected = add(&scene, "192.0.2.9", 1, HP_CANDIDATE_HOST);
    selected->state = HP_PAIR_GOOD;
    for (unsigned i = 1; i < HP_CHECKLIST_MAX; i++) {
        assert_non_null(add(&scene, "192.0.2.1", (uint16_t) (1 + i), HP_CANDIDATE_HOST));
    }
    struct hp_pair pair = make_pair("192.0.2.2", 1, HP_CANDIDATE_PRFLX);
    pair.is_triggered = true;
    assert_non_null(hp_checklist_add(&scene.list, &pair, selected));
    assert_int_equal(scene.list.count, HP_CHECKLIST_MAX);
    assert_ptr_equal(hp_checklist_find(&scene.list, &selected->flow), selected);
    hp_checklist_clear(&scene.list);
}

static void
a_pair_of_another_sender_is_forgotten_when_the_answer_comes(void **state)
{
    (void) state;
    struct scene scene = { .now_us = BEGIN_US };
    struct hp_pair ours = make_pair("192.0.2.1", 1, HP_CANDIDATE_PRFLX);
    struct hp_pair others = make_pair("192.0.2.2", 1, HP_CANDIDATE_PRFLX);
    ours.sender = (char *) "them";
    others.sender = (char *) "then";
    hp_checklist_add(&scene.list, &ours, NULL);
    hp_checklist_add(&scene.list, &others, NULL);
    assert_int_equal(hp_checklist_count_early(&scene.list), 2);
    hp_checklist_set_sender(&scene.list, "them");
    assert_int_equal(scene.list.count, 1);
    assert_int_equal(hp_checklist_count_early(&scene.list), 0);
    assert_non_null(hp_checklist_find(&scene.list, &ours.flow));
    hp_checklist_clear(&scene.list);
}

static void
a_candidate_line_tells_what_a_check_has_found_already(void **state)
{
    (void) state;
    struct scene scene = { .now_us = BEGIN_US };
    struct hp_pair *pair = add(&scene, "192.0.2.1", 1, HP_CANDIDATE_PRFLX);
    struct hp_pair line = make_pair("192.0.2.1", 1, HP_CANDIDATE_SRFLX);
    line.remote_priority = 77;
    assert_ptr_equal(hp_checklist_add(&scene.list, &line, NULL), pair);
    assert_int_equal(pair->remote_type, HP_CANDIDATE_SRFLX);
    assert_int_equal(pair->remote_priority, 77);
    hp_checklist_clear(&scene.list);
}

static void
a_relayed_pair_is_worth_less_than_any_other(void **state)
{
    (void) state;
    struct hp_carrier relay = { .kind = HP_PATH_RELAY };
    struct hp_pair pair = make_pair("192.0.2.1", 1, HP_CANDIDATE_PRFLX);
    pair.local_priority = 126u << 24 | 0xffffff;
    pair.remote_priority = 110u << 24;
    struct hp_pair relayed = pair;
    relayed.flow.carrier = &relay;
    pair.remote_priority = 100u << 24;
    assert_true(hp_pair_priority(&relayed, true) < hp_pair_priority(&pair, true));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_address_gets_four_checks_and_then_fails),
        cmocka_unit_test(many_candidates_of_a_stranger_get_few_checks_a_second),
        cmocka_unit_test(a_check_of_the_browser_finds_room_among_many_candidates),
        cmocka_unit_test(triggers_are_bounded_as_well),
        cmocka_unit_test(each_address_has_its_turn_before_any_has_a_second_one),
        cmocka_unit_test(with_a_selected_pair_only_better_ones_are_checked),
        cmocka_unit_test(a_check_under_way_keeps_its_id_when_the_browser_checks),
        cmocka_unit_test(a_failed_pair_is_checked_again_when_the_browser_checks),
        cmocka_unit_test(a_full_list_gives_a_place_to_the_browsers_own_check),
        cmocka_unit_test(a_pair_of_another_sender_is_forgotten_when_the_answer_comes),
        cmocka_unit_test(a_candidate_line_tells_what_a_check_has_found_already),
        cmocka_unit_test(a_session_that_asks_again_in_a_loop_gets_no_more_checks),
        cmocka_unit_test(a_hundred_sessions_send_one_stranger_what_the_server_may),
        cmocka_unit_test(a_crowded_address_does_not_hold_up_another),
        cmocka_unit_test(a_check_of_the_browser_is_answered_by_one_at_a_crowded_address),
        cmocka_unit_test(a_relayed_pair_is_worth_less_than_any_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
