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
    bool is_abandoned; // the last thread frees the pool
    unsigned running; // jobs
    unsigned alive; // threads
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
    jobs->running += job != NULL;
    *is_ending = jobs->is_ending;
    pthread_mutex_unlock(&jobs->lock);
    return job;
}

static void
free_jobs(struct hp_jobs *jobs)
{
    pthread_cond_destroy(&jobs->wake);
    pthread_mutex_destroy(&jobs->lock);
    g_free(jobs);
}

// Of an abandoned pool nobody is there any more who could take what a job has done: that is found
// out, and told, in one step.
static void
finish(struct hp_jobs *jobs, struct job *job)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->running--;
    if (!jobs->is_abandoned) {
        hp_worker_post(job->home, job->done, job->arg);
    }
    pthread_mutex_unlock(&jobs->lock);
    g_free(job);
}

static void
leave(struct hp_jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->alive--;
    bool is_last = jobs->is_abandoned && jobs->alive == 0;
    pthread_mutex_unlock(&jobs->lock);
    if (is_last) {
        free_jobs(jobs);
    }
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
        finish(jobs, job);
    }
    leave(jobs);
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
    jobs->alive = thread_count;
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
    free_jobs(jobs);
}

// With the lock held.
static void
abandon(struct hp_jobs *jobs)
{
    struct job *job;
    while ((job = g_queue_pop_head(&jobs->waiting)) != NULL) {
        hp_worker_post(job->home, job->done, job->arg);
        g_free(job);
    }
    for (unsigned i = 0; i < jobs->thread_count; i++) {
        pthread_detach(jobs->threads[i]);
    }
    jobs->is_ending = jobs->is_abandoned = true;
    pthread_cond_broadcast(&jobs->wake);
}

void
hp_jobs_abandon(struct hp_jobs *jobs)
{
    if (jobs == NULL) {
        return;
    }
    pthread_mutex_lock(&jobs->lock);
    bool is_running = jobs->running > 0;
    if (is_running) {
        abandon(jobs);
    }
    pthread_mutex_unlock(&jobs->lock);
    if (!is_running) {
        hp_jobs_destroy(jobs);
    }
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
