/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What one call costs in VMX root operation, in instructions, by what it was. */
#ifndef PKVM_BENCH_BAREMETAL_H
#define PKVM_BENCH_BAREMETAL_H

#include "../../abi-tests/baremetal/calls/vm.h"

/* transport.S */
uint64_t bench_vmcall(struct pkvm_regs *regs);
uint64_t bench_nothing(struct pkvm_regs *regs);
uint64_t bench_floor(struct pkvm_regs *regs);

/* count.c: every call through the transport is counted, by number and run's end. */
void count_floor(void);
void count_forget(void);
uint64_t count_last(void);
uint64_t count_worst(uint64_t number);
void count_print(void);

/* A text at the left, numbers in columns of ten; and the line above them. */
void print_head(const char *first, const char *columns);
void print_row(const char *first, const char *second, const uint64_t *numbers, unsigned int n);

/* work.c: calls of every kind. */
void work(void);
/* exits.c: what a run of a guest costs in VM exits. */
void exits(void);
/* sweep.c: numbers that the host chooses, up to and past the caps; false: one matters. */
bool sweep(void);

#endif
