// Tests of dtls/dtls.c: what a connection that is up keeps in memory.
#include "dtls/dtls.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/crypto.h>

#include "dtls/handshake_pages.h"
#include "fixture/dtls_pair.h"

enum {
    HANDSHAKE_BUFFER = 21848, // bytes that OpenSSL takes for a message
};

// With the buffers of the handshake they take 58 KB, with all buffers 96. OpenSSL 3.5 keeps more at
// rest than 3.0 does.
static void
two_ends_at_rest_take_less_than_40_kilobytes(void **state)
{
    (void) state;
    size_t used[2];
    struct dtls_pair pairs[2]; // the first one loads what all connections share
    for (int i = 0; i < 2; i++) {
        dtls_pair_open(&pairs[i]);
        dtls_pair_create(&pairs[i]);
        size_t before = mallinfo2().uordblks;
        dtls_pair_start(&pairs[i]);
        assert_true(until_run(&pairs[i].until, dtls_pair_is_connected));
        assert_true(hp_dtls_send(pairs[i].ends[0].dtls, (const uint8_t *) "x", 1));
        assert_true(until_run(&pairs[i].until, dtls_pair_has_data));
        used[i] = mallinfo2().uordblks - before;
        dtls_pair_close(&pairs[i]);
    }
    print_message("# FIGURE two ends of DTLS at rest: %zu bytes\n", used[1]);
    assert_true(used[1] < 40 * 1000); // 0 where a sanitizer allocates
}

static unsigned
count_resident(uint8_t *data, size_t page_size)
{
    unsigned char pages[HANDSHAKE_BUFFER];
    unsigned count = 0;
    assert_int_equal(mincore(data, HANDSHAKE_BUFFER, pages), 0);
    for (size_t i = 0; i * page_size < HANDSHAKE_BUFFER; i++) {
        count += pages[i] & 1;
    }
    return count;
}

// Loses the last flight once, which begins with ChangeCipherSpec: the other end repeats its own.
static bool
passes(void *arg, unsigned number, const uint8_t *data, size_t size)
{
    bool *has_lost = arg;
    (void) number;
    (void) size;
    bool is_lost = data[0] == 20 && !*has_lost;
    *has_lost |= is_lost;
    return !is_lost;
}

// The slots are taken in the order of their addresses: the test's own one, then each end's.
static void
what_the_handshake_has_written_is_not_kept(void **state)
{
    (void) state;
    size_t page_size = (size_t) sysconf(_SC_PAGESIZE);
    size_t slot_size = (HANDSHAKE_BUFFER + page_size - 1) / page_size * page_size;
    struct hp_handshake_pages pages = { NULL };
    hp_handshake_pages_enter(&pages);
    uint8_t *slot = OPENSSL_realloc(NULL, HANDSHAKE_BUFFER);
    hp_handshake_pages_leave();
    struct dtls_pair pair;
    bool has_lost = false;
    dtls_pair_open(&pair);
    dtls_pair_create(&pair);
    pair.ends[1].link.filter = passes;
    pair.ends[1].link.filter_arg = &has_lost;
    dtls_pair_start(&pair);
    assert_int_equal(count_resident(slot, page_size), 0);
    unsigned written = count_resident(slot + slot_size, page_size);
    written += count_resident(slot + 2 * slot_size, page_size);
    assert_true(written > 0);
    assert_true(until_run(&pair.until, dtls_pair_is_connected));
    assert_true(has_lost); // the server was up when the client repeated its flight
    assert_int_equal(count_resident(slot + slot_size, page_size), 0);
    assert_int_equal(count_resident(slot + 2 * slot_size, page_size), 0);
    dtls_pair_close(&pair);
    OPENSSL_free(slot);
}

int
main(void)
{
    if (!hp_handshake_pages_install()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        // the first, while the slots are in order
        cmocka_unit_test(what_the_handshake_has_written_is_not_kept),
        cmocka_unit_test(two_ends_at_rest_take_less_than_40_kilobytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
