// Tests of room/room.c: a whole room on two workers, torn down while frames flow.
#include "room/room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fixture/dice.h"
#include "house.h"
#include "media/meter.h"
#include "room/desktop.h"

enum {
    STEPS = 300,
    PEOPLE = 6,
    STEP_US = 1000
};

struct storm {
    struct house *house;
    struct hp_timer timer;
    struct hp_session *people[PEOPLE];
    unsigned step;
    GRand *dice;
};

static const struct hp_selection everything = { .video_disabled = -1, .audio_disabled = -1 };

static void
act(struct storm *storm, struct hp_session **person)
{
    struct hp_room *room = storm->house->room;
    struct hp_selection selection = everything;
    const struct hp_input move = { .kind = HP_INPUT_MOVE, .x = (int) storm->step };
    if (*person == NULL) {
        *person = house_enter(storm->house, storm->step % 7 == 0 ? "admin" : "ann");
        hp_stage_request((*person)->stage, &everything);
        return;
    }
    switch (g_rand_int_range(storm->dice, 0, 9)) {
    case 0: hp_stage_request((*person)->stage, &everything); break;
    case 1: hp_stage_set_remote((*person)->stage, "answer", "v=0"); break;
    case 2:
        selection.video_disabled = (int) (storm->step & 1);
        hp_stage_select((*person)->stage, &selection, HP_TRACK_VIDEO);
        break;
    case 3: hp_control_request(hp_room_control(room), *person); break;
    case 4: hp_control_take(hp_room_control(room), *person); break;
    case 5: hp_stage_restart((*person)->stage); break;
    case 6: hp_stage_end((*person)->stage, true); break;
    case 7:
        if (fake_peer_last() != NULL) {
            fake_peer_channel(fake_peer_last(), "data", true);
            fake_peer_input(fake_peer_last(), &move);
        }
        break;
    default:
        hp_lobby_end(*person);
        *person = NULL;
        break;
    }
}

static void
on_step(void *arg)
{
    struct storm *storm = arg;
    if (++storm->step > STEPS) {
        hp_worker_quit(storm->house->main);
        return;
    }
    for (unsigned i = 0; i < PEOPLE; i++) {
        act(storm, &storm->people[i]);
    }
    hp_timer_start(&storm->timer, STEP_US);
}

static void
people_come_watch_and_go_while_frames_flow(void **state)
{
    struct storm storm = { .house = house_create(2, NULL), .dice = dice_create() };
    (void) state;
    hp_timer_init(&storm.timer, storm.house->main, on_step, &storm);
    hp_timer_start(&storm.timer, STEP_US);
    hp_worker_run(storm.house->main);
    assert_true(fake_counts.peers_created > PEOPLE);
    assert_true(fake_counts.frames > 0);
    g_rand_free(storm.dice);
    house_destroy(storm.house); // looks that no peer and no sink is left
}

static void
a_shutdown_ends_everything_while_frames_flow(void **state)
{
    struct storm storm = { .house = house_create(2, NULL) };
    (void) state;
    for (unsigned i = 0; i < PEOPLE; i++) {
        storm.people[i] = house_enter(storm.house, "ann");
        hp_stage_request(storm.people[i]->stage, &everything);
        hp_stage_set_remote(storm.people[i]->stage, "answer", "v=0");
    }
    assert_int_equal(fake_counts.peers_alive, PEOPLE);
    house_destroy(storm.house);
}

static void
people_are_spread_over_the_workers(void **state)
{
    struct house *house = house_create(2, NULL);
    unsigned on_first = 0;
    (void) state;
    for (unsigned i = 0; i < 10; i++) {
        on_first += house_login(house, "ann")->worker == house->workers[0];
    }
    assert_int_equal(on_first, 5);
    house_destroy(house);
}

static char *
write_display(void *arg, enum hp_codec codec, const char *head, unsigned threads,
        bool *is_damage_driven)
{
    const char *display = the_house->room == NULL
            ? NULL
            : hp_desktop_devices(hp_room_desktop(the_house->room))->display;
    (void) arg;
    (void) threads;
    (void) codec;
    (void) is_damage_driven;
    return g_strdup_printf("%s of %s", head, display == NULL ? "nothing" : display);
}

static void
silence_of_a_pipeline_with_the_plugins_source_is_no_stall(void **state)
{
    struct house *house = house_create(0, NULL);
    (void) state;
    assert_true(fake_encoder_is_damage_driven());
    house_destroy(house);
}

static char *
write_other_source(void *arg, enum hp_codec codec, const char *head, unsigned threads,
        bool *is_damage_driven)
{
    (void) arg;
    (void) threads;
    (void) codec;
    (void) head;
    assert_true(*is_damage_driven);
    *is_damage_driven = false;
    return g_strdup("camera");
}

static void
write_pipelines_of_another_source(struct hp_room_params *params)
{
    params->make_pipeline = write_other_source;
}

static void
silence_of_a_pipeline_with_another_source_is_a_stall(void **state)
{
    struct house *house = house_create(0, write_pipelines_of_another_source);
    (void) state;
    assert_false(fake_encoder_is_damage_driven());
    house_destroy(house);
}

static char *
write_size(void *arg, enum hp_codec codec, const char *head, unsigned threads,
        bool *is_damage_driven)
{
    (void) arg;
    (void) threads;
    (void) codec;
    (void) is_damage_driven;
    int width = the_house->room == NULL ? 0 : hp_desktop_screen(hp_room_desktop(the_house->room))->width;
    return g_strdup_printf("%s of %d", head, width);
}

static void
write_size_of_pipelines(struct hp_room_params *params)
{
    params->make_pipeline = write_size;
}

static void
a_pipeline_that_names_the_size_follows_it(void **state)
{
    struct house *house = house_create(0, write_size_of_pipelines);
    (void) state;
    house_resize(house, 800, 600);
    assert_non_null(strstr(fake_encoder_restart_text(), "of 800"));
    unsigned restarts = fake_counts.encoder_restarts;
    house_resize(house, 800, 600);
    assert_int_equal(fake_counts.encoder_restarts, restarts);
    house_destroy(house);
}

static void
a_pipeline_that_names_no_size_goes_on(void **state)
{
    struct house *house = house_create(0, NULL);
    (void) state;
    unsigned restarts = fake_counts.encoder_restarts;
    house_resize(house, 800, 600);
    assert_int_equal(fake_counts.encoder_restarts, restarts);
    house_destroy(house);
}

static void
write_display_of_pipelines(struct hp_room_params *params)
{
    params->make_pipeline = write_display;
}

static void
a_restarted_source_gets_a_pipeline_of_the_present_desktop(void **state)
{
    struct house *house = house_create(0, write_display_of_pipelines);
    char first[] = ":5"; // copied by the room
    (void) state;
    house_move_display(house, first);
    first[1] = '6';
    assert_string_equal(hp_desktop_devices(hp_room_desktop(house->room))->display, ":5");
    assert_non_null(strstr(fake_encoder_restart_text(), "of :5"));
    house_move_display(house, ":7");
    assert_non_null(strstr(fake_encoder_restart_text(), "of :7"));
    house_destroy(house);
}

static char *
write_threads(void *arg, enum hp_codec codec, const char *head, unsigned threads,
        bool *is_damage_driven)
{
    (void) arg;
    (void) is_damage_driven;
    return g_strdup_printf("%s in %s by %u", head, hp_codec_name(codec), threads);
}

static void
write_threads_of_pipelines(struct hp_room_params *params)
{
    static const enum hp_codec codecs[] = { HP_CODEC_VP8 };
    params->codecs = codecs;
    params->codec_count = 1;
    params->processors = 4;
    params->make_pipeline = write_threads;
}

static void
tell_effort(unsigned threads, int64_t p95_us)
{
    const struct hp_effort effort = {
        .threads = threads, .pixels = 2560 * 1440, .interval_us = 16666, .p95_us = p95_us
    };
    fake_encoder_tell_effort(fake_encoder_last(), &effort);
}

static void
an_encoder_that_misses_the_rate_goes_on_with_more_threads(void **state)
{
    struct house *house = house_create(0, write_threads_of_pipelines);
    (void) state;
    tell_effort(1, 20000);
    assert_int_equal(fake_counts.encoder_restarts, 0);
    tell_effort(1, 20000);
    assert_int_equal(fake_counts.encoder_restarts, 1);
    assert_non_null(strstr(fake_encoder_restart_text(), "in VP8 by 2"));
    tell_effort(2, 30000);
    tell_effort(2, 30000);
    assert_int_equal(fake_counts.encoder_restarts, 2);
    assert_non_null(strstr(fake_encoder_restart_text(), "in VP8 by 1"));
    house_destroy(house);
}

static void
an_encoder_that_keeps_the_rate_is_left_alone(void **state)
{
    struct house *house = house_create(0, write_threads_of_pipelines);
    (void) state;
    for (int i = 0; i < 10; i++) {
        tell_effort(1, 16666);
    }
    assert_int_equal(fake_counts.encoder_restarts, 0);
    house_destroy(house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_come_watch_and_go_while_frames_flow),
        cmocka_unit_test(a_shutdown_ends_everything_while_frames_flow),
        cmocka_unit_test(people_are_spread_over_the_workers),
        cmocka_unit_test(silence_of_a_pipeline_with_the_plugins_source_is_no_stall),
        cmocka_unit_test(silence_of_a_pipeline_with_another_source_is_a_stall),
        cmocka_unit_test(a_pipeline_that_names_the_size_follows_it),
        cmocka_unit_test(a_pipeline_that_names_no_size_goes_on),
        cmocka_unit_test(a_restarted_source_gets_a_pipeline_of_the_present_desktop),
        cmocka_unit_test(an_encoder_that_misses_the_rate_goes_on_with_more_threads),
        cmocka_unit_test(an_encoder_that_keeps_the_rate_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
