/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Guest memory: slots that the host backs page by page, before the first run
 * when it loads something there, else when the guest touches them.
 */
#ifndef PKVM_HOST_MEMORY_H
#define PKVM_HOST_MEMORY_H

#include "host.h"

/* -EINVAL: unaligned, empty, overlapping, or too many slots; -ENOMEM. */
PKVM_MUST_CHECK int pkvm_host_memory_add(struct pkvm_host_vm *vm, uint64_t gpa, uint64_t size);

/*
 * The host's own access, byte by byte. -ENOENT: no slot is there; -EFAULT: a
 * page is the guest's alone; -ENOMEM. What came before the fault is done.
 */
PKVM_MUST_CHECK int pkvm_host_memory_write(struct pkvm_host_vm *vm, uint64_t gpa,
					   const void *from, uint64_t length);
PKVM_MUST_CHECK int pkvm_host_memory_read(struct pkvm_host_vm *vm, uint64_t gpa, void *to,
					  uint64_t length);

/*
 * Backs the page of a guest-physical address and maps it: a donation for a pVM.
 * The vCPU is loaded. -ENOENT: no slot is there, nothing was asked of anyone.
 */
PKVM_MUST_CHECK int pkvm_host_memory_map(struct pkvm_host_vcpu *vcpu, uint64_t gpa);

/* Frees every page that no reclaim list returns, after the VM is gone. */
void pkvm_host_memory_free(struct pkvm_host_vm *vm);

#endif
