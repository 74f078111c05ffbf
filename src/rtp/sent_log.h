// sent_log.h - under which of a viewer's sequence numbers each packet of each level was sent, and
// how often each packet was repeated. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/stream.h"

enum {
    HP_SENT_RUNS_MIN = 16,
    HP_SENT_RUNS = 256, // at most; 4 s of pictures at 60 a second
    HP_SENT_KEEP_US = 2 * 1000 * 1000, // the log grows while its runs do not reach back so far
    HP_SENT_REPEATS = 256, // a power of two
    HP_SENT_NUMBERS = 256, // a power of two
};

// Packets of one frame that were sent together.
struct hp_sent_run {
    struct hp_stream_id id; // the level of the packets
    int64_t first_seq; // extended
    uint64_t first_packet;
    uint32_t count;
    uint32_t size; // bytes of all their payloads
    uint32_t timestamp; // RTP time as the headers have it
    uint16_t transport_seq; // of the first packet; the next ones count on
    uint32_t abs_send_time;
    int64_t sent_us;
};

struct hp_sent_packet {
    int64_t seq;
    struct hp_stream_id id;
    uint64_t packet;
    uint32_t timestamp;
    uint16_t transport_seq;
    uint32_t abs_send_time;
};

struct hp_sent_repeat {
    int64_t seq;
    int64_t last_us;
    unsigned count;
    uint16_t last_number; // transport-wide, of the last repeat as RTX
};

// The packet that a transport-wide number was taken for.
struct hp_sent_number {
    uint16_t seq;
    uint16_t number;
    bool is_set;
};

// Which packets were repeated; most viewers never need it.
struct hp_sent_again {
    struct hp_sent_repeat repeats[HP_SENT_REPEATS];
    struct hp_sent_number numbers[HP_SENT_NUMBERS]; // of repeats as RTX
};

// Zeroed: empty. As large as its use: it grows with the rate of pictures.
struct hp_sent_log {
    unsigned run_count; // runs that were ever added; wraps
    unsigned capacity; // 0, or HP_SENT_RUNS_MIN doubled up to HP_SENT_RUNS
    struct hp_sent_run *runs; // a ring
    struct hp_sent_again *again; // NULL: none was repeated yet
};

// Frees what the log has taken; it is empty then.
void hp_sent_log_finish(struct hp_sent_log *log);

// Notes a run. The sequence numbers of runs follow each other without a gap.
void hp_sent_log_add(struct hp_sent_log *log, const struct hp_sent_run *run);

// Finds the packet that was sent as `seq`; false: none was, or too long ago.
bool hp_sent_log_find(const struct hp_sent_log *log, uint16_t seq, struct hp_sent_packet *packet);

// May the packet be repeated now? At most once in `interval_us` and `max_count` times, as far back
// as the table of repeats reaches.
bool hp_sent_log_may_repeat(const struct hp_sent_log *log, int64_t seq, int64_t now_us,
        int64_t interval_us, unsigned max_count);

// Notes that the packet was repeated.
void hp_sent_log_note_repeat(struct hp_sent_log *log, int64_t seq, int64_t now_us);

// Notes that the repeat just noted was sent as RTX under that transport-wide number.
void hp_sent_log_note_number(struct hp_sent_log *log, int64_t seq, uint16_t number);

// Finds the packet that was last sent under that transport-wide number; false: none was in the last
// second, or the packet has been repeated since.
bool hp_sent_log_find_number(const struct hp_sent_log *log, uint16_t number, int64_t now_us,
        struct hp_sent_packet *packet);
