// sctp_stack.c - the one usrsctp of the process: its table of associations, its output, its clock.
// Owner: hp_rtc.  Thread: its worker (timers); the table is used by all workers, under its lock.
//
// The lock is held for looking up and queueing only, never while the library or a callback is
// called. The library calls the output from inside its own locks.
#include "sctp/sctp_stack.h"

#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#include <usrsctp.h>

#include "base/clock.h"
#include "base/timer.h"
#include "base/worker.h"

enum {
    TICK_BUSY_US = 20000, // the library counts in 10 ms, but its shortest time is one of 20
    TICK_IDLE_US = 200000, // no association: only the clock has to go on
    MAX_ELAPSED_MS = 1000, // after a pause of this process, during which peers were not silent
    MAX_WAITING_PACKETS = 1024, // packets of an association; further ones are lost, as on a network
};

struct hp_sctp_stack {
    struct hp_timer timer;
    unsigned association_count; // under the lock
};

struct association {
    struct hp_worker *worker;
    void (*wake)(void *arg);
    void *arg; // used on the worker only
    GQueue packets; // of GBytes
    bool has_news;
    bool is_posted; // a wake is under way, or the owner will look by itself
};

// The state of usrsctp, which exists once in a process: how to find an association by its id.
static struct {
    pthread_mutex_t lock;
    bool is_up;
    GHashTable *associations; // id -> struct association
    uintptr_t last_id;
    const struct hp_sctp_stack *ticker; // the stack that runs the clock
    int64_t last_tick_us;
    // Adaptive: the lock is held for so short a time that to spin is cheaper than to sleep.
} table = { .lock = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP };

static struct association *
find_association(uintptr_t id)
{
    return g_hash_table_lookup(table.associations, GSIZE_TO_POINTER(id));
}

static void
free_association(void *data)
{
    struct association *association = data;
    GBytes *packet;
    while ((packet = g_queue_pop_head(&association->packets)) != NULL) {
        g_bytes_unref(packet);
    }
    g_free(association);
}

// On the association's worker. Only this worker can remove the association, so the result stays
// valid after the lock is released.
static void
run_wake(void *arg)
{
    uintptr_t id = GPOINTER_TO_SIZE(arg);
    pthread_mutex_lock(&table.lock);
    const struct association *association = find_association(id);
    void (*wake)(void *arg) = association == NULL ? NULL : association->wake;
    void *wake_arg = association == NULL ? NULL : association->arg;
    pthread_mutex_unlock(&table.lock);
    if (wake != NULL) {
        wake(wake_arg);
    }
}

// Notes a packet, which is copied, or, without one, news.
static void
put_out(uintptr_t id, const void *data, size_t size)
{
    struct hp_worker *worker = NULL;
    pthread_mutex_lock(&table.lock);
    struct association *association = find_association(id);
    if (association != NULL) {
        if (size > 0 && g_queue_get_length(&association->packets) < MAX_WAITING_PACKETS) {
            g_queue_push_tail(&association->packets, g_bytes_new(data, size));
        }
        association->has_news = association->has_news || size == 0;
        if (!association->is_posted) {
            association->is_posted = true;
            worker = association->worker;
        }
    }
    pthread_mutex_unlock(&table.lock);
    if (worker != NULL) {
        hp_worker_post(worker, run_wake, GSIZE_TO_POINTER(id));
    }
}

static int
on_output(void *address, void *data, size_t size, uint8_t tos, uint8_t set_df)
{
    (void) tos;
    (void) set_df;
    put_out(GPOINTER_TO_SIZE(address), data, size);
    return 0;
}

// Settings of the whole library. DTLS does the work of ASCONF, AUTH and ECN.
static void
bring_up(void)
{
    usrsctp_init_nothreads(0, on_output, NULL);
    usrsctp_tunable_set_sctp_pcbtblsize(1); // a socket has one association, not hundreds
    usrsctp_sysctl_set_sctp_blackhole(2); // no ABORT for packets of unknown associations
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_sysctl_set_sctp_asconf_enable(0);
    usrsctp_sysctl_set_sctp_auto_asconf(0);
    usrsctp_sysctl_set_sctp_auth_enable(0);
    usrsctp_sysctl_set_sctp_nrsack_enable(0);
    usrsctp_sysctl_set_sctp_pktdrop_enable(0);
    usrsctp_sysctl_set_sctp_pr_enable(1);
    usrsctp_sysctl_set_sctp_reconfig_enable(1);
    usrsctp_sysctl_set_sctp_initial_cwnd(10);
    usrsctp_sysctl_set_sctp_max_chunks_on_queue(4096);
    usrsctp_sysctl_set_sctp_delayed_sack_time_default(20);
    // Milliseconds and attempts: an input channel must not wait for seconds after one loss.
    usrsctp_sysctl_set_sctp_rto_initial_default(500);
    usrsctp_sysctl_set_sctp_rto_min_default(250);
    usrsctp_sysctl_set_sctp_rto_max_default(5000);
    usrsctp_sysctl_set_sctp_init_rto_max_default(2000);
    usrsctp_sysctl_set_sctp_init_rtx_max_default(12);
    usrsctp_sysctl_set_sctp_assoc_rtx_max_default(12);
    usrsctp_sysctl_set_sctp_path_rtx_max_default(12);
    table.associations = g_hash_table_new_full(NULL, NULL, NULL, free_association);
    table.last_tick_us = hp_clock_now_us();
    table.is_up = true;
}

static void
on_tick(void *arg)
{
    struct hp_sctp_stack *stack = arg;
    int64_t elapsed_ms = 0;
    pthread_mutex_lock(&table.lock);
    if (table.ticker == NULL) {
        table.ticker = stack;
    }
    bool is_busy = g_hash_table_size(table.associations) > 0;
    bool is_ticker = table.ticker == stack;
    if (is_ticker) {
        elapsed_ms = (hp_clock_now_us() - table.last_tick_us) / 1000;
        table.last_tick_us += elapsed_ms * 1000;
    }
    pthread_mutex_unlock(&table.lock);
    if (elapsed_ms > 0) {
        usrsctp_handle_timers((uint32_t) MIN(elapsed_ms, MAX_ELAPSED_MS));
    }
    hp_timer_start(&stack->timer, is_busy ? TICK_BUSY_US : TICK_IDLE_US);
}

struct hp_sctp_stack *
hp_sctp_stack_create(struct hp_worker *worker)
{
    struct hp_sctp_stack *stack = g_new0(struct hp_sctp_stack, 1);
    pthread_mutex_lock(&table.lock);
    if (!table.is_up) {
        bring_up();
    }
    pthread_mutex_unlock(&table.lock);
    hp_timer_init(&stack->timer, worker, on_tick, stack);
    hp_timer_start(&stack->timer, 0);
    return stack;
}

void
hp_sctp_stack_destroy(struct hp_sctp_stack *stack)
{
    if (stack == NULL) {
        return;
    }
    hp_timer_stop(&stack->timer);
    pthread_mutex_lock(&table.lock);
    assert(stack->association_count == 0);
    if (table.ticker == stack) {
        table.ticker = NULL; // the next stack to tick takes over
    }
    pthread_mutex_unlock(&table.lock);
    g_free(stack);
}

uintptr_t
hp_sctp_stack_add(struct hp_sctp_stack *stack, struct hp_worker *worker,
        void (*wake)(void *arg), void *arg)
{
    struct association *association = g_new0(struct association, 1);
    association->worker = worker;
    association->wake = wake;
    association->arg = arg;
    g_queue_init(&association->packets);
    pthread_mutex_lock(&table.lock);
    uintptr_t id = ++table.last_id;
    stack->association_count++;
    g_hash_table_insert(table.associations, GSIZE_TO_POINTER(id), association);
    pthread_mutex_unlock(&table.lock);
    return id;
}

void
hp_sctp_stack_remove(struct hp_sctp_stack *stack, uintptr_t id)
{
    pthread_mutex_lock(&table.lock);
    if (g_hash_table_remove(table.associations, GSIZE_TO_POINTER(id))) {
        stack->association_count--;
    }
    pthread_mutex_unlock(&table.lock);
}

void
hp_sctp_stack_wake(uintptr_t id)
{
    put_out(id, NULL, 0);
}

void
hp_sctp_stack_await(uintptr_t id)
{
    pthread_mutex_lock(&table.lock);
    struct association *association = find_association(id);
    if (association != NULL) {
        association->is_posted = true;
    }
    pthread_mutex_unlock(&table.lock);
}

void
hp_sctp_stack_defer(uintptr_t id)
{
    pthread_mutex_lock(&table.lock);
    struct association *association = find_association(id);
    if (association != NULL) {
        association->is_posted = false;
    }
    pthread_mutex_unlock(&table.lock);
    put_out(id, NULL, 0);
}

void
hp_sctp_stack_hold(uintptr_t id)
{
    pthread_mutex_lock(&table.lock);
    struct association *association = find_association(id);
    if (association != NULL) {
        association->is_posted = true;
        association->has_news = true;
    }
    pthread_mutex_unlock(&table.lock);
}

bool
hp_sctp_stack_take(uintptr_t id, GQueue *packets)
{
    bool has_news = false;
    pthread_mutex_lock(&table.lock);
    struct association *association = find_association(id);
    if (association != NULL) {
        has_news = association->has_news;
        association->has_news = false;
        association->is_posted = has_news;
        GBytes *packet;
        while ((packet = g_queue_pop_head(&association->packets)) != NULL) {
            g_queue_push_tail(packets, packet);
        }
    }
    pthread_mutex_unlock(&table.lock);
    return has_news;
}
