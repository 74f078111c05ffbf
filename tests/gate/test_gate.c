// Tests of gate/gate.c with its two sides, gate/inner.c and gate/outer.c, and of gate/stream.c: what
// passes between a client and the end that libwebsockets has. Both are sockets of the test.
#include "gate/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/worker.h"
#include "fixture/fake_time.h"
#include "gate/poller.h"

enum {
    BUFFERS = 600 * 1024, // bytes, more than the gate and the kernel keep
    BLOCK = 4096,
};

static const char get[] = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
static const char got[] = "GET /x HTTP/1.1\r\nhost: a\r\n\r\n"; // as it is handed on

struct line {
    struct hp_worker *main;
    struct hp_poller *poller;
    struct hp_gate *gate;
    int client; // of the test
    int inner; // of the test; -1: not opened
    unsigned opened, closed;
    bool refuses_inner;
};

static bool
on_open(void *arg, int fd)
{
    struct line *line = arg;
    line->opened++;
    if (line->refuses_inner) {
        close(fd);
        return false;
    }
    line->inner = fd;
    return true;
}

static void
on_closed(void *arg)
{
    struct line *line = arg;
    line->closed++;
    g_clear_pointer(&line->gate, hp_gate_destroy);
}

static const struct hp_gate_cbs cbs = { .on_open = on_open, .on_closed = on_closed };

static void
open_line(void **state, bool is_time_fake)
{
    struct line *line = g_new0(struct line, 1);
    int ends[2];
    line->main = hp_worker_create_main();
    if (is_time_fake) {
        fake_time_begin(line->main);
    }
    line->poller = hp_poller_create(line->main);
    line->inner = -1;
    assert_int_equal(
            socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    line->client = ends[0];
    struct hp_gate_params params = {
        .main = line->main,
        .poller = line->poller,
        .fd = ends[1],
        .head_timeout_ms = 10000,
        .idle_timeout_ms = 60000,
    };
    line->gate = hp_gate_create(&params, &cbs, line);
    *state = line;
}

static int
setup(void **state)
{
    open_line(state, true);
    return 0;
}

static int
setup_in_real_time(void **state)
{
    open_line(state, false);
    return 0;
}

static int
teardown(void **state)
{
    struct line *line = *state;
    hp_gate_destroy(line->gate);
    hp_poller_destroy(line->poller);
    if (line->client >= 0) {
        close(line->client);
    }
    if (line->inner >= 0) {
        close(line->inner);
    }
    hp_worker_destroy(line->main);
    fake_time_end();
    g_free(line);
    return 0;
}

static void
run(void)
{
    for (int i = 0; i < 10; i++) { // with a fake time the loop is never idle
        g_main_context_iteration(NULL, FALSE);
    }
}

// Sends, and lets the gate work.
static void
put(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    run();
}

// Reads what is there, and lets the gate work. Valid until the next call.
static const char *
take(int fd)
{
    static char text[BLOCK + 1];
    ssize_t count = recv(fd, text, BLOCK, MSG_DONTWAIT);
    text[MAX(count, 0)] = '\0';
    run();
    return text;
}

static bool
has_ended(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void
shut(int *fd)
{
    close(*fd);
    *fd = -1;
    run();
}

static void
requests_are_handed_on_one_at_a_time(void **state)
{
    struct line *line = *state;
    GString *text = g_string_new(NULL);
    for (int i = 0; i < 20; i++) {
        g_string_append(text, get);
    }
    put(line->client, text->str);
    g_string_free(text, TRUE);
    for (int i = 0; i < 20; i++) {
        assert_string_equal(take(line->inner), got);
        put(line->inner, "answer");
        assert_string_equal(take(line->client), "answer");
        assert_string_equal(take(line->inner), ""); // not before the answer is whole
        hp_gate_next(line->gate);
    }
    run();
    assert_string_equal(take(line->inner), "");
    assert_int_equal(line->opened, 1);
}

static void
request_follows_a_body(void **state)
{
    struct line *line = *state;
    put(line->client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\r\nGET /x HTTP/1.1\r\n"
                      "Host: a\r\n\r\n");
    assert_string_equal(take(line->inner),
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc");
    hp_gate_next(line->gate);
    assert_string_equal(take(line->inner), got);
}

static void
bytes_may_come_one_by_one(void **state)
{
    struct line *line = *state;
    static const char text[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        put(line->client, (char[]){ text[i], '\0' });
        assert_int_equal(line->opened, i >= sizeof(text) - 5);
    }
    assert_string_equal(take(line->inner),
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc");
}

// Checks that the client has this answer and then the end, and that the gate ends with it.
static void
assert_refused(struct line *line, const char *status)
{
    const char *answer = take(line->client);
    if (!g_str_has_prefix(answer, status)) {
        fail_msg("expected %s: %s", status, answer);
    }
    assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
    assert_non_null(strstr(answer, "{\"code\":"));
    assert_true(has_ended(line->client));
    shut(&line->client);
    assert_int_equal(line->closed, 1);
    assert_null(line->gate);
}

static void
doubtful_head_is_refused_and_costs_nothing_behind_the_gate(void **state)
{
    struct line *line = *state;
    put(line->client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc");
    assert_refused(line, "HTTP/1.1 400 ");
    assert_int_equal(line->opened, 0);
}

static void
refusal_follows_the_answers_before_it(void **state)
{
    struct line *line = *state;
    put(line->client, get);
    put(line->client, "GET / HTTP/1.1\r\n\r\n"); // without a host
    assert_string_equal(take(line->inner), got);
    send(line->inner, "answer", 6, MSG_NOSIGNAL); // the gate has not read it yet
    hp_gate_next(line->gate);
    run();
    char answer[7] = "";
    assert_int_equal(recv(line->client, answer, 6, 0), 6);
    assert_string_equal(answer, "answer");
    assert_true(has_ended(line->inner));
    assert_refused(line, "HTTP/1.1 400 ");
}

static void
head_that_ends_early_is_refused(void **state)
{
    struct line *line = *state;
    put(line->client, "GET / HTTP/1.1\r\n");
    shutdown(line->client, SHUT_WR);
    run();
    assert_refused(line, "HTTP/1.1 400 ");
}

static void
slow_head_is_told(void **state)
{
    struct line *line = *state;
    put(line->client, "GET / HTTP/1.1\r\n");
    fake_time_pass_ms(9000);
    put(line->client, "Host: a\r\n");
    fake_time_pass_ms(1100);
    run();
    assert_refused(line, "HTTP/1.1 408 ");
}

static void
later_head_has_as_much_time_as_the_first(void **state)
{
    struct line *line = *state;
    put(line->client, get);
    hp_gate_next(line->gate);
    fake_time_pass_ms(50000);
    put(line->client, "G");
    fake_time_pass_ms(9000);
    assert_int_equal(line->closed, 0);
    fake_time_pass_ms(1100);
    run();
    assert_refused(line, "HTTP/1.1 408 ");
}

static void
idle_connection_ends_without_a_word(void **state)
{
    struct line *line = *state;
    put(line->client, get);
    hp_gate_note_read(line->gate);
    fake_time_pass_ms(100000); // an answer may take long
    hp_gate_next(line->gate);
    fake_time_pass_ms(59000);
    assert_int_equal(line->closed, 0);
    fake_time_pass_ms(1100);
    run();
    assert_int_equal(line->closed, 1);
    assert_true(has_ended(line->client));
    assert_string_equal(take(line->inner), got);
    assert_true(has_ended(line->inner));
}

static void
silent_connection_ends_without_a_word(void **state)
{
    struct line *line = *state;
    fake_time_pass_ms(10100);
    run();
    assert_int_equal(line->closed, 1);
    assert_true(has_ended(line->client));
}

static void
slow_body_is_told_by_the_owner(void **state)
{
    struct line *line = *state;
    put(line->client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
    hp_gate_refuse(line->gate, 408, "too slow");
    run();
    assert_refused(line, "HTTP/1.1 408 ");
}

// Writes blocks until no more are taken; returns how many bytes were taken.
static size_t
fill(int fd)
{
    static const char block[BLOCK];
    size_t size = 0;
    ssize_t count;
    while ((count = send(fd, block, sizeof(block), MSG_NOSIGNAL)) > 0 || errno == EAGAIN) {
        run();
        if (count < 0 && send(fd, block, 1, MSG_NOSIGNAL) < 0) {
            break;
        }
        size += count > 0 ? (size_t) count : 1;
    }
    return size;
}

static size_t
drain(int fd)
{
    char data[BLOCK];
    size_t size = 0;
    ssize_t count;
    while ((count = recv(fd, data, sizeof(data), MSG_DONTWAIT)) > 0) {
        size += (size_t) count;
        run();
    }
    return size;
}

static void
client_that_does_not_read_stops_the_answer(void **state)
{
    struct line *line = *state;
    put(line->client, get);
    hp_gate_note_read(line->gate);
    assert_string_equal(take(line->inner), got);
    size_t size = fill(line->inner);
    assert_in_range(size, BLOCK, BUFFERS);
    assert_int_equal(drain(line->client), size); // nothing is lost
    fake_time_pass_ms(30000);
    run();
    assert_int_equal(line->closed, 0);
    fill(line->inner);
    fake_time_pass_ms(19000);
    assert_int_equal(line->closed, 0);
    fake_time_pass_ms(1100);
    run();
    assert_int_equal(line->closed, 1);
}

static void
server_that_does_not_read_stops_the_body(void **state)
{
    struct line *line = *state;
    put(line->client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
    size_t head = strlen(take(line->inner));
    assert_true(head > 0);
    size_t size = fill(line->client);
    assert_in_range(size, BLOCK, BUFFERS);
    assert_int_equal(drain(line->inner), size);
}

static void
end_of_an_answer_is_not_lost(void **state)
{
    struct line *line = *state;
    put(line->client, get);
    assert_string_equal(take(line->inner), got);
    size_t size = fill(line->inner);
    shut(&line->inner);
    assert_int_equal(line->closed, 0);
    assert_int_equal(drain(line->client), size);
    assert_true(has_ended(line->client));
    put(line->client, "late"); // a reset would lose the answer
    assert_int_equal(line->closed, 0);
    fake_time_pass_ms(500);
    run();
    assert_int_equal(line->closed, 1);
}

static void
client_that_sends_on_without_end_is_cut(void **state)
{
    struct line *line = *state;
    put(line->client, "GET / HTTP/1.1\r\n\r\n");
    static const char block[BLOCK];
    size_t size = 0;
    while (size < 64u << 20 && line->closed == 0) { // no time passes
        ssize_t count = send(line->client, block, sizeof(block), MSG_NOSIGNAL);
        size += count > 0 ? (size_t) count : 0;
        run();
    }
    assert_int_equal(line->closed, 1);
    assert_in_range(size, BLOCK, 5u << 20);
}

static void
half_close_is_passed_on_behind_the_last_request(void **state)
{
    struct line *line = *state;
    put(line->client, get);
    put(line->client, get);
    shutdown(line->client, SHUT_WR);
    run();
    for (int i = 0; i < 2; i++) {
        assert_string_equal(take(line->inner), got);
        assert_false(has_ended(line->inner));
        put(line->inner, "answer");
        assert_string_equal(take(line->client), "answer");
        hp_gate_next(line->gate);
        run();
    }
    assert_true(has_ended(line->inner));
    assert_int_equal(line->closed, 0);
    shut(&line->inner);
    assert_int_equal(line->closed, 1);
    assert_true(has_ended(line->client));
}

static void
client_that_must_stay_is_cut_when_it_ends(void **state)
{
    struct line *line = *state;
    put(line->client, get);
    hp_gate_set_must_stay(line->gate, true);
    shutdown(line->client, SHUT_WR);
    run();
    assert_int_equal(line->closed, 1);
    assert_string_equal(take(line->inner), got);
    assert_true(has_ended(line->inner));
}

static void
client_that_goes_away_is_noticed_at_once(void **state)
{
    struct line *line = *state;
    put(line->client, get);
    put(line->client, get); // sent ahead
    shut(&line->client);
    assert_int_equal(line->closed, 1);
    assert_string_equal(take(line->inner), got);
    assert_true(has_ended(line->inner));
}

static void
connection_without_a_descriptor_is_told(void **state)
{
    struct line *line = *state;
    line->refuses_inner = true;
    put(line->client, get);
    assert_refused(line, "HTTP/1.1 503 ");
}

static void
request_that_is_not_read_is_told(void **state)
{
    struct line *line = *state;
    put(line->client, get);
    fake_time_pass_ms(10100);
    run();
    assert_refused(line, "HTTP/1.1 400 ");
}

static void
close_without_an_answer_is_told(void **state)
{
    struct line *line = *state;
    put(line->client, get);
    hp_gate_note_read(line->gate);
    put(line->inner, "answer");
    hp_gate_next(line->gate);
    put(line->client, get);
    assert_string_equal(take(line->client), "answer");
    shut(&line->inner);
    assert_refused(line, "HTTP/1.1 400 ");
}

static void
start_frames(struct line *line)
{
    put(line->client, "GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    take(line->inner);
    put(line->client, "\x81\x82\x01\x01\x01\x01hi"); // waits for the answer
    assert_string_equal(take(line->inner), "");
    hp_gate_upgrade(line->gate);
    run();
    assert_string_equal(take(line->inner), "\x81\x82\x01\x01\x01\x01hi");
}

static void
frames_are_handed_on_after_the_upgrade(void **state)
{
    struct line *line = *state;
    start_frames(line);
    put(line->inner, "\x81\x02yo");
    assert_string_equal(take(line->client), "\x81\x02yo");
    shutdown(line->client, SHUT_WR);
    run();
    assert_true(has_ended(line->inner));
}

static void
wrong_frame_becomes_a_close_frame(void **state)
{
    struct line *line = *state;
    static const uint8_t expected[] = { 0x81, 0x81, 1, 1, 1, 1, 'a', 0x88, 0x82, 0, 0, 0, 0, 0x03,
        0xea };
    start_frames(line);
    put(line->client, "\x81\x81\x01\x01\x01\x01"
                      "a\x81\x02hi\x81\x82\x01\x01\x01\x01hi");
    uint8_t data[64];
    assert_int_equal(recv(line->inner, data, sizeof(data), MSG_DONTWAIT), sizeof(expected));
    assert_memory_equal(data, expected, sizeof(expected));
}

// A loop that has nothing to do sleeps.
static void
waiting_costs_no_turns(void **state)
{
    struct line *line = *state;
    put(line->client, get);
    fill(line->client); // behind the request
    put(line->inner, "answer");
    for (int i = 0; i < 10; i++) {
        assert_false(g_main_context_iteration(NULL, FALSE));
    }
    take(line->client);
    fill(line->inner);
    shut(&line->inner); // while the client does not read
    for (int i = 0; i < 10; i++) {
        assert_false(g_main_context_iteration(NULL, FALSE));
    }
    assert_int_equal(line->closed, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(requests_are_handed_on_one_at_a_time),
        TEST(request_follows_a_body),
        TEST(bytes_may_come_one_by_one),
        TEST(doubtful_head_is_refused_and_costs_nothing_behind_the_gate),
        TEST(refusal_follows_the_answers_before_it),
        TEST(head_that_ends_early_is_refused),
        TEST(slow_head_is_told),
        TEST(later_head_has_as_much_time_as_the_first),
        TEST(idle_connection_ends_without_a_word),
        TEST(silent_connection_ends_without_a_word),
        TEST(slow_body_is_told_by_the_owner),
        TEST(client_that_does_not_read_stops_the_answer),
        TEST(server_that_does_not_read_stops_the_body),
        TEST(end_of_an_answer_is_not_lost),
        TEST(client_that_sends_on_without_end_is_cut),
        TEST(half_close_is_passed_on_behind_the_last_request),
        TEST(client_that_must_stay_is_cut_when_it_ends),
        TEST(client_that_goes_away_is_noticed_at_once),
        TEST(connection_without_a_descriptor_is_told),
        TEST(request_that_is_not_read_is_told),
        TEST(close_without_an_answer_is_told),
        TEST(frames_are_handed_on_after_the_upgrade),
        TEST(wrong_frame_becomes_a_close_frame),
        cmocka_unit_test_setup_teardown(waiting_costs_no_turns, setup_in_real_time, teardown),
    };
    cmocka_set_test_filter(g_getenv("TEST_FILTER"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
