/* The list on paper; see reservlista_text.h. One function a block, one table for its lines. */
#include "reservlista_text.h"

#include "log.h"
#include "rules/calendar.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHEN_MAX 32 /* "tis 2026-05-05 10:00" */
#define VALID_MINUTES 60

struct text {
	char *bytes;
	size_t len, size;
};

/* An episode on the list. */
struct entry {
	const json_t *episode;
	const char *id;
	instant first, planned; /* the first deadline; expected discharge; or INSTANT_NEVER */
	bool hidden;		/* skyddade personuppgifter, or it may not be opened */
};

/* ---- Text ---- */

static void
put(struct text *t, const char *bytes, size_t len)
{
	if (t->len + len + 1 > t->size) {
		t->size = 2 * t->size + len + 1;
		t->bytes = xrealloc(t->bytes, t->size);
	}
	memcpy(t->bytes + t->len, bytes, len);
	t->len += len;
	t->bytes[t->len] = '\0';
}

static void
say(struct text *t, const char *words)
{
	put(t, words, strlen(words));
}

__attribute__((format(printf, 2, 3))) static void
print(struct text *t, const char *format, ...)
{
	char line[160];
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	require(len >= 0 && (size_t)len < sizeof line);
	put(t, line, (size_t)len);
}

/* What others wrote: a line stays one, and a printer is told nothing but to print. */
static void
say_safely(struct text *t, const char *words)
{
	for (; *words != '\0'; words++)
		put(t, (unsigned char)*words < ' ' || *words == 0x7f ? " " : words, 1);
}

static const char *
member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static instant
member_at(const json_t *object, const char *name)
{
	const char *text = member(object, name);
	instant t;

	return text != NULL && instant_parse(text, strlen(text), &t) == NULL ? t : INSTANT_NONE;
}

/* Local: the units' deadlines are. */
static const char *
when(instant t, char out[static WHEN_MAX])
{
	static const char *const days[] = {"mån", "tis", "ons", "tor", "fre", "lör", "sön"};
	char date[DATE_TEXT_MAX];
	struct local_time at;

	if (t == INSTANT_NONE || t == INSTANT_NEVER)
		return "(visas inte)";
	at = calendar_local(t);
	date_format(at.date, date);
	snprintf(out, WHEN_MAX, "%s %s %02d:%02d", days[date_weekday(at.date)], date, at.hour,
	    at.minute);
	return out;
}

/* "    Patient      …": a line begins. */
static void
begin(struct text *t, const char *label)
{
	size_t columns = 0;

	for (const char *c = label; *c != '\0'; c++)
		columns += ((unsigned char)*c & 0xc0) != 0x80;
	say(t, "    ");
	say(t, label);
	for (; columns < 14; columns++)
		say(t, " ");
}

/* A line, if there is something to say in it. */
static void
line(struct text *t, const char *label, const char *words)
{
	if (words == NULL || words[0] == '\0')
		return;
	begin(t, label);
	say_safely(t, words);
	say(t, "\n");
}

static void
line_at(struct text *t, const char *label, instant at)
{
	char text[WHEN_MAX];

	if (at != INSTANT_NONE)
		line(t, label, when(at, text));
}

/* Words, parted by commas from what stands before in the line. */
static void
more(struct text *t, bool *first, const char *words)
{
	if (words == NULL || words[0] == '\0')
		return;
	if (!*first)
		say(t, ", ");
	*first = false;
	say_safely(t, words);
}

/* ---- A block ---- */

static void
say_patient(struct text *t, const json_t *episode)
{
	const json_t *patient = json_object_get(episode, "patient");
	bool first = true;

	if (!json_is_object(patient))
		return;
	begin(t, "Patient");
	more(t, &first, member(json_object_get(patient, "identitet"), "varde"));
	more(t, &first, member(patient, "namn"));
	say(t, "\n");
	line(t, "Adress", member(patient, "folkbokforingsadress"));
}

static void
say_hospital(struct text *t, const json_t *episode)
{
	const json_t *hospital = json_object_get(episode, "hospital");
	const char *namn = member(hospital, "namn"), *ward = member(hospital, "avdelning");
	bool first = true;

	begin(t, "Sjukhus");
	more(t, &first, namn);
	if (ward != NULL && (namn == NULL || strcmp(ward, namn) != 0))
		more(t, &first, ward);
	more(t, &first, member(hospital, "unit"));
	say(t, first ? "(visas inte)\n" : "\n");
}

static void
say_person(struct text *t, const char *label, const json_t *person, const char *unit)
{
	bool first = true;

	if (!json_is_object(person))
		return;
	begin(t, label);
	more(t, &first, member(person, "namn"));
	more(t, &first, member(person, "profession"));
	if (member(person, "telefon") != NULL) {
		more(t, &first, "tel ");
		say_safely(t, member(person, "telefon"));
	}
	more(t, &first, unit);
	say(t, "\n");
}

static void
say_contacts(struct text *t, const json_t *episode)
{
	const json_t *fvk;
	size_t i;

	json_array_foreach(json_object_get(episode, "fast_vardkontakt"), i, fvk)
	{
		const char *unit = member(fvk, "unit");

		say_person(t, "Fast kontakt", json_object_get(fvk, "staff"), unit);
		if (json_is_true(json_object_get(fvk, "away")))
			say_person(t, "  ersätts av", json_object_get(fvk, "acting"), unit);
		if (!json_is_object(json_object_get(fvk, "staff")))
			say_person(t, "  föreslagen", json_object_get(fvk, "foreslagen"), unit);
	}
}

static void
say_meeting(struct text *t, const json_t *episode)
{
	const json_t *sip = json_object_get(episode, "sip"), *mote = json_object_get(sip, "mote");
	char at[WHEN_MAX];
	bool first = true;

	if (json_is_object(mote)) {
		begin(t, "SIP");
		more(t, &first, when(member_at(mote, "start_at"), at));
		more(t, &first, member(mote, "form"));
		more(t, &first, member(mote, "plats"));
		say(t, "\n");
	} else if (json_is_true(json_object_get(sip, "owed")) &&
		   !json_is_true(json_object_get(sip, "fulfilled"))) {
		line_at(t, "Kalla före", member_at(sip, "due_before"));
	}
}

static void
say_others(struct text *t, const json_t *episode)
{
	const json_t *mottagare;
	bool first = true;
	size_t i;

	json_array_foreach(json_object_get(episode, "mottagare"), i, mottagare)
	{
		if (!json_is_true(json_object_get(mottagare, "active")))
			continue;
		if (first)
			begin(t, "Mottagare");
		more(t, &first, member(mottagare, "namn"));
	}
	if (!first)
		say(t, "\n");
}

static void
say_tasks(struct text *t, const struct reservlista *list, const char *id)
{
	const json_t *task;
	char at[WHEN_MAX];
	size_t i;

	json_array_foreach(list->tasks, i, task)
	{
		const char *of = member(task, "episode"), *what = member(task, "text");

		if (of == NULL || strcmp(of, id) != 0)
			continue;
		instant due_at = member_at(task, "due_at");
		begin(t, "[ ] att göra");
		say(t, due_at < list->made_at && due_at != INSTANT_NONE ? "FÖRSENAD " : "senast ");
		say(t, when(due_at, at));
		say(t, "  ");
		say_safely(t, what != NULL ? what : "");
		say(t, "\n");
	}
}

static void
say_entry(struct text *t, const struct reservlista *list, const struct entry *entry, size_t number)
{
	const json_t *e = entry->episode;
	const char *phase = member(e, "phase");

	print(t, "\n%3zu ", number);
	say_safely(t, entry->hidden || phase == NULL ? "UPPGIFTERNA VISAS INTE HÄR" : phase);
	say(t, "\n");
	if (entry->hidden) {
		line(t, "Obs",
		    "skyddade personuppgifter, eller enhetens egen akt: ring avdelningen");
	} else {
		say_patient(t, e);
		say_hospital(t, e);
		line_at(t, "Inskriven", member_at(e, "inskriven_at"));
		line_at(t, "Beräknad hem", member_at(e, "beraknad_utskrivning_at"));
		line_at(t, "Klar", member_at(e, "klar_at"));
		line_at(t, "Utskriven", member_at(e, "utskriven_at"));
		say_contacts(t, e);
		say_meeting(t, e);
		say_others(t, e);
	}
	say_tasks(t, list, entry->id);
	line(t, "Vårdtillfälle", entry->id);
	begin(t, "Ringt");
	say(t, "kl ________ av ______________ till ______________ svar ______________________\n");
}

/* ---- The list ---- */

static int
entry_order(const void *one, const void *other)
{
	const struct entry *a = one, *b = other;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->planned != b->planned)
		return a->planned < b->planned ? -1 : 1;
	return strcmp(a->id, b->id);
}

static bool
is_hidden(const json_t *episode)
{
	const char *skydd = member(json_object_get(episode, "patient"), "skyddade_personuppgifter");

	return member(episode, "phase") == NULL || (skydd != NULL && strcmp(skydd, "nej") != 0);
}

/* The first deadline; INSTANT_NONE if it is not told, INSTANT_NEVER without a task. */
static instant
first_deadline(const struct reservlista *list, const char *id)
{
	instant first = INSTANT_NEVER;
	const json_t *task;
	size_t i;

	json_array_foreach(list->tasks, i, task)
	{
		const char *of = member(task, "episode");
		instant due_at = member_at(task, "due_at");

		if (of != NULL && strcmp(of, id) == 0 && due_at < first)
			first = due_at;
	}
	return first;
}

static struct entry *
entries_new(const struct reservlista *list, size_t *count)
{
	struct entry *entries = xcalloc(json_array_size(list->episodes) + 1, sizeof *entries);
	const json_t *episode;
	size_t i;

	*count = 0;
	json_array_foreach(list->episodes, i, episode)
	{
		struct entry *entry = &entries[*count];

		entry->id = member(episode, "id");
		if (entry->id == NULL)
			continue;
		entry->episode = episode;
		entry->first = first_deadline(list, entry->id);
		entry->planned = member_at(episode, "beraknad_utskrivning_at");
		if (entry->planned == INSTANT_NONE)
			entry->planned = INSTANT_NEVER;
		entry->hidden = is_hidden(episode);
		++*count;
	}
	qsort(entries, *count, sizeof *entries, entry_order);
	return entries;
}

/* As the stays name it, or NULL. */
static const char *
unit_namn(const struct reservlista *list)
{
	const json_t *episode, *mottagare;
	size_t i, k;

	json_array_foreach(list->episodes, i, episode)
	{
		const json_t *hospital = json_object_get(episode, "hospital");
		const char *ward = member(hospital, "unit");

		if (ward != NULL && strcmp(ward, list->unit) == 0)
			return member(hospital, "namn");
		json_array_foreach(json_object_get(episode, "mottagare"), k, mottagare)
		{
			const char *unit = member(mottagare, "unit");
			if (unit != NULL && strcmp(unit, list->unit) == 0)
				return member(mottagare, "namn");
		}
	}
	return NULL;
}

static void
say_head(struct text *t, const struct reservlista *list, size_t count)
{
	const char *namn = unit_namn(list);
	char at[WHEN_MAX];

	say(t, "RESERVLISTA ");
	say_safely(t, list->unit);
	if (namn != NULL) {
		say(t, "  ");
		say_safely(t, namn);
	}
	print(t,
	    "\nGjord %s, svensk tid, som klockan i samordnad går. Gäller tills nästa kommer.\n",
	    when(list->made_at, at));
	print(t, "Efter %s är den gammal: ring avdelningen innan du handlar.\n",
	    when(list->made_at + VALID_MINUTES * MINUTE, at));
	say(t, "Patientuppgifter: lås in den, förstör den när nästa har kommit.\n");
	print(t, "Öppna vårdtillfällen och akter: %zu. Öppna uppgifter: %zu.\n", count,
	    json_array_size(list->tasks));
}

char *
reservlista_text(const struct reservlista *list)
{
	struct text t = {0};
	size_t count;
	struct entry *entries = entries_new(list, &count);

	say_head(&t, list, count);
	for (size_t i = 0; i < count; i++)
		say_entry(&t, list, &entries[i], i + 1);
	say(&t, "\nNÄR SAMORDNAD SVARAR IGEN: skicka var sak med den tid då den sades, i vilken "
		"ordning "
		"som helst.\nUtskrivningsklar som lämnades per telefon: med reservrutin (när, av "
		"vem, till "
		"vem).\n");
	free(entries);
	return t.bytes;
}
