/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The ABI as JSON. Numbers are numbers; masks and the fingerprint, which may
 * need all 64 bits, are strings of hexadecimal.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include <pkvm/pkvm.h>
#include "abi_table.h"
#include "command.h"

static json_t *hexadecimal(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *words(const struct abi_word *list)
{
	json_t *array = json_array();

	for (unsigned int i = 0; list[i].name; i++) {
		json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:o}",
			"name", list[i].name, "register", abi_registers[i],
			"rule", list[i].rule, "limit", hexadecimal(list[i].limit)));
	}
	return array;
}

static json_t *shape(const char *name, const struct abi_word *list)
{
	return json_pack("{s:s, s:o}", "shape", name, "words", words(list));
}

static json_t *call_object(const struct abi_call *call)
{
	const struct abi_text *text = abi_text_of(call);
	json_t *object = json_pack("{s:o, s:s, s:i, s:b}", "number", number(call->number),
				   "name", call->name, "since", call->since, "retired",
				   call->retired);

	if (call->retired)
		return object;
	if (text) {
		json_object_set_new(object, "topic", json_string(text->topic));
		json_object_set_new(object, "brief", json_string(text->brief));
	}
	json_object_set_new(object, "feature", json_string(call->feature));
	if (call->guest) {
		json_object_set_new(object, "forwarded", json_string(call->forwarded));
	} else {
		json_object_set_new(object, "context", json_string(call->context));
		json_object_set_new(object, "policy", json_string(call->policy));
		json_object_set_new(object, "life", json_string(call->life));
	}
	json_object_set_new(object, "in", shape(call->in_shape, call->in));
	json_object_set_new(object, "out", shape(call->out_shape, call->out));
	return object;
}

static json_t *calls(bool guest)
{
	json_t *array = json_array();

	for (const struct abi_call *call = abi_calls; call->name; call++) {
		if (call->guest == guest)
			json_array_append_new(array, call_object(call));
	}
	return array;
}

static json_t *errors(void)
{
	json_t *array = json_array();

#define PKVM_ERROR(NAME, NUMBER, TEXT)                                             \
	json_array_append_new(array, json_pack("{s:s, s:i, s:s}", "name", #NAME,   \
					       "number", NUMBER, "text", TEXT));
#include <pkvm/errors.inc>
	return array;
}

static json_t *bit(const char *name, int number_of_bit, int since, const char *text)
{
	return json_pack("{s:s, s:i, s:i, s:s}", "name", name, "bit", number_of_bit,
			 "since", since, "text", text);
}

static void add_features(json_t *abi)
{
	json_t *host = json_array(), *guest = json_array(), *capabilities = json_array();

#define PKVM_HOST_FEATURE(NAME, BIT, SINCE, TEXT) \
	json_array_append_new(host, bit(#NAME, BIT, SINCE, TEXT));
#define PKVM_GUEST_FEATURE(NAME, BIT, SINCE, TEXT) \
	json_array_append_new(guest, bit(#NAME, BIT, SINCE, TEXT));
#define PKVM_CAPABILITY(NAME, BIT, SINCE, TEXT) \
	json_array_append_new(capabilities, bit(#NAME, BIT, SINCE, TEXT));
#include <pkvm/features.inc>
	json_object_set_new(abi, "host_features", host);
	json_object_set_new(abi, "guest_features", guest);
	json_object_set_new(abi, "capabilities", capabilities);
}

static json_t *posted(void)
{
	json_t *array = json_array();

#define PKVM_POSTED(SLOT, NAME) \
	json_array_append_new(array, json_pack("{s:i, s:s}", "slot", SLOT, "name", #NAME));
#include <pkvm/posted.inc>
	return array;
}

static json_t *msr_policy(void)
{
	json_t *array = json_array();

#define PKVM_MSR(NAME, FIRST, LAST, HOST, MASK, FORCED, RULE, GUEST)                    \
	json_array_append_new(array, json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:s, s:s}", \
		"name", #NAME, "first", number(FIRST), "last", number(LAST),            \
		"host", #HOST, "mask", hexadecimal(MASK), "forced", hexadecimal(FORCED), \
		"rule", #RULE, "guest", #GUEST));
#include <pkvm/msr_policy.inc>
	return array;
}

static json_t *subleaf(uint32_t value)
{
	return value == ~0u ? json_null() : number(value);
}

static json_t *cpuid_policy(void)
{
	json_t *array = json_array();

#define PKVM_CPUID_POLICY(FIRST, LAST, SUB, REG, MASK, KIND, BY, REASON)                   \
	json_array_append_new(array, json_pack("{s:o, s:o, s:o, s:s, s:o, s:s, s:s, s:s}", \
		"first", number(FIRST), "last", number(LAST), "subleaf", subleaf(SUB),     \
		"register", #REG, "mask", hexadecimal(MASK), "kind", #KIND, "by", #BY,     \
		"reason", REASON));
#include <pkvm/cpuid_policy.inc>
	return array;
}

static json_t *constants(void)
{
	json_t *array = json_array();

	for (const struct abi_constant *row = abi_constants; row->topic; row++) {
		json_array_append_new(array, json_pack("{s:s, s:s, s:o, s:s}",
			"name", row->name, "topic", row->topic,
			"value", hexadecimal(row->value), "text", row->text));
	}
	return array;
}

/* Structs in memory: all that is no register image of a call. */
static bool is_shape(const char *structure)
{
	for (const struct abi_call *call = abi_calls; call->name; call++) {
		if (!call->retired && (!strcmp(structure + strlen("pkvm_"), call->in_shape) ||
				       !strcmp(structure + strlen("pkvm_"), call->out_shape)))
			return true;
	}
	return false;
}

static json_t *structures(void)
{
	json_t *object = json_object();

	for (const struct abi_field *row = abi_fields; row->topic; row++) {
		json_t *fields = json_object_get(object, row->structure);

		if (is_shape(row->structure))
			continue;
		if (!fields) {
			fields = json_array();
			json_object_set_new(object, row->structure, fields);
		}
		json_array_append_new(fields, json_pack("{s:s, s:o, s:o, s:o, s:s}",
			"name", row->name, "offset", number(row->offset),
			"bytes", number(row->bytes), "count", number(row->count),
			"text", row->text));
	}
	return object;
}

static json_t *part(const char *name, size_t offset, size_t size, size_t count,
		    const char *structure)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:s}", "name", name, "offset", number(offset),
			 "bytes", number(size), "count", number(count), "structure", structure);
}

#define PAGE_PART(NAME, COUNT, STRUCTURE)                                            \
	part(#NAME, offsetof(struct pkvm_shared_page, NAME), sizeof(struct STRUCTURE), \
	     COUNT, #STRUCTURE)

static json_t *shared_page(void)
{
	return json_pack("{s:i, s:o, s:[o, o, o, o, o, o, o]}",
		"layout", (int)PKVM_SHARED_PAGE_LAYOUT,
		"bytes", number(sizeof(struct pkvm_shared_page)), "parts",
		PAGE_PART(header, 1, pkvm_page_header), PAGE_PART(regs, 1, pkvm_page_regs),
		PAGE_PART(exit, 1, pkvm_page_exit), PAGE_PART(reply, 1, pkvm_page_reply),
		PAGE_PART(apic, 1, pkvm_page_apic), PAGE_PART(summary, 1, pkvm_page_summary),
		PAGE_PART(item, PKVM_POST_SLOTS, pkvm_page_item));
}

static json_t *whole_abi(void)
{
	json_t *abi = json_pack("{s:{s:i, s:i}, s:o}", "version", "major", PKVM_ABI_MAJOR,
				"minor", PKVM_ABI_MINOR, "fingerprint",
				hexadecimal(pkvm_fingerprint(NULL, 0, PKVM_ABI_MINOR, NULL)));

	json_object_set_new(abi, "errors", errors());
	add_features(abi);
	json_object_set_new(abi, "host_calls", calls(false));
	json_object_set_new(abi, "guest_calls", calls(true));
	json_object_set_new(abi, "posted", posted());
	json_object_set_new(abi, "msr_policy", msr_policy());
	json_object_set_new(abi, "cpuid_policy", cpuid_policy());
	json_object_set_new(abi, "shared_page", shared_page());
	json_object_set_new(abi, "structures", structures());
	json_object_set_new(abi, "constants", constants());
	return abi;
}

int abi_dump_json(void)
{
	json_t *abi = whole_abi();

	json_dumpf(abi, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(abi);
	return COMMAND_OK;
}
