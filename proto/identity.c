/* Identities; see identity.h. No sentence here holds anything of what was sent. */
#include "identity.h"

#include <string.h>

#include "digits.h"

enum {
	CANONICAL_DIGITS = 12,
	SAMORDNING_DAY = 60, /* added to the day of birth in a samordningsnummer */
	YEAR_MIN = 1800,
	HSA_DIGITS = 10,
	HSA_SUFFIX_AT = 2 + HSA_DIGITS + 1 /* SE, digits, '-' */
};

/*
 * The names of the systems that we read, as senders write them: ours, OIDs, the Swedish FHIR base
 * profile's.
 */
static const struct {
	const char *name;
	enum identity_system kind;
} systems[] = {
    {"personnummer", IDENTITY_PERSONNUMMER},
    {"samordningsnummer", IDENTITY_SAMORDNINGSNUMMER},
    {"http://electronichealth.se/identifier/personnummer", IDENTITY_PERSONNUMMER},
    {"http://electronichealth.se/identifier/samordningsnummer", IDENTITY_SAMORDNINGSNUMMER},
    {"https://electronichealth.se/identifier/personnummer", IDENTITY_PERSONNUMMER},
    {"https://electronichealth.se/identifier/samordningsnummer", IDENTITY_SAMORDNINGSNUMMER},
    {"urn:oid:1.2.752.129.2.1.3.1", IDENTITY_PERSONNUMMER},
    {"urn:oid:1.2.752.129.2.1.3.3", IDENTITY_SAMORDNINGSNUMMER},
    {"1.2.752.129.2.1.3.1", IDENTITY_PERSONNUMMER},
    {"1.2.752.129.2.1.3.3", IDENTITY_SAMORDNINGSNUMMER},
};

static bool
visible_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < '!' || text[i] > '~')
			return false;
	return true;
}

static enum identity_system
system_find(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++)
		if (strlen(systems[i].name) == len && memcmp(systems[i].name, text, len) == 0)
			return systems[i].kind;
	return IDENTITY_OTHER;
}

/* The last digit of ten makes the weighted sum (2, 1, 2, ...) a multiple of ten. */
static bool
check_digit_holds(const char *ten)
{
	int sum = 0;

	for (int i = 0; i < 10; i++) {
		int product = (ten[i] - '0') * (i % 2 == 0 ? 2 : 1);

		sum += product / 10 + product % 10;
	}
	return sum % 10 == 0;
}

/*
 * The year that two digits, a month and a day mean: the latest for which the birth is not after
 * today; with a plus sign the latest in which the person becomes 100 by the end of this year.
 */
static int
year_of_birth(int two_digits, int month, int day, char separator, civil_date today)
{
	int year_today = date_split(today).year;
	int year = year_today / 100 * 100 + two_digits;

	if (separator == '+') {
		while (year > year_today - 100)
			year -= 100;
		return year;
	}
	/* A day that the year does not have is refused later: here it only picks the century. */
	if (year > year_today || (year == year_today && date_exists(year, month, day) &&
				     date_of(year, month, day) > today))
		year -= 100;
	return year;
}

/*
 * The ten digits after the century in *ten, the separator (0: none), and the century as written, or
 * -1.
 */
static const char *
number_take_apart(const char *text, size_t len, char ten[10], char *separator, int *century)
{
	size_t date_len = len >= 12 ? 8 : 6;

	*separator = '\0';
	if (len == 13 || len == 11) {
		*separator = text[date_len];
		if (*separator != '-' && !(*separator == '+' && len == 11))
			return "must be 12 digits, YYYYMMDD-NNNN, YYMMDD-NNNN or YYMMDD+NNNN";
	} else if (len != CANONICAL_DIGITS) {
		return "must be 12 digits, YYYYMMDD-NNNN, YYMMDD-NNNN or YYMMDD+NNNN";
	}
	*century = date_len == 8 ? digits_read(text, 2) : -1;
	memcpy(ten, text + date_len - 6, 6);
	memcpy(ten + 6, text + len - 4, 4);
	if (digits_read(ten, 6) < 0 || digits_read(ten + 6, 4) < 0 ||
	    (date_len == 8 && *century < 0))
		return "must hold nothing but the digits 0-9 and its separator";
	return NULL;
}

static const char *
number_canonical(const char *text, size_t len, enum identity_system kind, civil_date today,
    char out[static IDENTITY_VARDE_MAX])
{
	char ten[10], separator;
	int century, year, month, day;
	const char *error = number_take_apart(text, len, ten, &separator, &century);

	if (error != NULL)
		return error;
	month = digits_read(ten + 2, 2);
	day = digits_read(ten + 4, 2);
	if (kind == IDENTITY_PERSONNUMMER && day > SAMORDNING_DAY)
		return "must be a personnummer, but its day is that of a samordningsnummer";
	if (kind == IDENTITY_SAMORDNINGSNUMMER) {
		if (day <= SAMORDNING_DAY)
			return "must be a samordningsnummer, with 60 added to the day";
		day -= SAMORDNING_DAY;
	}
	if (century >= 0)
		year = century * 100 + digits_read(ten, 2);
	else
		year = year_of_birth(digits_read(ten, 2), month, day, separator, today);
	if (year < YEAR_MIN || !date_exists(year, month, day))
		return "must begin with a date of birth that exists";
	if (date_of(year, month, day) > today)
		return "must begin with a date of birth that is not in the future";
	if (!check_digit_holds(ten))
		return "must have the right check digit";
	digits_write(out, year, 4);
	memcpy(out + 4, ten + 2, 8);
	out[CANONICAL_DIGITS] = '\0';
	return NULL;
}

const char *
identity_canonical(const char *system, size_t system_len, const char *varde, size_t varde_len,
    civil_date today, struct identity *out)
{
	enum identity_system kind;
	char canonical[IDENTITY_VARDE_MAX];
	const char *error;

	if (system_len < 1 || system_len >= IDENTITY_SYSTEM_MAX ||
	    !visible_ascii(system, system_len))
		return "must name its system in 1 to 128 visible ASCII characters";
	kind = system_find(system, system_len);
	if (kind == IDENTITY_OTHER) {
		if (varde_len < 1 || varde_len >= IDENTITY_VARDE_MAX ||
		    !visible_ascii(varde, varde_len))
			return "must be 1 to 64 visible ASCII characters";
		memcpy(canonical, varde, varde_len);
		canonical[varde_len] = '\0';
	} else {
		if ((error = number_canonical(varde, varde_len, kind, today, canonical)) != NULL)
			return error;
		/* The first rows of the table are the short words, in the order of the enum. */
		system = systems[kind].name;
		system_len = strlen(system);
	}
	memset(out, 0, sizeof(*out));
	out->kind = kind;
	memcpy(out->system, system, system_len);
	memcpy(out->varde, canonical, strlen(canonical));
	return NULL;
}

bool
identity_hsa_valid(const char *text, size_t len)
{
	if (len <= HSA_SUFFIX_AT || len >= IDENTITY_HSA_MAX || memcmp(text, "SE", 2) != 0 ||
	    digits_read(text + 2, 5) < 0 || digits_read(text + 7, 5) < 0 ||
	    text[HSA_SUFFIX_AT - 1] != '-')
		return false;
	for (size_t i = HSA_SUFFIX_AT; i < len; i++) {
		char c = text[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z'))
			return false;
	}
	return true;
}

bool
identity_kommunkod_valid(const char *text, size_t len)
{
	return len == 4 && digits_read(text, 4) >= 0;
}

static uint64_t
digest_text(uint64_t digest, const char *text)
{
	do
		digest = (digest ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	while (*text++ != '\0');
	return digest;
}

uint64_t
identity_digest(const struct identity *identity)
{
	const uint64_t basis = UINT64_C(0xcbf29ce484222325);

	if (identity->system[0] == '\0')
		return 0;
	return digest_text(digest_text(basis, identity->system), identity->varde);
}

civil_date
identity_birth_date(const struct identity *identity)
{
	const char *v = identity->varde;
	int day;

	if (identity->system[0] == '\0' || identity->kind == IDENTITY_OTHER)
		return DATE_NONE;
	day = digits_read(v + 6, 2);
	if (identity->kind == IDENTITY_SAMORDNINGSNUMMER)
		day -= SAMORDNING_DAY;
	return date_of(digits_read(v, 4), digits_read(v + 4, 2), day);
}
