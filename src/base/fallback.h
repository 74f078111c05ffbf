// fallback.h - a setting that its owner may leave at 0. Pure.
#pragma once

#include <stdint.h>

// The value if it is positive, the fallback otherwise.
static inline int64_t
hp_fallback_apply(int64_t value, int64_t fallback)
{
    return value > 0 ? value : fallback;
}
