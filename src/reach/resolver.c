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
#include "base/job.h"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"

enum {
    REFRESH_US = 5 * 60 * 1000 * 1000, // the address of a home line changes about once a day
    RETRY_US = 10 * 1000 * 1000,       // while a name is not known
    SAID_MAX = 32,                     // names that browsers said
};

struct name {
    char *text;
    bool is_address;
    bool is_said; // by a browser: looked up when it is said, not by the timer
    bool has_failed;
    int64_t looked_up_us; // when the last look-up began
    struct hp_resolved resolved;
    struct lookup *lookup; // NULL: none under way
};

struct hp_resolver {
    struct hp_worker *home;
    struct hp_jobs *jobs;
    GPtrArray *names;
    struct hp_timer refresh;
    void (*on_change)(void *arg); // NULL: nobody asks
    void *arg;
};

struct lookup {
    char *text;
    struct hp_resolver *resolver; // NULL: the resolver has been destroyed
    struct name *name;
    int error;
    struct hp_resolved found;
};

static void
add_found(struct hp_resolved *resolved, const struct addrinfo *info)
{
    char *text = resolved->addresses[resolved->count];
    if (resolved->count < HP_RESOLVED_MAX
            && getnameinfo(info->ai_addr, info->ai_addrlen, text, HP_ADDRESS_TEXT_SIZE, NULL, 0,
                       NI_NUMERICHOST)
                    == 0) {
        resolved->count++;
    }
}

static void
look_up(void *arg)
{
    struct lookup *lookup = arg;
    struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
    struct addrinfo *list = NULL;
    lookup->error = getaddrinfo(lookup->text, NULL, &hints, &list);
    if (lookup->error != 0) {
        return;
    }
    static const int families[] = { AF_INET, AF_INET6 };
    for (unsigned i = 0; i < G_N_ELEMENTS(families); i++) {
        for (const struct addrinfo *info = list; info != NULL; info = info->ai_next) {
            if (info->ai_family == families[i]) {
                add_found(&lookup->found, info);
            }
        }
    }
    freeaddrinfo(list);
}

static void
arm(struct hp_resolver *resolver)
{
    bool has_unknown = false;
    bool has_name = false;
    for (unsigned i = 0; i < resolver->names->len; i++) {
        const struct name *name = g_ptr_array_index(resolver->names, i);
        bool is_timed = !name->is_address && !name->is_said;
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
    if (!name->has_failed && !name->is_said) {
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
on_looked_up(void *arg)
{
    struct lookup *lookup = arg;
    struct hp_resolver *resolver = lookup->resolver;
    if (resolver != NULL) {
        struct name *name = lookup->name;
        name->lookup = NULL;
        if (lookup->error != 0) {
            note_failure(name, lookup->error);
        } else if (lookup->found.count > 0) {
            take_found(resolver, name, &lookup->found);
        }
        arm(resolver);
    }
    g_free(lookup->text);
    g_free(lookup);
}

static void
start_lookup(struct hp_resolver *resolver, struct name *name)
{
    if (name->is_address || name->lookup != NULL || resolver->jobs == NULL) {
        return;
    }
    struct lookup *lookup = g_new0(struct lookup, 1);
    lookup->text = g_strdup(name->text);
    lookup->resolver = resolver;
    lookup->name = name;
    if (!hp_jobs_run(resolver->jobs, look_up, on_looked_up, lookup, resolver->home)) {
        g_free(lookup->text);
        g_free(lookup);
        arm(resolver); // the pool of jobs is full: try later
        return;
    }
    name->lookup = lookup;
    name->looked_up_us = hp_clock_now_us();
}

static void
on_refresh(void *arg)
{
    struct hp_resolver *resolver = arg;
    for (unsigned i = 0; i < resolver->names->len; i++) {
        struct name *name = g_ptr_array_index(resolver->names, i);
        if (!name->is_said) {
            start_lookup(resolver, name);
        }
    }
}

static void
destroy_name(void *arg)
{
    struct name *name = arg;
    if (name->lookup != NULL) {
        name->lookup->resolver = NULL;
    }
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
add_name(struct hp_resolver *resolver, const char *text, bool is_said)
{
    struct name *name = g_new0(struct name, 1);
    name->text = g_strdup(text);
    name->is_said = is_said;
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
        add_name(resolver, text, false);
    }
}

// Makes room for one more.
static void
drop_oldest_said(struct hp_resolver *resolver)
{
    unsigned count = 0;
    unsigned oldest = 0;
    for (unsigned i = 0; i < resolver->names->len; i++) {
        const struct name *name = g_ptr_array_index(resolver->names, i);
        oldest = name->is_said && count == 0 ? i : oldest;
        count += name->is_said;
    }
    if (count >= SAID_MAX) {
        g_ptr_array_remove_index(resolver->names, oldest);
    }
}

void
hp_resolver_add_said(struct hp_resolver *resolver, const char *text)
{
    assert(hp_worker_is_current(resolver->home));
    struct name *name = find_name(resolver, text);
    if (name == NULL) {
        drop_oldest_said(resolver);
        add_name(resolver, text, true);
    } else if (name->is_said && hp_clock_now_us() - name->looked_up_us >= REFRESH_US) {
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
