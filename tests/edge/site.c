// site.c - the server of some tests: a page, routes that echo, tell and keep requests.
#include "edge/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fixture/fake_time.h"

struct hp_request *site_kept;

void
site_echo(void *arg, struct hp_request *request)
{
    size_t size;
    const char *body = hp_request_body(request, &size);
    (void) arg;
    hp_request_reply(request, 200, "text/plain", body, size);
}

static void
tell(void *arg, struct hp_request *request)
{
    (void) arg;
    const char *token = hp_request_token(request);
    const char *name = hp_request_query(request, "name");
    hp_request_reply_json(request, 200,
            json_pack("{s:s, s:s, s:s}", "address", hp_request_address(request), "token", token == NULL ? "" : token, "name",
                    name == NULL ? "" : name));
}

static void
keep(void *arg, struct hp_request *request)
{
    (void) arg;
    site_kept = request;
}

int
site_setup(void **state)
{
    struct server *server = g_new0(struct server, 1);
    server_init(server);
    server_write_file(server, "index.html", "<p>hello", 8);
    *state = server;
    site_kept = NULL;
    return 0;
}

int
site_teardown(void **state)
{
    fake_time_end();
    server_finish(*state);
    g_free(*state);
    return 0;
}

uint16_t
site_start(struct server *server)
{
    server_start(server);
    hp_http_add_route(server->http, "POST", "/api/echo", MAX_BODY, site_echo, NULL);
    hp_http_add_route(server->http, "GET", "/api/tell", 0, tell, NULL);
    hp_http_add_route(server->http, "GET", "/api/later", 0, keep, NULL);
    hp_http_add_route(server->http, "POST", "/api/later", MAX_BODY, keep, NULL);
    return hp_http_port(server->http);
}

bool
site_body_is(const struct answer *answer, const char *text)
{
    return answer->body->len == strlen(text) && memcmp(answer->body->data, text, strlen(text)) == 0;
}

// Sends raw text and returns the status of the answer; 0: closed without one. Checks that the
// server closes afterwards.
int
site_refusal(uint16_t port, const char *text)
{
    struct client client = client_connect(port);
    client_print(&client, "%s", text);
    struct answer answer = client_read_answer(&client, true);
    int status = answer.status;
    answer_free(&answer);
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    assert_int_equal(client.in->len, 0); // nothing was answered twice
    client_close(&client);
    return status;
}

bool
site_has_kept(void *arg)
{
    (void) arg;
    return site_kept != NULL;
}

bool
site_rests(void)
{
    enum {
        LOOKS = 200
    };
    int64_t end_us = hp_clock_now_us() + CLIENT_WAIT_MS * 1000;
    unsigned turns = LOOKS;
    while (turns > LOOKS / 10 && hp_clock_now_us() < end_us) {
        turns = 0;
        for (int i = 0; i < LOOKS; i++) {
            turns += g_main_context_iteration(NULL, FALSE) ? 1 : 0;
            g_usleep(100);
        }
    }
    return turns <= LOOKS / 10;
}
