// Tests of pair/locals.c and pair/remotes.c.
#include "pair/locals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

#include "pair/remotes.h"

static const char *const interfaces[] = { "10.0.0.2", "192.168.1.2", "2001:db8::2", "127.0.0.1",
    "fe80::1", "10.0.0.2", NULL };

static struct hp_locals
make(bool is_far, bool with_loopback, const char *public_address)
{
    struct hp_locals_params params = {
        .interfaces = interfaces,
        .public_addresses = { public_address },
        .public_count = public_address != NULL,
        .is_far = is_far,
        .with_loopback = with_loopback,
        .port = 8080,
    };
    struct hp_locals locals;
    hp_locals_init(&locals, &params);
    return locals;
}

static struct hp_candidate
read_line(const struct hp_locals *locals, unsigned i)
{
    char line[HP_CANDIDATE_TEXT_MAX];
    struct hp_candidate candidate;
    assert_true(hp_locals_write(locals, i, line));
    assert_true(hp_candidate_parse(line, strlen(line), &candidate) > 0);
    return candidate;
}

static unsigned
count_lines(const struct hp_locals *locals)
{
    char line[HP_CANDIDATE_TEXT_MAX];
    unsigned count = 0;
    while (hp_locals_write(locals, count, line)) {
        count++;
    }
    return count;
}

static void
each_address_of_ours_is_a_host_candidate_at_the_port(void **state)
{
    (void) state;
    struct hp_locals locals = make(false, false, NULL);
    assert_int_equal(count_lines(&locals), 3); // no loopback, no link-local, none twice
    for (unsigned i = 0; i < 3; i++) {
        struct hp_candidate candidate = read_line(&locals, i);
        assert_string_equal(candidate.address, interfaces[i]);
        assert_int_equal(candidate.port, 8080);
        assert_int_equal(candidate.type, HP_CANDIDATE_HOST);
        assert_int_equal(candidate.priority >> 24, 126);
    }
}

static void
loopback_is_offered_to_a_browser_on_this_host(void **state)
{
    (void) state;
    struct hp_locals locals = make(false, true, NULL);
    assert_int_equal(count_lines(&locals), 4);
    assert_string_equal(read_line(&locals, 3).address, "127.0.0.1");
}

static void
families_take_turns(void **state)
{
    (void) state;
    struct hp_locals locals = make(false, false, NULL);
    assert_true(read_line(&locals, 0).priority > read_line(&locals, 2).priority);
    assert_true(read_line(&locals, 2).priority > read_line(&locals, 1).priority);
}

static void
the_family_that_is_offered_first_is_preferred(void **state)
{
    (void) state;
    static const char *const ipv6_first[] = { "2001:db8::2", "10.0.0.2", "2001:db8::3", NULL };
    struct hp_locals_params params = { .interfaces = ipv6_first, .port = 8080 };
    struct hp_locals locals;
    hp_locals_init(&locals, &params);
    assert_true(read_line(&locals, 0).priority > read_line(&locals, 1).priority);
    assert_true(read_line(&locals, 1).priority > read_line(&locals, 2).priority);
}

static void
a_routers_address_comes_first_for_a_browser_that_is_far(void **state)
{
    (void) state;
    struct hp_locals near = make(false, false, "203.0.113.1");
    struct hp_locals far = make(true, false, "203.0.113.1");
    assert_string_equal(read_line(&near, 3).address, "203.0.113.1");
    assert_true(read_line(&near, 3).priority < read_line(&near, 0).priority);
    assert_string_equal(read_line(&far, 0).address, "203.0.113.1");
    assert_true(read_line(&far, 0).priority > read_line(&far, 1).priority);
    assert_int_equal(count_lines(&far), 4);
}

static void
an_address_of_an_interface_is_offered_once(void **state)
{
    (void) state;
    struct hp_locals locals = make(false, false, "10.0.0.2");
    assert_int_equal(count_lines(&locals), 3);
}

static bool
accepts(const struct hp_locals *locals, const char *address, unsigned port)
{
    char line[HP_CANDIDATE_TEXT_MAX];
    struct hp_candidate candidate;
    struct hp_addr addr;
    snprintf(line, sizeof(line), "candidate:1 1 udp 5 %s %u typ host", address, port);
    return hp_candidate_parse(line, strlen(line), &candidate) > 0
            && hp_locals_accept(locals, &candidate, &addr);
}

static void
checks_go_nowhere_inward(void **state)
{
    (void) state;
    static const char *const refused[] = { "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1",
        "169.254.169.254", "fe80::1", "224.0.0.1", "ff02::1", "255.255.255.255", "0.0.0.0", "::",
        "0f9d5c1e.local", "desk.example" };
    struct hp_locals locals = make(false, false, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        assert_false(accepts(&locals, refused[i], 4444));
    }
    assert_true(accepts(&locals, "192.0.2.1", 4444));
    assert_true(accepts(&locals, "10.0.0.9", 4444));
    assert_false(accepts(&locals, "192.0.2.1", 0));
}

static void
checks_do_not_go_to_our_own_port(void **state)
{
    (void) state;
    struct hp_locals locals = make(false, true, "203.0.113.1");
    assert_false(accepts(&locals, "10.0.0.2", 8080));
    assert_false(accepts(&locals, "203.0.113.1", 8080));
    assert_false(accepts(&locals, "127.0.0.1", 8080));
    assert_true(accepts(&locals, "127.0.0.1", 8081));
    assert_true(accepts(&locals, "10.0.0.2", 8081)); // a browser on this host
}

static void
private_addresses_of_a_browser_that_is_far_are_not_ours(void **state)
{
    (void) state;
    struct hp_locals locals = make(true, false, NULL);
    assert_false(accepts(&locals, "10.0.0.9", 4444));
    assert_true(accepts(&locals, "192.0.2.1", 4444));
}

// Where a candidate line of a far browser is looked for, whose signaling comes from `outside`; "":
// nowhere.
static const char *
find_guess(const char *outside, const char *line)
{
    static char text[HP_ADDR_PORT_TEXT_SIZE];
    struct hp_locals_params params = {
        .interfaces = interfaces,
        .is_far = true,
        .outside = outside,
        .port = 8080,
    };
    struct hp_locals locals;
    struct hp_candidate candidate;
    struct hp_addr addr;
    hp_locals_init(&locals, &params);
    text[0] = '\0';
    assert_true(hp_candidate_parse(line, strlen(line), &candidate) > 0);
    if (hp_locals_guess(&locals, &candidate, &addr)) {
        hp_addr_write_port(&addr, text, sizeof(text));
    }
    return text;
}

#define HIDDEN "0f9d5c1e-0000-4000-8000-0123456789ab.local"

static void
a_hidden_browser_may_be_where_its_signaling_comes_from(void **state)
{
    (void) state;
    assert_string_equal(find_guess("203.0.113.9", "candidate:1 1 udp 5 " HIDDEN " 4444 typ host"),
            "203.0.113.9:4444");
    assert_string_equal(find_guess("203.0.113.9", "candidate:1 1 udp 5 192.168.0.3 4444 typ host"),
            "203.0.113.9:4444");
    assert_string_equal(find_guess("2001:db8::9", "candidate:1 1 udp 5 " HIDDEN " 4444 typ host"),
            "[2001:db8::9]:4444");
}

static void
what_tells_no_port_of_its_own_is_no_reason_to_guess(void **state)
{
    (void) state;
    static const char *const lines[] = {
        "candidate:1 1 udp 5 203.0.113.7 4444 typ host", // it can be reached as it says
        "candidate:1 1 udp 5 10.0.0.1 4444 typ srflx raddr 10.0.0.3 rport 5",
        "candidate:1 1 udp 5 127.0.0.1 4444 typ host",
        "candidate:1 1 tcp 5 " HIDDEN " 9 typ host tcptype active",
        "candidate:1 2 udp 5 " HIDDEN " 4444 typ host",
        "candidate:1 1 udp 5 desk.example 4444 typ host",
        "candidate:1 1 udp 5 " HIDDEN " 0 typ host",
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        assert_string_equal(find_guess("203.0.113.9", lines[i]), "");
    }
    assert_string_equal(find_guess(NULL, "candidate:1 1 udp 5 " HIDDEN " 4444 typ host"), "");
    assert_string_equal(find_guess("10.0.0.2", "candidate:1 1 udp 5 " HIDDEN " 8080 typ host"), "");
}

static void
take_guess(void *arg, const struct hp_remote *remote)
{
    *(struct hp_remote *) arg = *remote;
}

static void
a_guess_comes_below_what_a_server_has_seen(void **state)
{
    (void) state;
    struct hp_locals locals = make(true, false, NULL);
    struct hp_remotes remotes = { 0 };
    struct hp_remote guess = { 0 };
    hp_addr_parse(&locals.outside, "203.0.113.9", 0);
    hp_remotes_add(&remotes, &locals, "candidate:1 1 udp 2113937151 " HIDDEN " 4444 typ host");
    hp_remotes_drain(&remotes, "abcd", take_guess, &guess);
    assert_int_equal(guess.type, HP_CANDIDATE_SRFLX);
    assert_int_equal(guess.addr.port, 4444);
    assert_true(guess.priority >> 24 < 100);
    assert_int_equal(remotes.dropped, 0);
    hp_remotes_add(&remotes, &locals, "candidate:1 1 tcp 5 " HIDDEN " 9 typ host tcptype active");
    assert_int_equal(remotes.dropped, 1);
    hp_remotes_clear(&remotes);
}

static unsigned given;

static void
take(void *arg, const struct hp_remote *remote)
{
    (void) arg;
    assert_int_equal(remote->addr.port, 5000 + given);
    given++;
}

static void
add(struct hp_remotes *remotes, const struct hp_locals *locals, unsigned port, const char *ufrag)
{
    char line[HP_CANDIDATE_TEXT_MAX];
    snprintf(line, sizeof(line), "candidate:1 1 udp 5 192.0.2.1 %u typ host%s%s", port,
            ufrag != NULL ? " ufrag " : "", ufrag != NULL ? ufrag : "");
    hp_remotes_add(remotes, locals, line);
}

static void
candidates_wait_for_their_credentials(void **state)
{
    (void) state;
    struct hp_locals locals = make(false, false, NULL);
    struct hp_remotes remotes = { 0 };
    given = 0;
    add(&remotes, &locals, 5000, "them");
    add(&remotes, &locals, 5002, "later");
    add(&remotes, &locals, 5001, NULL);
    hp_remotes_drain(&remotes, "them", take, NULL);
    assert_int_equal(given, 2);
    assert_int_equal(remotes.count, 1);
    hp_remotes_drain(&remotes, "later", take, NULL);
    assert_int_equal(given, 3);
    assert_int_equal(remotes.dropped, 0);
    hp_remotes_clear(&remotes);
}

static void
candidates_beyond_the_limit_are_counted_and_dropped(void **state)
{
    (void) state;
    struct hp_locals locals = make(false, false, NULL);
    struct hp_remotes remotes = { 0 };
    given = 0;
    for (unsigned i = 0; i < 2 * HP_ICE_REMOTE_MAX; i++) {
        add(&remotes, &locals, 5000 + i, NULL);
        hp_remotes_drain(&remotes, "them", take, NULL);
    }
    assert_int_equal(given, HP_ICE_REMOTE_MAX);
    assert_int_equal(remotes.dropped, HP_ICE_REMOTE_MAX);
    for (unsigned i = 0; i < 2 * HP_ICE_REMOTE_MAX; i++) {
        add(&remotes, &locals, 5000 + i, "unknown");
    }
    assert_int_equal(remotes.count, HP_ICE_REMOTE_MAX);
    assert_int_equal(remotes.dropped, 2 * HP_ICE_REMOTE_MAX);
    hp_remotes_clear(&remotes);
}

static void
an_unusable_line_is_counted(void **state)
{
    (void) state;
    struct hp_locals locals = make(false, false, NULL);
    struct hp_remotes remotes = { 0 };
    hp_remotes_add(&remotes, &locals, "nonsense");
    hp_remotes_add(&remotes, &locals, "candidate:1 1 tcp 5 192.0.2.1 9 typ host tcptype active");
    hp_remotes_add(&remotes, &locals, "candidate:1 2 udp 5 192.0.2.1 9 typ host");
    assert_int_equal(remotes.dropped, 3);
    assert_int_equal(remotes.count, 0);
}

static void
add_place(struct hp_tcp_places *places, const char *text, uint16_t port)
{
    struct hp_addr addr;
    struct sockaddr_storage address;
    assert_true(hp_addr_parse(&addr, text, port));
    hp_addr_to_sockaddr(&addr, &address);
    hp_tcp_places_add(places, &address);
}

static unsigned
count_tcp(const struct hp_locals *locals)
{
    unsigned count = 0;
    for (unsigned i = 0; i < count_lines(locals); i++) {
        count += read_line(locals, i).transport == HP_CANDIDATE_TCP;
    }
    return count;
}

static void
addresses_are_offered_by_tcp_behind_and_below_all_of_udp(void **state)
{
    (void) state;
    struct hp_tcp_places places = { 0 };
    add_place(&places, "0.0.0.0", 8081);
    add_place(&places, "::", 8081);
    struct hp_locals_params params = {
        .interfaces = interfaces,
        .public_addresses = { "203.0.113.1" },
        .public_tcp_ports = { 443 },
        .public_count = 1,
        .port = 8080,
        .tcp_places = &places,
    };
    struct hp_locals locals;
    hp_locals_init(&locals, &params);
    unsigned half = count_lines(&locals) / 2;
    assert_int_equal(half, 4);
    for (unsigned i = 0; i < half; i++) {
        struct hp_candidate udp = read_line(&locals, i);
        struct hp_candidate tcp = read_line(&locals, half + i);
        bool is_public = strcmp(tcp.address, "203.0.113.1") == 0;
        assert_string_equal(tcp.address, udp.address);
        assert_int_equal(tcp.transport, HP_CANDIDATE_TCP);
        assert_int_equal(tcp.tcp_type, HP_CANDIDATE_TCP_PASSIVE);
        assert_int_equal(tcp.port, is_public ? 443 : 8081);
        for (unsigned k = 0; k < half; k++) {
            struct hp_candidate other = read_line(&locals, k);
            assert_true(tcp.priority < other.priority);
            assert_int_equal(tcp.priority < read_line(&locals, half + k).priority,
                    udp.priority < other.priority);
        }
    }
}

static void
addresses_where_nobody_listens_are_not_offered_by_tcp(void **state)
{
    (void) state;
    struct hp_tcp_places places = { 0 };
    add_place(&places, "127.0.0.1", 8081);
    struct hp_locals_params params = {
        .interfaces = interfaces,
        .public_addresses = { "203.0.113.1" },
        .public_tcp_ports = { 443 },
        .public_count = 1,
        .with_loopback = true,
        .port = 8080,
        .tcp_places = &places,
    };
    struct hp_locals locals;
    hp_locals_init(&locals, &params);
    assert_int_equal(count_tcp(&locals), 1); // loopback itself
    add_place(&places, "2001:db8::2", 8082);
    hp_locals_init(&locals, &params);
    assert_int_equal(count_tcp(&locals), 3); // that address, and what a router may forward to it
}

static void
each_port_where_we_listen_is_offered_by_tcp(void **state)
{
    (void) state;
    static const char *const own[] = { "10.0.0.2", NULL };
    struct hp_tcp_places places = { 0 };
    add_place(&places, "0.0.0.0", 8080);
    add_place(&places, "10.0.0.2", 443);
    struct hp_locals_params params = { .interfaces = own, .port = 8080, .tcp_places = &places };
    struct hp_locals locals;
    hp_locals_init(&locals, &params);
    assert_int_equal(count_lines(&locals), 3);
    assert_int_equal(read_line(&locals, 1).port, 8080);
    assert_int_equal(read_line(&locals, 2).port, 443);
    assert_int_equal(read_line(&locals, 2).transport, HP_CANDIDATE_TCP);
    assert_true(hp_locals_has_candidate(&locals, &locals, 2));
    params.public_addresses[0] = "203.0.113.1"; // of a router: each of them may be forwarded
    params.public_count = 1;
    hp_locals_init(&locals, &params);
    assert_int_equal(count_tcp(&locals), 4);
}

static void
a_router_s_address_has_the_udp_port_that_the_router_gave_and_its_tcp_port_once(void **state)
{
    (void) state;
    static const char *const own[] = { "10.0.0.2", NULL };
    struct hp_tcp_places places = { 0 };
    add_place(&places, "0.0.0.0", 8081);
    struct hp_locals_params params = {
        .interfaces = own,
        .public_addresses = { "203.0.113.1", "203.0.113.1" },
        .public_udp_ports = { 40001, 0 },
        .public_count = 2,
        .port = 8080,
        .tcp_places = &places,
    };
    struct hp_locals locals;
    hp_locals_init(&locals, &params);
    assert_int_equal(read_line(&locals, 1).port, 40001);
    assert_int_equal(read_line(&locals, 2).port, 8080);
    assert_int_equal(count_tcp(&locals), 2); // 10.0.0.2 and 203.0.113.1
    assert_int_equal(read_line(&locals, 4).transport, HP_CANDIDATE_TCP);
    assert_int_equal(read_line(&locals, 4).port, 8081);
    assert_false(accepts(&locals, "203.0.113.1", 40001));
}

static void
what_a_browser_connects_to_tells_candidates_apart(void **state)
{
    (void) state;
    static const char *const own[] = { "192.168.1.2", "10.0.0.3", NULL };
    struct hp_tcp_places places = { 0 };
    add_place(&places, "0.0.0.0", 8081);
    struct hp_locals_params params = { .interfaces = own, .port = 8080, .tcp_places = &places };
    struct hp_locals before = make(false, false, NULL);
    struct hp_locals now;
    hp_locals_init(&now, &params);
    assert_true(hp_locals_has_candidate(&before, &now, 0)); // whatever its place in the order
    assert_false(hp_locals_has_candidate(&before, &now, 1));
    assert_false(hp_locals_has_candidate(&before, &now, 2)); // by TCP
    assert_false(hp_locals_has_candidate(&now, &before, 0));
    assert_false(hp_locals_has_candidate(&now, &now, 4)); // there is none
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
                a_router_s_address_has_the_udp_port_that_the_router_gave_and_its_tcp_port_once),
        cmocka_unit_test(what_a_browser_connects_to_tells_candidates_apart),
        cmocka_unit_test(addresses_are_offered_by_tcp_behind_and_below_all_of_udp),
        cmocka_unit_test(each_port_where_we_listen_is_offered_by_tcp),
        cmocka_unit_test(addresses_where_nobody_listens_are_not_offered_by_tcp),
        cmocka_unit_test(each_address_of_ours_is_a_host_candidate_at_the_port),
        cmocka_unit_test(loopback_is_offered_to_a_browser_on_this_host),
        cmocka_unit_test(families_take_turns),
        cmocka_unit_test(the_family_that_is_offered_first_is_preferred),
        cmocka_unit_test(a_routers_address_comes_first_for_a_browser_that_is_far),
        cmocka_unit_test(an_address_of_an_interface_is_offered_once),
        cmocka_unit_test(checks_go_nowhere_inward),
        cmocka_unit_test(checks_do_not_go_to_our_own_port),
        cmocka_unit_test(private_addresses_of_a_browser_that_is_far_are_not_ours),
        cmocka_unit_test(a_hidden_browser_may_be_where_its_signaling_comes_from),
        cmocka_unit_test(what_tells_no_port_of_its_own_is_no_reason_to_guess),
        cmocka_unit_test(a_guess_comes_below_what_a_server_has_seen),
        cmocka_unit_test(candidates_wait_for_their_credentials),
        cmocka_unit_test(candidates_beyond_the_limit_are_counted_and_dropped),
        cmocka_unit_test(an_unusable_line_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
