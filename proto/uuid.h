/*
 * The ids that the outside sees: UUIDv7 (RFC 9562) that carry the database's bigint, so that no
 * second index is needed to find a row by its uuid. Layout: 48 bits Unix milliseconds, version, the
 * id's upper 12 bits, variant, the id's lower 28 bits, 34 random bits. Ordered by (millisecond,
 * id). The random bits keep others' ids from being guessed: a row found by the id must still be
 * compared with the whole uuid that is stored. Pure: knows no clock and no source of randomness.
 */
#ifndef SAMORDNAD_UUID_H
#define SAMORDNAD_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instant.h"

#define UUID_BYTES 16
#define UUID_TEXT_MAX 37 /* 36 characters and the NUL */
#define UUID_ID_MAX ((INT64_C(1) << 40) - 1)

/*
 * Makes the uuid of a row: `created` at or after 1970, `id` 0 to UUID_ID_MAX, `random` of which the
 * lower 34 bits are used. Anything else is a bug and ends the process.
 */
void uuid_from_id(instant created, int64_t id, uint64_t random, uint8_t out[static UUID_BYTES]);

/* The id that a uuid carries, 0 to UUID_ID_MAX; -1 if it is not version 7 of RFC 9562's variant. */
int64_t uuid_id(const uint8_t uuid[static UUID_BYTES]);

/*
 * The millisecond in which a version 7 uuid was made, as an instant; INSTANT_NONE if it is another
 * kind.
 */
instant uuid_created(const uint8_t uuid[static UUID_BYTES]);

/*
 * A patient's, which nobody stores: nothing but the number. It opens nothing: who may see a patient
 * is asked each time. Back: -1 if it is no patient's.
 */
void uuid_from_patient(int64_t patient, uint8_t out[static UUID_BYTES]);
int64_t uuid_patient(const uint8_t uuid[static UUID_BYTES]);

/*
 * Reads 8-4-4-4-12 hex digits of either case; the whole of text[0..len) must be it. False if it is
 * not.
 */
bool uuid_parse(const char *text, size_t len, uint8_t out[static UUID_BYTES]);

/* Writes a uuid in lower case with a NUL. */
void uuid_format(const uint8_t uuid[static UUID_BYTES], char out[static UUID_TEXT_MAX]);

#endif
