// crowd.h - who gives way when there are too many connections. Main thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

struct hp_connection;

// The counted connection, of the network of that address (NULL: of any), that gives way: the first
// idle one of the queue, else the one that has kept us waiting longest for the rest of a request's
// body, else for taking its answer. NULL: there is none. WebSockets, streamed bodies and requests
// whose answer is being made stay.
struct hp_connection *hp_crowd_choose(const GQueue *connections, const char *address);

// Logs that the address is refused, once a minute at most: whoever causes it does so often.
// `*last_us` is the time of the last line; 0: none.
void hp_crowd_log(int64_t *last_us, const char *address, bool is_total);
