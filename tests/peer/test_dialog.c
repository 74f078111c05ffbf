// Tests of peer/dialog.c: ours talks to a second one that plays the browser.
#include "peer/dialog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

#include "fixture/noting_ice.h"

#define CANDIDATE "candidate:1 1 udp 2113937151 192.0.2.1 40000 typ host"

struct party {
    struct noting_ice noting;
    struct hp_dialog *dialog;
};

struct scene {
    struct party ours, browser;
};

static void
init_party(struct party *party, const char *name, const char *fingerprint)
{
    static const enum hp_codec codecs[] = { HP_CODEC_VP8, HP_CODEC_OPUS };
    noting_ice_init(&party->noting, name);
    struct hp_dialog_params params = {
        .codecs = codecs,
        .codec_count = G_N_ELEMENTS(codecs),
        .fingerprint = fingerprint,
        .ice = &party->noting.ice,
    };
    party->dialog = hp_dialog_create(&params);
}

static void
finish_party(struct party *party)
{
    hp_dialog_destroy(party->dialog);
    noting_ice_finish(&party->noting);
}

static int
begin(void **state)
{
    static struct scene scene;
    init_party(&scene.ours, "ours", "AB:CD");
    init_party(&scene.browser, "them", "EF:01");
    *state = &scene;
    return 0;
}

static int
end(void **state)
{
    struct scene *scene = *state;
    finish_party(&scene->ours);
    finish_party(&scene->browser);
    return 0;
}

static char *
offer(struct party *party, bool restart_ice)
{
    return hp_dialog_make_offer(party->dialog, restart_ice);
}

// The answer of a party; the offer is freed.
static char *
answer(struct party *party, char *offer)
{
    struct hp_dialog_result result = hp_dialog_set_remote(party->dialog, "offer", offer);
    assert_int_equal(result.status, HP_STATUS_OK);
    assert_non_null(result.answer);
    g_free(offer);
    return result.answer;
}

// What becomes of an answer, which is freed.
static struct hp_dialog_result
take_answer(struct party *party, char *answer)
{
    struct hp_dialog_result result = hp_dialog_set_remote(party->dialog, "answer", answer);
    assert_null(result.answer);
    g_free(answer);
    return result;
}

static void
settle(struct scene *scene)
{
    char *text = answer(&scene->browser, offer(&scene->ours, false));
    struct hp_dialog_result result = take_answer(&scene->ours, text);
    assert_int_equal(result.status, HP_STATUS_OK);
    assert_false(result.is_stale || result.wants_restart);
    noting_ice_expect(&scene->ours.noting, "controlling; remote them0; ");
    noting_ice_expect(&scene->browser.noting, "controlled; remote ours0; ");
}

static void
an_offer_and_its_answer_settle_a_plan(void **state)
{
    struct scene *scene = *state;
    assert_null(hp_dialog_plan(scene->ours.dialog));
    settle(scene);
    assert_int_equal(hp_dialog_plan(scene->ours.dialog)->section_count, 3);
    assert_non_null(hp_plan_find_data(hp_dialog_plan(scene->ours.dialog)));
    assert_string_equal(hp_dialog_remote(scene->ours.dialog)->ice_ufrag, "them0");
    assert_string_equal(hp_dialog_transport_mid(scene->ours.dialog), "0");
}

static void
candidates_of_a_description_reach_ice_after_its_credentials(void **state)
{
    struct scene *scene = *state;
    hp_dialog_add_candidate(scene->browser.dialog, CANDIDATE);
    char *text = answer(&scene->browser, offer(&scene->ours, false));
    take_answer(&scene->ours, text);
    noting_ice_expect(
            &scene->ours.noting, "controlling; remote them0; candidate '" CANDIDATE "'; ");
}

static void
a_candidate_that_is_gone_is_in_no_later_description(void **state)
{
    struct scene *scene = *state;
    struct hp_dialog *dialog = scene->ours.dialog;
    hp_dialog_add_candidate(dialog, CANDIDATE);
    hp_dialog_add_candidate(dialog, "candidate:2 1 udp 2113937150 192.0.2.2 40000 typ host");
    // known by what a browser connects to, not by its place in the order
    hp_dialog_remove_candidate(dialog, "candidate:9 1 udp 5 192.0.2.1 40000 typ host");
    hp_dialog_remove_candidate(dialog, "candidate:9 1 udp 5 192.0.2.2 40001 typ host");
    hp_dialog_remove_candidate(
            dialog, "candidate:9 1 tcp 5 192.0.2.2 40000 typ host tcptype passive");
    char *text = offer(&scene->ours, false);
    assert_null(strstr(text, "192.0.2.1 40000"));
    assert_non_null(strstr(text, "192.0.2.2 40000"));
    g_free(text);
}

static void
an_ice_lite_browser_that_offers_is_controlled(void **state)
{
    struct scene *scene = *state;
    char *text = offer(&scene->browser, false);
    const char *medium = strstr(text, "m=");
    assert_non_null(medium);
    char *lite = g_strdup_printf("%.*sa=ice-lite\r\n%s", (int) (medium - text), text, medium);
    g_free(text);
    g_free(answer(&scene->ours, lite));
    noting_ice_expect(&scene->ours.noting, "controlling; remote them0; ");
}

static void
an_open_offer_is_said_again_as_it_was(void **state)
{
    struct scene *scene = *state;
    char *first = offer(&scene->ours, false);
    char *again = offer(&scene->ours, false);
    assert_string_equal(first, again);
    g_free(again);
    again = offer(&scene->ours, true); // before the first answer there is nothing to restart
    assert_string_equal(first, again);
    g_free(again);
    g_free(first);
    noting_ice_expect(&scene->ours.noting, "controlling; ");
}

static void
an_answer_to_nothing_is_stale(void **state)
{
    struct scene *scene = *state;
    char *text = answer(&scene->browser, offer(&scene->ours, false));
    char *twice = g_strdup(text);
    assert_false(take_answer(&scene->ours, text).is_stale);
    noting_ice_expect(&scene->ours.noting, "controlling; remote them0; ");
    struct hp_dialog_result result = take_answer(&scene->ours, twice);
    assert_int_equal(result.status, HP_STATUS_OK);
    assert_true(result.is_stale);
    noting_ice_expect(&scene->ours.noting, "");
}

static void
an_answer_to_an_earlier_offer_leaves_a_restart_open(void **state)
{
    struct scene *scene = *state;
    char *text = answer(&scene->browser, offer(&scene->ours, false));
    char *late = g_strdup(text);
    take_answer(&scene->ours, text);
    char *restart = offer(&scene->ours, true);
    noting_ice_expect(&scene->ours.noting, "controlling; remote them0; restart; ");
    assert_true(take_answer(&scene->ours, late).is_stale); // has the old credentials
    noting_ice_expect(&scene->ours.noting, "");
    struct hp_dialog_result result = take_answer(&scene->ours, answer(&scene->browser, restart));
    assert_int_equal(result.status, HP_STATUS_OK);
    assert_false(result.is_stale);
    noting_ice_expect(&scene->ours.noting, "remote them1; ");
}

static void
a_restart_of_theirs_takes_one_of_ours(void **state)
{
    struct scene *scene = *state;
    settle(scene);
    char *text = answer(&scene->ours, offer(&scene->browser, true));
    noting_ice_expect(&scene->ours.noting, "restart; remote them1; ");
    assert_non_null(strstr(text, "a=ice-ufrag:ours1"));
    g_free(text);
}

static void
an_open_offer_is_said_again_without_a_new_restart(void **state)
{
    struct scene *scene = *state;
    settle(scene);
    for (int restarts = 0; restarts < 2; restarts++) {
        char *text = offer(&scene->ours, restarts == 1);
        char *again = offer(&scene->ours, restarts == 1);
        assert_string_equal(again, text);
        noting_ice_expect(&scene->ours.noting, restarts == 1 ? "restart; " : "");
        struct hp_dialog_result result =
                take_answer(&scene->ours, answer(&scene->browser, text));
        assert_false(result.is_stale || result.wants_restart);
        noting_ice_expect(
                &scene->ours.noting, restarts == 1 ? "remote them1; " : "remote them0; ");
        g_free(again);
    }
}

static void
on_glare_ours_is_rolled_back_and_theirs_answered(void **state)
{
    struct scene *scene = *state;
    settle(scene);
    g_free(offer(&scene->ours, false));
    char *text = offer(&scene->browser, false);
    struct hp_dialog_result result = hp_dialog_set_remote(scene->ours.dialog, "offer", text);
    g_free(text);
    assert_int_equal(result.status, HP_STATUS_OK);
    assert_false(result.wants_restart);
    noting_ice_expect(&scene->ours.noting, "remote them0; ");
    assert_false(take_answer(&scene->browser, result.answer).is_stale);
    assert_true(take_answer(&scene->ours, g_strdup("")).is_stale); // ours is not open any more
}

static void
on_glare_our_restart_is_undone_and_comes_after_the_answer(void **state)
{
    struct scene *scene = *state;
    settle(scene);
    char *text = offer(&scene->ours, true);
    assert_non_null(strstr(text, "a=ice-ufrag:ours1"));
    g_free(text);
    text = offer(&scene->browser, false);
    struct hp_dialog_result result = hp_dialog_set_remote(scene->ours.dialog, "offer", text);
    g_free(text);
    assert_int_equal(result.status, HP_STATUS_OK);
    assert_true(result.wants_restart);
    noting_ice_expect(&scene->ours.noting, "restart; undo; remote them0; ");
    assert_non_null(strstr(result.answer, "a=ice-ufrag:ours0"));
    assert_false(take_answer(&scene->browser, result.answer).is_stale);
    text = offer(&scene->ours, true);
    assert_non_null(strstr(text, "a=ice-ufrag:ours2"));
    result = take_answer(&scene->ours, answer(&scene->browser, text));
    assert_false(result.is_stale || result.wants_restart); // once
    noting_ice_expect(&scene->ours.noting, "restart; remote them1; ");
}

static void
on_glare_of_two_restarts_theirs_serves_both(void **state)
{
    struct scene *scene = *state;
    settle(scene);
    g_free(offer(&scene->ours, true));
    char *text = offer(&scene->browser, true);
    struct hp_dialog_result result = hp_dialog_set_remote(scene->ours.dialog, "offer", text);
    g_free(text);
    assert_int_equal(result.status, HP_STATUS_OK);
    assert_false(result.wants_restart);
    noting_ice_expect(&scene->ours.noting, "restart; undo; restart; remote them1; ");
    g_free(result.answer);
}

static void
a_restart_on_top_of_an_open_offer_comes_late(void **state)
{
    struct scene *scene = *state;
    settle(scene);
    char *text = offer(&scene->ours, false);
    assert_null(offer(&scene->ours, true));
    noting_ice_expect(&scene->ours.noting, "");
    struct hp_dialog_result result = take_answer(&scene->ours, answer(&scene->browser, text));
    assert_true(result.wants_restart);
    result = take_answer(&scene->ours, answer(&scene->browser, offer(&scene->ours, true)));
    assert_false(result.is_stale || result.wants_restart);
    noting_ice_expect(&scene->ours.noting, "remote them0; restart; remote them1; ");
}

static void
another_certificate_is_another_peer(void **state)
{
    struct scene *scene = *state;
    settle(scene);
    struct party stranger;
    init_party(&stranger, "evil", "EF:02");
    char *text = offer(&stranger, false);
    struct hp_dialog_result result = hp_dialog_set_remote(scene->ours.dialog, "offer", text);
    g_free(text);
    assert_int_equal(result.status, HP_STATUS_BAD_MESSAGE);
    assert_null(result.answer);
    text = answer(&stranger, offer(&scene->ours, false));
    assert_int_equal(take_answer(&scene->ours, text).status, HP_STATUS_BAD_MESSAGE);
    noting_ice_expect(&scene->ours.noting, "");
    assert_string_equal(hp_dialog_remote(scene->ours.dialog)->fingerprint, "EF:01");
    finish_party(&stranger);
}

static void
the_same_certificate_may_be_written_in_small_letters(void **state)
{
    struct scene *scene = *state;
    settle(scene);
    struct party same;
    init_party(&same, "them", "ef:01");
    g_free(answer(&scene->ours, offer(&same, false)));
    noting_ice_expect(&scene->ours.noting, "remote them0; ");
    finish_party(&same);
}

static void
what_does_not_parse_changes_nothing(void **state)
{
    struct scene *scene = *state;
    settle(scene);
    char *text = offer(&scene->browser, true);
    assert_int_equal(hp_dialog_set_remote(scene->ours.dialog, "offer", "nonsense").status,
            HP_STATUS_BAD_MESSAGE);
    assert_int_equal(hp_dialog_set_remote(scene->ours.dialog, "pranswer", text).status,
            HP_STATUS_BAD_MESSAGE);
    noting_ice_expect(&scene->ours.noting, "");
    g_free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_offer_and_its_answer_settle_a_plan, begin, end),
        cmocka_unit_test_setup_teardown(
                candidates_of_a_description_reach_ice_after_its_credentials, begin, end),
        cmocka_unit_test_setup_teardown(
                a_candidate_that_is_gone_is_in_no_later_description, begin, end),
        cmocka_unit_test_setup_teardown(an_ice_lite_browser_that_offers_is_controlled, begin, end),
        cmocka_unit_test_setup_teardown(an_open_offer_is_said_again_as_it_was, begin, end),
        cmocka_unit_test_setup_teardown(an_answer_to_nothing_is_stale, begin, end),
        cmocka_unit_test_setup_teardown(
                an_answer_to_an_earlier_offer_leaves_a_restart_open, begin, end),
        cmocka_unit_test_setup_teardown(a_restart_of_theirs_takes_one_of_ours, begin, end),
        cmocka_unit_test_setup_teardown(
                an_open_offer_is_said_again_without_a_new_restart, begin, end),
        cmocka_unit_test_setup_teardown(
                on_glare_ours_is_rolled_back_and_theirs_answered, begin, end),
        cmocka_unit_test_setup_teardown(
                on_glare_our_restart_is_undone_and_comes_after_the_answer, begin, end),
        cmocka_unit_test_setup_teardown(on_glare_of_two_restarts_theirs_serves_both, begin, end),
        cmocka_unit_test_setup_teardown(a_restart_on_top_of_an_open_offer_comes_late, begin, end),
        cmocka_unit_test_setup_teardown(another_certificate_is_another_peer, begin, end),
        cmocka_unit_test_setup_teardown(
                the_same_certificate_may_be_written_in_small_letters, begin, end),
        cmocka_unit_test_setup_teardown(what_does_not_parse_changes_nothing, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
