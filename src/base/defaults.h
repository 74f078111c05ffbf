// defaults.h - parameters that fall back to a default. Any thread.
#pragma once

// The value, or the fallback for a parameter that is 0 or negative.
#define HP_OR_DEFAULT(value, fallback) ((value) > 0 ? (value) : (fallback))
