// Tests of media/pressure.c.
#include "media/pressure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <glib.h>

#include <cmocka.h>

static bool
is_high(const char *text)
{
    char *path = NULL;
    int fd = g_file_open_tmp("hairpin-XXXXXX", &path, NULL);
    assert_true(fd >= 0);
    close(fd);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    bool result = hp_pressure_is_high(path);
    unlink(path);
    g_free(path);
    return result;
}

static void
a_machine_where_tasks_wait_half_of_the_time_is_under_pressure(void **state)
{
    (void) state;
    assert_true(is_high("some avg10=98.57 avg60=96.30 avg300=94.41 total=10852551830\n"
                        "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"));
    assert_true(is_high("some avg10=50.00 avg60=0.00 avg300=0.00 total=1\n"));
    assert_true(is_high("some avg10=100.00 avg60=0.00 avg300=0.00 total=1\n"));
    assert_false(is_high("some avg10=49.99 avg60=99.00 avg300=99.00 total=1\n"));
    assert_false(is_high("some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"));
}

static void
a_machine_that_does_not_say_is_under_none(void **state)
{
    (void) state;
    assert_false(hp_pressure_is_high("/does/not/exist"));
    assert_false(is_high(""));
    assert_false(is_high("nonsense 99"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_machine_where_tasks_wait_half_of_the_time_is_under_pressure),
        cmocka_unit_test(a_machine_that_does_not_say_is_under_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
