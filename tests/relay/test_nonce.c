// Tests of relay/nonce.c.
#include "relay/nonce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nat/addr.h"

static const int64_t second_us = 1000000;

static struct hp_addr
parse(const char *ip, uint16_t port)
{
    struct hp_addr addr;
    assert_true(hp_addr_parse(&addr, ip, port));
    return addr;
}

static bool
is_fresh(const struct hp_nonce *nonce, const struct hp_addr *client, int64_t now_s, const char *text)
{
    return hp_nonce_is_fresh(
            nonce, client, now_s * second_us, (const uint8_t *) text, strlen(text));
}

static void
a_nonce_is_fresh_for_ten_minutes(void **state)
{
    struct hp_nonce nonce;
    struct hp_addr client = parse("198.51.100.9", 5000);
    char text[HP_NONCE_TEXT_SIZE];
    hp_nonce_init(&nonce);
    hp_nonce_write(&nonce, &client, 1000 * second_us, text);
    assert_int_equal(strlen(text), HP_NONCE_SIZE);
    assert_true(is_fresh(&nonce, &client, 1000, text));
    assert_true(is_fresh(&nonce, &client, 1600, text));
    assert_false(is_fresh(&nonce, &client, 1601, text));
    assert_false(is_fresh(&nonce, &client, 999, text)); // of a time to come
}

static void
a_nonce_of_another_address_is_none(void **state)
{
    struct hp_nonce nonce;
    struct hp_addr client = parse("198.51.100.9", 5000);
    struct hp_addr port = parse("198.51.100.9", 5001), ip = parse("198.51.100.8", 5000);
    char text[HP_NONCE_TEXT_SIZE];
    hp_nonce_init(&nonce);
    hp_nonce_write(&nonce, &client, 0, text);
    assert_false(is_fresh(&nonce, &port, 0, text));
    assert_false(is_fresh(&nonce, &ip, 0, text));
}

static void
a_nonce_of_another_process_is_none(void **state)
{
    struct hp_nonce nonce, other;
    struct hp_addr client = parse("2001:db8::9", 5000);
    char text[HP_NONCE_TEXT_SIZE];
    hp_nonce_init(&nonce);
    hp_nonce_init(&other);
    hp_nonce_write(&nonce, &client, 0, text);
    assert_true(is_fresh(&nonce, &client, 0, text));
    assert_false(is_fresh(&other, &client, 0, text));
}

static void
a_changed_nonce_is_none(void **state)
{
    struct hp_nonce nonce;
    struct hp_addr client = parse("198.51.100.9", 5000);
    char text[HP_NONCE_TEXT_SIZE];
    hp_nonce_init(&nonce);
    hp_nonce_write(&nonce, &client, 0, text);
    for (int i = 0; i < HP_NONCE_SIZE; i++) {
        char old = text[i];
        text[i] = old == 'A' ? 'B' : 'A';
        assert_false(is_fresh(&nonce, &client, 0, text));
        text[i] = old;
    }
    assert_false(is_fresh(&nonce, &client, 0, ""));
    assert_false(is_fresh(&nonce, &client, 0, "????????????????"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_nonce_is_fresh_for_ten_minutes),
        cmocka_unit_test(a_nonce_of_another_address_is_none),
        cmocka_unit_test(a_nonce_of_another_process_is_none),
        cmocka_unit_test(a_changed_nonce_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
