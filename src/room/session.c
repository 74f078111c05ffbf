// session.c - one person who logged in.
// Owner: hp_sessions.  Thread: main.
#include "room/session.h"

#include <glib.h>

#include "base/clock.h"
#include "plugin/seat.h"

static int64_t
wall_now_us(void)
{
    return hp_clock_wall_us(hp_clock_now_us());
}

bool
hp_session_is_away(const struct hp_session *session)
{
    int64_t seat_us = session->seat != NULL ? hp_seat_heard_us(session->seat) : 0;
    return hp_clock_silence_us(MAX(session->heard_us, seat_us)) >= HP_AWAY_US;
}

void
hp_session_set_connected(struct hp_session *session, bool is_connected)
{
    session->is_connected = is_connected;
    session->connected_us = is_connected ? wall_now_us() : 0;
    session->not_connected_us = is_connected ? 0 : wall_now_us();
    session->idle_since_us = hp_clock_now_us();
}

void
hp_session_set_watching(struct hp_session *session, bool is_watching)
{
    session->is_watching = is_watching;
    session->watching_us = is_watching ? wall_now_us() : 0;
    session->not_watching_us = is_watching ? 0 : wall_now_us();
}
