// Tests of peer/peer.c: what it hands on from home to its worker. What stands below it is the
// test's; home is the worker as well, so a task runs when the test says so.
#include "peer/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/ice.h"
#include "base/input_sink.h"
#include "base/worker.h"
#include "ice/agent.h"
#include "ice/config.h"
#include "pair/locals.h"
#include "pair/shared_ice.h"
#include "peer/endpoint.h"
#include "peer/moves.h"
#include "peer/rtc.h"
#include "peer/watchdog.h"

static struct {
    struct hp_worker *home;
    struct hp_peer *peer;
    struct hp_moves_params moves;
    struct hp_ice ice; // of the shared port, or libnice's
    bool has_own_port;
    struct hp_endpoint_params endpoint;
    unsigned moved, looked;
    char address[64]; // the first one of the last move
    bool is_closed;
} scene;

static int a_thing; // whose address stands for what is not looked into

// ---- rtc ----

struct hp_ice_config *
hp_rtc_take_ice_config(struct hp_rtc *rtc, const char *address, const char *host)
{
    (void) rtc;
    (void) address;
    (void) host;
    return g_new0(struct hp_ice_config, 1);
}

struct hp_reach *
hp_rtc_reach(const struct hp_rtc *rtc)
{
    (void) rtc;
    return NULL;
}

struct hp_ingress *
hp_rtc_ingress(const struct hp_rtc *rtc)
{
    (void) rtc;
    return scene.has_own_port ? NULL : (struct hp_ingress *) (void *) &a_thing;
}

unsigned
hp_rtc_count_failed_servers(const struct hp_rtc *rtc)
{
    (void) rtc;
    return 0;
}

struct hp_dtls_context *
hp_rtc_dtls_context(const struct hp_rtc *rtc)
{
    (void) rtc;
    return NULL;
}

struct hp_sctp_stack *
hp_rtc_sctp_stack(const struct hp_rtc *rtc)
{
    (void) rtc;
    return NULL;
}

const char *
hp_rtc_fingerprint(const struct hp_rtc *rtc)
{
    (void) rtc;
    return "AB:CD";
}

const struct hp_watchdog_timeouts *
hp_rtc_timeouts(const struct hp_rtc *rtc)
{
    static const struct hp_watchdog_timeouts timeouts;
    (void) rtc;
    return &timeouts;
}

// ---- moves ----

void
hp_moves_init(struct hp_moves *moves, const struct hp_moves_params *params,
        const struct hp_ice_config *config)
{
    (void) moves;
    (void) config;
    scene.moves = *params;
}

void
hp_moves_finish(struct hp_moves *moves)
{
    (void) moves;
    scene.moves.on_move = NULL;
}

struct hp_locals_params
hp_moves_locals(const struct hp_ice_config *config)
{
    return (struct hp_locals_params){
        .interfaces = (const char *const *) config->interfaces,
    };
}

// ---- the shared port's ICE ----

struct hp_ice *
hp_shared_ice_create(struct hp_ingress *ingress, struct hp_worker *worker,
        const struct hp_locals_params *params, const char *id)
{
    (void) ingress;
    (void) worker;
    (void) params;
    (void) id;
    return &scene.ice;
}

void
hp_shared_ice_limit(
        struct hp_ice *ice, struct hp_allowance *allowance, struct hp_strangers *strangers)
{
    (void) ice;
    (void) allowance;
    (void) strangers;
}

void
hp_shared_ice_move(struct hp_ice *ice, const struct hp_locals_params *params)
{
    assert_false(scene.has_own_port);
    assert_ptr_equal(ice, &scene.ice);
    scene.moved++;
    g_strlcpy(scene.address, params->interfaces[0], sizeof(scene.address));
}

// ---- libnice's ----

struct hp_ice *
hp_ice_agent_create(struct hp_worker *worker, struct hp_ice_config *config, const char *id)
{
    (void) worker;
    (void) id;
    hp_ice_config_destroy(config);
    return &scene.ice;
}

void
hp_ice_agent_move(struct hp_ice *ice, const struct hp_ice_config *config)
{
    assert_true(scene.has_own_port);
    assert_ptr_equal(ice, &scene.ice);
    scene.moved++;
    g_strlcpy(scene.address, config->interfaces[0], sizeof(scene.address));
}

// ---- the endpoint ----

struct hp_endpoint *
hp_endpoint_create(const struct hp_endpoint_params *params, const struct hp_endpoint_cbs *cbs,
        void *arg)
{
    (void) cbs;
    (void) arg;
    scene.endpoint = *params;
    return (struct hp_endpoint *) (void *) &a_thing;
}

void
hp_endpoint_close(struct hp_endpoint *endpoint, void (*on_gone)(void *arg), void *arg)
{
    (void) endpoint;
    on_gone(arg);
}

void
hp_endpoint_offer(struct hp_endpoint *endpoint, bool restart_ice)
{
    (void) endpoint;
    (void) restart_ice;
}

void
hp_endpoint_set_remote(struct hp_endpoint *endpoint, const char *type, const char *sdp)
{
    (void) endpoint;
    (void) type;
    (void) sdp;
}

void
hp_endpoint_add_candidate(struct hp_endpoint *endpoint, const char *candidate)
{
    (void) endpoint;
    (void) candidate;
}

void
hp_endpoint_enable_track(struct hp_endpoint *endpoint, enum hp_track_kind kind, bool is_enabled)
{
    (void) endpoint;
    (void) kind;
    (void) is_enabled;
}

void
hp_endpoint_select_level(struct hp_endpoint *endpoint, enum hp_track_kind kind, unsigned level)
{
    (void) endpoint;
    (void) kind;
    (void) level;
}

void
hp_endpoint_move(struct hp_endpoint *endpoint, const struct hp_ice_config *config)
{
    (void) endpoint;
    (void) config;
    assert_true(scene.has_own_port); // the shared port follows by itself
    scene.looked++;
}

void
hp_endpoint_send(struct hp_endpoint *endpoint, const char *label, const void *data, size_t size,
        bool is_brief)
{
    (void) endpoint;
    (void) label;
    (void) data;
    (void) size;
    (void) is_brief;
}

void
hp_endpoint_send_rtcp(struct hp_endpoint *endpoint, const void *data, size_t size)
{
    (void) endpoint;
    (void) data;
    (void) size;
}

void
hp_endpoint_get_stats(const struct hp_endpoint *endpoint, struct hp_peer_stats *stats)
{
    (void) endpoint;
    (void) stats;
}

// ---- the scene ----

static void
note_closed(void *arg)
{
    (void) arg;
    scene.is_closed = true;
}

// The worker does all that waits for it.
static void
turn(void)
{
    while (g_main_context_iteration(hp_worker_context(scene.home), FALSE)) {
    }
}

static void
begin_peer(bool has_own_port)
{
    static const struct hp_peer_cbs cbs = { .on_closed = note_closed };
    static struct hp_input_sink input_sink;
    static const enum hp_codec codecs[] = { HP_CODEC_VP8 };
    memset(&scene, 0, sizeof(scene));
    scene.has_own_port = has_own_port;
    scene.home = hp_worker_create_main();
    scene.peer = hp_peer_create(&(struct hp_peer_params){
                                        .id = "peer",
                                        .rtc = (struct hp_rtc *) (void *) &a_thing,
                                        .worker = scene.home,
                                        .home = scene.home,
                                        .input_sink = &input_sink,
                                        .codecs = codecs,
                                        .codec_count = 1,
                                },
            &cbs, NULL);
}

static int
begin(void **state)
{
    (void) state;
    begin_peer(false);
    return 0;
}

static int
begin_with_own_port(void **state)
{
    (void) state;
    begin_peer(true);
    return 0;
}

static int
end(void **state)
{
    (void) state;
    if (scene.moves.on_move != NULL) {
        hp_peer_close(scene.peer);
    }
    turn();
    assert_true(scene.is_closed);
    hp_worker_destroy(scene.home);
    return 0;
}

static void
move(const char *address)
{
    const char *const interfaces[] = { address, NULL };
    struct hp_ice_config *config = g_new0(struct hp_ice_config, 1);
    config->interfaces = g_strdupv((char **) (uintptr_t) interfaces);
    scene.moves.on_move(scene.moves.arg, config);
}

static void
an_address_that_has_changed_reaches_the_ice_of_the_shared_port(void **state)
{
    (void) state;
    assert_true(scene.moves.is_followed);
    turn();
    move("10.0.0.3");
    assert_int_equal(scene.moved, 0); // only on the worker
    turn();
    assert_int_equal(scene.moved, 1);
    assert_string_equal(scene.address, "10.0.0.3");
    move("10.0.0.4");
    turn();
    assert_int_equal(scene.moved, 2);
    assert_string_equal(scene.address, "10.0.0.4");
}

static void
an_address_that_has_changed_reaches_the_ice_of_a_port_of_its_own(void **state)
{
    (void) state;
    move("10.0.0.3"); // before there is an ICE
    turn();
    move("10.0.0.4");
    turn();
    assert_string_equal(scene.address, "10.0.0.4");
    assert_int_equal(scene.moved, scene.looked);
    assert_int_equal(scene.moved, 2);
}

static void
of_moves_that_a_worker_has_not_seen_the_newest_counts(void **state)
{
    (void) state;
    turn();
    for (unsigned i = 0; i < 1000; i++) {
        move("10.0.0.3");
    }
    move("10.0.0.4");
    turn();
    assert_int_equal(scene.moved, 1);
    assert_string_equal(scene.address, "10.0.0.4");
}

static void
a_move_that_waits_when_the_peer_closes_is_freed(void **state)
{
    (void) state;
    turn();
    move("10.0.0.3");
    hp_peer_close(scene.peer);
    turn();
    assert_true(scene.is_closed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_address_that_has_changed_reaches_the_ice_of_the_shared_port),
        cmocka_unit_test_setup_teardown(
                an_address_that_has_changed_reaches_the_ice_of_a_port_of_its_own,
                begin_with_own_port, end),
        TEST(of_moves_that_a_worker_has_not_seen_the_newest_counts),
        TEST(a_move_that_waits_when_the_peer_closes_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
