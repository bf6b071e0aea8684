/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Moves extended state between registers and memory as XSAVES and XRSTORS do
 * (XSAVEC and XRSTOR, or XSAVE, on a processor without them).
 *
 * The instructions do what the SDM says and no more: a component in its initial
 * configuration leaves its part of a compacted area unwritten, only two words of
 * the header are ever written, and an area that XRSTORS would refuse stops the
 * machine, because the core must never restore one.
 *
 * SDM: chapter "Managing State Using the XSAVE Feature Set", sections "Operation
 * of XSAVE", "Operation of XSAVES", "Operation of XRSTOR", "Operation of XRSTORS",
 * "Extended Feature Disable (XFD)".
 */
#include "xstate.h"

#define MXCSR_RESERVED 0xffff0000u
#define COMPACTED      (1ull << 63)
#define IA32_XFD       0x1c4u

/* The header of an XSAVE area, by 64-bit words. */
enum { XSTATE_BV, XCOMP_BV, HEADER_WORDS = XSTATE_HEADER_SIZE / 8 };

static void save_component(const struct machine_cpu *cpu, unsigned int i, uint8_t *area,
			   uint8_t *at)
{
	const struct machine_xstate *x = &cpu->xstate;
	const uint32_t size = cpu->machine->xlayout.component[i].size;

	switch (i) {
	case XSTATE_X87:
		memcpy(area, x->legacy.byte, MXCSR_AT);
		memcpy(area + X87_UPPER_AT, x->legacy.byte + X87_UPPER_AT,
		       XMM_AT - X87_UPPER_AT);
		break;
	case XSTATE_SSE:
		set_mxcsr(area, mxcsr(x->legacy.byte));
		memcpy(area + XMM_AT, x->legacy.byte + XMM_AT, XMM_END - XMM_AT);
		break;
	case XSTATE_PKRU:
		memset(at, 0, size);
		memcpy(at, &x->pkru, sizeof(x->pkru));
		break;
	default:
		memcpy(at, x->component[i], size);
		break;
	}
}

static uint64_t offset(const struct machine_xlayout *layout, uint64_t components,
		       unsigned int i)
{
	if (!layout->compacted)
		return layout->component[i].offset;
	return machine_xoffset_compacted(layout, components, i);
}

static void judge_area(const void *area)
{
	if ((uintptr_t)area % 64)
		machine_stop("#GP: an XSAVE area that is not aligned to 64 bytes");
}

/* Components whose use is #NM; they are saved as if in their initial configuration. */
static uint64_t disabled(void)
{
	uint64_t xfd = 0;

	return pkvm_plat_rdmsr(IA32_XFD, &xfd) ? xfd : 0;
}

void pkvm_plat_xsave(void *area, uint64_t components)
{
	const struct machine_cpu *cpu = machine_this_cpu();
	const struct machine_xlayout *layout = &cpu->machine->xlayout;
	const uint64_t moved = components & (cpu->xstate.xcr0 | cpu->xstate.xss);
	uint8_t *bytes = area;
	uint64_t *header = (uint64_t *)(void *)(bytes + XSTATE_LEGACY_SIZE);
	const uint64_t can_be_used = ~disabled();
	uint64_t used = 0;

	judge_area(area);
	for (unsigned int i = 0; i < XSTATE_NR; i++) {
		if (!(moved >> i & 1))
			continue;
		if ((can_be_used >> i & 1) && machine_in_use(cpu, i))
			used |= 1ull << i;
		if (!layout->compacted || (used >> i & 1))
			save_component(cpu, i, bytes, bytes + offset(layout, moved, i));
	}
	if (layout->compacted) {
		header[XSTATE_BV] = used;
		header[XCOMP_BV] = COMPACTED | moved;
	} else {
		header[XSTATE_BV] = (header[XSTATE_BV] & ~moved) | used;
	}
}

static void restore_component(struct machine_cpu *cpu, unsigned int i, const uint8_t *area,
			      const uint8_t *at)
{
	struct machine_xstate *x = &cpu->xstate;

	switch (i) {
	case XSTATE_X87:
		memcpy(x->legacy.byte, area, MXCSR_AT);
		memcpy(x->legacy.byte + X87_UPPER_AT, area + X87_UPPER_AT,
		       XMM_AT - X87_UPPER_AT);
		break;
	case XSTATE_SSE:
		if (mxcsr(area) & MXCSR_RESERVED)
			machine_stop("#GP: XRSTOR of a reserved bit of MXCSR");
		set_mxcsr(x->legacy.byte, mxcsr(area));
		memcpy(x->legacy.byte + XMM_AT, area + XMM_AT, XMM_END - XMM_AT);
		break;
	case XSTATE_PKRU:
		memcpy(&x->pkru, at, sizeof(x->pkru));
		break;
	default:
		memcpy(x->component[i], at, cpu->machine->xlayout.component[i].size);
		break;
	}
}

static void judge_header(const struct machine_cpu *cpu, const uint64_t *header)
{
	const uint64_t enabled = cpu->xstate.xcr0 | cpu->xstate.xss;
	const uint64_t format = header[XCOMP_BV];
	unsigned int i = XCOMP_BV + 1;

	if (cpu->machine->xlayout.compacted) {
		if (!(format & COMPACTED))
			machine_stop("#GP: XRSTORS of an area not in the compacted format");
		if (format & ~COMPACTED & ~enabled)
			machine_stop("#GP: XRSTORS of components that XCR0 and IA32_XSS lack");
		if (header[XSTATE_BV] & ~(format & ~COMPACTED))
			machine_stop("#GP: XRSTORS with XSTATE_BV beyond XCOMP_BV");
	} else {
		if (header[XSTATE_BV] & ~enabled)
			machine_stop("#GP: XRSTOR of components that XCR0 lacks");
		i = XCOMP_BV;
	}
	for (; i < HEADER_WORDS; i++) {
		if (header[i])
			machine_stop("#GP: XRSTOR of an area with reserved header bytes set");
	}
}

void pkvm_plat_xrstor(const void *area, uint64_t components)
{
	struct machine_cpu *cpu = machine_this_cpu();
	const struct machine_xlayout *layout = &cpu->machine->xlayout;
	const uint64_t moved = components & (cpu->xstate.xcr0 | cpu->xstate.xss);
	const uint8_t *bytes = area;
	const uint64_t *header = (const uint64_t *)(const void *)(bytes + XSTATE_LEGACY_SIZE);
	const uint64_t format = header[XCOMP_BV] & ~COMPACTED;

	judge_area(area);
	judge_header(cpu, header);
	if (header[XSTATE_BV] & moved & disabled())
		machine_stop("#NM: XRSTORS of a component that IA32_XFD disables");
	for (unsigned int i = 0; i < XSTATE_NR; i++) {
		if (!(moved >> i & 1))
			continue;
		if (header[XSTATE_BV] >> i & 1)
			restore_component(cpu, i, bytes, bytes + offset(layout, format, i));
		else
			machine_initialise(cpu, i);
	}
}
