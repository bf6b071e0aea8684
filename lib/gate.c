/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The gate: judges a call by its row, in the order of the protocol. */
#include "gate.h"

/* The handle of a call that names one stands in word 1. */
#define HANDLE_WORD 1u

static int64_t judge_version(struct pkvm_call *call, const struct pkvm_row *row)
{
	const struct pkvm_negotiation *host = &call->hyp->host;

	if (row->index == PKVM_ROW_abi_query)
		return 0;
	if (!host->agreed)
		return pkvm_refuse(call, 0, PKVM_EPROTO);
	if (row->since > host->minor || !(row->feature & host->features))
		return pkvm_refuse(call, 0, PKVM_ENOSYS);
	return 0;
}

static int64_t judge_system_life(struct pkvm_call *call, uint32_t life)
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

int64_t pkvm_gate_system(struct pkvm_call *call, const struct pkvm_row *row)
{
	const int64_t status = judge_version(call, row);

	if (status || row->index == PKVM_ROW_abi_query)
		return status;
	return judge_system_life(call, row->life);
}

static int64_t find_vm(struct pkvm_call *call, uint64_t handle)
{
	const uint64_t area = pkvm_slot_get(&call->hyp->vms, handle);

	if (!area)
		return pkvm_refuse(call, HANDLE_WORD, PKVM_ENOENT);
	call->held_vm = handle;
	call->vm = pkvm_plat_private(area);
	return 0;
}

static int64_t find_vcpu(struct pkvm_call *call, uint64_t handle)
{
	const uint64_t area = pkvm_slot_get(&call->hyp->vcpus, handle);

	if (!area)
		return pkvm_refuse(call, HANDLE_WORD, PKVM_ENOENT);
	call->held_vcpu = handle;
	call->vcpu = pkvm_plat_private(area);
	call->vm = call->vcpu->vm;
	return 0;
}

/* A vCPU that is bound to another CPU is that CPU's. */
static int64_t judge_binding(struct pkvm_call *call)
{
	const uint32_t bound = __atomic_load_n(&call->vcpu->bound_cpu, __ATOMIC_RELAXED);

	if (bound && bound != pkvm_plat_cpu() + 1)
		return pkvm_refuse(call, HANDLE_WORD, PKVM_EBUSY);
	return 0;
}

static int64_t use_current(struct pkvm_call *call, unsigned int word)
{
	call->vcpu = call->cpu->current;
	if (!call->vcpu)
		return pkvm_refuse(call, word, PKVM_EINVAL);
	call->vm = call->vcpu->vm;
	return 0;
}

static int64_t find_object(struct pkvm_call *call, uint32_t context, uint64_t handle)
{
	int64_t status;

	switch (context) {
	case PKVM_CONTEXT_any:
		return 0;
	case PKVM_CONTEXT_vm:
		return find_vm(call, handle);
	case PKVM_CONTEXT_vcpu:
		return use_current(call, 0);
	case PKVM_CONTEXT_current:
		if (!handle)
			return use_current(call, HANDLE_WORD);
		/* fall through */
	default:
		status = find_vcpu(call, handle);
		return status ? status : judge_binding(call);
	}
}

static int64_t judge_vm_life(struct pkvm_call *call, uint32_t life)
{
	const struct pkvm_vm *vm = call->vm;
	const uint32_t state = __atomic_load_n(&vm->state, __ATOMIC_RELAXED);

	if (life == PKVM_LIFE_destroy)
		return 0;
	if (state == PKVM_VM_DESTROYING)
		return pkvm_refuse(call, HANDLE_WORD, PKVM_EPERM);
	if (life == PKVM_LIFE_seal && state == PKVM_VM_FINALIZED)
		return pkvm_refuse(call, HANDLE_WORD, PKVM_EBUSY);
	if (life == PKVM_LIFE_config && __atomic_load_n(&vm->configured, __ATOMIC_RELAXED))
		return pkvm_refuse(call, HANDLE_WORD, PKVM_EBUSY);
	if (life == PKVM_LIFE_build && state == PKVM_VM_FINALIZED)
		return pkvm_refuse(call, HANDLE_WORD, PKVM_EPERM);
	if (life == PKVM_LIFE_run && vm->protected_vm && state != PKVM_VM_FINALIZED)
		return pkvm_refuse(call, 0, PKVM_EPERM);
	return 0;
}

/* A pVM's state is the host's until the guest's side of the vCPU began. */
static bool is_hidden(const struct pkvm_vcpu *vcpu)
{
	return vcpu->has_run ||
	       __atomic_load_n(&vcpu->start, __ATOMIC_RELAXED) == PKVM_START_STARTED;
}

static int64_t judge_policy(struct pkvm_call *call, uint32_t policy)
{
	const bool protected_vm = call->vm->protected_vm;

	switch (policy) {
	case PKVM_POLICY_before_run:
		if (protected_vm && is_hidden(call->vcpu))
			return pkvm_refuse(call, 0, PKVM_EPERM);
		return 0;
	case PKVM_POLICY_npvm_only:
		return protected_vm ? pkvm_refuse(call, 0, PKVM_EPERM) : 0;
	case PKVM_POLICY_pvm_only:
		return protected_vm ? 0 : pkvm_refuse(call, 0, PKVM_EINVAL);
	case PKVM_POLICY_pvm_before:
		if (!protected_vm)
			return pkvm_refuse(call, 0, PKVM_EINVAL);
		return is_hidden(call->vcpu) ? pkvm_refuse(call, 0, PKVM_EPERM) : 0;
	default:
		return 0;
	}
}

int64_t pkvm_gate_object(struct pkvm_call *call, const struct pkvm_row *row,
			 const struct pkvm_regs *regs)
{
	int64_t status = find_object(call, row->context, regs->word[HANDLE_WORD - 1]);

	if (status || row->context == PKVM_CONTEXT_any)
		return status;
	status = judge_vm_life(call, row->life);
	return status ? status : judge_policy(call, row->policy);
}

void pkvm_gate_leave(struct pkvm_call *call)
{
	if (call->held_vcpu)
		pkvm_slot_put(&call->hyp->vcpus, call->held_vcpu);
	if (call->held_vm)
		pkvm_slot_put(&call->hyp->vms, call->held_vm);
}
