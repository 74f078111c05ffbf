// outlet.h - writes answers and ends requests. Main thread.
#pragma once

#include <stdbool.h>

struct hp_connection;
struct hp_request;

// The socket takes more. False: close the connection.
bool hp_outlet_on_writable(struct hp_connection *connection);
// The connection has ended. NULL is fine.
void hp_outlet_detach(struct hp_request *request);
