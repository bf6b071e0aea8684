/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Extended state, moved by the best instruction that the processor has: XSAVES,
 * XSAVEC, XSAVE, or FXSAVE where there is none of them.
 *
 * SDM: chapter "Managing State Using the XSAVE Feature Set".
 */
#include <pkvm/fpstate.h>

#include "cpu.h"
#include "xstate.h"

#define XCR0_LEGACY   PKVM_U64(3)
#define XSTATE_X87    PKVM_BIT(0)
#define XSTATE_SSE    PKVM_BIT(1)
#define FCW_INITIAL   0x037fu
#define MXCSR_INITIAL 0x1f80u

/* Of an XSAVE area, by 64-bit words. */
enum { MXCSR_WORD = 3, XMM_WORD = 20, HEADER_WORD = 64, LEGACY_WORDS = 64, HEADER_WORDS = 8 };

/* FXSAVE knows no header: both components count as in use. */
static void fxsave(void *area)
{
	uint64_t *words = area;

	__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
	for (unsigned int i = 0; i < HEADER_WORDS; i++)
		words[HEADER_WORD + i] = 0;
	words[HEADER_WORD] = XCR0_LEGACY;
}

/* A component whose bit in the header is clear takes its initial configuration. */
static void fxrstor(const void *area)
{
	_Alignas(16) uint64_t words[LEGACY_WORDS];
	const uint64_t *from = area;
	const uint64_t in_use = from[HEADER_WORD];

	for (unsigned int i = 0; i < LEGACY_WORDS; i++)
		words[i] = in_use & (i < XMM_WORD ? XSTATE_X87 : XSTATE_SSE) ? from[i] : 0;
	if (!(in_use & XSTATE_X87))
		words[0] = FCW_INITIAL;
	words[MXCSR_WORD] = in_use & XSTATE_SSE ? from[MXCSR_WORD] & 0xffffffff : MXCSR_INITIAL;
	__asm__ volatile("fxrstor64 (%0)" : : "r"(words), "m"(words) : "memory");
}

void pkvm_plat_xsave(void *area, uint64_t components)
{
	const uint32_t low = (uint32_t)components, high = (uint32_t)(components >> 32);
	const struct cpu *cpu = this_cpu();

	if (!cpu->has_xsave)
		fxsave(area);
	else if (cpu->xsave_features & PKVM_XSAVE_HAS_XSAVES)
		__asm__ volatile("xsaves64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
	else if (cpu->xsave_features & PKVM_XSAVE_HAS_XSAVEC)
		__asm__ volatile("xsavec64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
	else
		__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
}

void pkvm_plat_xrstor(const void *area, uint64_t components)
{
	const uint32_t low = (uint32_t)components, high = (uint32_t)(components >> 32);
	const struct cpu *cpu = this_cpu();

	if (!cpu->has_xsave)
		fxrstor(area);
	else if (cpu->xsave_features & PKVM_XSAVE_HAS_XSAVES)
		__asm__ volatile("xrstors64 (%0)"
				 :
				 : "r"(area), "a"(low), "d"(high)
				 : "memory");
	else
		__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
}

uint64_t pkvm_plat_read_xcr0(void)
{
	uint32_t low, high;

	if (!this_cpu()->has_xsave)
		return XCR0_LEGACY;
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (uint64_t)high << 32 | low;
}

void pkvm_plat_write_xcr0(uint64_t value)
{
	if (this_cpu()->has_xsave && !xstate_write_xcr0(value))
		pkvm_plat_panic("XSETBV refused a judged value");
}

uint32_t pkvm_plat_read_pkru(void)
{
	uint32_t value, zero;

	if (!this_cpu()->has_pku)
		return 0;
	__asm__ volatile("rdpkru" : "=a"(value), "=d"(zero) : "c"(0));
	return value;
}

void pkvm_plat_write_pkru(uint32_t value)
{
	if (this_cpu()->has_pku)
		__asm__ volatile("wrpkru" : : "a"(value), "c"(0), "d"(0) : "memory");
}
