// roster.c - all people of a room as JSON text.
// Owner: hp_signal.  Thread: main.
#include "dialect/roster.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "dialect/envelope.h"
#include "dialect/facts.h"
#include "room/notice.h"
#include "room/notices.h"
#include "room/session.h"
#include "room/sessions.h"

struct hp_roster {
    const struct hp_sessions *sessions;
    GHashTable *texts; // session -> its member of `sessions`, in braces
};

static void
on_notice(void *arg, const struct hp_notice *notice)
{
    struct hp_roster *roster = arg;
    bool is_change = notice->kind == HP_NOTICE_CREATED || notice->kind == HP_NOTICE_DELETED
            || notice->kind == HP_NOTICE_PROFILE || notice->kind == HP_NOTICE_PRESENCE;
    bool is_welcome = notice->kind == HP_NOTICE_WELCOME; // he is there before others hear of it
    if (is_change || is_welcome) {
        g_hash_table_remove(roster->texts, is_welcome ? notice->to : notice->about);
    }
}

static const char *
get_text(struct hp_roster *roster, struct hp_session *session)
{
    char *text = g_hash_table_lookup(roster->texts, session);
    if (text == NULL) {
        json_t *object = json_pack("{s:o}", session->id, hp_facts_session(session));
        text = json_dumps(object, JSON_COMPACT);
        json_decref(object);
        g_hash_table_insert(roster->texts, session, text);
    }
    return text;
}

struct hp_roster *
hp_roster_create(struct hp_notices *notices, struct hp_sessions *sessions)
{
    struct hp_roster *roster = g_new0(struct hp_roster, 1);
    roster->sessions = sessions;
    roster->texts = g_hash_table_new_full(NULL, NULL, NULL, free);
    hp_notices_add(notices, on_notice, roster);
    return roster;
}

void
hp_roster_destroy(struct hp_roster *roster)
{
    if (roster == NULL) {
        return;
    }
    g_hash_table_destroy(roster->texts);
    g_free(roster);
}

char *
hp_roster_write(struct hp_roster *roster, const char *event, json_t *payload)
{
    const GPtrArray *all = hp_sessions_all(roster->sessions);
    char *envelope = hp_envelope_write(event, payload);
    GString *text = g_string_new_len(envelope, (gssize) strlen(envelope) - 2); // without "}}"
    free(envelope);
    g_string_append(text, ",\"sessions\":{");
    for (unsigned i = 0; i < all->len; i++) {
        const char *one = get_text(roster, g_ptr_array_index(all, i));
        if (i > 0) {
            g_string_append_c(text, ',');
        }
        g_string_append_len(text, one + 1, (gssize) strlen(one) - 2);
    }
    g_string_append(text, "}}}");
    return g_string_free(text, FALSE);
}
