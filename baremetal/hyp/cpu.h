/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A physical CPU under the hypervisor: what it keeps for itself, for the host in
 * non-root operation, and what other CPUs ask of it. GS points to the CPU's own.
 */
#ifndef PKVM_BAREMETAL_HYP_CPU_H
#define PKVM_BAREMETAL_HYP_CPU_H

#include "../../lib/hyp.h"
#include "../../lib/vmcs/vmx.h"
#include "../common/tables.h"
#include "../memory_map.h"

struct cpu {
	struct cpu *self;               /* at the address that GS holds          */
	uint32_t number;
	uint32_t apic_id;
	bool has_xsave;
	bool has_pku;
	bool has_x2apic;
	uint32_t xsave_features;        /* CPUID leaf 0xD, subleaf 1, EAX        */
	struct pkvm_cpu *core;
	struct pkvm_vmx_cpu vmx;

	struct pkvm_guest_regs host;    /* the host's, while it does not run     */
	uint64_t host_vmcs;
	uint64_t guest_vmcs;            /* current for the core; 0 none          */
	bool host_launched;
	bool host_nmi;                  /* an NMI that the host has yet to get   */
	bool host_mc;                   /* a machine check, likewise             */
	bool nmi_window;                /* the host exits when NMIs can go in    */

	uint32_t kicked;                /* an NMI of another CPU is on its way   */
	uint64_t view;                  /* the last one it was told to use       */
	bool in_vmx;                    /* VMX operation began; atomic           */

	struct tables tables;
};

/* Those that started, by number. */
extern struct cpu cpus[MAP_MAX_CPUS];
extern uint32_t hyp_cpus;

static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	__asm__("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

/* Descriptor tables, GS, control registers of the calling CPU. */
struct cpu *cpu_start(uint32_t number);

#endif
