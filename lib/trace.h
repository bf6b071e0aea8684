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

/* The exits of one vCPU or of the host on one CPU. */
struct pkvm_trace {
	struct pkvm_lock lock;
	uint32_t reserved;
	struct pkvm_trace_counter exit[PKVM_TRACE_EXITS];
};

/* The host's exits and calls on one CPU. */
struct pkvm_host_trace {
	struct pkvm_trace exits;
	struct pkvm_trace_counter call[PKVM_TRACE_CALLS];
};

struct pkvm_hyp;
struct pkvm_vcpu;

/* Whether anything is to be counted: asked before the work that is counted. */
bool pkvm_trace_is_on(const struct pkvm_hyp *hyp);

/* Counts an exit, and one of the host's calls. */
void pkvm_trace_exit(struct pkvm_trace *trace, uint32_t reason, uint64_t cycles);
void pkvm_trace_call(struct pkvm_host_trace *trace, uint32_t row, uint64_t cycles);

#endif
