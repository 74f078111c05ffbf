// signal_scene.c - test: a room of fakes whose people come by WebSockets.
// Owner: a test.  Thread: the test's.
#include "signal_scene.h"

#include <glib.h>

#include "dialect/signal.h"
#include "fake_sockets.h"
#include "house.h"

struct scene *
scene_create(void)
{
    struct scene *scene = g_new0(struct scene, 1);
    scene->house = house_create(0, NULL);
    scene->signal = hp_signal_create(NULL, scene->house->main, scene->house->room, NULL);
    return scene;
}

void
scene_destroy(struct scene *scene)
{
    house_close(scene->house);
    hp_signal_destroy(scene->signal);
    house_destroy(scene->house);
    g_free(scene);
}

struct hp_ws *
enter(struct scene *scene, const char *name, struct hp_session **session)
{
    struct hp_session *made = house_login(scene->house, name);
    if (session != NULL) {
        *session = made;
    }
    return fake_ws_open(made->token);
}
