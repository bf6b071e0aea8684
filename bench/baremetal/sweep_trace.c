/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The trace's buffer, and the entries that a dump leaves out. */
#include "../../host/platform.h"
#include "sweep.h"

static uint64_t pages;

static int64_t dump(uint64_t nr)
{
	const struct pkvm_trace_page in = {pages, nr * PKVM_PAGE_SIZE, 0, 0};
	struct pkvm_trace_count count;

	return pkvm_hc_dump_vmexit_trace(&in, &count).error;
}

static int64_t dump_from(uint64_t nr)
{
	const struct pkvm_trace_page in = {pages, PKVM_PAGE_SIZE, 0, nr};
	struct pkvm_trace_count count;

	return pkvm_hc_dump_vmexit_trace(&in, &count).error;
}

static const struct sweep of_dump = {
	"dump_vmexit_trace, pages", PKVM_HC_dump_vmexit_trace, PKVM_WORD_trace_page_size,
	SWEEP_PAGES, dump, NULL, NULL,
};

/* No number of entries to leave out is refused, and none costs more than none. */
static bool dumps_alike(void)
{
	static const uint64_t first[] = {0, 1, 8, 64, 512, 1u << 20, UINT64_C(1) << 40};
	uint64_t most = 0;
	bool fine = true;

	for (unsigned int i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		const int64_t status = dump_from(first[i]);
		const uint64_t cost = sweep_row("dump_vmexit_trace, first", first[i], status);

		if (!i)
			most = cost + cost / 10;
		fine &= !status && cost <= most;
	}
	sweep_mark(PKVM_HC_dump_vmexit_trace, PKVM_WORD_trace_page_first);
	return fine;
}

bool sweep_trace(void)
{
	bool fine;

	pages = sweep_fresh(SWEEP_PAGES);
	fine = sweep_one(&of_dump);
	fine &= dumps_alike();
	EXPECT(pkvm_host_plat_free(pages, SWEEP_PAGES));
	return fine;
}
