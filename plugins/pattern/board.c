// board.c - the values that the plugin and its pictures share.
// Owner: counted, by the plugin and every source element that runs.  Thread: any.
#include "board.h"

#include <pthread.h>
#include <stdbool.h>

#include <glib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static GSList *boards; // two servers in one process have two
static unsigned last_number;

struct hp_board *
hp_board_create(int width, int height, int rate, uint32_t colour)
{
    struct hp_board *board = g_new0(struct hp_board, 1);
    board->refs = 1;
    board->rate = rate;
    board->colour = colour;
    atomic_init(&board->size, (unsigned) width << 16 | (unsigned) height);
    atomic_init(&board->pointer, UINT32_MAX);
    pthread_mutex_lock(&lock);
    board->number = ++last_number;
    boards = g_slist_prepend(boards, board);
    pthread_mutex_unlock(&lock);
    return board;
}

struct hp_board *
hp_board_find(unsigned number)
{
    struct hp_board *found = NULL;
    pthread_mutex_lock(&lock);
    for (GSList *item = boards; item != NULL && found == NULL; item = item->next) {
        struct hp_board *board = item->data;
        found = board->number == number ? board : NULL;
    }
    if (found != NULL) {
        found->refs++;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

void
hp_board_unref(struct hp_board *board)
{
    if (board == NULL) {
        return;
    }
    pthread_mutex_lock(&lock);
    bool is_last = --board->refs == 0;
    if (is_last) {
        boards = g_slist_remove(boards, board);
    }
    pthread_mutex_unlock(&lock);
    if (is_last) {
        g_free(board);
    }
}
