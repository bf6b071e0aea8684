/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Guest memory that the host backs. */
#include "memory.h"
#include "platform.h"
#include "reclaim.h"
#include "x86_ops.h"

#define TOPUP_PAGES 8u
#define OFFSET_IN_PAGE (PKVM_PAGE_SIZE - 1)

static bool overlaps(const struct pkvm_host_vm *vm, uint64_t gpa, uint64_t pages)
{
	for (uint32_t i = 0; i < vm->nr_slots; i++) {
		const struct pkvm_host_slot *slot = &vm->slot[i];

		if (gpa < slot->gpa + slot->pages * PKVM_PAGE_SIZE &&
		    slot->gpa < gpa + pages * PKVM_PAGE_SIZE)
			return true;
	}
	return false;
}

static void zero(void *to, uint64_t size)
{
	uint64_t *word = to;

	for (uint64_t i = 0; i < size / sizeof(*word); i++)
		word[i] = 0;
}

int pkvm_host_memory_add(struct pkvm_host_vm *vm, uint64_t gpa, uint64_t size)
{
	struct pkvm_host_slot *slot = &vm->slot[vm->nr_slots];
	struct pkvm_host_range table;

	if (!size || (gpa | size) & OFFSET_IN_PAGE || gpa > ~size ||
	    vm->nr_slots == PKVM_HOST_MAX_SLOTS ||
	    overlaps(vm, gpa, size >> PKVM_PAGE_SHIFT))
		return -PKVM_EINVAL;
	*slot = (struct pkvm_host_slot){ .gpa = gpa, .pages = size >> PKVM_PAGE_SHIFT };
	if (!pkvm_host_range_alloc(&table, slot->pages * sizeof(*slot->backing)))
		return -PKVM_ENOMEM;
	slot->backing_pa = table.pa;
	slot->backing_pages = table.pages;
	slot->backing = pkvm_host_plat_ptr(table.pa);
	zero(slot->backing, table.pages * PKVM_PAGE_SIZE);
	vm->nr_slots++;
	return 0;
}

/* The place of a page's backing; NULL: no slot is there. */
static uint64_t *find(struct pkvm_host_vm *vm, uint64_t gpa)
{
	for (uint32_t i = 0; i < vm->nr_slots; i++) {
		const struct pkvm_host_slot *slot = &vm->slot[i];

		if (gpa >= slot->gpa && (gpa - slot->gpa) >> PKVM_PAGE_SHIFT < slot->pages)
			return &slot->backing[(gpa - slot->gpa) >> PKVM_PAGE_SHIFT];
	}
	return NULL;
}

/* The page behind a guest-physical address, fresh and zero when it has none yet. */
static int back(struct pkvm_host_vm *vm, uint64_t gpa, uint64_t **backing)
{
	struct pkvm_host_range page;

	*backing = find(vm, gpa);
	if (!*backing)
		return -PKVM_ENOENT;
	if (**backing)
		return 0;
	if (!pkvm_host_range_alloc(&page, PKVM_PAGE_SIZE))
		return -PKVM_ENOMEM;
	zero(pkvm_host_plat_ptr(page.pa), PKVM_PAGE_SIZE);
	**backing = page.pa;
	return 0;
}

/* The host's pointer to one byte of guest memory. */
static int reach(struct pkvm_host_vm *vm, uint64_t gpa, uint8_t **byte)
{
	uint64_t *backing;
	uint8_t *page = NULL;
	int error;

	pkvm_host_lock(vm);
	error = back(vm, gpa, &backing);
	if (!error)
		page = pkvm_host_plat_ptr(*backing & ~(uint64_t)OFFSET_IN_PAGE);
	pkvm_host_unlock(vm);
	if (error)
		return error;
	if (!page)
		return -PKVM_EFAULT;
	*byte = page + (gpa & OFFSET_IN_PAGE);
	return 0;
}

static uint64_t until_page_end(uint64_t gpa, uint64_t length)
{
	const uint64_t rest = PKVM_PAGE_SIZE - (gpa & OFFSET_IN_PAGE);

	return length < rest ? length : rest;
}

int pkvm_host_memory_write(struct pkvm_host_vm *vm, uint64_t gpa, const void *from,
			   uint64_t length)
{
	const uint8_t *byte = from;

	for (uint64_t done = 0, part; done < length; done += part) {
		uint8_t *to = NULL;
		const int error = reach(vm, gpa + done, &to);

		if (error)
			return error;
		part = until_page_end(gpa + done, length - done);
		for (uint64_t i = 0; i < part; i++)
			to[i] = byte[done + i];
	}
	return 0;
}

int pkvm_host_memory_read(struct pkvm_host_vm *vm, uint64_t gpa, void *to, uint64_t length)
{
	uint8_t *byte = to;

	for (uint64_t done = 0, part; done < length; done += part) {
		uint8_t *from = NULL;
		const int error = reach(vm, gpa + done, &from);

		if (error)
			return error;
		part = until_page_end(gpa + done, length - done);
		for (uint64_t i = 0; i < part; i++)
			byte[done + i] = from[i];
	}
	return 0;
}

/* Page tables may have to be donated first. */
static int map_page(struct pkvm_host_vcpu *vcpu, uint64_t gpa, uint64_t hpa)
{
	const struct pkvm_mapping mapping = { gpa, hpa, PKVM_PAGE_SIZE, 1 };
	int error = pkvm_host_mmu_map(vcpu, &mapping);

	if (error != -PKVM_EAGAIN)
		return error;
	error = pkvm_host_vm_topup(vcpu->vm, TOPUP_PAGES);
	return error ? error : pkvm_host_mmu_map(vcpu, &mapping);
}

/* Two vCPUs may fault on one page: the second finds it donated, and mapped. */
int pkvm_host_memory_map(struct pkvm_host_vcpu *vcpu, uint64_t gpa)
{
	struct pkvm_host_vm *vm = vcpu->vm;
	uint64_t *backing;
	int error;

	pkvm_host_lock(vm);
	error = back(vm, gpa, &backing);
	if (!error && !(*backing & PKVM_HOST_DONATED))
		error = map_page(vcpu, gpa & ~(uint64_t)OFFSET_IN_PAGE,
				 *backing & ~(uint64_t)OFFSET_IN_PAGE);
	if (!error && vm->protected_vm)
		*backing |= PKVM_HOST_DONATED;
	pkvm_host_unlock(vm);
	return error;
}

void pkvm_host_memory_free(struct pkvm_host_vm *vm)
{
	for (uint32_t i = 0; i < vm->nr_slots; i++) {
		struct pkvm_host_slot *slot = &vm->slot[i];
		struct pkvm_host_range table = { slot->backing_pa, slot->backing_pages };

		for (uint64_t j = 0; j < slot->pages; j++) {
			struct pkvm_host_range page = { slot->backing[j], 1 };

			if (page.pa && !(page.pa & PKVM_HOST_DONATED))
				pkvm_host_range_free(&page);
		}
		pkvm_host_range_free(&table);
	}
	vm->nr_slots = 0;
}
