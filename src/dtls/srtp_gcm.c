// srtp_gcm.c - outbound RTP and RTCP by AES-128-GCM, RTP straight from the shared payload into the
// send buffer.
// Owner: hp_srtp.  Thread: the peer's worker, always.
// RFC 3711 sections 3.3.1 (packet index) and 4.3 (key derivation), RFC 7714. libsrtp2 as Debian
// builds it encrypts through NSS, several times slower than OpenSSL, and Intel's ipsec-mb is
// several times faster: it takes RTP where it is there.
#include "dtls/srtp_gcm.h"

#include <string.h>

#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/rtp_transport.h"
#include "dtls/srtp_mb.h"

enum {
    KEY_SIZE = 16,
    BLOCK_SIZE = 16,
    TAG_SIZE = 16,
    RTP_HEADER_SIZE = 12,
    HALF_RANGE = 0x8000, // of 16-bit sequence numbers
    LABEL_KEY = 0,
    LABEL_SALT = 2,
    LABEL_RTCP_KEY = 3,
    LABEL_RTCP_SALT = 5,
    RTCP_HEADER_SIZE = 8, // not encrypted
    RTCP_INDEX_SIZE = 4,
    LABEL_OFFSET = 7, // the label is the eighth of the 14 bytes of the salt
};

static const uint32_t IS_ENCRYPTED = 0x80000000u;
static const uint32_t RTCP_INDEX_MAX = 0x7fffffffu;

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

// NULL: out of memory.
static EVP_CIPHER_CTX *
create_cipher(const uint8_t *key)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    if (cipher != NULL && !EVP_EncryptInit_ex(cipher, EVP_aes_128_gcm(), NULL, key, NULL)) {
        EVP_CIPHER_CTX_free(cipher);
        return NULL;
    }
    return cipher;
}

// Writes the key and the salt that belong to two labels.
static bool
derive_pair(const uint8_t *master, uint8_t key_label, uint8_t salt_label, uint8_t key[BLOCK_SIZE],
        uint8_t *salt)
{
    uint8_t block[BLOCK_SIZE];
    bool is_done = derive(master, key_label, key) && derive(master, salt_label, block);
    if (is_done) {
        memcpy(salt, block, HP_SRTP_GCM_SALT_SIZE);
    }
    OPENSSL_cleanse(block, sizeof(block));
    return is_done;
}

bool
hp_srtp_gcm_init(struct hp_srtp_gcm *gcm, const uint8_t *master)
{
    uint8_t key[BLOCK_SIZE];
    *gcm = (struct hp_srtp_gcm){ 0 };
    if (derive_pair(master, LABEL_KEY, LABEL_SALT, key, gcm->salt)) {
        gcm->fast = hp_srtp_mb_create(key);
        gcm->cipher = gcm->fast == NULL ? create_cipher(key) : NULL;
    }
    if (derive_pair(master, LABEL_RTCP_KEY, LABEL_RTCP_SALT, key, gcm->rtcp_salt)) {
        gcm->rtcp_cipher = create_cipher(key);
    }
    OPENSSL_cleanse(key, sizeof(key));
    return (gcm->fast != NULL || gcm->cipher != NULL) && gcm->rtcp_cipher != NULL;
}

void
hp_srtp_gcm_finish(struct hp_srtp_gcm *gcm)
{
    hp_srtp_mb_destroy(gcm->fast);
    EVP_CIPHER_CTX_free(gcm->cipher);
    EVP_CIPHER_CTX_free(gcm->rtcp_cipher);
    OPENSSL_cleanse(gcm->salt, sizeof(gcm->salt));
    OPENSSL_cleanse(gcm->rtcp_salt, sizeof(gcm->rtcp_salt));
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
    if (gcm->fast != NULL) {
        hp_srtp_mb_encrypt(gcm->fast, packet, nonce, out);
        return size;
    }
    return encrypt(gcm->cipher, packet, nonce, out) ? size : 0;
}

// RFC 7714 section 9.1: two zeros, SSRC, two zeros, packet index; xor salt.
static void
write_rtcp_nonce(const struct hp_srtp_gcm *gcm, const uint8_t *header,
        uint8_t nonce[HP_SRTP_GCM_SALT_SIZE])
{
    uint32_t index_be = GUINT32_TO_BE(gcm->rtcp_index);
    memset(nonce, 0, HP_SRTP_GCM_SALT_SIZE);
    memcpy(nonce + 2, header + 4, 4);
    memcpy(nonce + 8, &index_be, 4);
    for (unsigned i = 0; i < HP_SRTP_GCM_SALT_SIZE; i++) {
        nonce[i] ^= gcm->rtcp_salt[i];
    }
}

// RFC 7714 section 9.2: the header and the word with the index are authenticated, the rest is
// encrypted as well.
static bool
encrypt_rtcp(EVP_CIPHER_CTX *cipher, const uint8_t *data, size_t size, const uint8_t *nonce,
        const uint8_t *word, uint8_t *out)
{
    int done = 0;
    int body_size = (int) (size - RTCP_HEADER_SIZE);
    return EVP_EncryptInit_ex(cipher, NULL, NULL, NULL, nonce)
            && EVP_EncryptUpdate(cipher, NULL, &done, data, RTCP_HEADER_SIZE)
            && EVP_EncryptUpdate(cipher, NULL, &done, word, RTCP_INDEX_SIZE)
            && (body_size == 0
                    || EVP_EncryptUpdate(cipher, out + RTCP_HEADER_SIZE, &done,
                            data + RTCP_HEADER_SIZE, body_size))
            && EVP_EncryptFinal_ex(cipher, out + size, &done)
            && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, out + size);
}

size_t
hp_srtp_gcm_protect_rtcp(
        struct hp_srtp_gcm *gcm, const uint8_t *data, size_t size, uint8_t *out, size_t capacity)
{
    size_t total = size + TAG_SIZE + RTCP_INDEX_SIZE;
    if (size < RTCP_HEADER_SIZE || total > capacity || size > UINT16_MAX
            || gcm->rtcp_index == RTCP_INDEX_MAX) {
        return 0;
    }
    gcm->rtcp_index++; // used up even if what follows fails
    uint8_t nonce[HP_SRTP_GCM_SALT_SIZE], word[RTCP_INDEX_SIZE];
    uint32_t word_be = GUINT32_TO_BE(IS_ENCRYPTED | gcm->rtcp_index);
    memcpy(word, &word_be, sizeof(word));
    write_rtcp_nonce(gcm, data, nonce);
    memcpy(out, data, RTCP_HEADER_SIZE);
    memcpy(out + size + TAG_SIZE, word, sizeof(word));
    return encrypt_rtcp(gcm->rtcp_cipher, data, size, nonce, word, out) ? total : 0;
}
