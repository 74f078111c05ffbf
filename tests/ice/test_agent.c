// Tests of ice/agent.c and ice/config.c: public addresses that come and go while a browser is
// connected.
#include "ice/agent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <nice/interfaces.h>

#include "base/ice.h"
#include "base/worker.h"
#include "ice/config.h"

static GString *notes;

static struct hp_ice_config *
make_config(const char *const *public_addresses)
{
    struct hp_ice_config *config = g_new0(struct hp_ice_config, 1);
    for (; public_addresses[config->public_count] != NULL; config->public_count++) {
        g_strlcpy(config->public_addresses[config->public_count],
                public_addresses[config->public_count], HP_ADDRESS_TEXT_SIZE);
    }
    return config;
}

// ---- the configuration ----

static void
note_public(void *arg, unsigned index, bool is_gone)
{
    const struct hp_ice_config *config = arg;
    g_string_append_printf(
            notes, "%c%u %s; ", is_gone ? '-' : '+', index, config->public_addresses[index]);
}

static void
move(struct hp_ice_config *config, const char *const *public_addresses, const char *expected)
{
    struct hp_ice_config *next = make_config(public_addresses);
    g_string_truncate(notes, 0);
    hp_ice_config_move(config, next, note_public, config);
    assert_string_equal(notes->str, expected);
    hp_ice_config_destroy(next);
}

static void
a_public_address_keeps_its_index_as_long_as_it_stays(void **state)
{
    (void) state;
    const char *const first[] = { "198.51.100.1", "198.51.100.2", NULL };
    struct hp_ice_config *config = make_config(first);
    move(config, first, "");
    move(config, (const char *const[]){ "198.51.100.2", NULL }, "-0 198.51.100.1; ");
    move(config, (const char *const[]){ "198.51.100.3", "198.51.100.2", "198.51.100.4", NULL },
            "+0 198.51.100.3; +2 198.51.100.4; ");
    move(config, (const char *const[]){ NULL },
            "-0 198.51.100.3; -1 198.51.100.2; -2 198.51.100.4; ");
    move(config, (const char *const[]){ "198.51.100.5", NULL }, "+0 198.51.100.5; ");
    hp_ice_config_destroy(config);
}

static void
more_public_addresses_than_there_are_places_are_left_out(void **state)
{
    (void) state;
    struct hp_ice_config config = { 0 }, next = { .public_count = HP_ICE_PUBLIC_MAX };
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < HP_ICE_PUBLIC_MAX; i++) {
            g_snprintf(next.public_addresses[i], HP_ADDRESS_TEXT_SIZE, "198.51.%u.%u", round, i);
        }
        hp_ice_config_move(&config, &next, note_public, &config);
        assert_int_equal(config.public_count, HP_ICE_PUBLIC_MAX);
        assert_string_equal(config.public_addresses[7], next.public_addresses[7]);
    }
}

// ---- the agent ----

static void
note_line(const char *line, char sign)
{
    char **words = g_strsplit(line, " ", -1);
    assert_true(g_strv_length(words) >= 8);
    if (g_str_has_prefix(words[4], "198.51.100.")) {
        g_string_append_printf(notes, "%c%s; ", sign, words[4]);
    }
    g_strfreev(words);
}

static void
on_candidate(void *arg, const char *line)
{
    (void) arg;
    note_line(line, '+');
}

static void
on_candidate_gone(void *arg, const char *line)
{
    (void) arg;
    note_line(line, '-');
}

static void
on_state(void *arg, enum hp_ice_state state)
{
    (void) arg;
    (void) state;
}

static void
on_gone(void *arg)
{
    *(bool *) arg = true;
}

// An IPv4 address of this computer that a router could forward to; NULL: it has none.
static char *
find_own(void)
{
    char *found = NULL;
    GList *list = nice_interfaces_get_local_ips(FALSE);
    for (GList *link = list; link != NULL && found == NULL; link = link->next) {
        const char *text = link->data;
        found = strchr(text, ':') == NULL && hp_address_is_usable(text, false, true)
                ? g_strdup(text)
                : NULL;
    }
    g_list_free_full(list, g_free);
    return found;
}

static void
move_agent(struct hp_ice *ice, const char *const *public_addresses, const char *expected)
{
    struct hp_ice_config *next = make_config(public_addresses);
    g_string_truncate(notes, 0);
    hp_ice_agent_move(ice, next);
    assert_string_equal(notes->str, expected);
    hp_ice_config_destroy(next);
}

static void
a_browser_hears_of_a_public_address_that_comes_and_of_no_other(void **state)
{
    (void) state;
    static const struct hp_ice_cbs cbs = { .on_candidate = on_candidate,
        .on_candidate_gone = on_candidate_gone,
        .on_state = on_state };
    char *interfaces[] = { find_own(), NULL };
    if (interfaces[0] == NULL) {
        skip(); // no router could forward to it
    }
    bool is_gone = false;
    struct hp_worker *worker = hp_worker_create_main();
    struct hp_ice_config *config = make_config((const char *const[]){ "198.51.100.1", NULL });
    config->interfaces = g_strdupv(interfaces);
    struct hp_ice *ice = hp_ice_agent_create(worker, config, "peer");
    assert_non_null(ice);
    ice->cbs = &cbs;
    ice->cbs_arg = NULL;
    move_agent(ice, (const char *const[]){ "198.51.100.2", NULL }, ""); // told with the first ones
    assert_true(ice->ops->gather(ice));
    assert_string_equal(notes->str, "+198.51.100.2; ");
    move_agent(ice, (const char *const[]){ "198.51.100.2", NULL }, "");
    move_agent(ice, (const char *const[]){ "198.51.100.3", "198.51.100.2", NULL }, "+198.51.100.3; ");
    move_agent(ice, (const char *const[]){ "198.51.100.3", NULL }, "-198.51.100.2; ");
    ice->ops->close(ice, on_gone, &is_gone);
    while (!is_gone) {
        g_main_context_iteration(hp_worker_context(worker), TRUE);
    }
    hp_worker_destroy(worker);
    g_free(interfaces[0]);
}

static int
begin(void **state)
{
    (void) state;
    notes = g_string_new(NULL);
    return 0;
}

static int
end(void **state)
{
    (void) state;
    g_string_free(notes, TRUE);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_public_address_keeps_its_index_as_long_as_it_stays),
        TEST(more_public_addresses_than_there_are_places_are_left_out),
        TEST(a_browser_hears_of_a_public_address_that_comes_and_of_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
