// head.c - the head of an HTTP request, read strictly.
// Pure.  Thread: any.
// RFC 9112 sections 2.2 (line ends), 3 (request line), 3.2 (Host), 5 (fields), 6 (length); RFC
// 3986 (paths).
#include "edge/head.h"

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

// Decodes "%41"; a plus becomes a blank in a query. NULL: not valid, or a NUL.
static char *
decode(struct span text, bool is_query)
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
        } else if (is_query && c == '+') {
            c = ' ';
        }
        g_string_append_c(out, c);
    }
    return g_string_free(out, FALSE);
}

static bool
parse_query(struct hp_head *head, struct span text)
{
    while (text.size > 0 && g_hash_table_size(head->query) < HP_HEAD_MAX_PARAMS) {
        const char *stop = memchr(text.at, '&', text.size);
        struct span pair = { text.at, stop == NULL ? text.size : (size_t) (stop - text.at) };
        const char *equal = memchr(pair.at, '=', pair.size);
        size_t name_size = equal == NULL ? pair.size : (size_t) (equal - pair.at);
        size_t value_at = MIN(name_size + 1, pair.size);
        char *name = decode((struct span){ pair.at, name_size }, true);
        char *value = decode((struct span){ pair.at + value_at, pair.size - value_at }, true);
        if (name == NULL || value == NULL) {
            g_free(name);
            g_free(value);
            return refuse(head, 400, "the address is not valid: \"%\" needs two hex digits");
        }
        g_hash_table_replace(head->query, name, value);
        text.at += MIN(pair.size + 1, text.size);
        text.size -= MIN(pair.size + 1, text.size);
    }
    return true;
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
    size_t size;
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
        for (size = 0; size < text.size && strchr(HOST_CHARS, text.at[size]) != NULL; size++) {
        }
    }
    if (size == text.size) {
        return true;
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
        if (target.at[i] <= ' ' || target.at[i] == 0x7f || target.at[i] == '#') {
            return refuse(head, 400, "the address has a byte that is not allowed there");
        }
    }
    bool is_star = target.size == 1 && target.at[0] == '*';
    if (is_star && strcmp(head->method, "OPTIONS") == 0) {
        g_free(head->path);
        head->path = g_strdup("*");
        return true;
    }
    if (!take_authority(head, &target, host)) {
        return false;
    }
    const char *mark = target.size == 0 ? NULL : memchr(target.at, '?', target.size);
    struct span path = { target.at, mark == NULL ? target.size : (size_t) (mark - target.at) };
    if (path.size == 0 && *host != NULL) {
        path = (struct span){ "/", 1 };
    }
    char *decoded = path.size > 0 && path.at[0] == '/' ? decode(path, false) : NULL;
    if (decoded == NULL || climbs(decoded)) {
        g_free(decoded);
        return refuse(head, 400, "the address is not valid: expected a path from \"/\" on");
    }
    g_free(head->path);
    head->path = decoded;
    const char *end = target.at + target.size;
    return mark == NULL
            || parse_query(head, (struct span){ mark + 1, (size_t) (end - mark) - 1 });
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
    bool is_single = strcmp(name, "host") == 0 || strcmp(name, "content-length") == 0;
    if (before != NULL && is_single) {
        g_free(name);
        return refuse(head, 400, "the head is not valid: expected one Host, one Content-Length");
    }
    char *text = g_strndup(value.at, value.size);
    if (before != NULL) {
        const char *joint = strcmp(name, "cookie") == 0 ? "; " : ", ";
        char *joined = g_strconcat(before, joint, text, NULL);
        g_free(text);
        text = joined;
    }
    g_hash_table_replace(head->fields, name, text);
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

static bool
check_host(struct hp_head *head, char *host) // host: of the address, taken; or NULL
{
    const char *text = g_hash_table_lookup(head->fields, "host");
    bool is_fine = text == NULL ? head->is_old : is_host((struct span){ text, strlen(text) });
    if (host != NULL) {
        g_hash_table_replace(head->fields, g_strdup("host"), host);
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
    head->path = g_strdup("");
    head->query = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
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

struct hp_head *
hp_head_create_refused(int status, const char *message)
{
    struct hp_head *head = create();
    refuse(head, status, message);
    return head;
}

void
hp_head_destroy(struct hp_head *head)
{
    g_free(head->method);
    g_free(head->path);
    g_hash_table_destroy(head->query);
    g_hash_table_destroy(head->fields);
    g_free(head);
}

const char *
hp_head_field(const struct hp_head *head, const char *name)
{
    const char *value = g_hash_table_lookup(head->fields, name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

bool
hp_head_lists(const struct hp_head *head, const char *name, const char *item)
{
    const char *at = hp_head_field(head, name);
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
