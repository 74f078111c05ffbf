// Tests of relay/holders.c.
#include "relay/holders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { MANY = 10000 };

static void
a_session_holds_while_it_is_there(void **state)
{
    struct hp_holders holders;
    (void) state;
    hp_holders_init(&holders);
    assert_false(hp_holders_have(&holders, "s-ann"));
    hp_holders_add(&holders, "s-ann");
    hp_holders_add(&holders, "s-ann");
    assert_true(hp_holders_have(&holders, "s-ann"));
    assert_false(hp_holders_have(&holders, "s-anna"));
    hp_holders_remove(&holders, "s-ann");
    hp_holders_remove(&holders, "s-ann");
    assert_false(hp_holders_have(&holders, "s-ann"));
    hp_holders_finish(&holders);
}

static void
an_id_that_names_no_session_always_holds(void **state)
{
    struct hp_holders holders;
    (void) state;
    hp_holders_init(&holders);
    assert_true(hp_holders_have(&holders, "ann"));
    assert_true(hp_holders_have(&holders, ""));
    hp_holders_finish(&holders);
}

static void
however_many_have_ended_none_holds_and_none_is_kept(void **state)
{
    struct hp_holders holders;
    char id[16];
    (void) state;
    hp_holders_init(&holders);
    for (unsigned i = 0; i < MANY; i++) {
        (void) snprintf(id, sizeof(id), "s-%u", i);
        hp_holders_add(&holders, id);
        hp_holders_remove(&holders, id);
    }
    assert_false(hp_holders_have(&holders, "s-0"));
    assert_false(hp_holders_have(&holders, id));
    assert_int_equal(g_hash_table_size(holders.ids), 0);
    hp_holders_finish(&holders);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_holds_while_it_is_there),
        cmocka_unit_test(an_id_that_names_no_session_always_holds),
        cmocka_unit_test(however_many_have_ended_none_holds_and_none_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
