// agent.c - ICE by libnice: a NiceAgent for one browser.
// Owner: hp_endpoint.  Thread: the peer's worker.
// RFC 8445 (ICE), RFC 8838 (trickle), RFC 7675 (consent).
#include "ice/agent.h"

#include <assert.h>
#include <string.h>

#include <nice/agent.h>
#include <nice/interfaces.h>

#define LOG_TAG "ice"
#include "base/ice.h"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "ice/candidate.h"
#include "ice/config.h"
#include "ice/path.h"
#include "ice/relays.h"
#include "ice/trickle.h"
#include "wire/address.h"

enum {
    COMPONENT = 1,
    PACING_MS = 5,
};

struct hp_ice_agent {
    struct hp_ice ice; // the first member: to_agent() casts back
    struct hp_worker *worker;
    struct hp_ice_config *config;
    char *id;
    NiceAgent *nice;
    guint stream;
    struct hp_ice_path path;
    enum hp_ice_state state;
    char *ufrag, *password;
    char *old_ufrag, *old_password; // before the last restart(), for its undo
    struct hp_ice_trickle trickle;
    struct hp_ice_relays relays;
    NiceAddress new_address; // the address that on_address told
    unsigned local_count;
};

static void
say_candidate(struct hp_ice_agent *agent, char *line) // taken
{
    if (line != NULL && agent->local_count < HP_ICE_LOCAL_MAX) {
        agent->local_count++;
        agent->ice.cbs->on_candidate(agent->ice.cbs_arg, line);
    }
    g_free(line);
}

static void
take_back_candidate(struct hp_ice_agent *agent, char *line) // taken
{
    if (line != NULL) {
        agent->local_count -= agent->local_count > 0;
        agent->ice.cbs->on_candidate_gone(agent->ice.cbs_arg, line);
    }
    g_free(line);
}

static char *
write_public(const struct hp_ice_agent *agent, const NiceCandidate *candidate, unsigned index)
{
    const struct hp_ice_config *config = agent->config;
    return hp_ice_candidate_write_public(
            candidate, config->public_addresses[index], index, config->is_far);
}

static void
say_public(struct hp_ice_agent *agent, const NiceCandidate *candidate)
{
    for (unsigned i = 0; i < agent->config->public_count; i++) {
        say_candidate(agent, write_public(agent, candidate, i));
    }
}

// What a browser hears first, it checks first.
static void
on_new_candidate(NiceAgent *nice, NiceCandidate *candidate, struct hp_ice_agent *agent)
{
    (void) nice;
    hp_ice_relays_note(&agent->relays, candidate);
    hp_ice_trickle_note_local(&agent->trickle, candidate);
    if (agent->config->is_far) {
        say_public(agent, candidate);
        say_candidate(agent, hp_ice_candidate_write(candidate));
    } else {
        say_candidate(agent, hp_ice_candidate_write(candidate));
        say_public(agent, candidate);
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
    hp_ice_trickle_meet(&agent->trickle, remote);
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
    agent->ice.cbs->on_address(agent->ice.cbs_arg);
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
    agent->ice.cbs->on_state(agent->ice.cbs_arg, state);
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

static void
add_address(struct hp_ice_agent *agent, const char *text)
{
    NiceAddress address;
    nice_address_init(&address);
    if (hp_address_is_usable(text, agent->config->with_loopback, true)
            && nice_address_set_from_string(&address, text)) {
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
    // upnp would cost 10 ms, 17 descriptors and open ports on the router for each browser. ice-tcp
    // stays off, since twelve bytes of a stranger can stop it in this version of libnice.
    // The pacing is how long the answer to a browser's first check may wait (Ta of RFC 8445 section
    // 14.2, which takes no less); the trickle bounds what goes to silent addresses.
    g_object_set(nice, "upnp", FALSE, "ice-tcp", FALSE, "keepalive-conncheck", TRUE,
            "stun-pacing-timer", (guint) PACING_MS, NULL);
    return nice;
}

static void
free_agent(struct hp_ice_agent *agent)
{
    g_object_unref(agent->nice);
    g_free(agent->ufrag);
    g_free(agent->password);
    g_free(agent->old_ufrag);
    g_free(agent->old_password);
    hp_ice_config_destroy(agent->config);
    g_free(agent->id);
    g_free(agent);
}

static struct hp_ice_agent *
get_agent(const struct hp_ice *ice)
{
    return (struct hp_ice_agent *) (uintptr_t) ice; // the first member
}

// Disconnects everything that could still call the agent.
static void
disconnect(struct hp_ice_agent *agent)
{
    g_signal_handlers_disconnect_by_data(agent->nice, agent);
    hp_ice_path_finish(&agent->path);
    hp_ice_trickle_finish(&agent->trickle);
    hp_ice_relays_finish(&agent->relays);
    nice_agent_attach_recv(agent->nice, agent->stream, COMPONENT, hp_worker_context(agent->worker),
            NULL, NULL);
}

static void
close_agent(struct hp_ice *ice, void (*on_gone)(void *arg), void *arg)
{
    struct hp_ice_agent *agent = get_agent(ice);
    assert(hp_worker_is_current(agent->worker));
    bool has_relays = hp_ice_relays_has_any(&agent->relays);
    disconnect(agent);
    if (has_relays) {
        hp_ice_relays_give_back(agent->nice, on_gone, arg);
    } else {
        nice_agent_remove_stream(agent->nice, agent->stream);
    }
    free_agent(agent);
    if (!has_relays) {
        on_gone(arg);
    }
}

static bool
gather(struct hp_ice *ice)
{
    struct hp_ice_agent *agent = get_agent(ice);
    assert(ice->cbs != NULL);
    if (!nice_agent_gather_candidates(agent->nice, agent->stream)) {
        log_error("peer %s: no UDP port is free: each viewer takes one of webrtc.epr (%u-%u), "
                  "widen that range; if it is wide enough, check that the network has an address",
                agent->id, agent->config->port_min, agent->config->port_max);
        return false;
    }
    hp_ice_relays_start(&agent->relays);
    return true;
}

static void
set_controlling(struct hp_ice *ice, bool is_controlling)
{
    g_object_set(get_agent(ice)->nice, "controlling-mode", (gboolean) is_controlling, NULL);
}

static const char *
get_ufrag(const struct hp_ice *ice)
{
    return get_agent(ice)->ufrag;
}

static const char *
get_password(const struct hp_ice *ice)
{
    return get_agent(ice)->password;
}

static void
restart(struct hp_ice *ice)
{
    struct hp_ice_agent *agent = get_agent(ice);
    g_free(agent->old_ufrag);
    g_free(agent->old_password);
    agent->old_ufrag = g_steal_pointer(&agent->ufrag);
    agent->old_password = g_steal_pointer(&agent->password);
    nice_agent_restart(agent->nice);
    read_credentials(agent);
    hp_ice_trickle_forget(&agent->trickle);
    if (agent->state == HP_ICE_CONNECTED) {
        agent->state = HP_ICE_CONNECTING; // otherwise the next success would be no change of state
    }
}

static void
undo_restart(struct hp_ice *ice)
{
    struct hp_ice_agent *agent = get_agent(ice);
    if (agent->old_ufrag == NULL) {
        return;
    }
    nice_agent_set_local_credentials(
            agent->nice, agent->stream, agent->old_ufrag, agent->old_password);
    read_credentials(agent);
}

static void
set_remote(struct hp_ice *ice, const char *ufrag, const char *password)
{
    struct hp_ice_agent *agent = get_agent(ice);
    if (agent->trickle.ufrag != NULL && strcmp(agent->trickle.ufrag, ufrag) == 0) {
        return;
    }
    if (!nice_agent_set_remote_credentials(agent->nice, agent->stream, ufrag, password)) {
        log_warn("peer %s: the browser's ICE credentials are refused: expected those of RFC 8839",
                agent->id);
        return;
    }
    hp_ice_trickle_set_ufrag(&agent->trickle, ufrag);
}

static void
add_candidate(struct hp_ice *ice, const char *line)
{
    struct hp_ice_agent *agent = get_agent(ice);
    assert(hp_worker_is_current(agent->worker));
    hp_ice_trickle_add(&agent->trickle, line);
}

static const char *
get_pair(const struct hp_ice *ice)
{
    return get_agent(ice)->path.pair;
}

static bool
roam(struct hp_ice *ice)
{
    struct hp_ice_agent *agent = get_agent(ice);
    if (!hp_ice_path_roam(&agent->path, &agent->new_address)) {
        return false;
    }
    log_debug("peer %s: follows to a new address", agent->id);
    return true;
}

static void
roam_back(struct hp_ice *ice)
{
    hp_ice_path_return_home(&get_agent(ice)->path);
}

static uint64_t
count_dropped_candidates(const struct hp_ice *ice)
{
    return get_agent(ice)->trickle.dropped;
}

static const struct hp_ice_ops ice_ops = {
    .ufrag = get_ufrag,
    .password = get_password,
    .gather = gather,
    .set_controlling = set_controlling,
    .restart = restart,
    .undo_restart = undo_restart,
    .set_remote = set_remote,
    .add_candidate = add_candidate,
    .pair = get_pair,
    .roam = roam,
    .roam_back = roam_back,
    .dropped_candidates = count_dropped_candidates,
    .close = close_agent,
};

static void
free_candidate(void *candidate)
{
    nice_candidate_free(candidate);
}

static void
on_public(void *arg, unsigned index, bool is_gone)
{
    struct hp_ice_agent *agent = arg;
    GSList *list = nice_agent_get_local_candidates(agent->nice, agent->stream, COMPONENT);
    for (GSList *link = list; link != NULL; link = link->next) {
        char *line = write_public(agent, link->data, index);
        if (is_gone) {
            take_back_candidate(agent, line);
        } else {
            say_candidate(agent, line);
        }
    }
    g_slist_free_full(list, free_candidate);
}

void
hp_ice_agent_move(struct hp_ice *ice, const struct hp_ice_config *config)
{
    struct hp_ice_agent *agent = get_agent(ice);
    assert(hp_worker_is_current(agent->worker));
    hp_ice_config_move(agent->config, config, on_public, agent);
}

void
hp_ice_agent_warm_up(void)
{
    g_object_unref(create_nice(NULL));
}

static void
connect_signals(struct hp_ice_agent *agent)
{
    g_signal_connect(agent->nice, "new-candidate-full", G_CALLBACK(on_new_candidate), agent);
    g_signal_connect(agent->nice, "new-selected-pair-full", G_CALLBACK(on_selected_pair), agent);
    g_signal_connect(agent->nice, "new-remote-candidate-full", G_CALLBACK(on_new_remote), agent);
    g_signal_connect(agent->nice, "component-state-changed", G_CALLBACK(on_component_state), agent);
    nice_agent_attach_recv(agent->nice, agent->stream, COMPONENT, hp_worker_context(agent->worker),
            on_recv, agent);
}

struct hp_ice *
hp_ice_agent_create(struct hp_worker *worker, struct hp_ice_config *config, const char *id)
{
    assert(hp_worker_is_current(worker));
    struct hp_ice_agent *agent = g_new0(struct hp_ice_agent, 1);
    agent->ice = (struct hp_ice) { .ops = &ice_ops, .path = &agent->path.path };
    agent->worker = worker;
    agent->config = config;
    agent->id = g_strdup(id);
    agent->nice = create_nice(hp_worker_context(worker));
    agent->stream = nice_agent_add_stream(agent->nice, 1);
    if (agent->stream == 0) {
        log_error("peer %s: ICE cannot start, libnice makes no stream", id);
        free_agent(agent);
        return NULL;
    }
    if (config->port_min != 0) {
        nice_agent_set_port_range(
                agent->nice, agent->stream, COMPONENT, config->port_min, config->port_max);
    }
    add_addresses(agent);
    hp_ice_relays_init(&agent->relays, worker, config, agent->nice, agent->stream);
    read_credentials(agent);
    hp_ice_trickle_init(&agent->trickle, worker, agent->nice, agent->stream, config);
    hp_ice_path_init(&agent->path, worker, agent->nice, agent->stream);
    connect_signals(agent);
    return &agent->ice;
}
