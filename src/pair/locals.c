// locals.c - the addresses of ours at the shared port.
// Owner: hp_shared_ice.  Thread: the peer's worker.
// RFC 8445 section 5.1, RFC 8421 (IPv4 and IPv6 take turns).
#include "pair/locals.h"

#include <string.h>

#include <glib.h>
#include <nice/interfaces.h>

#include "wire/address.h"

enum {
    HOST_PREFERENCE = 126, // RFC 8445 section 5.1.2.2
    PRFLX_PREFERENCE = 110,
    TCP_HOST_PREFERENCE = 90, // below all of UDP (RFC 6544 section 4.2); as browsers have them
    TCP_PRFLX_PREFERENCE = 80,
    PASSIVE_DIRECTION = 4, // RFC 6544 section 4.2
    DIRECTION_SHIFT = 13,
    COMPONENT_PART = 255, // 256 - 1
    TOP_PREFERENCE = 0xffff,
    BASE_PREFERENCE = TOP_PREFERENCE - 64, // of the first address of an interface
    STEP = 16, // between two addresses; public ones of an address come in between
};

static void
add_base(struct hp_locals *locals, const char *text)
{
    struct hp_addr addr;
    if (locals->base_count == HP_ICE_LOCAL_MAX
            || !hp_address_is_usable(text, locals->with_loopback, true)
            || !hp_addr_parse(&addr, text, locals->port)) {
        return;
    }
    unsigned same_family = 0;
    for (unsigned i = 0; i < locals->base_count; i++) {
        if (hp_addr_equal(&locals->bases[i].addr, &addr)) {
            return;
        }
        same_family += hp_addr_is_ipv4(&locals->bases[i].addr) == hp_addr_is_ipv4(&addr);
    }
    // Half a step makes the families take turns, the browser's first.
    bool is_other = locals->base_count > 0
            && hp_addr_is_ipv4(&locals->bases[0].addr) != hp_addr_is_ipv4(&addr);
    unsigned rank = 2 * same_family + is_other;
    locals->bases[locals->base_count++] = (struct hp_local){
        .addr = addr,
        .preference = (uint16_t) (BASE_PREFERENCE - rank * STEP),
    };
}

static void
add_bases(struct hp_locals *locals, const char *const *interfaces)
{
    for (unsigned i = 0; interfaces != NULL && interfaces[i] != NULL; i++) {
        add_base(locals, interfaces[i]);
    }
    if (interfaces != NULL) {
        return;
    }
    GList *list = nice_interfaces_get_local_ips(locals->with_loopback);
    for (GList *link = list; link != NULL; link = link->next) {
        add_base(locals, link->data);
    }
    g_list_free_full(list, g_free);
}

static bool
is_ours(const struct hp_locals *locals, const struct hp_addr *addr)
{
    for (unsigned i = 0; i < locals->base_count; i++) {
        if (hp_addr_equal(&locals->bases[i].addr, addr)) {
            return true;
        }
    }
    for (unsigned i = 0; i < locals->public_count; i++) {
        if (hp_addr_equal(&locals->publics[i], addr)) {
            return true;
        }
    }
    return false;
}

static void
find_tcp_ports(struct hp_locals *locals, const struct hp_tcp_places *places)
{
    for (unsigned i = 0; i < locals->base_count; i++) {
        locals->bases[i].tcp_ports = hp_tcp_places_find(places, &locals->bases[i].addr);
    }
}

// An address may be known by several UDP ports, and has each TCP port once.
static bool
has_tcp_port(const struct hp_locals *locals, const struct hp_addr *addr, uint16_t tcp_port)
{
    for (unsigned i = 0; i < locals->public_count; i++) {
        if (hp_addr_equal_ip(&locals->publics[i], addr)
                && hp_tcp_ports_has(&locals->public_tcp_ports[i], tcp_port)) {
            return true;
        }
    }
    return false;
}

static void
add_public(struct hp_locals *locals, const struct hp_addr *addr, const struct hp_tcp_ports *ports)
{
    if (locals->public_count == HP_LOCALS_PUBLIC_MAX || is_ours(locals, addr)) {
        return;
    }
    struct hp_tcp_ports unsaid = { 0 };
    for (unsigned i = 0; i < HP_TCP_PORTS_MAX; i++) {
        if (!has_tcp_port(locals, addr, ports->list[i])) {
            hp_tcp_ports_add(&unsaid, ports->list[i]);
        }
    }
    locals->public_tcp_ports[locals->public_count] = unsaid;
    locals->publics[locals->public_count++] = *addr;
}

static void
add_publics(struct hp_locals *locals, const struct hp_locals_params *params)
{
    struct hp_tcp_ports own = { 0 };
    if (params->tcp_places != NULL) {
        own = hp_tcp_places_outside(params->tcp_places);
    }
    for (unsigned i = 0; i < params->public_count; i++) {
        uint16_t udp_port = params->public_udp_ports[i];
        struct hp_tcp_ports given = { { params->public_tcp_ports[i] } };
        struct hp_addr addr;
        if (hp_addr_parse(&addr, params->public_addresses[i],
                    udp_port != 0 ? udp_port : params->port)) {
            bool is_own = given.list[0] == 0 || own.list[0] == 0;
            add_public(locals, &addr, is_own ? &own : &given);
        }
    }
}

void
hp_locals_init(struct hp_locals *locals, const struct hp_locals_params *params)
{
    *locals = (struct hp_locals){
        .with_loopback = params->with_loopback,
        .is_far = params->is_far,
        .port = params->port,
    };
    if (params->outside != NULL) {
        hp_addr_parse(&locals->outside, params->outside, 0);
    }
    add_bases(locals, params->interfaces);
    if (params->tcp_places != NULL) {
        find_tcp_ports(locals, params->tcp_places);
    }
    add_publics(locals, params);
}

static uint32_t
to_priority(unsigned type_preference, unsigned local_preference)
{
    return type_preference << 24 | local_preference << 8 | COMPONENT_PART;
}

static uint32_t
to_tcp_priority(unsigned type_preference, unsigned preference)
{
    unsigned other = preference & ((1u << DIRECTION_SHIFT) - 1);
    return to_priority(type_preference, (unsigned) PASSIVE_DIRECTION << DIRECTION_SHIFT | other);
}

// `tcp_port`: 0: the candidate is of UDP.
static void
write_host(const struct hp_addr *addr, uint16_t tcp_port, unsigned preference, unsigned foundation,
        char *line)
{
    bool is_tcp = tcp_port != 0;
    struct hp_candidate candidate = {
        .component = 1,
        .transport = is_tcp ? HP_CANDIDATE_TCP : HP_CANDIDATE_UDP,
        .priority = is_tcp ? to_tcp_priority(TCP_HOST_PREFERENCE, preference)
                           : to_priority(HOST_PREFERENCE, preference),
        .port = is_tcp ? tcp_port : addr->port,
        .type = HP_CANDIDATE_HOST,
        .tcp_type = is_tcp ? HP_CANDIDATE_TCP_PASSIVE : HP_CANDIDATE_TCP_NONE,
    };
    g_snprintf(candidate.foundation, sizeof(candidate.foundation), "%u", foundation);
    hp_addr_write(addr, candidate.address, sizeof(candidate.address));
    hp_candidate_write(&candidate, line, HP_CANDIDATE_TEXT_MAX);
}

// A router's address is a further host candidate: the best one for a browser that is far, else just
// below the first of our own addresses.
static unsigned
public_preference(const struct hp_locals *locals, unsigned i)
{
    return (locals->is_far ? TOP_PREFERENCE : BASE_PREFERENCE) - (i + 1);
}

// The n-th address in the order of the offer: what a browser hears first, it checks first.
static struct hp_local
get_offered(const struct hp_locals *locals, unsigned n)
{
    unsigned first_public = locals->is_far ? 0 : locals->base_count;
    unsigned first_base = locals->is_far ? locals->public_count : 0;
    if (n < first_public || n >= first_public + locals->public_count) {
        return locals->bases[n - first_base];
    }
    unsigned k = n - first_public;
    return (struct hp_local){
        .addr = locals->publics[k],
        .preference = (uint16_t) public_preference(locals, k),
        .tcp_ports = locals->public_tcp_ports[k],
    };
}

// Finds the i-th candidate; *tcp_port is 0 if it is of UDP. False: there are no more.
static bool
find_candidate(
        const struct hp_locals *locals, unsigned i, struct hp_local *local, uint16_t *tcp_port)
{
    unsigned count = locals->base_count + locals->public_count;
    if (i < count) {
        *local = get_offered(locals, i);
        *tcp_port = 0;
        return true;
    }
    unsigned left = i - count; // ports of TCP before the wanted one
    for (unsigned n = 0; n < count * HP_TCP_PORTS_MAX; n++) {
        *local = get_offered(locals, n / HP_TCP_PORTS_MAX);
        *tcp_port = local->tcp_ports.list[n % HP_TCP_PORTS_MAX];
        if (*tcp_port != 0 && left-- == 0) {
            return true;
        }
    }
    return false;
}

bool
hp_locals_write(const struct hp_locals *locals, unsigned i, char *line)
{
    struct hp_local local;
    uint16_t tcp_port;
    if (!find_candidate(locals, i, &local, &tcp_port)) {
        return false;
    }
    write_host(&local.addr, tcp_port, local.preference, i + 1, line);
    return true;
}

bool
hp_locals_has_candidate(
        const struct hp_locals *other, const struct hp_locals *locals, unsigned i)
{
    struct hp_local wanted, known;
    uint16_t wanted_port, known_port;
    bool is_there = find_candidate(locals, i, &wanted, &wanted_port);
    for (unsigned n = 0; is_there && find_candidate(other, n, &known, &known_port); n++) {
        bool is_same = wanted_port == 0 ? hp_addr_equal(&known.addr, &wanted.addr)
                                        : hp_addr_equal_ip(&known.addr, &wanted.addr);
        if (is_same && known_port == wanted_port) {
            return true;
        }
    }
    return false;
}

bool
hp_locals_has_base(const struct hp_locals *locals, const struct hp_addr *addr)
{
    for (unsigned i = 0; i < locals->base_count; i++) {
        if (hp_addr_equal_ip(&locals->bases[i].addr, addr)) {
            return true;
        }
    }
    return false;
}

static unsigned
find_preference(const struct hp_locals *locals, const struct hp_addr *local)
{
    for (unsigned i = 0; i < locals->base_count; i++) {
        if (hp_addr_equal_ip(&locals->bases[i].addr, local)) {
            return locals->bases[i].preference;
        }
    }
    return 0;
}

uint32_t
hp_locals_host_priority(
        const struct hp_locals *locals, const struct hp_addr *local, bool is_tcp)
{
    unsigned preference = find_preference(locals, local);
    return is_tcp ? to_tcp_priority(TCP_HOST_PREFERENCE, preference)
                  : to_priority(HOST_PREFERENCE, preference);
}

uint32_t
hp_locals_prflx_priority(
        const struct hp_locals *locals, const struct hp_addr *local, bool is_tcp)
{
    unsigned preference = find_preference(locals, local);
    return is_tcp ? to_tcp_priority(TCP_PRFLX_PREFERENCE, preference)
                  : to_priority(PRFLX_PREFERENCE, preference);
}

bool
hp_locals_accept(const struct hp_locals *locals, const struct hp_candidate *candidate,
        struct hp_addr *addr)
{
    return candidate->component == 1 && candidate->transport == HP_CANDIDATE_UDP
            && candidate->port != 0
            && hp_address_is_usable(
                    candidate->address, locals->with_loopback, !locals->is_far)
            && hp_addr_parse(addr, candidate->address, candidate->port) && !is_ours(locals, addr);
}

bool
hp_locals_guess(const struct hp_locals *locals, const struct hp_candidate *candidate,
        struct hp_addr *addr)
{
    enum hp_address_class class = hp_address_classify(candidate->address);
    if (hp_addr_is_none(&locals->outside) || candidate->component != 1
            || candidate->transport != HP_CANDIDATE_UDP || candidate->port == 0
            || candidate->type != HP_CANDIDATE_HOST
            || (class != HP_ADDRESS_MDNS && class != HP_ADDRESS_PRIVATE)) {
        return false;
    }
    *addr = locals->outside;
    addr->port = candidate->port;
    return !is_ours(locals, addr);
}
