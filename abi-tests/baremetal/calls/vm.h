/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Virtual machines of the tests: one vCPU or two; a program of a few bytes in real mode. */
#ifndef PKVM_BAREMETAL_VM_H
#define PKVM_BAREMETAL_VM_H

#include "harness.h"

#define VM_CODE_GPA   0x1000u
#define VM_POOL_PAGES 16u

struct vm {
	uint64_t type;
	uint64_t handle;
	uint64_t vcpu;
	uint64_t area, area_size;
	uint64_t vcpu_area, vcpu_area_size;
	uint64_t pool;
	uint64_t fpstate;               /* 0 for an npVM                         */
	uint64_t code;                  /* the page that is mapped at VM_CODE_GPA */
	struct pkvm_shared_page *page;
};

/*
 * Whatever is refused on the way fails the test. The vCPU is loaded here; a bare
 * VM has no memory, and its vCPU is as RESET leaves it.
 */
void vm_make_bare(struct vm *vm, uint64_t type);
/* Of two vCPUs, unless second is NULL: there it is another vCPU of the same VM. */
void vm_make_pair(struct vm *vm, struct vm *second, uint64_t type);
void vm_make(struct vm *vm, uint64_t type, const uint8_t *code, uint64_t size);
/* Everything comes back, scrubbed but for an npVM's own memory, and is freed. */
void vm_destroy(const struct vm *vm);
/* The same of two vCPUs, the second bound to no CPU. */
void vm_destroy_pair(const struct vm *vm, const struct vm *second);

struct pkvm_run_exit vm_run(const struct vm *vm);
void vm_put(const struct vm *vm);

#endif
