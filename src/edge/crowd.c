// crowd.c - who gives way when there are too many connections.
// Owner: nobody.  Thread: main.
#include "edge/crowd.h"

#include <stddef.h>

#define LOG_TAG "http"
#include "base/clock.h"
#include "base/log.h"
#include "edge/connection.h"
#include "edge/request_state.h"
#include "port/limits.h"

enum {
    LOG_US = 60000000, // between two lines
    // A handshake of TLS and a request by a slow line take no longer. Who floods us holds what is
    // older, or else the oldest.
    GRACE_US = 3000000,
    FEW = 4, // connections of an address that does not fill the server
};

// From the first to give way to the last.
enum turn {
    TURN_IDLE,
    TURN_BODY,
    TURN_ANSWER,
    TURN_YOUNG, // not longer than the grace
    TURN_YOUNG_ANSWER,
    TURN_SPARED, // added to the others, for who is known and whose address has few
    TURN_NEVER = 2 * TURN_SPARED,
};

// Since when it keeps us waiting.
static int64_t
get_since(const struct hp_connection *connection)
{
    return connection->request == NULL ? connection->since_us : connection->request->begun_us;
}

static enum turn
find_turn(const struct hp_connection *connection)
{
    const struct hp_request *request = connection->request;
    bool is_young = hp_clock_now_us() - get_since(connection) <= GRACE_US;
    if (connection->limits == NULL || (connection->ws != NULL && connection->is_persons)) {
        return TURN_NEVER;
    }
    // else a WebSocket that nobody has logged in by is one more connection that keeps us waiting
    if (request == NULL) {
        return is_young ? TURN_YOUNG : TURN_IDLE;
    }
    if (request->exchange != NULL) {
        return TURN_NEVER;
    }
    if (request->is_answered) {
        return is_young ? TURN_YOUNG_ANSWER : TURN_ANSWER;
    }
    return request->body_left == 0 ? TURN_NEVER : is_young ? TURN_YOUNG : TURN_BODY;
}

// Where all connections together are too many, an address with few of them is not the reason. Those
// of people do not count among the strangers of their address.
static enum turn
spare(const struct hp_connection *connection, enum turn turn, bool is_total)
{
    if (turn == TURN_NEVER || (connection->is_known && !is_total)) {
        return TURN_NEVER;
    }
    bool is_spared = is_total
            && (connection->is_known
                    || hp_limits_count(connection->limits, connection->address) <= FEW);
    return is_spared ? turn + TURN_SPARED : turn;
}

struct hp_connection *
hp_crowd_choose(const GQueue *connections, const char *address)
{
    struct hp_connection *chosen = NULL;
    enum turn first = TURN_NEVER;
    for (GList *link = connections->head; link != NULL && first != TURN_IDLE; link = link->next) {
        struct hp_connection *connection = link->data;
        enum turn turn = find_turn(connection);
        if (turn > first
                || (address != NULL && !hp_remote_is_same_network(connection->address, address))) {
            continue;
        }
        turn = spare(connection, turn, address == NULL);
        bool is_sooner = turn < first
                || (turn == first && chosen != NULL && get_since(connection) < get_since(chosen));
        if (turn != TURN_NEVER && is_sooner) {
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
