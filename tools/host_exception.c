/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Operations of `host` about a vCPU's exceptions: one that the host's emulation
 * finds, event state and debug registers as a VMM saves and restores them.
 */
#include "host_op.h"

static const enum pkvm_host_delivery deliveries[] = {
	PKVM_HOST_DELIVER_AT_INJECTION, PKVM_HOST_DELIVER_AT_QUEUE,
	PKVM_HOST_DELIVER_AT_EVENT_SAVE,
};

static const enum pkvm_host_intercept intercepts[] = {
	PKVM_HOST_INTERCEPT_AT_QUEUE, PKVM_HOST_INTERCEPT_AT_ENTRY,
};

void host_connect_exceptions(const struct host_op *op, struct host_vcpu *vcpu)
{
	const unsigned int *option = op->s->option;

	pkvm_host_add_exceptions(&vcpu->vcpu, &vcpu->exceptions);
	vcpu->exceptions.delivery = deliveries[option[SCENARIO_OPTION_exception_delivery]];
	vcpu->exceptions.intercept = intercepts[option[SCENARIO_OPTION_exception_intercept]];
}

/* An error code and a payload are there when the line has them. */
void host_queue_exception(const struct host_op *op)
{
	const struct pkvm_exception in = {
		.vector = host_field(op, "vector", PKVM_HOST_VECTORS - 1),
		.has_error_code = scenario_text_field(op->line, "error_code") != NULL,
		.error_code = host_field(op, "error_code", 0xffff),
		.has_payload = scenario_text_field(op->line, "payload") != NULL,
		.payload = host_field(op, "payload", UINT64_MAX),
		.length = host_field(op, "length", 15),
	};

	pkvm_host_raise_exception(&op->vcpu->vcpu, &in);
}

static void add_events(const struct host_op *op, const struct pkvm_host_vcpu_events *events)
{
	scenario_result_add(op->s, "injected", events->injected);
	scenario_result_add(op->s, "pending", events->pending);
	scenario_result_add(op->s, "vector", events->vector);
	scenario_result_add(op->s, "has_error_code", events->has_error_code);
	scenario_result_add(op->s, "error_code", events->error_code);
	scenario_result_add(op->s, "valid_payload", events->valid_payload);
	scenario_result_add(op->s, "has_payload", events->has_payload);
	scenario_result_add(op->s, "payload", events->payload);
}

void host_get_events(const struct host_op *op)
{
	struct pkvm_host_vcpu_events events;

	pkvm_host_save_events(&op->vcpu->vcpu, &events);
	add_events(op, &events);
}

void host_set_events(const struct host_op *op)
{
	const struct pkvm_host_vcpu_events events = {
		.injected = host_field(op, "injected", 1),
		.pending = host_field(op, "pending", 1),
		.vector = (uint32_t)host_field(op, "vector", UINT32_MAX),
		.has_error_code = host_field(op, "has_error_code", 1),
		.error_code = (uint32_t)host_field(op, "error_code", UINT32_MAX),
		.valid_payload = host_field(op, "valid_payload", 1),
		.has_payload = host_field(op, "has_payload", 1),
		.payload = host_field(op, "payload", UINT64_MAX),
	};

	op->s->result.error = pkvm_host_restore_events(&op->vcpu->vcpu, &events);
}

static const char *const dr_names[4] = {"dr0", "dr1", "dr2", "dr3"};

void host_get_debugregs(const struct host_op *op)
{
	struct pkvm_host_debugregs debugregs;

	op->s->result.error = pkvm_host_save_debugregs(&op->vcpu->vcpu, &debugregs);
	for (unsigned int i = 0; i < 4; i++)
		scenario_result_add(op->s, dr_names[i], debugregs.db[i]);
	scenario_result_add(op->s, "dr6", debugregs.dr6);
	scenario_result_add(op->s, "dr7", debugregs.dr7);
}

/* What the line does not name is as after RESET. */
void host_set_debugregs(const struct host_op *op)
{
	struct pkvm_host_debugregs debugregs = {
		.dr6 = scenario_number(op->s, op->line, "dr6", 0xffff0ff0, UINT64_MAX),
		.dr7 = scenario_number(op->s, op->line, "dr7", 0x400, UINT64_MAX),
	};

	for (unsigned int i = 0; i < 4; i++)
		debugregs.db[i] = host_field(op, dr_names[i], UINT64_MAX);
	op->s->result.error = pkvm_host_restore_debugregs(&op->vcpu->vcpu, &debugregs);
}

void host_copy_out(const struct host_op *op)
{
	struct pkvm_host_copy_out out;

	pkvm_host_copy_out(&op->vcpu->vcpu, &out);
	scenario_result_add(op->s, "cr2", out.cr2);
	scenario_result_add(op->s, "dr6", out.dr6);
	add_events(op, &out.events);
}
