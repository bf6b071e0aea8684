/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Operations of `host` about a vCPU's state with more than one word: segments,
 * descriptor tables, MSRs, what cancel_injection took back.
 */
#include "host/x86_ops.h"
#include "host_op.h"

static void add_segment(const struct host_op *op, const struct pkvm_host_segment *segment)
{
	scenario_result_add(op->s, "base", segment->base);
	scenario_result_add(op->s, "limit", segment->limit);
	scenario_result_add(op->s, "selector", segment->selector);
	scenario_result_add(op->s, "access_rights", pkvm_host_access_rights(segment));
}

void host_set_segment(const struct host_op *op)
{
	const struct pkvm_segment_state state = {
		.base = host_field(op, "base", UINT64_MAX),
		.limit = host_field(op, "limit", UINT32_MAX),
		.selector = host_field(op, "selector", 0xffff),
		.access_rights = host_field(op, "access_rights", PKVM_AR_ALL),
	};
	const struct pkvm_host_segment segment = pkvm_host_segment_of(&state);

	pkvm_host_set_segment(&op->vcpu->vcpu, &segment,
			      (uint32_t)host_field(op, "index", PKVM_SEG_LDTR));
}

void host_get_segment(const struct host_op *op)
{
	struct pkvm_host_segment segment;

	pkvm_host_get_segment(&op->vcpu->vcpu, &segment,
			      (uint32_t)host_field(op, "index", PKVM_SEG_LDTR));
	add_segment(op, &segment);
}

void host_set_table(const struct host_op *op, bool idt)
{
	const struct pkvm_descriptor_table table = {
		.base = host_field(op, "base", UINT64_MAX),
		.limit = host_field(op, "limit", 0xffff),
	};

	if (idt)
		pkvm_host_set_idt(&op->vcpu->vcpu, &table);
	else
		pkvm_host_set_gdt(&op->vcpu->vcpu, &table);
}

void host_get_table(const struct host_op *op, bool idt)
{
	struct pkvm_descriptor_table table;

	if (idt)
		pkvm_host_get_idt(&op->vcpu->vcpu, &table);
	else
		pkvm_host_get_gdt(&op->vcpu->vcpu, &table);
	scenario_result_add(op->s, "base", table.base);
	scenario_result_add(op->s, "limit", table.limit);
}

void host_get_msr(const struct host_op *op)
{
	uint64_t value = 0;

	op->s->result.error = pkvm_host_get_msr(&op->vcpu->vcpu,
						(uint32_t)host_field(op, "index", UINT32_MAX),
						&value);
	scenario_result_add(op->s, "value", value);
}

void host_cancel(const struct host_op *op)
{
	const struct pkvm_cancelled *requeued = &op->vcpu->vcpu.requeued;

	pkvm_host_cancel_injection(&op->vcpu->vcpu);
	scenario_result_add(op->s, "kind", requeued->kind);
	scenario_result_add(op->s, "vector", requeued->vector);
}
