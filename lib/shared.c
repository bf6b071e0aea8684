/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Copies between private memory and memory that the host can write at any moment. */
#include "shared.h"

uint64_t pkvm_shared_take(struct pkvm_shared *from, size_t offset)
{
	return __atomic_exchange_n(pkvm_shared_word(from, offset), 0, __ATOMIC_ACQ_REL);
}

void pkvm_shared_zero(struct pkvm_shared *to, size_t offset, size_t size)
{
	for (size_t at = 0; at < size; at += sizeof(uint64_t))
		pkvm_shared_put(to, offset + at, 0);
}
