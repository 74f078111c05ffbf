// sdp_parse.c - parses a session description line by line.
// Owner: none, pure.  Thread: any.
// The text is copied once into the description's own memory and cut in place: the structs point
// into the copy.
#include "wire/sdp.h"

#include <string.h>

#include <glib.h>

#include "wire/sdp_scan.h"

// Reads the payload types of an m-line, in order; does not change `formats`.
static bool
parse_payload_types(struct hp_sdp_parser *parser, struct hp_sdp_media *media, char *formats)
{
    char *at = hp_sdp_skip_spaces(formats);
    while (*at != '\0') {
        uint64_t number;
        bool is_fine = hp_sdp_take_number(&at, HP_SDP_PAYLOAD_TYPE_MAX, &number)
                && (*at == ' ' || *at == '\t' || *at == '\0');
        if (!is_fine) {
            return hp_sdp_fail(
                    parser, "m=: expected payload types of at most %d", HP_SDP_PAYLOAD_TYPE_MAX);
        }
        bool is_new = hp_sdp_find_codec(media, (int) number) == NULL;
        if (is_new && media->codec_count < HP_SDP_CODECS_MAX) {
            struct hp_sdp_codec *codec = &media->codecs[media->codec_count++];
            codec->payload_type = (uint8_t) number;
            codec->apt = -1;
        }
        at = hp_sdp_skip_spaces(at);
    }
    return true;
}

static enum hp_sdp_kind
find_kind(const char *name)
{
    static const char *const names[] = { "audio", "video", "application" };
    int kind = hp_sdp_find_name(names, G_N_ELEMENTS(names), name);
    return kind >= 0 ? (enum hp_sdp_kind) kind : HP_SDP_OTHER;
}

static bool
parse_media(struct hp_sdp_parser *parser, char *text)
{
    struct hp_sdp *sdp = parser->sdp;
    const char *kind = hp_sdp_take_word(&text);
    char *port_text = hp_sdp_take_word(&text);
    const char *proto = hp_sdp_take_word(&text);
    char *formats = hp_sdp_skip_spaces(text);
    uint64_t port;
    if (kind == NULL || port_text == NULL || proto == NULL || *formats == '\0') {
        return hp_sdp_fail(parser, "m=: expected KIND PORT PROTOCOL FORMATS");
    }
    bool has_port = hp_sdp_take_number(&port_text, UINT16_MAX, &port)
            && (*port_text == '\0' || *port_text == '/');
    if (!has_port) {
        return hp_sdp_fail(parser, "m=: expected a port");
    }
    if (sdp->media_count == HP_SDP_MEDIA_MAX) {
        return hp_sdp_fail(parser, "m=: expected at most %d lines", HP_SDP_MEDIA_MAX);
    }
    struct hp_sdp_media *media = hp_sdp_append_media(sdp, parser->session);
    media->kind = find_kind(kind);
    media->kind_name = kind;
    media->port = (uint16_t) port;
    media->proto = proto;
    media->formats = formats;
    parser->media = media;
    bool is_rtp = media->kind <= HP_SDP_VIDEO && strstr(proto, "RTP/") != NULL;
    return !is_rtp || parse_payload_types(parser, media, formats);
}

static bool
parse_line(struct hp_sdp_parser *parser, char *line)
{
    char type = line[0];
    if (!g_ascii_islower(type) || line[1] != '=') {
        return hp_sdp_fail(parser, "expected a letter and an equals sign");
    }
    char *value = line + 2;
    if ((parser->line == 1) != (type == 'v')) {
        return hp_sdp_fail(parser, "v=: expected it as the first line and only there");
    }
    switch (type) {
    case 'v': return strcmp(value, "0") == 0 || hp_sdp_fail(parser, "v=: expected 0");
    case 'm': return parse_media(parser, value);
    case 'a': return hp_sdp_parse_attribute(parser, value);
    case 'c':
        (parser->media != NULL ? parser->media : parser->session)->connection = value;
        return true;
    case 'o': parser->sdp->origin = value; return true;
    case 's': parser->sdp->name = value; return true;
    default: return true; // t=, b= and others are not used
    }
}

static void
finish_codecs(struct hp_sdp_media *media)
{
    for (unsigned i = 0; i < media->codec_count; i++) {
        struct hp_sdp_codec *codec = &media->codecs[i];
        char value[8];
        bool has_apt = codec->name != NULL && g_ascii_strcasecmp(codec->name, "rtx") == 0
                && hp_sdp_fmtp_get(codec->fmtp, "apt", value, sizeof(value));
        if (has_apt) {
            char *text = value;
            uint64_t apt;
            bool is_fine =
                    hp_sdp_take_number(&text, HP_SDP_PAYLOAD_TYPE_MAX, &apt) && *text == '\0';
            codec->apt = is_fine ? (int) apt : -1;
        }
    }
}

static bool
parse_text(struct hp_sdp_parser *parser, char *text)
{
    while (*text != '\0') {
        char *line = text;
        char *end = strchrnul(line, '\n');
        text = *end == '\n' ? end + 1 : end;
        if (end > line && end[-1] == '\r') {
            end--;
        }
        *end = '\0';
        parser->line++;
        for (const char *at = line; at < end; at++) {
            if (g_ascii_iscntrl(*at) && *at != '\t') {
                return hp_sdp_fail(parser, "expected no control characters");
            }
        }
        if (!(line == end && *text == '\0') && !parse_line(parser, line)) {
            return false;
        }
    }
    return parser->line > 0 || hp_sdp_fail(parser, "expected a text, it is empty");
}

ssize_t
hp_sdp_parse(struct hp_sdp *sdp, const char *text, size_t size)
{
    struct hp_sdp_parser parser = { .sdp = sdp };
    if (size > HP_SDP_TEXT_MAX) {
        hp_sdp_fail(&parser, "expected at most %d bytes", HP_SDP_TEXT_MAX);
        return -1;
    }
    if (memchr(text, '\0', size) != NULL) {
        hp_sdp_fail(&parser, "a NUL byte");
        return -1;
    }
    char *copy = g_string_chunk_insert_len(sdp->texts, text, (gssize) size);
    parser.session = g_new0(struct hp_sdp_media, 1);
    bool is_fine = parse_text(&parser, copy);
    g_free(parser.session);
    for (unsigned i = 0; i < sdp->media_count; i++) {
        finish_codecs(&sdp->media[i]);
    }
    return is_fine ? (ssize_t) size : -1;
}
