// Tests of ice/resolver.c.
#include "ice/resolver.h"

#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/job.h"
#include "base/worker.h"

static void
addresses_are_known_at_once(void **state)
{
    (void) state;
    struct hp_worker *home = hp_worker_create_main();
    struct hp_resolver *resolver = hp_resolver_create(home, NULL);
    struct hp_resolved resolved;
    hp_resolver_add(resolver, "192.0.2.1");
    hp_resolver_add(resolver, "2001:db8::1");
    assert_true(hp_resolver_find(resolver, "192.0.2.1", &resolved));
    assert_string_equal(resolved.addresses[0], "192.0.2.1");
    assert_true(hp_resolver_find(resolver, "2001:db8::1", &resolved));
    assert_false(hp_resolver_find(resolver, "192.0.2.2", &resolved));
    hp_resolver_destroy(resolver);
    hp_worker_destroy(home);
}

static void
quit(void *arg)
{
    hp_worker_quit(arg);
}

static void
do_nothing(void *arg)
{
    (void) arg;
}

static void
names_are_looked_up_in_a_job(void **state)
{
    (void) state;
    struct addrinfo *known = NULL;
    if (getaddrinfo("localhost", NULL, NULL, &known) != 0) {
        print_message("skipped: this system does not know localhost (no /etc/hosts)\n");
        skip();
    }
    freeaddrinfo(known);
    struct hp_worker *home = hp_worker_create_main();
    struct hp_jobs *jobs = hp_jobs_create(1, 8);
    struct hp_resolver *resolver = hp_resolver_create(home, jobs);
    struct hp_resolved resolved;
    hp_resolver_add(resolver, "localhost"); // in almost every hosts file
    assert_false(hp_resolver_find(resolver, "localhost", &resolved));
    assert_true(hp_jobs_run(jobs, do_nothing, quit, home, home)); // after it: there is one thread
    hp_worker_run(home);
    assert_true(hp_resolver_find(resolver, "localhost", &resolved));
    assert_true(resolved.count >= 1);
    hp_resolver_destroy(resolver);
    hp_jobs_destroy(jobs);
    hp_worker_destroy(home);
}

static void
a_resolver_may_end_before_its_look_ups(void **state)
{
    (void) state;
    struct hp_worker *home = hp_worker_create_main();
    struct hp_jobs *jobs = hp_jobs_create(1, 8);
    struct hp_resolver *resolver = hp_resolver_create(home, jobs);
    hp_resolver_add(resolver, "localhost");
    hp_resolver_destroy(resolver);
    hp_jobs_destroy(jobs);
    hp_worker_destroy(home); // runs what is left
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_known_at_once),
        cmocka_unit_test(names_are_looked_up_in_a_job),
        cmocka_unit_test(a_resolver_may_end_before_its_look_ups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
