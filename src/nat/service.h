// service.h - hook: what comes to the shared port but belongs to no peer, or by a connection that
// begins with STUN and belongs to none, and how a service gives a
// datagram to the peers as if it had come by a flow of the service's own. The STUN and TURN service
// implements it. Everything on worker 0, which reads the shared socket and those connections.
//
//   socket --> ingress --not of a peer--> on_datagram      answers: flow->carrier->ops->send_run()
//                 ^                            |
//                 '---- hp_ingress_inject() ---'           (RFC 8656 Send indication, ChannelData)
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_flow;
struct hp_worker;

enum { HP_SERVICE_SPARE = 64 }; // zero bytes behind each datagram, that a parser may read

// Which datagrams come here, by first bytes (RFC 7983) and before any rate limit of a service:
// - STUN (0..3, with the length that it says and the magic cookie) of another method than Binding
// - a Binding request or indication without USERNAME, or whose USERNAME has no ':'
// - a Binding response whose transaction id is of no check of ours (it names no peer)
// - ChannelData (64..79)
// - 0..3 without the cookie, but with the length that a STUN message of RFC 3489 says
// Checks with a ufrag, DTLS and RTP never do: the ingress gives them to a peer or drops them.
struct hp_service_ops {
    // `from` and `data` are borrowed; HP_SERVICE_SPARE zero bytes follow the data. To answer, use
    // *from at once, or copy it. May call hp_ingress_inject(). False: the service takes no such
    // datagram, and the ingress counts it as dropped; a connection for whose client the service
    // keeps nothing ends at once, since nobody asks again there.
    bool (*on_datagram)(
            void *arg, const struct hp_flow *from, const uint8_t *data, size_t size);

    // For flows of connections, which come by hp_tcp rather than by the ingress; NULL: the service
    // takes none. Does the service keep something for the client? Else its connection ends soon.
    bool (*has_client)(void *arg, const struct hp_flow *from);
    // The connection has ended, and so does what the service keeps for it.
    void (*on_end)(void *arg, const struct hp_flow *from);
};

// The ingress takes one by hp_ingress_set_service(ingress, &service), which copies it. By
// hp_ingress_inject(ingress, &flow, data, size), on worker 0, the service gives a datagram to the
// peers: STUN, DTLS or RTP that came by `flow`, which names the service's own carrier. The injected
// data, too, has HP_SERVICE_SPARE readable bytes behind it.
struct hp_service {
    const struct hp_service_ops *ops;
    void *arg;
};

// Copies `service` to *slot, on that worker, which alone reads the slot. Any thread.
void hp_service_appoint(
        struct hp_service *slot, struct hp_worker *worker, const struct hp_service *service);
