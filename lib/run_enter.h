/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* VM entries, and the exits that follow, until one is the host's to handle. */
#ifndef PKVM_LIB_RUN_ENTER_H
#define PKVM_LIB_RUN_ENTER_H

#include "call.h"

/*
 * Enters call->vcpu, handles what is the hypervisor's, enters again. Ends with
 * *out, which was zero before. No lock is held over an entry.
 */
void pkvm_run_until_exit(struct pkvm_call *call, struct pkvm_run_exit *out);

#endif
