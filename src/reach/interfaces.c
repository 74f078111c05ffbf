// interfaces.c - the addresses of this host, followed while they change.
// Owner: hp_reach.  Thread: home.
#include "reach/interfaces.h"

#include <assert.h>
#include <unistd.h>

#include <glib-unix.h>

#include "base/timer.h"
#include "base/worker.h"
#include "reach/netlink.h"
#include "reach/own.h"

enum {
    SETTLE_US = 200 * 1000, // a change of network comes as a dozen messages
};

struct hp_interfaces {
    struct hp_worker *home;
    void (*on_change)(void *arg);
    void *arg;
    int fd; // -1: changes are not told
    GSource *source;
    struct hp_timer settle;
    struct hp_own own;
};

static void
read_own(struct hp_own *own)
{
    struct hp_own_scan *scan = hp_own_scan_create();
    (void) (hp_netlink_dump(RTM_GETLINK, hp_own_scan_add, scan)
            && hp_netlink_dump(RTM_GETADDR, hp_own_scan_add, scan)
            && hp_netlink_dump(RTM_GETROUTE, hp_own_scan_add, scan)); // each logs its reason
    hp_own_scan_write(scan, own);
    hp_own_scan_destroy(scan);
}

static void
on_settled(void *arg)
{
    struct hp_interfaces *interfaces = arg;
    struct hp_own own;
    read_own(&own);
    if (!hp_own_is_equal(&own, &interfaces->own)) {
        interfaces->own = own;
        interfaces->on_change(interfaces->arg);
    }
}

static gboolean
on_news(gint fd, GIOCondition condition, gpointer arg)
{
    struct hp_interfaces *interfaces = arg;
    (void) condition;
    hp_netlink_forget_news(fd);
    if (!hp_timer_is_running(&interfaces->settle)) {
        hp_timer_start(&interfaces->settle, SETTLE_US);
    }
    return G_SOURCE_CONTINUE;
}

static void
watch(struct hp_interfaces *interfaces)
{
    interfaces->fd = hp_netlink_open_news();
    if (interfaces->fd < 0) {
        return;
    }
    interfaces->source = g_unix_fd_source_new(interfaces->fd, G_IO_IN);
    g_source_set_callback(interfaces->source, G_SOURCE_FUNC(on_news), interfaces, NULL);
    g_source_attach(interfaces->source, hp_worker_context(interfaces->home));
}

struct hp_interfaces *
hp_interfaces_create(struct hp_worker *home, void (*on_change)(void *arg), void *arg)
{
    assert(hp_worker_is_current(home));
    struct hp_interfaces *interfaces = g_new0(struct hp_interfaces, 1);
    interfaces->home = home;
    interfaces->on_change = on_change;
    interfaces->arg = arg;
    hp_timer_init(&interfaces->settle, home, on_settled, interfaces);
    watch(interfaces); // before the first look, so that no change is missed
    read_own(&interfaces->own);
    return interfaces;
}

void
hp_interfaces_destroy(struct hp_interfaces *interfaces)
{
    if (interfaces == NULL) {
        return;
    }
    hp_timer_stop(&interfaces->settle);
    if (interfaces->source != NULL) {
        g_source_destroy(interfaces->source);
        g_source_unref(interfaces->source);
        close(interfaces->fd);
    }
    g_free(interfaces);
}

const struct hp_own *
hp_interfaces_own(const struct hp_interfaces *interfaces)
{
    return &interfaces->own;
}
