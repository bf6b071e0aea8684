/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Handle tables: reserve, publish, find with a reference, retire. */
#include "handle.h"

/* A handle: generation [55:24], kind [23:20], number of the place [19:0]. */
#define NUMBER_BITS     20
#define NUMBER_MASK     ((1u << NUMBER_BITS) - 1)
#define GENERATION_AT   24

static uint64_t make_handle(const struct pkvm_slots *slots, uint32_t number,
			    uint32_t generation)
{
	return (uint64_t)generation << GENERATION_AT | (uint64_t)slots->kind << NUMBER_BITS |
	       number;
}

uint32_t pkvm_slot_number(uint64_t handle)
{
	return (uint32_t)handle & NUMBER_MASK;
}

uint32_t pkvm_slot_kind(uint64_t handle)
{
	return (uint32_t)handle >> NUMBER_BITS & 0xf;
}

void pkvm_slots_init(struct pkvm_slots *slots, struct pkvm_slot *slot, uint32_t size,
		     uint32_t kind)
{
	slots->slot = slot;
	slots->size = size;
	slots->kind = kind;
	slots->nr_taken = 0;
	slots->first_free = 1;
	for (uint32_t i = 0; i < size; i++)
		slot[i].next_free = i + 1 < size ? i + 2 : 0;
}

int32_t pkvm_slot_reserve(struct pkvm_slots *slots)
{
	int32_t number = -1;

	pkvm_plat_lock(&slots->lock);
	if (slots->first_free) {
		number = (int32_t)slots->first_free - 1;
		slots->first_free = slots->slot[number].next_free;
		slots->slot[number].next_free = 0;
		slots->nr_taken++;
	}
	pkvm_plat_unlock(&slots->lock);
	return number;
}

/* A place whose generations are used up is never given out again. */
static void free_slot(struct pkvm_slots *slots, uint32_t number)
{
	struct pkvm_slot *slot = &slots->slot[number];

	slot->handle = 0;
	slot->object = 0;
	slots->nr_taken--;
	if (slot->generation == UINT32_MAX)
		return;
	slot->next_free = slots->first_free;
	slots->first_free = number + 1;
}

void pkvm_slot_cancel(struct pkvm_slots *slots, uint32_t number)
{
	pkvm_plat_lock(&slots->lock);
	free_slot(slots, number);
	pkvm_plat_unlock(&slots->lock);
}

uint64_t pkvm_slot_publish(struct pkvm_slots *slots, uint32_t number, uint64_t object,
			   uint64_t *own)
{
	struct pkvm_slot *slot = &slots->slot[number];
	uint64_t handle;

	pkvm_plat_lock(&slots->lock);
	slot->generation++;
	handle = make_handle(slots, number, slot->generation);
	*own = handle;
	slot->object = object;
	slot->handle = handle;
	pkvm_plat_unlock(&slots->lock);
	return handle;
}

/* The place that a handle names, or NULL; the table's lock is held. */
static struct pkvm_slot *find(struct pkvm_slots *slots, uint64_t handle)
{
	const uint32_t number = pkvm_slot_number(handle);

	if (!handle || number >= slots->size || slots->slot[number].handle != handle)
		return NULL;
	return &slots->slot[number];
}

uint64_t pkvm_slot_get(struct pkvm_slots *slots, uint64_t handle)
{
	struct pkvm_slot *slot;
	uint64_t object = 0;

	pkvm_plat_lock(&slots->lock);
	slot = find(slots, handle);
	if (slot) {
		slot->refs++;
		object = slot->object;
	}
	pkvm_plat_unlock(&slots->lock);
	return object;
}

void pkvm_slot_put(struct pkvm_slots *slots, uint64_t handle)
{
	struct pkvm_slot *slot;

	pkvm_plat_lock(&slots->lock);
	slot = find(slots, handle);
	if (slot)
		slot->refs--;
	pkvm_plat_unlock(&slots->lock);
}

uint64_t pkvm_slot_handle(struct pkvm_slots *slots, uint32_t number)
{
	uint64_t handle;

	pkvm_plat_lock(&slots->lock);
	handle = slots->slot[number].handle;
	pkvm_plat_unlock(&slots->lock);
	return handle;
}

uint32_t pkvm_slots_taken(struct pkvm_slots *slots)
{
	uint32_t taken;

	pkvm_plat_lock(&slots->lock);
	taken = slots->nr_taken;
	pkvm_plat_unlock(&slots->lock);
	return taken;
}

bool pkvm_slot_retire(struct pkvm_slots *slots, uint64_t handle)
{
	struct pkvm_slot *slot;
	bool retired = false;

	pkvm_plat_lock(&slots->lock);
	slot = find(slots, handle);
	if (slot && slot->refs == 1) {
		slot->refs = 0;
		free_slot(slots, pkvm_slot_number(handle));
		retired = true;
	}
	pkvm_plat_unlock(&slots->lock);
	return retired;
}
