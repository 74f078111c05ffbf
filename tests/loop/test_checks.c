// Tests of src/ice: what an ICE agent sends to addresses that never answer, and what it leaves on a
// TURN server.
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/ice.h"
#include "base/timer.h"
#include "base/worker.h"
#include "ice/agent.h"
#include "ice/config.h"

enum {
    FORGED = 100,             // candidates
    WATCH_US = 6 * 1000 * 1000,
    SECOND_US = 1000 * 1000,
    CHECKS_PER_SECOND = 6,    // 5, and one that a busy machine sent late
    CHECKS_MAX = 1000,
    TOO_LONG_US = 20 * 1000 * 1000,
    CLOSE_US = 1000 * 1000,
};

struct scene {
    struct hp_worker *worker;
    struct hp_ice_config config; // copied for each agent
    struct hp_ice *agent;
    struct hp_timer timer;
    unsigned checks, relays;
    int64_t check_times_us[CHECKS_MAX];
    char relay[200];
    bool is_late, is_gone;
    GPid turn;
    int victim;
    guint watch;
};

static void
on_candidate(void *arg, const char *candidate)
{
    struct scene *scene = arg;
    if (strstr(candidate, "typ relay") != NULL) {
        scene->relays++;
        g_strlcpy(scene->relay, candidate, sizeof(scene->relay));
        hp_worker_quit(scene->worker);
    }
}

static void
on_state(void *arg, enum hp_ice_state state)
{
    (void) arg;
    (void) state;
}

static void
on_address(void *arg)
{
    (void) arg;
}

static const struct hp_ice_cbs cbs = {
    .on_candidate = on_candidate, .on_candidate_gone = on_candidate, .on_state = on_state, .on_address = on_address,
};

static void
on_timer(void *arg)
{
    struct scene *scene = arg;
    scene->is_late = true;
    hp_worker_quit(scene->worker);
}

static int
begin(void **state)
{
    static char address[] = "127.0.0.1";
    static char *interfaces[] = { address, NULL };
    static struct scene scene;
    scene = (struct scene) { .worker = hp_worker_create_main(), .victim = -1 };
    scene.config.with_loopback = true;
    scene.config.interfaces = interfaces;
    hp_timer_init(&scene.timer, scene.worker, on_timer, &scene);
    *state = &scene;
    return 0;
}

static void
on_gone(void *arg)
{
    struct scene *scene = arg;
    scene->is_gone = true;
    hp_worker_quit(scene->worker);
}

static void
close_agent(struct scene *scene)
{
    scene->is_gone = false;
    scene->agent->ops->close(scene->agent, on_gone, scene);
    scene->agent = NULL;
    if (!scene->is_gone) {
        hp_worker_run(scene->worker);
    }
}

static void
create_agent(struct scene *scene, const char *id)
{
    struct hp_ice_config *config = g_memdup2(&scene->config, sizeof(scene->config));
    config->interfaces = g_strdupv(scene->config.interfaces);
    for (unsigned i = 0; i < config->server_count; i++) {
        config->servers[i].username = g_strdup(config->servers[i].username);
        config->servers[i].credential = g_strdup(config->servers[i].credential);
    }
    scene->agent = hp_ice_agent_create(scene->worker, config, id);
    assert_non_null(scene->agent);
    scene->agent->cbs = &cbs;
    scene->agent->cbs_arg = scene;
}

static int
end(void **state)
{
    struct scene *scene = *state;
    if (scene->agent != NULL) {
        close_agent(scene);
    }
    if (scene->turn != 0) {
        kill(scene->turn, SIGKILL);
        waitpid(scene->turn, NULL, 0);
    }
    if (scene->victim >= 0) {
        g_source_remove(scene->watch);
        close(scene->victim);
    }
    hp_timer_stop(&scene->timer);
    hp_worker_destroy(scene->worker);
    return 0;
}

static int
open_socket(uint16_t *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof(address);
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(descriptor >= 0);
    assert_int_equal(bind(descriptor, (struct sockaddr *) &address, sizeof(address)), 0);
    assert_int_equal(getsockname(descriptor, (struct sockaddr *) &address, &size), 0);
    *port = ntohs(address.sin_port);
    return descriptor;
}

static gboolean
on_victim_readable(gint descriptor, GIOCondition condition, gpointer arg)
{
    struct scene *scene = arg;
    (void) condition;
    uint8_t data[1500];
    while (recv(descriptor, data, sizeof(data), 0) > 0 && scene->checks < CHECKS_MAX) {
        scene->check_times_us[scene->checks++] = hp_clock_now_us();
    }
    return G_SOURCE_CONTINUE;
}

static void
forge(struct scene *scene, uint16_t port)
{
    for (unsigned i = 0; i < FORGED; i++) {
        char line[120];
        g_snprintf(line, sizeof(line), "candidate:%u 1 udp %u 127.0.0.%u %u typ host", i,
                2113937151 - i, i + 2, port);
        scene->agent->ops->add_candidate(scene->agent, line);
    }
}

static unsigned
fullest_second(const struct scene *scene)
{
    unsigned most = 0;
    for (unsigned first = 0; first < scene->checks; first++) {
        unsigned last = first;
        while (last < scene->checks
                && scene->check_times_us[last] - scene->check_times_us[first] < SECOND_US) {
            last++;
        }
        most = MAX(most, last - first);
    }
    return most;
}

static void
a_forged_description_makes_few_checks(void **state)
{
    struct scene *scene = *state;
    uint16_t port;
    scene->victim = open_socket(&port);
    scene->watch = g_unix_fd_add(scene->victim, G_IO_IN, on_victim_readable, scene);
    create_agent(scene, "forged");
    scene->agent->ops->set_controlling(scene->agent, true);
    assert_true(scene->agent->ops->gather(scene->agent));
    forge(scene, port);
    scene->agent->ops->set_remote(scene->agent, "vict", "0123456789012345678901");
    forge(scene, port);
    hp_timer_start(&scene->timer, WATCH_US);
    hp_worker_run(scene->worker);
    unsigned most = fullest_second(scene);
    print_message("# FIGURE checks to silent addresses, 1 agent: %u in %d s, %u in the fullest\n",
            scene->checks, WATCH_US / SECOND_US, most);
    assert_true(scene->checks > 0);
    assert_true(most <= CHECKS_PER_SECOND);
}

static void
start_turn(struct scene *scene, uint16_t *port)
{
    char *program = g_find_program_in_path("turnserver");
    if (program == NULL) {
        print_message("turnserver is not installed\n");
        skip();
    }
    close(open_socket(port)); // the kernel's choice
    char *words = g_strdup_printf("%s -n -p %u --listening-ip 127.0.0.1 --relay-ip 127.0.0.1 "
                                  "--lt-cred-mech --realm test --user u:p --no-tls --no-dtls "
                                  "--no-cli --user-quota 1 --allow-loopback-peers --log-file stdout "
                                  "--pidfile /dev/null", program, *port);
    char **command = g_strsplit(words, " ", -1);
    assert_true(g_spawn_async(NULL, command, NULL,
            G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
            NULL, NULL, &scene->turn, NULL));
    g_strfreev(command);
    g_free(words);
    g_free(program);
}

static void
add_turn(struct scene *scene, enum hp_ice_server_kind kind, uint16_t port)
{
    static char username[] = "u", credential[] = "p";
    scene->config.servers[scene->config.server_count++] = (struct hp_ice_endpoint) {
        .kind = kind,
        .address = "127.0.0.1",
        .port = port,
        .username = username,
        .credential = credential,
    };
}

static void
await_relay(struct scene *scene)
{
    create_agent(scene, "relayed");
    assert_true(scene->agent->ops->gather(scene->agent));
    hp_timer_start(&scene->timer, TOO_LONG_US);
    hp_worker_run(scene->worker);
    hp_timer_stop(&scene->timer);
    assert_false(scene->is_late);
}

static void
an_allocation_is_given_back_within_a_second(void **state)
{
    struct scene *scene = *state;
    uint16_t port;
    start_turn(scene, &port);
    add_turn(scene, HP_ICE_TURN_TCP, port);
    add_turn(scene, HP_ICE_TURN_UDP, port);
    await_relay(scene);
    assert_int_equal(scene->relays, 1);
    int64_t begin_us = hp_clock_now_us();
    close_agent(scene);
    int64_t took_us = hp_clock_now_us() - begin_us;
    print_message("# FIGURE an allocation is given back after %.2f s\n", (double) took_us / 1e6);
    assert_true(took_us < CLOSE_US);
    await_relay(scene); // the server grants one at a time
    assert_int_equal(scene->relays, 2);
}

static void
a_turn_server_that_died_holds_nothing_up(void **state)
{
    struct scene *scene = *state;
    uint16_t port;
    start_turn(scene, &port);
    add_turn(scene, HP_ICE_TURN_UDP, port);
    await_relay(scene);
    kill(scene->turn, SIGSTOP);
    int64_t begin_us = hp_clock_now_us();
    close_agent(scene);
    int64_t took_us = hp_clock_now_us() - begin_us;
    print_message("# FIGURE without its server after %.2f s\n", (double) took_us / 1e6);
    assert_true(took_us < 2 * CLOSE_US);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_forged_description_makes_few_checks, begin, end),
        cmocka_unit_test_setup_teardown(an_allocation_is_given_back_within_a_second, begin, end),
        cmocka_unit_test_setup_teardown(a_turn_server_that_died_holds_nothing_up, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
