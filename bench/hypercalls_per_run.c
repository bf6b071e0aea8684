/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * How many hypercalls a guest run takes, by name: a host that calls and one that
 * posts, an npVM's and a pVM's, counted by the hypervisor's exit trace.
 *
 *	hypercalls_per_run                        the table, and whether it holds
 *	hypercalls_per_run npvm|pvm plain|posting RUNS   one of them, for callgrind
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage_model.h"
#include "workload.h"
#include "../lib/hyp.h"
#include "../lib/row.h"

/* Calls above this are held to 15 %, the others to a factor of 2. */
#define OFTEN       0.1
#define AT_MOST     1.05        /* hypercalls a run with posting          */

enum { NPVM, PVM, NR_KINDS };
enum { PLAIN, POSTING, NR_MODES };

/* The first row is vcpu_run. */
static const struct measured {
	uint32_t row;
	double calls[NR_KINDS];
} measured[] = {
#define MEASURED(CALL, NPVM_CALLS, PVM_CALLS) {PKVM_ROW_##CALL, {NPVM_CALLS, PVM_CALLS}},
#include "measured.inc"
};

static uint64_t counted[NR_KINDS][NR_MODES][PKVM_NR_ROWS];

static void count(unsigned int kind, unsigned int mode, unsigned long runs)
{
	const struct pkvm_flag on = {1};
	const struct pkvm_host_trace *trace;
	struct workload w;

	workload_begin(&w, kind, mode == POSTING);
	if (pkvm_hc_enable_vmexit_trace(&on).error)
		exit(1);
	workload_run(&w, runs);
	trace = pkvm_hyp_host_trace(machine_hyp(stage_machine()), 0);
	for (uint32_t row = 0; row < PKVM_NR_ROWS; row++)
		counted[kind][mode][row] = trace->call[row].count;
	/* The one that turned the trace on. */
	counted[kind][mode][PKVM_ROW_enable_vmexit_trace] = 0;
	workload_end(&w);
}

static double per_run(unsigned int kind, unsigned int mode, uint32_t row)
{
	const uint64_t *calls = counted[kind][mode];

	return (double)calls[row] / (double)calls[PKVM_ROW_vcpu_run];
}

static double measured_per_run(unsigned int kind, uint32_t row)
{
	for (size_t i = 0; i < sizeof(measured) / sizeof(measured[0]); i++) {
		if (measured[i].row == row)
			return measured[i].calls[kind] / measured[0].calls[kind];
	}
	return 0;
}

static bool is_close(double value, double aim)
{
	if (aim > OFTEN)
		return value > aim * 0.85 && value < aim * 1.15;
	return value <= aim * 2 && value >= aim / 2;
}

/* One line; true: plain calls are as often as they were measured. */
static bool print_row(unsigned int kind, uint32_t row)
{
	const double aim = measured_per_run(kind, row);
	const double plain = per_run(kind, PLAIN, row), posting = per_run(kind, POSTING, row);

	if (aim == 0 && plain == 0 && posting == 0)
		return true;
	printf("| %s | %.4f | %.4f | %.4f | %s |\n",
	       pkvm_host_call_name(pkvm_row_number(row)), aim, plain, posting,
	       is_close(plain, aim) ? "" : "plain is too far off");
	return is_close(plain, aim);
}

static bool print_kind(unsigned int kind)
{
	double sum[NR_MODES] = {0}, aim = 0;
	bool holds = true;

	printf("\n%s, calls a run\n\n| call | measured | plain | posting | |\n"
	       "| ---- | -------- | ----- | ------- | - |\n", kind == PVM ? "pVM" : "npVM");
	for (uint32_t row = 0; row < PKVM_NR_ROWS; row++) {
		holds &= print_row(kind, row);
		aim += measured_per_run(kind, row);
		for (unsigned int mode = 0; mode < NR_MODES; mode++)
			sum[mode] += per_run(kind, mode, row);
	}
	printf("| all | %.4f | %.4f | %.4f | %s |\n", aim, sum[PLAIN], sum[POSTING],
	       sum[POSTING] <= AT_MOST ? "" : "posting is above 1.05");
	return holds && sum[POSTING] <= AT_MOST;
}

static int print_table(void)
{
	bool holds = true;

	for (unsigned int kind = 0; kind < NR_KINDS; kind++) {
		for (unsigned int mode = 0; mode < NR_MODES; mode++)
			count(kind, mode, (unsigned long)measured[0].calls[kind]);
		holds &= print_kind(kind);
	}
	return !holds;
}

int main(int argc, char **argv)
{
	struct workload w;

	if (argc != 4)
		return print_table();
	workload_begin(&w, !strcmp(argv[1], "pvm"), !strcmp(argv[2], "posting"));
	workload_run(&w, strtoul(argv[3], NULL, 0));
	workload_end(&w);
	return 0;
}
