// Tests of dialect/entrance.c: what a log-in is answered, and which ones wait.
#include "dialect/entrance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "base/log.h"
#include "fake_sockets.h"
#include "house.h"

#define HERE "192.0.2.1"
#define ELSEWHERE "192.0.2.2"

enum {
    FREE_FAILURES = 60, // of an address, under all names
    SLOW_TRIES = 32, // of an address under way
    SLOW_TRIES_OF_ALL = 1024,
    WAIT_MS = 700,
    LINES = 100, // of the log at once
};

struct scene {
    struct house *house;
    struct hp_entrance *entrance;
};

static struct scene *
scene_create(void (*adjust)(struct hp_room_params *params))
{
    struct scene *scene = g_new0(struct scene, 1);
    scene->house = house_create(0, adjust);
    scene->entrance = hp_entrance_create(scene->house->main, scene->house->room);
    return scene;
}

static void
scene_destroy(struct scene *scene)
{
    hp_entrance_close(scene->entrance);
    hp_entrance_destroy(scene->entrance);
    house_destroy(scene->house);
    g_free(scene);
}

// An answer that comes at once; its Retry-After in *wait, the caller's, if that is not NULL.
static int
try(struct scene *scene, const char *address, const char *name, const char *password, char **wait)
{
    struct hp_request request = { .address = address };
    hp_entrance_try(scene->entrance, &request, name, password);
    assert_true(request.is_answered);
    if (wait != NULL) {
        *wait = g_strdup(request.retry_after);
    }
    fake_request_finish(&request);
    return request.status;
}

// Wrong passwords, each under another name; the answers may come later.
static void
guess(struct scene *scene, const char *address, unsigned count, struct hp_request *requests)
{
    for (unsigned i = 0; i < count; i++) {
        char name[16];
        g_snprintf(name, sizeof(name), "n%u", i);
        requests[i] = (struct hp_request){ .address = address };
        hp_entrance_try(scene->entrance, &requests[i], name, "guess");
    }
}

static unsigned
count_waiting(const struct hp_request *requests, unsigned count)
{
    unsigned waiting = 0;
    for (unsigned i = 0; i < count; i++) {
        waiting += !requests[i].is_answered;
    }
    return waiting;
}

static void
finish(unsigned count, struct hp_request *requests)
{
    for (unsigned i = 0; i < count; i++) {
        fake_request_finish(&requests[i]);
    }
}

static void
lock_logins(struct hp_rules *rules)
{
    rules->locked_logins = true;
}

static void
allow_one(struct hp_room_params *params)
{
    params->max_sessions = 1;
}

static void
have_no_members(struct hp_room_params *params)
{
    params->members.provider = "file";
}

static void
an_answer_tells_what_is_wrong(void **state)
{
    struct scene *scene = scene_create(allow_one);
    (void) state;
    assert_int_equal(try(scene, HERE, "ann", "guess", NULL), 401);
    assert_int_equal(try(scene, HERE, "", "neko", NULL), 400);
    assert_int_equal(try(scene, HERE, "ann", "neko", NULL), 200);
    assert_int_equal(try(scene, HERE, "bob", "neko", NULL), 503);
    house_set_rules(scene->house, NULL, lock_logins);
    assert_int_equal(try(scene, HERE, "bob", "neko", NULL), 403);
    assert_int_equal(try(scene, HERE, "bob", "boss", NULL), 200); // admins may come in
    scene_destroy(scene);
    scene = scene_create(have_no_members);
    assert_int_equal(try(scene, HERE, "ann", "neko", NULL), 501);
    scene_destroy(scene);
}

static void
a_full_room_is_told_by_its_name(void **state)
{
    struct scene *scene = scene_create(allow_one);
    struct hp_request request = { .address = HERE };
    (void) state;
    house_enter(scene->house, "ann");
    hp_entrance_try(scene->entrance, &request, "bob", "neko");
    assert_string_equal(request.reply, "{\"code\":503,\"message\":\"room-full\"}");
    fake_request_finish(&request);
    scene_destroy(scene);
}

static void
an_address_that_guesses_under_many_names_leaves_its_neighbours_a_way(void **state)
{
    enum { COUNT = FREE_FAILURES + SLOW_TRIES - 1 };
    struct scene *scene = scene_create(NULL);
    struct hp_request guesses[COUNT], right = { .address = HERE };
    char *wait;
    (void) state;
    guess(scene, HERE, COUNT, guesses);
    assert_int_equal(count_waiting(guesses, FREE_FAILURES), 0);
    assert_int_equal(count_waiting(guesses, COUNT), SLOW_TRIES - 1);
    hp_entrance_try(scene->entrance, &right, "ann", "neko");
    assert_false(right.is_answered);
    assert_int_equal(try(scene, HERE, "bob", "neko", &wait), 429); // too many at once
    assert_string_equal(wait, "1");
    assert_int_equal(try(scene, ELSEWHERE, "bob", "neko", NULL), 200);
    house_pass(scene->house, WAIT_MS - 10);
    assert_int_equal(count_waiting(guesses, COUNT), SLOW_TRIES - 1);
    house_pass(scene->house, 60);
    assert_int_equal(right.status, 200);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_int_equal(guesses[i].status, 401);
    }
    finish(COUNT, guesses);
    finish(1, &right);
    g_free(wait);
    scene_destroy(scene);
}

static void
who_was_turned_away_is_looked_at_when_he_comes_back_among_new_guesses(void **state)
{
    enum { COUNT = FREE_FAILURES + SLOW_TRIES };
    struct scene *scene = scene_create(NULL);
    struct hp_request first[COUNT], second[COUNT];
    (void) state;
    guess(scene, HERE, COUNT, first);
    assert_int_equal(try(scene, HERE, "ann", "neko", NULL), 429);
    assert_int_equal(try(scene, HERE, "eve", "guess", NULL), 429);
    house_pass(scene->house, 1000);
    guess(scene, HERE, COUNT, second); // all places are taken again
    assert_int_equal(try(scene, HERE, "bob", "neko", NULL), 429);
    assert_int_equal(try(scene, HERE, "ann", "neko", NULL), 200);
    assert_int_equal(try(scene, HERE, "eve", "guess", NULL), 401);
    assert_int_equal(try(scene, HERE, "eve", "guess", NULL), 429);
    house_pass(scene->house, WAIT_MS + 50);
    finish(COUNT, first);
    finish(COUNT, second);
    scene_destroy(scene);
}

// Both have failed so often that each of their log-ins has to wait.
static void
one_address_cannot_take_the_places_of_all_that_wait(void **state)
{
    enum { CROWD = 1200 }; // more slow tries than wait at once
    struct scene *scene = scene_create(NULL);
    struct hp_request *guesses = g_new0(struct hp_request, CROWD);
    struct hp_request others[FREE_FAILURES], right = { .address = ELSEWHERE };
    (void) state;
    guess(scene, ELSEWHERE, FREE_FAILURES, others);
    guess(scene, HERE, CROWD, guesses);
    assert_int_equal(count_waiting(guesses, CROWD), SLOW_TRIES);
    hp_entrance_try(scene->entrance, &right, "ann", "neko");
    assert_false(right.is_answered);
    house_pass(scene->house, WAIT_MS + 50);
    assert_int_equal(right.status, 200);
    finish(FREE_FAILURES, others);
    finish(CROWD, guesses);
    finish(1, &right);
    g_free(guesses);
    scene_destroy(scene);
}

static void
slow_tries_of_all_addresses_are_bounded(void **state)
{
    enum { ADDRESSES = SLOW_TRIES_OF_ALL / SLOW_TRIES + 1, EACH = FREE_FAILURES + SLOW_TRIES };
    struct scene *scene = scene_create(NULL);
    struct hp_request *guesses = g_new0(struct hp_request, ADDRESSES * EACH);
    char addresses[ADDRESSES][16];
    (void) state;
    for (unsigned i = 0; i < ADDRESSES; i++) {
        g_snprintf(addresses[i], sizeof(addresses[i]), "198.51.100.%u", i);
        guess(scene, addresses[i], EACH, guesses + i * EACH);
    }
    assert_int_equal(count_waiting(guesses, ADDRESSES * EACH), SLOW_TRIES_OF_ALL);
    assert_int_equal(guesses[ADDRESSES * EACH - 1].status, 429);
    assert_int_equal(try(scene, HERE, "ann", "neko", NULL), 200); // who has not failed
    house_pass(scene->house, WAIT_MS + 50);
    assert_int_equal(count_waiting(guesses, ADDRESSES * EACH), 0);
    finish(ADDRESSES * EACH, guesses);
    g_free(guesses);
    scene_destroy(scene);
}

static void
logins_that_wait_are_answered_when_the_room_ends(void **state)
{
    struct scene *scene = scene_create(NULL);
    struct hp_request guesses[FREE_FAILURES + 2];
    (void) state;
    guess(scene, HERE, FREE_FAILURES + 2, guesses);
    hp_entrance_close(scene->entrance);
    assert_int_equal(guesses[FREE_FAILURES].status, 503);
    assert_int_equal(guesses[FREE_FAILURES + 1].status, 503);
    house_pass(scene->house, WAIT_MS + 50);
    finish(FREE_FAILURES + 2, guesses);
    scene_destroy(scene);
}

static void
end_everybody(struct house *house)
{
    const GPtrArray *all = hp_sessions_all(hp_room_sessions(house->room));
    while (all->len > 0) {
        hp_lobby_end(g_ptr_array_index(all, 0));
    }
    house_pump(house);
}

static void
right_passwords_of_one_address_are_limited_but_for_admins(void **state)
{
    struct scene *scene = scene_create(NULL);
    char *wait;
    (void) state;
    for (int i = 0; i < 600; i++) {
        assert_int_equal(try(scene, HERE, "ann", "neko", NULL), 200);
        end_everybody(scene->house);
    }
    assert_int_equal(try(scene, HERE, "ann", "neko", &wait), 429);
    assert_string_equal(wait, "1");
    g_free(wait);
    assert_int_equal(try(scene, HERE, "root", "boss", NULL), 200);
    assert_int_equal(try(scene, ELSEWHERE, "ann", "neko", NULL), 200);
    house_pass(scene->house, 100); // 20 a second
    assert_int_equal(try(scene, HERE, "ann", "neko", NULL), 200);
    scene_destroy(scene);
}

// What stderr got since begin_capture(); the caller's.
static int
begin_capture(int ends[2])
{
    int saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    hp_log_set_level(HP_LOG_WARN);
    return saved;
}

static char *
end_capture(int ends[2], int saved)
{
    GString *text = g_string_new(NULL);
    char buffer[4096];
    ssize_t count;
    hp_log_set_level(HP_LOG_ERROR);
    dup2(saved, STDERR_FILENO);
    close(saved);
    while ((count = read(ends[0], buffer, sizeof(buffer))) > 0) {
        g_string_append_len(text, buffer, count);
    }
    close(ends[0]);
    return g_string_free(text, FALSE);
}

static unsigned
count_lines(const char *text, const char *part)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++) {
        count++;
    }
    return count;
}

static void
failures_are_logged_with_their_address_and_bounded(void **state)
{
    struct scene *scene = scene_create(NULL);
    int ends[2];
    char address[16];
    (void) state;
    int saved = begin_capture(ends);
    for (unsigned i = 0; i < 2 * LINES; i++) {
        g_snprintf(address, sizeof(address), "198.51.100.%u", i);
        assert_int_equal(try(scene, address, "ann", "s3cret", NULL), 401);
    }
    house_pass(scene->house, 200); // 5 a second
    assert_int_equal(try(scene, HERE, "ann", "s3cret", NULL), 401);
    char *text = end_capture(ends, saved);
    assert_int_equal(count_lines(text, "log-in failed from"), LINES + 1);
    assert_non_null(strstr(text, "log-in failed from 198.51.100.99\n"));
    assert_non_null(strstr(text, "log-in failed from " HERE " (and 100 times more"));
    assert_null(strstr(text, "s3cret"));
    g_free(text);
    scene_destroy(scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_tells_what_is_wrong),
        cmocka_unit_test(a_full_room_is_told_by_its_name),
        cmocka_unit_test(an_address_that_guesses_under_many_names_leaves_its_neighbours_a_way),
        cmocka_unit_test(who_was_turned_away_is_looked_at_when_he_comes_back_among_new_guesses),
        cmocka_unit_test(one_address_cannot_take_the_places_of_all_that_wait),
        cmocka_unit_test(slow_tries_of_all_addresses_are_bounded),
        cmocka_unit_test(logins_that_wait_are_answered_when_the_room_ends),
        cmocka_unit_test(right_passwords_of_one_address_are_limited_but_for_admins),
        cmocka_unit_test(failures_are_logged_with_their_address_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
