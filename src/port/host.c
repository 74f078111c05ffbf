// host.c - hosts as HTTP names them.
// Owner: nobody.  Thread: any.
// RFC 6761, RFC 6762, RFC 8375 (names that nobody can register).
#include "port/host.h"

#include <arpa/inet.h>
#include <string.h>

#include <glib.h>

#include "base/hostname.h"
#include "port/remote.h"

// The host without its port and the dot at the end of a full name, in lower case. The caller frees
// it.
static char *
copy_name(const char *authority)
{
    char *name = g_ascii_strdown(authority, (gssize) strcspn(authority, ":/"));
    size_t size = strlen(name);
    if (size > 0 && name[size - 1] == '.') {
        name[size - 1] = '\0';
    }
    return name;
}

static bool
is_of_no_registry(const char *name)
{
    static const char *const endings[] = { ".local", ".internal", ".home.arpa", ".localhost" };
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        if (g_str_has_suffix(name, endings[i])) {
            return true;
        }
    }
    return strchr(name, '.') == NULL;
}

bool
hp_host_is_inside(const char *authority)
{
    char address[HP_REMOTE_SIZE];
    if (authority[0] == '[' || hp_remote_normalise(authority, address)) {
        return true;
    }
    char *name = copy_name(authority);
    bool is_inside =
            is_of_no_registry(name) || g_ascii_strcasecmp(name, g_get_host_name()) == 0;
    g_free(name);
    return is_inside;
}

// Does `longer` have the default port behind `authority`?
static bool
is_with_port(const char *longer, const char *authority, const char *default_port)
{
    size_t size = strlen(authority);
    return g_ascii_strncasecmp(authority, longer, size) == 0
            && strcmp(longer + size, default_port) == 0;
}

bool
hp_host_is_of_origin(const char *authority, const char *origin)
{
    const char *other = strstr(origin, "://");
    const char *default_port = g_str_has_prefix(origin, "https://") ? ":443" : ":80";
    if (other == NULL || other[3] == '\0') {
        return false;
    }
    other += 3;
    return g_ascii_strcasecmp(authority, other) == 0
            || is_with_port(other, authority, default_port)
            || is_with_port(authority, other, default_port);
}

bool
hp_host_is_listed(const char *authority, char *const *origins)
{
    bool is_listed = false;
    char *name = copy_name(authority);
    for (size_t i = 0; !is_listed && origins != NULL && origins[i] != NULL; i++) {
        const char *other = strstr(origins[i], "://");
        char *other_name = copy_name(other == NULL ? "" : other + 3);
        is_listed = strcmp(origins[i], "*") == 0
                || (name[0] != '\0' && strcmp(name, other_name) == 0);
        g_free(other_name);
    }
    g_free(name);
    return is_listed;
}

bool
hp_host_is_named(const char *authority, char *const *names)
{
    bool is_named = false;
    char *name = copy_name(authority);
    for (size_t i = 0; !is_named && names != NULL && names[i] != NULL; i++) {
        char *other = copy_name(names[i]);
        is_named = name[0] != '\0' && strcmp(name, other) == 0;
        g_free(other);
    }
    g_free(name);
    return is_named;
}

char *
hp_host_copy_forwarded(const char *hosts, const char *port)
{
    if (hosts == NULL) {
        return NULL;
    }
    char *host = g_strstrip(g_strndup(hosts, strcspn(hosts, ",")));
    const char *end = strchr(host, ']');
    bool has_port = strchr(end == NULL ? host : end, ':') != NULL;
    int digits = port == NULL ? 0 : (int) strspn(port, "0123456789");
    bool is_number = digits > 0 && (port[digits] == '\0' || port[digits] == ',');
    if (has_port || !is_number) {
        return host;
    }
    char *whole = g_strdup_printf("%s:%.*s", host, digits, port);
    g_free(host);
    return whole;
}

// The digits of a port; "": none.
static bool
read_port(const char *text, uint16_t *port)
{
    guint64 value = 0;
    *port = 0;
    if (text[0] == '\0') {
        return true;
    }
    if (!g_ascii_string_to_unsigned(text, 10, 1, UINT16_MAX, &value, NULL)) {
        return false;
    }
    *port = (uint16_t) value;
    return true;
}

bool
hp_host_split(const char *authority, char host[HP_HOST_SIZE], uint16_t *port)
{
    struct in6_addr address;
    bool is_bracketed = authority[0] == '[';
    const char *start = authority + is_bracketed;
    size_t size = strcspn(start, is_bracketed ? "]" : ":");
    if (size >= HP_HOST_SIZE || (is_bracketed && start[size] != ']')) {
        return false;
    }
    memcpy(host, start, size);
    host[size] = '\0';
    bool is_good = is_bracketed ? inet_pton(AF_INET6, host, &address) == 1
                                : hp_hostname_is_good(host, size);
    const char *rest = start + size + is_bracketed;
    return is_good && (rest[0] == '\0' || rest[0] == ':')
            && read_port(rest[0] == ':' ? rest + 1 : "", port);
}

bool
hp_host_split_outside(const char *text, char host[HP_HOST_SIZE], uint16_t *port)
{
    struct in6_addr address;
    char *public = g_strndup(text, strcspn(text, "/"));
    bool is_ipv6 = inet_pton(AF_INET6, public, &address) == 1;
    char *authority = is_ipv6 ? g_strconcat("[", public, "]", NULL) : g_strdup(public);
    bool is_good = hp_host_split(authority, host, port);
    g_free(authority);
    g_free(public);
    return is_good;
}

char *
hp_host_copy_reached(const char *authority, bool is_direct, bool is_tls)
{
    char host[HP_HOST_SIZE];
    uint16_t port;
    if (!hp_host_split(authority, host, &port)) {
        return NULL;
    }
    const char *open = strchr(host, ':') != NULL ? "[" : "";
    const char *close = strchr(host, ':') != NULL ? "]" : "";
    if (!is_direct) {
        return g_strconcat(open, host, close, NULL);
    }
    unsigned used = port != 0 ? port : is_tls ? 443 : 80;
    return g_strdup_printf("%s%s%s:%u", open, host, close, used);
}
