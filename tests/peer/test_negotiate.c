// Tests of peer/negotiate.c, on what browsers really said.
#include "peer/negotiate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

static const enum hp_codec all_codecs[] = { HP_CODEC_VP8, HP_CODEC_H264, HP_CODEC_OPUS };

static const struct hp_negotiate_local local = {
    .codecs = all_codecs,
    .codec_count = G_N_ELEMENTS(all_codecs),
    .ssrcs = { 100, 200 },
    .rtx_ssrcs = { 101, 201 },
    .cname = "cname",
    .fingerprint = "AB:CD",
    .ice_ufrag = "ufra",
    .ice_pwd = "passwordpasswordpassword",
    .session_id = 1,
    .version = 1,
};

static struct hp_sdp *
load(const char *name)
{
    char *path = g_strdup_printf("%s/%s.sdp", TEST_DATA, name);
    char *text;
    size_t size;
    assert_true(g_file_get_contents(path, &text, &size, NULL));
    struct hp_sdp *sdp = hp_sdp_create();
    assert_int_equal(hp_sdp_parse(sdp, text, size), size);
    g_free(text);
    g_free(path);
    return sdp;
}

static struct hp_sdp *
reparse(struct hp_sdp *sdp) // taken
{
    char *text = hp_sdp_write(sdp);
    hp_sdp_destroy(sdp);
    struct hp_sdp *copy = hp_sdp_create();
    assert_true(hp_sdp_parse(copy, text, strlen(text)) > 0);
    g_free(text);
    return copy;
}

static void
a_first_offer_has_sound_picture_and_data(void **state)
{
    (void) state;
    struct hp_plan none = { 0 };
    struct hp_plan offered;
    struct hp_sdp *sdp = reparse(hp_negotiate_offer(&local, &none, &offered));
    assert_int_equal(sdp->media_count, 3);
    assert_int_equal(sdp->bundle_count, 3);
    assert_int_equal(sdp->media[0].kind, HP_SDP_AUDIO);
    assert_int_equal(sdp->media[1].kind, HP_SDP_VIDEO);
    assert_int_equal(sdp->media[2].kind, HP_SDP_APPLICATION);
    const struct hp_sdp_media *video = &sdp->media[1];
    assert_int_equal(video->setup, HP_SDP_SETUP_ACTPASS);
    assert_int_equal(video->direction, HP_SDP_SENDONLY);
    assert_string_equal(video->msid, "stream video");
    assert_string_equal(sdp->media[0].msid, "stream audio");
    assert_int_equal(video->codec_count, 4);
    assert_int_equal(hp_sdp_find_rtx(video, 96)->payload_type, 97);
    assert_int_equal(video->ssrcs[1].repairs, video->ssrcs[0].ssrc);
    assert_int_not_equal(hp_sdp_find_extmap(video, HP_SDP_EXT_PLAYOUT_DELAY), 0);
    assert_int_equal(hp_sdp_find_extmap(&sdp->media[0], HP_SDP_EXT_PLAYOUT_DELAY), 0);
    hp_sdp_destroy(sdp);
}

// What a browser's answer to our offer makes of it; mids are made to fit, for it was captured
// with another offer of the same shape.
static enum hp_status
accept(const char *name, struct hp_plan *agreed)
{
    struct hp_plan none = { 0 };
    struct hp_plan offered;
    struct hp_sdp *offer = hp_negotiate_offer(&local, &none, &offered);
    struct hp_sdp *answer = load(name);
    for (unsigned i = 0; i < answer->media_count; i++) {
        const char *mid = answer->media[i].mid;
        if (mid != NULL) {
            g_strlcpy(offered.sections[i].mid, mid, sizeof(offered.sections[i].mid));
        }
        offered.sections[i].kind = answer->media[i].kind;
    }
    offered.section_count = answer->media_count;
    enum hp_status status = hp_negotiate_accept(&local, &offered, answer, agreed);
    hp_sdp_destroy(answer);
    hp_sdp_destroy(offer);
    return status;
}

static void
answers_of_browsers_settle_codec_and_role(void **state)
{
    (void) state;
    static const struct {
        const char *name;
        enum hp_codec codec;
    } cases[] = {
        { "chromium-answer-vp8", HP_CODEC_VP8 },
        { "chromium-answer-h264", HP_CODEC_H264 },
        { "firefox-answer-vp8", HP_CODEC_VP8 },
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct hp_plan plan;
        assert_int_equal(accept(cases[i].name, &plan), HP_STATUS_OK);
        const struct hp_section *video = hp_plan_find_track(&plan, HP_TRACK_VIDEO);
        assert_non_null(video);
        assert_int_equal(video->codec, cases[i].codec);
        assert_int_equal(video->direction, HP_SDP_SENDONLY);
        assert_true((video->feedback & HP_SDP_FB_NACK) != 0);
        assert_false(plan.lacks_video_codec);
        assert_int_equal(plan.setup, HP_SDP_SETUP_PASSIVE); // browsers answer "active"
        assert_non_null(hp_plan_find_track(&plan, HP_TRACK_AUDIO));
    }
}

static void
a_browser_without_our_codec_keeps_its_sound(void **state)
{
    (void) state;
    struct hp_plan plan;
    assert_int_equal(accept("firefox-answer-h264", &plan), HP_STATUS_OK);
    assert_true(plan.lacks_video_codec);
    assert_null(hp_plan_find_track(&plan, HP_TRACK_VIDEO));
    assert_non_null(hp_plan_find_track(&plan, HP_TRACK_AUDIO));
}

static void
check_answer(const char *name)
{
    struct hp_sdp *offer = load(name);
    struct hp_plan none = { 0 };
    struct hp_plan plan;
    assert_int_equal(hp_negotiate_take(&local, &none, offer, &plan), HP_STATUS_OK);
    struct hp_sdp *answer = reparse(hp_negotiate_answer(&local, offer, &plan));
    assert_int_equal(answer->media_count, offer->media_count);
    for (unsigned i = 0; i < offer->media_count; i++) {
        const struct hp_sdp_media *theirs = &offer->media[i];
        const struct hp_sdp_media *ours = &answer->media[i];
        assert_int_equal(ours->kind, theirs->kind);
        assert_string_equal(ours->mid, theirs->mid);
        assert_int_equal(ours->setup, HP_SDP_SETUP_PASSIVE);
        if (ours->kind == HP_SDP_APPLICATION) {
            continue;
        }
        assert_true(ours->direction == HP_SDP_SENDONLY || ours->direction == HP_SDP_INACTIVE);
        for (unsigned j = 0; j < ours->codec_count; j++) {
            int type = ours->codecs[j].payload_type;
            const struct hp_sdp_codec *codec = hp_sdp_find_codec(theirs, type);
            assert_non_null(codec);
            assert_int_equal(g_ascii_strcasecmp(codec->name, ours->codecs[j].name), 0);
        }
        for (unsigned j = 0; j < ours->extmap_count; j++) {
            assert_int_equal(
                    hp_sdp_find_extmap(theirs, ours->extmaps[j].uri), ours->extmaps[j].id);
        }
    }
    hp_sdp_destroy(answer);
    hp_sdp_destroy(offer);
}

static void
offers_of_browsers_are_answered_in_their_numbers(void **state)
{
    (void) state;
    check_answer("chromium-offer-viewer");
    check_answer("chromium-offer-whep");
    check_answer("chromium-offer-microphone");
    check_answer("firefox-offer-viewer");
    check_answer("firefox-offer-whep");
    check_answer("firefox-offer-microphone");
}

static void
unknown_lines_are_rejected_in_their_place(void **state)
{
    (void) state;
    struct hp_sdp *offer = load("chromium-offer-whep");
    assert_true(offer->media_count >= 2);
    offer->media[0].kind = HP_SDP_OTHER;
    offer->media[0].kind_name = "holograms";
    struct hp_plan none = { 0 };
    struct hp_plan plan;
    assert_int_equal(hp_negotiate_take(&local, &none, offer, &plan), HP_STATUS_OK);
    struct hp_sdp *answer = reparse(hp_negotiate_answer(&local, offer, &plan));
    assert_true(hp_sdp_media_is_rejected(&answer->media[0]));
    assert_string_equal(answer->media[0].kind_name, "holograms");
    assert_false(hp_sdp_media_is_rejected(&answer->media[1]));
    hp_sdp_destroy(answer);
    hp_sdp_destroy(offer);
}

static void
a_second_offer_keeps_mids_and_payload_types(void **state)
{
    (void) state;
    struct hp_sdp *theirs = load("firefox-offer-viewer");
    struct hp_plan none = { 0 };
    struct hp_plan agreed;
    struct hp_plan offered;
    assert_int_equal(hp_negotiate_take(&local, &none, theirs, &agreed), HP_STATUS_OK);
    struct hp_sdp *ours = reparse(hp_negotiate_offer(&local, &agreed, &offered));
    assert_int_equal(ours->media_count, theirs->media_count);
    const struct hp_section *video = hp_plan_find_track(&agreed, HP_TRACK_VIDEO);
    assert_non_null(video);
    const struct hp_sdp_media *media = hp_sdp_find_media(ours, video->mid);
    assert_non_null(media);
    assert_int_equal(media->codecs[0].payload_type, video->payload_type);
    assert_int_equal(media->ssrcs[0].ssrc, local.ssrcs[HP_TRACK_VIDEO]);
    hp_sdp_destroy(ours);
    hp_sdp_destroy(theirs);
}

static void
an_offer_that_drops_or_swaps_lines_is_refused(void **state)
{
    (void) state;
    struct hp_sdp *offer = load("chromium-offer-viewer");
    struct hp_plan none = { 0 };
    struct hp_plan agreed;
    struct hp_plan next;
    assert_int_equal(hp_negotiate_take(&local, &none, offer, &agreed), HP_STATUS_OK);
    offer->media[0].mid = "another";
    assert_int_equal(hp_negotiate_take(&local, &agreed, offer, &next), HP_STATUS_BAD_MESSAGE);
    offer->media_count--;
    assert_int_equal(hp_negotiate_take(&local, &agreed, offer, &next), HP_STATUS_BAD_MESSAGE);
    hp_sdp_destroy(offer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_offer_has_sound_picture_and_data),
        cmocka_unit_test(answers_of_browsers_settle_codec_and_role),
        cmocka_unit_test(a_browser_without_our_codec_keeps_its_sound),
        cmocka_unit_test(offers_of_browsers_are_answered_in_their_numbers),
        cmocka_unit_test(unknown_lines_are_rejected_in_their_place),
        cmocka_unit_test(a_second_offer_keeps_mids_and_payload_types),
        cmocka_unit_test(an_offer_that_drops_or_swaps_lines_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
