// recipe.c - pipelines as text.
// Owner: nobody.  Thread: any.
//
// Colours: a browser decodes VP8 as BT.601 with limited range, whatever the encoder used, and H.264
// as its VUI says (BT.601 here; x264enc takes it from the caps). So the caps ask for exactly BT.601
// with limited range. For 720 lines and more GStreamer itself would choose BT.709.
#include "media/recipe.h"

#include <string.h>

#include <glib.h>

#include "base/fallback.h"

enum {
    VIDEO_KBPS = 3072,
    AUDIO_KBPS = 128,
    MAX_FPS = 120, // for a source without a limit
    // Keyframes come when a viewer needs one, and hardly ever without a request.
    KEYFRAME_INTERVAL = 3600,
};

#define VIDEO_CONVERSION "videoconvert dither=none ! video/x-raw,format=I420,colorimetry=bt601 ! "

// Keeps the newest picture: a slow encoder skips pictures and does not fall behind.
#define VIDEO_QUEUE "queue leaky=downstream max-size-buffers=1 max-size-bytes=0 max-size-time=0 ! "

// deadline=1 and a negative cpu-used select the fixed real-time speeds. -5 is the best trade of
// quality and time (-7 and beyond fail on scrolling text). The time base is the RTP clock, since
// the frame rate is not steady.
#define VP8_ENCODER \
    "vp8enc name=" HP_RECIPE_VP8 \
    " deadline=1 cpu-used=-5 threads=%d lag-in-frames=0 end-usage=cbr " \
    "timebase=1/90000 min-quantizer=4 max-quantizer=50 undershoot=95 buffer-size=600 " \
    "buffer-initial-size=300 buffer-optimal-size=400 error-resilient=0 token-partitions=2 " \
    "keyframe-max-dist=%d target-bitrate=%d ! "

#define H264_ENCODER \
    "x264enc name=encoder tune=zerolatency speed-preset=ultrafast threads=2 byte-stream=true " \
    "aud=false bframes=0 vbv-buf-capacity=600 key-int-max=%d bitrate=%d ! " \
    "video/x-h264,profile=constrained-baseline,stream-format=byte-stream,alignment=au ! "

// A queue of sound between the thread of the device and the thread of the encoder: 200 ms, the
// newest kept.
#define OPUS_ENCODER \
    "queue leaky=downstream max-size-buffers=0 max-size-bytes=0 max-size-time=200000000 ! " \
    "audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=2 ! " \
    "opusenc name=encoder frame-size=20 inband-fec=true packet-loss-percentage=5 bitrate=%d ! "

#define SINK "appsink name=appsink"

static void
append_encoder(GString *text, const struct hp_recipe_params *params)
{
    int kbps = params->bitrate_kbps;
    int video_bps = (int) hp_fallback_apply(kbps, VIDEO_KBPS) * 1000;
    int audio_bps = (int) hp_fallback_apply(kbps, AUDIO_KBPS) * 1000;
    switch (params->codec) {
    case HP_CODEC_VP8:
        g_string_append_printf(text, VP8_ENCODER, (int) hp_fallback_apply(params->threads, 1),
                KEYFRAME_INTERVAL, video_bps);
        return;
    case HP_CODEC_H264:
        g_string_append_printf(text, H264_ENCODER, KEYFRAME_INTERVAL, video_bps / 1000);
        return;
    case HP_CODEC_OPUS:
        g_string_append_printf(text, OPUS_ENCODER, audio_bps);
        return;
    }
}

// A head that paces itself contains the limit as {fps}.
static void
append_head(GString *text, const char *head, int fps)
{
    GString *filled = g_string_new(head);
    char *limit = g_strdup_printf("%d", (int) hp_fallback_apply(fps, MAX_FPS));
    g_string_replace(filled, "{fps}", limit, 0);
    g_string_append_len(text, filled->str, (gssize) filled->len);
    g_free(limit);
    g_string_free(filled, TRUE);
}

char *
hp_recipe_build(const struct hp_recipe_params *params)
{
    GString *text = g_string_new(NULL);
    bool is_video = hp_codec_kind(params->codec) == HP_TRACK_VIDEO;
    append_head(text, params->head, params->fps);
    g_string_append(text, " ! ");
    if (is_video && params->fps > 0 && !params->is_damage_driven) {
        g_string_append_printf(text, "videorate drop-only=true max-rate=%d ! ", params->fps);
    }
    if (is_video) {
        g_string_append(text, VIDEO_CONVERSION);
    }
    if (is_video && !params->is_damage_driven) {
        g_string_append(text, VIDEO_QUEUE);
    }
    append_encoder(text, params);
    g_string_append(text, SINK);
    return g_string_free(text, FALSE);
}

static const char known_names[] =
        "{display} {device} {url} {hostname} {source} {fps} {bitrate} {width} {height}";

static bool
find_text(const struct hp_recipe_values *values, const char *name, const char **value)
{
    const struct {
        const char *name, *value;
    } texts[] = {
        { "display", values->display },
        { "device", values->device },
        { "url", values->url },
        { "hostname", values->hostname },
        { "source", values->source },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (strcmp(texts[i].name, name) == 0) {
            *value = texts[i].value;
            return true;
        }
    }
    return false;
}

static bool
find_number(const struct hp_recipe_values *values, const char *name, int *value)
{
    const struct {
        const char *name;
        int value;
    } numbers[] = {
        { "fps", values->fps },
        { "bitrate", values->bitrate_kbps },
        { "width", values->width },
        { "height", values->height },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (strcmp(numbers[i].name, name) == 0) {
            *value = numbers[i].value;
            return true;
        }
    }
    return false;
}

static bool
append_value(GString *out, const struct hp_recipe_values *values, const char *name, char **error)
{
    const char *text = NULL;
    int number = 0;
    bool is_known = find_text(values, name, &text) || find_number(values, name, &number);
    if (!is_known) {
        *error = g_strdup_printf("{%s} is no placeholder: expected one of %s", name, known_names);
        return false;
    }
    if (text == NULL && number == 0) {
        *error = g_strdup_printf("{%s} has no value here: leave it out", name);
        return false;
    }
    if (strcmp(name, "source") == 0) {
        append_head(out, text, values->fps);
    } else if (text != NULL) {
        g_string_append(out, text);
    } else {
        g_string_append_printf(out, "%d", number);
    }
    return true;
}

// Does this element with its properties, in a pipeline's text, read from a pulsesrc without a
// server?
static bool
wants_server(const char *element)
{
    static const char name[] = "pulsesrc";
    element += strspn(element, " \t\r\n");
    char after = strncmp(element, name, strlen(name)) == 0 ? element[strlen(name)] : 'x';
    size_t length = strcspn(element, "!");
    return (after == '\0' || strchr(" \t\r\n!", after) != NULL)
            && g_strstr_len(element, (gssize) length, " server=") == NULL;
}

// Adds the sound server to each such pulsesrc. Takes the text.
static char *
add_server(char *text, const char *server)
{
    char **elements = g_strsplit(text, "!", -1);
    for (char **element = elements; *element != NULL; element++) {
        if (wants_server(*element)) {
            char *with_server = g_strdup_printf("%s server=\"%s\" ", g_strchomp(*element), server);
            g_free(*element);
            *element = with_server;
        }
    }
    char *joined = g_strjoinv("!", elements);
    g_strfreev(elements);
    g_free(text);
    return joined;
}

char *
hp_recipe_fill(const char *text, const struct hp_recipe_values *values, char **error)
{
    GString *out = g_string_new(NULL);
    while (*text != '\0') {
        size_t length =
                *text == '{' ? strspn(text + 1, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;
        if (length == 0 || text[1 + length] != '}') {
            g_string_append_c(out, *text++);
            continue;
        }
        char *name = g_strndup(text + 1, length);
        bool is_filled = append_value(out, values, name, error);
        g_free(name);
        if (!is_filled) {
            g_string_free(out, TRUE);
            return NULL;
        }
        text += length + 2;
    }
    char *filled = g_string_free(out, FALSE);
    return values->sound_server == NULL ? filled : add_server(filled, values->sound_server);
}
