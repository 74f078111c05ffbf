// Tests of the whole service with the clients of others, over a real socket: coturn's
// turnutils_uclient, and stun of stun-client (RFC 3489). What is relayed comes back from a media
// address of ours, like an echo.
#include "relay/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include <cmocka.h>

#include "nat/addr.h"
#include "relay/tool.h"

enum {
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
    struct tool tool;
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

static void
serve(void *arg)
{
    struct house *house = arg;
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

static int
set_up(void **state)
{
    struct house *house = g_new0(struct house, 1);
    struct hp_addr media[TOOL_PORTS], loopback;
    struct sockaddr_storage address;
    tool_media(media);
    hp_addr_parse(&loopback, "127.0.0.1", 0);
    struct hp_relay_params params = { .secret = TOOL_SECRET,
        .with_turn = true,
        .with_classic = true,
        .peers = media,
        .peer_count = TOOL_PORTS,
        .inject = tool_inject };
    house->carrier = (struct hp_carrier){ &carrier_ops, HP_PATH_UDP };
    house->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t size = hp_addr_to_sockaddr(&loopback, &address);
    assert_int_equal(bind(house->fd, (struct sockaddr *) &address, size), 0);
    assert_int_equal(getsockname(house->fd, (struct sockaddr *) &address, &size), 0);
    hp_addr_from_sockaddr(&loopback, &address);
    house->port = loopback.port;
    house->relay = hp_relay_create(&params);
    house->service = hp_relay_service(house->relay);
    house->tool.fd = house->fd;
    house->tool.poll_ms = POLL_MS;
    house->tool.serve = serve;
    house->tool.arg = house;
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
assert_all_back(struct house *house, const char *flags)
{
    tool_assert_all_back(&house->tool, house->port, flags);
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
    assert_true(tool_run_uclient(
            &house->tool, house->port, "-n 5", "another secret", TOOL_LIMIT_US));
    assert_int_not_equal(house->tool.status, 0);
    assert_int_equal(hp_relay_get_counters(house->relay).relayed, 0);
    assert_int_equal(hp_relay_get_counters(house->relay).allocations, 0);
}

static void
learn_address(struct house *house)
{
    char *line = g_strdup_printf("turnutils_stunclient -p %u 127.0.0.1", house->port);
    tool_run(&house->tool, line);
    g_free(line);
    assert_non_null(strstr(house->tool.output, "UDP reflexive addr: 127.0.0.1:"));
}

// It sends broken requests at random, and waits for an answer to each; some get none, and may be
// all of one run.
static void
what_coturn_s_client_breaks_leaves_the_service_well(void **state)
{
    struct house *house = *state;
    uint64_t answered = 0;
    for (int i = 0; i < 20 && answered == 0; i++) {
        tool_run_uclient(
                &house->tool, house->port, "-N -R -n 5 -z 2 -m 2", TOOL_SECRET, SHORT_US);
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
    tool_run(&house->tool, line);
    g_free(line);
    assert_non_null(strstr(house->tool.output, "UDP reflexive addr: 127.0.0.1:"));
    assert_null(strstr(house->tool.output, "Other addr"));
    assert_int_equal(hp_relay_get_counters(house->relay).answered, 2);
}

static void
a_client_of_rfc_3489_learns_its_address(void **state)
{
    struct house *house = *state;
    char *line = g_strdup_printf("stun 127.0.0.1:%u 1 -v", house->port);
    tool_run(&house->tool, line);
    g_free(line);
    assert_non_null(strstr(house->tool.output, "MappedAddress = 127.0.0.1:"));
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
