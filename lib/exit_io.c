/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* IN and OUT of a pVM: the host sees port, size and the bytes written. */
#include "event.h"
#include "exit.h"
#include "vmcs/access.h"

/* Exit qualification (SDM "Exit Qualification for I/O Instructions"). */
#define IO_SIZE   PKVM_BITS(2, 0) /* bytes - 1 */
#define IO_IN     PKVM_BIT(3)
#define IO_STRING PKVM_BIT(4)

static uint64_t low_bytes(uint32_t size)
{
	return PKVM_BITS(8 * size - 1, 0);
}

/* INS and OUTS would need the guest's memory: #GP(0), and the host sees nothing. */
bool pkvm_exit_io(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out)
{
	const uint64_t qualification = pkvm_vmread(PKVM_VMCS_EXIT_QUALIFICATION);
	const uint32_t size = (uint32_t)(qualification & IO_SIZE) + 1;
	const uint64_t port = qualification >> 16 & 0xffff;

	if (qualification & IO_STRING) {
		pkvm_raise_code(vcpu, PKVM_VECTOR_GP, 0);
		return false;
	}
	if (qualification & IO_IN) {
		vcpu->answer = PKVM_ANSWER_IN;
		vcpu->answer_size = size;
		return pkvm_leave(out, PKVM_EXIT_IN, port, size, 0);
	}
	pkvm_skip_instruction(vcpu);
	return pkvm_leave(out, PKVM_EXIT_OUT, port, size,
			  vcpu->regs.gpr[PKVM_GPR_RAX] & low_bytes(size));
}

/* IN to AL and AX keeps the rest of RAX, to EAX clears its upper half. */
void pkvm_exit_io_answer(struct pkvm_vcpu *vcpu, uint64_t value)
{
	const uint64_t changed = low_bytes(vcpu->answer_size);
	uint64_t *rax = &vcpu->regs.gpr[PKVM_GPR_RAX];

	if (vcpu->answer_size == 4)
		*rax = value & changed;
	else
		*rax = (*rax & ~changed) | (value & changed);
	pkvm_skip_instruction(vcpu);
}
