/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* EPT paging structures (SDM "EPT Translation Mechanism"): entries and levels. */
#ifndef PKVM_LIB_EPT_H
#define PKVM_LIB_EPT_H

#include <pkvm/abi.h>
#include "platform.h"

#define PKVM_EPT_READ        PKVM_BIT(0)
#define PKVM_EPT_WRITE       PKVM_BIT(1)
#define PKVM_EPT_EXECUTE     PKVM_BIT(2)
#define PKVM_EPT_WRITE_BACK  (PKVM_U64(6) << 3) /* memory type of a leaf   */
#define PKVM_EPT_ACCESSED    PKVM_BIT(8)
#define PKVM_EPT_ADDRESS     PKVM_BITS(51, 12)
#define PKVM_EPT_OWN         PKVM_BIT(52) /* ignored: a leaf's page is of the pool */
#define PKVM_EPT_TABLE       (PKVM_EPT_READ | PKVM_EPT_WRITE | PKVM_EPT_EXECUTE)

#define PKVM_EPTP_WRITE_BACK PKVM_U64(6)
#define PKVM_EPTP_LEVELS_4   (PKVM_U64(3) << 3)
#define PKVM_EPTP_ACCESSED   PKVM_BIT(6)

#define PKVM_EPT_LEVELS      4
#define PKVM_EPT_WIDTH       48         /* bits of a guest-physical address */

/* Bytes that one entry of a level covers; level 1 holds the leaves. */
static inline uint64_t pkvm_ept_span(unsigned int level)
{
	return (uint64_t)PKVM_PAGE_SIZE << 9 * (level - 1);
}

/* The entry for an address in a table of a level. */
static inline uint64_t *pkvm_ept_entry(uint64_t table, unsigned int level, uint64_t gpa)
{
	uint64_t *entries = pkvm_plat_private(table);

	return &entries[gpa / pkvm_ept_span(level) % 512];
}

/* A processor that walks the tables may set flags in an entry at any time. */
static inline uint64_t pkvm_ept_read(const uint64_t *entry)
{
	return __atomic_load_n(entry, __ATOMIC_ACQUIRE);
}

static inline bool pkvm_ept_is_present(uint64_t entry)
{
	return entry & PKVM_EPT_READ;
}

#endif
