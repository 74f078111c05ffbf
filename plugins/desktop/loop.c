// loop.c - the desktop's own thread: descriptors, timers, processes and posts on a GLib loop, since
// the host's threads must never wait for an X server.
// Owner: hp_desktop. Thread: create, post, join, destroy on any other thread; all else on its own.
#include "loop.h"

#include <glib-unix.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct post {
    hp_loop_fn fn;
    void *arg;
};

struct watch {
    hp_loop_fn fn;
    void *arg;
};

struct hp_loop {
    GMainContext *context;
    GMainLoop *main;
    pthread_t thread;
    int wake_fd;
    int abort_fd; // readable once nothing is to be waited for
    pthread_mutex_t lock; // of posts
    GQueue posts; // only calls from the plugin itself, which are few
};

static struct post *
pop(struct hp_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct post *post = g_queue_pop_head(&loop->posts);
    pthread_mutex_unlock(&loop->lock);
    return post;
}

static void
run_posts(void *arg)
{
    struct hp_loop *loop = arg;
    uint64_t count;
    if (read(loop->wake_fd, &count, sizeof(count)) < 0) {
        return;
    }
    struct post *post;
    while ((post = pop(loop)) != NULL) {
        post->fn(post->arg);
        g_free(post);
    }
}

static void *
run(void *arg)
{
    struct hp_loop *loop = arg;
    g_main_context_push_thread_default(loop->context);
    GSource *posts = hp_loop_watch(loop, loop->wake_fd, run_posts, loop);
    g_main_loop_run(loop->main);
    hp_loop_cancel(&posts);
    g_main_context_pop_thread_default(loop->context);
    return NULL;
}

struct hp_loop *
hp_loop_create(void)
{
    struct hp_loop *loop = g_new0(struct hp_loop, 1);
    pthread_mutex_init(&loop->lock, NULL);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->abort_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->context = g_main_context_new();
    loop->main = g_main_loop_new(loop->context, FALSE);
    if (loop->wake_fd < 0 || loop->abort_fd < 0
            || pthread_create(&loop->thread, NULL, run, loop) != 0) {
        g_error("desktop: there are no threads or descriptors left");
    }
    return loop;
}

void
hp_loop_post(struct hp_loop *loop, hp_loop_fn fn, void *arg)
{
    struct post *post = g_new(struct post, 1);
    *post = (struct post){ fn, arg };
    pthread_mutex_lock(&loop->lock);
    g_queue_push_tail(&loop->posts, post);
    pthread_mutex_unlock(&loop->lock);
    uint64_t one = 1;
    if (write(loop->wake_fd, &one, sizeof(one)) < 0) {
        return; // the counter is full, so the descriptor is readable
    }
}

void
hp_loop_abort_waits(struct hp_loop *loop)
{
    uint64_t one = 1;
    if (write(loop->abort_fd, &one, sizeof(one)) < 0) {
        return; // the counter is full, so the descriptor is readable
    }
}

int
hp_loop_get_abort_fd(const struct hp_loop *loop)
{
    return loop->abort_fd;
}

void
hp_loop_quit(struct hp_loop *loop)
{
    g_main_loop_quit(loop->main);
}

void
hp_loop_join(struct hp_loop *loop)
{
    pthread_join(loop->thread, NULL);
}

void
hp_loop_destroy(struct hp_loop *loop)
{
    if (loop == NULL) {
        return;
    }
    struct post *post;
    while ((post = pop(loop)) != NULL) {
        g_free(post);
    }
    g_main_loop_unref(loop->main);
    g_main_context_unref(loop->context);
    close(loop->wake_fd);
    close(loop->abort_fd);
    pthread_mutex_destroy(&loop->lock);
    g_free(loop);
}

static gboolean
on_fd(int fd, GIOCondition condition, void *arg)
{
    struct watch *watch = arg;
    watch->fn(watch->arg);
    return G_SOURCE_CONTINUE;
}

static gboolean
on_time(void *arg)
{
    struct watch *watch = arg;
    watch->fn(watch->arg);
    return G_SOURCE_CONTINUE;
}

static GSource *
attach(struct hp_loop *loop, GSource *source, GSourceFunc callback, hp_loop_fn fn, void *arg)
{
    struct watch *watch = g_new(struct watch, 1);
    *watch = (struct watch){ fn, arg };
    g_source_set_callback(source, callback, watch, g_free);
    g_source_attach(source, loop->context);
    return source;
}

GSource *
hp_loop_watch(struct hp_loop *loop, int fd, hp_loop_fn fn, void *arg)
{
    GSource *source = g_unix_fd_source_new(fd, G_IO_IN | G_IO_HUP | G_IO_ERR);
    return attach(loop, source, G_SOURCE_FUNC(on_fd), fn, arg);
}

GSource *
hp_loop_every(struct hp_loop *loop, unsigned interval_ms, hp_loop_fn fn, void *arg)
{
    return attach(loop, g_timeout_source_new(interval_ms), on_time, fn, arg);
}

void
hp_loop_cancel(GSource **source)
{
    if (*source != NULL) {
        g_source_destroy(*source);
        g_source_unref(*source);
        *source = NULL;
    }
}

GSource *
hp_loop_watch_child(struct hp_loop *loop, GPid pid, GChildWatchFunc fn, void *arg)
{
    GSource *source = g_child_watch_source_new(pid);
    g_source_set_callback(source, G_SOURCE_FUNC(fn), arg, NULL);
    g_source_attach(source, loop->context);
    return source;
}
