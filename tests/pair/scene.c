// scene.c - a browser that the test plays, before an ICE of the shared port.
#include "pair/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

#include "base/path.h"
#include "base/worker.h"
#include "fixture/fake_time.h"
#include "pair/locals.h"
#include "pair/shared_ice.h"

struct pair_scene scene;

static unsigned
send_run(struct hp_carrier *carrier, const struct hp_flow *flow, const struct hp_segment *segments,
        unsigned count)
{
    (void) carrier;
    for (unsigned i = 0; i < count; i++) {
        struct datagram *sent = &scene.sent[scene.sent_count++];
        assert_true(scene.sent_count < SENT_MAX && segments[i].size <= HP_STUN_MESSAGE_MAX);
        sent->flow = *flow;
        sent->size = segments[i].size;
        memcpy(sent->data, segments[i].data, segments[i].size);
    }
    return count;
}

static void
await(struct hp_carrier *carrier, const struct hp_flow *flow, struct hp_flow_wait *wait)
{
    (void) carrier;
    (void) flow;
    (void) wait;
}

static void
cancel(struct hp_carrier *carrier, struct hp_flow_wait *wait)
{
    (void) carrier;
    (void) wait;
}

static void
validate(struct hp_carrier *carrier, const struct hp_flow *flow) // of TCP only
{
    (void) carrier;
    (void) flow;
}

static const struct hp_carrier_ops carrier_ops = {
    .send_run = send_run, .await = await, .cancel = cancel, .validate = validate,
};

static void
on_candidate(void *arg, const char *candidate)
{
    (void) arg;
    g_string_append_printf(scene.candidates, "%s\n", candidate);
}

static void
on_candidate_gone(void *arg, const char *candidate)
{
    (void) arg;
    g_string_append_printf(scene.gone, "%s\n", candidate);
}

static void
on_state(void *arg, enum hp_ice_state state)
{
    (void) arg;
    scene.state = state;
    scene.states[state]++;
}

static void
on_address(void *arg)
{
    (void) arg;
    scene.addresses++;
}

static const struct hp_ice_cbs ice_cbs = {
    .on_candidate = on_candidate, .on_candidate_gone = on_candidate_gone, .on_state = on_state, .on_address = on_address,
};

static void
on_packet(void *arg, const uint8_t *data, size_t size)
{
    (void) arg;
    (void) data;
    (void) size;
    scene.packets++;
}

static void
on_writable(void *arg)
{
    (void) arg;
}

static const struct hp_path_cbs path_cbs = { .on_packet = on_packet, .on_writable = on_writable };

static struct hp_flow
make_flow(const char *remote)
{
    struct hp_flow flow = { .carrier = &scene.carrier };
    hp_addr_parse(&flow.local, "10.0.0.2", hp_ingress_port(scene.ingress));
    hp_addr_parse(&flow.remote, remote, 40000);
    return flow;
}

int
scene_begin(void **state)
{
    (void) state;
    static const char *const interfaces[] = { "10.0.0.2", NULL };
    struct hp_locals_params params = { .interfaces = interfaces };
    memset(&scene, 0, sizeof(scene));
    scene.carrier = (struct hp_carrier){ .ops = &carrier_ops, .kind = HP_PATH_UDP };
    scene.candidates = g_string_new(NULL);
    scene.gone = g_string_new(NULL);
    scene.worker = hp_worker_create_main();
    fake_time_begin(scene.worker);
    struct hp_worker *workers[] = { scene.worker };
    scene.ingress = hp_ingress_create(workers, 1, 0);
    scene.ice = hp_shared_ice_create(scene.ingress, scene.worker, &params, "peer");
    scene.ice->cbs = &ice_cbs;
    scene.ice->path->cbs = &path_cbs;
    scene.home = make_flow("192.0.2.1");
    scene.elsewhere = make_flow("192.0.2.2");
    scene.browser = (struct hp_stun_local){
        .ufrag = "them", .password = PASSWORD, .tie = 1,
    };
    assert_true(scene.ice->ops->gather(scene.ice));
    return 0;
}

static void
note_gone(void *arg)
{
    (void) arg;
    scene.is_gone = true;
}

int
scene_end(void **state)
{
    (void) state;
    scene.ice->ops->close(scene.ice, note_gone, NULL);
    assert_true(scene.is_gone);
    fake_time_end();
    hp_worker_destroy(scene.worker);
    hp_ingress_destroy(scene.ingress);
    g_string_free(scene.candidates, TRUE);
    g_string_free(scene.gone, TRUE);
    return 0;
}

void
set_remote(void)
{
    scene.ice->ops->set_remote(scene.ice, scene.browser.ufrag, scene.browser.password);
    fake_time_pass_ms(1); // a check goes out in the next turn at the earliest
}

static bool
inject(const struct hp_flow *flow, const void *data, size_t size)
{
    uint8_t copy[HP_STUN_MESSAGE_MAX + HP_SERVICE_SPARE] = { 0 };
    memcpy(copy, data, size);
    return hp_ingress_inject(scene.ingress, flow, copy, size);
}

void
send_check_with(const struct hp_flow *flow, const char *password, bool nominates)
{
    uint8_t data[HP_STUN_MESSAGE_MAX];
    uint8_t id[HP_STUN_ID_SIZE];
    hp_stun_make_id(id, 0);
    struct hp_stun_check check = {
        .id = id,
        .ufrag = scene.browser.ufrag,
        .remote_ufrag = scene.ice->ops->ufrag(scene.ice),
        .remote_password = password,
        .priority = 1000,
        .tie = scene.browser.tie,
        .is_controlling = scene.is_controlling,
        .nominates = nominates,
    };
    size_t size = hp_stun_write_check(&check, data);
    assert_true(inject(flow, data, size));
}

void
send_check(const struct hp_flow *flow, bool nominates)
{
    send_check_with(flow, scene.ice->ops->password(scene.ice), nominates);
}

void
send_byte(const struct hp_flow *flow, uint8_t first)
{
    uint8_t data[64] = { first };
    inject(flow, data, sizeof(data));
}

static void
read_check(const struct datagram *sent)
{
    uint8_t answer[HP_STUN_MESSAGE_MAX];
    struct hp_stun_request request;
    enum hp_stun_verdict verdict = hp_stun_answer_check(&scene.browser, &scene.is_controlling,
            sent->data, sent->size, &sent->flow.local, &request, answer);
    scene.checks++;
    scene.nominations += verdict == HP_STUN_GOOD && request.nominates;
    if (!scene.is_deaf && request.answer_size > 0) {
        inject(&sent->flow, answer, request.answer_size);
    }
}

// The browser reads all that has come, and answers checks.
void
read_all(void)
{
    while (scene.read_count < scene.sent_count) {
        struct datagram sent = scene.sent[scene.read_count++];
        struct hp_stun_peek peek;
        if (!hp_stun_peek(sent.data, sent.size, &peek)) {
            scene.media++;
            scene.last_media = sent.flow;
        } else if (peek.kind == HP_STUN_CHECK) {
            read_check(&sent);
        } else {
            scene.answers++;
        }
    }
}

void
pass_seconds(unsigned seconds)
{
    for (unsigned i = 0; i < seconds * 10; i++) {
        fake_time_pass_ms(100);
        read_all();
    }
}

void
connect_browser(void)
{
    scene.ice->ops->set_controlling(scene.ice, true);
    set_remote();
    send_check(&scene.home, false);
    fake_time_pass_ms(5);
    read_all();
    assert_int_equal(scene.state, HP_ICE_CONNECTED);
}

void
move_server(const char *const *interfaces)
{
    struct hp_locals_params params = { .interfaces = interfaces };
    g_string_truncate(scene.candidates, 0);
    g_string_truncate(scene.gone, 0);
    hp_shared_ice_move(scene.ice, &params);
}

void
send_media(void)
{
    uint8_t data[8] = { RTP };
    struct hp_segment segment = { .data = data, .size = sizeof(data) };
    scene.ice->path->ops->send_run(scene.ice->path, &segment, 1);
    read_all();
}
