/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Sweeps of numbers that the host chooses, and what all of them need. */
#include "../../host/platform.h"
#include "../../host/reclaim.h"
#include "sweep.h"

/* What being refused may cost, and within a guest's run that ends by an OUT. */
#define RUN_REFUSAL 6500u

uint64_t sweep_row(const char *name, uint64_t number, int64_t status)
{
	print_row(name, status ? ", refused" : "",
		  (const uint64_t[]){number, count_last()}, 2);
	return count_last();
}

uint64_t sweep_fresh(uint64_t pages)
{
	const uint64_t fresh = pkvm_host_plat_alloc(pages <= SWEEP_PAGES ? pages : 1);

	EXPECT(fresh);
	return fresh;
}

void sweep_reclaim(uint64_t address, uint64_t pages, uint64_t ranges)
{
	const struct pkvm_reclaim list = {address, pages, ranges};
	uint64_t number;

	EXPECT_EQUAL(pkvm_host_reclaim(&list, &number), 0);
}

static bool within(const struct sweep *sweep, uint64_t number)
{
	int64_t status;

	if (sweep->before)
		EXPECT_EQUAL(sweep->before(number), 0);
	status = sweep->attempt(number);
	sweep_row(sweep->name, number, status);
	if (sweep->after)
		EXPECT_EQUAL(sweep->after(number), 0);
	return !status;
}

static bool past(const struct sweep *sweep, uint64_t number)
{
	const int64_t status = sweep->attempt(number);
	const uint64_t most = sweep->call < PKVM_GC_FIRST ? SWEEP_REFUSAL : RUN_REFUSAL;

	return sweep_row(sweep->name, number, status) <= most && status == -PKVM_EINVAL;
}

bool sweep_one(const struct sweep *sweep)
{
	const uint64_t cap = sweep->cap;
	const uint64_t up_to_cap[] = {1, cap / 64, cap / 8, cap / 2, cap};
	const uint64_t beyond[] = {cap + 1, 8 * cap, UINT64_C(1) << 20, UINT64_C(1) << 31};
	uint64_t last = 0;
	bool fine = true;

	for (unsigned int i = 0; i < sizeof(up_to_cap) / sizeof(up_to_cap[0]); i++) {
		if (up_to_cap[i] > last)
			fine &= within(sweep, last = up_to_cap[i]);
	}
	for (unsigned int i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
		fine &= past(sweep, beyond[i]);
	sweep_mark(sweep->call, sweep->word);
	return fine;
}

bool sweep_all(const struct sweep *sweeps, unsigned int number)
{
	bool fine = true;

	for (unsigned int i = 0; i < number; i++)
		fine &= sweep_one(&sweeps[i]);
	return fine;
}

bool sweep(void)
{
	bool fine = sweep_memory();

	fine &= sweep_trace();
	fine &= sweep_objects();
	fine &= sweep_vms();
	fine &= sweep_vcpus();
	fine &= sweep_guest_calls();
	return sweep_is_complete() && fine;
}
