// threads.h - how many threads encode VP8. One up to 1080p: a second one doubles the CPU, and each
// picture waits for the slower of the two. More only for larger pictures, where one thread is seen
// to miss the rate of the source on this machine, more of them are seen to be faster, and half of
// the machine's processors are left to the desktop's programs.
// Embedded in hp_streams; owner's thread. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct hp_effort;

struct hp_threads {
    unsigned count; // in force
    unsigned max;
    bool is_trial; // they have not been faster than half of them yet
    int64_t before_us; // the 95th percentile with half of them
    // Efforts in a row that ask for a decision, and the sum of their 95th percentiles.
    unsigned efforts;
    int64_t sum_us;
    int64_t retry_us; // after a trial that failed there is none before
};

// `processors`: of this machine; 0: not known.
void hp_threads_init(struct hp_threads *threads, unsigned processors);

// The latest effort of the encoder; one with another number of threads is of a pipeline that has
// been replaced, and says nothing. True: `count` has changed, restart the encoder with that number.
bool hp_threads_note(
        struct hp_threads *threads, const struct hp_effort *effort, int64_t now_us);
