// Tests of gate/piece.c.
#include "gate/piece.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
piece_keeps_the_order_of_what_comes(void **state)
{
    GByteArray *piece = NULL;
    (void) state;
    hp_piece_append(&piece, "ab", 2);
    hp_piece_append(&piece, "cde", 3);
    assert_int_equal(hp_piece_size(piece), 5);
    assert_memory_equal(piece->data, "abcde", 5);
    hp_piece_drop(&piece, 2);
    assert_int_equal(hp_piece_size(piece), 3);
    assert_memory_equal(piece->data, "cde", 3);
    hp_piece_clear(&piece);
}

static void
empty_piece_keeps_no_memory(void **state)
{
    GByteArray *piece = NULL;
    (void) state;
    assert_int_equal(hp_piece_size(piece), 0);
    hp_piece_append(&piece, "ab", 2);
    hp_piece_drop(&piece, 2);
    assert_null(piece);
    hp_piece_append(&piece, "c", 1);
    assert_memory_equal(piece->data, "c", 1);
    hp_piece_clear(&piece);
    assert_null(piece);
    hp_piece_clear(&piece); // may be repeated
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(piece_keeps_the_order_of_what_comes),
        cmocka_unit_test(empty_piece_keeps_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
