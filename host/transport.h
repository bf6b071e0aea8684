/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * How a call of the host reaches the hypervisor, chosen at link time: vmcall.c
 * executes VMCALL; a process links a function of its own instead.
 */
#ifndef PKVM_HOST_TRANSPORT_H
#define PKVM_HOST_TRANSPORT_H

#include <pkvm/error.h>
#include <pkvm/regs.h>

/*
 * Carries a register image to the hypervisor and brings back what it wrote:
 * RAX, RBX and the call's outputs. Words that the hypervisor leaves alone come
 * back as they went.
 */
void pkvm_host_transport(struct pkvm_regs *regs);

/*
 * Makes a call by its number, for tools that have no prototype at hand: words 1
 * to n_in go in from @in, words 1 to n_out come back in @out, all zero when the
 * call fails. @n_out is the number of the call's declared outputs; words above
 * it are not told. More words than PKVM_MAX_WORDS are -EINVAL without a call.
 */
PKVM_MUST_CHECK struct pkvm_status pkvm_hc_raw(uint64_t number, const uint64_t *in,
					       unsigned int n_in, uint64_t *out,
					       unsigned int n_out);

#endif
