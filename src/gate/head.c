// head.c - the head of an HTTP request, read strictly.
// Pure.  Thread: any.
// RFC 9112 sections 2.2 (line ends), 3 (request line), 3.2 (Host), 5 (fields), 6 (length); RFC
// 3986 (paths); RFC 9110 sections 7.6.1 and 7.8 (Connection, Upgrade).
#include "gate/head.h"

#include <string.h>

#define TOKEN_CHARS \
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define HOST_CHARS \
    "-._~!$&'()*+,;=%0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum {
    MAX_LENGTH_DIGITS = 15
};

// A piece of the head.
struct span {
    const char *at;
    size_t size;
};

static bool
refuse(struct hp_head *head, int status, const char *message)
{
    head->status = status;
    head->message = message;
    return false;
}

size_t
hp_head_find_end(const char *data, size_t size, int *status)
{
    const char *line = data;
    const char *end = data + size;
    const char *feed;
    *status = 0;
    while ((feed = memchr(line, '\n', (size_t) (end - line))) != NULL) {
        if (feed == data || feed[-1] != '\r') {
            *status = 400;
            return 0;
        }
        size_t head_size = (size_t) (feed + 1 - data);
        bool is_first = line == data;
        if (is_first && head_size > HP_HEAD_LINE_MAX + 2) {
            *status = 414;
            return 0;
        }
        if (head_size > HP_HEAD_MAX) {
            break;
        }
        if (feed - line == 1 && !is_first) {
            return head_size;
        }
        line = feed + 1;
    }
    if (line == data && size > HP_HEAD_LINE_MAX + 2) {
        *status = 414;
    } else if (size > HP_HEAD_MAX) {
        *status = 431;
    }
    return 0;
}

const char *
hp_head_message(int status)
{
    return status == 414   ? "the address has more than 8192 bytes: send a shorter one"
            : status == 431 ? "the request's head has more than 16384 bytes: send shorter headers"
                            : "each line of a head ends with CR and LF";
}

static int
hex_value(char c)
{
    return g_ascii_isxdigit(c) ? g_ascii_xdigit_value(c) : -1;
}

// Decodes "%41". NULL: not valid, or a NUL.
static char *
decode(struct span text)
{
    GString *out = g_string_sized_new(text.size);
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        if (c == '%') {
            int high = i + 2 < text.size ? hex_value(text.at[i + 1]) : -1;
            int low = i + 2 < text.size ? hex_value(text.at[i + 2]) : -1;
            if (high < 0 || low < 0 || (high | low) == 0) {
                g_string_free(out, TRUE);
                return NULL;
            }
            c = (char) (high << 4 | low);
            i += 2;
        }
        g_string_append_c(out, c);
    }
    return g_string_free(out, FALSE);
}

static bool
has_control(const char *text)
{
    while (*text != '\0' && !g_ascii_iscntrl(*text)) {
        text++;
    }
    return *text != '\0';
}

static bool
check_query(struct hp_head *head, struct span text)
{
    unsigned count = 1;
    for (size_t i = 0; i < text.size; i++) {
        count += text.at[i] == '&';
    }
    if (count > HP_HEAD_MAX_PARAMS) {
        return refuse(head, 414, "the address has more than 64 parameters: send fewer");
    }
    char *decoded = decode(text);
    bool is_valid = decoded != NULL;
    bool has_line_end = is_valid && strpbrk(decoded, "\r\n") != NULL;
    g_free(decoded);
    if (!is_valid) {
        return refuse(head, 400, "the address is not valid: \"%\" needs two hex digits");
    }
    // libwebsockets ends the connection after such a request, and the next one would be lost.
    return !has_line_end || refuse(head, 400, "the address has a line end in a parameter");
}

// Programs that map a path to files must not be led out of their folder.
static bool
climbs(const char *path)
{
    for (const char *at = strstr(path, "/."); at != NULL; at = strstr(at + 1, "/.")) {
        const char *end = at[2] == '.' ? at + 3 : at + 2;
        if (*end == '/' || *end == '\0') {
            return true;
        }
    }
    return false;
}

static bool
is_host(struct span text)
{
    size_t size = 0;
    if (text.size > 0 && text.at[0] == '[') {
        const char *stop = memchr(text.at, ']', text.size);
        size = stop == NULL ? 0 : (size_t) (stop - text.at) + 1;
        for (size_t i = 1; i + 1 < size; i++) {
            if (!g_ascii_isxdigit(text.at[i]) && text.at[i] != ':' && text.at[i] != '.') {
                return false;
            }
        }
        if (size < 4) {
            return false;
        }
    } else {
        while (size < text.size && text.at[size] != '\0'
                && strchr(HOST_CHARS, text.at[size]) != NULL) {
            size++;
        }
    }
    if (size == 0 || size == text.size) {
        return size > 0;
    }
    bool is_port = text.at[size] == ':';
    for (size++; is_port && size < text.size; size++) {
        is_port = g_ascii_isdigit(text.at[size]);
    }
    return is_port;
}

// Takes "http://host" from the front of a target, which then names the host in place of Host.
static bool
take_authority(struct hp_head *head, struct span *target, char **host)
{
    static const char *const schemes[] = { "http://", "https://" };
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        size_t size = strlen(schemes[i]);
        if (target->size < size || g_ascii_strncasecmp(target->at, schemes[i], size) != 0) {
            continue;
        }
        struct span authority = { target->at + size, 0 };
        while (size + authority.size < target->size && authority.at[authority.size] != '/'
                && authority.at[authority.size] != '?') {
            authority.size++;
        }
        if (authority.size == 0 || !is_host(authority)) {
            return refuse(head, 400, "the host of the address is not valid");
        }
        *host = g_strndup(authority.at, authority.size);
        target->at += size + authority.size;
        target->size -= size + authority.size;
        return true;
    }
    return true;
}

static bool
parse_target(struct hp_head *head, struct span target, char **host)
{
    for (size_t i = 0; i < target.size; i++) {
        unsigned char c = (unsigned char) target.at[i];
        if (c <= ' ' || c >= 0x7f || c == '#') {
            return refuse(head, 400, "the address has a byte that is not allowed there");
        }
    }
    bool is_star = target.size == 1 && target.at[0] == '*';
    if (is_star && strcmp(head->method, "OPTIONS") == 0) {
        target = (struct span){ "/", 1 }; // the whole server
    }
    if (!take_authority(head, &target, host)) {
        return false;
    }
    const char *mark = target.size == 0 ? NULL : memchr(target.at, '?', target.size);
    struct span path = { target.at, mark == NULL ? target.size : (size_t) (mark - target.at) };
    struct span query = { mark, target.size - path.size };
    if (path.size == 0 && *host != NULL) {
        path = (struct span){ "/", 1 };
    }
    char *decoded = path.size > 0 && path.at[0] == '/' ? decode(path) : NULL;
    bool is_path = decoded != NULL && !climbs(decoded) && !has_control(decoded);
    g_free(decoded);
    if (!is_path) {
        return refuse(head, 400, "the address is not valid: expected a path from \"/\" on");
    }
    GString *text = g_string_new_len(path.at, (gssize) path.size);
    if (query.size > 0) {
        g_string_append_len(text, query.at, (gssize) query.size);
    }
    g_free(head->target);
    head->target = g_string_free(text, FALSE);
    return query.size == 0 || check_query(head, query);
}

static bool
parse_version(struct hp_head *head, struct span text)
{
    if (text.size != 8 || memcmp(text.at, "HTTP/", 5) != 0 || !g_ascii_isdigit(text.at[5])
            || text.at[6] != '.' || !g_ascii_isdigit(text.at[7])) {
        return refuse(head, 400, "the first line is not valid: expected \"GET /path HTTP/1.1\"");
    }
    head->is_old = text.at[7] == '0';
    return text.at[5] == '1' || refuse(head, 505, "only HTTP/1.1 is spoken here");
}

static bool
is_method_known(const char *method)
{
    static const char *const known[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE",
        "OPTIONS" };
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (strcmp(known[i], method) == 0) {
            return true;
        }
    }
    return false;
}

static bool
is_token(struct span text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] == '\0' || strchr(TOKEN_CHARS, text.at[i]) == NULL) {
            return false;
        }
    }
    return text.size > 0;
}

static bool
parse_first_line(struct hp_head *head, struct span line, char **host)
{
    const char *first = memchr(line.at, ' ', line.size);
    const char *second = first == NULL
            ? NULL
            : memchr(first + 1, ' ', line.size - (size_t) (first + 1 - line.at));
    struct span method = { line.at, first == NULL ? 0 : (size_t) (first - line.at) };
    if (second == NULL || !is_token(method)) {
        return refuse(head, 400, "the first line is not valid: expected \"GET /path HTTP/1.1\"");
    }
    g_free(head->method);
    head->method = g_strndup(method.at, method.size);
    struct span version = { second + 1, line.size - (size_t) (second + 1 - line.at) };
    if (!parse_version(head, version)) {
        return false;
    }
    if (!is_method_known(head->method)) {
        return refuse(head, 501, "this method is not known here");
    }
    return parse_target(head, (struct span){ first + 1, (size_t) (second - first - 1) }, host);
}

static struct span
trim(struct span text)
{
    while (text.size > 0 && (text.at[0] == ' ' || text.at[0] == '\t')) {
        text.at++;
        text.size--;
    }
    while (text.size > 0 && (text.at[text.size - 1] == ' ' || text.at[text.size - 1] == '\t')) {
        text.size--;
    }
    return text;
}

static bool
is_value(struct span text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char) text.at[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool
add_field(struct hp_head *head, char *name, struct span value) // name: taken
{
    const char *before = g_hash_table_lookup(head->fields, name);
    bool is_single = strcmp(name, "host") == 0 || strcmp(name, "content-length") == 0
            || strcmp(name, "authorization") == 0;
    if (before != NULL && is_single) {
        g_free(name);
        return refuse(head, 400,
                "the head is not valid: expected one Host, Content-Length and Authorization");
    }
    char *text = g_strndup(value.at, value.size);
    if (before == NULL) {
        g_ptr_array_add(head->names, name);
        g_hash_table_insert(head->fields, name, text);
        return true;
    }
    const char *joint = strcmp(name, "cookie") == 0 ? "; " : ", ";
    char *joined = g_strconcat(before, joint, text, NULL);
    g_hash_table_insert(head->fields, name, joined); // keeps the name of before
    g_free(text);
    return true;
}

static bool
parse_field(struct hp_head *head, struct span line)
{
    const char *colon = memchr(line.at, ':', line.size);
    struct span name = { line.at, colon == NULL ? 0 : (size_t) (colon - line.at) };
    if (!is_token(name)) {
        return refuse(head, 400,
                "a header is not valid: expected \"Name: value\" in one line, with no blank before "
                "the colon");
    }
    struct span value = trim((struct span){ colon + 1, line.size - name.size - 1 });
    if (!is_value(value)) {
        return refuse(head, 400, "a header has a control character in its value");
    }
    return add_field(head, g_ascii_strdown(name.at, (gssize) name.size), value);
}

// A text that could be read as two numbers is refused.
static bool
check_length(struct hp_head *head)
{
    const char *text = g_hash_table_lookup(head->fields, "content-length");
    bool is_coded = g_hash_table_contains(head->fields, "transfer-encoding");
    if (text == NULL) {
        return !is_coded
                || refuse(head, 411, "a request body needs a Content-Length: chunked ones are not "
                                     "read");
    }
    size_t digits = strspn(text, "0123456789");
    if (is_coded || digits == 0 || digits > MAX_LENGTH_DIGITS || text[digits] != '\0') {
        return refuse(head, 400, "the head is not valid: expected one Content-Length of digits");
    }
    head->has_length = true;
    head->length = (size_t) g_ascii_strtoull(text, NULL, 10);
    return true;
}

// The host of the address counts, not that of the field (RFC 9112 section 3.2.2).
static void
set_host(struct hp_head *head, char *host) // taken
{
    char *name = g_strdup("host");
    if (!g_hash_table_contains(head->fields, name)) {
        g_ptr_array_add(head->names, name);
    }
    g_hash_table_insert(head->fields, name, host);
}

static bool
check_host(struct hp_head *head, char *host) // host: of the address, taken; or NULL
{
    const char *text = g_hash_table_lookup(head->fields, "host");
    bool is_fine = text == NULL ? head->is_old : is_host((struct span){ text, strlen(text) });
    if (host != NULL) {
        set_host(head, host);
    }
    return is_fine || refuse(head, 400, "the head is not valid: expected one Host, like \"a:80\"");
}

static bool
parse_lines(struct hp_head *head, struct span rest, char **host)
{
    for (unsigned count = 0; rest.size > 2; count++) {
        const char *feed = memchr(rest.at, '\n', rest.size);
        struct span line = { rest.at, (size_t) (feed - rest.at) - 1 };
        if (count > HP_HEAD_MAX_FIELDS) {
            return refuse(head, 431, "the request has more than 128 headers: send fewer");
        }
        if (!(count == 0 ? parse_first_line(head, line, host) : parse_field(head, line))) {
            return false;
        }
        rest.size -= line.size + 2;
        rest.at = feed + 1;
    }
    return true;
}

static struct hp_head *
create(void)
{
    struct hp_head *head = g_new0(struct hp_head, 1);
    head->method = g_strdup("?");
    head->target = g_strdup("");
    head->names = g_ptr_array_new();
    head->fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return head;
}

struct hp_head *
hp_head_parse(const char *data, size_t size)
{
    struct hp_head *head = create();
    char *host = NULL;
    if (parse_lines(head, (struct span){ data, size }, &host)) {
        bool is_fine = check_host(head, g_steal_pointer(&host));
        if (is_fine) {
            check_length(head);
        }
    }
    g_free(host);
    return head;
}

void
hp_head_destroy(struct hp_head *head)
{
    g_free(head->method);
    g_free(head->target);
    g_ptr_array_free(head->names, TRUE);
    g_hash_table_destroy(head->fields);
    g_free(head);
}

// Does the list of that field have this item, for instance "close"? Compares without case.
static bool
has_item(const struct hp_head *head, const char *name, const char *item)
{
    const char *at = g_hash_table_lookup(head->fields, name);
    size_t wanted = strlen(item);
    while (at != NULL) {
        struct span one = trim((struct span){ at, strcspn(at, ",") });
        if (one.size == wanted && g_ascii_strncasecmp(one.at, item, wanted) == 0) {
            return true;
        }
        at = strchr(at, ',');
        at = at == NULL ? NULL : at + 1;
    }
    return false;
}

bool
hp_head_is_upgrade(const struct hp_head *head)
{
    return !head->is_old && has_item(head, "upgrade", "websocket")
            && has_item(head, "connection", "upgrade");
}

static void
append(GByteArray *out, const char *text)
{
    g_byte_array_append(out, (const guint8 *) text, (guint) strlen(text));
}

static void
write_field(GByteArray *out, const char *name, const char *value)
{
    append(out, name);
    append(out, ": ");
    append(out, value);
    append(out, "\r\n");
}

// Which of the options of Connection reach the next reader: those that decide about the connection.
static void
write_connection(const struct hp_head *head, GByteArray *out)
{
    bool is_kept = has_item(head, "connection", "keep-alive");
    if (hp_head_is_upgrade(head)) {
        write_field(out, "connection", "upgrade");
        write_field(out, "upgrade", "websocket");
    } else if (has_item(head, "connection", "close")) {
        write_field(out, "connection", "close");
    } else if (is_kept) {
        write_field(out, "connection", "keep-alive");
    }
}

static bool
is_of_connection(const char *name)
{
    return strcmp(name, "connection") == 0 || strcmp(name, "upgrade") == 0
            || strcmp(name, "http2-settings") == 0;
}

// No subprotocol is spoken here. RFC 6455 section 4.2.2 answers a client that offers some without
// one; libwebsockets would refuse it.
static bool
is_offer(const char *name)
{
    return strcmp(name, "sec-websocket-protocol") == 0;
}

void
hp_head_write(const struct hp_head *head, bool (*may_pass)(const char *name), GByteArray *out)
{
    append(out, head->method);
    append(out, " ");
    append(out, head->target);
    append(out, head->is_old ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
    for (guint i = 0; i < head->names->len; i++) {
        const char *name = g_ptr_array_index(head->names, i);
        if (!is_of_connection(name) && !is_offer(name) && (may_pass == NULL || may_pass(name))) {
            write_field(out, name, g_hash_table_lookup(head->fields, name));
        }
    }
    bool may_have_body = strcmp(head->method, "GET") != 0 && strcmp(head->method, "HEAD") != 0;
    if (!head->has_length && may_have_body) {
        write_field(out, "content-length", "0");
    }
    write_connection(head, out);
    append(out, "\r\n");
}
