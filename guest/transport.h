/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * How a call of a protected guest reaches the hypervisor, chosen at link time:
 * vmcall.c executes VMCALL; a process links a function of its own instead.
 */
#ifndef PKVM_GUEST_TRANSPORT_H
#define PKVM_GUEST_TRANSPORT_H

#include <pkvm/regs.h>

/*
 * Carries a register image to the hypervisor and brings back what it wrote:
 * RAX, RBX and the call's outputs. Words that the hypervisor leaves alone come
 * back as they went.
 */
void pkvm_guest_transport(struct pkvm_regs *regs);

#endif
