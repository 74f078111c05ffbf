// Tests of nat/annex.c, on real sockets over loopback.
#include "nat/annex.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include <cmocka.h>

#include "base/worker.h"
#include "nat/flow.h"
#include "nat/service.h"

enum { DEADLINE_S = 20, SIZE = 28 };

static struct scene {
    struct hp_worker *worker;
    struct hp_annex *annex;
    struct hp_flow flow; // of the last datagram
    unsigned datagrams;
} scene;

static bool
on_datagram(void *arg, const struct hp_flow *from, const uint8_t *data, size_t size)
{
    static const uint8_t zeroes[HP_SERVICE_SPARE];
    const struct hp_segment segment = { data, size };
    (void) arg;
    assert_memory_equal(&data[size], zeroes, sizeof(zeroes));
    scene.flow = *from;
    scene.datagrams++;
    from->carrier->ops->send_run(from->carrier, from, &segment, 1);
    return true;
}

static const struct hp_service_ops service_ops = { .on_datagram = on_datagram };

static int
begin(void **state)
{
    (void) state;
    memset(&scene, 0, sizeof(scene));
    alarm(DEADLINE_S);
    scene.worker = hp_worker_create_main();
    scene.annex = hp_annex_create(scene.worker, 0);
    assert_non_null(scene.annex);
    hp_annex_set_service(scene.annex, &(struct hp_service){ .ops = &service_ops });
    return 0;
}

static int
end(void **state)
{
    (void) state;
    hp_worker_destroy(scene.worker);
    hp_annex_destroy(scene.annex);
    alarm(0);
    return 0;
}

static int
connect_client(const char *address)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = inet_addr(address),
        .sin_port = htons(hp_annex_port(scene.annex)),
    };
    assert_int_equal(connect(fd, (struct sockaddr *) &to, sizeof(to)), 0);
    return fd;
}

static void
await_datagram(void)
{
    while (scene.datagrams == 0) {
        g_main_context_iteration(hp_worker_context(scene.worker), TRUE);
    }
}

static void
an_answer_comes_from_the_address_and_port_that_were_asked(void **state)
{
    uint8_t data[SIZE] = { 0, 1 }, answer[SIZE];
    int fd = connect_client("127.0.0.3");
    assert_int_equal(send(fd, data, SIZE, 0), SIZE);
    await_datagram();
    assert_int_equal(recv(fd, answer, SIZE, 0), SIZE);
    assert_memory_equal(answer, data, SIZE);
    assert_int_equal(scene.flow.local.port, hp_annex_port(scene.annex));
    assert_ptr_equal(scene.flow.carrier, hp_annex_carrier(scene.annex));
    close(fd);
}

static void
what_is_no_stun_goes_nowhere(void **state)
{
    static const uint8_t firsts[] = { 4, 22, 64, 128, 0 }; // DTLS, ChannelData, RTP; STUN
    int fd = connect_client("127.0.0.1");
    for (size_t i = 0; i < sizeof(firsts); i++) {
        assert_int_equal(send(fd, &firsts[i], 1, 0), 1);
    }
    await_datagram();
    assert_int_equal(scene.datagrams, 1); // the last one
    close(fd);
}

static void
a_port_that_is_taken_is_refused(void **state)
{
    assert_null(hp_annex_create(scene.worker, hp_annex_port(scene.annex)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                an_answer_comes_from_the_address_and_port_that_were_asked, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_stun_goes_nowhere, begin, end),
        cmocka_unit_test_setup_teardown(a_port_that_is_taken_is_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
