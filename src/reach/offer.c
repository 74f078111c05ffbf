// offer.c - which of our addresses one browser is offered, and in which order.
// Owner: none, pure.  Thread: any.
#include "reach/offer.h"

#include <string.h>

#include <glib.h>

enum {
    NEVER = -1,
    CANDIDATES_MAX = HP_OWN_MAX + HP_PUBLIC_MAX + 2 * HP_HOST_MAX,
};

struct ranked {
    int rank;
    const char *text;
    uint16_t port;
    enum hp_offer_origin origin;
};

struct list {
    unsigned count;
    struct ranked items[CANDIDATES_MAX];
};

static bool
is_listed(const struct hp_offer_address *addresses, unsigned count, const char *text)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(addresses[i].text, text) == 0) {
            return true;
        }
    }
    return false;
}

static bool
is_gateway(const struct hp_own *own, const char *address)
{
    return strcmp(own->gateways[0], address) == 0 || strcmp(own->gateways[1], address) == 0;
}

// Docker's proxy, rootless Podman and a router that translates what its LAN sends to its public
// address all make everybody look like our gateway. The hosts of the viewer are not asked: they are
// what he says, and who says his own address would pass for a neighbour behind our router.
static enum hp_place
find_place(const struct hp_offer_facts *facts, const char *address)
{
    enum hp_address_class class =
            address == NULL ? HP_ADDRESS_INVALID : hp_address_classify(address);
    if (class == HP_ADDRESS_INVALID || class == HP_ADDRESS_NAME) {
        return HP_PLACE_UNKNOWN;
    }
    if (class == HP_ADDRESS_LOOPBACK || hp_own_find(facts->own, address) != NULL) {
        return HP_PLACE_HOST;
    }
    if (is_gateway(facts->own, address)) {
        return HP_PLACE_UNKNOWN;
    }
    if (hp_own_find_neighbour(facts->own, address) != NULL) {
        return HP_PLACE_NETWORK;
    }
    if (is_listed(facts->publics, facts->public_count, address)) {
        return HP_PLACE_ROUTER;
    }
    return class == HP_ADDRESS_PRIVATE || class == HP_ADDRESS_LINK_LOCAL ? HP_PLACE_NETWORK
                                                                         : HP_PLACE_FAR;
}

static bool
is_public_class(enum hp_address_class class)
{
    return class == HP_ADDRESS_PUBLIC || class == HP_ADDRESS_RESERVED; // for test networks
}

static int
rank_own(const struct hp_own_address *own, const struct hp_offer_viewer *viewer,
        enum hp_place place)
{
    bool is_loopback = own->class == HP_ADDRESS_LOOPBACK;
    bool is_neighbour = viewer->address != NULL && hp_own_is_neighbour(own, viewer->address);
    if (is_loopback) {
        return place == HP_PLACE_HOST && viewer->may_have_loopback ? 0 : NEVER;
    }
    if ((own->class != HP_ADDRESS_PRIVATE && !is_public_class(own->class))
            || (own->is_virtual && !is_neighbour)) {
        return NEVER;
    }
    switch (place) {
    case HP_PLACE_HOST: return 1;
    case HP_PLACE_NETWORK: return is_neighbour ? 0 : 2;
    case HP_PLACE_ROUTER:
    case HP_PLACE_UNKNOWN: return 0;
    case HP_PLACE_FAR: return is_public_class(own->class) ? 1 : 3;
    }
    return NEVER;
}

// The page has come by the host's address, which is a good sign for media.
static int
rank_host(const char *text, enum hp_place place)
{
    enum hp_address_class class = hp_address_classify(text);
    bool is_public = is_public_class(class);
    if (!is_public && class != HP_ADDRESS_PRIVATE) {
        return NEVER;
    }
    switch (place) {
    case HP_PLACE_HOST: return 2;
    case HP_PLACE_NETWORK:
    case HP_PLACE_ROUTER:
    case HP_PLACE_UNKNOWN: return 1;
    case HP_PLACE_FAR: return is_public ? 0 : 3;
    }
    return NEVER;
}

static int
rank_public(const char *text, enum hp_place place)
{
    enum hp_address_class class = hp_address_classify(text);
    if (class == HP_ADDRESS_LOOPBACK) {
        return place == HP_PLACE_HOST ? 0 : 3; // an operator has named it, for a tunnel
    }
    switch (place) {
    case HP_PLACE_HOST:
    case HP_PLACE_NETWORK: return 3;
    case HP_PLACE_ROUTER:
    case HP_PLACE_UNKNOWN: return 2;
    case HP_PLACE_FAR: return 1;
    }
    return NEVER;
}

static void
add(struct list *list, int rank, const char *text, uint16_t port, enum hp_offer_origin origin)
{
    if (rank != NEVER && list->count < CANDIDATES_MAX) {
        list->items[list->count++] = (struct ranked){ rank, text, port, origin };
    }
}

// The router has said by which UDP port we are reached.
static bool
is_mapped(const struct hp_offer_facts *facts, const char *text)
{
    for (unsigned i = 0; i < facts->public_count; i++) {
        const struct hp_offer_address *address = &facts->publics[i];
        if (address->origin == HP_OFFER_MAPPED && strcmp(address->text, text) == 0) {
            return true;
        }
    }
    return false;
}

// A port that is published or forwarded for the page may have another number than ours, by TCP and
// by UDP: one rule of a router or of Docker is mostly made for both.
static void
rank_all(const struct hp_offer_facts *facts, const struct hp_offer_viewer *viewer,
        enum hp_place place, struct list *list)
{
    for (unsigned i = 0; i < facts->own->count; i++) {
        const struct hp_own_address *own = &facts->own->addresses[i];
        add(list, rank_own(own, viewer, place), own->text, 0, HP_OFFER_OWN);
    }
    for (unsigned i = 0; i < viewer->host_count; i++) {
        const struct hp_offer_address *host = &viewer->hosts[i];
        int rank = rank_host(host->text, place);
        if (host->port != 0 && !is_mapped(facts, host->text)) {
            add(list, rank, host->text, host->port, HP_OFFER_PAGE);
        }
        add(list, rank, host->text, host->port, HP_OFFER_HOST);
    }
    for (unsigned i = 0; i < facts->public_count; i++) {
        const struct hp_offer_address *address = &facts->publics[i];
        add(list, rank_public(address->text, place), address->text, address->port,
                address->origin);
    }
}

// An address of ours at the port of the socket is the same by every other name.
static bool
has(const struct hp_offer *offer, const struct ranked *item)
{
    for (unsigned i = 0; i < offer->count; i++) {
        const struct hp_offer_address *other = &offer->addresses[i];
        bool is_page = other->origin == HP_OFFER_PAGE && item->origin == HP_OFFER_HOST;
        if (strcmp(other->text, item->text) == 0
                && ((other->port == item->port && !is_page) || other->origin == HP_OFFER_OWN)) {
            return true;
        }
    }
    return false;
}

static bool
is_own(const struct list *list, const struct ranked *item)
{
    for (unsigned i = 0; i < list->count; i++) {
        const struct ranked *other = &list->items[i];
        if (other->origin == HP_OFFER_OWN && strcmp(other->text, item->text) == 0) {
            return true;
        }
    }
    return false;
}

// When the page was opened by an address of ours, that one comes first.
static void
merge_own(struct list *list)
{
    for (unsigned i = 0; i < list->count; i++) {
        struct ranked *item = &list->items[i];
        if (item->origin != HP_OFFER_OWN && is_own(list, item)) {
            item->origin = HP_OFFER_OWN;
            item->port = 0;
        }
    }
}

static bool
is_of_family(const char *text, const char *other)
{
    return (strchr(text, ':') != NULL) == (strchr(other, ':') != NULL);
}

static void
take_rank(const struct list *list, int rank, const char *viewer, bool is_same_family,
        struct hp_offer *offer)
{
    for (unsigned i = 0; i < list->count && offer->count < HP_OFFER_MAX; i++) {
        const struct ranked *item = &list->items[i];
        bool is_same = viewer == NULL || is_of_family(item->text, viewer);
        if (item->rank != rank || is_same != is_same_family || has(offer, item)) {
            continue;
        }
        struct hp_offer_address *address = &offer->addresses[offer->count++];
        g_strlcpy(address->text, item->text, sizeof(address->text));
        address->port = item->port;
        address->origin = item->origin;
    }
}

void
hp_offer_make(const struct hp_offer_facts *facts, const struct hp_offer_viewer *viewer,
        struct hp_offer *offer)
{
    static const int worst_rank = 3;
    struct list list = { 0 };
    *offer = (struct hp_offer){ .place = find_place(facts, viewer->address) };
    rank_all(facts, viewer, offer->place, &list);
    merge_own(&list);
    for (int rank = 0; rank <= worst_rank; rank++) {
        take_rank(&list, rank, viewer->address, true, offer);
        take_rank(&list, rank, viewer->address, false, offer);
    }
}

const char *
hp_place_name(enum hp_place place)
{
    switch (place) {
    case HP_PLACE_UNKNOWN: return "somewhere";
    case HP_PLACE_HOST: return "on this host";
    case HP_PLACE_NETWORK: return "in our network";
    case HP_PLACE_ROUTER: return "behind our public address";
    case HP_PLACE_FAR: return "far";
    }
    return "somewhere";
}
