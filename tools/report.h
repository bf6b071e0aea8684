/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a run of a scenario tells: every call, and at the end the exit tables of
 * the host and each vCPU, the account of pages, and the warnings of the host.
 */
#ifndef PKVM_TOOLS_REPORT_H
#define PKVM_TOOLS_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <pkvm/regs.h>
#include "abi_table.h"

struct report;
struct scenario;

struct report *report_create(void);
void report_free(struct report *report);

/* Where the machine writes the host's warnings. */
FILE *report_stream(struct report *report);

/* The machine is there: from here on every call is watched. */
void report_start(struct scenario *s);

/* Frees the scenario's memory, and judges that no page is missing. */
void report_pages(struct scenario *s);

/* Exit tables, pages, warnings; then the machine may go. */
void report_print(struct scenario *s);

/* The shared page of a vCPU by its handle; 0: no such vCPU. */
uint64_t report_page_of(const struct report *report, uint64_t handle);

/* watch.c calls these around a call of the host. */
void report_before(struct scenario *s, const struct abi_call *call,
		   const struct pkvm_regs *regs);
void report_after(struct scenario *s, const struct abi_call *call,
		  const struct pkvm_regs *in, const struct pkvm_regs *out);

/* The vCPU that a vcpu_run was about, as "vCPU 0 of pVM 1", and a number for it. */
unsigned int report_runner(const struct scenario *s, uint64_t handle, char *name, size_t size);

/* watch.c: watches the calls of a scenario, or none; print.c: one line a call. */
void watch_calls(struct scenario *s);
void print_call(const struct scenario *s, const struct abi_call *call,
		const struct pkvm_regs *in, const struct pkvm_regs *out);
bool print_colours(void);

/* The command's own calls are neither printed nor judged. */
void watch_pause(bool paused);

#endif
