// bad_path.c - test: a path that loses, repeats and reorders what is sent over it.
// Owner: a test.  Thread: the peer's worker.
#include "loop/bad_path.h"

#include <string.h>

static bool
happens(struct bad_path *bad, unsigned per_cent)
{
    bad->seed = bad->seed * 1664525u + 1013904223u;
    return (bad->seed >> 8) % 100 < per_cent;
}

static unsigned
send_one(struct bad_path *bad, const struct hp_segment *segment)
{
    return bad->inner->ops->send_run(bad->inner, segment, 1);
}

static void
release_held(struct bad_path *bad)
{
    if (bad->held_size > 0) {
        struct hp_segment segment = { .data = bad->held, .size = bad->held_size };
        bad->held_size = 0;
        send_one(bad, &segment);
    }
}

static void
mistreat(struct bad_path *bad, const struct hp_segment *segment)
{
    if (happens(bad, bad->loss)) {
        bad->lost++;
        return;
    }
    if (bad->held_size == 0 && segment->size <= sizeof(bad->held) && happens(bad, bad->reordering)) {
        memcpy(bad->held, segment->data, segment->size);
        bad->held_size = segment->size;
        return;
    }
    send_one(bad, segment);
    if (happens(bad, bad->duplication)) {
        send_one(bad, segment);
    }
    release_held(bad);
}

static unsigned
send_run(struct hp_path *path, const struct hp_segment *segments, unsigned count)
{
    struct bad_path *bad = (struct bad_path *) path;
    if (bad->on_send != NULL) {
        bad->on_send(bad->on_send_arg, segments, count);
    }
    if (bad->is_dead) {
        bad->lost += count;
        return count;
    }
    if (bad->loss + bad->duplication + bad->reordering == 0) {
        return bad->inner->ops->send_run(bad->inner, segments, count);
    }
    for (unsigned i = 0; i < count; i++) {
        mistreat(bad, &segments[i]);
    }
    return count;
}

static size_t
max_payload(const struct hp_path *path)
{
    const struct hp_path *inner = ((const struct bad_path *) path)->inner;
    return inner->ops->max_payload(inner);
}

static enum hp_path_kind
kind(const struct hp_path *path)
{
    const struct hp_path *inner = ((const struct bad_path *) path)->inner;
    return inner->ops->kind(inner);
}

static const struct hp_path_ops path_ops = {
    .send_run = send_run, .max_payload = max_payload, .kind = kind,
};

static void
on_packet(void *arg, const uint8_t *data, size_t size)
{
    struct bad_path *bad = arg;
    if (bad->path.cbs != NULL && !bad->is_dead) {
        bad->path.cbs->on_packet(bad->path.cbs_arg, data, size);
    }
}

static void
on_writable(void *arg)
{
    struct bad_path *bad = arg;
    if (bad->path.cbs != NULL) {
        bad->path.cbs->on_writable(bad->path.cbs_arg);
    }
}

static const struct hp_path_cbs path_cbs = {
    .on_packet = on_packet, .on_writable = on_writable,
};

struct hp_path *
bad_path_wrap(struct bad_path *bad, struct hp_path *inner)
{
    bad->path.ops = &path_ops;
    bad->inner = inner;
    inner->cbs = &path_cbs;
    inner->cbs_arg = bad;
    return &bad->path;
}
