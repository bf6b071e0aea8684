/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Physical memory as guests' accesses reach it. Several virtual processors may
 * race for it: what is aligned is one access, and the bytes of everything else
 * come one by one.
 *
 * SDM: section "Guaranteed Atomic Operations".
 */
#include "model_access.h"
#include "../platform.h"

#define PAGE_MASK 0xfffull

typedef uint16_t __attribute__((may_alias)) word;
typedef uint32_t __attribute__((may_alias)) doubleword;
typedef uint64_t __attribute__((may_alias)) quadword;

#define LOAD(TYPE, AT)         __atomic_load_n((const TYPE *)(AT), __ATOMIC_ACQUIRE)
#define STORE(TYPE, AT, VALUE) __atomic_store_n((TYPE *)(AT), (TYPE)(VALUE), __ATOMIC_RELEASE)

/* The byte at an address, or NULL where nothing decodes it. */
static uint8_t *byte_at(uint64_t pa)
{
	uint8_t *page = pkvm_plat_private(pa & ~PAGE_MASK);

	return page ? page + (pa & PAGE_MASK) : NULL;
}

static uint64_t load_bytes(const uint8_t *at, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)LOAD(uint8_t, at + i) << (8 * i);
	return value;
}

static void store_bytes(uint8_t *at, unsigned int size, uint64_t value)
{
	for (unsigned int i = 0; i < size; i++)
		STORE(uint8_t, at + i, value >> (8 * i));
}

/* Where nothing decodes an address, reads are all ones and writes are dropped. */
uint64_t model_load(uint64_t pa, unsigned int size)
{
	const uint8_t *at = byte_at(pa);

	if (!at)
		return model_mask(size);
	switch (pa % size ? 0 : size) {
	case 2:
		return LOAD(word, at);
	case 4:
		return LOAD(doubleword, at);
	case 8:
		return LOAD(quadword, at);
	default:
		return load_bytes(at, size);
	}
}

void model_store(uint64_t pa, unsigned int size, uint64_t value)
{
	uint8_t *at = byte_at(pa);

	if (!at)
		return;
	switch (pa % size ? 0 : size) {
	case 2:
		STORE(word, at, value);
		break;
	case 4:
		STORE(doubleword, at, value);
		break;
	case 8:
		STORE(quadword, at, value);
		break;
	default:
		store_bytes(at, size, value);
	}
}
