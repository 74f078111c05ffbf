// samples.h - what documentation and sample files write where a value of one's own belongs. Pure.
#pragma once

#include <stdbool.h>

// Is it YOUR_IP, x.x.x.x, 192.168.1.x, your.server.example or the like, which nobody can look up?
bool hp_samples_has_host(const char *text);

// Is it ${PASSWORD}, <password>, changeme or the like, which anyone guesses?
bool hp_samples_has_password(const char *text);
