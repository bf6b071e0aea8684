/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The host's transport, counting: what each call costs, median and worst. */
#include "../../abi-tests/baremetal/expect.h"
#include "count.h"

#define MAX_ROWS 128u

static struct count_row rows[MAX_ROWS];
static unsigned int nr_rows;
static uint64_t type;
static uint64_t run_as;         /* number, or 0 */
static bool paused, bypassed;

static uint64_t last;
static uint64_t watched, highest;

static struct count_row *row_of(uint64_t number, uint64_t kind)
{
	for (unsigned int i = 0; i < nr_rows; i++) {
		if (rows[i].number == number && rows[i].kind == kind)
			return &rows[i];
	}
	EXPECT(nr_rows < MAX_ROWS);
	rows[nr_rows] = (struct count_row){.number = number, .kind = kind};
	return &rows[nr_rows++];
}

static void count(uint64_t number, uint64_t kind, uint64_t cost)
{
	struct count_cell *cell = &row_of(number, kind)->cell[type];
	uint64_t at = cell->count++;

	cell->sum += cost;
	if (cost > cell->worst)
		cell->worst = cost;
	if (at >= COUNT_SAMPLES)
		return;
	for (; at && cell->sample[at - 1] > cost; at--)
		cell->sample[at] = cell->sample[at - 1];
	cell->sample[at] = cost;
}

/* Measuring costs the same whatever it measures. */
static uint64_t price(void)
{
	struct pkvm_regs regs = {0};

	return bench_nothing(&regs);
}

void count_floor(void)
{
	struct pkvm_regs regs = {0};

	for (unsigned int i = 0; i < COUNT_SAMPLES; i++)
		count(COUNT_FLOOR, PKVM_EXIT_NONE, bench_floor(&regs) - price());
}

/* A run is told by how it ended, unless by what the guest called. */
static void count_call(uint64_t number, const struct pkvm_regs *regs)
{
	if (number != PKVM_HC_vcpu_run) {
		count(number, PKVM_EXIT_NONE, last);
		return;
	}
	if (run_as)
		count(run_as, PKVM_EXIT_NONE, last);
	else
		count(number, regs->word[0], last);
	run_as = 0;
}

void __real_pkvm_host_transport(struct pkvm_regs *regs);
void __wrap_pkvm_host_transport(struct pkvm_regs *regs);
void __wrap_pkvm_host_transport(struct pkvm_regs *regs)
{
	const uint64_t number = regs->rax;

	if (bypassed) {
		__real_pkvm_host_transport(regs);
		return;
	}
	last = bench_vmcall(regs) - price();
	if (number == watched && last > highest)
		highest = last;
	if (!regs->rax && !paused)
		count_call(number, regs);
}

void count_for(uint64_t vm_type)
{
	type = vm_type;
}

void count_next_run_as(uint64_t number)
{
	run_as = number;
}

void count_pause(bool pause)
{
	paused = pause;
}

void count_bypass(bool bypass)
{
	bypassed = bypass;
}

const struct count_row *count_rows(unsigned int *number)
{
	*number = nr_rows;
	return rows;
}

void count_forget(void)
{
	nr_rows = 0;
}

uint64_t count_last(void)
{
	return last;
}

void count_watch(uint64_t number)
{
	watched = number;
	highest = 0;
}

uint64_t count_watched(void)
{
	return highest;
}
