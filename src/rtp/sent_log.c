// sent_log.c - which packet of which level went out under which of a viewer's sequence numbers.
// Owner: hp_repeats.  Thread: the peer's worker.
#include "rtp/sent_log.h"

#include <stddef.h>

#include <glib.h>

enum {
    MAX_NUMBER_AGE_US = 1000 * 1000, // feedback is about the last packets only, and numbers wrap
};

static const struct hp_sent_run *
get_run(const struct hp_sent_log *log, unsigned index)
{
    return &log->runs[index % log->capacity];
}

static unsigned
count_held(const struct hp_sent_log *log)
{
    return log->run_count < log->capacity ? log->run_count : log->capacity;
}

// Doubles the ring, with the oldest run first.
static void
grow(struct hp_sent_log *log)
{
    unsigned held = count_held(log);
    unsigned capacity = log->capacity == 0 ? HP_SENT_RUNS_MIN : 2 * log->capacity;
    struct hp_sent_run *runs = g_new(struct hp_sent_run, capacity);
    for (unsigned i = 0; i < held; i++) {
        runs[i] = *get_run(log, log->run_count - held + i);
    }
    g_free(log->runs);
    log->runs = runs;
    log->capacity = capacity;
    log->run_count = held;
}

void
hp_sent_log_add(struct hp_sent_log *log, const struct hp_sent_run *run)
{
    bool is_full = count_held(log) == log->capacity;
    bool is_short = is_full && log->capacity < HP_SENT_RUNS
            && (log->capacity == 0
                    || run->sent_us - get_run(log, log->run_count)->sent_us < HP_SENT_KEEP_US);
    if (is_short) {
        grow(log);
    }
    log->runs[log->run_count % log->capacity] = *run;
    log->run_count++;
    if (log->run_count == 2 * log->capacity) {
        log->run_count = log->capacity; // the counter wraps, a full log stays full
    }
}

void
hp_sent_log_finish(struct hp_sent_log *log)
{
    g_free(log->runs);
    g_free(log->again);
    *log = (struct hp_sent_log){ 0 };
}

// The last run that begins at or before `seq`, NULL if none does.
static const struct hp_sent_run *
find_run(const struct hp_sent_log *log, int64_t seq)
{
    unsigned held = count_held(log);
    unsigned low = log->run_count - held;
    unsigned high = log->run_count; // the answer is in [low, high)
    if (held == 0 || get_run(log, low)->first_seq > seq) {
        return NULL;
    }
    while (high - low > 1) {
        unsigned middle = low + (high - low) / 2;
        if (get_run(log, middle)->first_seq <= seq) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return get_run(log, low);
}

bool
hp_sent_log_find(const struct hp_sent_log *log, uint16_t seq, struct hp_sent_packet *packet)
{
    if (log->run_count == 0) {
        return false;
    }
    const struct hp_sent_run *newest = get_run(log, log->run_count - 1);
    int64_t last = newest->first_seq + newest->count - 1;
    // the newest number at or before the last one: nobody asks for a packet of the future
    int64_t extended = last - (uint16_t) ((uint16_t) last - seq);
    const struct hp_sent_run *run = find_run(log, extended);
    if (run == NULL || extended >= run->first_seq + run->count) {
        return false;
    }
    uint32_t offset = (uint32_t) (extended - run->first_seq);
    *packet = (struct hp_sent_packet){
        .seq = extended,
        .id = run->id,
        .packet = run->first_packet + offset,
        .timestamp = run->timestamp,
        .transport_seq = (uint16_t) (run->transport_seq + offset),
        .abs_send_time = run->abs_send_time,
    };
    return true;
}

// NULL: the packet was never repeated, or its entry has been overwritten by another packet's.
static const struct hp_sent_repeat *
find_repeat(const struct hp_sent_log *log, int64_t seq)
{
    if (log->again == NULL) {
        return NULL;
    }
    const struct hp_sent_repeat *repeat = &log->again->repeats[(uint64_t) seq % HP_SENT_REPEATS];
    return repeat->count > 0 && repeat->seq == seq ? repeat : NULL;
}

bool
hp_sent_log_may_repeat(const struct hp_sent_log *log, int64_t seq, int64_t now_us,
        int64_t interval_us, unsigned max_count)
{
    const struct hp_sent_repeat *repeat = find_repeat(log, seq);
    return repeat == NULL || (repeat->count < max_count && now_us - repeat->last_us >= interval_us);
}

void
hp_sent_log_note_repeat(struct hp_sent_log *log, int64_t seq, int64_t now_us)
{
    if (log->again == NULL) {
        log->again = g_new0(struct hp_sent_again, 1);
    }
    struct hp_sent_repeat *repeat = &log->again->repeats[(uint64_t) seq % HP_SENT_REPEATS];
    if (find_repeat(log, seq) == NULL) {
        *repeat = (struct hp_sent_repeat){ .seq = seq };
    }
    repeat->count++;
    repeat->last_us = now_us;
}

void
hp_sent_log_note_number(struct hp_sent_log *log, int64_t seq, uint16_t number)
{
    log->again->repeats[(uint64_t) seq % HP_SENT_REPEATS].last_number = number;
    log->again->numbers[number % HP_SENT_NUMBERS] =
            (struct hp_sent_number){ .seq = (uint16_t) seq, .number = number, .is_set = true };
}

// Finds the packet whose last repeat was sent under that transport-wide number.
static bool
find_repeated(const struct hp_sent_log *log, uint16_t number, int64_t now_us,
        struct hp_sent_packet *packet)
{
    if (log->again == NULL) {
        return false;
    }
    const struct hp_sent_number *slot = &log->again->numbers[number % HP_SENT_NUMBERS];
    if (!slot->is_set || slot->number != number || !hp_sent_log_find(log, slot->seq, packet)) {
        return false;
    }
    const struct hp_sent_repeat *repeat = find_repeat(log, packet->seq);
    return repeat != NULL && repeat->last_number == number
            && now_us - repeat->last_us <= MAX_NUMBER_AGE_US;
}

// The run with that number, NULL if there is none.
static const struct hp_sent_run *
find_run_by_number(const struct hp_sent_log *log, uint16_t number, int64_t now_us)
{
    unsigned held = count_held(log);
    for (unsigned i = 1; i <= held; i++) {
        const struct hp_sent_run *run = get_run(log, log->run_count - i);
        if (now_us - run->sent_us > MAX_NUMBER_AGE_US) {
            return NULL;
        }
        if ((uint16_t) (number - run->transport_seq) < run->count) {
            return run;
        }
    }
    return NULL;
}

bool
hp_sent_log_find_number(const struct hp_sent_log *log, uint16_t number, int64_t now_us,
        struct hp_sent_packet *packet)
{
    if (find_repeated(log, number, now_us, packet)) {
        return true;
    }
    const struct hp_sent_run *run = find_run_by_number(log, number, now_us);
    if (run == NULL) {
        return false;
    }
    int64_t seq = run->first_seq + (uint16_t) (number - run->transport_seq);
    return find_repeat(log, seq) == NULL && hp_sent_log_find(log, (uint16_t) seq, packet);
}
