/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Keeps the host's copies of control registers and the shared page in step with the guest. */
#ifndef PKVM_HOST_REGISTERS_H
#define PKVM_HOST_REGISTERS_H

#include "host.h"

/* General-purpose registers of the page's register block, by hardware number. */
enum { PKVM_HOST_RAX, PKVM_HOST_RCX, PKVM_HOST_RDX, PKVM_HOST_RBX };

/* A new vCPU: what it has after RESET is known where the host cannot ask. */
void pkvm_host_regs_reset(struct pkvm_host_vcpu *vcpu, bool init_event);

/* An npVM's exit: nothing cached before holds any more, the page has the new values. */
void pkvm_host_regs_refresh(struct pkvm_host_vcpu *vcpu);

#endif
