// own.c - the addresses of this host as one value: what the kernel tells, filtered and classified.
// Owner: none, pure.  Thread: any.
// RFC 4862 (tentative, deprecated), RFC 8981 (temporary addresses).
#include "reach/own.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include <glib.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>

#include "reach/netlink.h"

enum {
    LINKS_MAX = 4096, // a host of many containers has a link for each
    KIND_SIZE = 16,
};

struct link {
    unsigned index, master;
    unsigned flags; // IFF_*
    char name[IF_NAMESIZE];
    char kind[KIND_SIZE]; // "bridge", "veth", ...; "": a device
};

struct found {
    struct hp_own_address address;
    unsigned flags; // IFA_F_*
};

struct hp_own_scan {
    GArray *links, *found;
    char gateways[2][HP_ADDRESS_TEXT_SIZE];
    unsigned gateway_interfaces[2];
    uint32_t metrics[2];
};

struct hp_own_scan *
hp_own_scan_create(void)
{
    struct hp_own_scan *scan = g_new0(struct hp_own_scan, 1);
    scan->links = g_array_new(FALSE, TRUE, sizeof(struct link));
    scan->found = g_array_new(FALSE, TRUE, sizeof(struct found));
    return scan;
}

void
hp_own_scan_destroy(struct hp_own_scan *scan)
{
    if (scan == NULL) {
        return;
    }
    g_array_unref(scan->links);
    g_array_unref(scan->found);
    g_free(scan);
}

static size_t
rest_size(const struct nlmsghdr *message, size_t head_size)
{
    size_t used = NLMSG_SPACE(head_size);
    return message->nlmsg_len > used ? message->nlmsg_len - used : 0;
}

// The text is not always closed by the kernel.
static void
copy_text(char *copy, size_t size, const char *text, size_t text_size)
{
    g_strlcpy(copy, "", size);
    if (text != NULL) {
        size_t length = MIN(strnlen(text, text_size), size - 1);
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
}

static size_t
value_size(const void *value)
{
    const struct rtattr *attribute = (const void *) ((const char *) value - RTA_LENGTH(0));
    return RTA_PAYLOAD(attribute);
}

static const struct rtattr *
first_attribute(const void *head, size_t head_size)
{
    return (const void *) ((const char *) head + NLMSG_ALIGN(head_size));
}

static void
add_link(struct hp_own_scan *scan, const struct nlmsghdr *message)
{
    const struct ifinfomsg *head = NLMSG_DATA(message);
    if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*head)) || scan->links->len == LINKS_MAX) {
        return;
    }
    const struct rtattr *rest = first_attribute(head, sizeof(*head));
    size_t size = rest_size(message, sizeof(*head));
    struct link link = { .index = (unsigned) head->ifi_index, .flags = head->ifi_flags };
    const char *name = hp_netlink_find(rest, size, IFLA_IFNAME, 1);
    const uint32_t *master = hp_netlink_find(rest, size, IFLA_MASTER, sizeof(*master));
    const void *info = hp_netlink_find(rest, size, IFLA_LINKINFO, 0);
    const char *kind = info == NULL
            ? NULL
            : hp_netlink_find(info, value_size(info), IFLA_INFO_KIND, 1);
    copy_text(link.name, sizeof(link.name), name, name == NULL ? 0 : value_size(name));
    copy_text(link.kind, sizeof(link.kind), kind, kind == NULL ? 0 : value_size(kind));
    link.master = master == NULL ? 0 : *master;
    g_array_append_val(scan->links, link);
}

static void
add_address(struct hp_own_scan *scan, const struct nlmsghdr *message)
{
    const struct ifaddrmsg *head = NLMSG_DATA(message);
    if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*head)) || scan->found->len == LINKS_MAX
            || (head->ifa_family != AF_INET && head->ifa_family != AF_INET6)) {
        return;
    }
    const struct rtattr *rest = first_attribute(head, sizeof(*head));
    size_t size = rest_size(message, sizeof(*head));
    bool is_ipv6 = head->ifa_family == AF_INET6;
    size_t bytes = is_ipv6 ? 16 : 4;
    // of a tunnel IFA_ADDRESS is the other end
    const void *value = hp_netlink_find(rest, size, IFA_LOCAL, bytes);
    value = value != NULL ? value : hp_netlink_find(rest, size, IFA_ADDRESS, bytes);
    if (value == NULL) {
        return;
    }
    const uint32_t *flags = hp_netlink_find(rest, size, IFA_FLAGS, sizeof(*flags));
    struct found found = { .flags = flags == NULL ? head->ifa_flags : *flags };
    memcpy(found.address.bytes, value, bytes);
    inet_ntop(head->ifa_family, value, found.address.text, sizeof(found.address.text));
    found.address.is_ipv6 = is_ipv6;
    found.address.prefix_bits = MIN(head->ifa_prefixlen, bytes * 8);
    found.address.class = hp_address_classify(found.address.text);
    found.address.interface = head->ifa_index;
    g_array_append_val(scan->found, found);
}

static void
add_route(struct hp_own_scan *scan, const struct nlmsghdr *message)
{
    const struct rtmsg *head = NLMSG_DATA(message);
    if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*head)) || head->rtm_dst_len != 0
            || head->rtm_table != RT_TABLE_MAIN || head->rtm_type != RTN_UNICAST
            || (head->rtm_family != AF_INET && head->rtm_family != AF_INET6)) {
        return;
    }
    const struct rtattr *rest = first_attribute(head, sizeof(*head));
    size_t size = rest_size(message, sizeof(*head));
    unsigned family = head->rtm_family == AF_INET6;
    const uint32_t *interface = hp_netlink_find(rest, size, RTA_OIF, sizeof(*interface));
    const uint32_t *metric = hp_netlink_find(rest, size, RTA_PRIORITY, sizeof(*metric));
    const void *gateway = hp_netlink_find(rest, size, RTA_GATEWAY, family == 1 ? 16 : 4);
    uint32_t cost = metric == NULL ? 0 : *metric;
    bool is_worse = scan->gateway_interfaces[family] != 0 && cost >= scan->metrics[family];
    if (interface == NULL || is_worse) {
        return;
    }
    scan->metrics[family] = cost;
    scan->gateway_interfaces[family] = *interface;
    scan->gateways[family][0] = '\0';
    if (gateway != NULL) {
        inet_ntop(head->rtm_family, gateway, scan->gateways[family], HP_ADDRESS_TEXT_SIZE);
    }
}

void
hp_own_scan_add(void *arg, const struct nlmsghdr *message)
{
    struct hp_own_scan *scan = arg;
    if (message->nlmsg_type == RTM_NEWLINK) {
        add_link(scan, message);
    } else if (message->nlmsg_type == RTM_NEWADDR) {
        add_address(scan, message);
    } else if (message->nlmsg_type == RTM_NEWROUTE) {
        add_route(scan, message);
    }
}

static const struct link *
find_link(const struct hp_own_scan *scan, unsigned index)
{
    for (unsigned i = 0; i < scan->links->len; i++) {
        const struct link *link = &g_array_index(scan->links, struct link, i);
        if (link->index == index) {
            return link;
        }
    }
    return NULL;
}

static bool
has_device(const struct hp_own_scan *scan, const struct link *bridge)
{
    for (unsigned i = 0; i < scan->links->len; i++) {
        const struct link *link = &g_array_index(scan->links, struct link, i);
        if (link->master == bridge->index && strcmp(link->kind, "veth") != 0
                && strcmp(link->kind, "tun") != 0) {
            return true;
        }
    }
    return false;
}

// The bridge of Docker, Podman or libvirt has members only of its own kind. A bridge that holds a
// network card is the LAN, and what the default route leaves by is no side room.
static bool
is_virtual(const struct hp_own_scan *scan, const struct link *link)
{
    if (link->index == scan->gateway_interfaces[0] || link->index == scan->gateway_interfaces[1]) {
        return false;
    }
    if (strcmp(link->kind, "bridge") == 0) {
        return !has_device(scan, link);
    }
    return strcmp(link->kind, "veth") == 0
            && (g_str_has_prefix(link->name, "veth") || g_str_has_prefix(link->name, "cali"));
}

static bool
is_same_network(const struct hp_own_address *own, const uint8_t *bytes)
{
    unsigned whole = own->prefix_bits / 8;
    unsigned rest = own->prefix_bits % 8;
    return memcmp(own->bytes, bytes, whole) == 0
            && (rest == 0 || ((own->bytes[whole] ^ bytes[whole]) >> (8 - rest)) == 0);
}

// Is there an address of the same network that stays?
static bool
has_stable(const struct hp_own_scan *scan, const struct found *temporary)
{
    for (unsigned i = 0; i < scan->found->len; i++) {
        const struct found *other = &g_array_index(scan->found, struct found, i);
        const unsigned bad = IFA_F_TEMPORARY | IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED;
        if (other->address.is_ipv6 && (other->flags & bad) == 0
                && other->address.interface == temporary->address.interface
                && is_same_network(&temporary->address, other->address.bytes)) {
            return true;
        }
    }
    return false;
}

static bool
is_usable(const struct hp_own_scan *scan, const struct found *found)
{
    // an optimistic address (RFC 4429) is tentative, and may be used
    bool is_tentative =
            (found->flags & IFA_F_TENTATIVE) != 0 && (found->flags & IFA_F_OPTIMISTIC) == 0;
    bool is_temporary = found->address.is_ipv6 && (found->flags & IFA_F_TEMPORARY) != 0;
    return !is_tentative && (found->flags & (IFA_F_DADFAILED | IFA_F_DEPRECATED)) == 0
            && !(is_temporary && has_stable(scan, found));
}

void
hp_own_scan_write(const struct hp_own_scan *scan, struct hp_own *own)
{
    *own = (struct hp_own){ 0 };
    memcpy(own->gateways, scan->gateways, sizeof(own->gateways));
    memcpy(own->gateway_interfaces, scan->gateway_interfaces, sizeof(own->gateway_interfaces));
    for (unsigned i = 0; i < scan->found->len && own->count < HP_OWN_MAX; i++) {
        const struct found *found = &g_array_index(scan->found, struct found, i);
        const struct link *link = find_link(scan, found->address.interface);
        if (link == NULL || (link->flags & IFF_UP) == 0 || !is_usable(scan, found)) {
            continue;
        }
        struct hp_own_address *address = &own->addresses[own->count++];
        *address = found->address;
        address->is_virtual = is_virtual(scan, link);
        address->is_multicast = (link->flags & IFF_MULTICAST) != 0;
    }
}

bool
hp_own_is_neighbour(const struct hp_own_address *own, const char *address)
{
    uint8_t bytes[16];
    return own->prefix_bits > 0
            && inet_pton(own->is_ipv6 ? AF_INET6 : AF_INET, address, bytes) == 1
            && is_same_network(own, bytes);
}

const struct hp_own_address *
hp_own_find_neighbour(const struct hp_own *own, const char *address)
{
    for (unsigned i = 0; i < own->count; i++) {
        if (hp_own_is_neighbour(&own->addresses[i], address)) {
            return &own->addresses[i];
        }
    }
    return NULL;
}

const struct hp_own_address *
hp_own_find(const struct hp_own *own, const char *address)
{
    for (unsigned i = 0; i < own->count; i++) {
        if (strcmp(own->addresses[i].text, address) == 0) {
            return &own->addresses[i];
        }
    }
    return NULL;
}

static bool
is_equal_address(const struct hp_own_address *a, const struct hp_own_address *b)
{
    return strcmp(a->text, b->text) == 0 && a->prefix_bits == b->prefix_bits
            && a->interface == b->interface && a->is_virtual == b->is_virtual;
}

bool
hp_own_is_equal(const struct hp_own *a, const struct hp_own *b)
{
    bool is_equal = a->count == b->count && strcmp(a->gateways[0], b->gateways[0]) == 0
            && strcmp(a->gateways[1], b->gateways[1]) == 0;
    for (unsigned i = 0; is_equal && i < a->count; i++) {
        is_equal = is_equal_address(&a->addresses[i], &b->addresses[i]);
    }
    return is_equal;
}
