// queue.h - a bounded queue of pointers between threads: a pthread mutex and an eventfd, since
// ThreadSanitizer cannot see GMutex and GAsyncQueue.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct hp_queue;

// Makes a queue for at most `capacity` items. NULL: no descriptor is free. Owner: the caller.
struct hp_queue *hp_queue_create(size_t capacity);

// Destroys the queue. Items in it are not freed: pop them first. NULL is fine.
void hp_queue_destroy(struct hp_queue *queue);

// Adds an item, never NULL. False when the queue is full: the caller keeps the item. Any thread.
bool hp_queue_push(struct hp_queue *queue, void *item);

// Takes the oldest item; NULL when the queue is empty. Any thread.
void *hp_queue_pop(struct hp_queue *queue);

// Number of items in the queue. Any thread.
size_t hp_queue_count(struct hp_queue *queue);

// A descriptor that is readable while there may be items. Call hp_queue_clear_event() before you
// pop the items, so that an item that comes meanwhile makes the descriptor readable again. Any
// thread.
int hp_queue_fd(const struct hp_queue *queue);
void hp_queue_clear_event(struct hp_queue *queue);
