/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The life of a VM on the host's side. */
#include "irqchip.h"
#include "memory.h"
#include "platform.h"
#include "reclaim.h"
#include "x86_ops.h"

int pkvm_host_vm_init(struct pkvm_host_vm *vm, const struct pkvm_host *host, uint64_t type,
		      uint64_t max_vcpus)
{
	struct pkvm_vm_config in = { .type = type, .max_vcpus = max_vcpus };
	struct pkvm_vm_handle out;
	struct pkvm_host_range area;
	int error;

	*vm = (struct pkvm_host_vm){ .host = host, .protected_vm = type == PKVM_VM_PVM };
	if (!pkvm_host_range_alloc(&area, host->answer.vm_area_size))
		return -PKVM_ENOMEM;
	in.area = area.pa;
	in.size = area.pages * PKVM_PAGE_SIZE;
	error = (int)pkvm_hc_vm_init(&in, &out).error;
	if (error)
		pkvm_host_range_free(&area);
	vm->handle = out.vm;
	return error;
}

int pkvm_host_vm_enable_cap(struct pkvm_host_vm *vm, uint64_t cap, uint64_t argument)
{
	const struct pkvm_vm_cap in = { .vm = vm->handle, .cap = cap, .arg0 = argument };
	const int error = (int)pkvm_hc_enable_cap(&in).error;

	if (!error && cap == PKVM_VM_CAP_EXCEPTION_PAYLOAD)
		vm->exception_payload = argument;
	return error;
}

int pkvm_host_vm_x2apic_api(struct pkvm_host_vm *vm, uint64_t flags, uint64_t *supported)
{
	const struct pkvm_vm_flags in = { vm->handle, flags };
	struct pkvm_value out;
	int error;

	pkvm_host_lock(vm);
	error = (int)pkvm_hc_x2apic_api(&in, &out).error;
	if (!error)
		vm->x2apic_flags = pkvm_x2apic_flags_after(vm->x2apic_flags, flags);
	if (!error && vm->chip)
		pkvm_host_irqchip_set_flags(vm->chip, (uint32_t)vm->x2apic_flags);
	pkvm_host_unlock(vm);
	*supported = out.value;
	return error;
}

int pkvm_host_vm_create_irqchip(struct pkvm_host_vm *vm, struct pkvm_host_irqchip *chip,
				uint32_t mode)
{
	int error;

	pkvm_host_lock(vm);
	error = pkvm_host_vm_enable_cap(vm, PKVM_VM_CAP_IRQCHIP, mode);
	if (!error)
		error = pkvm_host_irqchip_init(chip, mode, (uint32_t)vm->x2apic_flags);
	if (!error)
		vm->chip = chip;
	pkvm_host_unlock(vm);
	return error;
}

int pkvm_host_vm_finalize(struct pkvm_host_vm *vm)
{
	const struct pkvm_vm_handle in = { vm->handle };

	return vm->protected_vm ? (int)pkvm_hc_vm_finalize(&in).error : 0;
}

int pkvm_host_vm_topup(struct pkvm_host_vm *vm, uint64_t pages)
{
	struct pkvm_vm_range in = { .vm = vm->handle };
	struct pkvm_host_range range;
	int error;

	if (!pages || pages > PKVM_MAX_RANGE_PAGES)
		return -PKVM_EINVAL;
	if (!pkvm_host_range_alloc(&range, pages * PKVM_PAGE_SIZE))
		return -PKVM_ENOMEM;
	in.address = range.pa;
	in.size = range.pages * PKVM_PAGE_SIZE;
	error = (int)pkvm_hc_vm_topup(&in).error;
	if (error)
		pkvm_host_range_free(&range);
	return error;
}

/* A list that is flawed loses pages, and ends the attempt to get more of them. */
static int take_apart(struct pkvm_host_vm *vm)
{
	const struct pkvm_vm_handle in = { vm->handle };
	struct pkvm_reclaim_more out;
	uint64_t pages;
	int error;

	do {
		error = (int)pkvm_hc_vm_destroy(&in, &out).error;
		if (!error) {
			const struct pkvm_reclaim list = { out.address, out.pages, out.ranges };

			error = pkvm_host_reclaim(&list, &pages);
			vm->reclaimed += pages;
		}
	} while (!error && out.more);
	return error;
}

int pkvm_host_vm_destroy(struct pkvm_host_vm *vm)
{
	int error = 0;

	while (vm->vcpus && !error)
		error = pkvm_host_vcpu_free(vm->vcpus);
	if (!error && vm->handle)
		error = take_apart(vm);
	if (error)
		return error;
	vm->handle = 0;
	pkvm_host_memory_free(vm);
	return 0;
}
