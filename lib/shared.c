/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Copies between private memory and memory that the host can write at any moment. */
#include "shared.h"

/* The one place that looks into shared memory. */
static uint64_t *word_at(struct pkvm_shared *shared, size_t offset)
{
	return (uint64_t *)((uintptr_t)shared + offset);
}

uint64_t pkvm_shared_get(struct pkvm_shared *from, size_t offset)
{
	return __atomic_load_n(word_at(from, offset), __ATOMIC_RELAXED);
}

void pkvm_shared_put(struct pkvm_shared *to, size_t offset, uint64_t value)
{
	__atomic_store_n(word_at(to, offset), value, __ATOMIC_RELAXED);
}

uint64_t pkvm_shared_take(struct pkvm_shared *from, size_t offset)
{
	return __atomic_exchange_n(word_at(from, offset), 0, __ATOMIC_ACQ_REL);
}

void pkvm_shared_read(struct pkvm_shared *from, size_t offset, void *to, size_t size)
{
	uint64_t *word = to;

	for (size_t at = 0; at < size; at += sizeof(*word))
		*word++ = pkvm_shared_get(from, offset + at);
}

void pkvm_shared_write(struct pkvm_shared *to, size_t offset, const void *from, size_t size)
{
	const uint64_t *word = from;

	for (size_t at = 0; at < size; at += sizeof(*word))
		pkvm_shared_put(to, offset + at, *word++);
}

void pkvm_shared_zero(struct pkvm_shared *to, size_t offset, size_t size)
{
	for (size_t at = 0; at < size; at += sizeof(uint64_t))
		pkvm_shared_put(to, offset + at, 0);
}
