// srtp_cipher.h - AES-128-GCM of OpenSSL for libsrtp2.
#pragma once

#include <stdbool.h>

// Puts OpenSSL's AES-128-GCM in the place of the one that libsrtp2 was built with, for all contexts
// that are made from now on. After each srtp_init(), by the one thread that calls it. False:
// libsrtp2's self-tests refuse it. RFC 7714.
bool hp_srtp_cipher_install(void);
