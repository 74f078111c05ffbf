// parcels.c - messages of plugins on their way to the data channels of sessions.
// Owner: hp_room.  Thread: main; send() from any.
#include "room/parcels.h"

#include <stdatomic.h>
#include <string.h>

#include <glib.h>

#include "base/worker.h"
#include "room/session.h"
#include "room/sessions.h"
#include "room/stage.h"

enum {
    MAX_UNDER_WAY = 1024 * 1024, // bytes to one session
    MAX_PARCELS = 1024, // to one session
};

struct hp_parcels {
    struct hp_worker *home;
    struct hp_sessions *sessions;
};

struct parcel {
    struct hp_parcels *parcels;
    char *session_id; // the session may end before the parcel arrives
    char *label;
    unsigned size;
    uint8_t data[];
};

struct hp_parcels *
hp_parcels_create(struct hp_worker *home, struct hp_sessions *sessions)
{
    struct hp_parcels *parcels = g_new0(struct hp_parcels, 1);
    parcels->home = home;
    parcels->sessions = sessions;
    return parcels;
}

void
hp_parcels_destroy(struct hp_parcels *parcels)
{
    g_free(parcels);
}

static void
deliver(void *arg)
{
    struct parcel *parcel = arg;
    struct hp_session *session = hp_sessions_find(parcel->parcels->sessions, parcel->session_id);
    if (session != NULL) {
        atomic_fetch_sub(&session->parcel_bytes, parcel->size);
        atomic_fetch_sub(&session->parcel_count, 1);
        hp_stage_send(session->stage, parcel->label, parcel->data, parcel->size);
    }
    g_free(parcel->session_id);
    g_free(parcel->label);
    g_free(parcel);
}

bool
hp_parcels_send(struct hp_parcels *parcels, struct hp_session *session, int channel,
        const char *label, const void *data, size_t size)
{
    if (channel < 0 || atomic_load(&session->open_channels[channel]) <= 0 || size > MAX_UNDER_WAY
            || atomic_load(&session->parcel_bytes) + size > MAX_UNDER_WAY
            || atomic_load(&session->parcel_count) >= MAX_PARCELS) {
        return false;
    }
    atomic_fetch_add(&session->parcel_bytes, (unsigned) size);
    atomic_fetch_add(&session->parcel_count, 1);
    struct parcel *parcel = g_malloc(sizeof(*parcel) + size);
    parcel->parcels = parcels;
    parcel->session_id = g_strdup(session->id);
    parcel->label = g_strdup(label);
    parcel->size = (unsigned) size;
    memcpy(parcel->data, data, size);
    hp_worker_post(parcels->home, deliver, parcel);
    return true;
}
