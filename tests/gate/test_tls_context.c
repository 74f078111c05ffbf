// Tests of gate/tls_context.c: a certificate that is renewed while the server runs. Two pairs of
// files are made, and copied over the one that is in use.
#include "gate/tls_context.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate/tls.h"

struct pair {
    char *folder, *cert, *key;
};

struct scene {
    struct pair used, renewed;
    struct hp_tls_context *tls;
    char *old_cert; // its text
};

static void
make_pair(struct pair *pair)
{
    pair->folder = g_dir_make_tmp("hairpin-tls-XXXXXX", NULL);
    assert_true(hp_tls_find_files(NULL, NULL, pair->folder, &pair->cert, &pair->key));
}

static void
remove_pair(struct pair *pair)
{
    g_unlink(pair->cert);
    g_unlink(pair->key);
    g_rmdir(pair->folder);
    g_free(pair->cert);
    g_free(pair->key);
    g_free(pair->folder);
}

static int
setup(void **state)
{
    struct scene *scene = g_new0(struct scene, 1);
    make_pair(&scene->used);
    make_pair(&scene->renewed);
    scene->tls = hp_tls_context_create(scene->used.cert, scene->used.key);
    assert_non_null(scene->tls);
    assert_true(g_file_get_contents(scene->used.cert, &scene->old_cert, NULL, NULL));
    *state = scene;
    return 0;
}

static int
teardown(void **state)
{
    struct scene *scene = *state;
    hp_tls_context_destroy(scene->tls);
    remove_pair(&scene->used);
    remove_pair(&scene->renewed);
    g_free(scene->old_cert);
    g_free(scene);
    return 0;
}

static void
renew(const char *from, const char *to)
{
    char *text;
    gsize size;
    assert_true(g_file_get_contents(from, &text, &size, NULL));
    assert_true(g_file_set_contents(to, text, (gssize) size, NULL));
    g_free(text);
}

// Is that certificate, as PEM, the one of a new connection?
static bool
serves(const struct scene *scene, const char *pem)
{
    SSL *ssl = hp_tls_context_open(scene->tls);
    BIO *bio = BIO_new(BIO_s_mem());
    const char *text;
    PEM_write_bio_X509(bio, SSL_get_certificate(ssl));
    size_t size = (size_t) BIO_get_mem_data(bio, &text);
    bool is_it = size == strlen(pem) && memcmp(text, pem, size) == 0;
    BIO_free(bio);
    SSL_free(ssl);
    return is_it;
}

static bool
serves_file(const struct scene *scene, const char *path)
{
    char *pem;
    assert_true(g_file_get_contents(path, &pem, NULL, NULL));
    bool is_it = serves(scene, pem);
    g_free(pem);
    return is_it;
}

// Reads the files again with stderr in a pipe. The caller frees the log.
static char *
reload(const struct scene *scene, bool expected)
{
    int ends[2];
    char text[4096];
    int saved = dup(STDERR_FILENO);
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    dup2(ends[1], STDERR_FILENO);
    bool is_done = hp_tls_context_reload(scene->tls);
    dup2(saved, STDERR_FILENO);
    ssize_t size = read(ends[0], text, sizeof(text));
    close(saved);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(is_done, expected);
    return g_strndup(text, (gsize) MAX(size, 0));
}

static void
assert_stays(const struct scene *scene)
{
    char *log = reload(scene, false);
    assert_non_null(strstr(log, "the certificate in use stays"));
    assert_non_null(strstr(log, scene->used.cert));
    assert_ptr_equal(strchr(log, '\n'), log + strlen(log) - 1); // one line
    assert_true(serves(scene, scene->old_cert));
    g_free(log);
}

static void
renewed_pair_is_taken_up(void **state)
{
    const struct scene *scene = *state;
    renew(scene->renewed.cert, scene->used.cert);
    renew(scene->renewed.key, scene->used.key);
    char *log = reload(scene, true);
    assert_non_null(strstr(log, "took up the certificate"));
    assert_true(serves_file(scene, scene->renewed.cert));
    assert_false(serves(scene, scene->old_cert));
    g_free(log);
}

static void
half_written_pair_is_not_taken_up_until_it_is_whole(void **state)
{
    const struct scene *scene = *state;
    renew(scene->renewed.key, scene->used.key); // the certificate is still the old one
    assert_stays(scene);
    assert_true(g_file_set_contents(scene->used.cert, scene->old_cert, 300, NULL));
    assert_stays(scene);
    g_unlink(scene->used.cert);
    assert_stays(scene);
    renew(scene->renewed.cert, scene->used.cert);
    g_free(reload(scene, true));
    assert_true(serves_file(scene, scene->renewed.cert));
}

static void
a_pipe_in_the_place_of_the_certificate_is_not_waited_for(void **state)
{
    const struct scene *scene = *state;
    g_unlink(scene->used.cert);
    assert_int_equal(mkfifo(scene->used.cert, 0600), 0);
    alarm(10); // ends a program that waits
    assert_stays(scene);
    alarm(0);
}

static unsigned
count_openings(int watch)
{
    char news[4096] __attribute__((aligned(8)));
    unsigned count = 0;
    ssize_t size = read(watch, news, sizeof(news));
    for (ssize_t at = 0; at < size;) {
        const struct inotify_event *event = (const void *) &news[at];
        at += (ssize_t) (sizeof(*event) + event->len);
        count++;
    }
    return count;
}

static void
each_file_is_opened_once_at_a_reload(void **state)
{
    const struct scene *scene = *state;
    int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    assert_true(inotify_add_watch(watch, scene->used.cert, IN_OPEN) >= 0);
    assert_true(inotify_add_watch(watch, scene->used.key, IN_OPEN) >= 0);
    g_free(reload(scene, true));
    assert_int_equal(count_openings(watch), 2);
    close(watch);
}

// A server that sent its own certificate only would be refused by browsers.
static void
the_chain_of_the_authorities_is_served(void **state)
{
    const struct scene *scene = *state;
    char *authority;
    STACK_OF(X509) *chain;
    assert_true(g_file_get_contents(scene->renewed.cert, &authority, NULL, NULL));
    char *both = g_strconcat(scene->old_cert, authority, authority, NULL);
    assert_true(g_file_set_contents(scene->used.cert, both, -1, NULL));
    g_free(reload(scene, true));
    SSL *ssl = hp_tls_context_open(scene->tls);
    assert_int_equal(SSL_get0_chain_certs(ssl, &chain), 1);
    assert_int_equal(sk_X509_num(chain), 2);
    assert_true(serves(scene, scene->old_cert));
    SSL_free(ssl);
    strstr(&both[strlen(scene->old_cert)], "\n")[1] = '*';
    assert_true(g_file_set_contents(scene->used.cert, both, -1, NULL));
    assert_stays(scene);
    g_free(both);
    g_free(authority);
}

static void
files_are_stale_when_they_have_changed_and_are_still(void **state)
{
    const struct scene *scene = *state;
    assert_false(hp_tls_context_is_stale(scene->tls));
    renew(scene->renewed.key, scene->used.key);
    assert_false(hp_tls_context_is_stale(scene->tls)); // they are being written
    renew(scene->renewed.cert, scene->used.cert);
    assert_false(hp_tls_context_is_stale(scene->tls));
    assert_true(hp_tls_context_is_stale(scene->tls));
    g_free(reload(scene, true));
    assert_false(hp_tls_context_is_stale(scene->tls));
}

// What could not be taken up is told once, not at each look.
static void
files_that_were_refused_are_stale_when_they_change_again(void **state)
{
    const struct scene *scene = *state;
    renew(scene->renewed.key, scene->used.key);
    assert_stays(scene);
    assert_false(hp_tls_context_is_stale(scene->tls));
    assert_false(hp_tls_context_is_stale(scene->tls));
    renew(scene->renewed.cert, scene->used.cert);
    assert_false(hp_tls_context_is_stale(scene->tls));
    assert_true(hp_tls_context_is_stale(scene->tls));
}

static void
connection_keeps_its_certificate(void **state)
{
    const struct scene *scene = *state;
    SSL *ssl = hp_tls_context_open(scene->tls);
    X509 *before = SSL_get_certificate(ssl);
    renew(scene->renewed.cert, scene->used.cert);
    renew(scene->renewed.key, scene->used.key);
    g_free(reload(scene, true));
    assert_ptr_equal(SSL_get_certificate(ssl), before);
    assert_int_equal(SSL_check_private_key(ssl), 1);
    SSL_free(ssl);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(renewed_pair_is_taken_up),
        TEST(half_written_pair_is_not_taken_up_until_it_is_whole),
        TEST(a_pipe_in_the_place_of_the_certificate_is_not_waited_for),
        TEST(each_file_is_opened_once_at_a_reload),
        TEST(the_chain_of_the_authorities_is_served),
        TEST(files_are_stale_when_they_have_changed_and_are_still),
        TEST(files_that_were_refused_are_stale_when_they_change_again),
        TEST(connection_keeps_its_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
