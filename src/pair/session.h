// session.h - the credentials of both sides between two ICE restarts. Pure. RFC 8445 section 5.3.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    HP_SESSION_UFRAG_SIZE = 8 + 1, // 48 random bits
    HP_SESSION_PASSWORD_SIZE = 24 + 1, // 144
};

// Part of hp_shared_ice.
struct hp_session {
    char ufrag[HP_SESSION_UFRAG_SIZE], password[HP_SESSION_PASSWORD_SIZE];
    char *remote_ufrag, *remote_password; // NULL: not known yet
};

// Draws credentials of ours.
void hp_session_init(struct hp_session *session);
void hp_session_finish(struct hp_session *session);

// False: they are not those of RFC 8839 section 5.4.
bool hp_session_set_remote(struct hp_session *session, const char *ufrag, const char *password);
void hp_session_forget_remote(struct hp_session *session);

// Is it the part of a USERNAME that names us?
bool hp_session_is_for(const struct hp_session *session, const char *ufrag, size_t size);
