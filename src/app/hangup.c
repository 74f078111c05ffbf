// hangup.c - what SIGHUP means: the terminal is gone, or "read your files again".
// Owner: main.  Thread: main.
#include "app/hangup.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

// A process whose controlling terminal has hung up has none any more. Standard error tells less: it
// may be a pipe to somebody who writes to the terminal.
static bool
is_terminal_there(void)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

void
hp_hangup_init(struct hp_hangup *hangup)
{
    struct sigaction before;
    bool is_ignored = // nohup's way
            sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler == SIG_IGN;
    hangup->has_terminal = !is_ignored && is_terminal_there();
    if (!hangup->has_terminal) {
        signal(SIGHUP, SIG_IGN); // until there is something to read again
    }
}

bool
hp_hangup_is_end(const struct hp_hangup *hangup)
{
    return hangup->has_terminal && !is_terminal_there();
}
