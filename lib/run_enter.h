/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* One VM entry and the exit that follows. */
#ifndef PKVM_LIB_RUN_ENTER_H
#define PKVM_LIB_RUN_ENTER_H

#include "call.h"
#include "run_fpu.h"

/*
 * Prepares the entry, enters, handles the exit. True: the run ends with *out,
 * which was zero before. No lock is held over the entry.
 */
bool pkvm_run_enter(struct pkvm_call *call, struct pkvm_run_fpu *host,
		    struct pkvm_run_exit *out);

#endif
