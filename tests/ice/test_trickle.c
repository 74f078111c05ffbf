// Tests of ice/trickle.c.
#include "ice/trickle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/ice.h"
#include "base/strangers.h"
#include "base/worker.h"
#include "fixture/fake_time.h"
#include "ice/config.h"

struct scene {
    struct hp_worker *worker;
    struct hp_ice_config config;
    struct hp_ice_trickle trickle;
    GString *given; // last parts of the addresses that the agent got, in order
    unsigned endings;
};

static struct scene scene;

// In place of libnice's.
int
nice_agent_set_remote_candidates(
        NiceAgent *agent, guint stream, guint component, const GSList *candidates)
{
    (void) agent;
    (void) stream;
    (void) component;
    const NiceCandidate *candidate = candidates->data;
    char text[NICE_ADDRESS_STRING_LEN];
    nice_address_to_string(&candidate->addr, text);
    g_string_append_printf(scene.given, "%s ", strrchr(text, '.') + 1);
    return 1;
}

gboolean
nice_agent_peer_candidate_gathering_done(NiceAgent *agent, guint stream)
{
    (void) agent;
    (void) stream;
    scene.endings++;
    return TRUE;
}

static int
begin(void **state)
{
    (void) state;
    scene = (struct scene) { .worker = hp_worker_create_main(), .given = g_string_new(NULL) };
    fake_time_begin(scene.worker);
    hp_ice_trickle_init(&scene.trickle, scene.worker, NULL, 1, &scene.config);
    return 0;
}

static int
end(void **state)
{
    (void) state;
    hp_ice_trickle_finish(&scene.trickle);
    hp_worker_destroy(scene.worker);
    fake_time_end();
    g_string_free(scene.given, TRUE);
    return 0;
}

static void
add_bases(unsigned count)
{
    NiceCandidate *candidate = nice_candidate_new(NICE_CANDIDATE_TYPE_HOST);
    candidate->transport = NICE_CANDIDATE_TRANSPORT_UDP;
    nice_address_set_from_string(&candidate->addr, "10.0.0.1");
    for (unsigned i = 0; i < count; i++) {
        hp_ice_trickle_note_local(&scene.trickle, candidate);
    }
    nice_candidate_free(candidate);
}

static void
add(unsigned number, unsigned port, const char *type)
{
    char line[120];
    g_snprintf(line, sizeof(line), "candidate:1 1 udp 2113937151 198.51.100.%u %u typ %s", number,
            port, type);
    hp_ice_trickle_add(&scene.trickle, line);
}

static void
expect(const char *given)
{
    assert_string_equal(scene.given->str, given);
}

static void
candidates_wait_for_the_credentials(void **state)
{
    (void) state;
    add_bases(1);
    add(1, 5000, "host");
    hp_ice_trickle_add(&scene.trickle, "");
    expect("");
    assert_int_equal(scene.endings, 0);
    hp_ice_trickle_set_ufrag(&scene.trickle, "abcd");
    expect("1 ");
    assert_int_equal(scene.endings, 1);
}

static void
relayed_and_reflexive_candidates_go_first(void **state)
{
    (void) state;
    add_bases(1);
    add(1, 5000, "host");
    add(2, 5000, "host");
    add(3, 5000, "srflx");
    add(4, 5000, "relay");
    hp_ice_trickle_set_ufrag(&scene.trickle, "abcd");
    expect("4 3 ");
    fake_time_pass_ms(10 * 1000);
    expect("4 3 1 2 ");
}

static void
each_address_gets_its_turn(void **state)
{
    (void) state;
    add_bases(1);
    for (unsigned i = 0; i < 20; i++) {
        add(9, 5000 + i, "relay");
    }
    add(1, 5000, "host");
    hp_ice_trickle_set_ufrag(&scene.trickle, "abcd");
    expect("9 1 ");
}

static void
a_relay_that_comes_last_waits_less_than_a_page_does(void **state)
{
    (void) state;
    add_bases(6);
    hp_ice_trickle_set_ufrag(&scene.trickle, "abcd");
    for (unsigned i = 1; i <= 8; i++) {
        add(i, 5000, "host");
    }
    add(20, 5000, "srflx");
    add(21, 5000, "relay");
    expect("1 ");
    fake_time_pass_ms(5000);
    expect("1 21 ");
    fake_time_pass_ms(5000);
    expect("1 21 20 ");
}

static void
a_restart_begins_anew_but_not_its_budget(void **state)
{
    (void) state;
    add_bases(1);
    hp_ice_trickle_set_ufrag(&scene.trickle, "abcd");
    add(1, 5000, "host");
    add(2, 5000, "host");
    add(3, 5000, "host");
    expect("1 2 ");
    hp_ice_trickle_forget(&scene.trickle);
    hp_ice_trickle_set_ufrag(&scene.trickle, "efgh");
    expect("1 2 ");
    fake_time_pass_ms(5000);
    expect("1 2 3 ");
}

static void
a_new_peer_of_the_session_goes_on_with_its_budget(void **state)
{
    (void) state;
    struct hp_ice_budget budget = { 0 };
    scene.config.budget = &budget;
    for (unsigned i = 0; i < 3; i++) {
        hp_ice_trickle_finish(&scene.trickle);
        hp_ice_trickle_init(&scene.trickle, scene.worker, NULL, 1, &scene.config);
        add_bases(1);
        hp_ice_trickle_set_ufrag(&scene.trickle, "abcd");
        add(1 + 2 * i, 5000, "host");
        add(2 + 2 * i, 5000, "host");
    }
    expect("1 2 3 5 "); // four first checks and a second one; the others have to wait
    fake_time_pass_ms(1200);
    expect("1 2 3 5 6 ");
    hp_ice_trickle_finish(&scene.trickle); // before the budget
    scene.config.budget = NULL;
    hp_ice_trickle_init(&scene.trickle, scene.worker, NULL, 1, &scene.config);
}

static void
a_crowded_address_waits_and_lets_others_go_first(void **state)
{
    (void) state;
    static const uint8_t ip[HP_STRANGERS_IP_SIZE] = {
        [10] = 0xff, [11] = 0xff, [12] = 198, [13] = 51, [14] = 100, [15] = 1
    };
    scene.config.strangers = hp_strangers_create();
    hp_strangers_note(scene.config.strangers, ip, 100, hp_clock_now_us()); // for 5 s
    add_bases(1);
    hp_ice_trickle_set_ufrag(&scene.trickle, "abcd");
    add(1, 5000, "relay");
    add(2, 5000, "host");
    hp_ice_trickle_add(&scene.trickle, "");
    expect("2 ");
    fake_time_pass_ms(3000);
    expect("2 ");
    assert_int_equal(scene.endings, 0);
    fake_time_pass_ms(1000);
    expect("2 1 ");
    assert_int_equal(scene.endings, 1);
    hp_strangers_destroy(scene.config.strangers);
}

static void
two_thousand_names_cost_nothing(void **state)
{
    (void) state;
    add_bases(1);
    hp_ice_trickle_set_ufrag(&scene.trickle, "abcd");
    for (unsigned i = 0; i < 2000; i++) {
        char line[120];
        g_snprintf(line, sizeof(line),
                "candidate:1 1 udp 2113937151 4d8ab1c2-%u.local 5000 typ host", i);
        hp_ice_trickle_add(&scene.trickle, line);
    }
    assert_int_equal(scene.trickle.dropped, 2000);
    assert_int_equal(scene.trickle.waiting->len, 0);
    expect("");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(candidates_wait_for_the_credentials, begin, end),
        cmocka_unit_test_setup_teardown(relayed_and_reflexive_candidates_go_first, begin, end),
        cmocka_unit_test_setup_teardown(each_address_gets_its_turn, begin, end),
        cmocka_unit_test_setup_teardown(
                a_relay_that_comes_last_waits_less_than_a_page_does, begin, end),
        cmocka_unit_test_setup_teardown(a_restart_begins_anew_but_not_its_budget, begin, end),
        cmocka_unit_test_setup_teardown(
                a_new_peer_of_the_session_goes_on_with_its_budget, begin, end),
        cmocka_unit_test_setup_teardown(
                a_crowded_address_waits_and_lets_others_go_first, begin, end),
        cmocka_unit_test_setup_teardown(two_thousand_names_cost_nothing, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
