/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A vCPU as the hypervisor keeps it, at the start of the private area that the
 * host donated for it, and what else that area holds.
 *
 * Guest state that the VMCS has a field for lives there and only there. Who may
 * touch a vCPU: the CPU on which it is loaded, without a lock; its binding and
 * its start-up are under its lock, because other CPUs ask for them.
 */
#ifndef PKVM_LIB_VCPU_H
#define PKVM_LIB_VCPU_H

#include <pkvm/abi.h>
#include <pkvm/shared_page.h>
#include "trace.h"
#include "vmcs/vmcs.h"
#include "vm.h"

/* One queued event, before VM entry took it or after an exit gave it back. */
struct pkvm_event {
	uint32_t kind;          /* PKVM_EVENT_*                             */
	uint32_t vector;
	uint32_t soft;          /* software interrupt or exception          */
	uint32_t again;         /* its delivery was cut short by an exit    */
	uint32_t waited;        /* an entry was made without it             */
	uint32_t has_error_code;
	uint32_t error_code;
	uint32_t has_payload;
	uint32_t length;
	uint64_t payload;
};

/* What an exit still waits for before the guest may go on. */
enum pkvm_due_answer {
	PKVM_ANSWER_NONE,
	PKVM_ANSWER_IN,         /* the reply block                          */
	PKVM_ANSWER_GUEST_CALL, /* the reply block                          */
	PKVM_ANSWER_RDMSR,      /* complete_emulated_msr                    */
	PKVM_ANSWER_WRMSR       /* complete_emulated_msr                    */
};

/* Life of a vCPU's guest side. */
enum pkvm_vcpu_start {
	PKVM_START_RUNNABLE,    /* the BSP, every npVM's vCPU               */
	PKVM_START_WAITING,     /* before start_cpu; an npVM's: before SIPI  */
	PKVM_START_STARTED,     /* start_cpu came, its state is not yet set */
	PKVM_START_SHUTDOWN     /* a pVM's vCPU that is over                */
};

/*
 * MSRs that the processor holds while the guest runs, without a VMCS field. The
 * last one is there only where RDTSCP or RDPID is.
 */
enum {
	PKVM_SAVED_STAR,
	PKVM_SAVED_LSTAR,
	PKVM_SAVED_CSTAR,
	PKVM_SAVED_SYSCALL_MASK,
	PKVM_SAVED_KERNEL_GS_BASE,
	PKVM_SAVED_TSC_AUX,
	PKVM_NR_SAVED_MSRS
};

#define PKVM_NR_VARIABLE_MTRRS 8
#define PKVM_NR_FIXED_MTRRS    11

/* MSRs that only the hypervisor keeps. */
struct pkvm_msr_state {
	uint64_t saved[PKVM_NR_SAVED_MSRS];
	uint64_t nr_saved;              /* of these, as the processor has them */
	uint64_t mtrr_base[PKVM_NR_VARIABLE_MTRRS];
	uint64_t mtrr_mask[PKVM_NR_VARIABLE_MTRRS];
	uint64_t mtrr_fixed[PKVM_NR_FIXED_MTRRS];
	uint64_t mtrr_default;
	uint64_t misc_enable;
	uint64_t xss;
	uint64_t spec_ctrl;
	uint64_t apic_base;
};

/* Translations of a vCPU to drop before its next entry. */
#define PKVM_FLUSH_EPT  0x1u    /* INVEPT, single context  */
#define PKVM_FLUSH_VPID 0x2u    /* INVVPID, single context */

struct pkvm_vcpu {
	struct pkvm_lock lock;          /* bound_cpu, start, start_at       */
	uint32_t bound_cpu;             /* CPU + 1, 0 none                  */
	uint32_t start;                 /* enum pkvm_vcpu_start             */
	uint32_t id;                    /* vCPU id and APIC id              */
	uint64_t start_at;              /* start_cpu's start address        */
	uint64_t handle;
	uint64_t area;                  /* physical address of this         */
	uint64_t area_size;
	uint64_t page;                  /* the shared page                  */
	struct pkvm_vm *vm;

	uint32_t made;                  /* the VMCS is made: it was loaded once */
	uint32_t launched;              /* VMRESUME rather than VMLAUNCH    */
	uint32_t has_run;               /* VM entry was attempted           */
	uint32_t last_cpu;              /* CPU + 1 of the last entry        */
	uint32_t flush;                 /* PKVM_FLUSH_*, due before the next entry */
	uint32_t in_guest;              /* CPU + 1 while in guest mode      */
	uint32_t reserved0;
	uint64_t ept_generation;        /* of the VM, at the last flush     */

	struct pkvm_guest_regs regs;    /* the RSP slot is not used         */
	struct pkvm_msr_state msr;
	uint64_t xcr0;
	uint32_t pkru;                  /* the guest's, while it is out     */
	uint32_t guest_debug;           /* PKVM_GUESTDBG_*                  */

	struct pkvm_event exception;    /* pending or given back            */
	struct pkvm_event interrupt;    /* interrupt or NMI, likewise       */
	uint32_t answer;                /* enum pkvm_due_answer               */
	uint32_t answer_size;           /* IN: bytes                        */
	uint64_t answer_call;           /* guest call: its number           */
	uint64_t summary_sequence;
	uint32_t summary_held;          /* whoever holds it publishes later */
	uint32_t reserved1;

	uint64_t fpstate;               /* pVM: XSAVE area                  */
	uint64_t fpstate_size;
	uint64_t cpuid;                 /* table of struct pkvm_cpuid_entry */
	uint64_t cpuid_size;
	uint64_t cpuid_count;
	uint64_t tsc_offset;
	uint64_t tsc_multiplier;
	uint64_t mcg_cap;
	uint64_t mcg_status;
	uint64_t mcg_ctl;
	uint64_t mc_ctl[32];

	uint64_t eoi_exitmap[4];
	uint64_t dropped_posts;         /* vectors below 32 posted to a pVM */
	uint32_t apicv_active;
	uint32_t apic_access_wanted;    /* its APIC accesses are to be virtualized */
};

/* The private area, page by page. */
struct pkvm_vcpu_area {
	union {
		struct pkvm_vcpu vcpu;
		uint8_t vcpu_page[PKVM_PAGE_SIZE];
	} head;
	union {
		struct pkvm_trace trace;
		uint8_t trace_page[PKVM_PAGE_SIZE];
	} tail;
	uint8_t vmcs[PKVM_PAGE_SIZE];
	uint8_t msr_bitmap[PKVM_PAGE_SIZE];
	uint8_t virtual_apic[PKVM_PAGE_SIZE];
};
PKVM_ASSERT(sizeof(struct pkvm_vcpu_area) == 5 * PKVM_PAGE_SIZE)

static inline uint64_t pkvm_vcpu_vmcs(const struct pkvm_vcpu *vcpu)
{
	return vcpu->area + offsetof(struct pkvm_vcpu_area, vmcs);
}

static inline bool pkvm_vcpu_is_protected(const struct pkvm_vcpu *vcpu)
{
	return vcpu->vm->protected_vm;
}

#endif
