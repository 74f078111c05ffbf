// Tests of reach/interfaces.c, by a network of the test's own.
#include "reach/interfaces.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "base/worker.h"
#include "reach/own.h"

struct scene {
    struct hp_worker *home;
    struct hp_interfaces *interfaces;
    unsigned changes;
};

static void
on_change(void *arg)
{
    struct scene *scene = arg;
    scene->changes++;
    hp_worker_quit(scene->home);
}

// A network with nothing but a loopback that is down. False: the system does not allow it.
static bool
enter_own_network(void)
{
    return unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

// Sets loopback up with another address, in two steps.
static void
change_loopback(const char *text)
{
    struct ifreq request = { .ifr_name = "lo" };
    struct sockaddr_in *address = (struct sockaddr_in *) (void *) &request.ifr_addr;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    address->sin_family = AF_INET;
    assert_int_equal(inet_pton(AF_INET, text, &address->sin_addr), 1);
    assert_int_equal(ioctl(fd, SIOCSIFADDR, &request), 0);
    assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &request), 0);
    request.ifr_flags |= IFF_UP;
    assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
    close(fd);
}

static void
a_change_is_told_once_when_it_has_settled(void **state)
{
    (void) state;
    if (!enter_own_network()) {
        skip();
    }
    struct scene scene = { .home = hp_worker_create_main() };
    scene.interfaces = hp_interfaces_create(scene.home, on_change, &scene);
    assert_int_equal(hp_interfaces_own(scene.interfaces)->count, 0);
    change_loopback("192.168.77.1");
    assert_int_equal(hp_interfaces_own(scene.interfaces)->count, 0);
    hp_worker_run(scene.home);
    assert_int_equal(scene.changes, 1);
    const struct hp_own *own = hp_interfaces_own(scene.interfaces);
    assert_non_null(hp_own_find(own, "192.168.77.1"));
    assert_int_equal(hp_own_find(own, "192.168.77.1")->prefix_bits, 24);
    hp_interfaces_destroy(scene.interfaces);
    hp_worker_destroy(scene.home);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_told_once_when_it_has_settled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
