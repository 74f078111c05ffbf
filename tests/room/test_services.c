// Tests of room/services.c: what a plugin asks of its room.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "house.h"
#include "member/plugin_settings.h"
#include "plugin/plugins.h"

static const struct hp_host_table *table;
static struct hp_host *host;
static unsigned closed;
static bool has_sound; // of its own, from start() on

static void *
start(struct hp_host *given_host, const struct hp_host_table *given, const void *options)
{
    (void) options;
    host = given_host;
    table = given;
    table->channel_bind(host, "record");
    const struct hp_plugin_source sound = {
        .size = sizeof(sound), .kind = HP_SOURCE_AUDIO, .name = "tone", .head = "audiotestsrc"
    };
    assert_true(!has_sound || table->source_add(host, &sound));
    return &closed;
}

static void
stop(void *self)
{
    (void) self;
    g_string_append_printf(the_house->plugin, "recorder stops, %u closed\n", closed);
}

static const struct hp_plugin recorder = { .abi = HP_PLUGIN_ABI,
    .size = sizeof(struct hp_plugin),
    .name = "recorder",
    .start = start,
    .stop = stop };

static struct house *
create(void)
{
    struct house *house = house_create(0, NULL);
    closed = 0;
    assert_true(hp_room_start_plugin(house->room, &recorder, NULL));
    return house;
}

static void
keep_five(struct hp_rules *rules)
{
    hp_plugin_settings_set(&rules->plugins, "recorder", "5");
}

static void
settings_are_the_plugins_own(void **state)
{
    struct house *house = create();
    struct hp_session *session = house_enter(house, "ann");
    (void) state;
    assert_null(table->session_settings(host, session));
    assert_null(table->room_settings(host));
    hp_plugin_settings_set(&session->profile.plugins, "recorder", "{\"can\":true}");
    hp_plugin_settings_set(&session->profile.plugins, "other", "{\"secret\":1}");
    assert_string_equal(table->session_settings(host, session), "{\"can\":true}");
    house_set_rules(house, NULL, keep_five);
    assert_string_equal(table->room_settings(host), "5");
    house_destroy(house);
}

static void
a_session_is_connected_and_watches(void **state)
{
    struct house *house = create();
    struct hp_session *session = house_login(house, "ann");
    struct hp_session *connected;
    (void) state;
    assert_false(table->session_is_connected(session));
    assert_int_equal(house_connect(house, session->token, 9, &connected), HP_CONNECT_OK);
    assert_true(table->session_is_connected(session));
    assert_false(table->session_is_watching(session));
    house_watch(house, session);
    assert_true(table->session_is_watching(session));
    house_destroy(house);
}

static void
a_plugin_knows_who_a_session_is_and_who_has_control(void **state)
{
    struct house *house = create();
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    assert_string_equal(table->session_id(ann), ann->id);
    assert_string_equal(table->session_name(ann), "ann");
    assert_null(table->control_host(host));
    hp_control_request(hp_room_control(house->room), ann);
    assert_ptr_equal(table->control_host(host), ann);
    house_destroy(house);
}

// One right at a time is taken away or given: only the answer about that one changes.
static void
a_plugin_is_told_each_right_of_a_session(void **state)
{
    struct house *house = create();
    struct hp_session *ann = house_enter(house, "ann");
    bool *const rights[] = {
        [HP_RIGHT_ADMIN] = &ann->profile.is_admin,
        [HP_RIGHT_WATCH] = &ann->profile.can_watch,
        [HP_RIGHT_HOST] = &ann->profile.can_host,
        [HP_RIGHT_SHARE_MEDIA] = &ann->profile.can_share_media,
        [HP_RIGHT_ACCESS_CLIPBOARD] = &ann->profile.can_access_clipboard,
    };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(rights); i++) {
        *rights[i] = !*rights[i];
        for (size_t k = 0; k < G_N_ELEMENTS(rights); k++) {
            bool has = table->session_has_right(ann, (enum hp_session_right) k);
            assert_int_equal(has, (k != HP_RIGHT_ADMIN) != (k == i));
        }
        *rights[i] = !*rights[i];
    }
    house_destroy(house);
}

static void
take_control(struct house *house, struct hp_session *session)
{
    assert_int_equal(
            hp_control_request(hp_room_control(house->room), session), HP_CONTROL_TAKEN);
    house_pump(house);
}

static void
clipboard_is_open_to_a_host_with_the_right(void **state)
{
    struct house *house = house_create(0, NULL);
    const struct hp_control *control = hp_room_control(house->room);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *admin = house_enter(house, "admin");
    (void) state;
    assert_false(hp_control_opens_clipboard(control, ann));
    take_control(house, ann);
    assert_true(hp_control_opens_clipboard(control, ann));
    assert_false(hp_control_opens_clipboard(control, admin));
    ann->profile.can_access_clipboard = false;
    assert_false(hp_control_opens_clipboard(control, ann));
    house_destroy(house);
}

static void
text_goes_to_the_desktop_and_is_kept(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_plugins *plugins = hp_room_plugins(house->room);
    (void) state;
    assert_string_equal(hp_plugins_clipboard(plugins), "");
    assert_true(hp_plugins_set_clipboard(plugins, "hello"));
    assert_non_null(strstr(house->plugin->str, "clipboard hello\n"));
    assert_string_equal(hp_plugins_clipboard(plugins), "hello");
    house_destroy(house);
}

static void
host_hears_what_a_program_copies_and_nobody_else(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *admin = house_enter(house, "admin");
    (void) state;
    house_copy(house, "before");
    assert_int_equal(house_count(house, ann->link, "clipboard"), 0);
    take_control(house, ann);
    assert_int_equal(house_count(house, ann->link, "clipboard"), 0); // not what was there
    house_copy(house, "theirs");
    assert_int_equal(house_count(house, ann->link, "clipboard theirs"), 1);
    assert_int_equal(house_count(house, admin->link, "clipboard"), 0);
    ann->profile.can_access_clipboard = false;
    house_copy(house, "secret");
    assert_int_equal(house_count(house, ann->link, "clipboard"), 1);
    assert_string_equal(hp_plugins_clipboard(hp_room_plugins(house->room)), "secret");
    house_destroy(house);
}

static void
host_hears_that_a_program_has_copied_what_is_not_told(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_skip_copy(house, true);
    take_control(house, ann);
    assert_int_equal(house_count(house, ann->link, "copied"), 0);
    house_skip_copy(house, true);
    assert_int_equal(house_count(house, ann->link, "copied too much"), 1);
    house_skip_copy(house, false);
    assert_int_equal(house_count(house, ann->link, "copied no text"), 1);
    ann->profile.can_access_clipboard = false;
    house_skip_copy(house, false);
    assert_int_equal(house_count(house, ann->link, "copied"), 2);
    house_destroy(house);
}

static void
what_is_no_text_or_too_large_is_dropped(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    char *text = g_strnfill(HP_CLIPBOARD_MAX + 1, 'x');
    (void) state;
    take_control(house, ann);
    house_copy(house, text);
    house_copy(house, "\xff");
    assert_int_equal(house_count(house, ann->link, "clipboard"), 0);
    text[HP_CLIPBOARD_MAX] = '\0';
    house_copy(house, text);
    assert_int_equal(house_count(house, ann->link, "clipboard x"), 1);
    g_free(text);
    house_destroy(house);
}

static void
events_of_a_plugin_reach_one_or_all(void **state)
{
    struct house *house = create();
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    (void) state;
    house_forget(house);
    table->send(host, ann, "recorder/one", "1");
    table->broadcast(host, "recorder/all", NULL);
    house_pump(house);
    assert_int_equal(house_count(house, ann->link, "plugin recorder/one 1"), 1);
    assert_int_equal(house_count(house, bob->link, "plugin recorder/one"), 0);
    assert_int_equal(house_count(house, ann->link, "plugin recorder/all -"), 1);
    assert_int_equal(house_count(house, bob->link, "plugin recorder/all -"), 1);
    house_destroy(house);
}

static void
a_kind_of_source_that_comes_later_ends_no_peer(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    (void) state;
    house_watch(house, ann);
    house_forget(house);
    has_sound = true;
    assert_true(hp_room_start_plugin(house->room, &recorder, NULL));
    has_sound = false;
    house_pump(house);
    assert_int_equal(house_count(house, ann->link, "closed"), 0);
    assert_int_equal(house_count(house, bob->link, ""), 0); // had no peer
    assert_int_equal(fake_counts.peers_alive, 1);
    house_destroy(house);
}

// A configured pipeline: no plugin has sound, and people hear it all the same.
static void
a_source_that_no_plugin_has_is_offered(void **state)
{
    struct hp_plugin_source source = {
        .size = sizeof(source), .kind = HP_SOURCE_AUDIO, .name = "configured", .head = ""
    };
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_watch(house, ann);
    house_forget(house);
    assert_true(hp_room_add_source(house->room, &source));
    house_pump(house);
    assert_int_equal(house_count(house, ann->link, "closed"), 0); // its peer gets the sound
    assert_false(hp_room_add_source(house->room, &source));
    house_destroy(house);
}

static void
on_frame(void *arg, const struct hp_plugin_frame *frame)
{
    (void) arg;
    (void) frame;
}

static void
on_closed(void *arg)
{
    (void) arg;
    closed++;
}

static uint32_t
open_frames(enum hp_source_kind kind, const char *codec)
{
    struct hp_plugin_frames frames = {
        .size = sizeof(frames), .codec = codec, .on_frame = on_frame, .on_closed = on_closed
    };
    return table->frames_open(host, kind, &frames, NULL);
}

static void
frames_come_from_a_stream_that_is_there_and_end_before_it(void **state)
{
    struct house *house = create();
    (void) state;
    assert_int_equal(open_frames(HP_SOURCE_AUDIO, NULL), 0); // the house is silent
    assert_int_equal(open_frames(HP_SOURCE_VIDEO, "H264"), 0); // and has VP8 only
    assert_int_equal(open_frames(HP_SOURCE_VIDEO, "opus"), 0);
    uint32_t first = open_frames(HP_SOURCE_VIDEO, "vp8");
    assert_int_not_equal(first, 0);
    assert_int_not_equal(open_frames(HP_SOURCE_VIDEO, NULL), 0);
    house_pump(house);
    assert_int_equal(fake_counts.sinks_alive, 2);
    table->frames_close(host, first);
    house_pump(house);
    assert_int_equal(fake_counts.sinks_alive, 1);
    assert_int_equal(closed, 1);
    house_close(house);
    assert_int_equal(fake_counts.sinks_alive, 0);
    assert_non_null(strstr(house->plugin->str, "recorder stops, 2 closed\n"));
    house_destroy(house);
}

static void
one_mebibyte_is_on_its_way_to_a_session_at_most(void **state)
{
    enum { MOST = 1024 * 1024 };
    struct house *house = create();
    struct hp_session *ann = house_enter(house, "ann");
    uint8_t *data = g_malloc0(MOST + 1);
    (void) state;
    fake_peer_channel(house_watch(house, ann), "record", true);
    house_pump(house);
    int before = fake_counts.sends;
    assert_false(table->channel_send(host, ann, "record", data, MOST + 1));
    assert_true(table->channel_send(host, ann, "record", data, MOST - 1));
    assert_false(table->channel_send(host, ann, "record", data, 2));
    assert_true(table->channel_send(host, ann, "record", data, 1));
    assert_false(table->channel_send(host, ann, "record", data, 1));
    assert_false(table->channel_send(host, ann, "other", data, 1));
    house_pump(house);
    assert_int_equal(fake_counts.sends, before + 2);
    assert_true(table->channel_send(host, ann, "record", data, MOST));
    house_pump(house);
    assert_int_equal(fake_counts.sends, before + 3);
    g_free(data);
    house_destroy(house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_the_plugins_own),
        cmocka_unit_test(a_session_is_connected_and_watches),
        cmocka_unit_test(a_plugin_knows_who_a_session_is_and_who_has_control),
        cmocka_unit_test(a_plugin_is_told_each_right_of_a_session),
        cmocka_unit_test(clipboard_is_open_to_a_host_with_the_right),
        cmocka_unit_test(text_goes_to_the_desktop_and_is_kept),
        cmocka_unit_test(host_hears_what_a_program_copies_and_nobody_else),
        cmocka_unit_test(host_hears_that_a_program_has_copied_what_is_not_told),
        cmocka_unit_test(what_is_no_text_or_too_large_is_dropped),
        cmocka_unit_test(events_of_a_plugin_reach_one_or_all),
        cmocka_unit_test(a_kind_of_source_that_comes_later_ends_no_peer),
        cmocka_unit_test(a_source_that_no_plugin_has_is_offered),
        cmocka_unit_test(one_mebibyte_is_on_its_way_to_a_session_at_most),
        cmocka_unit_test(frames_come_from_a_stream_that_is_there_and_end_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
