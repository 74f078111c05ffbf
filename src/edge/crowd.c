// crowd.c - who gives way when there are too many connections.
// Owner: nobody.  Thread: main.
#include "edge/crowd.h"

#include <stddef.h>

#define LOG_TAG "http"
#include "base/clock.h"
#include "base/log.h"
#include "edge/connection.h"
#include "edge/request_state.h"

enum {
    LOG_US = 60000000 // between two lines
};

// From the first to give way to the last.
enum turn {
    TURN_IDLE,
    TURN_BODY,
    TURN_ANSWER,
    TURN_NEVER
};

static enum turn
find_turn(const struct hp_connection *connection)
{
    const struct hp_request *request = connection->request;
    if (connection->limits == NULL || connection->ws != NULL) {
        return TURN_NEVER;
    }
    if (request == NULL) {
        return TURN_IDLE;
    }
    if (request->exchange != NULL) {
        return TURN_NEVER;
    }
    return request->is_answered ? TURN_ANSWER : request->body_left > 0 ? TURN_BODY : TURN_NEVER;
}

struct hp_connection *
hp_crowd_choose(const GQueue *connections, const char *address)
{
    struct hp_connection *chosen = NULL;
    enum turn first = TURN_NEVER;
    for (GList *link = connections->head; link != NULL && first != TURN_IDLE; link = link->next) {
        struct hp_connection *connection = link->data;
        enum turn turn = find_turn(connection);
        if (turn == TURN_NEVER || turn > first
                || (turn == first
                        && connection->request->begun_us >= chosen->request->begun_us)) {
            continue;
        }
        if (address == NULL || hp_remote_is_same_network(connection->address, address)) {
            chosen = connection;
            first = turn;
        }
    }
    return chosen;
}

void
hp_crowd_log(int64_t *last_us, const char *address, bool is_total)
{
    int64_t now_us = hp_clock_now_us();
    if (*last_us == 0 || now_us - *last_us >= LOG_US) {
        *last_us = now_us;
        log_warn("%s is refused: too many connections%s; the limits are server.max_connections and "
                 "server.max_connections_per_address",
                address, is_total ? "" : " of this address");
    }
}
