// Tests of ice/prober.c against coturn: what a real server says to a right and a wrong password.
#include "ice/prober.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "base/worker.h"
#include "ice/server.h"

enum {
    SERVERS = 5,
    WAIT_US = 15 * 1000 * 1000,
};

static char host[] = "127.0.0.1", name[] = "name", right[] = "right", wrong[] = "wrong";

struct scene {
    pid_t pid;
    char *database; // of coturn: a file that does not outlive the test
    uint16_t port, dead_port;
    FILE *log;
};

static bool
find_address(void *arg, const char *text, char address[HP_ADDRESS_TEXT_SIZE])
{
    (void) arg;
    g_strlcpy(address, text, HP_ADDRESS_TEXT_SIZE);
    return true;
}

static int
connect_to(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = connect(fd, (struct sockaddr *) &address, sizeof(address));
    close(fd);
    return result;
}

// A port that nobody has now, for UDP and TCP.
static uint16_t
find_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *) &address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static int
set_up(void **state)
{
    static struct scene scene;
    char port[32];
    char *database = g_build_filename(g_get_tmp_dir(), "hairpin-test-turn-XXXXXX", NULL);
    close(g_mkstemp(database));
    scene.database = g_strdup_printf("--userdb=%s", database);
    g_free(database);
    scene.port = find_port();
    scene.dead_port = find_port();
    snprintf(port, sizeof(port), "--listening-port=%u", scene.port);
    pid_t parent = getpid();
    scene.pid = fork();
    if (scene.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent && freopen("/dev/null", "w", stdout) != NULL
                && freopen("/dev/null", "w", stderr) != NULL) {
            execlp("turnserver", "turnserver", "-n", "--listening-ip=127.0.0.1",
                    "--relay-ip=127.0.0.1", port, "--lt-cred-mech", "--user=name:right",
                    "--realm=test", "--no-tls", "--no-dtls", "--no-cli", "--log-file=stdout",
                    "--pidfile=/dev/null", scene.database, "--relay-threads=1", NULL);
        }
        _exit(127);
    }
    for (int i = 0; i < 200 && connect_to(scene.port) != 0; i++) {
        g_usleep(50000);
    }
    scene.log = tmpfile();
    *state = &scene;
    return 0;
}

static int
tear_down(void **state)
{
    struct scene *scene = *state;
    kill(scene->pid, SIGKILL);
    waitpid(scene->pid, NULL, 0);
    fclose(scene->log);
    unlink(scene->database + strlen("--userdb="));
    g_free(scene->database);
    return 0;
}

static gboolean
on_deadline(void *arg)
{
    *(bool *) arg = true;
    return G_SOURCE_CONTINUE;
}

static bool
has_lines(const char *log, const char *const *lines, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (strstr(log, lines[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static void
each_fault_is_told_and_the_right_password_is_none(void **state)
{
    struct scene *scene = *state;
    static char log[65536];
    struct hp_worker *home = hp_worker_create_main();
    struct hp_ice_server servers[SERVERS] = {
        { HP_ICE_TURN_UDP, host, scene->port, name, wrong },
        { HP_ICE_TURN_TCP, host, scene->port, name, wrong },
        { HP_ICE_TURN_UDP, host, scene->port, name, right },
        { HP_ICE_TURN_TCP, host, scene->port, name, right },
        { HP_ICE_TURN_UDP, host, scene->dead_port, name, right },
    };
    char *lines[] = {
        g_strdup_printf("turn:127.0.0.1:%u refuses us (401): ", scene->port),
        g_strdup_printf("turn:127.0.0.1:%u?transport=tcp refuses us (401): ", scene->port),
        g_strdup_printf("turn:127.0.0.1:%u cannot be reached (", scene->dead_port),
    };
    int old_stderr = dup(2);
    dup2(fileno(scene->log), 2);
    struct hp_ice_prober *prober = hp_ice_prober_create(&(struct hp_ice_prober_params) {
            .home = home,
            .servers = servers,
            .server_count = SERVERS,
            .find_address = find_address });
    bool is_over = false;
    guint deadline = g_timeout_add(WAIT_US / 1000, on_deadline, &is_over);
    while (!is_over && !has_lines(log, (const char *const *) lines, G_N_ELEMENTS(lines))) {
        g_main_context_iteration(NULL, TRUE);
        rewind(scene->log);
        log[fread(log, 1, sizeof(log) - 1, scene->log)] = '\0';
    }
    dup2(old_stderr, 2);
    close(old_stderr);
    g_source_remove(deadline);
    assert_false(is_over);
    assert_int_equal(hp_ice_prober_count_failed(prober), 3); // the last line is the last server's
    assert_null(strstr(log, wrong));
    hp_ice_prober_destroy(prober);
    hp_worker_destroy(home);
    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_free(lines[i]);
    }
}

int
main(void)
{
    char *path = g_find_program_in_path("turnserver");
    if (path == NULL) {
        fputs("there is no turnserver (package coturn)\n", stderr);
        return 77;
    }
    g_free(path);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                each_fault_is_told_and_the_right_password_is_none, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
