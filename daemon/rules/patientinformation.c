/* The patient's information in writing (E3); see patientinformation.h. */
#include "patientinformation.h"

#include "sip.h"

#include <stdio.h>
#include <string.h>

#define TIME_TEXT_MAX 96

static void
say(struct writer *w, const char *text)
{
	writer_raw(w, text, strlen(text));
}

/* ---- Fast vårdkontakt ---- */

/* As patients read it: the words of the wire are folded to ASCII. */
static const char *const professions[PROFESSION_COUNT] = {
    [DISTRIKTSSKOTERSKA] = "distriktssköterska",
    [SPECIALISTSJUKSKOTERSKA] = "specialistsjuksköterska",
    [SJUKSKOTERSKA] = "sjuksköterska",
    [LAKARE] = "läkare",
    [FYSIOTERAPEUT] = "fysioterapeut",
    [ARBETSTERAPEUT] = "arbetsterapeut",
    [KURATOR] = "kurator",
    [PSYKOLOG] = "psykolog",
    [MENTALSKOTARE] = "mentalskötare",
    [UNDERSKOTERSKA] = "undersköterska",
    [BISTANDSHANDLAGGARE] = "biståndshandläggare",
};

/* "Anna Ek, distriktssköterska, Vårdcentralen, telefon 08-000 00 00." */
static void
say_person(struct writer *w, const struct staff *s, const struct unit *u)
{
	say(w, s->namn);
	if (professions[s->profession] != NULL) {
		say(w, ", ");
		say(w, professions[s->profession]);
	}
	if (u != NULL) {
		say(w, ", ");
		say(w, u->namn);
	}
	if (s->telefon[0] != '\0') {
		say(w, ", telefon ");
		say(w, s->telefon);
	}
	say(w, ".\n");
}

static void
say_away(struct writer *w, const struct region *r, const struct staff *s, const struct unit *u,
    instant now)
{
	staff_id acting = region_acting(r, s->staff, now);
	const struct staff *deputy = region_staff(r, acting);

	if (acting == s->staff)
		return;
	say(w, s->namn);
	say(w, " är borta just nu. Kontakta i stället ");
	if (deputy != NULL) {
		say_person(
		    w, deputy, deputy->unit != s->unit ? region_unit(r, deputy->unit) : NULL);
	} else {
		say(w, u->namn);
		say(w, ".\n");
	}
}

/* One unit's; öppenvård must have one (B1), a kommun's may stand beside it (B7). */
static bool
say_unit(struct writer *w, const struct episode *e, const struct region *r, const struct unit *u,
    instant now)
{
	const struct fvk *fvk = episode_fvk(e, u->unit);
	const struct staff *s = fvk != NULL ? region_staff(r, fvk_at(fvk, now)) : NULL;

	if (s != NULL) {
		say_person(w, s, u);
		say_away(w, r, s, u, now);
	} else if (unit_is_oppenvard(u)) {
		say(w, u->namn);
		say(w, " har inte utsett någon fast vårdkontakt för dig ännu.\n");
	}
	return s != NULL || unit_is_oppenvard(u);
}

static void
say_contacts(struct writer *w, const struct episode *e, const struct region *r, instant now)
{
	bool said = false;

	say(w, "Din fasta vårdkontakt\n");
	for (int i = 0; i < e->participant_count; i++) {
		const struct participant *p = &e->participant[i];
		const struct unit *u = region_unit(r, p->unit);
		if (p->active && p->role == ROLE_MOTTAGARE && u != NULL &&
		    say_unit(w, e, r, u, now))
			said = true;
	}
	if (!said)
		say(w, "Du har ingen fast vårdkontakt.\n");
}

/* ---- SIP ---- */

/* "tisdag 12 maj 2026 klockan 13.00–14.00", by the Swedish clock. */
static void
say_time(struct writer *w, const struct mote *m)
{
	static const char *const days[] = {
	    "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"};
	static const char *const months[] = {"januari", "februari", "mars", "april", "maj", "juni",
	    "juli", "augusti", "september", "oktober", "november", "december"};
	struct local_time from = calendar_local(m->start_at);
	struct date_parts date = date_split(from.date);
	char text[TIME_TEXT_MAX];

	snprintf(text, sizeof(text), "%s %d %s %d klockan %02d.%02d", days[date_weekday(from.date)],
	    date.day, months[date.month - 1], date.year, from.hour, from.minute);
	say(w, text);
	if (m->end_at != INSTANT_NONE && calendar_date(m->end_at) == from.date) {
		struct local_time to = calendar_local(m->end_at);
		snprintf(text, sizeof(text), "–%02d.%02d", to.hour, to.minute);
		say(w, text);
	}
	say(w, ".");
}

static void
say_meeting(struct writer *w, const struct mote *m, instant now)
{
	static const char *const forms[MOTESFORM_COUNT] = {[FYSISKT] = " Ni träffas på plats.",
	    [TELEFON] = " Mötet hålls på telefon.",
	    [VIDEO] = " Mötet hålls på video."};

	if (m->start_at <= now) {
		say(w, "Mötet om din plan var bestämt till ");
		say_time(w, m);
		say(w, "\n");
		return;
	}
	say(w, "Du är välkommen till ett möte om din plan ");
	say_time(w, m);
	say(w, forms[m->form]);
	if (m->plats[0] != '\0') {
		say(w, m->form == VIDEO ? " Plats eller länk: " : " Plats: ");
		say(w, m->plats);
		say(w, ".");
	}
	say(w, "\n");
}

/* The kallelse is out, and says when: no time that is held, or moved since (D6a). */
static bool
is_summoned(const struct episode *e)
{
	return sip_is_summoned(e) && e->mote.start_at != INSTANT_NONE &&
	       e->bokning.status != BOKNING_VANTAR && e->bokning.nr <= e->kallelse.nr;
}

/* D7: and in force still. */
static bool
plan_in_force(const struct episode *e)
{
	return sip_is_held(e) && !e->sip.avslutad;
}

static bool
lies_ahead(const struct episode *e, instant now)
{
	return is_summoned(e) && e->mote.start_at > now;
}

unit_id
patientinformation_held_by(const struct episode *own_file)
{
	return !sip_is_refused(own_file) && plan_in_force(own_file) ? own_file->sip.unit : 0;
}

unit_id
patientinformation_summoned_by(const struct episode *own_file, instant now)
{
	return !sip_is_refused(own_file) && lies_ahead(own_file, now) ? own_file->kallelse.unit : 0;
}

static void
say_meetings(struct writer *w, const struct episode *e, const struct episode *own_file, instant now)
{
	bool outside = own_file != NULL && lies_ahead(own_file, now);

	if (outside)
		say_meeting(w, &own_file->mote, now);
	if (is_summoned(e))
		say_meeting(w, &e->mote, now);
	else if (sip_owed(e))
		say(w, sip_is_summoned(e)
			   ? "Tiden för mötet om din plan är inte klar. Du får en ny kallelse.\n"
			   : "Du kommer att få en kallelse till ett möte om din plan.\n");
	else if (!outside && (e->sip_behov.nr == 0 || e->sip_behov.art != SIP_GALLANDE_FINNS))
		say(w, "Ingen SIP är planerad.\n");
}

static void
say_sip(struct writer *w, const struct episode *e, const struct episode *own_file, instant now)
{
	enum sip_behov_art art = e->sip_behov.nr != 0 ? e->sip_behov.art : SIP_NY;
	bool outside = own_file != NULL && plan_in_force(own_file);

	say(w, "Samordnad individuell plan (SIP)\n");
	if (sip_is_refused(e)) {
		bool in_force = plan_in_force(e) || outside;
		say(w, in_force ? "Du har en SIP. Den gäller.\nIngen ny SIP är planerad, "
				: "Ingen SIP är planerad, ");
		say(w, "eftersom du har tackat nej. Du kan ändra dig när du vill.\n");
		return;
	}
	if ((plan_in_force(e) || outside) && !sip_owed(e)) {
		say(w, "Du har en SIP. Den gäller.\n");
		if (own_file != NULL && lies_ahead(own_file, now))
			say_meeting(w, &own_file->mote, now);
		return;
	}
	if (art == SIP_UPPDATERAS)
		say(w, "Du har redan en SIP. Den ska uppdateras.\n");
	else if (art == SIP_GALLANDE_FINNS || outside || plan_in_force(e))
		say(w, "Du har redan en SIP. Den gäller fortfarande.\n");
	say_meetings(w, e, own_file, now);
}

void
patientinformation_write(const struct episode *e, const struct episode *own_file,
    const struct region *r, instant now, struct writer *w)
{
	say_contacts(w, e, r, now);
	say(w, "\n");
	say_sip(w, e, own_file, now);
}
