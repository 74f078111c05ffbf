// tries.c - failed log-ins, counted per address (IPv6: per network of 64 bits).
// Owner: hp_rest.  Thread: main.
//
// Only failures count: a whole room may log in from behind one address.
#include "dialect/tries.h"

#include <math.h>

#include <glib.h>

#include "base/clock.h"
#include "port/remote.h"
#include "base/bucket.h"

enum {
    FAILURES = 10, // failures that are allowed at once
    WINDOW_S = 60, // seconds until all of them are allowed again
    MAX_ADDRESSES = 4096, // addresses that are remembered; all others share one count
    FORGET_US = 2 * WINDOW_S * 1000000,
};

// The name under which addresses without a place of their own are counted.
#define OTHERS "others"

struct hp_tries {
    GHashTable *buckets; // network -> struct hp_bucket
};

struct hp_tries *
hp_tries_create(void)
{
    struct hp_tries *tries = g_new0(struct hp_tries, 1);
    tries->buckets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return tries;
}

void
hp_tries_destroy(struct hp_tries *tries)
{
    if (tries != NULL) {
        g_hash_table_destroy(tries->buckets);
        g_free(tries);
    }
}

static bool
is_full(const struct hp_tries *tries)
{
    return g_hash_table_size(tries->buckets) >= MAX_ADDRESSES;
}

static struct hp_bucket *
find_bucket(const struct hp_tries *tries, const char *network)
{
    struct hp_bucket *bucket = g_hash_table_lookup(tries->buckets, network);
    if (bucket == NULL && is_full(tries)) {
        bucket = g_hash_table_lookup(tries->buckets, OTHERS);
    }
    return bucket;
}

unsigned
hp_tries_get_wait(struct hp_tries *tries, const char *address)
{
    char *network = hp_remote_network(address);
    struct hp_bucket *bucket = find_bucket(tries, network);
    g_free(network);
    if (bucket == NULL) {
        return 0;
    }
    hp_bucket_take(bucket, 0); // fills the bucket up to now
    return bucket->tokens >= 1 ? 0 : (unsigned) ceil((1 - bucket->tokens) / bucket->rate);
}

static gboolean
is_old(gpointer key, gpointer value, gpointer data)
{
    const struct hp_bucket *bucket = value;
    const int64_t *min_us = data;
    (void) key;
    return bucket->filled_us < *min_us;
}

static struct hp_bucket *
add_bucket(struct hp_tries *tries, const char *network)
{
    struct hp_bucket *bucket = g_new(struct hp_bucket, 1);
    hp_bucket_init(bucket, (double) FAILURES / WINDOW_S, FAILURES);
    g_hash_table_insert(tries->buckets, g_strdup(network), bucket);
    return bucket;
}

void
hp_tries_add_failure(struct hp_tries *tries, const char *address)
{
    if (is_full(tries)) {
        int64_t min_us = hp_clock_now_us() - FORGET_US;
        g_hash_table_foreach_remove(tries->buckets, is_old, &min_us);
    }
    char *network = hp_remote_network(address);
    struct hp_bucket *bucket = find_bucket(tries, network);
    if (bucket == NULL) {
        bucket = add_bucket(tries, is_full(tries) ? OTHERS : network);
    }
    hp_bucket_take(bucket, 1);
    g_free(network);
}
