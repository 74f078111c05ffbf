// Tests of the room while a worker takes nothing: what people send meanwhile is bounded, and only
// places of the pointer are lost.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "house.h"
#include "plugin/seat.h"
#include "room/control.h"

enum {
    CLICKS = 100,
    MOVES_PER_CLICK = 20, // with a click they are the 200 messages a second of one WebSocket
    FLOOD = 1000000,
};

static void
post(struct hp_session *session, enum hp_input_kind kind, int x)
{
    hp_seat_post_input(
            session->seat, &(struct hp_input){ .kind = kind, .x = x, .y = 2 * x, .button = 1 });
}

static struct hp_session *
make_host(struct house *house)
{
    struct hp_session *host = house_enter(house, "host");
    house_watch(house, host);
    assert_int_equal(
            hp_control_request(hp_room_control(house->room), host), HP_CONTROL_TAKEN);
    house_pump(house);
    house->input_count = 0;
    return host;
}

static void
clicks_stay_where_they_were_made_and_moves_between_are_joined(void **state)
{
    (void) state;
    struct house *house = house_create(0, NULL);
    struct hp_session *host = make_host(house);
    for (int i = 0; i < CLICKS; i++) {
        for (int j = 0; j < MOVES_PER_CLICK; j++) {
            post(host, HP_INPUT_MOVE, MOVES_PER_CLICK * i + j);
        }
        post(host, HP_INPUT_BUTTON_DOWN, 0);
        post(host, HP_INPUT_BUTTON_UP, 0);
    }
    house_pass(house, 1000); // the seat itself lets 1,000 moves a second through
    assert_int_equal(house->input_count, 3 * CLICKS);
    for (int i = 0; i < CLICKS; i++) {
        assert_int_equal(house->inputs[3 * i].kind, HP_INPUT_MOVE);
        assert_int_equal(house->inputs[3 * i].x, MOVES_PER_CLICK * (i + 1) - 1);
        assert_int_equal(house->inputs[3 * i].y, 2 * house->inputs[3 * i].x);
        assert_int_equal(house->inputs[3 * i + 1].kind, HP_INPUT_BUTTON_DOWN);
        assert_int_equal(house->inputs[3 * i + 2].kind, HP_INPUT_BUTTON_UP);
    }
    house_destroy(house);
}

static void
of_a_million_moves_the_newest_arrives(void **state)
{
    (void) state;
    struct house *house = house_create(0, NULL);
    struct hp_session *host = make_host(house);
    for (int i = 0; i < FLOOD; i++) {
        post(host, HP_INPUT_MOVE, i % 30000);
        hp_seat_post_release(host->seat);
    }
    house_pump(house);
    assert_int_equal(house->input_count, 1);
    assert_int_equal(house->inputs[0].x, (FLOOD - 1) % 30000);
    post(host, HP_INPUT_MOVE, 7); // the way is free again
    house_pump(house);
    assert_int_equal(house->input_count, 2);
    assert_int_equal(house->inputs[1].x, 7);
    house_destroy(house);
}

static void
a_browser_whose_peer_is_busy_hears_no_for_its_descriptions(void **state)
{
    (void) state;
    struct house *house = house_create(0, NULL);
    struct hp_session *viewer = house_enter(house, "viewer");
    house_watch(house, viewer);
    atomic_store(&fake_counts.is_busy, true);
    assert_false(hp_stage_set_remote(viewer->stage, "offer", "v=0"));
    assert_false(hp_stage_add_candidate(viewer->stage, "candidate:1", "0", 0));
    atomic_store(&fake_counts.is_busy, false);
    assert_true(hp_stage_set_remote(viewer->stage, "offer", "v=0"));
    assert_true(hp_stage_add_candidate(viewer->stage, "candidate:1", "0", 0));
    house_destroy(house);
}

static void
a_browser_whose_seat_is_full_hears_no_for_its_input(void **state)
{
    (void) state;
    struct house *house = house_create(0, NULL);
    struct hp_session *host = make_host(house);
    const struct hp_input up = { .kind = HP_INPUT_KEY_UP, .keysym = 'a' };
    for (int i = 0; i < 4096; i++) {
        assert_true(hp_seat_post_input(host->seat, &up));
    }
    assert_false(hp_seat_post_input(host->seat, &up));
    house_pump(house);
    assert_true(hp_seat_post_input(host->seat, &up));
    house_destroy(house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clicks_stay_where_they_were_made_and_moves_between_are_joined),
        cmocka_unit_test(of_a_million_moves_the_newest_arrives),
        cmocka_unit_test(a_browser_whose_seat_is_full_hears_no_for_its_input),
        cmocka_unit_test(a_browser_whose_peer_is_busy_hears_no_for_its_descriptions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
