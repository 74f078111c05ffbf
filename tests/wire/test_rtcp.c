// Tests of wire/rtcp.c.
#include "wire/rtcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct hp_rtcp_packet
first_packet(const uint8_t *data, size_t size)
{
    struct hp_rtcp_packet packet;
    assert_true(hp_rtcp_next(data, size, &packet) > 0);
    return packet;
}

static void
a_compound_is_walked_to_its_end(void **state)
{
    uint8_t data[256];
    struct hp_rtcp_sr sr = { .ssrc = 1, .ntp = 0x0102030405060708, .packet_count = 9 };
    size_t size = 0;
    size += (size_t) hp_rtcp_write_sr(data, sizeof(data), &sr, NULL, 0);
    size += (size_t) hp_rtcp_write_sdes(data + size, sizeof(data) - size, 1, "hairpin");
    size += (size_t) hp_rtcp_write_pli(data + size, sizeof(data) - size, 1, 2);
    static const uint8_t types[] = { HP_RTCP_SR, HP_RTCP_SDES, HP_RTCP_PSFB };
    size_t offset = 0;
    for (size_t i = 0; i < sizeof(types); i++) {
        struct hp_rtcp_packet packet;
        ssize_t consumed = hp_rtcp_next(data + offset, size - offset, &packet);
        assert_true(consumed > 0);
        assert_int_equal(packet.type, types[i]);
        offset += (size_t) consumed;
    }
    assert_int_equal(offset, size);
}

static void
a_sender_report_with_blocks_is_read_again(void **state)
{
    uint8_t data[256];
    const struct hp_rtcp_sr sr = {
        .ssrc = 0xa1b2c3d4,
        .ntp = 0xe8c1f0a012345678,
        .rtp_time = 90000,
        .packet_count = 1000,
        .octet_count = 1000000,
    };
    const struct hp_rtcp_report report = {
        .ssrc = 2,
        .fraction_lost = 128,
        .lost = -5,
        .highest_seq = 0x10001,
        .jitter = 33,
        .last_sr = 0xf0a01234,
        .delay_since_sr = 65536,
    };
    ssize_t size = hp_rtcp_write_sr(data, sizeof(data), &sr, &report, 1);
    assert_int_equal(size, 52);
    struct hp_rtcp_packet packet = first_packet(data, (size_t) size);
    struct hp_rtcp_sr sr_again;
    struct hp_rtcp_report reports[HP_RTCP_REPORTS_MAX];
    assert_int_equal(hp_rtcp_parse_sr(&packet, &sr_again), 28);
    assert_int_equal(hp_rtcp_parse_reports(&packet, reports), 1);
    assert_int_equal(reports[0].lost, -5);
    assert_int_equal(reports[0].fraction_lost, 128);
    uint8_t data_again[256];
    assert_int_equal(hp_rtcp_write_sr(data_again, sizeof(data_again), &sr_again, reports, 1), size);
    assert_memory_equal(data_again, data, (size_t) size);
}

static void
a_receiver_report_has_blocks_too(void **state)
{
    uint8_t data[256];
    const struct hp_rtcp_report report = { .ssrc = 2, .lost = 0x7fffffff };
    ssize_t size = hp_rtcp_write_rr(data, sizeof(data), 9, &report, 1);
    struct hp_rtcp_packet packet = first_packet(data, (size_t) size);
    struct hp_rtcp_report reports[HP_RTCP_REPORTS_MAX];
    assert_int_equal(packet.type, HP_RTCP_RR);
    assert_int_equal(hp_rtcp_parse_reports(&packet, reports), 1);
    assert_int_equal(reports[0].lost, 0x7fffff);
}

static void
blocks_that_are_not_there_are_refused(void **state)
{
    static const uint8_t data[] = { 0x81, 201, 0, 1, 0, 0, 0, 9 }; // count 1, no block
    struct hp_rtcp_packet packet = first_packet(data, sizeof(data));
    struct hp_rtcp_report reports[HP_RTCP_REPORTS_MAX];
    assert_int_equal(hp_rtcp_parse_reports(&packet, reports), -1);
}

static void
round_trip_follows_the_example_of_rfc_3550(void **state)
{
    // Section 6.4.1, figure 2: 0xb710:8000 - 0xb705:2000 - 5.25 s = 6.125 s.
    struct hp_rtcp_report report = { .last_sr = 0xb7052000, .delay_since_sr = 0x00054000 };
    assert_int_equal(hp_rtcp_round_trip_us(&report, 0x0000b71080000000), 6125000);
}

static void
round_trip_without_sense_is_unknown(void **state)
{
    struct hp_rtcp_report none = { .delay_since_sr = 1 };
    assert_int_equal(hp_rtcp_round_trip_us(&none, 0x0000b71080000000), -1);
    struct hp_rtcp_report future = { .last_sr = 0xb7109000 };
    assert_int_equal(hp_rtcp_round_trip_us(&future, 0x0000b71080000000), -1);
    struct hp_rtcp_report rounded = { .last_sr = 0xb7108001 };
    assert_int_equal(hp_rtcp_round_trip_us(&rounded, 0x0000b71080000000), 1);
}

static void
a_nack_names_every_lost_packet(void **state)
{
    // Packet id 65535 with bits 0 and 15 of the bitmask, then packet id 100 alone.
    static const uint8_t data[] = { 0x81, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xff, 0x80, 0x01,
        0, 100, 0, 0 };
    static const uint16_t expected[] = { 65535, 0, 15, 100 };
    struct hp_rtcp_packet packet = first_packet(data, sizeof(data));
    struct hp_rtcp_nack nack;
    assert_int_equal(hp_rtcp_parse_nack(&packet, &nack), sizeof(data));
    assert_int_equal(nack.media_ssrc, 2);
    uint16_t seq;
    for (size_t i = 0; i < 4; i++) {
        assert_true(hp_rtcp_nack_next(&nack, &seq));
        assert_int_equal(seq, expected[i]);
    }
    assert_false(hp_rtcp_nack_next(&nack, &seq));
    assert_false(hp_rtcp_nack_next(&nack, &seq));
}

static void
a_written_nack_is_compact_and_read_again(void **state)
{
    static const uint16_t seqs[] = { 65530, 65535, 10, 11, 200 };
    const struct hp_rtcp_nack head = { .sender_ssrc = 1, .media_ssrc = 2 };
    uint8_t data[64];
    ssize_t size = hp_rtcp_write_nack(data, sizeof(data), &head, seqs, 5);
    assert_int_equal(size, 12 + 3 * 4); // 10 is 16 behind 65530, 11 is beyond the bitmask
    struct hp_rtcp_packet packet = first_packet(data, (size_t) size);
    struct hp_rtcp_nack nack;
    assert_true(hp_rtcp_parse_nack(&packet, &nack) > 0);
    for (size_t i = 0; i < 5; i++) {
        uint16_t seq;
        assert_true(hp_rtcp_nack_next(&nack, &seq));
        assert_int_equal(seq, seqs[i]);
    }
    assert_int_equal(hp_rtcp_write_nack(data, 20, &head, seqs, 5), -1);
}

static void
pli_and_fir_ask_for_a_picture(void **state)
{
    uint8_t data[64];
    ssize_t size = hp_rtcp_write_pli(data, sizeof(data), 1, 0xcafe);
    struct hp_rtcp_packet packet = first_packet(data, (size_t) size);
    uint32_t ssrc;
    assert_int_equal(hp_rtcp_parse_pli(&packet, &ssrc), 12);
    assert_int_equal(ssrc, 0xcafe);
    static const uint8_t fir[] = { 0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xca, 0xfe, 7, 0,
        0, 0 };
    packet = first_packet(fir, sizeof(fir));
    struct hp_rtcp_fir firs[HP_RTCP_FIRS_MAX];
    assert_int_equal(hp_rtcp_parse_fir(&packet, firs), 1);
    assert_int_equal(firs[0].ssrc, 0xcafe);
    assert_int_equal(firs[0].seq, 7);
    assert_int_equal(hp_rtcp_parse_pli(&packet, &ssrc), -1);
}

static void
remb_tells_a_rate(void **state)
{
    // Exponent 3, mantissa 0x2bdb4, as Chromium writes it.
    static const uint8_t data[] = { 0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 1,
        3 << 2 | 2, 0xbd, 0xb4, 0, 0, 0, 9 };
    struct hp_rtcp_packet packet = first_packet(data, sizeof(data));
    struct hp_rtcp_remb remb;
    assert_int_equal(hp_rtcp_parse_remb(&packet, &remb), sizeof(data));
    assert_int_equal(remb.rate_bps, 0x2bdb4u << 3);
    assert_int_equal(remb.ssrc_count, 1);
    assert_int_equal(remb.ssrcs[0], 9);
}

static void
an_absurd_remb_saturates(void **state)
{
    static const uint8_t data[] = { 0x8f, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 0,
        0xff, 0xff, 0xff };
    struct hp_rtcp_packet packet = first_packet(data, sizeof(data));
    struct hp_rtcp_remb remb;
    assert_true(hp_rtcp_parse_remb(&packet, &remb) > 0);
    assert_true(remb.rate_bps == UINT64_MAX);
}

static void
a_remb_with_missing_ssrcs_is_refused(void **state)
{
    static const uint8_t data[] = { 0x8f, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 1,
        0, 0, 0 };
    struct hp_rtcp_packet packet = first_packet(data, sizeof(data));
    struct hp_rtcp_remb remb;
    assert_int_equal(hp_rtcp_parse_remb(&packet, &remb), -1);
}

static void
the_cname_is_ended_by_zeros(void **state)
{
    uint8_t data[64];
    memset(data, 0xff, sizeof(data));
    assert_int_equal(hp_rtcp_write_sdes(data, sizeof(data), 5, "ab"), 16);
    static const uint8_t expected[] = { 0x81, 202, 0, 3, 0, 0, 0, 5, 1, 2, 'a', 'b', 0, 0, 0, 0 };
    assert_memory_equal(data, expected, sizeof(expected));
}

static void
padding_is_cut_off_and_checked(void **state)
{
    uint8_t data[] = { 0xa0, 201, 0, 2, 0, 0, 0, 9, 0, 0, 0, 4 };
    struct hp_rtcp_packet packet;
    assert_int_equal(hp_rtcp_next(data, sizeof(data), &packet), 12);
    assert_int_equal(packet.size, 8);
    data[11] = 12;
    assert_int_equal(hp_rtcp_next(data, sizeof(data), &packet), -1);
    data[11] = 0;
    assert_int_equal(hp_rtcp_next(data, sizeof(data), &packet), -1);
    data[11] = 3; // RFC 3550 wants a multiple of four; browsers' transport-wide feedback has any
    assert_int_equal(hp_rtcp_next(data, sizeof(data), &packet), 12);
    assert_int_equal(packet.size, 9);
}

static void
a_length_beyond_the_datagram_is_refused(void **state)
{
    static const uint8_t data[] = { 0x80, 201, 0, 2, 0, 0, 0, 9 };
    struct hp_rtcp_packet packet;
    assert_int_equal(hp_rtcp_next(data, sizeof(data), &packet), -1);
    assert_int_equal(hp_rtcp_next(data, 3, &packet), -1);
}

static void
writers_refuse_what_does_not_fit(void **state)
{
    uint8_t data[64];
    struct hp_rtcp_sr sr = { 0 };
    assert_int_equal(hp_rtcp_write_sr(data, 27, &sr, NULL, 0), -1);
    assert_int_equal(hp_rtcp_write_rr(data, 7, 1, NULL, 0), -1);
    assert_int_equal(hp_rtcp_write_sdes(data, 15, 1, "ab"), -1);
    assert_int_equal(hp_rtcp_write_pli(data, 11, 1, 2), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_compound_is_walked_to_its_end),
        cmocka_unit_test(a_sender_report_with_blocks_is_read_again),
        cmocka_unit_test(a_receiver_report_has_blocks_too),
        cmocka_unit_test(blocks_that_are_not_there_are_refused),
        cmocka_unit_test(round_trip_follows_the_example_of_rfc_3550),
        cmocka_unit_test(round_trip_without_sense_is_unknown),
        cmocka_unit_test(a_nack_names_every_lost_packet),
        cmocka_unit_test(a_written_nack_is_compact_and_read_again),
        cmocka_unit_test(pli_and_fir_ask_for_a_picture),
        cmocka_unit_test(remb_tells_a_rate),
        cmocka_unit_test(an_absurd_remb_saturates),
        cmocka_unit_test(a_remb_with_missing_ssrcs_is_refused),
        cmocka_unit_test(the_cname_is_ended_by_zeros),
        cmocka_unit_test(padding_is_cut_off_and_checked),
        cmocka_unit_test(a_length_beyond_the_datagram_is_refused),
        cmocka_unit_test(writers_refuse_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
