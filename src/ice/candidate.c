// candidate.c - converts candidates between a browser's text and libnice's struct.
// Owner: nobody.  Thread: any.
#include "ice/candidate.h"

#include <string.h>

#include <glib.h>

#include "ice/config.h"
#include "wire/address.h"
#include "wire/candidate.h"

// RFC 8445 section 5.1.2.1
enum {
    LOCAL_PREFERENCE_STEP = 1 << 8,
    BEST_HOST_PRIORITY = (126 << 24) | (65535 << 8) | 255,
};

// A relay of ours may have a private address, also for a browser that is far.
static bool
is_server(const struct hp_ice_config *config, const char *address)
{
    for (unsigned i = 0; i < config->server_count; i++) {
        if (strcmp(config->servers[i].address, address) == 0) {
            return true;
        }
    }
    return false;
}

// The private networks of a browser that is far are not ours: what has that address here is
// somebody else. A name of mDNS needs no look-up: we learn its address from its checks.
static bool
is_wanted_place(const struct hp_ice_config *config, const char *address)
{
    return hp_address_is_usable(
            address, config->with_loopback, !config->is_far || is_server(config, address));
}

static NiceCandidateType
to_nice_type(enum hp_candidate_type type)
{
    switch (type) {
    case HP_CANDIDATE_HOST: return NICE_CANDIDATE_TYPE_HOST;
    case HP_CANDIDATE_SRFLX: return NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE;
    case HP_CANDIDATE_PRFLX: return NICE_CANDIDATE_TYPE_PEER_REFLEXIVE;
    case HP_CANDIDATE_RELAY: return NICE_CANDIDATE_TYPE_RELAYED;
    }
    return NICE_CANDIDATE_TYPE_HOST;
}

NiceCandidate *
hp_ice_candidate_take(
        const struct hp_ice_config *config, const char *line, char *ufrag, size_t ufrag_size)
{
    struct hp_candidate parsed;
    if (hp_candidate_parse(line, strlen(line), &parsed) < 0 || parsed.component != 1
            || parsed.transport != HP_CANDIDATE_UDP || parsed.port == 0
            || !is_wanted_place(config, parsed.address)) {
        return NULL;
    }
    NiceCandidate *candidate = nice_candidate_new(to_nice_type(parsed.type));
    if (!nice_address_set_from_string(&candidate->addr, parsed.address)) {
        nice_candidate_free(candidate);
        return NULL;
    }
    nice_address_set_port(&candidate->addr, parsed.port);
    candidate->transport = NICE_CANDIDATE_TRANSPORT_UDP;
    candidate->component_id = 1;
    candidate->priority = parsed.priority;
    g_strlcpy(candidate->foundation, parsed.foundation, sizeof(candidate->foundation));
    if (parsed.related_address[0] != '\0'
            && nice_address_set_from_string(&candidate->base_addr, parsed.related_address)) {
        nice_address_set_port(&candidate->base_addr, parsed.related_port);
    }
    g_strlcpy(ufrag, parsed.ufrag, ufrag_size);
    return candidate;
}

static enum hp_candidate_type
from_nice_type(NiceCandidateType type)
{
    switch (type) {
    case NICE_CANDIDATE_TYPE_HOST: return HP_CANDIDATE_HOST;
    case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE: return HP_CANDIDATE_SRFLX;
    case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE: return HP_CANDIDATE_PRFLX;
    case NICE_CANDIDATE_TYPE_RELAYED: return HP_CANDIDATE_RELAY;
    }
    return HP_CANDIDATE_HOST;
}

static void
fill(const NiceCandidate *candidate, struct hp_candidate *filled)
{
    *filled = (struct hp_candidate) {
        .component = candidate->component_id,
        .transport = HP_CANDIDATE_UDP,
        .priority = candidate->priority,
        .port = (uint16_t) nice_address_get_port(&candidate->addr),
        .type = from_nice_type(candidate->type),
    };
    g_strlcpy(filled->foundation, candidate->foundation, sizeof(filled->foundation));
    nice_address_to_string(&candidate->addr, filled->address);
    if (candidate->type != NICE_CANDIDATE_TYPE_HOST) {
        nice_address_to_string(&candidate->base_addr, filled->related_address);
        filled->related_port = (uint16_t) nice_address_get_port(&candidate->base_addr);
    }
}

static char *
to_text(const struct hp_candidate *candidate)
{
    char text[HP_CANDIDATE_TEXT_MAX];
    if (hp_candidate_write(candidate, text, sizeof(text)) < 0) {
        return NULL;
    }
    return g_strdup(text);
}

char *
hp_ice_candidate_write(const NiceCandidate *candidate)
{
    if (candidate->transport != NICE_CANDIDATE_TRANSPORT_UDP) {
        return NULL;
    }
    struct hp_candidate filled;
    fill(candidate, &filled);
    return to_text(&filled);
}

char *
hp_ice_candidate_write_public(const NiceCandidate *candidate, const char *public_address,
        unsigned index, bool is_first)
{
    NiceAddress address;
    nice_address_init(&address);
    if (candidate->type != NICE_CANDIDATE_TYPE_HOST
            || candidate->transport != NICE_CANDIDATE_TRANSPORT_UDP
            || !nice_address_set_from_string(&address, public_address)
            || nice_address_ip_version(&address) != nice_address_ip_version(&candidate->addr)
            || nice_address_equal_no_port(&address, &candidate->addr)) {
        return NULL;
    }
    struct hp_candidate filled;
    fill(candidate, &filled);
    if (hp_address_classify(filled.address) == HP_ADDRESS_LOOPBACK) {
        return NULL; // no router forwards to a loopback address
    }
    g_strlcpy(filled.address, public_address, sizeof(filled.address));
    g_snprintf(filled.foundation, sizeof(filled.foundation), "%.20sp%u", candidate->foundation,
            index);
    filled.priority = is_first ? BEST_HOST_PRIORITY - index * LOCAL_PREFERENCE_STEP
                               : filled.priority - (index + 1) * LOCAL_PREFERENCE_STEP;
    return to_text(&filled);
}

static void
describe(const NiceCandidate *candidate, char *text, size_t size)
{
    char address[NICE_ADDRESS_STRING_LEN];
    nice_address_to_string(&candidate->addr, address);
    bool is_ipv6 = nice_address_ip_version(&candidate->addr) == 6;
    g_snprintf(text, size, is_ipv6 ? "%s [%s]:%u" : "%s %s:%u",
            hp_candidate_type_name(from_nice_type(candidate->type)), address,
            nice_address_get_port(&candidate->addr));
}

void
hp_ice_candidate_describe_pair(const NiceCandidate *local, const NiceCandidate *remote,
        char *text, size_t size)
{
    char local_text[80];
    char remote_text[80];
    describe(local, local_text, sizeof(local_text));
    describe(remote, remote_text, sizeof(remote_text));
    g_snprintf(text, size, "%s - %s", local_text, remote_text);
}
