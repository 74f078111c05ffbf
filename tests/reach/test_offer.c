// Tests of reach/offer.c. A home: the server at 192.168.1.7, its router outside at 198.51.100.9.
#include "reach/offer.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <glib.h>

struct scene {
    struct hp_own own;
    struct hp_offer_facts facts;
    struct hp_offer_viewer viewer;
    char text[512]; // of the last offer
    enum hp_place place;
};

static void
own(struct scene *scene, const char *text, unsigned bits, bool is_virtual)
{
    struct hp_own_address *address = &scene->own.addresses[scene->own.count++];
    *address = (struct hp_own_address){
        .is_ipv6 = strchr(text, ':') != NULL,
        .prefix_bits = bits,
        .class = hp_address_classify(text),
        .is_virtual = is_virtual,
    };
    g_strlcpy(address->text, text, sizeof(address->text));
    inet_pton(address->is_ipv6 ? AF_INET6 : AF_INET, text, address->bytes);
}

static void
publish(struct scene *scene, const char *text, uint16_t port, enum hp_offer_origin origin)
{
    struct hp_offer_address *address = &scene->facts.publics[scene->facts.public_count++];
    *address = (struct hp_offer_address){ .port = port, .origin = origin };
    g_strlcpy(address->text, text, sizeof(address->text));
}

static void
host(struct scene *scene, const char *text, uint16_t port)
{
    struct hp_offer_address *address = &scene->viewer.hosts[scene->viewer.host_count++];
    *address = (struct hp_offer_address){ .port = port, .origin = HP_OFFER_HOST };
    g_strlcpy(address->text, text, sizeof(address->text));
}

static void
begin(struct scene *scene)
{
    *scene = (struct scene){ .viewer.may_have_loopback = true };
    scene->facts.own = &scene->own;
    own(scene, "127.0.0.1", 8, false);
    own(scene, "172.17.0.1", 16, true);
    own(scene, "192.168.1.7", 24, false);
    own(scene, "fe80::7", 64, false);
    own(scene, "2001:db8::7", 64, false);
    g_strlcpy(scene->own.gateways[0], "192.168.1.1", HP_ADDRESS_TEXT_SIZE);
    publish(scene, "198.51.100.9", 0, HP_OFFER_NAMED);
}

static const char *
offer_to(struct scene *scene, const char *viewer)
{
    struct hp_offer offer;
    scene->viewer.address = viewer;
    hp_offer_make(&scene->facts, &scene->viewer, &offer);
    scene->text[0] = '\0';
    scene->place = offer.place;
    for (unsigned i = 0; i < offer.count; i++) {
        size_t used = strlen(scene->text);
        snprintf(scene->text + used, sizeof(scene->text) - used, "%s%s", i == 0 ? "" : " ",
                offer.addresses[i].text);
        used = strlen(scene->text);
        if (offer.addresses[i].port != 0) {
            bool is_page = offer.addresses[i].origin == HP_OFFER_PAGE;
            snprintf(scene->text + used, sizeof(scene->text) - used, "#%u%s",
                    offer.addresses[i].port, is_page ? "/udp" : "");
        }
    }
    return scene->text;
}

static void
a_browser_on_the_lan_gets_the_lan_first_and_the_public_address_too(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    assert_string_equal(
            offer_to(&scene, "192.168.1.20"), "192.168.1.7 2001:db8::7 198.51.100.9");
    assert_int_equal(scene.place, HP_PLACE_NETWORK);
    // by IPv6, from the same network
    assert_string_equal(
            offer_to(&scene, "2001:db8::20"), "2001:db8::7 192.168.1.7 198.51.100.9");
    assert_int_equal(scene.place, HP_PLACE_NETWORK);
}

static void
a_browser_far_away_gets_public_addresses_first_and_the_lan_last(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    assert_string_equal(
            offer_to(&scene, "203.0.113.5"), "198.51.100.9 2001:db8::7 192.168.1.7");
    assert_int_equal(scene.place, HP_PLACE_FAR);
    assert_string_equal(
            offer_to(&scene, "2a00:1450::5"), "2001:db8::7 198.51.100.9 192.168.1.7");
}

static void
a_browser_behind_our_router_gets_the_lan_first(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    assert_string_equal(
            offer_to(&scene, "198.51.100.9"), "192.168.1.7 2001:db8::7 198.51.100.9");
    assert_int_equal(scene.place, HP_PLACE_ROUTER);
}

static void
a_viewer_whose_host_is_his_own_address_is_still_far_away(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    host(&scene, "203.0.113.5", 80);
    assert_string_equal(offer_to(&scene, "203.0.113.5"),
            "203.0.113.5#80/udp 203.0.113.5#80 198.51.100.9 2001:db8::7 192.168.1.7");
    assert_int_equal(scene.place, HP_PLACE_FAR);
}

static void
who_looks_like_the_gateway_may_be_anywhere(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    offer_to(&scene, "192.168.1.1");
    assert_int_equal(scene.place, HP_PLACE_UNKNOWN);
    offer_to(&scene, NULL);
    assert_int_equal(scene.place, HP_PLACE_UNKNOWN);
}

static void
loopback_is_offered_to_who_came_over_loopback_only(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    assert_string_equal(offer_to(&scene, "127.0.0.1"),
            "127.0.0.1 192.168.1.7 2001:db8::7 198.51.100.9");
    assert_int_equal(scene.place, HP_PLACE_HOST);
    scene.viewer.may_have_loopback = false;
    assert_string_equal(
            offer_to(&scene, "127.0.0.1"), "192.168.1.7 2001:db8::7 198.51.100.9");
}

static void
a_bridge_of_containers_is_offered_only_to_a_container(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    assert_string_equal(offer_to(&scene, "172.17.0.4"),
            "172.17.0.1 192.168.1.7 2001:db8::7 198.51.100.9");
}

static void
the_host_of_the_page_is_offered_with_its_port(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene); // as in a container: the page was opened by the address of the computer
    host(&scene, "192.168.5.10", 8081);
    assert_string_equal(offer_to(&scene, "192.168.5.20"),
            "192.168.5.10#8081/udp 192.168.5.10#8081 192.168.1.7 2001:db8::7 198.51.100.9");
    assert_string_equal(offer_to(&scene, "203.0.113.5"),
            "198.51.100.9 2001:db8::7 192.168.1.7 192.168.5.10#8081/udp 192.168.5.10#8081");
}

static void
the_page_s_port_is_no_guess_for_udp_where_the_router_has_named_another(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    host(&scene, "198.51.100.10", 443);
    publish(&scene, "198.51.100.10", 40002, HP_OFFER_MAPPED);
    assert_string_equal(offer_to(&scene, "203.0.113.5"), "198.51.100.10#443 198.51.100.9 "
            "198.51.100.10#40002 2001:db8::7 192.168.1.7");
}

static void
a_public_host_of_the_page_comes_first_for_a_browser_far_away(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    host(&scene, "198.51.100.9", 8443);
    assert_string_equal(offer_to(&scene, "203.0.113.5"),
            "198.51.100.9#8443/udp 198.51.100.9#8443 198.51.100.9 2001:db8::7 192.168.1.7");
}

static void
an_address_of_ours_by_another_name_is_offered_once(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    host(&scene, "192.168.1.7", 8080);
    publish(&scene, "192.168.1.7", 0, HP_OFFER_NAMED);
    publish(&scene, "198.51.100.9", 0, HP_OFFER_REFLEXIVE);
    assert_string_equal(
            offer_to(&scene, "192.168.1.20"), "192.168.1.7 2001:db8::7 198.51.100.9");
}

static void
a_host_that_is_no_place_for_packets_is_not_offered(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    host(&scene, "127.0.0.1", 8080);
    host(&scene, "224.0.0.1", 8080);
    host(&scene, "0.0.0.0", 8080);
    host(&scene, "fe80::9", 8080);
    assert_string_equal(
            offer_to(&scene, "203.0.113.5"), "198.51.100.9 2001:db8::7 192.168.1.7");
}

static void
mapped_and_reflexive_addresses_keep_their_ports(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    publish(&scene, "198.51.100.9", 40001, HP_OFFER_REFLEXIVE);
    publish(&scene, "198.51.100.10", 40002, HP_OFFER_MAPPED);
    assert_string_equal(offer_to(&scene, "203.0.113.5"),
            "198.51.100.9 198.51.100.9#40001 198.51.100.10#40002 2001:db8::7 192.168.1.7");
}

static void
the_offer_is_bounded(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    for (unsigned i = 0; i < 40; i++) {
        char text[32];
        snprintf(text, sizeof(text), "10.0.%u.1", i);
        own(&scene, text, 24, false);
    }
    struct hp_offer offer;
    scene.viewer.address = "10.0.39.9";
    hp_offer_make(&scene.facts, &scene.viewer, &offer);
    assert_int_equal(offer.count, HP_OFFER_MAX);
    assert_string_equal(offer.addresses[0].text, "10.0.39.1");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_browser_on_the_lan_gets_the_lan_first_and_the_public_address_too),
        cmocka_unit_test(a_browser_far_away_gets_public_addresses_first_and_the_lan_last),
        cmocka_unit_test(a_browser_behind_our_router_gets_the_lan_first),
        cmocka_unit_test(a_viewer_whose_host_is_his_own_address_is_still_far_away),
        cmocka_unit_test(who_looks_like_the_gateway_may_be_anywhere),
        cmocka_unit_test(loopback_is_offered_to_who_came_over_loopback_only),
        cmocka_unit_test(a_bridge_of_containers_is_offered_only_to_a_container),
        cmocka_unit_test(the_host_of_the_page_is_offered_with_its_port),
        cmocka_unit_test(the_page_s_port_is_no_guess_for_udp_where_the_router_has_named_another),
        cmocka_unit_test(a_public_host_of_the_page_comes_first_for_a_browser_far_away),
        cmocka_unit_test(an_address_of_ours_by_another_name_is_offered_once),
        cmocka_unit_test(a_host_that_is_no_place_for_packets_is_not_offered),
        cmocka_unit_test(mapped_and_reflexive_addresses_keep_their_ports),
        cmocka_unit_test(the_offer_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
