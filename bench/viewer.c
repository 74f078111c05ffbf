// viewer.c - the media side of one simulated browser: ICE, DTLS, SRTP, counters, receiver reports.
// Owner: the line that signals for it.  Thread: main.
//
// A viewer answers checks and makes its own, so it works with full and lite servers. Like a browser
// it is the controlled side unless the server is lite. Packets are counted by their clear header.
// Only a checking viewer decrypts, since a hundred of them would cost more than the server.
#include "viewer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <glib.h>
#include <openssl/rand.h>

#define LOG_TAG "viewer"
#include "answer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "dtls/cert.h"
#include "dtls/dtls.h"
#include "dtls/srtp.h"
#include "feedback.h"
#include "sctp/channels.h"
#include "stun.h"
#include "tally.h"
#include "wire/bytes.h"
#include "wire/candidate.h"
#include "wire/rtp.h"

enum {
    CHECK_US = 50 * 1000, // between two checks before the viewer is connected
    REPORT_US = 1000 * 1000,
    FEEDBACK_US = 100 * 1000, // as Chromium at a few Mbit/s
    FEEDBACK_SIZE_MAX = 1200,
    RECEIVE_BUFFER = 4 * 1024 * 1024,
    BATCH = 32,
    DATAGRAM_MAX = 1600,
    REMB_BPS = 50 * 1000 * 1000, // as of a viewer with plenty of bandwidth
    PRIORITY = 0x6effffff, // of a peer-reflexive candidate, RFC 8445 section 7.1.1
};

struct bench_viewer {
    struct bench_viewer_params params;
    const struct bench_shared *shared;
    struct bench_answer answer;
    char ufrag[9], password[33];
    char *username; // "theirs:ours"
    uint64_t tie_breaker;
    uint32_t ssrc; // of its reports
    int fd;
    bool has_remote, is_started, is_connected;
    struct sockaddr_in remote;
    struct hp_timer timer;
    unsigned ticks;
    struct hp_dtls *dtls;
    struct hp_srtp *srtp;
    const char *profile;
    struct hp_channels *channels; // NULL: none was agreed
    struct hp_timer feedback_timer;
    struct bench_feedback feedback;
    struct bench_tally tally;
    struct bench_counters counters;
};

static void
random_text(char *text, size_t size)
{
    static const char letters[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    RAND_bytes((uint8_t *) text, (int) size - 1);
    for (size_t i = 0; i + 1 < size; i++) {
        text[i] = letters[(uint8_t) text[i] % 64];
    }
    text[size - 1] = '\0';
}

static void
send_datagram(struct bench_viewer *viewer, const void *data, size_t size)
{
    if (!viewer->has_remote) {
        return;
    }
    // A packet that cannot be sent now is lost, as on any network: all that is sent here is
    // repeated.
    ssize_t sent = sendto(viewer->fd, data, size, MSG_DONTWAIT,
            (const struct sockaddr *) &viewer->remote, sizeof(viewer->remote));
    if (sent < 0) {
        log_debug("%d: sendto: %s", viewer->params.number, g_strerror(errno));
    }
}

static void
on_dtls_send(void *arg, const uint8_t *data, size_t size)
{
    send_datagram(arg, data, size);
}

static void
on_channels_send(void *arg, const uint8_t *data, size_t size)
{
    struct bench_viewer *viewer = arg;
    hp_dtls_send(viewer->dtls, data, size);
}

static void
on_channel(void *arg, const char *label)
{
}

static void
on_message(void *arg, const char *label, const uint8_t *data, size_t size, bool is_text)
{
    struct bench_viewer *viewer = arg;
    viewer->counters.messages++;
}

static void
on_channels_lost(void *arg, const char *reason)
{
    struct bench_viewer *viewer = arg;
    viewer->params.on_failed(viewer->params.arg, reason);
}

static void
start_channels(struct bench_viewer *viewer)
{
    static const struct hp_channels_cbs cbs = {
        .on_send = on_channels_send,
        .on_open = on_channel,
        .on_close = on_channel,
        .on_message = on_message,
        .on_lost = on_channels_lost,
    };
    struct hp_channels_params params = {
        .id = viewer->ufrag,
        .worker = viewer->shared->worker,
        .stack = viewer->shared->sctp_stack,
    };
    struct hp_channels_start start = {
        .opens_even_streams = true,
        .mtu = hp_dtls_max_data(viewer->dtls),
    };
    viewer->channels = hp_channels_create(&params, &cbs, viewer);
    hp_channels_start(viewer->channels, &start);
}

static void
send_rtcp(struct bench_viewer *viewer, const uint8_t *plain, size_t size)
{
    uint8_t out[FEEDBACK_SIZE_MAX + HP_SRTCP_OVERHEAD_MAX];
    size_t protected = hp_srtp_protect_rtcp(viewer->srtp, plain, size, out, sizeof(out));
    send_datagram(viewer, out, protected);
}

static void
on_feedback_timer(void *arg)
{
    struct bench_viewer *viewer = arg;
    uint8_t plain[FEEDBACK_SIZE_MAX];
    size_t size = bench_feedback_write(
            &viewer->feedback, viewer->ssrc, viewer->tally.ssrc, plain, sizeof(plain));
    if (size > 0) {
        send_rtcp(viewer, plain, size);
    }
    hp_timer_start(&viewer->feedback_timer, FEEDBACK_US);
}

static void
on_dtls_connected(void *arg, const struct hp_srtp_keys *keys)
{
    struct bench_viewer *viewer = arg;
    viewer->srtp = hp_srtp_create(keys);
    if (viewer->srtp == NULL) {
        viewer->params.on_failed(viewer->params.arg, "no SRTP");
        return;
    }
    viewer->profile = keys->profile == HP_SRTP_AEAD_AES_128_GCM ? "AEAD_AES_128_GCM"
                                                                : "AES_CM_128_HMAC_SHA1_80";
    viewer->is_connected = true;
    hp_timer_start(&viewer->timer, REPORT_US);
    if (viewer->answer.has_data) {
        start_channels(viewer);
    }
    if (viewer->answer.transport_ext != 0) {
        hp_timer_start(&viewer->feedback_timer, FEEDBACK_US);
    }
    viewer->params.on_connected(viewer->params.arg);
}

static void
on_dtls_data(void *arg, const uint8_t *data, size_t size)
{
    struct bench_viewer *viewer = arg;
    if (viewer->channels != NULL) {
        hp_channels_recv(viewer->channels, data, size);
    }
}

static void
on_dtls_failed(void *arg, const char *reason)
{
    struct bench_viewer *viewer = arg;
    viewer->params.on_failed(viewer->params.arg, reason);
}

static void
on_dtls_closed(void *arg)
{
    struct bench_viewer *viewer = arg;
    viewer->params.on_failed(viewer->params.arg, "the server has closed DTLS");
}

static void
start_dtls(struct bench_viewer *viewer)
{
    if (!viewer->is_started && viewer->dtls != NULL) {
        viewer->is_started = true;
        hp_dtls_start(viewer->dtls);
    }
}

static void
send_check(struct bench_viewer *viewer)
{
    uint8_t id[BENCH_STUN_ID_SIZE];
    uint8_t data[BENCH_STUN_SIZE_MAX];
    if (!viewer->has_remote || viewer->username == NULL) {
        return;
    }
    RAND_bytes(id, sizeof(id));
    struct bench_stun_check check = {
        .username = viewer->username,
        .is_controlling = viewer->answer.is_lite,
        .tie_breaker = viewer->tie_breaker,
        .priority = PRIORITY,
    };
    size_t size = bench_stun_write_request(data, id, &check, viewer->answer.remote_password);
    send_datagram(viewer, data, size);
}

static void
send_reports(struct bench_viewer *viewer)
{
    uint8_t plain[128];
    if (viewer->tally.ssrc == 0) {
        return;
    }
    ssize_t size =
            bench_tally_write_report(&viewer->tally, viewer->ssrc, REMB_BPS, plain, sizeof(plain));
    if (size > 0) {
        send_rtcp(viewer, plain, (size_t) size);
    }
}

// Reports once a second, consent checks every 2.5 s on average, as browsers do.
static void
on_timer(void *arg)
{
    struct bench_viewer *viewer = arg;
    hp_timer_start(&viewer->timer, viewer->is_connected ? REPORT_US : CHECK_US);
    if (!viewer->is_connected) {
        send_check(viewer);
        return;
    }
    unsigned tick = viewer->ticks++ % 5;
    if (tick == 0 || tick == 2) {
        send_check(viewer);
    }
    send_reports(viewer);
}

static void
handle_stun(struct bench_viewer *viewer, const uint8_t *data, size_t size,
        const struct sockaddr_in *from)
{
    struct bench_stun stun;
    uint8_t out[BENCH_STUN_SIZE_MAX];
    bool is_request = size > 1 && data[0] == 0 && data[1] == 1;
    const char *password = is_request ? viewer->password : viewer->answer.remote_password;
    if (password == NULL || bench_stun_parse(data, size, password, &stun) < 0) {
        return;
    }
    if (stun.kind == BENCH_STUN_SUCCESS && viewer->answer.is_lite) {
        start_dtls(viewer);
    }
    if (stun.kind != BENCH_STUN_REQUEST) {
        return;
    }
    bool is_new = !viewer->has_remote;
    if (is_new || stun.is_nominating) {
        viewer->remote = *from;
        viewer->has_remote = true;
    }
    size_t length = bench_stun_write_success(out, stun.id, from, viewer->password);
    sendto(viewer->fd, out, length, MSG_DONTWAIT, (const struct sockaddr *) from, sizeof(*from));
    if (is_new) {
        send_check(viewer);
    }
    if (stun.is_nominating) {
        start_dtls(viewer);
    }
}

static void
check_packet(struct bench_viewer *viewer, const uint8_t *data, size_t size)
{
    uint8_t plain[DATAGRAM_MAX];
    if (viewer->srtp == NULL) {
        return;
    }
    if (hp_srtp_unprotect(viewer->srtp, data, size, plain, sizeof(plain)) > 0) {
        viewer->counters.decrypted++;
    } else {
        viewer->counters.bad++;
    }
}

static void
handle_media(struct bench_viewer *viewer, const uint8_t *data, size_t size, int64_t now_us)
{
    if (size < 12 || hp_rtp_is_rtcp(data, size)) {
        viewer->counters.reports++;
        return;
    }
    if (viewer->params.is_checking) {
        check_packet(viewer, data, size);
    }
    if (viewer->answer.transport_ext != 0) {
        bench_feedback_add(&viewer->feedback, data, size, viewer->answer.transport_ext, now_us);
    }
    if ((data[1] & 0x7f) != viewer->answer.payload_type) {
        viewer->counters.other++;
        return;
    }
    viewer->counters.packets++;
    viewer->counters.bytes += size;
    bench_tally_add(&viewer->tally, data, now_us);
}

// RFC 7983: the first byte tells the protocol.
static void
handle_datagram(struct bench_viewer *viewer, const uint8_t *data, size_t size,
        const struct sockaddr_in *from, int64_t now_us)
{
    if (size == 0) {
        return;
    }
    if (data[0] >= 128 && data[0] < 192) {
        handle_media(viewer, data, size, now_us);
    } else if (data[0] >= 20 && data[0] < 64 && viewer->dtls != NULL) {
        hp_dtls_recv(viewer->dtls, data, size);
    } else if (data[0] < 4) {
        handle_stun(viewer, data, size, from);
    }
}

void
bench_viewer_recv(struct bench_viewer *viewer)
{
    static uint8_t buffers[BATCH][DATAGRAM_MAX]; // one thread, one call at a time
    struct sockaddr_in from[BATCH];
    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH] = { 0 };
    for (unsigned i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){ buffers[i], DATAGRAM_MAX };
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &from[i],
            .msg_namelen = sizeof(from[i]),
            .msg_iov = &parts[i],
            .msg_iovlen = 1,
        };
    }
    int count = recvmmsg(viewer->fd, messages, BATCH, MSG_DONTWAIT, NULL);
    int64_t now_us = hp_clock_now_us();
    for (int i = 0; i < count; i++) {
        handle_datagram(viewer, buffers[i], messages[i].msg_len, &from[i], now_us);
    }
}

static bool
open_socket(struct bench_viewer *viewer)
{
    struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr = viewer->shared->address };
    int size = RECEIVE_BUFFER;
    viewer->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (viewer->fd < 0 || bind(viewer->fd, (struct sockaddr *) &own, sizeof(own)) != 0) {
        return false;
    }
    if (setsockopt(viewer->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0) {
        setsockopt(viewer->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    }
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = viewer };
    return epoll_ctl(viewer->shared->epoll_fd, EPOLL_CTL_ADD, viewer->fd, &event) == 0;
}

struct bench_viewer *
bench_viewer_create(const struct bench_viewer_params *params)
{
    struct bench_viewer *viewer = g_new0(struct bench_viewer, 1);
    viewer->params = *params;
    viewer->shared = params->shared;
    random_text(viewer->ufrag, sizeof(viewer->ufrag));
    random_text(viewer->password, sizeof(viewer->password));
    RAND_bytes((uint8_t *) &viewer->tie_breaker, sizeof(viewer->tie_breaker));
    RAND_bytes((uint8_t *) &viewer->ssrc, sizeof(viewer->ssrc));
    hp_timer_init(&viewer->timer, viewer->shared->worker, on_timer, viewer);
    hp_timer_init(&viewer->feedback_timer, viewer->shared->worker, on_feedback_timer, viewer);
    if (!open_socket(viewer)) {
        log_error("%d: no socket: %s", params->number, g_strerror(errno));
        bench_viewer_destroy(viewer);
        return NULL;
    }
    return viewer;
}

void
bench_viewer_destroy(struct bench_viewer *viewer)
{
    if (viewer == NULL) {
        return;
    }
    hp_timer_stop(&viewer->timer);
    hp_timer_stop(&viewer->feedback_timer);
    hp_channels_destroy(viewer->channels);
    hp_dtls_destroy(viewer->dtls);
    hp_srtp_destroy(viewer->srtp);
    if (viewer->fd >= 0) {
        close(viewer->fd);
    }
    bench_answer_finish(&viewer->answer);
    g_free(viewer->username);
    g_free(viewer);
}

static bool
create_dtls(struct bench_viewer *viewer)
{
    const char *fingerprints[] = { viewer->answer.remote_fingerprint, NULL };
    struct hp_dtls_params params = {
        .id = viewer->ufrag,
        .worker = viewer->shared->worker,
        .context = viewer->shared->dtls_context,
        .role = HP_DTLS_CLIENT,
        .fingerprints = fingerprints,
    };
    static const struct hp_dtls_cbs cbs = {
        .on_send = on_dtls_send,
        .on_connected = on_dtls_connected,
        .on_data = on_dtls_data,
        .on_failed = on_dtls_failed,
        .on_closed = on_dtls_closed,
    };
    viewer->dtls = hp_dtls_create(&params, &cbs, viewer);
    return viewer->dtls != NULL;
}

char *
bench_viewer_answer(struct bench_viewer *viewer, const char *offer)
{
    struct sockaddr_in own;
    socklen_t size = sizeof(own);
    getsockname(viewer->fd, (struct sockaddr *) &own, &size);
    struct bench_answer_params params = {
        .ufrag = viewer->ufrag,
        .password = viewer->password,
        .fingerprint = hp_cert_fingerprint(viewer->shared->cert),
        .address = &own,
        .takes_all = viewer->shared->takes_all,
    };
    if (viewer->dtls != NULL) {
        log_error("%d: a second offer", viewer->params.number);
        return NULL;
    }
    char *text = bench_answer_make(&viewer->answer, offer, &params);
    if (text == NULL || !create_dtls(viewer)) {
        g_free(text);
        return NULL;
    }
    viewer->username = g_strdup_printf("%s:%s", viewer->answer.remote_ufrag, viewer->ufrag);
    for (unsigned i = 0; i < viewer->answer.candidates->len; i++) {
        bench_viewer_add_candidate(viewer, g_ptr_array_index(viewer->answer.candidates, i));
    }
    hp_timer_start(&viewer->timer, CHECK_US);
    return text;
}

void
bench_viewer_add_candidate(struct bench_viewer *viewer, const char *text)
{
    struct hp_candidate candidate;
    struct sockaddr_in address = { .sin_family = AF_INET };
    if (viewer->has_remote || hp_candidate_parse(text, strlen(text), &candidate) < 0
            || candidate.transport != HP_CANDIDATE_UDP || candidate.component != 1
            || inet_pton(AF_INET, candidate.address, &address.sin_addr) != 1) {
        return;
    }
    address.sin_port = htons(candidate.port);
    viewer->remote = address;
    viewer->has_remote = true;
}

struct bench_counters
bench_viewer_counters(const struct bench_viewer *viewer)
{
    struct bench_counters counters = viewer->counters;
    counters.lost = bench_tally_lost(&viewer->tally);
    return counters;
}

const char *
bench_viewer_profile(const struct bench_viewer *viewer)
{
    return viewer->profile;
}
