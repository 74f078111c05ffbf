// fake_ice.c - test: another implementation of base/ice.h, without a network.
// Owner: a test.  Thread: the workers of both ends.
#include "loop/fake_ice.h"

#include <assert.h>
#include <string.h>

#include <glib.h>

#include "fixture/dice.h"

enum {
    WINDOW = 24, // datagrams under way; less than a batch of the transport
};

#define CANDIDATE_MARK " 192.0.2." // an address that nobody has

// What goes from one end to the other: a check, its answer, a datagram, or room in the window.
struct note {
    struct fake_ice *to;
    struct fake_credentials credentials; // of the end that gets the note
    struct fake_credentials from;        // of the end that checks
    bool is_controlling;
    size_t size;
    uint8_t data[];
};

static struct fake_ice *
get_end(const struct hp_ice *ice)
{
    return (struct fake_ice *) (uintptr_t) ice; // its first member
}

static struct fake_ice *
get_end_of_path(struct hp_path *path)
{
    return (struct fake_ice *) (void *) ((char *) path - offsetof(struct fake_ice, path));
}

static struct note *
make_note(struct fake_ice *to, const void *data, size_t size)
{
    struct note *note = g_malloc0(sizeof(*note) + size);
    note->to = to;
    note->size = size;
    if (size > 0) {
        memcpy(note->data, data, size);
    }
    return note;
}

static bool
is_same(const struct fake_credentials *a, const struct fake_credentials *b)
{
    return strcmp(a->ufrag, b->ufrag) == 0 && strcmp(a->password, b->password) == 0;
}

// ---- checks ----

static void
run_answer(void *arg)
{
    struct note *note = arg;
    struct fake_ice *end = note->to;
    bool is_current = !end->is_closed && end->has_remote && is_same(&note->credentials, &end->local);
    if (is_current && end->state != HP_ICE_CONNECTED) {
        g_snprintf(end->pair, sizeof(end->pair), "fake %s - fake %s", end->name, end->other->name);
        end->state = HP_ICE_CONNECTED;
        atomic_fetch_add(&end->connects, 1);
        end->ice.cbs->on_state(end->ice.cbs_arg, HP_ICE_CONNECTED);
    }
    g_free(note);
}

static void
run_check(void *arg)
{
    struct note *note = arg;
    struct fake_ice *end = note->to;
    if (end->is_closed) {
        g_free(note);
        return;
    }
    if (!is_same(&note->credentials, &end->local)) {
        atomic_fetch_add(&end->refused_checks, 1);
        g_free(note);
        return;
    }
    if (note->is_controlling == end->is_controlling) {
        atomic_fetch_add(&end->role_conflicts, 1);
    }
    note->to = end->other;
    note->credentials = note->from;
    hp_worker_post(end->other->worker, run_answer, note);
}

static void
check(struct fake_ice *end)
{
    if (!end->has_remote || end->remote_candidates == 0 || end->state == HP_ICE_CONNECTED) {
        return;
    }
    struct note *note = make_note(end->other, NULL, 0);
    note->credentials = end->remote;
    note->from = end->local;
    note->is_controlling = end->is_controlling;
    hp_worker_post(end->other->worker, run_check, note);
}

// ---- the path ----

static void
run_writable(void *arg)
{
    struct fake_ice *end = arg;
    if (!end->is_closed && end->path.cbs != NULL) {
        end->path.cbs->on_writable(end->path.cbs_arg);
    }
}

static void
run_datagram(void *arg)
{
    struct note *note = arg;
    struct fake_ice *end = note->to;
    if (!end->is_closed && end->path.cbs != NULL) {
        end->path.cbs->on_packet(end->path.cbs_arg, note->data, note->size);
    }
    struct fake_ice *from = end->other;
    atomic_fetch_sub(&from->under_way, 1);
    if (atomic_exchange(&from->is_blocked, false)) {
        hp_worker_post(from->worker, run_writable, from);
    }
    g_free(note);
}

static bool
has_room(struct fake_ice *end)
{
    if (atomic_load(&end->under_way) < WINDOW) {
        return true;
    }
    atomic_store(&end->is_blocked, true);
    // All may have arrived meanwhile, and then nobody would tell.
    if (atomic_load(&end->under_way) < WINDOW && atomic_exchange(&end->is_blocked, false)) {
        return true;
    }
    atomic_fetch_add(&end->blocks, 1);
    return false;
}

static bool
is_lost(struct fake_ice *end)
{
    end->seed = end->seed * 1664525u + 1013904223u;
    bool is_lost = (end->seed >> 8) % 100 < end->loss;
    atomic_fetch_add(&end->lost, is_lost ? 1 : 0);
    return is_lost;
}

static unsigned
send_run(struct hp_path *path, const struct hp_segment *segments, unsigned count)
{
    struct fake_ice *end = get_end_of_path(path);
    assert(hp_worker_is_current(end->worker));
    if (end->pair[0] == '\0' || end->state == HP_ICE_FAILED) {
        return count; // there is no way: lost
    }
    for (unsigned i = 0; i < count; i++) {
        assert(segments[i].size <= FAKE_ICE_MAX_PAYLOAD);
        if (!has_room(end)) {
            return i;
        }
        if (!is_lost(end)) {
            atomic_fetch_add(&end->under_way, 1);
            hp_worker_post(end->other->worker, run_datagram,
                    make_note(end->other, segments[i].data, segments[i].size));
        }
    }
    return count;
}

static size_t
max_payload(const struct hp_path *path)
{
    (void) path;
    return FAKE_ICE_MAX_PAYLOAD;
}

static enum hp_path_kind
kind(const struct hp_path *path)
{
    (void) path;
    return HP_PATH_WEBSOCKET; // what libnice never says
}

static const struct hp_path_ops path_ops = {
    .send_run = send_run, .max_payload = max_payload, .kind = kind,
};

// ---- the trait ----

static void
draw_credentials(struct fake_ice *end)
{
    unsigned number = atomic_load(&end->restarts);
    g_snprintf(end->local.ufrag, FAKE_ICE_TEXT, "%s%u", end->name, number);
    g_snprintf(end->local.password, FAKE_ICE_TEXT, "0123456789-%s-%08u", end->name, number);
}

static const char *
get_ufrag(const struct hp_ice *ice)
{
    return get_end(ice)->local.ufrag;
}

static const char *
get_password(const struct hp_ice *ice)
{
    return get_end(ice)->local.password;
}

static void
say_candidate(struct fake_ice *end, unsigned number)
{
    char *line = g_strdup_printf(
            "candidate:%u 1 udp 2113937151%s%u 9 typ host", number, CANDIDATE_MARK, number);
    end->ice.cbs->on_candidate(end->ice.cbs_arg, line);
    g_free(line);
}

static void
run_late_candidate(void *arg)
{
    struct fake_ice *end = arg;
    if (!end->is_closed) {
        say_candidate(end, 2);
    }
}

static bool
gather(struct hp_ice *ice)
{
    struct fake_ice *end = get_end(ice);
    assert(!end->has_gathered && end->ice.cbs != NULL);
    end->has_gathered = true;
    say_candidate(end, 1);
    hp_worker_post(end->worker, run_late_candidate, end);
    return true;
}

static void
set_controlling(struct hp_ice *ice, bool is_controlling)
{
    struct fake_ice *end = get_end(ice);
    assert(!end->has_remote);
    end->is_controlling = is_controlling;
}

static void
forget_remote(struct fake_ice *end)
{
    end->has_remote = false;
    end->remote_candidates = 0;
    if (end->state == HP_ICE_CONNECTED) {
        end->state = HP_ICE_CONNECTING;
    }
}

static void
restart(struct hp_ice *ice)
{
    struct fake_ice *end = get_end(ice);
    end->old = end->local;
    atomic_fetch_add(&end->restarts, 1);
    draw_credentials(end);
    forget_remote(end);
}

static void
undo_restart(struct hp_ice *ice)
{
    struct fake_ice *end = get_end(ice);
    assert(end->old.ufrag[0] != '\0');
    end->local = end->old;
    memset(&end->old, 0, sizeof(end->old));
    atomic_fetch_add(&end->undone, 1);
}

static void
set_remote(struct hp_ice *ice, const char *ufrag, const char *password)
{
    struct fake_ice *end = get_end(ice);
    if (end->has_remote && strcmp(end->remote.ufrag, ufrag) == 0) {
        return;
    }
    assert(!end->has_remote); // another one takes a restart of ours
    end->has_remote = true;
    g_strlcpy(end->remote.ufrag, ufrag, FAKE_ICE_TEXT);
    g_strlcpy(end->remote.password, password, FAKE_ICE_TEXT);
    check(end);
}

static void
add_candidate(struct hp_ice *ice, const char *line)
{
    struct fake_ice *end = get_end(ice);
    assert(hp_worker_is_current(end->worker));
    if (line[0] == '\0') {
        end->has_ended = true;
    } else if (strstr(line, CANDIDATE_MARK) == NULL
            || end->remote_candidates == HP_ICE_REMOTE_MAX) {
        end->dropped++;
    } else {
        end->remote_candidates++;
        check(end);
    }
}

static const char *
get_pair(const struct hp_ice *ice)
{
    return get_end(ice)->pair;
}

static bool
roam(struct hp_ice *ice)
{
    (void) ice;
    return false; // there are no addresses
}

static void
roam_back(struct hp_ice *ice)
{
    (void) ice;
}

static uint64_t
count_dropped(const struct hp_ice *ice)
{
    return get_end(ice)->dropped;
}

struct farewell {
    struct fake_ice *end;
    void (*on_gone)(void *arg);
    void *arg;
};

static void
run_gone(void *arg)
{
    struct farewell *farewell = arg;
    atomic_store(&farewell->end->is_gone, true);
    farewell->on_gone(farewell->arg);
    g_free(farewell);
}

static void
close_end(struct hp_ice *ice, void (*on_gone)(void *arg), void *arg)
{
    struct fake_ice *end = get_end(ice);
    assert(hp_worker_is_current(end->worker) && !end->is_closed);
    end->is_closed = true;
    struct farewell *farewell = g_new(struct farewell, 1);
    *farewell = (struct farewell) { .end = end, .on_gone = on_gone, .arg = arg };
    hp_worker_post(end->worker, run_gone, farewell);
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
    .dropped_candidates = count_dropped,
    .close = close_end,
};

static void
init_end(struct fake_ice *end, struct fake_ice *other, struct hp_worker *worker, const char *name)
{
    *end = (struct fake_ice) {
        .ice = { .ops = &ice_ops, .path = &end->path },
        .path = { .ops = &path_ops },
        .other = other,
        .worker = worker,
        .name = name,
    };
    draw_credentials(end);
}

void
fake_link_init(struct fake_link *link, struct hp_worker *server_worker,
        struct hp_worker *client_worker, unsigned loss)
{
    init_end(&link->server, &link->client, server_worker, "server");
    init_end(&link->client, &link->server, client_worker, "client");
    link->server.loss = link->client.loss = loss;
    link->server.seed = dice_seed();
    link->client.seed = dice_seed() + 1;
}

void
fake_ice_fail(void *arg)
{
    struct fake_ice *end = arg;
    end->state = HP_ICE_FAILED;
    end->ice.cbs->on_state(end->ice.cbs_arg, HP_ICE_FAILED);
}
