// tls.h - the server's certificate: from configured files, or a self-signed one. Main thread.
#pragma once

#include <stdbool.h>

// Finds the PEM files to use. If `cert` and `key` are empty or NULL: a self-signed certificate,
// which is made and kept in state_dir, and renewed a month before it expires. False: the reason has
// been logged. The caller frees *cert_file and *key_file with g_free().
bool hp_tls_find_files(const char *cert, const char *key, const char *state_dir, char **cert_file,
        char **key_file);
