// places.c - the places that guests have among the connections of the HTTP server.
// Owner: http.  Thread: main.
#include "edge/places.h"

#include "port/limits.h"
#include "port/remote.h"

struct place {
    uint64_t number; // what the table of places is looked up by
    char *address;
    bool is_proven;
    GList link; // of the unproven ones
};

static struct place *
find_place(const struct hp_places *places, uint64_t guest)
{
    return g_hash_table_lookup(places->all, &guest);
}

static void
free_place(void *arg)
{
    struct place *place = arg;
    g_free(place->address);
    g_free(place);
}

void
hp_places_init(struct hp_places *places)
{
    places->all = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_place);
    places->unproven_limits = hp_limits_create(0, HP_PLACES_UNPROVEN_MAX);
    g_queue_init(&places->unproven);
}

void
hp_places_finish(struct hp_places *places)
{
    g_hash_table_unref(places->all);
    hp_limits_destroy(places->unproven_limits);
}

static void
set_proven(struct hp_places *places, struct place *place)
{
    if (!place->is_proven) {
        place->is_proven = true;
        g_queue_unlink(&places->unproven, &place->link);
        hp_limits_remove(places->unproven_limits, place->address);
    }
}

void
hp_places_prove(struct hp_places *places, uint64_t guest)
{
    struct place *place = find_place(places, guest);
    if (place != NULL) {
        set_proven(places, place);
    }
}

void
hp_places_remove(struct hp_places *places, uint64_t guest)
{
    struct place *place = find_place(places, guest);
    if (place == NULL) {
        return;
    }
    set_proven(places, place); // it is unproven no more
    hp_limits_remove(places->connections, place->address);
    g_hash_table_remove(places->all, &place->number);
}

bool
hp_places_evict(struct hp_places *places, const char *address)
{
    for (GList *link = places->unproven.head; link != NULL; link = link->next) {
        const struct place *place = link->data;
        if (address == NULL || hp_remote_is_same_network(place->address, address)) {
            uint64_t guest = place->number;
            hp_places_remove(places, guest);
            places->on_evict(places->arg, guest);
            return true;
        }
    }
    return false;
}

uint64_t
hp_places_add(struct hp_places *places, const char *address)
{
    struct place *place = g_new0(struct place, 1);
    place->number = ++places->last_number;
    place->address = g_strdup(address);
    place->link.data = place;
    while (hp_limits_add(places->unproven_limits, address) != HP_LIMITS_OK) {
        (void) hp_places_evict(places, address); // one of that network is there
    }
    g_queue_push_tail_link(&places->unproven, &place->link);
    g_hash_table_insert(places->all, &place->number, place);
    return place->number;
}
