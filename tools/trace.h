/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A trace of a run in Chrome's trace-event format, which Perfetto opens: a process
 * for the host with a thread a CPU, and one for the guests with a thread a vCPU.
 */
#ifndef PKVM_TOOLS_TRACE_H
#define PKVM_TOOLS_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include <pkvm/regs.h>

struct trace;
struct scenario;
struct abi_call;

/*
 * NULL: errno says why. The path stays the caller's, and its file as it was until the
 * trace is closed.
 */
struct trace *trace_create(const char *path);

/* Not to be kept: the file stays as it was. False: not all of it is there, errno says why. */
bool trace_close(struct trace *trace, bool keep);

/* Nanoseconds. */
uint64_t trace_now(void);

/* One call on its CPU's thread and, of a vcpu_run, its exit on the vCPU's. */
void trace_call(struct scenario *s, const struct abi_call *call, const struct pkvm_regs *in,
		const struct pkvm_regs *out, uint64_t from);

#endif
