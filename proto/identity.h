/*
 * Identities on the wire (G4): of patients (personnummer, samordningsnummer, and others that we do
 * not read), of units and staff (HSA-id) and of kommuner (kommunkod). Owns what is a well-formed
 * one and its canonical form. Pure: knows no register, clock or database. Its sentences never hold
 * the value: they may go into answers and logs.
 */
#ifndef SAMORDNAD_IDENTITY_H
#define SAMORDNAD_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "date.h"

#define IDENTITY_SYSTEM_MAX 129 /* 1-128 visible ASCII characters and the NUL */
#define IDENTITY_VARDE_MAX 65	/* 1-64 characters and the NUL */
#define IDENTITY_HSA_MAX 32	/* an HSA-id, at most 31 characters, and the NUL */

enum identity_system {
	IDENTITY_PERSONNUMMER,	    /* OID 1.2.752.129.2.1.3.1 */
	IDENTITY_SAMORDNINGSNUMMER, /* OID 1.2.752.129.2.1.3.3 */
	IDENTITY_OTHER /* opaque: reserve numbers, foreign ones; compared byte by byte */
};

/* A patient's identity; equal pairs (system, varde) are the same identity. */
struct identity {
	enum identity_system kind;
	char system[IDENTITY_SYSTEM_MAX]; /* "personnummer", "samordningsnummer", else as sent */
	char varde[IDENTITY_VARDE_MAX];	  /* 12 digits for the two known systems, else as sent */
};

/*
 * Reads an identity into its canonical form (G4). `system` is a short word ("personnummer",
 * "samordningsnummer"), the same as urn:oid:..., as bare OID, or as
 * http(s)://electronichealth.se/identifier/...; any other 1-128 visible ASCII characters are an
 * opaque system whose value is 1-64 visible ASCII characters. A personnummer is written
 * YYYYMMDDNNNN, YYYYMMDD-NNNN, YYMMDD-NNNN or, from the year in which the person becomes 100,
 * YYMMDD+NNNN; a samordningsnummer the same with 60 added to the day. Ten digits mean the latest
 * such birth not after `today` (the local date of reference); a birth after `today` is refused.
 * Texts are given by length and need no NUL. Returns NULL and sets *out; otherwise a static
 * sentence that says what to mend, and *out is untouched.
 */
const char *identity_canonical(const char *system, size_t system_len, const char *varde,
    size_t varde_len, civil_date today, struct identity *out);

/* A digest of the pair (64-bit FNV-1a of both texts, each with its NUL); 0 of none. */
uint64_t identity_digest(const struct identity *identity);

/* The day of birth that a personnummer or samordningsnummer holds; DATE_NONE of
 * another, or of none. */
civil_date identity_birth_date(const struct identity *identity);

/*
 * True if text[0..len) is an HSA-id: SE, 10 digits, '-', then letters A-Z a-z and digits, at most
 * 31 in all.
 */
bool identity_hsa_valid(const char *text, size_t len);

/* True if text[0..len) is a kommunkod: 4 digits. */
bool identity_kommunkod_valid(const char *text, size_t len);

#endif
