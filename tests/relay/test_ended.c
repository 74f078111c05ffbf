// Tests of relay/ended.c.
#include "relay/ended.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void
what_has_ended_is_known_and_nothing_else(void **state)
{
    struct hp_ended ended;
    hp_ended_init(&ended);
    hp_ended_add(&ended, "ann");
    hp_ended_add(&ended, "ann");
    assert_true(hp_ended_has(&ended, "ann"));
    assert_false(hp_ended_has(&ended, "anna"));
    assert_int_equal(g_hash_table_size(ended.ids), 1);
    hp_ended_finish(&ended);
}

static void
only_the_newest_are_remembered(void **state)
{
    struct hp_ended ended;
    char id[16];
    hp_ended_init(&ended);
    for (unsigned i = 0; i < HP_ENDED_MAX + 2; i++) {
        snprintf(id, sizeof(id), "%u", i);
        hp_ended_add(&ended, id);
    }
    assert_false(hp_ended_has(&ended, "0"));
    assert_false(hp_ended_has(&ended, "1"));
    assert_true(hp_ended_has(&ended, "2"));
    assert_true(hp_ended_has(&ended, id));
    assert_int_equal(g_hash_table_size(ended.ids), HP_ENDED_MAX);
    hp_ended_finish(&ended);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_ended_is_known_and_nothing_else),
        cmocka_unit_test(only_the_newest_are_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
