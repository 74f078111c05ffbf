// defaults.h - parameters that fall back to a default. Any thread.
#pragma once

// A parameter that was left at 0, or is negative, has its default.
#define HP_OR_DEFAULT(value, fallback) ((value) > 0 ? (value) : (fallback))
