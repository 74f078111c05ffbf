// lobby.h - how people come and go: log in, connect, lose their WebSocket, come back within the
// grace, log out. Main thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct hp_profile;
struct hp_room;
struct hp_session;

enum hp_login_answer {
    HP_LOGIN_OK,
    HP_LOGIN_WRONG, // name or password
    HP_LOGIN_BAD_NAME, // empty, too long, not text
    HP_LOGIN_LOCKED, // logins are locked
    HP_LOGIN_CLOSING, // the room ends
    HP_LOGIN_NOBODY, // the members are kept by a provider that is not there yet
    HP_LOGIN_FULL, // no room for another session
};

// Makes a session; everyone is told.
enum hp_login_answer hp_lobby_login(struct hp_room *room, const char *username,
        const char *password, struct hp_session **session);

// Ends a session for good: its socket hears `reason` (NULL: "session deleted").
void hp_lobby_end(struct hp_session *session, const char *reason);

// All at once: everyone hears the reason first.
void hp_lobby_end_all(struct hp_room *room, const char *reason);

// A WebSocket for the session of this token. NULL: *refusal says why, as system/disconnect says it.
// What it had before is told "connection replaced".
struct hp_session *hp_lobby_connect(
        struct hp_room *room, const char *token, uint64_t link, const char **refusal);
// That WebSocket is gone. Not clean: the session waits for another for its grace.
void hp_lobby_lose(struct hp_session *session, uint64_t link, bool is_clean);

// Ends the connection with this reason; the session stays.
void hp_lobby_disconnect(struct hp_session *session, const char *reason);

// Changes rights while the session lives: all effects follow. profile: copied.
void hp_lobby_set_profile(struct hp_session *session, const struct hp_profile *profile);
