/*
 * The words of the wire: the functions of each list in vocabulary.h. Owns no words itself and knows
 * no message.
 */
#include "vocabulary.h"

#include "log.h"

#include <string.h>

int
vocabulary_find(const struct vocabulary_row *rows, int count, const char *word, size_t len)
{
	for (int i = 0; i < count; i++)
		if (rows[i].len == len && memcmp(rows[i].word, word, len) == 0)
			return i;
	return -1;
}

VOCABULARY_DEFINE(message_type, MESSAGE_TYPES, MESSAGE_TYPE_COUNT)
VOCABULARY_DEFINE(unit_slag, UNIT_SLAG, UNIT_SLAG_COUNT)
VOCABULARY_DEFINE(profession, PROFESSIONS, PROFESSION_COUNT)
VOCABULARY_DEFINE(behov, BEHOV, BEHOV_COUNT)
VOCABULARY_DEFINE(behovsprofil, BEHOVSPROFILER, BEHOVSPROFIL_COUNT)
VOCABULARY_DEFINE(behov_finns, BEHOV_FINNS, BEHOV_FINNS_COUNT)
VOCABULARY_DEFINE(samtycke_omfattning, SAMTYCKE_OMFATTNING, SAMTYCKE_OMFATTNING_COUNT)
VOCABULARY_DEFINE(samtycke_status, SAMTYCKE_STATUS, SAMTYCKE_STATUS_COUNT)
VOCABULARY_DEFINE(skydd, SKYDD, SKYDD_COUNT)
VOCABULARY_DEFINE(verksamhet, VERKSAMHETER, VERKSAMHET_COUNT)
VOCABULARY_DEFINE(vardform, VARDFORMER, VARDFORM_COUNT)
VOCABULARY_DEFINE(destination, DESTINATIONER, DESTINATION_COUNT)
VOCABULARY_DEFINE(fvk_atgard, FVK_ATGARDER, FVK_ATGARD_COUNT)
VOCABULARY_DEFINE(sip_behov_art, SIP_BEHOV_ARTER, SIP_BEHOV_ART_COUNT)
VOCABULARY_DEFINE(kallelse_atgard, KALLELSE_ATGARDER, KALLELSE_ATGARD_COUNT)
VOCABULARY_DEFINE(bokning_atgard, BOKNING_ATGARDER, BOKNING_ATGARD_COUNT)
VOCABULARY_DEFINE(motesform, MOTESFORMER, MOTESFORM_COUNT)
