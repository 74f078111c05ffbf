// sdp.c - a session description: creates, destroys and searches it.
// Owner: its creator.  Thread: any, one at a time.
#include "wire/sdp.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <glib.h>

enum {
    TEXTS_BLOCK_SIZE = 4096,
    DISCARD_PORT = 9
};

struct hp_sdp *
hp_sdp_create(void)
{
    struct hp_sdp *sdp = g_new0(struct hp_sdp, 1);
    sdp->texts = g_string_chunk_new(TEXTS_BLOCK_SIZE);
    return sdp;
}

void
hp_sdp_destroy(struct hp_sdp *sdp)
{
    if (sdp == NULL) {
        return;
    }
    g_string_chunk_free(sdp->texts);
    g_free(sdp->media);
    g_free(sdp);
}

const char *
hp_sdp_keep(struct hp_sdp *sdp, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    const char *kept = g_string_chunk_insert(sdp->texts, text);
    g_free(text);
    return kept;
}

struct hp_sdp_media *
hp_sdp_append_media(struct hp_sdp *sdp, const struct hp_sdp_media *media)
{
    sdp->media = g_renew(struct hp_sdp_media, sdp->media, sdp->media_count + 1);
    sdp->media[sdp->media_count] = *media;
    return &sdp->media[sdp->media_count++];
}

struct hp_sdp_media *
hp_sdp_add_media(struct hp_sdp *sdp, enum hp_sdp_kind kind, const char *mid)
{
    if (sdp->media_count == HP_SDP_MEDIA_MAX) {
        return NULL;
    }
    struct hp_sdp_media *media = hp_sdp_append_media(sdp, &(struct hp_sdp_media){ 0 });
    media->kind = kind;
    media->port = DISCARD_PORT;
    media->proto = kind == HP_SDP_APPLICATION ? "UDP/DTLS/SCTP" : "UDP/TLS/RTP/SAVPF";
    media->mid = mid != NULL ? hp_sdp_keep(sdp, "%s", mid) : NULL;
    return media;
}

const struct hp_sdp_media *
hp_sdp_find_media(const struct hp_sdp *sdp, const char *mid)
{
    for (unsigned i = 0; i < sdp->media_count; i++) {
        if (g_strcmp0(sdp->media[i].mid, mid) == 0) {
            return &sdp->media[i];
        }
    }
    return NULL;
}

bool
hp_sdp_media_is_rejected(const struct hp_sdp_media *media)
{
    return media->port == 0 && !media->is_bundle_only;
}

bool
hp_sdp_is_bundled(const struct hp_sdp *sdp, const char *mid)
{
    for (unsigned i = 0; i < sdp->bundle_count; i++) {
        if (g_strcmp0(sdp->bundle[i], mid) == 0) {
            return true;
        }
    }
    return false;
}

const struct hp_sdp_codec *
hp_sdp_find_codec(const struct hp_sdp_media *media, int payload_type)
{
    for (unsigned i = 0; i < media->codec_count; i++) {
        if (media->codecs[i].payload_type == payload_type) {
            return &media->codecs[i];
        }
    }
    return NULL;
}

const struct hp_sdp_codec *
hp_sdp_find_rtx(const struct hp_sdp_media *media, int payload_type)
{
    for (unsigned i = 0; i < media->codec_count; i++) {
        const struct hp_sdp_codec *codec = &media->codecs[i];
        bool is_rtx = codec->name != NULL && strcasecmp(codec->name, "rtx") == 0;
        if (is_rtx && codec->apt == payload_type) {
            return codec;
        }
    }
    return NULL;
}

uint16_t
hp_sdp_find_extmap(const struct hp_sdp_media *media, const char *uri)
{
    for (unsigned i = 0; i < media->extmap_count; i++) {
        if (strcmp(media->extmaps[i].uri, uri) == 0) {
            return media->extmaps[i].id;
        }
    }
    return 0;
}

bool
hp_sdp_fmtp_get(const char *fmtp, const char *name, char *value, size_t value_size)
{
    size_t name_size = strlen(name);
    while (fmtp != NULL && *fmtp != '\0') {
        fmtp += strspn(fmtp, "; \t");
        size_t size = strcspn(fmtp, ";");
        bool is_it = size > name_size && fmtp[name_size] == '='
                && strncasecmp(fmtp, name, name_size) == 0;
        if (is_it) {
            const char *start = fmtp + name_size + 1;
            size_t length = size - name_size - 1;
            while (length > 0 && start[length - 1] == ' ') {
                length--;
            }
            if (length >= value_size) {
                return false;
            }
            memcpy(value, start, length);
            value[length] = '\0';
            return true;
        }
        fmtp += size;
    }
    return false;
}

bool
hp_sdp_codec_h264(const struct hp_sdp_codec *codec, struct hp_sdp_h264 *h264)
{
    char value[8];
    // RFC 6184 section 8.1: without profile-level-id, Baseline at level 1.
    *h264 = (struct hp_sdp_h264){ .profile_idc = 66, .level_idc = 10 };
    if (hp_sdp_fmtp_get(codec->fmtp, "profile-level-id", value, sizeof(value))) {
        char *end;
        unsigned long number = strtoul(value, &end, 16);
        if (strlen(value) != 6 || *end != '\0' || !g_ascii_isxdigit(value[0])) {
            return false;
        }
        h264->profile_idc = (uint8_t) (number >> 16);
        h264->profile_iop = (uint8_t) (number >> 8);
        h264->level_idc = (uint8_t) number;
    }
    if (hp_sdp_fmtp_get(codec->fmtp, "packetization-mode", value, sizeof(value))) {
        if (value[0] < '0' || value[0] > '2' || value[1] != '\0') {
            return false;
        }
        h264->packetization_mode = (unsigned) (value[0] - '0');
    }
    h264->has_level_asymmetry =
            hp_sdp_fmtp_get(codec->fmtp, "level-asymmetry-allowed", value, sizeof(value))
            && strcmp(value, "1") == 0;
    return true;
}
