// pressure.c - does this machine have too few cores for what it runs?
// Owner: nobody.  Thread: any.
#include "media/pressure.h"

#include <stdio.h>

enum {
    HIGH_PERCENT = 50
};

bool
hp_pressure_is_high(const char *path)
{
    unsigned percent = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    bool is_read = fscanf(file, "some avg10=%3u", &percent) == 1;
    fclose(file);
    return is_read && percent >= HIGH_PERCENT;
}
