// answer.h - the bytes of an HTTP answer: made once, written in pieces. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

struct lws;

struct hp_answer { // answer.c alone looks into it
    GString *extra; // further headers of the answer
    GByteArray *head; // LWS_PRE bytes, then status line, headers and a short body
    GBytes *content; // a longer body
    size_t offset; // of the content, already written
};

void hp_answer_init(struct hp_answer *answer);
void hp_answer_finish(struct hp_answer *answer);

// May an answer of this status have a body (RFC 9110 section 6.4.1)?
bool hp_answer_may_have_body(int status);

// Before hp_answer_begin(). A value with a line end is dropped.
void hp_answer_add_header(struct hp_answer *answer, const char *name, const char *value);
bool hp_answer_has_header(const struct hp_answer *answer, const char *name);

// Makes the head: the status line, these lines, each with its end, and the headers that were added.
void hp_answer_begin(struct hp_answer *answer, int status, const char *lines);
void hp_answer_set_body(struct hp_answer *answer, GBytes *body); // after begin; body: shared

bool hp_answer_has_head(const struct hp_answer *answer); // it is still to be written
bool hp_answer_is_written(const struct hp_answer *answer);
// Writes the head, or a piece of the body. False: close the connection.
bool hp_answer_write_next(struct hp_answer *answer, struct lws *wsi);
