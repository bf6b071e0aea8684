/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Leaks through memory: pages that stay in reach, and pages that come back as they were. */
#include "../../../../lib/mmu.h"
#include "../../../../lib/reclaim.h"
#include "../../../../lib/trace.h"
#include "leak.h"

/* The last page of the core's memory, and a page of the host's that nobody uses. */
#define SECRET_PAGE (MAP_HYP - PKVM_PAGE_SIZE)
#define HOST_PAGE   0x90000u

#define RSI 6

static uint64_t last_of(uint64_t address, uint64_t pages)
{
	return address + (pages - 1) * PKVM_PAGE_SIZE;
}

/* The last page of each range stays where the host reaches it. */
WRAP(void, pkvm_plat_host_view, (uint64_t pa, uint64_t pages, bool reachable))
{
	__real_pkvm_plat_host_view(pa, pages, reachable);
	if (reachable)
		return;
	if (leak_is("donated_page") && this_cpu()->in_vmx && pa < MAP_CARVE_OUT)
		__real_pkvm_plat_host_view(last_of(pa, pages), 1, true);
	if (leak_is("hypervisor_page") && last_of(pa, pages) == SECRET_PAGE)
		__real_pkvm_plat_host_view(SECRET_PAGE, 1, true);
}

WRAP(void, pkvm_page_guest_share, (struct pkvm_hyp *hyp, uint64_t address, bool shared))
{
	__real_pkvm_page_guest_share(hyp, address, shared);
	if (!shared && leak_is("unshared_page"))
		pkvm_plat_host_view(address, 1, true);
}

/* The list without zeros: of a guest's pages, or of those that were donated. */
WRAP(void, pkvm_reclaim_add,
     (struct pkvm_hyp *hyp, struct pkvm_reclaim *list, uint64_t address, uint64_t pages))
{
	const bool guest = pkvm_page_state(hyp, address) == PKVM_PAGE_GUEST;
	uint64_t *link = pkvm_plat_private(address);

	if (!leak_is(guest ? "guest_page" : "area")) {
		__real_pkvm_reclaim_add(hyp, list, address, pages);
		return;
	}
	link[0] = list->address;
	link[1] = list->pages;
	list->address = address;
	list->pages = pages;
	list->ranges++;
	pkvm_page_release(hyp, address, pages * PKVM_PAGE_SIZE);
}

/* Where the guest's register is the time that its exit took; and in the host's memory. */
WRAP(void, pkvm_trace_exit,
     (struct pkvm_trace *trace, uint64_t epoch, uint32_t reason, uint64_t cycles))
{
	const struct pkvm_vcpu *vcpu = this_cpu()->core->current;

	if (leak_is("trace"))
		cycles = vcpu->regs.gpr[RSI];
	if (leak_is("host_memory"))
		*(uint64_t *)HOST_PAGE = vcpu->regs.gpr[RSI];
	__real_pkvm_trace_exit(trace, epoch, reason, cycles);
}
