// main.c - the command hairpin.
// Thread: main.
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include <sys/resource.h>

#include "app/app.h"
#include "app/hangup.h"
#include "app/setup.h"
#define LOG_TAG "app"
#include "base/log.h"
#include "media/media.h"
#include "peer/rtc.h"

enum {
    MAX_DESCRIPTORS = 65536
};

// Shells and systemd allow 1024 descriptors, which a few hundred people use up.
static void
raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < MAX_DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max < MAX_DESCRIPTORS ? limit.rlim_max : MAX_DESCRIPTORS;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int
main(int argument_count, char **arguments)
{
    struct hp_setup setup;
    struct hp_hangup hangup;
    hp_hangup_init(&hangup);
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    bool is_prepared = hp_rtc_prepare_process();
    if (!hp_media_init()) { // plugins register elements when they are loaded
        return EXIT_FAILURE;
    }
    int status = hp_setup_init(&setup, argument_count, arguments);
    if (status == 0 && !hp_setup_act(&setup, &status)) {
        hp_setup_log_notes(&setup);
        if (!is_prepared) {
            log_warn("each viewer takes 21 KB more, since a library that was loaded before (see "
                     "LD_PRELOAD) uses OpenSSL already: start hairpin without it");
        }
        struct hp_app *app = hp_app_create(&setup);
        if (app != NULL) {
            hp_app_run(app, &hangup);
        }
        status = app == NULL ? EXIT_FAILURE : EXIT_SUCCESS;
        hp_app_destroy(app);
    }
    hp_setup_finish(&setup);
    return status;
}
