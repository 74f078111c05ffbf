// last_move.c - the newest place of the pointer on its way from home to a worker.
// Owner: hp_seat.  Thread: home and the session's worker.
#include "plugin/last_move.h"

#include <glib.h>

void
hp_last_move_init(struct hp_last_move *move)
{
    atomic_init(&move->place, 0);
    move->round = 1;
}

static void
split(uint64_t place, int *x, int *y)
{
    *x = (int) (place >> 16 & 0xffff);
    *y = (int) (place & 0xffff);
}

unsigned
hp_last_move_put(struct hp_last_move *move, int x, int y)
{
    uint64_t place = (uint64_t) move->round << 32 | (uint64_t) CLAMP(x, 0, 0xffff) << 16
            | (uint64_t) CLAMP(y, 0, 0xffff);
    uint64_t before = atomic_exchange(&move->place, place);
    return before >> 32 == move->round ? 0 : move->round;
}

bool
hp_last_move_end(struct hp_last_move *move, int *x, int *y)
{
    uint64_t place = atomic_exchange(&move->place, 0);
    if (++move->round == 0) {
        move->round = 1; // 0 means that no move is under way
    }
    split(place, x, y);
    return place != 0;
}

bool
hp_last_move_take(struct hp_last_move *move, unsigned round, int *x, int *y)
{
    uint64_t place = atomic_load(&move->place);
    while (place >> 32 == round) {
        if (atomic_compare_exchange_weak(&move->place, &place, 0)) {
            split(place, x, y);
            return true;
        }
    }
    return false;
}
