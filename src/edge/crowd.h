// crowd.h - who gives way when there are too many connections. Main thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

struct hp_connection;

// The counted connection, of strangers of the network of that address (NULL: of any), that gives
// way. First, of those that have kept us waiting for more than 3 s: an idle one, then the one that
// waits longest with the rest of a request's body, then with taking its answer. Else the oldest
// that has no answer yet, and last one that has. NULL: there is none. WebSockets, streamed bodies
// and requests whose answer is being made stay. Of any network: those of people, and of addresses
// with few, only when there are no others.
struct hp_connection *hp_crowd_choose(const GQueue *connections, const char *address);

// Logs that the address is refused, once a minute at most: whoever causes it does so often.
// `*last_us` is the time of the last line; 0: none.
void hp_crowd_log(int64_t *last_us, const char *address, bool is_total);
