// Tests of port/peek.c.
#include "port/peek.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t stun[] = { 0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8 };
static const uint8_t framed[] = { 0, 28, 0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4 };

static enum hp_peek
classify(const char *text)
{
    return hp_peek_classify((const uint8_t *) text, strlen(text));
}

static void
one_byte_tells_tls_and_http(void **state)
{
    (void) state;
    assert_int_equal(classify("\x16"), HP_PEEK_TLS);
    assert_int_equal(classify("G"), HP_PEEK_HTTP);
    assert_int_equal(classify("POST / HTTP/1.1\r\n"), HP_PEEK_HTTP);
    assert_int_equal(classify("\r\nGET / HTTP/1.1\r\n"), HP_PEEK_HTTP); // RFC 9112 section 2.2
}

static void
stun_is_told_by_its_cookie(void **state)
{
    (void) state;
    for (size_t size = 0; size < 8; size++) {
        assert_int_equal(hp_peek_classify(stun, size), HP_PEEK_MORE);
    }
    assert_int_equal(hp_peek_classify(stun, 8), HP_PEEK_STUN);
    assert_int_equal(hp_peek_classify(stun, sizeof(stun)), HP_PEEK_STUN);
}

static void
framed_stun_is_told_from_stun(void **state)
{
    (void) state;
    for (size_t size = 0; size < HP_PEEK_SIZE; size++) {
        assert_int_equal(hp_peek_classify(framed, size), HP_PEEK_MORE);
    }
    assert_int_equal(hp_peek_classify(framed, HP_PEEK_SIZE), HP_PEEK_FRAMED_STUN);
}

static void
everything_else_is_junk(void **state)
{
    (void) state;
    const uint8_t zeros[16] = { 0 };
    const uint8_t short_frame[] = { 0, 4, 0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42 };
    assert_int_equal(classify("get / HTTP/1.1"), HP_PEEK_JUNK);
    assert_int_equal(classify("\xff\xff\xff"), HP_PEEK_JUNK);
    assert_int_equal(hp_peek_classify(zeros, sizeof(zeros)), HP_PEEK_JUNK);
    assert_int_equal(hp_peek_classify(short_frame, sizeof(short_frame)), HP_PEEK_JUNK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_byte_tells_tls_and_http),
        cmocka_unit_test(stun_is_told_by_its_cookie),
        cmocka_unit_test(framed_stun_is_told_from_stun),
        cmocka_unit_test(everything_else_is_junk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
