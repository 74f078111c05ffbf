// clipboard_body.c - the clipboard's text as the body of an answer.
// Owner: hp_clipboard_routes.  Thread: main.
#include "dialect/clipboard_body.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "plugin/plugins.h"

void
hp_clipboard_body_finish(struct hp_clipboard_body *body)
{
    g_clear_pointer(&body->json, g_bytes_unref);
}

static GBytes *
write_json(const char *text)
{
    json_t *root = json_pack("{s:s}", "text", text);
    char *json = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    return json == NULL ? NULL : g_bytes_new_with_free_func(json, strlen(json), free, json);
}

GBytes *
hp_clipboard_body_get(struct hp_clipboard_body *body, const struct hp_plugins *plugins)
{
    uint64_t number = hp_plugins_clipboard_number(plugins);
    if (body->json == NULL || body->number != number) {
        hp_clipboard_body_finish(body);
        body->json = write_json(hp_plugins_clipboard(plugins));
        body->number = number;
    }
    return body->json;
}
