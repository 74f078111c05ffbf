// Tests of app/names.c.
#include "app/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "config/config.h"

static void
names_of_the_outside_are_ours(void **state)
{
    (void) state;
    struct hp_config config = { 0 };
    char *outside[] = { (char[]){ "desk.example.org" }, (char[]){ "home.example:9000/10.0.0.5" },
        NULL };
    config.webrtc.nat1to1 = outside;
    config.turn.public_host = (char[]){ "turn.example.org:8080" };
    char **names = hp_names_list(&config);
    char *joined = g_strjoinv(" ", names);
    assert_string_equal(joined, "desk.example.org home.example turn.example.org");
    g_free(joined);
    g_strfreev(names);
    config.webrtc.nat1to1 = &outside[2];
    config.turn.public_host = (char[]){ "" };
    names = hp_names_list(&config);
    assert_int_equal(g_strv_length(names), 0);
    g_strfreev(names);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_the_outside_are_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
