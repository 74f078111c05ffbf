// Tests of reach/own.c: the kernel's messages are made here.
#include "reach/own.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <glib.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

// A message under construction.
struct message {
    union {
        struct nlmsghdr header;
        char bytes[512];
    };
};

static void
begin(struct message *message, uint16_t type, const void *head, size_t size)
{
    memset(message, 0, sizeof(*message));
    message->header.nlmsg_type = type;
    message->header.nlmsg_len = NLMSG_LENGTH(size);
    memcpy(NLMSG_DATA(&message->header), head, size);
}

static struct rtattr *
put(struct message *message, unsigned short type, const void *value, size_t size)
{
    size_t at = NLMSG_ALIGN(message->header.nlmsg_len);
    struct rtattr *attribute = (struct rtattr *) (void *) (message->bytes + at);
    attribute->rta_type = type;
    attribute->rta_len = (unsigned short) RTA_LENGTH(size);
    if (size > 0) {
        memcpy(RTA_DATA(attribute), value, size);
    }
    message->header.nlmsg_len = (uint32_t) (at + RTA_LENGTH(size));
    return attribute;
}

static void
add_link(struct hp_own_scan *scan, int index, const char *name, const char *kind, unsigned master)
{
    struct message message;
    struct ifinfomsg head = { .ifi_index = index, .ifi_flags = IFF_UP | IFF_MULTICAST };
    begin(&message, RTM_NEWLINK, &head, sizeof(head));
    put(&message, IFLA_IFNAME, name, strlen(name) + 1);
    if (master != 0) {
        put(&message, IFLA_MASTER, &master, sizeof(master));
    }
    if (kind != NULL) {
        struct rtattr *info = put(&message, IFLA_LINKINFO, NULL, 0);
        struct rtattr *inner = put(&message, IFLA_INFO_KIND, kind, strlen(kind)); // no NUL, as veth
        info->rta_len = (unsigned short) ((char *) inner + inner->rta_len - (char *) info);
    }
    hp_own_scan_add(scan, &message.header);
}

static void
add_address(struct hp_own_scan *scan, unsigned index, const char *text, unsigned char bits,
        uint32_t flags)
{
    struct message message;
    uint8_t bytes[16];
    bool is_ipv6 = strchr(text, ':') != NULL;
    struct ifaddrmsg head = {
        .ifa_family = is_ipv6 ? AF_INET6 : AF_INET,
        .ifa_prefixlen = bits,
        .ifa_index = index,
    };
    assert_int_equal(inet_pton(head.ifa_family, text, bytes), 1);
    begin(&message, RTM_NEWADDR, &head, sizeof(head));
    put(&message, IFA_ADDRESS, bytes, is_ipv6 ? 16 : 4);
    put(&message, IFA_FLAGS, &flags, sizeof(flags));
    hp_own_scan_add(scan, &message.header);
}

static void
add_route(struct hp_own_scan *scan, const char *gateway, uint32_t interface, uint32_t metric)
{
    struct message message;
    uint8_t bytes[4];
    struct rtmsg head = {
        .rtm_family = AF_INET,
        .rtm_table = RT_TABLE_MAIN,
        .rtm_type = RTN_UNICAST,
    };
    assert_int_equal(inet_pton(AF_INET, gateway, bytes), 1);
    begin(&message, RTM_NEWROUTE, &head, sizeof(head));
    put(&message, RTA_GATEWAY, bytes, sizeof(bytes));
    put(&message, RTA_OIF, &interface, sizeof(interface));
    put(&message, RTA_PRIORITY, &metric, sizeof(metric));
    hp_own_scan_add(scan, &message.header);
}

static struct hp_own
finish(struct hp_own_scan *scan)
{
    struct hp_own own;
    hp_own_scan_write(scan, &own);
    hp_own_scan_destroy(scan);
    return own;
}

static void
addresses_of_links_that_are_up_are_ours(void **state)
{
    (void) state;
    struct hp_own_scan *scan = hp_own_scan_create();
    add_link(scan, 2, "eth0", NULL, 0);
    add_address(scan, 2, "192.168.1.7", 24, IFA_F_PERMANENT);
    add_address(scan, 2, "2001:db8::7", 64, IFA_F_PERMANENT);
    add_address(scan, 9, "10.0.0.1", 24, IFA_F_PERMANENT); // a link that nobody has told
    struct hp_own own = finish(scan);
    assert_int_equal(own.count, 2);
    assert_string_equal(own.addresses[0].text, "192.168.1.7");
    assert_int_equal(own.addresses[0].class, HP_ADDRESS_PRIVATE);
    assert_int_equal(own.addresses[0].prefix_bits, 24);
    assert_int_equal(own.addresses[0].interface, 2);
    assert_true(own.addresses[0].is_multicast);
    assert_false(own.addresses[0].is_virtual);
    assert_string_equal(own.addresses[1].text, "2001:db8::7");
    assert_true(own.addresses[1].is_ipv6);
}

static void
addresses_that_do_not_last_or_do_not_work_are_left_out(void **state)
{
    (void) state;
    struct hp_own_scan *scan = hp_own_scan_create();
    add_link(scan, 2, "eth0", NULL, 0);
    add_address(scan, 2, "2001:db8::1", 64, IFA_F_TENTATIVE);
    add_address(scan, 2, "2001:db8::2", 64, IFA_F_DADFAILED);
    add_address(scan, 2, "2001:db8::3", 64, IFA_F_DEPRECATED);
    add_address(scan, 2, "2001:db8::4", 64, IFA_F_TEMPORARY);
    add_address(scan, 2, "2001:db8::5", 64, IFA_F_PERMANENT);
    add_address(scan, 2, "2001:db8::6", 64, IFA_F_TENTATIVE | IFA_F_OPTIMISTIC);
    add_address(scan, 2, "2001:db8:1::7", 64, IFA_F_TEMPORARY); // its network has no other
    struct hp_own own = finish(scan);
    assert_int_equal(own.count, 3);
    assert_string_equal(own.addresses[0].text, "2001:db8::5");
    assert_string_equal(own.addresses[1].text, "2001:db8::6");
    assert_string_equal(own.addresses[2].text, "2001:db8:1::7");
}

static void
a_bridge_of_containers_is_virtual_and_one_with_a_network_card_is_not(void **state)
{
    (void) state;
    struct hp_own_scan *scan = hp_own_scan_create();
    add_link(scan, 2, "eth0", NULL, 4);
    add_link(scan, 3, "docker0", "bridge", 0);
    add_link(scan, 4, "br0", "bridge", 0);
    add_link(scan, 5, "veth01", "veth", 3);
    add_link(scan, 6, "veth02", "veth", 0);
    add_link(scan, 7, "eth1", "veth", 0); // within a container
    add_address(scan, 3, "172.17.0.1", 16, IFA_F_PERMANENT);
    add_address(scan, 4, "192.168.1.7", 24, IFA_F_PERMANENT);
    add_address(scan, 6, "169.254.9.9", 16, IFA_F_PERMANENT);
    add_address(scan, 7, "10.0.0.2", 24, IFA_F_PERMANENT);
    struct hp_own own = finish(scan);
    assert_int_equal(own.count, 4);
    assert_true(own.addresses[0].is_virtual);
    assert_false(own.addresses[1].is_virtual);
    assert_true(own.addresses[2].is_virtual);
    assert_false(own.addresses[3].is_virtual);
}

static void
what_the_default_route_leaves_by_is_not_virtual(void **state)
{
    (void) state;
    struct hp_own_scan *scan = hp_own_scan_create();
    add_link(scan, 3, "br0", "bridge", 0);
    add_address(scan, 3, "192.168.1.7", 24, IFA_F_PERMANENT);
    add_route(scan, "192.168.1.1", 3, 100);
    struct hp_own own = finish(scan);
    assert_false(own.addresses[0].is_virtual);
}

static void
the_gateway_is_that_of_the_best_default_route(void **state)
{
    (void) state;
    struct hp_own_scan *scan = hp_own_scan_create();
    add_route(scan, "192.168.2.1", 3, 600);
    add_route(scan, "192.168.1.1", 2, 100);
    add_route(scan, "192.168.3.1", 4, 200);
    struct hp_own own = finish(scan);
    assert_string_equal(own.gateways[0], "192.168.1.1");
    assert_int_equal(own.gateway_interfaces[0], 2);
    assert_string_equal(own.gateways[1], "");
}

static void
neighbours_share_the_prefix(void **state)
{
    (void) state;
    struct hp_own_scan *scan = hp_own_scan_create();
    add_link(scan, 2, "eth0", NULL, 0);
    add_address(scan, 2, "192.168.1.65", 26, IFA_F_PERMANENT);
    add_address(scan, 2, "2001:db8::7", 64, IFA_F_PERMANENT);
    add_address(scan, 2, "10.0.0.9", 0, IFA_F_PERMANENT);
    struct hp_own own = finish(scan);
    assert_ptr_equal(hp_own_find_neighbour(&own, "192.168.1.127"), &own.addresses[0]);
    assert_null(hp_own_find_neighbour(&own, "192.168.1.128"));
    assert_ptr_equal(hp_own_find_neighbour(&own, "2001:db8::9:1"), &own.addresses[1]);
    assert_null(hp_own_find_neighbour(&own, "2001:db8:1::9"));
    assert_null(hp_own_find_neighbour(&own, "a.example"));
    assert_ptr_equal(hp_own_find(&own, "192.168.1.65"), &own.addresses[0]);
    assert_null(hp_own_find(&own, "192.168.1.66"));
}

static void
a_message_that_is_cut_short_is_skipped(void **state)
{
    (void) state;
    struct hp_own_scan *scan = hp_own_scan_create();
    struct message message;
    struct ifaddrmsg head = { .ifa_family = AF_INET, .ifa_index = 2 };
    add_link(scan, 2, "eth0", NULL, 0);
    begin(&message, RTM_NEWADDR, &head, sizeof(head));
    message.header.nlmsg_len -= 4;
    hp_own_scan_add(scan, &message.header);
    begin(&message, RTM_NEWADDR, &head, sizeof(head));
    put(&message, IFA_ADDRESS, "\x0a\x00\x00\x01", 4)->rta_len = 300; // longer than the message
    hp_own_scan_add(scan, &message.header);
    assert_int_equal(finish(scan).count, 0);
}

static void
a_change_makes_the_values_differ(void **state)
{
    (void) state;
    struct hp_own_scan *scan = hp_own_scan_create();
    add_link(scan, 2, "eth0", NULL, 0);
    add_address(scan, 2, "192.168.1.7", 24, IFA_F_PERMANENT);
    struct hp_own before, after;
    hp_own_scan_write(scan, &before);
    hp_own_scan_write(scan, &after);
    assert_true(hp_own_is_equal(&before, &after));
    add_route(scan, "192.168.1.1", 2, 0);
    hp_own_scan_write(scan, &after);
    assert_false(hp_own_is_equal(&before, &after));
    before = after;
    add_address(scan, 2, "192.168.1.8", 24, IFA_F_PERMANENT);
    after = finish(scan);
    assert_false(hp_own_is_equal(&before, &after));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_links_that_are_up_are_ours),
        cmocka_unit_test(addresses_that_do_not_last_or_do_not_work_are_left_out),
        cmocka_unit_test(a_bridge_of_containers_is_virtual_and_one_with_a_network_card_is_not),
        cmocka_unit_test(what_the_default_route_leaves_by_is_not_virtual),
        cmocka_unit_test(the_gateway_is_that_of_the_best_default_route),
        cmocka_unit_test(neighbours_share_the_prefix),
        cmocka_unit_test(a_message_that_is_cut_short_is_skipped),
        cmocka_unit_test(a_change_makes_the_values_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
