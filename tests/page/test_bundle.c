// Tests of page/bundle.c.
#include "page/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

struct file {
    const char *path;
    const char *text;
};

static char *
read_file(void *arg, const char *path)
{
    for (const struct file *file = arg; file->path != NULL; file++) {
        if (strcmp(file->path, path) == 0) {
            return g_strdup(file->text);
        }
    }
    return NULL;
}

static const char html[] = "<head>\n"
                           "    <link rel=\"icon\" href=\"icon.svg\">\n"
                           "    <link rel=\"stylesheet\" href=\"css/a.css\">\n"
                           "    <link rel=\"stylesheet\" href=\"css/b.css\">\n"
                           "    <script type=\"module\" src=\"js/app.js\"></script>\n"
                           "</head>\n";

// A page of one module, and perhaps of another one, other.js.
static struct hp_bundle *
bundle_of(const char *app, const char *other)
{
    const struct file files[] = { { "/index.html", html }, { "/css/a.css", "a {}\n" },
        { "/css/b.css", "b {}\n" }, { "/js/app.js", app },
        { other == NULL ? NULL : "/js/ui/other.js", other }, { NULL, NULL } };
    return hp_bundle_create(read_file, (void *) files);
}

static void
module_becomes_a_function_that_runs_after_its_imports(void **state)
{
    (void) state;
    struct hp_bundle *bundle = bundle_of("import { b, c as d } from \"./ui/other.js\";\n"
                                         "import * as all from \"./ui/other.js\";\n"
                                         "new App(b, d, all);\n",
            "export const b = 1;\nexport async function c() {\n}\nexport class E {}\n");
    assert_non_null(bundle);
    assert_string_equal(bundle->script,
            "const hpModules = {};\n"
            "hpModules[\"/js/ui/other.js\"] = (() => {\n"
            "const b = 1;\nasync function c() {\n}\nclass E {}\n\n"
            "return { b, c, E, };\n})();\n"
            "hpModules[\"/js/app.js\"] = (() => {\n"
            "const { b, c: d } = hpModules[\"/js/ui/other.js\"];\n"
            "const all = hpModules[\"/js/ui/other.js\"];\n"
            "new App(b, d, all);\n\n"
            "return { };\n})();\n");
    hp_bundle_destroy(bundle);
}

static void
page_names_one_sheet_and_one_script_by_their_content(void **state)
{
    (void) state;
    struct hp_bundle *bundle = bundle_of("start();\n", NULL);
    assert_non_null(bundle);
    assert_string_equal(bundle->styles, "a {}\n\nb {}\n\n");
    char *expected = g_strdup_printf("<head>\n"
                                     "    <link rel=\"icon\" href=\"icon.svg\">\n"
                                     "    <link rel=\"stylesheet\" href=\"%s/page.css\">\n"
                                     "    <script type=\"module\" src=\"%s/page.js\"></script>\n"
                                     "</head>\n",
            bundle->folder + 1, bundle->folder + 1);
    assert_string_equal(bundle->page, expected);
    struct hp_bundle *same = bundle_of("start();\n", NULL);
    struct hp_bundle *other = bundle_of("start(1);\n", NULL);
    assert_string_equal(same->folder, bundle->folder);
    assert_string_not_equal(other->folder, bundle->folder);
    hp_bundle_destroy(other);
    hp_bundle_destroy(same);
    hp_bundle_destroy(bundle);
    g_free(expected);
}

static void
lines_of_comments_are_left_out_and_nothing_else(void **state)
{
    (void) state;
    struct hp_bundle *bundle = bundle_of("// app.js - starts\n"
                                         "/** One line. */\n"
                                         "/**\n * Several * lines.\n **/\n"
                                         "/** @type {A} */ (first)();\n"
                                         "const url = \"http://a\"; // why\n"
                                         "    /** @param {B} b */\n"
                                         "start(url);\n",
            NULL);
    assert_non_null(bundle);
    assert_non_null(strstr(bundle->script,
            "(() => {\n"
            "/** @type {A} */ (first)();\n"
            "const url = \"http://a\"; // why\n"
            "start(url);\n"));
    hp_bundle_destroy(bundle);
}

static void
what_cannot_be_bundled_is_refused(void **state)
{
    (void) state;
    static const char *const lines[] = {
        "import \"./ui/other.js\";\n",
        "import Other from \"./ui/other.js\";\n",
        "import { a } from \"elsewhere\";\n",
        "import { a } from \"./ui/missing.js\";\n",
        "import { app } from \"./app.js\";\n",
        "export default class {}\n",
        "export let a = 1;\n",
        "export { a };\n",
        "export * from \"./ui/other.js\";\n",
        "\xff\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        assert_null(bundle_of(lines[i], "export const a = 1;\n"));
    }
    assert_null(bundle_of("import { a } from \"./ui/other.js\";\n",
            "import { b } from \"../app.js\";\n")); // a circle
}

static void
page_without_a_module_is_left_alone(void **state)
{
    (void) state;
    struct file files[] = { { "/index.html", "<p>hello" }, { NULL, NULL }, { NULL, NULL } };
    assert_null(hp_bundle_create(read_file, files));
    files[0].path = "/other.html";
    assert_null(hp_bundle_create(read_file, files));
    files[0] = (struct file){ "/index.html", html };
    files[1] = (struct file){ "/js/app.js", "start();\n" }; // its sheets are missing
    assert_null(hp_bundle_create(read_file, files));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(module_becomes_a_function_that_runs_after_its_imports),
        cmocka_unit_test(page_names_one_sheet_and_one_script_by_their_content),
        cmocka_unit_test(lines_of_comments_are_left_out_and_nothing_else),
        cmocka_unit_test(what_cannot_be_bundled_is_refused),
        cmocka_unit_test(page_without_a_module_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
