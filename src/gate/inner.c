// inner.c - the side of a gate that libwebsockets has: what may be handed on, and the way there.
// Owner: the gate.  Thread: main.
// RFC 9112 (requests), RFC 6455 (frames).
//
//   HEAD --whole--> BODY --all handed on--> WAIT --hp_inner_next()--> HEAD
//                                            '--hp_inner_upgrade()--> FRAMES
//   any --hp_inner_stop(), frame not valid--> DEAF: nothing more is handed on
#include "gate/inner.h"

#include <errno.h>

#include <sys/socket.h>
#include <unistd.h>

#include "gate/head.h"
#include "gate/piece.h"

enum {
    PAIR_BUFFER = 64 * 1024, // bytes that the kernel keeps between the two sockets, each way
};

void
hp_inner_init(struct hp_inner *inner, struct hp_poller *poller,
        bool (*may_pass)(const char *name), hp_poller_fn fn, void *arg)
{
    *inner = (struct hp_inner){ .may_pass = may_pass };
    hp_poller_init_watch(&inner->watch, poller, -1, fn, arg);
}

bool
hp_inner_is_open(const struct hp_inner *inner)
{
    return inner->watch.fd >= 0;
}

void
hp_inner_close(struct hp_inner *inner)
{
    hp_poller_finish_watch(&inner->watch);
    if (inner->watch.fd >= 0) {
        close(inner->watch.fd);
        inner->watch.fd = -1;
    }
    hp_piece_clear(&inner->up);
}

void
hp_inner_finish(struct hp_inner *inner)
{
    hp_inner_close(inner);
    hp_piece_clear(&inner->in);
}

bool
hp_inner_open(struct hp_inner *inner, bool (*take)(void *arg, int fd), void *arg)
{
    int ends[2];
    int size = PAIR_BUFFER;
    if (hp_inner_is_open(inner)) {
        return true;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    }
    inner->watch.fd = ends[0];
    if (!take(arg, ends[1])) {
        hp_inner_close(inner);
    }
    return hp_inner_is_open(inner);
}

void
hp_inner_stop(struct hp_inner *inner)
{
    inner->state = HP_INNER_DEAF;
    hp_piece_clear(&inner->in);
    hp_piece_clear(&inner->up);
}

bool
hp_inner_put(struct hp_inner *inner, const void *data, size_t size)
{
    bool begins = inner->state == HP_INNER_HEAD && !inner->has_begun;
    hp_piece_append(&inner->in, data, size);
    inner->has_begun = inner->has_begun || begins;
    return begins;
}

bool
hp_inner_wants_input(const struct hp_inner *inner)
{
    bool is_open = inner->state == HP_INNER_HEAD || inner->state == HP_INNER_BODY
            || inner->state == HP_INNER_FRAMES;
    return is_open && !inner->is_client_done && hp_piece_size(inner->up) == 0;
}

static enum hp_inner_step
refuse(struct hp_inner *inner, int status, const char *message)
{
    inner->status = status;
    inner->message = message;
    return HP_INNER_REFUSED;
}

static void
skip_empty_line(struct hp_inner *inner)
{
    const GByteArray *in = inner->in;
    if (!inner->has_skipped && hp_piece_size(in) >= 2 && in->data[0] == '\r'
            && in->data[1] == '\n') {
        inner->has_skipped = true;
        hp_piece_drop(&inner->in, 2);
    }
}

static void
hand_on(struct hp_inner *inner, const struct hp_head *head)
{
    bool has_body = head->length > 0 && !hp_head_is_upgrade(head);
    inner->up = g_byte_array_new();
    hp_head_write(head, inner->may_pass, inner->up);
    inner->body_left = head->length;
    inner->state = has_body ? HP_INNER_BODY : HP_INNER_WAIT;
    inner->is_answered = false;
}

static enum hp_inner_step
take_head(struct hp_inner *inner)
{
    int status;
    skip_empty_line(inner);
    size_t in_size = hp_piece_size(inner->in);
    if (in_size == 0) {
        return HP_INNER_NOTHING;
    }
    const char *text = (const char *) inner->in->data;
    size_t size = hp_head_find_end(text, in_size, &status);
    if (status != 0) {
        return refuse(inner, status, hp_head_message(status));
    }
    if (size == 0) {
        return inner->is_client_done
                ? refuse(inner, 400, "the connection ended before the request's head did")
                : HP_INNER_NOTHING;
    }
    struct hp_head *head = hp_head_parse(text, size);
    enum hp_inner_step step = HP_INNER_REQUEST;
    hp_piece_drop(&inner->in, size);
    if (head->status != 0) {
        step = refuse(inner, head->status, head->message);
    } else {
        hand_on(inner, head);
    }
    hp_head_destroy(head);
    return step;
}

static void
move_up(struct hp_inner *inner, size_t size)
{
    hp_piece_append(&inner->up, inner->in->data, size);
    hp_piece_drop(&inner->in, size);
}

static enum hp_inner_step
take_body(struct hp_inner *inner)
{
    size_t size = MIN(hp_piece_size(inner->in), inner->body_left);
    if (size == 0) {
        return HP_INNER_NOTHING;
    }
    move_up(inner, size);
    inner->body_left -= size;
    if (inner->body_left == 0) {
        inner->state = HP_INNER_WAIT;
    }
    return HP_INNER_MOVED;
}

// libwebsockets takes frames without a mask and some others that RFC 6455 does not allow. It gets a
// close frame in place of such a one, and answers with the same code.
static enum hp_inner_step
take_frames(struct hp_inner *inner)
{
    static const uint8_t close_1002[] = { 0x88, 0x82, 0, 0, 0, 0, 1002 >> 8, 1002 & 0xff };
    size_t size = hp_piece_size(inner->in);
    if (size == 0) {
        return HP_INNER_NOTHING;
    }
    ssize_t taken = hp_frames_take(&inner->frames, inner->in->data, size);
    if (taken < 0) {
        hp_inner_stop(inner);
        hp_piece_append(&inner->up, close_1002, sizeof(close_1002));
        return HP_INNER_BROKEN;
    }
    if (taken > 0) {
        move_up(inner, (size_t) taken);
    }
    if (inner->frames.is_closed && inner->frames.left == 0) {
        inner->state = HP_INNER_DEAF; // what follows a close frame is not read
        hp_piece_clear(&inner->in);
    }
    return taken > 0 ? HP_INNER_MOVED : HP_INNER_NOTHING;
}

enum hp_inner_step
hp_inner_take(struct hp_inner *inner)
{
    switch (inner->state) {
    case HP_INNER_HEAD: return take_head(inner);
    case HP_INNER_BODY: return take_body(inner);
    case HP_INNER_FRAMES: return take_frames(inner);
    case HP_INNER_WAIT:
    case HP_INNER_DEAF: return HP_INNER_NOTHING;
    }
    return HP_INNER_NOTHING;
}

int
hp_inner_flush(struct hp_inner *inner)
{
    while (hp_piece_size(inner->up) > 0) {
        ssize_t count = send(inner->watch.fd, inner->up->data, inner->up->len,
                MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count > 0) {
            hp_piece_drop(&inner->up, (size_t) count);
        } else if (errno == EAGAIN) {
            return 0;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 1;
}

bool
hp_inner_is_done(const struct hp_inner *inner)
{
    bool has_more = inner->state == HP_INNER_HEAD && hp_piece_size(inner->in) > 0;
    return inner->is_client_done && !has_more && inner->state != HP_INNER_WAIT;
}

void
hp_inner_tell_end(struct hp_inner *inner)
{
    shutdown(inner->watch.fd, SHUT_WR);
}

ssize_t
hp_inner_recv(struct hp_inner *inner, void *data, size_t size)
{
    if (!hp_inner_is_open(inner)) {
        return 0;
    }
    ssize_t count = recv(inner->watch.fd, data, size, MSG_DONTWAIT);
    if (count > 0) {
        inner->is_answered = true;
        return count;
    }
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

bool
hp_inner_has_open_request(const struct hp_inner *inner)
{
    bool is_open = inner->state == HP_INNER_BODY
            || (inner->state == HP_INNER_WAIT && !inner->is_client_done);
    return is_open && !inner->is_answered;
}

void
hp_inner_watch(struct hp_inner *inner, bool wants_answer)
{
    if (hp_inner_is_open(inner)) {
        hp_poller_set(&inner->watch, (wants_answer ? EPOLLIN : 0u)
                        | (hp_piece_size(inner->up) > 0 ? EPOLLOUT : 0u));
    }
}

void
hp_inner_next(struct hp_inner *inner)
{
    inner->state = HP_INNER_HEAD;
    inner->has_skipped = false;
    inner->has_begun = hp_piece_size(inner->in) > 0;
}

void
hp_inner_upgrade(struct hp_inner *inner)
{
    inner->state = HP_INNER_FRAMES;
}
