/* UUIDv7 that carry an id; see uuid.h. */
#include "uuid.h"

#include "log.h"

#include <string.h>

/* Of the 74 bits beside milliseconds, version and variant: 12 + 28 of the id, 34 random. */
enum { ID_LOW_BITS = 28, RANDOM_BITS = 34, VERSION_7 = 0x7, VARIANT_RFC = 0x2 };
#define MILLISECOND (SECOND / 1000)

static void
big_endian_write(uint8_t *out, uint64_t value)
{
	for (int i = 7; i >= 0; i--) {
		out[i] = (uint8_t)value;
		value >>= 8;
	}
}

static uint64_t
big_endian_read(const uint8_t *bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	return value;
}

static bool
is_version_7(uint64_t high, uint64_t low)
{
	return (high >> 12 & 0xf) == VERSION_7 && low >> 62 == VARIANT_RFC;
}

void
uuid_from_id(instant created, int64_t id, uint64_t random, uint8_t out[static UUID_BYTES])
{
	uint64_t bits = (uint64_t)id, milliseconds;

	require(id >= 0 && id <= UUID_ID_MAX);
	require(created >= 0 && created != INSTANT_NEVER);
	milliseconds = (uint64_t)(created / MILLISECOND);
	require(milliseconds >> 48 == 0);
	big_endian_write(out, milliseconds << 16 | VERSION_7 << 12 | bits >> ID_LOW_BITS);
	big_endian_write(out + 8, (uint64_t)VARIANT_RFC << 62 |
				      (bits & ((UINT64_C(1) << ID_LOW_BITS) - 1)) << RANDOM_BITS |
				      (random & ((UINT64_C(1) << RANDOM_BITS) - 1)));
}

int64_t
uuid_id(const uint8_t uuid[static UUID_BYTES])
{
	uint64_t high = big_endian_read(uuid), low = big_endian_read(uuid + 8);

	if (!is_version_7(high, low))
		return -1;
	return (int64_t)((high & 0xfff) << ID_LOW_BITS |
			 (low >> RANDOM_BITS & ((UINT64_C(1) << ID_LOW_BITS) - 1)));
}

instant
uuid_created(const uint8_t uuid[static UUID_BYTES])
{
	uint64_t high = big_endian_read(uuid), low = big_endian_read(uuid + 8);

	if (!is_version_7(high, low))
		return INSTANT_NONE;
	return (instant)(high >> 16) * MILLISECOND;
}

void
uuid_from_patient(int64_t patient, uint8_t out[static UUID_BYTES])
{
	uuid_from_id(0, patient, 0, out);
}

int64_t
uuid_patient(const uint8_t uuid[static UUID_BYTES])
{
	int64_t patient = uuid_id(uuid);
	uint8_t same[UUID_BYTES];

	if (patient < 0)
		return -1;
	uuid_from_patient(patient, same);
	return memcmp(same, uuid, sizeof(same)) == 0 ? patient : -1;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Is there a dash before the byte of this number? */
static bool
dash_before(int byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

bool
uuid_parse(const char *text, size_t len, uint8_t out[static UUID_BYTES])
{
	if (len != UUID_TEXT_MAX - 1)
		return false;
	for (int i = 0; i < UUID_BYTES; i++) {
		int high, low;

		if (dash_before(i) && *text++ != '-')
			return false;
		high = hex_value(*text++);
		low = hex_value(*text++);
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

void
uuid_format(const uint8_t uuid[static UUID_BYTES], char out[static UUID_TEXT_MAX])
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < UUID_BYTES; i++) {
		if (dash_before(i))
			*out++ = '-';
		*out++ = hex[uuid[i] >> 4];
		*out++ = hex[uuid[i] & 0xf];
	}
	*out = '\0';
}
