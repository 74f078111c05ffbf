// told.c - reads the answer of a server outside that tells our address.
// Owner: none, pure.  Thread: any.
#include "fetch/told.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include <glib.h>

bool
hp_told_parse(const char *body, size_t size, char address[HP_ADDRESS_TEXT_SIZE])
{
    struct in6_addr bytes; // has room for both families
    char *text = g_strstrip(g_strndup(body, size));
    int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
    // what follows a zero is no part of the text
    bool is_address =
            memchr(body, '\0', size) == NULL && inet_pton(family, text, &bytes) == 1;
    g_free(text);
    address[0] = '\0';
    if (!is_address) {
        return false;
    }
    inet_ntop(family, &bytes, address, HP_ADDRESS_TEXT_SIZE);
    enum hp_address_class class = hp_address_classify(address);
    if (class != HP_ADDRESS_PUBLIC && class != HP_ADDRESS_RESERVED) { // as in a test network
        address[0] = '\0';
    }
    return address[0] != '\0';
}
