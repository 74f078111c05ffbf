// test_selection.c - the clipboard of the plugin, against programs that copy and paste.
#include "selection.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <poll.h>
#include <sys/socket.h>
#include <xkbcommon/xkbcommon-keysyms.h>

#include "base/input.h"
#include "base/plugin.h"
#include "copier.h"
#include "fixture.h"
#include "host.h"
#include "selection_owner.h"

#define MIXED "Gr\xc3\xbc\xc3\x9f" "e \xe2\x9c\x82 \xe4\xb8\xad" // with letters that Latin 1 lacks
#define MIXED_LATIN1 "Gr\xfc\xdf" "e ? ?"

static struct fixture fixture;
static struct copier copier, other;

static int
set_up(void **state)
{
    fixture_start(&fixture, NULL);
    copier_start(&copier, fixture.display);
    copier_start(&other, fixture.display);
    assert_true(host_start_on(fixture.display, FIXTURE_TIMEOUT_MS));
    host_set_clipboard("first"); // by then the selection is open
    for (int i = 0; i < 500 && !copier_has_lost(&copier); i++) {
        copier_serve(&copier, 10);
    }
    assert_true(copier_has_lost(&copier));
    return 0;
}

static int
tear_down(void **state)
{
    copier_stop(&copier);
    copier_stop(&other);
    host_stop();
    fixture_stop(&fixture);
    return 0;
}

static void
expect_paste(struct copier *by, const char *target, const void *value, size_t size)
{
    GByteArray *pasted = copier_paste(by, target, NULL);
    assert_non_null(pasted);
    assert_int_equal(pasted->len, size);
    assert_memory_equal(pasted->data, value, size);
    g_byte_array_unref(pasted);
}

// Waits until the clipboard has this text of a person.
static void
copy_as_person(const char *text)
{
    host_set_clipboard(text);
    for (int i = 0; i < 500; i++) {
        GByteArray *pasted = copier_paste(&copier, "UTF8_STRING", NULL);
        bool is_it = pasted != NULL && pasted->len == strlen(text)
                && memcmp(pasted->data, text, pasted->len) == 0;
        if (pasted != NULL) {
            g_byte_array_unref(pasted);
        }
        if (is_it) {
            return;
        }
        copier_serve(&copier, 10);
    }
    fail_msg("the text is not in the clipboard");
}

static bool
has_nothing(const struct host_news *news)
{
    return false;
}

// Serves programs until the number in the host's news is `count`; false: it is not.
static bool
wait_count(const int *number, int count, int timeout_ms)
{
    gint64 end_us = g_get_monotonic_time() + timeout_ms * 1000;
    while (*number < count && g_get_monotonic_time() < end_us) {
        copier_serve(&copier, 5);
        copier_serve(&other, 0);
        host_wait(has_nothing, 0); // runs what is posted
    }
    return *number >= count;
}

static bool
wait_told(int count, int timeout_ms)
{
    return wait_count(&host_get_news()->clipboards, count, timeout_ms);
}

static void
expect_skipped(int before, bool is_too_large)
{
    assert_true(wait_count(&host_get_news()->skipped, before + 1, FIXTURE_TIMEOUT_MS * 4));
    assert_int_equal(host_get_news()->skipped, before + 1);
    assert_int_equal(host_get_news()->is_skipped_too_large, is_too_large);
}

static void
expect_told(int before, const char *text)
{
    assert_true(wait_told(before + 1, FIXTURE_TIMEOUT_MS * 4));
    assert_int_equal(strlen(host_get_news()->clipboard), strlen(text));
    assert_string_equal(host_get_news()->clipboard, text);
}

static void
text_of_a_person_is_pasted_in_every_usual_target(void **state)
{
    copy_as_person(MIXED);
    static const char *const utf8[] = { "UTF8_STRING", "TEXT", "text/plain",
        "text/plain;charset=utf-8" };
    for (size_t i = 0; i < G_N_ELEMENTS(utf8); i++) {
        expect_paste(&copier, utf8[i], MIXED, strlen(MIXED));
    }
    expect_paste(&copier, "STRING", MIXED_LATIN1, strlen(MIXED_LATIN1));
    xcb_atom_t type;
    GByteArray *text = copier_paste(&copier, "TEXT", &type);
    assert_int_equal(type, copier_atom(&copier, "UTF8_STRING"));
    g_byte_array_unref(text);
    assert_null(copier_paste(&copier, "image/png", NULL));
}

static void
targets_and_time_are_told(void **state)
{
    static const char *const names[] = { "TARGETS", "MULTIPLE", "TIMESTAMP", "UTF8_STRING",
        "text/plain;charset=utf-8", "text/plain", "TEXT", "STRING" };
    xcb_atom_t targets[G_N_ELEMENTS(names)];
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        targets[i] = copier_atom(&copier, names[i]);
    }
    copy_as_person("x");
    expect_paste(&copier, "TARGETS", targets, sizeof(targets));
    xcb_atom_t type;
    GByteArray *time = copier_paste(&copier, "TIMESTAMP", &type);
    assert_int_equal(type, XCB_ATOM_INTEGER);
    assert_int_equal(time->len, 4);
    uint32_t since;
    memcpy(&since, time->data, sizeof(since));
    assert_true(since > 0);
    g_byte_array_unref(time);
}

static void
several_targets_are_had_at_once(void **state)
{
    copy_as_person(MIXED);
    xcb_atom_t pairs[] = { copier_atom(&copier, "UTF8_STRING"), copier_atom(&copier, "ONE"),
        copier_atom(&copier, "image/png"), copier_atom(&copier, "TWO"), XCB_ATOM_STRING,
        copier_atom(&copier, "THREE") };
    xcb_change_property(copier.connection, XCB_PROP_MODE_REPLACE, copier.window,
            copier_atom(&copier, "PASTED"), copier_atom(&copier, "ATOM_PAIR"), 32,
            G_N_ELEMENTS(pairs), pairs);
    GByteArray *answer = copier_paste(&copier, "MULTIPLE", NULL);
    assert_non_null(answer);
    pairs[3] = XCB_NONE; // there is no picture
    assert_int_equal(answer->len, sizeof(pairs));
    assert_memory_equal(answer->data, pairs, sizeof(pairs));
    g_byte_array_unref(answer);
    xcb_get_property_reply_t *one = xcb_get_property_reply(copier.connection,
            xcb_get_property(copier.connection, 1, copier.window, pairs[1],
                    XCB_GET_PROPERTY_TYPE_ANY, 0, 100),
            NULL);
    assert_int_equal(one->value_len, strlen(MIXED));
    assert_memory_equal(xcb_get_property_value(one), MIXED, strlen(MIXED));
    free(one);
}

static char *
make_large(size_t size)
{
    char *text = g_malloc(size + 1);
    for (size_t i = 0; i < size; i++) {
        text[i] = "0123456789abcdefghijklmnopqrstuvwxyz \n"[(i * 7 + i / 1000) % 38];
    }
    text[size] = '\0';
    return text;
}

static void
large_text_of_a_person_is_pasted_in_pieces(void **state)
{
    char *text = make_large(HP_CLIPBOARD_MAX);
    copy_as_person(text);
    expect_paste(&copier, "STRING", text, HP_CLIPBOARD_MAX);
    expect_paste(&other, "UTF8_STRING", text, HP_CLIPBOARD_MAX);
    assert_in_range(copier.largest_piece, 1, 64 * 1024); // what the socket of a server takes
    assert_in_range(other.largest_piece, 1, 64 * 1024);
    g_free(text);
}

static void
what_a_program_copies_is_told(void **state)
{
    static const struct {
        const char *target, *value, *text;
        size_t piece_size;
    } copies[] = {
        { "UTF8_STRING", MIXED, MIXED, 0 },
        { "text/plain;charset=utf-8", "plain " MIXED, "plain " MIXED, 0 },
        { "STRING", "old Gr\xfc\xdf" "e", "old Gr\xc3\xbc\xc3\x9f" "e", 0 },
        { "UTF8_STRING", "in pieces " MIXED, "in pieces " MIXED, 3 },
        { "UTF8_STRING", "wrong \xff here", "wrong \xef\xbf\xbd here", 0 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(copies); i++) {
        int before = host_get_news()->clipboards;
        copier.piece_size = copies[i].piece_size;
        copier_copy(&copier, copies[i].target, copies[i].value, strlen(copies[i].value));
        expect_told(before, copies[i].text);
    }
    copier.piece_size = 0;
}

static void
large_text_of_a_program_is_told_and_a_larger_one_is_not(void **state)
{
    char *text = make_large(HP_CLIPBOARD_MAX + 1);
    for (size_t piece_size = 0; piece_size <= 65536; piece_size += 65536) {
        int before = host_get_news()->clipboards;
        int skipped = host_get_news()->skipped;
        copier.piece_size = piece_size;
        copier_copy(&copier, "UTF8_STRING", text, HP_CLIPBOARD_MAX + 1);
        expect_skipped(skipped, true);
        assert_int_equal(host_get_news()->clipboards, before);
        text[HP_CLIPBOARD_MAX] = '\0';
        copier_copy(&copier, "UTF8_STRING", text, HP_CLIPBOARD_MAX);
        expect_told(before, text);
        text[HP_CLIPBOARD_MAX] = 'x';
    }
    copier.piece_size = 0;
    g_free(text);
}

static void
picture_is_told_as_no_text(void **state)
{
    int before = host_get_news()->clipboards;
    int skipped = host_get_news()->skipped;
    copier_copy(&copier, "image/png", "png", 3);
    expect_skipped(skipped, false);
    assert_int_equal(host_get_news()->clipboards, before);
    assert_int_equal(copier.requests, 4); // for each target that is text
}

static void
program_that_does_not_answer_is_no_hindrance(void **state)
{
    int before = host_get_news()->clipboards;
    copier.is_silent = true;
    copier_copy(&copier, "UTF8_STRING", "never", 5);
    while (copier.requests == 0) {
        copier_serve(&copier, 10);
    }
    copier_copy(&other, "UTF8_STRING", "another", 7);
    expect_told(before, "another");
    copy_as_person("and back");
    copier.is_silent = false;
}

static void
text_of_a_person_is_not_told_back(void **state)
{
    int before = host_get_news()->clipboards;
    copy_as_person("mine");
    copier_copy(&copier, "UTF8_STRING", "mine", 4); // as a clipboard manager does
    while (copier.requests == 0) {
        copier_serve(&copier, 10);
    }
    assert_false(wait_told(before + 1, 300));
    copier_copy(&copier, "UTF8_STRING", "theirs", 6);
    expect_told(before, "theirs");
    assert_int_equal(host_get_news()->clipboards, before + 1);
}

static void
key_that_pastes_comes_after_the_text(void **state)
{
    for (int i = 0; i < 30; i++) {
        char text[32];
        g_snprintf(text, sizeof(text), "text %d", i);
        copier_copy(&copier, "UTF8_STRING", "stale", 5);
        host_set_clipboard(text);
        host_act(&(struct hp_input){ .kind = HP_INPUT_KEY_DOWN, .keysym = XKB_KEY_v });
        host_act(&(struct hp_input){ .kind = HP_INPUT_KEY_UP, .keysym = XKB_KEY_v });
        assert_int_equal(
                fixture_wait_key(&fixture, false, FIXTURE_TIMEOUT_MS), XKB_KEY_v);
        expect_paste(&other, "UTF8_STRING", text, strlen(text));
    }
}

static void
paste(const char *text)
{
    host_set_clipboard(text);
    host_act(&(struct hp_input){ .kind = HP_INPUT_KEY_DOWN, .keysym = XKB_KEY_v });
    host_act(&(struct hp_input){ .kind = HP_INPUT_KEY_UP, .keysym = XKB_KEY_v });
    assert_int_equal(fixture_wait_key(&fixture, false, FIXTURE_TIMEOUT_MS), XKB_KEY_v);
}

static void
program_keeps_the_clipboard_when_its_own_text_is_pasted(void **state)
{
    int before = host_get_news()->clipboards;
    copier_copy(&copier, "UTF8_STRING", "rich", 4);
    expect_told(before, "rich");
    paste("rich");
    copier_serve(&copier, 10);
    assert_false(copier_has_lost(&copier));
    paste("poor");
    expect_paste(&other, "UTF8_STRING", "poor", 4);
    paste("rich");
    expect_paste(&other, "UTF8_STRING", "rich", 4);
}

static void
text_of_a_program_that_has_ended_is_pasted(void **state)
{
    struct copier gone;
    copier_start(&gone, fixture.display);
    int before = host_get_news()->clipboards;
    copier_copy(&gone, "UTF8_STRING", "gone", 4);
    while (gone.requests == 0) {
        copier_serve(&gone, 10);
    }
    expect_told(before, "gone");
    copier_stop(&gone);
    paste("gone");
    expect_paste(&other, "UTF8_STRING", "gone", 4);
}

static void
programs_that_take_no_pieces_are_bounded_and_given_up(void **state)
{
    struct hp_selection_owner owner = { .text = g_bytes_new("text", 4), .transfer_count = 2 };
    for (unsigned i = 0; i < owner.transfer_count; i++) {
        owner.transfers[i] = (struct hp_selection_transfer){
            .value = g_bytes_ref(owner.text), .last_us = i * 1000
        };
    }
    hp_selection_owner_expire(&owner, HP_SELECTION_TIMEOUT_US - 1);
    assert_int_equal(owner.transfer_count, 2);
    hp_selection_owner_expire(&owner, HP_SELECTION_TIMEOUT_US);
    assert_int_equal(owner.transfer_count, 1);
    assert_int_equal(owner.transfers[0].last_us, 1000);
    hp_selection_owner_finish(&owner);
    char *text = make_large(HP_CLIPBOARD_MAX);
    text[0] = 'P'; // not the text of the program before
    copy_as_person(text);
    for (int i = 0; i < HP_SELECTION_TRANSFERS_MAX; i++) { // none of them is taken
        char name[16];
        g_snprintf(name, sizeof(name), "PASTED%d", i);
        xcb_convert_selection(other.connection, other.window, copier_atom(&other, "CLIPBOARD"),
                copier_atom(&other, "UTF8_STRING"), copier_atom(&other, name), XCB_CURRENT_TIME);
    }
    free(xcb_get_input_focus_reply(other.connection, xcb_get_input_focus(other.connection), NULL));
    assert_null(copier_paste(&copier, "UTF8_STRING", NULL));
    GByteArray *time = copier_paste(&copier, "TIMESTAMP", NULL); // small values still pass
    assert_non_null(time);
    g_byte_array_unref(time);
    g_free(text);
}

// Does a connection of this process, for one to an X server, take no more at present?
static bool
is_any_connection_full(void)
{
    for (int fd = 0; fd < 256; fd++) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof(peer);
        struct pollfd ready = { .fd = fd, .events = POLLOUT };
        if (getpeername(fd, (struct sockaddr *) &peer, &size) == 0 && poll(&ready, 1, 0) == 0) {
            return true;
        }
    }
    return false;
}

// The server has passed on what many programs ask for, and then takes no answer.
static void
server_that_hangs_while_many_paste_holds_up_nobody(void **state)
{
    char *text = make_large(60 * 1024);
    text[0] = 'H';
    copy_as_person(text);
    xcb_atom_t clipboard = copier_atom(&other, "CLIPBOARD");
    xcb_atom_t target = copier_atom(&other, "UTF8_STRING");
    for (int i = 0; i < 400; i++) { // 24 MB in all, far more than a socket takes
        xcb_convert_selection(
                other.connection, other.window, clipboard, target, target, XCB_CURRENT_TIME);
    }
    free(xcb_get_input_focus_reply(other.connection, xcb_get_input_focus(other.connection), NULL));
    kill(fixture.pid, SIGSTOP);
    for (int i = 0; i < FIXTURE_TIMEOUT_MS && !is_any_connection_full(); i++) {
        g_usleep(1000);
    }
    assert_true(is_any_connection_full()); // the loop has run into the server
    gint64 begin_us = g_get_monotonic_time();
    host_stop();
    assert_true(g_get_monotonic_time() - begin_us < 1500000);
    kill(fixture.pid, SIGCONT);
    g_free(text);
}

int
main(void)
{
    if (!fixture_is_possible()) {
        return 77;
    }
    char *path = g_build_filename(
            g_getenv("builddir") == NULL ? "." : g_getenv("builddir"), ".libs", "desktop.so", NULL);
    bool is_loaded = host_load(path);
    g_free(path);
    if (!is_loaded) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_a_person_is_pasted_in_every_usual_target),
        cmocka_unit_test(targets_and_time_are_told),
        cmocka_unit_test(several_targets_are_had_at_once),
        cmocka_unit_test(large_text_of_a_person_is_pasted_in_pieces),
        cmocka_unit_test(what_a_program_copies_is_told),
        cmocka_unit_test(picture_is_told_as_no_text),
        cmocka_unit_test(program_that_does_not_answer_is_no_hindrance),
        cmocka_unit_test(text_of_a_person_is_not_told_back),
        cmocka_unit_test(key_that_pastes_comes_after_the_text),
        cmocka_unit_test(program_keeps_the_clipboard_when_its_own_text_is_pasted),
        cmocka_unit_test(text_of_a_program_that_has_ended_is_pasted),
        cmocka_unit_test(large_text_of_a_program_is_told_and_a_larger_one_is_not),
        cmocka_unit_test(programs_that_take_no_pieces_are_bounded_and_given_up),
        cmocka_unit_test(server_that_hangs_while_many_paste_holds_up_nobody),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
