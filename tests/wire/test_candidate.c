// Tests of wire/candidate.c: lines of both browsers and of libnice.
#include "wire/candidate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct hp_candidate candidate;

static ssize_t
parse(const char *text)
{
    return hp_candidate_parse(text, strlen(text), &candidate);
}

static void
a_chromium_host_candidate_is_read(void **state)
{
    const char *line = "candidate:340041274 1 udp 2122194687 10.0.0.2 51587 typ host generation 0 "
                       "ufrag PfSP network-id 1 network-cost 999";
    assert_int_equal(parse(line), strlen(line));
    assert_string_equal(candidate.foundation, "340041274");
    assert_int_equal(candidate.component, 1);
    assert_int_equal(candidate.transport, HP_CANDIDATE_UDP);
    assert_int_equal(candidate.priority, 2122194687);
    assert_string_equal(candidate.address, "10.0.0.2");
    assert_int_equal(candidate.port, 51587);
    assert_int_equal(candidate.type, HP_CANDIDATE_HOST);
    assert_true(candidate.has_generation);
    assert_string_equal(candidate.ufrag, "PfSP");
    assert_int_equal(candidate.network_id, 1);
    assert_int_equal(candidate.network_cost, 999);
}

static void
a_firefox_mdns_candidate_is_read(void **state)
{
    assert_true(parse("a=candidate:0 1 UDP 2122187007 504726aa-ebe2-4b08-8389-de34448f729e.local "
                      "42267 typ host\r\n")
            > 0);
    assert_string_equal(candidate.address, "504726aa-ebe2-4b08-8389-de34448f729e.local");
    assert_int_equal(candidate.transport, HP_CANDIDATE_UDP);
    assert_false(candidate.has_generation);
}

static void
tcp_candidates_tell_their_side(void **state)
{
    assert_true(parse("candidate:3 1 TCP 2105524479 fd00::2 9 typ host tcptype active") > 0);
    assert_int_equal(candidate.transport, HP_CANDIDATE_TCP);
    assert_int_equal(candidate.tcp_type, HP_CANDIDATE_TCP_ACTIVE);
    assert_string_equal(candidate.address, "fd00::2");
    assert_int_equal(parse("candidate:3 1 TCP 1 fd00::2 9 typ host tcptype sideways"), -1);
}

static void
reflexive_candidates_name_their_base(void **state)
{
    assert_true(parse("candidate:842163049 1 udp 1677729535 203.0.113.7 44323 typ srflx "
                      "raddr 0.0.0.0 rport 0 generation 0")
            > 0);
    assert_int_equal(candidate.type, HP_CANDIDATE_SRFLX);
    assert_string_equal(candidate.related_address, "0.0.0.0");
    assert_int_equal(candidate.related_port, 0);
}

static void
what_is_written_is_read_again(void **state)
{
    static const char *const lines[] = {
        "candidate:1 1 udp 2122194687 10.0.0.2 51587 typ host",
        "candidate:a/+ 256 tcp 0 fd00::2 9 typ host tcptype passive generation 3 ufrag x+/y",
        "candidate:2 1 udp 1 203.0.113.7 65535 typ relay raddr 10.0.0.2 rport 3478 network-id 4",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char text[HP_CANDIDATE_TEXT_MAX];
        assert_true(parse(lines[i]) > 0);
        assert_int_equal(
                hp_candidate_write(&candidate, text, sizeof(text)), (ssize_t) strlen(lines[i]));
        assert_string_equal(text, lines[i]);
        assert_int_equal(hp_candidate_write(&candidate, text, strlen(lines[i])), -1);
    }
}

static void
only_the_first_line_is_consumed(void **state)
{
    const char *text = "candidate:1 1 udp 1 10.0.0.2 1 typ host\r\nnext";
    assert_int_equal(parse(text), strlen(text) - strlen("next"));
}

static void
malformed_lines_are_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "candidate:",
        "candidate:1 1 udp 1 10.0.0.2 1 typ",
        "candidate:1 1 udp 1 10.0.0.2 1 host typ",
        "candidate:1 0 udp 1 10.0.0.2 1 typ host",
        "candidate:1 257 udp 1 10.0.0.2 1 typ host",
        "candidate:1 1 sctp 1 10.0.0.2 1 typ host",
        "candidate:1 1 udp 4294967296 10.0.0.2 1 typ host",
        "candidate:1 1 udp -1 10.0.0.2 1 typ host",
        "candidate:1 1 udp 1 10.0.0.256 1 typ host",
        "candidate:1 1 udp 1 10.0.0.2 65536 typ host",
        "candidate:1 1 udp 1 10.0.0.2 1 typ elsewhere",
        "candidate:1 1 udp 1 10.0.0.2 1 typ host raddr %",
        "candidate:123456789012345678901234567890123 1 udp 1 10.0.0.2 1 typ host",
        "candidate:1 1 udp 1 10.0.0.2 1 typ\vhost",
        "banana:1 1 udp 1 10.0.0.2 1 typ host",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (parse(lines[i]) != -1) {
            fail_msg("taken: %s", lines[i]);
        }
    }
}

static void
an_endless_line_is_refused(void **state)
{
    char text[2 * HP_CANDIDATE_TEXT_MAX];
    memset(text, 'x', sizeof(text));
    memcpy(text, "candidate:", strlen("candidate:"));
    assert_int_equal(hp_candidate_parse(text, sizeof(text), &candidate), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chromium_host_candidate_is_read),
        cmocka_unit_test(a_firefox_mdns_candidate_is_read),
        cmocka_unit_test(tcp_candidates_tell_their_side),
        cmocka_unit_test(reflexive_candidates_name_their_base),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(only_the_first_line_is_consumed),
        cmocka_unit_test(malformed_lines_are_refused),
        cmocka_unit_test(an_endless_line_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
