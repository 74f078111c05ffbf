// igd.h - a mapping by UPnP-IGD, with miniupnpc. Blocks for seconds: only within a job.
#pragma once

#include <stdbool.h>

struct hp_mapper_request;
struct hp_mapper_result;

// False: no device of the gateway's address is an IGD that is connected, or it refuses. `result`
// gets all but the protocol.
bool hp_igd_run(const struct hp_mapper_request *request, struct hp_mapper_result *result);
