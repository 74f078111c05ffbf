// heap.h - gives memory that was freed back to the system. The allocator gives back only what lies
// at the end of its heap: one small block behind the memory of hundreds of clients who have gone
// holds all of it.
#pragma once

#include "base/worker.h"

struct hp_jobs;

// From now on looks every ten seconds, in a job, whether memory can go back that is worth the work.
// `home` and `jobs` outlive the heap's object. Never NULL. Owner: the caller. Home's thread.
struct hp_heap *hp_heap_create(struct hp_worker *home, struct hp_jobs *jobs);

// NULL is fine. A job that is under way still ends. Home's thread.
void hp_heap_destroy(struct hp_heap *heap);
