// tasks.c - the jobs of one plugin.
// Owner: hp_host.  Thread: main; run_work on a thread of the pool.
#include "plugin/tasks.h"

#include <glib.h>

#include "base/job.h"

struct task {
    struct hp_tasks *tasks;
    void (*work)(void *arg);
    void (*done)(void *arg, bool was_run);
    void *arg;
    bool was_run;
};

static void
run_work(void *arg)
{
    struct task *task = arg;
    if (!atomic_load(&task->tasks->is_ending)) {
        task->work(task->arg);
        task->was_run = true;
    }
}

static void
run_done(void *arg)
{
    struct task *task = arg;
    struct hp_tasks *tasks = task->tasks;
    task->done(task->arg, task->was_run);
    g_free(task);
    tasks->count--;
    tasks->on_ended(tasks->arg);
}

bool
hp_tasks_run(struct hp_tasks *tasks, void (*work)(void *arg),
        void (*done)(void *arg, bool was_run), void *arg)
{
    if (tasks->jobs == NULL || tasks->count >= HP_TASKS_MAX || atomic_load(&tasks->is_ending)) {
        return false;
    }
    struct task *task = g_new0(struct task, 1);
    *task = (struct task){ .tasks = tasks, .work = work, .done = done, .arg = arg };
    if (!hp_jobs_run(tasks->jobs, run_work, run_done, task, tasks->home)) {
        g_free(task);
        return false;
    }
    tasks->count++;
    return true;
}

void
hp_tasks_end(struct hp_tasks *tasks)
{
    atomic_store(&tasks->is_ending, true);
}
