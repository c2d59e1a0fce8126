/*
 * Notices: what a unit is told, as rows of its feed and as CloudEvents (contract.md §2). Pure.
 * The numbers of the types are stored: never renumber, only add at the end.
 */
#ifndef SAMORDNAD_NOTICE_H
#define SAMORDNAD_NOTICE_H

#include "fact.h"

#include <stddef.h>

/* Type, its words behind "samordnad." and before ".v1", and its class: urgent ones are retried
 * faster. */
#define NOTICE_TYPES(X) \
	X(NOTICE_INSKRIVNINGSMEDDELANDE, "episode.inskrivningsmeddelande", NORMAL) \
	X(NOTICE_INSKRIVNINGSMEDDELANDE_ANDRAT, "episode.inskrivningsmeddelande_andrat", NORMAL) \
	X(NOTICE_MAKULERAD, "episode.makulerad", URGENT) \
	X(NOTICE_NY_BERAKNAD_UTSKRIVNING, "episode.ny_beraknad_utskrivning", NORMAL) \
	X(NOTICE_UTSKRIVNINGSKLAR, "episode.utskrivningsklar", URGENT) \
	X(NOTICE_EJ_LANGRE_UTSKRIVNINGSKLAR, "episode.ej_langre_utskrivningsklar", URGENT) \
	X(NOTICE_UTSKRIVNING, "episode.utskrivning", NORMAL) \
	X(NOTICE_UTSKRIVNING_ATERKALLAD, "episode.utskrivning_aterkallad", URGENT) \
	X(NOTICE_SAMTYCKE, "episode.samtycke", NORMAL) \
	X(NOTICE_MOTTAGARE_AVSLUTAD, "episode.mottagare_avslutad", NORMAL) \
	X(NOTICE_AVVIKELSE, "episode.avvikelse", NORMAL) \
	X(NOTICE_AVVIKELSE_ATERKALLAD, "episode.avvikelse_aterkallad", NORMAL) \
	X(NOTICE_INFORMATION_FORSENAD, "episode.information_forsenad", URGENT) \
	X(NOTICE_TASK_CREATED, "task.created", NORMAL) \
	X(NOTICE_TASK_CHANGED, "task.changed", NORMAL) \
	X(NOTICE_TASK_DUE_SOON, "task.due_soon", NORMAL) \
	X(NOTICE_TASK_ESCALATED, "task.escalated", URGENT) \
	X(NOTICE_TASK_OVERDUE, "task.overdue", URGENT) \
	X(NOTICE_TASK_DONE, "task.done", NORMAL) \
	X(NOTICE_TASK_CANCELLED, "task.cancelled", NORMAL) \
	X(NOTICE_FVK_PROPOSED, "fast_vardkontakt.proposed", NORMAL) \
	X(NOTICE_FVK_APPOINTED, "fast_vardkontakt.appointed", NORMAL) \
	X(NOTICE_FVK_CHANGED, "fast_vardkontakt.changed", NORMAL) \
	X(NOTICE_FVK_ENDED, "fast_vardkontakt.ended", NORMAL) \
	X(NOTICE_FVK_MISSING, "fast_vardkontakt.missing", URGENT) \
	X(NOTICE_SIP_DUE, "sip.due", NORMAL) \
	X(NOTICE_SIP_BOOKED, "sip.booked", NORMAL) \
	X(NOTICE_SIP_KALLELSE, "sip.kallelse", URGENT) \
	X(NOTICE_SIP_REBOOKED, "sip.rebooked", URGENT) \
	X(NOTICE_SIP_ON_HOLD, "sip.on_hold", URGENT) \
	X(NOTICE_SIP_CANCELLED, "sip.cancelled", URGENT) \
	X(NOTICE_AVLIDEN, "episode.avliden", URGENT) \
	X(NOTICE_AVLIDEN_ATERKALLAD, "episode.avliden_aterkallad", URGENT) \
	X(NOTICE_AVVISNING, "episode.avvisning", URGENT) \
	X(NOTICE_EJ_BERORD, "episode.ej_berord", NORMAL) \
	X(NOTICE_MOTTAGARE_ANDRAD, "episode.mottagare_andrad", NORMAL) \
	X(NOTICE_VARDFORM, "episode.vardform", NORMAL) \
	X(NOTICE_VARDPLAN, "episode.vardplan", NORMAL) \
	X(NOTICE_PERMISSION, "episode.permission", NORMAL) \
	X(NOTICE_OVERFLYTTNING, "episode.overflyttning", NORMAL) \
	X(NOTICE_INSATSER, "episode.insatser", NORMAL) \
	X(NOTICE_PATIENT_UPPDATERAD, "episode.patient_uppdaterad", NORMAL) \
	X(NOTICE_SIP_SVAR, "sip.svar", NORMAL) \
	X(NOTICE_SIP_HELD, "sip.held", NORMAL) \
	X(NOTICE_SIP_FOLLOW_UP, "sip.follow_up", NORMAL) \
	X(NOTICE_BETALNING_STARTS, "betalningsansvar.starts", NORMAL) \
	X(NOTICE_BETALNING_CONTESTED, "betalningsansvar.contested", NORMAL) \
	X(NOTICE_BETALNING_BLOCKED, "betalningsansvar.blocked", NORMAL) \
	X(NOTICE_BETALNING_ENDED, "betalningsansvar.ended", NORMAL) \
	X(NOTICE_ENDPOINT_FAILING, "endpoint.failing", URGENT) \
	X(NOTICE_ENDPOINT_RECOVERED, "endpoint.recovered", NORMAL) \
	X(NOTICE_ENDPOINT_TEST, "endpoint.test", NORMAL) \
	X(NOTICE_ENDPOINT_HEARTBEAT, "endpoint.heartbeat", NORMAL)

#define NOTICE_TYPE_VALUE(value, word, class) value,
enum notice_type { NOTICE_TYPES(NOTICE_TYPE_VALUE) NOTICE_TYPE_COUNT };
enum notice_class { NOTICE_NORMAL, NOTICE_URGENT };

const char *notice_type_word(enum notice_type t);   /* "task.created" */
int notice_type_from(const char *word, size_t len); /* an enum notice_type, or -1 */
enum notice_class notice_type_class(enum notice_type t);

/* One row of a unit's feed, with what its event says. Texts are borrowed. */
struct notice {
	unit_id unit;
	int64_t seq; /* 1.., gapless in the unit's feed */
	instant at;  /* the batch's samordnad.now() */
	enum notice_type type;
	const char *unit_hsa;
	uint8_t epoch[16]; /* the feed's epoch, a uuid */
	bool has_episode;
	uint8_t episode[16];	 /* uuid */
	int32_t fact_nr;	 /* which message of the episode's history it is about, or 0 */
	int32_t task_nr;	 /* or 0 */
	const char *task_kind;	 /* word, or NULL */
	instant due_at;		 /* the deadline that it tells of, or INSTANT_NONE */
	const char *detail;	 /* a word more ("shift_over_24h", a breach's rule, why an endpoint
				    fails), or NULL */
	int64_t endpoint;	 /* of which endpoint it tells, or 0 */
	instant since;		 /* since when that was so, real time, or INSTANT_NONE */
	const char *traceparent; /* of the message that caused it, or NULL */
};

/*
 * The notice as a CloudEvents 1.0 structured event, thin: ids, type, times, deadline, link; no
 * patient data. source: the instance's URI; base_url: for the link. The id is
 * "<epoch>:<unit_hsa>:<seq>", the same in feed and push. Returns compact JSON with NUL, to be freed
 * with free(); *len its length.
 */
char *notice_event(const struct notice *n, const char *source, const char *base_url, size_t *len);

#endif
