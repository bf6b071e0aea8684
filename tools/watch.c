/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Stands between the host and its transport (the linker's --wrap), so that every
 * call is seen, whoever makes it: printed, timed, traced.
 */
#include <pkvm/error.h>
#include <pkvm/pkvm.h>
#include "report.h"
#include "scenario.h"
#include "trace.h"

static struct scenario *watched;
static bool paused;

void __real_pkvm_host_transport(struct pkvm_regs *regs);
void __wrap_pkvm_host_transport(struct pkvm_regs *regs);

void watch_calls(struct scenario *s)
{
	watched = s;
}

void watch_pause(bool pause)
{
	paused = pause;
}

void __wrap_pkvm_host_transport(struct pkvm_regs *regs)
{
	const struct abi_call *call = abi_call_by_number(regs->rax, false);
	const struct pkvm_regs in = *regs;
	struct scenario *s = paused ? NULL : watched;
	uint64_t from;

	if (!s) {
		__real_pkvm_host_transport(regs);
		return;
	}
	s->calls++;
	report_before(s, call, &in);
	from = trace_now();
	__real_pkvm_host_transport(regs);
	if (regs->rax && pkvm_error_name((int64_t)regs->rax)) {
		s->result.failed = call;
		s->result.failed_word = regs->word[0];
	}
	if (s->trace)
		trace_call(s, call, &in, regs, from);
	if (!s->quiet)
		print_call(s, call, &in, regs);
	report_after(s, call, &in, regs);
}
