// Tests of src/peer: what whole viewers keep in the heap, with picture, sound and data channel,
// and that all of it is free again when they have gone.
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

#include "ice/agent.h"
#include "ice/config.h"
#include "loop/pair.h"
#include "nat/ingress.h"
#include "pair/locals.h"
#include "pair/shared_ice.h"

enum {
    FIRST_CROWDS = 2,
    PAIRS = 50, // a pair is two peers, each with the same parts: 100 viewers
    ENOUGH_PACKETS = 20,
    MOST_BYTES = 110 * 1024, // of a viewer
    UNTOUCHED_BYTES = 128 * 1024, // of libnice's agent: two buffers that no page of RAM ever backs
    LEFT_BYTES = 8192, // of a pair that has gone; the allocator's caches stray by some 4,000
};

struct crowd {
    struct pair *pairs;
    unsigned count;
};

static struct pair_params params;
static struct hp_ingress *port; // of the server

static bool
all_have_all(void *arg)
{
    const struct crowd *crowd = arg;
    for (unsigned i = 0; i < crowd->count; i++) {
        struct pair *pair = &crowd->pairs[i];
        if (atomic_load(&pair->client.complete_count) < ENOUGH_PACKETS
                || atomic_load(&pair->client.open_count) == 0
                || atomic_load(&pair->server.attach_count) < 2) { // picture and sound
            return false;
        }
    }
    return true;
}

static size_t
count_heap(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void
come(struct crowd *crowd, struct bench *bench, unsigned count)
{
    *crowd = (struct crowd){ .pairs = g_new0(struct pair, count), .count = count };
    for (unsigned i = 0; i < count; i++) {
        pair_start(&crowd->pairs[i], bench, &params);
    }
    assert_true(bench_run(bench, all_have_all, crowd));
}

static void
go(struct crowd *crowd, struct bench *bench)
{
    for (unsigned i = 0; i < crowd->count; i++) {
        hp_peer_close(crowd->pairs[i].server.peer);
        hp_peer_close(crowd->pairs[i].client.peer);
    }
    for (unsigned i = 0; i < crowd->count; i++) {
        crowd->pairs[i].server.peer = NULL; // closing
        crowd->pairs[i].client.peer = NULL;
        pair_close(&crowd->pairs[i], bench);
    }
    g_free(crowd->pairs);
}

// most_bytes: of a pair. The first crowds load what all viewers share, and fill the caches of the
// allocator.
static void
check_heap(struct bench *bench, size_t most_bytes)
{
    struct crowd crowd;
    for (unsigned i = 0; i < FIRST_CROWDS; i++) {
        come(&crowd, bench, PAIRS);
        go(&crowd, bench);
    }
    size_t before = count_heap();
    come(&crowd, bench, PAIRS);
    size_t each = (count_heap() - before - PAIRS * sizeof(struct pair)) / PAIRS;
    go(&crowd, bench);
    size_t after = count_heap();
    size_t left = after < before ? 0 : (after - before) / PAIRS;
    print_message("# FIGURE heap of two viewers: %zu bytes, %zu once they have gone\n", each, left);
    assert_true(each < most_bytes);
    assert_true(left < LEFT_BYTES);
}

static void
a_viewer_with_a_port_of_its_own_takes_110_kib_and_gives_them_back(void **state)
{
    struct bench bench;
    (void) state;
    params = (struct pair_params){ .packets_per_frame = 2 };
    bench_init(&bench, &params);
    check_heap(&bench, 2 * (MOST_BYTES + UNTOUCHED_BYTES));
    bench_finish(&bench);
}

// The server's shared port tells the browsers apart by their addresses.
static struct hp_ice *
create_ice(struct side *side, struct hp_worker *worker)
{
    static const char *const interfaces[] = { "127.0.0.1", NULL };
    if (side->is_server) {
        struct hp_locals_params locals = { .interfaces = interfaces, .with_loopback = true };
        return hp_shared_ice_create(port, worker, &locals, "server");
    }
    struct hp_ice_config *config = g_new0(struct hp_ice_config, 1);
    config->with_loopback = true;
    config->interfaces = g_strdupv((char **) interfaces);
    return hp_ice_agent_create(worker, config, "client");
}

static void
a_viewer_on_the_shared_port_takes_110_kib_and_gives_them_back(void **state)
{
    struct bench bench;
    (void) state;
    params = (struct pair_params){ .packets_per_frame = 2, .create_ice = create_ice };
    bench_init(&bench, &params);
    port = hp_ingress_create(&bench.server_worker, 1, 0);
    assert_non_null(port);
    check_heap(&bench, 2 * MOST_BYTES + UNTOUCHED_BYTES);
    bench_finish(&bench);
    hp_ingress_destroy(port);
}

int
main(void)
{
    hp_rtc_prepare_process();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 77; // a sanitizer has an allocator of its own
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_viewer_on_the_shared_port_takes_110_kib_and_gives_them_back),
        cmocka_unit_test(a_viewer_with_a_port_of_its_own_takes_110_kib_and_gives_them_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
