// child.c - keeps a process running.
// Owner: hp_stack, hp_xserver or hp_sound. Thread: the desktop's loop.
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop.h"
#include "news.h"

enum {
    DELAY_MIN_MS = 500,
    DELAY_MAX_MS = 30000,
    HEALTHY_US = 10 * 1000 * 1000, // a run this long sets the delay back to the shortest
    KILL_AFTER_MS = 700, // the whole server has two seconds to stop
};

struct hp_child {
    struct hp_child_params params;
    char **argv;
    char **environment;
    bool is_wanted;
    bool is_missing_told;
    GPid pid; // 0: not running
    gint64 started_us;
    unsigned delay_ms;
    GSource *watch, *restart, *kill;
};

struct hp_child *
hp_child_create(const struct hp_child_params *params)
{
    struct hp_child *child = g_new0(struct hp_child, 1);
    child->params = *params;
    child->argv = g_strdupv((char **) params->argv);
    // A program must open its windows on the given display, not on the Wayland display of the user
    // who started the server.
    child->environment = g_environ_unsetenv(g_get_environ(), "WAYLAND_DISPLAY");
    child->delay_ms = DELAY_MIN_MS;
    return child;
}

void
hp_child_destroy(struct hp_child *child)
{
    if (child == NULL) {
        return;
    }
    hp_loop_cancel(&child->watch);
    hp_loop_cancel(&child->restart);
    hp_loop_cancel(&child->kill);
    if (child->pid > 0) {
        kill(-child->pid, SIGKILL);
        waitpid(child->pid, NULL, 0);
    }
    g_strfreev(child->argv);
    g_strfreev(child->environment);
    g_free(child);
}

void
hp_child_set_variable(struct hp_child *child, const char *name, const char *value)
{
    child->environment = g_environ_setenv(child->environment, name, value, TRUE);
}

bool
hp_child_is_running(const struct hp_child *child)
{
    return child->pid > 0;
}

pid_t
hp_child_get_pid(const struct hp_child *child)
{
    return child->pid;
}

// Runs between fork and exec, where no lock may be taken.
static void
become(const struct hp_child *child, const char *path, pid_t parent, int fd)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGHUP, SIG_DFL); // else what runs in a terminal on the desktop outlives that terminal
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM); // of the thread that forks, which is the loop's
    if (getppid() != parent) {
        _exit(127);
    }
    // Moved away first, since each may have one of the numbers that dup2() overwrites below.
    int null = fcntl(open("/dev/null", O_RDWR), F_DUPFD, HP_CHILD_FD + 1);
    if (fd >= 0) {
        dup2(fcntl(fd, F_DUPFD, HP_CHILD_FD + 1), HP_CHILD_FD);
    }
    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
    close_range(fd >= 0 ? HP_CHILD_FD + 1 : 3, ~0u, 0);
    execve(path, child->argv, child->environment);
    _exit(127);
}

static void start_again(void *arg);

static void
start_later(struct hp_child *child)
{
    hp_loop_cancel(&child->restart);
    child->restart = hp_loop_every(child->params.loop, child->delay_ms, start_again, child);
    child->delay_ms = MIN(child->delay_ms * 2, DELAY_MAX_MS);
}

static void
on_end(GPid pid, int status, void *arg)
{
    struct hp_child *child = arg;
    hp_loop_cancel(&child->watch);
    hp_loop_cancel(&child->kill);
    child->pid = 0;
    kill(-pid, SIGTERM); // the rest of its group
    if (child->is_wanted) {
        if (g_get_monotonic_time() - child->started_us > HEALTHY_US) {
            child->delay_ms = DELAY_MIN_MS;
        }
        bool is_signal = WIFSIGNALED(status);
        hp_news_log(child->params.news, HP_PLUGIN_WARN,
                "%s has ended (%s %d) and will be started again",
                child->params.name, is_signal ? "signal" : "status",
                is_signal ? WTERMSIG(status) : WEXITSTATUS(status));
        start_later(child);
    }
    if (child->params.on_exit != NULL) {
        child->params.on_exit(child->params.arg);
    }
}

static void
tell_missing(struct hp_child *child)
{
    if (child->is_missing_told) {
        return;
    }
    child->is_missing_told = true;
    hp_news_log(child->params.news, HP_PLUGIN_ERROR,
            "%s cannot be started, it is not installed: %s%s", child->argv[0],
            child->params.package == NULL ? "install it, or name another" : "apt install ",
            child->params.package == NULL ? "" : child->params.package);
}

static void
spawn(struct hp_child *child)
{
    char *path = g_find_program_in_path(child->argv[0]);
    if (path == NULL) {
        tell_missing(child);
        child->delay_ms = DELAY_MAX_MS;
        start_later(child); // later, since an operator may install the program
        return;
    }
    child->is_missing_told = false;
    int fd = child->params.on_start != NULL ? child->params.on_start(child->params.arg) : -1;
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become(child, path, parent, fd);
    }
    g_free(path);
    if (fd >= 0) {
        close(fd);
    }
    if (pid < 0) {
        hp_news_log(child->params.news, HP_PLUGIN_ERROR,
                "%s cannot be started and will be tried again: %s",
                child->params.name, strerror(errno));
        start_later(child);
        return;
    }
    setpgid(pid, pid); // the child does the same, but a stop may come before that
    child->pid = pid;
    child->started_us = g_get_monotonic_time();
    child->watch = hp_loop_watch_child(child->params.loop, pid, on_end, child);
}

static void
start_again(void *arg)
{
    struct hp_child *child = arg;
    hp_loop_cancel(&child->restart);
    spawn(child);
}

void
hp_child_start(struct hp_child *child)
{
    child->is_wanted = true;
    if (child->pid > 0) {
        return;
    }
    if (child->restart == NULL) {
        spawn(child);
    }
}

static void
kill_now(void *arg)
{
    struct hp_child *child = arg;
    hp_loop_cancel(&child->kill);
    if (child->pid > 0) {
        kill(-child->pid, SIGKILL);
    }
}

void
hp_child_kick(struct hp_child *child)
{
    if (child->pid > 0 && child->kill == NULL) {
        kill(-child->pid, SIGTERM);
        child->kill = hp_loop_every(child->params.loop, KILL_AFTER_MS, kill_now, child);
    }
}

void
hp_child_stop(struct hp_child *child)
{
    child->is_wanted = false;
    hp_loop_cancel(&child->restart);
    hp_child_kick(child);
}
