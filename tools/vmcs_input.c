/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Reads the cases of `pkvm vmcs check`: fields and capabilities by name, numbers
 * as hexadecimal strings or as JSON numbers. Every mistake gets a line that says
 * what is wrong and where.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "vmcs_input.h"
#include "vmcs_number.h"

struct vmcs_input {
	const char *path;
	json_t *root;
	json_t *cases;
	json_t *seen;           /* ids */
	size_t next;
	char id[64];            /* of the case being read */
	bool bad;
};

__attribute__((format(printf, 2, 3)))
static void bad(struct vmcs_input *input, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "pkvm vmcs: %s: ", input->path);
	if (input->id[0])
		fprintf(stderr, "case %s: ", input->id);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	input->bad = true;
}

/* A number of a case; the error names the group and the name. */
static bool number(struct vmcs_input *input, const char *group, const char *name,
		   const json_t *json, uint64_t *value)
{
	if (json_is_integer(json) && json_integer_value(json) >= 0) {
		*value = (uint64_t)json_integer_value(json);
		return true;
	}
	if (json_is_string(json) && vmcs_number(json_string_value(json), value))
		return true;
	bad(input, "%s%s: no number; expected a string such as \"0x1f\", or a JSON number "
	    "from 0 to 18446744073709551615", group, name);
	return false;
}

static void read_fields(struct vmcs_input *input, struct vmcs_case *c, json_t *fields)
{
	const char *name;
	json_t *json;

	json_object_foreach(fields, name, json) {
		const int field = vmcs_field(name);
		uint64_t value;

		if (field < 0) {
			bad(input, "fields.%s: unknown field", name);
		} else if (number(input, "fields.", name, json, &value)) {
			if (!vmcs_fits(field, value))
				bad(input, "fields.%s: 0x%" PRIx64 " is wider than the "
				    "field's %u bits", name, value, pkvm_vmcs_bits(
				    pkvm_vmcs_encoding((enum pkvm_vmcs_index)field)));
			if (c->given[field])
				bad(input, "fields.%s: the field has two values", name);
			c->value[field] = value;
			c->given[field] = true;
		}
	}
}

static void read_capabilities(struct vmcs_input *input, struct vmcs_case *c, json_t *list)
{
	const char *name;
	json_t *json;

	json_object_foreach(list, name, json) {
		const char *why;
		uint64_t value;

		if (json_is_boolean(json) && vmcs_caps_feature(&c->least, name))
			value = json_is_true(json);
		else if (!number(input, "capabilities.", name, json, &value))
			continue;
		why = vmcs_caps_set(&c->least, name, value);
		if (why)
			bad(input, "capabilities.%s: %s", name, why);
	}
	c->most = c->least;
}

static const char *const input_keys[] = {"cases", "SPDX-License-Identifier", NULL};
static const char *const msr_keys[] = {"index", "value", NULL};
static const char *const case_keys[] = {"id", "capabilities", "fields", "vtpr", "msr_load",
					"current_vmcs", "linked_revision", "pdptes",
					"rtit_ctl", NULL};

static void only_keys(struct vmcs_input *input, const char *group, json_t *json,
		      const char *const *keys)
{
	const char *name;
	json_t *value;

	json_object_foreach(json, name, value) {
		size_t i = 0;

		while (keys[i] && strcmp(keys[i], name))
			i++;
		if (!keys[i])
			bad(input, "%s%.50s: unknown key", group, name);
	}
}

static void read_msrs(struct vmcs_input *input, struct vmcs_case *c, const json_t *list)
{
	json_t *json;
	uint64_t index;
	char group[32];
	size_t i;

	if (list && !json_is_array(list))
		bad(input, "msr_load: expected an array of objects with index and value");
	if (json_array_size(list) > VMCS_MSRS)
		bad(input, "msr_load: more than %d entries", VMCS_MSRS);
	json_array_foreach(list, i, json) {
		if (i >= VMCS_MSRS)
			return;
		snprintf(group, sizeof(group), "msr_load entry %zu: ", i + 1);
		only_keys(input, group, json, msr_keys);
		if (!number(input, group, "index", json_object_get(json, "index"), &index) ||
		    !number(input, group, "value", json_object_get(json, "value"),
			    &c->msr[i].value))
			continue;
		c->msr[i].index = (uint32_t)index;
		c->msr[i].high = (uint32_t)(index >> 32);
		c->nr_msrs = (unsigned int)i + 1;
	}
}

/* Entries beyond those that are told are unknown; a count left out is theirs. */
static void count_msrs(struct vmcs_input *input, struct vmcs_case *c)
{
	const unsigned int count = PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT;

	if (c->given[count] && c->value[count] < c->nr_msrs)
		bad(input, "msr_load: more than the %" PRIu64 " entries that "
		    "VM_ENTRY_MSR_LOAD_COUNT counts", c->value[count]);
	if (!c->given[count]) {
		c->value[count] = c->nr_msrs;
		c->given[count] = c->nr_msrs;
	}
	if (c->value[count] > c->nr_msrs)
		c->unknown |= PKVM_VMCS_NEEDS_MSR_LOAD;
}

/*
 * What is not told stays unknown, but for VTPR, the zeroed page of a zeroed VMCS,
 * and IA32_RTIT_CTL, which is 0 where nobody traces.
 */
static void read_facts(struct vmcs_input *input, struct vmcs_case *c, const json_t *json)
{
	const json_t *vtpr = json_object_get(json, "vtpr");
	const json_t *current = json_object_get(json, "current_vmcs");
	const json_t *revision = json_object_get(json, "linked_revision");
	const json_t *pdptes = json_object_get(json, "pdptes");
	const json_t *rtit = json_object_get(json, "rtit_ctl");
	uint64_t value;

	if (vtpr && number(input, "", "vtpr", vtpr, &value)) {
		c->vtpr = (uint8_t)value;
		if (value > 0xff)
			bad(input, "vtpr: 0x%" PRIx64 " is wider than 8 bits", value);
	}
	if (current && number(input, "", "current_vmcs", current, &c->current_vmcs))
		c->unknown &= ~PKVM_VMCS_NEEDS_CURRENT_VMCS;
	if (rtit && number(input, "", "rtit_ctl", rtit, &value))
		c->rtit_ctl = value;
	if (revision && number(input, "", "linked_revision", revision, &value)) {
		c->linked_revision = (uint32_t)value;
		c->unknown &= ~PKVM_VMCS_NEEDS_LINKED_VMCS;
		if (value > UINT32_MAX)
			bad(input, "linked_revision: 0x%" PRIx64 " is wider than 32 bits",
			    value);
	}
	if (pdptes && json_array_size(pdptes) != 4)
		bad(input, "pdptes: expected an array of 4 numbers");
	for (size_t i = 0; i < 4 && json_array_size(pdptes) == 4; i++) {
		if (number(input, "", "pdptes", json_array_get(pdptes, i), &c->pdpte[i]))
			c->unknown &= ~PKVM_VMCS_NEEDS_PDPTES;
	}
}

static bool object_or_none(struct vmcs_input *input, const char *name, const json_t *json)
{
	if (json && !json_is_object(json))
		bad(input, "%s: expected an object of names and numbers", name);
	return json_is_object(json);
}

static void read_case(struct vmcs_input *input, struct vmcs_case *c, json_t *json)
{
	json_t *fields = json_object_get(json, "fields");
	json_t *capabilities = json_object_get(json, "capabilities");

	only_keys(input, "", json, case_keys);
	if (object_or_none(input, "fields", fields))
		read_fields(input, c, fields);
	if (object_or_none(input, "capabilities", capabilities))
		read_capabilities(input, c, capabilities);
	read_msrs(input, c, json_object_get(json, "msr_load"));
	count_msrs(input, c);
	read_facts(input, c, json);
}

/* What an error says of the case: a line, whatever its id has. */
static void name_case(struct vmcs_input *input, const char *id)
{
	snprintf(input->id, sizeof(input->id), "%.50s", id);
	for (char *c = input->id; *c; c++) {
		if ((unsigned char)*c < ' ')
			*c = '?';
	}
}

const char *vmcs_input_next(struct vmcs_input *input, struct vmcs_case *c)
{
	json_t *json = json_array_get(input->cases, input->next);
	const char *id = json_string_value(json_object_get(json, "id"));

	if (input->next == json_array_size(input->cases))
		return NULL;
	input->next++;
	memset(c, 0, sizeof(*c));
	c->zeroed = true;
	c->least = c->most = vmcs_skylake;
	c->unknown = PKVM_VMCS_NEEDS_CURRENT_VMCS | PKVM_VMCS_NEEDS_LINKED_VMCS |
		     PKVM_VMCS_NEEDS_PDPTES;
	if (!id || !*id) {
		snprintf(input->id, sizeof(input->id), "number %zu", input->next);
		bad(input, json_is_object(json) ? "id: missing, empty, or no string" :
		    "expected an object with an id");
		return "";
	}
	name_case(input, id);
	if (json_object_get(input->seen, id))
		bad(input, "id: another case has it too");
	json_object_set_new(input->seen, id, json_true());
	read_case(input, c, json);
	return id;
}

bool vmcs_input_bad(const struct vmcs_input *input)
{
	return input->bad;
}

static bool parse(struct vmcs_input *input, const char *text)
{
	char *quoted = vmcs_quote_numbers(text);
	json_error_t error;

	if (!quoted)
		return false;
	input->root = json_loads(quoted, JSON_REJECT_DUPLICATES, &error);
	free(quoted);
	if (!input->root) {
		bad(input, "line %d: %s", error.line, error.text);
		return false;
	}
	input->cases = json_object_get(input->root, "cases");
	if (!json_array_size(input->cases))
		bad(input, "cases: %sexpected an array of cases",
		    json_is_array(input->cases) ? "it is empty; " : "");
	else
		only_keys(input, "", input->root, input_keys);
	return !input->bad;
}

struct vmcs_input *vmcs_input_read(const char *path)
{
	struct vmcs_input *input = calloc(1, sizeof(*input));
	size_t length;
	char *text = vmcs_read(path, &length);
	bool good = false;

	if (input && text) {
		input->path = path;
		input->seen = json_object();
		good = parse(input, text);
	}
	free(text);
	if (!good) {
		vmcs_input_free(input);
		return NULL;
	}
	return input;
}

void vmcs_input_free(struct vmcs_input *input)
{
	if (input) {
		json_decref(input->root);
		json_decref(input->seen);
	}
	free(input);
}
