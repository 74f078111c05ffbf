// signal_scene.h - test: a room of fakes whose people come by WebSockets that keep what is said.
#pragma once

struct house;
struct hp_session;
struct hp_signal;
struct hp_ws;

struct scene {
    struct house *house;
    struct hp_signal *signal;
};

struct scene *scene_create(void);
void scene_destroy(struct scene *scene); // all sockets are closed

// Logs somebody in and opens the socket; session: NULL is fine.
struct hp_ws *enter(struct scene *scene, const char *name, struct hp_session **session);
