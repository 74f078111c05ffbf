// handshake_pages.c - memory for OpenSSL's buffer of a handshake: slots of whole pages in one range
// of addresses, handed out by OpenSSL's hooks for allocations. All else goes to malloc().
// Owner: the process, as OpenSSL's hooks exist once in it; locked.  Thread: any.
#include "dtls/handshake_pages.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/crypto.h>

enum {
    SLOTS = 2048, // 50 MB of addresses; further connections have ordinary buffers
    BUFFER_SIZE = 21848, // BUF_MEM_grow() of SSL3_RT_MAX_PLAIN_LENGTH
    BUFFER_MIN = 16384, // so large are no other blocks that a handshake resizes
};

static struct {
    pthread_mutex_t lock;
    uint8_t *start; // NULL: not installed
    size_t slot_size;
    struct hp_handshake_pages *owners[SLOTS]; // NULL: the slot is free
    uint16_t free_slots[SLOTS]; // used from the end
    unsigned free_count;
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER };

static _Thread_local struct hp_handshake_pages *current;

static bool
is_slot(const void *block)
{
    uintptr_t address = (uintptr_t) block, start = (uintptr_t) pool.start;
    return pool.start != NULL && address >= start && address - start < SLOTS * pool.slot_size;
}

static void *
take_slot(struct hp_handshake_pages *pages)
{
    pthread_mutex_lock(&pool.lock);
    if (pool.free_count > 0) {
        unsigned slot = pool.free_slots[--pool.free_count];
        pool.owners[slot] = pages;
        pages->data = pool.start + slot * pool.slot_size;
    }
    pthread_mutex_unlock(&pool.lock);
    return pages->data;
}

static void
give_slot_back(void *block)
{
    madvise(block, pool.slot_size, MADV_DONTNEED);
    unsigned slot = (unsigned) ((size_t) ((uint8_t *) block - pool.start) / pool.slot_size);
    pthread_mutex_lock(&pool.lock);
    pool.owners[slot]->data = NULL;
    pool.owners[slot] = NULL;
    pool.free_slots[pool.free_count++] = (uint16_t) slot;
    pthread_mutex_unlock(&pool.lock);
}

// The three hooks answer a size of 0 as OpenSSL's own functions do.
static void *
on_malloc(size_t size, const char *file, int line)
{
    (void) file;
    (void) line;
    return size == 0 ? NULL : malloc(size);
}

static void
on_free(void *block, const char *file, int line)
{
    (void) file;
    (void) line;
    if (block == NULL) {
        return; // SSL_free_buffers() frees 32 records that most often have no memory of their own
    }
    if (is_slot(block)) {
        give_slot_back(block);
    } else {
        free(block);
    }
}

static void *
move_out(void *block, size_t size, const char *file, int line)
{
    void *moved = on_malloc(size, file, line);
    if (moved != NULL || size == 0) {
        if (moved != NULL) {
            memcpy(moved, block, pool.slot_size < size ? pool.slot_size : size);
        }
        OPENSSL_cleanse(block, pool.slot_size);
        give_slot_back(block);
    }
    return moved;
}

static void *
on_realloc(void *block, size_t size, const char *file, int line)
{
    if (is_slot(block)) {
        return move_out(block, size, file, line);
    }
    if (block == NULL && current != NULL && current->data == NULL && size > BUFFER_MIN
            && size <= pool.slot_size && take_slot(current) != NULL) {
        return current->data;
    }
    if (size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size);
}

bool
hp_handshake_pages_install(void)
{
    size_t page_size = (size_t) sysconf(_SC_PAGESIZE);
    size_t slot_size = (BUFFER_SIZE + page_size - 1) / page_size * page_size;
    void *start = mmap(NULL, SLOTS * slot_size, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) {
        return false;
    }
    madvise(start, SLOTS * slot_size, MADV_NOHUGEPAGE); // a page is what a slot gives back
    if (!CRYPTO_set_mem_functions(on_malloc, on_realloc, on_free)) {
        munmap(start, SLOTS * slot_size);
        return false;
    }
    pool.start = start;
    pool.slot_size = slot_size;
    while (pool.free_count < SLOTS) {
        pool.free_slots[pool.free_count] = (uint16_t) (SLOTS - 1 - pool.free_count);
        pool.free_count++;
    }
    return true;
}

void
hp_handshake_pages_enter(struct hp_handshake_pages *pages)
{
    current = pages;
}

void
hp_handshake_pages_leave(void)
{
    current = NULL;
}

void
hp_handshake_pages_drop(const struct hp_handshake_pages *pages)
{
    if (pages->data != NULL) {
        madvise(pages->data, pool.slot_size, MADV_DONTNEED);
    }
}
