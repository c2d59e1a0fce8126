/*
 * libFuzzer target for what an admin says of an endpoint, and what a receiver answers: the first
 * byte chooses which (one of enum endpoint_verb; an answer), the rest is the body. What is refused
 * has a complaint; what is taken can be sent. An answer, whatever its bytes, is shown as JSON.
 */
#include "answer.h"
#include "document.h"
#include "endpoint_form.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#define KINDS (ENDPOINT_DELETE + 2)

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void
complain(const char *pointer, const char *what, void *arg)
{
	if (!utf8_valid(pointer, strlen(pointer)) || !utf8_valid(what, strlen(what)))
		abort();
	++*(int *)arg;
}

/* In place of the C library's: no name is looked up here, and all are of one address. */
int
getaddrinfo(const char *restrict node, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict list)
{
	static struct sockaddr_in address = {.sin_family = AF_INET};

	(void)service;
	(void)hints;
	address.sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1 */
	*list = calloc(1, sizeof **list);
	**list = (struct addrinfo){.ai_family = AF_INET,
	    .ai_addr = (struct sockaddr *)&address,
	    .ai_addrlen = sizeof address};
	return node[0] != '\0' ? 0 : EAI_NONAME;
}

void
freeaddrinfo(struct addrinfo *list)
{
	free(list);
}

static void
check_form(enum endpoint_verb verb, const char *body, size_t len)
{
	static struct config *config;
	struct endpoint_form form;
	struct signing_key *key;
	char host[CURL_HOST_MAX], why[CONFIG_WHY_MAX];
	int heard = 0;

	if (config == NULL)
		config = config_load(
		    NULL, (const char *[]){"push_allowed_networks=192.0.2.0/24"}, 1, why);
	if (config == NULL)
		abort();
	bool good = endpoint_form_read(verb, body, len, config, &form, complain, &heard);
	if (good != (heard == 0))
		abort();
	if (good && form.url[0] != '\0' && endpoint_url_refusal(config, form.url, host) != NULL)
		abort();
	if (good && signing_key_new(form.secret, strlen(form.secret), &key) != NULL)
		abort();
	if (good)
		signing_key_free(key);
	for (size_t i = 0; i < form.header_count; i++)
		if (strpbrk(form.headers[i], "\r\n") != NULL ||
		    strchr(form.headers[i], ':') == NULL)
			abort();
	if ((form.client_cert != NULL) != (form.client_key != NULL))
		abort();
	endpoint_form_free(&form);
}

static void
check_answer(const char *body, size_t len)
{
	struct writer w = {0};
	struct document *document;

	answer_open(&w, '{');
	answer_foreign(&w, "answer", body, len);
	answer_close(&w, '}');
	if (document_read(w.text, w.len, &document) != NULL)
		abort();
	/* What is text is shown as it was. */
	const struct node *answer =
	    node_member(document_root(document), "answer", strlen("answer"));
	if (utf8_valid(body, len) && (answer->len != len || memcmp(answer->text, body, len) != 0))
		abort();
	document_free(document);
	free(w.text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	if (size == 0)
		return 0;
	int kind = input[0] % KINDS;
	if (kind == KINDS - 1)
		check_answer((const char *)input + 1, size - 1);
	else
		check_form((enum endpoint_verb)kind, (const char *)input + 1, size - 1);
	return 0;
}
