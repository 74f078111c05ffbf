// credentials.h - user names and passwords for TURN that need no memory, by the convention of
// TURN's REST API (draft-uberti-behave-turn-rest-00, coturn's use-auth-secret): the user name is
// "expiry:id", expiry in Unix time; the password is base64(HMAC-SHA1(secret, user name)). Whoever
// knows the secret can make and check both. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HP_CREDENTIALS_NAME_SIZE = 64, // with a NUL
    HP_CREDENTIALS_PASSWORD_SIZE = 29, // base64 of 20 bytes, with a NUL
};

struct hp_credentials {
    char name[HP_CREDENTIALS_NAME_SIZE];
    char password[HP_CREDENTIALS_PASSWORD_SIZE];
};

// Makes credentials that are good until `expiry_s`, in Unix time. `id` names who they are for, in
// at most 32 characters; it says nothing to others. Any thread.
void hp_credentials_make(
        struct hp_credentials *credentials, const char *secret, const char *id, int64_t expiry_s);

// Writes the password of a name. Any thread.
void hp_credentials_password(
        char password[HP_CREDENTIALS_PASSWORD_SIZE], const char *secret, const char *name);

// When a name of `size` bytes expires, in Unix time: the number before the first ':', or the whole
// name. 0: the name has no such form. Any thread.
int64_t hp_credentials_expiry(const char *name, size_t size);

// Who the credentials of that name are for, inside the name: what stands behind the first ':', or
// the whole name. Any thread.
const char *hp_credentials_id(const char *name);
