// Tests of ice/candidate.c.
#include "ice/candidate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

#include "ice/config.h"

static const struct hp_ice_config near_config; // of a browser in our network

static bool
is_taken_by(const struct hp_ice_config *config, const char *address, const char *rest)
{
    char ufrag[300];
    char *line = g_strdup_printf("candidate:1 1 udp 2113937151 %s %s", address, rest);
    NiceCandidate *candidate =
            hp_ice_candidate_take(config, line, ufrag, sizeof(ufrag));
    g_free(line);
    if (candidate == NULL) {
        return false;
    }
    nice_candidate_free(candidate);
    return true;
}

static bool
is_taken(const char *address, const char *rest, bool with_loopback)
{
    const struct hp_ice_config config = { .with_loopback = with_loopback };
    return is_taken_by(&config, address, rest);
}

static void
a_browser_that_is_far_aims_no_checks_inward(void **state)
{
    (void) state;
    const struct hp_ice_config far = {
        .is_far = true,
        .server_count = 1,
        .servers = { { .kind = HP_ICE_TURN_UDP, .address = "192.168.1.9" } },
    };
    assert_false(is_taken_by(&far, "192.168.1.7", "50000 typ host"));
    assert_false(is_taken_by(&far, "10.1.2.3", "53 typ relay raddr 8.8.8.8 rport 53"));
    assert_false(is_taken_by(&far, "100.64.0.1", "50000 typ srflx"));
    assert_false(is_taken_by(&far, "fd00::7", "50000 typ host"));
    assert_false(is_taken_by(&far, "::ffff:192.168.1.7", "50000 typ host"));
    assert_false(is_taken_by(&far, "127.0.0.1", "50000 typ host"));
    assert_true(is_taken_by(&far, "192.168.1.9", "50000 typ relay")); // our TURN server
    assert_true(is_taken_by(&far, "198.51.100.7", "50000 typ srflx"));
    assert_true(is_taken_by(&far, "2001:4860::1", "50000 typ host"));
}

static void
we_send_no_checks_to_places_where_no_browser_is(void **state)
{
    (void) state;
    assert_true(is_taken("192.168.1.7", "50000 typ host", false));
    assert_true(is_taken("2001:4860::1", "50000 typ host generation 0 ufrag abcd", false));
    assert_false(is_taken("127.0.0.1", "50000 typ host", false));
    assert_true(is_taken("127.0.0.1", "50000 typ host", true));
    assert_false(is_taken("::ffff:127.0.0.1", "50000 typ host", false));
    assert_false(is_taken("169.254.169.254", "80 typ host", false));
    assert_false(is_taken("fe80::1", "50000 typ host", false));
    assert_false(is_taken("224.0.0.1", "50000 typ host", false));
    assert_false(is_taken("0.0.0.0", "50000 typ host", false));
    assert_false(is_taken("192.168.1.7", "0 typ host", false));
    assert_false(is_taken("4d8ab1c2.local", "50000 typ host", false));
    assert_false(is_taken("example.org", "50000 typ host", false));
}

static void
tcp_and_other_components_are_dropped(void **state)
{
    (void) state;
    char ufrag[300];
    assert_null(hp_ice_candidate_take(&near_config,
            "candidate:1 1 tcp 1518280447 10.0.0.1 9 typ host tcptype active",
            ufrag, sizeof(ufrag)));
    assert_null(hp_ice_candidate_take(&near_config,
            "candidate:1 2 udp 1518280447 10.0.0.1 9000 typ host", ufrag, sizeof(ufrag)));
    assert_null(hp_ice_candidate_take(&near_config, "nonsense", ufrag, sizeof(ufrag)));
}

static void
a_public_address_is_one_candidate_more(void **state)
{
    (void) state;
    char ufrag[300];
    NiceCandidate *host = hp_ice_candidate_take(&near_config,
            "candidate:7 1 udp 2113937151 10.0.0.2 40000 typ host", ufrag, sizeof(ufrag));
    assert_non_null(host);
    char *own = hp_ice_candidate_write(host);
    char *added = hp_ice_candidate_write_public(host, "203.0.113.9", 0, false);
    assert_non_null(strstr(own, "10.0.0.2 40000 typ host"));
    assert_non_null(strstr(added, "203.0.113.9 40000 typ host"));
    assert_null(hp_ice_candidate_write_public(host, "2001:db8::1", 0, false)); // of another family
    assert_null(hp_ice_candidate_write_public(host, "10.0.0.2", 0, false));    // it is the same
    g_free(own);
    g_free(added);
    nice_candidate_free(host);
}

static uint32_t
priority_of(char *line) // taken
{
    unsigned priority = 0;
    assert_int_equal(sscanf(line, "candidate:%*s %*u %*s %u", &priority), 1);
    g_free(line);
    return priority;
}

static void
a_browser_far_away_is_to_try_the_public_address_first(void **state)
{
    (void) state;
    char ufrag[300];
    NiceCandidate *host = hp_ice_candidate_take(&near_config,
            "candidate:7 1 udp 2113937151 10.0.0.2 40000 typ host", ufrag, sizeof(ufrag));
    uint32_t own = priority_of(hp_ice_candidate_write(host));
    uint32_t last = priority_of(hp_ice_candidate_write_public(host, "203.0.113.9", 0, false));
    uint32_t first = priority_of(hp_ice_candidate_write_public(host, "203.0.113.9", 0, true));
    uint32_t second = priority_of(hp_ice_candidate_write_public(host, "203.0.113.8", 1, true));
    assert_true(last < own && own < second && second < first);
    nice_candidate_free(host);
}

static void
a_pair_is_told_with_types_and_ports(void **state)
{
    (void) state;
    char ufrag[300];
    char text[160];
    NiceCandidate *local = hp_ice_candidate_take(&near_config,
            "candidate:7 1 udp 1 10.0.0.2 40000 typ host", ufrag, sizeof(ufrag));
    NiceCandidate *remote = hp_ice_candidate_take(&near_config,
            "candidate:7 1 udp 1 2001:4860::1 51000 typ prflx raddr 10.0.0.1 rport 1", ufrag,
            sizeof(ufrag));
    hp_ice_candidate_describe_pair(local, remote, text, sizeof(text));
    assert_string_equal(text, "host 10.0.0.2:40000 - prflx [2001:4860::1]:51000");
    nice_candidate_free(local);
    nice_candidate_free(remote);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_browser_that_is_far_aims_no_checks_inward),
        cmocka_unit_test(we_send_no_checks_to_places_where_no_browser_is),
        cmocka_unit_test(tcp_and_other_components_are_dropped),
        cmocka_unit_test(a_public_address_is_one_candidate_more),
        cmocka_unit_test(a_browser_far_away_is_to_try_the_public_address_first),
        cmocka_unit_test(a_pair_is_told_with_types_and_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
