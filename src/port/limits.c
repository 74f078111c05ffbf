// limits.c - counts uses of a resource, for instance connections, in total and for each address.
// Owner: listener, http.  Thread: main.
#include "port/limits.h"

#include <assert.h>

#include <glib.h>

#include "port/remote.h"

struct hp_limits {
    unsigned max_total;
    unsigned max_per_address;
    unsigned total;
    GHashTable *counts; // network -> count; no entry: 0
    char *const *many; // networks without a limit of their own; NULL: none
};

struct hp_limits *
hp_limits_create(unsigned max_total, unsigned max_per_address)
{
    struct hp_limits *limits = g_new0(struct hp_limits, 1);
    limits->max_total = max_total == 0 ? G_MAXUINT : max_total;
    limits->max_per_address = max_per_address == 0 ? G_MAXUINT : max_per_address;
    limits->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
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

enum hp_limits_verdict
hp_limits_add(struct hp_limits *limits, const char *address)
{
    char *network = hp_remote_network(address);
    unsigned count = GPOINTER_TO_UINT(g_hash_table_lookup(limits->counts, network));
    bool is_full = count >= limits->max_per_address && !hp_remote_is_trusted(address, limits->many);
    enum hp_limits_verdict verdict = is_full     ? HP_LIMITS_ADDRESS_FULL
            : limits->total >= limits->max_total ? HP_LIMITS_FULL
                                                 : HP_LIMITS_OK;
    if (verdict == HP_LIMITS_OK) {
        limits->total++;
        g_hash_table_replace(limits->counts, g_strdup(network), GUINT_TO_POINTER(count + 1));
    }
    g_free(network);
    return verdict;
}

void
hp_limits_remove(struct hp_limits *limits, const char *address)
{
    char *network = hp_remote_network(address);
    unsigned count = GPOINTER_TO_UINT(g_hash_table_lookup(limits->counts, network));
    assert(count > 0 && limits->total > 0);
    limits->total--;
    if (count == 1) {
        g_hash_table_remove(limits->counts, network);
    } else {
        g_hash_table_replace(limits->counts, g_strdup(network), GUINT_TO_POINTER(count - 1));
    }
    g_free(network);
}
