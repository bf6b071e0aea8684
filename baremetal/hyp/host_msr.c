/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's MSRs are the processor's, but those of VMX, which it does not have,
 * IA32_APIC_BASE, through which it could silence the hypervisor's NMIs, and those
 * that make the processor write what it saw into memory: Intel PT, whose MSRs XRSTORS
 * loads as well where IA32_XSS lets it, and hardware feedback by physical addresses,
 * behind EPT's back; PEBS and BTS by linear ones, of whoever runs then.
 *
 * SDM: chapters "Intel Processor Trace", "Power and Thermal Management" (section
 * "Hardware Feedback Interface") and "Debug, Branch Profile, TSC, and Intel Resource
 * Director Technology Features" (section "The BTS and PEBS Facilities"); section "PT
 * State" of "Managing State Using the XSAVE Feature Set".
 */
#include "../../lib/vmcs/access.h"
#include "../common/lapic.h"
#include "../common/x86.h"
#include "apic.h"
#include "host.h"

#define IA32_FEATURE_CONTROL 0x3au
#define IA32_VMX_FIRST       0x480u
#define IA32_VMX_LAST        0x493u

#define IA32_PEBS_ENABLE     0x3f1u
#define IA32_RTIT_FIRST      0x560u
#define IA32_RTIT_LAST       0x587u
#define IA32_DS_AREA         0x600u
#define IA32_XSS             0xda0u
#define IA32_HW_FEEDBACK_PTR 0x17d0u
#define IA32_HW_FEEDBACK     0x17d1u

#define XSS_PT               PKVM_BIT(8)

/* SDM "MSR-Bitmap Address": MSRs from 0 on, reads, then in the second half writes. */
static _Alignas(PKVM_PAGE_SIZE) uint8_t bitmap[PKVM_PAGE_SIZE];
#define WRITES (PKVM_PAGE_SIZE / 2)

static void intercept(unsigned int half, uint32_t index)
{
	bitmap[half + index / 8] |= (uint8_t)(1u << index % 8);
}

uint64_t host_msr_bitmap(void)
{
	for (uint32_t index = IA32_VMX_FIRST; index <= IA32_VMX_LAST; index++) {
		intercept(0, index);
		intercept(WRITES, index);
	}
	intercept(0, IA32_FEATURE_CONTROL);
	intercept(WRITES, IA32_FEATURE_CONTROL);
	intercept(WRITES, LAPIC_BASE_MSR);
	for (uint32_t index = IA32_RTIT_FIRST; index <= IA32_RTIT_LAST; index++)
		intercept(WRITES, index);
	intercept(WRITES, IA32_PEBS_ENABLE);
	intercept(WRITES, IA32_DS_AREA);
	intercept(WRITES, IA32_XSS);
	intercept(WRITES, IA32_HW_FEEDBACK_PTR);
	intercept(WRITES, IA32_HW_FEEDBACK);
	return (uintptr_t)bitmap;
}

/* Those of VMX, and numbers outside the bitmap's ranges, which no processor has. */
void host_rdmsr(void)
{
	host_raise(X86_VECTOR_GP);
}

static bool may_write(uint32_t index, uint64_t value)
{
	switch (index) {
	case LAPIC_BASE_MSR:
		return apic_base_is_valid(value);
	case IA32_XSS:
		return !(value & XSS_PT);
	default:
		return false;
	}
}

void host_wrmsr(struct cpu *cpu)
{
	const uint32_t index = (uint32_t)cpu->host.gpr[PKVM_GPR_RCX];
	const uint64_t value = host_edx_eax(cpu);

	if (may_write(index, value) && pkvm_plat_wrmsr(index, value))
		host_skip();
	else
		host_raise(X86_VECTOR_GP);
}
