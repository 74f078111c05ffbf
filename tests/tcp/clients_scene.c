// clients_scene.c - test: hp_tcp with a fake service, and clients that connect over loopback.
// Owner: a test.  Thread: main.
#include "tcp/clients_scene.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include <cmocka.h>

#include "base/worker.h"
#include "fixture/fake_time.h"
#include "fixture/tcp_pair.h"
#include "gate/stream.h"

enum {
    TURNS = 64
};

const uint8_t binding[] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    12 };
struct scene scene;

// ---- the service ----

static void
note_flow(const struct hp_flow *from)
{
    for (unsigned i = 0; i < scene.flow_count; i++) {
        if (scene.flows[i].id == from->id) {
            return;
        }
    }
    assert_true(scene.flow_count < CLIENTS);
    scene.flows[scene.flow_count++] = *from;
}

static bool
on_datagram(void *arg, const struct hp_flow *from, const uint8_t *data, size_t size)
{
    struct hp_segment segment = { data, size };
    (void) arg;
    assert_true(hp_worker_is_current(scene.bench.main));
    note_flow(from);
    scene.messages++;
    scene.last_size = size;
    memcpy(scene.last, data, size);
    if (scene.is_refusing) {
        return false;
    }
    if (!scene.is_silent) {
        assert_int_equal(from->carrier->ops->send_run(from->carrier, from, &segment, 1), 1);
    }
    return true;
}

static bool
has_client(void *arg, const struct hp_flow *from)
{
    (void) arg;
    (void) from;
    return scene.is_known;
}

static void
on_service_end(void *arg, const struct hp_flow *from)
{
    (void) arg;
    assert_true(from->id > 0);
    scene.service_ends++;
}

static void
on_sign(void *arg, uint64_t guest)
{
    (void) arg;
    (void) guest;
    scene.signs++;
}

static void
on_proof(void *arg, uint64_t guest)
{
    (void) arg;
    (void) guest;
    scene.proofs++;
}

static void
on_end(void *arg, uint64_t guest)
{
    (void) arg;
    assert_in_range(guest, GUEST, GUEST + CLIENTS);
    scene.ends++;
}

// ---- the scene ----

static void
begin_scene(bool is_fake)
{
    static const struct hp_service_ops ops = {
        .on_datagram = on_datagram,
        .has_client = has_client,
        .on_end = on_service_end,
    };
    memset(&scene, 0, sizeof(scene));
    const struct hp_tcp_params params = {
        .service = { .ops = &ops },
        .on_sign = on_sign,
        .on_proof = on_proof,
        .on_end = on_end,
    };
    bench_begin(&scene.bench, &params, is_fake);
}

int
begin(void **state)
{
    (void) state;
    begin_scene(false);
    return 0;
}

int
begin_faked(void **state)
{
    (void) state;
    begin_scene(true);
    return 0;
}

int
end(void **state)
{
    (void) state;
    bench_end(&scene.bench);
    for (unsigned i = 0; i < scene.count; i++) {
        if (scene.clients[i] >= 0) {
            close(scene.clients[i]);
        }
    }
    return 0;
}

int
end_faked(void **state)
{
    fake_time_end();
    return end(state);
}

struct hp_tcp_counters
finish(void)
{
    return bench_finish(&scene.bench);
}

void
look(void)
{
    for (unsigned i = 0; i < TURNS; i++) {
        g_main_context_iteration(hp_worker_context(scene.bench.main), FALSE);
    }
}

void
pass(unsigned time_ms)
{
    look();
    fake_time_pass_ms(time_ms);
    look();
}

struct hp_stream *
connect_client(void)
{
    int fd = tcp_pair_open(&scene.clients[scene.count++], 0);
    struct hp_stream *stream = hp_stream_create(scene.bench.poller, fd, NULL, NULL, NULL);
    hp_stream_detach(stream);
    return stream;
}

void
take(void)
{
    struct hp_stream *stream = connect_client();
    hp_tcp_take(scene.bench.tcp, stream, NULL, 0, GUEST + scene.count - 1);
}

void
say(unsigned client, const void *data, size_t size)
{
    assert_int_equal(send(scene.clients[client], data, size, 0), size);
    look();
}

void
assert_read(unsigned client, const void *expected, size_t size)
{
    uint8_t data[2048];
    assert_int_equal(recv(scene.clients[client], data, size, MSG_WAITALL), size);
    assert_memory_equal(data, expected, size);
}

void
assert_over(unsigned client)
{
    uint8_t byte;
    ssize_t count = recv(scene.clients[client], &byte, 1, 0);
    assert_true(count == 0 || (count < 0 && errno == ECONNRESET));
}
