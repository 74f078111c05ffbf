// stream.h - the name of a stream at one of its levels. A value; any thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// A stream is one source in one codec; its number is unique in a room. A level is one quality of
// the stream. Packets are numbered within a level; all levels of a stream share one clock.
struct hp_stream_id {
    uint16_t stream;
    uint16_t level;
};

// Do both ids name the same level of the same stream?
static inline bool
hp_stream_id_equal(struct hp_stream_id a, struct hp_stream_id b)
{
    return a.stream == b.stream && a.level == b.level;
}
