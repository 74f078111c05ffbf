// Tests of nat/demux.c.
#include "nat/demux.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "nat/stun.h"

#define PASSWORD "0123456789012345678901"

enum { SECOND_US = 1000 * 1000, FIRST = 11, SECOND = 22 };

static int64_t now_us = SECOND_US;

static int64_t
tell_time(void)
{
    return now_us;
}

struct scene {
    struct hp_demux *demux;
    struct hp_flow flow; // of the first browser
    struct hp_flow other;
    struct hp_carrier carrier;
    struct hp_demux_peer peer; // of the last datagram
    uint8_t data[HP_STUN_MESSAGE_MAX];
};

static void
begin(struct scene *scene)
{
    hp_clock_fake(tell_time);
    *scene = (struct scene){ .demux = hp_demux_create() };
    scene->flow.carrier = scene->other.carrier = &scene->carrier;
    hp_addr_parse(&scene->flow.local, "10.0.0.1", 8080);
    hp_addr_parse(&scene->flow.remote, "192.0.2.1", 40000);
    hp_addr_parse(&scene->other.local, "10.0.0.1", 8080);
    hp_addr_parse(&scene->other.remote, "192.0.2.2", 40000);
    struct hp_demux_peer first = { .handle = FIRST, .worker = 0 };
    struct hp_demux_peer second = { .handle = SECOND, .worker = 1 };
    hp_demux_add(scene->demux, &first, "first");
    hp_demux_add(scene->demux, &second, "second");
}

static void
end(struct scene *scene)
{
    hp_demux_destroy(scene->demux);
    hp_clock_fake(NULL);
}

static enum hp_demux_verdict
route(struct scene *scene, const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    scene->peer = (struct hp_demux_peer){ 0 };
    return hp_demux_route(scene->demux, flow, data, size, &scene->peer);
}

static enum hp_demux_verdict
check(struct scene *scene, const struct hp_flow *flow, const char *ufrag)
{
    static const uint8_t id[HP_STUN_ID_SIZE] = { 1 };
    struct hp_stun_check written = {
        .id = id,
        .ufrag = "them",
        .remote_ufrag = ufrag,
        .remote_password = PASSWORD,
    };
    size_t size = hp_stun_write_check(&written, scene->data);
    return route(scene, flow, scene->data, size);
}

static enum hp_demux_verdict
send_byte(struct scene *scene, const struct hp_flow *flow, uint8_t first)
{
    uint8_t data[64] = { first };
    return route(scene, flow, data, sizeof(data));
}

enum { DTLS = 22, RTP = 128, CHANNEL_DATA = 64 };

static void
a_check_goes_to_the_peer_of_its_ufrag(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    assert_int_equal(check(&scene, &scene.flow, "first"), HP_DEMUX_PEER);
    assert_int_equal(scene.peer.handle, FIRST);
    assert_int_equal(check(&scene, &scene.flow, "second"), HP_DEMUX_PEER);
    assert_int_equal(scene.peer.handle, SECOND);
    assert_int_equal(scene.peer.worker, 1);
    assert_int_equal(check(&scene, &scene.flow, "third"), HP_DEMUX_UNKNOWN_UFRAG);
    end(&scene);
}

static void
media_goes_to_the_peer_that_has_verified_a_check_from_there(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    assert_int_equal(send_byte(&scene, &scene.flow, RTP), HP_DEMUX_UNKNOWN_ADDRESS);
    assert_int_equal(send_byte(&scene, &scene.flow, DTLS), HP_DEMUX_UNKNOWN_ADDRESS);
    hp_demux_validate(scene.demux, FIRST, &scene.flow);
    assert_int_equal(send_byte(&scene, &scene.flow, RTP), HP_DEMUX_PEER);
    assert_int_equal(send_byte(&scene, &scene.flow, DTLS), HP_DEMUX_PEER);
    assert_int_equal(scene.peer.handle, FIRST);
    assert_int_equal(send_byte(&scene, &scene.other, RTP), HP_DEMUX_UNKNOWN_ADDRESS);
    end(&scene);
}

static void
a_pair_is_known_by_our_address_as_well(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    hp_demux_validate(scene.demux, FIRST, &scene.flow);
    hp_addr_parse(&scene.flow.local, "10.0.0.2", 8080);
    assert_int_equal(send_byte(&scene, &scene.flow, RTP), HP_DEMUX_UNKNOWN_ADDRESS);
    hp_addr_parse(&scene.flow.local, "10.0.0.1", 8080);
    struct hp_carrier relay = { .kind = HP_PATH_RELAY };
    scene.flow.carrier = &relay;
    assert_int_equal(send_byte(&scene, &scene.flow, RTP), HP_DEMUX_UNKNOWN_ADDRESS);
    end(&scene);
}

static void
a_hello_that_comes_before_the_check_is_verified_is_passed_on(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    check(&scene, &scene.flow, "first");
    assert_int_equal(send_byte(&scene, &scene.flow, DTLS), HP_DEMUX_PEER);
    assert_int_equal(scene.peer.handle, FIRST);
    assert_int_equal(send_byte(&scene, &scene.flow, RTP), HP_DEMUX_UNKNOWN_ADDRESS);
    now_us += 10 * SECOND_US;
    assert_int_equal(send_byte(&scene, &scene.flow, DTLS), HP_DEMUX_UNKNOWN_ADDRESS);
    end(&scene);
}

static void
a_check_that_names_a_ufrag_takes_no_verified_pair_away(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    hp_demux_validate(scene.demux, FIRST, &scene.flow);
    check(&scene, &scene.flow, "second");
    assert_int_equal(send_byte(&scene, &scene.flow, DTLS), HP_DEMUX_PEER);
    assert_int_equal(scene.peer.handle, FIRST);
    hp_demux_validate(scene.demux, SECOND, &scene.flow); // but a verified check does
    assert_int_equal(send_byte(&scene, &scene.flow, DTLS), HP_DEMUX_PEER);
    assert_int_equal(scene.peer.handle, SECOND);
    end(&scene);
}

static void
an_answer_goes_to_the_peer_that_its_id_names(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    uint8_t data[20] = { 0x01, 0x01, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
    hp_stun_make_id(&data[8], SECOND);
    assert_int_equal(route(&scene, &scene.flow, data, sizeof(data)), HP_DEMUX_PEER);
    assert_int_equal(scene.peer.handle, SECOND);
    hp_stun_make_id(&data[8], 33);
    assert_int_equal(route(&scene, &scene.flow, data, sizeof(data)), HP_DEMUX_SERVICE);
    end(&scene);
}

static void
what_is_of_no_peer_goes_to_the_service(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    uint8_t binding[20] = { 0x00, 0x01, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
    uint8_t allocate[20] = { 0x00, 0x03, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
    uint8_t classic[20] = { 0x00, 0x01, 0, 0, 1, 2, 3, 4 };
    uint8_t too_long[20] = { 0x00, 0x01, 0, 4, 0x21, 0x12, 0xa4, 0x42 };
    assert_int_equal(route(&scene, &scene.flow, binding, 20), HP_DEMUX_SERVICE);
    assert_int_equal(route(&scene, &scene.flow, allocate, 20), HP_DEMUX_SERVICE);
    assert_int_equal(route(&scene, &scene.flow, classic, 20), HP_DEMUX_SERVICE);
    assert_int_equal(send_byte(&scene, &scene.flow, CHANNEL_DATA), HP_DEMUX_SERVICE);
    assert_int_equal(route(&scene, &scene.flow, too_long, 20), HP_DEMUX_MALFORMED);
    assert_int_equal(route(&scene, &scene.flow, binding, 0), HP_DEMUX_MALFORMED);
    assert_int_equal(send_byte(&scene, &scene.flow, 4), HP_DEMUX_MALFORMED);
    assert_int_equal(send_byte(&scene, &scene.flow, 255), HP_DEMUX_MALFORMED);
    end(&scene);
}

static void
an_indication_of_a_browser_wants_no_answer(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    uint8_t indication[20] = { 0x00, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
    assert_int_equal(route(&scene, &scene.flow, indication, 20), HP_DEMUX_SERVICE);
    hp_demux_validate(scene.demux, FIRST, &scene.flow);
    assert_int_equal(route(&scene, &scene.flow, indication, 20), HP_DEMUX_IGNORE);
    end(&scene);
}

static void
the_ufrag_before_a_restart_is_known_and_the_one_before_that_is_not(void **state)
{
    (void) state;
    struct scene scene;
    struct hp_demux_peer first = { .handle = FIRST, .worker = 0 };
    begin(&scene);
    hp_demux_add(scene.demux, &first, "again");
    assert_int_equal(check(&scene, &scene.flow, "first"), HP_DEMUX_PEER);
    assert_int_equal(check(&scene, &scene.flow, "again"), HP_DEMUX_PEER);
    hp_demux_add(scene.demux, &first, "first"); // an undone restart: it is the newest again
    hp_demux_add(scene.demux, &first, "last");
    assert_int_equal(check(&scene, &scene.flow, "first"), HP_DEMUX_PEER);
    assert_int_equal(check(&scene, &scene.flow, "last"), HP_DEMUX_PEER);
    assert_int_equal(check(&scene, &scene.flow, "again"), HP_DEMUX_UNKNOWN_UFRAG);
    end(&scene);
}

static void
nothing_is_known_of_a_peer_that_has_gone(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    check(&scene, &scene.other, "first");
    hp_demux_validate(scene.demux, FIRST, &scene.flow);
    hp_demux_remove(scene.demux, FIRST);
    assert_int_equal(check(&scene, &scene.flow, "first"), HP_DEMUX_UNKNOWN_UFRAG);
    assert_int_equal(send_byte(&scene, &scene.flow, RTP), HP_DEMUX_UNKNOWN_ADDRESS);
    assert_int_equal(send_byte(&scene, &scene.other, DTLS), HP_DEMUX_UNKNOWN_ADDRESS);
    hp_demux_validate(scene.demux, FIRST, &scene.flow); // late news
    assert_int_equal(send_byte(&scene, &scene.flow, RTP), HP_DEMUX_UNKNOWN_ADDRESS);
    end(&scene);
}

static void
of_many_verified_pairs_the_oldest_goes(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    struct hp_flow flow = scene.flow;
    for (unsigned i = 0; i <= HP_DEMUX_VALID_MAX; i++) {
        flow.remote.ip[15] = (uint8_t) i;
        hp_demux_validate(scene.demux, FIRST, &flow);
    }
    assert_int_equal(send_byte(&scene, &flow, RTP), HP_DEMUX_PEER);
    flow.remote.ip[15] = 0;
    assert_int_equal(send_byte(&scene, &flow, RTP), HP_DEMUX_UNKNOWN_ADDRESS);
    flow.remote.ip[15] = 1;
    assert_int_equal(send_byte(&scene, &flow, RTP), HP_DEMUX_PEER);
    end(&scene);
}

static void
media_from_another_port_is_shown_to_the_peers_of_that_address_in_turn(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    hp_demux_validate(scene.demux, FIRST, &scene.flow);
    scene.flow.remote.port = 40001;
    hp_demux_validate(scene.demux, SECOND, &scene.flow);
    scene.flow.remote.port = 40002;
    assert_int_equal(send_byte(&scene, &scene.flow, RTP), HP_DEMUX_PEER);
    uint32_t shown_to = scene.peer.handle;
    assert_int_equal(send_byte(&scene, &scene.flow, DTLS), HP_DEMUX_PEER);
    assert_int_equal(scene.peer.handle + shown_to, FIRST + SECOND);
    assert_int_equal(send_byte(&scene, &scene.other, RTP), HP_DEMUX_UNKNOWN_ADDRESS);
    end(&scene);
}

static void
a_flood_from_another_port_is_limited(void **state)
{
    (void) state;
    struct scene scene;
    unsigned shown = 0;
    begin(&scene);
    hp_demux_validate(scene.demux, FIRST, &scene.flow);
    scene.flow.remote.port = 40001;
    for (unsigned i = 0; i < 1000; i++) {
        shown += send_byte(&scene, &scene.flow, RTP) == HP_DEMUX_PEER;
    }
    assert_int_equal(shown, 50);
    end(&scene);
}

static void
junk_of_one_address_leaves_the_others_their_share(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    hp_demux_validate(scene.demux, FIRST, &scene.flow);
    scene.flow.remote.port = 40001;
    scene.other.remote.ip[15] ^= 0xff;
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(send_byte(&scene, &scene.other, RTP), HP_DEMUX_UNKNOWN_ADDRESS);
    }
    assert_int_equal(send_byte(&scene, &scene.flow, RTP), HP_DEMUX_PEER);
    end(&scene);
}

static unsigned
count_passed(struct scene *scene, const struct hp_flow *flow, const char *ufrag, unsigned checks)
{
    unsigned passed = 0;
    for (unsigned i = 0; i < checks; i++) {
        passed += check(scene, flow, ufrag) == HP_DEMUX_PEER;
    }
    return passed;
}

static void
a_flood_of_checks_is_limited_and_the_verified_pair_is_not_hit(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    hp_demux_validate(scene.demux, FIRST, &scene.flow);
    assert_int_equal(count_passed(&scene, &scene.other, "first", 10000), 100);
    assert_int_equal(count_passed(&scene, &scene.flow, "first", 10), 10);
    assert_int_equal(count_passed(&scene, &scene.other, "second", 10), 10); // its neighbour
    now_us += SECOND_US;
    assert_int_equal(count_passed(&scene, &scene.other, "first", 10000), 50);
    end(&scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_goes_to_the_peer_of_its_ufrag),
        cmocka_unit_test(media_goes_to_the_peer_that_has_verified_a_check_from_there),
        cmocka_unit_test(a_pair_is_known_by_our_address_as_well),
        cmocka_unit_test(a_hello_that_comes_before_the_check_is_verified_is_passed_on),
        cmocka_unit_test(a_check_that_names_a_ufrag_takes_no_verified_pair_away),
        cmocka_unit_test(an_answer_goes_to_the_peer_that_its_id_names),
        cmocka_unit_test(what_is_of_no_peer_goes_to_the_service),
        cmocka_unit_test(an_indication_of_a_browser_wants_no_answer),
        cmocka_unit_test(the_ufrag_before_a_restart_is_known_and_the_one_before_that_is_not),
        cmocka_unit_test(nothing_is_known_of_a_peer_that_has_gone),
        cmocka_unit_test(of_many_verified_pairs_the_oldest_goes),
        cmocka_unit_test(media_from_another_port_is_shown_to_the_peers_of_that_address_in_turn),
        cmocka_unit_test(a_flood_from_another_port_is_limited),
        cmocka_unit_test(junk_of_one_address_leaves_the_others_their_share),
        cmocka_unit_test(a_flood_of_checks_is_limited_and_the_verified_pair_is_not_hit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
