/*
 * HTTP/1.1 as bytes (RFC 9110, 9112): a strict, bounded, incremental reader of requests, and a
 * writer of the heads of answers. It reads what we need and refuses the rest, so that no proxy in
 * front can understand a request otherwise than we do. Pure: knows no socket, clock or route, and
 * allocates nothing.
 *
 * A request is read in two parts. The head: the caller keeps all bytes from the head's first in one
 * buffer (which may move between calls) and hands it over whenever it has grown. Then the body: the
 * caller hands over what came after the head, and gets slices of it back. What is found never
 * depends on how the bytes were split.
 */
#ifndef SAMORDNAD_HTTP1_H
#define SAMORDNAD_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP1_HEAD_BYTES_MAX 16384   /* default; a head beyond it: 431 */
#define HTTP1_TARGET_BYTES_MAX 8192  /* default; a request target beyond it: 414 */
#define HTTP1_METHOD_BYTES_MAX 32    /* beyond it: 501 */
#define HTTP1_FIELDS_MAX 100	     /* header fields; beyond it: 431 */
#define HTTP1_TRAILER_BYTES_MAX 4096 /* of a chunked body; beyond it: 431 */
#define HTTP1_CHUNK_SIZE_DIGITS_MAX 8
#define HTTP1_LENGTH_DIGITS_MAX 18 /* of Content-Length; beyond it: 413 */

/* A borrowed slice, not ended by NUL. at is NULL only where a function says so. */
struct http1_text {
	const char *at;
	size_t len;
};

/*
 * Why a request is refused. The sentence is static, says what to mend, and never echoes the
 * request.
 */
struct http1_problem {
	int status; /* 400, 405, 413, 414, 417, 431, 501 or 505 */
	const char *sentence;
};

enum http1_progress {
	HTTP1_MORE, /* all is well so far; more bytes are needed */
	HTTP1_DONE,
	HTTP1_BAD, /* see problem; the framing is lost, nothing after this may be read */
};

enum http1_method {
	HTTP1_GET,
	HTTP1_HEAD,
	HTTP1_POST,
	HTTP1_PUT,
	HTTP1_PATCH,
	HTTP1_DELETE,
	HTTP1_OPTIONS,
	HTTP1_METHOD_OTHER, /* a well-formed method that we do not know */
};

enum http1_framing { HTTP1_NO_BODY, HTTP1_LENGTH, HTTP1_CHUNKED };

/* A slice by offset from the head's first byte, so that the caller's buffer may move. */
struct http1_span {
	uint16_t at;
	uint16_t len;
};

struct http1_field {
	struct http1_span name; /* a token, as sent */
	struct http1_span
	    value; /* without white space around it; may be empty; bytes above 0x7f possible */
};

/* A request's head. Use the functions below rather than the spans. */
struct http1_request {
	const char
	    *bytes;	 /* the head's first byte; borrowed from the caller of http1_head_read() */
	size_t head_len; /* of the whole head, its last empty line included */
	enum http1_method method;
	struct http1_span method_span;
	struct http1_span path;	 /* begins with '/'; valid percent-encoding, not decoded */
	struct http1_span query; /* without the '?'; empty if absent */
	int minor;		 /* of the version: 0 or 1 */
	bool keep_alive;      /* the client wishes that the connection stays (never for HTTP/1.0) */
	bool expect_continue; /* Expect: 100-continue */
	enum http1_framing framing;
	uint64_t content_length; /* for HTTP1_LENGTH; 0 to 10^18 - 1 */
	unsigned field_count;
	struct http1_field fields[HTTP1_FIELDS_MAX];
};

/* The reader of one head. Only request and problem are for the caller. */
struct http1_head {
	struct http1_request request; /* whole when http1_head_read() said HTTP1_DONE */
	struct http1_problem problem; /* set when it said HTTP1_BAD */
	size_t head_bytes_max;
	size_t target_bytes_max;
	size_t at; /* bytes read */
	struct http1_span target;
	int state;
	unsigned version_at;
	int host_count;
	int length_count;
	int encoding_count;
	int expect_count;
	bool line_skipped;
	bool close_wished;
	enum http1_progress progress;
};

/*
 * Begins a head. Maxima in bytes: head_bytes_max 64 to 65535, target_bytes_max 1 to head_bytes_max.
 */
void http1_head_start(struct http1_head *h, size_t head_bytes_max, size_t target_bytes_max);

/*
 * Reads on in bytes[0..len): everything that came since http1_head_start(), what was handed over
 * before included, unchanged (only the buffer's place may differ). Bytes after the head are not
 * looked at. RFC 9112 sections 2 to 5, and what section 6 says of the head.
 */
enum http1_progress http1_head_read(struct http1_head *h, const char *bytes, size_t len);

/* The reader of one body. Only problem is for the caller. */
struct http1_body {
	struct http1_problem problem; /* set when http1_body_read() said HTTP1_BAD */
	uint64_t left;		      /* of the body, or of the chunk */
	uint64_t total;		      /* body bytes announced so far */
	uint64_t bytes_max;
	unsigned digits;
	unsigned trailer_bytes;
	unsigned trailer_name_len;
	char trailer_name[18]; /* its beginning, one more than "transfer-encoding" has */
	int state;
	enum http1_progress progress;
};

/*
 * Begins the body that request's head announces, of at most bytes_max bytes (decoded). HTTP1_DONE:
 * there is none; HTTP1_MORE: call http1_body_read(); HTTP1_BAD: the announced length is over
 * bytes_max (413).
 */
enum http1_progress http1_body_start(
    struct http1_body *b, const struct http1_request *request, uint64_t bytes_max);

/*
 * Reads on in bytes[0..len), which follow the bytes used before. *used: how many of them are done
 * with (0..len); *data: the slice of them that is body (len 0: none). Call again with the rest
 * until it says DONE or BAD, or until it uses nothing. Chunk extensions are refused; trailer fields
 * are checked and dropped, but for those that frame or route. RFC 9112 sections 6, 7.
 */
enum http1_progress http1_body_read(
    struct http1_body *b, const char *bytes, size_t len, size_t *used, struct http1_text *data);

/* Slices of the head; valid for as long as request->bytes is. */
struct http1_text http1_method_text(const struct http1_request *request);
struct http1_text http1_path(const struct http1_request *request);
struct http1_text http1_query(const struct http1_request *request);
/* i below field_count. */
void http1_field(const struct http1_request *request, unsigned i, struct http1_text *name,
    struct http1_text *value);

/*
 * How many header fields have this name (any case), and in *value the first one's value ({NULL, 0}
 * if none). A field that may come once only (Authorization, Content-Type, ce-id) is to be refused
 * when the count is above 1.
 */
unsigned http1_header(
    const struct http1_request *request, const char *name, struct http1_text *value);

/* Whether text is word, ASCII case aside. */
bool http1_text_is(struct http1_text text, const char *word);

/*
 * Whether a Content-Type's value names media_type ("application/json"), any case, parameters aside.
 */
bool http1_media_type_is(struct http1_text value, const char *media_type);

/*
 * Takes the next segment off *path ("/v1/units/SE1-2" gives "v1", "units", "SE1-2"; a '/' at the
 * end gives a last empty one). false: none left. The segment is not decoded.
 */
bool http1_path_next(struct http1_text *path, struct http1_text *segment);

/*
 * Takes the next name=value off *query (pairs without '=' have an empty value; empty pairs are
 * skipped). Not decoded.
 */
bool http1_query_next(struct http1_text *query, struct http1_text *name, struct http1_text *value);

enum http1_decoded {
	HTTP1_DECODED,
	HTTP1_DECODE_BAD,  /* '%' without two hex digits, or for a control, or for '/' in a path */
	HTTP1_DECODE_LONG, /* does not fit in cap, the NUL included */
};
enum http1_part { HTTP1_PATH_SEGMENT, HTTP1_QUERY_PART };

/*
 * Percent-decodes text into out[0..cap), adds a NUL, *len without it. '+' stays '+' (RFC 3986), so
 * that an offset in an RFC 3339 time may be written as it is. The result may hold any bytes above
 * 0x7f: UTF-8 is not checked.
 */
enum http1_decoded http1_decode(
    struct http1_text text, enum http1_part part, char *out, size_t cap, size_t *len);

enum http1_parameter {
	HTTP1_PARAMETER_ABSENT,
	HTTP1_PARAMETER_FOUND,
	HTTP1_PARAMETER_BAD, /* more than once, badly encoded, or longer than cap - 1 */
};

/*
 * The query parameter of this name, decoded into out[0..cap) with a NUL (empty if ABSENT or BAD).
 */
enum http1_parameter http1_query_get(
    const struct http1_request *request, const char *name, char *out, size_t cap);

enum http1_connection { HTTP1_KEEP_ALIVE, HTTP1_CLOSE };

struct http1_pair {
	const char *name;
	const char *value;
};

/* The head of an answer. Pointers are borrowed for the call. */
struct http1_answer {
	int status;			/* 200 to 599 */
	const char *date;		/* IMF-fixdate, see HTTP1_DATE_TEXT_MAX; or NULL: no Date */
	const char *content_type;	/* or NULL */
	uint64_t content_length;	/* not written with 204 */
	const struct http1_pair *extra; /* ended by a pair whose name is NULL; or NULL */
	enum http1_connection connection;
};

/*
 * Writes the head with its last empty line, no NUL. Returns its length; 0 if it does not fit in cap
 * or if a name or value holds what does not belong there (a control, a name that is no token): a
 * bug of the caller.
 */
size_t http1_answer_write(const struct http1_answer *answer, char *out, size_t cap);

/* What is sent before the answer when the client expects to be told to go on. */
#define HTTP1_CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

/* "Not Found" for 404; "Unknown" for a status that is not in the table. */
const char *http1_reason(int status);

#define HTTP1_DATE_TEXT_MAX 30 /* "Sun, 06 Nov 1994 08:49:37 GMT" and the NUL */

/* Writes seconds since 1970 (0 to 253402300799) as an IMF-fixdate (RFC 9110 5.6.7) with a NUL. */
void http1_date_format(int64_t unix_s, char out[static HTTP1_DATE_TEXT_MAX]);

#endif
