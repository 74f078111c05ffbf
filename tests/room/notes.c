// notes.c - the notices of a room as lines of text.
#include "notes.h"

#include <inttypes.h>

#include "base/plugin.h"
#include "room/notice.h"
#include "room/notices.h"
#include "room/room.h"
#include "room/session.h"
#include "room/sessions.h"

static const char *
id_of(const struct hp_session *session)
{
    return session != NULL ? session->id : "nobody";
}

static char *
describe_cursors(const struct hp_notice *notice)
{
    GString *text = g_string_new("cursors");
    for (unsigned i = 0; i < notice->cursors.count; i++) {
        const struct hp_notice_cursor *item = &notice->cursors.items[i];
        g_string_append_printf(text, " %s@%d,%d", item->session->id, item->x, item->y);
    }
    return g_string_free(text, FALSE);
}

static char *
describe_description(const struct hp_notice *notice)
{
    static const char *const roles[] = {
        [HP_DESCRIPTION_FIRST] = "first",
        [HP_DESCRIPTION_OFFER] = "offer",
        [HP_DESCRIPTION_RESTART] = "restart",
        [HP_DESCRIPTION_ANSWER] = "answer",
    };
    const struct hp_notice_video *video = &notice->description.video;
    if (notice->description.role != HP_DESCRIPTION_FIRST) {
        return g_strdup_printf("%s %s", roles[notice->description.role], notice->description.sdp);
    }
    return g_strdup_printf("first %s video %s%s audio%s", notice->description.sdp,
            video->name != NULL ? video->name : "none", video->is_disabled ? " off" : " on",
            notice->description.is_audio_disabled ? " off" : " on");
}

static char *
describe_wishes(const struct hp_notice *notice)
{
    GString *text = g_string_new("wishes");
    for (unsigned i = 0; i < notice->wishes.count; i++) {
        g_string_append_printf(text, " %s", notice->wishes.items[i]->profile.name);
    }
    return g_string_free(text, FALSE);
}

static char *
describe_wish(const struct hp_notice *notice)
{
    static const char *const names[] = {
        [HP_WISH_ASKED] = "asked",
        [HP_WISH_WITHDRAWN] = "withdrawn",
        [HP_WISH_DECLINED] = "declined",
        [HP_WISH_EXPIRED] = "expired",
    };
    return g_strdup_printf("wish %s", names[notice->wish]);
}

static char *
describe_media(const struct hp_notice *notice)
{
    const char *problem = notice->media.problem;
    return g_strdup_printf("media %s %s %s%s",
            notice->media.kind == HP_TRACK_VIDEO ? "video" : "audio",
            notice->media.codec != NULL ? hp_codec_name(*notice->media.codec) : "all",
            notice->media.is_starting ? "starts: " : "", problem != NULL ? problem : "runs");
}

static char *
describe_peer(const struct hp_notice *notice)
{
    static const char *const states[] = {
        [HP_PEER_CONNECTING] = "connecting",
        [HP_PEER_CONNECTED] = "connected",
        [HP_PEER_DISCONNECTED] = "disconnected",
        [HP_PEER_FAILED] = "failed",
    };
    return g_strdup_printf("peer %s %s", states[notice->peer_state.state],
            hp_status_name(notice->peer_state.status));
}

static char *
describe_farewell(const struct hp_notice *notice)
{
    static const char *const reasons[] = {
        [HP_FAREWELL_DELETED] = "deleted",
        [HP_FAREWELL_REPLACED] = "replaced",
        [HP_FAREWELL_PROFILE] = "profile",
        [HP_FAREWELL_FLOOD] = "flood",
        [HP_FAREWELL_CLOSING] = "closing",
    };
    return g_strdup_printf("farewell %s", reasons[notice->farewell.reason]);
}

static char *
describe(const struct hp_notice *notice)
{
    const struct hp_session *about = notice->about;
    switch (notice->kind) {
    case HP_NOTICE_CREATED: return g_strdup_printf("created %s", about->id);
    case HP_NOTICE_DELETED: return g_strdup_printf("deleted %s", about->id);
    case HP_NOTICE_PROFILE: return g_strdup_printf("profile %s", about->id);
    case HP_NOTICE_PRESENCE:
        return g_strdup_printf("presence %s%s%s", about->id, about->is_connected ? " here" : " away",
                about->is_watching ? " watching" : "");
    case HP_NOTICE_CURSORS: return describe_cursors(notice);
    case HP_NOTICE_HOST:
        return g_strdup_printf("host %s by %s", id_of(notice->host), id_of(about));
    case HP_NOTICE_AWAY:
        return g_strdup_printf("%s %s", notice->away.is_away ? "away" : "back", about->id);
    case HP_NOTICE_WISHES: return describe_wishes(notice);
    case HP_NOTICE_WISH: return describe_wish(notice);
    case HP_NOTICE_RULES: return g_strdup_printf("rules by %s", id_of(about));
    case HP_NOTICE_SCREEN:
        return g_strdup_printf("screen %dx%d@%d by %s", notice->screen->width,
                notice->screen->height, notice->screen->rate, id_of(about));
    case HP_NOTICE_MEDIA: return describe_media(notice);
    case HP_NOTICE_WELCOME: return g_strdup("welcome");
    case HP_NOTICE_FAREWELL: return describe_farewell(notice);
    case HP_NOTICE_CLIPBOARD:
        return notice->clipboard.text != NULL
                ? g_strdup_printf("clipboard %s", notice->clipboard.text)
                : g_strdup(notice->clipboard.is_too_large ? "copied too much" : "copied no text");
    case HP_NOTICE_REQUEST: return g_strdup_printf("request by %s", about->id);
    case HP_NOTICE_DESCRIPTION: return describe_description(notice);
    case HP_NOTICE_CANDIDATE: return g_strdup_printf("candidate %s", notice->candidate.text);
    case HP_NOTICE_PEER_STATE: return describe_peer(notice);
    case HP_NOTICE_PEER_CLOSED: return g_strdup("closed");
    case HP_NOTICE_STATS:
        return g_strdup_printf("stats %s", notice->stats != NULL ? notice->stats->pair : "-");
    case HP_NOTICE_VIDEO:
        return g_strdup_printf("video %s", notice->video.is_disabled ? "off" : "on");
    case HP_NOTICE_AUDIO:
        return g_strdup_printf("audio %s", notice->audio.is_disabled ? "off" : "on");
    case HP_NOTICE_LETTER:
        return g_strdup_printf("letter by %s %s %s", about->id, notice->letter.subject,
                notice->letter.body != NULL ? notice->letter.body : "-");
    case HP_NOTICE_PLUGIN:
        return g_strdup_printf("plugin %s %s", notice->event.name,
                notice->event.payload != NULL ? notice->event.payload : "-");
    }
    return NULL;
}

void
notes_write(GString *notes, struct hp_room *room, const struct hp_notice *notice)
{
    char *text = describe(notice);
    if (notice->kind == HP_NOTICE_FAREWELL) {
        g_string_append_printf(notes, "%" PRIu64 " %s\n", notice->farewell.link, text);
        g_free(text);
        return;
    }
    const GPtrArray *all = hp_sessions_all(hp_room_sessions(room));
    for (unsigned i = 0; i < all->len; i++) {
        const struct hp_session *session = g_ptr_array_index(all, i);
        if (hp_notice_is_for(notice, session)) {
            g_string_append_printf(notes, "%" PRIu64 " %s\n", session->link, text);
        }
    }
    g_free(text);
}
