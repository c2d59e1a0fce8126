/*
 * Fixed-width decimal digits, as dates, times and identities have them. Locale knows nothing of it.
 */
#ifndef SAMORDNAD_DIGITS_H
#define SAMORDNAD_DIGITS_H

/* The number of text[0..count), count 1-9; -1 if any of them is not an ASCII digit. */
static inline int
digits_read(const char *text, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

/* Writes the last `count` digits of value (0 or more), with leading zeros and without a NUL. */
static inline void
digits_write(char *out, int value, int count)
{
	while (count-- > 0) {
		out[count] = (char)('0' + value % 10);
		value /= 10;
	}
}

#endif
