/*
 * Text that grows, and JSON written into it. Owns its bytes and the escaping; knows no message. It
 * does not look after commas, colons and braces: who writes a document by hand writes them too.
 */
#ifndef SAMORDNAD_WRITER_H
#define SAMORDNAD_WRITER_H

#include <stddef.h>
#include <stdint.h>

/* Begin with all zero, or with writer_reserve; end with free(text), or give the text away. */
struct writer {
	char *text; /* len bytes and a NUL, once anything was written; else NULL */
	size_t len;
	size_t room; /* bytes allocated */
};

/* Makes sure that `more` further bytes and the NUL fit without another allocation. */
void writer_reserve(struct writer *w, size_t more);

/* Writes bytes as they are. */
void writer_raw(struct writer *w, const char *bytes, size_t len);

/* Writes a literal as it is. */
#define writer_literal(w, literal) writer_raw(w, "" literal, sizeof(literal) - 1)

/* Writes a JSON string with its quotes; bytes must be valid UTF-8 (what is not ASCII stands as it
 * is). */
void writer_string(struct writer *w, const char *bytes, size_t len);

/* The same of a text with NUL. */
void writer_text(struct writer *w, const char *text);

/* Writes an integer. */
void writer_int(struct writer *w, int64_t value);

#endif
