/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A VM's pool of page-table pages: a list through the first word of each page. */
#include "mmu.h"
#include "page.h"

void pkvm_pool_add(struct pkvm_vm *vm, uint64_t page)
{
	uint64_t *link = pkvm_plat_private(page);

	*link = vm->pool;
	vm->pool = page;
	vm->pool_pages++;
}

uint64_t pkvm_pool_take(struct pkvm_vm *vm)
{
	const uint64_t page = vm->pool;
	uint64_t *link;

	if (!page)
		return 0;
	link = pkvm_plat_private(page);
	vm->pool = *link;
	vm->pool_pages--;
	*link = 0;
	return page;
}
