// facts.h - the facts of a room as Neko's JSON, for events and REST alike. The caller owns the
// results. Main thread.
#pragma once

#include <stdbool.h>

#include <jansson.h>

struct hp_notice_video;
struct hp_peer_stats;
struct hp_plugin_screen;
struct hp_room;
struct hp_session;

// {is_connected, connected_since?, ...}, with `id` in front if wanted; RFC 3339 times.
json_t *hp_facts_state(const struct hp_session *session, bool with_id);
// {id, profile, state}
json_t *hp_facts_session(const struct hp_session *session);

// {id, has_host, host_id?}; `by`: the session that caused the change; NULL: id is "".
json_t *hp_facts_host(const struct hp_session *by, const struct hp_session *host);
// {width, height, rate}
json_t *hp_facts_screen(const struct hp_plugin_screen *screen);
// {disabled, id, video, auto}
json_t *hp_facts_video(const struct hp_notice_video *video);
// {disabled}
json_t *hp_facts_audio(bool is_disabled);
// {path, pair, round_trip_ms, ...}; of NULL {is_late}
json_t *hp_facts_stats(const struct hp_peer_stats *stats);

// The first events that a client gets: system/init, to which hp_roster_write() adds the people, and
// system/admin for admins.
json_t *hp_facts_init(struct hp_room *room, const struct hp_session *session);
json_t *hp_facts_admin(struct hp_room *room);
