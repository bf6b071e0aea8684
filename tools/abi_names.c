/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tables of what the headers name beside the rows: constants, fields of structs,
 * briefs of calls. The list is made by abi_names.awk; values, offsets and sizes
 * are the compiler's.
 */
#include <string.h>

#include <pkvm/pkvm.h>
#include "abi_table.h"

#define ABI_CONSTANT(TOPIC, NAME, TEXT) {#TOPIC, #NAME, (uint64_t)(NAME), TEXT},
#define ABI_FIELD(TOPIC, STRUCTURE, NAME, BYTES, TEXT)
#define ABI_CALL_TEXT(TOPIC, FUNCTION, BRIEF)
const struct abi_constant abi_constants[] = {
#include "abi_names.inc"
	{.topic = NULL},
};

#define ABI_CONSTANT(TOPIC, NAME, TEXT)
#define ABI_FIELD(TOPIC, STRUCTURE, NAME, BYTES, TEXT)                       \
	{#TOPIC, #STRUCTURE, #NAME, offsetof(struct STRUCTURE, NAME), BYTES, \
	 sizeof(((struct STRUCTURE *)0)->NAME) / (BYTES), TEXT},
#define ABI_CALL_TEXT(TOPIC, FUNCTION, BRIEF)
const struct abi_field abi_fields[] = {
#include "abi_names.inc"
	{.topic = NULL},
};

#define ABI_CONSTANT(TOPIC, NAME, TEXT)
#define ABI_FIELD(TOPIC, STRUCTURE, NAME, BYTES, TEXT)
#define ABI_CALL_TEXT(TOPIC, FUNCTION, BRIEF) {#TOPIC, #FUNCTION, BRIEF},
const struct abi_text abi_texts[] = {
#include "abi_names.inc"
	{.topic = NULL},
};

const struct abi_field *abi_field_by_name(const char *structure, const char *name)
{
	for (const struct abi_field *field = abi_fields; field->topic; field++) {
		if (!strcmp(field->structure, structure) && !strcmp(field->name, name))
			return field;
	}
	return NULL;
}
