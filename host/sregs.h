/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Saves and restores a vCPU's special registers, as KVM_GET_SREGS2 and KVM_SET_SREGS2 do. */
#ifndef PKVM_HOST_SREGS_H
#define PKVM_HOST_SREGS_H

#include "host.h"

struct pkvm_host_sregs {
	struct pkvm_host_segment cs, ds, es, fs, gs, ss;
	struct pkvm_host_segment tr, ldt;
	struct pkvm_descriptor_table gdt, idt;
	uint64_t cr0, cr2, cr3, cr4, cr8;
	uint64_t efer;
	uint64_t apic_base;
	bool pdptrs_valid;
	uint64_t pdptrs[4];
};

/* Of a vCPU that the host may not touch: zero, but for CR8 and the APIC base. */
void pkvm_host_get_sregs(struct pkvm_host_vcpu *vcpu, struct pkvm_host_sregs *sregs);

/*
 * One by one, in KVM's order. A register that is refused ends it with the
 * status, and those before it are restored. The part that the host may not touch
 * is passed over.
 */
PKVM_MUST_CHECK int pkvm_host_set_sregs(struct pkvm_host_vcpu *vcpu,
					const struct pkvm_host_sregs *sregs);

#endif
