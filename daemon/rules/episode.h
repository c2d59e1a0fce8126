/*
 * An episode's state: what its facts say, folded. Each message writes its own part and the phase is
 * derived from the parts, so that late and disordered messages fold to what timely ones give. Pure.
 *
 * The order of the fold is (sent_at, nr): what a sender said last counts, in whatever order it
 * reached us. The stored state is a cache of the fold: EPISODE_LAYOUT is a checksum of the sources
 * on which a fold depends, and a stored state of another layout is folded anew from the stored
 * facts.
 */
#ifndef SAMORDNAD_EPISODE_H
#define SAMORDNAD_EPISODE_H

#include "date.h"
#include "fact.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARTICIPANTS_MAX \
	24 /* a message that would need more is recorded with outcome for_manga_mottagare */
#define KVITTENS_MAX 8
#define ATERKALLAD_MAX 8       /* withdrawn ready notices of one stay; the oldest gives way */
#define MAKULERADE_NR_MAX 2047 /* facts after that are annulled without being told apart */
#define FVK_MAX 6
#define UNRESOLVED_MAX 8
#define KOMMUN_MAX 6	/* changes of folkbokföring in one stay; the oldest gives way */
#define INSATSER_MAX 16 /* changes of insatser_status; the oldest gives way */
#define KONTAKT_MAX 12	/* fasta kontakter in a patient's own file */
#define PERSONAL_MAX 16 /* persons of whom a unit has told (B13); the oldest gives way */
#define SPARR_MAX 8	/* organisations whose data the patient blocks */

enum phase {
	PHASE_OKAND,
	PHASE_BEVAKAD,
	PHASE_INSKRIVEN,
	PHASE_UTSKRIVNINGSKLAR,
	PHASE_UTSKRIVEN,
	PHASE_AVSLUTAD,
	PHASE_MAKULERAD,
	PHASE_AVLIDEN,
	PHASE_COUNT
};
const char *phase_word(enum phase p);

/* What a fact did. The numbers are stored. result: applied or recorded; words and reasons for the
 * answer. */
#define OUTCOMES(X) \
	X(OUTCOME_APPLIED, APPLIED, "", "") \
	X(OUTCOME_PARKED, PARKED, "vantar_pa_inskrivningsmeddelande", \
	    "no inskrivningsmeddelande has named this stay yet; the message takes effect when " \
	    "one does") \
	X(OUTCOME_OFULLSTANDIG, APPLIED, "uppgifter_saknas", \
	    "accepted; fields that the law asks for are missing and a task asks for them") \
	X(OUTCOME_NY_VERSION, APPLIED, "ny_version", \
	    "taken as a new version of the inskrivningsmeddelande") \
	X(OUTCOME_EJ_UTSKRIVNINGSKLAR, RECORDED, "ej_utskrivningsklar", \
	    "no utskrivningsklar was in force when this was sent: there is none to withdraw") \
	X(OUTCOME_REDAN_UTSKRIVNINGSKLAR, RECORDED, "redan_utskrivningsklar", \
	    "an utskrivningsklar is already in force; its clocks stand; what this one says of " \
	    "behov, undanhallen and reservrutin counts") \
	X(OUTCOME_REDAN_UTSKRIVEN, RECORDED, "redan_utskriven", \
	    "the patient is already discharged") \
	X(OUTCOME_EJ_UTSKRIVEN, RECORDED, "ej_utskriven", \
	    "the patient was not discharged when this was sent; it counts from the discharge on") \
	X(OUTCOME_INGET_ATT_KVITTERA, RECORDED, "inget_att_kvittera", \
	    "what it names asks for no kvittens from this unit") \
	X(OUTCOME_INGEN_FVK, RECORDED, "ingen_fast_vardkontakt", \
	    "the unit has no such fast vardkontakt: it has another, or none") \
	X(OUTCOME_FVK_EJ_TILLATEN, RECORDED, "fvk_maste_vara_lakare", \
	    "the condition is life-threatening: the unit's fast vardkontakt must be a licensed " \
	    "physician") \
	X(OUTCOME_KALLELSE_EJ_AV_FVK, RECORDED, "kallelse_ej_av_fvk", \
	    "stored, but not sent by the fast vardkontakt in regional oppenvard or the deputy: " \
	    "nobody is summoned by it") \
	X(OUTCOME_INGEN_KALLELSE, RECORDED, "ingen_kallelse", "there is no kallelse to change") \
	X(OUTCOME_SIP_UTAN_SAMTYCKE, RECORDED, "samtycke_saknas", \
	    "the patient has refused: no SIP may be summoned") \
	X(OUTCOME_MEDDELANDE_OKANT, RECORDED, "meddelande_okant", \
	    "no such message in this episode yet; it is annulled if it comes") \
	X(OUTCOME_FOR_MANGA, RECORDED, "for_manga_mottagare", \
	    "more mottagare than an episode can hold") \
	X(OUTCOME_MAKULERAD, RECORDED, "makulerad", "the message was annulled before it came") \
	X(OUTCOME_INGEN_FAST_KONTAKT, RECORDED, "ingen_fast_kontakt", \
	    "the patient has no such fast kontakt to end") \
	X(OUTCOME_REDAN_KVITTERAD, RECORDED, "redan_kvitterad", \
	    "this unit has acknowledged it before; the first time stands") \
	X(OUTCOME_ANNAN_IDENTITET, APPLIED, "annan_identitet", \
	    "taken as a new version, which names the patient by another identity than before: " \
	    "see " \
	    "that it is the same stay") \
	X(OUTCOME_FORE_INSKRIVNING, RECORDED, "fore_inskrivning", \
	    "the discharge lies before the admission: it has no effect") \
	X(OUTCOME_LRV_12A, RECORDED, "underrattelse_lrv_12a", \
	    "a notice under LRV 12 a § does not count as utskrivningsklar") \
	X(OUTCOME_UTANFOR_HUVUDMAN, RECORDED, "utanfor_egen_huvudman", \
	    "a unit may add or forward to units of its own kommun or region only") \
	X(OUTCOME_EJ_MOTTAGARE, RECORDED, "ej_mottagare", \
	    "the unit is not among the mottagare: there is nothing to end") \
	X(OUTCOME_EJ_KALLAD, RECORDED, "ej_kallad", \
	    "no kallelse has reached this unit: there is nothing to answer") \
	X(OUTCOME_AVLIDEN, RECORDED, "avliden", "the patient is dead: it has no effect") \
	X(OUTCOME_PLAN_OFULLSTANDIG, APPLIED, "plan_ofullstandig", \
	    "the plan is stored; parts of it are missing and a task asks for them") \
	X(OUTCOME_INGEN_SIP, RECORDED, "ingen_sip", "no SIP is known that this could follow up") \
	X(OUTCOME_INGEN_TVANGSVARD, RECORDED, "ingen_oppen_tvangsvard", \
	    "the patient does not leave to open compulsory care: there is no vardplan to adjust") \
	X(OUTCOME_FVK_EJ_LAKARE, RECORDED, "fvk_ej_lakare", \
	    "one more person may stand beside a physician only") \
	X(OUTCOME_INGEN_SPARR, RECORDED, "ingen_sparr", "there is no such sparr to lift") \
	X(OUTCOME_EJ_VARDTILLFALLE, RECORDED, "ej_vardtillfalle", \
	    "what it names is a patient's own file, no stay: it has no effect there") \
	X(OUTCOME_EJ_ANMALD, RECORDED, "inskrivningsmeddelande_saknas", \
	    "stored, but nothing of this stay leaves the hospital before an " \
	    "inskrivningsmeddelande is sent; it counts from then on") \
	X(OUTCOME_REDAN_MAKULERAD, RECORDED, "redan_makulerad", \
	    "the message was annulled before, and stays so") \
	X(OUTCOME_KALLADE_EJ_MOTTAGARE, APPLIED, "kallade_ej_mottagare", \
	    "sent; units among kallade that are no mottagare were not reached: mottagare_andrad " \
	    "adds them") \
	X(OUTCOME_MOTTAGARE_SAKNAS, APPLIED, "mottagare_saknas", \
	    "taken; a mottagare is missing, or which unit it is cannot be told: a task asks for " \
	    "it") \
	X(OUTCOME_TIDEN_UPPTAGEN, APPLIED, "tiden_upptagen", \
	    "sent; the person has another meeting at that time: omboka moves one of them") \
	X(OUTCOME_UTSKRIVNING_ANDRAD, APPLIED, "utskrivning_andrad", \
	    "taken; it gives another time, or destination, of the discharge than was told " \
	    "before") \
	X(OUTCOME_SENARE_ORD, RECORDED, "senare_ord_galler", \
	    "stored, but another word, later by the senders' clocks, says otherwise: that stands") \
	X(OUTCOME_KALLADE_EJ_MOTTAGARE_UPPTAGEN, APPLIED, "kallade_ej_mottagare_tiden_upptagen", \
	    "sent; units among kallade that are no mottagare were not reached: mottagare_andrad " \
	    "adds them; and the person has another meeting at that time: omboka moves one of " \
	    "them") \
	X(OUTCOME_SKICKAD_SOM_FORSTA, APPLIED, "skickad_som_forsta", \
	    "there was no kallelse to change: it is sent as the first one") \
	X(OUTCOME_ERSATTER_ANNANS, APPLIED, "ersatter_annans", \
	    "taken; what it replaces does not lead to the patient of this stay, and stays where " \
	    "it is") \
	X(OUTCOME_KLAR_FORE_INSKRIVNING, APPLIED, "klar_fore_inskrivning", \
	    "taken; its klar_at lies before the admission: if that is wrong, annul it and send " \
	    "it " \
	    "anew") \
	X(OUTCOME_OPPEN_TVANGSVARD, RECORDED, "oppen_tvangsvard", \
	    "the patient leaves to open compulsory care, where the vardplan stands in for the " \
	    "SIP: nobody is summoned by it")

enum outcome_result { RESULT_APPLIED, RESULT_RECORDED, RESULT_PARKED };
#define OUTCOME_VALUE(value, result, word, detail) value,
enum outcome { OUTCOMES(OUTCOME_VALUE) OUTCOME_COUNT };
struct outcome_info {
	enum outcome_result result;
	const char *word, *detail;
};
extern const struct outcome_info outcome_table[OUTCOME_COUNT];

/*
 * What only the register could tell of a message when it came (episode_judge, plan.h): an outcome
 * that the register alone decides (OUTCOME_APPLIED: it has nothing against it), or, of a kallelse
 * (D4), who of its unit may send it, or, of a makulering, what kind of unit it is of. The fold
 * compares that with the fast vardkontakt at the message's place. The numbers are stored in a
 * smallint; 66 is taken.
 */
enum {
	JUDGED_BY_FVK = 64,	   /* the fast vardkontakt alone */
	JUDGED_BY_DEPUTY = 65,	   /* or the deputy named with the assignment */
	JUDGED_OF_WARD = 67,	   /* a makulering: of what a ward may send */
	JUDGED_OF_UNIT = 68,	   /* or any other unit */
	JUDGED_DEPUTY_OF = 0x4000, /* or the sender, if the fast vardkontakt has these low bits */
	JUDGED_STAFF_MASK = 0x3fff
};
/* The sender is in the register as that person's deputy. Two persons of one unit with the same low
 * bits are 16384 numbers apart: the register numbers a unit's staff far closer than that. */
int judged_deputy_of(staff_id staff);

enum participant_role { ROLE_HOSPITAL, ROLE_MOTTAGARE };

/* Why a mottagare is out by a word about it alone (A9, A10, A11): a new version of the
 * inskrivningsmeddelande does not bring it back, only being added again. */
enum uttrade {
	UTTRADE_NONE,
	UTTRADE_EJ_BERORD,
	UTTRADE_AVVISAD,
	UTTRADE_BORTTAGEN,
	UTTRADE_VIDAREBEFORDRAD
};

#define SIP_ROUNDS_MAX 8

struct participant {
	unit_id unit;
	enum participant_role role;
	bool active;	     /* false: named no longer; no notices, no access from then on */
	int32_t added_nr;    /* the fact that named it */
	instant received_at; /* its own time of receipt of the inskrivningsmeddelande (A10) */
	instant mottog_at;   /* A5: when it first received it; it may have been out meanwhile */
	instant ended_at;    /* when what ended it was recorded; NONE: never */
	int32_t kallad_nr;   /* the kallelse that reached it last and counts (D2), or 0 */
	instant kallad_at;
	instant
	    kallelse_at[SIP_ROUNDS_MAX];    /* D2, D9: the first of each round that reached it or
					       that it sent, which none later makes late; or NONE */
	int32_t kvitterat_nr[KVITTENS_MAX]; /* the facts that it acknowledged (G3); the oldest gives
					       way */
	instant kvitterat_at[KVITTENS_MAX];
	instant kvitterat_version_at; /* a version of the inskrivningsmeddelande, whichever, by its
					 id (A6); or NONE */
	int32_t sip_behov_nr;	      /* its own last word on D0; 0: none */
	enum sip_behov_art sip_behov;
	instant sip_behov_at;	    /* when that was sent */
	int32_t sip_behov_first_nr; /* of those that say that one is due, since a SIP was held or
				       one was not, the first; when that was sent, and when the
				       first was recorded */
	instant sip_behov_first_at, sip_behov_first_recorded_at;
	enum uttrade uttrade;
	int32_t uttrade_nr; /* the fact, or 0 */
	enum uttrade fore;  /* what it said of that before what names it, its clock being behind */
	int32_t fore_nr;
	instant fore_at; /* when that was recorded */
	enum avvisning_orsak avvisning_orsak;
	unit_id ratt_enhet;	/* A9: who it says is the right one, or 0 */
	bool tillagd;		/* A10: added by a word of its own: no version ends it */
	unit_id forwarded_by;	/* A10: the mottagare of its huvudman that added it, or 0 */
	int32_t undanhallen_nr; /* C1a: the ready notice that is withheld from it, or 0 */
	int32_t klar_given_nr;	/* the later notice that gave it to this one, or 0 */
	instant klar_given_at;
	instant klar_lamnad_at; /* C5: as documented for this one alone, or INSTANT_NONE */
	int32_t struken_nr;	/* D11: the last kallelse by which the patient struck it, or 0 */
	instant struken_at;	/* when that was sent, and the first of those in a row by
				   which it is struck; or INSTANT_NONE */
	instant struken_since;
	int32_t utebliven_nr;	/* D7: its first word of the meeting that did not come off, or 0 */
	uint8_t struken_rounds; /* from which SIPs: bits, as of episode.sip_round */
	int32_t svar_nr;	/* D8: its answer to the kallelse, or 0 */
	int32_t nej_nr;		/* the first of them to that time that was no yes, or 0 */
	int32_t svar_kallelse_nr; /* the kallelse that it answered, and the time as it was then */
	instant svar_mote_at;
	enum kallelse_svar_ord svar;
	instant forslag_at;
	int32_t begaran_nr; /* B12, in a patient's own file: it was asked for an FVK, or 0 */
	instant begaran_at;
	int32_t vardplan_nr; /* C6: it adjusted the vårdplan, or 0 */
	instant vardplan_at;
};

/* A fast vårdkontakt slot: one for each unit (B7, B8). */
struct fvk {
	unit_id unit;
	staff_id staff;		/* 0: none now */
	int32_t nr;		/* the fact that named, changed or ended it */
	instant from_at, to_at; /* of this person; to_at may be NONE */
	instant covered_from;	/* since when the unit has had one without a gap: what B1 asks */
	staff_id former; /* who it was until from_at, if that lay ahead when this was said, or 0 */
	staff_id utsedd_av, ersattare;
	staff_id jamte;	     /* one more person beside the physician (B14), or 0 */
	instant omprovas_at; /* B10: to be reviewed then; NONE: no date */
	staff_id ej_onskad;  /* the veto, as known when this person was named */
	int32_t standing_decision;
	bool confirmed_by_unit; /* false: by samordnad (auto, or B2) */
	staff_id avslutad;	/* whose assignment ended last: not to be ranked again, or 0 */
	bool utan_grund;     /* ended because it had been void (fvk_is_void): may be ranked again */
	int16_t changes;     /* section 4: how often another person has followed the one before */
	staff_id foreslagen; /* proposed (B4 propose), or 0 */
	int32_t forslag_nr;
};

struct samtycke {
	enum samtycke_status status;
	int32_t nr; /* the fact; 0: nothing said */
	instant at;
	/* The last refusal, also one that is over: when it was first said; of the words in a row
	 * that say it the one that was recorded first, and when that was sent. */
	instant refused_at;
	int32_t refused_nr;
	instant known_at;
	instant given_at; /* when it was over, or INSTANT_NONE */
};

#define SIP_RUNS_MAX 16

/* D7: a SIP that was held. */
struct held_sip {
	int32_t nr;	  /* the fact that tells of it, or 0 */
	int32_t first_nr; /* the first that did */
	unit_id unit;
	instant hallen_at; /* this one and those below: NONE if nr is 0 */
	instant at;	   /* its place in the order of facts: not ahead of when it was told */
	instant told_at;   /* when the word that counts was sent */
	uint8_t saknas;
	enum huvudman overgripande_ansvar;
	int32_t uppfoljning_nr; /* the last follow-up, or 0 */
	instant uppfoljning_at; /* the next one's day, or NONE */
	instant uppfoljd_at;	/* when the last was held */
	bool avslutad;
};

enum bokning_status { BOKNING_NONE, BOKNING_BOKAD, BOKNING_VANTAR };

struct episode {
	int32_t last_nr;
	instant last_sent_at; /* a fact with a place before this one is late: fold anew */
	int64_t patient;
	uint64_t identitet;  /* digest of the identity by which it named the patient last */
	int32_t patient_nr;  /* the last patient_uppdaterad, or 0 */
	civil_date fodd;     /* G9: the day of birth, or DATE_NONE */
	bool fold_anew;	     /* with each message: one names another that has not come, or something
				was said before the inskrivningsmeddelande */
	bool own_file;	     /* a patient's or a unit's own file: no stay */
	unit_id enhet;	     /* whose own file it is, or 0: a patient's */
	bool makulerad;	     /* something of it was annulled (tells makulerad from okand) */
	int16_t withdrawals; /* section 4: of utskrivningsklar */
	int16_t date_changes; /* section 4: of the expected discharge, while the patient is in */
	uint8_t makulerade[MAKULERADE_NR_MAX / 8 + 1]; /* which facts: a bit for each nr */

	struct {
		int32_t nr;
		unit_id unit;
		instant inskriven_at;
	} inskrivning;
	struct {
		int32_t nr, first_nr; /* the last; of those that said the same, the one that came
					 first: what is owed for it is about that */
		bool later; /* judged later than at admission (A2): an earlier judgement said no or
			       later */
		enum behov_finns behov_finns;
		instant bedomt_at;
	} behovsbedomning;
	struct {
		int32_t nr, first_nr; /* the version in force; the one recorded first */
		unit_id unit;
		instant sent_at, first_sent_at, recorded_at, first_recorded_at;
		instant inskriven_at, behov_bedomt_at;
		uint8_t saknas, behov, behovsprofil;
		bool livshotande;
		instant livshotande_at, ej_onskad_at; /* since when that has been known */
		enum skydd skydd;
		enum verksamhet verksamhet;
		enum vardform vardform;
		enum samtycke_status samtycke[SAMTYCKE_OMFATTNING_COUNT]; /* as it says */
		kommun_kod folkbokforingskommun, placerande_kommun;
		unit_id listad_pa;
		staff_id onskad, ej_onskad;
	} inskr;
	struct {
		int32_t nr;
		instant at;
		instant former; /* the one before, for A7's mark */
	} beraknad;
	struct {
		int32_t nr;	  /* 0: none in force */
		int32_t first_nr; /* of those in force, the one that came first: what is owed for
				     them is about that */
		instant klar_at, sent_at, recorded_at;
		instant lamnad_at; /* C5: as documented for all, or INSTANT_NONE */
	} klar;
	struct {
		int32_t nr;	     /* a ready notice that was withdrawn (C3), as klar.first_nr */
		instant recorded_at; /* when it was; and when the withdrawal was sent */
		instant sent_at;
	} aterkallad[ATERKALLAD_MAX]; /* in the order said */
	struct {
		int32_t nr, first_nr; /* the last said; the one that came first: what is owed for it
					 is about that */
		instant at, recorded_at;
		enum destination destination;
	} utskrivning;
	struct {
		int32_t nr;
		instant at;
	} information, patientinformation;
	struct samtycke samtycke[SAMTYCKE_OMFATTNING_COUNT];
	struct {
		int32_t nr; /* the word that counts, of all participants' (D0) */
		enum sip_behov_art art;
		unit_id unit;
	} sip_behov;
	/* D0, D3, C6: when a SIP was wanted by words or needs and nothing barred it, and which, as
	 * was known then; when one was held and nobody wants another, that one. In order; of too
	 * many the last gives way. */
	struct sip_run {
		int32_t nr; /* the fact by which it came to be due (D1), and when that was recorded,
			       or, if later, took effect */
		instant since_at;
		instant from_at, to_at; /* when it was known; to_at NONE: still */
		instant round;		/* which: as sip_round_name() */
	} sip_run[SIP_RUNS_MAX];
	struct {
		int32_t nr; /* the same as what has been said shows it to have been: the fact since
			       which it is so, or 0 */
		instant from_at; /* its place, or, if later, when it took effect */
	} sip_wanted;
	/* D0, D2, D3: a SIP that was held, or refused, ends a round: to the next all are summoned
	 * anew. Of too many the one before the last gives way. */
	struct sip_round {
		instant begins_at;   /* when it was held, or the refusal sent; NONE: the first */
		bool refused;	     /* or by open compulsory care (C6) */
		int32_t nr;	     /* … by the fact */
		instant kallelse_at; /* the first in it, whomever it reached; or NONE */
	} sip_round[SIP_ROUNDS_MAX];
	struct {
		int32_t nr; /* the last that counts, of skicka and omboka; 0: none, or cancelled */
		enum kallelse_atgard atgard;
		unit_id unit;
		staff_id skickad_av, for_staff;
		instant at;
		bool egen; /* a unit summoned though nothing called for it: the meeting stands */
		instant mote_at; /* to what it summons; or NONE */
		bool avbokad;	 /* that was cancelled since */
	} kallelse;
	struct {
		int32_t nr;
		enum bokning_status status;
		unit_id unit;
		staff_id staff;
		int32_t slot;	       /* 0: a time that a person chose */
		staff_id fvk;	       /* the FVK of the unit when the time was chosen, or 0 */
		instant beraknad_at;   /* as it was at the last kallelse */
		int32_t overlamnad_nr; /* G2: the stay that follows has it, and tells of it; or 0 */
		uint8_t overlamnad[16]; /* its uuid */
	} bokning;
	struct {
		int32_t nr; /* overflyttning: the ward that has the patient now */
		unit_id unit;
		instant at;
	} avdelning;
	struct {
		int32_t nr;
		instant from_at, to_at; /* to_at NONE: until further notice */
	} permission;
	struct {
		int32_t nr; /* G1 */
		instant at, recorded_at;
		uint8_t episode[16]; /* in which other of the patient's it was said; zeros: here */
	} avliden;
	struct {
		int32_t nr;	 /* C6: the fact that said how it stands now, or 0: as admitted */
		instant from_at; /* since when, as was said */
		enum vardform vardform;
		enum oppen_tvangsvard oppen;
		instant oppen_at; /* since when, also of what has ended; or INSTANT_NONE */
		instant sagd_at;  /* when that was said */
		instant slut_at;  /* when that had ended, or INSTANT_NONE */
		int32_t known_nr; /* open care: the first recorded of those that say it, and when it
				     was sent */
		instant known_at;
	} tvangsvard;
	struct held_sip sip, sip_before; /* the last that was held, and the one before it (D7) */
	struct {
		int32_t nr;	   /* of the last meeting that did not come off, or 0 */
		int32_t first_nr;  /* the first that told of that meeting */
		int32_t utfall_nr; /* the word that said what came of it */
		unit_id unit;	   /* who told of it first */
		instant hallen_at; /* when it was to be held */
		instant told_at;   /* when the word that counts was sent */
		enum sip_utfall utfall;
	} utebliven;
	struct {
		int32_t nr;	     /* G2, G7: the stay that this one follows */
		uint8_t episode[16]; /* its uuid */
		bool samma_vardgivare;
		instant utskriven_at;
	} tidigare;
	struct {
		int32_t nr;
		kommun_kod kommun; /* 0: none (F4) */
		bool flyttad;	   /* by a word of its own, which no version corrects */
		instant from_at;
	} kommun[KOMMUN_MAX]; /* folkbokföring, in the order said */
	struct insatser {
		int32_t nr;
		unit_id unit;
		enum insatser_status_ord status;
		instant from_at;
	} insatser[INSATSER_MAX]; /* F3, F8: in the order said */
	struct fast_kontakt {
		int32_t nr; /* of a patient's own file (B11): as messages outside of stays said */
		enum kontakt_slag slag;
		unit_id unit;
		staff_id staff;
		instant from_at, to_at;
	} kontakt[KONTAKT_MAX];
	struct {
		int32_t nr; /* of a unit's own file (B13): the last word on a person */
		staff_id staff;
		instant from_at, to_at; /* to_at may be NONE */
	} personal[PERSONAL_MAX];
	struct {
		int32_t nr; /* of a patient's own file: G8 */
		int64_t org;
	} sparr[SPARR_MAX];
	struct mote
	    mote; /* of the kallelse or the booking, whichever came last; start NONE: no meeting */

	uint8_t participant_count, fvk_count, unresolved_count;
	uint8_t kommun_count, insatser_count, kontakt_count, sparr_count, personal_count;
	uint8_t aterkallad_count;
	uint8_t sip_run_count, sip_round_nr; /* the round that runs, from 0 */
	struct participant participant[PARTICIPANTS_MAX];
	struct fvk fvk[FVK_MAX];
	struct unresolved {
		struct mottagare named; /* by kommun and slag (A4) */
		bool tillagd;		/* A10: by a word of its own: no version ends it */
		unit_id by;		/* A10: the mottagare of its huvudman that named it, or 0 */
		int32_t nr;		/* the fact that named it */
	} unresolved[UNRESOLVED_MAX];
};

/* An episode to which nothing has happened. Every byte is set. */
void episode_init(struct episode *e);

/* Its place in the order of facts: when it was sent; of a SIP that is told later, when it was held.
 */
instant episode_place(const struct fact *f);

/* One fact further. f->nr, recorded_at and patient are set; judged: what episode_judge (plan.h)
 * said when it came. */
enum outcome episode_step(struct episode *e, const struct fact *f, int judged);

/* A stored fact, as it takes part in a fold. */
struct history {
	struct fact fact;
	char message_id[MESSAGE_ID_MAX + 1]; /* "" for our own */
	int64_t org;			     /* of the sending unit; 0 for our own */
	int judged;			     /* as judged when it came */
	bool annulled;			     /* set by the fold */
};

/*
 * The fold of all facts, which come in any order and are sorted here by place, then nr; what was
 * said before the stay was named, and is no part of that, comes right behind (section 2). Annulled
 * ones are left out (a makulering reaches messages of its own organisation; one that is itself
 * annulled does not count). Kvittens and makulering that name a message_id are bound to its nr
 * here. Returns what the fact `nr` did in its place.
 */
enum outcome episode_fold(struct episode *e, struct history *facts, int count, int32_t nr);

/* Has it acknowledged the ready notice in force, or the first that said the same? *at: when first.
 */
bool episode_klar_kvitterad(const struct episode *e, const struct participant *p, instant *at);
/* Section 2: it has been said whose stay it is. */
bool episode_is_named(const struct episode *e);
/* Section 2: a fact is annulled; and is known to be. */
void episode_note_annulled(struct episode *e, int32_t nr);
bool episode_is_annulled(const struct episode *e, int32_t nr);
/* No ready notice is in force; C1a: as for whom it is withheld from, with what came by it. */
void episode_clear_klar(struct episode *e);
void episode_hide_klar(struct episode *e);
/* Was it said in this stay itself? Else uuid is that of the other. */
bool episode_is_here(const uint8_t uuid[static 16]);
enum phase episode_phase(const struct episode *e); /* AVSLUTAD is the plan's to say: see plan.h */
struct participant *episode_participant(struct episode *e, unit_id unit); /* or NULL */
const struct participant *episode_participant_of(const struct episode *e, unit_id unit);
const struct fvk *episode_fvk(
    const struct episode *e, unit_id unit); /* its slot if someone is named, or NULL */
bool participant_kvitterat(
    const struct participant *p, int32_t nr, instant *at); /* at may be NULL */
/* When utskrivningsklar was delivered (lämnats) to the mottagare (C5): INSTANT_NONE if none is in
 * force, or it is withheld from this one (C1a). */
instant episode_klar_lamnad_at(const struct episode *e, const struct participant *p);
/* B12: was the unit asked for an FVK, and none named since? One that it ended has answered. */
bool episode_begaran_open(const struct episode *e, const struct participant *p);
/* Is there anything of which others than the ward may know: a stay that is told of, or an own file?
 */
bool episode_stands(const struct episode *e);
/* When the patient came in, by the inskrivningsmeddelande, else by the inskrivning; INSTANT_NONE
 * (before every instant): not known. */
instant episode_inskriven_at(const struct episode *e);
/* F6: since when the patient was ready, not before the admission; INSTANT_NONE: is not. */
instant episode_klar_at(const struct episode *e);
/* B11: did samordnad appoint by itself at a unit that turned out to be none of the patient's? Who
 * forwarded, and who says that the patient is listed elsewhere (A9), keeps until another has. */
bool fvk_is_void(const struct episode *e, const struct fvk *slot);
/* The fast vårdkontakt of the slot at t: one named for later does not hold yet. 0: none. */
staff_id fvk_at(const struct fvk *slot, instant t);
/* The hospital's unit: of the inskrivningsmeddelande, else of the inskrivning, else 0. */
unit_id episode_hospital(const struct episode *e);
/* When the inskrivningsmeddelande is or was due (A1, A2); INSTANT_NONE if nothing asks for one. */
instant episode_inskrivningsmeddelande_due(const struct episode *e);

/* The cache: bytes out (caller frees), and in (false: another layout, fold anew). Runs of zeros are
 * packed. */
uint8_t *episode_pack(const struct episode *e, size_t *len);
bool episode_unpack(struct episode *e, const uint8_t *bytes, size_t len);

#endif
