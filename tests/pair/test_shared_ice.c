// Tests of pair/shared_ice.c and its parts: how a path is found, and kept.
#include "pair/shared_ice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

#include "base/path.h"
#include "fixture/fake_time.h"
#include "pair/scene.h"

static void
who_controls_nominates_by_its_first_check(void **state)
{
    (void) state;
    scene.ice->ops->set_controlling(scene.ice, true);
    set_remote();
    send_check(&scene.home, false);
    fake_time_pass_ms(1);
    assert_int_equal(scene.sent_count, 2); // the answer, and our check
    read_all();
    assert_int_equal(scene.answers, 1);
    assert_int_equal(scene.nominations, 1);
    assert_int_equal(scene.states[HP_ICE_CONNECTED], 1);
    assert_non_null(strstr(scene.ice->ops->pair(scene.ice), "prflx 192.0.2.1:40000"));
}

static void
who_is_controlled_follows_the_nomination(void **state)
{
    (void) state;
    scene.is_controlling = true;
    set_remote();
    send_check(&scene.home, false);
    fake_time_pass_ms(5);
    read_all();
    assert_int_equal(scene.checks, 1);
    assert_int_equal(scene.states[HP_ICE_CONNECTED], 0);
    send_check(&scene.elsewhere, true);
    fake_time_pass_ms(10);
    read_all();
    assert_int_equal(scene.states[HP_ICE_CONNECTED], 1);
    assert_non_null(strstr(scene.ice->ops->pair(scene.ice), "192.0.2.2"));
}

static void
a_check_before_the_answer_is_answered_and_remembered(void **state)
{
    (void) state;
    scene.ice->ops->set_controlling(scene.ice, true);
    send_check(&scene.home, false);
    read_all();
    assert_int_equal(scene.answers, 1);
    assert_int_equal(scene.checks, 0);
    set_remote();
    read_all();
    assert_int_equal(scene.checks, 1);
    assert_int_equal(scene.states[HP_ICE_CONNECTED], 1);
}

static void
of_early_checks_eight_are_remembered(void **state)
{
    (void) state;
    for (unsigned i = 0; i < 20; i++) {
        struct hp_flow flow = scene.home;
        flow.remote.port = (uint16_t) (1000 + i);
        send_check(&flow, false);
    }
    read_all();
    assert_int_equal(scene.answers, 20);
    scene.is_deaf = true;
    set_remote();
    pass_seconds(60);
    assert_int_equal(scene.checks, 8 * 4);
}

// The IPv4 address of XOR-MAPPED-ADDRESS in an answer; 0: there is none.
static uint32_t
read_mapped(const struct datagram *answer)
{
    static const uint8_t head[] = { 0x00, 0x20, 0x00, 0x08, 0x00, 0x01 };
    for (size_t at = 20; at + 12 <= answer->size; at += 4) {
        const uint8_t *data = &answer->data[at];
        if (memcmp(data, head, sizeof(head)) == 0) {
            return ((uint32_t) data[8] << 24 | data[9] << 16 | data[10] << 8 | data[11])
                    ^ 0x2112a442;
        }
    }
    return 0;
}

static void
who_comes_by_a_tunnel_to_this_host_is_not_told_of_loopback(void **state)
{
    (void) state;
    struct hp_flow flow = scene.home;
    hp_addr_parse(&flow.local, "127.0.0.1", flow.local.port);
    hp_addr_parse(&flow.remote, "127.0.0.1", flow.remote.port);
    send_check(&flow, false);
    assert_int_equal(read_mapped(&scene.sent[0]), 0x7f000001); // by UDP he is really there
    scene.carrier.kind = HP_PATH_TCP;
    hp_addr_parse(&flow.remote, "127.0.0.1", 40001);
    send_check(&flow, false);
    assert_int_equal(read_mapped(&scene.sent[1]), 0x0a000002);
    send_check(&scene.home, false);
    assert_int_equal(read_mapped(&scene.sent[2]), 0xc0000201);
}

static void
an_early_check_of_another_sender_is_forgotten(void **state)
{
    (void) state;
    scene.browser.ufrag = "then";
    send_check(&scene.elsewhere, false);
    scene.browser.ufrag = "them";
    set_remote();
    pass_seconds(10);
    assert_int_equal(scene.checks, 0);
}

static void
a_forged_check_gets_no_answer_and_no_check(void **state)
{
    (void) state;
    set_remote();
    send_check_with(&scene.home, OTHER_PASSWORD, true);
    pass_seconds(5);
    assert_int_equal(scene.sent_count, 0);
}

static void
an_answer_from_elsewhere_proves_nothing(void **state)
{
    (void) state;
    scene.ice->ops->set_controlling(scene.ice, true);
    set_remote();
    send_check(&scene.home, false);
    fake_time_pass_ms(5);
    struct datagram *check = &scene.sent[scene.sent_count - 1];
    check->flow = scene.elsewhere;
    scene.read_count = scene.sent_count - 1;
    read_all();
    assert_int_equal(scene.checks, 1);
    assert_int_equal(scene.states[HP_ICE_CONNECTED], 0);
}

static void
of_two_that_control_one_gives_way(void **state)
{
    (void) state;
    scene.ice->ops->set_controlling(scene.ice, true);
    scene.is_controlling = true;
    scene.browser.tie = UINT64_MAX; // so the server gives way
    set_remote();
    send_check(&scene.home, true);
    fake_time_pass_ms(5);
    read_all();
    assert_true(scene.is_controlling);
    assert_int_equal(scene.states[HP_ICE_CONNECTED], 1);
}

static void
a_hello_that_comes_before_the_pair_is_selected_is_kept(void **state)
{
    (void) state;
    scene.ice->ops->set_controlling(scene.ice, true);
    send_check(&scene.home, false);
    for (unsigned i = 0; i < 10; i++) {
        send_byte(&scene.home, DTLS);
    }
    assert_int_equal(scene.packets, 0);
    set_remote();
    read_all();
    assert_int_equal(scene.states[HP_ICE_CONNECTED], 1);
    assert_int_equal(scene.packets, 4); // the first ones; the browser repeats
}

static void
packets_from_an_address_without_a_verified_check_are_dropped(void **state)
{
    (void) state;
    connect_browser();
    send_byte(&scene.home, DTLS);
    send_byte(&scene.home, RTP);
    assert_int_equal(scene.packets, 2);
    send_byte(&scene.elsewhere, DTLS);
    send_byte(&scene.elsewhere, RTP);
    send_check_with(&scene.elsewhere, OTHER_PASSWORD, false);
    send_byte(&scene.elsewhere, DTLS);
    assert_int_equal(scene.packets, 2);
    send_check(&scene.elsewhere, false);
    send_byte(&scene.elsewhere, RTP);
    assert_int_equal(scene.packets, 3);
}

static void
consent_is_asked_and_keeps_the_path(void **state)
{
    (void) state;
    connect_browser();
    unsigned before = scene.checks;
    pass_seconds(60);
    assert_in_range(scene.checks - before, 60 / 6 - 1, 60 / 4 + 1);
    assert_int_equal(scene.state, HP_ICE_CONNECTED);
    send_media();
    assert_int_equal(scene.media, 1);
}

static void
without_consent_media_stops_within_thirty_seconds(void **state)
{
    (void) state;
    connect_browser();
    pass_seconds(20);
    scene.is_deaf = true;
    pass_seconds(31);
    assert_int_equal(scene.state, HP_ICE_FAILED);
    assert_int_equal(scene.states[HP_ICE_FAILED], 1);
    unsigned before = scene.sent_count;
    send_media();
    pass_seconds(10);
    assert_int_equal(scene.sent_count, before); // neither media nor checks
}

static void
after_a_pause_of_ours_the_browser_is_asked_before_consent_is_gone(void **state)
{
    (void) state;
    connect_browser();
    fake_time_jump_ms(33000);
    pass_seconds(60);
    assert_int_equal(scene.states[HP_ICE_FAILED], 0);
    scene.is_deaf = true;
    fake_time_jump_ms(33000);
    pass_seconds(9);
    assert_int_equal(scene.states[HP_ICE_FAILED], 0);
    pass_seconds(3);
    assert_int_equal(scene.states[HP_ICE_FAILED], 1);
}

static void
a_browser_that_comes_back_after_a_failure_connects_again(void **state)
{
    (void) state;
    connect_browser();
    scene.is_deaf = true;
    pass_seconds(31);
    assert_int_equal(scene.state, HP_ICE_FAILED);
    scene.is_deaf = false;
    send_check(&scene.home, false);
    fake_time_pass_ms(5);
    read_all();
    assert_int_equal(scene.state, HP_ICE_CONNECTED);
    send_media();
    assert_int_equal(scene.media, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_controls_nominates_by_its_first_check),
        TEST(who_is_controlled_follows_the_nomination),
        TEST(a_check_before_the_answer_is_answered_and_remembered),
        TEST(of_early_checks_eight_are_remembered),
        TEST(who_comes_by_a_tunnel_to_this_host_is_not_told_of_loopback),
        TEST(an_early_check_of_another_sender_is_forgotten),
        TEST(a_forged_check_gets_no_answer_and_no_check),
        TEST(an_answer_from_elsewhere_proves_nothing),
        TEST(of_two_that_control_one_gives_way),
        TEST(a_hello_that_comes_before_the_pair_is_selected_is_kept),
        TEST(packets_from_an_address_without_a_verified_check_are_dropped),
        TEST(consent_is_asked_and_keeps_the_path),
        TEST(without_consent_media_stops_within_thirty_seconds),
        TEST(after_a_pause_of_ours_the_browser_is_asked_before_consent_is_gone),
        TEST(a_browser_that_comes_back_after_a_failure_connects_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
