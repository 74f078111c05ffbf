// queue.h - a bounded queue of pointers between threads: a pthread mutex and an eventfd.
// (GMutex and GAsyncQueue are invisible to TSan.)
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct hp_queue;

// Makes a queue for at most `capacity` items. Owner: the caller.
struct hp_queue *hp_queue_create(size_t capacity);

// Ends the queue. Items still inside are not freed: pop them first.
void hp_queue_destroy(struct hp_queue *queue);

// Adds an item. False when the queue is full: the caller keeps the item. Any thread.
bool hp_queue_push(struct hp_queue *queue, void *item);

// Takes the oldest item, NULL when empty. Any thread.
void *hp_queue_pop(struct hp_queue *queue);

// Number of items inside. Any thread.
size_t hp_queue_count(struct hp_queue *queue);

// Descriptor that is readable while there may be items; hp_queue_clear_event() before popping.
int hp_queue_fd(const struct hp_queue *queue);
void hp_queue_clear_event(struct hp_queue *queue);
