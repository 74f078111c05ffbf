// Tests of app/page_servers.c.
#include "app/page_servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/clock.h"
#include "relay/credentials.h"

static json_t *
make(const char *configured, const char *session_id)
{
    const struct hp_page_servers_params params = { .configured = configured,
        .secret = "secret",
        .lifetime_s = 3600,
        .public_host = "" };
    struct hp_page_servers servers;
    hp_page_servers_init(&servers, &params);
    json_t *list = hp_page_servers_make(&servers, session_id, NULL);
    hp_page_servers_finish(&servers);
    return list;
}

// The list with our own service, as URLs with blanks between them.
static char *
make_own(const char *public_host, const struct hp_page_servers_own *own,
        const struct hp_page_servers_way *way)
{
    const struct hp_page_servers_params params = { .configured = "[{\"urls\":[\"turn:a\"]}]",
        .secret = "",
        .lifetime_s = 3600,
        .public_host = public_host };
    struct hp_page_servers servers;
    hp_page_servers_init(&servers, &params);
    hp_page_servers_add_own(&servers, own);
    json_t *list = hp_page_servers_make(&servers, "Ann-abcd", way), *server;
    GString *urls = g_string_new(NULL);
    size_t i;
    json_array_foreach(list, i, server)
    {
        size_t k;
        json_t *url;
        json_array_foreach(json_object_get(server, "urls"), k, url)
        {
            const char *text = json_string_value(url);
            g_string_append_printf(urls, "%s%s", urls->len == 0 ? "" : " ", text);
            assert_int_equal(json_object_get(server, "username") != NULL, text[0] == 't');
        }
    }
    json_decref(list);
    hp_page_servers_finish(&servers);
    return g_string_free(urls, FALSE);
}

static void
our_own_service_is_told_where_it_has_a_public_host(void **state)
{
    static const struct {
        const char *public_host;
        struct hp_page_servers_own own;
        const char *expected;
    } rows[] = {
        { "desk.example:3478", { 8080, true, 0, 0 },
                "turn:a stun:desk.example:3478 turn:desk.example:3478?transport=udp" },
        { "desk.example", { 8080, true, 8081, 0 },
                "turn:a stun:desk.example:8080 turn:desk.example:8080?transport=udp "
                "turn:desk.example:8081?transport=tcp" },
        { "desk.example:3478", { 8080, true, 8080, 8080 },
                "turn:a stun:desk.example:3478 turn:desk.example:3478?transport=udp "
                "turn:desk.example:3478?transport=tcp turns:desk.example:3478?transport=tcp" },
        { "[2001:db8::1]", { 8080, true, 0, 443 },
                "turn:a stun:[2001:db8::1]:8080 turn:[2001:db8::1]:8080?transport=udp "
                "turns:[2001:db8::1]:443?transport=tcp" },
        { "desk.example", { 8080, false, 8080, 8080 }, "turn:a stun:desk.example:8080" },
        { "[2001:db8::1]:80", { 8080, false, 0, 0 }, "turn:a stun:[2001:db8::1]:80" },
        // at the port of our candidates it would make Chromium deaf
        { "", { 8080, true, 8080, 8080 }, "turn:a" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *urls = make_own(rows[i].public_host, &rows[i].own, NULL);
        assert_string_equal(urls, rows[i].expected);
        g_free(urls);
    }
}

static void
a_browser_finds_our_own_service_by_the_host_of_its_page(void **state)
{
    static const struct {
        struct hp_page_servers_way way;
        struct hp_page_servers_own own;
        const char *expected;
    } rows[] = {
        { { "[2001:db8::1]:443", 3478 }, { 8080, true, 8080, 8080, true },
                "turn:a stun:[2001:db8::1]:3478 turn:[2001:db8::1]:443?transport=tcp" },
        { { "desk.example:443", 3478 }, { 8080, true, 8081, 0, false },
                "turn:a stun:desk.example:3478 turn:desk.example:8081?transport=tcp" },
        { { "desk.example", 3478 }, { 8080, true, 8080, 0, true }, // behind a proxy
                "turn:a stun:desk.example:3478" },
        { { "[2001:db8::1]:443", 0 }, { 8080, true, 8080, 0, true },
                "turn:a turn:[2001:db8::1]:443?transport=tcp" },
        { { "[2001:db8::1]:443", 3478 }, { 8080, false, 8080, 0, true },
                "turn:a stun:[2001:db8::1]:3478" },
        { { "[2001:db8::1]:443", 3478 }, { 8080, true, 0, 0, true },
                "turn:a stun:[2001:db8::1]:3478" },
        { { "no host", 3478 }, { 8080, true, 8080, 0, true }, "turn:a" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *urls = make_own("", &rows[i].own, &rows[i].way);
        assert_string_equal(urls, rows[i].expected);
        g_free(urls);
    }
    char *urls = make_own("desk.example", &rows[4].own, &rows[4].way);
    assert_string_equal(urls, "turn:a stun:desk.example:8080");
    g_free(urls);
}

static const char *
find(const json_t *list, size_t i, const char *key)
{
    return json_string_value(json_object_get(json_array_get(list, i), key));
}

static void
a_turn_server_without_credentials_gets_an_hour_s(void **state)
{
    char password[HP_CREDENTIALS_PASSWORD_SIZE];
    int64_t now_s = hp_clock_wall_us(hp_clock_now_us()) / 1000000;
    json_t *list = make("[{\"urls\":[\"turn:a.example\"]}]", "Ann-abcd");
    const char *name = find(list, 0, "username");
    int64_t left_s = hp_credentials_expiry(name, strlen(name)) - now_s;
    hp_credentials_password(password, "secret", name);
    assert_string_equal(find(list, 0, "credential"), password);
    assert_true(left_s >= 3600 && left_s < 3610);
    json_decref(list);
}

static void
a_name_tells_nobody_who_it_is_but_differs(void **state)
{
    json_t *ann = make("[{\"urls\":[\"turn:a.example\"]}]", "Ann-abcd");
    json_t *bob = make("[{\"urls\":[\"turn:a.example\"]}]", "Bob-abcd");
    assert_null(strstr(find(ann, 0, "username"), "Ann"));
    assert_string_not_equal(strchr(find(ann, 0, "username"), ':'),
            strchr(find(bob, 0, "username"), ':'));
    json_decref(ann);
    json_decref(bob);
}

static void
other_servers_are_told_as_they_are(void **state)
{
    const char *text = "[{\"urls\":[\"stun:a.example\"]},"
                       "{\"urls\":[\"turn:b.example\"],\"username\":\"u\",\"credential\":\"c\"}]";
    json_t *list = make(text, "Ann-abcd"), *expected = json_loads(text, 0, NULL);
    assert_true(json_equal(list, expected));
    json_decref(expected);
    json_decref(list);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turn_server_without_credentials_gets_an_hour_s),
        cmocka_unit_test(a_name_tells_nobody_who_it_is_but_differs),
        cmocka_unit_test(our_own_service_is_told_where_it_has_a_public_host),
        cmocka_unit_test(a_browser_finds_our_own_service_by_the_host_of_its_page),
        cmocka_unit_test(other_servers_are_told_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
