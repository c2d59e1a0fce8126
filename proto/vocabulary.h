/*
 * The words of the wire and the enums that stand for them: one table a word list, here and nowhere
 * else. The numbers are stored in the database: never renumber, only add at the end.
 *
 * For each list NAME of enum type `enum name` there are
 *   const char *name_word(enum name v);              the word, static
 *   int name_from(const char *word, size_t len);     the enum's value, or -1 if the word is not in
 * the list
 */
#ifndef SAMORDNAD_VOCABULARY_H
#define SAMORDNAD_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>

/* Messages of contract.md §1, in two parts, because the numbers of what lies between are stored. */
#define MESSAGE_TYPES_FIRST(X) \
	X(INSKRIVNING, "inskrivning") \
	X(BEHOVSBEDOMNING, "behovsbedomning") \
	X(INSKRIVNINGSMEDDELANDE, "inskrivningsmeddelande") \
	X(NY_BERAKNAD_UTSKRIVNING, "ny_beraknad_utskrivning") \
	X(UTSKRIVNINGSKLAR, "utskrivningsklar") \
	X(EJ_LANGRE_UTSKRIVNINGSKLAR, "ej_langre_utskrivningsklar") \
	X(UTSKRIVNING, "utskrivning") \
	X(UTSKRIVNINGSINFORMATION, "utskrivningsinformation") \
	X(PATIENTINFORMATION, "patientinformation") \
	X(FAST_VARDKONTAKT, "fast_vardkontakt") \
	X(FAST_KONTAKT, "fast_kontakt") \
	X(SIP_BEHOV, "sip_behov") \
	X(SIP_KALLELSE, "sip_kallelse") \
	X(SAMTYCKE, "samtycke") \
	X(KVITTENS, "kvittens") \
	X(MAKULERING, "makulering")

#define MESSAGE_TYPES_SECOND(X) \
	X(VARDFORM_ANDRAD, "vardform_andrad") \
	X(OVERFLYTTNING, "overflyttning") \
	X(PERMISSION, "permission") \
	X(AVLIDEN, "avliden") \
	X(PATIENT_UPPDATERAD, "patient_uppdaterad") \
	X(BEGARAN_FAST_VARDKONTAKT, "begaran_fast_vardkontakt") \
	X(KALLELSE_SVAR, "kallelse_svar") \
	X(SIP, "sip") \
	X(SIP_UPPFOLJNING, "sip_uppfoljning") \
	X(VARDPLAN_JUSTERAD, "vardplan_justerad") \
	X(EJ_BERORD, "ej_berord") \
	X(AVVISNING, "avvisning") \
	X(INSATSER_STATUS, "insatser_status") \
	X(PERSONAL, "personal") \
	X(SPARR, "sparr")

/* Those that others send. */
#define MESSAGE_TYPES_SENT(X) \
	MESSAGE_TYPES_FIRST(X) \
	X(MOTTAGARE_ANDRAD, "mottagare_andrad") \
	MESSAGE_TYPES_SECOND(X)

/* All; SIP_BOKNING, TIDIGARE_VARDTILLFALLE and ENHET only the daemon itself writes. */
#define MESSAGE_TYPES(X) \
	MESSAGE_TYPES_FIRST(X) \
	X(MOTTAGARE_ANDRAD, "mottagare_andrad") \
	X(SIP_BOKNING, "sip_bokning") \
	MESSAGE_TYPES_SECOND(X) \
	X(TIDIGARE_VARDTILLFALLE, "tidigare_vardtillfalle") \
	X(ENHET, "enhet")

#define UNIT_SLAG(X) \
	X(PRIMARVARD, "primarvard") \
	X(SPECIALISTOPPENVARD, "specialistoppenvard") \
	X(KOMMUNAL_HSL, "kommunal_hsl") \
	X(SOCIALTJANST, "socialtjanst") \
	X(SLUTENVARD, "slutenvard") \
	X(EKONOMI, "ekonomi")

#define PROFESSIONS(X) \
	X(ANNAN_PROFESSION, "annan") \
	X(DISTRIKTSSKOTERSKA, "distriktsskoterska") \
	X(SPECIALISTSJUKSKOTERSKA, "specialistsjukskoterska") \
	X(SJUKSKOTERSKA, "sjukskoterska") \
	X(LAKARE, "lakare") \
	X(FYSIOTERAPEUT, "fysioterapeut") \
	X(ARBETSTERAPEUT, "arbetsterapeut") \
	X(KURATOR, "kurator") \
	X(PSYKOLOG, "psykolog") \
	X(MENTALSKOTARE, "mentalskotare") \
	X(UNDERSKOTERSKA, "underskoterska") \
	X(BISTANDSHANDLAGGARE, "bistandshandlaggare")

#define BEHOV(X) \
	X(BEHOV_OPPENVARD, "oppenvard") \
	X(BEHOV_KOMMUNAL_HSL, "kommunal_hsl") \
	X(BEHOV_SOCIALTJANST, "socialtjanst") \
	X(BEHOV_REHABILITERING, "rehabilitering") \
	X(BEHOV_HJALPMEDEL, "hjalpmedel")

#define BEHOVSPROFILER(X) \
	X(PROFIL_REHABILITERING, "rehabilitering") \
	X(PROFIL_OMVARDNAD, "omvardnad") \
	X(PROFIL_INSTABIL, "instabil") \
	X(PROFIL_PSYKOSOCIAL, "psykosocial")

#define BEHOV_FINNS(X) \
	X(BEHOV_JA, "ja") \
	X(BEHOV_NEJ, "nej") \
	X(BEHOV_SENARE, "senare")

#define SAMTYCKE_OMFATTNING(X) \
	X(SAMTYCKE_INFORMATIONSDELNING, "informationsdelning") \
	X(SAMTYCKE_SIP, "sip")

#define SAMTYCKE_STATUS(X) \
	X(SAMTYCKE_OKANT, "okant") \
	X(SAMTYCKE_LAMNAT, "lamnat") \
	X(SAMTYCKE_NEKAT, "nekat") \
	X(SAMTYCKE_ATERKALLAT, "aterkallat") \
	X(SAMTYCKE_KAN_EJ, "kan_ej") \
	X(SAMTYCKE_KRAVS_EJ, "kravs_ej")

#define SKYDD(X) \
	X(SKYDD_NEJ, "nej") \
	X(SKYDD_SEKRETESSMARKERING, "sekretessmarkering") \
	X(SKYDD_SKYDDAD_FOLKBOKFORING, "skyddad_folkbokforing")

#define VERKSAMHETER(X) \
	X(SOMATISK, "somatisk") \
	X(PSYKIATRISK, "psykiatrisk")

#define VARDFORMER(X) \
	X(VARDFORM_HSL, "HSL") \
	X(VARDFORM_LPT, "LPT") \
	X(VARDFORM_LRV, "LRV")

#define DESTINATIONER(X) \
	X(ORDINART, "ordinart") \
	X(SARSKILT_BOENDE, "sarskilt_boende") \
	X(KORTTIDSBOENDE, "korttidsboende") \
	X(PALLIATIV, "palliativ") \
	X(ANNAT_SJUKHUS, "annat_sjukhus") \
	X(ANNAN_DESTINATION, "annan")

#define FVK_ATGARDER(X) \
	X(FVK_UTSE, "utse") \
	X(FVK_BEKRAFTA, "bekrafta") \
	X(FVK_BYT, "byt") \
	X(FVK_AVSLUTA, "avsluta") \
	X(FVK_FORESLA, "foresla")

#define SIP_BEHOV_ARTER(X) \
	X(SIP_NY, "ny") \
	X(SIP_UPPDATERAS, "uppdateras") \
	X(SIP_GALLANDE_FINNS, "gallande_finns") \
	X(SIP_BEHOVS_EJ, "behovs_ej")

#define KALLELSE_ATGARDER(X) \
	X(KALLELSE_SKICKA, "skicka") \
	X(KALLELSE_OMBOKA, "omboka") \
	X(KALLELSE_AVBOKA, "avboka")

#define BOKNING_ATGARDER(X) \
	X(BOKNING_BOKA, "boka") \
	X(BOKNING_VANTA, "vanta") \
	X(BOKNING_ATERUPPTA, "ateruppta") \
	X(BOKNING_AVBOKA, "avboka") \
	X(BOKNING_OVERLAMNA, "overlamna")

#define MOTESFORMER(X) \
	X(FYSISKT, "fysiskt") \
	X(TELEFON, "telefon") \
	X(VIDEO, "video")

/* C6: where compulsory care goes on outside of the hospital. */
#define OPPEN_TVANGSVARD(X) \
	X(TVANGSVARD_INGEN, "ingen") \
	X(TVANGSVARD_OPT, "OPT") \
	X(TVANGSVARD_ORV, "ORV")

#define KALLELSE_SVAREN(X) \
	X(SVAR_JA, "ja") \
	X(SVAR_NEJ, "nej") \
	X(SVAR_ANNAN_TID, "annan_tid")

#define SIP_UTFALL(X) \
	X(SIP_GENOMFORD, "genomford") \
	X(SIP_UTEBLEV, "uteblev") \
	X(SIP_AVBRUTEN, "avbruten")

/* D7: which huvudman is responsible for the whole. */
#define HUVUDMAN(X) \
	X(HUVUDMAN_REGION, "region") \
	X(HUVUDMAN_KOMMUN, "kommun")

#define AVVISNING_ORSAKER(X) \
	X(EJ_FOLKBOKFORD, "ej_folkbokford") \
	X(EJ_LISTAD, "ej_listad") \
	X(FELSAND, "felsand")

#define INSATSER_STATUSAR(X) \
	X(INSATSER_TILLGANGLIG, "tillganglig") \
	X(INSATSER_EJ_TILLGANGLIG, "ej_tillganglig") \
	X(INSATSER_OKLART, "oklart") \
	X(INSATSER_AVBOJD, "avbojd")

#define PERSONAL_ATGARDER(X) \
	X(PERSONAL_FRANVARO, "franvaro") \
	X(PERSONAL_ATER, "ater") \
	X(PERSONAL_SLUTAR, "slutar")

#define SPARR_ATGARDER(X) \
	X(SPARR_SATT, "satt") \
	X(SPARR_HAVD, "havd")

/* B11: the kinds of fast kontakt; slag is the kind's number, 1-4. */
#define KONTAKT_SLAG(X) \
	X(KONTAKT_INGEN, "ingen") \
	X(KONTAKT_FVK, "fast_vardkontakt") \
	X(KONTAKT_LAKARE, "fast_lakarkontakt") \
	X(KONTAKT_OMSORG, "fast_omsorgskontakt") \
	X(KONTAKT_SAMORDNANDE, "samordnande_fast_vardkontakt")

#define VOCABULARY_VALUE(value, word) value,
#define VOCABULARY_ROW(value, word) [value] = {word, sizeof(word) - 1},
#define VOCABULARY(name, LIST, count) \
	enum name { LIST(VOCABULARY_VALUE) count }; \
	const char *name##_word(enum name v); \
	int name##_from(const char *word, size_t len);

VOCABULARY(message_type, MESSAGE_TYPES, MESSAGE_TYPE_COUNT)
VOCABULARY(unit_slag, UNIT_SLAG, UNIT_SLAG_COUNT)
VOCABULARY(profession, PROFESSIONS, PROFESSION_COUNT)
VOCABULARY(behov, BEHOV, BEHOV_COUNT)
VOCABULARY(behovsprofil, BEHOVSPROFILER, BEHOVSPROFIL_COUNT)
VOCABULARY(behov_finns, BEHOV_FINNS, BEHOV_FINNS_COUNT)
VOCABULARY(samtycke_omfattning, SAMTYCKE_OMFATTNING, SAMTYCKE_OMFATTNING_COUNT)
VOCABULARY(samtycke_status, SAMTYCKE_STATUS, SAMTYCKE_STATUS_COUNT)
VOCABULARY(skydd, SKYDD, SKYDD_COUNT)
VOCABULARY(verksamhet, VERKSAMHETER, VERKSAMHET_COUNT)
VOCABULARY(vardform, VARDFORMER, VARDFORM_COUNT)
VOCABULARY(destination, DESTINATIONER, DESTINATION_COUNT)
VOCABULARY(fvk_atgard, FVK_ATGARDER, FVK_ATGARD_COUNT)
VOCABULARY(sip_behov_art, SIP_BEHOV_ARTER, SIP_BEHOV_ART_COUNT)
VOCABULARY(kallelse_atgard, KALLELSE_ATGARDER, KALLELSE_ATGARD_COUNT)
VOCABULARY(bokning_atgard, BOKNING_ATGARDER, BOKNING_ATGARD_COUNT)
VOCABULARY(motesform, MOTESFORMER, MOTESFORM_COUNT)
VOCABULARY(oppen_tvangsvard, OPPEN_TVANGSVARD, OPPEN_TVANGSVARD_COUNT)
VOCABULARY(kallelse_svar_ord, KALLELSE_SVAREN, KALLELSE_SVAR_COUNT)
VOCABULARY(sip_utfall, SIP_UTFALL, SIP_UTFALL_COUNT)
VOCABULARY(huvudman, HUVUDMAN, HUVUDMAN_COUNT)
VOCABULARY(avvisning_orsak, AVVISNING_ORSAKER, AVVISNING_ORSAK_COUNT)
VOCABULARY(insatser_status_ord, INSATSER_STATUSAR, INSATSER_STATUS_COUNT)
VOCABULARY(personal_atgard, PERSONAL_ATGARDER, PERSONAL_ATGARD_COUNT)
VOCABULARY(sparr_atgard, SPARR_ATGARDER, SPARR_ATGARD_COUNT)
VOCABULARY(kontakt_slag, KONTAKT_SLAG, KONTAKT_SLAG_COUNT)

/* Written by the daemon alone: its own decisions. */
bool message_type_is_own(enum message_type t);

/* One row of a word list: the word and its length. */
struct vocabulary_row {
	const char *word;
	size_t len;
};

/* The place of word[0..len) among the rows, or -1. The lists are short: a search from the front. */
int vocabulary_find(const struct vocabulary_row *rows, int count, const char *word, size_t len);

/* Defines both functions of a list that VOCABULARY declared; a value outside of the enum is a bug
 * ("log.h"). */
#define VOCABULARY_DEFINE(name, LIST, count) \
	static const struct vocabulary_row name##_rows[count] = {LIST(VOCABULARY_ROW)}; \
	const char *name##_word(enum name v) \
	{ \
		require((unsigned)v < (unsigned)(count)); \
		return name##_rows[v].word; \
	} \
	int name##_from(const char *word, size_t len) \
	{ \
		return vocabulary_find(name##_rows, count, word, len); \
	}

#endif
