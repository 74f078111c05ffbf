// intake.h - reads HTTP requests out of the bytes that came. Main thread.
#pragma once

#include <stdbool.h>

struct hp_connection;

// Takes what has come, as far as it is the client's turn. False: close the connection.
bool hp_intake_take(struct hp_connection *connection);
// The connection's time is over: answers 408 if a request was begun, else cuts.
void hp_intake_on_deadline(struct hp_connection *connection);
