/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The processor's CPUID, and a vCPU's table made of it. */
#ifndef PKVM_BAREMETAL_CPUID_H
#define PKVM_BAREMETAL_CPUID_H

#include <stdint.h>

enum { EAX, EBX, ECX, EDX };

void processor_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t regs[4]);

/*
 * Gives the loaded vCPU the leaves that it needs for all of the processor's
 * extended state; the page in which they are is donated, its address returned.
 */
uint64_t vcpu_set_cpuid(void);

#endif
