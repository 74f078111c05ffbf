// relays.c - the STUN and TURN servers of an agent.
// Owner: hp_ice_agent.  Thread: the peer's worker.
// RFC 8656 (TURN).
#include "ice/relays.h"

#include "ice/config.h"

enum {
    COMPONENT = 1,
    FAREWELL_MS = 150,
    FAREWELL_REQUESTS = 2,
    PATIENCE_US = 1500 * 1000, // UDP's head start: as long as two lost requests take
};

static void
add_relay(struct hp_ice_relays *relays, const struct hp_ice_endpoint *server)
{
    nice_agent_set_relay_info(relays->nice, relays->stream, COMPONENT, server->address,
            server->port, server->username != NULL ? server->username : "",
            server->credential != NULL ? server->credential : "",
            server->kind == HP_ICE_TURN_UDP ? NICE_RELAY_TYPE_TURN_UDP : NICE_RELAY_TYPE_TURN_TCP);
}

static bool
has_kind(const struct hp_ice_relays *relays, enum hp_ice_server_kind kind)
{
    for (unsigned i = 0; i < relays->config->server_count; i++) {
        if (relays->config->servers[i].kind == kind) {
            return true;
        }
    }
    return false;
}

static void
add_relays(struct hp_ice_relays *relays, enum hp_ice_server_kind kind)
{
    for (unsigned i = 0; i < relays->config->server_count; i++) {
        if (relays->config->servers[i].kind == kind) {
            add_relay(relays, &relays->config->servers[i]);
        }
    }
}

static void
on_relay_timer(void *arg)
{
    struct hp_ice_relays *relays = arg;
    if (!relays->has_candidate) {
        add_relays(relays, HP_ICE_TURN_TCP);
    }
}

// libnice keeps only the first candidate of a relay's address. TCP is tried only when UDP has
// brought none for a while, so that a candidate over TCP never takes the place of one over UDP.
static void
add_servers(struct hp_ice_relays *relays)
{
    for (unsigned i = 0; i < relays->config->server_count; i++) {
        const struct hp_ice_endpoint *server = &relays->config->servers[i];
        if (server->kind == HP_ICE_STUN) { // libnice uses one STUN server
            g_object_set(relays->nice, "stun-server", server->address, "stun-server-port",
                    (guint) server->port, NULL);
            break;
        }
    }
    if (has_kind(relays, HP_ICE_TURN_UDP)) {
        add_relays(relays, HP_ICE_TURN_UDP);
    } else {
        add_relays(relays, HP_ICE_TURN_TCP);
    }
}

void
hp_ice_relays_init(struct hp_ice_relays *relays, struct hp_worker *worker,
        const struct hp_ice_config *config, NiceAgent *nice, guint stream)
{
    *relays = (struct hp_ice_relays) { .config = config, .nice = nice, .stream = stream };
    hp_timer_init(&relays->timer, worker, on_relay_timer, relays);
    add_servers(relays);
}

void
hp_ice_relays_finish(struct hp_ice_relays *relays)
{
    hp_timer_stop(&relays->timer);
}

void
hp_ice_relays_start(struct hp_ice_relays *relays)
{
    if (has_kind(relays, HP_ICE_TURN_UDP) && has_kind(relays, HP_ICE_TURN_TCP)) {
        hp_timer_start(&relays->timer, PATIENCE_US);
    }
}

void
hp_ice_relays_note(struct hp_ice_relays *relays, const NiceCandidate *candidate)
{
    relays->has_candidate |= candidate->type == NICE_CANDIDATE_TYPE_RELAYED;
}

bool
hp_ice_relays_has_any(const struct hp_ice_relays *relays)
{
    return has_kind(relays, HP_ICE_TURN_UDP) || has_kind(relays, HP_ICE_TURN_TCP);
}

struct farewell {
    void (*on_gone)(void *arg);
    void *arg;
};

static void
on_nice_closed(GObject *nice, GAsyncResult *result, gpointer arg)
{
    struct farewell *farewell = arg;
    (void) nice;
    (void) result;
    farewell->on_gone(farewell->arg);
    g_free(farewell);
}

void
hp_ice_relays_give_back(NiceAgent *nice, void (*on_gone)(void *arg), void *arg)
{
    struct farewell *farewell = g_new(struct farewell, 1);
    *farewell = (struct farewell) { .on_gone = on_gone, .arg = arg };
    g_object_set(nice, "stun-initial-timeout", (guint) FAREWELL_MS, "stun-max-retransmissions",
            (guint) FAREWELL_REQUESTS, NULL);
    nice_agent_close_async(nice, on_nice_closed, farewell);
}
