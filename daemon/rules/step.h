/*
 * What the files of step share, and only they include. step_<message>: the message's own part of
 * the state, from the fact in its place; returns what it did. judged: what the register said of it
 * when it came (episode.h).
 */
#ifndef SAMORDNAD_STEP_H
#define SAMORDNAD_STEP_H

#include "episode.h"

/* step_mottagare.c */
/* The unit's row, added if it has none, without taking part; NULL: no room. */
struct participant *participant_row(struct episode *e, unit_id unit);
/* It takes part from the fact on (A10); NULL: no room. */
struct participant *name_participant(
    struct episode *e, unit_id unit, enum participant_role role, const struct fact *f);
/* A6: as the version names them; false: there was no room for all. */
bool name_mottagare(struct episode *e, const struct fact *f);
enum outcome step_kvittens(struct episode *e, const struct fact *f);
enum outcome step_mottagare_andrad(struct episode *e, const struct fact *f, int judged);
enum outcome step_uttrade(struct episode *e, const struct fact *f);

/* step_stay.c */
enum outcome step_inskrivning(struct episode *e, const struct fact *f);
enum outcome step_behovsbedomning(struct episode *e, const struct fact *f);
enum outcome step_vardform_andrad(struct episode *e, const struct fact *f);
enum outcome step_inskrivningsmeddelande(struct episode *e, const struct fact *f);
enum outcome step_ny_beraknad(struct episode *e, const struct fact *f);
enum outcome step_utskrivningsklar(struct episode *e, const struct fact *f);
enum outcome step_ej_langre_klar(struct episode *e, const struct fact *f);
enum outcome step_utskrivning(struct episode *e, const struct fact *f);
enum outcome step_overflyttning(struct episode *e, const struct fact *f);
enum outcome step_permission(struct episode *e, const struct fact *f);
enum outcome step_avliden(struct episode *e, const struct fact *f);
enum outcome step_patient_uppdaterad(struct episode *e, const struct fact *f);
enum outcome step_vardplan_justerad(struct episode *e, const struct fact *f);
enum outcome step_insatser_status(struct episode *e, const struct fact *f);
enum outcome step_information(struct episode *e, const struct fact *f);

/* step_sip.c */
/* D3, C6: from `at` on, as the fact says, there is no SIP; what was summoned to and lies ahead is
 * off. */
void bar_sip(struct episode *e, instant at, const struct fact *f);
/* D3: as said at `at` by the fact. */
void set_samtycke(struct episode *e, enum samtycke_omfattning scope, enum samtycke_status status,
    instant at, const struct fact *f);
/* As the version says, where it says another than the one before. */
void version_samtycke(struct episode *e, const struct fact *f);
/* D0: whose word counts; after each fact, for who takes part may have changed. */
void settle_sip_behov(struct episode *e);
/* D0, D1: whether a SIP is wanted in the state that was known when f was recorded, in the runs of
 * e; `known` may be e. */
void note_sip_run(struct episode *e, const struct episode *known, const struct fact *f);
/* The same, as what has been said up to f, in its place, shows it. */
void note_sip_wanted(struct episode *e, const struct fact *f);
/* None of that kind. */
struct sip_round sip_round_none(void);
enum outcome step_sip_behov(struct episode *e, const struct fact *f);
enum outcome step_sip_kallelse(struct episode *e, const struct fact *f, int judged);
enum outcome step_sip_bokning(struct episode *e, const struct fact *f);
enum outcome step_kallelse_svar(struct episode *e, const struct fact *f);
enum outcome step_sip(struct episode *e, const struct fact *f);
enum outcome step_sip_uppfoljning(struct episode *e, const struct fact *f);
enum outcome step_tidigare(struct episode *e, const struct fact *f);

/* step_kontakt.c */
enum outcome step_fast_vardkontakt(struct episode *e, const struct fact *f, int judged);
enum outcome step_begaran(struct episode *e, const struct fact *f);
enum outcome step_fast_kontakt(struct episode *e, const struct fact *f, int judged);
/* A unit's own file: the unit alone takes part. */
enum outcome open_unit(struct episode *e, unit_id unit, const struct fact *f);
enum outcome step_personal(struct episode *e, const struct fact *f);
enum outcome step_sparr(struct episode *e, const struct fact *f);

/* step.c: does it wait until an inskrivningsmeddelande names the stay (section 2), as all does but
 * what the watch inside the hospital is about (A0)? Our own facts do not. */
bool waits_for_a_name(const struct fact *f);

/* fold.c */
/* Is it said outside of every stay: of a patient, or of a unit's own staff? */
bool opens_own_file(const struct fact *f);

#endif
