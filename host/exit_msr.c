/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* RDMSR and WRMSR: the TSC's answered here, others by the VMM, then by the hypervisor. */
#include "exit.h"
#include "lapic.h"
#include "tsc.h"
#include "x86_ops.h"

#define IA32_APIC_BASE 0x1bu
#define IA32_EFER      0xc0000080u
#define X2APIC_FIRST   0x800u
#define X2APIC_LAST    0x8ffu

/* The x2APIC's registers, where the local APIC is this host's. */
static bool is_lapic(const struct pkvm_host_vcpu *vcpu, uint32_t index)
{
	return vcpu->lapic && index >= X2APIC_FIRST && index <= X2APIC_LAST;
}

static int device_rdmsr(struct pkvm_host_loop *loop, uint32_t index, uint64_t *value)
{
	if (is_lapic(loop->vcpu, index))
		return pkvm_host_lapic_rdmsr(loop->vcpu->lapic, index, value);
	if (!loop->devices->rdmsr)
		return PKVM_HOST_NOT_MINE;
	return loop->devices->rdmsr(loop->devices->opaque, loop->vcpu, index, value);
}

static int device_wrmsr(struct pkvm_host_loop *loop, uint32_t index, uint64_t value)
{
	if (is_lapic(loop->vcpu, index))
		return pkvm_host_lapic_wrmsr(loop->vcpu->lapic, index, value);
	if (!loop->devices->wrmsr)
		return PKVM_HOST_NOT_MINE;
	return loop->devices->wrmsr(loop->devices->opaque, loop->vcpu, index, value);
}

static bool is_tsc(uint32_t index)
{
	return index == PKVM_HOST_IA32_TSC || index == PKVM_HOST_IA32_TSC_ADJUST;
}

/*
 * What this host can answer itself: the TSC, and an npVM's MSRs by a call. Of a
 * pVM's the hypervisor forwards only those that it does not have.
 */
static bool can_answer(const struct pkvm_host_vcpu *vcpu, uint32_t index)
{
	return is_tsc(index) || !pkvm_host_is_protected(vcpu);
}

void pkvm_host_handle_rdmsr(struct pkvm_host_loop *loop, uint32_t index)
{
	struct pkvm_host_vcpu *vcpu = loop->vcpu;
	uint64_t value = 0;
	int error = PKVM_HOST_NOT_MINE;

	if (!is_tsc(index))
		error = device_rdmsr(loop, index, &value);
	if (error == PKVM_HOST_NOT_MINE && can_answer(vcpu, index))
		error = pkvm_host_get_msr(vcpu, index, &value);
	vcpu->read_msr = true;
	pkvm_host_complete_emulated_msr(vcpu, error != 0, error ? 0 : value);
}

/* SDM "Initializing IA-32e Mode": LME does not change while paging is on. */
static int write_efer(struct pkvm_host_vcpu *vcpu, uint64_t value)
{
	const uint64_t changed = value ^ pkvm_host_read_efer(vcpu);

	if (changed & PKVM_EFER_LME && pkvm_host_read_cr0(vcpu) & PKVM_CR0_PG)
		return -PKVM_EINVAL;
	return pkvm_host_set_msr(vcpu, IA32_EFER, value);
}

static int write_here(struct pkvm_host_vcpu *vcpu, uint32_t index, uint64_t value)
{
	switch (index) {
	case PKVM_HOST_IA32_TSC:
		pkvm_host_guest_write_tsc(vcpu, value);
		return 0;
	case PKVM_HOST_IA32_TSC_ADJUST:
		pkvm_host_guest_write_tsc_adjust(vcpu, value);
		return 0;
	case IA32_APIC_BASE:
		return pkvm_host_set_apic_base(vcpu, value, true);
	case IA32_EFER:
		return write_efer(vcpu, value);
	default:
		return pkvm_host_set_msr(vcpu, index, value);
	}
}

void pkvm_host_handle_wrmsr(struct pkvm_host_loop *loop, uint32_t index, uint64_t value)
{
	struct pkvm_host_vcpu *vcpu = loop->vcpu;
	int error = PKVM_HOST_NOT_MINE;

	if (!is_tsc(index))
		error = device_wrmsr(loop, index, value);
	if (error == PKVM_HOST_NOT_MINE && can_answer(vcpu, index))
		error = write_here(vcpu, index, value);
	vcpu->read_msr = false;
	pkvm_host_complete_emulated_msr(vcpu, error != 0, 0);
}
