// load.c - the load generator: many viewers of one server in one process, on one thread.
// Owner: the process.  Thread: main.
//
// It reads commands from stdin, one a line, and answers with a JSON object on a line of stdout:
//   (by itself)  {"event": "joined", ...}  all viewers have DTLS, or have failed
//   stats        {"event": "stats", ...}   sums over all viewers
//   start, stop  the server's own feed flows or rests
//   quit, EOF    the end
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <glib-unix.h>
#include <glib.h>
#include <jansson.h>

#define LOG_TAG "load"
#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "line.h"
#include "dtls/cert.h"
#include "dtls/dtls_context.h"
#include "sctp/sctp_stack.h"

enum {
    EVENTS_MAX = 64,
    JOINS_UNDER_WAY = 8, // a limit, so that neither side's handshakes time out
    KEEP_ALIVE_US = 25 * 1000 * 1000,
    COUNT_MAX = 2000,
};

struct load {
    struct hp_worker *worker;
    struct bench_shared shared;
    struct bench_line_params line_params;
    struct bench_line **lines;
    int count, created, connected, failed;
    bool is_joined;
    int64_t begun_us;
    struct hp_timer join_timer, keep_alive_timer;
};

static void
// Takes the JSON.
print_line(json_t *json) // taken
{
    json_dumpf(json, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(json);
}

static void
go_on_joining(struct load *load)
{
    if (load->created < load->count) {
        hp_timer_start(&load->join_timer, 0);
    } else if (!load->is_joined && load->connected + load->failed >= load->count) {
        load->is_joined = true;
        print_line(json_pack("{s:s, s:i, s:i, s:I}", "event", "joined", "connected",
                load->connected, "failed", load->failed, "ms",
                (json_int_t) ((hp_clock_now_us() - load->begun_us) / 1000)));
    }
}

static void
on_connected(void *arg)
{
    struct load *load = arg;
    load->connected++;
    go_on_joining(load);
}

static void
on_failed(void *arg, int number, const char *reason)
{
    struct load *load = arg;
    log_warn("viewer %d: %s", number, reason);
    load->failed++;
    go_on_joining(load);
}

static void
on_join_timer(void *arg)
{
    struct load *load = arg;
    int under_way = load->created - load->connected - load->failed;
    if (load->created >= load->count || under_way >= JOINS_UNDER_WAY) {
        return;
    }
    struct bench_line_params params = load->line_params;
    params.number = load->created;
    params.is_checking = load->created == 0;
    load->lines[load->created++] = bench_line_create(&params);
    if (load->lines[load->created - 1] == NULL) {
        load->failed++;
    }
    go_on_joining(load);
}

static void
on_keep_alive_timer(void *arg)
{
    struct load *load = arg;
    for (int i = 0; i < load->created; i++) {
        if (load->lines[i] != NULL) {
            bench_line_keep_alive(load->lines[i]);
        }
    }
    hp_timer_start(&load->keep_alive_timer, KEEP_ALIVE_US);
}

static void
print_stats(const struct load *load)
{
    struct bench_counters sum = { 0 };
    const char *profile = NULL;
    int watching = 0;
    for (int i = 0; i < load->created; i++) {
        if (load->lines[i] == NULL) {
            continue;
        }
        const struct bench_viewer *viewer = load->lines[i]->viewer;
        struct bench_counters counters = bench_viewer_counters(viewer);
        profile = profile == NULL ? bench_viewer_profile(viewer) : profile;
        watching += counters.packets > 0;
        sum.packets += counters.packets;
        sum.bytes += counters.bytes;
        sum.other += counters.other;
        sum.messages += counters.messages;
        sum.lost += counters.lost;
        sum.reports += counters.reports;
        sum.decrypted += counters.decrypted;
        sum.bad += counters.bad;
    }
    print_line(json_pack("{s:s, s:I, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s*}",
            "event", "stats", "time_us", (json_int_t) hp_clock_now_us(), "watching", watching,
            "failed", load->failed, "packets", (json_int_t) sum.packets, "bytes",
            (json_int_t) sum.bytes, "other", (json_int_t) sum.other, "messages",
            (json_int_t) sum.messages, "lost", (json_int_t) sum.lost, "reports",
            (json_int_t) sum.reports, "decrypted", (json_int_t) sum.decrypted, "bad",
            (json_int_t) sum.bad, "profile", profile));
}

static void
set_feed(struct load *load, bool is_flowing)
{
    void (*set)(struct bench_line * line, bool is_flowing) = load->line_params.protocol->set_feed;
    if (set != NULL && load->created > 0 && load->lines[0] != NULL) {
        set(load->lines[0], is_flowing);
    }
}

static gboolean
on_command(int fd, GIOCondition condition, gpointer arg)
{
    struct load *load = arg;
    char text[256];
    ssize_t size = read(fd, text, sizeof(text) - 1);
    if (size <= 0) {
        hp_worker_quit(load->worker);
        return G_SOURCE_REMOVE;
    }
    text[size] = '\0';
    char *rest = NULL;
    for (char *word = strtok_r(text, "\n", &rest); word; word = strtok_r(NULL, "\n", &rest)) {
        if (strcmp(word, "stats") == 0) {
            print_stats(load);
        } else if (strcmp(word, "start") == 0 || strcmp(word, "stop") == 0) {
            set_feed(load, strcmp(word, "start") == 0);
        } else if (strcmp(word, "quit") == 0) {
            hp_worker_quit(load->worker);
        }
    }
    return G_SOURCE_CONTINUE;
}

// All sockets are behind one epoll descriptor: the loop's own poll() would look at each socket for
// every packet.
static gboolean
on_packets(int fd, GIOCondition condition, gpointer arg)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++) {
        bench_viewer_recv(events[i].data.ptr);
    }
    return G_SOURCE_CONTINUE;
}

static void
run(struct load *load)
{
    GSource *packets = g_unix_fd_source_new(load->shared.epoll_fd, G_IO_IN);
    GSource *commands = g_unix_fd_source_new(STDIN_FILENO, G_IO_IN | G_IO_HUP);
    g_source_set_callback(packets, G_SOURCE_FUNC(on_packets), load, NULL);
    g_source_set_callback(commands, G_SOURCE_FUNC(on_command), load, NULL);
    g_source_attach(packets, hp_worker_context(load->worker));
    g_source_attach(commands, hp_worker_context(load->worker));
    hp_timer_init(&load->join_timer, load->worker, on_join_timer, load);
    hp_timer_init(&load->keep_alive_timer, load->worker, on_keep_alive_timer, load);
    hp_timer_start(&load->join_timer, 0);
    hp_timer_start(&load->keep_alive_timer, KEEP_ALIVE_US);
    load->begun_us = hp_clock_now_us();
    hp_worker_run(load->worker);
    hp_timer_stop(&load->join_timer);
    hp_timer_stop(&load->keep_alive_timer);
    for (int i = 0; i < load->created; i++) {
        bench_line_destroy(load->lines[i]);
    }
    g_source_destroy(packets);
    g_source_destroy(commands);
    g_source_unref(packets);
    g_source_unref(commands);
}

static bool
read_options(struct load *load, int argc, char **argv)
{
    char *protocol = NULL, *server = NULL, *own = NULL, *password = NULL;
    int port = 0;
    gboolean takes_all = FALSE;
    const GOptionEntry entries[] = {
        { "protocol", 0, 0, G_OPTION_ARG_STRING, &protocol, "neko or janus", "NAME" },
        { "server", 0, 0, G_OPTION_ARG_STRING, &server, "IPv4 address of the server", "ADDRESS" },
        { "port", 0, 0, G_OPTION_ARG_INT, &port, "port of its WebSocket", "PORT" },
        { "address", 0, 0, G_OPTION_ARG_STRING, &own, "IPv4 address of ours", "ADDRESS" },
        { "password", 0, 0, G_OPTION_ARG_STRING, &password, "of a user", "TEXT" },
        { "viewers", 0, 0, G_OPTION_ARG_INT, &load->count, "how many", "N" },
        { "all", 0, 0, G_OPTION_ARG_NONE, &takes_all,
                "with sound, data channel and transport-wide feedback", NULL },
        { NULL },
    };
    GOptionContext *context = g_option_context_new("- many viewers of one server");
    GError *error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    bool is_read = g_option_context_parse(context, &argc, &argv, &error);
    g_option_context_free(context);
    load->shared.takes_all = takes_all;
    load->line_params.server =
            (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t) port) };
    load->line_params.protocol = g_strcmp0(protocol, "janus") == 0 ? &bench_janus : &bench_neko;
    load->line_params.password = password == NULL ? g_strdup("") : password; // kept to the end
    bool is_good = is_read && server != NULL && own != NULL && port > 0 && port < 65536
            && load->count > 0 && load->count <= COUNT_MAX
            && inet_pton(AF_INET, server, &load->line_params.server.sin_addr) == 1
            && inet_pton(AF_INET, own, &load->shared.address) == 1;
    if (!is_good) {
        fprintf(stderr, "load: %s\n", error != NULL ? error->message : "see --help");
    }
    g_clear_error(&error);
    g_free(protocol);
    g_free(server);
    g_free(own);
    return is_good;
}

int
main(int argc, char **argv)
{
    struct load load = { 0 };
    if (!read_options(&load, argc, argv)) {
        return EXIT_FAILURE;
    }
    hp_log_set_level(HP_LOG_WARN);
    struct hp_cert *cert = hp_cert_create();
    load.worker = hp_worker_create_main();
    load.lines = g_new0(struct bench_line *, load.count);
    load.shared.worker = load.worker;
    load.shared.cert = cert;
    load.shared.dtls_context = hp_dtls_context_create(cert);
    load.shared.sctp_stack = hp_sctp_stack_create(load.worker);
    load.shared.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    load.line_params.shared = &load.shared;
    load.line_params.on_connected = on_connected;
    load.line_params.on_failed = on_failed;
    load.line_params.arg = &load;
    if (load.shared.dtls_context != NULL && load.shared.epoll_fd >= 0) {
        run(&load);
    }
    hp_sctp_stack_destroy(load.shared.sctp_stack);
    hp_dtls_context_destroy(load.shared.dtls_context);
    hp_cert_destroy(cert);
    hp_worker_destroy(load.worker);
    g_free(load.lines);
    g_free((char *) load.line_params.password);
    return load.connected == load.count ? EXIT_SUCCESS : EXIT_FAILURE;
}
