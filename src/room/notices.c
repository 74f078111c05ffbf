// notices.c - the listeners of a room.
// Owner: hp_room.  Thread: main.
#include "room/notices.h"

#include <assert.h>

#include <glib.h>

#include "room/notice.h"
#include "room/session.h"

struct hp_notices {
    struct {
        hp_notice_fn fn;
        void *arg;
    } listeners[HP_LISTENERS_MAX];
    unsigned count;
    uint64_t last_link;
};

struct hp_notices *
hp_notices_create(void)
{
    return g_new0(struct hp_notices, 1);
}

void
hp_notices_destroy(struct hp_notices *notices)
{
    g_free(notices);
}

void
hp_notices_add(struct hp_notices *notices, hp_notice_fn fn, void *arg)
{
    assert(notices->count < HP_LISTENERS_MAX);
    notices->listeners[notices->count].fn = fn;
    notices->listeners[notices->count].arg = arg;
    notices->count++;
}

uint64_t
hp_notices_take_link(struct hp_notices *notices)
{
    return ++notices->last_link;
}

void
hp_notices_tell(const struct hp_notices *notices, const struct hp_notice *notice)
{
    for (unsigned i = 0; i < notices->count; i++) {
        notices->listeners[i].fn(notices->listeners[i].arg, notice);
    }
}

bool
hp_notice_is_for(const struct hp_notice *notice, const struct hp_session *session)
{
    if (session->link == 0) {
        return false;
    }
    if (notice->to != NULL) {
        return notice->to == session;
    }
    switch (notice->kind) {
    case HP_NOTICE_CREATED:
    case HP_NOTICE_LETTER: return notice->about != session;
    case HP_NOTICE_CURSORS: return session->profile.can_see_inactive_cursors;
    case HP_NOTICE_DELETED:
    case HP_NOTICE_PROFILE:
    case HP_NOTICE_PRESENCE:
    case HP_NOTICE_HOST:
    case HP_NOTICE_AWAY:
    case HP_NOTICE_WISHES:
    case HP_NOTICE_WISH:
    case HP_NOTICE_RULES:
    case HP_NOTICE_SCREEN:
    case HP_NOTICE_MEDIA:
    case HP_NOTICE_WELCOME:
    case HP_NOTICE_FAREWELL:
    case HP_NOTICE_REQUEST:
    case HP_NOTICE_CLIPBOARD:
    case HP_NOTICE_DESCRIPTION:
    case HP_NOTICE_CANDIDATE:
    case HP_NOTICE_PEER_STATE:
    case HP_NOTICE_PEER_CLOSED:
    case HP_NOTICE_STATS:
    case HP_NOTICE_VIDEO:
    case HP_NOTICE_AUDIO:
    case HP_NOTICE_PLUGIN: return true;
    }
    return false;
}
