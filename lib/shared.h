/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Copies out of and into memory that the host can write at any moment. A value
 * is read once, into private memory, before anyone judges it; what was
 * published is never read back.
 */
#ifndef PKVM_LIB_SHARED_H
#define PKVM_LIB_SHARED_H

#include <pkvm/shared_page.h>
#include "platform.h"

/* The one place that looks into shared memory. */
static inline uint64_t *pkvm_shared_word(struct pkvm_shared *shared, size_t offset)
{
	return (uint64_t *)((uintptr_t)shared + offset);
}

static inline uint64_t pkvm_shared_get(struct pkvm_shared *from, size_t offset)
{
	return __atomic_load_n(pkvm_shared_word(from, offset), __ATOMIC_RELAXED);
}

static inline void pkvm_shared_put(struct pkvm_shared *to, size_t offset, uint64_t value)
{
	__atomic_store_n(pkvm_shared_word(to, offset), value, __ATOMIC_RELAXED);
}

/* Whole 64-bit words, each read or written once; offset is in bytes. */
static inline void pkvm_shared_read(struct pkvm_shared *from, size_t offset, void *to,
				    size_t size)
{
	uint64_t *word = to;

	for (size_t at = 0; at < size; at += sizeof(*word))
		*word++ = pkvm_shared_get(from, offset + at);
}

static inline void pkvm_shared_write(struct pkvm_shared *to, size_t offset, const void *from,
				     size_t size)
{
	const uint64_t *word = from;

	for (size_t at = 0; at < size; at += sizeof(*word))
		pkvm_shared_put(to, offset + at, *word++);
}

void pkvm_shared_zero(struct pkvm_shared *to, size_t offset, size_t size);

/* Takes a word and leaves zero, in one atomic step. */
uint64_t pkvm_shared_take(struct pkvm_shared *from, size_t offset);

/* The offset of a field of the shared page: PKVM_PAGE_AT(reply.valid). */
#define PKVM_PAGE_AT(FIELD) offsetof(struct pkvm_shared_page, FIELD)

#endif
