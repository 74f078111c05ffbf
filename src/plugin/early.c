// early.c - what comes to a seat while the keys of the old host are still being released.
// Owner: hp_seat.  Thread: the session's worker.
#include "plugin/early.h"

#include "base/input.h"

enum {
    EARLY_MAX = 256
};

unsigned
hp_early_add(struct hp_early *early, const struct hp_input *input)
{
    if (early->inputs == NULL) {
        early->inputs = g_array_new(FALSE, FALSE, sizeof(*input));
    }
    GArray *inputs = early->inputs;
    struct hp_input *last =
            inputs->len == 0 ? NULL : &g_array_index(inputs, struct hp_input, inputs->len - 1);
    if (last != NULL && last->kind == HP_INPUT_MOVE && input->kind == HP_INPUT_MOVE) {
        *last = *input;
        return 0;
    }
    unsigned dropped = 0;
    if (inputs->len >= EARLY_MAX) {
        dropped = inputs->len;
        g_array_set_size(inputs, 0);
    }
    g_array_append_vals(inputs, input, 1);
    return dropped;
}

void
hp_early_clear(struct hp_early *early)
{
    g_clear_pointer(&early->inputs, g_array_unref);
}
