// Tests of dtls/transport.c: each datagram finds its way by its first byte, and nothing unauthentic
// gets through.
#include "dtls/transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/rtp_transport.h"
#include "fixture/two_ends.h"

static int
begin(void **state)
{
    static struct two_ends ends;
    two_ends_init(&ends);
    *state = &ends;
    return 0;
}

static int
end(void **state)
{
    two_ends_finish(*state);
    return 0;
}

static const uint8_t rtp_header[12] = { 0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7 };
static const uint8_t rr[8] = { 0x80, 201, 0, 1, 0, 0, 0, 7 };

static unsigned
send_rtp(struct one_end *end, const struct hp_rtp_packet *packet)
{
    struct hp_rtp_transport *rtp = hp_transport_rtp(end->transport);
    return rtp->ops->send_rtp(rtp, packet, 1);
}

static void
recv_raw(struct one_end *end, const uint8_t *data, size_t size)
{
    end->path.cbs->on_packet(end->path.cbs_arg, data, size);
}

static void
rtp_rtcp_and_data_arrive_as_what_they_are(void **state)
{
    struct two_ends *ends = *state;
    struct hp_rtp_packet packet = {
        .header = rtp_header,
        .header_size = sizeof(rtp_header),
        .payload = (const uint8_t *) "picture",
        .payload_size = 7,
    };
    struct hp_rtp_transport *rtp = hp_transport_rtp(ends->a.transport);
    assert_true(rtp->ops->is_connected(rtp));
    assert_int_equal(send_rtp(&ends->a, &packet), 1);
    rtp->ops->send_rtcp(rtp, rr, sizeof(rr));
    hp_transport_send_data(ends->a.transport, (const uint8_t *) "association", 11);
    two_ends_deliver(ends);
    assert_int_equal(ends->b.rtp_count, 1);
    assert_int_equal(ends->b.rtcp_count, 1);
    assert_int_equal(ends->b.data_count, 1);
    assert_int_equal(ends->b.last_rtp->len, sizeof(rtp_header) + 7);
    assert_memory_equal(ends->b.last_rtp->data + sizeof(rtp_header), "picture", 7);
    assert_memory_equal(ends->b.last_rtcp->data, rr, sizeof(rr));
}

static void
a_forged_packet_is_counted_and_is_no_sign_of_life(void **state)
{
    struct two_ends *ends = *state;
    int64_t last_us = hp_transport_last_packet_us(ends->b.transport);
    uint8_t forged[64] = { 0x80, 96 };
    recv_raw(&ends->b, forged, sizeof(forged));
    recv_raw(&ends->b, rr, sizeof(rr));
    assert_int_equal(hp_transport_stats(ends->b.transport)->bad_packets, 2);
    assert_int_equal(hp_transport_last_packet_us(ends->b.transport), last_us);
    assert_int_equal(ends->b.rtp_count + ends->b.rtcp_count, 0);
}

static void
first_bytes_of_nobody_are_dropped(void **state)
{
    struct two_ends *ends = *state;
    uint64_t bad = 0;
    for (unsigned first = 0; first < 256; first++) {
        uint8_t data[40] = { (uint8_t) first };
        if (first >= 20 && first <= 63) {
            continue; // DTLS looks for itself
        }
        recv_raw(&ends->b, data, sizeof(data));
        bad++;
    }
    recv_raw(&ends->b, NULL, 0);
    assert_int_equal(hp_transport_stats(ends->b.transport)->bad_packets, bad + 1);
    assert_int_equal(ends->b.rtp_count + ends->b.rtcp_count + ends->b.data_count, 0);
}

static void
garbage_does_not_end_the_dtls_connection(void **state)
{
    struct two_ends *ends = *state;
    for (unsigned first = 20; first < 64; first++) {
        uint8_t data[60] = { (uint8_t) first, 0xfe, 0xfd };
        recv_raw(&ends->b, data, sizeof(data));
    }
    hp_transport_send_data(ends->a.transport, (const uint8_t *) "still", 5);
    two_ends_deliver(ends);
    assert_int_equal(ends->b.data_count, 1);
}

static unsigned
send_text(struct one_end *end, const uint8_t *header, const char *text)
{
    struct hp_rtp_packet packet = {
        .header = header,
        .header_size = sizeof(rtp_header),
        .payload = (const uint8_t *) text,
        .payload_size = strlen(text),
    };
    return send_rtp(end, &packet);
}

// Were a number that has been protected given to another packet, two texts would be encrypted under
// it; a path that keeps what it refuses would send both.
static void
a_number_that_was_protected_is_not_used_for_another_text(void **state)
{
    struct two_ends *ends = *state;
    static const uint8_t next_header[12] = { 0x80, 96, 0, 2, 0, 0, 0, 1, 0, 0, 0, 7 };
    ends->a.is_blocked = true;
    assert_int_equal(send_text(&ends->a, rtp_header, "first"), 1); // protected: so it is taken
    assert_int_equal(send_text(&ends->a, next_header, "second"), 0); // is not protected
    ends->a.path.cbs->on_writable(ends->a.path.cbs_arg); // blocked still
    assert_int_equal(send_text(&ends->a, next_header, "third"), 0);
    assert_int_equal(ends->b.rtp_count, 0);
    ends->a.is_blocked = false;
    ends->a.path.cbs->on_writable(ends->a.path.cbs_arg);
    two_ends_deliver(ends);
    assert_int_equal(ends->b.rtp_count, 1);
    assert_memory_equal(ends->b.last_rtp->data + sizeof(rtp_header), "first", 5);
    assert_int_equal(send_text(&ends->a, next_header, "fourth"), 1);
    two_ends_deliver(ends);
    assert_int_equal(ends->b.rtp_count, 2);
    assert_memory_equal(ends->b.last_rtp->data + sizeof(rtp_header), "fourth", 6);
}

static void
a_hello_that_comes_before_the_path_is_open_is_kept(void **state)
{
    struct two_ends *ends = *state;
    two_ends_restart(ends);
    hp_transport_open(ends->a.transport); // the client speaks first
    two_ends_deliver(ends);
    assert_false(ends->a.is_connected);
    hp_transport_open(ends->b.transport);
    two_ends_deliver(ends); // with nothing sent again
    assert_true(ends->a.is_connected && ends->b.is_connected);
}

static void
only_four_early_datagrams_are_kept(void **state)
{
    struct two_ends *ends = *state;
    two_ends_restart(ends);
    for (unsigned i = 0; i < 10000; i++) {
        uint8_t data[60] = { 22, 0xfe, 0xfd };
        recv_raw(&ends->b, data, sizeof(data));
    }
    assert_int_equal(hp_transport_stats(ends->b.transport)->bad_packets, 10000 - 4);
    hp_transport_open(ends->b.transport);
    hp_transport_open(ends->a.transport);
    two_ends_deliver(ends);
    assert_true(ends->a.is_connected && ends->b.is_connected);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rtp_rtcp_and_data_arrive_as_what_they_are, begin, end),
        cmocka_unit_test_setup_teardown(
                a_forged_packet_is_counted_and_is_no_sign_of_life, begin, end),
        cmocka_unit_test_setup_teardown(first_bytes_of_nobody_are_dropped, begin, end),
        cmocka_unit_test_setup_teardown(garbage_does_not_end_the_dtls_connection, begin, end),
        cmocka_unit_test_setup_teardown(a_number_that_was_protected_is_not_used_for_another_text, begin, end),
        cmocka_unit_test_setup_teardown(
                a_hello_that_comes_before_the_path_is_open_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(only_four_early_datagrams_are_kept, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
