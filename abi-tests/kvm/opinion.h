/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * One who can be asked how KVM behaves: the running kernel through /dev/kvm, or
 * the host's reference over the core. Both are asked the same by the same code,
 * and run the same guests.
 *
 * There is one VM at a time, with one vCPU of APIC id 1 in real-address mode.
 * What is asked answers 0 or a negative errno. Trouble is what keeps a question
 * from being asked: the first is remembered, and afterwards nothing is done.
 */
#ifndef PKVM_KVM_OPINION_H
#define PKVM_KVM_OPINION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The guest's memory, which begins at 0. */
#define GUEST_RAM     0x8000u
#define GUEST_CODE    0x1000u
#define GUEST_HANDLER 0x1800u   /* of every vector                            */
#define GUEST_STACK   0x3000u

#define APIC_ID       1u
#define APIC_BASE     0xfee00000u
#define LEVEL_PIN     5u        /* of the I/O APIC in the kernel              */
#define LEVEL_VECTOR  0x51u
#define EDGE_VECTOR   0x52u

/* Flags of KVM_CAP_X2APIC_API (KVM API document, "KVM_CAP_X2APIC_API"). */
#define X2APIC_NO_BROADCAST  0x2u
#define X2APIC_ENABLE_SEOIB  0x4u
#define X2APIC_DISABLE_SEOIB 0x8u

enum chip { CHIP_NONE, CHIP_KERNEL, CHIP_SPLIT, CHIPS };

/* What CPUID tells the guest of x2APIC, and in which mode its APIC is. */
enum apic_mode { APIC_NO_X2APIC, APIC_XAPIC, APIC_X2APIC };

/* The registers of KVM_GET_LAPIC, by offset / 4. */
struct lapic_image {
	uint32_t reg[256];
};

/* The part of KVM_GET_VCPU_EVENTS about exceptions. */
struct events {
	bool valid_payload;
	bool pending;
	bool injected;
	bool has_error_code;
	bool has_payload;
	uint8_t vector;
	uint32_t error_code;
	uint64_t payload;
};

struct debugregs {
	uint64_t dr6;
	uint64_t dr7;
};

/* What came of running the guest to its end. */
struct ran {
	int port;               /* of its first OUT; -1: it made none         */
	int eoi;                /* the vector that user space was told of, or -1 */
};

/* What some kernels do not have. */
#define LACKS_PAYLOAD        0x1u       /* KVM_CAP_EXCEPTION_PAYLOAD            */
#define LACKS_SUPPRESS_EOI   0x2u       /* flags 0x4 and 0x8 of KVM_CAP_X2APIC_API */
#define LACKS_SPLIT          0x4u       /* KVM_CAP_SPLIT_IRQCHIP                */
#define LACKS_COPY_OUT       0x8u       /* KVM_CAP_SYNC_REGS, KVM_CAP_IMMEDIATE_EXIT */

#define LACKS_ALL            0xfu

struct opinion {
	const char *(*trouble)(void);   /* one line, or NULL                  */

	void (*new_vm)(void);           /* the one before is gone             */
	int (*flags)(bool of_vm);       /* KVM_CHECK_EXTENSION, KVM_CAP_X2APIC_API */
	int (*set_chip)(enum chip chip);
	int (*set_flags)(uint64_t flags);
	int (*set_payload)(uint64_t value);     /* KVM_CAP_EXCEPTION_PAYLOAD  */
	void (*drop_payload)(void);     /* the same to 0, under a vCPU        */
	void (*new_vcpu)(enum apic_mode mode);
	void (*load)(uint64_t gpa, const void *from, size_t size);
	struct ran (*run)(void);

	int (*get_lapic)(struct lapic_image *image);
	int (*set_lapic)(const struct lapic_image *image);
	int (*write_xapic)(uint32_t offset, uint32_t value);    /* the guest's */
	int (*send_edge)(uint32_t dest);        /* by an MSI, EDGE_VECTOR      */
	void (*send_level)(void);       /* LEVEL_VECTOR; the line drops again */
	bool (*eoi_arrived)(const struct ran *ran);     /* at the I/O APIC    */

	int (*get_events)(struct events *events);
	int (*set_events)(const struct events *events);
	int (*get_cr2)(uint64_t *cr2);
	int (*set_cr2)(uint64_t cr2);
	int (*get_debugregs)(struct debugregs *regs);
	int (*set_debugregs)(const struct debugregs *regs);
	/* What an exit takes along, of one that came before the guest ran. */
	int (*copy_out)(uint64_t *cr2, struct events *events);
};

/* model.c. The old delivery is KVM's before it was mended: docs/seed-001.md. */
const struct opinion *model_opinion(void);
void model_use_old_delivery(void);

#endif
