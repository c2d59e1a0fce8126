/* The gate before the register of fasta kontakter; see kontakter.h. */
#include "kontakter.h"

void
kontakter_know(struct kontakter_gate *gate, const struct episode *e)
{
	const struct samtycke *said = &e->samtycke[SAMTYCKE_INFORMATIONSDELNING];

	if (said->nr != 0 && (gate->samtycke.nr == 0 || said->at > gate->samtycke.at))
		gate->samtycke = *said;
	for (int i = 0; i < e->sparr_count && gate->blocked_count < SPARR_MAX; i++)
		gate->blocked[gate->blocked_count++] = e->sparr[i].org;
}

enum verksamhetsgren
verksamhetsgren_of(enum unit_slag slag)
{
	switch (slag) {
	case PRIMARVARD:
	case SPECIALISTOPPENVARD:
	case KOMMUNAL_HSL:
	case SLUTENVARD:
		return GREN_VARD;
	case SOCIALTJANST:
		return GREN_SOCIALTJANST;
	case EKONOMI:
	case UNIT_SLAG_COUNT:
		return GREN_INGEN;
	}
	return GREN_INGEN;
}

bool
kontakter_shown(
    const struct kontakter_gate *gate, const struct unit *holder, int64_t org, unsigned grenar)
{
	if (holder->org == org && (verksamhetsgren_of(holder->slag) & grenar) != 0)
		return true;
	for (int i = 0; i < gate->blocked_count; i++)
		if (gate->blocked[i] == holder->org)
			return false;
	return gate->samtycke.nr != 0 && (gate->samtycke.status == SAMTYCKE_LAMNAT ||
					     gate->samtycke.status == SAMTYCKE_KRAVS_EJ);
}
