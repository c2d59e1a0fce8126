/*
 * proto/message: every example of proto/examples, what must be refused and with which words, the
 * three modes, the hash, and that stored bodies read back as the same facts. Run from the
 * repository's top.
 */
#include "message.h"

#include "document.h"
#include "rules/appoint.h"
#include "uuid.h"
#include "writer.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_ONE(value, word) +1
#define MESSAGE_TYPES_SENT_COUNT (0 MESSAGE_TYPES_SENT(COUNT_ONE))
#define EXAMPLES "proto/examples/"
#define FILE_BYTES_MAX 65536
#define EPISODE "019e2716-3a80-7000-8000-000001a2b3c4"

/* --- a register of a few names --- */

struct name {
	const char *hsa_id;
	int32_t nr;
};

static const struct name units[] = {{"SE2321000131-H0001", 1}, {"SE2321000131-V0001", 2},
    {"SE2321000131-V0002", 3}, {"SE2120000142-K0001", 4}, {"SE2120000142-S0001", 5}};
static const struct name persons[] = {{"SE2321000131-P0001", 101}, {"SE2321000131-P0002", 102},
    {"SE2321000131-P0003", 103}, {"SE2321000131-P0004", 104}};

static int32_t
find_nr(const struct name *names, size_t count, const char *hsa_id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i].hsa_id, hsa_id) == 0)
			return names[i].nr;
	return 0;
}

static const char *
find_hsa(const struct name *names, size_t count, int32_t nr)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].nr == nr)
			return names[i].hsa_id;
	return NULL;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static unit_id
fake_unit(const void *register_, const char *hsa_id)
{
	(void)register_;
	return find_nr(units, COUNT(units), hsa_id);
}

static staff_id
fake_staff(const void *register_, const char *hsa_id)
{
	(void)register_;
	return find_nr(persons, COUNT(persons), hsa_id);
}

static const char *
fake_unit_hsa(const void *register_, unit_id unit)
{
	(void)register_;
	return find_hsa(units, COUNT(units), unit);
}

static const char *
fake_staff_hsa(const void *register_, staff_id staff)
{
	(void)register_;
	return find_hsa(persons, COUNT(persons), staff);
}

static const struct message_names names = {
    fake_unit, fake_staff, fake_unit_hsa, fake_staff_hsa, NULL};

static instant
at(const char *text)
{
	instant t;

	ck_assert_ptr_null(instant_parse(text, strlen(text), &t));
	return t;
}

/* The clock of all tests. */
static struct message_context
context(void)
{
	return (struct message_context){
	    .names = names, .now = at("2026-05-31T12:00:00Z"), .events_max = 3};
}

static int
read_text(
    enum message_mode mode, const char *text, size_t len, struct message **m, const char **problem)
{
	struct message_context c = context();
	size_t place;

	return messages_read(mode, text, len, NULL, 0, &c, m, problem, &place);
}

/* Reads one structured event that must be taken for one. */
static struct message *
read_one(const char *text)
{
	struct message *m;
	const char *problem;

	ck_assert_int_eq(read_text(MESSAGE_STRUCTURED, text, strlen(text), &m, &problem), 1);
	return m;
}

/* Reads one that must be good. */
static struct message *
read_good(const char *text, const char *what)
{
	struct message *m = read_one(text);

	ck_assert_msg(m->status == 0, "%s: %d %s %s", what, m->status, m->errors[0].pointer,
	    m->error_count > 0 ? m->errors[0].detail : "");
	return m;
}

static char *
read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, FILE_BYTES_MAX);

	ck_assert_msg(file != NULL && text != NULL, "%s cannot be read", path);
	ck_assert_uint_lt(fread(text, 1, FILE_BYTES_MAX, file), FILE_BYTES_MAX);
	fclose(file);
	return text;
}

static char *
read_example(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), EXAMPLES "%s.json", name);
	return read_file(path);
}

/* --- facts that must be equal --- */

static void
assert_same_fact(const struct fact *a, const struct fact *b, const char *what)
{
	ck_assert_msg(memcmp(&a->identitet, &b->identitet,
			  sizeof(*a) - offsetof(struct fact, identitet)) == 0,
	    "%s: the stored body reads back as another fact", what);
}

/* A good message's body read back gives the same data, and written again the same bytes. */
static void
assert_reads_back(const struct message *m, const char *what)
{
	struct fact again;
	struct document *document;
	struct writer w = {0};

	memset(&again, 0xa5, sizeof(again));
	again.type = m->fact.type;
	again.source = m->fact.source;
	again.sent_at = m->fact.sent_at;
	again.recorded_at = context().now;
	ck_assert_msg(fact_read(m->body, m->body_len, &names, &again), "%s", what);
	assert_same_fact(&m->fact, &again, what);
	ck_assert_ptr_null(document_read(m->body, m->body_len, &document));
	node_write(document_root(document), &w);
	ck_assert_str_eq(w.text, m->body);
	free(w.text);
	document_free(document);
}

/* --- examples --- */

/* Calls `one` for each file of a folder; returns how many there were. */
static int
each_example(const char *folder, void (*one)(const char *path, const char *text))
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int count = 0;

	ck_assert_msg(dir != NULL, "%s is missing: run from the repository's top", folder);
	while ((entry = readdir(dir)) != NULL) {
		char path[512];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		char *text = read_file(path);
		one(path, text);
		free(text);
		count++;
	}
	closedir(dir);
	return count;
}

static void
check_ok(const char *path, const char *text)
{
	struct message *m = read_good(text, path);

	ck_assert_int_gt(m->fact.source, 0);
	assert_reads_back(m, path);
	messages_free(m, 1);
}

START_TEST(test_examples_ok)
{
	ck_assert_int_ge(each_example(EXAMPLES "ok", check_ok), MESSAGE_TYPES_SENT_COUNT);
}
END_TEST

static void
check_bad(const char *path, const char *text)
{
	struct document *document;
	struct writer w = {0};
	int64_t status;

	ck_assert_msg(document_read(text, strlen(text), &document) == NULL, "%s", path);
	const struct node *expect = node_member(document_root(document), "expect", 6);
	ck_assert_ptr_nonnull(expect);
	ck_assert(node_int(node_member(expect, "status", 6), &status));
	node_write(node_member(document_root(document), "event", 5), &w);
	struct message *m = read_one(w.text);
	if (strcmp(node_member(expect, "by", 2)->text, "door") == 0)
		status = 0; /* what only the legal clock can tell: the reader takes it */
	ck_assert_msg(m->status == status, "%s: status %d", path, m->status);
	if (status == 0) {
		messages_free(m, 1);
		document_free(document);
		free(w.text);
		return;
	}
	ck_assert_msg(m->error_count == 1 && strcmp(m->errors[0].pointer,
						 node_member(expect, "pointer", 7)->text) == 0,
	    "%s: %d complaints, the first at %s", path, m->error_count, m->errors[0].pointer);
	ck_assert_ptr_null(m->body);
	messages_free(m, 1);
	free(w.text);
	document_free(document);
}

START_TEST(test_examples_bad)
{
	ck_assert_int_ge(each_example(EXAMPLES "bad", check_bad), 2 * MESSAGE_TYPES_SENT_COUNT);
}
END_TEST

/* --- what no body may hold --- */

static const struct {
	const char *body;
	size_t len;
	const char *problem; /* words of it */
} bad_bodies[] = {
#define BODY(text) "" text, sizeof(text) - 1
    {BODY(""), "empty"},
    {BODY(" \r\n\t"), "empty"},
    {BODY("{"), "well-formed"},
    {BODY("{\"id\":1,}"), "well-formed"},
    {BODY("{\"id\" 1}"), "well-formed"},
    {BODY("{'id':1}"), "well-formed"},
    {BODY("{\"id\":01}"), "well-formed"},
    {BODY("{\"id\":1.}"), "well-formed"},
    {BODY("{\"id\":.5}"), "well-formed"},
    {BODY("{\"id\":+1}"), "well-formed"},
    {BODY("{\"id\":-}"), "well-formed"},
    {BODY("{\"id\":1e}"), "well-formed"},
    {BODY("{\"id\":NaN}"), "well-formed"},
    {BODY("{\"id\":tru}"), "well-formed"},
    {BODY("{\"id\":[1 2]}"), "well-formed"},
    {BODY("\xef\xbb\xbf{}"), "well-formed"}, /* a byte order mark */
    {BODY("{} {}"), "after the end"},
    {BODY("{}\0"), "after the end"},
    {BODY("{\"id\":\"a"), "middle of a string"},
    {BODY("{\"id\":\"a\0b\"}"), "control character"},
    {BODY("{\"id\":\"a\nb\"}"), "control character"},
    {BODY("{\"id\":\"\\u0000\"}"), "NUL"},
    {BODY("{\"a\\u0000b\":1}"), "NUL"},
    {BODY("{\"id\":\"\\x\"}"), "escape"},
    {BODY("{\"id\":\"\\u12g4\"}"), "four hex digits"},
    {BODY("{\"id\":\"\\u12"), "four hex digits"},
    {BODY("{\"id\":\"\\ud800\"}"), "surrogate"},
    {BODY("{\"id\":\"\\udc00\"}"), "surrogate"},
    {BODY("{\"id\":\"\\ud800\\u0041\"}"), "surrogate"},
    {BODY("{\"id\":\"\xff\"}"), "UTF-8"},
    {BODY("{\"id\":\"\xc0\xaf\"}"), "UTF-8"},	      /* too long a form */
    {BODY("{\"id\":\"\xe0\x80\xaf\"}"), "UTF-8"},     /* the same */
    {BODY("{\"id\":\"\xed\xa0\x80\"}"), "UTF-8"},     /* a surrogate */
    {BODY("{\"id\":\"\xf4\x90\x80\x80\"}"), "UTF-8"}, /* beyond U+10FFFF */
    {BODY("{\"id\":\"\xc3"), "UTF-8"},		      /* cut off */
    {BODY("{\"id\":\"\xc3\"}"), "UTF-8"},
    {BODY("{\"a\":1,\"b\":2,\"a\":3}"), "twice"},
    {BODY("{\"x\":{\"a\":1,\"\\u0061\":1}}"), "twice"},
    {BODY("{\"id\":9223372036854775808}"), "too large"},
    {BODY("{\"id\":-9223372036854775809}"), "too large"},
    {BODY("{\"id\":1e400}"), "too large"},
    {BODY("{\"id\":1.00000000000000000000000000000000000000000000000000000000000000001}"),
	"too large"},
    {BODY("[]"), "not a CloudEvent"},
    {BODY("\"text\""), "not a CloudEvent"},
    {BODY("null"), "not a CloudEvent"},
};

START_TEST(test_bad_bodies)
{
	struct message *m;
	const char *problem;

	ck_assert_int_eq(
	    read_text(MESSAGE_STRUCTURED, bad_bodies[_i].body, bad_bodies[_i].len, &m, &problem),
	    -1);
	ck_assert_msg(strstr(problem, bad_bodies[_i].problem) != NULL, "%d: %s", _i, problem);
	ck_assert_ptr_null(m);
}
END_TEST

/* Where it was seen, as a byte of the text. */
static const struct {
	const char *text;
	size_t place;
} places[] = {
    {"", DOCUMENT_NO_PLACE},
    {" \n", DOCUMENT_NO_PLACE},
    {"x", 0},
    {"  x", 2},
    {"{\"a\":1,}", 7},
    {"{\"a\":1", 6},
    {"{\"a\" 1}", 5},
    {"{\"a\":tru}", 5},
    {"{\"a\":\"b\nc\"}", 7},
    {"{\"a\":\"\\u0041\xff\"}", 12},
    {"{\"a\":\"b", 7},
    {"{\"a\":\"\\u0041\\x\"}", 12},
    {"{} {}", 3},
    {"{\"a\":1,\"b\":2,\"a\":3}", 13},
    {"[1e400]", 1},
};

START_TEST(test_places)
{
	struct document *document;
	size_t place;

	ck_assert_ptr_nonnull(
	    document_read_at(places[_i].text, strlen(places[_i].text), &document, &place));
	ck_assert_msg(place == places[_i].place, "%s: %zu", places[_i].text, place);
}
END_TEST

static int
read_nested(int depth, const char **problem)
{
	char text[2 * 100000 + 1];
	struct message *m;

	memset(text, '[', (size_t)depth);
	memset(text + depth, ']', (size_t)depth);
	int count = read_text(MESSAGE_BATCH, text, 2 * (size_t)depth, &m, problem);
	messages_free(m, count > 0 ? count : 0);
	return count;
}

START_TEST(test_depth)
{
	const char *problem;

	ck_assert_int_eq(read_nested(DOCUMENT_DEPTH_MAX, &problem), 1);
	ck_assert_int_eq(read_nested(DOCUMENT_DEPTH_MAX + 1, &problem), -1);
	ck_assert_ptr_nonnull(strstr(problem, "nested"));
	ck_assert_int_eq(read_nested(100000, &problem), -1);
}
END_TEST

/* An array of more values than the limit is refused before it takes the memory. */
START_TEST(test_values_max)
{
	size_t len = 2 * (DOCUMENT_VALUES_MAX - 1) + 1;
	char *text = malloc(len + 2);
	struct document *document;

	for (size_t i = 0; i < len + 2; i++)
		text[i] = i == 0 ? '[' : i % 2 ? '1' : ',';
	text[len - 1] = ']';
	ck_assert_ptr_null(document_read(text, len, &document));
	document_free(document);
	text[len - 1] = ',';
	text[len + 1] = ']';
	ck_assert_ptr_nonnull(document_read(text, len + 2, &document));
	free(text);
}
END_TEST

/* Members in the worst order, many of them: sorted, found, and a key twice still seen. */
START_TEST(test_many_members)
{
	struct writer w = {0};
	struct document *document;

	writer_literal(&w, "{");
	for (int i = 20000; i > 0; i--) {
		char member[32];
		snprintf(member, sizeof(member), "\"%06d\":%d,", i * 7919 % 20011, i);
		writer_raw(&w, member, strlen(member));
	}
	w.text[w.len - 1] = '}';
	ck_assert_ptr_null(document_read(w.text, w.len, &document));
	ck_assert_uint_eq(document_root(document)->len, 20000);
	const char *last = "";
	for (const struct node *n = document_root(document)->first; n != NULL; n = n->next) {
		ck_assert_str_lt(last, n->key);
		last = n->key;
	}
	document_free(document);
	memcpy(w.text + 1, "\"000001\"", 8);
	memcpy(w.text + 14, "\"000001\"", 8);
	ck_assert_ptr_nonnull(document_read(w.text, w.len, &document));
	free(w.text);
}
END_TEST

/* --- canonical writing --- */

static const struct {
	const char *from, *to;
} written[] = {
    {"{ \"b\" : 1 , \"a\" : [ ] , \"\" : { } }", "{\"\":{},\"a\":[],\"b\":1}"},
    {"[\"\\u00e5\\/\\u0041\\b\\f\\n\\r\\t\\\"\\\\\\u001f\\u007f\"]",
	"[\"\xc3\xa5/A\\b\\f\\n\\r\\t\\\"\\\\\\u001f\x7f\"]"},
    {"[\"\\uD83D\\uDE00 \xf0\x9f\x98\x80\"]", "[\"\xf0\x9f\x98\x80 \xf0\x9f\x98\x80\"]"},
    {"[1.50,-0,1E+2,9223372036854775807,true,false,null]",
	"[1.50,-0,1E+2,9223372036854775807,true,false,null]"},
    {"{\"aa\":1,\"b\":2,\"a\":3,\"\\u00e5\":4}", "{\"a\":3,\"aa\":1,\"b\":2,\"\xc3\xa5\":4}"},
};

START_TEST(test_written)
{
	struct document *document;
	struct writer w = {0};

	ck_assert_ptr_null(document_read(written[_i].from, strlen(written[_i].from), &document));
	node_write(document_root(document), &w);
	ck_assert_str_eq(w.text, written[_i].to);
	free(w.text);
	document_free(document);
}
END_TEST

/* --- what is read --- */

START_TEST(test_inskrivningsmeddelande)
{
	char *text = read_example("ok/inskrivningsmeddelande");
	struct message *m = read_good(text, "inskrivningsmeddelande");
	const struct fact_inskrivningsmeddelande *im = &m->fact.inskrivningsmeddelande;

	ck_assert_int_eq(m->fact.type, INSKRIVNINGSMEDDELANDE);
	ck_assert_int_eq(m->fact.source, 1);
	ck_assert_str_eq(m->source, "SE2321000131-H0001");
	ck_assert_int_eq(m->fact.sent_at, at("2026-05-04T07:00:00Z"));
	ck_assert_int_eq(m->ref, EPISODE_BY_ENCOUNTER);
	ck_assert_str_eq(m->encounter, "VT-2026-004711");
	ck_assert_str_eq(m->traceparent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
	ck_assert_str_eq(m->fact.identitet.system, "personnummer");
	ck_assert_int_eq(im->inskriven_at, at("2026-05-03T18:00:00Z"));
	ck_assert_int_eq(im->behov_bedomt_at, at("2026-05-04T06:30:00Z"));
	ck_assert_int_eq(im->beraknad_utskrivning_at, at("2026-05-10T10:00:00Z"));
	ck_assert_int_eq(im->saknas, 0);
	ck_assert_int_eq(
	    im->behov, 1 << BEHOV_OPPENVARD | 1 << BEHOV_KOMMUNAL_HSL | 1 << BEHOV_SOCIALTJANST);
	ck_assert_int_eq(im->behovsprofil, 1 << PROFIL_OMVARDNAD);
	ck_assert_int_eq(im->samtycke[SAMTYCKE_SIP], SAMTYCKE_LAMNAT);
	ck_assert_int_eq(im->folkbokforingskommun, 180);
	ck_assert_int_eq(im->listad_pa, 2);
	ck_assert_int_eq(im->onskad, 101);
	ck_assert_int_eq(im->ej_onskad, 0);
	ck_assert_int_eq(im->mottagare_count, 3);
	ck_assert_int_eq(im->mottagare[1].unit, 4);
	ck_assert_int_eq(im->mottagare[2].unit, 0);
	ck_assert_int_eq(im->mottagare[2].kommun, 180);
	ck_assert_int_eq(im->mottagare[2].slag, SOCIALTJANST);
	ck_assert_str_eq(im->mottagare[2].distrikt, "norr");
	messages_free(m, 1);
	free(text);
}
END_TEST

/* A3: what is absent is flagged; skydd waives the address. */
static const struct {
	const char *example;
	int saknas;
} a3[] = {
    {"ok/inskrivningsmeddelande", 0},
    {"ok/inskrivningsmeddelande_a3_absent",
	SAKNAS_NAMN | SAKNAS_IDENTITET | SAKNAS_ADRESS | SAKNAS_BERAKNAD},
    {"ok/inskrivningsmeddelande_skydd", 0},
    {"ok/inskrivningsmeddelande_reserve_number", 0},
};

START_TEST(test_a3)
{
	char *text = read_example(a3[_i].example);
	struct message *m = read_good(text, a3[_i].example);

	ck_assert_int_eq(m->fact.inskrivningsmeddelande.saknas, a3[_i].saknas);
	ck_assert_int_eq(
	    m->fact.identitet.system[0] == '\0', (a3[_i].saknas & SAKNAS_IDENTITET) != 0);
	messages_free(m, 1);
	free(text);
}
END_TEST

START_TEST(test_sip_kallelse)
{
	char *text = read_example("ok/sip_kallelse");
	struct message *m = read_good(text, "sip_kallelse");
	const struct fact_sip_kallelse *kallelse = &m->fact.sip_kallelse;
	uint8_t episode[UUID_BYTES];

	ck_assert(uuid_parse(EPISODE, strlen(EPISODE), episode));
	ck_assert_int_eq(m->ref, EPISODE_BY_ID);
	ck_assert_mem_eq(m->episode, episode, sizeof(episode));
	ck_assert_int_eq(kallelse->skickad_av, 102);
	ck_assert_int_eq(kallelse->for_staff, 101);
	ck_assert_int_eq(kallelse->mote.start_at, at("2026-05-18T11:00:00Z"));
	ck_assert_int_eq(kallelse->kallade_count, 2);
	ck_assert_int_eq(kallelse->kallade[0], 4);
	ck_assert_int_eq(kallelse->kallade[1], 5);
	messages_free(m, 1);
	free(text);
}
END_TEST

START_TEST(test_absent)
{
	char *text = read_example("ok/sip_kallelse_avboka");
	struct message *m = read_good(text, "sip_kallelse_avboka");

	ck_assert_int_eq(m->fact.sip_kallelse.mote.start_at, INSTANT_NONE);
	ck_assert_int_eq(m->fact.sip_kallelse.mote.end_at, INSTANT_NONE);
	messages_free(m, 1);
	free(text);
	text = read_example("ok/fast_vardkontakt_avsluta");
	m = read_good(text, "fast_vardkontakt_avsluta");
	ck_assert_int_eq(m->fact.fast_vardkontakt.to_at, INSTANT_NONE);
	ck_assert_int_eq(m->fact.fast_vardkontakt.omprovas_at, INSTANT_NONE);
	ck_assert_int_eq(m->fact.fast_vardkontakt.unit, 2);
	messages_free(m, 1);
	free(text);
	text = read_example("ok/utskrivningsklar");
	m = read_good(text, "utskrivningsklar");
	ck_assert_int_eq(m->fact.utskrivningsklar.reservrutin.lamnad_at, INSTANT_NONE);
	ck_assert_int_eq(m->fact.utskrivningsklar.reservrutin.till, 0);
	ck_assert(m->fact.utskrivningsklar.behov_given);
	messages_free(m, 1);
	free(text);
	text = read_example("ok/kvittens");
	m = read_good(text, "kvittens");
	ck_assert_int_eq(m->fact.kvittens.task_nr, 3);
	messages_free(m, 1);
	free(text);
}
END_TEST

#define EVENT(source, data) \
	"{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"" source \
	"\",\"type\":\"samordnad.utskrivning.v1\",\"time\":\"2026-05-12T13:00:00+02:00\"," \
	"\"data\":" data "}"
#define UTSKRIVNING_DATA \
	"{\"episode\":{\"encounter\":\"7\"},\"utskriven_at\":\"2026-05-12T12:45:00+02:00\"," \
	"\"destination\":\"ordinart\"}"

/* Whether an unknown sender may send is for the route: the message is read, its source is 0. */
START_TEST(test_unknown_source)
{
	struct message *m =
	    read_good(EVENT("SE2321000131-X0001", UTSKRIVNING_DATA), "unknown source");

	ck_assert_int_eq(m->fact.source, 0);
	ck_assert_str_eq(m->source, "SE2321000131-X0001");
	messages_free(m, 1);
}
END_TEST

/* An unknown type is told which there are: those that may be sent, and no others. */
START_TEST(test_unknown_type)
{
	struct message *m = read_one("{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":"
				     "\"SE2321000131-H0001\",\"type\":"
				     "\"samordnad.sip_bokning.v1\",\"time\":"
				     "\"2026-05-12T13:00:00+02:00\",\"data\":{}}");
	char word[64];

	ck_assert_int_eq(m->status, 422);
	ck_assert_str_eq(m->errors[0].pointer, "/type");
	for (int type = 0; type < MESSAGE_TYPE_COUNT; type++) {
		snprintf(word, sizeof(word), " %s ", message_type_word((enum message_type)type));
		ck_assert_msg((strstr(m->errors[0].detail, word) != NULL) ==
				  !message_type_is_own((enum message_type)type),
		    "%s", word);
	}
	messages_free(m, 1);
}
END_TEST

/* Many complaints: eight are told, none of them echoes what was sent. */
START_TEST(test_many_complaints)
{
	struct message *m = read_one("{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":"
				     "\"SE2321000131-H0001\",\"type\":"
				     "\"samordnad.inskrivningsmeddelande.v1\",\"time\":"
				     "\"2026-05-12T13:00:00+02:00\",\"data\":{\"patient\":7}}");

	ck_assert_int_eq(m->status, 422);
	ck_assert_int_eq(m->error_count, MESSAGE_ERRORS_MAX);
	ck_assert_str_eq(m->errors[0].pointer, "/data/episode");
	ck_assert_str_eq(m->errors[1].pointer, "/data/patient");
	ck_assert_str_eq(m->errors[2].pointer, "/data/inskriven_at");
	messages_free(m, 1);
}
END_TEST

/* --- one message of any type --- */

#define OF_EPISODE "\"episode\":{\"encounter\":\"7\"}"
#define PATIENT "{\"identitet\":{\"system\":\"personnummer\",\"varde\":\"189001019802\"}}"
#define OF_PATIENT "\"patient\":" PATIENT

/* Reads an event of the type whose data hold these members: `home`, `data`, or both. */
static struct message *
read_message(const char *type, const char *home, const char *data)
{
	char text[4096];
	int len = snprintf(text, sizeof(text),
	    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"SE2321000131-H0001\",\"type\":"
	    "\"samordnad.%s.v1\",\"time\":\"2026-05-12T13:00:00+02:00\",\"data\":{%s%s%s}}",
	    type, home, home[0] != '\0' && data[0] != '\0' ? "," : "", data);

	ck_assert_int_lt(len, (int)sizeof(text));
	return read_one(text);
}

/* The message is good, or it has this one complaint. */
static void
assert_taken(const struct message *m, const char *pointer, const char *what)
{
	const char *said = m->error_count > 0 ? m->errors[0].pointer : "taken";

	ck_assert_msg(m->status == (pointer != NULL ? 422 : 0) && m->error_count <= 1 &&
			  (pointer == NULL || strcmp(said, pointer) == 0),
	    "%s: status %d, %s", what, m->status, said);
	if (pointer == NULL)
		assert_reads_back(m, what);
}

/* --- what has happened lies not after `time` --- */

#define IM_DATA(inskriven, bedomt, beraknad) \
	"\"patient\":{\"skyddade_personuppgifter\":\"nej\"},\"avdelning\":\"21\",\"mottagare\":[{" \
	"\"hsa_id\":\"SE2321000131-V0001\"}],\"behov\":[\"oppenvard\"],\"samtycke\":{" \
	"\"informationsdelning\":\"lamnat\",\"sip\":\"lamnat\"},\"verksamhet\":\"somatisk\"," \
	"\"vardform\":\"HSL\",\"inskriven_at\":" inskriven ",\"behov_bedomt_at\":" bedomt \
	",\"beraknad_utskrivning_at\":" beraknad

/* `time` is 13:00 in Sweden: five minutes are let pass for clocks that differ, a microsecond more
 * is not. A row's data come with both, and what is still to come may lie ahead. */
#define BEFORE "\"2026-05-12T12:00:00+02:00\""
#define LATEST "\"2026-05-12T13:05:00+02:00\""
#define AFTER "\"2026-05-12T13:05:00.000001+02:00\""
#define AHEAD "\"2026-05-20T10:00:00+02:00\""
#define HAPPENED(message, pointer, before, after) \
	{message, NULL, before LATEST after}, \
	{ \
		message, pointer, before AFTER after \
	}

static const struct {
	const char *message;
	const char *pointer; /* or NULL: taken */
	const char *data;    /* besides the episode */
} times[] = {
    HAPPENED("inskrivning", "/data/inskriven_at",
	"\"patient\":{},\"avdelning\":\"21\",\"inskriven_at\":", ""),
    HAPPENED("behovsbedomning", "/data/bedomt_at", "\"behov_finns\":\"ja\",\"bedomt_at\":", ""),
    {"inskrivningsmeddelande", NULL, IM_DATA(BEFORE, LATEST, AHEAD)},
    {"inskrivningsmeddelande", NULL, IM_DATA(LATEST, LATEST, LATEST)},
    {"inskrivningsmeddelande", "/data/inskriven_at", IM_DATA(AFTER, BEFORE, AHEAD)},
    {"inskrivningsmeddelande", "/data/behov_bedomt_at", IM_DATA(BEFORE, AFTER, AHEAD)},
    {"inskrivningsmeddelande", "/data/beraknad_utskrivning_at", IM_DATA(LATEST, BEFORE, BEFORE)},
    {"ny_beraknad_utskrivning", NULL, "\"beraknad_utskrivning_at\":" AHEAD},
    HAPPENED("utskrivningsklar", "/data/klar_at", "\"klar_at\":", ""),
    HAPPENED("ej_langre_utskrivningsklar", "/data/at", "\"at\":", ""),
    HAPPENED(
	"utskrivning", "/data/utskriven_at", "\"utskriven_at\":", ",\"destination\":\"ordinart\""),
    HAPPENED("utskrivningsinformation", "/data/overford_at", "\"overford_at\":", ""),
    HAPPENED("patientinformation", "/data/overlamnad_at", "\"overlamnad_at\":", ""),
    HAPPENED("sip_kallelse", "/data/at",
	"\"atgard\":\"skicka\",\"skickad_av\":\"SE2321000131-P0001\",\"kallade\":["
	"\"SE2120000142-K0001\"],\"mote\":{\"start_at\":" AHEAD
	",\"end_at\":\"2026-05-20T11:00:00+02:00\",\"form\":\"telefon\"},\"at\":",
	""),
    HAPPENED("samtycke", "/data/at", "\"omfattning\":\"sip\",\"status\":\"lamnat\",\"at\":", ""),
    {"fast_vardkontakt", NULL,
	"\"atgard\":\"utse\",\"staff\":\"SE2321000131-P0001\",\"utsedd_av\":\"SE2321000131-P0001\","
	"\"from_at\":" AHEAD},
    HAPPENED("overflyttning", "/data/at", "\"avdelning\":\"22\",\"at\":", ""),
    HAPPENED("avliden", "/data/at", "\"at\":", ""),
    HAPPENED("vardplan_justerad", "/data/at", "\"at\":", ""),
    HAPPENED("begaran_fast_vardkontakt", "/data/at", OF_PATIENT ",\"at\":", ""),
    HAPPENED("sparr", "/data/at", OF_PATIENT ",\"atgard\":\"satt\",\"at\":", ""),
    HAPPENED("sip", "/data/hallen_at", "\"utfall\":\"uteblev\",\"hallen_at\":", ""),
    HAPPENED("sip_uppfoljning", "/data/hallen_at", "\"hallen_at\":", ""),
    {"vardform_andrad", NULL, "\"vardform\":\"HSL\",\"from_at\":" AHEAD},
    {"permission", NULL, "\"from_at\":" AHEAD},
    {"kallelse_svar", NULL, "\"svar\":\"annan_tid\",\"forslag_at\":" AHEAD},
    {"insatser_status", NULL, "\"status\":\"ej_tillganglig\",\"from_at\":" AHEAD},
    {"personal", NULL, "\"staff\":\"SE2321000131-P0001\",\"atgard\":\"slutar\",\"from_at\":" AHEAD},
};

START_TEST(test_times)
{
	struct message *m = read_message(times[_i].message, OF_EPISODE, times[_i].data);

	assert_taken(m, times[_i].pointer, times[_i].message);
	messages_free(m, 1);
}
END_TEST

/* --- where a message belongs --- */

#define SAMTYCKE_DATA "\"omfattning\":\"sip\",\"status\":\"nekat\",\"at\":" BEFORE

static const struct {
	const char *message, *home, *data;
	const char *pointer; /* or NULL: taken */
	enum episode_ref ref;
	bool identified;
} homes[] = {
    /* D10 */
    {"samtycke", OF_EPISODE, SAMTYCKE_DATA, NULL, EPISODE_BY_ENCOUNTER, false},
    {"samtycke", OF_PATIENT, SAMTYCKE_DATA, NULL, EPISODE_NONE, true},
    {"samtycke", OF_EPISODE "," OF_PATIENT, SAMTYCKE_DATA, "/data/patient", EPISODE_BY_ENCOUNTER,
	false},
    {"samtycke", "", SAMTYCKE_DATA, "/data/episode", EPISODE_NONE, false},
    {"samtycke", "\"patient\":{}", SAMTYCKE_DATA, "/data/patient/identitet", EPISODE_NONE, false},
    {"samtycke", "\"patient\":7", SAMTYCKE_DATA, "/data/patient", EPISODE_NONE, false},
    {"sip_behov", OF_PATIENT, "\"behov\":\"ny\"", NULL, EPISODE_NONE, true},
    {"sip_kallelse", OF_PATIENT,
	"\"atgard\":\"avboka\",\"skickad_av\":\"SE2321000131-P0001\",\"kallade\":[],\"at\":" BEFORE,
	NULL, EPISODE_NONE, true},
    {"sip", OF_PATIENT, "\"utfall\":\"uteblev\",\"hallen_at\":" BEFORE, NULL, EPISODE_NONE, true},
    {"sip_uppfoljning", OF_PATIENT, "\"hallen_at\":" BEFORE, NULL, EPISODE_NONE, true},
    /* of a stay only */
    {"avliden", OF_PATIENT, "\"at\":" BEFORE, "/data/episode", EPISODE_NONE, false},
    {"kallelse_svar", OF_PATIENT, "\"svar\":\"ja\"", "/data/episode", EPISODE_NONE, false},
    /* of a patient, of a unit: whatever stay is named */
    {"sparr", OF_EPISODE "," OF_PATIENT, "\"atgard\":\"satt\",\"at\":" BEFORE, NULL, EPISODE_NONE,
	true},
    {"sparr", OF_EPISODE, "\"atgard\":\"satt\",\"at\":" BEFORE, "/data/patient", EPISODE_NONE,
	false},
    {"begaran_fast_vardkontakt", OF_PATIENT, "\"at\":" BEFORE, NULL, EPISODE_NONE, true},
    {"personal", "", "\"staff\":\"SE2321000131-P0001\",\"atgard\":\"ater\",\"from_at\":" BEFORE,
	NULL, EPISODE_NONE, false},
};

START_TEST(test_homes)
{
	struct message *m = read_message(homes[_i].message, homes[_i].home, homes[_i].data);

	assert_taken(m, homes[_i].pointer, homes[_i].message);
	ck_assert_int_eq(m->ref, homes[_i].ref);
	if (m->status == 0)
		ck_assert_int_eq(m->fact.identitet.system[0] != '\0', homes[_i].identified);
	messages_free(m, 1);
}
END_TEST

/* --- mottagare_andrad (A10) --- */

START_TEST(test_mottagare_andrad)
{
	char *text = read_example("ok/mottagare_andrad");
	struct message *m = read_good(text, "mottagare_andrad");
	const struct fact_mottagare_andrad *andrad = &m->fact.mottagare_andrad;

	ck_assert_int_eq(andrad->lagg_till_count, 2);
	ck_assert_int_eq(andrad->lagg_till[0].unit, 4);
	ck_assert_int_eq(andrad->lagg_till[1].unit, 0);
	ck_assert_int_eq(andrad->lagg_till[1].kommun, 180);
	ck_assert_int_eq(andrad->lagg_till[1].slag, SOCIALTJANST);
	ck_assert_str_eq(andrad->lagg_till[1].distrikt, "norr");
	ck_assert_int_eq(andrad->ta_bort_count, 1);
	ck_assert_int_eq(andrad->ta_bort[0], 5);
	ck_assert_int_eq(andrad->vidarebefordra, 0);
	messages_free(m, 1);
	free(text);
	m = read_message("mottagare_andrad", OF_EPISODE,
	    "\"vidarebefordra\":\"SE2120000142-S0001\",\"ta_bort\":[\"SE2321000131-V0001\","
	    "\"SE2321000131-V0001\"]");
	assert_taken(m, NULL, "forwarded");
	ck_assert_int_eq(m->fact.mottagare_andrad.vidarebefordra, 5);
	ck_assert_int_eq(m->fact.mottagare_andrad.lagg_till_count, 0);
	ck_assert_int_eq(m->fact.mottagare_andrad.ta_bort_count, 1);
	messages_free(m, 1);
}
END_TEST

static const struct {
	const char *data, *pointer;
} mottagare[] = {
    {"", "/data"},
    {"\"lagg_till\":[],\"ta_bort\":[]", "/data"},
    {"\"lagg_till\":{}", "/data/lagg_till"},
    {"\"lagg_till\":[{}]", "/data/lagg_till/0"},
    {"\"lagg_till\":[\"SE2120000142-K0001\"]", "/data/lagg_till/0"},
    {"\"lagg_till\":[{\"hsa_id\":\"SE2120000142-K0001\"},{\"kommun\":\"0180\"}]",
	"/data/lagg_till/1/slag"},
    {"\"lagg_till\":[{\"kommun\":\"0180\",\"slag\":\"slutenvard\"}]", "/data/lagg_till/0/slag"},
    {"\"ta_bort\":[\"SE2120000142-K0001\",{}]", "/data/ta_bort/1"},
    {"\"vidarebefordra\":\"SE2120000142-X0001\"", "/data/vidarebefordra"},
};

START_TEST(test_mottagare_refused)
{
	struct message *m = read_message("mottagare_andrad", OF_EPISODE, mottagare[_i].data);

	assert_taken(m, mottagare[_i].pointer, mottagare[_i].data);
	messages_free(m, 1);
}
END_TEST

/* --- patient_uppdaterad (G4, F4, G6) --- */

static const struct {
	const char *members;
	uint8_t given;
} patients[] = {
    {"", 0},
    {"\"namn\":\"Test\"", PATIENT_NAMN},
    {"\"folkbokforingsadress\":{\"ort\":\"Storstad\"}", PATIENT_ADRESS},
    {"\"folkbokforingskommun\":\"0180\"", PATIENT_KOMMUN},
    {"\"placerande_kommun\":\"0980\"", PATIENT_PLACERANDE},
    {"\"listad_pa\":\"SE2321000131-V0002\"", PATIENT_LISTAD},
    {"\"skyddade_personuppgifter\":\"sekretessmarkering\"", PATIENT_SKYDD},
    {"\"identitet\":{\"system\":\"personnummer\",\"varde\":\"189001019802\"}", 0},
    {"\"listad_pa\":\"SE2321000131-V0002\",\"namn\":\"Test\",\"okant\":1",
	PATIENT_LISTAD | PATIENT_NAMN},
};

START_TEST(test_patient_given)
{
	char data[256];
	snprintf(data, sizeof(data), "\"patient\":{%s}", patients[_i].members);
	struct message *m = read_message("patient_uppdaterad", OF_EPISODE, data);
	const struct fact_patient_uppdaterad *changed = &m->fact.patient_uppdaterad;
	uint8_t given = patients[_i].given;

	assert_taken(m, NULL, patients[_i].members);
	ck_assert_int_eq(changed->given, given);
	ck_assert_int_eq(changed->folkbokforingskommun, given & PATIENT_KOMMUN ? 180 : 0);
	ck_assert_int_eq(changed->placerande_kommun, given & PATIENT_PLACERANDE ? 980 : 0);
	ck_assert_int_eq(changed->listad_pa, given & PATIENT_LISTAD ? 3 : 0);
	ck_assert_int_eq(
	    changed->skydd, given & PATIENT_SKYDD ? SKYDD_SEKRETESSMARKERING : SKYDD_NEJ);
	ck_assert_int_eq(changed->from_at, INSTANT_NONE);
	ck_assert_int_eq(changed->ersatter.system[0], '\0');
	messages_free(m, 1);
}
END_TEST

/* G4: which identity gives way, and which it is that stays, in whatever order they stand. */
START_TEST(test_ersatter)
{
	static const char *const data[] = {OF_PATIENT
	    ",\"ersatter\":{\"system\":\"reserv\",\"varde\":\"R7\"},\"from_at\":" BEFORE,
	    "\"ersatter\":{\"system\":\"reserv\",\"varde\":\"R7\"},\"from_at\":" BEFORE
	    "," OF_PATIENT};

	for (size_t i = 0; i < COUNT(data); i++) {
		struct message *m = read_message("patient_uppdaterad", OF_EPISODE, data[i]);
		const struct fact_patient_uppdaterad *changed = &m->fact.patient_uppdaterad;
		assert_taken(m, NULL, data[i]);
		ck_assert_str_eq(m->fact.identitet.system, "personnummer");
		ck_assert_str_eq(changed->ersatter.system, "reserv");
		ck_assert_str_eq(changed->ersatter.varde, "R7");
		ck_assert_int_eq(changed->from_at, at("2026-05-12T10:00:00Z"));
		messages_free(m, 1);
	}
}
END_TEST

/* --- the plan (D7) --- */

#define LEAST_PLAN \
	"\"insatser\":[\"a\"],\"region\":[],\"kommun\":[\"a\"],\"andra\":[],\"overgripande_" \
	"ansvar\":" \
	"\"kommun\""

static const struct {
	const char *plan;
	int saknas; /* or -1: refused */
	const char *pointer;
} plans[] = {
    {LEAST_PLAN,
	PLAN_MAL | PLAN_DELTAGARE | PLAN_SAMORDNINGSANSVARIG | PLAN_UPPFOLJNING |
	    PLAN_PATIENTENS_DEL,
	NULL},
    {LEAST_PLAN ",\"mal\":[\"b\"],\"patientens_del\":\"c\"",
	PLAN_DELTAGARE | PLAN_SAMORDNINGSANSVARIG | PLAN_UPPFOLJNING, NULL},
    {LEAST_PLAN ",\"deltagare\":[\"b\"],\"samordningsansvarig\":\"c\"",
	PLAN_MAL | PLAN_UPPFOLJNING | PLAN_PATIENTENS_DEL, NULL},
    {LEAST_PLAN ",\"mal\":[],\"deltagare\":[],\"samordningsansvarig\":\"c\",\"patientens_del\":"
		"\"d\",\"uppfoljning_at\":" AHEAD,
	0, NULL},
    {"\"region\":[],\"kommun\":[],\"andra\":[],\"overgripande_ansvar\":\"kommun\"", -1,
	"/data/plan/insatser"},
    {"\"insatser\":[],\"region\":[],\"kommun\":[],\"andra\":[],\"overgripande_ansvar\":\"kommun\"",
	-1, "/data/plan/insatser"},
    {"\"insatser\":[\"a\"],\"kommun\":[],\"andra\":[],\"overgripande_ansvar\":\"kommun\"", -1,
	"/data/plan/region"},
    {"\"insatser\":[\"a\"],\"region\":[],\"andra\":[],\"overgripande_ansvar\":\"kommun\"", -1,
	"/data/plan/kommun"},
    {"\"insatser\":[\"a\"],\"region\":[],\"kommun\":[],\"overgripande_ansvar\":\"kommun\"", -1,
	"/data/plan/andra"},
    {"\"insatser\":[\"a\"],\"region\":[],\"kommun\":[],\"andra\":[]", -1,
	"/data/plan/overgripande_ansvar"},
    {LEAST_PLAN ",\"mal\":[\"b\",\"\"]", -1, "/data/plan/mal/1"},
    {LEAST_PLAN ",\"uppfoljning_at\":\"2026-06-18\"", -1, "/data/plan/uppfoljning_at"},
};

START_TEST(test_plan)
{
	static const char *const messages[] = {"sip", "sip_uppfoljning"};
	char data[1024];

	snprintf(data, sizeof(data), "\"utfall\":\"genomford\",\"hallen_at\":%s,\"plan\":{%s}",
	    BEFORE, plans[_i].plan);
	for (size_t i = 0; i < COUNT(messages); i++) {
		struct message *m = read_message(messages[i], OF_EPISODE, data);
		const struct plan *plan =
		    i == 0 ? &m->fact.sip.plan : &m->fact.sip_uppfoljning.plan;
		assert_taken(m, plans[_i].pointer, plans[_i].plan);
		if (m->status == 0) {
			ck_assert(plan->given);
			ck_assert_int_eq(plan->saknas, plans[_i].saknas);
			ck_assert_int_eq(plan->overgripande_ansvar, HUVUDMAN_KOMMUN);
			ck_assert_int_eq(plan->uppfoljning_at, plan->saknas & PLAN_UPPFOLJNING
								   ? INSTANT_NONE
								   : at("2026-05-20T08:00:00Z"));
		}
		messages_free(m, 1);
	}
}
END_TEST

/* --- what the first messages hold besides --- */

/* C1a, C2, C6; what is absent was not said. */
START_TEST(test_utskrivningsklar)
{
	char *text = read_example("ok/utskrivningsklar_undanhallen");
	struct message *m = read_good(text, "utskrivningsklar_undanhallen");
	const struct fact_utskrivningsklar *klar = &m->fact.utskrivningsklar;

	ck_assert_int_eq(klar->undanhallen_count, 1);
	ck_assert_int_eq(klar->undanhallen[0], 4);
	ck_assert(klar->underrattelse_lpt_7a);
	ck_assert(klar->tvangsvard_given);
	ck_assert_int_eq(klar->oppen_tvangsvard, TVANGSVARD_OPT);
	messages_free(m, 1);
	free(text);
	m = read_message("utskrivningsklar", OF_EPISODE, "\"klar_at\":" BEFORE);
	klar = &m->fact.utskrivningsklar;
	assert_taken(m, NULL, "the least utskrivningsklar");
	ck_assert(!klar->behov_given && !klar->tvangsvard_given && !klar->underrattelse_lpt_7a);
	ck_assert_int_eq(klar->undanhallen_count, 0);
	messages_free(m, 1);
}
END_TEST

/* D11 */
START_TEST(test_strukna)
{
	char *text = read_example("ok/sip_kallelse_strukna");
	struct message *m = read_good(text, "sip_kallelse_strukna");

	ck_assert_int_eq(m->fact.sip_kallelse.kallade_count, 1);
	ck_assert_int_eq(m->fact.sip_kallelse.kallade[0], 4);
	ck_assert_int_eq(m->fact.sip_kallelse.strukna_count, 1);
	ck_assert_int_eq(m->fact.sip_kallelse.strukna[0], 5);
	messages_free(m, 1);
	free(text);
}
END_TEST

/* B11: the kinds 1 to 4, and no other. */
START_TEST(test_slag)
{
	char data[256];
	snprintf(data, sizeof(data),
	    "\"slag\":%d,\"staff\":\"SE2321000131-P0001\",\"atgard\":\"utse\",\"from_at\":%s", _i,
	    AHEAD);
	struct message *m = read_message("fast_kontakt", OF_PATIENT, data);

	assert_taken(m, _i >= 1 && _i <= 4 ? NULL : "/data/slag", data);
	if (m->status == 0)
		ck_assert_int_eq(m->fact.fast_kontakt.slag, _i);
	messages_free(m, 1);
}
END_TEST

/* --- the second messages, as their examples say --- */

/* Reads an example; returns its message, to be freed. */
static struct message *
example(const char *name)
{
	char *text = read_example(name);
	struct message *m = read_good(text, name);

	free(text);
	return m;
}

/* D7, D8, D10 */
START_TEST(test_sip)
{
	struct message *m = example("ok/sip_uteblev");

	ck_assert_int_eq(m->fact.sip.hallen_at, at("2026-05-18T11:00:00Z"));
	ck_assert_int_eq(m->fact.sip.utfall, SIP_UTEBLEV);
	ck_assert(!m->fact.sip.plan.given);
	messages_free(m, 1);
	m = example("ok/sip_uppfoljning");
	ck_assert(m->fact.sip_uppfoljning.plan.given);
	ck_assert(!m->fact.sip_uppfoljning.avslutad);
	ck_assert_int_eq(m->fact.sip_uppfoljning.nasta_uppfoljning_at, at("2026-08-28T11:00:00Z"));
	messages_free(m, 1);
	m = example("ok/sip_uppfoljning_avslutad");
	ck_assert(m->fact.sip_uppfoljning.avslutad);
	ck_assert(!m->fact.sip_uppfoljning.plan.given);
	ck_assert_int_eq(m->fact.sip_uppfoljning.nasta_uppfoljning_at, INSTANT_NONE);
	messages_free(m, 1);
	m = example("ok/kallelse_svar_annan_tid");
	ck_assert_int_eq(m->fact.kallelse_svar.svar, SVAR_ANNAN_TID);
	ck_assert_int_eq(m->fact.kallelse_svar.forslag_at, at("2026-05-19T11:00:00Z"));
	messages_free(m, 1);
	m = example("ok/kallelse_svar");
	ck_assert_int_eq(m->fact.kallelse_svar.svar, SVAR_JA);
	ck_assert_int_eq(m->fact.kallelse_svar.forslag_at, INSTANT_NONE);
	messages_free(m, 1);
}
END_TEST

/* C6, G1, G2 */
START_TEST(test_ward)
{
	struct message *m = example("ok/vardform_andrad_tvangsvard");

	ck_assert_int_eq(m->fact.vardform_andrad.vardform, VARDFORM_LPT);
	ck_assert_int_eq(m->fact.vardform_andrad.oppen_tvangsvard, TVANGSVARD_OPT);
	ck_assert_int_eq(m->fact.vardform_andrad.from_at, at("2026-05-11T22:00:00Z"));
	messages_free(m, 1);
	m = example("ok/overflyttning");
	ck_assert_int_eq(m->fact.overflyttning.enhet, 0);
	ck_assert_int_eq(m->fact.overflyttning.at, at("2026-05-07T11:40:00Z"));
	messages_free(m, 1);
	m = example("ok/overflyttning_enhet");
	ck_assert_int_eq(m->fact.overflyttning.enhet, 1);
	messages_free(m, 1);
	m = example("ok/permission");
	ck_assert_int_eq(m->fact.permission.from_at, at("2026-05-08T15:00:00Z"));
	ck_assert_int_eq(m->fact.permission.to_at, at("2026-05-10T15:00:00Z"));
	messages_free(m, 1);
	m = example("ok/permission_open");
	ck_assert_int_eq(m->fact.permission.to_at, INSTANT_NONE);
	messages_free(m, 1);
	m = example("ok/avliden");
	ck_assert_int_eq(m->fact.at.at, at("2026-05-09T02:10:00Z"));
	messages_free(m, 1);
	m = example("ok/vardplan_justerad");
	ck_assert_int_eq(m->fact.at.at, at("2026-05-12T13:50:00Z"));
	messages_free(m, 1);
}
END_TEST

/* A9, A11, F3, G8; the right unit may be one that the register does not know. */
START_TEST(test_answers)
{
	struct message *m = example("ok/avvisning");

	ck_assert_int_eq(m->fact.avvisning.orsak, EJ_FOLKBOKFORD);
	ck_assert_int_eq(m->fact.avvisning.ratt_kommun, 1480);
	ck_assert_int_eq(m->fact.avvisning.ratt_enhet, 0);
	messages_free(m, 1);
	m = read_message("avvisning", OF_EPISODE,
	    "\"orsak\":\"ej_listad\",\"ratt_enhet\":\"SE2321000131-V0002\"");
	assert_taken(m, NULL, "avvisning");
	ck_assert_int_eq(m->fact.avvisning.ratt_enhet, 3);
	messages_free(m, 1);
	m = example("ok/insatser_status");
	ck_assert_int_eq(m->fact.insatser_status.status, INSATSER_EJ_TILLGANGLIG);
	ck_assert_int_eq(m->fact.insatser_status.from_at, at("2026-05-10T22:00:00Z"));
	messages_free(m, 1);
	m = example("ok/insatser_status_bare");
	ck_assert_int_eq(m->fact.insatser_status.from_at, INSTANT_NONE);
	messages_free(m, 1);
	m = example("ok/sparr_havd");
	ck_assert_int_eq(m->fact.sparr.atgard, SPARR_HAVD);
	ck_assert_int_eq(m->fact.sparr.at, at("2026-05-12T06:55:00Z"));
	messages_free(m, 1);
}
END_TEST

/* B12, B13, B14 */
START_TEST(test_personal)
{
	struct message *m = example("ok/personal");

	ck_assert_int_eq(m->fact.personal.staff, 101);
	ck_assert_int_eq(m->fact.personal.atgard, PERSONAL_FRANVARO);
	ck_assert_int_eq(m->fact.personal.from_at, at("2026-05-05T22:00:00Z"));
	ck_assert_int_eq(m->fact.personal.to_at, at("2026-05-19T22:00:00Z"));
	ck_assert_int_eq(m->fact.personal.ersattare, 102);
	messages_free(m, 1);
	m = example("ok/personal_slutar");
	ck_assert_int_eq(m->fact.personal.to_at, INSTANT_NONE);
	ck_assert_int_eq(m->fact.personal.ersattare, 0);
	messages_free(m, 1);
	m = example("ok/begaran_fast_vardkontakt");
	ck_assert_int_eq(m->fact.begaran.at, at("2026-05-05T08:45:00Z"));
	ck_assert_int_eq(m->fact.begaran.unit, 2);
	messages_free(m, 1);
	m = example("ok/fast_vardkontakt_jamte");
	ck_assert(m->fact.fast_vardkontakt.jamte);
	messages_free(m, 1);
	m = example("ok/fast_vardkontakt");
	ck_assert(!m->fact.fast_vardkontakt.jamte);
	messages_free(m, 1);
}
END_TEST

/* What one field cannot see: taken to the edge, refused beyond it. */
static const struct {
	const char *message, *data, *pointer;
} together[] = {
    {"permission", "\"from_at\":" LATEST ",\"to_at\":" AFTER, NULL},
    {"permission", "\"from_at\":" LATEST ",\"to_at\":" LATEST, "/data/to_at"},
    {"personal",
	"\"staff\":\"SE2321000131-P0001\",\"atgard\":\"franvaro\",\"ersattare\":"
	"\"SE2321000131-P0002\",\"from_at\":" LATEST ",\"to_at\":" AFTER,
	NULL},
    {"personal",
	"\"staff\":\"SE2321000131-P0001\",\"atgard\":\"franvaro\",\"from_at\":" LATEST
	",\"to_at\":" LATEST,
	"/data/to_at"},
    {"personal",
	"\"staff\":\"SE2321000131-P0001\",\"atgard\":\"franvaro\",\"ersattare\":"
	"\"SE2321000131-P0001\",\"from_at\":" LATEST,
	"/data/ersattare"},
    {"kallelse_svar", "\"svar\":\"annan_tid\"", NULL},
    {"kallelse_svar", "\"svar\":\"nej\",\"forslag_at\":" AHEAD, "/data/forslag_at"},
    {"sip", "\"utfall\":\"avbruten\",\"hallen_at\":" BEFORE, NULL},
    {"sip", "\"utfall\":\"genomford\",\"hallen_at\":" BEFORE, "/data/plan"},
    {"sip_uppfoljning",
	"\"avslutad\":false,\"hallen_at\":" BEFORE ",\"nasta_uppfoljning_at\":" AHEAD, NULL},
    {"sip_uppfoljning",
	"\"avslutad\":true,\"hallen_at\":" BEFORE ",\"nasta_uppfoljning_at\":" AHEAD,
	"/data/nasta_uppfoljning_at"},
    {"patient_uppdaterad", "\"patient\":{},\"ersatter\":{\"system\":\"reserv\",\"varde\":\"R7\"}",
	"/data/patient/identitet"},
};

START_TEST(test_together)
{
	struct message *m = read_message(together[_i].message, OF_EPISODE, together[_i].data);

	assert_taken(m, together[_i].pointer, together[_i].data);
	messages_free(m, 1);
}
END_TEST

/* --- hash --- */

/* SHA-256 over sorted compact JSON of data, id, source, time and type; spaces, order and the rest
 * do not count. */
START_TEST(test_hash)
{
	static const uint8_t expected[] = {0xb4, 0x02, 0xd6, 0xed, 0x52, 0xea, 0x09, 0xd9, 0x09,
	    0x6f, 0x6a, 0x42, 0xe4, 0x6a, 0xe3, 0x3a, 0x57, 0xe7, 0x5c, 0xc6, 0x29, 0x8c, 0xe7,
	    0x0d, 0xea, 0x75, 0x60, 0x67, 0xe8, 0x2a, 0x85, 0x50};
	struct message *m = read_good(EVENT("SE2321000131-H0001", UTSKRIVNING_DATA), "hash");
	struct message *same = read_good(
	    "{\"lokalt\":1,\"data\":{\"utskriven_at\":\"2026-05-12T12:45:00+02:00\", "
	    "\"destination\" : \"\\u006frdinart\",\"episode\":{\"encounter\":\"7\"}},"
	    "\"time\":\"2026-05-12T13:00:00+02:00\",\"type\":\"samordnad.utskrivning.v1\","
	    "\"source\":\"SE2321000131-H0001\",\"id\":\"1\",\"specversion\":\"1.0\"}",
	    "same");
	struct message *other =
	    read_good(EVENT("SE2321000131-H0001",
			  "{\"episode\":{\"encounter\":\"7\"},\"utskriven_at\":"
			  "\"2026-05-12T12:45:00+02:00\",\"destination\":\"ordinart\",\"nytt\":1}"),
		"other");

	ck_assert_mem_eq(m->hash, expected, sizeof(expected));
	ck_assert_mem_eq(m->hash, same->hash, sizeof(m->hash));
	ck_assert_mem_ne(m->hash, other->hash, sizeof(m->hash));
	ck_assert_str_eq(m->body, same->body);
	ck_assert_str_eq(m->body, "{\"destination\":\"ordinart\",\"episode\":{\"encounter\":\"7\"},"
				  "\"utskriven_at\":\"2026-05-12T12:45:00+02:00\"}");
	messages_free(m, 1);
	messages_free(same, 1);
	messages_free(other, 1);
}
END_TEST

/* --- batch --- */

START_TEST(test_batch)
{
	static const char good[] = "[" EVENT("SE2321000131-H0001", UTSKRIVNING_DATA) ",7," EVENT(
	    "SE2321000131-H0001", "{}") "]";
	struct message *m;
	const char *problem;

	ck_assert_int_eq(read_text(MESSAGE_BATCH, good, strlen(good), &m, &problem), 3);
	ck_assert_int_eq(m[0].status, 0);
	ck_assert_int_eq(m[1].status, 400);
	ck_assert_str_eq(m[1].errors[0].pointer, "");
	ck_assert_int_eq(m[2].status, 422);
	ck_assert_int_eq(m[2].error_count, 3);
	messages_free(m, 3);
	ck_assert_int_eq(read_text(MESSAGE_BATCH, "[]", 2, &m, &problem), 0);
	messages_free(m, 0);
	ck_assert_int_eq(read_text(MESSAGE_BATCH, "{}", 2, &m, &problem), -1);
	ck_assert_int_eq(read_text(MESSAGE_BATCH, "[1,2,3,4]", 9, &m, &problem), MESSAGES_TOO_MANY);
	ck_assert_ptr_null(m);
}
END_TEST

/* --- binary mode --- */

#define HEADER(name, value) \
	{ \
		name, value, sizeof(value) - 1 \
	}

static int
read_headers(
    const struct message_header *headers, size_t count, struct message **m, const char **problem)
{
	struct message_context c = context();
	size_t place;

	return messages_read(MESSAGE_BINARY, UTSKRIVNING_DATA, strlen(UTSKRIVNING_DATA), headers,
	    count, &c, m, problem, &place);
}

START_TEST(test_binary)
{
	static const struct message_header headers[] = {HEADER("CE-SpecVersion", "1.0"),
	    HEADER("ce-id", "%31"), HEADER("ce-source", "\"SE2321000131-H\\0001\""),
	    HEADER("ce-type", "samordnad.utskrivning.v1"),
	    HEADER("ce-time", "2026-05-12T13:00:00%2b02:00"), HEADER("ce-lokalt", "%zz"),
	    HEADER("content-type", "application/json"), HEADER("ce-", "x")};
	struct message *m, *same;
	const char *problem;

	ck_assert_int_eq(read_headers(headers, COUNT(headers), &m, &problem), 1);
	ck_assert_int_eq(m->status, 0);
	same = read_good(EVENT("SE2321000131-H0001", UTSKRIVNING_DATA), "structured");
	ck_assert_mem_eq(m->hash, same->hash, sizeof(m->hash));
	ck_assert_str_eq(m->body, same->body);
	ck_assert_str_eq(m->id, "1");
	messages_free(m, 1);
	messages_free(same, 1);
	/* An event in the body, sent as application/json: the sender is told what it took it for.
	 */
	ck_assert_int_eq(read_headers(NULL, 0, &m, &problem), -1);
	ck_assert_ptr_nonnull(strstr(problem, "application/cloudevents+json"));
}
END_TEST

static const struct {
	struct message_header header; /* put in place of the good ce-id */
	int status;		      /* or -1: the whole is refused */
	const char *pointer;
} bad_headers[] = {
    {HEADER("x-id", "1"), 400, "/id"},
    {HEADER("ce-id", ""), 400, "/id"},
    {HEADER("ce-id", "\"\""), 400, "/id"},
    {HEADER("ce-id", "a%20b"), 422, "/id"},
    {HEADER("ce-id", "%c3%a5"), 422, "/id"},
    {HEADER("ce-id", "%"), -1, ""},
    {HEADER("ce-id", "%4"), -1, ""},
    {HEADER("ce-id", "%4g"), -1, ""},
    {HEADER("ce-id", "%00"), -1, ""},
    {HEADER("ce-id", "%ff"), -1, ""},
    {HEADER("ce-id", "\"a\\\""), -1, ""},
    {HEADER("ce-time", "2026-05-12T13:00:00Z"), -1, ""}, /* twice */
    {HEADER("ce-id", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		     "aaaaaaaaaaaaaa"
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		     "aaaaaaaaaaaaaa"
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		     "aaaaaaaaaaaaaa"
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		     "aaaaaaaaaaaaa"),
	422, "/id"},
};

START_TEST(test_bad_headers)
{
	struct message_header headers[] = {HEADER("ce-specversion", "1.0"),
	    HEADER("ce-source", "SE2321000131-H0001"),
	    HEADER("ce-type", "samordnad.utskrivning.v1"),
	    HEADER("ce-time", "2026-05-12T13:00:00+02:00"), bad_headers[_i].header};
	struct message *m;
	const char *problem;
	int count = read_headers(headers, COUNT(headers), &m, &problem);

	if (bad_headers[_i].status < 0) {
		ck_assert_int_eq(count, -1);
		ck_assert_ptr_null(m);
		return;
	}
	ck_assert_int_eq(count, 1);
	ck_assert_int_eq(m->status, bad_headers[_i].status);
	ck_assert_str_eq(m->errors[0].pointer, bad_headers[_i].pointer);
	messages_free(m, 1);
}
END_TEST

/* --- the daemon's own decisions --- */

static struct fact
own_fact(enum message_type type)
{
	struct fact f;

	memset(&f, 0, sizeof(f));
	f.type = type;
	f.sent_at = f.recorded_at = at("2026-05-12T13:00:00Z");
	return f;
}

/* What is written is read back, and stands in sorted order. */
static void
assert_round_trip(const struct fact *f)
{
	struct fact again;
	struct document *document;
	struct writer w = {0};
	char *body = fact_body(f, &names);

	memset(&again, 0xa5, sizeof(again));
	again.type = f->type;
	again.source = 0;
	again.recorded_at = f->recorded_at;
	ck_assert_msg(fact_read(body, strlen(body), &names, &again), "%s", body);
	assert_same_fact(f, &again, body);
	ck_assert_ptr_null(document_read(body, strlen(body), &document));
	node_write(document_root(document), &w);
	ck_assert_str_eq(w.text, body);
	free(w.text);
	free(body);
	document_free(document);
}

/* B4, B5: all that an appointment may hold, and the least that a proposal holds. */
START_TEST(test_own_fast_vardkontakt)
{
	struct fact f = own_fact(FAST_VARDKONTAKT);

	f.fast_vardkontakt = (struct fact_fast_vardkontakt){.atgard = FVK_FORESLA,
	    .unit = 2,
	    .from_at = INSTANT_NONE,
	    .to_at = INSTANT_NONE,
	    .omprovas_at = INSTANT_NONE};
	assert_round_trip(&f);
	f.fast_vardkontakt = (struct fact_fast_vardkontakt){.atgard = FVK_UTSE,
	    .unit = 2,
	    .staff = 101,
	    .utsedd_av = 103,
	    .from_at = at("2026-05-12T13:00:00.000001Z"),
	    .to_at = at("2026-06-12T13:00:00.1Z"),
	    .omprovas_at = at("2026-06-01T00:00:00Z"),
	    .ersattare = 102,
	    .medicinskt_ansvarig = 104,
	    .standing_decision = 7,
	    .ranked_count = RANKED_MAX};
	for (int i = 0; i < RANKED_MAX; i++)
		f.fast_vardkontakt.ranked[i] = (struct ranked){.staff = 101 + i % 4,
		    .reasons = (uint16_t)(i == 0 ? (1 << RANKING_REASON_COUNT) - 1 : i - 1),
		    .load = (uint16_t)(65535 - i)};
	assert_round_trip(&f);
}
END_TEST

START_TEST(test_own_sip)
{
	struct fact f = own_fact(SIP_BOKNING);

	f.sip_bokning = (struct fact_sip_bokning){.atgard = BOKNING_BOKA,
	    .unit = 2,
	    .staff = 101,
	    .slot = INT32_MAX,
	    .mote = {at("2026-05-18T11:00:00Z"), at("2026-05-18T12:00:00Z"), VIDEO}};
	assert_round_trip(&f);
	f.policy_count = 2; /* the rows by which it was decided */
	f.policies[0] = 7;
	f.policies[1] = INT32_MAX;
	assert_round_trip(&f);
	f.policy_count = 0;
	f.policies[0] = f.policies[1] = 0;
	f.sip_bokning = (struct fact_sip_bokning){
	    .atgard = BOKNING_AVBOKA, .unit = 2, .mote = {INSTANT_NONE, INSTANT_NONE, FYSISKT}};
	assert_round_trip(&f);
	f = own_fact(SIP_KALLELSE);
	f.sip_kallelse = (struct fact_sip_kallelse){.atgard = KALLELSE_SKICKA,
	    .skickad_av = 101,
	    .at = at("2026-05-12T13:00:00Z"),
	    .mote = {at("2026-05-18T11:00:00Z"), at("2026-05-18T12:00:00Z"), FYSISKT},
	    .kallade_count = 3,
	    .kallade = {5, 4, 2}};
	assert_round_trip(&f);
	f.sip_kallelse.for_staff = 102;
	f.sip_kallelse.kallade_count = 0;
	memset(f.sip_kallelse.kallade, 0, sizeof(f.sip_kallelse.kallade));
	assert_round_trip(&f);
}
END_TEST

START_TEST(test_own_mottagare)
{
	struct fact f = own_fact(MOTTAGARE_ANDRAD);

	f.mottagare_andrad = (struct fact_mottagare_andrad){
	    .lagg_till_count = 2, .lagg_till = {{.unit = 2}, {.unit = 4}}};
	assert_round_trip(&f);
}
END_TEST

/* B13: the one of our own that stands for a request. */
START_TEST(test_own_begaran)
{
	struct fact f = own_fact(BEGARAN_FAST_VARDKONTAKT);

	f.begaran = (struct fact_begaran){.unit = 2, .at = at("2026-05-12T13:00:00Z")};
	assert_round_trip(&f);
}
END_TEST

/* G1, G2, G4: a death, or whose the identity is, said elsewhere; a meeting handed over; either
 * annulled. */
START_TEST(test_own_of_others)
{
	struct fact f = own_fact(AVLIDEN);

	f.at = (struct fact_at){at("2026-05-12T13:00:00Z"), {0x01, 0x9e, 0x27, [15] = 0xff}};
	assert_round_trip(&f);
	f = own_fact(SIP_BOKNING);
	f.sip_bokning = (struct fact_sip_bokning){.atgard = BOKNING_OVERLAMNA,
	    .unit = 2,
	    .staff = 101,
	    .mote = {at("2026-05-18T11:00:00Z"), at("2026-05-18T12:00:00Z"), VIDEO, "rum 2"},
	    .episode = {0x01, 0x9e, 0x27, [15] = 0xff}};
	assert_round_trip(&f);
	f = own_fact(MAKULERING);
	f.makulering.message_nr = INT32_MAX;
	assert_round_trip(&f);
	f = own_fact(PATIENT_UPPDATERAD);
	f.patient_uppdaterad = (struct fact_patient_uppdaterad){
	    .from_at = INSTANT_NONE, .episode = {0x01, 0x9e, 0x27, [15] = 0xff}};
	assert_round_trip(&f);
	f.patient_uppdaterad.given = PATIENT_SKYDD;
	f.patient_uppdaterad.skydd = SKYDD_SEKRETESSMARKERING;
	assert_round_trip(&f);
}
END_TEST

/* G2, G7: the least that is taken over, and all of it. */
START_TEST(test_own_tidigare_vardtillfalle)
{
	struct fact f = own_fact(TIDIGARE_VARDTILLFALLE);

	f.tidigare_vardtillfalle = (struct fact_tidigare_vardtillfalle){.episode = {[15] = 1},
	    .utskriven_at = INSTANT_NONE,
	    .kallade_at = INSTANT_NONE,
	    .mote = {INSTANT_NONE, INSTANT_NONE, FYSISKT}};
	assert_round_trip(&f);
	f.tidigare_vardtillfalle =
	    (struct fact_tidigare_vardtillfalle){.episode = {0x01, 0x9e, 0x27, [15] = 0xff},
		.samma_vardgivare = true,
		.utskriven_at = at("2026-05-10T09:00:00.000001Z"),
		.kallade_at = at("2026-05-09T07:00:00Z"),
		.unit = 2,
		.staff = 101,
		.slot = INT32_MAX,
		.mote = {at("2026-05-18T11:00:00Z"), at("2026-05-18T12:00:00Z"), VIDEO, "rum 2"},
		.kallade_count = 2,
		.kallade = {5, 4}};
	assert_round_trip(&f);
}
END_TEST

#define OWN_GONE "{\"lagg_till\":[\"SE2321000131-V9999\",\"SE2120000142-K0001\"]}"
#define SENT_GONE \
	"{\"lagg_till\":[{\"hsa_id\":\"SE2321000131-V9999\"},{\"hsa_id\":\"SE2120000142-K0001\"}]" \
	"}"

/* A stored body that names who is no longer in the register is read; one of another shape is
 * damage. */
START_TEST(test_stored)
{
	struct fact f = own_fact(FAST_VARDKONTAKT);
	static const char gone[] = "{\"atgard\":\"utse\",\"staff\":\"SE2321000131-P9999\","
				   "\"from_at\":\"2026-05-12T13:00:00Z\",\"unit\":"
				   "\"SE2321000131-V0002\"}";

	ck_assert(fact_read(gone, strlen(gone), &names, &f));
	ck_assert_int_eq(f.fast_vardkontakt.staff, 0);
	ck_assert_int_eq(f.fast_vardkontakt.unit, 3);
	/* From a unit, `unit` is a field that we do not know: the sender is the unit. */
	f.source = 2;
	ck_assert(fact_read(gone, strlen(gone), &names, &f));
	ck_assert_int_eq(f.fast_vardkontakt.unit, 2);
	ck_assert(!fact_read("{\"atgard\":7}", 12, &names, &f));
	/* A mottagare that is gone is none, whoever named it. */
	f = own_fact(MOTTAGARE_ANDRAD);
	for (f.source = 0; f.source < 2; f.source++) {
		const char *body = f.source == 0 ? OWN_GONE : SENT_GONE;
		ck_assert(fact_read(body, strlen(body), &names, &f));
		ck_assert_int_eq(f.mottagare_andrad.lagg_till_count, 1);
		ck_assert_int_eq(f.mottagare_andrad.lagg_till[0].unit, 4);
	}
	ck_assert(!fact_read("[]", 2, &names, &f));
	ck_assert(!fact_read("{", 1, &names, &f));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("message");
	TCase *bodies = tcase_create("bodies"), *events = tcase_create("events");
	TCase *own = tcase_create("own decisions");

	tcase_add_loop_test(bodies, test_bad_bodies, 0, (int)COUNT(bad_bodies));
	tcase_add_loop_test(bodies, test_places, 0, (int)COUNT(places));
	tcase_add_test(bodies, test_depth);
	tcase_add_test(bodies, test_values_max);
	tcase_add_test(bodies, test_many_members);
	tcase_add_loop_test(bodies, test_written, 0, (int)COUNT(written));
	tcase_add_test(events, test_examples_ok);
	tcase_add_test(events, test_examples_bad);
	tcase_add_test(events, test_inskrivningsmeddelande);
	tcase_add_loop_test(events, test_a3, 0, (int)COUNT(a3));
	tcase_add_test(events, test_sip_kallelse);
	tcase_add_test(events, test_absent);
	tcase_add_test(events, test_unknown_source);
	tcase_add_test(events, test_unknown_type);
	tcase_add_test(events, test_many_complaints);
	tcase_add_loop_test(events, test_times, 0, (int)COUNT(times));
	tcase_add_loop_test(events, test_homes, 0, (int)COUNT(homes));
	tcase_add_test(events, test_mottagare_andrad);
	tcase_add_loop_test(events, test_mottagare_refused, 0, (int)COUNT(mottagare));
	tcase_add_loop_test(events, test_patient_given, 0, (int)COUNT(patients));
	tcase_add_test(events, test_ersatter);
	tcase_add_loop_test(events, test_plan, 0, (int)COUNT(plans));
	tcase_add_test(events, test_utskrivningsklar);
	tcase_add_test(events, test_strukna);
	tcase_add_loop_test(events, test_slag, 0, 6);
	tcase_add_test(events, test_sip);
	tcase_add_test(events, test_ward);
	tcase_add_test(events, test_answers);
	tcase_add_test(events, test_personal);
	tcase_add_loop_test(events, test_together, 0, (int)COUNT(together));
	tcase_add_test(events, test_hash);
	tcase_add_test(events, test_batch);
	tcase_add_test(events, test_binary);
	tcase_add_loop_test(events, test_bad_headers, 0, (int)COUNT(bad_headers));
	tcase_add_test(own, test_own_fast_vardkontakt);
	tcase_add_test(own, test_own_sip);
	tcase_add_test(own, test_own_mottagare);
	tcase_add_test(own, test_own_begaran);
	tcase_add_test(own, test_own_tidigare_vardtillfalle);
	tcase_add_test(own, test_own_of_others);
	tcase_add_test(own, test_stored);
	suite_add_tcase(suite, bodies);
	suite_add_tcase(suite, events);
	suite_add_tcase(suite, own);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
