// path.c - the pair that an agent has chosen, as a path.
// Owner: hp_ice_agent.  Thread: the peer's worker.
#include "ice/path.h"

#include <assert.h>
#include <string.h>

#include "ice/candidate.h"

enum {
    MAX_PAYLOAD = 1200,
    RETRY_US = 5000,      // about what a full TCP send buffer needs to drain
    MAX_MESSAGES = 64,    // messages of a run that goes through the agent
};

static gboolean
on_socket_writable(GSocket *socket, GIOCondition condition, gpointer arg)
{
    struct hp_ice_path *path = arg;
    (void) socket;
    (void) condition;
    g_source_unref(path->writable);
    path->writable = NULL;
    if (path->path.cbs != NULL) {
        path->path.cbs->on_writable(path->path.cbs_arg);
    }
    return G_SOURCE_REMOVE;
}

static void
on_retry(void *arg)
{
    struct hp_ice_path *path = arg;
    if (path->path.cbs != NULL) {
        path->path.cbs->on_writable(path->path.cbs_arg);
    }
}

static void
await_socket(struct hp_ice_path *path)
{
    if (path->writable != NULL) {
        return;
    }
    path->writable = g_socket_create_source(path->socket, G_IO_OUT, NULL);
    g_source_set_callback(path->writable, G_SOURCE_FUNC(on_socket_writable), path, NULL);
    g_source_attach(path->writable, hp_worker_context(path->worker));
}

static unsigned
send_by_agent(struct hp_ice_path *path, const struct hp_segment *segments, unsigned count)
{
    GOutputVector vectors[MAX_MESSAGES];
    NiceOutputMessage messages[MAX_MESSAGES];
    for (unsigned i = 0; i < count; i++) {
        vectors[i].buffer = segments[i].data;
        vectors[i].size = segments[i].size;
        messages[i].buffers = &vectors[i];
        messages[i].n_buffers = 1;
    }
    GError *error = NULL;
    int sent = nice_agent_send_messages_nonblocking(
            path->agent, path->stream, 1, messages, count, NULL, &error);
    if (sent >= 0) {
        return (unsigned) sent;
    }
    bool is_full = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
    g_clear_error(&error);
    return is_full ? 0 : count; // not full: the run is lost
}

static unsigned
send_all_by_agent(struct hp_ice_path *path, const struct hp_segment *segments, unsigned count)
{
    unsigned done = 0;
    while (done < count) {
        unsigned part = MIN(count - done, MAX_MESSAGES);
        unsigned sent = send_by_agent(path, &segments[done], part);
        done += sent;
        if (sent < part) {
            hp_timer_start(&path->retry, RETRY_US);
            break;
        }
    }
    return done;
}

static unsigned
send_run(struct hp_path *base, const struct hp_segment *segments, unsigned count)
{
    struct hp_ice_path *path = (struct hp_ice_path *) base; // the first member
    assert(hp_worker_is_current(path->worker));
    if (path->agent == NULL || path->pair[0] == '\0') {
        return count; // no pair is selected: the packets are lost
    }
    if (path->socket == NULL) {
        return send_all_by_agent(path, segments, count);
    }
    unsigned sent = hp_gso_send(
            &path->gso, g_socket_get_fd(path->socket), NULL, &path->remote, segments, count);
    if (sent < count) {
        await_socket(path);
    }
    return sent;
}

static size_t
max_payload(const struct hp_path *base)
{
    (void) base;
    return MAX_PAYLOAD;
}

static enum hp_path_kind
kind(const struct hp_path *base)
{
    return ((const struct hp_ice_path *) base)->kind;
}

static const struct hp_path_ops path_ops = {
    .send_run = send_run,
    .max_payload = max_payload,
    .kind = kind,
};

void
hp_ice_path_init(struct hp_ice_path *path, struct hp_worker *worker, NiceAgent *agent, guint stream)
{
    *path = (struct hp_ice_path) {
        .path = { .ops = &path_ops }, .worker = worker, .agent = agent, .stream = stream,
    };
    hp_timer_init(&path->retry, worker, on_retry, path);
}

static void
drop_socket(struct hp_ice_path *path)
{
    if (path->writable != NULL) {
        g_source_destroy(path->writable);
        g_source_unref(path->writable);
        path->writable = NULL;
    }
    g_clear_object(&path->socket);
}

static enum hp_path_kind
pair_kind(const NiceCandidate *local, const NiceCandidate *remote)
{
    if (local->type == NICE_CANDIDATE_TYPE_RELAYED || remote->type == NICE_CANDIDATE_TYPE_RELAYED) {
        return HP_PATH_RELAY;
    }
    return local->transport == NICE_CANDIDATE_TRANSPORT_UDP ? HP_PATH_UDP : HP_PATH_TCP;
}

void
hp_ice_path_set_pair(
        struct hp_ice_path *path, const NiceCandidate *local, const NiceCandidate *remote)
{
    bool was_blocked = path->writable != NULL;
    drop_socket(path);
    path->kind = pair_kind(local, remote);
    hp_ice_candidate_describe_pair(local, remote, path->pair, sizeof(path->pair));
    bool is_plain = local->transport == NICE_CANDIDATE_TRANSPORT_UDP
            && local->type != NICE_CANDIDATE_TYPE_RELAYED;
    if (is_plain) {
        path->socket = nice_agent_get_selected_socket(path->agent, path->stream, 1);
        memset(&path->remote, 0, sizeof(path->remote));
        nice_address_copy_to_sockaddr(&remote->addr, (struct sockaddr *) &path->remote);
        path->home = path->remote;
    }
    if (was_blocked) {
        hp_timer_start(&path->retry, 0); // the new pair may have room: look at once
    }
}

bool
hp_ice_path_roam(struct hp_ice_path *path, const NiceAddress *address)
{
    if (path->socket == NULL) {
        return false;
    }
    struct sockaddr_storage remote = { 0 };
    nice_address_copy_to_sockaddr(address, (struct sockaddr *) &remote);
    if (remote.ss_family != path->remote.ss_family) {
        return false;
    }
    path->remote = remote;
    return true;
}

void
hp_ice_path_return_home(struct hp_ice_path *path)
{
    path->remote = path->home;
}

void
hp_ice_path_finish(struct hp_ice_path *path)
{
    drop_socket(path);
    hp_timer_stop(&path->retry);
    path->agent = NULL;
}
