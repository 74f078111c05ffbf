// names.c - the browser's candidates whose address is a name of multicast DNS.
// Owner: hp_peer.  Thread: home.
// draft-ietf-mmusic-mdns-ice-candidates section 3.2 (who takes them).
#include "peer/names.h"

#include <string.h>

#include <glib.h>

#include "reach/reach.h"
#include "wire/address.h"
#include "wire/candidate.h"

enum {
    LINES_MAX = 64, // candidates of one description that are looked at
};

void
hp_names_init(struct hp_names *names, struct hp_reach *reach, const char *id,
        void (*on_candidate)(void *arg, const char *line), void *arg)
{
    *names = (struct hp_names){
        .reach = reach,
        .id = id,
        .on_candidate = on_candidate,
        .arg = arg,
    };
    for (unsigned i = 0; i < HP_NAMES_MAX; i++) {
        names->searches[i].names = names;
    }
}

void
hp_names_finish(struct hp_names *names)
{
    for (unsigned i = 0; i < HP_NAMES_MAX; i++) {
        struct hp_names_search *search = &names->searches[i];
        if (search->line != NULL) {
            hp_reach_cancel(search->search);
            g_clear_pointer(&search->line, g_free);
        }
    }
    names->reach = NULL;
}

static void
on_found(void *arg, const char *address)
{
    struct hp_names_search *search = arg;
    struct hp_names *names = search->names;
    char text[HP_CANDIDATE_TEXT_MAX];
    struct hp_candidate candidate;
    char *line = g_steal_pointer(&search->line);
    if (address != NULL && hp_candidate_parse(line, strlen(line), &candidate) >= 0) {
        g_strlcpy(candidate.address, address, sizeof(candidate.address));
        if (hp_candidate_write(&candidate, text, sizeof(text)) >= 0) {
            names->on_candidate(names->arg, text);
        }
    }
    g_free(line);
}

static struct hp_names_search *
find_free(struct hp_names *names)
{
    for (unsigned i = 0; i < HP_NAMES_MAX; i++) {
        if (names->searches[i].line == NULL) {
            return &names->searches[i];
        }
    }
    return NULL;
}

bool
hp_names_take(struct hp_names *names, const char *line)
{
    struct hp_candidate candidate;
    struct hp_names_search *search = names->reach == NULL ? NULL : find_free(names);
    if (search == NULL || hp_candidate_parse(line, strlen(line), &candidate) < 0
            || candidate.transport != HP_CANDIDATE_UDP
            || hp_address_classify(candidate.address) != HP_ADDRESS_MDNS) {
        return false;
    }
    search->search = hp_reach_find_name(
            names->reach, names->id, candidate.address, on_found, search);
    if (search->search == NULL) {
        return false;
    }
    search->line = g_strdup(line);
    return true;
}

void
hp_names_take_all(struct hp_names *names, const char *sdp)
{
    static const char start[] = "a=candidate:";
    const char *at = names->reach == NULL ? NULL : strstr(sdp, start);
    for (unsigned i = 0; at != NULL && i < LINES_MAX; i++) {
        size_t size = strcspn(at, "\r\n");
        if (size < HP_CANDIDATE_TEXT_MAX) {
            char *line = g_strndup(at + 2, size - 2);
            hp_names_take(names, line);
            g_free(line);
        }
        at = strstr(at + size, start);
    }
}
