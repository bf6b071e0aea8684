/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Operations of `host` about L1 and L2: the VMCS that L1 makes, and what an exit left in it. */
#include "host/x86_ops.h"
#include "host_op.h"

#define IDT_LIMIT 0xfff         /* 256 gates of 64-bit mode */
#define RSP       4

/* A field of the VMCS: its name, where it is, the largest value. */
#define VMCS_FIELDS(X)                                                                \
	X(exception_bitmap, controls.exception_bitmap, UINT32_MAX)                    \
	X(page_fault_mask, controls.page_fault_mask, UINT32_MAX)                      \
	X(page_fault_match, controls.page_fault_match, UINT32_MAX)                    \
	X(monitor_trap_flag, controls.monitor_trap_flag, 1)                           \
	X(entry_info, controls.entry_info, UINT32_MAX)                                \
	X(entry_error_code, controls.entry_error_code, UINT32_MAX)                    \
	X(entry_length, controls.entry_length, 15)                                    \
	X(pending_debug, pending_debug, UINT64_MAX)                                   \
	X(guest_rip, guest.rip, UINT64_MAX) X(guest_rsp, guest.rsp, UINT64_MAX)       \
	X(guest_rflags, guest.rflags, UINT64_MAX)                                     \
	X(guest_cr3, guest.cr3, UINT64_MAX) X(guest_dr7, guest.dr7, UINT64_MAX)       \
	X(guest_idt, guest.idt.base, UINT64_MAX)                                      \
	X(host_rip, host.rip, UINT64_MAX) X(host_rsp, host.rsp, UINT64_MAX)           \
	X(host_cr3, host.cr3, UINT64_MAX) X(host_idt, host.idt.base, UINT64_MAX)

/* L1 and L2 as the vCPU is now; what an exit loads, or an entry needs, as the SDM has it. */
static void begin(struct pkvm_host_vcpu *vcpu, struct pkvm_host_nested *vmcs)
{
	struct pkvm_host_nested_area *area = &vmcs->guest;

	area->rip = vcpu->page->regs.rip;
	area->rsp = vcpu->page->regs.gpr[RSP];
	area->rflags = PKVM_RFLAGS_FIXED;
	area->cr3 = pkvm_host_read_cr3(vcpu);
	area->dr7 = 0x400;
	pkvm_host_get_idt(vcpu, &area->idt);
	vmcs->host = vmcs->guest;
}

/* Fields that are not named keep their value. */
void host_nested_vmcs(const struct host_op *op)
{
	struct pkvm_host_exceptions *state = op->vcpu->vcpu.exceptions;
	struct pkvm_host_nested vmcs = state->nested;

	if (!vmcs.has_vmcs)
		begin(&op->vcpu->vcpu, &vmcs);
#define CHANGE(NAME, MEMBER, LIMIT)                                                   \
	if (scenario_text_field(op->line, #NAME))                                     \
		vmcs.MEMBER = (__typeof__(vmcs.MEMBER))host_field(op, #NAME, LIMIT);
	VMCS_FIELDS(CHANGE)
	vmcs.guest.idt.limit = vmcs.host.idt.limit = IDT_LIMIT;
	op->s->result.error = pkvm_host_set_nested_vmcs(state, &vmcs);
}

void host_nested(const struct host_op *op)
{
	const struct pkvm_host_nested *nested = &op->vcpu->vcpu.exceptions->nested;

	scenario_result_add(op->s, "guest_mode", nested->guest_mode);
	scenario_result_add(op->s, "reason", nested->exit.reason);
	scenario_result_add(op->s, "qualification", nested->exit.qualification);
	scenario_result_add(op->s, "info", nested->exit.info);
	scenario_result_add(op->s, "error_code", nested->exit.error_code);
	scenario_result_add(op->s, "vectoring_info", nested->exit.vectoring_info);
	scenario_result_add(op->s, "vectoring_error_code", nested->exit.vectoring_error_code);
	scenario_result_add(op->s, "length", nested->exit.length);
	scenario_result_add(op->s, "pending_debug", nested->pending_debug);
	scenario_result_add(op->s, "guest_rip", nested->guest.rip);
}
