// nest.h - a GLib context for a library that makes a source for each of its descriptors: the
// worker's loop sees one descriptor in their place, however many there are. All calls on the
// worker's thread.
#pragma once

#include <glib.h>

struct hp_nest;
struct hp_worker;

struct hp_nest *hp_nest_create(struct hp_worker *worker); // never NULL. Owner: the library's user
void hp_nest_destroy(struct hp_nest *nest); // after the library's sources have ended
GMainContext *hp_nest_context(const struct hp_nest *nest); // for the library's sources
// To be called before the library gets a descriptor: another one may have had its number, and have
// been closed without the nest's knowledge.
void hp_nest_expect(struct hp_nest *nest, int fd);
