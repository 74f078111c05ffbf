// Fuzzes what the shared port reads before anybody is authenticated: whose a datagram is, and a
// check or an answer of a stranger, who knows a ufrag but no password. None of them is taken for
// authentic, and no media reaches a peer.
#include "nat/demux.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/clock.h"
#include "nat/service.h"
#include "nat/stun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HANDLE = 0x44332211, LAST_STUN = 3, LAST_DTLS = 63 };

#define UFRAG "usus"
#define PASSWORD "0123456789012345678901"

static struct hp_carrier carrier = { .kind = HP_PATH_UDP };

// A minute passes between two datagrams, so that no limit hides what is behind it.
static int64_t
tell_time(void)
{
    static int64_t now_us;
    now_us += 60 * 1000 * 1000;
    return now_us;
}

static void
check_route(const uint8_t *data, size_t size)
{
    static struct hp_demux *demux;
    struct hp_demux_peer peer = { .handle = HANDLE, .worker = 1 };
    struct hp_demux_peer found = { 0 };
    struct hp_flow flow = { .carrier = &carrier, .remote = { .port = 5 } };
    if (demux == NULL) {
        hp_clock_fake(tell_time);
        demux = hp_demux_create();
        hp_demux_add(demux, &peer, UFRAG);
    }
    enum hp_demux_verdict verdict = hp_demux_route(demux, &flow, data, size, &found);
    if (verdict == HP_DEMUX_PEER && (data[0] > LAST_STUN || found.handle != HANDLE)) {
        abort();
    }
}

static void
check_stun(const uint8_t *data, size_t size)
{
    struct hp_stun_peek peek;
    struct hp_stun_request request;
    struct hp_addr source;
    uint8_t answer[HP_STUN_MESSAGE_MAX];
    bool is_controlling = true;
    const struct hp_stun_local local = { .ufrag = UFRAG, .password = PASSWORD, .tie = 1 };
    if (!hp_stun_peek(data, size, &peek)) {
        return;
    }
    hp_addr_parse(&source, "192.0.2.1", 5);
    enum hp_stun_verdict verdict = hp_stun_answer_check(
            &local, &is_controlling, data, size, &source, &request, answer);
    if (verdict != HP_STUN_FORGED || request.answer_size != 0 || !is_controlling
            || hp_stun_verify_answer(peek.id, PASSWORD, data, size) != HP_STUN_FORGED) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = g_malloc0(size + HP_SERVICE_SPARE);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    check_route(copy, size);
    check_stun(copy, size);
    g_free(copy);
    return 0;
}
