/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the two files of the model's instruction boundary share: the state that
 * blocks events, and the three things that can come of one.
 */
#ifndef PKVM_LIB_VMCS_MODEL_BOUNDARY_H
#define PKVM_LIB_VMCS_MODEL_BOUNDARY_H

#include "model_enter.h"

/* What came of one kind of event at this boundary. */
enum model_boundary {
	BOUNDARY_NONE,          /* it is not due                                 */
	BOUNDARY_DELIVERED,     /* the guest has it; there is a new boundary     */
	BOUNDARY_EXIT,          /* stay->exit says why                           */
};

#define BLOCKING_BY_SHADOW (PKVM_VMX_BLOCKING_BY_STI | PKVM_VMX_BLOCKING_BY_MOV_SS)

static inline uint32_t activity(const struct model_stay *stay)
{
	return (uint32_t)stay->cpu->vmcs->value[PKVM_VMCS_INDEX_GUEST_ACTIVITY_STATE];
}

static inline bool blocked(const struct model_stay *stay, uint32_t by)
{
	return (stay->cpu->vmcs->value[PKVM_VMCS_INDEX_GUEST_INTERRUPTIBILITY_INFO] & by) != 0;
}

static inline enum model_boundary exit_with(struct model_stay *stay, uint32_t reason,
					    uint32_t info)
{
	stay->exit = (struct model_exit){.reason = reason, .interruption_info = info};
	return BOUNDARY_EXIT;
}

/* model_boundary.c: an event that is neither injected nor an exception. */
enum model_boundary model_give(struct model_stay *stay, uint32_t info);

/* model_interrupt.c: from the interrupt window down, in the SDM's order. */
enum model_boundary model_interrupt_due(struct model_stay *stay);

#endif
