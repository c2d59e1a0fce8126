/*
 * libFuzzer target for the bodies of searches: the first byte chooses which, the rest is the body.
 * What is refused says where and why; what is taken lies within its bounds.
 */
#include "question.h"

#include "document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TODAY_TEXT "2026-11-21"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void
check_refused(int status, const struct message_error *error)
{
	if (status != 400 && status != 422)
		abort();
	if (error->detail == NULL || memchr(error->pointer, '\0', sizeof error->pointer) == NULL ||
	    !utf8_valid(error->pointer, strlen(error->pointer)))
		abort();
	if (status == 400 && error->pointer[0] != '\0')
		abort();
}

static void
check_taken(enum question_kind kind, const struct question *q, civil_date today)
{
	char body[100], after[QUESTION_AFTER_TEXT_MAX];
	struct question again;
	struct message_error error;

	if (q->unit[0] != '\0' && !identity_hsa_valid(q->unit, strlen(q->unit)))
		abort();
	if (kind == QUESTION_PATIENTS && !q->has_identitet)
		abort();
	if (kind == QUESTION_PATIENTS)
		return;
	if (q->after < 0 || q->limit < 1 || q->limit > QUESTION_LIMIT_MAX)
		abort();
	question_after_format(q->after, after);
	snprintf(body, sizeof body, "{\"state\":[\"okand\"],\"after\":\"%s\"}", after);
	if (question_read(kind, body, strlen(body), today, &again, &error) != 0 ||
	    again.after != q->after)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	const civil_date today = date_parse(TODAY_TEXT, strlen(TODAY_TEXT));
	struct question question;
	struct message_error error;

	if (size == 0)
		return 0;
	enum question_kind kind = input[0] % 2 == 0 ? QUESTION_EPISODES : QUESTION_PATIENTS;
	int status =
	    question_read(kind, (const char *)input + 1, size - 1, today, &question, &error);
	if (status == 0)
		check_taken(kind, &question, today);
	else
		check_refused(status, &error);
	return 0;
}
