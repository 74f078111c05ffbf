// Tests of nat/handles.c.
#include "nat/handles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#include <cmocka.h>

enum { COUNT = 20000 };

static void
no_two_numbers_have_the_same_handle(void **state)
{
    (void) state;
    struct hp_handles handles;
    hp_handles_init(&handles);
    GHashTable *seen = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (uint32_t i = 0; i < COUNT; i++) {
        g_hash_table_add(seen, GUINT_TO_POINTER(hp_handles_make(&handles, i)));
    }
    assert_int_equal(g_hash_table_size(seen), COUNT);
    g_hash_table_destroy(seen);
}

// Whoever sees two of them in a row learns nothing of the third.
static void
the_steps_between_handles_are_all_different(void **state)
{
    (void) state;
    struct hp_handles handles;
    hp_handles_init(&handles);
    GHashTable *steps = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t step = hp_handles_make(&handles, i + 1) - hp_handles_make(&handles, i);
        g_hash_table_add(steps, GUINT_TO_POINTER(step));
    }
    assert_true(g_hash_table_size(steps) >= 999);
    g_hash_table_destroy(steps);
}

static void
another_server_has_other_handles(void **state)
{
    (void) state;
    struct hp_handles a = { 0 }, b = { 0 }; // what differs is the key
    hp_handles_init(&a);
    hp_handles_init(&b);
    unsigned same = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        same += hp_handles_make(&a, i) == hp_handles_make(&b, i);
    }
    assert_in_range(same, 0, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_numbers_have_the_same_handle),
        cmocka_unit_test(the_steps_between_handles_are_all_different),
        cmocka_unit_test(another_server_has_other_handles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
