// Tests of reach/mdns.c, with a network that only takes notes.
#include "reach/mdns.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <glib.h>

#include "base/worker.h"
#include "fixture/fake_time.h"
#include "reach/mdns_message.h"
#include "reach/own.h"

#define NAME "0e21ce97-23a8-4b01-bd8c-5d1dba10d5d4.local"

struct scene {
    struct hp_worker *home;
    struct hp_own own;
    struct hp_mdns *mdns;
    GString *sent; // "2:A 2:AAAA ", by interface
    GString *found;
};

static void
note_send(void *arg, const struct hp_own_address *via, const uint8_t *data, size_t size)
{
    struct scene *scene = arg;
    assert_int_equal(size, HP_MDNS_QUERY_SIZE);
    g_string_append_printf(scene->sent, "%u:%s ", via->interface, data[57] == 28 ? "AAAA" : "A");
}

static void
note_found(void *arg, const char *address)
{
    g_string_append_printf(arg, "%s;", address == NULL ? "none" : address);
}

static struct hp_own_address *
own(struct scene *scene, unsigned interface, const char *text, unsigned bits)
{
    struct hp_own_address *address = &scene->own.addresses[scene->own.count++];
    *address = (struct hp_own_address){
        .is_ipv6 = strchr(text, ':') != NULL,
        .prefix_bits = bits,
        .class = hp_address_classify(text),
        .interface = interface,
        .is_multicast = true,
    };
    g_strlcpy(address->text, text, sizeof(address->text));
    inet_pton(address->is_ipv6 ? AF_INET6 : AF_INET, text, address->bytes);
    return address;
}

static void
begin(struct scene *scene)
{
    *scene = (struct scene){
        .home = hp_worker_create_main(),
        .sent = g_string_new(NULL),
        .found = g_string_new(NULL),
    };
    fake_time_begin(scene->home);
    own(scene, 1, "127.0.0.1", 8);
    own(scene, 2, "192.168.1.7", 24);
    scene->mdns = hp_mdns_create(scene->home, &(struct hp_mdns_link){ note_send, scene });
}

static void
end(struct scene *scene)
{
    hp_mdns_destroy(scene->mdns);
    fake_time_end();
    hp_worker_destroy(scene->home);
    g_string_free(scene->sent, TRUE);
    g_string_free(scene->found, TRUE);
}

static struct hp_mdns_search *
find(struct scene *scene, const char *asker, const char *name)
{
    return hp_mdns_find(scene->mdns, &scene->own, asker, name, note_found, scene->found);
}

// An answer for NAME, from that neighbour.
static void
answer(struct scene *scene, const char *from, const char *address)
{
    uint8_t message[100] = { [2] = 0x84, [7] = 1 };
    uint8_t query[HP_MDNS_QUERY_SIZE];
    bool is_ipv6 = strchr(address, ':') != NULL;
    hp_mdns_write_query(NAME, is_ipv6, query);
    memcpy(message + 12, query + 12, 48); // the name, type and class
    message[60 + 5] = is_ipv6 ? 16 : 4;
    inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address, message + 66);
    hp_mdns_recv(scene->mdns, &scene->own, from, message, 66 + message[65]);
}

static void
an_answer_ends_the_search(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    assert_non_null(find(&scene, "ann", NAME));
    assert_string_equal(scene.sent->str, "2:A ");
    answer(&scene, "192.168.1.20", "192.168.1.20");
    assert_string_equal(scene.found->str, "192.168.1.20;");
    fake_time_pass_ms(3000);
    assert_string_equal(scene.sent->str, "2:A ");
    assert_string_equal(scene.found->str, "192.168.1.20;");
    end(&scene);
}

static void
silence_is_told_after_a_second_and_three_queries(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    assert_non_null(find(&scene, "ann", NAME));
    fake_time_pass_ms(79);
    assert_string_equal(scene.sent->str, "2:A ");
    fake_time_pass_ms(2);
    assert_string_equal(scene.sent->str, "2:A 2:AAAA ");
    fake_time_pass_ms(900);
    assert_string_equal(scene.sent->str, "2:A 2:AAAA 2:A ");
    assert_string_equal(scene.found->str, "");
    fake_time_pass_ms(100);
    assert_string_equal(scene.found->str, "none;");
    answer(&scene, "192.168.1.20", "192.168.1.20"); // too late
    assert_string_equal(scene.found->str, "none;");
    end(&scene);
}

static void
each_network_that_has_multicast_is_asked_once(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    own(&scene, 2, "192.168.1.8", 24);
    own(&scene, 2, "2001:db8::7", 64);
    own(&scene, 3, "2001:db8:1::7", 64);
    own(&scene, 4, "10.8.0.1", 24)->is_multicast = false; // a tunnel
    own(&scene, 5, "172.17.0.1", 16)->is_virtual = true;
    assert_non_null(find(&scene, "ann", NAME));
    assert_string_equal(scene.sent->str, "2:A 3:A ");
    end(&scene);
}

static void
only_addresses_of_our_networks_told_by_neighbours_count(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    own(&scene, 2, "2001:db8::7", 64);
    assert_non_null(find(&scene, "ann", NAME));
    answer(&scene, "198.51.100.9", "192.168.1.20"); // from outside
    answer(&scene, "192.168.1.20", "198.51.100.9"); // not of our network
    answer(&scene, "192.168.1.20", "127.0.0.1");
    answer(&scene, "192.168.1.20", "224.0.0.1");
    answer(&scene, "192.168.1.20", "fe80::1");
    assert_string_equal(scene.found->str, "");
    answer(&scene, "fe80::20", "2001:db8::20");
    assert_string_equal(scene.found->str, "2001:db8::20;");
    end(&scene);
}

static void
only_names_of_browsers_are_asked_for(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    assert_null(find(&scene, "ann", "printer.local"));
    assert_null(find(&scene, "ann", "desk.example"));
    assert_string_equal(scene.sent->str, "");
    end(&scene);
}

static void
two_thousand_names_cost_less_than_twenty_queries(void **state)
{
    (void) state;
    struct scene scene;
    struct hp_mdns_stats stats;
    begin(&scene);
    for (unsigned i = 0; i < 2000; i++) {
        char name[64];
        snprintf(name, sizeof(name), "%08x-23a8-4b01-bd8c-5d1dba10d5d4.local", i);
        find(&scene, "mallory", name);
    }
    fake_time_pass_ms(2000);
    hp_mdns_get_stats(scene.mdns, &stats);
    assert_int_equal(stats.queries, 18);
    assert_int_equal(stats.refused, 1994);
    assert_non_null(find(&scene, "ann", NAME)); // others are not kept from it
    end(&scene);
}

static void
many_sessions_are_bounded_together(void **state)
{
    (void) state;
    struct scene scene;
    unsigned begun = 0;
    begin(&scene);
    for (unsigned i = 0; i < 500; i++) {
        char asker[16];
        snprintf(asker, sizeof(asker), "m%u", i);
        begun += find(&scene, asker, NAME) != NULL;
    }
    assert_int_equal(begun, 24);
    end(&scene);
}

static void
a_search_that_is_cancelled_tells_nothing(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    hp_mdns_cancel(find(&scene, "ann", NAME));
    answer(&scene, "192.168.1.20", "192.168.1.20");
    fake_time_pass_ms(3000);
    assert_string_equal(scene.found->str, "");
    assert_string_equal(scene.sent->str, "2:A ");
    end(&scene);
}

static void
two_sessions_may_search_for_one_name(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    assert_non_null(find(&scene, "ann", NAME));
    assert_non_null(find(&scene, "bob", NAME));
    answer(&scene, "192.168.1.20", "192.168.1.20");
    assert_string_equal(scene.found->str, "192.168.1.20;192.168.1.20;");
    end(&scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_ends_the_search),
        cmocka_unit_test(silence_is_told_after_a_second_and_three_queries),
        cmocka_unit_test(each_network_that_has_multicast_is_asked_once),
        cmocka_unit_test(only_addresses_of_our_networks_told_by_neighbours_count),
        cmocka_unit_test(only_names_of_browsers_are_asked_for),
        cmocka_unit_test(two_thousand_names_cost_less_than_twenty_queries),
        cmocka_unit_test(many_sessions_are_bounded_together),
        cmocka_unit_test(a_search_that_is_cancelled_tells_nothing),
        cmocka_unit_test(two_sessions_may_search_for_one_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
