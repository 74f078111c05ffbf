// srtp_cipher.c - AES-128-GCM of OpenSSL for libsrtp2, as a cipher of libsrtp2's own interface.
// Debian builds libsrtp2 with NSS, whose two ciphers take 17 KB for each browser, whether packets
// come or not; here a cipher that has seen no packet is a key.
// Owner: hp_srtp.  Thread: that of the context.
// RFC 7714, NIST SP 800-38D.
#include "dtls/srtp_cipher.h"

#include <stdint.h>
#include <string.h>

#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <srtp2/cipher.h>
#include <srtp2/srtp.h>

enum {
    KEY_SIZE = 16,
    KEY_AND_SALT_SIZE = 28, // libsrtp2 names a key's size with the salt, but gives the key only
    TAG_SIZE = 16,
    SHORT_TAG_SIZE = 8, // in libsrtp2's self-tests only
};

struct gcm {
    srtp_cipher_t cipher; // the first member
    uint8_t key[KEY_SIZE]; // until `context` is made
    int tag_size;
    EVP_CIPHER_CTX *context; // NULL: no packet has come yet
};

static const srtp_cipher_type_t cipher_type;

static srtp_err_status_t
create(srtp_cipher_pointer_t *cipher, int key_size, int tag_size)
{
    if (key_size != KEY_AND_SALT_SIZE || (tag_size != TAG_SIZE && tag_size != SHORT_TAG_SIZE)) {
        return srtp_err_status_bad_param;
    }
    struct gcm *gcm = g_new0(struct gcm, 1);
    gcm->tag_size = tag_size;
    gcm->cipher = (srtp_cipher_t){
        .type = &cipher_type, .state = gcm, .key_len = key_size, .algorithm = SRTP_AES_GCM_128
    };
    *cipher = &gcm->cipher;
    return srtp_err_status_ok;
}

static srtp_err_status_t
destroy(srtp_cipher_pointer_t cipher)
{
    struct gcm *gcm = cipher->state;
    EVP_CIPHER_CTX_free(gcm->context);
    OPENSSL_cleanse(gcm->key, sizeof(gcm->key));
    g_free(gcm);
    return srtp_err_status_ok;
}

static srtp_err_status_t
set_key(void *state, const uint8_t *key)
{
    struct gcm *gcm = state;
    EVP_CIPHER_CTX_free(gcm->context);
    gcm->context = NULL;
    memcpy(gcm->key, key, KEY_SIZE);
    return srtp_err_status_ok;
}

static bool
make_context(struct gcm *gcm)
{
    gcm->context = EVP_CIPHER_CTX_new();
    if (gcm->context == NULL
            || !EVP_CipherInit_ex(gcm->context, EVP_aes_128_gcm(), NULL, gcm->key, NULL, 1)) {
        EVP_CIPHER_CTX_free(gcm->context);
        gcm->context = NULL;
        return false;
    }
    OPENSSL_cleanse(gcm->key, sizeof(gcm->key));
    return true;
}

static srtp_err_status_t
set_nonce(void *state, uint8_t *nonce, srtp_cipher_direction_t direction)
{
    struct gcm *gcm = state;
    if (direction == srtp_direction_any) {
        return srtp_err_status_bad_param;
    }
    int is_encryption = direction == srtp_direction_encrypt;
    if ((gcm->context == NULL && !make_context(gcm))
            || !EVP_CipherInit_ex(gcm->context, NULL, NULL, NULL, nonce, is_encryption)) {
        return srtp_err_status_init_fail;
    }
    return srtp_err_status_ok;
}

static srtp_err_status_t
add_clear_data(void *state, const uint8_t *data, uint32_t size)
{
    struct gcm *gcm = state;
    int done = 0;
    bool is_done = EVP_CipherUpdate(gcm->context, NULL, &done, data, (int) size);
    return is_done ? srtp_err_status_ok : srtp_err_status_algo_fail;
}

static srtp_err_status_t
encrypt(void *state, uint8_t *data, unsigned *size)
{
    struct gcm *gcm = state;
    int done = 0;
    bool is_done = EVP_CipherUpdate(gcm->context, data, &done, data, (int) *size);
    return is_done ? srtp_err_status_ok : srtp_err_status_cipher_fail;
}

static srtp_err_status_t
take_tag(void *state, uint8_t *tag, uint32_t *size)
{
    struct gcm *gcm = state;
    int done = 0;
    if (!EVP_CipherFinal_ex(gcm->context, tag, &done)
            || !EVP_CIPHER_CTX_ctrl(gcm->context, EVP_CTRL_AEAD_GET_TAG, gcm->tag_size, tag)) {
        return srtp_err_status_algo_fail;
    }
    *size = (uint32_t) gcm->tag_size;
    return srtp_err_status_ok;
}

// `data` ends with the tag, `size` counts it before and does not afterwards.
static srtp_err_status_t
decrypt(void *state, uint8_t *data, unsigned *size)
{
    struct gcm *gcm = state;
    int done = 0;
    if (*size < (unsigned) gcm->tag_size) {
        return srtp_err_status_bad_param;
    }
    unsigned plain_size = *size - (unsigned) gcm->tag_size;
    uint8_t *tag = data + plain_size;
    if (!EVP_CIPHER_CTX_ctrl(gcm->context, EVP_CTRL_AEAD_SET_TAG, gcm->tag_size, tag)
            || !EVP_CipherUpdate(gcm->context, data, &done, data, (int) plain_size)
            || !EVP_CipherFinal_ex(gcm->context, tag, &done)) {
        return srtp_err_status_auth_fail;
    }
    *size = plain_size;
    return srtp_err_status_ok;
}

// The first test case of the cipher's authors with a full tag: all zeros. libsrtp2 adds its own.
static const uint8_t zeros[KEY_AND_SALT_SIZE];
static const uint8_t sealed_zeros[] = { 0x03, 0x88, 0xda, 0xce, 0x60, 0xb6, 0xa3, 0x92, 0xf3, 0x28,
    0xc2, 0xb9, 0x71, 0xb2, 0xfe, 0x78, 0xab, 0x6e, 0x47, 0xd4, 0x2c, 0xec, 0x13, 0xbd, 0xf5, 0x3a,
    0x67, 0xb2, 0x12, 0x57, 0xbd, 0xdf };
static uint8_t zero_nonce[12];

static const srtp_cipher_test_case_t test_case = {
    .key_length_octets = KEY_AND_SALT_SIZE,
    .key = zeros,
    .idx = zero_nonce,
    .plaintext_length_octets = 16,
    .plaintext = zeros,
    .ciphertext_length_octets = sizeof(sealed_zeros),
    .ciphertext = sealed_zeros,
    .aad_length_octets = 0,
    .aad = zeros,
    .tag_length_octets = TAG_SIZE,
};

static const srtp_cipher_type_t cipher_type = {
    .alloc = create,
    .dealloc = destroy,
    .init = set_key,
    .set_aad = add_clear_data,
    .encrypt = encrypt,
    .decrypt = decrypt,
    .set_iv = set_nonce,
    .get_tag = take_tag,
    .description = "AES-128-GCM of OpenSSL",
    .test_data = &test_case,
    .id = SRTP_AES_GCM_128,
};

bool
hp_srtp_cipher_install(void)
{
    return srtp_replace_cipher_type(&cipher_type, SRTP_AES_GCM_128) == srtp_err_status_ok;
}
