// resolver.c - turns names of servers into addresses: jobs look them up, again every 5 minutes.
// Owner: hp_rtc, hp_reach.  Thread: home; the look-up itself runs in a job.
#include "reach/resolver.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include <glib.h>

#define LOG_TAG "resolve"
#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"

enum {
    REFRESH_US = 5 * 60 * 1000 * 1000, // the address of a home line changes about once a day
    RETRY_US = 10 * 1000 * 1000,       // while a name is not known
};

struct name {
    char *text;
    bool is_address;
    bool is_timed; // looked up again by the timer, not only when it is wanted
    bool has_failed;
    int64_t looked_up_us; // when the last look-up began
    struct hp_resolved resolved;
    struct hp_resolver *resolver;
    struct hp_lookup *lookup; // NULL: none under way
};

struct hp_resolver {
    struct hp_worker *home;
    struct hp_jobs *jobs;
    GPtrArray *names;
    struct hp_timer refresh;
    void (*on_change)(void *arg); // NULL: nobody asks
    void *arg;
};

static void
arm(struct hp_resolver *resolver)
{
    bool has_unknown = false;
    bool has_name = false;
    for (unsigned i = 0; i < resolver->names->len; i++) {
        const struct name *name = g_ptr_array_index(resolver->names, i);
        bool is_timed = !name->is_address && name->is_timed;
        has_name = has_name || is_timed;
        has_unknown = has_unknown || (is_timed && name->resolved.count == 0);
    }
    if (has_name) {
        hp_timer_start(&resolver->refresh, has_unknown ? RETRY_US : REFRESH_US);
    }
}

static void
note_failure(struct name *name, int error)
{
    if (!name->has_failed && name->is_timed) {
        log_warn("the name %s cannot be resolved and will be tried again: %s",
                name->text, gai_strerror(error));
    }
    name->has_failed = true; // the addresses known before stay in use
}

static void
take_found(struct hp_resolver *resolver, struct name *name, const struct hp_resolved *found)
{
    bool is_new = memcmp(found, &name->resolved, sizeof(*found)) != 0;
    name->has_failed = false;
    name->resolved = *found;
    if (is_new && resolver->on_change != NULL) {
        resolver->on_change(resolver->arg);
    }
}

static void
on_looked_up(void *arg, const struct hp_resolved *found, int error)
{
    struct name *name = arg;
    name->lookup = NULL;
    if (error != 0) {
        note_failure(name, error);
    } else if (found->count > 0) {
        take_found(name->resolver, name, found);
    }
    arm(name->resolver);
}

static void
start_lookup(struct hp_resolver *resolver, struct name *name)
{
    if (name->is_address || name->lookup != NULL || resolver->jobs == NULL) {
        return;
    }
    name->lookup = hp_lookup_start(
            resolver->jobs, resolver->home, name->text, on_looked_up, name);
    if (name->lookup != NULL) {
        name->looked_up_us = hp_clock_now_us();
    } else {
        arm(resolver); // the pool of jobs is full: try later
    }
}

static void
on_refresh(void *arg)
{
    struct hp_resolver *resolver = arg;
    for (unsigned i = 0; i < resolver->names->len; i++) {
        struct name *name = g_ptr_array_index(resolver->names, i);
        if (name->is_timed) {
            start_lookup(resolver, name);
        }
    }
}

static void
destroy_name(void *arg)
{
    struct name *name = arg;
    hp_lookup_cancel(name->lookup);
    g_free(name->text);
    g_free(name);
}

struct hp_resolver *
hp_resolver_create(struct hp_worker *home, struct hp_jobs *jobs)
{
    struct hp_resolver *resolver = g_new0(struct hp_resolver, 1);
    resolver->home = home;
    resolver->jobs = jobs;
    resolver->names = g_ptr_array_new_with_free_func(destroy_name);
    hp_timer_init(&resolver->refresh, home, on_refresh, resolver);
    return resolver;
}

void
hp_resolver_destroy(struct hp_resolver *resolver)
{
    if (resolver == NULL) {
        return;
    }
    hp_timer_stop(&resolver->refresh);
    g_ptr_array_unref(resolver->names);
    g_free(resolver);
}

static struct name *
find_name(const struct hp_resolver *resolver, const char *text)
{
    for (unsigned i = 0; i < resolver->names->len; i++) {
        struct name *name = g_ptr_array_index(resolver->names, i);
        if (strcmp(name->text, text) == 0) {
            return name;
        }
    }
    return NULL;
}

static bool
is_address(const char *text)
{
    struct in6_addr address;
    return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

static void
add_name(struct hp_resolver *resolver, const char *text, bool is_timed)
{
    struct name *name = g_new0(struct name, 1);
    name->text = g_strdup(text);
    name->is_timed = is_timed;
    name->resolver = resolver;
    name->is_address = is_address(text);
    if (name->is_address) {
        g_strlcpy(name->resolved.addresses[0], text, HP_ADDRESS_TEXT_SIZE);
        name->resolved.count = 1;
    }
    g_ptr_array_add(resolver->names, name);
    start_lookup(resolver, name);
}

void
hp_resolver_watch(struct hp_resolver *resolver, void (*on_change)(void *arg), void *arg)
{
    resolver->on_change = on_change;
    resolver->arg = arg;
}

void
hp_resolver_add(struct hp_resolver *resolver, const char *text)
{
    assert(hp_worker_is_current(resolver->home));
    if (find_name(resolver, text) == NULL) {
        add_name(resolver, text, true);
    }
}

void
hp_resolver_want(struct hp_resolver *resolver, const char *text)
{
    assert(hp_worker_is_current(resolver->home));
    struct name *name = find_name(resolver, text);
    if (name == NULL) {
        add_name(resolver, text, false);
    } else if (!name->is_timed && hp_clock_now_us() - name->looked_up_us >= REFRESH_US) {
        start_lookup(resolver, name);
    }
}

bool
hp_resolver_find(
        const struct hp_resolver *resolver, const char *text, struct hp_resolved *resolved)
{
    const struct name *name = find_name(resolver, text);
    if (name == NULL || name->resolved.count == 0) {
        return false;
    }
    *resolved = name->resolved;
    return true;
}
