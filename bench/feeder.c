// feeder.c - sends the picture as RTP on UDP, for a server that takes pictures in this way (Janus).
// Owner: the process.  Thread: main.
//
//   feeder ADDRESS PORT RATE PACKETS SIZE
// RATE pictures a second of PACKETS packets with SIZE bytes of payload, VP8 in shape only: a
// payload descriptor (RFC 7741) and noise. Ends with SIGTERM.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "shape.h"
#include "wire/bytes.h"

enum {
    HEADER_SIZE = 12,
    PAYLOAD_TYPE = 96,
    CLOCK_RATE = 90000,
    NS = 1000000000,
    SSRC = 0x1234abcd,
    START_OF_PARTITION = 0x10,
    RTP_VERSION = 0x80,
    RTP_MARKER = 0x80,
};

struct feeder {
    int fd;
    unsigned rate, packets, size;
    uint16_t seq;
    uint32_t timestamp;
    uint8_t datagram[HEADER_SIZE + 65536];
};

static void
send_packet(struct feeder *feeder, bool is_first, bool is_last, bool is_keyframe)
{
    uint8_t *data = feeder->datagram;
    data[0] = RTP_VERSION;
    data[1] = (uint8_t) (PAYLOAD_TYPE | (is_last ? RTP_MARKER : 0));
    hp_bytes_put_u16(data + 2, feeder->seq++);
    hp_bytes_put_u32(data + 4, feeder->timestamp);
    hp_bytes_put_u32(data + 8, SSRC);
    data[HEADER_SIZE] = is_first ? START_OF_PARTITION : 0;
    if (is_first) {
        bench_shape_write_start(data + HEADER_SIZE + 1, is_keyframe);
    }
    // It is no error if the server does not run yet.
    if (send(feeder->fd, data, HEADER_SIZE + feeder->size, 0) < 0) {
        return;
    }
}

static void
run(struct feeder *feeder)
{
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (unsigned frame = 0;; frame++) {
        bool is_keyframe = frame % (feeder->rate * BENCH_SHAPE_KEYFRAME_S) == 0;
        feeder->timestamp += CLOCK_RATE / feeder->rate;
        for (unsigned i = 0; i < feeder->packets; i++) {
            send_packet(feeder, i == 0, i + 1 == feeder->packets, is_keyframe);
        }
        next.tv_nsec += (long) (NS / feeder->rate);
        if (next.tv_nsec >= NS) {
            next.tv_nsec -= NS;
            next.tv_sec++;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
}

int
main(int argc, char **argv)
{
    static struct feeder feeder;
    struct sockaddr_in to = { .sin_family = AF_INET };
    if (argc != 6 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
        fprintf(stderr, "usage: feeder ADDRESS PORT RATE PACKETS SIZE\n");
        return EXIT_FAILURE;
    }
    to.sin_port = htons((uint16_t) atoi(argv[2]));
    feeder.rate = (unsigned) atoi(argv[3]);
    feeder.packets = (unsigned) atoi(argv[4]);
    feeder.size = (unsigned) atoi(argv[5]);
    if (feeder.rate == 0 || feeder.packets == 0 || feeder.size < 32 || feeder.size > 1400) {
        fprintf(stderr, "feeder: numbers out of range\n");
        return EXIT_FAILURE;
    }
    bench_shape_fill(feeder.datagram, sizeof(feeder.datagram));
    feeder.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (feeder.fd < 0 || connect(feeder.fd, (struct sockaddr *) &to, sizeof(to)) != 0) {
        perror("feeder: socket");
        return EXIT_FAILURE;
    }
    run(&feeder);
    return EXIT_SUCCESS;
}
