/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Where the components of extended state lie in memory, by leaf 0xD, and which
 * of them XCR0 may enable.
 *
 * SDM: chapter "Managing State Using the XSAVE Feature Set", sections
 * "Enumeration of CPU Support for XSAVE Instructions and XSAVE-Supported
 * Features", "Extended Region of an XSAVE Area", "Extended Control Register
 * XCR0".
 */
#include "internal.h"

#define XSAVE            (1u << 26)     /* leaf 1, ECX              */
#define XSAVEC           (1u << 1)      /* leaf 0xD, subleaf 1, EAX */
#define XSAVES           (1u << 3)
#define XFD              (1u << 4)
#define SUBLEAF_ALIGNED  (1u << 1)      /* ECX of the other subleaves */
#define X87              (1ull << 0)
#define SSE              (1ull << 1)
#define AVX              (1ull << 2)
#define MPX              (3ull << 3)
#define AVX512           (7ull << 5)
#define AMX              (3ull << 17)
#define BIT63            (1ull << 63)   /* no component */

/* More than any processor has; a table that claims more has no such component. */
#define MAX_COMPONENT_SIZE (64u << 10)

void machine_xlayout_read(struct machine_xlayout *layout, const struct machine_cpuid *cpuid)
{
	struct pkvm_cpuid_regs regs;

	*layout = (struct machine_xlayout){0};
	machine_cpuid_row(cpuid, 1, 0, &regs);
	layout->xsave = (regs.ecx & XSAVE) != 0;
	machine_cpuid_row(cpuid, 0xd, 0, &regs);
	layout->xcr0 = ((regs.eax | (uint64_t)regs.edx << 32) & ~BIT63) | X87 | SSE;
	machine_cpuid_row(cpuid, 0xd, 1, &regs);
	layout->compacted = (regs.eax & (XSAVEC | XSAVES)) != 0;
	layout->xsaves = (regs.eax & XSAVES) != 0;
	layout->xfd = (regs.eax & XFD) != 0;
	if (layout->xsaves)
		layout->xss = (regs.ecx | (uint64_t)regs.edx << 32) & ~BIT63;
	for (uint32_t i = 2; i < XSTATE_NR; i++) {
		machine_cpuid_row(cpuid, 0xd, i, &regs);
		if (regs.eax < (i == XSTATE_PKRU ? 4u : 1u) || regs.eax > MAX_COMPONENT_SIZE)
			continue;
		layout->component[i].size = regs.eax;
		layout->component[i].offset = regs.ebx;
		layout->component[i].aligned = (regs.ecx & SUBLEAF_ALIGNED) != 0;
	}
	for (uint32_t i = 2; i < XSTATE_NR; i++) {
		if (!layout->component[i].size) {
			layout->xcr0 &= ~(1ull << i);
			layout->xss &= ~(1ull << i);
		}
	}
}

static bool all_or_none(uint64_t value, uint64_t group)
{
	return (value & group) == 0 || (value & group) == group;
}

/* What XSETBV accepts. */
bool machine_xcr0_valid(const struct machine_xlayout *layout, uint64_t value)
{
	if ((value & ~layout->xcr0) || !(value & X87))
		return false;
	if ((value & AVX) && !(value & SSE))
		return false;
	if ((value & AVX512) && !(value & AVX))
		return false;
	return all_or_none(value, MPX) && all_or_none(value, AVX512) && all_or_none(value, AMX);
}

uint64_t machine_xsize_standard(const struct machine_xlayout *layout, uint64_t components)
{
	uint64_t size = XSTATE_LEGACY_SIZE + XSTATE_HEADER_SIZE;

	for (unsigned int i = 2; i < XSTATE_NR; i++) {
		const uint64_t end =
			(uint64_t)layout->component[i].offset + layout->component[i].size;

		if ((components >> i & 1) && end > size)
			size = end;
	}
	return size;
}

uint64_t machine_xoffset_compacted(const struct machine_xlayout *layout, uint64_t components,
				   unsigned int component)
{
	uint64_t at = XSTATE_LEGACY_SIZE + XSTATE_HEADER_SIZE;

	for (unsigned int i = 2; i < component; i++) {
		if (!(components >> i & 1))
			continue;
		if (layout->component[i].aligned)
			at = (at + 63) & ~63ull;
		at += layout->component[i].size;
	}
	if (component < XSTATE_NR && layout->component[component].aligned)
		at = (at + 63) & ~63ull;
	return at;
}

uint64_t machine_xsize_compacted(const struct machine_xlayout *layout, uint64_t components)
{
	return machine_xoffset_compacted(layout, components, XSTATE_NR);
}
