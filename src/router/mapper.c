// mapper.c - asks the router for a mapping, and gives it back.
// Owner: hp_mapping.  Thread: one of the pool's.
// RFC 6887 (PCP), RFC 6886 (NAT-PMP), UPnP-IGD. For IPv6 only PCP: the other two map IPv4.
#include "router/mapper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <natpmp.h>

#include "router/igd.h"

// Shorter than RFC 6887 section 8.1.1 has it: the router is one hop away, and comes again later.
static const int waits_ms[] = { 250, 500, 1000 };

enum { TRIES = sizeof(waits_ms) / sizeof(waits_ms[0]) };

static bool
is_ipv6(const struct hp_mapper_request *request)
{
    return strchr(request->own, ':') != NULL;
}

// Returns its size; 0: the text is no address of that family.
static socklen_t
make_address(bool is_ipv6, const char *text, uint16_t port, unsigned interface,
        struct sockaddr_storage *address)
{
    *address = (struct sockaddr_storage){ 0 };
    if (is_ipv6) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) (void *) address;
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        v6->sin6_scope_id = interface;
        return inet_pton(AF_INET6, text, &v6->sin6_addr) == 1 ? sizeof(*v6) : 0;
    }
    struct sockaddr_in *v4 = (struct sockaddr_in *) (void *) address;
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    return inet_pton(AF_INET, text, &v4->sin_addr) == 1 ? sizeof(*v4) : 0;
}

static int
connect_router(const struct hp_mapper_request *request)
{
    struct sockaddr_storage own, router;
    bool v6 = is_ipv6(request);
    socklen_t own_size = make_address(v6, request->own, 0, request->interface, &own);
    socklen_t router_size =
            make_address(v6, request->gateway, HP_PCP_PORT, request->interface, &router);
    int fd = own_size == 0 || router_size == 0
            ? -1
            : socket(own.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (bind(fd, (struct sockaddr *) &own, own_size) != 0
            || connect(fd, (struct sockaddr *) &router, router_size) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void
write_client(const struct hp_mapper_request *request, uint8_t client[16])
{
    memset(client, 0, 10);
    if (is_ipv6(request)) {
        inet_pton(AF_INET6, request->own, client);
        return;
    }
    client[10] = client[11] = 0xff;
    inet_pton(AF_INET, request->own, client + 12);
}

// Sends, and waits for the answer. False: none came, or the router has said that nobody listens.
static bool
exchange(int fd, const struct hp_pcp_request *request, const atomic_bool *is_over,
        struct hp_pcp_answer *answer)
{
    uint8_t message[HP_PCP_SIZE];
    uint8_t data[HP_PCP_MAX];
    hp_pcp_write(request, message);
    for (unsigned i = 0; i < TRIES && !atomic_load(is_over); i++) {
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        if (send(fd, message, sizeof(message), 0) < 0) {
            return false;
        }
        if (poll(&wait, 1, waits_ms[i]) <= 0) {
            continue;
        }
        ssize_t size = recv(fd, data, sizeof(data), 0);
        if (size < 0) {
            return false;
        }
        if (hp_pcp_parse(request, data, (size_t) size, answer)) {
            return true;
        }
    }
    return false;
}

static bool
run_pcp(const struct hp_mapper_request *request, struct hp_mapper_result *result)
{
    struct hp_pcp_request message = {
        .port = request->port,
        .suggested_port = request->external_port != 0 ? request->external_port : request->port,
        .lifetime_s = request->lifetime_s,
    };
    struct hp_pcp_answer answer;
    memcpy(message.nonce, request->nonce, sizeof(message.nonce));
    write_client(request, message.client);
    int fd = connect_router(request);
    if (fd < 0) {
        return false;
    }
    bool is_good = exchange(fd, &message, request->is_over, &answer)
            && answer.result == HP_PCP_SUCCESS;
    close(fd);
    if (is_good) {
        memcpy(result->external_address, answer.external_address, HP_ADDRESS_TEXT_SIZE);
        result->external_port = answer.external_port;
        result->lifetime_s = answer.lifetime_s;
    }
    return is_good;
}

// Waits for the answer to the request that has been sent, at most as long as for PCP.
static bool
read_natpmp(natpmp_t *natpmp, const atomic_bool *is_over, natpmpresp_t *answer)
{
    for (unsigned i = 0; i < TRIES && !atomic_load(is_over); i++) {
        struct pollfd wait = { .fd = natpmp->s, .events = POLLIN };
        (void) poll(&wait, 1, waits_ms[i]);
        int result = readnatpmpresponseorretry(natpmp, answer);
        if (result != NATPMP_TRYAGAIN) {
            return result == 0;
        }
    }
    return false;
}

static bool
run_natpmp(const struct hp_mapper_request *request, struct hp_mapper_result *result)
{
    natpmp_t natpmp;
    natpmpresp_t answer;
    in_addr_t gateway = inet_addr(request->gateway);
    uint16_t wished = request->external_port != 0 ? request->external_port : request->port;
    if (initnatpmp(&natpmp, 1, gateway) != 0) {
        return false;
    }
    bool is_good = sendpublicaddressrequest(&natpmp) >= 0
            && read_natpmp(&natpmp, request->is_over, &answer)
            && answer.type == NATPMP_RESPTYPE_PUBLICADDRESS;
    if (is_good) {
        inet_ntop(AF_INET, &answer.pnu.publicaddress.addr, result->external_address,
                HP_ADDRESS_TEXT_SIZE);
        is_good = sendnewportmappingrequest(&natpmp, NATPMP_PROTOCOL_UDP, request->port,
                          request->lifetime_s == 0 ? 0 : wished, request->lifetime_s)
                        >= 0
                && read_natpmp(&natpmp, request->is_over, &answer)
                && answer.type == NATPMP_RESPTYPE_UDPPORTMAPPING;
    }
    if (is_good) {
        result->external_port = answer.pnu.newportmapping.mappedpublicport;
        result->lifetime_s = answer.pnu.newportmapping.lifetime;
    }
    closenatpmp(&natpmp);
    return is_good;
}

void
hp_mapper_run(const struct hp_mapper_request *request, struct hp_mapper_result *result)
{
    static const struct {
        enum hp_mapper_protocol protocol;
        bool (*run)(const struct hp_mapper_request *request, struct hp_mapper_result *result);
        bool has_ipv6;
    } all[] = {
        { HP_MAPPER_PCP, run_pcp, true },
        { HP_MAPPER_NATPMP, run_natpmp, false },
        { HP_MAPPER_UPNP, hp_igd_run, false },
    };
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        bool is_wanted = (all[i].has_ipv6 || !is_ipv6(request))
                && (request->protocol == HP_MAPPER_NONE || request->protocol == all[i].protocol);
        *result = (struct hp_mapper_result){ .protocol = all[i].protocol };
        if (is_wanted && !atomic_load(request->is_over) && all[i].run(request, result)) {
            return;
        }
    }
    *result = (struct hp_mapper_result){ .protocol = HP_MAPPER_NONE };
}

const char *
hp_mapper_name(enum hp_mapper_protocol protocol)
{
    switch (protocol) {
    case HP_MAPPER_NONE: return "nothing";
    case HP_MAPPER_PCP: return "PCP";
    case HP_MAPPER_NATPMP: return "NAT-PMP";
    case HP_MAPPER_UPNP: return "UPnP";
    }
    return "nothing";
}
