// floor.c - what the kernel and the cipher alone take for the packets of many viewers: the least
// that a server on this machine can cost.
// Owner: the process.  Thread: main; the receivers are a process of their own.
//
// One UDP socket sends what Hairpin sends, at the same moments, to as many sockets as there are
// viewers: pictures by UDP_SEGMENT, one call for each viewer; sound and positions of the pointer by
// sendmmsg, one call for all. Nothing is encrypted then. In another pass the same packets are
// encrypted, and not sent.
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <glib.h>

#include "base/gso.h"
#include "base/path.h"
#include "base/rtp_transport.h"
#include "dtls/srtp.h"

enum {
    VIEWERS_MAX = 2000,
    RATE = 30, // pictures a second, and positions
    PACKETS = 14, // of a picture
    SOUND_RATE = 50,
    PACKET_SIZE = 1156, // bytes on the wire, above UDP
    HEADER_SIZE = 20,
    TAG_SIZE = 16,
    SOUND_SIZE = 340,
    POSITION_SIZE = 98,
    SPARE = 2048,
    RECEIVE_BUFFER = 4 * 1024 * 1024,
    BATCH = 32,
    SECOND_NS = 1000000000,
};

struct floor {
    unsigned count;
    double seconds;
    int fd;
    struct sockaddr_storage places[VIEWERS_MAX];
    struct hp_srtp *srtps[VIEWERS_MAX];
    struct hp_gso gso;
    uint16_t picture_seq, sound_seq;
    uint8_t payload[PACKETS][PACKET_SIZE];
};

// What is done in a pass.
struct pass {
    bool has_sound, has_positions, is_encrypted, is_sent;
};

static int
open_socket(struct in_addr own)
{
    int size = RECEIVE_BUFFER;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = own };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof(address)) != 0) {
        perror("floor: socket");
        exit(EXIT_FAILURE);
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
    return fd;
}

// As bench/load reads: all sockets behind one epoll descriptor, a batch of each at a time.
static void
receive(const int *fds, unsigned count)
{
    static uint8_t data[BATCH][SPARE];
    struct mmsghdr messages[BATCH] = { 0 };
    struct iovec iovs[BATCH];
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0; i < BATCH; i++) {
        iovs[i] = (struct iovec){ .iov_base = data[i], .iov_len = SPARE };
        messages[i].msg_hdr.msg_iov = &iovs[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    for (unsigned i = 0; i < count; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.fd = fds[i] };
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fds[i], &event);
    }
    for (;;) {
        struct epoll_event events[BATCH];
        int ready = epoll_wait(epoll_fd, events, BATCH, -1);
        for (int i = 0; i < ready; i++) {
            while (recvmmsg(events[i].data.fd, messages, BATCH, MSG_DONTWAIT, NULL) == BATCH) {
            }
        }
    }
}

static pid_t
start_receivers(struct floor *floor, struct in_addr own)
{
    int fds[VIEWERS_MAX];
    for (unsigned i = 0; i < floor->count; i++) {
        socklen_t size = sizeof(floor->places[i]);
        fds[i] = open_socket(own);
        getsockname(fds[i], (struct sockaddr *) &floor->places[i], &size);
    }
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        receive(fds, floor->count);
    }
    for (unsigned i = 0; i < floor->count; i++) {
        close(fds[i]);
    }
    return child;
}

static size_t
protect(struct floor *floor, unsigned viewer, uint16_t seq, bool is_sound, size_t size,
        uint8_t *out)
{
    uint8_t header[HEADER_SIZE] = { 0x80, 96, (uint8_t) (seq >> 8), (uint8_t) seq };
    header[8] = is_sound;
    struct hp_rtp_packet packet = {
        .header = header,
        .header_size = HEADER_SIZE,
        .payload = floor->payload[seq % PACKETS],
        .payload_size = size - HEADER_SIZE - TAG_SIZE,
    };
    return hp_srtp_protect(floor->srtps[viewer], &packet, out, size);
}

static void
do_pictures(struct floor *floor, const struct pass *pass)
{
    static uint8_t out[PACKETS][PACKET_SIZE];
    struct hp_segment segments[PACKETS];
    for (unsigned k = 0; k < PACKETS; k++) {
        segments[k] = (struct hp_segment){ out[k], PACKET_SIZE };
    }
    for (unsigned i = 0; i < floor->count; i++) {
        for (unsigned k = 0; pass->is_encrypted && k < PACKETS; k++) {
            protect(floor, i, (uint16_t) (floor->picture_seq + k), false, PACKET_SIZE, out[k]);
        }
        if (pass->is_sent) {
            hp_gso_send(&floor->gso, floor->fd, NULL, &floor->places[i], segments, PACKETS);
        }
    }
    floor->picture_seq = (uint16_t) (floor->picture_seq + PACKETS);
}

static void
do_small(struct floor *floor, const struct pass *pass, bool is_sound)
{
    static uint8_t out[PACKET_SIZE];
    static struct mmsghdr messages[VIEWERS_MAX];
    struct iovec iov = { out, is_sound ? SOUND_SIZE : POSITION_SIZE };
    for (unsigned i = 0; i < floor->count; i++) {
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &floor->places[i],
            .msg_namelen = sizeof(struct sockaddr_in),
            .msg_iov = &iov,
            .msg_iovlen = 1,
        };
        if (pass->is_encrypted && is_sound) {
            protect(floor, i, floor->sound_seq, true, SOUND_SIZE, out);
        }
    }
    floor->sound_seq = (uint16_t) (floor->sound_seq + is_sound);
    for (unsigned done = 0; pass->is_sent && done < floor->count;) {
        int sent = sendmmsg(floor->fd, messages + done, floor->count - done, 0);
        done += sent > 0 ? (unsigned) sent : 1;
    }
}

static int64_t
read_clock(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * (int64_t) SECOND_NS + time.tv_nsec;
}

static void
wait_until(int64_t time_ns)
{
    struct timespec time = { time_ns / SECOND_NS, time_ns % SECOND_NS };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0) {
    }
}

// Returns the cores that it took.
static double
run(struct floor *floor, const struct pass *pass)
{
    int64_t begun_ns = read_clock(CLOCK_MONOTONIC), cpu_ns = read_clock(CLOCK_THREAD_CPUTIME_ID);
    int64_t end_ns = begun_ns + (int64_t) (floor->seconds * SECOND_NS);
    int64_t sound_ns = begun_ns, picture_ns = begun_ns + SECOND_NS / RATE / 2;
    int64_t position_ns = begun_ns + SECOND_NS / RATE / 4;
    while (MIN(MIN(picture_ns, sound_ns), position_ns) < end_ns) {
        wait_until(MIN(MIN(picture_ns, sound_ns), position_ns));
        int64_t now_ns = read_clock(CLOCK_MONOTONIC);
        if (now_ns >= picture_ns) {
            do_pictures(floor, pass);
            picture_ns += SECOND_NS / RATE;
        }
        if (now_ns >= sound_ns) {
            if (pass->has_sound) {
                do_small(floor, pass, true);
            }
            sound_ns += SECOND_NS / SOUND_RATE;
        }
        if (now_ns >= position_ns) {
            if (pass->has_positions) {
                do_small(floor, pass, false);
            }
            position_ns += SECOND_NS / RATE;
        }
    }
    double elapsed_ns = (double) (read_clock(CLOCK_MONOTONIC) - begun_ns);
    return (double) (read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu_ns) / elapsed_ns;
}

int
main(int argc, char **argv)
{
    static struct floor floor;
    struct in_addr own;
    bool has_gcm;
    floor.count = argc == 4 ? (unsigned) atoi(argv[2]) : 0;
    floor.seconds = argc == 4 ? atof(argv[3]) : 0;
    if (floor.count == 0 || floor.count > VIEWERS_MAX || floor.seconds <= 0
            || inet_pton(AF_INET, argv[1], &own) != 1 || !hp_srtp_hold(&has_gcm) || !has_gcm) {
        fprintf(stderr, "usage: floor ADDRESS VIEWERS SECONDS\n");
        return EXIT_FAILURE;
    }
    pid_t child = start_receivers(&floor, own);
    floor.fd = open_socket(own);
    for (unsigned i = 0; i < floor.count; i++) {
        struct hp_srtp_keys keys = { .profile = HP_SRTP_AEAD_AES_128_GCM };
        memset(keys.local, (int) i + 1, sizeof(keys.local));
        floor.srtps[i] = hp_srtp_create(&keys);
    }
    double picture = run(&floor, &(struct pass){ .is_sent = true });
    double sound = run(&floor, &(struct pass){ .is_sent = true, .has_sound = true });
    double all = run(
            &floor, &(struct pass){ .is_sent = true, .has_sound = true, .has_positions = true });
    double crypto = run(&floor, &(struct pass){ .is_encrypted = true });
    double crypto_all = run(&floor, &(struct pass){ .is_encrypted = true, .has_sound = true });
    printf("floor at N=%u: sending takes %.3f core for pictures, %.3f with sound, %.3f with "
           "positions; encrypting takes %.3f for pictures, %.3f with sound\n",
            floor.count, picture, sound, all, crypto, crypto_all);
    for (unsigned i = 0; i < floor.count; i++) {
        hp_srtp_destroy(floor.srtps[i]);
    }
    hp_srtp_release();
    kill(child, SIGKILL);
    return EXIT_SUCCESS;
}
