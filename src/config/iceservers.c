// iceservers.c - reads lists of STUN and TURN servers, as people write them in environments and
// files.
// Browsers refuse the whole connection for one entry that they do not like, so this file takes no
// entry that they refuse.
// Owner: nobody.  Thread: any.
// RFC 7064 (stun: URIs), RFC 7065 (turn: URIs), WebRTC 4.2.2 and 4.4.1.6 (the rules of browsers).
#include "config/iceservers.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include <glib.h>

#include "base/hostname.h"
#include "config/yaml.h"

enum {
    MAX_TEXT = 64 * 1024,
    MAX_SERVERS = 32,
    MAX_URLS = 32,
    MAX_STRING = 1024,
    MAX_USERNAME = 508, // RFC 8489 14.3: browsers refuse more
    SNIPPET = 24, // letters shown before the place of a mistake
};

static const char expected_shape[] =
        "expected [{\"urls\": [\"turn:host:port\"], \"username\": \"..\", \"credential\": \"..\"}]";

static bool
is_port(const char *text, size_t length)
{
    unsigned port = 0;
    if (length == 0 || length > 5) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isdigit(text[i])) {
            return false;
        }
        port = port * 10 + (unsigned) (text[i] - '0');
    }
    return port > 0 && port <= 65535;
}

static bool
is_ipv6(const char *text, size_t length)
{
    struct in6_addr address;
    char *copy = g_strndup(text, length);
    bool is_good = inet_pton(AF_INET6, copy, &address) == 1;
    g_free(copy);
    return is_good;
}

static bool
is_host_port(const char *text, size_t length)
{
    const char *end = text + length;
    const char *host_end;
    if (length > 0 && text[0] == '[') {
        host_end = memchr(text, ']', length);
        if (host_end == NULL || !is_ipv6(text + 1, (size_t) (host_end - text - 1))) {
            return false;
        }
        host_end++;
    } else {
        host_end = memchr(text, ':', length);
        host_end = host_end == NULL ? end : host_end;
        if (!hp_hostname_is_good(text, (size_t) (host_end - text))) {
            return false;
        }
    }
    return host_end == end
            || (*host_end == ':' && is_port(host_end + 1, (size_t) (end - host_end - 1)));
}

// What is wrong with the query of a URL. NULL: nothing.
static const char *
find_query_fault(bool is_turn, const char *query)
{
    if (query == NULL) {
        return NULL;
    }
    if (!is_turn) { // RFC 7064 has no query, and browsers refuse one
        return "a stun: address has no part after \"?\", remove that part";
    }
    bool is_good =
            strcmp(query, "?transport=udp") == 0 || strcmp(query, "?transport=tcp") == 0;
    return is_good ? NULL : "expected ?transport=udp or ?transport=tcp after a turn: address";
}

// What is wrong with the URL. NULL: nothing.
static const char *
find_url_fault(const char *url)
{
    static const char *const schemes[] = { "stun:", "stuns:", "turn:", "turns:" };
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        if (!g_str_has_prefix(url, schemes[i])) {
            continue;
        }
        const char *rest = url + strlen(schemes[i]);
        const char *query = strchr(rest, '?');
        size_t length = query == NULL ? strlen(rest) : (size_t) (query - rest);
        if (!is_host_port(rest, length)) {
            break;
        }
        return find_query_fault(schemes[i][0] == 't', query);
    }
    return "expected stun:host[:port] or turn:host[:port][?transport=udp|tcp]";
}

static bool
is_turn(const char *url)
{
    return g_str_has_prefix(url, "turn");
}

// Reads a text that may be absent; null is absence, as with Neko. Sets *error when it is neither.
static const char *
read_string(const json_t *object, const char *key, size_t max_size, char **error)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    if (text != NULL && strlen(text) > max_size) {
        *error = g_strdup_printf("\"%s\" is too long: it has %zu bytes, expected at most %zu", key,
                strlen(text), max_size);
        return NULL;
    }
    if (value != NULL && text == NULL && !json_is_null(value)) {
        *error = g_strdup_printf("\"%s\" is no text: expected it in quotes", key);
    }
    return text;
}

// May an error show the text? Only a short text of one line that has no name and no password.
static bool
is_presentable(const char *url)
{
    size_t length = 0;
    for (; url[length] != '\0'; length++) {
        if (!g_ascii_isprint(url[length]) || url[length] == '@') {
            return false;
        }
    }
    return length < 100;
}

static bool
add_url(json_t *urls, const json_t *value, bool *needs_credential, char **error)
{
    const char *url = json_string_value(value);
    const char *fault = url == NULL         ? "expected a text like stun:host:3478"
            : strlen(url) > MAX_STRING ? "it is too long, expected at most 1024 bytes"
                                       : find_url_fault(url);
    if (fault != NULL) {
        bool is_safe = url != NULL && is_presentable(url);
        *error = g_strdup_printf("\"%.*s\"%s is no server address: %s",
                is_safe ? (int) strcspn(url, "?") : 4, is_safe ? url : "urls",
                is_safe && strchr(url, '?') != NULL ? " with \"?\"" : "", fault);
        return false;
    }
    *needs_credential = *needs_credential || is_turn(url);
    json_array_append_new(urls, json_string(url));
    return true;
}

static bool
read_urls(json_t *urls, const json_t *value, bool *needs_credential, char **error)
{
    if (json_is_string(value)) {
        return add_url(urls, value, needs_credential, error);
    }
    if (!json_is_array(value) || json_array_size(value) == 0 || json_array_size(value) > MAX_URLS) {
        *error = g_strdup("\"urls\" is missing or empty, expected a string or a list of strings");
        return false;
    }
    size_t i;
    json_t *item;
    json_array_foreach((json_t *) value, i, item)
    {
        if (!add_url(urls, item, needs_credential, error)) {
            return false;
        }
    }
    return true;
}

static json_t *
read_server(const json_t *value, char **error)
{
    if (json_is_string(value)) {
        json_t *object = json_pack("{s:O}", "urls", value);
        json_t *server = read_server(object, error);
        json_decref(object);
        return server;
    }
    if (!json_is_object(value)) {
        *error = g_strdup("expected an object like {\"urls\": \"stun:host:3478\"}");
        return NULL;
    }
    const json_t *source = json_object_get(value, "urls");
    source = source == NULL ? json_object_get(value, "url") : source;
    if (source == NULL && json_object_get(value, "iceServers") != NULL) {
        *error = g_strdup("\"iceServers\" is no key of an entry: expected only the list in it");
        return NULL;
    }
    json_t *urls = json_array();
    bool needs_credential = false;
    if (!read_urls(urls, source, &needs_credential, error)) {
        json_decref(urls);
        return NULL;
    }
    const char *username = read_string(value, "username", MAX_USERNAME, error);
    const char *credential =
            *error != NULL ? NULL : read_string(value, "credential", MAX_STRING, error);
    bool lacks_name = username == NULL || *username == '\0'; // browsers refuse empty texts as well
    bool is_left_open = username == NULL && credential == NULL; // turn.secret may make them
    if (*error == NULL && needs_credential && !is_left_open
            && (lacks_name || credential == NULL || *credential == '\0')) {
        *error = g_strdup_printf("a turn: server lacks \"%s\": expected a text that is not empty",
                lacks_name ? "username" : "credential");
    }
    if (*error != NULL) {
        json_decref(urls);
        return NULL;
    }
    json_t *server = json_pack("{s:o}", "urls", urls);
    if (username != NULL && credential != NULL) {
        json_object_set_new(server, "username", json_string(username));
        json_object_set_new(server, "credential", json_string(credential));
    }
    return server;
}

json_t *
hp_iceservers_check(const json_t *value, char **error)
{
    json_t *single = json_is_array(value) ? NULL
            : json_is_null(value)         ? json_array() // as with Neko
                                          : json_pack("[O]", value);
    const json_t *list = single == NULL ? value : single;
    json_t *servers = json_array();
    size_t i;
    json_t *item;
    *error = NULL;
    json_array_foreach((json_t *) list, i, item)
    {
        char *reason = NULL;
        json_t *server = i < MAX_SERVERS ? read_server(item, &reason) : NULL;
        if (server == NULL) {
            *error = i < MAX_SERVERS ? g_strdup_printf("entry %zu: %s", i + 1, reason)
                                     : g_strdup_printf("expected at most %d entries", MAX_SERVERS);
            g_free(reason);
            json_decref(servers);
            servers = NULL;
            break;
        }
        json_array_append_new(servers, server);
    }
    json_decref(single);
    return servers;
}

// The text before the mistake, for an error. Words that are not part of the syntax are masked,
// since one of them may be a credential.
static char *
describe_place(const char *text, size_t position)
{
    static const char *const known[] = { "urls", "url", "username", "credential", "credentialType",
        "stun", "stuns", "turn", "turns", "transport", "udp", "tcp" };
    size_t start = position > SNIPPET ? position - SNIPPET : 0;
    while (start > 0 && (g_ascii_isalnum(text[start]) || (text[start] & 0x80) != 0)) {
        start--; // a word is shown as a whole or masked as a whole
    }
    GString *snippet = g_string_new(NULL);
    size_t i = start;
    while (i < position && text[i] != '\0') {
        size_t length = 0;
        while (i + length < position
                && (g_ascii_isalnum(text[i + length]) || (text[i + length] & 0x80))) {
            length++;
        }
        bool is_known = false;
        for (size_t k = 0; k < G_N_ELEMENTS(known); k++) {
            is_known |= strlen(known[k]) == length && memcmp(known[k], text + i, length) == 0;
        }
        if (length == 0) {
            g_string_append_c(snippet, g_ascii_isspace(text[i]) ? ' ' : text[i]);
            i++;
            continue;
        }
        g_string_append_len(snippet, is_known ? text + i : "***", is_known ? (gssize) length : 3);
        i += length;
    }
    return g_string_free(snippet, FALSE);
}

static const char *
explain(const json_error_t *problem)
{
    switch (json_error_code(problem)) {
    case json_error_premature_end_of_input: return "it ends too early: a bracket or quote is open";
    case json_error_end_of_input_expected: return "expected no text after the closing bracket";
    case json_error_invalid_utf8: return "expected UTF-8";
    case json_error_duplicate_key: return "a name is there twice, expected it once";
    case json_error_stack_overflow: return "it is nested too deeply, expected a list of objects";
    case json_error_null_character: return "expected a text without \\u0000";
    default:
        return strstr(problem->text, "string or '}'") != NULL   ? "expected a name in double quotes"
                : strstr(problem->text, "']' expected") != NULL ? "expected \",\" or \"]\""
                : strstr(problem->text, "'}' expected") != NULL ? "expected \",\" or \"}\""
                : strstr(problem->text, "':' expected") != NULL
                ? "expected \":\" after the name"
                : "expected a value in double quotes";
    }
}

static json_t *
parse_json(const char *text, char **error)
{
    json_error_t problem;
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &problem);
    if (value == NULL) {
        char *place = describe_place(text, (size_t) problem.position);
        *error = g_strdup_printf("line %d, column %d: %s, after: %s", problem.line, problem.column,
                explain(&problem), place);
        g_free(place);
    }
    return value;
}

static json_t *
parse_urls(const char *text)
{
    json_t *urls = json_array();
    char **words = g_strsplit_set(text, " \t\r\n,", -1);
    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0') {
            json_array_append_new(urls, json_string(*word));
        }
    }
    g_strfreev(words);
    return urls;
}

static json_t *
parse_value(const char *text, char **error)
{
    if (text[0] == '[' || text[0] == '{') {
        return parse_json(text, error);
    }
    if (g_str_has_prefix(text, "stun") || g_str_has_prefix(text, "turn")) {
        return parse_urls(text);
    }
    char *reason = NULL;
    json_t *value = hp_yaml_parse(text, strlen(text), &reason);
    if (value == NULL || json_is_string(value)) {
        *error = g_strdup_printf(
                "%s%s%s", reason == NULL ? "" : reason, reason == NULL ? "" : ", ", expected_shape);
        json_decref(value);
        value = NULL;
    }
    g_free(reason);
    return value;
}

json_t *
hp_iceservers_parse(const char *text, char **error)
{
    *error = NULL;
    if (strlen(text) > MAX_TEXT) {
        *error = g_strdup_printf("expected at most %d bytes", MAX_TEXT);
        return NULL;
    }
    char *clean = g_strstrip(g_strdup(text));
    size_t length = strlen(clean);
    bool is_quoted =
            length >= 2 && (clean[0] == '\'' || clean[0] == '"') && clean[length - 1] == clean[0];
    if (is_quoted) { // the list form of docker compose keeps the quotes of the shell
        clean[length - 1] = ' ';
        clean[0] = ' ';
        g_strstrip(clean);
    }
    json_t *value = clean[0] == '\0' ? json_array() : parse_value(clean, error);
    json_t *servers = value == NULL ? NULL : hp_iceservers_check(value, error);
    json_decref(value);
    g_free(clean);
    return servers;
}
