// hosts.c - the names by which visitors have opened the page, and their addresses.
// Owner: hp_reach.  Thread: home.
#include "reach/hosts.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include <glib.h>

#include "base/clock.h"
#include "base/worker.h"
#include "port/remote.h"
#include "reach/lookup.h"

enum {
    REFRESH_US = 5 * 60 * 1000 * 1000, // the address of a home line changes about once a day
    UNUSED_MAX = 32,                   // names that are known, and that no socket uses
};

struct name {
    char *text;
    struct hp_hosts *hosts;
    unsigned uses;
    bool is_wanted; // its look-up waits until its client has none under way
    int64_t looked_up_us; // when the last look-up began; 0: never
    struct hp_resolved resolved;
    struct hp_lookup *lookup; // NULL: none under way
    char *client; // for whom `lookup` runs
};

struct use {
    uint64_t id; // of a socket
    char *client;
    struct name *name;
};

struct hp_hosts {
    struct hp_worker *home;
    struct hp_jobs *jobs;
    GPtrArray *names; // the oldest first
    GPtrArray *uses; // the oldest first
};

static void
destroy_name(void *arg)
{
    struct name *name = arg;
    hp_lookup_cancel(name->lookup);
    g_free(name->client);
    g_free(name->text);
    g_free(name);
}

static void
destroy_use(void *arg)
{
    struct use *use = arg;
    g_free(use->client);
    g_free(use);
}

static struct name *
find_name(const struct hp_hosts *hosts, const char *text)
{
    for (unsigned i = 0; i < hosts->names->len; i++) {
        struct name *name = g_ptr_array_index(hosts->names, i);
        if (strcmp(name->text, text) == 0) {
            return name;
        }
    }
    return NULL;
}

static bool
is_idle(const struct name *name)
{
    return name->uses == 0 && name->lookup == NULL;
}

// A look-up under way counts for its client to its end, even if the socket has gone.
static void
drop_unused(struct hp_hosts *hosts)
{
    unsigned kept = 0;
    for (unsigned i = hosts->names->len; i-- > 0;) {
        const struct name *name = g_ptr_array_index(hosts->names, i);
        bool is_kept = !is_idle(name) || (name->resolved.count > 0 && kept < UNUSED_MAX);
        kept += is_kept && is_idle(name);
        if (!is_kept) {
            g_ptr_array_remove_index(hosts->names, i);
        }
    }
}

static bool
is_busy(const struct hp_hosts *hosts, const char *client)
{
    for (unsigned i = 0; i < hosts->names->len; i++) {
        const struct name *name = g_ptr_array_index(hosts->names, i);
        if (name->lookup != NULL && strcmp(name->client, client) == 0) {
            return true;
        }
    }
    return false;
}

static void start_lookups(struct hp_hosts *hosts);

static void
on_looked_up(void *arg, const struct hp_resolved *found, int error)
{
    struct name *name = arg;
    struct hp_hosts *hosts = name->hosts;
    name->lookup = NULL;
    g_clear_pointer(&name->client, g_free);
    if (error == 0 && found->count > 0) {
        name->resolved = *found; // else the addresses known before stay in use
    }
    drop_unused(hosts);
    start_lookups(hosts);
}

static void
start_lookup(struct hp_hosts *hosts, struct name *name, const char *client)
{
    name->lookup = hp_lookup_start(hosts->jobs, hosts->home, name->text, on_looked_up, name);
    if (name->lookup != NULL) { // else the pool is full, and who ends there comes back here
        name->client = g_strdup(client);
        name->is_wanted = false;
        name->looked_up_us = hp_clock_now_us();
    }
}

static void
start_lookups(struct hp_hosts *hosts)
{
    for (unsigned i = 0; i < hosts->uses->len; i++) {
        const struct use *use = g_ptr_array_index(hosts->uses, i);
        if (use->name->is_wanted && !is_busy(hosts, use->client)) {
            start_lookup(hosts, use->name, use->client);
        }
    }
}

struct hp_hosts *
hp_hosts_create(struct hp_worker *home, struct hp_jobs *jobs)
{
    struct hp_hosts *hosts = g_new0(struct hp_hosts, 1);
    hosts->home = home;
    hosts->jobs = jobs;
    hosts->names = g_ptr_array_new_with_free_func(destroy_name);
    hosts->uses = g_ptr_array_new_with_free_func(destroy_use);
    return hosts;
}

void
hp_hosts_destroy(struct hp_hosts *hosts)
{
    if (hosts == NULL) {
        return;
    }
    g_ptr_array_unref(hosts->uses);
    g_ptr_array_unref(hosts->names);
    g_free(hosts);
}

static bool
is_address(const char *text)
{
    struct in6_addr address;
    return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

static struct name *
take_name(struct hp_hosts *hosts, const char *text)
{
    struct name *name = find_name(hosts, text);
    if (name == NULL) {
        name = g_new0(struct name, 1);
        name->text = g_strdup(text);
        name->hosts = hosts;
        g_ptr_array_add(hosts->names, name);
    }
    bool is_old = name->looked_up_us == 0
            || hp_clock_now_us() - name->looked_up_us >= REFRESH_US;
    name->is_wanted = name->is_wanted || (is_old && name->lookup == NULL);
    name->uses++;
    return name;
}

void
hp_hosts_add(struct hp_hosts *hosts, uint64_t id, const char *client, const char *text)
{
    assert(hp_worker_is_current(hosts->home));
    hp_hosts_remove(hosts, id);
    if (is_address(text)) {
        return;
    }
    struct use *use = g_new0(struct use, 1);
    use->id = id;
    use->client = client == NULL ? g_strdup("") : hp_remote_network(client);
    use->name = take_name(hosts, text);
    g_ptr_array_add(hosts->uses, use);
    start_lookups(hosts);
}

void
hp_hosts_remove(struct hp_hosts *hosts, uint64_t id)
{
    for (unsigned i = 0; i < hosts->uses->len; i++) {
        const struct use *use = g_ptr_array_index(hosts->uses, i);
        if (use->id == id) {
            use->name->uses--;
            g_ptr_array_remove_index(hosts->uses, i);
            drop_unused(hosts);
            return;
        }
    }
}

bool
hp_hosts_find(const struct hp_hosts *hosts, const char *text, struct hp_resolved *resolved)
{
    if (is_address(text)) {
        *resolved = (struct hp_resolved){ .count = 1 };
        g_strlcpy(resolved->addresses[0], text, HP_ADDRESS_TEXT_SIZE);
        return true;
    }
    const struct name *name = find_name(hosts, text);
    if (name == NULL || name->resolved.count == 0) {
        return false;
    }
    *resolved = name->resolved;
    return true;
}
