// moves.c - follows our own addresses for one browser.
// Owner: hp_peer.  Thread: home.
#include "peer/moves.h"

#include <string.h>

#include <glib.h>

#include "ice/config.h"
#include "pair/locals.h"
#include "peer/rtc.h"

static char *
describe(const struct hp_ice_config *config)
{
    GString *text = g_string_new(config->is_far ? "far" : "near");
    g_string_append(text, config->with_loopback ? " and here" : "");
    for (unsigned i = 0; config->interfaces != NULL && config->interfaces[i] != NULL; i++) {
        g_string_append_printf(text, " %s", config->interfaces[i]);
    }
    for (unsigned i = 0; i < config->public_count; i++) {
        g_string_append_printf(text, " %s/%u/%u", config->public_addresses[i],
                config->public_udp_ports[i], config->public_tcp_ports[i]);
    }
    return g_string_free(text, FALSE);
}

static void
on_change(void *arg)
{
    struct hp_moves *moves = arg;
    struct hp_ice_config *config =
            hp_rtc_take_ice_config(moves->params.rtc, moves->address, moves->host);
    char *text = describe(config);
    if (strcmp(text, moves->told) == 0) {
        g_free(text);
        hp_ice_config_destroy(config);
        return;
    }
    g_free(moves->told);
    moves->told = text;
    moves->params.on_move(moves->params.arg, config);
}

void
hp_moves_init(struct hp_moves *moves, const struct hp_moves_params *params,
        const struct hp_ice_config *config)
{
    *moves = (struct hp_moves){
        .params = *params,
        .reach = params->is_followed ? hp_rtc_reach(params->rtc) : NULL,
    };
    if (moves->reach != NULL) {
        moves->watcher = (struct hp_reach_watcher){ .on_change = on_change, .arg = moves };
        moves->address = g_strdup(params->address);
        moves->host = g_strdup(params->host);
        moves->told = describe(config);
        hp_reach_watch(moves->reach, &moves->watcher);
    }
}

void
hp_moves_finish(struct hp_moves *moves)
{
    if (moves->reach != NULL) {
        hp_reach_unwatch(moves->reach, &moves->watcher);
    }
    g_free(moves->address);
    g_free(moves->host);
    g_free(moves->told);
    *moves = (struct hp_moves){ 0 };
}

// The address of "10.0.0.2:40000" or "[fd00::2]:40000"; the caller frees it.
static char *
copy_address(const char *text, size_t size)
{
    bool is_bracketed = text[0] == '[';
    char *address = g_strndup(text + is_bracketed, size - is_bracketed);
    char *end = strrchr(address, is_bracketed ? ']' : ':');
    if (end != NULL) {
        *end = '\0';
    }
    return address;
}

bool
hp_moves_keep(const struct hp_ice_config *config, const char *pair)
{
    static const char kind[] = "host ";
    const char *const *interfaces = (const char *const *) config->interfaces;
    const char *end = strstr(pair, " - ");
    if (interfaces == NULL || end == NULL || !g_str_has_prefix(pair, kind)) {
        return true;
    }
    const char *own = pair + strlen(kind);
    char *address = copy_address(own, (size_t) (end - own));
    bool is_loopback = g_str_has_prefix(address, "127.") || strcmp(address, "::1") == 0;
    bool is_kept = is_loopback || g_strv_contains(interfaces, address);
    g_free(address);
    return is_kept;
}

struct hp_locals_params
hp_moves_locals(const struct hp_ice_config *config)
{
    struct hp_locals_params params = {
        .interfaces = (const char *const *) config->interfaces,
        .public_count = MIN(config->public_count, HP_LOCALS_PUBLIC_MAX),
        .with_loopback = config->with_loopback,
        .is_far = config->is_far,
        .outside = config->outside[0] != '\0' ? config->outside : NULL,
    };
    for (unsigned i = 0; i < params.public_count; i++) {
        params.public_addresses[i] = config->public_addresses[i];
        params.public_udp_ports[i] = config->public_udp_ports[i];
        params.public_tcp_ports[i] = config->public_tcp_ports[i];
    }
    return params;
}
