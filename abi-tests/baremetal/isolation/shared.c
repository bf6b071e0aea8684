/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Pages that the hypervisor writes for the host: the vCPU's page and traces. */
#include "../../../host/platform.h"
#include "look.h"

#define TRACE_WORDS (sizeof(struct pkvm_trace_entry) / 8)

#define AT(FIELD) (offsetof(struct pkvm_shared_page, FIELD) / 8)

/*
 * What may stand in a pVM's page: the header, the reply (the host's own), the
 * TPR, and of the summary what is not an npVM's alone. The rest is zero.
 */
static bool may_hold_something(uint64_t word)
{
	return word < AT(header.reserved) ||
	       (word >= AT(reply) && word <= AT(apic.tpr)) ||
	       (word >= AT(summary) && word <= AT(summary.nmi_mask));
}

/* What the host has for the next run, until that has taken it. */
static bool is_on_its_way(uint64_t word)
{
	return (word >= AT(apic.posted) && word < AT(apic.reserved)) ||
	       (word >= AT(item) && word < AT(reserved));
}

void look_at_shared_page(const struct pkvm_shared_page *page, bool runs)
{
	const volatile uint64_t *words = (const volatile uint64_t *)page;

	for (uint64_t i = 0; i < PKVM_PAGE_SIZE / 8; i++) {
		if (may_hold_something(i) || (runs && is_on_its_way(i)))
			expect_no_marker(SHARED_PAGE, "offset", 8 * i, words[i]);
		else
			expect_same(SHARED_PAGE, "offset", 8 * i, words[i], 0);
	}
	expect_same(SHARED_PAGE, "TPR beyond 8 bits", 0, words[AT(apic.tpr)] >> 8, 0);
}

void look_at_trace(uint64_t vcpu)
{
	static uint64_t buffers[LOOKING_CPUS];
	uint64_t *buffer = &buffers[host_this_cpu()->number];
	struct pkvm_trace_count count = {.more = 1};
	uint64_t first = 0;

	if (!*buffer)
		*buffer = pkvm_host_plat_alloc(1);
	while (count.more) {
		const struct pkvm_trace_page in = {*buffer, PKVM_PAGE_SIZE, vcpu, first};
		const uint64_t *words = pkvm_host_plat_ptr(*buffer);

		EXPECT_EQUAL(pkvm_hc_dump_vmexit_trace(&in, &count).error, 0);
		for (uint64_t i = 0; i < count.entries * TRACE_WORDS; i++)
			expect_no_marker(TRACE_PAGE, "word", i, words[i]);
		first += count.entries;
	}
}
