// Tests of gate/stream.c and gate/tls_context.c: what a client of TLS may do to us. Both ends are
// sockets of the test.
#include "gate/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/worker.h"
#include "gate/poller.h"
#include "gate/tls.h"
#include "gate/tls_context.h"

enum {
    TURNS = 2000, // of the loop, at most
    FLOOD = 500, // updates that no honest client sends
};

struct line {
    char *folder, *cert, *key;
    struct hp_worker *main;
    struct hp_poller *poller;
    struct hp_tls_context *tls;
    struct hp_stream *stream;
    SSL_CTX *client_context;
    SSL *client;
    bool is_over; // the stream has told that no more will come
    unsigned reads;
    GString *read;
};

static void
on_stream_event(void *arg, unsigned events)
{
    struct line *line = arg;
    uint8_t data[HP_STREAM_READ_SIZE];
    if (events & HP_STREAM_BROKEN) {
        line->is_over = true;
    } else if (events & HP_STREAM_READABLE) {
        int count = hp_stream_read(line->stream, data, sizeof(data));
        line->reads++;
        line->is_over = count < 0;
        g_string_append_len(line->read, (const char *) data, MAX(count, 0));
    }
    hp_stream_watch(line->stream, line->is_over ? 0 : HP_STREAM_READABLE, false);
}

static void
turn(struct line *line)
{
    for (int i = 0; i < TURNS && g_main_context_iteration(hp_worker_context(line->main), FALSE);
            i++) {
    }
}

// The certificate is self-signed, and nobody asks for more here.
static void
greet(struct line *line)
{
    for (int i = 0; i < TURNS && !SSL_is_init_finished(line->client); i++) {
        SSL_do_handshake(line->client);
        turn(line);
    }
    assert_true(SSL_is_init_finished(line->client));
    turn(line);
}

static int
setup(void **state)
{
    struct line *line = g_new0(struct line, 1);
    int ends[2];
    line->folder = g_dir_make_tmp("hairpin-stream-XXXXXX", NULL);
    assert_true(hp_tls_find_files(NULL, "", line->folder, &line->cert, &line->key));
    line->main = hp_worker_create_main();
    line->poller = hp_poller_create(line->main);
    line->tls = hp_tls_context_create(line->cert, line->key);
    line->read = g_string_new(NULL);
    assert_int_equal(
            socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    line->stream = hp_stream_create(line->poller, ends[0], hp_tls_context_open(line->tls),
            on_stream_event, line);
    hp_stream_watch(line->stream, HP_STREAM_READABLE, false);
    line->client_context = SSL_CTX_new(TLS_client_method());
    line->client = SSL_new(line->client_context);
    SSL_set_fd(line->client, ends[1]);
    SSL_set_connect_state(line->client);
    greet(line);
    *state = line;
    return 0;
}

static int
teardown(void **state)
{
    struct line *line = *state;
    hp_stream_destroy(line->stream);
    close(SSL_get_fd(line->client));
    SSL_free(line->client);
    SSL_CTX_free(line->client_context);
    hp_tls_context_destroy(line->tls);
    hp_poller_destroy(line->poller);
    hp_worker_destroy(line->main);
    g_string_free(line->read, TRUE);
    g_unlink(line->cert);
    g_unlink(line->key);
    g_rmdir(line->folder);
    g_free(line->cert);
    g_free(line->key);
    g_free(line->folder);
    g_free(line);
    return 0;
}

static void
update_keys(struct line *line, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(SSL_key_update(line->client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(line->client), 1);
    }
}

static void
say(struct line *line, const char *text)
{
    assert_int_equal(SSL_write(line->client, text, (int) strlen(text)), strlen(text));
    turn(line);
}

static void
keys_may_change(void **state)
{
    struct line *line = *state;
    say(line, "before");
    update_keys(line, 3);
    say(line, " after");
    assert_string_equal(line->read->str, "before after");
    assert_false(line->is_over);
}

// Each change costs us a record and brings nothing: a client could keep the loop busy for ever.
static void
client_that_only_changes_keys_is_cut(void **state)
{
    struct line *line = *state;
    for (unsigned i = 0; i < FLOOD && !line->is_over; i++) {
        update_keys(line, 1);
        turn(line);
    }
    assert_true(line->is_over);
    assert_in_range(line->reads, 2, FLOOD / 4);
}

// One event of a flood takes one record, so that the loop serves others in between.
static void
event_takes_one_record(void **state)
{
    struct line *line = *state;
    unsigned before = line->reads;
    update_keys(line, 10);
    turn(line);
    assert_int_equal(line->reads - before, 10);
    assert_false(line->is_over);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_may_change, setup, teardown),
        cmocka_unit_test_setup_teardown(client_that_only_changes_keys_is_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(event_takes_one_record, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
