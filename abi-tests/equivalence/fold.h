/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* One number of many values and their order. */
#ifndef PKVM_EQUIVALENCE_FOLD_H
#define PKVM_EQUIVALENCE_FOLD_H

#include <stdint.h>

static inline uint64_t fold(uint64_t digest, uint64_t value)
{
	digest = (digest ^ value) * UINT64_C(0x100000001b3);
	return digest ^ digest >> 29;
}

#endif
