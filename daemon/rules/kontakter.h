/*
 * Who may see a patient's fasta kontakter (B11, G8). Pure: what is known of the patient comes
 * in as the folded states of the patient's own file and stays.
 */
#ifndef SAMORDNAD_KONTAKTER_H
#define SAMORDNAD_KONTAKTER_H

#include "episode.h"
#include "region.h"

#include <stdbool.h>

/* What is known of a patient, for all of the register's rows. Begin with all zero. */
struct kontakter_gate {
	struct samtycke samtycke;   /* informationsdelning: what was said last; nr 0: nothing */
	int64_t blocked[SPARR_MAX]; /* G8: organisations whose data the others may not see */
	int blocked_count;
};

/* One more of the patient's states, in any order. */
void kontakter_know(struct kontakter_gate *gate, const struct episode *e);

/*
 * Secrecy stands between organisations, and within a kommun between its socialtjänst and its
 * health care (B11).
 */
enum verksamhetsgren { GREN_INGEN = 0, GREN_VARD = 1, GREN_SOCIALTJANST = 2 };
enum verksamhetsgren verksamhetsgren_of(enum unit_slag slag);

/* Whether readers of an organisation, in these branches (bits), see a kontakt at holder. */
bool kontakter_shown(
    const struct kontakter_gate *gate, const struct unit *holder, int64_t org, unsigned grenar);

#endif
