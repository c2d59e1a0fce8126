/*
 * What `load` reads, without a database: opening hours, a region's file and what is wrong with one;
 * clients and their tokens; which schema fits.
 */
#include "daemon/clients.h"
#include "daemon/hours.h"
#include "daemon/log.h"
#include "daemon/migrate.h"
#include "daemon/region_file.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) (int)(sizeof(table) / sizeof(*(table)))

/* Reads JSON in which ' stands for ". */
static json_t *
json(const char *text)
{
	char *copy = xstrdup(text);
	json_t *value;

	for (char *c = copy; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	value = json_loads(copy, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	free(copy);
	ck_assert_msg(value != NULL, "the test's own JSON: %s", text);
	return value;
}

/* ---- Opening hours ---- */

static const struct {
	const char *hours;
	const char *pointer; /* where it is wrong; NULL: it is good and is written the same */
} hours_rows[] = {
    {"null", NULL},
    {"{'week':{},'closed_on_holidays':false,'exceptions':[]}", NULL},
    {"{'week':{'monday':[['08:00','12:00'],['13:00','17:00']],'sunday':[['00:00','24:00']]},"
     "'closed_on_holidays':true,'exceptions':[{'date':'2026-12-23','open':[['08:00','12:00']]},"
     "{'date':'2026-12-30','open':[]}]}",
	NULL},
    {"[]", ""},
    {"{'week':{},'open':true}", ""},
    {"{}", "/week"},
    {"{'week':{'Monday':[]}}", "/week"},
    {"{'week':{'monday':'08-17'}}", "/week/monday"},
    {"{'week':{'monday':[['08:00']]}}", "/week/monday"},
    {"{'week':{'monday':[['8:00','17:00']]}}", "/week/monday"},
    {"{'week':{'monday':[['08:60','17:00']]}}", "/week/monday"},
    {"{'week':{'monday':[['08:00','24:01']]}}", "/week/monday"},
    {"{'week':{'friday':[['17:00','08:00']]}}", "/week/friday"},
    {"{'week':{'friday':[['08:00','08:00']]}}", "/week/friday"},
    {"{'week':{'friday':[['08:00','09:00'],['10:00','11:00'],['12:00','13:00']]}}", "/week/friday"},
    {"{'week':{'friday':[['10:00','12:00'],['11:00','13:00']]}}", ""},
    {"{'week':{},'exceptions':[{'date':'2026-02-29','open':[]}]}", "/exceptions/0"},
    {"{'week':{},'exceptions':[{'date':'2026-02-28'}]}", "/exceptions/0"},
    {"{'week':{},'exceptions':{}}", "/exceptions"},
    {"{'week':{},'closed_on_holidays':1}", ""},
};

START_TEST(hours)
{
	struct opening_hours out;
	char pointer[HOURS_POINTER_MAX];
	json_t *value = json(hours_rows[_i].hours), *written;
	const char *wrong = hours_read(value, &out, pointer);

	if (hours_rows[_i].pointer != NULL) {
		ck_assert_msg(wrong != NULL, "%s is taken", hours_rows[_i].hours);
		if (hours_rows[_i].pointer[0] != '\0')
			ck_assert_str_eq(pointer, hours_rows[_i].pointer);
	} else {
		ck_assert_msg(wrong == NULL, "%s: %s", hours_rows[_i].hours, wrong);
		written = hours_write(&out);
		ck_assert_msg(json_equal(value, written), "%s", hours_rows[_i].hours);
		json_decref(written);
	}
	json_decref(value);
}
END_TEST

/* ---- The file ---- */

/* A unit with something more, a person with something more. */
#define UNIT(more) \
	"{'units':[{'hsa_id':'SE2321000131-VC','namn':'VC','slag':'primarvard'" more "}]}"
#define PERSON(more) \
	UNIT(",'staff':[{'hsa_id':'SE2321000131-A','namn':'A','profession':'lakare'" more "}]")
#define SLOT(text) UNIT(",'slots':[{" text "}]")
#define POLICY(text) UNIT(",'policies':[{" text "}]")

static const struct {
	const char *file;
	const char *pointer; /* of the only complaint; NULL: none */
} file_rows[] = {
    {"{}", NULL},
    {UNIT(""), NULL},
    {PERSON(""), NULL},
    {"[]", ""},
    {"{'unit':[]}", "/unit"},
    {"{'units':{}}", "/units"},
    {"{'units':[1]}", "/units/0"},
    {UNIT(",'namn2':1"), "/units/0/namn2"},
    {UNIT(",'kommun':'128'"), "/units/0/kommun"},
    {UNIT(",'kommun':'0113'"), "/units/0/kommun"},
    {UNIT(",'kommun':1280"), "/units/0/kommun"},
    {UNIT(",'kommun':'1280','region':'12','distrikt':'norr','verksamhetschef':null"), NULL},
    {UNIT(",'region':'26'"), "/units/0/region"},
    {UNIT(",'distrikt':'an all too long name of a district'"), "/units/0/distrikt"},
    {UNIT(",'verksamhetschef':'Anna'"), "/units/0/verksamhetschef"},
    {UNIT(",'fvk_mode':'automatic'"), "/units/0/fvk_mode"},
    {UNIT(",'fvk_mode':'auto','sip_mode':'manual'"), NULL},
    {UNIT(",'hours':{'week':{'monday':[['08:00','07:00']]}}"), "/units/0/hours/week/monday"},
    {"{'units':[{'hsa_id':'SE2321000131-VC','slag':'primarvard'}]}", "/units/0/namn"},
    {"{'units':[{'hsa_id':'SE2321000131-VC','namn':'VC','slag':'vardcentral'}]}", "/units/0/slag"},
    {"{'units':[{'hsa_id':'VC','namn':'VC','slag':'primarvard'}]}", "/units/0/hsa_id"},
    {"{'units':[{'hsa_id':'SE2321000131-VC','namn':'VC','slag':'primarvard'},"
     "{'hsa_id':'SE2321000131-VC','namn':'VC','slag':'primarvard'}]}",
	"/units/1/hsa_id"},
    {PERSON(",'tjanstgoringsgrad':101"), "/units/0/staff/0/tjanstgoringsgrad"},
    {PERSON(",'tjanstgoringsgrad':50.5"), "/units/0/staff/0/tjanstgoringsgrad"},
    {PERSON(",'kapacitet':0"), "/units/0/staff/0/kapacitet"},
    {PERSON(",'legitimerad':'ja'"), "/units/0/staff/0/legitimerad"},
    {PERSON(",'ersattare':'SE2321000131-A'"), "/units/0/staff/0/ersattare"},
    {PERSON(",'slutar_at':'2026-08-31T17:00:00'"), "/units/0/staff/0/slutar_at"},
    {PERSON(",'slutar_at':'2026-08-31T17:00:00+02:00'"), NULL},
    {PERSON(",'absences':[{'to_at':'2026-08-31T17:00:00Z'}]"),
	"/units/0/staff/0/absences/0/from_at"},
    {PERSON(",'absences':[{'from_at':'2026-09-01T00:00:00Z','to_at':'2026-08-31T17:00:00Z'}]"),
	"/units/0/staff/0/absences/0/to_at"},
    {PERSON(",'absences':[{'from_at':'2026-09-01T00:00:00Z','to_at':'2026-09-02T00:00:00Z'},"
	    "{'from_at':'2026-09-02T00:00:00Z'}]"),
	NULL},
    {PERSON(",'absences':[{'from_at':'2026-09-01T00:00:00Z','to_at':'2026-09-02T00:00:01Z'},"
	    "{'from_at':'2026-09-02T00:00:00Z'}]"),
	"/units/0/staff/0/absences/1/from_at"},
    {PERSON(",'absences':[{'from_at':'2026-09-01T00:00:00Z'},"
	    "{'from_at':'2026-09-02T00:00:00Z'}]"),
	"/units/0/staff/0/absences/1/from_at"},
    {UNIT(",'staff':[{'hsa_id':'SE2321000131-A','namn':'A','profession':'lakare'},"
	  "{'hsa_id':'SE2321000131-A','namn':'A','profession':'lakare'}]"),
	"/units/0/staff/1/hsa_id"},
    {SLOT("'weekday':'tuesday','from':'13:00','to':'14:00'"), NULL},
    {SLOT("'weekday':'tuesday','from':'13:00','to':'13:59'"), "/units/0/slots/0/to"},
    {SLOT("'weekday':'tuesday','from':'23:00','to':'24:00','length_minutes':30"), NULL},
    {SLOT("'weekday':'tisdag','from':'13:00','to':'14:00'"), "/units/0/slots/0/weekday"},
    {SLOT("'weekday':'tuesday','from':'13:00','to':'14:00','form':'brev'"),
	"/units/0/slots/0/form"},
    {SLOT("'weekday':'monday','from':'13:00','to':'14:00'},"
	  "{'weekday':'monday','from':'13:00','to':'14:00'"),
	"/units/0/slots/1"},
    {UNIT(",'standing_decisions':[{'beslutad_av':'SE2321000131-A'}]"), NULL},
    {UNIT(",'standing_decisions':[{'beslutad_av':'SE2321000131-A',"
	  "'from_at':'2026-01-01T00:00:00Z'}]"),
	"/units/0/standing_decisions/0"},
    {POLICY("'policy':'sip_window','value':20"), NULL},
    {POLICY("'policy':'sip_window','value':'20'"), NULL},
    {POLICY("'policy':'sip_window','value':0"), "/units/0/policies/0/value"},
    {POLICY("'policy':'sip_window','value':'on'"), "/units/0/policies/0/value"},
    {POLICY("'policy':'kallelse_by','value':'fvk'"), NULL},
    {POLICY("'policy':'kallelse_by','value':1"), "/units/0/policies/0/value"},
    {POLICY("'policy':'sip_windows','value':20"), "/units/0/policies/0/policy"},
    {POLICY("'policy':'sip_window','value':20,'to_at':'2026-01-01T00:00:00Z'"),
	"/units/0/policies/0/from_at"},
    {POLICY("'policy':'sip_window','value':20},{'policy':'sip_window','value':21"),
	"/units/0/policies/1/policy"},
    {POLICY("'policy':'sip_window','value':20,'from_at':'2026-01-01T00:00:00Z',"
	    "'to_at':'2026-02-01T00:00:00Z'},{'policy':'sip_window','value':21,"
	    "'from_at':'2026-02-01T00:00:00Z'"),
	NULL},
    {POLICY("'policy':'sip_window','value':20,'from_at':'2026-01-01T00:00:00Z'},"
	    "{'policy':'sip_window','value':21,'from_at':'2026-02-01T00:00:00Z'"),
	"/units/0/policies/1/from_at"},
    {POLICY("'policy':'sip_window','value':20,'from_at':'2026-02-01T00:00:00Z'},"
	    "{'policy':'sip_window','value':21,'from_at':'2026-01-01T00:00:00Z',"
	    "'to_at':'2026-02-02T00:00:00Z'"),
	"/units/0/policies/1/from_at"},
    {UNIT(",'fvk_mode':'auto','policies':[{'policy':'fvk_mode','value':'manual'}]"),
	"/units/0/policies/0/policy"},
    {"{'policies':[{'policy':'pay_days','value':3,'scope':'all'}]}", NULL},
    {"{'policies':[{'policy':'pay_days','value':3,'scope':'unit'}]}", "/policies/0/scope"},
    {"{'policies':[{'policy':'delivery_log_days','value':30,'scope':'all'}]}", NULL},
    {"{'policies':[{'policy':'delivery_log_days','value':30,'scope':'region','region':'12'}]}",
	"/policies/0/policy"},
    {"{'policies':[{'policy':'gallring_vardtillfalle','value':120,'scope':'region','region':'12'}]"
     "}",
	NULL},
    {"{'policies':[{'policy':'gallring_vardtillfalle','value':119,'scope':'all'}]}",
	"/policies/0/value"},
    {"{'policies':[{'policy':'gallring_patientakt','value':119,'scope':'all'}]}",
	"/policies/0/value"},
    {"{'policies':[{'policy':'pay_days','value':3,'scope':'kommun','region':'12'}]}",
	"/policies/0"},
    {"{'policies':[{'policy':'pay_days','value':3,'scope':'region_kommun','region':'12',"
     "'kommun':'1280'}]}",
	NULL},
    {UNIT(",'endpoints':[{'url':'https://x.example/hook'}]"), NULL},
    {UNIT(",'endpoints':[{'url':'ftp://x.example/hook'}]"), "/units/0/endpoints/0/url"},
    {UNIT(",'endpoints':[{'url':'https://x.example/a b'}]"), "/units/0/endpoints/0/url"},
    {UNIT(",'endpoints':[{'url':'https://x.example/hook','secret':'whsec_AAAA'}]"),
	"/units/0/endpoints/0/secret"},
    {UNIT(",'endpoints':[{'url':'https://x.example/h'},{'url':'https://x.example/h'}]"),
	"/units/0/endpoints/1/url"},
    {UNIT(",'endpoints':[{'url':'https://x.example/h','status':'deleted'}]"),
	"/units/0/endpoints/0/status"},
};

struct heard {
	int count;
	char pointer[256];
};

static void
complain(const char *pointer, const char *what, void *arg)
{
	struct heard *heard = arg;

	ck_assert_uint_gt(strlen(what), 5);
	heard->count++;
	snprintf(heard->pointer, sizeof(heard->pointer), "%s", pointer);
}

START_TEST(file)
{
	json_t *root = json(file_rows[_i].file);
	struct region_file out;
	struct heard heard = {0};
	int complaints = region_file_read(root, &out, complain, &heard);

	ck_assert_int_eq(complaints, heard.count);
	if (file_rows[_i].pointer == NULL) {
		ck_assert_msg(
		    complaints == 0, "%s: complaint at %s", file_rows[_i].file, heard.pointer);
	} else {
		ck_assert_msg(complaints == 1, "%s: %d complaints", file_rows[_i].file, complaints);
		ck_assert_str_eq(heard.pointer, file_rows[_i].pointer);
	}
	region_file_free(&out);
	json_decref(root);
}
END_TEST

/* One unit's documents: pointers go into the document, and nothing else is touched. */
#define VC "SE2321000131-VC"
#define ITSELF "'hsa_id':'" VC "','namn':'VC','slag':'primarvard'"
static const struct {
	enum unit_document what;
	const char *document;
	const char *pointer; /* of the only complaint; NULL: none */
	int units, hours, staff_of, slots_of, decisions_of, policies_of;
} document_rows[] = {
    {UNIT_ITSELF, "{" ITSELF "}", NULL, 1, 0, 0, 0, 0, 0},
    {UNIT_ITSELF, "{" ITSELF ",'slots':[],'policies':[]}", NULL, 1, 0, 0, 1, 0, 1},
    {UNIT_ITSELF, "{'hsa_id':'SE2321000131-VC2','namn':'VC','slag':'primarvard'}", "/hsa_id", 0, 0,
	0, 0, 0, 0},
    {UNIT_ITSELF, "{'namn':'VC','slag':'primarvard'}", "/hsa_id", 0, 0, 0, 0, 0, 0},
    {UNIT_ITSELF, "{" ITSELF ",'endpoints':[]}", "/endpoints", 0, 0, 0, 0, 0, 0},
    {UNIT_ITSELF, "[]", "", 0, 0, 0, 0, 0, 0},
    {UNIT_STAFF, "{'staff':[]}", NULL, 0, 0, 1, 0, 0, 0},
    {UNIT_STAFF, "{'staff':[{'hsa_id':'SE2321000131-A','namn':'A','profession':'doktor'}]}",
	"/staff/0/profession", 0, 0, 0, 0, 0, 0},
    {UNIT_STAFF, "{}", "/staff", 0, 0, 0, 0, 0, 0},
    {UNIT_STAFF, "{'staff':null}", "/staff", 0, 0, 0, 0, 0, 0},
    {UNIT_STAFF, "{'staff':[],'slots':[]}", "/slots", 0, 0, 0, 0, 0, 0},
    {UNIT_SLOTS, "{'slots':[{'weekday':'monday','from':'13:00','to':'14:00'}]}", NULL, 0, 0, 0, 1,
	0, 0},
    {UNIT_HOURS, "{'hours':null}", NULL, 0, 1, 0, 0, 0, 0},
    {UNIT_HOURS, "{'hours':{'week':{'monday':[['08:00','17:00']]}}}", NULL, 0, 1, 0, 0, 0, 0},
    {UNIT_HOURS, "{'hours':{'week':{'monday':[['8:00','17:00']]}}}", "/hours/week/monday", 0, 0, 0,
	0, 0, 0},
    {UNIT_HOURS, "{}", "/hours", 0, 0, 0, 0, 0, 0},
    {UNIT_POLICY, "{'policies':[{'policy':'sip_window','value':20}]}", NULL, 0, 0, 0, 0, 0, 1},
    {UNIT_POLICY, "{'policies':[{'policy':'sip_window','value':0}]}", "/policies/0/value", 0, 0, 0,
	0, 0, 0},
    {UNIT_POLICY, "{'policies':[{'policy':'sip_window','value':20,'scope':'all'}]}",
	"/policies/0/scope", 0, 0, 0, 0, 0, 0},
    {UNIT_POLICY, "{'policies':[{'policy':'avslut_days','value':20}]}", "/policies/0/policy", 0, 0,
	0, 0, 0, 0},
    {UNIT_POLICY, "{'policies':[{'policy':'pay_days','value':3}]}", "/policies/0/policy", 0, 0, 0,
	0, 0, 0},
    {UNIT_POLICY, "{'policies':[{'policy':'delivery_log_days','value':30}]}", "/policies/0/policy",
	0, 0, 0, 0, 0, 0},
    {UNIT_POLICY, "{'policies':[{'policy':'gallring_vardtillfalle','value':240}]}",
	"/policies/0/policy", 0, 0, 0, 0, 0, 0},
    {UNIT_ITSELF, "{'hsa_id':'" VC "','namn':'VC','slag':'kommunal_hsl','fvk_mode':'auto'}",
	"/fvk_mode", 0, 0, 0, 0, 0, 0},
    {UNIT_ITSELF,
	"{'hsa_id':'" VC "','namn':'H','slag':'slutenvard','policies':[{'policy':'b1_min_time',"
	"'value':60}]}",
	"/policies/0/policy", 0, 0, 0, 0, 0, 0},
    {UNIT_ITSELF,
	"{'hsa_id':'" VC "','namn':'H','slag':'slutenvard','policies':[{'policy':'avslut_days',"
	"'value':20}]}",
	NULL, 1, 0, 0, 0, 0, 1},
    {UNIT_STANDING_DECISIONS, "{'standing_decisions':[{'beslutad_av':'SE2321000131-A'}]}", NULL, 0,
	0, 0, 0, 1, 0},
};

START_TEST(document)
{
	json_t *root = json(document_rows[_i].document);
	struct region_file out;
	struct heard heard = {0};
	int complaints = region_document_read(
	    root, document_rows[_i].what, VC, PRIMARVARD, &out, complain, &heard);

	ck_assert_msg(complaints == (document_rows[_i].pointer != NULL), "%s: %d complaints, %s",
	    document_rows[_i].document, complaints, heard.pointer);
	if (document_rows[_i].pointer != NULL) {
		ck_assert_str_eq(heard.pointer, document_rows[_i].pointer);
	} else {
		ck_assert_uint_eq(json_array_size(out.units), document_rows[_i].units);
		ck_assert_uint_eq(json_array_size(out.hours), document_rows[_i].hours);
		ck_assert_uint_eq(json_array_size(out.staff_of), document_rows[_i].staff_of);
		ck_assert_uint_eq(json_array_size(out.slots_of), document_rows[_i].slots_of);
		ck_assert_uint_eq(
		    json_array_size(out.standing_decisions_of), document_rows[_i].decisions_of);
		ck_assert_uint_eq(json_array_size(out.policies_of), document_rows[_i].policies_of);
		ck_assert(!out.policies_given);
	}
	region_file_free(&out);
	json_decref(root);
}
END_TEST

/* Persons who are named but not listed are to be looked up, and which lists were given is known. */
START_TEST(file_rows_taken)
{
	json_t *root = json("{'units':[{'hsa_id':'SE2321000131-VC','namn':'VC','slag':'primarvard',"
			    "'verksamhetschef':'SE2321000131-B','fvk_mode':'auto','staff':["
			    "{'hsa_id':'SE2321000131-A','namn':'A','profession':'lakare',"
			    "'ersattare':'SE2321000131-C','absences':[]},"
			    "{'hsa_id':'SE2321000131-C','namn':'C','profession':'annan'}]}]}");
	struct region_file out;
	struct heard heard = {0};

	ck_assert_int_eq(region_file_read(root, &out, complain, &heard), 0);
	ck_assert_uint_eq(json_object_size(out.persons), 1);
	ck_assert_str_eq(json_string_value(json_object_get(out.persons, "SE2321000131-B")),
	    "/units/0/verksamhetschef");
	ck_assert_uint_eq(json_array_size(out.staff), 2);
	ck_assert_uint_eq(json_array_size(out.staff_of), 1);
	ck_assert_uint_eq(json_array_size(out.absences_of), 1);
	ck_assert_uint_eq(json_array_size(out.slots_of), 0);
	ck_assert_uint_eq(json_array_size(out.policies_of), 0);
	ck_assert_uint_eq(json_array_size(out.policies), 1);
	ck_assert(!out.policies_given);
	region_file_free(&out);
	json_decref(root);
}
END_TEST

/* ---- Clients ---- */

#define NOW (1000 * SECOND)

static struct clients *
three_clients(char tokens[4][CLIENT_TOKEN_TEXT_MAX])
{
	static const struct client rows[] = {
	    {.client = 3,
		.name = "sjukhuset",
		.org = 2321000131,
		.roles = CLIENT_HOSPITAL,
		.revoked_at = INSTANT_NEVER},
	    {.client = 5,
		.name = "vc",
		.org = 2321000131,
		.roles = CLIENT_UNIT | CLIENT_OPS,
		.revoked_at = INSTANT_NEVER},
	    {.client = 9,
		.name = "gone",
		.org = 2321000131,
		.roles = CLIENT_ADMIN,
		.revoked_at = NOW},
	};
	static const struct {
		int64_t client;
		instant expires_at;
	} held[] = {{3, INSTANT_NEVER}, {5, NOW + 1}, {5, NOW}, {9, INSTANT_NEVER}};
	struct clients *clients = clients_new(3, 2, 4);
	uint8_t hash[SHA256_BYTES];

	for (int i = 0; i < 3; i++)
		clients_add(clients, &rows[i]);
	clients_add_unit(clients, 5, 10);
	clients_add_unit(clients, 5, 30);
	for (int i = 0; i < 4; i++) {
		client_token_new(tokens[i]);
		signature_token_hash(tokens[i], strlen(tokens[i]), hash);
		clients_add_token(clients, hash, held[i].client, held[i].expires_at);
	}
	return clients;
}

START_TEST(tokens)
{
	char token[4][CLIENT_TOKEN_TEXT_MAX];
	struct clients *clients = three_clients(token);
	const struct client *c;

	for (int i = 0; i < 4; i++) {
		ck_assert_uint_eq(strlen(token[i]), CLIENT_TOKEN_TEXT_MAX - 1);
		ck_assert_uint_eq(
		    strspn(token[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789-_"),
		    CLIENT_TOKEN_TEXT_MAX - 1);
		ck_assert_int_eq(strncmp(token[i], "smd_", 4), 0);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(token[i], token[j]);
	}
	c = clients_find(clients, token[0], strlen(token[0]), NOW);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->name, "sjukhuset");
	c = clients_find(clients, token[1], strlen(token[1]), NOW);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->name, "vc");
	ck_assert_uint_eq(c->roles, CLIENT_UNIT | CLIENT_OPS);
	ck_assert_ptr_null(
	    clients_find(clients, token[1], strlen(token[1]), NOW + 1)); /* expired */
	ck_assert_ptr_null(clients_find(clients, token[2], strlen(token[2]), NOW));
	ck_assert_ptr_null(clients_find(clients, token[3], strlen(token[3]), NOW)); /* revoked */
	ck_assert_ptr_nonnull(clients_find(clients, token[3], strlen(token[3]), NOW - 1));
	ck_assert_ptr_null(clients_find(clients, token[0], strlen(token[0]) - 1, NOW));
	ck_assert_ptr_null(clients_find(clients, "", 0, NOW));
	token[0][10] ^= 1;
	ck_assert_ptr_null(clients_find(clients, token[0], strlen(token[0]), NOW));
	clients_free(clients);
}
END_TEST

START_TEST(certificates_of_clients)
{
	static const char right[] = "SE2321000131-SYS1";
	const struct client any = {.certificate = ""}, bound = {.certificate = "SE2321000131-SYS1"};
	static const char *const wrong[] = {
	    "SE2321000131-SYS", "SE2321000131-SYS11", "SE2321000131-SYS2", "SE2321000131-sys1", ""};

	ck_assert(client_fits_certificate(&any, right, strlen(right)));
	ck_assert(client_fits_certificate(&any, NULL, 0));
	ck_assert(client_fits_certificate(&bound, right, strlen(right)));
	ck_assert(!client_fits_certificate(&bound, NULL, 0));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_msg(
		    !client_fits_certificate(&bound, wrong[i], strlen(wrong[i])), "%s", wrong[i]);
}
END_TEST

START_TEST(units_of_clients)
{
	char token[4][CLIENT_TOKEN_TEXT_MAX];
	struct clients *clients = three_clients(token);
	const struct client *org = clients_find(clients, token[0], strlen(token[0]), NOW);
	const struct client *two = clients_find(clients, token[1], strlen(token[1]), NOW);
	int count;

	ck_assert(client_has_unit(clients, org, 77, 2321000131));
	ck_assert(!client_has_unit(clients, org, 77, 2321000132));
	ck_assert(client_has_unit(clients, two, 10, 2321000131));
	ck_assert(client_has_unit(clients, two, 30, 0));
	ck_assert(!client_has_unit(clients, two, 20, 2321000131)); /* listed units only */
	ck_assert_int_eq(client_units(clients, two, &count)[1], 30);
	ck_assert_int_eq(count, 2);
	(void)client_units(clients, org, &count);
	ck_assert_int_eq(count, 0);
	ck_assert_uint_eq(client_role_from("ops", 3), CLIENT_OPS);
	ck_assert_uint_eq(client_role_from("op", 2), 0);
	ck_assert_str_eq(client_role_word(CLIENT_HOSPITAL), "hospital");
	clients_free(clients);
}
END_TEST

/* ---- The schema ---- */

START_TEST(schema)
{
	int newest = migrate_newest();

	ck_assert_int_ge(newest, 3);
	ck_assert_int_eq(schema_fit(0, 0), SCHEMA_MISSING);
	ck_assert_int_eq(schema_fit(newest, 1), SCHEMA_FITS);
	ck_assert_int_eq(schema_fit(newest, newest), SCHEMA_FITS);
	ck_assert_int_eq(schema_fit(newest - 1, 1), SCHEMA_OLD);
	ck_assert_int_eq(
	    schema_fit(newest + 1, newest), SCHEMA_FITS); /* a newer one that expands */
	ck_assert_int_eq(schema_fit(newest + 1, newest + 1), SCHEMA_NEW);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load");
	TCase *tc = tcase_create("load");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, hours, 0, ROWS(hours_rows));
	tcase_add_loop_test(tc, file, 0, ROWS(file_rows));
	tcase_add_loop_test(tc, document, 0, ROWS(document_rows));
	tcase_add_test(tc, file_rows_taken);
	tcase_add_test(tc, tokens);
	tcase_add_test(tc, certificates_of_clients);
	tcase_add_test(tc, units_of_clients);
	tcase_add_test(tc, schema);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
