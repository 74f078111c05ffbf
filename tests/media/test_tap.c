// Tests of media/tap.c: frames for somebody who is no viewer.
#include "media/tap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/feed.h"
#include "base/frame.h"
#include "base/sink.h"
#include "base/tap.h"
#include "base/worker.h"
#include "media/encoder.h"
#include "wire/packetize.h"

static struct hp_sink *attached; // to the encoder that is played here
static unsigned wanted_keyframes, closed;
static GString *notes;

static void
request_keyframe(struct hp_feed *feed)
{
    (void) feed;
    wanted_keyframes++;
}

static const struct hp_feed_ops feed_ops = { .request_keyframe = request_keyframe };
static struct hp_feed feed = { .ops = &feed_ops };

struct hp_feed *
hp_encoder_attach(struct hp_encoder *encoder, struct hp_worker *worker, struct hp_sink *sink)
{
    (void) encoder;
    assert_true(hp_worker_is_current(worker));
    attached = sink;
    return &feed;
}

void
hp_encoder_detach(struct hp_encoder *encoder, struct hp_worker *worker, struct hp_sink *sink)
{
    (void) encoder;
    assert_true(hp_worker_is_current(worker));
    assert_ptr_equal(attached, sink);
    attached = NULL;
}

static void
on_frame(void *arg, const struct hp_plugin_frame *frame)
{
    assert_ptr_equal(arg, &closed);
    assert_int_equal(frame->size, sizeof(*frame));
    g_string_append_printf(notes, "%s %d %d:%.*s\n", frame->codec, frame->is_keyframe,
            (int) frame->capture_us, (int) frame->data_size, (const char *) frame->data);
}

static void
on_closed(void *arg)
{
    assert_ptr_equal(arg, &closed);
    closed++;
}

static const struct hp_tap_cbs cbs = { .on_frame = on_frame, .on_closed = on_closed };

static void
pump(void)
{
    for (int i = 0; i < 16; i++) {
        g_main_context_iteration(NULL, FALSE);
    }
}

static void
push_opus(const char *text, bool is_keyframe)
{
    struct hp_frame *frame = hp_packetize(HP_CODEC_OPUS, (const uint8_t *) text, strlen(text));
    frame->capture_us = 7;
    frame->is_keyframe = is_keyframe;
    attached->ops->push(attached, frame);
    hp_frame_unref(frame);
}

static void
push_broken(void)
{
    struct hp_frame *frame = hp_frame_create(HP_CODEC_H264, 1, 4);
    memcpy(hp_frame_add_packet(frame, 1), "\x78", 1);
    frame->is_keyframe = true;
    attached->ops->push(attached, frame);
    hp_frame_unref(frame);
}

static void
whole_frames_come_from_a_keyframe_on_until_the_tap_closes(void **state)
{
    struct hp_worker *main_worker = hp_worker_create_main();
    struct hp_tap_params params = { .worker = main_worker, .home = main_worker };
    (void) state;
    notes = g_string_new(NULL);
    struct hp_tap *tap = hp_tap_create(&params, &cbs, &closed);
    assert_null(attached); // on its worker, not here
    pump();
    assert_non_null(attached);
    push_opus("early", false);
    push_opus("one", true);
    push_opus("two", false);
    push_broken();
    assert_int_equal(wanted_keyframes, 1);
    push_opus("lost", false);
    push_opus("a longer one", true);
    assert_string_equal(notes->str, "opus 1 7:one\nopus 0 7:two\nopus 1 7:a longer one\n");
    hp_tap_close(tap);
    assert_int_equal(closed, 0);
    pump();
    assert_null(attached);
    assert_int_equal(closed, 1);
    g_string_free(notes, TRUE);
    hp_worker_destroy(main_worker);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_frames_come_from_a_keyframe_on_until_the_tap_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
