/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the host reaches of physical memory: one set of EPT tables for all CPUs,
 * the identity, a page an entry where there is RAM.
 *
 * A page leaves in three steps: out of the tables, a higher generation, an NMI
 * to each CPU that may hold the old translation; it is gone when all of them
 * have caught up. The core calls with its lock held, and CPUs that wait for the
 * lock do so in root operation, where an NMI reaches them.
 */
#include "../../lib/ept.h"
#include "../common/x86.h"
#include "cpu.h"
#include "nmi.h"
#include "view.h"

#define LARGE      PKVM_BIT(7)
#define LARGE_SIZE PKVM_BIT(21)
#define TABLES     (MAP_END / LARGE_SIZE)
#define ENTRIES    512u
#define RAM_LEAF   (PKVM_EPT_TABLE | PKVM_EPT_WRITE_BACK)

#define INVEPT_SINGLE PKVM_BIT(25) /* IA32_VMX_EPT_VPID_CAP */

struct table {
	_Alignas(PKVM_PAGE_SIZE) uint64_t entry[ENTRIES];
};

static struct table root, pointers, directories[4], leaves[TABLES];
static uint64_t generation;

static uint64_t table_entry(const struct table *to)
{
	return (uintptr_t)to | PKVM_EPT_TABLE;
}

/* The entry of a page of RAM. */
static uint64_t *leaf(uint64_t pa)
{
	return &leaves[pa / LARGE_SIZE].entry[pa / PKVM_PAGE_SIZE % ENTRIES];
}

/* Where there is no RAM below MAP_END there are devices, or the hypervisor's image. */
static uint64_t first_leaf(uint64_t pa)
{
	if (pa >= MAP_HYP && pa < MAP_HOST)
		return 0;
	return pa | (pkvm_plat_is_ram(pa, PKVM_PAGE_SIZE) ? RAM_LEAF : PKVM_EPT_TABLE);
}

/* Above RAM there are devices: uncached, in large pages. */
void view_init(void)
{
	root.entry[0] = table_entry(&pointers);
	for (unsigned int i = 0; i < 4; i++)
		pointers.entry[i] = table_entry(&directories[i]);
	for (uint64_t i = 0; i < 4 * ENTRIES; i++)
		directories[i / ENTRIES].entry[i % ENTRIES] =
			i < TABLES ? table_entry(&leaves[i])
				   : i * LARGE_SIZE | LARGE | PKVM_EPT_TABLE;
	for (uint64_t pa = 0; pa < MAP_END; pa += PKVM_PAGE_SIZE)
		*leaf(pa) = first_leaf(pa);
}

uint64_t view_eptp(void)
{
	return (uintptr_t)&root | PKVM_EPTP_WRITE_BACK | PKVM_EPTP_LEVELS_4;
}

static void invalidate(void)
{
	const bool single = pkvm_vmcs_caps()->ept_vpid_cap & INVEPT_SINGLE;

	if (pkvm_vmcs_invept(single ? PKVM_INVEPT_SINGLE_CONTEXT : PKVM_INVEPT_ALL_CONTEXTS,
			     single ? view_eptp() : 0))
		pkvm_plat_panic("INVEPT failed");
}

/* By the handler of an NMI alone, which nothing interrupts: the number only grows. */
void view_catch_up(void)
{
	const uint64_t now = __atomic_load_n(&generation, __ATOMIC_ACQUIRE);

	invalidate();
	__atomic_store_n(&this_cpu()->view, now, __ATOMIC_RELEASE);
}

/* A CPU that has not begun to run the host holds nothing. */
static void wait_for_others(uint64_t wanted)
{
	for (uint32_t i = 0; i < MAP_MAX_CPUS; i++) {
		if (&cpus[i] != this_cpu() &&
		    __atomic_load_n(&cpus[i].in_vmx, __ATOMIC_ACQUIRE))
			nmi_send(&cpus[i]);
	}
	for (uint32_t i = 0; i < MAP_MAX_CPUS; i++) {
		while (&cpus[i] != this_cpu() &&
		       __atomic_load_n(&cpus[i].in_vmx, __ATOMIC_ACQUIRE) &&
		       __atomic_load_n(&cpus[i].view, __ATOMIC_ACQUIRE) < wanted)
			x86_pause();
	}
}

void pkvm_plat_host_view(uint64_t pa, uint64_t pages, bool reachable)
{
	if (!pkvm_plat_is_ram(pa, pages * PKVM_PAGE_SIZE))
		pkvm_plat_panic("the core changes the host's view of what is no RAM");
	for (uint64_t at = pa; at < pa + pages * PKVM_PAGE_SIZE; at += PKVM_PAGE_SIZE)
		__atomic_store_n(leaf(at), reachable ? at | RAM_LEAF : 0, __ATOMIC_RELEASE);
	if (reachable || !this_cpu()->in_vmx)
		return;
	wait_for_others(__atomic_add_fetch(&generation, 1, __ATOMIC_ACQ_REL));
	invalidate();
}
