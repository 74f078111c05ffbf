// Tests of pair/shared_ice.c and its parts, with a browser that the test plays: its datagrams
// come by a carrier of its own, and time passes when the test says so.
#include "pair/shared_ice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

#include "base/ice.h"
#include "base/path.h"
#include "base/worker.h"
#include "fixture/fake_time.h"
#include "nat/ingress.h"
#include "nat/stun.h"
#include "pair/locals.h"

#define PASSWORD "0123456789012345678901"
#define OTHER_PASSWORD "abcdefghijklmnopqrstuv"

enum { SENT_MAX = 4096, DTLS = 22, RTP = 128 };

struct datagram {
    struct hp_flow flow;
    uint8_t data[HP_STUN_MESSAGE_MAX + HP_SERVICE_SPARE];
    size_t size;
};

static struct scene {
    struct hp_carrier carrier; // first
    struct hp_worker *worker;
    struct hp_ingress *ingress;
    struct hp_ice *ice;
    struct hp_flow home, elsewhere; // of the browser
    struct hp_stun_local browser;
    bool is_controlling; // the browser
    bool is_deaf; // answers nothing
    struct datagram sent[SENT_MAX]; // what the server has sent
    unsigned sent_count, read_count;
    unsigned answers, checks, nominations, media; // what the browser has read
    unsigned addresses, states[3], packets;
    enum hp_ice_state state;
    struct hp_flow last_media; // where it went
    bool is_gone;
} scene;

static unsigned
send_run(struct hp_carrier *carrier, const struct hp_flow *flow, const struct hp_segment *segments,
        unsigned count)
{
    (void) carrier;
    for (unsigned i = 0; i < count; i++) {
        struct datagram *sent = &scene.sent[scene.sent_count++];
        assert_true(scene.sent_count < SENT_MAX && segments[i].size <= HP_STUN_MESSAGE_MAX);
        sent->flow = *flow;
        sent->size = segments[i].size;
        memcpy(sent->data, segments[i].data, segments[i].size);
    }
    return count;
}

static void
await(struct hp_carrier *carrier, const struct hp_flow *flow, struct hp_flow_wait *wait)
{
    (void) carrier;
    (void) flow;
    (void) wait;
}

static void
cancel(struct hp_carrier *carrier, struct hp_flow_wait *wait)
{
    (void) carrier;
    (void) wait;
}

static const struct hp_carrier_ops carrier_ops = {
    .send_run = send_run, .await = await, .cancel = cancel,
};

static void
on_candidate(void *arg, const char *candidate)
{
    (void) arg;
    (void) candidate;
}

static void
on_state(void *arg, enum hp_ice_state state)
{
    (void) arg;
    scene.state = state;
    scene.states[state]++;
}

static void
on_address(void *arg)
{
    (void) arg;
    scene.addresses++;
}

static const struct hp_ice_cbs ice_cbs = {
    .on_candidate = on_candidate, .on_state = on_state, .on_address = on_address,
};

static void
on_packet(void *arg, const uint8_t *data, size_t size)
{
    (void) arg;
    (void) data;
    (void) size;
    scene.packets++;
}

static void
on_writable(void *arg)
{
    (void) arg;
}

static const struct hp_path_cbs path_cbs = { .on_packet = on_packet, .on_writable = on_writable };

static struct hp_flow
make_flow(const char *remote)
{
    struct hp_flow flow = { .carrier = &scene.carrier };
    hp_addr_parse(&flow.local, "10.0.0.2", hp_ingress_port(scene.ingress));
    hp_addr_parse(&flow.remote, remote, 40000);
    return flow;
}

static int
begin(void **state)
{
    (void) state;
    static const char *const interfaces[] = { "10.0.0.2", NULL };
    struct hp_locals_params params = { .interfaces = interfaces };
    memset(&scene, 0, sizeof(scene));
    scene.carrier = (struct hp_carrier){ .ops = &carrier_ops, .kind = HP_PATH_UDP };
    scene.worker = hp_worker_create_main();
    fake_time_begin(scene.worker);
    struct hp_worker *workers[] = { scene.worker };
    scene.ingress = hp_ingress_create(workers, 1, 0);
    scene.ice = hp_shared_ice_create(scene.ingress, scene.worker, &params, "peer");
    scene.ice->cbs = &ice_cbs;
    scene.ice->path->cbs = &path_cbs;
    scene.home = make_flow("192.0.2.1");
    scene.elsewhere = make_flow("192.0.2.2");
    scene.browser = (struct hp_stun_local){
        .ufrag = "them", .password = PASSWORD, .tie = 1,
    };
    assert_true(scene.ice->ops->gather(scene.ice));
    return 0;
}

static void
note_gone(void *arg)
{
    (void) arg;
    scene.is_gone = true;
}

static int
end(void **state)
{
    (void) state;
    scene.ice->ops->close(scene.ice, note_gone, NULL);
    assert_true(scene.is_gone);
    fake_time_end();
    hp_worker_destroy(scene.worker);
    hp_ingress_destroy(scene.ingress);
    return 0;
}

static void
set_remote(void)
{
    scene.ice->ops->set_remote(scene.ice, scene.browser.ufrag, scene.browser.password);
    fake_time_pass_ms(1); // a check goes out in the next turn at the earliest
}

static bool
inject(const struct hp_flow *flow, const void *data, size_t size)
{
    uint8_t copy[HP_STUN_MESSAGE_MAX + HP_SERVICE_SPARE] = { 0 };
    memcpy(copy, data, size);
    return hp_ingress_inject(scene.ingress, flow, copy, size);
}

static void
send_check_with(const struct hp_flow *flow, const char *password, bool nominates)
{
    uint8_t data[HP_STUN_MESSAGE_MAX];
    uint8_t id[HP_STUN_ID_SIZE];
    hp_stun_make_id(id, 0);
    struct hp_stun_check check = {
        .id = id,
        .ufrag = scene.browser.ufrag,
        .remote_ufrag = scene.ice->ops->ufrag(scene.ice),
        .remote_password = password,
        .priority = 1000,
        .tie = scene.browser.tie,
        .is_controlling = scene.is_controlling,
        .nominates = nominates,
    };
    size_t size = hp_stun_write_check(&check, data);
    assert_true(inject(flow, data, size));
}

static void
send_check(const struct hp_flow *flow, bool nominates)
{
    send_check_with(flow, scene.ice->ops->password(scene.ice), nominates);
}

static void
send_byte(const struct hp_flow *flow, uint8_t first)
{
    uint8_t data[64] = { first };
    inject(flow, data, sizeof(data));
}

static void
read_check(const struct datagram *sent)
{
    uint8_t answer[HP_STUN_MESSAGE_MAX];
    struct hp_stun_request request;
    enum hp_stun_verdict verdict = hp_stun_answer_check(&scene.browser, &scene.is_controlling,
            sent->data, sent->size, &sent->flow.local, &request, answer);
    scene.checks++;
    scene.nominations += verdict == HP_STUN_GOOD && request.nominates;
    if (!scene.is_deaf && request.answer_size > 0) {
        inject(&sent->flow, answer, request.answer_size);
    }
}

// The browser reads all that has come, and answers checks.
static void
read_all(void)
{
    while (scene.read_count < scene.sent_count) {
        struct datagram sent = scene.sent[scene.read_count++];
        struct hp_stun_peek peek;
        if (!hp_stun_peek(sent.data, sent.size, &peek)) {
            scene.media++;
            scene.last_media = sent.flow;
        } else if (peek.kind == HP_STUN_CHECK) {
            read_check(&sent);
        } else {
            scene.answers++;
        }
    }
}

static void
pass_seconds(unsigned seconds)
{
    for (unsigned i = 0; i < seconds * 10; i++) {
        fake_time_pass_ms(100);
        read_all();
    }
}

static void
connect_browser(void)
{
    scene.ice->ops->set_controlling(scene.ice, true);
    set_remote();
    send_check(&scene.home, false);
    fake_time_pass_ms(5);
    read_all();
    assert_int_equal(scene.state, HP_ICE_CONNECTED);
}

static void
send_media(void)
{
    uint8_t data[8] = { RTP };
    struct hp_segment segment = { .data = data, .size = sizeof(data) };
    scene.ice->path->ops->send_run(scene.ice->path, &segment, 1);
    read_all();
}

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

static void
a_new_address_is_told_and_followed_when_asked_for(void **state)
{
    (void) state;
    connect_browser();
    pass_seconds(2);
    send_check(&scene.elsewhere, false);
    assert_int_equal(scene.addresses, 1);
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &scene.home));
    assert_true(scene.ice->ops->roam(scene.ice));
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &scene.elsewhere));
    pass_seconds(1);
    assert_non_null(strstr(scene.ice->ops->pair(scene.ice), "192.0.2.2")); // verified both ways
}

static void
a_forged_check_from_a_new_address_is_not_told(void **state)
{
    (void) state;
    connect_browser();
    send_check_with(&scene.elsewhere, OTHER_PASSWORD, false);
    assert_int_equal(scene.addresses, 0);
    assert_false(scene.ice->ops->roam(scene.ice));
}

static void
who_does_not_answer_at_the_new_address_is_served_at_the_old_one_again(void **state)
{
    (void) state;
    connect_browser();
    pass_seconds(2);
    scene.is_deaf = true;
    send_check(&scene.elsewhere, false);
    assert_true(scene.ice->ops->roam(scene.ice));
    pass_seconds(1);
    scene.ice->ops->roam_back(scene.ice);
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &scene.home));
    assert_non_null(strstr(scene.ice->ops->pair(scene.ice), "192.0.2.1"));
}

static void
the_old_pair_carries_media_until_the_restart_has_found_a_new_one(void **state)
{
    (void) state;
    char old_ufrag[64];
    connect_browser();
    g_strlcpy(old_ufrag, scene.ice->ops->ufrag(scene.ice), sizeof(old_ufrag));
    scene.ice->ops->restart(scene.ice);
    assert_string_not_equal(scene.ice->ops->ufrag(scene.ice), old_ufrag);
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &scene.home));
    pass_seconds(20); // consent of the old session is asked and given
    assert_int_equal(scene.states[HP_ICE_FAILED], 0);
    scene.browser.ufrag = "again";
    set_remote();
    send_check(&scene.elsewhere, false);
    scene.is_deaf = false;
    pass_seconds(1);
    assert_int_equal(scene.states[HP_ICE_CONNECTED], 2);
}

static void
an_undone_restart_leaves_the_old_credentials_in_force(void **state)
{
    (void) state;
    char old_ufrag[64];
    connect_browser();
    g_strlcpy(old_ufrag, scene.ice->ops->ufrag(scene.ice), sizeof(old_ufrag));
    scene.ice->ops->restart(scene.ice);
    scene.ice->ops->undo_restart(scene.ice);
    assert_string_equal(scene.ice->ops->ufrag(scene.ice), old_ufrag);
    set_remote();
    pass_seconds(1);
    assert_int_equal(scene.states[HP_ICE_CONNECTED], 2);
    pass_seconds(60);
    assert_int_equal(scene.state, HP_ICE_CONNECTED);
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &scene.home));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_controls_nominates_by_its_first_check),
        TEST(who_is_controlled_follows_the_nomination),
        TEST(a_check_before_the_answer_is_answered_and_remembered),
        TEST(of_early_checks_eight_are_remembered),
        TEST(an_early_check_of_another_sender_is_forgotten),
        TEST(a_forged_check_gets_no_answer_and_no_check),
        TEST(an_answer_from_elsewhere_proves_nothing),
        TEST(of_two_that_control_one_gives_way),
        TEST(a_hello_that_comes_before_the_pair_is_selected_is_kept),
        TEST(packets_from_an_address_without_a_verified_check_are_dropped),
        TEST(consent_is_asked_and_keeps_the_path),
        TEST(without_consent_media_stops_within_thirty_seconds),
        TEST(a_browser_that_comes_back_after_a_failure_connects_again),
        TEST(a_new_address_is_told_and_followed_when_asked_for),
        TEST(a_forged_check_from_a_new_address_is_not_told),
        TEST(who_does_not_answer_at_the_new_address_is_served_at_the_old_one_again),
        TEST(the_old_pair_carries_media_until_the_restart_has_found_a_new_one),
        TEST(an_undone_restart_leaves_the_old_credentials_in_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
