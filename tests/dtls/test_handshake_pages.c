// Tests of dtls/handshake_pages.c by OpenSSL's own functions for memory.
#include "dtls/handshake_pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/crypto.h>

enum {
    BUFFER_SIZE = 21848,
    SLOTS = 2048,
};

static uint8_t *
take(struct hp_handshake_pages *pages, size_t size)
{
    hp_handshake_pages_enter(pages);
    uint8_t *data = OPENSSL_realloc(NULL, size);
    hp_handshake_pages_leave();
    assert_non_null(data);
    memset(data, 0xAB, size);
    return data;
}

static void
a_dropped_buffer_reads_as_zeros_and_can_be_written(void **state)
{
    (void) state;
    struct hp_handshake_pages pages = { NULL };
    uint8_t *data = take(&pages, BUFFER_SIZE);
    assert_ptr_equal(pages.data, data);
    hp_handshake_pages_drop(&pages);
    for (size_t i = 0; i < BUFFER_SIZE; i++) {
        assert_int_equal(data[i], 0);
    }
    memset(data, 0xCD, BUFFER_SIZE);
    OPENSSL_free(data);
    assert_null(pages.data);
    hp_handshake_pages_drop(&pages); // nothing is there any more
}

static void
a_buffer_that_was_freed_comes_again_empty(void **state)
{
    (void) state;
    struct hp_handshake_pages pages = { NULL };
    uint8_t *first = take(&pages, BUFFER_SIZE);
    OPENSSL_free(first);
    hp_handshake_pages_enter(&pages);
    uint8_t *second = OPENSSL_realloc(NULL, BUFFER_SIZE);
    hp_handshake_pages_leave();
    assert_ptr_equal(second, first);
    assert_int_equal(second[0], 0);
    OPENSSL_free(second);
}

static void
other_memory_is_ordinary(void **state)
{
    (void) state;
    struct hp_handshake_pages pages = { NULL };
    uint8_t *outside = OPENSSL_realloc(NULL, BUFFER_SIZE);
    OPENSSL_free(outside);
    uint8_t *small = take(&pages, 16384);
    assert_null(pages.data);
    uint8_t *large = take(&pages, 10 * BUFFER_SIZE);
    assert_null(pages.data);
    uint8_t *buffer = take(&pages, BUFFER_SIZE);
    assert_ptr_equal(pages.data, buffer);
    uint8_t *second = take(&pages, BUFFER_SIZE); // of one connection
    assert_ptr_equal(pages.data, buffer);
    hp_handshake_pages_drop(&pages);
    assert_int_equal(second[BUFFER_SIZE - 1], 0xAB);
    uint8_t *cleared = OPENSSL_zalloc(100);
    assert_int_equal(cleared[99], 0);
    assert_null(OPENSSL_malloc(0));
    assert_null(OPENSSL_realloc(cleared, 0));
    OPENSSL_free(small);
    OPENSSL_free(large);
    OPENSSL_free(second);
    OPENSSL_free(buffer);
}

static void
a_buffer_that_grows_keeps_its_content_and_leaves_the_pages(void **state)
{
    (void) state;
    struct hp_handshake_pages pages = { NULL };
    uint8_t *data = take(&pages, BUFFER_SIZE);
    data = OPENSSL_realloc(data, 4 * BUFFER_SIZE);
    assert_null(pages.data);
    assert_int_equal(data[0], 0xAB);
    assert_int_equal(data[BUFFER_SIZE - 1], 0xAB);
    hp_handshake_pages_drop(&pages);
    assert_int_equal(data[0], 0xAB);
    OPENSSL_free(data);
    data = take(&pages, BUFFER_SIZE);
    assert_null(OPENSSL_realloc(data, 0)); // frees
    assert_null(pages.data);
}

static void
when_all_pages_are_taken_buffers_are_ordinary(void **state)
{
    (void) state;
    static struct hp_handshake_pages pages[SLOTS + 1];
    static uint8_t *data[SLOTS + 1];
    for (unsigned i = 0; i <= SLOTS; i++) {
        hp_handshake_pages_enter(&pages[i]);
        data[i] = OPENSSL_realloc(NULL, BUFFER_SIZE);
        hp_handshake_pages_leave();
        assert_non_null(data[i]);
    }
    assert_non_null(pages[SLOTS - 1].data);
    assert_null(pages[SLOTS].data);
    for (unsigned i = 0; i <= SLOTS; i++) {
        OPENSSL_free(data[i]);
        assert_null(pages[i].data);
    }
}

int
main(void)
{
    if (!hp_handshake_pages_install()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dropped_buffer_reads_as_zeros_and_can_be_written),
        cmocka_unit_test(a_buffer_that_was_freed_comes_again_empty),
        cmocka_unit_test(other_memory_is_ordinary),
        cmocka_unit_test(a_buffer_that_grows_keeps_its_content_and_leaves_the_pages),
        cmocka_unit_test(when_all_pages_are_taken_buffers_are_ordinary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
