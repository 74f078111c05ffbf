// Tests of viewer/tunnel.c: what goes, what is left out, and when a keyframe is asked for.
#include "viewer/tunnel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/worker.h"
#include "fixture/fake_time.h"
#include "viewer/line.h"
#include "wire/tunnel.h"

enum { PICTURE = 1000, SOUND = 100 }; // bytes of a message

struct hp_line {
    struct hp_listener *listener;
    bool is_broken;
    unsigned keyframes_wanted;
};

struct hp_lines {
    struct hp_line all[HP_CODECS];
};

void
hp_line_listen(struct hp_line *line, struct hp_listener *listener)
{
    line->listener = listener;
}

void
hp_line_leave(struct hp_line *line, struct hp_listener *listener)
{
    line->listener = NULL;
    listener->on_left(listener);
}

void
hp_line_request_keyframe(struct hp_line *line)
{
    line->keyframes_wanted++;
}

bool
hp_line_is_whole(const struct hp_line *line)
{
    return !line->is_broken;
}

struct hp_line *
hp_lines_get(struct hp_lines *lines, enum hp_codec codec)
{
    return &lines->all[codec];
}

struct scene {
    struct hp_worker *home;
    struct hp_line video, audio;
    struct hp_tunnel *tunnel;
    unsigned pictures, sounds, data, ends;
    uint32_t bytes; // of pictures and sounds
};

static void
on_send(void *arg, GBytes *message)
{
    struct scene *scene = arg;
    gsize size;
    const uint8_t *bytes = g_bytes_get_data(message, &size);
    bool is_media = bytes[0] == HP_TUNNEL_PICTURE || bytes[0] == HP_TUNNEL_SOUND;
    scene->pictures += bytes[0] == HP_TUNNEL_PICTURE;
    scene->sounds += bytes[0] == HP_TUNNEL_SOUND;
    scene->data += !is_media;
    scene->bytes += is_media ? (uint32_t) size : 0;
}

static void
on_end(void *arg, bool is_replaced)
{
    struct scene *scene = arg;
    scene->ends += is_replaced ? 1 : 100;
}

static int
begin(void **state)
{
    static struct scene scene;
    scene = (struct scene){ .home = hp_worker_create_main() };
    fake_time_begin(scene.home);
    scene.tunnel = hp_tunnel_create(&(struct hp_tunnel_params){
            .home = scene.home,
            .lines = { [HP_TRACK_VIDEO] = &scene.video, [HP_TRACK_AUDIO] = &scene.audio },
            .outlet = { on_send, on_end, &scene },
    });
    hp_tunnel_enable(scene.tunnel, HP_TRACK_VIDEO, true);
    hp_tunnel_enable(scene.tunnel, HP_TRACK_AUDIO, true);
    *state = &scene;
    return 0;
}

static void
count(void *arg)
{
    ++*(unsigned *) arg;
}

static int
end(void **state)
{
    struct scene *scene = *state;
    unsigned done = 0;
    if (scene->tunnel != NULL) {
        hp_tunnel_close(scene->tunnel, count, &done);
        assert_int_equal(done, 1);
    }
    fake_time_end();
    hp_worker_destroy(scene->home);
    return 0;
}

static void
push(struct scene *scene, enum hp_track_kind kind, bool is_keyframe, size_t size)
{
    struct hp_line *line = kind == HP_TRACK_VIDEO ? &scene->video : &scene->audio;
    uint8_t *bytes = g_malloc0(size);
    hp_tunnel_write_header(bytes, kind, is_keyframe, 0, 0);
    GBytes *message = g_bytes_new_take(bytes, size);
    line->listener->on_frame(
            line->listener, &(struct hp_line_frame){ message, kind, is_keyframe });
    g_bytes_unref(message);
}

static void
push_picture(struct scene *scene, bool is_keyframe)
{
    push(scene, HP_TRACK_VIDEO, is_keyframe, PICTURE);
}

static void
push_sound(struct scene *scene)
{
    push(scene, HP_TRACK_AUDIO, true, SOUND);
}

static void
pictures_begin_with_a_keyframe_and_sound_at_once(void **state)
{
    struct scene *scene = *state;
    assert_int_equal(scene->video.keyframes_wanted, 1);
    push_picture(scene, false);
    push_sound(scene);
    assert_int_equal(scene->pictures, 0);
    assert_int_equal(scene->sounds, 1);
    push_picture(scene, true);
    push_picture(scene, false);
    assert_int_equal(scene->pictures, 2);
}

// The client answers this long after a picture.
static void
learn_way(struct scene *scene, unsigned way_ms)
{
    push_picture(scene, true);
    fake_time_pass_ms(way_ms);
    assert_true(hp_tunnel_acknowledge(scene->tunnel, scene->bytes));
    scene->pictures = 0;
}

static void
what_is_on_the_way_for_too_long_stops_what_follows(void **state)
{
    struct scene *scene = *state;
    learn_way(scene, 50);
    push_picture(scene, false);
    fake_time_pass_ms(249);
    push_picture(scene, false);
    assert_int_equal(scene->pictures, 2);
    fake_time_pass_ms(1);
    push_picture(scene, false);
    assert_int_equal(scene->pictures, 2);
    fake_time_pass_ms(99);
    push_sound(scene);
    assert_int_equal(scene->sounds, 1);
    fake_time_pass_ms(1);
    push_sound(scene);
    assert_int_equal(scene->sounds, 1);
    fake_time_pass_ms(60000); // a stopped client costs nothing
    assert_int_equal(scene->video.keyframes_wanted, 1);
    assert_true(hp_tunnel_acknowledge(scene->tunnel, scene->bytes));
    assert_int_equal(scene->video.keyframes_wanted, 2);
    push_picture(scene, false);
    assert_int_equal(scene->pictures, 2);
    push_picture(scene, true);
    assert_int_equal(scene->pictures, 3);
}

static void
a_far_client_is_not_taken_for_a_slow_one(void **state)
{
    struct scene *scene = *state;
    uint32_t sent[200] = { 0 };
    push_picture(scene, true);
    for (unsigned i = 0; i < 200; i++) { // what was sent 400 ms ago has come
        fake_time_pass_ms(20);
        push_picture(scene, false);
        push_sound(scene);
        sent[i] = scene->bytes;
        if (i >= 20) {
            assert_true(hp_tunnel_acknowledge(scene->tunnel, sent[i - 20]));
        }
    }
    assert_int_equal(scene->pictures, 201);
    assert_int_equal(scene->sounds, 200);
    assert_int_equal(scene->video.keyframes_wanted, 1);
}

static void
a_client_that_keeps_up_gets_everything(void **state)
{
    struct scene *scene = *state;
    push_picture(scene, true);
    for (int i = 0; i < 1000; i++) {
        fake_time_pass_ms(16);
        push_picture(scene, false);
        push_sound(scene);
        if (i % 3 == 0) {
            assert_true(hp_tunnel_acknowledge(scene->tunnel, scene->bytes - SOUND));
        }
    }
    assert_int_equal(scene->pictures, 1001);
    assert_int_equal(scene->sounds, 1000);
    assert_int_equal(scene->video.keyframes_wanted, 1);
}

static void
no_more_than_two_megabytes_are_on_the_way(void **state)
{
    struct scene *scene = *state;
    push(scene, HP_TRACK_VIDEO, true, 3 * 1024 * 1024); // alone it gets through
    push_picture(scene, false);
    assert_int_equal(scene->pictures, 1);
    assert_true(hp_tunnel_acknowledge(scene->tunnel, scene->bytes));
    push(scene, HP_TRACK_VIDEO, true, 2 * 1024 * 1024 - PICTURE);
    push_picture(scene, false);
    push_picture(scene, false);
    assert_int_equal(scene->pictures, 3);
}

static void
the_number_of_messages_on_the_way_is_bounded(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < 2000; i++) {
        push_sound(scene);
    }
    assert_int_equal(scene->sounds, 512);
}

static void
more_than_was_sent_cannot_have_come(void **state)
{
    struct scene *scene = *state;
    push_picture(scene, true);
    assert_false(hp_tunnel_acknowledge(scene->tunnel, PICTURE + 1));
    assert_true(hp_tunnel_acknowledge(scene->tunnel, PICTURE / 2)); // half of it is there
    assert_true(hp_tunnel_acknowledge(scene->tunnel, PICTURE));
    assert_false(hp_tunnel_acknowledge(scene->tunnel, PICTURE - 1)); // nor less than before
    assert_false(hp_tunnel_acknowledge(scene->tunnel, 0x80000000u));
}

static void
keyframes_are_asked_for_twice_a_second_at_most(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < 200; i++) {
        hp_tunnel_request_keyframe(scene->tunnel);
        fake_time_pass_ms(10);
    }
    assert_in_range(scene->video.keyframes_wanted, 4, 5);
    push_picture(scene, true);
    fake_time_pass_ms(2000);
    assert_in_range(scene->video.keyframes_wanted, 4, 6);
}

static void
a_kind_that_is_off_is_not_sent_and_begins_anew(void **state)
{
    struct scene *scene = *state;
    push_picture(scene, true);
    hp_tunnel_enable(scene->tunnel, HP_TRACK_VIDEO, false);
    hp_tunnel_enable(scene->tunnel, HP_TRACK_AUDIO, false);
    push_picture(scene, false);
    push_sound(scene);
    assert_int_equal(scene->pictures + scene->sounds, 1);
    fake_time_pass_ms(1000);
    hp_tunnel_acknowledge(scene->tunnel, scene->bytes);
    hp_tunnel_enable(scene->tunnel, HP_TRACK_VIDEO, true);
    assert_int_equal(scene->video.keyframes_wanted, 2);
    push_picture(scene, false);
    push_picture(scene, true);
    assert_int_equal(scene->pictures, 2);
}

static void
messages_go_at_once(void **state)
{
    struct scene *scene = *state;
    push_picture(scene, true);
    fake_time_pass_ms(5000);
    hp_tunnel_send(scene->tunnel, "move", 4);
    assert_int_equal(scene->data, 1);
}

static void
who_sees_no_picture_asks_for_none(void **state)
{
    struct scene *scene = *state;
    hp_tunnel_enable(scene->tunnel, HP_TRACK_VIDEO, false);
    fake_time_pass_ms(1000);
    hp_tunnel_request_keyframe(scene->tunnel);
    fake_time_pass_ms(1000);
    assert_int_equal(scene->video.keyframes_wanted, 1);
}

static void
an_end_by_the_room_is_told(void **state)
{
    struct scene *scene = *state;
    unsigned done = 0;
    hp_tunnel_end(scene->tunnel, true, count, &done);
    scene->tunnel = NULL;
    assert_int_equal(scene->ends, 1);
    assert_int_equal(done, 1);
    assert_null(scene->video.listener);
    assert_null(scene->audio.listener);
}

static void
what_the_client_likes_best_of_ours_is_chosen(void **state)
{
    static const enum hp_codec ours[] = { HP_CODEC_VP8, HP_CODEC_H264, HP_CODEC_OPUS };
    static const enum hp_codec wanted[] = { HP_CODEC_OPUS, HP_CODEC_H264, HP_CODEC_VP8 };
    struct hp_lines lines = { 0 };
    struct hp_line *chosen[HP_TRACK_KINDS];
    const char *names[HP_TRACK_KINDS];
    struct hp_tunnel_wish wish = { ours, 3, wanted, 3 };
    (void) state;
    assert_true(hp_tunnel_choose(&lines, &wish, chosen, names));
    assert_string_equal(names[HP_TRACK_VIDEO], "H264");
    assert_string_equal(names[HP_TRACK_AUDIO], "opus");
    assert_ptr_equal(chosen[HP_TRACK_VIDEO], &lines.all[HP_CODEC_H264]);
    lines.all[HP_CODEC_H264].is_broken = true;
    assert_true(hp_tunnel_choose(&lines, &wish, chosen, names));
    assert_string_equal(names[HP_TRACK_VIDEO], "VP8");
    wish.our_count = 1;
    assert_true(hp_tunnel_choose(&lines, &wish, chosen, names));
    assert_string_equal(names[HP_TRACK_VIDEO], "VP8");
    assert_null(names[HP_TRACK_AUDIO]);
    assert_null(chosen[HP_TRACK_AUDIO]);
    wish.wanted_count = 0;
    assert_false(hp_tunnel_choose(&lines, &wish, chosen, names));
}

#define TUNNEL_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TUNNEL_TEST(pictures_begin_with_a_keyframe_and_sound_at_once),
        TUNNEL_TEST(what_is_on_the_way_for_too_long_stops_what_follows),
        TUNNEL_TEST(a_far_client_is_not_taken_for_a_slow_one),
        TUNNEL_TEST(a_client_that_keeps_up_gets_everything),
        TUNNEL_TEST(no_more_than_two_megabytes_are_on_the_way),
        TUNNEL_TEST(the_number_of_messages_on_the_way_is_bounded),
        TUNNEL_TEST(more_than_was_sent_cannot_have_come),
        TUNNEL_TEST(keyframes_are_asked_for_twice_a_second_at_most),
        TUNNEL_TEST(a_kind_that_is_off_is_not_sent_and_begins_anew),
        TUNNEL_TEST(messages_go_at_once),
        TUNNEL_TEST(who_sees_no_picture_asks_for_none),
        TUNNEL_TEST(an_end_by_the_room_is_told),
        TUNNEL_TEST(what_the_client_likes_best_of_ours_is_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
