// intake.h - reads HTTP requests, by the events of libwebsockets. The functions return 0; -1:
// close the connection. Main thread.
#pragma once

#include <stddef.h>

struct hp_connection;

int hp_intake_begin(struct hp_connection *connection, const char *path, size_t size); // a head
int hp_intake_on_body(struct hp_connection *connection, const void *data, size_t size);
int hp_intake_on_body_end(struct hp_connection *connection);
