/*
 * libFuzzer target for settings: the input is a file. It is refused in one line that says why; what
 * is taken holds no NUL, and described is a file that describes itself.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* NULL: refused. */
static struct config *
load(const void *bytes, size_t size)
{
	char path[40], why[CONFIG_WHY_MAX] = "";
	int fd = memfd_create("settings", 0);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct config *config = config_load(path, NULL, 0, why);
	if (config == NULL && (why[0] == '\0' || strchr(why, '\n') != NULL))
		abort();
	close(fd);
	return config;
}

static char *
describe(const struct config *config, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (out == NULL)
		abort();
	config_describe(config, out);
	fclose(out);
	return text;
}

static void
check_taken(struct config *config)
{
	struct sockaddr_storage address;
	socklen_t address_len;
	char stay[200];
	size_t once_len, twice_len;
	char *once = describe(config, &once_len);
	struct config *again = load(once, once_len);

	if (again == NULL)
		abort();
	char *twice = describe(again, &twice_len);
	if (once_len != twice_len || memcmp(once, twice, once_len) != 0)
		abort();
	if (config_reload(config, again, stay, sizeof stay) != 0 || stay[0] != '\0')
		abort();
	(void)config_is_exposed(config);
	if (config_address(config->listen, &address, &address_len))
		(void)config_networks_contain(
		    config->push_allowed_networks, (const struct sockaddr *)&address);
	free(once);
	free(twice);
	config_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct config *config = load(input, size);

	if (config != NULL && memchr(input, '\0', size) != NULL)
		abort();
	if (config != NULL)
		check_taken(config);
	config_free(config);
	return 0;
}
