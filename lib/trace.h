/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Counters of the VM-exit trace: by basic exit reason, and for the host by
 * call. Counters and time stamps are the only state that a refused call may
 * change, so that they have pages of their own.
 */
#ifndef PKVM_LIB_TRACE_H
#define PKVM_LIB_TRACE_H

#include <pkvm/trace.h>
#include "platform.h"

#define PKVM_TRACE_EXITS 80     /* basic exit reasons are below this      */
#define PKVM_TRACE_CALLS 128    /* rows of hypercalls.inc are fewer       */

struct pkvm_trace_counter {
	uint64_t count;
	uint64_t cycles;
};

/*
 * The exits of one vCPU or of the host on one CPU. They are those of one epoch, the
 * number of times that the trace was turned on: of another one they count as 0.
 */
struct pkvm_trace {
	struct pkvm_lock lock;
	uint32_t reserved;
	uint64_t epoch;
	struct pkvm_trace_counter exit[PKVM_TRACE_EXITS];
};

/* The host's exits and calls on one CPU. */
struct pkvm_host_trace {
	struct pkvm_trace exits;
	uint64_t call_epoch;
	struct pkvm_trace_counter call[PKVM_TRACE_CALLS];
};

struct pkvm_hyp;
struct pkvm_vcpu;

/* The epoch that is counted in, 0 when the trace is off: read before what is counted. */
uint64_t pkvm_trace_epoch(const struct pkvm_hyp *hyp);

/* Counts an exit, and one of the host's calls, unless a later epoch has begun. */
void pkvm_trace_exit(struct pkvm_trace *trace, uint64_t epoch, uint32_t reason,
		     uint64_t cycles);
void pkvm_trace_call(struct pkvm_host_trace *trace, uint64_t epoch, uint32_t row,
		     uint64_t cycles);

#endif
