// heap.c - gives memory that was freed back to the system.
// Owner: app.  Thread: home; looks at the memory in a job.
#include "base/heap.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include <glib.h>

#include "base/job.h"
#include "base/timer.h"

enum {
    LOOK_US = 10 * 1000 * 1000,
    // To give memory back takes the allocator some milliseconds, and its lock. So much is worth it.
    WORTH = 4 * 1024 * 1024,
};

struct hp_heap {
    struct hp_worker *home;
    struct hp_jobs *jobs;
    struct hp_timer timer;
    size_t least; // bytes in RAM, the least since memory was last given back; 0: not known
    bool is_looking; // a job has this object
    bool is_destroyed;
};

// The process' bytes that are in RAM, without what files back. 0: the system does not say.
static size_t
count_resident(void)
{
    unsigned long resident = 0, shared = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) {
        return 0;
    }
    int count = fscanf(file, "%*u %lu %lu", &resident, &shared);
    fclose(file);
    return count == 2 ? (size_t) (resident - shared) * (size_t) sysconf(_SC_PAGESIZE) : 0;
}

// A sanitizer has an allocator of its own; that of the C library has never been begun then, and
// must not be asked.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool is_ours = false;
#else
static const bool is_ours = true;
#endif

// The allocator does not say how much of its free memory is in RAM. So much can be at most: what
// RAM has got since the last time.
static void
look(void *arg)
{
    struct hp_heap *heap = arg;
    size_t resident = count_resident();
    if (heap->least == 0 || resident < heap->least) {
        heap->least = resident;
    }
    if (is_ours && resident - heap->least >= WORTH && mallinfo2().fordblks >= WORTH) {
        malloc_trim(0);
        heap->least = count_resident();
    }
}

static void
on_looked(void *arg)
{
    struct hp_heap *heap = arg;
    heap->is_looking = false;
    if (heap->is_destroyed) {
        g_free(heap);
    } else {
        hp_timer_start(&heap->timer, LOOK_US);
    }
}

static void
on_timer(void *arg)
{
    struct hp_heap *heap = arg;
    heap->is_looking = hp_jobs_run(heap->jobs, look, on_looked, heap, heap->home);
    if (!heap->is_looking) {
        hp_timer_start(&heap->timer, LOOK_US); // the pool is full
    }
}

struct hp_heap *
hp_heap_create(struct hp_worker *home, struct hp_jobs *jobs)
{
    struct hp_heap *heap = g_new0(struct hp_heap, 1);
    heap->home = home;
    heap->jobs = jobs;
    heap->least = count_resident();
    hp_timer_init(&heap->timer, home, on_timer, heap);
    hp_timer_start(&heap->timer, LOOK_US);
    return heap;
}

void
hp_heap_destroy(struct hp_heap *heap)
{
    if (heap == NULL) {
        return;
    }
    hp_timer_stop(&heap->timer);
    heap->is_destroyed = true;
    if (!heap->is_looking) {
        g_free(heap);
    }
}
