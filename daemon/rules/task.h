/*
 * The kinds of task: one row a kind. What each means, whose it is, by which rule. The numbers are
 * stored: never renumber, only add at the end.
 */
#ifndef SAMORDNAD_TASK_H
#define SAMORDNAD_TASK_H

#include <stdbool.h>
#include <stddef.h>

/* kind, word, rule, what is to be done (shown to people) */
#define TASK_KINDS(X) \
	X(TASK_BEHOVSBEDOMNING, "behovsbedomning", "A0", \
	    "bedöm behovet av insatser efter utskrivning") \
	X(TASK_INSKRIVNINGSMEDDELANDE, "inskrivningsmeddelande", "A1", \
	    "skicka inskrivningsmeddelande") \
	X(TASK_KOMPLETTERA, "komplettera_uppgifter", "A3", \
	    "komplettera inskrivningsmeddelandets uppgifter") \
	X(TASK_ANGE_MOTTAGARE, "ange_mottagare", "A4", \
	    "ange mottagare: enheten kunde inte bestämmas") \
	X(TASK_KVITTERA_INSKRIVNING, "kvittera_inskrivningsmeddelande", "A8", \
	    "kvittera och påbörja planering") \
	X(TASK_KVITTERA_KLAR, "kvittera_utskrivningsklar", "G3", "kvittera utskrivningsklar") \
	X(TASK_KVITTERA_KALLELSE, "kvittera_kallelse", "G3", "kvittera kallelsen till SIP") \
	X(TASK_UTSE_FVK, "utse_fast_vardkontakt", "B1", "utse fast vårdkontakt") \
	X(TASK_ERSATT_FVK, "ersatt_fast_vardkontakt", "B13", \
	    "den fasta vårdkontakten är borta utan ersättare") \
	X(TASK_FRAGA_SAMTYCKE, "fraga_samtycke", "D1a", "fråga om samtycke till SIP") \
	X(TASK_BESLUTA_SIP, "besluta_sip", "D1a", "patienten kan inte samtycka: besluta om SIP") \
	X(TASK_KALLA_SIP, "kalla_till_sip", "D1", "skicka kallelse till SIP") \
	X(TASK_NO_SLOT, "no_slot", "D6b", "ingen ledig tid för SIP: hitta en tid") \
	X(TASK_BOKA_OM_SIP, "boka_om_sip", "D6a", "mötet kan inte hållas som bokat: boka om") \
	X(TASK_UTSKRIVNINGSINFORMATION, "utskrivningsinformation", "E1", \
	    "överför utskrivningsinformation") \
	X(TASK_PATIENTINFORMATION, "patientinformation", "E3", \
	    "lämna skriftlig information till patienten") \
	X(TASK_OMDIRIGERA, "omdirigera", "A9", "en enhet har avvisat: ange rätt mottagare") \
	X(TASK_JUSTERA_VARDPLAN, "justera_vardplan", "C6", "justera den samordnade vårdplanen") \
	X(TASK_OMPROVA_FVK, "omprova_fast_vardkontakt", "B10", \
	    "ompröva uppdraget som fast vårdkontakt") \
	X(TASK_KOMPLETTERA_SIP, "komplettera_sip", "D7", "komplettera planen") \
	X(TASK_FOLJ_UPP_SIP, "folj_upp_sip", "D7", "följ upp planen") \
	X(TASK_UTRED_SIP, "utred_utebliven_sip", "D7", \
	    "mötet blev inte av: ta reda på varför, och kalla på nytt") \
	X(TASK_FORNYA_BESLUT, "fornya_staende_beslut", "B4", \
	    "det stående beslutet upphör: fatta ett nytt, eller utse för hand")

#define TASK_KIND_VALUE(value, word, rule, text) value,
enum task_kind { TASK_KINDS(TASK_KIND_VALUE) TASK_KIND_COUNT };
enum task_status { TASK_OPEN, TASK_DONE, TASK_CANCELLED };

struct task_info {
	const char *word, *rule, *text;
};
extern const struct task_info task_table[TASK_KIND_COUNT];
bool task_is_kvittens(enum task_kind k);	  /* one that a kvittens closes (G3) */
int task_kind_from(const char *word, size_t len); /* or -1 */
const char *task_status_word(enum task_status s); /* open, done, cancelled */

#endif
