// piece.h - bytes under way. An empty piece is NULL, so that idle connections keep no memory. Any
// thread.
#pragma once

#include <stddef.h>

#include <glib.h>

size_t hp_piece_size(const GByteArray *piece);
void hp_piece_append(GByteArray **piece, const void *data, size_t size); // copied
void hp_piece_drop(GByteArray **piece, size_t size); // from its front
void hp_piece_clear(GByteArray **piece);
