// Tests of plugins/pattern: the module is loaded as the host does it, into a fake host. This
// program has no symbol of the host, so a plugin that needed one would not load.
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include "base/plugin.h"

enum {
    COLUMNS = 16
};

struct options { // as the plugin's rows lay it out; checked by offset in fill_options()
    char *size;
    int64_t rate;
    int64_t tone_hz;
    char *colour;
};

struct hp_host {
    char *heads[2]; // by enum hp_source_kind
    char *names[2];
    struct hp_plugin_screen screen;
    int errors, restarts;
};

static void *module;
static const struct hp_plugin *plugin;

static void
host_log(struct hp_host *host, enum hp_plugin_log_level level, const char *text)
{
    (void) text;
    host->errors += level == HP_PLUGIN_ERROR ? 1 : 0;
}

static bool
host_source_add(struct hp_host *host, const struct hp_plugin_source *source)
{
    assert_int_equal(source->size, sizeof(*source));
    assert_null(host->heads[source->kind]);
    host->heads[source->kind] = g_strdup(source->head);
    host->names[source->kind] = g_strdup(source->name);
    return true;
}

static void
host_source_restart(struct hp_host *host, const char *name)
{
    assert_string_equal(name, host->names[HP_SOURCE_VIDEO]);
    host->restarts++;
}

static void
host_set_screen(struct hp_host *host, const struct hp_plugin_screen *screen)
{
    host->screen = *screen;
}

static const struct hp_host_table table = {
    .abi = HP_PLUGIN_ABI,
    .size = sizeof(table),
    .log = host_log,
    .source_add = host_source_add,
    .source_restart = host_source_restart,
    .set_screen = host_set_screen,
};

static const struct hp_option *
find_row(const char *name)
{
    const struct hp_option *row = plugin->options;
    while (row->name != NULL && strcmp(row->name, name) != 0) {
        row++;
    }
    assert_non_null(row->name);
    return row;
}

// The defaults, as the host would fill them in.
static void
fill_options(struct options *options)
{
    assert_int_equal(plugin->options_size, sizeof(*options));
    assert_int_equal(find_row("pattern.size")->offset, offsetof(struct options, size));
    assert_int_equal(find_row("pattern.rate")->offset, offsetof(struct options, rate));
    assert_int_equal(find_row("pattern.tone")->offset, offsetof(struct options, tone_hz));
    assert_int_equal(find_row("pattern.colour")->offset, offsetof(struct options, colour));
    options->size = (char *) find_row("pattern.size")->fallback;
    options->rate = atoi(find_row("pattern.rate")->fallback);
    options->tone_hz = atoi(find_row("pattern.tone")->fallback);
    options->colour = (char *) find_row("pattern.colour")->fallback;
}

static void
empty_host(struct hp_host *host)
{
    for (int i = 0; i < 2; i++) {
        g_free(host->heads[i]);
        g_free(host->names[i]);
    }
    *host = (struct hp_host){ 0 };
}

struct player {
    GstElement *pipeline, *appsink;
};

static struct player
play(const char *head)
{
    char *text =
            g_strdup_printf("%s ! appsink name=appsink sync=false max-buffers=2 drop=true", head);
    GError *error = NULL;
    struct player player = { .pipeline = gst_parse_launch(text, &error) };
    assert_null(error);
    player.appsink = gst_bin_get_by_name(GST_BIN(player.pipeline), "appsink");
    gst_element_set_state(player.pipeline, GST_STATE_PLAYING);
    g_free(text);
    return player;
}

static GstSample *
pull(const struct player *player)
{
    GstSample *sample =
            gst_app_sink_try_pull_sample(GST_APP_SINK(player->appsink), 10 * GST_SECOND);
    assert_non_null(sample);
    return sample;
}

static void
end_play(const struct player *player)
{
    gst_element_set_state(player->pipeline, GST_STATE_NULL);
    gst_object_unref(player->appsink);
    gst_object_unref(player->pipeline);
}

// A picture as a reader in a browser has it.
struct view {
    GstSample *sample;
    GstMapInfo map;
    int width, height;
};

static void
open_view(struct view *view, const struct player *player)
{
    view->sample = pull(player);
    const GstStructure *caps = gst_caps_get_structure(gst_sample_get_caps(view->sample), 0);
    assert_true(gst_structure_get_int(caps, "width", &view->width));
    assert_true(gst_structure_get_int(caps, "height", &view->height));
    assert_true(gst_buffer_map(gst_sample_get_buffer(view->sample), &view->map, GST_MAP_READ));
}

static void
close_view(struct view *view)
{
    gst_buffer_unmap(gst_sample_get_buffer(view->sample), &view->map);
    gst_sample_unref(view->sample);
}

static uint32_t
colour_at(const struct view *view, int x, int y)
{
    const uint8_t *pixel = view->map.data + (y * view->width + x) * 4;
    return (uint32_t) pixel[2] << 16 | (uint32_t) pixel[1] << 8 | pixel[0];
}

static unsigned
read_row(const struct view *view, int row)
{
    unsigned bits = 0;
    for (int i = 0; i < COLUMNS; i++) {
        int x = view->width * (2 * i + 1) / (2 * COLUMNS);
        int y = view->height / 4 * (2 * row + 1) / 8;
        bits = bits << 1 | ((colour_at(view, x, y) & 0xff) > 127 ? 1 : 0);
    }
    return bits;
}

static unsigned
read_counter(const struct view *view)
{
    unsigned marks = read_row(view, 0), counter = read_row(view, 1);
    unsigned x = read_row(view, 2), y = read_row(view, 3);
    assert_int_equal(marks >> 8, 0xa5);
    assert_int_equal(marks & 0xff, (counter * 167 + x * 59 + y * 31 + 13) >> 3 & 0xff);
    return counter;
}

static void
the_counter_is_read_back_and_advances(void **state)
{
    static const char *const sizes[] = { "1280x720", "64x64", "1366x768", "640x480" };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct hp_host host = { 0 };
        struct options options;
        struct view view;
        fill_options(&options);
        options.size = (char *) sizes[i];
        void *self = plugin->start(&host, &table, &options);
        assert_non_null(self);
        struct player player = play(host.heads[HP_SOURCE_VIDEO]);
        unsigned last = 0;
        for (int frame = 0; frame < 10; frame++) {
            open_view(&view, &player);
            unsigned counter = read_counter(&view);
            unsigned step = (counter - last) & 0xffff;
            assert_true(frame == 0 || (step >= 1 && step < 3000));
            last = counter;
            close_view(&view);
        }
        end_play(&player);
        plugin->stop(self);
        empty_host(&host);
    }
}

static void
pictures_come_at_the_rate_and_on_the_clock(void **state)
{
    struct hp_host host = { 0 };
    struct options options;
    (void) state;
    fill_options(&options);
    options.rate = 50;
    void *self = plugin->start(&host, &table, &options);
    struct player player = play(host.heads[HP_SOURCE_VIDEO]);
    GstClockTime first = 0;
    for (int i = 0; i < 20; i++) {
        GstSample *sample = pull(&player);
        GstClockTime pts = GST_BUFFER_PTS(gst_sample_get_buffer(sample));
        first = i == 0 ? pts : first;
        assert_int_equal((pts - first) % (GST_SECOND / 50), 0);
        gst_sample_unref(sample);
    }
    GstClockTime running = gst_clock_get_time(GST_ELEMENT_CLOCK(player.pipeline))
            - gst_element_get_base_time(player.pipeline);
    assert_true(running >= first + 19 * GST_SECOND / 50); // no faster than time itself
    end_play(&player);
    plugin->stop(self);
    empty_host(&host);
}

static void
the_lower_quarter_has_the_colour(void **state)
{
    struct hp_host host = { 0 };
    struct options options;
    struct view view;
    (void) state;
    fill_options(&options);
    options.colour = (char *) "#C08040";
    void *self = plugin->start(&host, &table, &options);
    struct player player = play(host.heads[HP_SOURCE_VIDEO]);
    open_view(&view, &player);
    assert_int_equal(colour_at(&view, 3, view.height - 3), 0xc08040);
    assert_int_equal(colour_at(&view, view.width - 1, view.height * 3 / 4), 0xc08040);
    assert_int_equal(colour_at(&view, 2, view.height / 4), 0xffffff); // the first bar
    close_view(&view);
    end_play(&player);
    plugin->stop(self);
    empty_host(&host);
}

static void
the_pointer_is_seen_in_the_picture(void **state)
{
    struct hp_host host = { 0 };
    struct options options;
    struct view view;
    struct hp_input move = { .kind = HP_INPUT_MOVE, .x = 700, .y = 650 };
    struct hp_input key = { .kind = HP_INPUT_KEY_DOWN, .keysym = 'a' };
    (void) state;
    fill_options(&options);
    void *self = plugin->start(&host, &table, &options);
    struct player player = play(host.heads[HP_SOURCE_VIDEO]);
    open_view(&view, &player);
    assert_int_equal(read_row(&view, 2), 0xffff);
    close_view(&view);
    plugin->on_input(self, NULL, &move);
    plugin->on_input(self, NULL, &key);
    for (unsigned x = 0xffff; x == 0xffff;) {
        open_view(&view, &player);
        read_counter(&view);
        x = read_row(&view, 2);
        if (x != 0xffff) {
            assert_int_equal(x, 700);
            assert_int_equal(read_row(&view, 3), 650);
            assert_int_equal(colour_at(&view, 700, 650), 0xffffff);
            assert_int_equal(colour_at(&view, 708, 650), 0xffffff);
            assert_int_equal(colour_at(&view, 708, 653), 0x000000);
            assert_int_equal(colour_at(&view, 720, 650), 0x336699);
        }
        close_view(&view);
    }
    end_play(&player);
    plugin->stop(self);
    empty_host(&host);
}

static void
another_screen_size_restarts_the_source(void **state)
{
    struct hp_host host = { 0 };
    struct options options;
    struct view view;
    struct hp_plugin_screen screen = { .size = sizeof(screen), .width = 801, .height = 600 };
    (void) state;
    fill_options(&options);
    void *self = plugin->start(&host, &table, &options);
    assert_int_equal(host.screen.width, 1280);
    assert_int_equal(host.screen.height, 720);
    plugin->set_screen(self, &screen);
    assert_int_equal(host.restarts, 1);
    assert_int_equal(host.screen.width, 800);
    assert_int_equal(host.screen.height, 600);
    struct player player = play(host.heads[HP_SOURCE_VIDEO]);
    open_view(&view, &player);
    assert_int_equal(view.width, 800);
    read_counter(&view);
    close_view(&view);
    end_play(&player);
    plugin->stop(self);
    empty_host(&host);
}

static void
the_tone_has_its_frequency(void **state)
{
    struct hp_host host = { 0 };
    struct options options;
    int samples = 0, crossings = 0;
    (void) state;
    fill_options(&options);
    options.tone_hz = 1000;
    void *self = plugin->start(&host, &table, &options);
    char *head = g_strdup_printf(
            "%s ! audioconvert ! audio/x-raw,format=S16LE,channels=1", host.heads[HP_SOURCE_AUDIO]);
    struct player player = play(head);
    while (samples < 24000) {
        GstSample *sample = pull(&player);
        GstMapInfo map;
        gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ);
        for (size_t i = 2; i + 1 < map.size; i += 2, samples++) {
            int16_t before, now;
            memcpy(&before, map.data + i - 2, 2);
            memcpy(&now, map.data + i, 2);
            crossings += before < 0 && now >= 0 ? 1 : 0;
        }
        gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
        gst_sample_unref(sample);
    }
    assert_in_range(crossings, 480, 510); // half a second; a crossing between buffers is not seen
    end_play(&player);
    plugin->stop(self);
    empty_host(&host);
    g_free(head);
}

static void
wrong_options_are_refused(void **state)
{
    static const char *const sizes[] = { "", "1280", "1280x", "1281x720", "1280x720x", "10x10",
        "9999x720", "axb" };
    static const char *const colours[] = { "", "336699", "#33669", "#3366990", "#33669g", "#-33669",
        "#0x3366", "red" };
    struct hp_host host = { 0 };
    struct options options;
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        fill_options(&options);
        options.size = (char *) sizes[i];
        assert_null(plugin->start(&host, &table, &options));
        assert_int_equal(host.errors, (int) i + 1);
    }
    host.errors = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(colours); i++) {
        fill_options(&options);
        options.colour = (char *) colours[i];
        assert_null(plugin->start(&host, &table, &options));
        assert_int_equal(host.errors, (int) i + 1);
    }
    assert_null(host.heads[HP_SOURCE_VIDEO]);
}

static void
a_picture_outlives_its_plugin(void **state)
{
    struct hp_host host = { 0 };
    struct options options;
    (void) state;
    fill_options(&options);
    void *self = plugin->start(&host, &table, &options);
    struct player player = play(host.heads[HP_SOURCE_VIDEO]);
    gst_sample_unref(pull(&player));
    plugin->stop(self);
    gst_sample_unref(pull(&player));
    end_play(&player);
    empty_host(&host);
}

static int
load(void **state)
{
    (void) state;
    gst_init(NULL, NULL);
    module = dlopen(PATTERN_MODULE, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL) {
        print_error("%s\n", dlerror());
        return -1;
    }
    plugin = dlsym(module, "hp_plugin");
    return plugin != NULL && plugin->abi == HP_PLUGIN_ABI ? 0 : -1;
}

static int
unload(void **state)
{
    (void) state;
    return dlclose(module);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_counter_is_read_back_and_advances),
        cmocka_unit_test(pictures_come_at_the_rate_and_on_the_clock),
        cmocka_unit_test(the_lower_quarter_has_the_colour),
        cmocka_unit_test(the_pointer_is_seen_in_the_picture),
        cmocka_unit_test(another_screen_size_restarts_the_source),
        cmocka_unit_test(the_tone_has_its_frequency),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(a_picture_outlives_its_plugin),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
