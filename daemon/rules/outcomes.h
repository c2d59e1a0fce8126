/*
 * The table of every state x message: what a plain message of each type does to a stay in each
 * phase, and to a patient's or a unit's own file, as the rules themselves answer. Pure.
 */
#ifndef SAMORDNAD_OUTCOMES_H
#define SAMORDNAD_OUTCOMES_H

#include "episode.h"

#include <stdio.h>

/* The columns: the phases, and behind them the own file. */
enum { OUTCOMES_OWN_FILE = PHASE_COUNT, OUTCOMES_COLUMNS };

/* What the message does there; -1: it is said of nothing there (message_home). */
int outcomes_of(enum message_type type, int column);

/* The table and the legend of its words, as Markdown. */
void outcomes_print(FILE *out);

#endif
