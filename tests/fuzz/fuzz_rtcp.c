// Fuzzes a walk through a compound, with every parser tried on every packet.
#include "wire/rtcp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
parse_packet(const struct hp_rtcp_packet *packet)
{
    struct hp_rtcp_sr sr;
    struct hp_rtcp_report reports[HP_RTCP_REPORTS_MAX];
    struct hp_rtcp_nack nack;
    struct hp_rtcp_fir firs[HP_RTCP_FIRS_MAX];
    struct hp_rtcp_remb remb;
    uint32_t ssrc;
    uint16_t seq;
    hp_rtcp_parse_sr(packet, &sr);
    int count = hp_rtcp_parse_reports(packet, reports);
    for (int i = 0; i < count; i++) {
        if (hp_rtcp_round_trip_us(&reports[i], 0x1234567812345678) > 61000000) {
            abort();
        }
    }
    if (hp_rtcp_parse_nack(packet, &nack) >= 0) {
        size_t lost = 0;
        while (hp_rtcp_nack_next(&nack, &seq)) {
            lost++;
        }
        if (lost > packet->size / 4 * 17) {
            abort();
        }
    }
    hp_rtcp_parse_pli(packet, &ssrc);
    hp_rtcp_parse_fir(packet, firs);
    hp_rtcp_parse_remb(packet, &remb);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t offset = 0;
    struct hp_rtcp_packet packet;
    while (offset < size) {
        ssize_t consumed = hp_rtcp_next(data + offset, size - offset, &packet);
        if (consumed < 0) {
            return 0;
        }
        if (packet.size > (size_t) consumed) {
            abort();
        }
        parse_packet(&packet);
        offset += (size_t) consumed;
    }
    return 0;
}
