/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Handles: 64 bits, opaque to the host, with a generation, so that none is ever
 * valid again after its object is gone. An object is found with a reference,
 * which keeps it from being freed while a call is inside.
 */
#ifndef PKVM_LIB_HANDLE_H
#define PKVM_LIB_HANDLE_H

#include "platform.h"

struct pkvm_hyp;

/* One place of a handle table. */
struct pkvm_slot {
	uint64_t handle;        /* 0: free, or not yet published             */
	uint64_t object;        /* physical address of the VM's or vCPU's area */
	uint32_t generation;    /* of the last handle given out              */
	uint32_t refs;          /* calls that hold it                        */
	uint32_t next_free;     /* number of the next free place + 1, 0 ends */
	uint32_t reserved0;
};

struct pkvm_slots {
	struct pkvm_lock lock;
	uint32_t first_free;    /* number + 1 */
	uint32_t nr_taken;
	uint32_t size;
	uint32_t kind;          /* tells the handles of two tables apart */
	struct pkvm_slot *slot;
};

#define PKVM_HANDLE_VM   1u
#define PKVM_HANDLE_VCPU 2u

void pkvm_slots_init(struct pkvm_slots *slots, struct pkvm_slot *slot, uint32_t size,
		     uint32_t kind);

/* Reserves a place; its number, or -1 when the table is full. */
int32_t pkvm_slot_reserve(struct pkvm_slots *slots);
/* Gives a reserved place back unpublished. */
void pkvm_slot_cancel(struct pkvm_slots *slots, uint32_t number);
/*
 * Makes the object known under a new handle, as the last step of its making;
 * the object keeps a copy of it in *own.
 */
uint64_t pkvm_slot_publish(struct pkvm_slots *slots, uint32_t number, uint64_t object,
			   uint64_t *own);

/* Finds an object and takes a reference; 0 for an unknown or stale handle. */
uint64_t pkvm_slot_get(struct pkvm_slots *slots, uint64_t handle);
void pkvm_slot_put(struct pkvm_slots *slots, uint64_t handle);
/* Forgets the handle if the caller's reference is the only one. */
bool pkvm_slot_retire(struct pkvm_slots *slots, uint64_t handle);

/* The handle that a place holds at this moment, 0 for none. */
uint64_t pkvm_slot_handle(struct pkvm_slots *slots, uint32_t number);
/* Places reserved or published. */
uint32_t pkvm_slots_taken(struct pkvm_slots *slots);
/* The number of the place that a valid handle names, and its table's kind. */
uint32_t pkvm_slot_number(uint64_t handle);
uint32_t pkvm_slot_kind(uint64_t handle);

#endif
