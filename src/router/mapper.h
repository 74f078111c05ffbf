// mapper.h - asks the router for a mapping, and gives it back: by PCP (RFC 6887), NAT-PMP (RFC
// 6886) or UPnP-IGD. Blocks for seconds: only within a job.
#pragma once

#include "router/mapper_request.h"

void hp_mapper_run(const struct hp_mapper_request *request, struct hp_mapper_result *result);

const char *hp_mapper_name(enum hp_mapper_protocol protocol); // for logs
