/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A VM as the hypervisor keeps it, at the start of the area that the host
 * donated for it.
 */
#ifndef PKVM_LIB_VM_H
#define PKVM_LIB_VM_H

#include <pkvm/vm.h>
#include "platform.h"

struct pkvm_vcpu;

/* Most vCPUs of a VM and most VMs of this core; abi_query tells both. */
#define PKVM_MAX_VMS   128
#define PKVM_MAX_VCPUS 64

enum pkvm_vm_state {
	PKVM_VM_BUILDING,
	PKVM_VM_FINALIZED,
	PKVM_VM_DESTROYING
};

/* A major version that a caller negotiated, and what is in force for it. */
struct pkvm_negotiation {
	uint32_t agreed;        /* 0: nothing yet, or another major */
	uint32_t minor;
	uint64_t features;
};

struct pkvm_vm {
	struct pkvm_lock lock;          /* everything below               */
	uint32_t slot;
	uint32_t protected_vm;          /* 1: a pVM                       */
	uint32_t state;                 /* enum pkvm_vm_state             */
	uint32_t sealed;                /* vm_finalize succeeded once     */
	uint32_t reserved0;
	uint64_t handle;
	uint64_t area;
	uint64_t area_size;
	uint32_t max_vcpus;
	uint32_t nr_vcpus;
	uint32_t configured;            /* a vCPU was created once: frozen */
	uint32_t irqchip;               /* PKVM_IRQCHIP_*, + 1; 0 not set */
	uint32_t exception_payload;
	uint32_t disabled_quirks;
	uint64_t x2apic_flags;          /* sticky ones and the mode       */
	struct pkvm_negotiation guest;
	uint64_t ept_root;              /* physical address of the PML4, 0 none */
	uint64_t ept_generation;        /* raised when a mapping goes     */
	uint64_t pool;                  /* first free page, linked        */
	uint64_t pool_pages;
	uint64_t apic_access;           /* page of the pool, 0 none       */
	uint64_t destroy_cursor;        /* guest-physical address         */
	uint64_t vcpu[PKVM_MAX_VCPUS];  /* areas, by vCPU id; 0 none      */
};

/* Whether the host emulates the local APICs itself, in its kernel. */
static inline bool pkvm_vm_has_lapic(const struct pkvm_vm *vm)
{
	return vm->irqchip > PKVM_IRQCHIP_NONE + 1;
}

#endif
