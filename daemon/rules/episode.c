/*
 * Looking at an episode's state, and packing it. Owns what can be read off the state alone; what
 * changes it is step.c.
 */
#include "episode.h"

#include "calendar.h"
#include "log.h"

#include <string.h>

#define OUTCOME_ROW(value, result, word, detail) [value] = {RESULT_##result, word, detail},
const struct outcome_info outcome_table[OUTCOME_COUNT] = {OUTCOMES(OUTCOME_ROW)};

const char *
phase_word(enum phase p)
{
	static const char *const words[] = {"okand", "bevakad", "inskriven", "utskrivningsklar",
	    "utskriven", "avslutad", "makulerad", "avliden"};
	return words[p];
}

bool
episode_klar_kvitterad(const struct episode *e, const struct participant *p, instant *at)
{
	instant other;
	bool first = participant_kvitterat(p, e->klar.first_nr, at);

	if (!participant_kvitterat(p, e->klar.nr, &other))
		return first;
	if (at != NULL && (!first || other < *at))
		*at = other;
	return true;
}

void
episode_clear_klar(struct episode *e)
{
	memset(&e->klar, 0, sizeof e->klar);
	e->klar.klar_at = e->klar.sent_at = e->klar.recorded_at = e->klar.lamnad_at = INSTANT_NONE;
}

void
episode_hide_klar(struct episode *e)
{
	if (e->tvangsvard.nr == e->klar.nr) /* said with it (C6) */
		e->tvangsvard.oppen = TVANGSVARD_INGEN;
	episode_clear_klar(e);
}

bool
episode_is_named(const struct episode *e)
{
	return e->inskr.nr != 0 || e->inskrivning.nr != 0;
}

void
episode_note_annulled(struct episode *e, int32_t nr)
{
	e->makulerad = true;
	if (nr <= MAKULERADE_NR_MAX)
		e->makulerade[nr / 8] |= (uint8_t)(1 << nr % 8);
}

bool
episode_is_annulled(const struct episode *e, int32_t nr)
{
	return nr <= MAKULERADE_NR_MAX && (e->makulerade[nr / 8] & 1 << nr % 8) != 0;
}

bool
episode_is_here(const uint8_t uuid[static 16])
{
	static const uint8_t here[16];

	return memcmp(uuid, here, sizeof here) == 0;
}

/* Section 2 of domain.md: the phase follows from the parts; steps may be skipped. */
enum phase
episode_phase(const struct episode *e)
{
	if (e->avliden.nr != 0)
		return PHASE_AVLIDEN;
	if (e->utskrivning.nr != 0 && e->inskr.nr != 0)
		return PHASE_UTSKRIVEN;
	if (e->inskr.nr != 0)
		return e->klar.nr != 0 ? PHASE_UTSKRIVNINGSKLAR : PHASE_INSKRIVEN;
	if (e->inskrivning.nr != 0) {
		bool closed =
		    e->utskrivning.nr != 0 ||
		    (e->behovsbedomning.nr != 0 && e->behovsbedomning.behov_finns == BEHOV_NEJ);
		return closed ? PHASE_AVSLUTAD : PHASE_BEVAKAD;
	}
	return e->makulerad ? PHASE_MAKULERAD : PHASE_OKAND;
}

struct participant *
episode_participant(struct episode *e, unit_id unit)
{
	for (int i = 0; i < e->participant_count; i++)
		if (e->participant[i].unit == unit)
			return &e->participant[i];
	return NULL;
}

const struct participant *
episode_participant_of(const struct episode *e, unit_id unit)
{
	return episode_participant((struct episode *)e, unit);
}

const struct fvk *
episode_fvk(const struct episode *e, unit_id unit)
{
	for (int i = 0; i < e->fvk_count; i++)
		if (e->fvk[i].unit == unit && e->fvk[i].staff != 0)
			return &e->fvk[i];
	return NULL;
}

bool
participant_kvitterat(const struct participant *p, int32_t nr, instant *at)
{
	for (int i = 0; i < KVITTENS_MAX; i++) {
		if (nr != 0 && p->kvitterat_nr[i] == nr) {
			if (at != NULL)
				*at = p->kvitterat_at[i];
			return true;
		}
	}
	return false;
}

/*
 * C5: lämnats is when the notice was made available to the mottagare, which is when both it and
 * what names the mottagare had been recorded (a parked notice counts from then, F9); earlier if the
 * sender documents that.
 */
instant
episode_klar_lamnad_at(const struct episode *e, const struct participant *p)
{
	if (e->klar.nr == 0 || p->undanhallen_nr == e->klar.nr)
		return INSTANT_NONE;
	bool given = p->klar_given_at != INSTANT_NONE; /* C1a: by a later one */
	instant came = given ? p->klar_given_at : e->klar.recorded_at;
	instant at = came > p->received_at ? came : p->received_at;
	/* Documented: to this one, or to all who were there by then. */
	bool there = !given && p->received_at <= e->klar.recorded_at;
	instant all = there ? e->klar.lamnad_at : INSTANT_NONE;
	const instant lamnad_at[] = {p->klar_lamnad_at, all};
	for (int i = 0; i < 2; i++)
		if (lamnad_at[i] != INSTANT_NONE && lamnad_at[i] < at)
			at = lamnad_at[i];
	return at;
}

instant
episode_inskriven_at(const struct episode *e)
{
	return e->inskr.nr != 0 ? e->inskr.inskriven_at : e->inskrivning.inskriven_at;
}

instant
episode_klar_at(const struct episode *e)
{
	instant in = episode_inskriven_at(e);

	if (e->klar.nr == 0)
		return INSTANT_NONE;
	return e->klar.klar_at < in ? in : e->klar.klar_at;
}

bool
fvk_is_void(const struct episode *e, const struct fvk *slot)
{
	const struct participant *p = episode_participant_of(e, slot->unit);

	if (e->own_file || slot->confirmed_by_unit || slot->standing_decision == 0 || p == NULL ||
	    p->active)
		return false;
	return p->uttrade != UTTRADE_VIDAREBEFORDRAD &&
	       (p->uttrade != UTTRADE_AVVISAD || p->avvisning_orsak != EJ_LISTAD);
}

staff_id
fvk_at(const struct fvk *slot, instant t)
{
	return slot->former != 0 && t < slot->from_at ? slot->former : slot->staff;
}

bool
episode_begaran_open(const struct episode *e, const struct participant *p)
{
	for (int i = 0; i < e->fvk_count; i++) {
		const struct fvk *slot = &e->fvk[i];
		if (slot->unit == p->unit &&
		    (slot->staff != 0 || (slot->avslutad != 0 && slot->nr > p->begaran_nr)))
			return false;
	}
	return p->begaran_nr != 0;
}

bool
episode_stands(const struct episode *e)
{
	return e->inskr.nr != 0 || e->own_file;
}

unit_id
episode_hospital(const struct episode *e)
{
	if (e->avdelning.nr != 0)
		return e->avdelning.unit;
	return e->inskr.nr != 0 ? e->inskr.unit : e->inskrivning.unit;
}

/* A1: 24 hours after admission; A2: after the judgement, if the need was judged later. */
instant
episode_inskrivningsmeddelande_due(const struct episode *e)
{
	instant from = e->inskr.nr != 0 ? e->inskr.inskriven_at : e->inskrivning.inskriven_at;
	instant judged = INSTANT_NONE;

	if (e->inskr.nr == 0 && e->inskrivning.nr == 0)
		return INSTANT_NONE;
	if (e->inskr.nr != 0 && e->inskr.behov_bedomt_at != INSTANT_NONE)
		judged = e->inskr.behov_bedomt_at;
	else if (e->behovsbedomning.nr != 0 && e->behovsbedomning.behov_finns == BEHOV_JA &&
		 e->behovsbedomning.later)
		judged = e->behovsbedomning.bedomt_at;
	return calendar_inskrivningsmeddelande_due(judged > from ? judged : from, A1_DUE_US);
}

/*
 * Packed: the layout (4 bytes), the struct's size (4 bytes), a checksum of what follows (4 bytes),
 * then the struct's bytes, where a zero byte is followed by the number of zeros (1-255). A state is
 * mostly zeros; packed it is some hundred bytes. The checksum is for storage that was damaged:
 * counts and enums in it could be anything.
 */
#define PACK_HEAD 12

static void
put_u32(uint8_t *out, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t
get_u32(const uint8_t *in)
{
	return in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

/* FNV-1a. */
static uint32_t
checksum(const uint8_t *bytes, size_t len)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return hash;
}

uint8_t *
episode_pack(const struct episode *e, size_t *len)
{
	const uint8_t *in = (const uint8_t *)e;
	uint8_t *out = xmalloc(PACK_HEAD + 2 * sizeof *e);
	size_t n = PACK_HEAD;

	put_u32(out, EPISODE_LAYOUT);
	put_u32(out + 4, sizeof *e);
	for (size_t i = 0; i < sizeof *e;) {
		out[n++] = in[i];
		if (in[i++] != 0)
			continue;
		size_t run = 1;
		/* Eight zeros at a step: most of the state is. */
		for (uint64_t word; run <= 255 - 8 && i + 8 <= sizeof *e; run += 8, i += 8) {
			memcpy(&word, in + i, 8);
			if (word != 0)
				break;
		}
		for (; i < sizeof *e && in[i] == 0 && run < 255; i++)
			run++;
		out[n++] = (uint8_t)run;
	}
	put_u32(out + 8, checksum(out + PACK_HEAD, n - PACK_HEAD));
	*len = n;
	return out;
}

bool
episode_unpack(struct episode *e, const uint8_t *bytes, size_t len)
{
	uint8_t *out = (uint8_t *)e;
	size_t n = 0;

	if (len < PACK_HEAD || get_u32(bytes) != EPISODE_LAYOUT ||
	    get_u32(bytes + 4) != sizeof *e ||
	    get_u32(bytes + 8) != checksum(bytes + PACK_HEAD, len - PACK_HEAD))
		return false;
	for (size_t i = PACK_HEAD; i < len; i++) {
		uint8_t byte = bytes[i];
		size_t run = 1;
		if (byte == 0) {
			if (++i == len || bytes[i] == 0)
				return false;
			run = bytes[i];
		}
		if (run > sizeof *e - n)
			return false;
		memset(out + n, byte, run);
		n += run;
	}
	return n == sizeof *e;
}
