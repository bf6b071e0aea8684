/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The APIC-access page: when it is wanted, and what maps it. */
#include "access.h"
#include "../mmu.h"
#include "../vmcs/access.h"
#include "../vmcs/allowed.h"

/* IA32_APIC_BASE: enabled, not in x2APIC mode, where it is after RESET. */
#define APIC_BASE_MODE PKVM_BITS(11, 10)
#define APIC_BASE_PAGE PKVM_BITS(51, 12)
#define XAPIC_ENABLED  PKVM_BIT(11)
#define APIC_PAGE      PKVM_U64(0xfee00000)

/* A local APIC that the guest has moved is the host's to find. */
static bool is_wanted(const struct pkvm_vcpu *vcpu)
{
	const uint64_t base = vcpu->msr.apic_base;

	return pkvm_vm_has_lapic(vcpu->vm) &&
	       (pkvm_vmx_cpu2_allowed() & PKVM_VMX_CPU2_VIRTUALIZE_APIC_ACCESSES) &&
	       pkvm_vmx_has_tpr_shadow() && !pkvm_vcpu_is_protected(vcpu) &&
	       (base & APIC_BASE_MODE) == XAPIC_ENABLED && (base & APIC_BASE_PAGE) == APIC_PAGE;
}

static bool is_on(void)
{
	return (pkvm_vmx_cpu2_allowed() & PKVM_VMX_CPU2_VIRTUALIZE_APIC_ACCESSES) &&
	       (pkvm_vmread(PKVM_VMCS_SECONDARY_VM_EXEC_CONTROL) &
		PKVM_VMX_CPU2_VIRTUALIZE_APIC_ACCESSES);
}

/* What a CPU cached of the page's mapping says nothing of its being virtualized. */
static void turn(struct pkvm_vcpu *vcpu, bool on)
{
	if (on)
		pkvm_vmwrite(PKVM_VMCS_APIC_ACCESS_ADDR, vcpu->vm->apic_access);
	pkvm_vmwrite_bits(PKVM_VMCS_SECONDARY_VM_EXEC_CONTROL,
			  PKVM_VMX_CPU2_VIRTUALIZE_APIC_ACCESSES, on);
	vcpu->flush |= PKVM_FLUSH_EPT | PKVM_FLUSH_VPID;
}

/* On only from pkvm_apic_access_prepare(), which has the page. */
void pkvm_apic_access_write_mode(struct pkvm_vcpu *vcpu)
{
	vcpu->apic_access_wanted = is_wanted(vcpu);
	if (!vcpu->apic_access_wanted && is_on())
		turn(vcpu, false);
}

uint64_t pkvm_apic_access_prepare(struct pkvm_vcpu *vcpu)
{
	struct pkvm_vm *vm = vcpu->vm;
	uint64_t mapped, needed;
	bool writable;

	if (!vcpu->apic_access_wanted || is_on())
		return 0;
	if (!pkvm_mmu_lookup(vm, APIC_PAGE, &mapped, &writable)) {
		needed = pkvm_mmu_tables_needed(vm, APIC_PAGE, PKVM_PAGE_SIZE) + 1;
		if (needed > vm->pool_pages)
			return needed - vm->pool_pages;
		vm->apic_access = pkvm_pool_take(vm);
		pkvm_mmu_install_own(vm, APIC_PAGE, vm->apic_access);
	} else if (mapped != vm->apic_access) {
		return 0;
	}
	turn(vcpu, true);
	return 0;
}
