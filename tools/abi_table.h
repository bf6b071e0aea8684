/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The ABI as data: its rows, words, constants and fields, for whoever prints or
 * reads them by name. All of it comes out of include/pkvm by expansion.
 */
#ifndef PKVM_TOOLS_ABI_TABLE_H
#define PKVM_TOOLS_ABI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One word of a shape; a list of them ends with a name of NULL. */
struct abi_word {
	const char *shape;
	const char *name;
	const char *rule;       /* BITS, MAX, OPT                          */
	uint64_t limit;
};

struct abi_call {
	uint64_t number;
	const char *name;
	int since;
	bool guest;             /* the guest's, not the host's             */
	bool retired;           /* only number, name and since are told    */
	const struct abi_word *in;
	const struct abi_word *out;
	const char *in_shape;
	const char *out_shape;
	const char *feature;
	const char *context;    /* host's, as are policy and life          */
	const char *policy;
	const char *life;
	const char *forwarded;  /* guest's                                 */
};

/* In the order of the rows, the host's first; ends with a name of NULL. */
extern const struct abi_call abi_calls[];

const struct abi_call *abi_call_by_name(const char *name, bool guest);
const struct abi_call *abi_call_by_number(uint64_t number, bool guest);
unsigned int abi_words(const struct abi_word *list);

struct abi_constant {
	const char *topic;      /* the header                              */
	const char *name;       /* PKVM_...                                */
	uint64_t value;
	const char *text;
};

/* A member of a struct of the ABI; `bytes` is one element's size. */
struct abi_field {
	const char *topic;
	const char *structure;  /* pkvm_...                                */
	const char *name;
	size_t offset;
	size_t bytes;
	size_t count;
	const char *text;
};

struct abi_text {
	const char *topic;
	const char *function;   /* pkvm_hc_<name>, pkvm_guest_<name>        */
	const char *brief;
};

/* Each ends with a topic of NULL. */
extern const struct abi_constant abi_constants[];
extern const struct abi_field abi_fields[];
extern const struct abi_text abi_texts[];

/* The text of a call, NULL if its header has no prototype with a brief. */
const struct abi_text *abi_text_of(const struct abi_call *call);
const struct abi_field *abi_field_by_name(const char *structure, const char *name);

/* Registers of the words in order: "RBX", "RCX", ... */
extern const char *const abi_registers[];

#endif
