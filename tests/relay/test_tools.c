// Tests of the whole service with the clients of others, over a real socket: coturn's
// turnutils_uclient, and stun of stun-client (RFC 3489). What is relayed comes back from a media
// address of ours, like an echo.
#include "relay/relay.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "nat/addr.h"

#define MEDIA "192.0.2.10"
#define SECRET "secret of the test"

enum {
    MEDIA_PORT = 8080,
    MEDIA_PORTS = 16, // coturn's client wants ports for RTCP, too
    LIMIT_US = 30000000,
    SHORT_US = 2000000,
    POLL_MS = 20,
    DATAGRAM_MAX = 2048,
};

struct house {
    struct hp_carrier carrier; // must be first
    int fd;
    uint16_t port;
    struct hp_relay *relay;
    struct hp_service service;
    char output[256 * 1024]; // of the tool
    size_t output_size;
    int status; // of the tool
};

static unsigned
send_run(struct hp_carrier *carrier, const struct hp_flow *flow, const struct hp_segment *segments,
        unsigned count)
{
    const struct house *house = (const struct house *) carrier;
    struct sockaddr_storage to;
    socklen_t size = hp_addr_to_sockaddr(&flow->remote, &to);
    for (unsigned i = 0; i < count; i++) {
        sendto(house->fd, segments[i].data, segments[i].size, 0, (struct sockaddr *) &to, size);
    }
    return count;
}

static const struct hp_carrier_ops carrier_ops = { .send_run = send_run };

// Our media: an echo.
static void
inject(void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    const struct hp_segment segment = { data, size };
    (void) arg;
    flow->carrier->ops->send_run(flow->carrier, flow, &segment, 1);
}

static int
set_up(void **state)
{
    struct house *house = g_new0(struct house, 1);
    struct hp_addr media[MEDIA_PORTS], loopback;
    struct sockaddr_storage address;
    for (uint16_t i = 0; i < MEDIA_PORTS; i++) {
        hp_addr_parse(&media[i], MEDIA, MEDIA_PORT + i);
    }
    hp_addr_parse(&loopback, "127.0.0.1", 0);
    struct hp_relay_params params = { .secret = SECRET,
        .with_turn = true,
        .with_classic = true,
        .peers = media,
        .peer_count = MEDIA_PORTS,
        .inject = inject };
    house->carrier = (struct hp_carrier){ &carrier_ops, HP_PATH_UDP };
    house->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t size = hp_addr_to_sockaddr(&loopback, &address);
    assert_int_equal(bind(house->fd, (struct sockaddr *) &address, size), 0);
    assert_int_equal(getsockname(house->fd, (struct sockaddr *) &address, &size), 0);
    hp_addr_from_sockaddr(&loopback, &address);
    house->port = loopback.port;
    house->relay = hp_relay_create(&params);
    house->service = hp_relay_service(house->relay);
    *state = house;
    return 0;
}

static int
tear_down(void **state)
{
    struct house *house = *state;
    hp_relay_destroy(house->relay);
    close(house->fd);
    g_free(house);
    return 0;
}

static void
serve(struct house *house)
{
    uint8_t data[DATAGRAM_MAX + HP_SERVICE_SPARE];
    struct sockaddr_storage from;
    struct hp_flow flow = { .carrier = &house->carrier };
    for (;;) {
        socklen_t from_size = sizeof(from);
        memset(data, 0, sizeof(data));
        ssize_t size = recvfrom(
                house->fd, data, DATAGRAM_MAX, 0, (struct sockaddr *) &from, &from_size);
        if (size < 0) {
            return;
        }
        hp_addr_from_sockaddr(&flow.remote, &from);
        hp_addr_parse(&flow.local, "127.0.0.1", house->port);
        house->service.ops->on_datagram(house->service.arg, &flow, data, (size_t) size);
    }
}

static void
read_output(struct house *house, int fd)
{
    char *end = house->output + house->output_size;
    ssize_t size = read(fd, end, sizeof(house->output) - 1 - house->output_size);
    house->output_size += size > 0 ? (size_t) size : 0;
    house->output[house->output_size] = '\0';
}

static void
join_errors(gpointer arg)
{
    (void) arg;
    dup2(STDOUT_FILENO, STDERR_FILENO);
}

// Runs a tool while the service serves it. Has the tool ended in time?
static bool
run(struct house *house, char **words, int64_t limit_us)
{
    int output;
    GPid pid;
    char *path = g_find_program_in_path(words[0]);
    if (path == NULL) {
        printf("skipped: %s is not installed\n", words[0]);
        skip();
    }
    g_free(path);
    house->output_size = 0;
    assert_true(g_spawn_async_with_pipes(NULL, words, NULL,
            G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, join_errors, NULL, &pid, NULL, &output,
            NULL, NULL));
    int64_t end_us = hp_clock_now_us() + limit_us;
    bool is_open = true;
    while (is_open && hp_clock_now_us() < end_us) {
        struct pollfd fds[] = { { house->fd, POLLIN, 0 }, { output, POLLIN, 0 } };
        poll(fds, 2, POLL_MS);
        serve(house);
        if (fds[1].revents != 0) {
            size_t before = house->output_size;
            read_output(house, output);
            is_open = house->output_size > before;
        }
    }
    close(output);
    if (is_open) {
        kill(pid, SIGKILL);
    }
    waitpid(pid, &house->status, 0);
    return !is_open;
}

static void
run_line(struct house *house, const char *line)
{
    char **words = g_strsplit(line, " ", -1);
    assert_true(run(house, words, LIMIT_US));
    g_strfreev(words);
}

// Runs coturn's client with these flags; the secret has blanks.
static bool
run_uclient(struct house *house, const char *flags, const char *secret, int64_t limit_us)
{
    char *line = g_strdup_printf(
            "turnutils_uclient -c -e %s -r %d -p %u %s -W", MEDIA, MEDIA_PORT, house->port, flags);
    char **words = g_strsplit(line, " ", -1);
    GStrvBuilder *all = g_strv_builder_new();
    g_strv_builder_addv(all, (const char **) words);
    g_strv_builder_add_many(all, secret, "127.0.0.1", NULL);
    char **vector = g_strv_builder_end(all);
    g_strv_builder_unref(all);
    bool has_ended = run(house, vector, limit_us);
    g_strfreev(vector);
    g_strfreev(words);
    g_free(line);
    return has_ended;
}

static void
assert_all_back(struct house *house, const char *flags)
{
    assert_true(run_uclient(house, flags, SECRET, LIMIT_US));
    if (strstr(house->output, "Total lost packets 0 (0.0") == NULL) {
        fail_msg("turnutils_uclient %s: %s", flags, house->output);
    }
}

static void
coturn_s_client_gets_all_back_by_channels(void **state)
{
    struct house *house = *state;
    assert_all_back(house, "-n 50 -z 2 -m 2");
    assert_true(hp_relay_get_counters(house->relay).relayed >= 100);
}

static void
coturn_s_client_gets_all_back_by_indications(void **state)
{
    assert_all_back(*state, "-s -X -G -D -n 50 -z 2 -m 2");
}

static void
coturn_s_client_with_a_wrong_secret_gets_nothing(void **state)
{
    struct house *house = *state;
    assert_true(run_uclient(house, "-n 5", "another secret", LIMIT_US));
    assert_int_not_equal(house->status, 0);
    assert_int_equal(hp_relay_get_counters(house->relay).relayed, 0);
    assert_int_equal(hp_relay_get_counters(house->relay).allocations, 0);
}

static void
learn_address(struct house *house)
{
    char *line = g_strdup_printf("turnutils_stunclient -p %u 127.0.0.1", house->port);
    run_line(house, line);
    g_free(line);
    assert_non_null(strstr(house->output, "UDP reflexive addr: 127.0.0.1:"));
}

// It sends broken requests at random, and waits for an answer to each; some get none, and may be
// all of one run.
static void
what_coturn_s_client_breaks_leaves_the_service_well(void **state)
{
    struct house *house = *state;
    uint64_t answered = 0;
    for (int i = 0; i < 20 && answered == 0; i++) {
        run_uclient(house, "-N -R -n 5 -z 2 -m 2", SECRET, SHORT_US);
        answered = hp_relay_get_counters(house->relay).answered;
    }
    assert_true(answered > 0);
    learn_address(house);
    assert_true(hp_relay_get_counters(house->relay).answered > answered);
}

static void
a_client_of_rfc_5389_learns_its_address(void **state)
{
    learn_address(*state);
}

// It asks for answers from another address and port, which one socket cannot give: it is told so,
// and ends at once.
static void
a_client_of_rfc_5780_learns_its_address_and_that_there_is_no_other_of_ours(void **state)
{
    struct house *house = *state;
    char *line = g_strdup_printf("turnutils_natdiscovery -m -f -p %u 127.0.0.1", house->port);
    run_line(house, line);
    g_free(line);
    assert_non_null(strstr(house->output, "UDP reflexive addr: 127.0.0.1:"));
    assert_null(strstr(house->output, "Other addr"));
    assert_int_equal(hp_relay_get_counters(house->relay).answered, 2);
}

static void
a_client_of_rfc_3489_learns_its_address(void **state)
{
    struct house *house = *state;
    char *line = g_strdup_printf("stun 127.0.0.1:%u 1 -v", house->port);
    run_line(house, line);
    g_free(line);
    assert_non_null(strstr(house->output, "MappedAddress = 127.0.0.1:"));
}

#define TOOL_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TOOL_TEST(coturn_s_client_gets_all_back_by_channels),
        TOOL_TEST(coturn_s_client_gets_all_back_by_indications),
        TOOL_TEST(coturn_s_client_with_a_wrong_secret_gets_nothing),
        TOOL_TEST(what_coturn_s_client_breaks_leaves_the_service_well),
        TOOL_TEST(a_client_of_rfc_5389_learns_its_address),
        TOOL_TEST(a_client_of_rfc_5780_learns_its_address_and_that_there_is_no_other_of_ours),
        TOOL_TEST(a_client_of_rfc_3489_learns_its_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
