/*
 * How one field of a message is read: complaints, values, objects by tables of fields. Between the
 * readers of proto/ only.
 */
#ifndef SAMORDNAD_FIELD_H
#define SAMORDNAD_FIELD_H

#include "date.h"
#include "document.h"
#include "message.h"

#define TEXT_MAX 4000	   /* bytes of a free text */
#define NAME_BYTES_MAX 200 /* bytes of a name, a place, a word of the sender's own */

/* From the wire every rule of the contract holds; what is stored was taken under them, and is read
 * for its values. */
enum reading_side { READING_WIRE, READING_STORE };

/* Where a value stands, as a chain up to the event: a member's name, or (name NULL) the place in an
 * array. */
struct where {
	const struct where *up;
	const char *name; /* one of our own names: holds no '~' or '/' */
	size_t index;
};

/* One reading of one message's data. */
struct reading {
	enum reading_side side;
	const struct message_names *names;
	civil_date today;	 /* of reference for identities */
	struct fact *fact;	 /* to be filled */
	struct message *message; /* READING_WIRE: takes episode and complaints; else NULL */
	int complaint_count;
	bool task_given; /* kvittens: a task was named, of this episode */
	uint8_t task_episode[16];
};

/* Counts a complaint; from the wire notes it in the message with this status (400 outweighs 422).
 */
void complain(struct reading *r, int status, const struct where *at, const char *detail);
/* A complaint that only the sender can mend; returns false, so that a reader may end with it. */
bool refuse(struct reading *r, const struct where *at, const char *detail);
/* The same about the member `name` of what stands at `up`. */
void refuse_member(struct reading *r, const struct where *up, const char *name, const char *detail);

enum presence {
	REQUIRED,
	OPTIONAL,
	OWN /* may stand in the daemon's own decisions only */
};

/* The words that a field may hold. */
struct word_list {
	int (*from)(const char *word, size_t len);
	const char *detail; /* the complaint */
};

struct field;
typedef void field_reader(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot);

/* One row: a member's name, whether it must be there, how it is read, and where its value goes. */
struct field {
	const char *name;
	size_t name_len;
	enum presence presence;
	field_reader *read;
	size_t offset; /* from the table's base, or NOWHERE: looked at, and kept in the body only */
	const struct word_list *words;
	const struct field *inside; /* read_object: its members; their base is this field's slot */
	size_t len_max;		    /* texts: bytes */
	size_t least;		    /* read_word_bits: words */
};

#define NOWHERE SIZE_MAX
#define BODY_TEXT NOWHERE, .len_max = TEXT_MAX /* kept in the body only */
#define BODY_NAME NOWHERE, .len_max = NAME_BYTES_MAX
#define NAMED(text) text, sizeof(text) - 1
#define FIELD(text, needed, reader, place, ...) \
	{ \
		.name = text, .name_len = sizeof(text) - 1, .presence = needed, .read = reader, \
		.offset = place, __VA_ARGS__ \
	}
#define AT(member) offsetof(struct fact, member)
#define FIELDS_END \
	{ \
		.name = NULL \
	}

#define SAY_WORD(value, word) " " word
#define WORD_LIST(name, LIST) \
	static const struct word_list name##_words = { \
	    name##_from, "must be one of:" LIST(SAY_WORD)};

/* True if text[0..len) is `min` to `max` visible ASCII characters (0x21-0x7e). */
bool visible_ascii(const char *text, size_t len, size_t min, size_t max);
/* False, and a complaint: another kind of value; longer than max bytes, or empty; not that many. */
bool expect_kind(
    struct reading *r, const struct where *at, const struct node *node, enum node_kind kind);
bool expect_text(struct reading *r, const struct where *at, const struct node *node, size_t max);
bool expect_array(
    struct reading *r, const struct where *at, const struct node *node, size_t min, size_t max);
/* The number of the word, or -1 with a complaint. */
int find_word(struct reading *r, const struct where *at, const struct node *node,
    const struct word_list *words);

/* Readers of one value into its slot, whose type each says where it is defined: a bool, an int32_t,
 * an instant, 16 bytes, an enum, bits of one, a unit's or a person's number; of any text only that
 * it may stand there (read_text), or the text itself. */
field_reader read_at, read_happened_at, read_bool, read_int, read_uuid, read_word, read_word_bits;
field_reader read_text, read_kept_text, read_message_id, read_kommun, read_object;
field_reader read_unit, read_unit_anywhere, read_till, read_staff;

/* Every member that a table's readers fill, as if absent. */
void blank_fields(const struct field *fields, char *base);
/* The members of an object by its table; what must be there and is not, is a complaint. */
void read_fields(struct reading *r, const struct where *at, const struct node *node,
    const struct field *fields, char *base);

#endif
