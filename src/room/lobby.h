// lobby.h - how people come and go: log in, connect, lose the connection, come back within the
// grace, log out. Main thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire/input.h"

struct hp_control;
struct hp_lobby;
struct hp_members;
struct hp_notices;
struct hp_plugins;
struct hp_profile;
struct hp_rules;
struct hp_session;
struct hp_sessions;
struct hp_stage_params;
struct hp_worker;

struct hp_lobby_params { // all kept; all objects outlive the lobby
    struct hp_worker *home;
    struct hp_sessions *sessions;
    struct hp_members *members;
    struct hp_control *control;
    struct hp_plugins *plugins;
    struct hp_notices *notices;
    const struct hp_rules *rules;
    const struct hp_stage_params *stage; // for the stage of each session
    // How long a session keeps its place and control for a connection that was lost, from the last
    // sign of life on.
    int64_t grace_us;
};

struct hp_lobby_cbs {
    // The first admin connected, or the last one left; `admin` is this session.
    void (*on_admins)(void *arg, struct hp_session *admin, bool are_there);
    void (*on_empty)(void *arg); // a closed lobby has no session left
};

enum hp_login_answer {
    HP_LOGIN_OK,
    HP_LOGIN_WRONG, // name or password
    HP_LOGIN_BAD_NAME, // empty, too long, not text
    HP_LOGIN_LOCKED, // logins are locked
    HP_LOGIN_CLOSING, // the room ends
    HP_LOGIN_NOBODY, // the provider of members is not implemented, so nobody can log in
    HP_LOGIN_FULL, // no place for another session
    HP_LOGIN_CROWDED, // only admins may come in now, see hp_lobby_login
};

struct hp_lobby_login {
    const char *username, *password;
    const char *address; // of the client; NULL: not known
    const char *token; // of the session that the client had before; NULL: none
    bool admins_only; // too many others have just come from the same place
};

// A connection, as its dialect describes it.
struct hp_lobby_connection {
    uint64_t link; // of hp_notices_take_link()
    enum hp_input_dialect dialect; // of the data channel
    const char *address; // of the client; copied
    const char *host; // of the page, see hp_reach_offer(); NULL: unknown; copied
};

enum hp_connect_answer {
    HP_CONNECT_OK,
    HP_CONNECT_CLOSING, // the room ends
    HP_CONNECT_NO_TOKEN,
    HP_CONNECT_UNKNOWN, // no session has this token
    HP_CONNECT_NO_LOGIN, // the profile forbids to log in
    HP_CONNECT_NOT_ALLOWED, // the profile forbids to connect
    HP_CONNECT_TOO_OFTEN, // the session has connected too often: try again a second later
    HP_CONNECT_TWICE, // the session is connected, and the rules keep the first connection
};

// Owner: hp_room. Never NULL.
struct hp_lobby *hp_lobby_create(
        const struct hp_lobby_params *params, const struct hp_lobby_cbs *cbs, void *arg);
void hp_lobby_destroy(struct hp_lobby *lobby); // no session is left; NULL is fine

// Refuses all clients from now on, tells all sessions, and ends them. on_empty follows, perhaps
// before this returns.
void hp_lobby_close(struct hp_lobby *lobby);

// Makes a session and tells of it by a notice. *session is set when the answer is HP_LOGIN_OK. A
// name that somebody in the room has already gets a number, as in "Ann (2)". The session that the
// same person has left behind ends, see hp_sessions_find_ghost().
enum hp_login_answer hp_lobby_login(struct hp_lobby *lobby, const struct hp_lobby_login *login,
        struct hp_session **session);

// Ends a session for good: its connection hears a farewell, its peer is closed.
void hp_lobby_end(struct hp_session *session);

// Ties a new connection to the session of this token (NULL: the client has none). *session is set
// when the answer is HP_CONNECT_OK. The previous connection of the session hears a farewell.
enum hp_connect_answer hp_lobby_connect(struct hp_lobby *lobby, const char *token,
        const struct hp_lobby_connection *connection, struct hp_session **session);

// The connection of the session shows that somebody is there.
void hp_lobby_hear(struct hp_session *session);
int64_t hp_lobby_grace_us(const struct hp_lobby *lobby);

// The page behind that connection is gone, and its peer with it: its media ends, while its place
// and control are kept. hp_lobby_lose() follows.
void hp_lobby_lose_page(struct hp_session *session, uint64_t link);

// That connection is gone. If it did not end cleanly, the session waits through its grace for
// another one.
void hp_lobby_lose(struct hp_session *session, uint64_t link, bool is_clean);

// Ends the connection of a client that sends too much; the session stays.
void hp_lobby_cut_flood(struct hp_session *session);

// Changes the rights of a session while it lives, with all effects. `profile` is copied.
void hp_lobby_set_profile(struct hp_session *session, const struct hp_profile *profile);
