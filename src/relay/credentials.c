// credentials.c - user names and passwords for TURN that need no memory.
// Owner: nobody.  Thread: any.
// draft-uberti-behave-turn-rest-00 section 2.2.
#include "relay/credentials.h"

#include <string.h>

#include <glib.h>

enum {
    SHA1_SIZE = 20,
    MAX_ID = 32,
    MAX_DIGITS = 12,
};

void
hp_credentials_password(
        char password[HP_CREDENTIALS_PASSWORD_SIZE], const char *secret, const char *name)
{
    uint8_t digest[SHA1_SIZE];
    gsize size = sizeof(digest);
    GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA1, (const guchar *) secret, strlen(secret));
    g_hmac_update(hmac, (const guchar *) name, (gssize) strlen(name));
    g_hmac_get_digest(hmac, digest, &size);
    g_hmac_unref(hmac);
    char *text = g_base64_encode(digest, sizeof(digest));
    g_strlcpy(password, text, HP_CREDENTIALS_PASSWORD_SIZE);
    g_free(text);
}

void
hp_credentials_make(
        struct hp_credentials *credentials, const char *secret, const char *id, int64_t expiry_s)
{
    g_snprintf(credentials->name, sizeof(credentials->name), "%" G_GINT64_FORMAT ":%.*s", expiry_s,
            MAX_ID, id);
    hp_credentials_password(credentials->password, secret, credentials->name);
}

int64_t
hp_credentials_expiry(const char *name, size_t size)
{
    const char *colon = memchr(name, ':', size);
    size_t length = colon == NULL ? size : (size_t) (colon - name);
    int64_t expiry_s = 0;
    if (length == 0 || length > MAX_DIGITS) {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isdigit(name[i])) {
            return 0;
        }
        expiry_s = expiry_s * 10 + (name[i] - '0');
    }
    return expiry_s;
}

const char *
hp_credentials_id(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon == NULL ? name : colon + 1;
}
