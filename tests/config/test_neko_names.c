// Tests of config/neko_names.c; more are in test_settings.c.
#include "config/neko_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

static void
assert_own(const char *name, const char *text, const char *expected)
{
    char *own = hp_neko_copy_own(name, text);
    assert_string_equal(own, expected);
    g_free(own);
}

static void
a_port_for_tcp_is_at_all_addresses_by_nekos_names_only(void **state)
{
    (void) state;
    assert_own("NEKO_WEBRTC_TCPMUX", "8081", ":8081");
    assert_own("NEKO_TCPMUX", "8081", ":8081");
    assert_own("HAIRPIN_WEBRTC_TCPMUX", "8081", "8081");
    assert_own("NEKO_UDPMUX", "8081", "8081");
}

static void
what_is_no_port_for_tcp_stays_as_it_is(void **state)
{
    (void) state;
    assert_own("NEKO_TCPMUX", "0", "0"); // off
    assert_own("NEKO_TCPMUX", "", "");
    assert_own("NEKO_TCPMUX", "192.0.2.1:8081", "192.0.2.1:8081");
    assert_own("NEKO_TCPMUX", "many", "many"); // refused later, as it was written
}

static void
what_asks_for_what_is_so_is_met(void **state)
{
    static const char *const off[] = { "NEKO_SESSION_COOKIE_ENABLED", "NEKO_CHAT_ENABLED",
        "chat.enabled", "session.cookie.enabled", "NEKO_CAPTURE_MICROPHONE_ENABLED",
        "NEKO_PLUGINS_ENABLED", "NEKO_DESKTOP_UPLOAD_DROP", "NEKO_FILETRANSFER_ENABLED",
        "NEKO_BROADCAST_AUTOSTART", "NEKO_WEBRTC_ESTIMATOR_ENABLED", "NEKO_LEGACY", "NEKO_PCMU" };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(off); i++) {
        assert_true(hp_neko_is_later(off[i]));
        assert_true(hp_neko_is_met(off[i], "false"));
        assert_true(hp_neko_is_met(off[i], "0"));
        assert_false(hp_neko_is_met(off[i], "true"));
        assert_false(hp_neko_is_met(off[i], "t"));
    }
    assert_true(hp_neko_is_met("NEKO_OPUS", "1"));
    assert_false(hp_neko_is_met("NEKO_OPUS", "false"));
    assert_false(hp_neko_is_met("NEKO_SESSION_COOKIE_NAME", ""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_for_tcp_is_at_all_addresses_by_nekos_names_only),
        cmocka_unit_test(what_is_no_port_for_tcp_stays_as_it_is),
        cmocka_unit_test(what_asks_for_what_is_so_is_met),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
