/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The gate's longer ways: what is not in force, and objects by their handles. */
#include "gate.h"

int pkvm_gate_not_in_force(const struct pkvm_hyp *hyp)
{
	return hyp->host.agreed ? PKVM_ENOSYS : PKVM_EPROTO;
}

int64_t pkvm_gate_find_vm(struct pkvm_call *call, uint64_t handle)
{
	const uint64_t area = pkvm_slot_get(&call->hyp->vms, handle);

	if (!area)
		return pkvm_refuse(call, PKVM_HANDLE_WORD, PKVM_ENOENT);
	call->held = handle;
	call->vm = pkvm_plat_private(area);
	return 0;
}

/* A vCPU that is bound to another CPU is that CPU's. */
int64_t pkvm_gate_find_vcpu(struct pkvm_call *call, uint64_t handle)
{
	const uint64_t area = pkvm_slot_get(&call->hyp->vcpus, handle);
	uint32_t bound;

	if (!area)
		return pkvm_refuse(call, PKVM_HANDLE_WORD, PKVM_ENOENT);
	call->held = handle;
	call->vcpu = pkvm_plat_private(area);
	call->vm = call->vcpu->vm;
	bound = __atomic_load_n(&call->vcpu->bound_cpu, __ATOMIC_RELAXED);
	if (bound && bound != pkvm_plat_cpu() + 1)
		return pkvm_refuse(call, PKVM_HANDLE_WORD, PKVM_EBUSY);
	return 0;
}

bool pkvm_gate_is_hidden(const struct pkvm_vcpu *vcpu)
{
	return vcpu->has_run ||
	       __atomic_load_n(&vcpu->start, __ATOMIC_RELAXED) == PKVM_START_STARTED;
}

void pkvm_gate_leave(struct pkvm_call *call)
{
	if (pkvm_slot_kind(call->held) == PKVM_HANDLE_VM)
		pkvm_slot_put(&call->hyp->vms, call->held);
	else
		pkvm_slot_put(&call->hyp->vcpus, call->held);
}
