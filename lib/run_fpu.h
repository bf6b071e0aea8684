/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A pVM's extended state around a run.
 *
 * The host saves its own extended state before vcpu_run, as KVM does around its
 * run loop: for a pVM's vCPU it comes back in its initial configuration, PKRU,
 * XCR0, IA32_XSS and IA32_XFD excepted, which keep the host's values. An npVM's extended
 * state is the host's: nothing is touched.
 */
#ifndef PKVM_LIB_RUN_FPU_H
#define PKVM_LIB_RUN_FPU_H

#include "vcpu.h"

/* What of the host's a run puts aside. */
struct pkvm_run_fpu {
	uint64_t components;    /* that move: all that CPUID offers, but PKRU */
	uint64_t xcr0;
	uint64_t xss;
	uint64_t xfd;           /* a pVM has none: all that it has is enabled */
	uint32_t features;      /* the processor's: pkvm_xsave_features()     */
	uint32_t swaps_pkru;    /* the guest has a PKRU of its own            */
	uint32_t pkru;
};

/* The guest's components go into the registers; and out, leaving no trace. */
void pkvm_fpu_load(struct pkvm_vcpu *vcpu, struct pkvm_run_fpu *host);
void pkvm_fpu_save(struct pkvm_vcpu *vcpu, const struct pkvm_run_fpu *host);

/*
 * PKRU, right before every entry and right after every exit: the host's own
 * memory accesses obey it as well. A guest reaches it by CR4.PKE alone, whatever
 * its CPUID table and XCR0 say; where the processor has none, it reads as 0.
 */
void pkvm_pkru_enter(struct pkvm_vcpu *vcpu, struct pkvm_run_fpu *host);
void pkvm_pkru_leave(struct pkvm_vcpu *vcpu, const struct pkvm_run_fpu *host);

/* CPUID leaf 0xD, subleaf 1, EAX; 0 on a processor without XSAVE. */
uint32_t pkvm_xsave_features(void);

/* The components of XCR0 that the vCPU's CPUID table offers. */
uint64_t pkvm_xcr0_offered(const struct pkvm_vcpu *vcpu);

#endif
