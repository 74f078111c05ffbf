// Tests of reach/reach.c: who is told when the network changes, and whether an HTTP server is asked.
// What knows the interfaces, and what asks servers outside, stands below.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/job.h"
#include "base/worker.h"
#include "reach/interfaces.h"
#include "reach/own.h"
#include "reach/reach.h"
#include "reach/reflexive.h"
#include "reach/retrieval.h"

static struct {
    struct hp_worker *home;
    struct hp_jobs *jobs;
    struct hp_reach *reach;
    struct hp_reach_watcher watcher;
    unsigned changes; // that the watcher was told of
    struct hp_own own;
    const char *seen; // by a STUN server; "": nothing
    void (*on_interfaces)(void *arg);
    void (*on_seen)(void *arg);
    bool is_retrieval_wanted;
    unsigned renewals;
} scene;

// ---- interfaces ----

struct hp_interfaces *
hp_interfaces_create(struct hp_worker *home, void (*on_change)(void *arg), void *arg)
{
    static int interfaces; // only its address counts
    (void) home;
    (void) arg;
    scene.on_interfaces = on_change;
    return (struct hp_interfaces *) (void *) &interfaces;
}

void
hp_interfaces_destroy(struct hp_interfaces *interfaces)
{
    (void) interfaces;
}

const struct hp_own *
hp_interfaces_own(const struct hp_interfaces *interfaces)
{
    (void) interfaces;
    return &scene.own;
}

// ---- STUN servers ----

struct hp_reflexive *
hp_reflexive_create(const struct hp_reflexive_params *params)
{
    static int reflexive; // only its address counts
    scene.on_seen = params->on_change;
    return (struct hp_reflexive *) (void *) &reflexive;
}

void
hp_reflexive_destroy(struct hp_reflexive *reflexive)
{
    (void) reflexive;
}

void
hp_reflexive_ask(struct hp_reflexive *reflexive, bool is_ipv6, bool is_wanted)
{
    (void) reflexive;
    (void) is_ipv6;
    (void) is_wanted;
}

bool
hp_reflexive_recv(struct hp_reflexive *reflexive, const struct sockaddr_storage *from,
        const uint8_t *data, size_t size)
{
    (void) reflexive;
    (void) from;
    (void) data;
    (void) size;
    return false;
}

bool
hp_reflexive_get(const struct hp_reflexive *reflexive, bool is_ipv6,
        char address[HP_ADDRESS_TEXT_SIZE], uint16_t *port)
{
    (void) reflexive;
    g_strlcpy(address, is_ipv6 ? "" : scene.seen, HP_ADDRESS_TEXT_SIZE);
    *port = 0;
    return address[0] != '\0';
}

// ---- the HTTP server ----

struct hp_retrieval *
hp_retrieval_create(const struct hp_retrieval_params *params)
{
    static int retrieval; // only its address counts
    assert_string_equal(params->url, "https://ip.example");
    return (struct hp_retrieval *) (void *) &retrieval;
}

void
hp_retrieval_destroy(struct hp_retrieval *retrieval)
{
    (void) retrieval;
}

void
hp_retrieval_want(struct hp_retrieval *retrieval, bool is_wanted)
{
    (void) retrieval;
    scene.is_retrieval_wanted = is_wanted;
}

void
hp_retrieval_renew(struct hp_retrieval *retrieval)
{
    (void) retrieval;
    scene.renewals++;
}

bool
hp_retrieval_get(const struct hp_retrieval *retrieval, char address[HP_ADDRESS_TEXT_SIZE])
{
    (void) retrieval;
    address[0] = '\0';
    return false;
}

// ---- the scene ----

static void
count_change(void *arg)
{
    (void) arg;
    scene.changes++;
}

// The server has that IPv4 address, and a router.
static void
set_own(const char *text, enum hp_address_class class)
{
    struct hp_own_address *address = &scene.own.addresses[0];
    scene.own = (struct hp_own){
        .count = 1, .gateways = { "10.0.0.1" }, .gateway_interfaces = { 1 },
    };
    *address = (struct hp_own_address){ .prefix_bits = 24, .class = class, .interface = 1 };
    g_strlcpy(address->text, text, sizeof(address->text));
}

static int
begin(void **state)
{
    (void) state;
    memset(&scene, 0, sizeof(scene));
    scene.home = hp_worker_create_main();
    scene.jobs = hp_jobs_create(1, 8);
    scene.seen = "";
    set_own("10.0.0.2", HP_ADDRESS_PRIVATE);
    scene.reach = hp_reach_create(&(struct hp_reach_params){
            .home = scene.home,
            .jobs = scene.jobs,
            .host_jobs = scene.jobs,
            .retrieval_url = "https://ip.example",
    });
    scene.watcher.on_change = count_change;
    hp_reach_watch(scene.reach, &scene.watcher);
    return 0;
}

static int
end(void **state)
{
    (void) state;
    hp_reach_unwatch(scene.reach, &scene.watcher);
    hp_reach_destroy(scene.reach);
    hp_jobs_destroy(scene.jobs);
    hp_worker_destroy(scene.home);
    return 0;
}

static void
who_watches_is_told_when_an_interface_comes_or_goes(void **state)
{
    (void) state;
    assert_int_equal(scene.changes, 0);
    scene.on_interfaces(scene.reach);
    assert_int_equal(scene.changes, 1);
}

static void
who_watches_is_told_when_servers_outside_see_another_address(void **state)
{
    (void) state;
    scene.seen = "198.51.100.9";
    scene.on_seen(scene.reach);
    assert_int_equal(scene.changes, 1);
}

static void
an_http_server_is_asked_only_while_no_stun_server_tells(void **state)
{
    (void) state;
    assert_true(scene.is_retrieval_wanted);
    scene.seen = "198.51.100.9";
    scene.on_seen(scene.reach);
    assert_false(scene.is_retrieval_wanted);
    scene.seen = "";
    scene.on_seen(scene.reach);
    assert_true(scene.is_retrieval_wanted);
}

static void
an_http_server_is_asked_anew_in_another_network_unless_an_interface_is_public(void **state)
{
    (void) state;
    scene.on_interfaces(scene.reach);
    assert_int_equal(scene.renewals, 1);
    assert_true(scene.is_retrieval_wanted);
    set_own("198.51.100.9", HP_ADDRESS_PUBLIC);
    scene.on_interfaces(scene.reach);
    assert_false(scene.is_retrieval_wanted);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_watches_is_told_when_an_interface_comes_or_goes),
        TEST(who_watches_is_told_when_servers_outside_see_another_address),
        TEST(an_http_server_is_asked_only_while_no_stun_server_tells),
        TEST(an_http_server_is_asked_anew_in_another_network_unless_an_interface_is_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
