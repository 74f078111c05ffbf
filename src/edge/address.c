// address.c - addresses as text, one form for each.
// Thread: any.
#include "edge/address.h"

#include <string.h>

#include <arpa/inet.h>
#include <gio/gio.h>
#include <netinet/in.h>

void
hp_address_write(const struct sockaddr_storage *address, char text[HP_ADDRESS_SIZE])
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *) (const void *) address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *) (const void *) address;
    g_strlcpy(text, "?", HP_ADDRESS_SIZE);
    if (address->ss_family == AF_INET) {
        inet_ntop(AF_INET, &v4->sin_addr, text, HP_ADDRESS_SIZE);
    } else if (address->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, text, HP_ADDRESS_SIZE);
    } else if (address->ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &v6->sin6_addr, text, HP_ADDRESS_SIZE);
    }
}

// Copies the address without brackets, port and zone.
static bool
strip(const char *text, char bare[HP_ADDRESS_SIZE])
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
    if (size == 0 || size >= HP_ADDRESS_SIZE) {
        return false;
    }
    memcpy(bare, text, size);
    bare[size] = '\0';
    return true;
}

bool
hp_address_normalise(const char *text, char address[HP_ADDRESS_SIZE])
{
    char bare[HP_ADDRESS_SIZE];
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
    hp_address_write(&storage, address);
    return true;
}

static bool
is_local(GInetAddress *address)
{
    static const char *const unique_local = "fc00::/7";
    if (g_inet_address_get_is_loopback(address) || g_inet_address_get_is_site_local(address)
            || g_inet_address_get_is_link_local(address)) {
        return true;
    }
    GInetAddressMask *mask = g_inet_address_mask_new_from_string(unique_local, NULL);
    bool matches = g_inet_address_mask_matches(mask, address);
    g_object_unref(mask);
    return matches;
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
hp_address_is_trusted(const char *address, char *const *networks)
{
    GInetAddress *parsed = g_inet_address_new_from_string(address);
    if (parsed == NULL) {
        return false;
    }
    bool is_trusted = (networks == NULL || networks[0] == NULL) && is_local(parsed);
    for (size_t i = 0; !is_trusted && networks != NULL && networks[i] != NULL; i++) {
        is_trusted = is_within(parsed, networks[i]);
    }
    g_object_unref(parsed);
    return is_trusted;
}

char *
hp_address_network(const char *address)
{
    struct in6_addr bytes;
    char text[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, address, &bytes) != 1 || IN6_IS_ADDR_V4MAPPED(&bytes)) {
        return g_strdup(address);
    }
    memset(&bytes.s6_addr[8], 0, 8);
    return g_strdup(inet_ntop(AF_INET6, &bytes, text, sizeof(text)));
}

bool
hp_address_is_same_network(const char *address, const char *other)
{
    if (strcmp(address, other) == 0 || strchr(address, ':') == NULL) {
        return strcmp(address, other) == 0;
    }
    char *network = hp_address_network(address);
    char *other_network = hp_address_network(other);
    bool is_same = strcmp(network, other_network) == 0;
    g_free(network);
    g_free(other_network);
    return is_same;
}
