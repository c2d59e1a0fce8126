/*
 * A fact: what happened to one episode, in the compact form on which the rules work. proto/message
 * reads one from a message's bytes; the daemon's own decisions (who, which slot) are facts in the
 * same words, with source 0. Facts are plain values without pointers: copy them freely.
 */
#ifndef SAMORDNAD_FACT_H
#define SAMORDNAD_FACT_H

#include "identity.h"
#include "instant.h"
#include "vocabulary.h"

#include <stdbool.h>
#include <stdint.h>

typedef int32_t unit_id;    /* the register's number of a unit; 0 = none, or samordnad itself */
typedef int32_t staff_id;   /* the register's number of a person; 0 = none */
typedef int32_t kommun_kod; /* kommunkod 114..2584 as a number; 0 = not known */

#define MOTTAGARE_MAX 16 /* mottagare or kallade in one message */
#define DISTRIKT_MAX 32
#define PLATS_MAX 128 /* bytes of where a meeting is, its NUL among them */
#define MESSAGE_ID_MAX 128
#define POLICIES_CITED_MAX 4 /* policy rows that one decision cites */
#define RANKED_MAX 5	     /* persons of a ranking that are kept with an appointment (B5) */

/* A mottagare as named: a unit, or (unit == 0) kommun and slag, perhaps distrikt, to be found in
 * the register (A4). */
struct mottagare {
	unit_id unit;
	kommun_kod kommun;
	enum unit_slag slag;
	char distrikt[DISTRIKT_MAX];
};

/* What A3 demands and the message lacks: bits of `saknas`. */
enum { SAKNAS_NAMN = 1, SAKNAS_IDENTITET = 2, SAKNAS_ADRESS = 4, SAKNAS_BERAKNAD = 8 };

struct fact_inskrivning {
	instant inskriven_at;
};

struct fact_behovsbedomning {
	enum behov_finns behov_finns;
	instant bedomt_at;
};

struct fact_inskrivningsmeddelande {
	instant inskriven_at;
	instant behov_bedomt_at;	 /* or INSTANT_NONE */
	instant beraknad_utskrivning_at; /* or INSTANT_NONE: then SAKNAS_BERAKNAD */
	uint8_t saknas;			 /* A3; SAKNAS_ADRESS not set under skydd */
	uint8_t behov;			 /* bits 1 << enum behov */
	uint8_t behovsprofil;		 /* bits 1 << enum behovsprofil */
	bool livshotande;		 /* B3 */
	enum skydd skydd;
	enum verksamhet verksamhet;
	enum vardform vardform;
	enum samtycke_status samtycke[SAMTYCKE_OMFATTNING_COUNT];
	kommun_kod folkbokforingskommun, placerande_kommun;
	unit_id listad_pa;	    /* or 0 */
	staff_id onskad, ej_onskad; /* onskemal.staff, onskemal.ej (B5), or 0 */
	uint8_t mottagare_count;
	struct mottagare mottagare[MOTTAGARE_MAX];
};

struct fact_ny_beraknad_utskrivning {
	instant beraknad_utskrivning_at;
};

struct fact_utskrivningsklar {
	instant klar_at;
	bool behov_given; /* behov replaces that of the inskrivningsmeddelande */
	uint8_t behov;
	bool underrattelse_lpt_7a;
	struct reservrutin {	   /* C5: the sender documents an earlier delivery */
		instant lamnad_at; /* or INSTANT_NONE */
		unit_id till;	   /* to whom, or 0: to all who were mottagare by then */
	} reservrutin;
	bool tvangsvard_given;
	enum oppen_tvangsvard oppen_tvangsvard; /* C6 */
	uint8_t undanhallen_count;
	unit_id undanhallen[MOTTAGARE_MAX]; /* C1a: from whom it is withheld */
};

struct fact_at { /* ej_langre_utskrivningsklar, utskrivningsinformation, patientinformation,
		    avliden, vardplan_justerad */
	instant at;
	uint8_t episode[16]; /* avliden, our own: in which of the patient's others it was said */
};

struct fact_utskrivning {
	instant utskriven_at;
	enum destination destination;
};

struct ranked { /* one row of a ranking (B5): why this person */
	staff_id staff;
	uint16_t reasons; /* bits 1 << enum ranking_reason (daemon/rules/appoint.h) */
	uint16_t load;	  /* patients per full-time share, times 10 */
};

struct fact_fast_vardkontakt {
	enum fvk_atgard atgard;
	unit_id unit; /* the unit whose FVK it is: the sender, or, in the daemon's own decisions,
			 the unit named */
	staff_id staff;
	staff_id utsedd_av;	/* who appointed (B4); in our own: who took the standing decision */
	instant from_at, to_at; /* to_at may be INSTANT_NONE */
	staff_id ersattare, medicinskt_ansvarig;
	instant omprovas_at;
	bool jamte;		   /* one more person beside a physician who is the FVK (B14) */
	staff_id ersatter;	   /* our own: whom the person comes instead of (B13), or 0 */
	int32_t standing_decision; /* our own: the register's number of the standing decision cited
				      (B4), else 0 */
	uint8_t ranked_count;	   /* our own: the ranking, best first */
	struct ranked ranked[RANKED_MAX];
};

struct fact_fast_kontakt {
	enum kontakt_slag slag; /* B11 */
	enum fvk_atgard atgard; /* utse, byt, avsluta */
	unit_id unit;
	staff_id staff;
	instant from_at, to_at;
};

struct fact_sip_behov {
	enum sip_behov_art behov;
};

struct mote {
	instant start_at, end_at; /* INSTANT_NONE: no meeting named */
	enum motesform form;
	char plats[PLATS_MAX]; /* where, or a link; or "" */
};

struct fact_sip_kallelse {
	enum kallelse_atgard atgard;
	staff_id skickad_av; /* D4 */
	staff_id for_staff;  /* on whose behalf, or 0 */
	instant at;	     /* when it was sent */
	struct mote mote;
	uint8_t kallade_count;
	unit_id kallade[MOTTAGARE_MAX]; /* the units among those summoned */
	uint8_t strukna_count;
	unit_id strukna[MOTTAGARE_MAX]; /* of whom the patient struck (D11), the units */
};

struct fact_samtycke {
	enum samtycke_omfattning omfattning;
	enum samtycke_status status;
	instant at;
};

struct fact_kvittens { /* names a task (task_nr != 0), or a message (message_id, message_nr found by
			  the door) */
	int32_t task_nr;
	int32_t message_nr; /* the fact's nr in this episode, or 0 */
	char message_id[MESSAGE_ID_MAX + 1];
};

struct fact_makulering { /* message_nr: the annulled fact's nr in this episode, found by the door,
			    or 0; our own names one of our own */
	int32_t message_nr;
	char message_id[MESSAGE_ID_MAX + 1];
};

struct fact_mottagare_andrad { /* A10; our own: A4, A9, F4 */
	uint8_t lagg_till_count, ta_bort_count;
	struct mottagare lagg_till[MOTTAGARE_MAX];
	unit_id ta_bort[MOTTAGARE_MAX];
	unit_id vidarebefordra; /* who takes over from the sending unit, or 0 */
};

struct fact_vardform_andrad { /* C6 */
	enum vardform vardform;
	enum oppen_tvangsvard oppen_tvangsvard;
	instant from_at;
};

struct fact_overflyttning {
	unit_id enhet; /* the ward that takes over; 0: the sender */
	instant at;
};

struct fact_permission {
	instant from_at, to_at; /* to_at may be INSTANT_NONE */
};

/* What a patient object says; only what is given changes anything. */
enum {
	PATIENT_NAMN = 1,
	PATIENT_ADRESS = 2,
	PATIENT_KOMMUN = 4,
	PATIENT_PLACERANDE = 8,
	PATIENT_LISTAD = 16,
	PATIENT_SKYDD = 32
};
struct fact_patient_uppdaterad { /* its identity: fact.identitet */
	uint8_t given;		 /* bits PATIENT_ */
	enum skydd skydd;
	kommun_kod folkbokforingskommun, placerande_kommun; /* 0: none */
	unit_id listad_pa;
	instant from_at;	  /* since when; INSTANT_NONE: as sent */
	struct identity ersatter; /* G4: the identity that this one replaces, or system[0] == 0 */
	uint8_t episode[16];	  /* our own: in which other stay that was said */
};

struct fact_begaran { /* B12; our own: B13, the FVK is gone */
	unit_id unit;
	instant at;
};

struct fact_enhet { /* the daemon's own: a unit's own file is opened */
	unit_id unit;
};

struct fact_kallelse_svar {
	enum kallelse_svar_ord svar;
	instant forslag_at; /* or INSTANT_NONE */
};

/* What D7 wants of a plan and it lacks, that may come later: bits of `saknas`. */
enum {
	PLAN_MAL = 1,
	PLAN_DELTAGARE = 2,
	PLAN_SAMORDNINGSANSVARIG = 4,
	PLAN_UPPFOLJNING = 8,
	PLAN_PATIENTENS_DEL = 16
};

struct plan {
	bool given;
	uint8_t saknas;
	enum huvudman overgripande_ansvar;
	instant uppfoljning_at; /* or INSTANT_NONE */
};

struct fact_sip {
	instant hallen_at;
	enum sip_utfall utfall;
	struct plan plan;
};

struct fact_sip_uppfoljning {
	instant hallen_at;
	struct plan plan;
	instant nasta_uppfoljning_at; /* or INSTANT_NONE */
	bool avslutad;
};

struct fact_avvisning {
	enum avvisning_orsak orsak;
	unit_id ratt_enhet;	/* or 0 */
	kommun_kod ratt_kommun; /* or 0 */
};

struct fact_insatser_status {
	enum insatser_status_ord status;
	instant from_at; /* INSTANT_NONE: as sent */
};

struct fact_personal { /* B13 */
	staff_id staff;
	enum personal_atgard atgard;
	instant from_at, to_at; /* to_at may be INSTANT_NONE */
	staff_id ersattare;
};

struct fact_sparr {  /* G8 */
	int64_t org; /* of the sending unit; set by the door */
	enum sparr_atgard atgard;
	instant at;
};

/*
 * The daemon's own: this stay follows another of the same patient (G2, G7). What was summoned to
 * there and lies ahead is this one's from here on: the units reached, and the meeting.
 */
struct fact_tidigare_vardtillfalle {
	uint8_t episode[16];   /* uuid */
	bool samma_vardgivare; /* a readmission or a return; false: from another vårdgivare (G7) */
	instant utskriven_at;  /* from there, or INSTANT_NONE */
	instant kallade_at;    /* when the kallelse was sent; INSTANT_NONE: nothing is taken over */
	unit_id unit;	       /* that summoned */
	staff_id staff;	       /* whose time it is */
	int32_t slot;
	struct mote mote;
	uint8_t kallade_count;
	unit_id kallade[MOTTAGARE_MAX];
};

struct fact_sip_bokning { /* the daemon's own: which slot (D6), or held, taken up again, given back
			     (D6a), handed over (G2) */
	enum bokning_atgard atgard;
	unit_id unit;
	staff_id staff;
	int32_t slot; /* the register's number of the weekly slot */
	struct mote mote;
	uint8_t episode[16]; /* the stay that it is handed over to; else zeros */
};

struct fact {
	enum message_type type;
	int32_t nr; /* place in the episode's history, 1.., in the order recorded; 0 before it has
		       one */
	unit_id source;	 /* the sending unit; 0 = samordnad's own decision */
	instant sent_at; /* skickats: CloudEvents `time`; our own: when decided. The order of the
			    fold (then nr) */
	instant recorded_at; /* when we took it in; the batch's samordnad.now() */
	int64_t
	    patient; /* the register number of the patient whom it names, or 0; set by the door */
	struct identity identitet; /* the identity that it names, or system[0] == 0 */
	uint8_t policy_count;	   /* our own: the policy rows by which it was decided; */
	int32_t policies[POLICIES_CITED_MAX]; /* defaults have none */
	union {
		struct fact_inskrivning inskrivning;
		struct fact_behovsbedomning behovsbedomning;
		struct fact_inskrivningsmeddelande inskrivningsmeddelande;
		struct fact_ny_beraknad_utskrivning ny_beraknad_utskrivning;
		struct fact_utskrivningsklar utskrivningsklar;
		struct fact_at at;
		struct fact_utskrivning utskrivning;
		struct fact_fast_vardkontakt fast_vardkontakt;
		struct fact_fast_kontakt fast_kontakt;
		struct fact_sip_behov sip_behov;
		struct fact_sip_kallelse sip_kallelse;
		struct fact_samtycke samtycke;
		struct fact_kvittens kvittens;
		struct fact_makulering makulering;
		struct fact_mottagare_andrad mottagare_andrad;
		struct fact_sip_bokning sip_bokning;
		struct fact_vardform_andrad vardform_andrad;
		struct fact_overflyttning overflyttning;
		struct fact_permission permission;
		struct fact_patient_uppdaterad patient_uppdaterad;
		struct fact_begaran begaran;
		struct fact_enhet enhet;
		struct fact_kallelse_svar kallelse_svar;
		struct fact_sip sip;
		struct fact_sip_uppfoljning sip_uppfoljning;
		struct fact_avvisning avvisning;
		struct fact_insatser_status insatser_status;
		struct fact_personal personal;
		struct fact_sparr sparr;
		struct fact_tidigare_vardtillfalle tidigare_vardtillfalle;
	};
};

#endif
