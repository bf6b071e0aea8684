/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * VMX features of the processors: a Skylake-class server's, and how they follow
 * from a CPUID table.
 *
 * SDM: appendix "VMX Capability Reporting Facility".
 */
#include "internal.h"

/*
 * Of the capability MSRs, IA32_VMX_BASIC, PINBASED, PROCBASED, PROCBASED2,
 * EPT_VPID_CAP and MISC are an emulator's for a Skylake-X processor; the others
 * are the architecture's least for those: default1 bits, true controls that
 * need only what no software may clear, CR0 and CR4 of VMX operation.
 */
struct pkvm_vmx_caps machine_default_caps(void)
{
	return (struct pkvm_vmx_caps){
		.basic               = 0x00d810000000002bull,
		.pinbased_ctls       = 0x0000007f00000016ull,
		.procbased_ctls      = 0xf7f9fffe0401e172ull,
		.exit_ctls           = 0x007fffff00036dffull,
		.entry_ctls          = 0x0000ffff000011ffull,
		.true_pinbased_ctls  = 0x0000007f00000016ull,
		.true_procbased_ctls = 0xf7f9fffe04006172ull,
		.true_exit_ctls      = 0x007fffff00036dfbull,
		.true_entry_ctls     = 0x0000ffff000011fbull,
		.procbased_ctls2     = 0x02177fff00000000ull,
		.misc                = 0x00000000600401e0ull,
		.cr0_fixed0          = 0x0000000080000021ull,
		.cr0_fixed1          = 0x00000000ffffffffull,
		.cr4_fixed0          = 0x0000000000002000ull,
		.cr4_fixed1          = 0x00000000007767ffull,
		.ept_vpid_cap        = 0x00000f0106334141ull,
		.vmfunc              = 0x0000000000000001ull,
		.maxphyaddr          = 46,
		.linear_address_bits = 48,
		.efer_supported      = true,
	};
}

/* A bit of CR4 that VMX operation allows where CPUID has a feature. */
struct cr4_feature {
	uint64_t cr4;
	uint32_t leaf;
	unsigned int word;              /* 0 EAX, 1 EBX, 2 ECX, 3 EDX */
	uint32_t mask;
};

static const struct cr4_feature cr4_features[] = {
	{1u << 0,  1, 3, 1u << 1},      /* VME                        */
	{1u << 1,  1, 3, 1u << 1},      /* PVI: VME                   */
	{1u << 2,  1, 3, 1u << 4},      /* TSD: TSC                   */
	{1u << 3,  1, 3, 1u << 2},      /* DE                         */
	{1u << 4,  1, 3, 1u << 3},      /* PSE                        */
	{1u << 5,  1, 3, 1u << 6},      /* PAE                        */
	{1u << 6,  1, 3, 1u << 7},      /* MCE                        */
	{1u << 7,  1, 3, 1u << 13},     /* PGE                        */
	{1u << 9,  1, 3, 1u << 24},     /* OSFXSR: FXSR               */
	{1u << 10, 1, 3, 1u << 25},     /* OSXMMEXCPT: SSE            */
	{1u << 11, 7, 2, 1u << 2},      /* UMIP                       */
	{1u << 12, 7, 2, 1u << 16},     /* LA57                       */
	{1u << 14, 1, 2, 1u << 6},      /* SMXE: SMX                  */
	{1u << 16, 7, 1, 1u << 0},      /* FSGSBASE                   */
	{1u << 17, 1, 2, 1u << 17},     /* PCIDE: PCID                */
	{1u << 18, 1, 2, 1u << 26},     /* OSXSAVE: XSAVE             */
	{1u << 20, 7, 1, 1u << 7},      /* SMEP                       */
	{1u << 21, 7, 1, 1u << 20},     /* SMAP                       */
	{1u << 22, 7, 2, 1u << 3},      /* PKE: PKU                   */
	{1u << 23, 7, 2, 1u << 7},      /* CET: CET_SS                */
	{1u << 24, 7, 2, 1u << 31},     /* PKS                        */
};

#define CR4_PCE  (1u << 8)              /* no CPUID feature           */
#define CR4_VMXE (1u << 13)             /* the processor models VMX   */

void machine_fit_caps(struct pkvm_vmx_caps *caps, const struct machine_cpuid *cpuid)
{
	struct pkvm_cpuid_regs regs;
	uint64_t cr4 = CR4_PCE | CR4_VMXE;

	for (size_t i = 0; i < sizeof(cr4_features) / sizeof(cr4_features[0]); i++) {
		const struct cr4_feature *f = &cr4_features[i];

		machine_cpuid_row(cpuid, f->leaf, 0, &regs);
		if ((const uint32_t[]){regs.eax, regs.ebx, regs.ecx, regs.edx}[f->word] & f->mask)
			cr4 |= f->cr4;
	}
	caps->cr4_fixed1 = cr4;
	machine_cpuid_row(cpuid, 0x80000008u, 0, &regs);
	if (regs.eax) {
		caps->maxphyaddr = regs.eax & 0xff;
		caps->linear_address_bits = regs.eax >> 8 & 0xff;
	}
}
