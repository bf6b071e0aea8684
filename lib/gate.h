/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The gate: everything that a row says about when and on what a call may be
 * made, judged in the protocol's order before the handler runs.
 */
#ifndef PKVM_LIB_GATE_H
#define PKVM_LIB_GATE_H

#include "call.h"
#include "row.h"

/* Version, feature and system life cycle: what needs no word of the call. */
PKVM_MUST_CHECK int64_t pkvm_gate_system(struct pkvm_call *call, const struct pkvm_row *row);

/*
 * Handle, context, VM life cycle and pVM policy; finds call->vm and
 * call->vcpu. The shape's reserved bits have been judged.
 */
PKVM_MUST_CHECK int64_t pkvm_gate_object(struct pkvm_call *call, const struct pkvm_row *row,
					 const struct pkvm_regs *regs);

/* Ends the references that the gate or the handler took. */
void pkvm_gate_leave(struct pkvm_call *call);

#endif
