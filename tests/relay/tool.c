// tool.c - test: programs of others that speak STUN and TURN.
// Owner: a test.  Thread: the test's.
#include "relay/tool.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <glib.h>

#include "base/clock.h"
#include "nat/addr.h"

void
tool_media(struct hp_addr media[TOOL_PORTS])
{
    for (uint16_t i = 0; i < TOOL_PORTS; i++) {
        hp_addr_parse(&media[i], TOOL_MEDIA, TOOL_MEDIA_PORT + i);
    }
}

void
tool_inject(void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    const struct hp_segment segment = { data, size };
    (void) arg;
    flow->carrier->ops->send_run(flow->carrier, flow, &segment, 1);
}

static void
join_errors(gpointer arg)
{
    (void) arg;
    dup2(STDOUT_FILENO, STDERR_FILENO);
}

// False: it has ended.
static bool
read_output(struct tool *tool, int fd)
{
    char *end = tool->output + tool->output_size;
    ssize_t size = read(fd, end, sizeof(tool->output) - 1 - tool->output_size);
    tool->output_size += size > 0 ? (size_t) size : 0;
    tool->output[tool->output_size] = '\0';
    return size > 0;
}

static void
skip_without(const char *program)
{
    char *path = g_find_program_in_path(program);
    if (path == NULL) {
        printf("skipped: %s is not installed\n", program);
        skip();
    }
    g_free(path);
}

static bool
run(struct tool *tool, char **words, int64_t limit_us)
{
    int output;
    GPid pid;
    skip_without(words[0]);
    tool->output_size = 0;
    assert_true(g_spawn_async_with_pipes(NULL, words, NULL,
            G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, join_errors, NULL, &pid, NULL, &output,
            NULL, NULL));
    int64_t end_us = hp_clock_now_us() + limit_us;
    bool is_open = true;
    while (is_open && hp_clock_now_us() < end_us) {
        struct pollfd fds[] = { { tool->fd, POLLIN, 0 }, { output, POLLIN, 0 } };
        poll(fds, 2, tool->poll_ms);
        tool->serve(tool->arg);
        is_open = fds[1].revents == 0 || read_output(tool, output);
    }
    close(output);
    if (is_open) {
        kill(pid, SIGKILL);
    }
    waitpid(pid, &tool->status, 0);
    return !is_open;
}

void
tool_run(struct tool *tool, const char *line)
{
    char **words = g_strsplit(line, " ", -1);
    assert_true(run(tool, words, TOOL_LIMIT_US));
    g_strfreev(words);
}

bool
tool_run_uclient(struct tool *tool, uint16_t port, const char *flags, const char *secret,
        int64_t limit_us)
{
    char *line = g_strdup_printf("turnutils_uclient -c -e %s -r %d -p %u %s -W", TOOL_MEDIA,
            TOOL_MEDIA_PORT, port, flags);
    char **words = g_strsplit(line, " ", -1);
    GStrvBuilder *all = g_strv_builder_new();
    g_strv_builder_addv(all, (const char **) words);
    g_strv_builder_add_many(all, secret, "127.0.0.1", NULL);
    char **vector = g_strv_builder_end(all);
    g_strv_builder_unref(all);
    bool has_ended = run(tool, vector, limit_us);
    g_strfreev(vector);
    g_strfreev(words);
    g_free(line);
    return has_ended;
}

void
tool_assert_all_back(struct tool *tool, uint16_t port, const char *flags)
{
    assert_true(tool_run_uclient(tool, port, flags, TOOL_SECRET, TOOL_LIMIT_US));
    if (strstr(tool->output, "Total lost packets 0 (0.0") == NULL) {
        fail_msg("turnutils_uclient %s: %s", flags, tool->output);
    }
}
