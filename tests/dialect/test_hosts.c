// Tests of dialect/signal.c: the host by which a person has opened the page.
#include "dialect/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_sockets.h"
#include "house.h"

static void
note_host(void *arg, uint64_t link, const char *address, const char *host)
{
    assert_int_not_equal(link, 0);
    (void) address;
    g_string_append_printf(arg, "%s;", host == NULL ? "gone" : host);
}

static void
the_host_of_a_page_is_told_of_who_is_let_in(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_signal *signal = hp_signal_create(NULL, house->main, house->room, NULL);
    GString *hosts = g_string_new(NULL);
    (void) state;
    hp_signal_watch_hosts(signal, note_host, hosts);
    struct hp_ws *stranger = fake_ws_open("no token");
    assert_string_equal(hosts->str, "");
    struct hp_session *session = house_login(house, "Ann");
    struct hp_ws *ws = fake_ws_open(session->token);
    assert_string_equal(hosts->str, "desk.example:8080;");
    assert_string_equal(session->host, "desk.example:8080");
    fake_ws_close(stranger, HP_WS_GOODBYE);
    fake_ws_close(ws, HP_WS_GOODBYE);
    assert_string_equal(hosts->str, "desk.example:8080;gone;");
    g_string_free(hosts, TRUE);
    house_close(house);
    hp_signal_destroy(signal);
    house_destroy(house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_host_of_a_page_is_told_of_who_is_let_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
