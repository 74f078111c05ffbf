// Tests of wire/sdp*.c, on descriptions that Chromium and Firefox ESR wrote.
#include "wire/sdp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "wire/candidate.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define AUDIO "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n"

static const char *const captured[] = {
    "chromium-offer-viewer",
    "chromium-offer-whep",
    "chromium-offer-microphone",
    "chromium-answer-vp8",
    "chromium-answer-h264",
    "firefox-offer-viewer",
    "firefox-offer-whep",
    "firefox-offer-microphone",
    "firefox-answer-vp8",
    "firefox-answer-h264",
    "hairpin-offer",
};

static struct hp_sdp *
load(const char *name)
{
    char *path = g_strdup_printf("%s/%s.sdp", TEST_DATA, name);
    char *text;
    size_t size;
    assert_true(g_file_get_contents(path, &text, &size, NULL));
    struct hp_sdp *sdp = hp_sdp_create();
    if (hp_sdp_parse(sdp, text, size) != (ssize_t) size) {
        fail_msg("%s: %s", name, sdp->error);
    }
    g_free(text);
    g_free(path);
    return sdp;
}

static struct hp_sdp *
parse(const char *text)
{
    struct hp_sdp *sdp = hp_sdp_create();
    if (hp_sdp_parse(sdp, text, strlen(text)) < 0) {
        fail_msg("%s", sdp->error);
    }
    return sdp;
}

static void
assert_refused(const char *text, const char *reason)
{
    struct hp_sdp *sdp = hp_sdp_create();
    assert_int_equal(hp_sdp_parse(sdp, text, strlen(text)), -1);
    if (strstr(sdp->error, reason) == NULL) {
        fail_msg("'%s' does not say '%s'", sdp->error, reason);
    }
    hp_sdp_destroy(sdp);
}

static void
assert_same_text(const char *a, const char *b)
{
    assert_true(g_strcmp0(a, b) == 0);
}

static void
assert_same_codecs(const struct hp_sdp_media *a, const struct hp_sdp_media *b)
{
    assert_int_equal(a->codec_count, b->codec_count);
    for (unsigned i = 0; i < a->codec_count; i++) {
        const struct hp_sdp_codec *x = &a->codecs[i];
        const struct hp_sdp_codec *y = &b->codecs[i];
        assert_same_text(x->name, y->name);
        assert_same_text(x->fmtp, y->fmtp);
        assert_int_equal(x->payload_type, y->payload_type);
        assert_int_equal(x->clock_rate, y->clock_rate);
        assert_int_equal(x->channels, y->channels);
        assert_int_equal(x->feedback, y->feedback);
        assert_int_equal(x->apt, y->apt);
    }
    assert_int_equal(a->extmap_count, b->extmap_count);
    for (unsigned i = 0; i < a->extmap_count; i++) {
        assert_int_equal(a->extmaps[i].id, b->extmaps[i].id);
        assert_same_text(a->extmaps[i].uri, b->extmaps[i].uri);
        assert_same_text(a->extmaps[i].direction, b->extmaps[i].direction);
    }
    assert_int_equal(a->ssrc_count, b->ssrc_count);
    for (unsigned i = 0; i < a->ssrc_count; i++) {
        assert_int_equal(a->ssrcs[i].ssrc, b->ssrcs[i].ssrc);
        assert_int_equal(a->ssrcs[i].repairs, b->ssrcs[i].repairs);
        assert_same_text(a->ssrcs[i].cname, b->ssrcs[i].cname);
        assert_same_text(a->ssrcs[i].msid, b->ssrcs[i].msid);
    }
}

static void
assert_same_media(const struct hp_sdp_media *a, const struct hp_sdp_media *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->port, b->port);
    assert_int_equal(a->direction, b->direction);
    assert_int_equal(a->setup, b->setup);
    assert_int_equal(a->has_rtcp_mux, b->has_rtcp_mux);
    assert_int_equal(a->has_rtcp_rsize, b->has_rtcp_rsize);
    assert_int_equal(a->has_end_of_candidates, b->has_end_of_candidates);
    assert_int_equal(a->is_bundle_only, b->is_bundle_only);
    assert_int_equal(a->sctp_port, b->sctp_port);
    assert_int_equal(a->max_message_size, b->max_message_size);
    assert_same_text(a->kind_name, b->kind_name);
    assert_same_text(a->proto, b->proto);
    assert_same_text(a->formats, b->formats);
    assert_same_text(a->connection, b->connection);
    assert_same_text(a->mid, b->mid);
    assert_same_text(a->ice_ufrag, b->ice_ufrag);
    assert_same_text(a->ice_pwd, b->ice_pwd);
    assert_same_text(a->ice_options, b->ice_options);
    assert_same_text(a->fingerprint_hash, b->fingerprint_hash);
    assert_same_text(a->fingerprint, b->fingerprint);
    assert_same_text(a->msid, b->msid);
    assert_int_equal(a->candidate_count, b->candidate_count);
    for (unsigned i = 0; i < a->candidate_count; i++) {
        assert_same_text(a->candidates[i], b->candidates[i]);
    }
    assert_int_equal(a->attribute_count, b->attribute_count);
    for (unsigned i = 0; i < a->attribute_count; i++) {
        assert_same_text(a->attributes[i], b->attributes[i]);
    }
    assert_same_codecs(a, b);
}

static void
captured_descriptions_survive_a_round_trip(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(captured); i++) {
        struct hp_sdp *sdp = load(captured[i]);
        char *text = hp_sdp_write(sdp);
        struct hp_sdp *again = parse(text);
        assert_same_text(sdp->origin, again->origin);
        assert_int_equal(sdp->bundle_count, again->bundle_count);
        assert_int_equal(sdp->attribute_count, again->attribute_count);
        assert_int_equal(sdp->media_count, again->media_count);
        for (unsigned m = 0; m < sdp->media_count; m++) {
            assert_same_media(&sdp->media[m], &again->media[m]);
        }
        g_free(text);
        hp_sdp_destroy(again);
        hp_sdp_destroy(sdp);
    }
}

static void
captured_descriptions_have_a_transport_in_every_section(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(captured); i++) {
        struct hp_sdp *sdp = load(captured[i]);
        assert_true(sdp->media_count >= 2);
        for (unsigned m = 0; m < sdp->media_count; m++) {
            const struct hp_sdp_media *media = &sdp->media[m];
            assert_non_null(media->mid);
            assert_true(hp_sdp_find_media(sdp, media->mid) == media);
            if (hp_sdp_media_is_rejected(media)) {
                continue;
            }
            assert_true(hp_sdp_is_bundled(sdp, media->mid));
            assert_non_null(media->ice_ufrag);
            assert_non_null(media->ice_pwd);
            assert_string_equal(media->fingerprint_hash, "sha-256");
            assert_int_equal(strlen(media->fingerprint), 95);
            assert_string_equal(media->ice_options, "trickle");
            assert_int_not_equal(media->setup, HP_SDP_SETUP_NONE);
        }
        hp_sdp_destroy(sdp);
    }
}

static void
captured_candidates_are_all_understood(void **state)
{
    unsigned count = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(captured); i++) {
        struct hp_sdp *sdp = load(captured[i]);
        for (unsigned m = 0; m < sdp->media_count; m++) {
            for (unsigned c = 0; c < sdp->media[m].candidate_count; c++, count++) {
                const char *line = sdp->media[m].candidates[c];
                struct hp_candidate candidate;
                assert_true(hp_candidate_parse(line, strlen(line), &candidate) > 0);
            }
        }
        hp_sdp_destroy(sdp);
    }
    assert_true(count > 20);
}

static void
a_chromium_offer_tells_its_codecs(void **state)
{
    struct hp_sdp *sdp = load("chromium-offer-viewer");
    assert_int_equal(sdp->media_count, 3);
    const struct hp_sdp_media *audio = &sdp->media[0];
    const struct hp_sdp_media *video = &sdp->media[1];
    const struct hp_sdp_media *data = &sdp->media[2];
    assert_int_equal(audio->kind, HP_SDP_AUDIO);
    assert_int_equal(audio->direction, HP_SDP_RECVONLY);
    assert_string_equal(audio->codecs[0].name, "opus");
    assert_int_equal(audio->codecs[0].payload_type, 111);
    assert_int_equal(audio->codecs[0].clock_rate, 48000);
    assert_int_equal(audio->codecs[0].channels, 2);
    assert_int_equal(audio->setup, HP_SDP_SETUP_ACTPASS);
    assert_true(audio->has_rtcp_mux);
    const struct hp_sdp_codec *vp8 = hp_sdp_find_codec(video, 96);
    assert_string_equal(vp8->name, "VP8");
    assert_int_equal(vp8->feedback,
            HP_SDP_FB_NACK | HP_SDP_FB_NACK_PLI | HP_SDP_FB_CCM_FIR | HP_SDP_FB_GOOG_REMB
                    | HP_SDP_FB_TRANSPORT_CC);
    assert_int_equal(hp_sdp_find_rtx(video, 96)->payload_type, 97);
    assert_int_equal(hp_sdp_find_rtx(video, 96)->apt, 96);
    assert_null(hp_sdp_find_rtx(video, 97));
    assert_int_equal(hp_sdp_find_extmap(video, HP_SDP_EXT_TRANSPORT_CC), 3);
    assert_int_equal(hp_sdp_find_extmap(video, HP_SDP_EXT_PLAYOUT_DELAY), 5);
    assert_int_equal(hp_sdp_find_extmap(video, "urn:none"), 0);
    assert_int_equal(data->kind, HP_SDP_APPLICATION);
    assert_int_equal(data->sctp_port, 5000);
    assert_int_equal(data->max_message_size, 262144);
    hp_sdp_destroy(sdp);
}

static void
a_chromium_offer_tells_its_h264_profiles(void **state)
{
    struct hp_sdp *sdp = load("chromium-offer-viewer");
    bool has_constrained_baseline = false;
    for (unsigned i = 0; i < sdp->media[1].codec_count; i++) {
        const struct hp_sdp_codec *codec = &sdp->media[1].codecs[i];
        struct hp_sdp_h264 h264;
        if (g_strcmp0(codec->name, "H264") == 0) {
            assert_true(hp_sdp_codec_h264(codec, &h264));
            has_constrained_baseline = has_constrained_baseline
                    || (h264.profile_idc == 66 && h264.profile_iop == 0xe0 && h264.level_idc == 31
                            && h264.packetization_mode == 1 && h264.has_level_asymmetry);
        }
    }
    assert_true(has_constrained_baseline);
    hp_sdp_destroy(sdp);
}

static void
firefox_inherits_its_fingerprint_from_the_session(void **state)
{
    struct hp_sdp *sdp = load("firefox-answer-vp8");
    assert_true(g_str_has_prefix(sdp->media[0].fingerprint, "FD:21:06:2E:"));
    assert_true(sdp->media[2].fingerprint == sdp->media[0].fingerprint);
    assert_int_equal(sdp->media[0].direction, HP_SDP_RECVONLY);
    assert_int_equal(sdp->media[0].setup, HP_SDP_SETUP_ACTIVE);
    assert_true(sdp->media[0].has_end_of_candidates);
    assert_int_equal(sdp->media[0].ssrcs[0].ssrc, 1325891571);
    assert_string_equal(sdp->media[1].extmaps[2].direction, "recvonly");
    hp_sdp_destroy(sdp);
}

static void
firefox_without_h264_rejects_the_picture(void **state)
{
    struct hp_sdp *sdp = load("firefox-answer-h264");
    assert_true(hp_sdp_media_is_rejected(&sdp->media[1]));
    assert_false(hp_sdp_media_is_rejected(&sdp->media[0]));
    assert_false(hp_sdp_is_bundled(sdp, sdp->media[1].mid));
    hp_sdp_destroy(sdp);
}

static void
unknown_lines_are_kept_and_can_be_rejected(void **state)
{
    struct hp_sdp *sdp = parse(HEAD "a=x-new:1\r\n" AUDIO "a=mid:a\r\na=x-odd\r\n"
                                    "m=text 5000/2 TCP/MRCP banana 7\r\na=mid:t\r\n"
                                    "z=unknown line\r\n");
    assert_string_equal(sdp->attributes[0], "x-new:1");
    assert_string_equal(sdp->media[0].attributes[0], "x-odd");
    assert_int_equal(sdp->media[1].kind, HP_SDP_OTHER);
    assert_string_equal(sdp->media[1].kind_name, "text");
    assert_string_equal(sdp->media[1].formats, "banana 7");
    sdp->media[1].port = 0;
    char *text = hp_sdp_write(sdp);
    assert_non_null(strstr(text, "m=text 0 TCP/MRCP banana 7\r\n"));
    g_free(text);
    hp_sdp_destroy(sdp);
}

static void
session_level_attributes_give_way_to_those_of_the_media(void **state)
{
    struct hp_sdp *sdp =
            parse(HEAD "a=setup:active\r\na=fingerprint:sha-256 AA:BB\r\na=inactive\r\n"
                       "a=ice-ufrag:sess\r\n" AUDIO "a=mid:a\r\na=setup:passive\r\n"
                       "a=fingerprint:sha-1 CC\r\na=ice-ufrag:media\r\n" AUDIO "a=mid:b\r\n");
    assert_int_equal(sdp->media[0].setup, HP_SDP_SETUP_PASSIVE);
    assert_string_equal(sdp->media[0].fingerprint, "CC");
    assert_string_equal(sdp->media[0].ice_ufrag, "media");
    assert_int_equal(sdp->media[1].setup, HP_SDP_SETUP_ACTIVE);
    assert_string_equal(sdp->media[1].fingerprint, "AA:BB");
    assert_string_equal(sdp->media[1].ice_ufrag, "sess");
    assert_int_equal(sdp->media[1].direction, HP_SDP_INACTIVE);
    hp_sdp_destroy(sdp);
}

static void
sha_256_is_preferred_among_fingerprints(void **state)
{
    struct hp_sdp *sdp = parse(HEAD AUDIO "a=fingerprint:sha-1 AA\r\na=fingerprint:SHA-256 BB\r\n"
                                          "a=fingerprint:sha-512 CC\r\n");
    assert_string_equal(sdp->media[0].fingerprint, "BB");
    hp_sdp_destroy(sdp);
}

static void
feedback_for_all_codecs_reaches_each(void **state)
{
    struct hp_sdp *sdp = parse(HEAD "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=rtcp-fb:* nack pli\r\n"
                                    "a=rtcp-fb:97 ccm tmmbr\r\n");
    assert_int_equal(sdp->media[0].codecs[0].feedback, HP_SDP_FB_NACK_PLI);
    assert_int_equal(sdp->media[0].codecs[1].feedback, HP_SDP_FB_NACK_PLI);
    hp_sdp_destroy(sdp);
}

static void
bare_line_feeds_and_a_missing_last_one_are_fine(void **state)
{
    struct hp_sdp *sdp = parse("v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\n"
                               "m=audio 9 UDP/TLS/RTP/SAVPF 0\na=mid:x");
    assert_string_equal(sdp->media[0].mid, "x");
    assert_null(sdp->media[0].codecs[0].name);
    hp_sdp_destroy(sdp);
}

static void
malformed_text_is_refused_with_a_reason(void **state)
{
    assert_refused("", "empty");
    assert_refused("s=-\r\n", "line 1: v=");
    assert_refused("v=1\r\n", "expected 0");
    assert_refused(HEAD "banana\r\n", "line 5");
    assert_refused(HEAD "\r\n" AUDIO, "line 5");
    assert_refused(HEAD "v=0\r\n", "only there");
    assert_refused(HEAD "m=audio\r\n", "m=");
    assert_refused(HEAD "m=audio 70000 UDP/TLS/RTP/SAVPF 0\r\n", "port");
    assert_refused(HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 128\r\n", "payload type");
    assert_refused(HEAD AUDIO "a=rtpmap:111 opus\r\n", "line 7: rtpmap");
    assert_refused(HEAD AUDIO "a=rtpmap:x opus/48000\r\n", "payload type");
    assert_refused(HEAD AUDIO "a=rtpmap:111 opus/0\r\n", "rtpmap");
    assert_refused(HEAD AUDIO "a=ice-ufrag:abc\r\n", "ice-ufrag");
    assert_refused(HEAD AUDIO "a=ice-pwd:short\r\n", "ice-pwd");
    assert_refused(HEAD AUDIO "a=fingerprint:sha-256 ABC\r\n", "fingerprint");
    assert_refused(HEAD AUDIO "a=setup:maybe\r\n", "setup");
    assert_refused(HEAD AUDIO "a=extmap:0 urn:x\r\n", "extmap");
    assert_refused(HEAD AUDIO "a=mid:a\r\n" AUDIO "a=mid:a\r\n", "once");
    assert_refused(HEAD AUDIO "a=sctp-port:65536\r\n", "sctp-port");
    assert_refused(HEAD AUDIO "a=ssrc:4294967296 cname:x\r\n", "ssrc");
    assert_refused(HEAD AUDIO "a=candidate\r\n", "candidate");
    assert_refused(HEAD "a=x:\x01\r\n", "control");
}

static void
a_seventeenth_media_line_is_refused(void **state)
{
    GString *text = g_string_new(HEAD);
    for (int i = 0; i < HP_SDP_MEDIA_MAX; i++) {
        g_string_append(text, AUDIO);
    }
    hp_sdp_destroy(parse(text->str));
    g_string_append(text, AUDIO);
    assert_refused(text->str, "at most 16");
    g_string_free(text, TRUE);
}

static void
a_text_that_is_too_long_is_not_even_read(void **state)
{
    char *text = g_malloc(HP_SDP_TEXT_MAX + 1);
    memset(text, 'a', HP_SDP_TEXT_MAX + 1);
    struct hp_sdp *sdp = hp_sdp_create();
    assert_int_equal(hp_sdp_parse(sdp, text, HP_SDP_TEXT_MAX + 1), -1);
    assert_non_null(strstr(sdp->error, "at most"));
    hp_sdp_destroy(sdp);
    g_free(text);
}

static void
a_surplus_of_candidates_is_passed_over(void **state)
{
    GString *text = g_string_new(HEAD AUDIO);
    for (int i = 0; i < 100; i++) {
        g_string_append(text, "a=candidate:1 1 udp 1 10.0.0.1 1 typ host\r\n");
    }
    struct hp_sdp *sdp = parse(text->str);
    assert_int_equal(sdp->media[0].candidate_count, HP_SDP_CANDIDATES_MAX);
    hp_sdp_destroy(sdp);
    g_string_free(text, TRUE);
}

static void
a_description_is_built_from_scratch(void **state)
{
    struct hp_sdp *sdp = hp_sdp_create();
    struct hp_sdp_media *video = hp_sdp_add_media(sdp, HP_SDP_VIDEO, "1");
    sdp->bundle[sdp->bundle_count++] = video->mid;
    video->direction = HP_SDP_SENDONLY;
    video->msid = hp_sdp_keep(sdp, "%s %s", "stream", "video");
    video->codecs[video->codec_count++] = (struct hp_sdp_codec){
        .payload_type = 96,
        .name = "VP8",
        .clock_rate = 90000,
        .feedback = HP_SDP_FB_NACK | HP_SDP_FB_NACK_PLI,
        .apt = -1,
    };
    video->codecs[video->codec_count++] = (struct hp_sdp_codec){
        .payload_type = 97, .name = "rtx", .clock_rate = 90000, .apt = 96
    };
    video->ssrcs[video->ssrc_count++] = (struct hp_sdp_ssrc){ .ssrc = 1, .cname = "c" };
    video->ssrcs[video->ssrc_count++] = (struct hp_sdp_ssrc){ .ssrc = 2, .repairs = 1 };
    char *text = hp_sdp_write(sdp);
    assert_string_equal(text,
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 1\r\n"
            "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n"
            "a=msid:stream video\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n"
            "a=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
            "a=ssrc:1 cname:c\r\na=ssrc:2\r\na=ssrc-group:FID 1 2\r\n");
    struct hp_sdp *again = parse(text);
    assert_int_equal(again->media[0].ssrcs[1].repairs, 1);
    g_free(text);
    hp_sdp_destroy(again);
    hp_sdp_destroy(sdp);
}

static void
format_parameters_are_found_by_name(void **state)
{
    char value[8];
    const char *fmtp = "minptime=10; UseInbandFEC=1 ;stereo=1";
    assert_true(hp_sdp_fmtp_get(fmtp, "minptime", value, sizeof(value)));
    assert_string_equal(value, "10");
    assert_true(hp_sdp_fmtp_get(fmtp, "useinbandfec", value, sizeof(value)));
    assert_string_equal(value, "1");
    assert_false(hp_sdp_fmtp_get(fmtp, "inbandfec", value, sizeof(value)));
    assert_false(hp_sdp_fmtp_get(fmtp, "minptime", value, 2));
    assert_false(hp_sdp_fmtp_get(NULL, "minptime", value, sizeof(value)));
}

static void
h264_without_parameters_is_baseline_1(void **state)
{
    struct hp_sdp_codec codec = { .name = "H264" };
    struct hp_sdp_h264 h264;
    assert_true(hp_sdp_codec_h264(&codec, &h264));
    assert_int_equal(h264.profile_idc, 66);
    assert_int_equal(h264.level_idc, 10);
    assert_int_equal(h264.packetization_mode, 0);
    codec.fmtp = "profile-level-id=42e0";
    assert_false(hp_sdp_codec_h264(&codec, &h264));
    codec.fmtp = "packetization-mode=3";
    assert_false(hp_sdp_codec_h264(&codec, &h264));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captured_descriptions_survive_a_round_trip),
        cmocka_unit_test(captured_descriptions_have_a_transport_in_every_section),
        cmocka_unit_test(captured_candidates_are_all_understood),
        cmocka_unit_test(a_chromium_offer_tells_its_codecs),
        cmocka_unit_test(a_chromium_offer_tells_its_h264_profiles),
        cmocka_unit_test(firefox_inherits_its_fingerprint_from_the_session),
        cmocka_unit_test(firefox_without_h264_rejects_the_picture),
        cmocka_unit_test(unknown_lines_are_kept_and_can_be_rejected),
        cmocka_unit_test(session_level_attributes_give_way_to_those_of_the_media),
        cmocka_unit_test(sha_256_is_preferred_among_fingerprints),
        cmocka_unit_test(feedback_for_all_codecs_reaches_each),
        cmocka_unit_test(bare_line_feeds_and_a_missing_last_one_are_fine),
        cmocka_unit_test(malformed_text_is_refused_with_a_reason),
        cmocka_unit_test(a_seventeenth_media_line_is_refused),
        cmocka_unit_test(a_text_that_is_too_long_is_not_even_read),
        cmocka_unit_test(a_surplus_of_candidates_is_passed_over),
        cmocka_unit_test(a_description_is_built_from_scratch),
        cmocka_unit_test(format_parameters_are_found_by_name),
        cmocka_unit_test(h264_without_parameters_is_baseline_1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
