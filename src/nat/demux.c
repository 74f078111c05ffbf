// demux.c - which peer a datagram of the shared port belongs to.
// Owner: hp_ingress.  Thread: worker 0.
#include "nat/demux.h"

#include <string.h>

#include <glib.h>

#include "base/clock.h"
#include "nat/limits.h"
#include "nat/stun.h"

enum {
    CLAIM_US = 10 * 1000 * 1000, // how long DTLS from a pair that is not verified is passed on
    // Checks that cost an HMAC. A browser sends about 20 in its first second; a reverse proxy or
    // docker's userland proxy makes one address of a whole room.
    ADDRESS_RATE = 1000,
    ADDRESS_BURST = 3000,
    PEER_RATE = 50, // from pairs that are not verified
    PEER_BURST = 100,
    VALID_RATE = 100, // from pairs that are verified
    VALID_BURST = 200,
    STRAY_RATE = 100, // of all that costs a look at every peer
    STRAY_BURST = 200,
    STRAY_ADDRESS_RATE = 20, // of it, so that nobody alone takes all
    STRAY_ADDRESS_BURST = 50,
    RFC3489_HEADER = 20,
    LENGTH_AT = 2,
};

// What tells two flows apart.
struct key {
    struct hp_carrier *carrier;
    struct hp_addr local, remote;
};

// A pair of addresses of a peer.
struct place {
    struct key key; // what the table of places is looked up by
    struct entry *entry;
    bool is_valid;
    int64_t since_us;
};

struct entry {
    struct hp_demux_peer peer;
    char *ufrags[HP_DEMUX_UFRAGS]; // the newest first
    struct place *valid[HP_DEMUX_VALID_MAX];
    struct place *claimed[HP_DEMUX_CLAIMED_MAX];
    unsigned next_valid, next_claimed; // where the next one goes, in a circle
    struct hp_bucket checks, valid_checks;
    unsigned stray_turn; // when it was given a stray last
};

struct hp_demux {
    GHashTable *entries; // by handle
    GHashTable *ufrags; // of entries
    GHashTable *places; // by key
    struct hp_limits limits;
    struct hp_bucket strays;
    struct hp_limits stray_limits;
    unsigned stray_turns;
};

static guint
hash_key(gconstpointer arg)
{
    const struct key *key = arg;
    guint sum = g_direct_hash(key->carrier) ^ key->remote.port ^ ((guint) key->local.port << 16);
    for (size_t i = 0; i < sizeof(key->remote.ip); i += sizeof(guint)) {
        guint remote, local;
        memcpy(&remote, &key->remote.ip[i], sizeof(remote));
        memcpy(&local, &key->local.ip[i], sizeof(local));
        sum = (sum ^ remote) * 0x9e3779b1u + local;
    }
    return sum ^ sum >> 16;
}

static gboolean
is_equal_key(gconstpointer first, gconstpointer second)
{
    const struct key *a = first;
    const struct key *b = second;
    return a->carrier == b->carrier && hp_addr_equal(&a->remote, &b->remote)
            && hp_addr_equal(&a->local, &b->local);
}

static struct key
make_key(const struct hp_flow *flow)
{
    return (struct key){ .carrier = flow->carrier, .local = flow->local, .remote = flow->remote };
}

static void
forget_place(struct hp_demux *demux, struct place *place)
{
    if (place == NULL) {
        return;
    }
    if (g_hash_table_lookup(demux->places, &place->key) == place) {
        g_hash_table_remove(demux->places, &place->key);
    }
    g_free(place);
}

static struct place *
find_place(const struct hp_demux *demux, const struct hp_flow *flow)
{
    struct key key = make_key(flow);
    return g_hash_table_lookup(demux->places, &key);
}

// Another peer's place of the same key stays its peer's, but is found no more.
static struct place *
add_place(struct hp_demux *demux, struct entry *entry, const struct hp_flow *flow, bool is_valid)
{
    struct place *place = g_new0(struct place, 1);
    place->key = make_key(flow);
    place->entry = entry;
    place->is_valid = is_valid;
    place->since_us = hp_clock_now_us();
    g_hash_table_replace(demux->places, &place->key, place);
    return place;
}

static void
forget_ufrag(struct hp_demux *demux, struct entry *entry, unsigned i)
{
    char *ufrag = g_steal_pointer(&entry->ufrags[i]);
    if (ufrag != NULL && g_hash_table_lookup(demux->ufrags, ufrag) == entry) {
        g_hash_table_remove(demux->ufrags, ufrag);
    }
    g_free(ufrag);
}

static void
add_ufrag(struct hp_demux *demux, struct entry *entry, const char *ufrag)
{
    unsigned last = 0; // the one that gives way: itself where it is known, else the oldest
    while (last < HP_DEMUX_UFRAGS - 1
            && (entry->ufrags[last] == NULL || strcmp(entry->ufrags[last], ufrag) != 0)) {
        last++;
    }
    forget_ufrag(demux, entry, last);
    memmove(&entry->ufrags[1], entry->ufrags, last * sizeof(*entry->ufrags));
    entry->ufrags[0] = g_strdup(ufrag);
    g_hash_table_replace(demux->ufrags, entry->ufrags[0], entry);
}

struct hp_demux *
hp_demux_create(void)
{
    struct hp_demux *demux = g_new0(struct hp_demux, 1);
    demux->entries = g_hash_table_new(g_direct_hash, g_direct_equal);
    demux->ufrags = g_hash_table_new(g_str_hash, g_str_equal);
    demux->places = g_hash_table_new(hash_key, is_equal_key);
    hp_limits_init(&demux->limits, ADDRESS_RATE, ADDRESS_BURST);
    hp_bucket_init(&demux->strays, STRAY_RATE, STRAY_BURST);
    hp_limits_init(&demux->stray_limits, STRAY_ADDRESS_RATE, STRAY_ADDRESS_BURST);
    return demux;
}

void
hp_demux_destroy(struct hp_demux *demux)
{
    if (demux == NULL) {
        return;
    }
    GList *entries = g_hash_table_get_values(demux->entries);
    for (GList *link = entries; link != NULL; link = link->next) {
        hp_demux_remove(demux, ((struct entry *) link->data)->peer.handle);
    }
    g_list_free(entries);
    g_hash_table_unref(demux->entries);
    g_hash_table_unref(demux->ufrags);
    g_hash_table_unref(demux->places);
    g_free(demux);
}

void
hp_demux_add(struct hp_demux *demux, const struct hp_demux_peer *peer, const char *ufrag)
{
    struct entry *entry = g_hash_table_lookup(demux->entries, GUINT_TO_POINTER(peer->handle));
    if (entry == NULL) {
        entry = g_new0(struct entry, 1);
        entry->peer = *peer;
        hp_bucket_init(&entry->checks, PEER_RATE, PEER_BURST);
        hp_bucket_init(&entry->valid_checks, VALID_RATE, VALID_BURST);
        g_hash_table_insert(demux->entries, GUINT_TO_POINTER(peer->handle), entry);
    }
    add_ufrag(demux, entry, ufrag);
}

void
hp_demux_remove(struct hp_demux *demux, uint32_t handle)
{
    struct entry *entry = g_hash_table_lookup(demux->entries, GUINT_TO_POINTER(handle));
    if (entry == NULL) {
        return;
    }
    for (unsigned i = 0; i < HP_DEMUX_UFRAGS; i++) {
        forget_ufrag(demux, entry, i);
    }
    for (unsigned i = 0; i < HP_DEMUX_VALID_MAX; i++) {
        forget_place(demux, entry->valid[i]);
    }
    for (unsigned i = 0; i < HP_DEMUX_CLAIMED_MAX; i++) {
        forget_place(demux, entry->claimed[i]);
    }
    g_hash_table_remove(demux->entries, GUINT_TO_POINTER(handle));
    g_free(entry);
}

void
hp_demux_validate(struct hp_demux *demux, uint32_t handle, const struct hp_flow *flow)
{
    struct entry *entry = g_hash_table_lookup(demux->entries, GUINT_TO_POINTER(handle));
    struct place *known = find_place(demux, flow);
    if (entry == NULL || (known != NULL && known->entry == entry && known->is_valid)) {
        return;
    }
    struct place **slot = &entry->valid[entry->next_valid];
    forget_place(demux, *slot);
    *slot = add_place(demux, entry, flow, true);
    entry->next_valid = (entry->next_valid + 1) % HP_DEMUX_VALID_MAX;
}

// Notes where a check came from: DTLS from there may come before its peer has told us that the
// check was authentic.
static void
claim(struct hp_demux *demux, struct entry *entry, const struct hp_flow *flow, struct place *known)
{
    if (known != NULL && known->entry == entry) {
        known->since_us = hp_clock_now_us();
        return;
    }
    if (known != NULL && known->is_valid) {
        return; // another peer's; only a verified check takes it away
    }
    struct place **slot = &entry->claimed[entry->next_claimed];
    forget_place(demux, *slot);
    *slot = add_place(demux, entry, flow, false);
    entry->next_claimed = (entry->next_claimed + 1) % HP_DEMUX_CLAIMED_MAX;
}

static bool
may_check(struct hp_demux *demux, struct entry *entry, const struct hp_flow *flow,
        const struct place *known)
{
    if (known != NULL && known->entry == entry && known->is_valid) {
        return hp_bucket_take(&entry->valid_checks, 1);
    }
    // The peer's own limit first: a flood at one peer leaves the address' share to its neighbours.
    return hp_bucket_take(&entry->checks, 1) && hp_limits_take(&demux->limits, &flow->remote);
}

static enum hp_demux_verdict
route_check(struct hp_demux *demux, const struct hp_flow *flow, const struct hp_stun_peek *peek,
        struct hp_demux_peer *peer)
{
    char ufrag[HP_STUN_UFRAG_MAX + 1];
    memcpy(ufrag, peek->ufrag, peek->ufrag_size); // hp_stun_peek() bounds it
    ufrag[peek->ufrag_size] = '\0';
    struct entry *entry = g_hash_table_lookup(demux->ufrags, ufrag);
    if (entry == NULL || strlen(ufrag) != peek->ufrag_size) {
        return HP_DEMUX_UNKNOWN_UFRAG;
    }
    struct place *known = find_place(demux, flow);
    if (!may_check(demux, entry, flow, known)) {
        return HP_DEMUX_LIMITED;
    }
    claim(demux, entry, flow, known);
    *peer = entry->peer;
    return HP_DEMUX_PEER;
}

static enum hp_demux_verdict
route_answer(struct hp_demux *demux, const struct hp_flow *flow, const uint8_t *id,
        struct hp_demux_peer *peer)
{
    uint32_t handle = hp_stun_id_handle(id);
    struct entry *entry = g_hash_table_lookup(demux->entries, GUINT_TO_POINTER(handle));
    if (entry == NULL) {
        return HP_DEMUX_SERVICE;
    }
    if (!may_check(demux, entry, flow, find_place(demux, flow))) {
        return HP_DEMUX_LIMITED;
    }
    *peer = entry->peer;
    return HP_DEMUX_PEER;
}

static bool
is_classic(const uint8_t *data, size_t size)
{
    return size >= RFC3489_HEADER
            && size - RFC3489_HEADER
            == ((size_t) data[LENGTH_AT] << 8 | data[LENGTH_AT + 1]);
}

static enum hp_demux_verdict
route_stun(struct hp_demux *demux, const struct hp_flow *flow, const uint8_t *data, size_t size,
        struct hp_demux_peer *peer)
{
    struct hp_stun_peek peek;
    if (!hp_stun_peek(data, size, &peek)) {
        return is_classic(data, size) ? HP_DEMUX_SERVICE : HP_DEMUX_MALFORMED;
    }
    switch (peek.kind) {
    case HP_STUN_CHECK: return route_check(demux, flow, &peek, peer);
    case HP_STUN_ANSWER: return route_answer(demux, flow, peek.id, peer);
    case HP_STUN_INDICATION:
        return find_place(demux, flow) != NULL ? HP_DEMUX_IGNORE : HP_DEMUX_SERVICE;
    case HP_STUN_OTHER: break;
    }
    return HP_DEMUX_SERVICE;
}

// Is it another port of an address that the peer has?
static bool
is_near(const struct entry *entry, const struct hp_flow *flow)
{
    for (unsigned i = 0; i < HP_DEMUX_VALID_MAX; i++) {
        const struct place *place = entry->valid[i];
        if (place != NULL && place->key.carrier == flow->carrier
                && hp_addr_equal_ip(&place->key.remote, &flow->remote)
                && hp_addr_equal(&place->key.local, &flow->local)) {
            return true;
        }
    }
    return false;
}

// A router that has forgotten its mappings gives a browser another port, from which media and DTLS
// come seconds before the browser's next check. The peers of that address take turns.
static enum hp_demux_verdict
route_stray(struct hp_demux *demux, const struct hp_flow *flow, struct hp_demux_peer *peer)
{
    struct entry *chosen = NULL;
    GHashTableIter iter;
    gpointer value;
    if (!hp_limits_take(&demux->stray_limits, &flow->remote)
            || !hp_bucket_take(&demux->strays, 1)) {
        return HP_DEMUX_UNKNOWN_ADDRESS;
    }
    g_hash_table_iter_init(&iter, demux->entries);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct entry *entry = value;
        if (is_near(entry, flow) && (chosen == NULL || entry->stray_turn < chosen->stray_turn)) {
            chosen = entry;
        }
    }
    if (chosen == NULL) {
        return HP_DEMUX_UNKNOWN_ADDRESS;
    }
    chosen->stray_turn = ++demux->stray_turns;
    *peer = chosen->peer;
    return HP_DEMUX_PEER;
}

// DTLS, RTP and RTCP.
static enum hp_demux_verdict
route_media(struct hp_demux *demux, const struct hp_flow *flow, bool is_dtls,
        struct hp_demux_peer *peer)
{
    const struct place *place = find_place(demux, flow);
    bool is_claimed = place != NULL && !place->is_valid && is_dtls
            && hp_clock_now_us() - place->since_us < CLAIM_US;
    if (place == NULL || (!place->is_valid && !is_claimed)) {
        return route_stray(demux, flow, peer);
    }
    if (is_claimed && !hp_bucket_take(&place->entry->checks, 1)) {
        return HP_DEMUX_LIMITED;
    }
    *peer = place->entry->peer;
    return HP_DEMUX_PEER;
}

enum hp_demux_verdict
hp_demux_route(struct hp_demux *demux, const struct hp_flow *flow, const uint8_t *data,
        size_t size, struct hp_demux_peer *peer)
{
    if (size == 0) {
        return HP_DEMUX_MALFORMED;
    }
    if (data[0] <= 3) {
        return route_stun(demux, flow, data, size, peer);
    }
    if (data[0] >= 20 && data[0] <= 63) {
        return route_media(demux, flow, true, peer);
    }
    if (data[0] >= 64 && data[0] <= 79) {
        return HP_DEMUX_SERVICE; // ChannelData
    }
    if (data[0] >= 128 && data[0] <= 191) {
        return route_media(demux, flow, false, peer);
    }
    return HP_DEMUX_MALFORMED;
}
