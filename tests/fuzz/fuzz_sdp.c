// Fuzzes hp_sdp_parse(): what is taken can be written, and then stays the same for ever.
#include "wire/sdp.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look_around(const struct hp_sdp *sdp)
{
    for (unsigned i = 0; i < sdp->media_count; i++) {
        const struct hp_sdp_media *media = &sdp->media[i];
        struct hp_sdp_h264 h264;
        hp_sdp_media_is_rejected(media);
        hp_sdp_is_bundled(sdp, media->mid);
        hp_sdp_find_extmap(media, HP_SDP_EXT_MID);
        for (unsigned c = 0; c < media->codec_count; c++) {
            hp_sdp_codec_h264(&media->codecs[c], &h264);
            hp_sdp_find_rtx(media, media->codecs[c].payload_type);
        }
    }
}

// Writes a description and reads it again. NULL: too long to be read.
static struct hp_sdp *
rewrite(const struct hp_sdp *sdp, char **text)
{
    *text = hp_sdp_write(sdp);
    if (strlen(*text) > HP_SDP_TEXT_MAX) {
        return NULL;
    }
    struct hp_sdp *again = hp_sdp_create();
    if (hp_sdp_parse(again, *text, strlen(*text)) < 0) {
        abort();
    }
    return again;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hp_sdp *sdp = hp_sdp_create();
    struct hp_sdp *again = NULL;
    struct hp_sdp *third = NULL;
    char *text = NULL;
    char *text_again = NULL;
    if (hp_sdp_parse(sdp, (const char *) data, size) >= 0) {
        look_around(sdp);
        again = rewrite(sdp, &text);
    }
    if (again != NULL) {
        third = rewrite(again, &text_again);
        if (strcmp(text, text_again) != 0) {
            abort();
        }
    }
    g_free(text);
    g_free(text_again);
    hp_sdp_destroy(third);
    hp_sdp_destroy(again);
    hp_sdp_destroy(sdp);
    return 0;
}
