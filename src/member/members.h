// members.h - the people who may log in: the providers multiuser (two shared passwords) and noauth.
// Main thread.
#pragma once

#include <stdbool.h>

struct hp_members;
struct hp_profile;

struct hp_members_params { // all copied
    const char *provider; // "multiuser" or "noauth"; with any other nobody can log in
    const char *user_password, *admin_password;
    const struct hp_profile *user, *admin; // templates without a name; NULL: the defaults
};

// Never NULL.
struct hp_members *hp_members_create(const struct hp_members_params *params);
void hp_members_destroy(struct hp_members *members);

// False: the provider is not implemented, so no log-in can succeed.
bool hp_members_are_known(const struct hp_members *members);

// Checks the password in constant time. True: `profile` has been initialised; the caller finishes
// it.
bool hp_members_login(const struct hp_members *members, const char *username, const char *password,
        struct hp_profile *profile);
