// stack.c - a desktop of our own: X server, sound, window manager and a program, each kept running.
// Owner: hp_desktop. Thread: the desktop's loop.
#include "stack.h"

#include <ftw.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "display.h"
#include "loop.h"
#include "manager.h"
#include "news.h"
#include "sound.h"
#include "xserver.h"

enum {
    MANAGER,
    PROGRAM,
    PROGRAM_COUNT
};

struct hp_stack {
    struct hp_stack_params params;
    char *directory;
    char *display_file;
    struct hp_xserver *xserver;
    struct hp_sound *sound;
    struct hp_child *programs[PROGRAM_COUNT]; // window manager, program; NULL: none
    bool is_awaiting_manager;
    bool is_ending;
};

// Tries the runtime directory first, which is private and in memory, then /tmp.
static char *
make_directory(struct hp_news *news)
{
    const char *parents[] = { g_getenv("XDG_RUNTIME_DIR"), g_get_tmp_dir() };
    for (size_t i = 0; i < G_N_ELEMENTS(parents); i++) {
        if (parents[i] == NULL) {
            continue;
        }
        char *path = g_build_filename(parents[i], "hairpin-desktop-XXXXXX", NULL);
        if (g_mkdtemp(path) != NULL) { // mode 0700
            return path;
        }
        g_free(path);
    }
    hp_news_log(news, HP_PLUGIN_ERROR,
            "no private directory can be made in %s: expected write access, set TMPDIR to a folder "
            "that has it",
                    g_get_tmp_dir());
    return NULL;
}

static int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    remove(path);
    return 0;
}

static void
check_ended(struct hp_stack *stack)
{
    if (!stack->is_ending || hp_xserver_is_running(stack->xserver)
            || hp_sound_is_running(stack->sound)) {
        return;
    }
    for (int i = 0; i < PROGRAM_COUNT; i++) {
        if (stack->programs[i] != NULL && hp_child_is_running(stack->programs[i])) {
            return;
        }
    }
    stack->params.on_ended(stack->params.arg);
}

static void
on_part_gone(void *arg)
{
    check_ended(arg);
}

static void
stop_programs(struct hp_stack *stack)
{
    stack->is_awaiting_manager = false;
    for (int i = 0; i < PROGRAM_COUNT; i++) {
        if (stack->programs[i] != NULL) {
            hp_child_stop(stack->programs[i]);
        }
    }
}

static void
start_program(struct hp_stack *stack)
{
    if (stack->programs[PROGRAM] != NULL && !stack->is_ending) {
        hp_child_start(stack->programs[PROGRAM]);
    }
}


static void
on_xserver_ready(void *arg, const struct hp_display *display)
{
    struct hp_stack *stack = arg;
    if (stack->is_ending) {
        return;
    }
    hp_display_write(display, stack->display_file);
    stack->params.on_ready(stack->params.arg, display);
    for (int i = 0; i < PROGRAM_COUNT; i++) {
        if (stack->programs[i] != NULL) {
            hp_child_set_variable(stack->programs[i], "DISPLAY", display->name);
        }
    }
    if (stack->programs[MANAGER] != NULL) {
        hp_child_start(stack->programs[MANAGER]);
    }
    if (stack->programs[MANAGER] == NULL || !hp_child_is_running(stack->programs[MANAGER])) {
        start_program(stack);
        return;
    }
    stack->is_awaiting_manager = true;
}

static void
on_xserver_gone(void *arg)
{
    struct hp_stack *stack = arg;
    unlink(stack->display_file);
    stop_programs(stack); // they start again with the display
    check_ended(stack);
}

static const char *
package_of(const char *program)
{
    static const char *const same[] = { "openbox", "xterm", "fluxbox", "icewm", "matchbox",
        "chromium", "firefox-esr" };
    for (size_t i = 0; i < G_N_ELEMENTS(same); i++) {
        if (strcmp(same[i], program) == 0) {
            return same[i];
        }
    }
    return NULL;
}

static bool
create_program(struct hp_stack *stack, int index, const char *option, const char *command)
{
    char **argv = NULL;
    GError *error = NULL;
    if (command[strspn(command, " ")] == '\0') {
        return true;
    }
    if (!g_shell_parse_argv(command, NULL, &argv, &error)) {
        hp_news_log(stack->params.news, HP_PLUGIN_ERROR,
                "%s = \"%s\": expected a command line: %s", option, command, error->message);
        g_error_free(error);
        return false;
    }
    struct hp_child *child = hp_child_create(&(struct hp_child_params){ .loop = stack->params.loop,
            .news = stack->params.news,
            .name = option + 8,
            .package = package_of(argv[0]),
            .argv = (const char *const *) argv,
            .on_exit = on_part_gone,
            .arg = stack });
    g_strfreev(argv);
    hp_child_set_variable(child, "XAUTHORITY", hp_xserver_get_authority(stack->xserver));
    if (hp_sound_get_server(stack->sound) != NULL) {
        hp_child_set_variable(child, "PULSE_SERVER", hp_sound_get_server(stack->sound));
    }
    stack->programs[index] = child;
    return true;
}

static bool
create_parts(struct hp_stack *stack)
{
    const struct hp_stack_params *params = &stack->params;
    stack->xserver = hp_xserver_create(&(struct hp_xserver_params){ .loop = params->loop,
            .news = params->news,
            .directory = stack->directory,
            .mode = params->mode,
            .on_ready = on_xserver_ready,
            .on_gone = on_xserver_gone,
            .arg = stack });
    if (stack->xserver == NULL) {
        return false;
    }
    stack->sound = hp_sound_create(&(struct hp_sound_params){ .loop = params->loop,
            .news = params->news,
            .device = params->audio_device,
            .directory = stack->directory,
            .on_gone = on_part_gone,
            .arg = stack });
    return create_program(stack, MANAGER, "desktop.window_manager", params->window_manager)
            && create_program(stack, PROGRAM, "desktop.program", params->program);
}

struct hp_stack *
hp_stack_create(const struct hp_stack_params *params)
{
    struct hp_stack *stack = g_new0(struct hp_stack, 1);
    stack->params = *params;
    stack->directory = make_directory(params->news);
    if (stack->directory == NULL) {
        goto fail;
    }
    stack->display_file = g_build_filename(stack->directory, "display", NULL);
    if (!create_parts(stack)) {
        goto fail;
    }
    return stack;
fail:
    hp_stack_destroy(stack);
    return NULL;
}

void
hp_stack_destroy(struct hp_stack *stack)
{
    if (stack == NULL) {
        return;
    }
    for (int i = 0; i < PROGRAM_COUNT; i++) {
        hp_child_destroy(stack->programs[i]);
    }
    hp_sound_destroy(stack->sound);
    hp_xserver_destroy(stack->xserver);
    if (stack->directory != NULL) {
        nftw(stack->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    }
    g_free(stack->display_file);
    g_free(stack->directory);
    g_free(stack);
}

void
hp_stack_start(struct hp_stack *stack)
{
    hp_sound_start(stack->sound);
    hp_xserver_start(stack->xserver);
}

void
hp_stack_handle_manager(struct hp_stack *stack, bool is_mapping)
{
    if (!stack->is_awaiting_manager) {
        return;
    }
    stack->is_awaiting_manager = false;
    if (!is_mapping) {
        hp_news_log(stack->params.news, HP_PLUGIN_WARN,
                "desktop.window_manager = \"%s\" has mapped no window in %d s, and "
                "desktop.program starts without waiting longer: expected a window manager that "
                "runs on this display",
                stack->params.window_manager, HP_MANAGER_TIMEOUT_MS / 1000);
    }
    start_program(stack);
}

void
hp_stack_restart(struct hp_stack *stack)
{
    hp_xserver_restart(stack->xserver);
}

void
hp_stack_end(struct hp_stack *stack)
{
    stack->is_ending = true;
    stop_programs(stack);
    hp_sound_stop(stack->sound);
    hp_xserver_stop(stack->xserver);
    check_ended(stack);
}

const char *
hp_stack_get_display_file(const struct hp_stack *stack)
{
    return stack->display_file;
}
