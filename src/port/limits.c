// limits.c - counts uses of a resource, for instance connections, in total and for each address.
// Owner: listener, http.  Thread: main.
#include "port/limits.h"

#include <assert.h>

#include <glib.h>

#include "port/remote.h"

enum { SPARED = 8 };

// Uses by one network.
struct count {
    unsigned strangers, known;
};

struct hp_limits {
    unsigned max_total;
    unsigned max_per_address;
    unsigned total;
    GHashTable *counts; // network -> count; no entry: none
    char *const *many; // networks without a limit of their own; NULL: none
};

struct hp_limits *
hp_limits_create(unsigned max_total, unsigned max_per_address)
{
    struct hp_limits *limits = g_new0(struct hp_limits, 1);
    limits->max_total = max_total == 0 ? G_MAXUINT : max_total;
    limits->max_per_address = max_per_address == 0 ? G_MAXUINT : max_per_address;
    limits->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return limits;
}

void
hp_limits_set_many(struct hp_limits *limits, char *const *networks)
{
    limits->many = networks;
}

void
hp_limits_destroy(struct hp_limits *limits)
{
    if (limits == NULL) {
        return;
    }
    g_hash_table_destroy(limits->counts);
    g_free(limits);
}

static struct count *
find_count(const struct hp_limits *limits, const char *address)
{
    char *network = hp_remote_network(address);
    struct count *count = g_hash_table_lookup(limits->counts, network);
    g_free(network);
    return count;
}

static struct count *
get_count(struct hp_limits *limits, const char *address)
{
    struct count *count = find_count(limits, address);
    if (count == NULL) {
        count = g_new0(struct count, 1);
        g_hash_table_insert(limits->counts, hp_remote_network(address), count);
    }
    return count;
}

// `spared`: what stays free of a limit, as one part of so many; 0: nothing.
static enum hp_limits_verdict
add(struct hp_limits *limits, const char *address, unsigned spared)
{
    const struct count *count = find_count(limits, address);
    unsigned most = limits->max_per_address - (spared == 0 ? 0 : limits->max_per_address / spared);
    unsigned most_total = limits->max_total - (spared == 0 ? 0 : limits->max_total / spared);
    if (count != NULL && count->strangers >= most
            && !hp_remote_is_trusted(address, limits->many)) {
        return HP_LIMITS_ADDRESS_FULL;
    }
    if (limits->total >= most_total) {
        return HP_LIMITS_FULL;
    }
    limits->total++;
    get_count(limits, address)->strangers++;
    return HP_LIMITS_OK;
}

enum hp_limits_verdict
hp_limits_add(struct hp_limits *limits, const char *address)
{
    return add(limits, address, 0);
}

enum hp_limits_verdict
hp_limits_add_modest(struct hp_limits *limits, const char *address)
{
    return add(limits, address, SPARED);
}

unsigned
hp_limits_count(const struct hp_limits *limits, const char *address)
{
    const struct count *count = find_count(limits, address);
    return count == NULL ? 0 : count->strangers + count->known;
}

bool
hp_limits_know(struct hp_limits *limits, const char *address)
{
    struct count *count = find_count(limits, address);
    assert(count != NULL && count->strangers > 0);
    if (count->known >= limits->max_total / 2 && !hp_remote_is_trusted(address, limits->many)) {
        return false;
    }
    count->strangers--;
    count->known++;
    return true;
}

static void
drop(struct hp_limits *limits, const char *address, bool is_known)
{
    struct count *count = find_count(limits, address);
    unsigned *uses = count == NULL ? NULL : is_known ? &count->known : &count->strangers;
    assert(uses != NULL && *uses > 0 && limits->total > 0);
    limits->total--;
    (*uses)--;
    if (count->strangers + count->known == 0) {
        char *network = hp_remote_network(address);
        g_hash_table_remove(limits->counts, network);
        g_free(network);
    }
}

void
hp_limits_remove(struct hp_limits *limits, const char *address)
{
    drop(limits, address, false);
}

void
hp_limits_remove_known(struct hp_limits *limits, const char *address)
{
    drop(limits, address, true);
}
