/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A vCPU's local APIC as the host emulates it, for both kinds of VM.
 *
 * SDM chapter "Advanced Programmable Interrupt Controller (APIC)". No lock is
 * taken: whoever shares a VM's interrupt controllers among threads holds one of
 * its own around every function here, in ioapic.h and in irqchip.h.
 *
 * With the TPR shadow the guest changes TPR without an exit, so the TPR of a
 * vCPU is the shared page's; everything else is here. With APICv active IRR and
 * ISR are the hypervisor's, and what is sent to the vCPU is posted to it.
 */
#ifndef PKVM_HOST_LAPIC_H
#define PKVM_HOST_LAPIC_H

#include "host.h"

/*
 * Offsets of registers in the APIC page (SDM "Local APIC Register Address Map").
 * In x2APIC mode the MSR is 0x800 + offset / 16.
 */
enum {
	PKVM_HOST_APIC_ID       = 0x020,
	PKVM_HOST_APIC_LVR      = 0x030, /* Local APIC Version Register       */
	PKVM_HOST_APIC_TPR      = 0x080,
	PKVM_HOST_APIC_PPR      = 0x0a0,
	PKVM_HOST_APIC_EOI      = 0x0b0,
	PKVM_HOST_APIC_LDR      = 0x0d0,
	PKVM_HOST_APIC_DFR      = 0x0e0,
	PKVM_HOST_APIC_SPIV     = 0x0f0,
	PKVM_HOST_APIC_ISR      = 0x100, /* 8 registers of 32 vectors, as     */
	PKVM_HOST_APIC_TMR      = 0x180, /* have TMR                          */
	PKVM_HOST_APIC_IRR      = 0x200, /* and IRR                           */
	PKVM_HOST_APIC_ESR      = 0x280,
	PKVM_HOST_APIC_ICR      = 0x300,
	PKVM_HOST_APIC_ICR_HIGH = 0x310,
	PKVM_HOST_APIC_LVT_FIRST = 0x320, /* timer, thermal, counters, LINT0, */
	PKVM_HOST_APIC_LVT_LAST = 0x370, /* LINT1, error                      */
	PKVM_HOST_APIC_SELF_IPI = 0x3f0
};

#define PKVM_HOST_APIC_LVR_SUPPRESS_EOI  0x01000000u /* [24] it can be suppressed */
#define PKVM_HOST_APIC_SPIV_ENABLE       0x00000100u /* [8] enabled by software   */
#define PKVM_HOST_APIC_SPIV_SUPPRESS_EOI 0x00001000u /* [12] EOIs stay here       */

#define PKVM_HOST_NO_VECTOR (-1)

/* CR8 is TPR's priority class (SDM "Task Priority"). */
#define PKVM_HOST_CR8_MAX         15u
#define PKVM_HOST_TPR_CLASS_SHIFT 4

/* A register of an APIC, as an lvalue. */
#define PKVM_HOST_APIC(APIC, REGISTER) ((APIC)->reg[PKVM_HOST_APIC_##REGISTER / 16])

struct pkvm_host_irqchip;

struct pkvm_host_lapic {
	struct pkvm_host_irqchip *chip;
	struct pkvm_host_vcpu *vcpu;    /* NULL: an APIC without a processor  */
	uint32_t id;
	uint64_t base;                  /* IA32_APIC_BASE without a vCPU      */
	bool has_x2apic;                /* CPUID tells the guest of it        */
	bool evaluate;                  /* events are due to be evaluated     */
	bool scan_ioapic;               /* the EOI exit bitmap is to be loaded anew */
	int user_eoi;                   /* the vector that user space is told of */
	uint32_t errors;                /* since ESR was written              */
	uint32_t reg[64];               /* by offset / 16; TPR only without a vCPU */
};

/* The registers as KVM_GET_LAPIC and KVM_SET_LAPIC carry them, by offset / 4. */
struct pkvm_host_lapic_state {
	uint32_t reg[256];
};

/*
 * lapic.c: RESET, whose mode is the vCPU's APIC base, and priorities. The PPR is
 * the one that SDM "PPR Virtualization" gives for a TPR and a vector in service
 * (0: none).
 */
void pkvm_host_lapic_reset(struct pkvm_host_lapic *apic);
uint32_t pkvm_host_lapic_ppr(uint32_t tpr, uint32_t isrv);
uint32_t pkvm_host_lapic_tpr(const struct pkvm_host_lapic *apic);
/*
 * The PPR as it is now; the register has it as of its last update. With APICv active
 * it counts what is shown in service.
 */
uint32_t pkvm_host_lapic_current_ppr(const struct pkvm_host_lapic *apic);
bool pkvm_host_lapic_is_enabled(const struct pkvm_host_lapic *apic);
bool pkvm_host_lapic_is_x2apic(const struct pkvm_host_lapic *apic);
/* APICv is active: IRR and ISR are the hypervisor's. */
bool pkvm_host_lapic_is_virtual(const struct pkvm_host_lapic *apic);
/* In x2APIC mode the id gives the logical one. */
uint32_t pkvm_host_lapic_ldr(const struct pkvm_host_lapic *apic);
/*
 * The highest vector in IRR, ISR or TMR, or PKVM_HOST_NO_VECTOR: of an APIC, and of 8
 * registers whose distance is given in words.
 */
int pkvm_host_lapic_highest(const struct pkvm_host_lapic *apic, uint32_t offset);
int pkvm_host_highest_vector(const uint32_t *reg, uint32_t apart);
/* Requests a vector; false: disabled, or no vector that an APIC takes. */
bool pkvm_host_lapic_accept(struct pkvm_host_lapic *apic, uint32_t vector, bool level);
/*
 * The vector that the processor would take, or PKVM_HOST_NO_VECTOR: with APICv
 * active it takes it by itself.
 */
int pkvm_host_lapic_pending(const struct pkvm_host_lapic *apic);
/* Whether a halted vCPU has an interrupt to wake for, with APICv and without. */
bool pkvm_host_lapic_has_interrupt(struct pkvm_host_lapic *apic);
/* The processor takes that vector: it is in service. */
int pkvm_host_lapic_ack(struct pkvm_host_lapic *apic);
void pkvm_host_lapic_eoi(struct pkvm_host_lapic *apic);
/* APICv has done the EOI of this vector, whose broadcast is left. */
void pkvm_host_lapic_eoi_exit(struct pkvm_host_lapic *apic, uint32_t vector);

/*
 * lapic_apicv.c, with APICv active. Posting: the hypervisor takes the vector into its
 * IRR. What is shown is all that is requested and in service, word by word; of a pVM
 * only what is posted and not yet taken. The vCPU's own thread settles before it looks:
 * then what was told of service is shown too.
 */
void pkvm_host_lapic_post(struct pkvm_host_lapic *apic, uint32_t vector);
void pkvm_host_lapic_forget_posted(struct pkvm_host_lapic *apic);
void pkvm_host_lapic_settle(const struct pkvm_host_lapic *apic);
void pkvm_host_lapic_shown(const struct pkvm_host_lapic *apic, uint32_t irr[8],
			   uint32_t isr[8]);
/*
 * After APICv was switched on: the hypervisor gets what the APIC has. Before the
 * hypervisor switches it off, and forgets: the APIC gets what is shown.
 */
void pkvm_host_lapic_to_apicv(struct pkvm_host_lapic *apic);
void pkvm_host_lapic_from_apicv(struct pkvm_host_lapic *apic);

/* lapic_version.c: what the guest is told, and may do, about EOI broadcasts. */
void pkvm_host_lapic_set_version(struct pkvm_host_lapic *apic);
bool pkvm_host_lapic_suppresses_eoi(const struct pkvm_host_lapic *apic);

/*
 * lapic_reg.c: what the guest reads and writes, by x2APIC MSR number (-EINVAL:
 * it gets #GP(0)) or by offset in the APIC page (-EINVAL: no aligned 32 bits in
 * the page, or the APIC is not in xAPIC mode).
 */
PKVM_MUST_CHECK int pkvm_host_lapic_rdmsr(struct pkvm_host_lapic *apic, uint32_t index,
					  uint64_t *value);
PKVM_MUST_CHECK int pkvm_host_lapic_wrmsr(struct pkvm_host_lapic *apic, uint32_t index,
					  uint64_t value);
PKVM_MUST_CHECK int pkvm_host_lapic_mmio_read(struct pkvm_host_lapic *apic, uint64_t offset,
					      uint32_t size, uint64_t *value);
PKVM_MUST_CHECK int pkvm_host_lapic_mmio_write(struct pkvm_host_lapic *apic, uint64_t offset,
					       uint32_t size, uint64_t value);

/* lapic_state.c: restoring -EINVAL: another APIC's id. */
void pkvm_host_lapic_get_state(const struct pkvm_host_lapic *apic,
			       struct pkvm_host_lapic_state *state);
PKVM_MUST_CHECK int pkvm_host_lapic_set_state(struct pkvm_host_lapic *apic,
					      const struct pkvm_host_lapic_state *state);

/*
 * lapic_tpr.c: TPR, PPR, and the threshold below which the guest's TPR exits.
 * How they follow each other is irqchip.h's enum pkvm_host_tpr_policy.
 */
void pkvm_host_lapic_update_ppr(struct pkvm_host_lapic *apic);
void pkvm_host_lapic_set_tpr(struct pkvm_host_lapic *apic, uint32_t tpr);
/* MOV to CR8: the guest's, and last of all special registers the VMM's. */
PKVM_MUST_CHECK int pkvm_host_lapic_set_cr8(struct pkvm_host_lapic *apic, uint64_t cr8);
PKVM_MUST_CHECK int pkvm_host_lapic_restore_cr8(struct pkvm_host_lapic *apic, uint64_t cr8);
/* After a TPR-below-threshold exit. */
void pkvm_host_lapic_tpr_below_threshold(struct pkvm_host_lapic *apic);
/* Before each entry, after events were injected. */
void pkvm_host_lapic_sync(struct pkvm_host_lapic *apic);
/* After each exit; true: it was the local APIC's, and there is no more to do. */
bool pkvm_host_lapic_handle_exit(struct pkvm_host_lapic *apic,
				 const struct pkvm_run_exit *exit);

#endif
