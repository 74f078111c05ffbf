// Tests of ice/prober.c and ice/probe.c: against a server of the test's own that runs between the
// turns of the loop, in the test's time.
#include "ice/prober.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>
#include <stun/stunagent.h>

#include "base/worker.h"
#include "fixture/fake_time.h"
#include "ice/server.h"

enum {
    ROUND_MS = 5 * 60 * 1000,
    SILENT = 0, // of the server's answer; otherwise an error code
    BINDS = 1,
};

static char host[] = "127.0.0.1", username[] = "somebody", secret[] = "the-wrong-password";

struct scene {
    struct hp_worker *home;
    struct hp_ice_prober *prober;
    struct hp_ice_server server;
    bool is_name_known;
    int fd; // of the server
    int stream_fd; // its connection, -1: none
    int answer;
    bool wants_credentials; // answers 401 first
    bool is_wild; // answers with other bytes, too
    unsigned requests;
    int old_stderr;
    FILE *log;
};

static bool
find_address(void *arg, const char *name, char address[HP_ADDRESS_TEXT_SIZE])
{
    const struct scene *scene = arg;
    g_strlcpy(address, name, HP_ADDRESS_TEXT_SIZE);
    return scene->is_name_known;
}

static int
set_up(void **state)
{
    static struct scene scene;
    scene = (struct scene) { .is_name_known = true, .stream_fd = -1 };
    scene.home = hp_worker_create_main();
    fake_time_begin(scene.home);
    scene.log = tmpfile();
    scene.old_stderr = dup(2);
    dup2(fileno(scene.log), 2);
    *state = &scene;
    return 0;
}

static int
tear_down(void **state)
{
    struct scene *scene = *state;
    hp_ice_prober_destroy(scene->prober);
    if (scene->fd >= 0) {
        close(scene->fd);
    }
    if (scene->stream_fd >= 0) {
        close(scene->stream_fd);
    }
    dup2(scene->old_stderr, 2);
    close(scene->old_stderr);
    fclose(scene->log);
    fake_time_end();
    hp_worker_destroy(scene->home);
    return 0;
}

static void
start(struct scene *scene, enum hp_ice_server_kind kind)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);
    bool is_stream = kind == HP_ICE_TURN_TCP;
    scene->fd = socket(AF_INET, (is_stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(scene->fd, (struct sockaddr *) &address, size), 0);
    assert_int_equal(is_stream ? listen(scene->fd, 1) : 0, 0);
    assert_int_equal(getsockname(scene->fd, (struct sockaddr *) &address, &size), 0);
    scene->server = (struct hp_ice_server) { .kind = kind,
        .host = host,
        .port = ntohs(address.sin_port),
        .username = username,
        .credential = secret };
    scene->prober = hp_ice_prober_create(&(struct hp_ice_prober_params) { .home = scene->home,
            .servers = &scene->server,
            .server_count = 1,
            .find_address = find_address,
            .arg = scene });
}

// Writes the answer to a request; its size, 0: none.
static size_t
write_answer(const struct scene *scene, const uint8_t *bytes, size_t size, uint8_t *answer)
{
    StunAgent agent;
    StunMessage request, message;
    stun_agent_init(&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
            STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
    assert_int_equal(stun_agent_validate(&agent, &request, bytes, size, NULL, NULL),
            STUN_VALIDATION_SUCCESS);
    uint16_t realm_size;
    bool has_realm = stun_message_find(&request, STUN_ATTRIBUTE_REALM, &realm_size) != NULL;
    if (scene->answer == SILENT) {
        return 0;
    }
    if (scene->answer == BINDS) {
        struct sockaddr_in mapped = { .sin_family = AF_INET, .sin_port = htons(4000) };
        stun_agent_init_response(&agent, &message, answer, 512, &request);
        stun_message_append_xor_addr(&message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS,
                (const struct sockaddr_storage *) (const void *) &mapped, sizeof(mapped));
        return stun_agent_finish_message(&agent, &message, NULL, 0);
    }
    int code = scene->wants_credentials && !has_realm ? 401 : scene->answer;
    stun_agent_init_error(&agent, &message, answer, 512, &request, (StunError) code);
    if (scene->wants_credentials) {
        stun_message_append_string(&message, STUN_ATTRIBUTE_REALM, "realm");
        stun_message_append_string(&message, STUN_ATTRIBUTE_NONCE, "nonce");
    }
    return stun_agent_finish_message(&agent, &message, NULL, 0);
}

static void
serve(struct scene *scene)
{
    uint8_t request[1500], answer[512];
    struct sockaddr_storage from;
    socklen_t from_size = sizeof(from);
    bool is_stream = scene->server.kind == HP_ICE_TURN_TCP;
    if (is_stream && scene->stream_fd < 0) {
        scene->stream_fd = accept4(scene->fd, NULL, NULL, SOCK_NONBLOCK);
    }
    int fd = is_stream ? scene->stream_fd : scene->fd;
    ssize_t got = recvfrom(fd, request, sizeof(request), 0, (struct sockaddr *) &from, &from_size);
    if (got <= 0) {
        return;
    }
    scene->requests++;
    if (scene->is_wild) {
        static const uint8_t noise[40] = { 1, 2, 3 };
        sendto(fd, noise, sizeof(noise), 0, (struct sockaddr *) &from, from_size);
        sendto(fd, noise, 0, 0, (struct sockaddr *) &from, from_size);
    }
    size_t size = write_answer(scene, request, (size_t) got, answer);
    if (size > 0 && is_stream) { // in two pieces
        assert_int_equal(send(fd, answer, 7, 0), 7);
        fake_time_pass_ms(5);
        assert_int_equal(send(fd, answer + 7, size - 7, 0), size - 7);
    } else if (size > 0) {
        sendto(fd, answer, size, 0, (struct sockaddr *) &from, from_size);
    }
}

static void
pass(struct scene *scene, int time_ms)
{
    for (int ms = 0; ms < time_ms; ms += 10) {
        fake_time_pass_ms(10);
        serve(scene);
    }
}

// How often the text stands in the log, where the credential must not.
static unsigned
count_logged(struct scene *scene, const char *text)
{
    static char log[65536];
    rewind(scene->log);
    log[fread(log, 1, sizeof(log) - 1, scene->log)] = '\0';
    assert_null(strstr(log, secret));
    assert_null(strstr(log, username));
    unsigned count = 0;
    for (const char *at = log; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    return count;
}

static void
a_wrong_password_is_told_once(void **state)
{
    struct scene *scene = *state;
    scene->answer = 401;
    scene->wants_credentials = true;
    start(scene, HP_ICE_TURN_UDP);
    assert_int_equal(hp_ice_prober_count_failed(scene->prober), 0);
    pass(scene, 1000);
    assert_int_equal(scene->requests, 2); // without and with credentials
    assert_int_equal(hp_ice_prober_count_failed(scene->prober), 1);
    char *text = g_strdup_printf("turn:127.0.0.1:%d refuses us (401)", scene->server.port);
    assert_int_equal(count_logged(scene, text), 1);
    pass(scene, ROUND_MS);
    assert_int_equal(scene->requests, 4);
    assert_int_equal(count_logged(scene, text), 1);
    g_free(text);
}

static void
another_refusal_is_another_line(void **state)
{
    struct scene *scene = *state;
    scene->answer = 403;
    start(scene, HP_ICE_TURN_UDP);
    pass(scene, 1000);
    assert_int_equal(count_logged(scene, "refuses us (403)"), 1);
    scene->answer = 486;
    pass(scene, ROUND_MS);
    assert_int_equal(count_logged(scene, "refuses us (486)"), 1);
    assert_int_equal(count_logged(scene, "refuses us"), 2);
}

static void
silence_is_told_after_5_seconds(void **state)
{
    struct scene *scene = *state;
    scene->is_wild = true;
    start(scene, HP_ICE_TURN_UDP);
    pass(scene, 5400);
    assert_int_equal(hp_ice_prober_count_failed(scene->prober), 0);
    pass(scene, 300);
    assert_int_equal(hp_ice_prober_count_failed(scene->prober), 1);
    assert_int_equal(scene->requests, 4);
    assert_int_equal(count_logged(scene, "does not answer in 5 s"), 1);
}

static void
a_port_where_nothing_listens_is_told(void **state)
{
    struct scene *scene = *state;
    start(scene, HP_ICE_TURN_UDP);
    close(scene->fd);
    scene->fd = -1;
    pass(scene, 1000);
    assert_int_equal(count_logged(scene, "cannot be reached (Connection refused)"), 1);
    assert_int_equal(hp_ice_prober_count_failed(scene->prober), 1);
}

static void
a_server_that_serves_is_told_only_after_a_fault(void **state)
{
    struct scene *scene = *state;
    scene->answer = BINDS;
    start(scene, HP_ICE_STUN);
    pass(scene, 1000);
    assert_int_equal(scene->requests, 1);
    assert_int_equal(count_logged(scene, "127.0.0.1"), 0);
    scene->answer = SILENT;
    pass(scene, ROUND_MS + 10000);
    assert_int_equal(hp_ice_prober_count_failed(scene->prober), 1);
    scene->answer = BINDS;
    pass(scene, ROUND_MS + 10000);
    assert_int_equal(hp_ice_prober_count_failed(scene->prober), 0);
    assert_int_equal(count_logged(scene, "serves us again"), 1);
}

static void
an_answer_over_tcp_may_come_in_pieces(void **state)
{
    struct scene *scene = *state;
    scene->answer = 508;
    start(scene, HP_ICE_TURN_TCP);
    pass(scene, 1000);
    assert_int_equal(scene->requests, 1);
    assert_int_equal(count_logged(scene, "?transport=tcp refuses us (508)"), 1);
}

static void
a_name_that_is_not_known_is_asked_later(void **state)
{
    struct scene *scene = *state;
    scene->is_name_known = false;
    scene->answer = 403;
    start(scene, HP_ICE_TURN_UDP);
    pass(scene, 2000);
    assert_int_equal(scene->requests, 0);
    assert_int_equal(count_logged(scene, "127.0.0.1"), 0);
    scene->is_name_known = true;
    pass(scene, 10000);
    assert_int_equal(scene->requests, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_wrong_password_is_told_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_refusal_is_another_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(silence_is_told_after_5_seconds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_port_where_nothing_listens_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
                a_server_that_serves_is_told_only_after_a_fault, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_over_tcp_may_come_in_pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_that_is_not_known_is_asked_later, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
