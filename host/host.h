/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the host keeps: the hypervisor's answer, a VM, a vCPU with its caches.
 * All of it lives where the caller put it; x86_ops.h says what can be done.
 *
 * A vCPU belongs to one thread at a time, as in KVM. What several threads touch
 * (a VM's memory, its model and its vCPUs, `dead`, `guest_state_protected`) is
 * locked or atomic.
 */
#ifndef PKVM_HOST_HOST_H
#define PKVM_HOST_HOST_H

#include <stdbool.h>
#include <pkvm/pkvm.h>
#include "segment.h"

/* A number of Linux's that no call answers: what is left of a dead VM. */
#define PKVM_HOST_EIO 5

#define PKVM_HOST_MAX_SLOTS 8
#define PKVM_HOST_VMX_REASONS 80        /* basic exit reasons that are counted */
#define PKVM_HOST_NO_CPU (~0u)

/* The system, after abi_query. */
struct pkvm_host {
	struct pkvm_answer answer;
};

/* Guest memory that the host backs, page by page as the guest touches it. */
struct pkvm_host_slot {
	uint64_t gpa;
	uint64_t pages;
	uint64_t *backing;      /* physical address | PKVM_HOST_DONATED, by page */
	uint64_t backing_pa;
	uint64_t backing_pages;
};

/* A page that a reclaim list brings back. */
#define PKVM_HOST_DONATED 0x1u

struct pkvm_host_exceptions;
struct pkvm_host_irqchip;
struct pkvm_host_lapic;

struct pkvm_host_vm {
	const struct pkvm_host *host;
	uint64_t handle;
	bool protected_vm;
	bool exception_payload; /* PKVM_VM_CAP_EXCEPTION_PAYLOAD is on        */
	uint32_t dead;          /* atomic; a call failed that must not        */
	uint32_t lock;          /* of slots, chip, x2apic_flags, vcpus; held over calls */
	uint32_t nr_slots;
	struct pkvm_host_slot slot[PKVM_HOST_MAX_SLOTS];
	struct pkvm_host_vcpu *vcpus;
	struct pkvm_host_irqchip *chip; /* NULL: interrupt controllers are the VMM's */
	uint64_t x2apic_flags;  /* PKVM_X2APIC_* that are set                 */
	uint64_t reclaimed;     /* pages that came back from the hypervisor   */
};

/* The bits of `avail` are PKVM_REG_*; the shared page has the other registers. */
struct pkvm_host_regs {
	uint32_t avail;
	uint64_t cr0;
	uint64_t cr3;
	uint64_t cr4;
	uint64_t efer;
	uint64_t pdptr[4];
};

struct pkvm_host_tsc {
	uint64_t offset;
	uint64_t multiplier;    /* 48 fraction bits */
	uint64_t adjust;        /* IA32_TSC_ADJUST  */
};

struct pkvm_host_stats {
	uint64_t calls;
	uint64_t posted;        /* items that runs applied                    */
	uint64_t refused;       /* of both, refusals that the host expects    */
	uint64_t runs;
	uint64_t user_eois;     /* EOIs that user space was told of           */
	uint64_t injected;      /* interrupts that went in                    */
	uint64_t dropped;       /* interrupts that a pVM's host may not send  */
	uint64_t exits[PKVM_NR_EXITS];
	uint64_t vmx_exits[PKVM_HOST_VMX_REASONS];
};

struct pkvm_host_vcpu {
	struct pkvm_host_vm *vm;
	struct pkvm_host_vcpu *next;
	uint64_t handle;
	uint32_t id;
	uint32_t cpu;           /* bound to, or PKVM_HOST_NO_CPU              */
	bool guest_state_protected;     /* atomic; the host may not touch it  */
	bool halted;
	bool nmi_pending;       /* atomic                                     */
	bool apicv_active;
	struct pkvm_host_lapic *lapic;  /* NULL: the VMM's                    */
	struct pkvm_host_exceptions *exceptions; /* NULL: injected at once    */
	uint32_t guest_debug;   /* PKVM_GUESTDBG_*                            */
	bool stepped;           /* over a skipped instruction, for a debugger */
	uint32_t signature;     /* CPUID leaf 1 EAX, EDX after RESET          */
	uint64_t apic_base;
	uint64_t page_pa;
	struct pkvm_shared_page *page;
	uint32_t posted;        /* the page's items for the next run, a bit a slot */
	bool load_due;          /* another vCPU may be the current one here   */
	uint64_t fpstate_size;
	struct pkvm_host_regs regs;
	struct pkvm_host_segment_cache segment_cache;
	struct pkvm_host_tsc tsc;
	bool read_msr;          /* the MSR exit to complete is a read         */
	uint64_t instruction_length;    /* of an npVM's last exit             */
	struct pkvm_cancelled requeued; /* what cancel_injection took back    */
	struct pkvm_host_stats stats;
};

/* As kvm->lock does, it makes a call and what the host notes of it one step. */
static inline void pkvm_host_lock(struct pkvm_host_vm *vm)
{
	while (__atomic_exchange_n(&vm->lock, 1, __ATOMIC_ACQUIRE))
		;
}

static inline void pkvm_host_unlock(struct pkvm_host_vm *vm)
{
	__atomic_store_n(&vm->lock, 0, __ATOMIC_RELEASE);
}

static inline bool pkvm_host_is_protected(const struct pkvm_host_vcpu *vcpu)
{
	return vcpu->vm->protected_vm;
}

static inline bool pkvm_host_is_hidden(const struct pkvm_host_vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->guest_state_protected, __ATOMIC_RELAXED);
}

static inline void pkvm_host_hide(struct pkvm_host_vcpu *vcpu)
{
	__atomic_store_n(&vcpu->guest_state_protected, true, __ATOMIC_RELAXED);
}

static inline bool pkvm_host_is_dead(const struct pkvm_host_vm *vm)
{
	return __atomic_load_n(&vm->dead, __ATOMIC_RELAXED);
}

static inline bool pkvm_host_has_feature(const struct pkvm_host_vm *vm, uint64_t feature)
{
	return vm->host->answer.features & feature;
}

#endif
