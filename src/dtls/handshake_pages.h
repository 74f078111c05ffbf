// handshake_pages.h - memory for the buffer that OpenSSL keeps for the messages of a handshake: 21
// KB for the life of a DTLS connection, in case a flight has to be repeated. A connection that is
// up needs nothing of it but the address. Here the buffer has pages of its own, which go back to
// the system, while the address stays valid and reads as zeros.
#pragma once

#include <stdbool.h>

// The buffer of one connection. Embedded; all zeros at the start. The SSL goes before it does.
struct hp_handshake_pages {
    void *data; // NULL: there is none, and OpenSSL's buffer is an ordinary one
};

// Once in a process, before anything in it uses OpenSSL; else false, and all buffers are ordinary
// ones. Main thread, before there are others.
bool hp_handshake_pages_install(void);

// Between the two, OpenSSL on this thread takes the buffer of a handshake from these pages.
void hp_handshake_pages_enter(struct hp_handshake_pages *pages);
void hp_handshake_pages_leave(void);

// Gives the buffer's memory back, with what is written there. Between two calls of OpenSSL for that
// connection, when no message is half read or half written.
void hp_handshake_pages_drop(const struct hp_handshake_pages *pages);
