/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The VMX features of the calling CPU. An MSR that it has not reads as zero,
 * which says of each feature that it is absent.
 *
 * SDM: appendix "VMX Capability Reporting Facility".
 */
#include "../platform.h"
#include "allowed.h"
#include "vmx.h"

#define SECONDARY_CONTROLS ((uint64_t)1 << 63)

/* IA32_VMX_PROCBASED_CTLS2, by its upper half. */
#define CPU2_EPT_OR_VPID ((uint64_t)0x22 << 32)
#define CPU2_VMFUNC      ((uint64_t)0x2000 << 32)

#define CPUID_ADDRESS_SIZES 0x80000008u
#define CPUID_EXTENDED      0x80000000u
#define CPUID_EXTENDED_1    0x80000001u
#define EDX_LONG_MODE       (1u << 29)

#define CPUID_FEATURES      7u
#define EBX_SGX             (1u << 2)
#define EBX_RTM             (1u << 11)
#define ECX_BUS_LOCK        (1u << 24)
#define EAX_LAM             (1u << 26) /* subleaf 1 */

static uint64_t msr(uint32_t index)
{
	uint64_t value = 0;

	return pkvm_plat_rdmsr(index, &value) ? value : 0;
}

static void read_controls(struct pkvm_vmx_caps *caps)
{
	const bool exact = pkvm_vmx_has_true(caps);

	caps->pinbased_ctls = msr(0x481);
	caps->procbased_ctls = msr(0x482);
	caps->exit_ctls = msr(0x483);
	caps->entry_ctls = msr(0x484);
	caps->true_pinbased_ctls = exact ? msr(0x48d) : 0;
	caps->true_procbased_ctls = exact ? msr(0x48e) : 0;
	caps->true_exit_ctls = exact ? msr(0x48f) : 0;
	caps->true_entry_ctls = exact ? msr(0x490) : 0;
	caps->procbased_ctls2 = caps->procbased_ctls & SECONDARY_CONTROLS ? msr(0x48b) : 0;
	caps->ept_vpid_cap = caps->procbased_ctls2 & CPU2_EPT_OR_VPID ? msr(0x48c) : 0;
	caps->vmfunc = caps->procbased_ctls2 & CPU2_VMFUNC ? msr(0x491) : 0;
}

/* A leaf above the last one has no features. */
static void read_features(struct pkvm_vmx_caps *caps)
{
	struct pkvm_cpuid_regs regs;

	pkvm_plat_cpuid(0, 0, &regs);
	if (regs.eax < CPUID_FEATURES)
		return;
	pkvm_plat_cpuid(CPUID_FEATURES, 0, &regs);
	caps->sgx_supported = regs.ebx & EBX_SGX;
	caps->rtm_supported = regs.ebx & EBX_RTM;
	caps->bus_lock_supported = regs.ecx & ECX_BUS_LOCK;
	if (!regs.eax)
		return;
	pkvm_plat_cpuid(CPUID_FEATURES, 1, &regs);
	caps->lam_supported = regs.eax & EAX_LAM;
}

void pkvm_vmx_read_caps(struct pkvm_vmx_caps *caps)
{
	struct pkvm_cpuid_regs regs;

	*caps = (struct pkvm_vmx_caps){.basic = msr(0x480)};
	read_controls(caps);
	caps->misc = msr(0x485);
	caps->cr0_fixed0 = msr(0x486);
	caps->cr0_fixed1 = msr(0x487);
	caps->cr4_fixed0 = msr(0x488);
	caps->cr4_fixed1 = msr(0x489);
	read_features(caps);
	pkvm_plat_cpuid(CPUID_EXTENDED_1, 0, &regs);
	caps->efer_supported = regs.edx & EDX_LONG_MODE;
	pkvm_plat_cpuid(CPUID_EXTENDED, 0, &regs);
	caps->maxphyaddr = 36;
	caps->linear_address_bits = 48;
	if (regs.eax < CPUID_ADDRESS_SIZES)
		return;
	pkvm_plat_cpuid(CPUID_ADDRESS_SIZES, 0, &regs);
	caps->maxphyaddr = regs.eax & 0xff;
	caps->linear_address_bits = regs.eax >> 8 & 0xff;
}
