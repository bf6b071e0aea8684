/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Swaps a pVM's extended state in and out around a run. */
#include "run_fpu.h"
#include "platform.h"

#include <pkvm/fpstate.h>

#define IA32_XFD    0x1c4u
#define IA32_XSS    0xda0u
#define XCR0_LEGACY PKVM_U64(3) /* x87 and SSE: no CPUID leaf needed */
#define XCR0_PKRU   PKVM_BIT(9)

#define VERSION_ECX_XSAVE (1u << 26)

#define MXCSR_INITIAL PKVM_U64(0x1f80)
#define COMPACTED     PKVM_BIT(63)

/* Of an XSAVE area, by 64-bit words (SDM "XSAVE Area"). */
enum {
	MXCSR_WORD = 24 / 8,
	XSTATE_BV_WORD = PKVM_XSAVE_LEGACY_SIZE / 8,
	XCOMP_BV_WORD,
	AREA_WORDS = (PKVM_XSAVE_LEGACY_SIZE + PKVM_XSAVE_HEADER_SIZE) / 8
};

/* Every component in its initial configuration, in either format. */
static const _Alignas(64) uint64_t initial_compacted[AREA_WORDS] = {
	[MXCSR_WORD] = MXCSR_INITIAL,
	[XCOMP_BV_WORD] = COMPACTED,
};
static const _Alignas(64) uint64_t initial_standard[AREA_WORDS] = {
	[MXCSR_WORD] = MXCSR_INITIAL,
};

/* Leaf 0xD of a processor without XSAVE would be another leaf's data. */
uint32_t pkvm_xsave_features(void)
{
	struct pkvm_cpuid_regs regs;

	pkvm_plat_cpuid(PKVM_CPUID_VERSION, 0, &regs);
	if (!(regs.ecx & VERSION_ECX_XSAVE))
		return 0;
	pkvm_plat_cpuid(PKVM_CPUID_XSAVE, 1, &regs);
	return regs.eax;
}

static const uint64_t *initial(const struct pkvm_run_fpu *host)
{
	return host->features & (PKVM_XSAVE_HAS_XSAVEC | PKVM_XSAVE_HAS_XSAVES) ?
		       initial_compacted :
		       initial_standard;
}

static const struct pkvm_cpuid_entry *leaf(const struct pkvm_vcpu *vcpu, uint32_t subleaf)
{
	if (!vcpu->cpuid_size)
		return NULL;
	return pkvm_cpuid_find(pkvm_plat_private(vcpu->cpuid), (uint32_t)vcpu->cpuid_count,
			       PKVM_CPUID_XSAVE, subleaf);
}

uint64_t pkvm_xcr0_offered(const struct pkvm_vcpu *vcpu)
{
	const struct pkvm_cpuid_entry *user = leaf(vcpu, 0);

	if (!user)
		return XCR0_LEGACY;
	return ((uint64_t)user->edx << 32 | user->eax) | XCR0_LEGACY;
}

/* Where the processor has no such MSR, no guest has a bit in it. */
static uint64_t swap(const struct pkvm_run_fpu *host, uint64_t feature, uint32_t msr,
		     uint64_t value)
{
	uint64_t old = 0;

	if (!(host->features & feature))
		return 0;
	if (!pkvm_plat_rdmsr(msr, &old) || !pkvm_plat_wrmsr(msr, value))
		pkvm_plat_panic("an MSR of XSAVE refused a value that CPUID allows");
	return old;
}

static uint64_t swap_xss(const struct pkvm_run_fpu *host, uint64_t value)
{
	return swap(host, PKVM_XSAVE_HAS_XSAVES, IA32_XSS, value);
}

/* What XFD disables is neither saved nor cleared, and #NM to whoever restores it. */
static uint64_t swap_xfd(const struct pkvm_run_fpu *host, uint64_t value)
{
	return swap(host, PKVM_XSAVE_HAS_XFD, IA32_XFD, value);
}

/*
 * All components move, whatever the guest's XCR0 says at this moment: it may
 * have disabled one without clearing it. An area that holds nothing but initial
 * state may never have been written, which XRSTOR would refuse.
 */
void pkvm_fpu_load(struct pkvm_vcpu *vcpu, struct pkvm_run_fpu *host)
{
	const uint64_t *area;

	*host = (struct pkvm_run_fpu){0};
	if (!pkvm_vcpu_is_protected(vcpu)) {
		vcpu->xcr0 = pkvm_plat_read_xcr0();
		return;
	}
	area = pkvm_plat_private(vcpu->fpstate);
	host->features = pkvm_xsave_features();
	host->components = (pkvm_xcr0_offered(vcpu) & ~XCR0_PKRU) | vcpu->msr.xss;
	host->swaps_pkru = 1;
	host->xcr0 = pkvm_plat_read_xcr0();
	host->xss = swap_xss(host, vcpu->msr.xss);
	host->xfd = swap_xfd(host, 0);
	pkvm_plat_write_xcr0(pkvm_xcr0_offered(vcpu));
	pkvm_plat_xrstor(area[XSTATE_BV_WORD] ? area : initial(host), host->components);
	pkvm_plat_write_xcr0(vcpu->xcr0);
}

void pkvm_fpu_save(struct pkvm_vcpu *vcpu, const struct pkvm_run_fpu *host)
{
	if (!pkvm_vcpu_is_protected(vcpu))
		return;
	pkvm_plat_write_xcr0(pkvm_xcr0_offered(vcpu));
	pkvm_plat_xsave(pkvm_plat_private(vcpu->fpstate), host->components);
	pkvm_plat_xrstor(initial(host), host->components);
	pkvm_plat_write_xcr0(host->xcr0);
	(void)swap_xss(host, host->xss);
	(void)swap_xfd(host, host->xfd);
}

void pkvm_pkru_enter(struct pkvm_vcpu *vcpu, struct pkvm_run_fpu *host)
{
	if (!host->swaps_pkru)
		return;
	host->pkru = pkvm_plat_read_pkru();
	pkvm_plat_write_pkru(vcpu->pkru);
}

void pkvm_pkru_leave(struct pkvm_vcpu *vcpu, const struct pkvm_run_fpu *host)
{
	if (!host->swaps_pkru)
		return;
	vcpu->pkru = pkvm_plat_read_pkru();
	pkvm_plat_write_pkru(host->pkru);
}
