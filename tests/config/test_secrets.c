// Tests of secrets in the file: config/option_value.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include <cmocka.h>

#include "config/config.h"
#include "config/settings.h"

// The mistake, or NULL. The caller frees it.
static char *
load_file(const char *text)
{
    struct hp_config config = { 0 };
    struct hp_settings *settings = hp_settings_create();
    hp_settings_add(settings, hp_config_rows, &config);
    char *path = NULL;
    int fd = g_file_open_tmp("hairpin-XXXXXX.yaml", &path, NULL);
    assert_true(fd >= 0);
    close(fd);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    char *words[] = { g_strconcat("--config=", path, NULL), NULL };
    struct hp_settings_input input = { .argument_count = 1, .arguments = words };
    char *error = hp_settings_load(settings, &input, HP_SETTINGS_STRICT);
    unlink(path);
    g_free(path);
    g_free(words[0]);
    hp_settings_destroy(settings);
    return error;
}

// A password that is forgotten, or that YAML takes for something else.
static void
a_secret_of_the_file_is_there_or_refused(void **state)
{
    static const char *const nothing[] = { "", " ~", " null", " !", " &x", " # x" };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(nothing); i++) {
        char *file = g_strdup_printf("member: {multiuser: {user_password:%s\n}}\n", nothing[i]);
        char *error = load_file(file);
        assert_non_null(error);
        assert_non_null(strstr(error, "member.multiuser.user_password"));
        assert_non_null(strstr(error, "expected a text, in quotes; an empty one is \"\""));
        g_free(error);
        g_free(file);
    }
}

static void
an_empty_secret_may_be_written_and_others_left_out(void **state)
{
    (void) state;
    assert_null(load_file("server: {cert: ~}\nturn: {secret: \"\"}\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_of_the_file_is_there_or_refused),
        cmocka_unit_test(an_empty_secret_may_be_written_and_others_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
