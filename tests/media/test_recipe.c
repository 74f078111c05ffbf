// Tests of media/recipe.c: texts, and what they do to colours.
#include "media/recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include "media/media.h"

enum {
    TOLERANCE = 4
}; // of 255 in each channel

static void
placeholders_are_filled_in(void **state)
{
    static const struct hp_recipe_values values = {
        .display = ":99",
        .source = "videotestsrc",
        .fps = 25,
        .bitrate_kbps = 900,
        .width = 640,
        .height = 480,
    };
    char *error = NULL;
    char *text = hp_recipe_fill(
            "{source} d={display} {fps}/{bitrate} {width}x{height}", &values, &error);
    (void) state;
    assert_string_equal(text, "videotestsrc d=:99 25/900 640x480");
    assert_null(error);
    g_free(text);
}

static void
sound_comes_from_the_server_of_the_device(void **state)
{
    static const struct hp_recipe_values values = {
        .source = "pulsesrc server=\"unix:/b\" device=\"a\"",
        .device = "a",
        .sound_server = "unix:/b",
    };
    static const struct {
        const char *text, *filled;
    } cases[] = {
        { "pulsesrc device={device} ! opusenc ! appsink",
                "pulsesrc device=a server=\"unix:/b\" ! opusenc ! appsink" },
        { "pulsesrc device=\"{device}\"!opusenc",
                "pulsesrc device=\"a\" server=\"unix:/b\" !opusenc" },
        { "tee ! pulsesrc ! x", "tee ! pulsesrc server=\"unix:/b\" ! x" },
        { "pulsesrc server=other device={device} ! x", "pulsesrc server=other device=a ! x" },
        { "{source} ! x", "pulsesrc server=\"unix:/b\" device=\"a\" ! x" },
        { "pulsesrcery ! x", "pulsesrcery ! x" },
    };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *error = NULL;
        char *text = hp_recipe_fill(cases[i].text, &values, &error);
        assert_string_equal(text, cases[i].filled);
        g_free(text);
    }
}

static bool
has_threads(unsigned count, const char *threads)
{
    const struct hp_recipe_params params = {
        .codec = HP_CODEC_VP8,
        .head = "videotestsrc",
        .threads = count,
    };
    char *text = hp_recipe_build(&params);
    bool is_so = strstr(text, threads) != NULL;
    g_free(text);
    return is_so;
}

static void
vp8_has_as_many_threads_as_asked_for(void **state)
{
    (void) state;
    assert_true(has_threads(0, " threads=1 "));
    assert_true(has_threads(1, " threads=1 "));
    assert_true(has_threads(4, " threads=4 "));
    assert_true(has_threads(1, "vp8enc name=" HP_RECIPE_VP8 " "));
}

static void
lists_of_gstreamer_are_no_placeholders(void **state)
{
    static const struct hp_recipe_values values = { .fps = 1 };
    static const char list[] = "video/x-raw,format={I420,NV12},x={ au },y={},z={au,nal} {";
    char *error = NULL;
    char *text = hp_recipe_fill(list, &values, &error);
    (void) state;
    assert_string_equal(text, list);
    g_free(text);
}

static void
an_unknown_placeholder_is_an_error_that_names_the_known_ones(void **state)
{
    static const struct hp_recipe_values values = { .fps = 1 };
    char *error = NULL;
    (void) state;
    assert_null(hp_recipe_fill("ximagesrc display-name={dispaly}", &values, &error));
    assert_non_null(strstr(error, "{dispaly}"));
    assert_non_null(strstr(error, "{display}"));
    assert_non_null(strstr(error, "{source}"));
    g_free(error);
}

static void
a_placeholder_without_a_value_is_an_error(void **state)
{
    static const struct hp_recipe_values values = { .fps = 1 };
    char *error = NULL;
    (void) state;
    assert_null(hp_recipe_fill("pulsesrc device={device}", &values, &error));
    assert_non_null(strstr(error, "{device} has no value"));
    g_free(error);
}

static void
a_damage_driven_head_is_not_thinned_out(void **state)
{
    struct hp_recipe_params params = { .codec = HP_CODEC_VP8, .head = "a", .fps = 30 };
    char *text = hp_recipe_build(&params);
    (void) state;
    assert_non_null(strstr(text, "max-rate=30"));
    g_free(text);
    params.is_damage_driven = true;
    text = hp_recipe_build(&params);
    assert_null(strstr(text, "videorate"));
    assert_null(strstr(text, "queue"));
    g_free(text);
}

static void
a_head_is_told_the_most_pictures_a_second(void **state)
{
    struct hp_recipe_params params = {
        .codec = HP_CODEC_VP8, .head = "a max={fps} b", .fps = 25, .is_damage_driven = true
    };
    char *text = hp_recipe_build(&params);
    (void) state;
    assert_true(g_str_has_prefix(text, "a max=25 b ! "));
    g_free(text);
    char *error = NULL;
    struct hp_recipe_values values = { .source = "a max={fps}", .url = "x{fps}", .fps = 10 };
    text = hp_recipe_fill("{source} ! b {url}", &values, &error);
    assert_string_equal(text, "a max=10 ! b x{fps}"); // what others say stays as it is
    g_free(text);
}

// Plays a recipe's own encoder into a decoder and takes its 20th picture.
static GstSample *
decode(enum hp_codec codec, const char *head)
{
    // Without the queue that skips pictures: the head is not live here.
    struct hp_recipe_params params = { .codec = codec, .head = head, .is_damage_driven = true };
    char *text = hp_recipe_build(&params);
    char *sink = strstr(text, "appsink");
    assert_non_null(sink);
    *sink = '\0';
    char *whole = g_strdup_printf("%s%s ! videoconvert ! video/x-raw,format=I420 "
                                  "! appsink name=appsink sync=false max-buffers=1",
            text, codec == HP_CODEC_VP8 ? "vp8dec" : "avdec_h264");
    GError *error = NULL;
    GstElement *pipeline = gst_parse_launch(whole, &error);
    assert_null(error);
    GstElement *appsink = gst_bin_get_by_name(GST_BIN(pipeline), "appsink");
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    GstSample *sample = NULL;
    for (int i = 0; i < 20; i++) {
        g_clear_pointer(&sample, gst_sample_unref);
        sample = gst_app_sink_try_pull_sample(GST_APP_SINK(appsink), 20 * GST_SECOND);
        assert_non_null(sample);
    }
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(appsink);
    gst_object_unref(pipeline);
    g_free(whole);
    g_free(text);
    return sample;
}

static int
clamp(double value)
{
    return value < 0 ? 0 : value > 255 ? 255 : (int) (value + 0.5);
}

// As a browser does it: ITU-R BT.601, limited range.
static void
to_rgb(const uint8_t yuv[3], int rgb[3])
{
    double y = 255.0 / 219.0 * (yuv[0] - 16);
    double cb = (yuv[1] - 128) / 112.0 * 127.5, cr = (yuv[2] - 128) / 112.0 * 127.5;
    rgb[0] = clamp(y + 1.402 * cr);
    rgb[1] = clamp(y - 0.344136 * cb - 0.714136 * cr);
    rgb[2] = clamp(y + 1.772 * cb);
}

static void
check_colour(enum hp_codec codec, int width, int height, uint32_t colour)
{
    char *head = g_strdup_printf("videotestsrc num-buffers=25 pattern=solid-color "
                                 "foreground-color=%u ! video/x-raw,format=BGRx,width=%d,"
                                 "height=%d,framerate=30/1",
            0xff000000u | colour, width, height);
    GstSample *sample = decode(codec, head);
    GstMapInfo map;
    assert_true(gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ));
    size_t luma = (size_t) width * (size_t) height;
    assert_int_equal(map.size, luma * 3 / 2);
    size_t half = (size_t) width / 2;
    for (size_t i = 1; i < 8; i++) { // along the diagonal
        size_t x = (size_t) width * i / 8, y = (size_t) height * i / 8;
        size_t chroma = luma + y / 2 * half + x / 2;
        uint8_t yuv[3] = { map.data[y * (size_t) width + x], map.data[chroma],
            map.data[chroma + luma / 4] };
        int rgb[3];
        to_rgb(yuv, rgb);
        for (int c = 0; c < 3; c++) {
            int wanted = (int) (colour >> (16 - 8 * c) & 255);
            if (abs(rgb[c] - wanted) > TOLERANCE) {
                fail_msg("%s %dx%d %06x: came out as %d %d %d", hp_codec_name(codec), width, height,
                        colour, rgb[0], rgb[1], rgb[2]);
            }
        }
    }
    gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
    gst_sample_unref(sample);
    g_free(head);
}

static void
check_colours(enum hp_codec codec)
{
    static const uint32_t colours[] = { 0xff0000, 0x00ff00, 0x0000ff, 0xffff00, 0x00ffff, 0xff00ff,
        0x000000, 0xffffff, 0x808080, 0x202020, 0xd0d0d0, 0x336699, 0xcc8844 };
    for (size_t i = 0; i < G_N_ELEMENTS(colours); i++) {
        check_colour(codec, 640, 480, colours[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        check_colour(codec, 1280, 720, colours[i]);
        check_colour(codec, 1920, 1080, colours[i]);
    }
    check_colour(codec, 1280, 720, 0x336699);
    check_colour(codec, 1920, 1080, 0x336699);
}

static void
colours_come_out_right_in_vp8(void **state)
{
    (void) state;
    check_colours(HP_CODEC_VP8);
}

static void
colours_come_out_right_in_h264(void **state)
{
    (void) state;
    GstElementFactory *decoder = gst_element_factory_find("avdec_h264");
    if (decoder == NULL) {
        skip();
    }
    gst_object_unref(decoder);
    check_colours(HP_CODEC_H264);
}

static int
set_up(void **state)
{
    (void) state;
    return hp_media_init() ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placeholders_are_filled_in),
        cmocka_unit_test(sound_comes_from_the_server_of_the_device),
        cmocka_unit_test(vp8_has_as_many_threads_as_asked_for),
        cmocka_unit_test(lists_of_gstreamer_are_no_placeholders),
        cmocka_unit_test(an_unknown_placeholder_is_an_error_that_names_the_known_ones),
        cmocka_unit_test(a_placeholder_without_a_value_is_an_error),
        cmocka_unit_test(a_damage_driven_head_is_not_thinned_out),
        cmocka_unit_test(a_head_is_told_the_most_pictures_a_second),
        cmocka_unit_test(colours_come_out_right_in_vp8),
        cmocka_unit_test(colours_come_out_right_in_h264),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
