// Tests of app/page_servers.c.
#include "app/page_servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "relay/credentials.h"

static json_t *
make(const char *configured, const char *session_id)
{
    struct hp_page_servers servers;
    hp_page_servers_init(&servers, configured, "secret", 3600);
    json_t *list = hp_page_servers_make(&servers, session_id);
    hp_page_servers_finish(&servers);
    return list;
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
        cmocka_unit_test(other_servers_are_told_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
