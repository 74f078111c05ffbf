// rest.h - the JSON requests of Neko's v3 protocol: login, logout, whoami, control. Main thread.
#pragma once

struct hp_http;
struct hp_rest;
struct hp_request;
struct hp_room;
struct hp_session;
struct hp_worker;

// Adds the routes. Owner: app, which destroys it when `http` sends no more answers.
struct hp_rest *hp_rest_create(
        struct hp_http *http, struct hp_worker *home, struct hp_room *room);
void hp_rest_destroy(struct hp_rest *rest);

// Finds the session of a request's token, and counts the request. NULL: it has been answered, with
// 401, 403, 429 when the session asks too often, or, when `room` is NULL since it has ended, 503.
struct hp_session *hp_rest_authenticate(struct hp_room *room, struct hp_request *request);

// The room has ended (call this in the room's done(); NULL is fine): every request gets a 503.
void hp_rest_close(struct hp_rest *rest);
