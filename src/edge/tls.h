// tls.h - the server's certificate: from files, or one of our own. Main thread, before it runs.
#pragma once

#include <stdbool.h>

// Finds the PEM files to use. With `cert` and `key` empty or NULL: a self-signed certificate that
// is made and kept in state_dir, renewed a month before it ends. False: the reason was logged.
// The strings are the caller's.
bool hp_tls_find_files(const char *cert, const char *key, const char *state_dir, char **cert_file,
        char **key_file);
