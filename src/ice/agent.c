// ice_agent.c - one browser's ICE: a NiceAgent of its own on the peer's worker, seen as a path.
// Owner: hp_peer.  Thread: the peer's worker.
// RFC 8445 (ICE), RFC 8838 (trickle), RFC 7675 (consent).
#include "ice/agent.h"

#include <assert.h>
#include <string.h>

#include <nice/agent.h>
#include <nice/interfaces.h>

#define LOG_TAG "ice"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "ice/candidate.h"
#include "ice/config.h"
#include "ice/path.h"
#include "ice/trickle.h"
#include "wire/address.h"

enum {
    COMPONENT = 1,
    FAREWELL_MS = 150,
    FAREWELL_REQUESTS = 2,
    RELAY_PATIENCE_US = 1500 * 1000, // UDP's head start, two lost requests long
};

struct hp_ice_agent {
    struct hp_worker *worker;
    const struct hp_ice_config *config;
    char *id;
    const struct hp_ice_agent_cbs *cbs;
    void *cbs_arg;
    NiceAgent *nice;
    guint stream;
    struct hp_ice_path path;
    enum hp_ice_state state;
    char *ufrag, *password;
    char *old_ufrag, *old_password; // before the last restart()
    struct hp_ice_trickle trickle;
    struct hp_timer relay_timer; // until TURN over TCP gets its turn
    bool has_relay;
    NiceAddress new_address; // of on_address
    unsigned local_count;
};

static void
say_candidate(struct hp_ice_agent *agent, char *line) // taken
{
    if (line != NULL && agent->local_count < HP_ICE_LOCAL_MAX) {
        agent->local_count++;
        agent->cbs->on_candidate(agent->cbs_arg, line);
    }
    g_free(line);
}

static void
on_new_candidate(NiceAgent *nice, NiceCandidate *candidate, struct hp_ice_agent *agent)
{
    (void) nice;
    agent->has_relay = agent->has_relay || candidate->type == NICE_CANDIDATE_TYPE_RELAYED;
    agent->trickle.bases += candidate->type == NICE_CANDIDATE_TYPE_HOST
            || candidate->type == NICE_CANDIDATE_TYPE_RELAYED;
    say_candidate(agent, hp_ice_candidate_write(candidate));
    for (unsigned i = 0; i < agent->config->public_count; i++) {
        const char *address = agent->config->public_addresses[i];
        say_candidate(agent, hp_ice_candidate_write_public(candidate, address, i));
    }
}

static void
on_selected_pair(NiceAgent *nice, guint stream, guint component, NiceCandidate *local,
        NiceCandidate *remote, struct hp_ice_agent *agent)
{
    (void) nice;
    (void) stream;
    (void) component;
    hp_ice_path_set_pair(&agent->path, local, remote);
    log_debug("peer %s: pair %s", agent->id, agent->path.pair);
}

static void
on_new_remote(NiceAgent *nice, NiceCandidate *candidate, struct hp_ice_agent *agent)
{
    (void) nice;
    if (agent->state != HP_ICE_CONNECTED || candidate->transport != NICE_CANDIDATE_TRANSPORT_UDP) {
        return;
    }
    agent->new_address = candidate->addr;
    agent->cbs->on_address(agent->cbs_arg);
}

static bool
to_state(guint component_state, enum hp_ice_state *state)
{
    switch ((NiceComponentState) component_state) {
    case NICE_COMPONENT_STATE_CONNECTED:
    case NICE_COMPONENT_STATE_READY: *state = HP_ICE_CONNECTED; return true;
    case NICE_COMPONENT_STATE_FAILED: *state = HP_ICE_FAILED; return true;
    case NICE_COMPONENT_STATE_DISCONNECTED:
    case NICE_COMPONENT_STATE_GATHERING:
    case NICE_COMPONENT_STATE_CONNECTING:
    case NICE_COMPONENT_STATE_LAST: break;
    }
    return false;
}

static void
on_component_state(NiceAgent *nice, guint stream, guint component, guint component_state,
        struct hp_ice_agent *agent)
{
    (void) nice;
    (void) stream;
    (void) component;
    enum hp_ice_state state;
    log_debug("peer %s: component is %s", agent->id,
            nice_component_state_to_string((NiceComponentState) component_state));
    if (!to_state(component_state, &state) || state == agent->state) {
        return;
    }
    agent->state = state;
    agent->cbs->on_state(agent->cbs_arg, state);
}

static void
on_recv(NiceAgent *nice, guint stream, guint component, guint size, char *data, gpointer arg)
{
    struct hp_ice_agent *agent = arg;
    (void) nice;
    (void) stream;
    (void) component;
    if (agent->path.path.cbs != NULL) {
        agent->path.path.cbs->on_packet(
                agent->path.path.cbs_arg, (const uint8_t *) data, size);
    }
}

static bool
is_offered_address(const struct hp_ice_agent *agent, const char *address)
{
    switch (hp_address_classify(address)) {
    case HP_ADDRESS_LOOPBACK: return agent->config->with_loopback;
    case HP_ADDRESS_PUBLIC:
    case HP_ADDRESS_PRIVATE:
    case HP_ADDRESS_RESERVED: return true;
    case HP_ADDRESS_LINK_LOCAL:
    case HP_ADDRESS_MULTICAST:
    case HP_ADDRESS_UNSPECIFIED:
    case HP_ADDRESS_MDNS:
    case HP_ADDRESS_NAME:
    case HP_ADDRESS_INVALID: return false;
    }
    return false;
}

static void
add_address(struct hp_ice_agent *agent, const char *text)
{
    NiceAddress address;
    nice_address_init(&address);
    if (is_offered_address(agent, text) && nice_address_set_from_string(&address, text)) {
        nice_agent_add_local_address(agent->nice, &address);
    }
}

static void
add_addresses(struct hp_ice_agent *agent)
{
    if (agent->config->interfaces != NULL) {
        for (char **text = agent->config->interfaces; *text != NULL; text++) {
            add_address(agent, *text);
        }
        return;
    }
    GList *list = nice_interfaces_get_local_ips(agent->config->with_loopback);
    for (GList *link = list; link != NULL; link = link->next) {
        add_address(agent, link->data);
    }
    g_list_free_full(list, g_free);
}

static void
add_relay(struct hp_ice_agent *agent, const struct hp_ice_endpoint *server)
{
    nice_agent_set_relay_info(agent->nice, agent->stream, COMPONENT, server->address, server->port,
            server->username != NULL ? server->username : "",
            server->credential != NULL ? server->credential : "",
            server->kind == HP_ICE_TURN_UDP ? NICE_RELAY_TYPE_TURN_UDP : NICE_RELAY_TYPE_TURN_TCP);
}

static bool
has_kind(const struct hp_ice_agent *agent, enum hp_ice_server_kind kind)
{
    for (unsigned i = 0; i < agent->config->server_count; i++) {
        if (agent->config->servers[i].kind == kind) {
            return true;
        }
    }
    return false;
}

static void
add_relays(struct hp_ice_agent *agent, enum hp_ice_server_kind kind)
{
    for (unsigned i = 0; i < agent->config->server_count; i++) {
        if (agent->config->servers[i].kind == kind) {
            add_relay(agent, &agent->config->servers[i]);
        }
    }
}

static void
on_relay_timer(void *arg)
{
    struct hp_ice_agent *agent = arg;
    if (!agent->has_relay) {
        add_relays(agent, HP_ICE_TURN_TCP);
    }
}

// libnice keeps one candidate of a relay's address, the first that comes. So that this is never the
// one over TCP where UDP works, TCP is asked only when UDP has brought nothing for a while.
static void
add_servers(struct hp_ice_agent *agent)
{
    for (unsigned i = 0; i < agent->config->server_count; i++) {
        const struct hp_ice_endpoint *server = &agent->config->servers[i];
        if (server->kind == HP_ICE_STUN) { // libnice asks one
            g_object_set(agent->nice, "stun-server", server->address, "stun-server-port",
                    (guint) server->port, NULL);
            break;
        }
    }
    if (has_kind(agent, HP_ICE_TURN_UDP)) {
        add_relays(agent, HP_ICE_TURN_UDP);
    } else {
        add_relays(agent, HP_ICE_TURN_TCP);
    }
}

static void
read_credentials(struct hp_ice_agent *agent)
{
    g_free(agent->ufrag);
    g_free(agent->password);
    agent->ufrag = NULL;
    agent->password = NULL;
    nice_agent_get_local_credentials(agent->nice, agent->stream, &agent->ufrag, &agent->password);
}

static NiceAgent *
create_nice(GMainContext *context)
{
    NiceAgent *nice = nice_agent_new_full(context, NICE_COMPATIBILITY_RFC5245,
            NICE_AGENT_OPTION_ICE_TRICKLE | NICE_AGENT_OPTION_CONSENT_FRESHNESS);
    // upnp: would cost 10 ms, 17 descriptors and open ports on the router for each browser.
    // ice-tcp: one stranger can stop it with twelve bytes in this version.
    g_object_set(nice, "upnp", FALSE, "ice-tcp", FALSE, "keepalive-conncheck", TRUE, NULL);
    return nice;
}

void
hp_ice_agent_warm_up(void)
{
    g_object_unref(create_nice(NULL));
}

struct hp_ice_agent *
hp_ice_agent_create(struct hp_worker *worker, const struct hp_ice_config *config, const char *id,
        const struct hp_ice_agent_cbs *cbs, void *arg)
{
    assert(hp_worker_is_current(worker));
    struct hp_ice_agent *agent = g_new0(struct hp_ice_agent, 1);
    agent->worker = worker;
    agent->config = config;
    agent->id = g_strdup(id);
    agent->cbs = cbs;
    agent->cbs_arg = arg;
    agent->nice = create_nice(hp_worker_context(worker));
    agent->stream = nice_agent_add_stream(agent->nice, 1);
    if (agent->stream == 0) {
        log_error("peer %s: libnice makes no stream", id);
        hp_ice_agent_destroy(agent);
        return NULL;
    }
    if (config->port_min != 0) {
        nice_agent_set_port_range(
                agent->nice, agent->stream, COMPONENT, config->port_min, config->port_max);
    }
    add_addresses(agent);
    add_servers(agent);
    read_credentials(agent);
    hp_ice_trickle_init(
            &agent->trickle, worker, agent->nice, agent->stream, config->with_loopback);
    hp_timer_init(&agent->relay_timer, worker, on_relay_timer, agent);
    hp_ice_path_init(&agent->path, worker, agent->nice, agent->stream);
    g_signal_connect(agent->nice, "new-candidate-full", G_CALLBACK(on_new_candidate), agent);
    g_signal_connect(agent->nice, "new-selected-pair-full", G_CALLBACK(on_selected_pair), agent);
    g_signal_connect(agent->nice, "new-remote-candidate-full", G_CALLBACK(on_new_remote), agent);
    g_signal_connect(agent->nice, "component-state-changed", G_CALLBACK(on_component_state), agent);
    nice_agent_attach_recv(agent->nice, agent->stream, COMPONENT, hp_worker_context(worker),
            on_recv, agent);
    return agent;
}

static void
free_agent(struct hp_ice_agent *agent)
{
    g_object_unref(agent->nice);
    g_free(agent->ufrag);
    g_free(agent->password);
    g_free(agent->old_ufrag);
    g_free(agent->old_password);
    g_free(agent->id);
    g_free(agent);
}

struct farewell {
    hp_ice_gone_fn on_gone; // may be NULL
    void *arg;
};

static void
on_nice_closed(GObject *nice, GAsyncResult *result, gpointer arg)
{
    struct farewell *farewell = arg;
    (void) nice;
    (void) result;
    if (farewell->on_gone != NULL) {
        farewell->on_gone(farewell->arg);
    }
    g_free(farewell);
}

// Gives allocations on TURN servers back: a request that is repeated once. The task holds the agent.
static void
close_relays(NiceAgent *nice, hp_ice_gone_fn on_gone, void *arg)
{
    struct farewell *farewell = g_new(struct farewell, 1);
    *farewell = (struct farewell) { .on_gone = on_gone, .arg = arg };
    g_object_set(nice, "stun-initial-timeout", (guint) FAREWELL_MS, "stun-max-retransmissions",
            (guint) FAREWELL_REQUESTS, NULL);
    nice_agent_close_async(nice, on_nice_closed, farewell);
}

void
hp_ice_agent_destroy(struct hp_ice_agent *agent)
{
    hp_ice_agent_close(agent, NULL, NULL);
}

void
hp_ice_agent_close(struct hp_ice_agent *agent, hp_ice_gone_fn on_gone, void *arg)
{
    bool has_relays = agent != NULL
            && (has_kind(agent, HP_ICE_TURN_UDP) || has_kind(agent, HP_ICE_TURN_TCP));
    if (agent != NULL) {
        assert(hp_worker_is_current(agent->worker));
        g_signal_handlers_disconnect_by_data(agent->nice, agent);
        hp_ice_path_finish(&agent->path);
        hp_ice_trickle_finish(&agent->trickle);
        hp_timer_stop(&agent->relay_timer);
        if (agent->stream != 0) {
            nice_agent_attach_recv(agent->nice, agent->stream, COMPONENT,
                    hp_worker_context(agent->worker), NULL, NULL);
        }
        if (has_relays) {
            close_relays(agent->nice, on_gone, arg);
        } else if (agent->stream != 0) {
            nice_agent_remove_stream(agent->nice, agent->stream);
        }
        free_agent(agent);
    }
    if (!has_relays && on_gone != NULL) {
        on_gone(arg);
    }
}

bool
hp_ice_agent_gather(struct hp_ice_agent *agent)
{
    if (!nice_agent_gather_candidates(agent->nice, agent->stream)) {
        log_error("peer %s: no address or no free port for ICE", agent->id);
        return false;
    }
    if (has_kind(agent, HP_ICE_TURN_UDP) && has_kind(agent, HP_ICE_TURN_TCP)) {
        hp_timer_start(&agent->relay_timer, RELAY_PATIENCE_US);
    }
    return true;
}

void
hp_ice_agent_set_controlling(struct hp_ice_agent *agent, bool is_controlling)
{
    g_object_set(agent->nice, "controlling-mode", (gboolean) is_controlling, NULL);
}

const char *
hp_ice_agent_ufrag(const struct hp_ice_agent *agent)
{
    return agent->ufrag;
}

const char *
hp_ice_agent_password(const struct hp_ice_agent *agent)
{
    return agent->password;
}

void
hp_ice_agent_restart(struct hp_ice_agent *agent)
{
    g_free(agent->old_ufrag);
    g_free(agent->old_password);
    agent->old_ufrag = g_steal_pointer(&agent->ufrag);
    agent->old_password = g_steal_pointer(&agent->password);
    nice_agent_restart(agent->nice);
    read_credentials(agent);
    hp_ice_trickle_forget(&agent->trickle);
    if (agent->state == HP_ICE_CONNECTED) {
        agent->state = HP_ICE_CONNECTING; // so that the next success is news
    }
}

void
hp_ice_agent_undo_restart(struct hp_ice_agent *agent)
{
    if (agent->old_ufrag == NULL) {
        return;
    }
    nice_agent_set_local_credentials(
            agent->nice, agent->stream, agent->old_ufrag, agent->old_password);
    read_credentials(agent);
}

bool
hp_ice_agent_set_remote(struct hp_ice_agent *agent, const char *ufrag, const char *password)
{
    if (!nice_agent_set_remote_credentials(agent->nice, agent->stream, ufrag, password)) {
        return false;
    }
    hp_ice_trickle_set_ufrag(&agent->trickle, ufrag);
    return true;
}

bool
hp_ice_agent_has_remote(const struct hp_ice_agent *agent, const char *ufrag)
{
    return agent->trickle.ufrag != NULL && strcmp(agent->trickle.ufrag, ufrag) == 0;
}

void
hp_ice_agent_add_candidate(struct hp_ice_agent *agent, const char *line)
{
    assert(hp_worker_is_current(agent->worker));
    hp_ice_trickle_add(&agent->trickle, line);
}

bool
hp_ice_agent_roam(struct hp_ice_agent *agent)
{
    if (!hp_ice_path_roam(&agent->path, &agent->new_address)) {
        return false;
    }
    log_debug("peer %s: follows to a new address", agent->id);
    return true;
}

void
hp_ice_agent_roam_back(struct hp_ice_agent *agent)
{
    hp_ice_path_return_home(&agent->path);
}

struct hp_path *
hp_ice_agent_path(struct hp_ice_agent *agent)
{
    return &agent->path.path;
}

const char *
hp_ice_agent_pair(const struct hp_ice_agent *agent)
{
    return agent->path.pair;
}

uint64_t
hp_ice_agent_dropped_candidates(const struct hp_ice_agent *agent)
{
    return agent->trickle.dropped;
}
