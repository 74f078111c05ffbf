// allocation.c - what TURN keeps of one client.
// Owner: hp_allocations.  Thread: worker 0.
// RFC 8656 sections 3.2, 9 and 12.
#include "relay/allocation.h"

#include <stddef.h>

#include <glib.h>

enum { SECOND_US = 1000000 };

void
hp_allocation_refresh(struct hp_allocation *allocation, uint32_t asked_s, int64_t now_us)
{
    allocation->lifetime_s =
            CLAMP(asked_s, HP_ALLOCATION_LIFETIME_S, HP_ALLOCATION_LIFETIME_MAX_S);
    allocation->expires_us = now_us + (int64_t) allocation->lifetime_s * SECOND_US;
}

bool
hp_allocation_permit(
        struct hp_allocation *allocation, const struct hp_addr *peer, int64_t now_us)
{
    struct hp_permission *place = NULL;
    for (unsigned i = 0; i < allocation->permission_count; i++) {
        struct hp_permission *permission = &allocation->permissions[i];
        if (hp_addr_equal_ip(&permission->peer, peer)) {
            place = permission;
            break;
        }
        if (permission->expires_us <= now_us) {
            place = permission;
        }
    }
    if (place == NULL && allocation->permission_count == HP_ALLOCATION_PERMISSIONS_MAX) {
        return false;
    }
    place = place != NULL ? place : &allocation->permissions[allocation->permission_count++];
    place->peer = *peer;
    place->expires_us = now_us + (int64_t) HP_ALLOCATION_PERMISSION_S * SECOND_US;
    return true;
}

bool
hp_allocation_permits(
        const struct hp_allocation *allocation, const struct hp_addr *peer, int64_t now_us)
{
    for (unsigned i = 0; i < allocation->permission_count; i++) {
        const struct hp_permission *permission = &allocation->permissions[i];
        if (permission->expires_us > now_us && hp_addr_equal_ip(&permission->peer, peer)) {
            return true;
        }
    }
    return false;
}

// The channel of that number to that peer, or a free place for it. *conflicts: one of both is bound
// otherwise, and stays so until it expires.
static struct hp_channel *
find_place(struct hp_allocation *allocation, uint16_t number, const struct hp_addr *peer,
        int64_t now_us, bool *conflicts)
{
    struct hp_channel *place = NULL;
    for (unsigned i = 0; i < allocation->channel_count; i++) {
        struct hp_channel *channel = &allocation->channels[i];
        bool is_same_peer = hp_addr_equal(&channel->peer, peer);
        if (channel->number == number && is_same_peer) {
            return channel;
        }
        if (channel->expires_us <= now_us) {
            place = channel;
        } else if (channel->number == number || is_same_peer) {
            *conflicts = true;
        }
    }
    if (place == NULL && allocation->channel_count < HP_ALLOCATION_CHANNELS_MAX) {
        place = &allocation->channels[allocation->channel_count];
    }
    return place;
}

enum hp_channel_result
hp_allocation_bind(struct hp_allocation *allocation, uint16_t number, const struct hp_addr *peer,
        int64_t now_us)
{
    bool conflicts = false;
    struct hp_channel *place = find_place(allocation, number, peer, now_us, &conflicts);
    if (conflicts) {
        return HP_CHANNEL_CONFLICT;
    }
    if (place == NULL || !hp_allocation_permit(allocation, peer, now_us)) {
        return HP_CHANNEL_FULL;
    }
    if (place == &allocation->channels[allocation->channel_count]) {
        allocation->channel_count++;
    }
    place->number = number;
    place->peer = *peer;
    place->expires_us = now_us + (int64_t) HP_ALLOCATION_CHANNEL_S * SECOND_US;
    return HP_CHANNEL_BOUND;
}

const struct hp_channel *
hp_allocation_find_number(const struct hp_allocation *allocation, uint16_t number, int64_t now_us)
{
    for (unsigned i = 0; i < allocation->channel_count; i++) {
        const struct hp_channel *channel = &allocation->channels[i];
        if (channel->number == number && channel->expires_us > now_us) {
            return channel;
        }
    }
    return NULL;
}

const struct hp_channel *
hp_allocation_find_peer(
        const struct hp_allocation *allocation, const struct hp_addr *peer, int64_t now_us)
{
    for (unsigned i = 0; i < allocation->channel_count; i++) {
        const struct hp_channel *channel = &allocation->channels[i];
        if (channel->expires_us > now_us && hp_addr_equal(&channel->peer, peer)) {
            return channel;
        }
    }
    return NULL;
}
