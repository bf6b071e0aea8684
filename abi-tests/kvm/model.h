/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the two files of the model share: its machine, its one VM and vCPU. */
#ifndef PKVM_KVM_MODEL_H
#define PKVM_KVM_MODEL_H

#include "host/exception.h"
#include "host/irqchip.h"
#include "machine/machine.h"
#include "opinion.h"

struct model {
	struct machine *machine;
	struct pkvm_host host;
	struct pkvm_host_vm vm;
	struct pkvm_host_vcpu vcpu;
	struct pkvm_host_irqchip chip;
	struct pkvm_host_lapic apic;
	struct pkvm_host_ioapic ioapic;
	struct pkvm_host_exceptions exceptions;
	struct pkvm_page_regs no_regs;  /* where there is no vCPU             */
	bool payload;                   /* the capability                     */
	enum pkvm_host_delivery delivery;
	int port;                       /* of the guest's first OUT, or -1    */
	int eoi;                        /* that user space was told of, or -1 */
	char trouble[160];
};
extern struct model model;

/* Remembers the first error of those that must not happen. */
void model_need(const char *what, int error);

/* model_state.c */
int model_get_lapic(struct lapic_image *image);
int model_set_lapic(const struct lapic_image *image);
int model_write_xapic(uint32_t offset, uint32_t value);
int model_send_edge(uint32_t dest);
void model_send_level(void);
bool model_eoi_arrived(const struct ran *ran);
int model_get_events(struct events *events);
int model_set_events(const struct events *events);
int model_get_cr2(uint64_t *cr2);
int model_set_cr2(uint64_t cr2);
int model_get_debugregs(struct debugregs *regs);
int model_set_debugregs(const struct debugregs *regs);
int model_copy_out(uint64_t *cr2, struct events *events);

#endif
