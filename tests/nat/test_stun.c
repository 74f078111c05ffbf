// Tests of nat/stun.c.
#include "nat/stun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define PASSWORD "0123456789012345678901"
#define REMOTE_PASSWORD "abcdefghijklmnopqrstuvw"

enum { HANDLE = 0xa1b2c3d4, PRIORITY = 12345 };

static const uint8_t the_id[HP_STUN_ID_SIZE] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

// What the browser "them" sends to the server "us".
static const struct hp_stun_check browsers_check = {
    .id = the_id,
    .ufrag = "them",
    .remote_ufrag = "usus",
    .remote_password = PASSWORD,
    .priority = PRIORITY,
    .tie = 100,
};

static const struct hp_stun_local our_side = {
    .ufrag = "usus",
    .password = PASSWORD,
    .remote_ufrag = "them",
    .tie = 200,
};

struct scene {
    uint8_t data[HP_STUN_MESSAGE_MAX + 64], answer[HP_STUN_MESSAGE_MAX + 64];
    size_t size;
    struct hp_stun_request request;
    struct hp_addr source;
    bool is_controlling;
};

static struct scene
begin(const struct hp_stun_check check)
{
    struct scene scene = { 0 };
    scene.size = hp_stun_write_check(&check, scene.data);
    assert_true(scene.size > 0);
    hp_addr_parse(&scene.source, "192.0.2.1", 40000);
    scene.is_controlling = !check.is_controlling;
    return scene;
}

static enum hp_stun_verdict
answer(struct scene *scene, const struct hp_stun_local *local)
{
    return hp_stun_answer_check(local, &scene->is_controlling, scene->data, scene->size,
            &scene->source, &scene->request, scene->answer);
}

static void
a_check_is_answered_and_its_answer_verified(void **state)
{
    (void) state;
    struct scene scene = begin(browsers_check);
    assert_int_equal(answer(&scene, &our_side), HP_STUN_GOOD);
    assert_int_equal(scene.request.priority, PRIORITY);
    assert_false(scene.request.nominates);
    assert_int_equal(hp_stun_verify_answer(
                             the_id, PASSWORD, scene.answer, scene.request.answer_size),
            HP_STUN_GOOD);
}

static void
a_nomination_is_told(void **state)
{
    (void) state;
    struct hp_stun_check check = browsers_check;
    check.nominates = true;
    check.is_controlling = true;
    struct scene scene = begin(check);
    assert_int_equal(answer(&scene, &our_side), HP_STUN_GOOD);
    assert_true(scene.request.nominates);
}

static void
a_check_of_another_password_or_sender_gets_no_answer(void **state)
{
    (void) state;
    struct hp_stun_check wrong = browsers_check;
    wrong.remote_password = REMOTE_PASSWORD;
    struct scene scene = begin(wrong);
    assert_int_equal(answer(&scene, &our_side), HP_STUN_FORGED);
    assert_int_equal(scene.request.answer_size, 0);
    wrong = browsers_check;
    wrong.ufrag = "then";
    scene = begin(wrong);
    assert_int_equal(answer(&scene, &our_side), HP_STUN_FORGED);
    assert_int_equal(scene.request.answer_size, 0);
}

static void
before_the_answer_any_sender_is_good(void **state)
{
    (void) state;
    struct hp_stun_local early = our_side;
    early.remote_ufrag = NULL;
    struct scene scene = begin(browsers_check);
    assert_int_equal(answer(&scene, &early), HP_STUN_GOOD);
}

static void
each_changed_byte_makes_a_check_forged(void **state)
{
    (void) state;
    struct scene scene = begin(browsers_check);
    for (size_t i = 0; i < scene.size; i++) {
        struct scene copy = scene;
        copy.data[i] ^= 0x10;
        assert_int_not_equal(answer(&copy, &our_side), HP_STUN_GOOD);
    }
    for (size_t i = 0; i < scene.size; i++) {
        struct scene copy = scene;
        copy.size = i;
        assert_int_not_equal(answer(&copy, &our_side), HP_STUN_GOOD);
    }
}

static void
each_changed_byte_makes_an_answer_forged(void **state)
{
    (void) state;
    struct scene scene = begin(browsers_check);
    assert_int_equal(answer(&scene, &our_side), HP_STUN_GOOD);
    for (size_t i = 0; i < scene.request.answer_size; i++) {
        scene.answer[i] ^= 0x10;
        assert_int_not_equal(hp_stun_verify_answer(
                                     the_id, PASSWORD, scene.answer, scene.request.answer_size),
                HP_STUN_GOOD);
        scene.answer[i] ^= 0x10;
    }
}

static void
of_two_that_control_the_larger_tie_breaker_stays(void **state)
{
    (void) state;
    struct hp_stun_check check = browsers_check;
    check.is_controlling = true;
    struct scene scene = begin(check);
    scene.is_controlling = true; // ours is 200, theirs 100
    assert_int_equal(answer(&scene, &our_side), HP_STUN_ROLE_CONFLICT);
    assert_true(scene.is_controlling);
    assert_int_equal(hp_stun_verify_answer(
                             the_id, PASSWORD, scene.answer, scene.request.answer_size),
            HP_STUN_ROLE_CONFLICT);
    check.tie = 300;
    scene = begin(check);
    scene.is_controlling = true;
    assert_int_equal(answer(&scene, &our_side), HP_STUN_GOOD);
    assert_false(scene.is_controlling);
}

static void
of_two_that_follow_the_larger_tie_breaker_controls(void **state)
{
    (void) state;
    struct scene scene = begin(browsers_check);
    scene.is_controlling = false;
    assert_int_equal(answer(&scene, &our_side), HP_STUN_GOOD);
    assert_true(scene.is_controlling);
}

static void
an_answer_without_integrity_proves_nothing(void **state)
{
    (void) state;
    // A Binding success response: XOR-MAPPED-ADDRESS and nothing else.
    uint8_t data[32 + 64] = { 0x01, 0x01, 0, 12, 0x21, 0x12, 0xa4, 0x42 };
    memcpy(&data[8], the_id, sizeof(the_id));
    static const uint8_t mapped[] = { 0, 0x20, 0, 8, 0, 1, 1, 2, 3, 4, 5, 6 };
    memcpy(&data[20], mapped, sizeof(mapped));
    assert_int_equal(hp_stun_verify_answer(the_id, PASSWORD, data, 32), HP_STUN_FORGED);
}

static void
a_peek_names_both_sides_of_a_check(void **state)
{
    (void) state;
    struct scene scene = begin(browsers_check);
    struct hp_stun_peek peek;
    assert_true(hp_stun_peek(scene.data, scene.size, &peek));
    assert_int_equal(peek.kind, HP_STUN_CHECK);
    assert_int_equal(peek.ufrag_size, 4);
    assert_memory_equal(peek.ufrag, "usus", 4);
    assert_int_equal(peek.remote_ufrag_size, 4);
    assert_memory_equal(peek.remote_ufrag, "them", 4);
    assert_memory_equal(peek.id, the_id, sizeof(the_id));
}

static void
a_peek_refuses_what_is_cut_or_has_no_cookie(void **state)
{
    (void) state;
    struct scene scene = begin(browsers_check);
    struct hp_stun_peek peek;
    for (size_t i = 0; i < scene.size; i++) {
        assert_false(hp_stun_peek(scene.data, i, &peek));
    }
    scene.data[4] ^= 1;
    assert_false(hp_stun_peek(scene.data, scene.size, &peek));
}

static void
an_id_names_its_peer_and_is_new_each_time(void **state)
{
    (void) state;
    uint8_t first[HP_STUN_ID_SIZE], second[HP_STUN_ID_SIZE];
    hp_stun_make_id(first, HANDLE);
    hp_stun_make_id(second, HANDLE);
    assert_int_equal(hp_stun_id_handle(first), HANDLE);
    assert_memory_not_equal(first, second, sizeof(first));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_is_answered_and_its_answer_verified),
        cmocka_unit_test(a_nomination_is_told),
        cmocka_unit_test(a_check_of_another_password_or_sender_gets_no_answer),
        cmocka_unit_test(before_the_answer_any_sender_is_good),
        cmocka_unit_test(each_changed_byte_makes_a_check_forged),
        cmocka_unit_test(each_changed_byte_makes_an_answer_forged),
        cmocka_unit_test(of_two_that_control_the_larger_tie_breaker_stays),
        cmocka_unit_test(of_two_that_follow_the_larger_tie_breaker_controls),
        cmocka_unit_test(an_answer_without_integrity_proves_nothing),
        cmocka_unit_test(a_peek_names_both_sides_of_a_check),
        cmocka_unit_test(a_peek_refuses_what_is_cut_or_has_no_cookie),
        cmocka_unit_test(an_id_names_its_peer_and_is_new_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
