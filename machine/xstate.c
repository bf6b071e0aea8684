/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Extended state of the processors: XCR0, PKRU, the registers, and which of them
 * are in use.
 *
 * SDM: chapter "Managing State Using the XSAVE Feature Set", sections "Legacy
 * Region of an XSAVE Area" and "Processor Tracking of XSAVE-Managed State".
 */
#include <stdlib.h>

#include "xstate.h"
#include "../lib/vmcs/model_access.h"

#define X87_INITIAL_FCW 0x037fu

static void reset_legacy(struct machine_xstate *x, unsigned int component)
{
	if (component == XSTATE_SSE) {
		memset(x->legacy.byte + XMM_AT, 0, XMM_END - XMM_AT);
		return;
	}
	memset(x->legacy.byte, 0, MXCSR_AT);
	memset(x->legacy.byte + X87_UPPER_AT, 0, XMM_AT - X87_UPPER_AT);
	x->legacy.word[0] = X87_INITIAL_FCW;
}

/* As the host's kernel leaves it: every component of XCR0 enabled, none in use. */
bool machine_xstate_create(struct machine_cpu *cpu)
{
	const struct machine_xlayout *layout = &cpu->machine->xlayout;
	struct machine_xstate *x = &cpu->xstate;
	size_t total = 1, at = 0;

	for (unsigned int i = 2; i < XSTATE_NR; i++)
		total += layout->component[i].size;
	x->block = calloc(1, total);
	if (!x->block)
		return false;
	for (unsigned int i = 2; i < XSTATE_NR; i++) {
		if (layout->component[i].size && i != XSTATE_PKRU)
			x->component[i] = x->block + at;
		at += layout->component[i].size;
	}
	x->xcr0 = layout->xcr0;
	reset_legacy(x, XSTATE_X87);
	reset_legacy(x, XSTATE_SSE);
	set_mxcsr(x->legacy.byte, MXCSR_INITIAL);
	return true;
}

void machine_xstate_destroy(struct machine_cpu *cpu)
{
	free(cpu->xstate.block);
}

uint64_t *pkvm_model_xmm(void)
{
	return &machine_this_cpu()->xstate.legacy.word[XSTATE_XMM_WORD];
}

void machine_initialise(struct machine_cpu *cpu, unsigned int i)
{
	struct machine_xstate *x = &cpu->xstate;

	if (i <= XSTATE_SSE)
		reset_legacy(x, i);
	if (i == XSTATE_SSE)
		set_mxcsr(x->legacy.byte, MXCSR_INITIAL);
	else if (i == XSTATE_PKRU)
		x->pkru = 0;
	else if (i > XSTATE_SSE)
		memset(x->component[i], 0, cpu->machine->xlayout.component[i].size);
}

static bool all_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

bool machine_in_use(const struct machine_cpu *cpu, unsigned int component)
{
	const struct machine_xstate *x = &cpu->xstate;

	switch (component) {
	case XSTATE_X87:
		return x->legacy.word[0] != X87_INITIAL_FCW ||
		       !all_zero(x->legacy.byte + 8, MXCSR_AT - 8) ||
		       !all_zero(x->legacy.byte + X87_UPPER_AT, XMM_AT - X87_UPPER_AT);
	case XSTATE_SSE:
		return mxcsr(x->legacy.byte) != MXCSR_INITIAL ||
		       !all_zero(x->legacy.byte + XMM_AT, XMM_END - XMM_AT);
	case XSTATE_PKRU:
		return x->pkru != 0;
	default:
		return x->component[component] &&
		       !all_zero(x->component[component],
				 cpu->machine->xlayout.component[component].size);
	}
}

uint64_t pkvm_plat_read_xcr0(void)
{
	return machine_this_cpu()->xstate.xcr0;
}

void pkvm_plat_write_xcr0(uint64_t value)
{
	struct machine_cpu *cpu = machine_this_cpu();

	if (!cpu->machine->xlayout.xsave)
		return;
	if (!machine_xcr0_valid(&cpu->machine->xlayout, value))
		machine_stop("#GP: XSETBV of 0x%llx", (unsigned long long)value);
	cpu->xstate.xcr0 = value;
}

uint32_t pkvm_plat_read_pkru(void)
{
	return machine_this_cpu()->xstate.pkru;
}

void pkvm_plat_write_pkru(uint32_t value)
{
	machine_this_cpu()->xstate.pkru = value;
}
