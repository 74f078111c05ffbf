// session.c - the credentials of both sides between two ICE restarts.
// Owner: hp_shared_ice.  Thread: the peer's worker.
#include "pair/session.h"

#include <string.h>

#include <glib.h>

#include "base/ice.h"
#include "base/ident.h"

enum { UFRAG_MIN = 4, PASSWORD_MIN = 22 }; // RFC 8839 section 5.4

// Letters, digits, "+" and "/" are what the grammar allows.
static void
draw(char *text, size_t size)
{
    hp_ident_token(text, size - 1);
    for (char *letter = text; *letter != '\0'; letter++) {
        *letter = *letter == '_' ? '+' : *letter == '-' ? '/' : *letter;
    }
}

void
hp_session_init(struct hp_session *session)
{
    *session = (struct hp_session){ 0 };
    draw(session->ufrag, sizeof(session->ufrag));
    draw(session->password, sizeof(session->password));
}

void
hp_session_forget_remote(struct hp_session *session)
{
    g_clear_pointer(&session->remote_ufrag, g_free);
    g_clear_pointer(&session->remote_password, g_free);
}

void
hp_session_finish(struct hp_session *session)
{
    hp_session_forget_remote(session);
}

static bool
is_within(const char *text, size_t min)
{
    size_t length = strlen(text);
    return length >= min && length <= HP_ICE_TEXT_MAX && strchr(text, ':') == NULL;
}

bool
hp_session_set_remote(struct hp_session *session, const char *ufrag, const char *password)
{
    if (!is_within(ufrag, UFRAG_MIN) || !is_within(password, PASSWORD_MIN)) {
        return false;
    }
    hp_session_forget_remote(session);
    session->remote_ufrag = g_strdup(ufrag);
    session->remote_password = g_strdup(password);
    return true;
}

bool
hp_session_is_for(const struct hp_session *session, const char *ufrag, size_t size)
{
    return size == strlen(session->ufrag) && memcmp(session->ufrag, ufrag, size) == 0;
}
