// Tests of peer/names.c. What finds the names stands below.
#include "peer/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "reach/reach.h"

#define NAME "0e21ce97-23a8-4b01-bd8c-5d1dba10d5d4.local"
#define LINE(address) \
    "candidate:7 1 udp 2113937151 " address " 51000 typ host generation 0 ufrag aBcD network-cost 10"

struct hp_mdns_search {
    void (*on_found)(void *arg, const char *address);
    void *arg;
    bool is_cancelled;
};

static struct hp_mdns_search searches[64];
static unsigned search_count;
static bool is_refusing;
static GString *candidates;

struct hp_mdns_search *
hp_reach_find_name(struct hp_reach *reach, const char *asker, const char *name,
        void (*on_found)(void *arg, const char *address), void *arg)
{
    (void) reach;
    assert_string_equal(asker, "ann");
    assert_string_equal(name, NAME);
    if (is_refusing) {
        return NULL;
    }
    searches[search_count] = (struct hp_mdns_search){ on_found, arg, false };
    return &searches[search_count++];
}

void
hp_reach_cancel(struct hp_mdns_search *search)
{
    search->is_cancelled = true;
}

static void
note(void *arg, const char *line)
{
    (void) arg;
    g_string_append_printf(candidates, "%s\n", line);
}

static int
begin(void **state)
{
    static struct hp_names names;
    static int reach; // only its address counts
    search_count = 0;
    is_refusing = false;
    candidates = g_string_new(NULL);
    hp_names_init(&names, (struct hp_reach *) (void *) &reach, "ann", note, NULL);
    *state = &names;
    return 0;
}

static int
end(void **state)
{
    hp_names_finish(*state);
    g_string_free(candidates, TRUE);
    return 0;
}

static void
answer(unsigned i, const char *address)
{
    searches[i].on_found(searches[i].arg, address);
}

static void
a_name_that_is_found_becomes_an_address(void **state)
{
    assert_true(hp_names_take(*state, LINE(NAME)));
    assert_string_equal(candidates->str, "");
    answer(0, "192.168.1.20");
    assert_string_equal(candidates->str, LINE("192.168.1.20") "\n");
}

static void
a_name_that_is_not_found_is_forgotten(void **state)
{
    assert_true(hp_names_take(*state, LINE(NAME)));
    answer(0, NULL);
    assert_string_equal(candidates->str, "");
}

static void
addresses_other_names_and_tcp_are_not_taken(void **state)
{
    assert_false(hp_names_take(*state, LINE("192.168.1.20")));
    assert_false(hp_names_take(*state, LINE("desk.example")));
    assert_false(hp_names_take(*state, "candidate:7 1 tcp 1 " NAME " 9 typ host tcptype active"));
    assert_false(hp_names_take(*state, "nonsense"));
    assert_false(hp_names_take(*state, ""));
    assert_int_equal(search_count, 0);
}

static void
what_is_refused_is_not_taken(void **state)
{
    is_refusing = true;
    assert_false(hp_names_take(*state, LINE(NAME)));
}

static void
a_few_names_at_a_time_are_looked_up(void **state)
{
    for (unsigned i = 0; i < HP_NAMES_MAX; i++) {
        assert_true(hp_names_take(*state, LINE(NAME)));
    }
    assert_false(hp_names_take(*state, LINE(NAME)));
    answer(2, "192.168.1.20");
    assert_true(hp_names_take(*state, LINE(NAME)));
}

static void
the_candidates_of_a_description_are_taken(void **state)
{
    hp_names_take_all(*state,
            "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=" LINE(NAME) "\r\n"
            "a=" LINE("192.168.1.9") "\r\na=" LINE(NAME) "\r\na=end-of-candidates\r\n");
    assert_int_equal(search_count, 2);
    answer(1, "192.168.1.20");
    assert_string_equal(candidates->str, LINE("192.168.1.20") "\n");
}

static void
the_end_cancels_what_is_under_way(void **state)
{
    assert_true(hp_names_take(*state, LINE(NAME)));
    assert_true(hp_names_take(*state, LINE(NAME)));
    answer(0, NULL);
    hp_names_finish(*state);
    assert_false(searches[0].is_cancelled);
    assert_true(searches[1].is_cancelled);
    assert_false(hp_names_take(*state, LINE(NAME)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_name_that_is_found_becomes_an_address),
        TEST(a_name_that_is_not_found_is_forgotten),
        TEST(addresses_other_names_and_tcp_are_not_taken),
        TEST(what_is_refused_is_not_taken),
        TEST(a_few_names_at_a_time_are_looked_up),
        TEST(the_candidates_of_a_description_are_taken),
        TEST(the_end_cancels_what_is_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
