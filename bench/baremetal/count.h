/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Counts every call through the transport: what it cost in VMX root operation, in
 * instructions. A call that was refused is not counted.
 */
#ifndef PKVM_BENCH_COUNT_H
#define PKVM_BENCH_COUNT_H

#include <stdbool.h>
#include <pkvm/pkvm.h>

/* transport.S */
uint64_t bench_vmcall(struct pkvm_regs *regs);
uint64_t bench_nothing(struct pkvm_regs *regs);
uint64_t bench_floor(struct pkvm_regs *regs);

/* No call's number: an exit that is only saved, told apart, skipped, resumed. */
#define COUNT_FLOOR   ~UINT64_C(0)
#define COUNT_SAMPLES 64u

/* Of one kind of VM; calls that are about none are counted as an npVM's. */
struct count_cell {
	uint64_t count, sum, worst;
	uint64_t sample[COUNT_SAMPLES]; /* the first ones, sorted                */
};

struct count_row {
	uint64_t number;                /* of the call                           */
	uint64_t kind;                  /* how a run ended, else PKVM_EXIT_NONE  */
	struct count_cell cell[2];      /* by PKVM_VM_*                          */
};

void count_floor(void);
/* Of which kind of VM the calls are from here on. */
void count_for(uint64_t type);
/* The next run is counted as a call that the guest makes in it. */
void count_next_run_as(uint64_t number);
/* From here on nothing is counted, or calls are again. */
void count_pause(bool pause);
/* Calls go as they do without counting, so that nothing of it is in a longer count. */
void count_bypass(bool bypass);
const struct count_row *count_rows(unsigned int *number);
void count_forget(void);

/* The last call's cost, paused or not, and the highest of a number's since then. */
uint64_t count_last(void);
void count_watch(uint64_t number);
uint64_t count_watched(void);

/* print.c: a text at the left, numbers in columns of ten; and the line above them. */
#define PRINT_NOTHING ~UINT64_C(0)
void print_head(const char *first, const char *columns);
void print_row(const char *first, const char *second, const uint64_t *numbers, unsigned int n);

#endif
