/*
 * How one field is read, whatever message it stands in. Owns limits and words of complaint.
 */
#include "field.h"

#include "uuid.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 16	      /* of a list of words */
#define LATE_MAX (5 * MINUTE) /* that what has happened may lie after `time`: clocks differ */

/* --- complaints --- */

static void
write_pointer(const struct where *at, char out[static POINTER_MAX + 1])
{
	if (at == NULL)
		return;
	write_pointer(at->up, out);
	size_t len = strlen(out);
	if (at->name != NULL)
		snprintf(out + len, POINTER_MAX + 1 - len, "/%s", at->name);
	else
		snprintf(out + len, POINTER_MAX + 1 - len, "/%zu", at->index);
}

void
complain(struct reading *r, int status, const struct where *at, const char *detail)
{
	struct message *m = r->message;

	r->complaint_count++;
	if (m == NULL)
		return;
	if (m->status != 400)
		m->status = status;
	if (m->error_count == MESSAGE_ERRORS_MAX)
		return;
	struct message_error *error = &m->errors[m->error_count++];
	error->pointer[0] = '\0';
	write_pointer(at, error->pointer);
	error->detail = detail;
}

/* A complaint that only the sender can mend; returns false, so that a reader may end with it. */
bool
refuse(struct reading *r, const struct where *at, const char *detail)
{
	complain(r, 422, at, detail);
	return false;
}

/* The same about the member `name` of what stands at `up`. */
void
refuse_member(struct reading *r, const struct where *up, const char *name, const char *detail)
{
	struct where at = {up, name, 0};

	refuse(r, &at, detail);
}

/* --- values --- */

bool
visible_ascii(const char *text, size_t len, size_t min, size_t max)
{
	if (len < min || len > max)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x21 || text[i] > 0x7e)
			return false;
	return true;
}

bool
expect_kind(struct reading *r, const struct where *at, const struct node *node, enum node_kind kind)
{
	if (node->kind == kind)
		return true;
	return refuse(r, at,
	    kind == NODE_OBJECT	 ? "must be an object"
	    : kind == NODE_ARRAY ? "must be an array"
				 : "must be a string");
}

/* A string of 1 to `max` bytes without control characters (line breaks and tabs aside). */
bool
expect_text(struct reading *r, const struct where *at, const struct node *node, size_t max)
{
	if (!expect_kind(r, at, node, NODE_STRING))
		return false;
	if (node->len == 0)
		return refuse(r, at, "must not be empty");
	if (node->len > max)
		return refuse(r, at, "is too long");
	for (uint32_t i = 0; i < node->len; i++) {
		unsigned char c = (unsigned char)node->text[i];
		if (c == 0x7f || (c < 0x20 && c != '\n' && c != '\r' && c != '\t'))
			return refuse(r, at, "must not hold control characters");
	}
	return true;
}

static bool
expect_hsa(struct reading *r, const struct where *at, const struct node *node)
{
	if (!expect_kind(r, at, node, NODE_STRING))
		return false;
	if (identity_hsa_valid(node->text, node->len))
		return true;
	return refuse(r, at,
	    "must be an HSA-id: SE, 10 digits, '-', then letters and digits, at most 31 in all");
}

bool
expect_array(
    struct reading *r, const struct where *at, const struct node *node, size_t min, size_t max)
{
	if (!expect_kind(r, at, node, NODE_ARRAY))
		return false;
	if (node->len < min)
		return refuse(r, at, "must name at least one");
	if (node->len > max)
		return refuse(r, at, "names too many");
	return true;
}

void
read_at(struct reading *r, const struct where *at, const struct node *node, const struct field *f,
    void *slot)
{
	(void)f;
	if (!expect_kind(r, at, node, NODE_STRING))
		return;
	const char *problem = instant_parse(node->text, node->len, slot);
	if (problem != NULL)
		refuse(r, at, problem);
}

/* When something happened that the message tells of. */
void
read_happened_at(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	read_at(r, at, node, f, slot);
	if (r->side == READING_WIRE && *(instant *)slot > r->fact->sent_at + LATE_MAX)
		refuse(r, at, "lies after time: it must have happened when it is sent");
}

void
read_bool(struct reading *r, const struct where *at, const struct node *node, const struct field *f,
    void *slot)
{
	(void)f;
	if (node->kind != NODE_TRUE && node->kind != NODE_FALSE)
		refuse(r, at, "must be true or false");
	else
		*(bool *)slot = node->kind == NODE_TRUE;
}

void
read_int(struct reading *r, const struct where *at, const struct node *node, const struct field *f,
    void *slot)
{
	int64_t value;

	(void)f;
	if (!node_int(node, &value) || value < 0 || value > INT32_MAX)
		refuse(r, at, "must be a whole number of 0 or more");
	else
		*(int32_t *)slot = (int32_t)value;
}

void
read_uuid(struct reading *r, const struct where *at, const struct node *node, const struct field *f,
    void *slot)
{
	(void)f;
	if (expect_kind(r, at, node, NODE_STRING) && !uuid_parse(node->text, node->len, slot))
		refuse(r, at, "must be a uuid");
}

/* The value of a word, or -1 with a complaint. */
int
find_word(struct reading *r, const struct where *at, const struct node *node,
    const struct word_list *words)
{
	if (!expect_kind(r, at, node, NODE_STRING))
		return -1;
	int value = words->from(node->text, node->len);
	if (value < 0)
		refuse(r, at, words->detail);
	return value;
}

void
read_word(struct reading *r, const struct where *at, const struct node *node, const struct field *f,
    void *slot)
{
	int value = find_word(r, at, node, f->words);

	/* Every word list's enum is as wide as an unsigned int (asserted below). */
	if (value >= 0)
		*(unsigned *)slot = (unsigned)value;
}

_Static_assert(sizeof(enum samtycke_status) == sizeof(unsigned), "enums as wide as unsigned");

/* An array of words as bits 1 << value. */
void
read_word_bits(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	unsigned bits = 0;
	size_t i = 0;

	if (!expect_array(r, at, node, f->least, WORDS_MAX))
		return;
	for (const struct node *n = node->first; n != NULL; n = n->next, i++) {
		struct where place = {at, NULL, i};
		int value = find_word(r, &place, n, f->words);
		if (value >= 0)
			bits |= 1u << value;
	}
	*(uint8_t *)slot = (uint8_t)bits;
}

void
read_text(struct reading *r, const struct where *at, const struct node *node, const struct field *f,
    void *slot)
{
	(void)slot;
	expect_text(r, at, node, f->len_max);
}

/* A text that is kept in the fact, in len_max bytes and a NUL. */
void
read_kept_text(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	if (expect_text(r, at, node, f->len_max))
		memcpy(slot, node->text, node->len + 1);
}

void
read_message_id(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	(void)f;
	if (!expect_kind(r, at, node, NODE_STRING))
		return;
	if (!visible_ascii(node->text, node->len, 1, MESSAGE_ID_MAX))
		refuse(r, at, "must be 1 to 128 visible ASCII characters");
	else
		memcpy(slot, node->text, node->len + 1);
}

void
read_unit(struct reading *r, const struct where *at, const struct node *node, const struct field *f,
    void *slot)
{
	(void)f;
	if (!expect_hsa(r, at, node))
		return;
	unit_id unit = r->names->unit(r->names->register_, node->text);
	if (unit == 0 && r->side == READING_WIRE)
		refuse(r, at, "no such unit in the register");
	*(unit_id *)slot = unit;
}

/* C5: a unit by its HSA-id; of any other words 0. */
void
read_till(struct reading *r, const struct where *at, const struct node *node, const struct field *f,
    void *slot)
{
	if (!expect_text(r, at, node, f->len_max))
		return;
	if (identity_hsa_valid(node->text, node->len))
		read_unit(r, at, node, f, slot);
}

/* A unit that may be outside of the register: then 0. */
void
read_unit_anywhere(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	(void)f;
	if (expect_hsa(r, at, node))
		*(unit_id *)slot = r->names->unit(r->names->register_, node->text);
}

void
read_staff(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	(void)f;
	if (!expect_hsa(r, at, node))
		return;
	staff_id staff = r->names->staff(r->names->register_, node->text);
	if (staff == 0 && r->side == READING_WIRE)
		refuse(r, at, "no such person in the register");
	*(staff_id *)slot = staff;
}

void
read_kommun(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	(void)f;
	if (!expect_kind(r, at, node, NODE_STRING))
		return;
	kommun_kod kommun = 0;
	if (identity_kommunkod_valid(node->text, node->len))
		for (uint32_t i = 0; i < node->len; i++)
			kommun = kommun * 10 + (node->text[i] - '0');
	if (kommun == 0)
		refuse(r, at, "must be a kommunkod of 4 digits");
	*(kommun_kod *)slot = kommun;
}

/* --- objects --- */

/* What is absent: no instant is not the instant 0. All else was zeroed. */
void
blank_fields(const struct field *fields, char *base)
{
	for (const struct field *f = fields; f->name != NULL; f++) {
		if (f->inside != NULL)
			blank_fields(f->inside, base + f->offset);
		else if ((f->read == read_at || f->read == read_happened_at) &&
			 f->offset != NOWHERE)
			*(instant *)(void *)(base + f->offset) = INSTANT_NONE;
	}
}

void
read_fields(struct reading *r, const struct where *at, const struct node *node,
    const struct field *fields, char *base)
{
	union { /* as wide as any value that may go NOWHERE */
		instant at;
		unsigned word;
		bool flag;
	} scratch;

	if (!expect_kind(r, at, node, NODE_OBJECT))
		return;
	for (const struct field *f = fields; f->name != NULL; f++) {
		struct where place = {at, f->name, 0};
		bool own = r->side == READING_STORE && r->fact->source == 0;
		if (f->presence == OWN && !own)
			continue;
		const struct node *member = node_member(node, f->name, f->name_len);
		if (member != NULL)
			f->read(r, &place, member, f,
			    f->offset == NOWHERE ? (void *)&scratch : base + f->offset);
		else if (f->presence == REQUIRED && r->side == READING_WIRE)
			refuse(r, &place, "is missing");
	}
}

void
read_object(struct reading *r, const struct where *at, const struct node *node,
    const struct field *f, void *slot)
{
	read_fields(r, at, node, f->inside, slot);
}
