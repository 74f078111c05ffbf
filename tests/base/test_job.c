// Tests of base/job.c.
#include "base/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>

#include <cmocka.h>

struct job {
    struct hp_worker *main;
    int *done_count;
    int worked;
    int expected;
};

static void
work(void *arg)
{
    struct job *job = arg;
    assert_false(hp_worker_is_current(job->main));
    job->worked++;
}

static void
done(void *arg)
{
    struct job *job = arg;
    assert_true(hp_worker_is_current(job->main));
    (*job->done_count)++;
    if (*job->done_count == job->expected) {
        hp_worker_quit(job->main);
    }
}

static void
results_come_home(void **state)
{
    (void) state;
    enum {
        COUNT = 50
    };
    struct job jobs[COUNT];
    int done_count = 0;
    struct hp_worker *main = hp_worker_create_main();
    struct hp_jobs *pool = hp_jobs_create(3, COUNT);
    for (int i = 0; i < COUNT; i++) {
        jobs[i] = (struct job){ .main = main, .done_count = &done_count, .expected = COUNT };
        assert_true(hp_jobs_run(pool, work, done, &jobs[i], main));
    }
    hp_worker_run(main);
    assert_int_equal(done_count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(jobs[i].worked, 1);
    }
    hp_jobs_destroy(pool);
    hp_worker_destroy(main);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void
wait_for_gate(void *arg)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    work(arg);
}

static void
a_full_pool_refuses_and_an_ending_one_tells_each(void **state)
{
    (void) state;
    enum {
        COUNT = 4
    };
    struct job jobs[COUNT];
    int done_count = 0;
    struct hp_worker *main = hp_worker_create_main();
    struct hp_jobs *pool = hp_jobs_create(1, 2);
    int accepted = 0;
    pthread_mutex_lock(&gate);
    for (int i = 0; i < COUNT; i++) {
        jobs[i] = (struct job){ .main = main, .done_count = &done_count };
        accepted += hp_jobs_run(pool, wait_for_gate, done, &jobs[i], main) ? 1 : 0;
    }
    assert_in_range(accepted, 2, 3); // two wait, and one if the thread took it already
    pthread_mutex_unlock(&gate);
    hp_jobs_destroy(pool);
    hp_worker_destroy(main); // runs what was posted
    assert_int_equal(done_count, accepted);
}

static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t start = PTHREAD_COND_INITIALIZER;
static bool has_started;

static void
hang(void *arg)
{
    pthread_mutex_lock(&start_lock);
    has_started = true;
    pthread_cond_signal(&start);
    pthread_mutex_unlock(&start_lock);
    wait_for_gate(arg);
}

static void
an_abandoned_pool_waits_for_nobody(void **state)
{
    (void) state;
    int done_count = 0;
    struct hp_worker *main = hp_worker_create_main();
    struct hp_jobs *pool = hp_jobs_create(2, 4);
    struct hp_jobs *idle = hp_jobs_create(2, 4);
    // not on the stack, since the job outlives the test
    static struct job hung, waiting[4];
    pthread_mutex_lock(&gate);
    hung = (struct job){ .main = main, .done_count = &done_count };
    assert_true(hp_jobs_run(pool, hang, done, &hung, main));
    pthread_mutex_lock(&start_lock);
    while (!has_started) {
        pthread_cond_wait(&start, &start_lock);
    }
    pthread_mutex_unlock(&start_lock);
    for (int i = 0; i < 4; i++) {
        waiting[i] = (struct job){ .main = main, .done_count = &done_count };
        assert_true(hp_jobs_run(pool, wait_for_gate, done, &waiting[i], main));
    }
    hp_jobs_abandon(pool);
    hp_jobs_abandon(idle);
    hp_worker_destroy(main); // runs what was posted
    assert_in_range(done_count, 3, 4); // of those that waited; the second thread may have one
    pthread_mutex_unlock(&gate);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_home),
        cmocka_unit_test(a_full_pool_refuses_and_an_ending_one_tells_each),
        cmocka_unit_test(an_abandoned_pool_waits_for_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
