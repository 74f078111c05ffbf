// link.c - one TCP connection that carries datagrams.
// Owner: hp_tcp.  Thread: that of its worker.
//
// The kernel is given little more than it can send at once (TCP_NOTSENT_LOWAT). So media waits in
// the pacer, which drops whole pictures, and a client that reads again sees new ones.
#include "tcp/link.h"

#include <string.h>

#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "gate/stream.h"

enum {
    CHECK_RATE = 100,
    CHECK_BURST = 200,
};

struct hp_link *
hp_link_create(
        struct hp_stream *stream, const uint8_t *data, size_t size, uint64_t guest)
{
    struct hp_link *link = g_new0(struct hp_link, 1);
    int unsent = HP_LINK_UNSENT_MAX;
    link->stream = stream;
    link->rest = size > 0 ? g_memdup2(data, size) : NULL;
    link->rest_size = size;
    link->guest = guest;
    link->since_us = link->heard_us = link->known_us = hp_clock_now_us();
    link->item.data = link;
    hp_bucket_init(&link->checks, CHECK_RATE, CHECK_BURST);
    setsockopt(hp_stream_fd(stream), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
    return link;
}

void
hp_link_destroy(struct hp_link *link)
{
    if (link == NULL) {
        return;
    }
    hp_stream_destroy(link->stream);
    g_free(link->out);
    g_free(link->rest);
    g_free(link);
}

bool
hp_link_read(struct hp_link *link)
{
    uint8_t data[HP_STREAM_READ_SIZE];
    int count = hp_stream_read(link->stream, data, sizeof(data));
    if (count <= 0) {
        return count == 0;
    }
    g_free(link->rest); // which has been looked at
    link->rest = g_memdup2(data, (size_t) count);
    link->rest_at = 0;
    link->rest_size = (size_t) count;
    link->heard_us = hp_clock_now_us();
    return true;
}

enum hp_framer_verdict
hp_link_next(struct hp_link *link, const uint8_t **datagram, size_t *size)
{
    const uint8_t *data = link->rest == NULL ? NULL : link->rest + link->rest_at;
    size_t left = link->rest_size - link->rest_at;
    enum hp_framer_verdict verdict =
            hp_framer_take(&link->framer, &data, &left, datagram, size);
    link->rest_at = link->rest_size - left;
    if (verdict == HP_FRAMER_MORE) {
        g_clear_pointer(&link->rest, g_free);
        link->rest_at = link->rest_size = 0;
    }
    return verdict;
}

void
hp_link_watch(struct hp_link *link)
{
    hp_stream_watch(link->stream,
            HP_STREAM_READABLE | (link->is_blocked ? HP_STREAM_WRITABLE : 0u), false);
}

bool
hp_link_flush(struct hp_link *link)
{
    size_t done = 0;
    while (done < link->out_size && !link->is_broken) {
        int count = hp_stream_write(link->stream, link->out + done, link->out_size - done);
        link->is_broken = count < 0;
        if (count <= 0) {
            break;
        }
        done += (size_t) count;
    }
    link->out_size = link->is_broken ? 0 : link->out_size - done;
    if (link->out_size > 0) {
        memmove(link->out, link->out + done, link->out_size);
    }
    bool was_blocked = link->is_blocked;
    link->is_blocked = link->out_size > 0;
    if (link->is_blocked != was_blocked) {
        hp_link_watch(link);
    }
    return !link->is_blocked;
}

// False: there is no room.
static bool
append(struct hp_link *link, const struct hp_segment *segment, size_t most)
{
    if (link->out == NULL) {
        link->out_room = link->framer.kind == HP_FRAMER_TURN ? HP_LINK_TURN_OUT_MAX
                                                             : HP_LINK_OUT_MAX;
        link->out = g_malloc(link->out_room);
    }
    size_t room = MIN(most, link->out_room);
    size_t added = link->out_size >= room ? 0
                                          : hp_framer_write(link->framer.kind, segment->data,
                                                  segment->size, link->out + link->out_size,
                                                  room - link->out_size);
    link->out_size += added;
    return added > 0;
}

unsigned
hp_link_send(struct hp_link *link, const struct hp_segment *segments, unsigned count)
{
    for (unsigned i = 0; i < count && !link->is_broken; i++) {
        const struct hp_segment *segment = &segments[i];
        if (!hp_framer_is_media(link->framer.kind, segment->data, segment->size)) {
            (void) append(link, segment, SIZE_MAX);
            continue;
        }
        if (!link->is_blocked && !append(link, segment, HP_LINK_OUT_SIZE)
                && hp_link_flush(link)) {
            (void) append(link, segment, HP_LINK_OUT_SIZE);
        }
        if (link->is_blocked) {
            return i;
        }
    }
    (void) hp_link_flush(link);
    return count;
}

bool
hp_link_push(struct hp_link *link, const struct hp_segment *segment)
{
    bool is_taken = link->is_broken || append(link, segment, SIZE_MAX);
    if (link->out_size >= HP_LINK_OUT_SIZE && !link->is_blocked) {
        (void) hp_link_flush(link);
    }
    return is_taken;
}

bool
hp_link_has_part(const struct hp_link *link)
{
    return link->framer.size > 0 && !link->framer.is_taken;
}
