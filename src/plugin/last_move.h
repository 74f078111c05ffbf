// last_move.h - the newest place of the pointer on its way from home to a worker. Of moves in a row
// only the newest is kept while the worker is busy. Embedded in hp_seat; no lock.
//
//   home:    move, move, move, click, move        a round: the moves between two other events
//            '--- round 1 ---'        '- round 2
//
// Home posts a task for the first move of a round; later moves replace its place. Another event
// takes along the move that waits before it and ends the round. So the task of a move before a
// click cannot deliver the move after the click.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct hp_last_move {
    _Atomic uint64_t place; // round, x, y; 0: no move is under way
    unsigned round; // home; never 0
};

void hp_last_move_init(struct hp_last_move *move);

// Home. The newest place from now on, in pixels. 0: a task is under way that will take it, and the
// place before is lost; else the round for which the caller posts a task.
unsigned hp_last_move_put(struct hp_last_move *move, int x, int y);

// Home. Another event follows: takes the move before it, and ends the round. False: there is none.
bool hp_last_move_end(struct hp_last_move *move, int *x, int *y);

// The worker, in the task of that round. False: the move has been taken along already.
bool hp_last_move_take(struct hp_last_move *move, unsigned round, int *x, int *y);
