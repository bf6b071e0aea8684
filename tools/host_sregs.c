/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Operations of `host` that save and restore special registers, by name.
 */
#include <stdio.h>
#include <string.h>

#include "host/sregs.h"
#include "host_op.h"

/* Special registers by name; segments have four words each. */
#define SREG_SEGMENTS(X) X(cs) X(ds) X(es) X(fs) X(gs) X(ss) X(tr) X(ldt)
#define SREG_WORDS(X)                                                             \
	X("gdt.base", gdt.base) X("gdt.limit", gdt.limit) X("idt.base", idt.base) \
	X("idt.limit", idt.limit) X("cr0", cr0) X("cr2", cr2) X("cr3", cr3)       \
	X("cr4", cr4) X("cr8", cr8) X("efer", efer) X("apic_base", apic_base)

void host_get_sregs(const struct host_op *op)
{
	struct pkvm_host_sregs sregs;

	pkvm_host_get_sregs(&op->vcpu->vcpu, &sregs);
#define ADD_SEGMENT(NAME)                                                             \
	scenario_result_add(op->s, #NAME ".base", sregs.NAME.base);                   \
	scenario_result_add(op->s, #NAME ".limit", sregs.NAME.limit);                 \
	scenario_result_add(op->s, #NAME ".selector", sregs.NAME.selector);           \
	scenario_result_add(op->s, #NAME ".access_rights",                            \
			    pkvm_host_access_rights(&sregs.NAME));
#define ADD_WORD(NAME, MEMBER) scenario_result_add(op->s, NAME, sregs.MEMBER);
	SREG_SEGMENTS(ADD_SEGMENT)
	SREG_WORDS(ADD_WORD)
}

/* Replaces what the line names of a segment. */
static void change_segment(const struct host_op *op, const char *name,
			   struct pkvm_host_segment *segment)
{
	struct pkvm_segment_state state = {.base = segment->base, .limit = segment->limit,
					   .selector = segment->selector,
					   .access_rights = pkvm_host_access_rights(segment)};
	const struct {
		const char *name;
		uint64_t *value;
		uint64_t limit;
	} parts[] = {
		{"base", &state.base, UINT64_MAX}, {"limit", &state.limit, UINT32_MAX},
		{"selector", &state.selector, 0xffff},
		{"access_rights", &state.access_rights, PKVM_AR_ALL},
	};
	char field[32];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		snprintf(field, sizeof(field), "%s.%s", name, parts[i].name);
		if (scenario_text_field(op->line, field))
			*parts[i].value = host_field(op, field, parts[i].limit);
	}
	*segment = pkvm_host_segment_of(&state);
}

static bool is_sreg(const char *name)
{
	static const char *const parts[] = {"base", "limit", "selector", "access_rights"};

#define IS_WORD(NAME, MEMBER) \
	if (!strcmp(name, NAME)) \
		return true;
#define IS_SEGMENT(NAME)                                                              \
	for (size_t i = 0; i < 4; i++) {                                              \
		if (!strncmp(name, #NAME ".", sizeof(#NAME)) &&                       \
		    !strcmp(name + sizeof(#NAME), parts[i]))                          \
			return true;                                                  \
	}
	SREG_WORDS(IS_WORD)
	SREG_SEGMENTS(IS_SEGMENT)
	return !strcmp(name, "vcpu");
}

static void check_names(const struct host_op *op)
{
	struct scenario_field field;

	for (unsigned int i = 2; i < op->line->words; i++) {
		if (!scenario_split(op->line->word[i], &field) || strcmp(field.op, "=") ||
		    !is_sreg(field.name))
			scenario_bad(op->s, op->line, "%s is no special register; expected one "
				     "such as cr0=VALUE or cs.base=VALUE", op->line->word[i]);
	}
}

/* As a VMM does: read all, change some, write all. */
void host_set_sregs(const struct host_op *op)
{
	struct pkvm_host_sregs sregs;

	check_names(op);
	pkvm_host_get_sregs(&op->vcpu->vcpu, &sregs);
#define CHANGE_SEGMENT(NAME) change_segment(op, #NAME, &sregs.NAME);
#define CHANGE_WORD(NAME, MEMBER)                     \
	if (scenario_text_field(op->line, NAME))      \
		sregs.MEMBER = host_field(op, NAME, UINT64_MAX);
	SREG_SEGMENTS(CHANGE_SEGMENT)
	SREG_WORDS(CHANGE_WORD)
	op->s->result.error = pkvm_host_set_sregs(&op->vcpu->vcpu, &sregs);
}
