// pass.h - the route of tests of exchanges: does what the test says and notes what it was told.
#pragma once

#include "edge/site.h"
#include "edge/exchange.h"

enum {
    PASS_BLOCK = 64 * 1024, // bytes of a piece that is sent or written
    MANY = 48 * 1024 * 1024 // bytes, far more than all buffers on the way
};

struct pass {
    struct hp_request *request;
    struct hp_exchange *exchange;
    bool refuses, waits, echoes, aborts, answers_early;
    bool pauses; // with the first piece
    int64_t length; // of the answer
    size_t to_write, written; // of a large answer
    size_t body_size, piece_count, pieces_while_paused;
    uint32_t body_sum;
    unsigned ends, writables, closes, completes, refusals;
    char expect_header[16];
};

extern struct pass pass; // cleared by pass_start()
extern uint8_t pass_block[PASS_BLOCK];

// Serves /api/pass/* and returns the port.
uint16_t pass_start(void **state);
uint32_t pass_sum(uint32_t sum, const uint8_t *data, size_t size);

// For server_run_until().
bool pass_is_closed(void *arg);
bool pass_has_ended(void *arg);
bool pass_has_piece(void *arg);
bool pass_was_refused(void *arg); // write() has said false
bool pass_has_size(void *arg); // arg: size_t, so many bytes of the body have come
