/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Applies the rows of pkvm/cpuid_policy.inc to one CPUID entry.
 */
#include "cpuid.h"
#include <pkvm/fpstate.h>

/* XTILECFG and XTILEDATA in XCR0[31:0]: one is of no use without the other. */
#define XSAVE_DYNAMIC 0x60000u
/* Narrowest physical address of a processor with paging (SDM "Paging"). */
#define WIDTH_MIN 32u

struct row {
	uint32_t first;
	uint32_t last;
	uint32_t sub;
	uint32_t mask;
	uint8_t reg;
	uint8_t kind;
	uint8_t by;
};

/* clang-format off */
static const struct row rows[] = {
#define PKVM_CPUID_POLICY(FIRST, LAST, SUB, REG, MASK, KIND, BY, REASON)      \
	{FIRST, LAST, SUB, MASK, PKVM_CPUID_REG_##REG, PKVM_CPUID_KIND_##KIND, \
	 PKVM_CPUID_BY_##BY},
#include <pkvm/cpuid_policy.inc>
};
/* clang-format on */
#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

/*
 * A question beyond the processor's last leaf would be answered with another
 * leaf's data, so it is not asked. The hypervisors' range is not a processor's.
 */
static bool processor_has(uint32_t leaf)
{
	struct pkvm_cpuid_regs top;

	if (leaf >= PKVM_CPUID_HYPERVISOR && leaf < PKVM_CPUID_EXTENDED)
		return false;
	pkvm_plat_cpuid(leaf & PKVM_CPUID_EXTENDED, 0, &top);
	return leaf <= top.eax;
}

static bool covers(const struct row *row, const struct pkvm_cpuid_entry *entry, uint8_t reg)
{
	return entry->function >= row->first && entry->function <= row->last &&
	       (row->sub == ~0u || row->sub == entry->index) &&
	       (row->reg == PKVM_CPUID_REG_all || row->reg == reg);
}

static uint32_t width(uint32_t host, uint32_t processor)
{
	return host < WIDTH_MIN || host > processor ? processor : host;
}

static uint32_t decide(struct pkvm_cpuid_policy policy, const struct row *row, uint32_t host,
		       uint32_t processor)
{
	switch (row->by) {
	case PKVM_CPUID_BY_hypervisor:
		return processor;
	case PKVM_CPUID_BY_host:
		return host;
	case PKVM_CPUID_BY_forced1:
		return ~0u;
	case PKVM_CPUID_BY_dynamic:
		return policy.dynamic ? processor : 0;
	case PKVM_CPUID_BY_width:
		return width(host & row->mask, processor & row->mask);
	case PKVM_CPUID_BY_limit:
		return processor < row->mask ? processor : row->mask;
	default: /* forced0, runtime */
		return 0;
	}
}

/* What the policy makes of one register's value. */
static uint32_t filter(struct pkvm_cpuid_policy policy, const struct pkvm_cpuid_entry *entry,
		       uint8_t reg, uint32_t host, uint32_t processor)
{
	uint32_t value = policy.pvm ? 0 : host;
	size_t i;

	for (i = 0; i < NR_ROWS; i++) {
		const struct row *row = &rows[i];
		const uint32_t mask = row->by == PKVM_CPUID_BY_limit ? ~0u : row->mask;

		if (!covers(row, entry, reg))
			continue;
		if (!policy.pvm && row->kind != PKVM_CPUID_KIND_both)
			continue;
		value = (value & ~mask) | (decide(policy, row, host, processor) & mask);
	}
	return value;
}

/*
 * Turns the host's entry into what counts of it. A pVM's entry also gets the
 * index and flag that belong to its leaf, and offers nothing beyond the
 * processor's last leaf.
 */
void pkvm_cpuid_filter(struct pkvm_cpuid_policy policy, struct pkvm_cpuid_entry *entry)
{
	struct pkvm_cpuid_regs processor = {0, 0, 0, 0};
	const bool known = processor_has(entry->function);

	if (policy.pvm) {
		const bool has_subleaves = pkvm_cpuid_has_subleaves(entry->function);

		entry->flags = has_subleaves ? PKVM_CPUID_SIGNIFICANT_INDEX : 0;
		entry->index = has_subleaves ? entry->index : 0;
		if (!known) {
			entry->eax = 0;
			entry->ebx = 0;
			entry->ecx = 0;
			entry->edx = 0;
		}
	}
	if (known)
		pkvm_plat_cpuid(entry->function, entry->index, &processor);
	entry->eax = filter(policy, entry, PKVM_CPUID_REG_eax, entry->eax, processor.eax);
	entry->ebx = filter(policy, entry, PKVM_CPUID_REG_ebx, entry->ebx, processor.ebx);
	entry->ecx = filter(policy, entry, PKVM_CPUID_REG_ecx, entry->ecx, processor.ecx);
	entry->edx = filter(policy, entry, PKVM_CPUID_REG_edx, entry->edx, processor.edx);
}

/* The entry of a question that the host's table does not answer. */
struct pkvm_cpuid_entry pkvm_cpuid_missing(struct pkvm_cpuid_policy policy, uint32_t leaf,
					   uint32_t subleaf)
{
	struct pkvm_cpuid_entry entry = {leaf, subleaf, 0, 0, 0, 0, 0, {0, 0, 0}};

	pkvm_cpuid_filter(policy, &entry);
	return entry;
}

struct pkvm_cpuid_policy pkvm_cpuid_policy_of(const struct pkvm_cpuid_entry *table,
					      uint32_t count, bool pvm)
{
	const struct pkvm_cpuid_entry *xsave =
		pkvm_cpuid_find(table, count, PKVM_CPUID_XSAVE, 0);
	struct pkvm_cpuid_policy policy = {pvm, false};
	struct pkvm_cpuid_regs processor;

	if (!pvm || !xsave || !processor_has(PKVM_CPUID_XSAVE))
		return policy;
	pkvm_plat_cpuid(PKVM_CPUID_XSAVE, 0, &processor);
	policy.dynamic = (xsave->eax & processor.eax & XSAVE_DYNAMIC) == XSAVE_DYNAMIC;
	return policy;
}

/*
 * Bytes of fpstate for a pVM under this policy. Leaf 0xD of a pVM's table does
 * not depend on the host's but for policy.dynamic, so no table is needed.
 */
uint64_t pkvm_cpuid_fpstate_need(struct pkvm_cpuid_policy policy)
{
	struct pkvm_cpuid_entry xsave[PKVM_CPUID_XSAVE_SUBLEAVES];
	uint32_t n;

	for (n = 0; n < PKVM_CPUID_XSAVE_SUBLEAVES; n++)
		xsave[n] = pkvm_cpuid_missing(policy, PKVM_CPUID_XSAVE, n);
	return pkvm_fpstate_size(xsave, PKVM_CPUID_XSAVE_SUBLEAVES);
}
