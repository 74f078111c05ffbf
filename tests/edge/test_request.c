// Tests of edge/request.c and of what edge/dispatch.c reads of a request; more are in test_route.c.
#include "edge/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "edge/client.h"
#include "edge/site.h"

static bool
is_gzip_sent(uint16_t port, const char *accepted)
{
    char value[512];
    char *extra = g_strdup_printf("Accept-Encoding: %s\r\n", accepted);
    struct answer answer = client_get(port, "/b.js", extra);
    assert_int_equal(answer.status, 200);
    bool is_sent = answer_header(&answer, "Content-Encoding", value) != NULL;
    answer_free(&answer);
    g_free(extra);
    return is_sent;
}

// RFC 9110 section 12.5.3.
static void
weight_of_zero_refuses_gzip(void **state)
{
    static const char *const wanted[] = { "gzip", "br,GZIP;q=0.001", "gzip; q=1", "x-gzip", "*",
        "br;q=0, *;q=0.5", "*;q=0, gzip", "gzip ;q=0.5" };
    static const char *const refused[] = { "", "br", "gzip;q=0", "gzip; q=0", "gzip;q=0.0",
        "gzip;Q=0.000, br", "*;q=0", "gzip;q=0, *", "br, gzip ; q=0.", "notgzip" };
    struct server *server = *state;
    char *script = g_strnfill(10000, 'x');
    server_write_file(server, "b.js", script, 10000);
    g_free(script);
    uint16_t port = site_start(server);
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        assert_true(is_gzip_sent(port, wanted[i]));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        assert_false(is_gzip_sent(port, refused[i]));
    }
}

static void
empty_parameters_are_skipped(void **state)
{
    static const char *const queries[] = { "&name=x", "&&a=1&&name=x", "name=x&", "=&name=x", "a&name=x" };
    uint16_t port = site_start(*state);
    for (size_t i = 0; i < G_N_ELEMENTS(queries); i++) {
        char *path = g_strconcat("/api/tell?", queries[i], NULL);
        struct answer answer = client_get(port, path, "");
        assert_int_equal(answer.status, 200);
        assert_non_null(g_strstr_len((const char *) answer.body->data, (gssize) answer.body->len,
                "\"name\":\"x\""));
        answer_free(&answer);
        g_free(path);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                weight_of_zero_refuses_gzip, site_setup, site_teardown),
        cmocka_unit_test_setup_teardown(
                empty_parameters_are_skipped, site_setup, site_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
