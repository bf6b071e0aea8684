/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The directive `host`: a KVM-shaped operation of the host's stubs, which makes
 * as many calls as it needs, or none. host_ops.inc has the operations.
 */
#include <inttypes.h>
#include <string.h>

#include "host/memory.h"
#include "host/post.h"
#include "host/run.h"
#include "host/x86_ops.h"
#include "host_op.h"

enum about { ABOUT_NOTHING, ABOUT_VM, ABOUT_VCPU };

struct row {
	const char *name;
	enum about about;
	const char *fields;
	const char *prefix;
};

enum {
#define HOST_OP(NAME, ABOUT, FIELDS, PREFIX, CODE) OP_##NAME,
#include "host_ops.inc"
	NR_OPS
};

static const struct row rows[] = {
#define HOST_OP(NAME, ABOUT, FIELDS, PREFIX, CODE) {#NAME, ABOUT_##ABOUT, FIELDS, PREFIX},
#include "host_ops.inc"
};

uint64_t host_field(const struct host_op *op, const char *name, uint64_t limit)
{
	const char *text = scenario_text_field(op->line, name);
	const uint64_t value = text ? scenario_value(op->s, op->line, text, op->prefix) : 0;

	if (value > limit)
		scenario_bad(op->s, op->line, "%s=%s is out of range; expected at most 0x%"
			     PRIx64, name, text, limit);
	return value;
}

/* A stub's answer that is 0, 1 or a negative errno. */
static void answer(const struct host_op *op, int value)
{
	if (value < 0)
		op->s->result.error = value;
	scenario_result_add(op->s, "value", value < 0 ? 0 : (uint64_t)value);
}

#define VM               (op->vm)
#define VCPU             (&op->vcpu->vcpu)
#define IN(FIELD)        host_field(op, #FIELD, UINT64_MAX)
#define IN32(FIELD)      ((uint32_t)host_field(op, #FIELD, UINT32_MAX))
#define STATUS(RESULT)   (op->s->result.error = (RESULT))
#define OUT(NAME, VALUE) scenario_result_add(op->s, #NAME, VALUE)
#define ANSWER(RESULT)   answer(op, RESULT)

static void perform(const struct host_op *op, unsigned int number)
{
	switch (number) {
#define HOST_OP(NAME, ABOUT, FIELDS, PREFIX, CODE) \
	case OP_##NAME:                            \
		CODE;                              \
		return;
#include "host_ops.inc"
	}
}

/* The vCPU or VM that the line names by its handle, or else the latest that is left. */
static void find_object(struct host_op *op, enum about about)
{
	const char *field = about == ABOUT_VM ? "vm" : "vcpu";
	const char *text = scenario_text_field(op->line, field);
	const uint64_t handle = text ? scenario_value(op->s, op->line, text, NULL) : 0;
	struct host_vcpu *vcpu = op->side->vcpus;
	struct host_vm *vm = op->side->vms;

	while (vm && handle && vm->vm.handle != handle)
		vm = vm->next;
	while (vcpu && (!vcpu->vcpu.handle || (handle && vcpu->vcpu.handle != handle)))
		vcpu = vcpu->next;
	if (about == ABOUT_VM && vm)
		op->vm = &vm->vm;
	if (about == ABOUT_VCPU && vcpu) {
		op->vcpu = vcpu;
		op->vm = vcpu->vcpu.vm;
	}
	if (about != ABOUT_NOTHING && !op->vm)
		scenario_bad(op->s, op->line, "the host has no such %s; expected %s=HANDLE of "
			     "one that `host` has made", field, field);
}

static void check_fields(struct scenario *s, const struct text_line *line,
			 const struct row *row)
{
	struct scenario_field field;

	for (unsigned int i = 2; row->fields[0] != '*' && i < line->words; i++) {
		if (!scenario_split(line->word[i], &field) || strcmp(field.op, "=") ||
		    (!scenario_lists(row->fields, field.name) && strcmp(field.name, "vm") &&
		     strcmp(field.name, "vcpu")))
			scenario_bad(s, line, "host %s has no field %s; expected of: %s%svm "
				     "vcpu", row->name, line->word[i], row->fields,
				     row->fields[0] ? " " : "");
	}
}

void scenario_do_host(struct scenario *s, const struct text_line *line)
{
	struct host_op op = {.s = s, .line = line};
	const uint64_t calls = s->calls;
	unsigned int i = 0;
	bool was_dead;

	while (i < NR_OPS && strcmp(rows[i].name, line->word[1]))
		i++;
	if (i == NR_OPS)
		scenario_bad(s, line, "%s is no operation of the host; expected one of "
			     "docs/scenarios.md", line->word[1]);
	check_fields(s, line, &rows[i]);
	if (!s->host)
		s->host = scenario_keep(s, sizeof(*s->host));
	op.side = s->host;
	op.prefix = rows[i].prefix;
	find_object(&op, rows[i].about);
	was_dead = op.vm && pkvm_host_is_dead(op.vm);
	scenario_result_begin(s, line);
	perform(&op, i);
	scenario_result_add(s, "calls", s->calls - calls);
	scenario_result_add(s, "dead", op.vm && pkvm_host_is_dead(op.vm));
	scenario_result_print(s, line->word[1]);
	if (!was_dead && op.vm && pkvm_host_is_dead(op.vm) && !scenario_expects(s, "dead"))
		scenario_fail(s, line, "host %s: a call failed that must not, the VM is dead; "
			      "expected dead=0", line->word[1]);
	scenario_result_judge(s);
}
