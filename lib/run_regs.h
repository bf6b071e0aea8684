/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The shared page's register block, exit block and reply block at a run. */
#ifndef PKVM_LIB_RUN_REGS_H
#define PKVM_LIB_RUN_REGS_H

#include <pkvm/shared_page.h>
#include "vcpu.h"

/*
 * Takes the register block over: an npVM's at every run; a pVM's before its
 * first one, zeroing it then.
 */
void pkvm_run_regs_in(struct pkvm_vcpu *vcpu);

/* Publishes an npVM's registers; nothing of a pVM's. */
void pkvm_run_regs_out(const struct pkvm_vcpu *vcpu);

/* Zeroes the register block of a vCPU whose state the host has no say in. */
void pkvm_run_regs_zero(const struct pkvm_vcpu *vcpu);

#endif
