// tries.c - log-ins, counted per address (IPv6: per network of 64 bits), and per address and name.
// Owner: hp_entrance.  Thread: main.
//
// A name that fails too often from an address is refused there for a while. An address that fails
// too often under many names is only slowed down, since several hundred people may share it. So is
// an IPv6 site (48 bits), of which one subscriber can own 65,536 networks. Who was
// turned away, as the name is refused or too many wait, and comes back with the same name and
// password is looked at, up to a rate: a guesser has no use for a guess that he has made, so he
// takes no place from a neighbour who tries again.
#include "member/tries.h"

#include <glib.h>

#include "base/bucket.h"
#include "base/clock.h"
#include "member/returns.h"
#include "port/remote.h"

enum {
    NAME_FAILURES = 10, // failures of a name from one address that are allowed at once
    ADDRESS_FAILURES = 60, // failures of an address under all names
    SITE_FAILURES = 600, // failures of an IPv6 site
    WINDOW_S = 60, // seconds until all of them are allowed again
    ENTRIES = 600, // people that may come in from one address at once
    ENTRIES_PER_S = 20,
    MAX_WAITS = 32, // slow tries of one address under way
    MAX_SITE_WAITS = 128,
    RETURNS = 20, // of an address, at once and each second
    SITE_RETURNS = 80,
    MAX_ADDRESSES = 4096, // addresses that are remembered: those that came last
    MAX_NAMES = 16384, // names that are remembered; others count for their address only
    FORGET_US = 2 * WINDOW_S * 1000000,
    CLEANING_US = 1000000, // at least between two searches for names that can be forgotten
};

struct address { // or a site
    char *key; // its network, or its site
    struct hp_bucket failures, entries, returns;
    unsigned waits;
    GList link; // in `recent`
};

struct limits {
    unsigned failures; // until the window has passed
    unsigned returns; // a second
};

static const struct limits address_limits = { ADDRESS_FAILURES, RETURNS };
static const struct limits site_limits = { SITE_FAILURES, SITE_RETURNS };

struct hp_tries {
    GHashTable *addresses; // key -> struct address
    GQueue recent; // of struct address: the last is the one that was counted last
    GHashTable *names; // network and name -> struct hp_bucket of failures
    struct hp_returns *returns; // network, name and password
    int64_t cleaned_us; // `names`
};

static void
free_address(gpointer data)
{
    struct address *address = data;
    g_free(address->key);
    g_free(address);
}

struct hp_tries *
hp_tries_create(void)
{
    struct hp_tries *tries = g_new0(struct hp_tries, 1);
    tries->addresses = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_address);
    g_queue_init(&tries->recent);
    tries->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    tries->returns = hp_returns_create();
    return tries;
}

void
hp_tries_destroy(struct hp_tries *tries)
{
    if (tries != NULL) {
        g_hash_table_destroy(tries->addresses);
        g_hash_table_destroy(tries->names);
        hp_returns_destroy(tries->returns);
        g_free(tries);
    }
}

static bool
has_no_token(struct hp_bucket *bucket)
{
    hp_bucket_take(bucket, 0); // fills the bucket up to now
    return bucket->tokens < 1;
}

// ---- addresses ----

// Takes the key. NULL: nothing has been counted, or there is no key.
static struct address *
look_up(const struct hp_tries *tries, char *key)
{
    struct address *address = key == NULL ? NULL : g_hash_table_lookup(tries->addresses, key);
    g_free(key);
    return address;
}

static struct address *
find_address(const struct hp_tries *tries, const char *text)
{
    return look_up(tries, hp_remote_network(text));
}

static struct address *
find_site(const struct hp_tries *tries, const char *text)
{
    return look_up(tries, hp_remote_site(text));
}

// Forgets the address that was counted longest ago: newcomers never share the count of a crowd that
// fails from thousands of networks. An address with a slow try under way stays; those tries are
// fewer than the addresses.
static void
forget_oldest(struct hp_tries *tries)
{
    for (GList *link = tries->recent.head; link != NULL; link = link->next) {
        struct address *address = link->data;
        if (address->waits == 0) {
            g_queue_unlink(&tries->recent, link);
            g_hash_table_remove(tries->addresses, address->key);
            return;
        }
    }
}

static struct address *
add(struct hp_tries *tries, const char *key, const struct limits *limits)
{
    if (g_hash_table_size(tries->addresses) >= MAX_ADDRESSES) {
        forget_oldest(tries);
    }
    struct address *address = g_new0(struct address, 1);
    address->key = g_strdup(key);
    address->link.data = address;
    hp_bucket_init(&address->failures, (double) limits->failures / WINDOW_S, limits->failures);
    hp_bucket_init(&address->returns, limits->returns, limits->returns);
    hp_bucket_init(&address->entries, ENTRIES_PER_S, ENTRIES);
    g_hash_table_insert(tries->addresses, address->key, address);
    return address;
}

// Takes the key. It becomes the one that was counted last.
static struct address *
count(struct hp_tries *tries, char *key, const struct limits *limits)
{
    struct address *address = g_hash_table_lookup(tries->addresses, key);
    if (address == NULL) {
        address = add(tries, key, limits);
    } else {
        g_queue_unlink(&tries->recent, &address->link);
    }
    g_queue_push_tail_link(&tries->recent, &address->link);
    g_free(key);
    return address;
}

static struct address *
count_address(struct hp_tries *tries, const char *text)
{
    return count(tries, hp_remote_network(text), &address_limits);
}

// NULL: the address is of no site.
static struct address *
count_site(struct hp_tries *tries, const char *text)
{
    char *key = hp_remote_site(text);
    return key == NULL ? NULL : count(tries, key, &site_limits);
}

// ---- names ----

static gboolean
is_old_name(gpointer key, gpointer value, gpointer data)
{
    const struct hp_bucket *failures = value;
    const int64_t *min_us = data;
    (void) key;
    return failures->filled_us < *min_us;
}

// The key of a name at an address. A name that is too long for a person has the key of its start.
static char *
make_key(const char *address, const char *name)
{
    char *network = hp_remote_network(address);
    char *key = g_strdup_printf("%s %.256s", network, name);
    g_free(network);
    return key;
}

static void
forget_old_names(struct hp_tries *tries)
{
    int64_t now_us = hp_clock_now_us();
    int64_t min_us = now_us - FORGET_US;
    if (now_us - tries->cleaned_us >= CLEANING_US) {
        tries->cleaned_us = now_us;
        g_hash_table_foreach_remove(tries->names, is_old_name, &min_us);
    }
}

static void
add_name_failure(struct hp_tries *tries, const char *address, const char *name)
{
    char *key = make_key(address, name);
    struct hp_bucket *failures = g_hash_table_lookup(tries->names, key);
    if (failures == NULL && g_hash_table_size(tries->names) >= MAX_NAMES) {
        forget_old_names(tries);
    }
    if (failures == NULL && g_hash_table_size(tries->names) < MAX_NAMES) {
        failures = g_new(struct hp_bucket, 1);
        hp_bucket_init(failures, (double) NAME_FAILURES / WINDOW_S, NAME_FAILURES);
        g_hash_table_insert(tries->names, g_strdup(key), failures);
    }
    if (failures != NULL) {
        hp_bucket_take(failures, 1);
    }
    g_free(key);
}

static char *
make_return_key(const struct hp_tries_login *login)
{
    char *network = hp_remote_network(login->address);
    char *key = g_strdup_printf("%s %.256s %s", network, login->name, login->password);
    g_free(network);
    return key;
}

// Is it the turn of one who was turned away and has come back?
static bool
take_return(struct hp_tries *tries, const struct hp_tries_login *login,
        struct address *const counted[2])
{
    bool has_waited = true;
    char *key = make_return_key(login);
    for (int i = 0; i < 2; i++) {
        has_waited &= counted[i] == NULL || !has_no_token(&counted[i]->returns);
    }
    has_waited &= hp_returns_has_waited(tries->returns, key);
    if (has_waited) {
        hp_returns_forget(tries->returns, key);
    }
    g_free(key);
    for (int i = 0; i < 2 && has_waited; i++) {
        if (counted[i] != NULL) {
            hp_bucket_take(&counted[i]->returns, 1);
        }
    }
    return has_waited;
}

static bool
is_slow(struct address *address)
{
    return address != NULL && has_no_token(&address->failures);
}

static enum hp_tries_verdict
judge(const struct hp_tries *tries, const char *key, struct address *const counted[2],
        unsigned *wait_s)
{
    struct hp_bucket *failures = g_hash_table_lookup(tries->names, key);
    if (failures != NULL && has_no_token(failures)) {
        *wait_s = hp_bucket_wait_s(failures, 1);
        return HP_TRIES_REFUSED;
    }
    return is_slow(counted[0]) || is_slow(counted[1]) ? HP_TRIES_SLOWLY : HP_TRIES_NOW;
}

enum hp_tries_verdict
hp_tries_judge(
        struct hp_tries *tries, const struct hp_tries_login *login, unsigned *wait_s)
{
    char *key = make_key(login->address, login->name);
    struct address *const counted[] = { find_address(tries, login->address),
        find_site(tries, login->address) };
    enum hp_tries_verdict verdict = judge(tries, key, counted, wait_s);
    g_free(key);
    bool is_return = verdict != HP_TRIES_NOW && take_return(tries, login, counted);
    return is_return ? HP_TRIES_NOW : verdict;
}

void
hp_tries_add_failure(struct hp_tries *tries, const char *address, const char *name)
{
    add_name_failure(tries, address, name);
    hp_bucket_take(&count_address(tries, address)->failures, 1);
    struct address *site = count_site(tries, address);
    if (site != NULL) {
        hp_bucket_take(&site->failures, 1);
    }
}

void
hp_tries_turn_away(struct hp_tries *tries, const struct hp_tries_login *login)
{
    char *key = make_return_key(login);
    hp_returns_note(tries->returns, key);
    g_free(key);
}

bool
hp_tries_begin_wait(struct hp_tries *tries, const char *address)
{
    struct address *total = count_address(tries, address);
    struct address *site = find_site(tries, address);
    if (total->waits >= MAX_WAITS || (site != NULL && site->waits >= MAX_SITE_WAITS)) {
        return false;
    }
    total->waits++;
    site = count_site(tries, address);
    if (site != NULL) {
        site->waits++;
    }
    return true;
}

void
hp_tries_end_wait(struct hp_tries *tries, const char *address)
{
    struct address *const counted[] = { find_address(tries, address), find_site(tries, address) };
    for (size_t i = 0; i < G_N_ELEMENTS(counted); i++) {
        if (counted[i] != NULL && counted[i]->waits > 0) {
            counted[i]->waits--;
        }
    }
}

bool
hp_tries_may_enter(struct hp_tries *tries, const char *address)
{
    struct address *total = find_address(tries, address);
    return total == NULL || !has_no_token(&total->entries);
}

void
hp_tries_add_entry(struct hp_tries *tries, const char *address)
{
    hp_bucket_take(&count_address(tries, address)->entries, 1);
}
