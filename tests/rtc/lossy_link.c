// lossy_link.c - one direction of a network in memory: loses, doubles, delays and reorders.
// Owner: a test.  Thread: its worker.
#include "lossy_link.h"

#include <string.h>

struct packet {
    struct lossy_link *link;
    struct hp_timer timer;
    size_t size;
    uint8_t data[];
};

unsigned
lossy_link_random(struct lossy_link *link)
{
    link->seed = link->seed * 1664525u + 1013904223u;
    return link->seed >> 16;
}

static void
on_arrival(void *arg)
{
    struct packet *packet = arg;
    struct lossy_link *link = packet->link;
    link->waiting = g_list_remove(link->waiting, packet);
    link->deliver(link->arg, packet->data, packet->size);
    g_free(packet);
}

static void
put_on_line(struct lossy_link *link, const uint8_t *data, size_t size)
{
    struct packet *packet = g_malloc(sizeof(*packet) + size);
    int64_t delay_us =
            link->max_delay_us == 0 ? 0 : lossy_link_random(link) * link->max_delay_us / 65535;
    packet->link = link;
    packet->size = size;
    memcpy(packet->data, data, size);
    link->waiting = g_list_prepend(link->waiting, packet);
    hp_timer_init(&packet->timer, link->worker, on_arrival, packet);
    hp_timer_start(&packet->timer, delay_us);
}

void
lossy_link_send(struct lossy_link *link, const uint8_t *data, size_t size)
{
    unsigned number = link->count++;
    link->max_size = MAX(link->max_size, size);
    bool may_pass = link->filter == NULL || link->filter(link->filter_arg, number, data, size);
    if (!may_pass || lossy_link_random(link) % 100 < link->loss_percent) {
        return;
    }
    put_on_line(link, data, size);
    if (lossy_link_random(link) % 100 < link->duplicate_percent) {
        put_on_line(link, data, size);
    }
}

void
lossy_link_finish(struct lossy_link *link)
{
    while (link->waiting != NULL) {
        struct packet *packet = link->waiting->data;
        link->waiting = g_list_delete_link(link->waiting, link->waiting);
        hp_timer_stop(&packet->timer);
        g_free(packet);
    }
}
