/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The posted items of a vCPU's shared page: calls that vcpu_run makes for the
 * host before it enters, through the same gate and handlers.
 */
#ifndef PKVM_LIB_POST_H
#define PKVM_LIB_POST_H

#include "call.h"

/* What the host had posted at one moment; only items whose bit is set are read. */
struct pkvm_posts {
	uint32_t pending;       /* a bit for each slot whose `valid` was not 0 */
	uint32_t reserved;
	struct pkvm_page_item item[PKVM_POST_SLOTS];
};

/* Reads each field once; consumes nothing. */
void pkvm_post_collect(const struct pkvm_vcpu *vcpu, struct pkvm_posts *posts);

/* Whether an item answers a forwarded RDMSR or WRMSR, in words that the call takes. */
bool pkvm_post_answers_msr(const struct pkvm_posts *posts);

/*
 * Consumes the items of the loaded vCPU and writes what became of each. The
 * event summary is published by the run that applies them, once.
 */
void pkvm_post_apply(struct pkvm_call *call, const struct pkvm_posts *posts);

/* dispatch.c: the road of the call that belongs to a slot. */
void pkvm_hyp_posted_call(struct pkvm_cpu *cpu, uint32_t slot, struct pkvm_regs *regs);

#endif
