/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The hypervisor: everything that it keeps beside VMs and vCPUs, at the start
 * of the memory set aside for it. There is no other mutable state in lib/.
 *
 * Lock order: system, VM, vCPU, page ownership; the locks of the handle tables
 * and of the trace are innermost. No lock is held over guest entry.
 */
#ifndef PKVM_LIB_HYP_H
#define PKVM_LIB_HYP_H

#include <pkvm/pkvm.h>
#include "handle.h"
#include "page.h"
#include "trace.h"
#include "vm.h"
#include "vcpu.h"

#define PKVM_MAX_VCPU_SLOTS 8192

enum pkvm_system_state {
	PKVM_SYSTEM_FRESH,
	PKVM_SYSTEM_BOOTING,    /* after init          */
	PKVM_SYSTEM_UP          /* after init_finalize */
};

struct pkvm_cpu {
	struct pkvm_hyp *hyp;
	uint32_t number;
	struct pkvm_vcpu *current;      /* the vCPU loaded here               */
	uint32_t enabled;               /* enable_virtualization_cpu was here */
	uint32_t reprivileged;          /* the host is back in root mode      */
	uint32_t reserved0;
};

struct pkvm_hyp {
	struct pkvm_lock lock;          /* state, negotiation                 */
	uint32_t state;                 /* enum pkvm_system_state             */
	uint32_t trace_on;
	uint64_t trace_epoch;           /* how often it was turned on         */
	struct pkvm_negotiation host;
	uint64_t fingerprint[PKVM_ABI_MINOR + 1]; /* by the minor in force    */
	uint64_t base;                  /* the carve-out                      */
	uint64_t size;
	struct pkvm_pages pages;
	struct pkvm_slots vms;
	struct pkvm_slots vcpus;
	struct pkvm_slot vm_slot[PKVM_MAX_VMS];
	struct pkvm_slot vcpu_slot[PKVM_MAX_VCPU_SLOTS];
	struct pkvm_cpu cpu[PKVM_PLAT_MAX_CPUS];
};

/* Places in the carve-out, in this order; each begins on a page. */
#define PKVM_PAGES_OF(BYTES) (((BYTES) + PKVM_PAGE_SIZE - 1) / PKVM_PAGE_SIZE)
#define PKVM_HYP_TRACE_AT    (PKVM_PAGES_OF(sizeof(struct pkvm_hyp)) * PKVM_PAGE_SIZE)
#define PKVM_HYP_TRACE_SIZE                                                       \
	(PKVM_PAGES_OF(PKVM_PLAT_MAX_CPUS * sizeof(struct pkvm_host_trace)) *     \
	 PKVM_PAGE_SIZE)
#define PKVM_HYP_VMXON_AT    (PKVM_HYP_TRACE_AT + PKVM_HYP_TRACE_SIZE)
#define PKVM_HYP_TABLE_AT    (PKVM_HYP_VMXON_AT + PKVM_PLAT_MAX_CPUS * PKVM_PAGE_SIZE)

/* A VM's area: the VM, then the first free pages of its pool. */
#define PKVM_VM_AREA_PAGES (PKVM_PAGES_OF(sizeof(struct pkvm_vm)) + 1)
#define PKVM_VM_AREA_SIZE  (PKVM_VM_AREA_PAGES * PKVM_PAGE_SIZE)
/* The smallest fpstate: legacy region, header, AVX, PKRU; whole pages. */
#define PKVM_FPSTATE_SIZE  PKVM_PAGE_SIZE

/*
 * Makes the hypervisor in memory that the host never had, before the host
 * runs; NULL when the memory is unaligned or too small for its own tables.
 */
struct pkvm_hyp *pkvm_hyp_boot(uint64_t base, uint64_t size);

/* Whoever executes VMCALL in another mode gets #UD, and nothing of it is read. */
static inline bool pkvm_hyp_may_call(unsigned int cpl, bool long_mode)
{
	return !cpl && long_mode;
}

/* The host executed VMCALL on the calling CPU, in a mode in which it may. */
void pkvm_hyp_host_vmcall(struct pkvm_cpu *cpu, struct pkvm_regs *regs);

/* The core's part of a CPU, for whoever brings its VMCALLs. */
struct pkvm_cpu *pkvm_hyp_cpu(struct pkvm_hyp *hyp, unsigned int number);

/* The host trace of a CPU, and whether a page holds only trace counters. */
struct pkvm_host_trace *pkvm_hyp_host_trace(struct pkvm_hyp *hyp, unsigned int cpu);
bool pkvm_hyp_is_trace_page(struct pkvm_hyp *hyp, uint64_t address);

#endif
