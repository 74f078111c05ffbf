// outlet.h - writes answers and ends requests. Main thread.
#pragma once

struct hp_connection;
struct hp_request;

// The socket takes more. 0 or -1: close the connection.
int hp_outlet_on_writable(struct hp_connection *connection);
// The connection has ended. NULL is fine.
void hp_outlet_detach(struct hp_request *request);
