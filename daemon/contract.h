/* The contract's files, served as they are: generated from proto/ by proto/embed.awk. */
#ifndef SAMORDNAD_CONTRACT_H
#define SAMORDNAD_CONTRACT_H

struct contract_file {
	const char *path; /* "/openapi.yaml", "/schemas/answer.json": where it is served */
	const char *text;
};

/* Ended by a row whose path is NULL. */
extern const struct contract_file contract_files[];

#endif
