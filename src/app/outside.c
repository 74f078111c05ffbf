// outside.c - lets reach ask servers outside by the port that all browsers share.
// Owner: app.  Thread: main, except where a comment names worker 0.
#include "app/outside.h"

#include <stdatomic.h>
#include <string.h>

#include <glib.h>
#include <sys/socket.h>

#include "base/path.h"
#include "base/worker.h"
#include "nat/flow.h"
#include "nat/ingress.h"
#include "nat/service.h"
#include "reach/reach.h"
#include "reach/reflexive.h"

enum {
    ANSWER_MAX = 1500,
    ANSWERS_MAX = 8, // on their way to the main thread; a lost one is asked for again
    // the first two bytes of a STUN answer to a Binding request (RFC 8489 section 5)
    BINDING_SUCCESS = 0x0101,
    BINDING_ERROR = 0x0111,
};

struct hp_outside {
    struct hp_worker *home;
    struct hp_ingress *ingress;
    struct hp_reach *reach; // NULL: has ended
    struct hp_service next; // gets what is no answer
    atomic_uint under_way;
};

struct answer {
    struct hp_outside *outside;
    struct sockaddr_storage from;
    size_t size;
    uint8_t data[];
};

static void
send_outside(void *arg, const struct sockaddr_storage *to, const uint8_t *data, size_t size)
{
    struct hp_outside *outside = arg;
    struct hp_carrier *carrier = hp_ingress_carrier(outside->ingress);
    struct hp_flow flow = { .carrier = carrier };
    struct hp_segment segment = { .data = data, .size = size };
    if (hp_addr_from_sockaddr(&flow.remote, to)) {
        (void) carrier->ops->send_run(carrier, &flow, &segment, 1); // a lost one is sent again
    }
}

static void
take_answer(void *arg)
{
    struct answer *answer = arg;
    struct hp_outside *outside = answer->outside;
    atomic_fetch_sub(&outside->under_way, 1);
    if (outside->reach != NULL) {
        hp_reach_recv(outside->reach, &answer->from, answer->data, answer->size);
    }
    g_free(answer);
}

// On worker 0.
static bool
on_datagram(void *arg, const struct hp_flow *from, const uint8_t *data, size_t size)
{
    struct hp_outside *outside = arg;
    unsigned type = size < 20 ? 0 : (unsigned) data[0] << 8 | data[1];
    if (type != BINDING_SUCCESS && type != BINDING_ERROR) {
        const struct hp_service *next = &outside->next;
        return next->ops != NULL && next->ops->on_datagram(next->arg, from, data, size);
    }
    if (size > ANSWER_MAX) {
        return false;
    }
    if (atomic_fetch_add(&outside->under_way, 1) >= ANSWERS_MAX) {
        atomic_fetch_sub(&outside->under_way, 1);
        return false;
    }
    struct answer *answer = g_malloc0(sizeof(*answer) + size);
    answer->outside = outside;
    answer->size = size;
    memcpy(answer->data, data, size);
    hp_addr_to_sockaddr(&from->remote, &answer->from);
    hp_worker_post(outside->home, take_answer, answer);
    return true;
}

struct hp_outside *
hp_outside_create(struct hp_worker *home, struct hp_ingress *ingress, struct hp_reach *reach,
        const struct hp_service *next)
{
    static const struct hp_service_ops ops = { .on_datagram = on_datagram };
    struct hp_outside *outside = g_new0(struct hp_outside, 1);
    outside->home = home;
    outside->ingress = ingress;
    outside->reach = reach;
    outside->next = *next;
    hp_ingress_set_service(ingress, &(struct hp_service){ &ops, outside });
    hp_reach_share(reach, hp_ingress_port(ingress),
            &(struct hp_reflexive_link){
                    .send = send_outside,
                    .arg = outside,
                    .is_of_peers = true,
            });
    return outside;
}

void
hp_outside_detach(struct hp_outside *outside)
{
    if (outside != NULL) {
        outside->reach = NULL;
    }
}

void
hp_outside_destroy(struct hp_outside *outside)
{
    g_free(outside);
}
