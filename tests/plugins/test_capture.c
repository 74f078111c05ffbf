// test_capture.c - the capture element on a real X server, run as a pipeline runs it.
#include "capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <png.h>

#include "beat.h"
#include "fixture.h"
#include "screen.h"

enum {
    STILL_MS = 300,
    LUMA_SIZE = FIXTURE_WIDTH * FIXTURE_HEIGHT
};

static struct fixture fixture;
static GstElement *pipeline, *source, *sink;

static void
open_pipeline(const char *properties)
{
    char *text = g_strdup_printf("hairpinxsrc name=source display=%s %s ! "
                                 "video/x-raw,format=I420,colorimetry=bt601 ! "
                                 "appsink name=sink sync=false max-buffers=1000",
            fixture.display, properties);
    pipeline = gst_parse_launch(text, NULL);
    g_free(text);
    assert_non_null(pipeline);
    source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
    sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
}

static GstSample *
pull(int timeout_ms)
{
    return gst_app_sink_try_pull_sample(GST_APP_SINK(sink), timeout_ms * GST_MSECOND);
}

// How many pictures come until none has come for a while.
static int
count_pictures(void)
{
    int count = 0;
    GstSample *sample;
    while ((sample = pull(STILL_MS)) != NULL) {
        gst_sample_unref(sample);
        count++;
    }
    return count;
}

static int
set_up(void **state)
{
    fixture_start(&fixture, NULL);
    fixture_fill(&fixture, 0xffffff, 0, 0, FIXTURE_WIDTH, FIXTURE_HEIGHT);
    return 0;
}

static int
tear_down(void **state)
{
    if (pipeline != NULL) {
        gst_element_set_state(pipeline, GST_STATE_NULL);
        gst_object_unref(source);
        gst_object_unref(sink);
        gst_object_unref(pipeline);
        pipeline = NULL;
    }
    fixture_stop(&fixture);
    return 0;
}

static uint8_t
clamp(double value)
{
    return (uint8_t) (value < 0 ? 0 : value > 255 ? 255 : value + 0.5);
}

// As a browser does: BT.601, limited range.
static void
decode(const uint8_t *picture, int x, int y, uint8_t rgb[3])
{
    int chroma = y / 2 * (FIXTURE_WIDTH / 2) + x / 2;
    double luma = 1.164384 * (picture[y * FIXTURE_WIDTH + x] - 16);
    double u = picture[LUMA_SIZE + chroma] - 128;
    double v = picture[LUMA_SIZE + LUMA_SIZE / 4 + chroma] - 128;
    rgb[0] = clamp(luma + 1.596027 * v);
    rgb[1] = clamp(luma - 0.391762 * u - 0.812968 * v);
    rgb[2] = clamp(luma + 2.017232 * u);
}

static void
assert_colour(GstSample *sample, uint32_t colour, int x, int y)
{
    GstMapInfo map;
    assert_true(gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ));
    assert_int_equal(map.size, LUMA_SIZE * 3 / 2);
    uint8_t rgb[3];
    decode(map.data, x, y, rgb);
    for (int channel = 0; channel < 3; channel++) {
        int wanted = colour >> (16 - channel * 8) & 0xff;
        if (abs(wanted - rgb[channel]) > 4) {
            fail_msg("%06x became %02x%02x%02x", colour, rgb[0], rgb[1], rgb[2]);
        }
    }
    gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
}

// For a human: HAIRPIN_TEST_PNG=FILE writes the picture.
static void
write_png(GstSample *sample)
{
    const char *path = g_getenv("HAIRPIN_TEST_PNG");
    GstMapInfo map;
    if (path == NULL || !gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ)) {
        return;
    }
    uint8_t *rgb = g_malloc(LUMA_SIZE * 3);
    for (int i = 0; i < LUMA_SIZE; i++) {
        decode(map.data, i % FIXTURE_WIDTH, i / FIXTURE_WIDTH, rgb + (size_t) i * 3);
    }
    png_image image = { .version = PNG_IMAGE_VERSION,
        .width = FIXTURE_WIDTH,
        .height = FIXTURE_HEIGHT,
        .format = PNG_FORMAT_RGB };
    png_image_write_to_file(&image, path, 0, rgb, 0, NULL);
    g_free(rgb);
    gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
}

static void
still_screen_gives_one_picture(void **state)
{
    open_pipeline("repeats=false");
    GstSample *sample = pull(FIXTURE_TIMEOUT_MS);
    assert_non_null(sample);
    GstVideoInfo info;
    assert_true(gst_video_info_from_caps(&info, gst_sample_get_caps(sample)));
    assert_int_equal(GST_VIDEO_INFO_WIDTH(&info), FIXTURE_WIDTH);
    assert_int_equal(GST_VIDEO_INFO_HEIGHT(&info), FIXTURE_HEIGHT);
    assert_int_equal(info.size, gst_buffer_get_size(gst_sample_get_buffer(sample)));
    assert_true(GST_BUFFER_PTS_IS_VALID(gst_sample_get_buffer(sample)));
    gst_sample_unref(sample);
    assert_int_equal(count_pictures(), 0);
    fixture_fill(&fixture, 0x123456, 10, 10, 5, 5);
    assert_int_equal(count_pictures(), 1);
}

static void
solid_colours_are_exact(void **state)
{
    static const uint32_t colours[] = { 0xffffff, 0x000000, 0xff0000, 0x00ff00, 0x0000ff, 0xffff00,
        0x00ffff, 0xff00ff, 0x808080, 0x336699, 0xc0ffee, 0x7f3f1f, 0x10e0a0, 0xf08020 };
    open_pipeline("max-framerate=60 repeats=false");
    gst_sample_unref(pull(FIXTURE_TIMEOUT_MS));
    for (size_t i = 0; i < G_N_ELEMENTS(colours); i++) {
        fixture_fill(&fixture, colours[i], 0, 0, FIXTURE_WIDTH, FIXTURE_HEIGHT);
        GstSample *sample = NULL;
        GstSample *next;
        while ((next = pull(sample == NULL ? FIXTURE_TIMEOUT_MS : 50)) != NULL) {
            g_clear_pointer(&sample, gst_sample_unref);
            sample = next;
        }
        assert_non_null(sample);
        assert_colour(sample, colours[i], 0, 0);
        assert_colour(sample, colours[i], FIXTURE_WIDTH - 1, FIXTURE_HEIGHT - 1);
        assert_colour(sample, colours[i], 321, 123);
        gst_sample_unref(sample);
    }
}

static void
only_what_changed_is_taken_anew(void **state)
{
    open_pipeline("repeats=false");
    gst_sample_unref(pull(FIXTURE_TIMEOUT_MS));
    fixture_fill(&fixture, 0xff0000, 101, 201, 31, 17); // odd places: chroma is shared by rows
    GstSample *sample = pull(FIXTURE_TIMEOUT_MS);
    assert_non_null(sample);
    assert_colour(sample, 0xff0000, 110, 204);
    assert_colour(sample, 0xff0000, 130, 217);
    assert_colour(sample, 0xffffff, 110, 199);
    assert_colour(sample, 0xffffff, 110, 220);
    assert_colour(sample, 0xffffff, 98, 210);
    gst_sample_unref(sample);
}

static void
busy_screen_is_capped_and_its_last_picture_complete(void **state)
{
    open_pipeline("max-framerate=20 repeats=false");
    gst_sample_unref(pull(FIXTURE_TIMEOUT_MS));
    gint64 begin_us = g_get_monotonic_time();
    uint32_t colour = 0;
    while (g_get_monotonic_time() - begin_us < 500000) {
        colour = (colour * 5 + 0x10307) & 0xffffff;
        fixture_fill(&fixture, colour, 0, 0, FIXTURE_WIDTH, FIXTURE_HEIGHT);
    }
    fixture_fill(&fixture, 0x2040c0, 0, 0, FIXTURE_WIDTH, FIXTURE_HEIGHT / 2);
    fixture_fill(&fixture, 0xe0a020, 0, FIXTURE_HEIGHT / 2, FIXTURE_WIDTH, FIXTURE_HEIGHT / 2);
    int count = 0;
    GstSample *last = NULL;
    GstSample *sample;
    while ((sample = pull(STILL_MS)) != NULL) {
        g_clear_pointer(&last, gst_sample_unref);
        last = sample;
        count++;
    }
    assert_in_range(count, 5, 13);
    assert_colour(last, 0x2040c0, 320, 10);
    assert_colour(last, 0xe0a020, 320, FIXTURE_HEIGHT - 10);
    write_png(last);
    gst_sample_unref(last);
}

static int
rate_of(GstSample *sample)
{
    GstVideoInfo info;
    assert_true(gst_video_info_from_caps(&info, gst_sample_get_caps(sample)));
    return GST_VIDEO_INFO_FPS_N(&info);
}

static void
set_rate(int rate)
{
    const struct hp_screen_mode mode = { FIXTURE_WIDTH, FIXTURE_HEIGHT, rate };
    assert_true(hp_screen_apply(fixture.connection, fixture.screen->root, &mode));
}

// Changes the picture until one comes at that rate. Returns how many more come in half a second.
static int
count_at_rate(int rate)
{
    int count = -1;
    gint64 begin_us = g_get_monotonic_time();
    gint64 end_us = begin_us + FIXTURE_TIMEOUT_MS * 1000;
    for (uint32_t colour = 0; g_get_monotonic_time() < end_us; colour += 0x10307) {
        fixture_fill(&fixture, colour & 0xffffff, 0, 0, FIXTURE_WIDTH, FIXTURE_HEIGHT);
        GstSample *sample = pull(5);
        if (sample == NULL) {
            continue;
        }
        if (count >= 0 || rate_of(sample) == rate) {
            end_us = count < 0 ? g_get_monotonic_time() + 500000 : end_us;
            count++;
        }
        gst_sample_unref(sample);
    }
    return count;
}

static void
rate_of_the_screen_is_followed(void **state)
{
    set_rate(30);
    open_pipeline("max-framerate=60 repeats=false");
    assert_in_range(count_at_rate(30), 1, 20);
    set_rate(10); // of the same size
    assert_in_range(count_at_rate(10), 1, 7);
    set_rate(120); // more than the host allows
    assert_in_range(count_at_rate(60), 8, 35);
}

static void
forced_key_unit_repeats_the_picture(void **state)
{
    open_pipeline("max-framerate=1 repeats=false");
    gst_sample_unref(pull(FIXTURE_TIMEOUT_MS));
    assert_int_equal(count_pictures(), 0);
    gint64 begin_us = g_get_monotonic_time();
    gst_element_send_event(source, gst_video_event_new_upstream_force_key_unit(-1, TRUE, 0));
    GstSample *sample = pull(FIXTURE_TIMEOUT_MS);
    assert_non_null(sample);
    assert_true(g_get_monotonic_time() - begin_us < 500000);
    assert_colour(sample, 0xffffff, 5, 5);
    gst_sample_unref(sample);
    GstPad *pad = gst_element_get_static_pad(sink, "sink");
    gst_pad_push_event(pad, gst_video_event_new_upstream_force_key_unit(-1, TRUE, 0));
    gst_object_unref(pad);
    assert_int_equal(count_pictures(), 1);
}

// The clock is real here; test_beat.c has the exact times.
static void
still_picture_is_repeated_as_the_beat_says(void **state)
{
    open_pipeline("");
    gst_sample_unref(pull(FIXTURE_TIMEOUT_MS));
    gint64 begin_us = g_get_monotonic_time();
    // The refinements, and the first of the many repeats.
    for (int i = 0; i < HP_BEAT_REFINEMENTS + 1; i++) {
        GstSample *sample = pull(FIXTURE_TIMEOUT_MS);
        assert_non_null(sample);
        assert_colour(sample, 0xffffff, 5, 5);
        gst_sample_unref(sample);
    }
    int64_t least_us = HP_BEAT_REFINE_US + (HP_BEAT_REFINEMENTS - 1) * HP_BEAT_REFINE_STEP_US
            + HP_BEAT_STILL_US;
    assert_true(g_get_monotonic_time() - begin_us >= least_us / 2);
}

// Some clients show a picture only when the next one's first packet has come.
static void
second_picture_follows_a_keyframe(void **state)
{
    open_pipeline("");
    for (int i = 0; i <= HP_BEAT_REFINEMENTS; i++) { // from here on repeats come seldom
        gst_sample_unref(pull(FIXTURE_TIMEOUT_MS));
    }
    gst_element_send_event(source, gst_video_event_new_upstream_force_key_unit(-1, TRUE, 0));
    GstSample *keyframe = pull(FIXTURE_TIMEOUT_MS);
    GstSample *second = pull(FIXTURE_TIMEOUT_MS);
    assert_non_null(second);
    GstClockTime distance = GST_BUFFER_PTS(gst_sample_get_buffer(second))
            - GST_BUFFER_PTS(gst_sample_get_buffer(keyframe));
    assert_true(distance < HP_BEAT_STILL_US * (GstClockTime) GST_USECOND);
    gst_sample_unref(keyframe);
    gst_sample_unref(second);
}

static void
stopping_and_starting_again_is_prompt(void **state)
{
    open_pipeline("");
    for (int i = 0; i < 5; i++) {
        GstSample *sample = pull(FIXTURE_TIMEOUT_MS);
        assert_non_null(sample);
        gst_sample_unref(sample);
        gint64 begin_us = g_get_monotonic_time();
        gst_element_set_state(pipeline, GST_STATE_NULL);
        assert_true(g_get_monotonic_time() - begin_us < 500000);
        gst_element_set_state(pipeline, GST_STATE_PLAYING);
    }
}

static void
dead_server_is_an_error_message(void **state)
{
    open_pipeline("");
    gst_sample_unref(pull(FIXTURE_TIMEOUT_MS));
    fixture_kill_server(&fixture);
    GstBus *bus = gst_element_get_bus(pipeline);
    GstMessage *message = gst_bus_timed_pop_filtered(bus, 5 * GST_SECOND, GST_MESSAGE_ERROR);
    assert_non_null(message);
    gst_message_unref(message);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_element_set_state(pipeline, GST_STATE_PLAYING); // nothing to connect to
    message = gst_bus_timed_pop_filtered(bus, 5 * GST_SECOND, GST_MESSAGE_ERROR);
    assert_non_null(message);
    gst_message_unref(message);
    gst_object_unref(bus);
}

int
main(int argc, char **argv)
{
    if (!fixture_is_possible()) {
        return 77;
    }
    gst_init(&argc, &argv);
    assert_true(hp_capture_register());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(still_screen_gives_one_picture, set_up, tear_down),
        cmocka_unit_test_setup_teardown(solid_colours_are_exact, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_changed_is_taken_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
                busy_screen_is_capped_and_its_last_picture_complete, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rate_of_the_screen_is_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forced_key_unit_repeats_the_picture, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
                still_picture_is_repeated_as_the_beat_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(second_picture_follows_a_keyframe, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stopping_and_starting_again_is_prompt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dead_server_is_an_error_message, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
