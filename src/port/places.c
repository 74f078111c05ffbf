// places.c - the places that guests have among the connections of the HTTP server.
// Owner: http.  Thread: main.
#include "port/places.h"

#define LOG_TAG "http"
#include "base/clock.h"
#include "base/log.h"
#include "port/limits.h"
#include "port/remote.h"

enum {
    LOG_US = 60 * 1000 * 1000 // between two lines
};

// What an unproven guest has shown.
enum rank {
    RANK_NOTHING,
    RANK_SOMETHING,
    RANKS
};

// Who gives way: the oldest of that rank, if it has had that time.
struct step {
    enum rank rank;
    int64_t grace_us;
};

#define STEPS 3
// In any case: several round trips of a slow path.
static const struct step calm[STEPS] = { { RANK_NOTHING, 3000000 }, { RANK_SOMETHING, 3000000 },
    { RANK_SOMETHING, INT64_MAX } };
// Where nobody else could come in. What a guest shows at once takes a while to be known here. Who
// has shown something has one round trip of most paths: the longer it is, the fewer come in during
// a flood of those who show the same.
static const struct step crowded[STEPS] = { { RANK_NOTHING, 100000 }, { RANK_SOMETHING, 300000 },
    { RANK_NOTHING, 0 } };
// Where others than guests can make room.
static const struct step silent[STEPS] = { { RANK_NOTHING, 100000 }, { RANK_NOTHING, INT64_MAX },
    { RANK_NOTHING, INT64_MAX } };

// The unproven guests of one network.
struct group {
    char *network;
    GQueue ranks[RANKS]; // of places, oldest first
};

struct place {
    uint64_t number; // what the table of places is looked up by
    char *address;
    int64_t since_us;
    struct group *group; // NULL: proven, or leaving
    bool is_leaving; // evicted, yet its connection has not ended
    bool is_known; // counted among the known uses of its address
    enum rank rank;
    GList link; // of its group
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

static void
free_group(void *arg)
{
    struct group *group = arg;
    g_free(group->network);
    g_free(group);
}

void
hp_places_init(struct hp_places *places)
{
    places->all = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_place);
    places->groups = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_group);
}

void
hp_places_finish(struct hp_places *places)
{
    g_hash_table_unref(places->all);
    g_hash_table_unref(places->groups);
}

// ---- groups ----

static struct group *
find_group(const struct hp_places *places, const char *address)
{
    char *network = hp_remote_network(address);
    struct group *group = g_hash_table_lookup(places->groups, network);
    g_free(network);
    return group;
}

static void
join_group(struct hp_places *places, struct place *place)
{
    struct group *group = find_group(places, place->address);
    if (group == NULL) {
        group = g_new0(struct group, 1);
        group->network = hp_remote_network(place->address);
        g_hash_table_insert(places->groups, group->network, group);
    }
    g_queue_push_tail_link(&group->ranks[place->rank], &place->link);
    place->group = group;
    places->unproven++;
}

static unsigned
count_guests(const struct group *group)
{
    return group == NULL ? 0
                         : group->ranks[RANK_NOTHING].length + group->ranks[RANK_SOMETHING].length;
}

static void
leave_group(struct hp_places *places, struct place *place)
{
    struct group *group = place->group;
    if (group == NULL) {
        return;
    }
    g_queue_unlink(&group->ranks[place->rank], &place->link);
    place->group = NULL;
    places->unproven--;
    if (count_guests(group) == 0) {
        g_hash_table_remove(places->groups, group->network);
    }
}

// ---- who gives way ----

// A line once a minute: whoever causes it does so often.
static void
tell(struct hp_places *places)
{
    int64_t now_us = hp_clock_now_us();
    if (places->told_us != 0 && now_us - places->told_us < LOG_US) {
        return;
    }
    places->told_us = now_us;
    log_warn("too many connections of STUN, TURN or media have not shown whose they are: until now "
             "%" G_GUINT64_FORMAT " gave way to others, %" G_GUINT64_FORMAT " were refused",
            places->evicted, places->refused);
}

// NULL: nobody who has had that time.
static struct place *
choose(const struct group *group, const struct step steps[STEPS])
{
    for (unsigned i = 0; group != NULL && i < STEPS; i++) {
        const GList *head = group->ranks[steps[i].rank].head;
        struct place *place = head == NULL ? NULL : head->data;
        if (place != NULL && hp_clock_silence_us(place->since_us) >= steps[i].grace_us) {
            return place;
        }
    }
    return NULL;
}

// Of two that give way: does the first one go first?
static bool
is_before(const struct place *place, const struct place *other)
{
    unsigned count = count_guests(place->group);
    unsigned other_count = count_guests(other->group);
    return count > other_count || (count == other_count && place->number < other->number);
}

// In the network that has most of those who give way.
static struct place *
choose_anywhere(const struct hp_places *places, const struct step steps[STEPS])
{
    GHashTableIter iter;
    gpointer value;
    struct place *chosen = NULL;
    g_hash_table_iter_init(&iter, places->groups);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct place *place = choose(value, steps);
        if (place != NULL && (chosen == NULL || is_before(place, chosen))) {
            chosen = place;
        }
    }
    return chosen;
}

static bool
evict(struct hp_places *places, struct place *place)
{
    if (place == NULL || places->leaving == HP_PLACES_LEAVING_MAX) {
        return false;
    }
    leave_group(places, place);
    hp_limits_remove(places->connections, place->address);
    place->is_leaving = true;
    places->leaving++;
    places->evicted++;
    tell(places);
    places->on_evict(places->arg, place->number);
    return true;
}

static bool
evict_from(struct hp_places *places, const char *address, const struct step steps[STEPS])
{
    return evict(places,
            address == NULL ? choose_anywhere(places, steps)
                            : choose(find_group(places, address), steps));
}

bool
hp_places_evict(struct hp_places *places, const char *address)
{
    return evict_from(places, address, crowded);
}

bool
hp_places_evict_silent(struct hp_places *places, const char *address)
{
    return evict_from(places, address, silent);
}

static bool
has_room(struct hp_places *places, const char *address)
{
    while (count_guests(find_group(places, address)) >= HP_PLACES_UNPROVEN_MAX
            && evict(places, choose(find_group(places, address), calm))) {
    }
    bool is_rush = count_guests(find_group(places, address)) >= HP_PLACES_RUSH_MAX;
    return (!is_rush || hp_places_evict(places, address))
            && (places->unproven < HP_PLACES_TOTAL_MAX || hp_places_evict(places, NULL));
}

// ---- the way of a guest ----

uint64_t
hp_places_add(struct hp_places *places, const char *address)
{
    if (!has_room(places, address)) {
        places->refused++;
        tell(places);
        return 0;
    }
    struct place *place = g_new0(struct place, 1);
    place->number = ++places->last_number;
    place->address = g_strdup(address);
    place->since_us = hp_clock_now_us();
    place->link.data = place;
    join_group(places, place);
    g_hash_table_insert(places->all, &place->number, place);
    return place->number;
}

void
hp_places_prefer(struct hp_places *places, uint64_t guest)
{
    struct place *place = find_place(places, guest);
    if (place != NULL && place->group != NULL && place->rank == RANK_NOTHING) {
        g_queue_unlink(&place->group->ranks[RANK_NOTHING], &place->link);
        place->rank = RANK_SOMETHING;
        g_queue_push_tail_link(&place->group->ranks[RANK_SOMETHING], &place->link);
    }
}

void
hp_places_prove(struct hp_places *places, uint64_t guest)
{
    struct place *place = find_place(places, guest);
    if (place == NULL) {
        return;
    }
    if (place->group != NULL) {
        place->is_known = hp_limits_know(places->connections, place->address);
    }
    leave_group(places, place);
}

void
hp_places_remove(struct hp_places *places, uint64_t guest)
{
    struct place *place = find_place(places, guest);
    if (place == NULL) {
        return;
    }
    if (place->is_leaving) {
        places->leaving--;
    } else if (place->is_known) {
        hp_limits_remove_known(places->connections, place->address);
    } else {
        leave_group(places, place);
        hp_limits_remove(places->connections, place->address);
    }
    g_hash_table_remove(places->all, &place->number);
}
