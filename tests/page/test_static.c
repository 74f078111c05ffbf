// Tests of page/static.c, with the real page.
#include "page/static.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
    MAX_VISIT = 70 * 1024, // what a first visit transfers
};

static int
setup(void **state)
{
    const char *top = g_getenv("srcdir");
    char *folder = g_build_filename(top == NULL ? "." : top, "web", NULL);
    *state = hp_static_create(folder, false, true);
    g_free(folder);
    return *state == NULL;
}

static int
teardown(void **state)
{
    hp_static_destroy(*state);
    return 0;
}

// The path of a file that the page names with this ending.
static char *
find_link(const struct hp_static_file *page, const char *pattern)
{
    gsize size;
    const char *data = g_bytes_get_data(page->data, &size);
    char *text = g_strndup(data, size);
    GRegex *regex = g_regex_new(pattern, 0, 0, NULL);
    GMatchInfo *match;
    assert_true(g_regex_match(regex, text, 0, &match));
    char *target = g_match_info_fetch(match, 1);
    assert_false(g_match_info_next(match, NULL)); // once
    char *path = g_strconcat("/", target, NULL);
    g_free(target);
    g_match_info_free(match);
    g_regex_unref(regex);
    g_free(text);
    return path;
}

static void
visit_is_three_files_and_less_than_70_kb(void **state)
{
    const struct hp_static_file *page = hp_static_find(*state, "/");
    assert_non_null(page);
    assert_false(page->is_immutable);
    static const char *const patterns[] = { "src=\"([^\"]+)\"",
        "<link rel=\"stylesheet\" href=\"([^\"]+)\"" };
    size_t visit = g_bytes_get_size(page->gzip);
    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++) {
        char *path = find_link(page, patterns[i]);
        assert_true(g_str_has_prefix(path, "/a/"));
        const struct hp_static_file *file = hp_static_find(*state, path);
        assert_non_null(file);
        assert_true(file->is_immutable);
        visit += g_bytes_get_size(file->gzip);
        g_free(path);
    }
    print_message("a first visit transfers %zu bytes\n", visit);
    assert_in_range(visit, 10 * 1024, MAX_VISIT);
}

static void
script_holds_every_module_once(void **state)
{
    char *path = find_link(hp_static_find(*state, "/"), "src=\"([^\"]+)\"");
    const struct hp_static_file *file = hp_static_find(*state, path);
    assert_string_equal(file->type, "text/javascript; charset=utf-8");
    gsize size;
    const char *data = g_bytes_get_data(file->data, &size);
    char *script = g_strndup(data, size);
    static const char *const modules[] = { "/js/app.js", "/js/ui/login.js", "/js/lib/element.js" };
    for (size_t i = 0; i < G_N_ELEMENTS(modules); i++) {
        char *start = g_strdup_printf("\nhpModules[\"%s\"] = ", modules[i]);
        char *first = strstr(script, start);
        assert_non_null(first);
        assert_null(strstr(first + 1, start));
        g_free(start);
    }
    g_free(script);
    g_free(path);
}

static void
modules_are_served_one_by_one_too(void **state)
{
    const struct hp_static_file *file = hp_static_find(*state, "/js/app.js");
    assert_non_null(file);
    assert_false(file->is_immutable);
}

static void
what_serves_development_is_not_served(void **state)
{
    assert_null(hp_static_find(*state, "/types.d.ts"));
    assert_null(hp_static_find(*state, "/package.json"));
}

static void
foreign_page_is_served_as_it_is(void **state)
{
    (void) state;
    char *folder = g_build_filename(
            g_getenv("srcdir") == NULL ? "." : g_getenv("srcdir"), "web", NULL);
    struct hp_static *files = hp_static_create(folder, false, false);
    assert_non_null(files);
    char *path = find_link(hp_static_find(files, "/"), "src=\"([^\"]+)\"");
    assert_string_equal(path, "/js/app.js");
    hp_static_destroy(files);
    g_free(path);
    g_free(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(visit_is_three_files_and_less_than_70_kb),
        cmocka_unit_test(script_holds_every_module_once),
        cmocka_unit_test(modules_are_served_one_by_one_too),
        cmocka_unit_test(what_serves_development_is_not_served),
        cmocka_unit_test(foreign_page_is_served_as_it_is),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
