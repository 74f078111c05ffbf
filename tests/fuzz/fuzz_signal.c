// Fuzzes what a browser says on its WebSocket: every line is a message, in a whole room of fakes.
#include <stdint.h>
#include <string.h>

#include "dialect/signal.h"
#include "fake_sockets.h"
#include "house.h"

enum {
    MAX_MESSAGES = 64
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct house *house = house_create(0, NULL);
    struct hp_signal *signal = hp_signal_create(NULL, house->main, house->room, NULL);
    struct hp_session *admin = house_login(house, "admin");
    struct hp_ws *ws = fake_ws_open(admin->token);
    char *text = g_strndup((const char *) data, size);
    char **lines = g_strsplit(text, "\n", MAX_MESSAGES);
    for (char **line = lines; *line != NULL; line++) {
        if (g_utf8_validate(*line, -1, NULL)) { // the WebSocket lets nothing else through
            fake_ws_say(ws, *line);
            house_pump(house);
        }
    }
    fake_ws_close(ws, size % 2 == 0 ? HP_WS_GOODBYE : HP_WS_PAGE_GONE);
    house_close(house);
    hp_signal_destroy(signal);
    house_destroy(house);
    g_strfreev(lines);
    g_free(text);
    return 0;
}
