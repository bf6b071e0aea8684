/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A vCPU's CPUID table of the processor's own leaves, as KVM would give them. */
#include "../../../host/platform.h"
#include "cpuid.h"
#include "harness.h"

#define LEAVES (sizeof(leaves) / sizeof(leaves[0]))

/* Subleaf n of leaf 0xD is component n; the vCPU needs those that it shall have. */
static const uint32_t leaves[][2] = {
	{0, 0}, {1, 0}, {7, 0}, {0xd, 0}, {0xd, 1}, {0xd, 2}, {0xd, 5}, {0xd, 6}, {0xd, 7},
	{0x80000000, 0}, {0x80000001, 0}, {0x80000008, 0},
};

void processor_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t regs[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(regs[EAX]), "=b"(regs[EBX]), "=c"(regs[ECX]), "=d"(regs[EDX])
			 : "a"(leaf), "c"(subleaf));
}

static void fill(struct pkvm_cpuid_entry *entry, const uint32_t leaf[2])
{
	uint32_t regs[4];

	processor_cpuid(leaf[0], leaf[1], regs);
	*entry = (struct pkvm_cpuid_entry){
		.function = leaf[0],
		.index = leaf[1],
		.flags = leaf[0] == 7 || leaf[0] == 0xd,
		.eax = regs[EAX],
		.ebx = regs[EBX],
		.ecx = regs[ECX],
		.edx = regs[EDX],
	};
}

uint64_t vcpu_set_cpuid(void)
{
	const uint64_t page = pkvm_host_plat_alloc(1);
	const struct pkvm_cpuid_table table = {page, PKVM_PAGE_SIZE, LEAVES};
	struct pkvm_cpuid_entry *entries = pkvm_host_plat_ptr(page);
	struct pkvm_reclaim old;

	for (unsigned int i = 0; i < LEAVES; i++)
		fill(&entries[i], leaves[i]);
	EXPECT_EQUAL(pkvm_hc_vcpu_after_set_cpuid(&table, &old).error, 0);
	EXPECT_EQUAL(old.ranges, 0);
	return page;
}
