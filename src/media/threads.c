// threads.c - how many threads encode VP8.
// Owner: hp_streams.  Thread: its owner's.
//
//   count -- twice missed the rate --> trial of twice as many -- faster by a tenth --> kept
//     ^                                            |
//     '------ not faster: no trial for 10 min -----'
#include "media/threads.h"

#include "media/meter.h"

enum {
    ONE_THREAD_PIXELS = 1920 * 1088, // one thread encodes so many pixels in time
    MAX_THREADS = 4, // pictures have four partitions
    EFFORTS = 2, // that ask for the same: a program that starts makes one of them long
    FASTER_PERCENT = 90, // of the time before; less of a gain is noise, and more threads cost CPU
    RETRY_US = 600 * 1000 * 1000, // each trial costs two keyframes
};

void
hp_threads_init(struct hp_threads *threads, unsigned processors)
{
    unsigned half = processors / 2;
    *threads = (struct hp_threads){ .count = 1, .max = half < MAX_THREADS ? half : MAX_THREADS };
}

static void
forget(struct hp_threads *threads)
{
    threads->efforts = 0;
    threads->sum_us = 0;
}

static bool
set(struct hp_threads *threads, unsigned count, bool is_trial)
{
    threads->count = count;
    threads->is_trial = is_trial;
    return true;
}

// Is a decision due if this goes on?
static bool
is_asking(const struct hp_threads *threads, const struct hp_effort *effort, int64_t now_us)
{
    return threads->is_trial
            || (effort->p95_us > effort->interval_us && 2 * threads->count <= threads->max
                    && now_us >= threads->retry_us);
}

static bool
decide(struct hp_threads *threads, int64_t p95_us, int64_t now_us)
{
    if (!threads->is_trial) {
        threads->before_us = p95_us;
        return set(threads, 2 * threads->count, true);
    }
    if (100 * p95_us <= FASTER_PERCENT * threads->before_us) {
        threads->is_trial = false;
        return false;
    }
    threads->retry_us = now_us + RETRY_US;
    return set(threads, threads->count / 2, false);
}

bool
hp_threads_note(struct hp_threads *threads, const struct hp_effort *effort, int64_t now_us)
{
    if (effort->threads != threads->count) {
        return false;
    }
    if (effort->pixels <= ONE_THREAD_PIXELS) { // perhaps the screen has changed
        forget(threads);
        return threads->count > 1 && set(threads, 1, false);
    }
    if (!is_asking(threads, effort, now_us)) {
        forget(threads);
        return false;
    }
    threads->efforts++;
    threads->sum_us += effort->p95_us;
    if (threads->efforts < EFFORTS) {
        return false;
    }
    int64_t p95_us = threads->sum_us / threads->efforts;
    forget(threads);
    return decide(threads, p95_us, now_us);
}
