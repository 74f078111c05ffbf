// job.c - a small pool of threads for work that blocks: look-ups of names, files, hashes.
// Owner: app.  Thread: any for run; create and destroy on the main thread.
#include "base/job.h"

#include <pthread.h>

#define LOG_TAG "job"
#include "base/log.h"

struct job {
    hp_task_fn work;
    hp_task_fn done;
    void *arg;
    struct hp_worker *home;
};

struct hp_jobs {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    GQueue waiting;
    unsigned max_waiting;
    bool is_ending;
    unsigned thread_count;
    pthread_t threads[];
};

static struct job *
take(struct hp_jobs *jobs, bool *is_ending)
{
    pthread_mutex_lock(&jobs->lock);
    while (g_queue_is_empty(&jobs->waiting) && !jobs->is_ending) {
        pthread_cond_wait(&jobs->wake, &jobs->lock);
    }
    struct job *job = g_queue_pop_head(&jobs->waiting);
    *is_ending = jobs->is_ending;
    pthread_mutex_unlock(&jobs->lock);
    return job;
}

static void *
run_thread(void *arg)
{
    struct hp_jobs *jobs = arg;
    struct job *job;
    bool is_ending;
    while ((job = take(jobs, &is_ending)) != NULL) {
        if (!is_ending) {
            job->work(job->arg);
        }
        hp_worker_post(job->home, job->done, job->arg);
        g_free(job);
    }
    return NULL;
}

struct hp_jobs *
hp_jobs_create(unsigned thread_count, unsigned max_waiting)
{
    struct hp_jobs *jobs = g_malloc0(sizeof(struct hp_jobs) + thread_count * sizeof(pthread_t));
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->wake, NULL);
    g_queue_init(&jobs->waiting);
    jobs->max_waiting = max_waiting;
    for (; jobs->thread_count < thread_count; jobs->thread_count++) {
        pthread_t *thread = &jobs->threads[jobs->thread_count];
        if (pthread_create(thread, NULL, run_thread, jobs) != 0) {
            log_error("the pool of jobs cannot be made, the system gives no thread: raise the "
                      "limit of threads (ulimit -u)");
            hp_jobs_destroy(jobs);
            return NULL;
        }
        pthread_setname_np(*thread, "hp-job");
    }
    return jobs;
}

void
hp_jobs_destroy(struct hp_jobs *jobs)
{
    if (jobs == NULL) {
        return;
    }
    pthread_mutex_lock(&jobs->lock);
    jobs->is_ending = true;
    pthread_cond_broadcast(&jobs->wake);
    pthread_mutex_unlock(&jobs->lock);
    for (unsigned i = 0; i < jobs->thread_count; i++) {
        pthread_join(jobs->threads[i], NULL);
    }
    pthread_cond_destroy(&jobs->wake);
    pthread_mutex_destroy(&jobs->lock);
    g_free(jobs);
}

bool
hp_jobs_run(
        struct hp_jobs *jobs, hp_task_fn work, hp_task_fn done, void *arg, struct hp_worker *home)
{
    pthread_mutex_lock(&jobs->lock);
    bool has_room = g_queue_get_length(&jobs->waiting) < jobs->max_waiting && !jobs->is_ending;
    if (has_room) {
        struct job *job = g_new(struct job, 1);
        *job = (struct job){ .work = work, .done = done, .arg = arg, .home = home };
        g_queue_push_tail(&jobs->waiting, job);
        pthread_cond_signal(&jobs->wake);
    }
    pthread_mutex_unlock(&jobs->lock);
    return has_room;
}
