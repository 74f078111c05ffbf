// library.c - libwebsockets: one context inside our loop.
// Owner: http.  Thread: main.
#include "edge/library.h"

#include <string.h>

#define LOG_TAG "http"
#include "base/log.h"
#include "gate/nest.h"

enum {
    HEAD_DATA_MAX = 20480, // more than the gate lets through
    SERVICE_BUFFER = 20480,
    WS_PIECE = 1024, // bytes that libwebsockets keeps for each WebSocket, also while none comes
    TIMEOUT_S = 60, // longer than our own timeouts, which come first
};

// Any client can cause messages about connections: the operator does not see those.
static void
log_event(int level, const char *line)
{
    (void) level;
    log_debug("%.*s", (int) strcspn(line, "\n"), line);
}

static void
log_start(int level, const char *line)
{
    (void) level;
    log_error("%.*s", (int) strcspn(line, "\n"), line);
}

bool
hp_library_init(
        struct hp_library *library, struct hp_worker *main, lws_callback_function *on_event)
{
    library->protocols[0] = (struct lws_protocols){
        .name = "http",
        .callback = on_event,
        .rx_buffer_size = WS_PIECE,
        .tx_packet_size = 65536,
    };
    library->nest = hp_nest_create(main);
    library->loop = g_main_loop_new(hp_nest_context(library->nest), FALSE);
    void *loops[] = { library->loop };
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = library->protocols,
        .vhost_name = "hairpin",
        .options = LWS_SERVER_OPTION_GLIB | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
        .foreign_loops = loops,
        .timeout_secs = TIMEOUT_S,
        .timeout_secs_ah_idle = TIMEOUT_S,
        .keepalive_timeout = TIMEOUT_S,
        .pt_serv_buf_size = SERVICE_BUFFER,
        .max_http_header_data2 = HEAD_DATA_MAX,
        .gid = (gid_t) -1,
        .uid = (uid_t) -1,
    };
    lws_set_log_level(LLL_ERR, log_start);
    library->context = lws_create_context(&info);
    library->vhost = library->context == NULL ? NULL : lws_create_vhost(library->context, &info);
    lws_set_log_level(LLL_ERR | LLL_WARN, log_event);
    if (library->vhost == NULL) {
        log_error("libwebsockets cannot start, it lacks its GLib loop: install "
                  "libwebsockets-evlib-glib");
    }
    return library->vhost != NULL;
}

void
hp_library_close(struct hp_library *library)
{
    if (library->context != NULL) {
        lws_context_destroy(library->context);
    }
}

void
hp_library_finish(struct hp_library *library)
{
    g_clear_pointer(&library->loop, g_main_loop_unref);
    g_clear_pointer(&library->nest, hp_nest_destroy);
}
