/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the host sees of an npVM's exit: all of it. */
#include "event.h"
#include "exit.h"
#include "shared.h"
#include "vmcs/access.h"
#include "vmcs/controls.h"

/* An error code exists only where the information's bit 11 says so. */
static uint64_t error_code(uint64_t information, uint32_t field)
{
	return information & PKVM_VMX_INTR_INFO_ERROR_CODE ? pkvm_vmread(field) : 0;
}

static void write_exit_block(const struct pkvm_vcpu *vcpu, const struct pkvm_page_exit *block)
{
	pkvm_shared_write(pkvm_plat_shared(vcpu->page), PKVM_PAGE_AT(exit), block,
			  sizeof(*block));
}

static struct pkvm_page_exit exit_block(void)
{
	struct pkvm_page_exit block = {0};

	block.linear_address = pkvm_vmread(PKVM_VMCS_GUEST_LINEAR_ADDRESS);
	block.instruction_information = pkvm_vmread(PKVM_VMCS_VMX_INSTRUCTION_INFO);
	block.interruption_information = pkvm_vmread(PKVM_VMCS_VM_EXIT_INTR_INFO);
	block.interruption_error =
		error_code(block.interruption_information, PKVM_VMCS_VM_EXIT_INTR_ERROR_CODE);
	block.vectoring_information = pkvm_vmread(PKVM_VMCS_IDT_VECTORING_INFO_FIELD);
	block.vectoring_error =
		error_code(block.vectoring_information, PKVM_VMCS_IDT_VECTORING_ERROR_CODE);
	return block;
}

bool pkvm_exit_forward(const struct pkvm_vcpu *vcpu, uint32_t reason, struct pkvm_run_exit *out)
{
	const struct pkvm_page_exit block = exit_block();
	uint64_t gpa = 0;

	if (reason == PKVM_VMX_REASON_EPT_VIOLATION || reason == PKVM_VMX_REASON_EPT_MISCONFIG)
		gpa = pkvm_vmread(PKVM_VMCS_GUEST_PHYSICAL_ADDRESS);
	write_exit_block(vcpu, &block);
	out->word3 = pkvm_vmread(PKVM_VMCS_VM_EXIT_INSTRUCTION_LEN);
	return pkvm_leave(out, PKVM_EXIT_VMX, reason, pkvm_vmread(PKVM_VMCS_EXIT_QUALIFICATION),
			  gpa);
}

bool pkvm_exit_forward_debug(const struct pkvm_vcpu *vcpu, uint64_t qualification,
			     struct pkvm_run_exit *out)
{
	const struct pkvm_page_exit block = {
		.interruption_information = PKVM_VMX_INTR_INFO_VALID |
					    PKVM_VMX_INTR_TYPE_HARDWARE_EXCEPTION |
					    PKVM_VECTOR_DB,
	};

	write_exit_block(vcpu, &block);
	return pkvm_leave(out, PKVM_EXIT_VMX, PKVM_VMX_REASON_EXCEPTION_OR_NMI, qualification,
			  0);
}
