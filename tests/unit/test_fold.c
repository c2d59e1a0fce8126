/*
 * The fold (law 2): any order in which a story's messages are recorded, causes before effects,
 * gives one state; a replayed fact changes nothing; an annulled one is as if it had not come. And
 * the packing of states.
 *
 * A story is a list of messages in the order of sending. Its `after` says which others must have
 * been recorded before.
 */
#include "rules_helper.h"

#include "daemon/rules/plan.h"

#define MESSAGES_MAX 24
#define ORDERS 40

struct message {
	struct history h;
	unsigned after; /* bits: messages that it follows from */
};

struct story {
	struct message m[MESSAGES_MAX];
	int count;
};

/* ---- Chance that is the same in every run ---- */

static uint64_t chance_state;

static uint32_t
chance(uint32_t below)
{
	chance_state = chance_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(chance_state >> 33) % below;
}

/* ---- Stories ---- */

static int64_t
org_of(unit_id unit)
{
	return unit == KH || unit == KB ? TEST_ORG_KOMMUN : unit == 0 ? 0 : TEST_ORG_REGION;
}

/* Adds a message; its number from 0. */
static int
tell(struct story *s, struct fact f, unsigned after)
{
	ck_assert_int_lt(s->count, MESSAGES_MAX);
	struct message *m = &s->m[s->count];
	memset(m, 0, sizeof *m);
	m->h.fact = f;
	m->h.org = org_of(f.source);
	m->after = after;
	if (f.source != 0)
		snprintf(m->h.message_id, sizeof m->h.message_id, "m%d", s->count);
	return s->count++;
}

static struct fact
own(struct fact f)
{
	f.source = 0;
	return f;
}

static struct fact
kvittens_of(const char *sent_at, unit_id source, const char *message_id)
{
	struct fact f = fact_kvittens(sent_at, source, 0);
	snprintf(f.kvittens.message_id, sizeof f.kvittens.message_id, "%s", message_id);
	return f;
}

static void
story_1(struct story *s)
{
	int in = tell(s,
	    fact_inskrivningsmeddelande("2026-05-01T09:00:00+02:00", "2026-05-01T02:00:00+02:00",
		"2026-05-06T12:00:00+02:00"),
	    0);
	tell(s, own(fact_fvk("2026-05-01T09:00:00+02:00", FVK_UTSE, VC, ANNA)), 1u << in);
	tell(s, kvittens_of("2026-05-01T10:00:00+02:00", KB, "m0"), 1u << in);
	int klar = tell(s, fact_utskrivningsklar("2026-05-04T09:00:00+02:00"), 0);
	tell(s, kvittens_of("2026-05-04T09:30:00+02:00", KB, "m3"), 1u << klar);
	struct fact f = fact_kallelse("2026-05-05T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:00:00+02:00");
	tell(s, f, 1u << klar);
	tell(s, fact_utskrivning("2026-05-06T14:00:00+02:00", "2026-05-06T14:00:00+02:00"), 0);
	tell(s, fact_at(UTSKRIVNINGSINFORMATION, "2026-05-06T15:00:00+02:00"), 0);
}

static void
story_1_ends(const struct episode *e)
{
	ck_assert_int_eq(episode_phase(e), PHASE_UTSKRIVEN);
	ck_assert_int_eq(episode_fvk(e, VC)->staff, ANNA);
	ck_assert_at(e->mote.start_at, "2026-05-12T13:00:00+02:00");
	const struct participant *kb = episode_participant_of(e, KB);
	ck_assert_at(calendar_kallelse_due(episode_klar_lamnad_at(e, kb), D1_DAYS),
	    "2026-05-08T00:00:00+02:00");
	ck_assert_at(kb->kallelse_at[0], "2026-05-05T10:00:00+02:00");
	ck_assert_at(
	    calendar_utskrivningsinformation_due(e->utskrivning.at), "2026-05-07T00:00:00+02:00");
	ck_assert(participant_kvitterat(kb, e->inskr.nr, NULL));
	ck_assert(participant_kvitterat(kb, e->klar.nr, NULL));
}

static void
story_2(struct story *s)
{
	int in = tell(s,
	    fact_inskrivningsmeddelande("2026-06-25T08:00:00+02:00", "2026-06-24T20:00:00+02:00",
		"2026-07-02T12:00:00+02:00"),
	    0);
	tell(s, own(fact_fvk("2026-06-25T08:00:00+02:00", FVK_BEKRAFTA, VC, ANNA)), 1u << in);
	int klar = tell(s, fact_utskrivningsklar("2026-06-29T13:30:00+02:00"), 0);
	struct fact f = fact_kallelse("2026-07-01T10:00:00+02:00", VC, KALLELSE_SKICKA, BO);
	f.sip_kallelse.for_staff = ANNA;
	f.sip_kallelse.mote = mote_at("2026-07-07T13:00:00+02:00");
	tell(s, f, 1u << klar);
	tell(s, fact_ny_beraknad("2026-07-01T11:00:00+02:00", "2026-07-03T12:00:00+02:00"), 0);
}

static void
story_2_ends(const struct episode *e)
{
	ck_assert_int_eq(episode_phase(e), PHASE_UTSKRIVNINGSKLAR);
	ck_assert_int_eq(episode_fvk(e, VC)->staff, ANNA);
	ck_assert_int_eq(e->kallelse.skickad_av, BO);
	const struct participant *kb = episode_participant_of(e, KB);
	ck_assert_at(calendar_kallelse_due(episode_klar_lamnad_at(e, kb), D1_DAYS),
	    "2026-07-03T00:00:00+02:00");
	ck_assert(kb->kallad_nr != 0);
	ck_assert_at(e->beraknad.former, "2026-07-02T12:00:00+02:00");
}

static void
story_3(struct story *s)
{
	tell(s, fact_utskrivningsklar("2026-02-04T10:00:00+01:00"), 0);
	tell(s,
	    fact_inskrivningsmeddelande("2026-02-04T15:40:00+01:00", "2026-02-02T06:00:00+01:00",
		"2026-02-04T17:00:00+01:00"),
	    0);
	tell(s, fact_utskrivning("2026-02-04T17:00:00+01:00", "2026-02-04T17:00:00+01:00"), 0);
}

static void
story_3_ends(const struct episode *e)
{
	const struct participant *vc = episode_participant_of(e, VC);

	ck_assert_int_eq(episode_phase(e), PHASE_UTSKRIVEN);
	ck_assert_at(episode_klar_lamnad_at(e, vc), "2026-02-04T15:40:00+01:00");
	ck_assert_int_eq(
	    vc->received_at - episode_inskrivningsmeddelande_due(e), 33 * HOUR + 40 * MINUTE);
	ck_assert_at(calendar_kallelse_due(episode_klar_lamnad_at(e, vc), D1_DAYS),
	    "2026-02-08T00:00:00+01:00");
	ck_assert_at(calendar_kallelse_breach_from(
			 episode_klar_lamnad_at(e, vc), D1_DAYS, SIP_SHIFT_HOLIDAY),
	    "2026-02-10T00:00:00+01:00");
	ck_assert_ptr_null(episode_fvk(e, VC));
}

static void
story_7(struct story *s)
{
	tell(s,
	    fact_inskrivningsmeddelande("2026-03-20T09:00:00+01:00", "2026-03-20T02:00:00+01:00",
		"2026-03-28T12:00:00+01:00"),
	    0);
	tell(s, fact_utskrivningsklar("2026-03-27T12:00:01+01:00"), 0);
	struct fact f = fact_fvk("2026-03-28T23:05:00Z", FVK_UTSE, VC, ANNA);
	f.fast_vardkontakt.from_at = at("2026-03-28T23:10:00Z");
	tell(s, f, 1u << 0);
	tell(s, fact_utskrivning("2026-03-29T00:11:00+01:00", "2026-03-29T00:10:00+01:00"), 0);
	tell(s, fact_at(UTSKRIVNINGSINFORMATION, "2026-03-29T23:59:00+02:00"), 0);
}

static void
story_7_ends(const struct episode *e)
{
	instant due = calendar_utskrivningsinformation_due(e->utskrivning.at);

	ck_assert_at(due, "2026-03-30T00:00:00+02:00");
	ck_assert_int_eq(due - e->utskrivning.at, 22 * HOUR + 50 * MINUTE);
	ck_assert(e->information.at < due);
	ck_assert_msg(episode_fvk(e, VC)->covered_from == e->utskrivning.at,
	    "the same instant is not before (B1)");
	ck_assert_at(calendar_betalningsansvar_from(e->klar.sent_at, F1_DAYS, F1_CUTOFF_S),
	    "2026-03-31T00:00:00+02:00");
}

static void
story_9(struct story *s)
{
	struct fact f = fact_inskrivningsmeddelande(
	    "2026-09-21T09:00:00+02:00", "2026-09-20T20:00:00+02:00", "2026-09-25T12:00:00+02:00");
	f.inskrivningsmeddelande.samtycke[SAMTYCKE_SIP] = SAMTYCKE_OKANT;
	int in = tell(s, f, 0);
	tell(s, own(fact_fvk("2026-09-21T09:00:00+02:00", FVK_UTSE, VC, ANNA)), 1u << in);
	tell(s, fact_utskrivningsklar("2026-09-23T09:30:00+02:00"), 0);
	int yes =
	    tell(s, fact_samtycke("2026-09-24T15:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_LAMNAT), 0);
	const char *start = "2026-09-29T13:00:00+02:00";
	int booked = tell(
	    s, fact_bokning("2026-09-24T15:00:00+02:00", BOKNING_BOKA, VC, ANNA, start), 1u << yes);
	f = own(fact_kallelse("2026-09-24T15:00:00+02:00", VC, KALLELSE_SKICKA, ANNA));
	f.sip_kallelse.mote = mote_at(start);
	tell(s, f, 1u << booked);
	tell(s, fact_samtycke("2026-09-25T10:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_ATERKALLAT), 0);
	tell(s, fact_samtycke("2026-09-28T09:00:00+02:00", SAMTYCKE_SIP, SAMTYCKE_LAMNAT), 0);
}

static void
story_9_ends(const struct episode *e)
{
	const struct samtycke *sip = &e->samtycke[SAMTYCKE_SIP];

	ck_assert_int_eq(sip->status, SAMTYCKE_LAMNAT);
	ck_assert_int_eq(e->kallelse.nr, 0);
	ck_assert_int_eq(e->bokning.status, BOKNING_NONE);
	ck_assert_int_eq(episode_participant_of(e, KB)->kallad_nr, 0);
	instant since = e->sip_run[e->sip_run_count - 1].since_at;
	ck_assert_at(calendar_kallelse_due(since, D1_DAYS), "2026-10-02T00:00:00+02:00");
}

/* Everything at once: the watch, versions, withdrawals, parked and late words, an annulled
 * annulment. */
static void
story_of_all(struct story *s)
{
	const char *in = "2026-05-01T02:00:00+02:00", *out = "2026-05-08T12:00:00+02:00";
	struct fact f;

	tell(s, fact_inskrivning("2026-05-01T03:00:00+02:00", in), 0); /* 0 */
	tell(s,
	    fact_behovsbedomning(
		"2026-05-01T04:00:00+02:00", BEHOV_SENARE, "2026-05-01T04:00:00+02:00"),
	    0);
	tell(s,
	    fact_behovsbedomning(
		"2026-05-01T08:00:00+02:00", BEHOV_JA, "2026-05-01T08:00:00+02:00"),
	    0);
	f = fact_inskrivningsmeddelande("2026-05-01T09:00:00+02:00", in, NULL); /* 3 */
	f.inskrivningsmeddelande.mottagare[1] =
	    (struct mottagare){.unit = 0, .kommun = TEST_KOMMUN, .slag = SOCIALTJANST};
	tell(s, f, 0);
	tell(s, fact_mottagare_andrad("2026-05-01T09:00:00+02:00", KB), 1u << 3);
	tell(s, own(fact_fvk("2026-05-01T09:00:00+02:00", FVK_FORESLA, VC, BO)), 1u << 3);
	tell(s, kvittens_of("2026-05-01T08:59:59+02:00", VC, "m3"), 1u << 3); /* 6: clock behind */
	tell(s, fact_ny_beraknad("2026-05-01T10:00:00+02:00", out), 0);
	f = fact_inskrivningsmeddelande("2026-05-02T09:00:00+02:00", in, out); /* 8 */
	fact_mottagare_add(&f, KH);
	tell(s, f, 0);
	tell(s, fact_fvk("2026-05-02T10:00:00+02:00", FVK_UTSE, VC, ANNA), 1u << 8);
	tell(s, fact_sip_behov("2026-05-02T11:00:00+02:00", KB, SIP_NY), 1u << 8); /* 10 */
	tell(s, fact_sip_behov("2026-05-02T12:00:00+02:00", VC, SIP_BEHOVS_EJ), 1u << 8);
	tell(s, fact_utskrivningsklar("2026-05-03T09:00:00+02:00"), 0); /* 12 */
	tell(s, kvittens_of("2026-05-03T10:00:00+02:00", KH, "m12"), 0);
	tell(s, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, "2026-05-03T11:00:00+02:00"), 0); /* 14 */
	f = fact_kallelse("2026-05-03T12:00:00+02:00", VC, KALLELSE_SKICKA, ANNA);
	f.sip_kallelse.mote = mote_at("2026-05-12T13:00:00+02:00");
	f.sip_kallelse.kallade[f.sip_kallelse.kallade_count++] = KH;
	tell(s, f, 1u << 9);
	tell(s, fact_utskrivningsklar("2026-05-04T09:00:00+02:00"), 0); /* 16 */
	tell(s, fact_makulering("2026-05-04T10:00:00+02:00", H, "m16"), 0);
	tell(s, fact_makulering("2026-05-04T11:00:00+02:00", H, "m17"), 0);
	f = fact_kallelse("2026-05-05T09:00:00+02:00", VC, KALLELSE_OMBOKA, ANNA); /* 19 */
	f.sip_kallelse.mote = mote_at("2026-05-18T13:00:00+02:00");
	tell(s, f, 1u << 15);
	tell(s, fact_utskrivning("2026-05-06T09:00:00+02:00", "2026-05-06T08:50:00+02:00"), 0);
	tell(s, fact_makulering("2026-05-06T09:30:00+02:00", H, "m20"), 0);
	tell(s, fact_fvk("2026-05-06T10:00:00+02:00", FVK_BYT, VC, DOKTOR), 1u << 9); /* 22 */
	tell(s, fact_makulering("2026-05-06T11:00:00+02:00", KB, "m22"), 0);	      /* not KB's */
}

static void
story_of_all_ends(const struct episode *e)
{
	ck_assert_int_eq(episode_phase(e), PHASE_UTSKRIVNINGSKLAR);
	ck_assert_at(e->klar.sent_at, "2026-05-04T09:00:00+02:00");
	ck_assert_int_eq(e->utskrivning.nr, 0);
	ck_assert_int_eq(e->sip_behov.art, SIP_NY);
	ck_assert_int_eq(episode_fvk(e, VC)->staff, DOKTOR);
	ck_assert_at(episode_fvk(e, VC)->covered_from, "2026-05-02T10:00:00+02:00");
	ck_assert_at(e->mote.start_at, "2026-05-18T13:00:00+02:00");
	ck_assert_at(episode_participant_of(e, KB)->kallelse_at[0], "2026-05-03T12:00:00+02:00");
	ck_assert(participant_kvitterat(episode_participant_of(e, VC), e->inskr.first_nr, NULL));
	ck_assert_at(episode_inskrivningsmeddelande_due(e), "2026-05-02T08:00:00+02:00");
	ck_assert_int_eq(e->inskr.saknas, 0);
	ck_assert_int_eq(e->unresolved_count, 0);
}

/*
 * D4: who the FVK is changes while kallelser are on their way: Anna's, then her deputy's, then the
 * physician's who came after her; and three that do not count.
 */
static void
story_of_fvk(struct story *s)
{
	int in = tell(s,
	    fact_inskrivningsmeddelande("2026-06-08T08:01:00+02:00", "2026-06-08T00:00:00+02:00",
		"2026-06-11T12:00:00+02:00"),
	    0);
	int utse = tell(s, fact_fvk("2026-06-08T08:03:00+02:00", FVK_UTSE, VC, ANNA), 1u << in);
	tell(s, fact_kallelse("2026-06-08T08:03:30+02:00", VC, KALLELSE_SKICKA, DOKTOR), 1u << in);
	tell(s, fact_kallelse("2026-06-08T08:04:00+02:00", VC, KALLELSE_SKICKA, ANNA), 1u << utse);
	struct fact f = fact_kallelse("2026-06-08T08:04:30+02:00", VC, KALLELSE_SKICKA, BO);
	f.sip_kallelse.mote = mote_at("2026-06-12T13:00:00+02:00");
	f.sip_kallelse.kallade[f.sip_kallelse.kallade_count++] = VC;
	tell(s, f, 1u << utse);
	int byt = tell(s, fact_fvk("2026-06-08T08:05:00+02:00", FVK_BYT, VC, DOKTOR), 1u << utse);
	f = fact_kallelse("2026-06-08T08:06:00+02:00", VC, KALLELSE_SKICKA, DOKTOR);
	f.sip_kallelse.mote = mote_at("2026-06-15T13:00:00+02:00");
	tell(s, f, 1u << byt);
	tell(s, fact_kallelse("2026-06-08T08:07:00+02:00", VC, KALLELSE_SKICKA, ANNA), 1u << utse);
	f = fact_kallelse("2026-06-08T08:08:00+02:00", VC, KALLELSE_SKICKA, BO);
	f.sip_kallelse.for_staff = ANNA;
	tell(s, f, 1u << utse);
}

static void
story_of_fvk_ends(const struct episode *e)
{
	ck_assert_int_eq(episode_fvk(e, VC)->staff, DOKTOR);
	ck_assert_at(episode_participant_of(e, KB)->kallelse_at[0], "2026-06-08T08:04:00+02:00");
	ck_assert_at(episode_participant_of(e, KB)->kallad_at, "2026-06-08T08:06:00+02:00");
	ck_assert_at(episode_participant_of(e, VC)->kallad_at, "2026-06-08T08:04:30+02:00");
	ck_assert_int_eq(e->kallelse.skickad_av, DOKTOR);
	ck_assert_at(e->mote.start_at, "2026-06-15T13:00:00+02:00");
}

/* Who takes part, compulsory care, the SIP that was held, the ward, help; and a death said in
 * error.
 */
static void
story_of_more(struct story *s)
{
	const char *in = "2026-05-01T02:00:00+02:00", *out = "2026-05-08T12:00:00+02:00";
	struct fact f = fact_inskrivningsmeddelande("2026-05-01T09:00:00+02:00", in, out); /* 0 */

	fact_mottagare_add(&f, PSYK);
	tell(s, f, 0);
	tell(s, fact_of(EJ_BERORD, KB, "2026-05-01T10:00:00+02:00"), 1u << 0);
	tell(s, fact_tillagd("2026-05-01T11:00:00+02:00", H, KB2), 0);
	tell(s, fact_tillagd("2026-05-01T12:00:00+02:00", H, KB), 0);
	tell(s, fact_vidarebefordrad("2026-05-01T13:00:00+02:00", KB, KH), 1u << 3);
	f = fact_patient_uppdaterad("2026-05-01T14:00:00+02:00"); /* 5 */
	f.patient_uppdaterad.given = PATIENT_SKYDD | PATIENT_LISTAD;
	f.patient_uppdaterad.skydd = SKYDD_SEKRETESSMARKERING;
	f.patient_uppdaterad.listad_pa = VC2;
	tell(s, f, 0);
	tell(s, fact_fvk("2026-05-02T09:00:00+02:00", FVK_UTSE, VC, ANNA), 1u << 0);
	f = fact_utskrivningsklar("2026-05-03T09:00:00+02:00"); /* 7 */
	f.utskrivningsklar.tvangsvard_given = true;
	f.utskrivningsklar.oppen_tvangsvard = TVANGSVARD_OPT;
	f.utskrivningsklar.undanhallen[f.utskrivningsklar.undanhallen_count++] = KB2;
	tell(s, f, 0);
	tell(s, fact_vardplan_justerad("2026-05-03T10:00:00+02:00", PSYK), 1u << 0);
	tell(s, fact_utskrivningsklar("2026-05-03T11:00:00+02:00"), 0);
	tell(s,
	    fact_vardform_andrad("2026-05-04T09:00:00+02:00", VARDFORM_HSL, TVANGSVARD_INGEN,
		"2026-05-04T09:00:00+02:00"),
	    0);
	f = fact_kallelse("2026-05-04T10:00:00+02:00", VC, KALLELSE_SKICKA, ANNA); /* 11 */
	f.sip_kallelse.mote = mote_at("2026-05-07T13:00:00+02:00");
	f.sip_kallelse.kallade[0] = KH;
	f.sip_kallelse.strukna[f.sip_kallelse.strukna_count++] = PSYK;
	tell(s, f, 1u << 6);
	tell(s, fact_kallelse_svar("2026-05-04T11:00:00+02:00", KH, SVAR_NEJ), 1u << 11);
	tell(s, fact_insatser("2026-05-04T12:00:00+02:00", KH, INSATSER_OKLART), 1u << 4);
	tell(s, fact_overflyttning("2026-05-05T09:00:00+02:00", H2), 0); /* 14 */
	tell(s,
	    fact_permission("2026-05-05T10:00:00+02:00", "2026-05-05T11:00:00+02:00",
		"2026-05-05T18:00:00+02:00"),
	    0);
	tell(s, fact_at(AVLIDEN, "2026-05-06T09:00:00+02:00"), 0); /* 16 */
	tell(s, fact_makulering("2026-05-06T10:00:00+02:00", H, "m16"), 0);
	tell(s,
	    fact_sip("2026-05-07T14:00:00+02:00", VC, SIP_GENOMFORD, "2026-06-01T10:00:00+02:00"),
	    1u << 11);
	tell(s, fact_sip_uppfoljning("2026-06-01T10:00:00+02:00", VC, NULL), 1u << 18); /* 19 */
	tell(s, fact_avvisning("2026-06-02T10:00:00+02:00", VC, EJ_LISTAD, VC2), 1u << 0);
}

static void
story_of_more_ends(const struct episode *e)
{
	const struct participant *kh = episode_participant_of(e, KH);
	const struct participant *kb2 = episode_participant_of(e, KB2);

	ck_assert(!episode_participant_of(e, KB)->active && kb2->active && kh->active);
	ck_assert_int_eq(kh->forwarded_by, KB);
	ck_assert_at(episode_klar_lamnad_at(e, kb2), "2026-05-03T11:00:00+02:00");
	ck_assert_at(episode_klar_lamnad_at(e, kh), "2026-05-03T09:00:00+02:00");
	ck_assert_at(e->tvangsvard.slut_at, "2026-05-04T09:00:00+02:00");
	ck_assert_int_ne(episode_participant_of(e, PSYK)->struken_nr, 0);
	ck_assert_int_ne(episode_participant_of(e, PSYK)->vardplan_nr, 0);
	ck_assert_int_eq(kh->svar, SVAR_NEJ);
	ck_assert_int_eq(episode_hospital(e), H2);
	ck_assert_int_eq(e->avliden.nr, 0);
	ck_assert_at(e->sip.uppfoljd_at, "2026-06-01T10:00:00+02:00");
	ck_assert_int_eq(e->sip.saknas, PLAN_UPPFOLJNING);
	ck_assert_int_eq(e->inskr.skydd, SKYDD_SEKRETESSMARKERING);
	ck_assert_int_eq(episode_participant_of(e, VC)->uttrade, UTTRADE_AVVISAD);
}

/* A patient's own file: B8, B11, B12, D10, G8. */
static void
story_of_own_file(struct story *s)
{
	struct fact f[] = {
	    fact_begaran("2026-05-01T09:00:00+02:00", VC),
	    fact_begaran("2026-05-01T10:00:00+02:00", VC),
	    fact_begaran("2026-05-01T11:00:00+02:00", PSYK),
	    fact_lakarkontakt("2026-05-01T12:00:00+02:00", VC, DOKTOR),
	    fact_lakarkontakt("2026-05-01T13:00:00+02:00", PSYK, KIM), /* the FVK */
	    fact_sip_behov("2026-05-01T14:00:00+02:00", KH, SIP_NY),
	    fact_kallelse("2026-05-02T09:00:00+02:00", KH, KALLELSE_SKICKA, KARIN),
	    fact_sip("2026-05-06T14:00:00+02:00", KH, SIP_GENOMFORD, "2026-06-01T10:00:00+02:00"),
	    fact_of(SPARR, VC, "2026-05-07T09:00:00+02:00"),
	};

	f[4].fast_kontakt.slag = KONTAKT_FVK;
	f[8].sparr.org = TEST_ORG_REGION;
	for (int i = 0; i < ROWS(f); i++) {
		f[i].patient = TEST_PATIENT;
		tell(s, f[i], 0);
	}
}

static void
story_of_own_file_ends(const struct episode *e)
{
	ck_assert(e->own_file);
	ck_assert_at(episode_participant_of(e, VC)->begaran_at, "2026-05-01T09:00:00+02:00");
	ck_assert(episode_begaran_open(e, episode_participant_of(e, VC)));
	ck_assert(!episode_begaran_open(e, episode_participant_of(e, PSYK)));
	ck_assert_int_eq(e->kontakt_count, 1);
	ck_assert_int_eq(episode_fvk(e, PSYK)->staff, KIM);
	ck_assert_int_eq(e->sip.unit, KH);
	ck_assert_int_eq(e->sparr_count, 1);
}

static const struct {
	const char *name;
	void (*build)(struct story *);
	void (*ends)(const struct episode *);
} stories[] = {
    {"1: readmitted while waiting for the SIP", story_1, story_1_ends},
    {"2: FVK away, deputy sends", story_2, story_2_ends},
    {"3: late notice, after the ready notice", story_3, story_3_ends},
    {"7: 00:10 on a day of 23 hours", story_7, story_7_ends},
    {"9: samtycke okant, given, withdrawn, given", story_9, story_9_ends},
    {"of all", story_of_all, story_of_all_ends},
    {"of more", story_of_more, story_of_more_ends},
    {"of a patient's own file", story_of_own_file, story_of_own_file_ends},
    {"D4: the FVK changes while kallelser are on their way", story_of_fvk, story_of_fvk_ends},
};

static struct story story;

static void
tell_story(int i)
{
	memset(&story, 0, sizeof story);
	stories[i].build(&story);
}

/* ---- Recording in an order, as the door does ---- */

static bool
needs_history(const struct episode *e, const struct fact *f)
{
	return e->fold_anew || f->type == MAKULERING ||
	       (f->type == KVITTENS && f->kvittens.task_nr == 0) ||
	       episode_place(f) < e->last_sent_at;
}

/* Records the messages in the order given, each judged when it comes; nr is the place in it. */
static void
record(struct episode *e, const int *order, int count)
{
	struct history facts[MESSAGES_MAX];
	struct region *region = test_region();
	struct surroundings s = {.region = region, .episode = 1};

	episode_init(e);
	for (int i = 0; i < count; i++) {
		struct fact f = story.m[order[i]].h.fact;
		f.nr = i + 1;
		for (int k = 0; k < i; k++)
			ck_assert_int_ne(facts[k].fact.nr, f.nr);
		facts[i] = story.m[order[i]].h;
		facts[i].fact.nr = f.nr;
		int judged = facts[i].judged = episode_judge(e, &s, &f);
		if (needs_history(e, &f))
			episode_fold(e, facts, i + 1, f.nr);
		else
			episode_step(e, &f, judged);
	}
	test_region_free(region);
}

/* An order that keeps causes before effects, by chance. */
static void
draw_order(int *order)
{
	unsigned done = 0;

	for (int n = 0; n < story.count; n++) {
		int i;
		do
			i = (int)chance((uint32_t)story.count);
		while ((done & 1u << i) != 0 || (story.m[i].after & ~done) != 0);
		order[n] = i;
		done |= 1u << i;
	}
}

/* Which message a nr stands for: its number in the story, from 1. */
static void
rename_nr(int32_t *nr, const int *order)
{
	if (*nr != 0)
		*nr = order[*nr - 1] + 1;
}

static void
rename_all(struct episode *e, const int *order)
{
	int32_t *const nrs[] = {&e->inskrivning.nr, &e->behovsbedomning.nr,
	    &e->behovsbedomning.first_nr, &e->inskr.nr, &e->inskr.first_nr, &e->beraknad.nr,
	    &e->klar.nr, &e->utskrivning.nr, &e->utskrivning.first_nr, &e->information.nr,
	    &e->patientinformation.nr, &e->sip_behov.nr, &e->kallelse.nr, &e->bokning.nr,
	    &e->kontakt[0].nr, &e->patient_nr, &e->avdelning.nr, &e->permission.nr, &e->avliden.nr,
	    &e->tvangsvard.nr, &e->tvangsvard.known_nr, &e->utebliven.nr, &e->utebliven.first_nr,
	    &e->utebliven.utfall_nr, &e->sip.nr, &e->sip.first_nr, &e->sip.uppfoljning_nr,
	    &e->sparr[0].nr};

	for (int i = 0; i < ROWS(nrs); i++)
		rename_nr(nrs[i], order);
	e->klar.first_nr = 0; /* which of two came first is the order's */
	for (int i = 0; i < e->aterkallad_count; i++)
		e->aterkallad[i].nr = 0; /* as klar.first_nr */
	for (int i = 0; i < SAMTYCKE_OMFATTNING_COUNT; i++) {
		rename_nr(&e->samtycke[i].nr, order);
		rename_nr(&e->samtycke[i].refused_nr, order);
	}
	for (int i = 0; i < e->sip_run_count; i++)
		rename_nr(&e->sip_run[i].nr, order);
	rename_nr(&e->sip_wanted.nr, order);
	for (int i = 0; i <= e->sip_round_nr; i++)
		rename_nr(&e->sip_round[i].nr, order);
	const struct episode before = *e;
	memset(e->makulerade, 0, sizeof e->makulerade);
	for (int32_t nr = 1; nr <= MESSAGES_MAX; nr++) {
		int32_t renamed = nr;
		if (!episode_is_annulled(&before, nr))
			continue;
		rename_nr(&renamed, order);
		episode_note_annulled(e, renamed);
	}
	for (int i = 0; i < e->participant_count; i++) {
		struct participant *p = &e->participant[i];
		rename_nr(&p->added_nr, order);
		rename_nr(&p->kallad_nr, order);
		rename_nr(&p->sip_behov_nr, order);
		rename_nr(&p->sip_behov_first_nr, order);
		rename_nr(&p->uttrade_nr, order);
		rename_nr(&p->fore_nr, order);
		rename_nr(&p->undanhallen_nr, order);
		rename_nr(&p->klar_given_nr, order);
		rename_nr(&p->struken_nr, order);
		rename_nr(&p->utebliven_nr, order);
		rename_nr(&p->svar_nr, order);
		rename_nr(&p->nej_nr, order);
		rename_nr(&p->svar_kallelse_nr, order);
		rename_nr(&p->vardplan_nr, order);
		rename_nr(&p->begaran_nr, order);
		for (int k = 0; k < KVITTENS_MAX; k++)
			rename_nr(&p->kvitterat_nr[k], order);
	}
	for (int i = 0; i < e->kommun_count; i++)
		rename_nr(&e->kommun[i].nr, order);
	for (int i = 0; i < e->insatser_count; i++)
		rename_nr(&e->insatser[i].nr, order);
	for (int i = 0; i < e->fvk_count; i++) {
		rename_nr(&e->fvk[i].nr, order);
		rename_nr(&e->fvk[i].forslag_nr, order);
	}
}

static void
expect_same(const struct episode *a, const struct episode *b, const char *what)
{
	const unsigned char *x = (const unsigned char *)a, *y = (const unsigned char *)b;

	for (size_t i = 0; i < sizeof *a; i++)
		expect(x[i] == y[i], "%s: the states differ at byte %zu", what, i);
}

START_TEST(story_told_in_order)
{
	struct episode e;
	int order[MESSAGES_MAX];

	tell_story(_i);
	for (int i = 0; i < story.count; i++)
		order[i] = i;
	record(&e, order, story.count);
	stories[_i].ends(&e);
}
END_TEST

START_TEST(story_told_in_any_order)
{
	struct episode timely, other;
	int order[MESSAGES_MAX];
	char what[128] = "";

	tell_story(_i);
	for (int i = 0; i < story.count; i++)
		order[i] = i;
	record(&timely, order, story.count);
	rename_all(&timely, order);
	chance_state = 42;
	for (int n = 0; n < ORDERS; n++) {
		draw_order(order);
		record(&other, order, story.count);
		stories[_i].ends(&other);
		rename_all(&other, order);
		what[0] = '\0';
		for (int i = 0; i < story.count; i++)
			snprintf(what + strlen(what), sizeof what - strlen(what), " %d", order[i]);
		expect_same(&timely, &other, what);
	}
}
END_TEST

/* ---- Replays ---- */

START_TEST(replayed_facts_change_nothing)
{
	struct history once[MESSAGES_MAX], twice[2 * MESSAGES_MAX];
	struct episode a, b;

	tell_story(_i);
	for (int i = 0; i < story.count; i++) {
		once[i] = story.m[i].h;
		once[i].fact.nr = i + 1;
		twice[2 * i] = twice[2 * i + 1] = once[i];
	}
	episode_fold(&a, once, story.count, 0);
	episode_fold(&b, twice, 2 * story.count, 0);
	memset(a.makulerade, 0, sizeof a.makulerade);
	memset(b.makulerade, 0, sizeof b.makulerade);
	expect_same(&a, &b, stories[_i].name);
}
END_TEST

/* ---- Makulering ---- */

/* What may tell a state from one in which the annulled message had not come. */
static void
forget_annulment(struct episode *e)
{
	e->last_nr = 0;
	e->last_sent_at = INSTANT_NONE;
	e->fold_anew = e->makulerad = false;
	memset(e->makulerade, 0, sizeof e->makulerade);
	/* Places of participants follow from who came first. */
}

static int
gather(struct history *out, int without)
{
	int count = 0;

	for (int i = 0; i < story.count; i++) {
		if (i == without)
			continue;
		out[count] = story.m[i].h;
		out[count++].fact.nr = i + 2; /* 1 is left for a makulering that comes before */
	}
	return count;
}

static struct history
annul(int32_t nr, const char *sent_at, unit_id source, const char *message_id, const char *own_id)
{
	struct history h;

	memset(&h, 0, sizeof h);
	h.fact = fact_makulering(sent_at, source, message_id);
	h.fact.nr = nr;
	h.org = org_of(source);
	snprintf(h.message_id, sizeof h.message_id, "%s", own_id);
	return h;
}

#define LATER "2026-12-01T09:00:00+01:00"
#define LATER_STILL "2026-12-01T10:00:00+01:00"

START_TEST(annulled_is_as_if_it_had_not_come)
{
	struct history facts[MESSAGES_MAX + 2];
	struct episode without, annulled;

	tell_story(_i);
	for (int i = 0; i < story.count; i++) {
		const struct message *m = &story.m[i];
		if (m->h.fact.source == 0)
			continue;
		int count = gather(facts, i);
		episode_fold(&without, facts, count, 0);
		forget_annulment(&without);
		/* Recorded last, and before the message itself. */
		for (int k = 0; k < 2; k++) {
			count = gather(facts, -1);
			int32_t nr = k == 0 ? count + 2 : 1;
			facts[count++] =
			    annul(nr, LATER, m->h.fact.source, m->h.message_id, "annul");
			ck_assert_int_eq(
			    episode_fold(&annulled, facts, count, i + 2), OUTCOME_MAKULERAD);
			ck_assert(annulled.makulerad);
			forget_annulment(&annulled);
			expect_same(&without, &annulled, m->h.message_id);
		}
	}
}
END_TEST

START_TEST(annulled_annulment_does_not_count)
{
	struct history facts[MESSAGES_MAX + 2];
	struct episode told, undone;

	tell_story(_i);
	int told_count = gather(facts, -1);
	episode_fold(&told, facts, told_count, 0);
	forget_annulment(&told);
	for (int i = 0; i < story.count; i++) {
		const struct message *m = &story.m[i];
		if (m->h.fact.source == 0)
			continue;
		/* In each order of recording of the two. */
		for (int k = 0; k < 2; k++) {
			int count = gather(facts, -1);
			facts[count] = annul(
			    told_count + 2 + k, LATER, m->h.fact.source, m->h.message_id, "annul");
			facts[count + 1] = annul(
			    told_count + 3 - k, LATER_STILL, m->h.fact.source, "annul", "undo");
			episode_fold(&undone, facts, count + 2, 0);
			forget_annulment(&undone);
			expect_same(&told, &undone, m->h.message_id);
		}
	}
}
END_TEST

START_TEST(annulment_of_anothers_message_is_ignored)
{
	struct history facts[MESSAGES_MAX + 2];
	struct episode told, other;

	tell_story(_i);
	int count = gather(facts, -1);
	episode_fold(&told, facts, count, 0);
	forget_annulment(&told);
	for (int i = 0; i < story.count; i++) {
		const struct message *m = &story.m[i];
		if (m->h.fact.source == 0)
			continue;
		count = gather(facts, -1);
		facts[count] = annul(count + 2, LATER, m->h.org == TEST_ORG_KOMMUN ? H : KH,
		    m->h.message_id, "annul");
		ck_assert_int_eq(
		    episode_fold(&other, facts, count + 1, count + 2), OUTCOME_MEDDELANDE_OKANT);
		ck_assert(other.fold_anew);
		forget_annulment(&other);
		expect_same(&told, &other, m->h.message_id);
	}
}
END_TEST

/* ---- Names ---- */

#define T0900 "2026-05-04T09:00:00+02:00"
#define T0930 "2026-05-04T09:30:00+02:00"
#define T1000 "2026-05-04T10:00:00+02:00"
#define T1100 "2026-05-04T11:00:00+02:00"
#define T1200 "2026-05-04T12:00:00+02:00"
#define T1300 "2026-05-04T13:00:00+02:00"
#define T1400 "2026-05-04T14:00:00+02:00"
#define T1500 "2026-05-04T15:00:00+02:00"
#define T1600 "2026-05-04T16:00:00+02:00"
#define IN "2026-05-03T20:00:00+02:00"
#define OUT "2026-05-08T12:00:00+02:00"

static struct history
said(int32_t nr, struct fact f, const char *message_id)
{
	struct history h;

	memset(&h, 0, sizeof h);
	h.fact = f;
	h.fact.nr = nr;
	h.org = org_of(f.source);
	snprintf(h.message_id, sizeof h.message_id, "%s", message_id);
	return h;
}

/* Ids are unique within a source only. */
START_TEST(same_id_of_two_units_of_one_organisation)
{
	struct history facts[] = {
	    said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "a"),
	    said(2, fact_utskrivningsklar(T1000), "1"),
	    said(3, fact_fvk(T1100, FVK_UTSE, VC, ANNA), "1"),
	    said(4, fact_makulering(T1200, H, "1"), "b"),
	};
	struct episode e;

	episode_fold(&e, facts, 4, 0);
	ck_assert_int_eq(e.klar.nr, 0);
	ck_assert_ptr_nonnull(episode_fvk(&e, VC));
	facts[3].fact.source = VC;
	episode_fold(&e, facts, 4, 0);
	ck_assert_int_eq(e.klar.nr, 2);
	ck_assert_ptr_null(episode_fvk(&e, VC));
	facts[3].fact.source = PSYK; /* another unit of the organisation may undo it too */
	facts[2].message_id[0] = 'x';
	episode_fold(&e, facts, 4, 0);
	ck_assert_int_eq(e.klar.nr, 0);
}
END_TEST

START_TEST(kvittens_is_of_anothers_message)
{
	struct history facts[] = {
	    said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1"),
	    said(2, fact_sip_behov(T1000, KB, SIP_NY), "1"),
	    said(3, kvittens_of(T1100, KB, "1"), "2"),
	};
	struct episode e;

	ck_assert_int_eq(episode_fold(&e, facts, 3, 3), OUTCOME_APPLIED);
	ck_assert(participant_kvitterat(episode_participant_of(&e, KB), 1, NULL));
	ck_assert(!participant_kvitterat(episode_participant_of(&e, KB), 2, NULL));
}
END_TEST

START_TEST(kvittens_before_its_message)
{
	struct history facts[] = {
	    said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1"),
	    said(2, kvittens_of(T1100, KB, "2"), "3"),
	    said(3, fact_utskrivningsklar(T1000), "2"),
	};
	struct episode e;

	ck_assert_int_eq(episode_fold(&e, facts, 2, 2), OUTCOME_INGET_ATT_KVITTERA);
	ck_assert_msg(e.fold_anew, "the next message must fold anew");
	episode_fold(&e, facts, 3, 0);
	ck_assert(participant_kvitterat(episode_participant_of(&e, KB), 3, NULL));
	ck_assert(!e.fold_anew);
}
END_TEST

/* B3: what the register said is kept; whether life is threatened is the state's to say, in any
 * order. */
START_TEST(b3_in_any_order)
{
	struct fact threatened = fact_inskrivningsmeddelande(T0930, IN, OUT);
	threatened.inskrivningsmeddelande.livshotande = true;
	struct history facts[] = {
	    said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1"),
	    said(2, fact_fvk(T1000, FVK_UTSE, VC, ANNA), "2"),
	    said(3, threatened, "3"),
	    said(4, fact_makulering(T1100, H, "3"), "4"),
	};
	struct episode e;

	facts[1].judged = OUTCOME_FVK_EJ_TILLATEN; /* as judged: not a physician */
	ck_assert_int_eq(episode_fold(&e, facts, 2, 2), OUTCOME_APPLIED);
	ck_assert_int_eq(episode_fold(&e, facts, 3, 2), OUTCOME_FVK_EJ_TILLATEN);
	ck_assert_ptr_null(episode_fvk(&e, VC));
	episode_fold(&e, facts, 4, 0);
	ck_assert_int_eq(episode_fvk(&e, VC)->staff, ANNA);
}
END_TEST

/* What was annulled is annulled once; a makulering that is undone itself never was. */
START_TEST(annulled_twice)
{
	struct history facts[] = {
	    said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1"),
	    said(2, fact_utskrivningsklar(T1000), "2"),
	    said(3, fact_makulering(T1100, H, "2"), "3"),
	    said(4, fact_makulering(T1200, H, "2"), "4"),
	    said(5, fact_makulering(T1200, H, "3"), "5"),
	};
	struct episode e;

	ck_assert_int_eq(episode_fold(&e, facts, 3, 3), OUTCOME_APPLIED);
	ck_assert_int_eq(episode_fold(&e, facts, 4, 4), OUTCOME_REDAN_MAKULERAD);
	ck_assert_int_eq(episode_fold(&e, facts, 5, 4), OUTCOME_APPLIED);
	ck_assert_int_eq(episode_fold(&e, facts, 5, 3), OUTCOME_MAKULERAD);
	ck_assert_int_eq(e.klar.nr, 0);
}
END_TEST

/* A makulering of a makulering undoes it, also by a clock behind that of who sent the first; of two
 * that name each other the last said holds. */
START_TEST(annulment_annulled)
{
	struct history facts[] = {
	    said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1"),
	    said(2, fact_utskrivningsklar(T1000), "2"),
	    said(3, fact_makulering(T1200, H, "2"), "3"),
	    said(4, fact_makulering(T1100, H, "3"), "4"),
	};
	struct history mutual[] = {
	    said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1"),
	    said(2, fact_makulering(T1100, H, "3"), "2"),
	    said(3, fact_makulering(T1200, H, "2"), "3"),
	};
	struct episode e;

	episode_fold(&e, facts, 3, 0);
	ck_assert_int_eq(e.klar.nr, 0);
	ck_assert_int_eq(episode_fold(&e, facts, 4, 4), OUTCOME_APPLIED);
	ck_assert_int_eq(e.klar.nr, 2);
	ck_assert_int_eq(episode_fold(&e, mutual, 3, 2), OUTCOME_MAKULERAD);
	ck_assert_int_eq(episode_fold(&e, mutual, 3, 3), OUTCOME_APPLIED);
}
END_TEST

/* Only of what it may send itself, also of what had not come yet when it said so. */
START_TEST(annulled_by_whom)
{
	struct history facts[] = {
	    said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1"),
	    said(2, fact_makulering(T1000, VC, "3"), "2"),
	    said(3, fact_utskrivningsklar(T1100), "3"),
	};
	struct episode e;

	facts[1].org = facts[2].org;
	facts[1].judged = _i == 0 ? JUDGED_OF_UNIT : JUDGED_OF_WARD;
	episode_fold(&e, facts, 3, 0);
	ck_assert_int_eq(e.klar.nr, _i == 0 ? 3 : 0);
}
END_TEST

/* What is owed for two notices in force is about the one that came first, whichever was said first.
 */
START_TEST(ready_twice)
{
	struct history facts[] = {
	    said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1"),
	    said(2, fact_utskrivningsklar(T1200), "2"),
	    said(3, fact_utskrivningsklar(T1100), "3"),
	};
	struct episode e;

	episode_fold(&e, facts, 2, 0);
	ck_assert_int_eq(e.klar.first_nr, 2);
	episode_fold(&e, facts, 3, 0);
	ck_assert_int_eq(e.klar.nr, 3);
	ck_assert_int_eq(e.klar.first_nr, 2);
}
END_TEST

/* C5: a downtime record counts for whom it names; one in any other words for all who were there
 * when the notice came; the earliest counts; none outlives a withdrawal. */
START_TEST(reservrutin)
{
	struct episode e;
	struct history facts[] = {
	    said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1"),
	    said(2, fact_utskrivningsklar(T1200), "2"),
	    said(3, fact_utskrivningsklar(T1300), "3"),
	    said(4, fact_tillagd(T1400, H, KH), "4"),
	    said(5, fact_at(EJ_LANGRE_UTSKRIVNINGSKLAR, T1500), "5"),
	    said(6, fact_utskrivningsklar(T1600), "6"),
	};
	struct reservrutin *first = &facts[1].fact.utskrivningsklar.reservrutin;

	*first = (struct reservrutin){at(T1100), 0};
	facts[2].fact.utskrivningsklar.reservrutin = (struct reservrutin){at(T1000), KB};
	episode_fold(&e, facts, 4, 0);
	ck_assert_at(episode_klar_lamnad_at(&e, episode_participant_of(&e, VC)), T1100);
	ck_assert_at(episode_klar_lamnad_at(&e, episode_participant_of(&e, KB)), T1000);
	ck_assert_at(episode_klar_lamnad_at(&e, episode_participant_of(&e, KH)), T1400);
	*first = (struct reservrutin){at(T1100), KH};
	episode_fold(&e, facts, 4, 0);
	ck_assert_at(episode_klar_lamnad_at(&e, episode_participant_of(&e, VC)), T1200);
	ck_assert_at(episode_klar_lamnad_at(&e, episode_participant_of(&e, KH)), T1100);
	episode_fold(&e, facts, 6, 0);
	ck_assert_at(episode_klar_lamnad_at(&e, episode_participant_of(&e, KB)), T1600);
	ck_assert_at(episode_klar_lamnad_at(&e, episode_participant_of(&e, VC)), T1600);
}
END_TEST

START_TEST(phase_of_what_was_annulled)
{
	struct history facts[] = {
	    said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1"),
	    said(2, fact_makulering(T1000, H, "1"), "2"),
	    said(3, fact_utskrivningsklar(T1100), "3"),
	    said(4, fact_inskrivningsmeddelande(T1200, IN, OUT), "4"),
	};
	struct episode e;

	episode_fold(&e, facts, 2, 0);
	ck_assert_int_eq(episode_phase(&e), PHASE_MAKULERAD);
	ck_assert(episode_is_annulled(&e, 1));
	ck_assert_int_eq(episode_fold(&e, facts, 3, 3), OUTCOME_PARKED);
	ck_assert_int_eq(episode_fold(&e, facts, 4, 4), OUTCOME_APPLIED);
	ck_assert_int_eq(episode_phase(&e), PHASE_UTSKRIVNINGSKLAR);
	ck_assert_at(episode_klar_lamnad_at(&e, episode_participant_of(&e, VC)), T1200);
}
END_TEST

/* Section 2: a breach of it goes, a notice takes it back, and no view shows what it said, however
 * much else was annulled. */
START_TEST(many_annulled)
{
	enum { MANY = 100 };
	static struct history facts[1 + 2 * MANY];
	struct episode e;
	char id[16];

	facts[0] = said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1");
	for (int i = 1; i <= MANY; i++) {
		snprintf(id, sizeof id, "a%d", i);
		facts[i] = said(1 + i, fact_ny_beraknad(T1000, OUT), id);
		facts[MANY + i] = said(1 + MANY + i, fact_makulering(T1100, H, id), "");
	}
	episode_fold(&e, facts, ROWS(facts), 0);
	for (int nr = 1; nr <= ROWS(facts); nr++)
		ck_assert_msg(episode_is_annulled(&e, nr) == (nr > 1 && nr <= 1 + MANY), "%d", nr);
}
END_TEST

/* The word of a type at T1100 or T1200, where the two say different things. */
static struct fact
one_of_two(enum message_type type, bool later)
{
	const char *sent_at = later ? T1200 : T1100;
	struct fact f;

	switch (type) {
	case INSKRIVNINGSMEDDELANDE:
		return fact_inskrivningsmeddelande(sent_at, IN, sent_at);
	case NY_BERAKNAD_UTSKRIVNING:
		return fact_ny_beraknad(sent_at, later ? "2026-05-20T12:00:00+02:00" : OUT);
	case UTSKRIVNING:
		return fact_utskrivning(sent_at, sent_at);
	case SAMTYCKE:
		return fact_samtycke(sent_at, SAMTYCKE_INFORMATIONSDELNING,
		    later ? SAMTYCKE_LAMNAT : SAMTYCKE_NEKAT);
	case OVERFLYTTNING:
		return fact_overflyttning(sent_at, later ? H : H2);
	case PERMISSION:
		return fact_permission(sent_at, sent_at, NULL);
	case VARDFORM_ANDRAD:
		return fact_vardform_andrad(
		    sent_at, later ? VARDFORM_LPT : VARDFORM_LRV, TVANGSVARD_INGEN, sent_at);
	case FAST_VARDKONTAKT:
		return fact_fvk(sent_at, FVK_UTSE, VC, later ? ANNA : BO);
	case INSATSER_STATUS:
		return fact_insatser(
		    sent_at, KB, later ? INSATSER_TILLGANGLIG : INSATSER_EJ_TILLGANGLIG);
	case SIP_BEHOV:
		return fact_sip_behov(sent_at, VC, later ? SIP_NY : SIP_BEHOVS_EJ);
	default:
		f = fact_patient_uppdaterad(sent_at);
		f.patient_uppdaterad.given = later ? PATIENT_NAMN | PATIENT_ADRESS : PATIENT_NAMN;
		return f;
	}
}

static const enum message_type outdone_types[] = {INSKRIVNINGSMEDDELANDE, NY_BERAKNAD_UTSKRIVNING,
    UTSKRIVNING, SAMTYCKE, OVERFLYTTNING, PERMISSION, VARDFORM_ANDRAD, FAST_VARDKONTAKT,
    INSATSER_STATUS, SIP_BEHOV, PATIENT_UPPDATERAD};

/* What comes late, where a word that was said later says otherwise, is answered so; also of what is
 * annulled afterwards. Said again, or where that one is annulled, it counts. */
START_TEST(outdone)
{
	enum message_type type = outdone_types[_i];
	struct fact again = one_of_two(type, true);
	struct history facts[] = {
	    said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1"),
	    said(2, one_of_two(type, true), "2"),
	    said(3, one_of_two(type, false), "3"),
	    said(4, fact_makulering(T1400, again.source, "2"), "4"),
	};
	struct episode e;

	ck_assert_int_eq(episode_fold(&e, facts, 3, 3), OUTCOME_SENARE_ORD);
	ck_assert_int_ne(outcome_table[episode_fold(&e, facts, 4, 3)].result, RESULT_RECORDED);
	again.sent_at = at(T1100);
	facts[2] = said(3, again, "3");
	facts[1] = said(2, one_of_two(type, true), "2");
	facts[0] = said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1");
	if (type != INSKRIVNINGSMEDDELANDE && type != OVERFLYTTNING && type != PERMISSION &&
	    type != PATIENT_UPPDATERAD)
		ck_assert_int_ne(episode_fold(&e, facts, 3, 3), OUTCOME_SENARE_ORD);
}
END_TEST

/* G4, F4: an identity, and a kommun since a date, stand beside what is said later. */
START_TEST(not_outdone)
{
	struct history facts[] = {
	    said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1"),
	    said(2, fact_flyttad(T1200, TEST_KOMMUN, T1200), "2"),
	    said(3, fact_flyttad(T1100, TEST_KOMMUN + 1, T1100), "3"),
	};
	struct episode e;

	ck_assert_int_eq(episode_fold(&e, facts, 3, 3), OUTCOME_APPLIED);
	facts[2] = said(3, fact_utskrivningsklar(T1100), "3");
	ck_assert_int_eq(episode_fold(&e, facts, 3, 3), OUTCOME_APPLIED);
}
END_TEST

/* G3, E2: nothing is acknowledged before it was sent, whatever the sender's clock says. */
START_TEST(kvittens_before_what_it_acknowledges)
{
	struct history facts[] = {
	    said(1, fact_inskrivningsmeddelande(T0900, IN, OUT), "1"),
	    said(2, fact_utskrivningsklar(T1100), "2"),
	    said(3, fact_kvittens(T1000, VC, 2), "3"),
	    said(4, fact_kvittens(T1200, KB, 2), "4"),
	};
	struct episode e;
	instant when;

	facts[2].fact.recorded_at = facts[3].fact.recorded_at = at(T1400);
	ck_assert_int_eq(episode_fold(&e, facts, 4, 3), OUTCOME_APPLIED);
	ck_assert(episode_klar_kvitterad(&e, episode_participant_of(&e, VC), &when));
	ck_assert_at(when, T1400);
	ck_assert(episode_klar_kvitterad(&e, episode_participant_of(&e, KB), &when));
	ck_assert_at(when, T1200);
}
END_TEST

START_TEST(an_empty_fold)
{
	struct episode e, empty;

	episode_init(&empty);
	ck_assert_int_eq(episode_fold(&e, NULL, 0, 0), OUTCOME_APPLIED);
	expect_same(&e, &empty, "nothing has happened");
	ck_assert_int_eq(episode_phase(&e), PHASE_OKAND);
}
END_TEST

/* ---- Packing ---- */

static void
expect_round_trip(const struct episode *e)
{
	struct episode back;
	size_t len;
	uint8_t *bytes = episode_pack(e, &len);

	ck_assert(episode_unpack(&back, bytes, len));
	expect_same(e, &back, "packed and unpacked");
	free(bytes);
}

START_TEST(packed_stories)
{
	struct history facts[MESSAGES_MAX];
	struct episode e;
	size_t len;

	tell_story(_i);
	episode_fold(&e, facts, gather(facts, -1), 0);
	expect_round_trip(&e);
	uint8_t *bytes = episode_pack(&e, &len);
	ck_assert_msg(len < 1500, "%zu bytes", len);
	/* Cut short, or with one bit turned, it is not a state. */
	struct episode back;
	for (size_t n = 0; n < len; n++) {
		uint8_t *cut = xmalloc(n + 1);
		memcpy(cut, bytes, n);
		cut[n] = 0;
		cut = xrealloc(cut, n == 0 ? 1 : n);
		ck_assert_msg(!episode_unpack(&back, cut, n), "cut to %zu of %zu", n, len);
		free(cut);
		bytes[n] ^= (uint8_t)(1u << (n % 8));
		ck_assert_msg(!episode_unpack(&back, bytes, len), "byte %zu of %zu", n, len);
		bytes[n] ^= (uint8_t)(1u << (n % 8));
	}
	ck_assert(episode_unpack(&back, bytes, len));
	free(bytes);
}
END_TEST

START_TEST(packed_anything)
{
	struct episode e;
	uint8_t *raw = (uint8_t *)&e;

	chance_state = 7;
	for (int n = 0; n < 300; n++) {
		uint32_t sparse = 1 + chance(6);
		for (size_t i = 0; i < sizeof e; i++)
			raw[i] = chance(sparse) == 0 ? (uint8_t)chance(256) : 0;
		expect_round_trip(&e);
	}
	memset(&e, 0, sizeof e);
	expect_round_trip(&e);
	memset(&e, 0xff, sizeof e);
	expect_round_trip(&e);
}
END_TEST

START_TEST(garbage_is_not_a_state)
{
	struct episode e, back;
	size_t len;

	episode_init(&e);
	uint8_t *good = episode_pack(&e, &len);
	chance_state = 11;
	for (int n = 0; n < 20000; n++) {
		size_t size = chance(600);
		uint8_t *bytes = xmalloc(size == 0 ? 1 : size);
		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)(chance(3) == 0 ? 0 : chance(256));
		if (size >= 12 && chance(4) != 0) { /* a true head, and a checksum that fits */
			uint32_t hash = 2166136261u;
			for (size_t i = 12; i < size; i++)
				hash = (hash ^ bytes[i]) * 16777619u;
			memcpy(bytes, good, 8);
			for (int i = 0; i < 4; i++)
				bytes[8 + i] = (uint8_t)(hash >> (8 * i));
		}
		ck_assert(!episode_unpack(&back, bytes, size));
		free(bytes);
	}
	free(good);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fold");
	TCase *c = tcase_create("fold");
	SRunner *runner = srunner_create(suite);

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, story_told_in_order, 0, ROWS(stories));
	tcase_add_loop_test(c, story_told_in_any_order, 0, ROWS(stories));
	tcase_add_loop_test(c, replayed_facts_change_nothing, 0, ROWS(stories));
	tcase_add_loop_test(c, annulled_is_as_if_it_had_not_come, 0, ROWS(stories));
	tcase_add_loop_test(c, annulled_annulment_does_not_count, 0, ROWS(stories));
	tcase_add_loop_test(c, annulment_of_anothers_message_is_ignored, 0, ROWS(stories));
	tcase_add_test(c, same_id_of_two_units_of_one_organisation);
	tcase_add_test(c, kvittens_is_of_anothers_message);
	tcase_add_test(c, kvittens_before_its_message);
	tcase_add_test(c, b3_in_any_order);
	tcase_add_test(c, annulled_twice);
	tcase_add_test(c, annulment_annulled);
	tcase_add_loop_test(c, annulled_by_whom, 0, 2);
	tcase_add_test(c, ready_twice);
	tcase_add_test(c, reservrutin);
	tcase_add_test(c, phase_of_what_was_annulled);
	tcase_add_test(c, many_annulled);
	tcase_add_loop_test(c, outdone, 0, ROWS(outdone_types));
	tcase_add_test(c, not_outdone);
	tcase_add_test(c, kvittens_before_what_it_acknowledges);
	tcase_add_test(c, an_empty_fold);
	tcase_add_loop_test(c, packed_stories, 0, ROWS(stories));
	tcase_add_test(c, packed_anything);
	tcase_add_test(c, garbage_is_not_a_state);
	suite_add_tcase(suite, c);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
