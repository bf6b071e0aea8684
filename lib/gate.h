/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The gate: everything that a row says about when and on what a call may be
 * made, judged in the protocol's order before the handler runs.
 *
 * The row is a constant where these functions are called, and they are inlined
 * there, so that a call pays only for what its own row asks.
 */
#ifndef PKVM_LIB_GATE_H
#define PKVM_LIB_GATE_H

#include "call.h"
#include "row.h"

#define PKVM_GATE static inline __attribute__((always_inline))

/* The handle of a call that names one stands in word 1. */
#define PKVM_HANDLE_WORD 1u

/* Why a call that is not in force is refused: PKVM_EPROTO or PKVM_ENOSYS. */
int pkvm_gate_not_in_force(const struct pkvm_hyp *hyp);
/* Find the object that word 1 names, with a reference that ends with the call. */
PKVM_MUST_CHECK int64_t pkvm_gate_find_vm(struct pkvm_call *call, uint64_t handle);
PKVM_MUST_CHECK int64_t pkvm_gate_find_vcpu(struct pkvm_call *call, uint64_t handle);
/* Ends the reference; call->held is a handle. */
void pkvm_gate_leave(struct pkvm_call *call);
/* A pVM's state is the host's until the guest's side of the vCPU began. */
bool pkvm_gate_is_hidden(const struct pkvm_vcpu *vcpu);

/* The objects are found later, if the row asks for any. */
PKVM_GATE void pkvm_gate_begin(struct pkvm_call *call, struct pkvm_cpu *cpu, uint32_t context)
{
	call->hyp = cpu->hyp;
	call->cpu = cpu;
	call->held = 0;
	call->refused = 0;
	if (context != PKVM_CONTEXT_vcpu) {
		call->vm = NULL;
		call->vcpu = NULL;
	}
}

/* A version was agreed, and the row and its feature are part of it. */
PKVM_GATE int64_t pkvm_gate_version(struct pkvm_call *call, struct pkvm_row row)
{
	const struct pkvm_negotiation *host = &call->hyp->host;

	if (row.since > host->minor || !(row.feature & host->features))
		return pkvm_refuse(call, 0, pkvm_gate_not_in_force(call->hyp));
	return 0;
}

PKVM_GATE int64_t pkvm_gate_system_life(struct pkvm_call *call, uint32_t life)
{
	const uint32_t state = __atomic_load_n(&call->hyp->state, __ATOMIC_ACQUIRE);

	if (call->cpu->reprivileged)
		return pkvm_refuse(call, 0, PKVM_EPERM);
	switch (life) {
	case PKVM_LIFE_any:
		return 0;
	case PKVM_LIFE_fresh:
		return state == PKVM_SYSTEM_FRESH ? 0 : pkvm_refuse(call, 0, PKVM_EBUSY);
	case PKVM_LIFE_booting:
		if (state == PKVM_SYSTEM_UP)
			return pkvm_refuse(call, 0, PKVM_EBUSY);
		return state == PKVM_SYSTEM_BOOTING ? 0 : pkvm_refuse(call, 0, PKVM_EPERM);
	case PKVM_LIFE_enabled:
		return state != PKVM_SYSTEM_FRESH ? 0 : pkvm_refuse(call, 0, PKVM_EPERM);
	default:
		return state == PKVM_SYSTEM_UP ? 0 : pkvm_refuse(call, 0, PKVM_EPERM);
	}
}

/* What needs no word of the call; abi_query is always answered. */
PKVM_GATE int64_t pkvm_gate_system(struct pkvm_call *call, struct pkvm_row row)
{
	int64_t status;

	if (row.index == PKVM_ROW_abi_query)
		return 0;
	status = pkvm_gate_version(call, row);
	return status ? status : pkvm_gate_system_life(call, row.life);
}

PKVM_GATE int64_t pkvm_gate_use_current(struct pkvm_call *call, unsigned int word)
{
	call->vcpu = call->cpu->current;
	if (!call->vcpu)
		return pkvm_refuse(call, word, PKVM_EINVAL);
	call->vm = call->vcpu->vm;
	return 0;
}

/* The loaded vCPU needs no look-up: it stays until it is put. */
PKVM_GATE bool pkvm_gate_names_current(const struct pkvm_call *call, uint64_t handle)
{
	return call->cpu->current && call->cpu->current->handle == handle;
}

PKVM_GATE int64_t pkvm_gate_context(struct pkvm_call *call, uint32_t context, uint64_t handle)
{
	switch (context) {
	case PKVM_CONTEXT_any:
		return 0;
	case PKVM_CONTEXT_vm:
		return pkvm_gate_find_vm(call, handle);
	case PKVM_CONTEXT_vcpu:
		return pkvm_gate_use_current(call, 0);
	case PKVM_CONTEXT_current:
		if (!handle || pkvm_gate_names_current(call, handle))
			return pkvm_gate_use_current(call, PKVM_HANDLE_WORD);
		return pkvm_gate_find_vcpu(call, handle);
	default:
		return pkvm_gate_find_vcpu(call, handle);
	}
}

/* A VM with vCPUs is not being destroyed: only calls by VM handle can meet one that is. */
PKVM_GATE int64_t pkvm_gate_vm_life(struct pkvm_call *call, struct pkvm_row row)
{
	const struct pkvm_vm *vm = call->vm;
	uint32_t state;

	if (row.life == PKVM_LIFE_destroy ||
	    (row.life == PKVM_LIFE_up && row.context != PKVM_CONTEXT_vm))
		return 0;
	state = __atomic_load_n(&vm->state, __ATOMIC_RELAXED);
	if (row.life == PKVM_LIFE_seal && __atomic_load_n(&vm->sealed, __ATOMIC_RELAXED))
		return pkvm_refuse(call, PKVM_HANDLE_WORD, PKVM_EBUSY);
	if (row.life == PKVM_LIFE_config && __atomic_load_n(&vm->configured, __ATOMIC_RELAXED))
		return pkvm_refuse(call, PKVM_HANDLE_WORD, PKVM_EBUSY);
	if (row.context == PKVM_CONTEXT_vm && state == PKVM_VM_DESTROYING)
		return pkvm_refuse(call, PKVM_HANDLE_WORD, PKVM_EPERM);
	if (row.life == PKVM_LIFE_build && state == PKVM_VM_FINALIZED)
		return pkvm_refuse(call, PKVM_HANDLE_WORD, PKVM_EPERM);
	if (row.life == PKVM_LIFE_run && vm->protected_vm && state != PKVM_VM_FINALIZED)
		return pkvm_refuse(call, 0, PKVM_EPERM);
	return 0;
}

PKVM_GATE int64_t pkvm_gate_policy(struct pkvm_call *call, uint32_t policy)
{
	const bool protected_vm = call->vm->protected_vm;

	switch (policy) {
	case PKVM_POLICY_before_run:
		if (protected_vm && pkvm_gate_is_hidden(call->vcpu))
			return pkvm_refuse(call, 0, PKVM_EPERM);
		return 0;
	case PKVM_POLICY_npvm_only:
		return protected_vm ? pkvm_refuse(call, 0, PKVM_EPERM) : 0;
	case PKVM_POLICY_pvm_only:
		return protected_vm ? 0 : pkvm_refuse(call, 0, PKVM_EINVAL);
	case PKVM_POLICY_pvm_before:
		if (!protected_vm)
			return pkvm_refuse(call, 0, PKVM_EINVAL);
		return pkvm_gate_is_hidden(call->vcpu) ? pkvm_refuse(call, 0, PKVM_EPERM) : 0;
	default:
		return 0;
	}
}

/*
 * Handle, context, VM life cycle and pVM policy; finds call->vm and
 * call->vcpu. The shape's reserved bits have been judged.
 */
PKVM_GATE int64_t pkvm_gate_object(struct pkvm_call *call, struct pkvm_row row,
				   const struct pkvm_regs *regs)
{
	int64_t status =
		pkvm_gate_context(call, row.context, regs->word[PKVM_HANDLE_WORD - 1]);

	if (status || row.context == PKVM_CONTEXT_any)
		return status;
	status = pkvm_gate_vm_life(call, row);
	return status ? status : pkvm_gate_policy(call, row.policy);
}

#endif
