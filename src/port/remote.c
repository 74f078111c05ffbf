// remote.c - addresses of clients as text, one form for each.
// Owner: nobody.  Thread: any.
#include "port/remote.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <gio/gio.h>
#include <netinet/in.h>

void
hp_remote_write(const struct sockaddr_storage *address, char text[HP_REMOTE_SIZE])
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *) (const void *) address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *) (const void *) address;
    g_strlcpy(text, "?", HP_REMOTE_SIZE);
    if (address->ss_family == AF_INET) {
        inet_ntop(AF_INET, &v4->sin_addr, text, HP_REMOTE_SIZE);
    } else if (address->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, text, HP_REMOTE_SIZE);
    } else if (address->ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &v6->sin6_addr, text, HP_REMOTE_SIZE);
    }
}

// Copies the address without brackets, port and zone.
static bool
strip(const char *text, char bare[HP_REMOTE_SIZE])
{
    while (*text == ' ' || *text == '\t') {
        text++;
    }
    size_t size = strcspn(text, " \t");
    if (*text == '[') {
        text++;
        size = strcspn(text, "]%");
    } else if (strchr(text, ':') == strrchr(text, ':')) {
        size = strcspn(text, ": \t"); // one colon at most: IPv4, perhaps with a port
    } else {
        size = MIN(size, strcspn(text, "%"));
    }
    if (size == 0 || size >= HP_REMOTE_SIZE) {
        return false;
    }
    memcpy(bare, text, size);
    bare[size] = '\0';
    return true;
}

bool
hp_remote_normalise(const char *text, char address[HP_REMOTE_SIZE])
{
    char bare[HP_REMOTE_SIZE];
    if (!strip(text, bare)) {
        return false;
    }
    struct sockaddr_storage storage = { 0 };
    struct sockaddr_in *v4 = (struct sockaddr_in *) (void *) &storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) (void *) &storage;
    if (inet_pton(AF_INET, bare, &v4->sin_addr) == 1) {
        storage.ss_family = AF_INET;
    } else if (inet_pton(AF_INET6, bare, &v6->sin6_addr) == 1) {
        storage.ss_family = AF_INET6;
    } else {
        return false;
    }
    hp_remote_write(&storage, address);
    return true;
}

static bool
is_within(GInetAddress *address, const char *network)
{
    GInetAddressMask *mask = g_inet_address_mask_new_from_string(network, NULL);
    if (mask == NULL) {
        return false;
    }
    bool matches = g_inet_address_mask_matches(mask, address);
    g_object_unref(mask);
    return matches;
}

bool
hp_remote_is_trusted(const char *address, char *const *networks)
{
    GInetAddress *parsed = g_inet_address_new_from_string(address);
    if (parsed == NULL) {
        return false;
    }
    bool is_trusted = false;
    for (size_t i = 0; !is_trusted && networks != NULL && networks[i] != NULL; i++) {
        is_trusted = is_within(parsed, networks[i]);
    }
    g_object_unref(parsed);
    return is_trusted;
}

bool
hp_remote_read_gateway(const char *table, char address[HP_REMOTE_SIZE])
{
    for (const char *line = strchr(table, '\n'); line != NULL; line = strchr(line + 1, '\n')) {
        unsigned destination, gateway;
        // the numbers are in the byte order of the wire
        if (sscanf(line, " %*s %x %x", &destination, &gateway) == 2 && destination == 0
                && gateway != 0) {
            struct in_addr bytes = { .s_addr = gateway };
            return inet_ntop(AF_INET, &bytes, address, HP_REMOTE_SIZE) != NULL;
        }
    }
    return false;
}

char **
hp_remote_find_proxies(void)
{
    char gateway[HP_REMOTE_SIZE] = "";
    char *table = NULL;
    bool is_contained = g_file_test("/.dockerenv", G_FILE_TEST_EXISTS)
            || g_file_test("/run/.containerenv", G_FILE_TEST_EXISTS);
    if (is_contained && g_file_get_contents("/proc/net/route", &table, NULL, NULL)) {
        hp_remote_read_gateway(table, gateway);
    }
    g_free(table);
    const char *const networks[] = { "127.0.0.0/8", "::1", gateway[0] == '\0' ? NULL : gateway,
        NULL };
    return g_strdupv((char **) (uintptr_t) networks);
}

enum {
    NETWORK_BYTES = 8, // of an IPv6 address
    SITE_BYTES = 6
};

// The network of so many bytes of an IPv6 address. False: the text is no such address, or IPv4
// within IPv6.
static bool
read_network(const char *address, size_t bytes, struct in6_addr *network)
{
    if (inet_pton(AF_INET6, address, network) != 1 || IN6_IS_ADDR_V4MAPPED(network)) {
        return false;
    }
    memset(&network->s6_addr[bytes], 0, sizeof(*network) - bytes);
    return true;
}

char *
hp_remote_network(const char *address)
{
    struct in6_addr network;
    char text[INET6_ADDRSTRLEN];
    if (!read_network(address, NETWORK_BYTES, &network)) {
        return g_strdup(address);
    }
    return g_strdup(inet_ntop(AF_INET6, &network, text, sizeof(text)));
}

char *
hp_remote_site(const char *address)
{
    struct in6_addr site;
    char text[INET6_ADDRSTRLEN];
    if (!read_network(address, SITE_BYTES, &site)) {
        return NULL;
    }
    return g_strdup_printf("%s/%d", inet_ntop(AF_INET6, &site, text, sizeof(text)), SITE_BYTES * 8);
}

bool
hp_remote_is_same_network(const char *address, const char *other)
{
    struct in6_addr network, other_network;
    return strcmp(address, other) == 0
            || (read_network(address, NETWORK_BYTES, &network)
                    && read_network(other, NETWORK_BYTES, &other_network)
                    && memcmp(&network, &other_network, sizeof(network)) == 0);
}
