// main.c - the command.
// Thread: main.
#include <signal.h>
#include <stdlib.h>

#include "app/app.h"
#include "app/setup.h"
#include "media/media.h"

int
main(int argument_count, char **arguments)
{
    struct hp_setup setup;
    signal(SIGPIPE, SIG_IGN);
    if (!hp_media_init()) { // plugins register elements when they are loaded
        return EXIT_FAILURE;
    }
    int status = hp_setup_init(&setup, argument_count, arguments);
    if (status == 0 && !hp_setup_act(&setup)) {
        hp_setup_log_notes(&setup);
        struct hp_app *app = hp_app_create(&setup);
        if (app != NULL) {
            hp_app_run(app);
        }
        status = app == NULL ? EXIT_FAILURE : EXIT_SUCCESS;
        hp_app_destroy(app);
    }
    hp_setup_finish(&setup);
    return status;
}
