/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the registers of extended state and the instructions that move them
 * share: the legacy region, and a component's initial configuration.
 */
#ifndef PKVM_MACHINE_XSTATE_H
#define PKVM_MACHINE_XSTATE_H

#include <string.h>

#include "internal.h"

/* The legacy region: x87 but for MXCSR and MXCSR_MASK, then XMM. */
#define MXCSR_AT      24
#define X87_UPPER_AT  32
#define XMM_AT        160
#define XMM_END       416
#define MXCSR_INITIAL 0x1f80u

static inline uint32_t mxcsr(const uint8_t *legacy)
{
	uint32_t value;

	memcpy(&value, legacy + MXCSR_AT, sizeof(value));
	return value;
}

static inline void set_mxcsr(uint8_t *legacy, uint32_t value)
{
	memcpy(legacy + MXCSR_AT, &value, sizeof(value));
}

/* XINUSE: a component that is not in its initial configuration. */
bool machine_in_use(const struct machine_cpu *cpu, unsigned int component);
void machine_initialise(struct machine_cpu *cpu, unsigned int component);

#endif
