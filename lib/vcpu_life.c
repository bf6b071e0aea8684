/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Binding a vCPU to a CPU, unbinding it, and freeing it. */
#include "vcpu_life.h"
#include "reclaim.h"
#include "summary.h"
#include "vmcs/access.h"
#include "vmcs_setup.h"

/* What a VMX instruction on a page of the hypervisor's own cannot refuse. */
static void must(int outcome, const char *what)
{
	if (outcome)
		pkvm_plat_panic(what);
}

/* Binds the vCPU here; false when another CPU was faster. */
static bool bind(struct pkvm_vcpu *vcpu, bool *was_bound)
{
	const uint32_t here = pkvm_plat_cpu() + 1;
	bool bound;

	pkvm_plat_lock(&vcpu->lock);
	*was_bound = vcpu->bound_cpu == here;
	bound = *was_bound || !vcpu->bound_cpu;
	if (bound)
		__atomic_store_n(&vcpu->bound_cpu, here, __ATOMIC_RELAXED);
	pkvm_plat_unlock(&vcpu->lock);
	return bound;
}

/* The revision identifier is the processor's (SDM "Format of the VMCS Region"). */
static void make_vmcs(struct pkvm_vcpu *vcpu)
{
	uint32_t *revision = pkvm_plat_private(pkvm_vcpu_vmcs(vcpu));

	*revision = (uint32_t)pkvm_vmcs_caps()->basic & 0x7fffffff;
	must(pkvm_vmcs_clear(pkvm_vcpu_vmcs(vcpu)), "VMCLEAR failed");
	must(pkvm_vmcs_load(pkvm_vcpu_vmcs(vcpu)), "VMPTRLD failed");
	pkvm_vmcs_setup(vcpu);
	pkvm_vcpu_reset_state(vcpu, false);
	pkvm_summary_publish(vcpu);
	vcpu->made = 1;
}

int64_t pkvm_vcpu_bind_here(struct pkvm_call *call, bool *was_bound)
{
	if (!call->cpu->enabled)
		return pkvm_refuse(call, 0, PKVM_EPERM);
	*was_bound = call->cpu->current == call->vcpu;
	if (!*was_bound && !bind(call->vcpu, was_bound))
		return pkvm_refuse(call, 1, PKVM_EBUSY);
	return 0;
}

void pkvm_vcpu_unbind(struct pkvm_vcpu *vcpu)
{
	pkvm_plat_lock(&vcpu->lock);
	__atomic_store_n(&vcpu->bound_cpu, 0, __ATOMIC_RELEASE);
	pkvm_plat_unlock(&vcpu->lock);
}

void pkvm_vcpu_make_current(struct pkvm_call *call)
{
	struct pkvm_vcpu *vcpu = call->vcpu;

	if (call->cpu->current != vcpu) {
		call->cpu->current = vcpu;
		if (vcpu->made)
			must(pkvm_vmcs_load(pkvm_vcpu_vmcs(vcpu)), "VMPTRLD failed");
		else
			make_vmcs(vcpu);
	}
	(void)pkvm_vcpu_begin(vcpu);
}

/* Makes the vCPU current here: VMPTRLD; the first time also its VMCS. */
int64_t pkvm_hyp_vcpu_load(struct pkvm_call *call, const struct pkvm_vcpu_handle *in)
{
	bool was_bound;
	const int64_t status = pkvm_vcpu_bind_here(call, &was_bound);

	(void)in;
	if (!status)
		pkvm_vcpu_make_current(call);
	return status;
}

/*
 * VMCLEAR, so that the vCPU may be loaded on any CPU. The gate found it bound
 * nowhere or here, but in the first case another CPU may have bound it since.
 */
int64_t pkvm_hyp_vcpu_put(struct pkvm_call *call, const struct pkvm_vcpu_handle *in)
{
	struct pkvm_vcpu *vcpu = call->vcpu;
	const uint32_t bound = __atomic_load_n(&vcpu->bound_cpu, __ATOMIC_RELAXED);

	(void)in;
	if (bound != pkvm_plat_cpu() + 1)
		return pkvm_refuse(call, 1, bound ? PKVM_EBUSY : PKVM_EINVAL);
	must(pkvm_vmcs_clear(pkvm_vcpu_vmcs(vcpu)), "VMCLEAR failed");
	vcpu->launched = 0;
	if (call->cpu->current == vcpu)
		call->cpu->current = NULL;
	pkvm_vcpu_unbind(vcpu);
	return 0;
}

/*
 * Takes the vCPU out of its VM and gives every page of it back, in this order:
 * another CPU that holds the VM's lock looks into the areas of its vCPUs. The VM
 * counts the vCPU until the end, so that it cannot go before.
 */
static void give_back(struct pkvm_hyp *hyp, const struct pkvm_vcpu *gone,
		      struct pkvm_reclaim *out)
{
	struct pkvm_vm *vm = gone->vm;

	pkvm_plat_lock(&vm->lock);
	vm->vcpu[gone->id] = 0;
	pkvm_plat_unlock(&vm->lock);
	pkvm_page_unuse(hyp, gone->page, PKVM_PAGE_SIZE);
	if (gone->cpuid_size)
		pkvm_reclaim_add(hyp, out, gone->cpuid, gone->cpuid_size / PKVM_PAGE_SIZE);
	if (gone->fpstate_size)
		pkvm_reclaim_add(hyp, out, gone->fpstate, gone->fpstate_size / PKVM_PAGE_SIZE);
	pkvm_reclaim_add(hyp, out, gone->area, gone->area_size / PKVM_PAGE_SIZE);
	pkvm_plat_lock(&vm->lock);
	vm->nr_vcpus--;
	pkvm_plat_unlock(&vm->lock);
}

/*
 * Forgets the vCPU and gives its pages back. While its lock is held nobody can
 * bind it; once its handle is retired nobody can find it.
 */
int64_t pkvm_hyp_vcpu_free(struct pkvm_call *call, const struct pkvm_vcpu_handle *in,
			   struct pkvm_reclaim *out)
{
	struct pkvm_vcpu *vcpu = call->vcpu;
	struct pkvm_vcpu gone;
	bool retired;

	*out = (struct pkvm_reclaim){0};
	pkvm_plat_lock(&vcpu->lock);
	retired = !vcpu->bound_cpu && pkvm_slot_retire(&call->hyp->vcpus, in->vcpu);
	pkvm_plat_unlock(&vcpu->lock);
	if (!retired)
		return pkvm_refuse(call, 1, PKVM_EBUSY);
	call->held = 0;
	gone = *vcpu;
	give_back(call->hyp, &gone, out);
	return 0;
}
