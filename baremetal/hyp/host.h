/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The host in VMX non-root operation: its VMCS, its exits, its events. */
#ifndef PKVM_BAREMETAL_HYP_HOST_H
#define PKVM_BAREMETAL_HYP_HOST_H

#include "cpu.h"

/* EDX:EAX of the host, the operand of WRMSR and XSETBV. */
static inline uint64_t host_edx_eax(const struct cpu *cpu)
{
	return cpu->host.gpr[PKVM_GPR_RDX] << 32 | (cpu->host.gpr[PKVM_GPR_RAX] & 0xffffffff);
}

/* host_boot.c: what the host's program finds in its memory. */
void host_boot(uint32_t nr_cpus);

/* host_vmcs.c: begins VMX operation, and makes and loads the host's VMCS. */
void host_start(struct cpu *cpu);

/* host_run.c: the host runs, for ever. */
_Noreturn void host_run(struct cpu *cpu);

/* host_exit.c: everything but VMCALL. */
void host_exit(struct cpu *cpu, uint32_t reason);

/* host_msr.c: which MSRs exit, and what becomes of them. */
uint64_t host_msr_bitmap(void);
void host_rdmsr(void);
void host_wrmsr(struct cpu *cpu);

/*
 * host_event.c: an exception for the instruction that exited, and an NMI or
 * machine check that waits. The last before each entry.
 */
void host_raise(uint32_t vector);
void host_inject(struct cpu *cpu);
/* The host's VMCS is current; asks for an exit when an NMI can go in. */
void host_want_nmi_window(struct cpu *cpu);
/* The instruction that exited is done. */
void host_skip(void);
bool host_in_64bit(void);

#endif
