// retrieval.c - our public address as an HTTP server outside sees it.
// Owner: hp_reach.  Thread: home; the asking itself runs in a job.
#include "reach/retrieval.h"

#include <assert.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "reach"
#include "base/job.h"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "fetch/fetch.h"

enum {
    TIMEOUT_US = 10 * 1000 * 1000,
    FIRST_S = 5, // STUN servers answer sooner, or not at all
    RETRY_MIN_S = 60,
    AGAIN_S = 3600, // also the longest time to the next try
};

struct ask {
    struct hp_retrieval *retrieval; // NULL: it has ended, or what it asks for is not wanted
    void (*run)(const char *url, int64_t timeout_us, struct hp_fetch_result *result);
    char *url;
    struct hp_fetch_result result;
};

struct hp_retrieval {
    struct hp_retrieval_params params;
    char *url;
    char *host; // for logs: what follows may be a secret
    bool is_wanted;
    char address[HP_ADDRESS_TEXT_SIZE]; // "": none is known
    struct hp_timer timer;
    int64_t retry_s;
    struct ask *asking; // NULL: none is under way
};

static void
wait_s(struct hp_retrieval *retrieval, int64_t seconds)
{
    hp_timer_start(&retrieval->timer, seconds * 1000 * 1000);
}

static void
take_address(struct hp_retrieval *retrieval, const char *address)
{
    retrieval->retry_s = RETRY_MIN_S;
    wait_s(retrieval, AGAIN_S);
    if (strcmp(retrieval->address, address) != 0) {
        log_info("the public address is %s, as %s sees it", address, retrieval->host);
        g_strlcpy(retrieval->address, address, sizeof(retrieval->address));
        retrieval->params.on_change(retrieval->params.arg);
    }
}

// An address that was known stays: that its server is gone does not make it wrong.
static void
note_failure(struct hp_retrieval *retrieval, const char *reason)
{
    log_warn("webrtc.ip_retrieval_url: %s does not tell the public address: %s; it is asked again "
             "in %d s",
            retrieval->host, reason, (int) retrieval->retry_s);
    wait_s(retrieval, retrieval->retry_s);
    retrieval->retry_s = MIN(retrieval->retry_s * 2, AGAIN_S);
}

static void
on_asked(void *arg)
{
    struct ask *ask = arg;
    struct hp_retrieval *retrieval = ask->retrieval;
    if (retrieval != NULL) {
        retrieval->asking = NULL;
        if (ask->result.address[0] != '\0') {
            take_address(retrieval, ask->result.address);
        } else {
            note_failure(retrieval, ask->result.error);
        }
    }
    g_free(ask->url);
    g_free(ask);
}

static void
run_ask(void *arg)
{
    struct ask *ask = arg;
    ask->run(ask->url, TIMEOUT_US, &ask->result);
}

static void
on_timer(void *arg)
{
    struct hp_retrieval *retrieval = arg;
    struct ask *ask = g_new0(struct ask, 1);
    ask->retrieval = retrieval;
    ask->run = retrieval->params.run;
    ask->url = g_strdup(retrieval->url);
    g_strlcpy(ask->result.error, "too many look-ups are under way", sizeof(ask->result.error));
    retrieval->asking = ask;
    if (!hp_jobs_run(retrieval->params.jobs, run_ask, on_asked, ask, retrieval->params.home)) {
        on_asked(ask);
    }
}

static void
stop(struct hp_retrieval *retrieval)
{
    hp_timer_stop(&retrieval->timer);
    if (retrieval->asking != NULL) {
        retrieval->asking->retrieval = NULL;
        retrieval->asking = NULL;
    }
}

struct hp_retrieval *
hp_retrieval_create(const struct hp_retrieval_params *params)
{
    struct hp_retrieval *retrieval = g_new0(struct hp_retrieval, 1);
    const char *host = strstr(params->url, "://");
    retrieval->params = *params;
    retrieval->url = g_strdup(params->url);
    host = host == NULL ? params->url : host + strlen("://");
    retrieval->host = g_strndup(host, strcspn(host, "/"));
    retrieval->retry_s = RETRY_MIN_S;
    hp_timer_init(&retrieval->timer, params->home, on_timer, retrieval);
    return retrieval;
}

void
hp_retrieval_destroy(struct hp_retrieval *retrieval)
{
    if (retrieval == NULL) {
        return;
    }
    stop(retrieval);
    g_free(retrieval->url);
    g_free(retrieval->host);
    g_free(retrieval);
}

void
hp_retrieval_want(struct hp_retrieval *retrieval, bool is_wanted)
{
    assert(hp_worker_is_current(retrieval->params.home));
    if (is_wanted == retrieval->is_wanted) {
        return;
    }
    retrieval->is_wanted = is_wanted;
    stop(retrieval);
    if (is_wanted) {
        wait_s(retrieval, FIRST_S);
    } else {
        retrieval->address[0] = '\0';
    }
}

void
hp_retrieval_renew(struct hp_retrieval *retrieval)
{
    if (retrieval->is_wanted) {
        stop(retrieval);
        retrieval->address[0] = '\0'; // of the network before; the server may be out of reach here
        retrieval->retry_s = RETRY_MIN_S;
        wait_s(retrieval, FIRST_S);
    }
}

bool
hp_retrieval_get(const struct hp_retrieval *retrieval, char address[HP_ADDRESS_TEXT_SIZE])
{
    g_strlcpy(address, retrieval->address, HP_ADDRESS_TEXT_SIZE);
    return address[0] != '\0';
}
