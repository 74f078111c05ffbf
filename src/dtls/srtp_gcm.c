// srtp_gcm.c - outbound RTP by AES-128-GCM, straight from the shared payload into the send buffer.
// Owner: hp_srtp.  Thread: the peer's worker, always.
// RFC 3711 sections 3.3.1 (packet index) and 4.3 (key derivation), RFC 7714. libsrtp2 as Debian
// builds it encrypts through NSS, several times slower than OpenSSL.
#include "dtls/srtp_gcm.h"

#include <string.h>

#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/rtp_transport.h"

enum {
    KEY_SIZE = 16,
    BLOCK_SIZE = 16,
    TAG_SIZE = 16,
    RTP_HEADER_SIZE = 12,
    HALF_RANGE = 0x8000, // of 16-bit sequence numbers
    LABEL_KEY = 0,
    LABEL_SALT = 2,
    LABEL_OFFSET = 7, // the label is the eighth of the 14 bytes of the salt
};

// Writes the first 16 bytes of the key stream of AES in counter mode at (salt xor label).
static bool
derive(const uint8_t *master, uint8_t label, uint8_t derived[BLOCK_SIZE])
{
    static const uint8_t zeros[BLOCK_SIZE];
    uint8_t counter[BLOCK_SIZE] = { 0 };
    int size = 0;
    memcpy(counter, master + KEY_SIZE, HP_SRTP_GCM_SALT_SIZE);
    counter[LABEL_OFFSET] ^= label;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    bool is_done = cipher != NULL
            && EVP_EncryptInit_ex(cipher, EVP_aes_128_ctr(), NULL, master, counter)
            && EVP_EncryptUpdate(cipher, derived, &size, zeros, BLOCK_SIZE) && size == BLOCK_SIZE;
    EVP_CIPHER_CTX_free(cipher);
    return is_done;
}

bool
hp_srtp_gcm_init(struct hp_srtp_gcm *gcm, const uint8_t *master)
{
    uint8_t key[BLOCK_SIZE], salt[BLOCK_SIZE];
    *gcm = (struct hp_srtp_gcm){ .cipher = EVP_CIPHER_CTX_new() };
    bool is_done = gcm->cipher != NULL && derive(master, LABEL_KEY, key)
            && derive(master, LABEL_SALT, salt)
            && EVP_EncryptInit_ex(gcm->cipher, EVP_aes_128_gcm(), NULL, key, NULL);
    if (is_done) {
        memcpy(gcm->salt, salt, HP_SRTP_GCM_SALT_SIZE);
    }
    OPENSSL_cleanse(key, sizeof(key));
    OPENSSL_cleanse(salt, sizeof(salt));
    return is_done;
}

void
hp_srtp_gcm_finish(struct hp_srtp_gcm *gcm)
{
    EVP_CIPHER_CTX_free(gcm->cipher);
    OPENSSL_cleanse(gcm->salt, sizeof(gcm->salt));
}

static struct hp_srtp_gcm_stream *
get_stream(struct hp_srtp_gcm *gcm, uint32_t ssrc, uint16_t number)
{
    for (unsigned i = 0; i < gcm->stream_count; i++) {
        if (gcm->streams[i].ssrc == ssrc) {
            return &gcm->streams[i];
        }
    }
    if (gcm->stream_count == HP_SRTP_SSRCS_MAX) {
        return NULL;
    }
    struct hp_srtp_gcm_stream *stream = &gcm->streams[gcm->stream_count++];
    *stream = (struct hp_srtp_gcm_stream){ .ssrc = ssrc, .highest = number };
    return stream;
}

// Counts the roll-overs of a number at its own time: a number may be an old one that is sent again.
static uint32_t
count_roll_overs(struct hp_srtp_gcm_stream *stream, uint16_t number)
{
    uint32_t roll_overs = stream->roll_overs;
    if (stream->highest < HALF_RANGE) {
        bool is_before_last = number - stream->highest > HALF_RANGE && roll_overs > 0;
        if (is_before_last) {
            return roll_overs - 1;
        }
    } else if (stream->highest - HALF_RANGE > number) {
        roll_overs++;
    }
    if (roll_overs > stream->roll_overs || number > stream->highest) {
        stream->roll_overs = roll_overs;
        stream->highest = number;
    }
    return roll_overs;
}

// RFC 7714 section 8.1: two zeros, SSRC, roll-over counter, sequence number; xor salt.
static void
write_nonce(const struct hp_srtp_gcm *gcm, const uint8_t *header, uint32_t roll_overs,
        uint8_t nonce[HP_SRTP_GCM_SALT_SIZE])
{
    uint32_t roll_overs_be = GUINT32_TO_BE(roll_overs);
    memset(nonce, 0, 2);
    memcpy(nonce + 2, header + 8, 4);
    memcpy(nonce + 6, &roll_overs_be, 4);
    memcpy(nonce + 10, header + 2, 2);
    for (unsigned i = 0; i < HP_SRTP_GCM_SALT_SIZE; i++) {
        nonce[i] ^= gcm->salt[i];
    }
}

static bool
encrypt(EVP_CIPHER_CTX *cipher, const struct hp_rtp_packet *packet, const uint8_t *nonce,
        uint8_t *out)
{
    int size = 0;
    uint8_t *body = out + packet->header_size;
    uint8_t *tag = body + packet->prefix_size + packet->payload_size;
    return EVP_EncryptInit_ex(cipher, NULL, NULL, NULL, nonce)
            && EVP_EncryptUpdate(cipher, NULL, &size, packet->header, (int) packet->header_size)
            && (packet->prefix_size == 0
                    || EVP_EncryptUpdate(
                            cipher, body, &size, packet->prefix, (int) packet->prefix_size))
            && (packet->payload_size == 0
                    || EVP_EncryptUpdate(cipher, body + packet->prefix_size, &size, packet->payload,
                            (int) packet->payload_size))
            && EVP_EncryptFinal_ex(cipher, tag, &size)
            && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag);
}

size_t
hp_srtp_gcm_protect(
        struct hp_srtp_gcm *gcm, const struct hp_rtp_packet *packet, uint8_t *out, size_t capacity)
{
    size_t size = packet->header_size + packet->prefix_size + packet->payload_size + TAG_SIZE;
    if (packet->header_size < RTP_HEADER_SIZE || size > capacity || size > UINT16_MAX) {
        return 0;
    }
    const uint8_t *header = packet->header;
    uint16_t number = (uint16_t) (header[2] << 8 | header[3]);
    uint32_t ssrc;
    memcpy(&ssrc, header + 8, sizeof(ssrc));
    struct hp_srtp_gcm_stream *stream = get_stream(gcm, ssrc, number);
    if (stream == NULL) {
        return 0;
    }
    uint8_t nonce[HP_SRTP_GCM_SALT_SIZE];
    write_nonce(gcm, header, count_roll_overs(stream, number), nonce);
    memcpy(out, header, packet->header_size);
    return encrypt(gcm->cipher, packet, nonce, out) ? size : 0;
}
